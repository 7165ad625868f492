// Package source is the data source "huggingface": it plans which parts of a dataset repository a query needs, and reads
// them. Everything in hfspark that reads a repository reads it through this package.
package source

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/hfspark/hfspark/dataset"
	"github.com/hfspark/hfspark/source/parquet"
)

// Table is one split of one subset at one commit: what spark.read.format("huggingface").load(…) names.
type Table struct {
	Resolution *dataset.Resolution
	Split      string
	// Schema lists the columns after the columns option; every field is nullable, as in the datasets library.
	Schema *arrow.Schema
	// Partitions are what parallel tasks read: one a data file unless options say otherwise.
	Partitions []Partition
	// Filters is the predicate of the filters option, or nil. Readers apply it to every row.
	Filters Predicate
	// Options are the options as given, without the token.
	Options Options

	token    string
	counters *Counters
}

// AllColumns lists the columns before the columns option, which Filters may name; without partitions it is Schema.
func (t *Table) AllColumns() *arrow.Schema {
	if len(t.Partitions) > 0 && t.Partitions[0].Schema.Schema != nil {
		return t.Partitions[0].Schema.Schema
	}
	return t.Schema
}

// Partition is what one task reads. It holds everything that a reader on another machine needs, but for credentials:
// reading it lists nothing and resolves nothing. It marshals to JSON.
type Partition struct {
	Endpoint   string         `json:"endpoint"`
	Repository string         `json:"repository"`
	Commit     string         `json:"commit"`
	Path       string         `json:"path"`
	Size       int64          `json:"size"`
	Hash       string         `json:"hash,omitempty"`       // content hash, for caches
	Format     string         `json:"format"`               // parquet, json, csv
	Parameters map[string]any `json:"parameters,omitempty"` // of the format: sep, field and so on
	RowGroups  []int          `json:"rowGroups,omitempty"`  // of a Parquet file; nil means all
	Lines      *ByteRange     `json:"lines,omitempty"`      // of a file whose rows are lines; nil means all
	More       []FilePart     `json:"more,omitempty"`       // files that are read after the one at Path
	Length     int64          `json:"length,omitempty"`     // bytes of the partition where that is not Size; see DataSize
	Download   bool           `json:"download,omitempty"`   // read files from the cache of downloads, after downloading them into it
	Folder     *FolderPart    `json:"folder,omitempty"`     // of a folder format: which files, or which rows of the metadata file at Path
	// Schema has all columns of the subset, before the columns option; readers convert to it by name.
	Schema Schema `json:"schema"`

	// counters are those of the table that the partition belongs to; nil once it has travelled.
	counters *Counters
}

// ByteRange names lines of a file: those that begin at From or behind, and before To.
type ByteRange struct {
	From int64 `json:"from"`
	To   int64 `json:"to"`
	// Header is that of a CSV file, of which both From and To are where a row begins.
	Header *CSVHeader `json:"header,omitempty"`
}

// FilePart is a further data file of a partition.
type FilePart struct {
	Repository string `json:"repository,omitempty"` // when it is not that of the partition
	Commit     string `json:"commit,omitempty"`     // when it is not that of the partition
	Path       string `json:"path"`
	Size       int64  `json:"size"`
	Hash       string `json:"hash,omitempty"`
	// Folder is what is read of a metadata file of a folder format, in place of that of the partition.
	Folder *FolderPart `json:"folder,omitempty"`
}

// DataSize is how many bytes of data files the partition has: about what reading all of it fetches.
func (p Partition) DataSize() int64 {
	if p.Length > 0 {
		return p.Length
	}
	return max(p.Size, 0)
}

// Request is what a task wants of a partition.
type Request struct {
	// Columns are the names of top-level columns to deliver, in this order; empty means row counts alone.
	Columns []string
	// PathsOnly names columns of files, struct<bytes, path>, of which only the paths are needed: their bytes may come as null.
	PathsOnly []string
	// Members is a hint: of the nested columns that it names only these members are needed; others may come as null.
	Members map[string][]Member
	// Filters is applied to every row, exactly.
	Filters Predicate
	// Prune is a hint: files, row groups and pages that cannot hold a row for which it is true may be left out.
	Prune Predicate
	// Limit is a hint: rows after the first Limit (0: all) will not be asked for.
	Limit int64
	// Sparing is a hint: fewer rows than all may be asked for, so that little is to be fetched ahead of them.
	Sparing bool
	// Extremes is a hint: nothing but the least and greatest values of the columns matters, so that rows that have those may come in
	// place of all rows.
	Extremes bool
	// Counts goes with Extremes: how many rows there are, and how many values that are not null, matters as well.
	Counts bool
	// Present names columns of which, with Counts, nothing else matters.
	Present []string
	// Decode asks for decoded rows alone: no piece is a Slice.
	Decode bool
}

// Member names a value inside a nested column by the fields of the structs that lead to it. Lists are passed over: a member of
// a list is that member of each of its elements.
type Member = []string

// Reader yields the rows of one partition in file order.
type Reader interface {
	// Next returns the next piece, or io.EOF after the last. The caller releases the piece.
	Next(ctx context.Context) (*Piece, error)
	// Close stops fetching and frees what the reader holds. It waits for the reader's goroutines.
	Close() error
}

// Piece is a run of rows: exactly one of decoded rows, a small Parquet file still to be decoded, or (both nil) a bare count.
type Piece struct {
	// Records has the columns of the request, with the types of Table.Schema.
	Records arrow.RecordBatch
	// Slice is a valid Parquet file with the columns of the request (and those of Filters) that the data file has, to be
	// decoded by DuckDB; those that it lacks are null.
	Slice Slice
	// Keep lists the rows of Slice that count, in order: others are not those of the data file. nil is all.
	Keep []parquet.RowRange
	// Rows is the number of rows of Records or, before Filters, of Slice; for a bare count it is all there is.
	Rows    int64
	release func()
	damaged func(reason error) error // nil: the reason says it all
}

// Slice is a small Parquet file cut from a larger one.
type Slice interface {
	// Path names a file that any library of this process can open until the piece is released.
	Path() string
}

// NewPiece makes a piece; release is called once when it is no longer needed, and may be nil.
func NewPiece(records arrow.RecordBatch, slice Slice, rows int64, release func()) *Piece {
	return &Piece{Records: records, Slice: slice, Rows: rows, release: release}
}

// Damaged is the error to report when Slice cannot be decoded, for the reason that the decoder gave: it names the data file
// and the place in it. It may be called until the piece is released.
func (p *Piece) Damaged(reason error) error {
	if p.damaged == nil {
		return reason
	}
	return p.damaged(reason)
}

// Release frees what the piece holds. It is safe to call more than once.
func (p *Piece) Release() {
	if p.Records != nil {
		p.Records.Release()
		p.Records = nil
	}
	if p.release != nil {
		p.release()
		p.release = nil
	}
}

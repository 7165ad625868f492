package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/hfspark/hfspark/source/sample"
)

// folderRows yields the rows of a partition before its files are fetched: columns of files hold what stands for a file.
type folderRows interface {
	// next returns at most so many rows; after the last the error is io.EOF. The columns are those of the reader, converted already
	// where they have no files.
	next(ctx context.Context, most int) (arrow.RecordBatch, error)
	// link finds the file that a text in a column of files stands for; nil for none.
	link(text string) (*mediaLink, error)
	close() error
}

// fileRows are the files of a partition themselves. The text that stands for a file is its number.
type fileRows struct {
	partition Partition
	column    string // of the files
	fields    []arrow.Field
	at        int
}

func (r *fileRows) next(_ context.Context, most int) (arrow.RecordBatch, error) {
	files := r.partition.Folder.Files
	count := min(most, len(files)-r.at)
	if count == 0 {
		return nil, io.EOF
	}
	fields := slices.Clone(r.fields)
	for i, f := range fields {
		if f.Name == r.column && sample.IsMedia(f.Type) {
			fields[i].Type = arrow.BinaryTypes.String
		}
	}
	build := array.NewRecordBuilder(allocator, arrow.NewSchema(fields, nil))
	defer build.Release()
	for n := r.at; n < r.at+count; n++ {
		for i, f := range fields {
			var v sample.Value
			switch {
			case f.Name == r.column:
				v = strconv.Itoa(n)
			case f.Name == labelColumn && files[n].Labelled:
				v = files[n].Label
			}
			if err := sample.Append(f, build.Field(i), v); err != nil {
				return nil, fmt.Errorf("data file %s: column %q: %w", files[n].Path, f.Name, err)
			}
		}
	}
	r.at += count
	return build.NewRecordBatch(), nil
}

func (r *fileRows) link(text string) (*mediaLink, error) {
	n, err := strconv.Atoi(text)
	if err != nil {
		return nil, err
	}
	f := r.partition.Folder.Files[n]
	p := r.partition
	p.Path, p.Size, p.Hash = f.Path, f.Size, ""
	if f.Commit != "" {
		p.Commit, p.Repository = f.Commit, f.Repository
	}
	out := &mediaLink{key: text, url: p.URL(), file: p, member: f.Member, size: f.Size}
	if f.Member != nil {
		out.url, out.size = "zip://"+f.Member.Name+"::"+out.url, f.Member.Size
	}
	return out, nil
}

func (r *fileRows) close() error { return nil }

// metadataRows are rows of a metadata file. The text that stands for a file is its name there.
type metadataRows struct {
	services  Services
	partition Partition
	fields    []arrow.Field // of the reader
	reader    Reader
	names     []string // of the columns of the metadata file, for fields
	skip      int64
	left      int64
	batch     arrow.RecordBatch // what the reader gave, from at on
	at        int64
	archive   *archiveIndex // of the archive that the metadata file is in
}

func (r *metadataRows) next(ctx context.Context, most int) (arrow.RecordBatch, error) {
	for r.batch == nil || r.at == r.batch.NumRows() {
		if r.left == 0 {
			return nil, io.EOF
		}
		if err := r.advance(ctx); err != nil {
			return nil, err
		}
	}
	count := min(int64(most), r.batch.NumRows()-r.at, r.left)
	columns := make([]arrow.Array, 0, len(r.fields))
	defer func() {
		for _, c := range columns {
			c.Release()
		}
	}()
	fields := slices.Clone(r.fields)
	for i, f := range r.fields {
		column, err := r.column(ctx, f, r.names[i], count)
		if err != nil {
			return nil, err
		}
		fields[i].Type = column.DataType()
		columns = append(columns, column)
	}
	r.at, r.left = r.at+count, r.left-count
	return array.NewRecordBatch(arrow.NewSchema(fields, nil), columns, count), nil
}

// column cuts the next rows out of a column of the metadata file.
func (r *metadataRows) column(ctx context.Context, f arrow.Field, name string, count int64) (arrow.Array, error) {
	if name == "" {
		return array.MakeArrayOfNull(allocator, f.Type, int(count)), nil
	}
	at := r.batch.Schema().FieldIndices(name)[0]
	rows := array.NewSlice(r.batch.Column(at), r.at, r.at+count)
	if hasMedia(f.Type) {
		return rows, nil
	}
	defer rows.Release()
	out, err := convertArray(ctx, rows, f.Type)
	if err != nil {
		return nil, fmt.Errorf("metadata file %s: column %q: %w", r.partition.Path, f.Name, err)
	}
	return out, nil
}

// advance reads the next rows of the metadata file.
func (r *metadataRows) advance(ctx context.Context) error {
	if r.reader == nil {
		p, s, err := metadataPartition(ctx, r.services, r.partition, r.partition.Folder)
		if err != nil {
			return err
		}
		format, err := formatOf(p.Format)
		if err != nil {
			return err
		}
		var columns []string
		for _, name := range r.names {
			if name != "" {
				columns = append(columns, name)
			}
		}
		s.Progress = &Counters{}
		if r.reader, err = format.Open(ctx, s, p, Request{Columns: columns, Decode: true, Limit: r.skip + r.left}); err != nil {
			return err
		}
	}
	if r.batch != nil {
		r.batch.Release()
		r.batch = nil
	}
	piece, err := r.reader.Next(ctx)
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("metadata file %s ends %d rows before its end when it was planned", r.partition.Path, r.left)
	}
	if err != nil {
		return fmt.Errorf("metadata file %s: %w", r.partition.Path, err)
	}
	defer piece.Release()
	r.at = min(r.skip, piece.Rows)
	r.skip -= r.at
	if piece.Records == nil { // None of its columns is needed.
		r.batch = array.NewRecordBatch(arrow.NewSchema(nil, nil), nil, piece.Rows)
		return nil
	}
	piece.Records.Retain()
	r.batch = piece.Records
	return nil
}

const (
	linkedURL  = "Invalid metadata file_name '%s': `file_name` must be a relative path pointing inside the directory containing the metadata file. "
	linkScheme = linkedURL + "URL schemes (e.g. 'file://', 'local://') are not allowed."
	linkPath   = linkedURL + "Absolute paths and parent-directory ('..') traversal that escape the dataset directory are not allowed."
)

// libraryError is an error in the words of the datasets library, by which it may be looked for.
type libraryError string

// Error implements error.
func (e libraryError) Error() string { return string(e) }

func (r *metadataRows) link(text string) (*mediaLink, error) {
	if text == "" {
		return nil, nil
	}
	if strings.Contains(text, "://") {
		return nil, libraryError(fmt.Sprintf(linkScheme, text))
	}
	clean := strings.ReplaceAll(cleanPath(text), `\`, "/")
	if strings.HasPrefix(text, "/") || strings.HasPrefix(clean, "/") || clean == ".." || strings.HasPrefix(clean, "../") ||
		slices.Contains(strings.Split(clean, "/"), "..") {
		return nil, libraryError(fmt.Sprintf(linkPath, text))
	}
	p := r.partition
	p.Size = -1
	if p.Folder.Member != nil {
		inner := joinPath(dirOf(p.Folder.Member.Name), clean)
		return &mediaLink{
			key: text, url: "zip://" + inner + "::" + p.URL(), file: r.partition, archive: r.archive, inner: inner, size: -1,
		}, nil
	}
	p.Path, p.Hash = joinPath(dirOf(p.Path), clean), ""
	return &mediaLink{key: text, url: p.URL(), file: p, size: -1}, nil
}

func (r *metadataRows) close() error {
	if r.batch != nil {
		r.batch.Release()
		r.batch = nil
	}
	if r.reader == nil {
		return nil
	}
	return r.reader.Close()
}

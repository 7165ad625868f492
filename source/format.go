package source

import (
	"context"
	"fmt"
	"io"
	"log/slog"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/hfspark/hfspark/dataset"
	"github.com/hfspark/hfspark/hub"
	"github.com/hfspark/hfspark/source/parquet"
)

// Format reads the data files of one file format. One file of this package holds one format; formatOf lists them.
type Format interface {
	// Parameters checks the parameters that options and the repository give to the format, and returns them in the form that
	// Schema and Open want. It names a parameter that the format does not have, and one whose value is not usable.
	Parameters(given map[string]any) (map[string]any, error)
	// Schema announces the columns of a subset: all of them, nullable, in the order of the datasets library. It opens no file
	// when dataset_info announces the features, else as few as it can.
	Schema(ctx context.Context, s Services, subset Subset) (*arrow.Schema, error)
	// Open starts reading a partition. The reader follows the contract of [Reader]; what it yields is converted to
	// Partition.Schema. Open itself may fetch nothing.
	Open(ctx context.Context, s Services, p Partition, r Request) (Reader, error)
}

// Subset is what a format needs to know of a subset to announce its columns.
type Subset struct {
	Endpoint   string
	Resolution *dataset.Resolution
	Split      string         // the split that will be read; the datasets library looks at the first one for the schema
	Parameters map[string]any // as Format.Parameters returned them
}

// Files opens the data files of partitions. *hub.Client is one.
type Files interface {
	// Range opens length bytes from offset, or with a negative length all to the end.
	Range(ctx context.Context, f hub.File, offset, length int64) (io.ReadCloser, error)
}

// Services is what a format works with. All of it is safe for concurrent use.
type Services struct {
	// Files fetches with the endpoint and the token of the read at hand, and counts what it fetches in Progress.
	Files Files
	// Memory is shared by all reads of a Source: a format acquires what its fetch buffers and slices hold, before it fetches.
	Memory *Memory
	// Parallelism is how many ranges a reader may fetch at once; at least 1.
	Parallelism int
	// Logger is never nil.
	Logger *slog.Logger
	// Footers keeps the footers of Parquet files that were read; nil keeps none.
	Footers *parquet.Footers
	// Slices keeps the memory of closed slices for new ones; nil keeps none.
	Slices *parquet.Pool
	// Progress is never nil. Formats count files and rows (and row groups) in it; bytes count themselves.
	Progress *Counters
}

// formatOf returns the format of that name, which is Resolution.Format and Partition.Format.
func formatOf(name string) (Format, error) {
	switch name {
	case "parquet":
		return parquetFormat{}, nil
	case "json":
		return jsonFormat{}, nil
	case "csv":
		return csvFormat{}, nil
	}
	return nil, fmt.Errorf("no reader for the format %q: parquet, json and csv are read; "+
		"the Hub's own conversion to Parquet may exist: option revision=refs/convert/parquet", name)
}

// File is the data file of the partition, as the Hub client wants it.
func (p Partition) File() hub.File {
	return hub.File{Repo: hub.Dataset(p.Repository), Revision: p.Commit, Path: p.Path, Size: p.Size}
}

// File is a data file of the subset, as the Hub client wants it.
func (s Subset) File(f dataset.File) hub.File {
	commit := s.Resolution.Commit
	if f.Commit != "" {
		commit = f.Commit
	}
	return hub.File{Repo: hub.Dataset(s.Resolution.Repository), Revision: commit, Path: f.Path, Size: f.Size}
}

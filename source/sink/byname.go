package sink

import (
	"context"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// WriteParquet writes rows to Parquet files by name, as the function write_parquet of the Hub's documentation does. The address
// hf://datasets/namespace/name/data.parquet is one file, hf://datasets/namespace/name or that of a folder below gets
// part-00000.parquet and so on; @revision may follow the name. Compression, the size of row groups, page index and statistics are
// o.Parquet, credentials o.Token; what belongs to splits must not be set. The zero value of o.Mode means Overwrite here, as the
// documentation's function does it. rows is read to its end and not released. On an error nothing is visible.
func (s *Sink) WriteParquet(ctx context.Context, address string, rows array.RecordReader, o Options) (*Result, error) {
	o.Path = address
	if err := o.cutAddress(); err != nil {
		return nil, err
	}
	if o.ByName == "" {
		return nil, bad("path", "%q is no address of a file or folder: write hf://datasets/namespace/name/file.parquet", address)
	}
	if o.Mode == "" {
		o.Mode = Overwrite
	}
	return s.WriteRows(ctx, o, rows.Schema(), nil, func(context.Context) (Rows, error) { return recordRows{rows}, nil })
}

// WriteParquet is [Sink.WriteParquet] of a sink with defaults.
func WriteParquet(ctx context.Context, address string, rows array.RecordReader, o Options) (*Result, error) {
	return New(Config{}).WriteParquet(ctx, address, rows, o)
}

// recordRows are the rows of a reader.
type recordRows struct{ reader array.RecordReader }

// Next implements [Rows].
func (r recordRows) Next() (arrow.RecordBatch, error) {
	if !r.reader.Next() {
		if err := r.reader.Err(); err != nil {
			return nil, err
		}
		return nil, io.EOF
	}
	batch := r.reader.RecordBatch()
	batch.Retain() // The reader releases it with the next one.
	return batch, nil
}

// Close implements [Rows].
func (recordRows) Close() error { return nil }

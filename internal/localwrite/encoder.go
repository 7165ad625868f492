package localwrite

import (
	"compress/gzip"
	"compress/zlib"
	"context"
	"errors"
	"io"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/source/parquetfile"
)

// encoder writes the rows of one file. Close or abort ends it.
type encoder interface {
	write(batch arrow.RecordBatch) error
	close() error
	abort()
}

func newEncoder(ctx context.Context, out io.Writer, r Request, o options) (encoder, error) {
	if o.format == "parquet" {
		return newParquet(ctx, out, r, o)
	}
	e := &lines{out: out}
	switch o.compression {
	case "gzip":
		e.packer = gzip.NewWriter(out)
	case "deflate":
		e.packer = zlib.NewWriter(out)
	}
	if e.packer != nil {
		e.out = e.packer
	}
	if o.format == "json" {
		e.row = newJSON(r, o).row
		return e, nil
	}
	table := newCSV(r, o)
	e.row = table.row
	if o.csv.header {
		e.buffer = table.header()
	}
	return e, nil
}

// lines writes text, a line for each row.
type lines struct {
	out    io.Writer
	packer io.WriteCloser // nil without compression
	row    func(out []byte, batch arrow.RecordBatch, i int) ([]byte, error)
	buffer []byte
}

const textBuffer = 64 << 10

func (l *lines) write(batch arrow.RecordBatch) (err error) {
	for i := range int(batch.NumRows()) {
		if l.buffer, err = l.row(l.buffer, batch, i); err != nil {
			return err
		}
		if len(l.buffer) >= textBuffer {
			if err := l.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *lines) flush() error {
	_, err := l.out.Write(l.buffer)
	l.buffer = l.buffer[:0]
	return err
}

func (l *lines) close() error {
	err := l.flush()
	if l.packer != nil {
		err = errors.Join(err, l.packer.Close())
	}
	return err
}

func (l *lines) abort() {}

// columnar writes Parquet.
type columnar struct{ writer *parquetfile.Writer }

// The keys of a file's metadata by which Spark finds its own types again.
const (
	sparkSchema  = "org.apache.spark.sql.parquet.row.metadata"
	sparkVersion = "org.apache.spark.version"
)

func newParquet(ctx context.Context, out io.Writer, r Request, o options) (encoder, error) {
	metadata := arrow.NewMetadata([]string{sparkVersion, sparkSchema}, []string{"4.2.0", types.ToJSON(r.Schema)})
	w, err := parquetfile.NewWriter(ctx, out, arrow.NewSchema(r.Arrow.Fields(), &metadata), o.parquet)
	if err != nil {
		return nil, err
	}
	return columnar{w}, nil
}

func (c columnar) write(batch arrow.RecordBatch) error { return c.writer.Write(batch) }
func (c columnar) close() error                        { return c.writer.Close() }
func (c columnar) abort()                              { c.writer.Abort() }

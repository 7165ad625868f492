// Package parquetfile writes Parquet files whose pages are cut by content: a change of some rows changes the pages around
// them and leaves the others as they were, so that a content-addressed store such as the Hub's keeps and transfers them once.
package parquetfile

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/parquet/compress"

	"github.com/hfspark/hfspark/source/parquet"
)

// Writer writes one Parquet file. It is not safe for concurrent use. It encodes several row groups at once in goroutines of
// its own, which have ended when Close or Abort returns: one of them must be called.
type Writer struct {
	encoder *encoder
	options Options
	join    *parquet.Join
	cancel  context.CancelFunc
	ctx     context.Context // ends with Abort

	pending      []arrow.RecordBatch // the rows of the row group at hand
	pendingRows  int64
	pendingBytes int64
	encoding     []encoding // in the order of the file
	encodedBytes int64      // of Arrow data, for the ratio to the file's bytes
	rows         int64
	err          error // the first error; nothing is written after it
}

// encoding is a row group that a goroutine encodes.
type encoding struct {
	arrowBytes int64
	done       chan encoded
}

type encoded struct {
	group *group
	err   error
}

// NewWriter begins a file with the columns of the schema. The schema's metadata goes into the file, as does the schema
// itself, so that Arrow's readers restore types that Parquet has not. Columns that Parquet cannot hold are a *ColumnError.
// The context bounds the life of the writer.
func NewWriter(ctx context.Context, out io.Writer, schema *arrow.Schema, o Options) (*Writer, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	e, err := newEncoder(schema, o)
	if err != nil {
		return nil, err
	}
	w := &Writer{encoder: e, options: o, join: parquet.NewJoin(out)}
	w.join.RenameCodec(int32(fastSnappy), int32(compress.Codecs.Snappy))
	empty, err := e.empty()
	if err != nil {
		return nil, err
	}
	if err := w.join.Begin(empty); err != nil {
		return nil, err
	}
	w.ctx, w.cancel = context.WithCancel(ctx)
	return w, nil
}

// Check tells whether a file with these columns can be written with these options, without writing one.
func Check(schema *arrow.Schema, o Options) error {
	o, err := o.withDefaults()
	if err != nil {
		return err
	}
	_, err = newEncoder(schema, o)
	return err
}

// Write appends the rows of a batch, whose columns are those of the schema in order. The batch is retained until its rows
// are encoded.
func (w *Writer) Write(batch arrow.RecordBatch) error {
	if w.err != nil {
		return w.err
	}
	if int(batch.NumCols()) != w.encoder.schema.NumFields() {
		return fmt.Errorf("a batch of %d columns does not fit the file's %d", batch.NumCols(), w.encoder.schema.NumFields())
	}
	size := max(BatchBytes(batch), 1)
	for from := int64(0); from < batch.NumRows(); {
		to := min(batch.NumRows(), from+w.rowsThatFit(batch.NumRows(), size))
		w.pending = append(w.pending, batch.NewSlice(from, to))
		w.pendingRows += to - from
		w.pendingBytes += size * (to - from) / batch.NumRows()
		w.rows += to - from
		from = to
		if w.pendingRows >= w.options.RowGroupRows || w.pendingBytes >= w.options.RowGroupBytes {
			w.endGroup()
		}
		if w.err != nil {
			return w.err
		}
	}
	return nil
}

// rowsThatFit is how many rows of a batch of that many rows and bytes the row group at hand still takes; at least one.
func (w *Writer) rowsThatFit(rows, size int64) int64 {
	perRow := max(size/rows, 1)
	return max(min(w.options.RowGroupRows-w.pendingRows, (w.options.RowGroupBytes-w.pendingBytes+perRow-1)/perRow), 1)
}

// endGroup hands the row group at hand to a goroutine. When as many as may be are under way, it first waits for the oldest;
// never for one that merely happens to be ready, so that Bytes does not depend on timing and files are cut at the same rows
// each time.
func (w *Writer) endGroup() {
	if w.options.Parallel > 1 && len(w.encoding) >= w.options.Parallel {
		w.collect()
	}
	if w.err != nil {
		return
	}
	e := encoding{arrowBytes: w.pendingBytes, done: make(chan encoded, 1)}
	batches := w.pending
	w.pending, w.pendingRows, w.pendingBytes = nil, 0, 0
	w.encoding = append(w.encoding, e)
	go func() {
		group, err := w.encoder.encode(w.ctx, batches)
		release(batches)
		e.done <- encoded{group, err}
	}()
	if w.options.Parallel == 1 {
		w.collect()
	}
}

// collect waits for the oldest row group under way and writes it.
func (w *Writer) collect() {
	e := w.encoding[0]
	w.encoding = w.encoding[1:]
	r := <-e.done
	if w.err == nil {
		w.err = r.err
	}
	if w.err == nil {
		w.err = w.join.AppendGroup(r.group.rows, r.group.chunks)
	}
	if r.group != nil {
		r.group.arena.release()
	}
	w.encodedBytes += e.arrowBytes
}

func release(batches []arrow.RecordBatch) {
	for _, b := range batches {
		b.Release()
	}
}

// Rows is the number of rows so far.
func (w *Writer) Rows() int64 { return w.rows }

// Bytes is about how large the file would be if it ended now. What is not encoded yet counts as much as the row groups before
// it did; with Parallel 1 only the row group at hand is guessed.
func (w *Writer) Bytes() int64 {
	rest := w.pendingBytes
	for _, e := range w.encoding {
		rest += e.arrowBytes
	}
	if w.encodedBytes > 0 {
		rest = int64(float64(rest) * float64(w.join.Bytes()) / float64(w.encodedBytes))
	}
	return w.join.Bytes() + rest
}

// Close ends the file. It does not close the writer below. After an error it returns that error, and the file is not valid.
func (w *Writer) Close() error {
	if w.err == nil && len(w.pending) > 0 {
		w.endGroup()
	}
	for len(w.encoding) > 0 {
		w.collect()
	}
	if w.err == nil {
		w.err = w.join.Close()
	}
	err := w.err
	w.Abort()
	return err
}

// Abort gives the file up, if it has not been ended, and waits for the writer's goroutines.
func (w *Writer) Abort() {
	w.cancel()
	if w.err == nil {
		w.err = errors.New("the Parquet file has been ended")
	}
	for len(w.encoding) > 0 {
		w.collect()
	}
	release(w.pending)
	w.pending = nil
}

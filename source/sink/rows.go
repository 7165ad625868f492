package sink

import (
	"context"
	"errors"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
)

// BatchRows and BatchBytes are good bounds for the batches of Rows: large enough that encoding them costs little more than their
// values, small enough for memory.
const (
	BatchRows        = 1 << 16
	BatchBytes int64 = 16 << 20
)

// Rows is a stream of rows: the result of a query, for example.
type Rows interface {
	// Next returns the next batch, which the caller releases, or io.EOF.
	Next() (arrow.RecordBatch, error)
	Close() error
}

// WriteRows writes all rows of a stream as one part, and commits them. open starts the stream, whose batches have the schema; it
// is not called when there is nothing to write. On an error nothing is visible, and nothing is left behind. observe, when not
// nil, is told how far the write is, from several goroutines.
func (s *Sink) WriteRows(ctx context.Context, o Options, schema *arrow.Schema, observe func(Progress), open func(context.Context) (Rows, error)) (*Result, error) {
	w, err := s.Begin(ctx, o, schema)
	if err != nil {
		return nil, err
	}
	if observe != nil {
		w.meter.report = observe
	}
	if w.Skip {
		return w.Commit(ctx, nil)
	}
	part, err := w.writePart(ctx, open)
	if err != nil {
		return nil, errors.Join(err, w.Abort(ctx))
	}
	return w.Commit(ctx, []PartResult{part})
}

func (w *Write) writePart(ctx context.Context, open func(context.Context) (Rows, error)) (result PartResult, err error) {
	rows, err := open(ctx)
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	part, err := w.Part(ctx, 0)
	if err != nil {
		return result, err
	}
	for {
		batch, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return part.Close()
		}
		if err != nil {
			return result, errors.Join(err, part.Abort())
		}
		err = part.Write(batch)
		batch.Release()
		if err != nil {
			return result, errors.Join(err, part.Abort())
		}
	}
}

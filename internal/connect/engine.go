package connect

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
)

// Engine runs analyzed plans. Package embedded has the one on DuckDB.
type Engine interface {
	// Run starts a query; its rows are computed while they are read. It ends with ctx as well.
	Run(ctx context.Context, q Query) (Rows, error)
}

// Query is a plan to run.
type Query struct {
	Plan typed.Node
	// TimeZone is the session's time zone, as Spark names it.
	TimeZone string
	// BatchRows and BatchBytes bound a batch; a batch has at least one row.
	BatchRows  int
	BatchBytes int64
	// Progress, when not nil, is called now and then from another goroutine while the rows are open.
	Progress func(Progress)
}

// Rows is the stream of a query's rows. It serves one goroutine at a time and must be closed.
type Rows interface {
	// Schema is the schema of the batches; Output is the same as Spark's types.
	Schema() *arrow.Schema
	Output() types.Struct
	// Next returns the next batch, which the caller releases, or io.EOF.
	Next() (arrow.RecordBatch, error)
	Close() error
}

// Progress tells how far the scans of a query have come.
type Progress struct {
	Files, FilesDone int
	BytesFetched     int64
}

package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/hfspark/hfspark/internal/engine/duckdb"
	"github.com/hfspark/hfspark/internal/plan/constant"
	"github.com/hfspark/hfspark/internal/plan/sideways"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/source"
)

// Query is a plan to run.
type Query struct {
	Plan typed.Node
	// AsIs runs the plan in one piece; else its small parts may be run first, so that others read less (see package sideways).
	AsIs bool
	// TimeZone is the session's time zone, as Spark names it; empty means UTC.
	TimeZone string
	// BatchRows is the largest number of rows of a batch; 0 means 10000, Spark's default.
	BatchRows int
	// BatchBytes is about the largest size of a batch in bytes; 0 means 64 MiB. A batch has at least one row.
	BatchBytes int64
	// Progress, when not nil, is called now and then from another goroutine while the result is open.
	Progress func(Progress)
}

const (
	defaultBatchRows  = 10000
	defaultBatchBytes = 64 << 20
)

// Result is the stream of a query's rows. It serves one goroutine at a time.
type Result struct {
	query  *running
	schema *arrow.Schema
	output types.Struct

	conn    *duckdb.Connection
	rows    *duckdb.Rows
	columns []duckdb.Column
	chunk   duckdb.Chunk
	at      int // rows of chunk that were delivered
	open    bool

	batchRows  int
	batchBytes int64
	err        error
	close      sync.Once
	reports    sync.WaitGroup
}

// running is what the parts of a running query share: its context, its database and its first error.
type running struct {
	engine   *Engine
	instance *instance
	ctx      context.Context //nolint:containedctx // The life of the query; callbacks of DuckDB have no context.
	cancel   context.CancelCauseFunc
	scans    []*scanTable

	mu    sync.Mutex
	cause error
}

// errEnded is the cause of the context's end when a result is closed.
var errEnded = errors.New("the result was closed")

// fail remembers the first error that a function in Go met, since DuckDB keeps only its text.
func (r *running) fail(err error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cause == nil && err != nil && !errors.Is(err, errEnded) {
		r.cause = err
	}
	return err
}

func (r *running) failure() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.cause
}

// sorted is a Source that knows without reading rows what the first ones of an order are not behind.
type sorted interface {
	Threshold(ctx context.Context, t *source.Table, column string, descending bool, rows int64) (value any, ok bool, err error)
}

// Run starts a query. Rows are computed while the result is read. The result must be closed; it ends with ctx as well.
// Errors are *sparkerror.Error, errors of the source as they came, or those of ctx.
func (e *Engine) Run(ctx context.Context, q Query) (*Result, error) {
	zone, err := duckZone(q.TimeZone)
	if err != nil {
		return nil, err
	}
	if !q.AsIs {
		run := func(ctx context.Context, n typed.Node) (constant.Rows, error) {
			return e.Run(ctx, Query{Plan: n, TimeZone: q.TimeZone, AsIs: true})
		}
		var threshold sideways.Threshold
		if s, ok := e.config.Source.(sorted); ok {
			threshold = s.Threshold
		}
		q.Plan = sideways.Apply(ctx, q.Plan, run, threshold)
	}
	statement, err := printPlan(q.Plan, e.config.Threads)
	if err != nil {
		return nil, err
	}
	i, err := e.acquire(ctx)
	if err != nil {
		return nil, err
	}
	run := &running{engine: e, instance: i}
	run.ctx, run.cancel = context.WithCancelCause(ctx)
	r := &Result{query: run, batchRows: q.BatchRows, batchBytes: q.BatchBytes}
	if err := r.start(statement, q, zone); err != nil {
		err = r.translate(err)
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

func (r *Result) start(statement *statement, q Query, zone string) error {
	if r.batchRows <= 0 {
		r.batchRows = defaultBatchRows
	}
	if r.batchBytes <= 0 {
		r.batchBytes = defaultBatchBytes
	}
	display := q.TimeZone
	if display == "" {
		display = "UTC"
	}
	r.output = schemaOf(q.Plan)
	r.schema = types.ToArrow(r.output, display)
	for _, field := range r.output.Fields {
		column, err := duckdb.NewColumn(field.Type, display)
		if err != nil {
			return err
		}
		r.columns = append(r.columns, column)
	}
	run := r.query
	run.scans = run.engine.scans.add(run, statement.scans)
	var err error
	if r.conn, err = run.instance.connection(); err != nil {
		return err
	}
	text := statement.text(run.scans)
	run.engine.config.Logger.DebugContext(run.ctx, "query", "sql", text)
	if err := r.conn.Setting(run.ctx, zoneSetting, "SET TimeZone = "+quote(zone)); err != nil {
		return fmt.Errorf("setting the time zone %s: %w", q.TimeZone, err)
	}
	if err := r.conn.Setting(run.ctx, optimizerSetting, "PRAGMA enable_optimizer"); err != nil {
		return err
	}
	if r.rows, err = r.conn.Query(run.ctx, text); err != nil {
		return err
	}
	for _, s := range run.scans {
		s.watch()
	}
	if q.Progress != nil {
		run.report(q.Progress, &r.reports)
	}
	return nil
}

// Schema is the schema of the batches: what types.ToArrow gives for the plan's output and the session's time zone.
func (r *Result) Schema() *arrow.Schema { return r.schema }

// Output is the schema in Spark's types.
func (r *Result) Output() types.Struct { return r.output }

// Next returns the next batch, which the caller releases, or io.EOF. Batches are never empty.
func (r *Result) Next() (arrow.RecordBatch, error) {
	if r.err != nil {
		return nil, r.err
	}
	batch, err := r.next()
	if err != nil {
		if !errors.Is(err, io.EOF) {
			err = r.translate(err)
		}
		r.err = err
		return nil, err
	}
	return batch, nil
}

func (r *Result) next() (arrow.RecordBatch, error) {
	rows, size := 0, int64(0)
	for rows < r.batchRows && size < r.batchBytes {
		if !r.open {
			chunk, err := r.rows.Next(r.query.ctx)
			if errors.Is(err, io.EOF) && rows > 0 {
				break
			}
			if err != nil {
				return nil, err
			}
			r.chunk, r.at, r.open = chunk, 0, true
		}
		count, bytes := r.fit(min(r.batchRows-rows, r.chunk.Rows()-r.at), r.batchBytes-size)
		if count == 0 {
			if rows > 0 {
				break
			}
			count, bytes = 1, r.measure(r.at, 1)
		}
		for i, column := range r.columns {
			if err := column.Append(r.chunk.Vector(i), r.at, count); err != nil {
				return nil, err
			}
		}
		rows, size, r.at = rows+count, size+bytes, r.at+count
		if r.at == r.chunk.Rows() {
			r.chunk.Close()
			r.open = false
		}
	}
	arrays := make([]arrow.Array, len(r.columns))
	for i, column := range r.columns {
		data := column.Take()
		arrays[i] = array.MakeFromData(data)
		data.Release()
	}
	batch := array.NewRecordBatch(r.schema, arrays, int64(rows))
	for _, a := range arrays {
		a.Release()
	}
	return batch, nil
}

// fit finds how many of the next count rows of the chunk have at most limit bytes, by halves.
func (r *Result) fit(count int, limit int64) (rows int, size int64) {
	for rows < count {
		step := count - rows
		for {
			bytes := r.measure(r.at+rows, step)
			if size+bytes <= limit {
				rows, size = rows+step, size+bytes
				break
			}
			if step == 1 {
				return rows, size
			}
			step = int(math.Ceil(float64(step) / 2))
		}
	}
	return rows, size
}

func (r *Result) measure(from, count int) int64 {
	size := int64(0)
	for i, column := range r.columns {
		size += column.Measure(r.chunk.Vector(i), from, count)
	}
	return size
}

// Close ends the query, wherever it is, and frees what it holds. It waits for everything that the query started. It is safe
// to call it more than once.
func (r *Result) Close() error {
	r.close.Do(func() {
		run := r.query
		run.cancel(errEnded)
		if r.err == nil {
			r.err = errEnded
		}
		if r.open {
			r.chunk.Close()
			r.open = false
		}
		if r.rows != nil {
			r.rows.Close()
		}
		if r.conn != nil {
			run.instance.put(r.conn)
		}
		run.engine.scans.remove(run.scans)
		for _, s := range run.scans {
			s.wait()
		}
		r.reports.Wait()
		run.instance.release()
	})
	return nil
}

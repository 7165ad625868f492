package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/hfspark/hfspark/internal/engine/duckdb"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/source"
)

// registry knows the tables that running statements read, by the numbers that stand in their SQL.
type registry struct {
	mu   sync.Mutex
	last int64
	open map[int64]*scanTable
}

func (r *registry) add(run *running, specs []scanSpec) []*scanTable {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.open == nil {
		r.open = make(map[int64]*scanTable)
	}
	tables := make([]*scanTable, len(specs))
	for i, spec := range specs {
		r.last++
		tables[i] = &scanTable{id: r.last, spec: spec, run: run}
		r.open[r.last] = tables[i]
	}
	return tables
}

func (r *registry) remove(tables []*scanTable) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, t := range tables {
		delete(r.open, t.id)
	}
}

// shed makes all scans give back what they hold before its time.
func (r *registry) shed() {
	r.mu.Lock()
	tables := slices.Collect(maps.Values(r.open))
	r.mu.Unlock()
	for _, t := range tables {
		t.shed()
	}
}

// table implements duckdb.TableFunction.
func (r *registry) table(id int64) (duckdb.Table, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if t, ok := r.open[id]; ok {
		return t, nil
	}
	return nil, fmt.Errorf("there is no scan %d: its query has ended", id)
}

// scanSpec is a leaf of a plan whose rows come from Go.
type scanSpec struct {
	columns []typed.Column
	fields  []int // positions of columns in the table or the records
	// ordered asks for the rows in the order of the partitions; only one thread of DuckDB then reads them.
	ordered bool
	// whole says that no limit ends the query before all rows were read, as far as the plan tells.
	whole   bool
	threads int

	table *source.Table // a table of the data source, with hints for its readers, or
	prune source.Predicate
	limit int64
	// extremes says that nothing but least and greatest values matters.
	extremes bool
	// counts says with extremes that numbers of rows and values do as well, and of the columns in present nothing else.
	counts  bool
	present map[typed.ColumnID]bool
	// members are those of nested columns that are used, where not all are.
	members map[typed.ColumnID][]source.Member

	paths map[typed.ColumnID]bool // columns of files of which the path alone is used

	records []arrow.RecordBatch // rows that came with the plan
}

// scanTable is a scanSpec of a running query, as DuckDB sees it.
type scanTable struct {
	id   int64
	spec scanSpec
	run  *running
	base source.Progress // of the table, when the query began

	rows atomic.Int64
	open sync.WaitGroup // scans that DuckDB opened and did not close yet

	mu    sync.Mutex
	scans []*sourceScan // those of open that read the data source
}

func (t *scanTable) enter(s *sourceScan) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.scans = append(t.scans, s)
}

func (t *scanTable) leave(s *sourceScan) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.scans = slices.DeleteFunc(t.scans, func(other *sourceScan) bool { return other == s })
	t.open.Done()
}

// shed gives back what the scans of the table hold before its time.
func (t *scanTable) shed() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, s := range t.scans {
		s.feed.shed()
	}
}

// columnName is the name in SQL of a column of a plan.
func columnName(id typed.ColumnID) string { return fmt.Sprintf("c%d", id) }

// noColumn is the column that stands in where a relation has no columns, which DuckDB does not allow.
const noColumn = "none"

// Columns implements duckdb.Table.
func (t *scanTable) Columns() []duckdb.TableColumn {
	if len(t.spec.columns) == 0 {
		return []duckdb.TableColumn{{Name: noColumn, Type: types.Boolean}}
	}
	columns := make([]duckdb.TableColumn, len(t.spec.columns))
	for i, c := range t.spec.columns {
		columns[i] = duckdb.TableColumn{Name: columnName(c.ID), Type: c.Type}
	}
	return columns
}

// bytesPerRow is a guess for planning joins: the number of rows of a data file is not known before it is read.
const bytesPerRow = 100

// Rows implements duckdb.Table.
func (t *scanTable) Rows() (count int64, exact bool) {
	if t.spec.table == nil {
		for _, r := range t.spec.records {
			count += r.NumRows()
		}
		return count, true
	}
	for _, p := range t.spec.table.Partitions {
		count += max(1, p.DataSize()/bytesPerRow)
	}
	return count, false
}

// Open implements duckdb.Table.
func (t *scanTable) Open(columns []int) (duckdb.Scan, error) {
	wanted := make([]int, len(columns))
	for i, c := range columns {
		wanted[i] = c
		if c >= len(t.spec.columns) {
			wanted[i] = -1 // the column noColumn
		}
	}
	t.open.Add(1)
	if t.spec.table == nil {
		return newLocalScan(t, wanted), nil
	}
	return newSourceScan(t, wanted), nil
}

// wait returns when DuckDB has closed all scans of the table.
func (t *scanTable) wait() { t.open.Wait() }

// localScan hands out rows that came with the plan.
type localScan struct {
	table  *scanTable
	wanted []int
}

func newLocalScan(t *scanTable, wanted []int) *localScan {
	return &localScan{table: t, wanted: wanted}
}

// Threads implements duckdb.Scan. Records in memory are read faster than any other thread could start.
func (s *localScan) Threads() int { return 1 }

// Worker implements duckdb.Scan.
func (s *localScan) Worker() (duckdb.Worker, error) { return &localWorker{scan: s}, nil }

// Close implements duckdb.Scan.
func (s *localScan) Close() { s.table.open.Done() }

type localWorker struct {
	scan *localScan
	next int // of the records
	at   recordCursor
}

// Close implements duckdb.Worker.
func (w *localWorker) Close() {}

// Next implements duckdb.Worker.
func (w *localWorker) Next(columns []duckdb.Vector) (duckdb.Step, error) {
	s := w.scan.table
	if err := s.run.ctx.Err(); err != nil {
		return duckdb.Step{}, context.Cause(s.run.ctx)
	}
	for {
		if w.at.done() {
			if w.next == len(s.spec.records) {
				return duckdb.Step{}, nil
			}
			w.at = recordCursor{record: s.spec.records[w.next]}
			w.next++
			continue
		}
		rows, err := w.at.emit(columns, w.scan.wanted, s.spec.columns, func(i int) int { return s.spec.fields[i] })
		s.rows.Add(int64(rows))
		return duckdb.Step{Rows: rows}, s.run.fail(err)
	}
}

// recordCursor hands on the rows of a record by the vector.
type recordCursor struct {
	record arrow.RecordBatch
	at     int64
}

func (c *recordCursor) done() bool { return c.record == nil || c.at >= c.record.NumRows() }

// emit copies the next rows. Vector i gets column wanted[i] of columns, which is column position(wanted[i]) of the record.
func (c *recordCursor) emit(vectors []duckdb.Vector, wanted []int, columns []typed.Column, position func(int) int) (int, error) {
	rows := int(min(duckdb.VectorSize, c.record.NumRows()-c.at))
	for i, vector := range vectors {
		if wanted[i] < 0 {
			continue
		}
		at := position(wanted[i])
		if at >= int(c.record.NumCols()) {
			return 0, errors.New("a record of the source has fewer columns than were asked for")
		}
		if err := vector.Write(columns[wanted[i]].Type, c.record.Column(at), int(c.at), rows, 0); err != nil {
			return 0, fmt.Errorf("column %q: %w", columns[wanted[i]].Name, err)
		}
	}
	c.at += int64(rows)
	return rows, nil
}

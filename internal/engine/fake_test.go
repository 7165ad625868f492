package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/source"
)

// fakeSource has rows numbered through all partitions, in columns number (int64) and text; each partition is some pieces of
// records, slices or counts, by its format.
type fakeSource struct {
	dir           string
	pieces, rows  int           // pieces of a partition, rows of a piece
	failAt        int           // the number of the piece that fails instead; 0 is none
	gate          chan struct{} // when not nil, pieces wait for it
	memory        chan struct{} // when not nil, each piece takes a place in it until it is released
	waiting       atomic.Int64  // for memory
	handed, freed atomic.Int64  // pieces
	opened        atomic.Int64  // readers
	closed        atomic.Int64

	distant bool

	mu       sync.Mutex
	requests []source.Request
	prepared []string // paths of partitions
}

var errFake = errors.New("the file ends early")

var fakeSchema = arrow.NewSchema([]arrow.Field{
	{Name: "number", Type: arrow.PrimitiveTypes.Int64, Nullable: true},
	{Name: "text", Type: arrow.BinaryTypes.LargeString, Nullable: true},
	{Name: "small", Type: arrow.PrimitiveTypes.Uint8, Nullable: true},
}, nil)

// table makes a table with a partition for each format.
func (f *fakeSource) table(formats ...string) *source.Table {
	t := &source.Table{Schema: fakeSchema}
	for i, format := range formats {
		t.Partitions = append(t.Partitions, source.Partition{Path: fmt.Sprint(i), Format: format, Size: 1000})
	}
	return t
}

// scan makes a node of a table.
func scan(t *source.Table) *typed.Scan {
	converted, err := types.FromArrow(t.Schema)
	if err != nil {
		panic(err)
	}
	n := &typed.Scan{Table: t}
	for i, f := range converted.Fields {
		n.Columns = append(n.Columns, typed.Column{ID: typed.ColumnID(i + 1), Name: f.Name, Type: f.Type, Nullable: true})
		n.Fields = append(n.Fields, i)
	}
	return n
}

func (f *fakeSource) Read(ctx context.Context, p source.Partition, _ string, r source.Request) (source.Reader, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	f.opened.Add(1)
	f.mu.Lock()
	f.requests = append(f.requests, r)
	f.mu.Unlock()
	var partition int
	if _, err := fmt.Sscan(p.Path, &partition); err != nil {
		return nil, err
	}
	return &fakeReader{source: f, partition: p, request: r, next: partition * f.pieces, end: (partition + 1) * f.pieces}, nil
}

// Prepare notes what is asked for.
func (f *fakeSource) Prepare(_ context.Context, p source.Partition, _ string, _ source.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.prepared = append(f.prepared, p.Path)
}

// Distant says what the fake is to say.
func (f *fakeSource) Distant(source.Partition, string) bool { return f.distant }

// Starved tells the engine that pieces wait for memory.
func (f *fakeSource) Starved() bool { return f.waiting.Load() > 0 }

type fakeReader struct {
	source    *fakeSource
	partition source.Partition
	request   source.Request
	next, end int
}

func (r *fakeReader) Close() error {
	r.source.closed.Add(1)
	return nil
}

func (r *fakeReader) Next(ctx context.Context) (*source.Piece, error) {
	f := r.source
	if r.next == r.end {
		return nil, io.EOF
	}
	if f.gate != nil {
		select {
		case <-f.gate:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if f.memory != nil {
		f.waiting.Add(1)
		defer f.waiting.Add(-1)
		select {
		case f.memory <- struct{}{}:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	piece := r.next
	r.next++
	if f.failAt > 0 && piece == f.failAt {
		return nil, errFake
	}
	f.handed.Add(1)
	released := func() {
		f.freed.Add(1)
		if f.memory != nil {
			<-f.memory
		}
	}
	format := r.partition.Format
	if len(r.request.Columns) == 0 && r.request.Filters == nil {
		format = "count"
	}
	switch format {
	case "count":
		return source.NewPiece(nil, nil, int64(f.rows), released), nil
	case "records":
		record := fakeRecord(piece*f.rows, f.rows, r.request.Columns)
		return source.NewPiece(record, nil, record.NumRows(), released), nil
	}
	slice, err := f.slice(piece)
	if err != nil {
		return nil, err
	}
	return source.NewPiece(nil, slice, int64(f.rows), released), nil
}

type fakeSlice string

func (s fakeSlice) Path() string { return string(s) }

// Size and Layout make slices be decoded together.
func (s fakeSlice) Size() int64    { return smallSlice }
func (s fakeSlice) Layout() string { return "number, text, small" }

// slice writes a piece as a Parquet file, once.
func (f *fakeSource) slice(piece int) (source.Slice, error) {
	path := filepath.Join(f.dir, fmt.Sprintf("%d.parquet", piece))
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, err := os.Stat(path); err == nil {
		return fakeSlice(path), nil
	}
	record := fakeRecord(piece*f.rows, f.rows, []string{"text", "number", "small"})
	defer record.Release()
	file, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	writer, err := pqarrow.NewFileWriter(record.Schema(), file, parquet.NewWriterProperties(), pqarrow.DefaultWriterProps())
	if err != nil {
		return nil, err
	}
	if err := writer.Write(record); err != nil {
		return nil, err
	}
	return fakeSlice(path), writer.Close()
}

func fakeRecord(first, rows int, columns []string) arrow.RecordBatch {
	fields := make([]arrow.Field, len(columns))
	arrays := make([]arrow.Array, len(columns))
	for i, name := range columns {
		fields[i] = fakeSchema.Field(fakeSchema.FieldIndices(name)[0])
		builder := array.NewBuilder(memory.DefaultAllocator, fields[i].Type)
		for row := first; row < first+rows; row++ {
			switch b := builder.(type) {
			case *array.Int64Builder:
				b.Append(int64(row))
			case *array.LargeStringBuilder:
				if row%10 == 9 {
					b.AppendNull()
				} else {
					b.Append(fmt.Sprintf("a text with the number %d", row))
				}
			case *array.Uint8Builder:
				b.Append(uint8(row))
			}
		}
		arrays[i] = builder.NewArray()
		builder.Release()
	}
	record := array.NewRecordBatch(arrow.NewSchema(fields, nil), arrays, int64(rows))
	for _, a := range arrays {
		a.Release()
	}
	return record
}

// check tells whether all that was handed out was given back.
func (f *fakeSource) check(t *testing.T) {
	t.Helper()
	if f.handed.Load() != f.freed.Load() || f.opened.Load() != f.closed.Load() {
		t.Errorf("%d of %d pieces released, %d of %d readers closed", f.freed.Load(), f.handed.Load(), f.closed.Load(), f.opened.Load())
	}
}

// row is the text of a row of all columns.
func fakeRow(row int) string {
	value := fmt.Sprintf("a text with the number %d", row)
	if row%10 == 9 {
		value = "(null)"
	}
	return fmt.Sprintf("%d %s %d", row, value, uint8(row))
}

func fakeRows(from, to int) string {
	lines := make([]string, 0, to-from)
	for row := from; row < to; row++ {
		lines = append(lines, fakeRow(row))
	}
	return strings.Join(lines, "\n")
}

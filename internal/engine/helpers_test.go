package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
)

// column makes a nullable column.
func column(id int, name string, t types.DataType) typed.Column {
	return typed.Column{ID: typed.ColumnID(id), Name: name, Type: t, Nullable: true}
}

func ref(c typed.Column) typed.Expression { return typed.Reference{Column: c} }

func long(v int64) typed.Expression { return typed.Literal{Value: v, DataType: types.Long} }

func text(v string) typed.Expression { return typed.Literal{Value: v, DataType: types.String} }

// call makes a call whose arguments are of the right types already.
func call(name string, t types.DataType, args ...typed.Expression) typed.Call {
	return typed.Call{Name: name, Args: args, DataType: t, Null: true, ANSI: true}
}

func openEngine(t testing.TB, config Config) *Engine {
	t.Helper()
	if config.Threads == 0 {
		config.Threads = 2
	}
	e, err := Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// run returns all rows of a query as text, one line a row.
func run(ctx context.Context, e *Engine, q Query) (lines []string, err error) {
	result, err := e.Run(ctx, q)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, result.Close()) }()
	for {
		batch, err := result.Next()
		if errors.Is(err, io.EOF) {
			return lines, nil
		}
		if err != nil {
			return lines, err
		}
		lines = append(lines, rowTexts(batch)...)
		batch.Release()
	}
}

func rowTexts(batch arrow.RecordBatch) []string {
	lines := make([]string, batch.NumRows())
	for row := range lines {
		cells := make([]string, batch.NumCols())
		for i := range cells {
			cells[i] = batch.Column(i).ValueStr(row)
		}
		lines[row] = strings.Join(cells, " ")
	}
	return lines
}

func mustRun(t *testing.T, e *Engine, plan typed.Node) []string {
	t.Helper()
	lines, err := run(t.Context(), e, Query{Plan: plan})
	if err != nil {
		t.Fatalf("%v\n%s", err, explain(plan))
	}
	return lines
}

func explain(plan typed.Node) string {
	statement, err := printPlan(plan, 2)
	if err != nil {
		return err.Error()
	}
	return statement.text(nil)
}

func wantLines(t *testing.T, got []string, want ...string) {
	t.Helper()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// local makes a node of records given as JSON lines.
func local(t testing.TB, columns []typed.Column, lines ...string) *typed.LocalData {
	t.Helper()
	fields := make([]types.Field, len(columns))
	positions := make([]int, len(columns))
	for i, c := range columns {
		fields[i] = types.Field{Name: c.Name, Type: c.Type, Nullable: c.Nullable}
		positions[i] = i
	}
	schema := types.ToArrow(types.Struct{Fields: fields}, "UTC")
	record, _, err := array.RecordFromJSON(memory.DefaultAllocator, schema, strings.NewReader("["+strings.Join(lines, ",")+"]"))
	if err != nil {
		t.Fatal(err)
	}
	return &typed.LocalData{Records: []arrow.RecordBatch{record}, Columns: columns, Fields: positions}
}

func numbered(t testing.TB, columns []typed.Column, count int) *typed.LocalData {
	t.Helper()
	lines := make([]string, count)
	for i := range lines {
		lines[i] = fmt.Sprintf(`{"%s": %d, "%s": "text %d"}`, columns[0].Name, i, columns[1].Name, i)
	}
	return local(t, columns, lines...)
}

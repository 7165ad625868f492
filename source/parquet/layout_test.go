package parquet

import (
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

func TestLayoutTellsStoredTypesApart(t *testing.T) {
	t.Parallel()
	number := func(name string, stored arrow.DataType, nullable bool) arrow.Field {
		return arrow.Field{Name: name, Type: stored, Nullable: nullable}
	}
	layout := func(values string, fields ...arrow.Field) string {
		schema := arrow.NewSchema(fields, nil)
		record, _, err := array.RecordFromJSON(memory.DefaultAllocator, schema, strings.NewReader(values))
		if err != nil {
			t.Fatal(err)
		}
		defer record.Release()
		file := (&counter{data: writeFile(t, []arrow.RecordBatch{record}, 10)}).file("numbers.parquet")
		footer, err := NewFooters(0).Read(t.Context(), file)
		if err != nil {
			t.Fatal(err)
		}
		scan, err := NewScan(t.Context(), file, footer, Query{Columns: []string{"a", "b"}}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer scan.Close()
		slice, err := scan.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer slice.Close()
		return slice.Layout()
	}
	long, short := arrow.PrimitiveTypes.Int64, arrow.PrimitiveTypes.Int32
	want := layout(`[{"a": 1, "b": 2}]`, number("a", long, true), number("b", short, true))
	for name, test := range map[string]struct {
		got  string
		same bool
	}{
		"other rows":                 {layout(`[{"a": 3, "b": 4}, {"a": 5, "b": null}]`, number("a", long, true), number("b", short, true)), true},
		"a column that is not asked": {layout(`[{"a": 1, "b": 2, "c": 3}]`, number("a", long, true), number("b", short, true), number("c", long, true)), true},
		"another type":               {layout(`[{"a": 1, "b": 2}]`, number("a", long, true), number("b", long, true)), false},
		"another order":              {layout(`[{"b": 2, "a": 1}]`, number("b", short, true), number("a", long, true)), false},
		"one column less":            {layout(`[{"a": 1}]`, number("a", long, true)), false},
		"no nulls":                   {layout(`[{"a": 1, "b": 2}]`, number("a", long, true), number("b", short, false)), false},
	} {
		if same := test.got == want; same != test.same {
			t.Errorf("%s: the layout is the same: %v, want %v", name, same, test.same)
		}
	}
}

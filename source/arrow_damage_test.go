package source

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/google/go-cmp/cmp"
)

// TestArrowFilesLoseNothing cuts a file off at each byte, and makes zeros of each four: what is read without an error has all rows.
func TestArrowFilesLoseNothing(t *testing.T) {
	t.Parallel()
	builder := array.NewRecordBuilder(allocator, arrow.NewSchema([]arrow.Field{{Name: "a", Type: arrow.PrimitiveTypes.Int64}}, nil))
	defer builder.Release()
	var b bytes.Buffer
	w, err := ipc.NewFileWriter(&b, ipc.WithSchema(builder.Schema()))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		builder.Field(0).(*array.Int64Builder).AppendValues([]int64{int64(i), 7}, nil)
		batch := builder.NewRecordBatch()
		if err := w.Write(batch); err != nil {
			t.Fatal(err)
		}
		batch.Release()
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	whole := b.Bytes()
	read := func(content []byte) (int, error) {
		m := memFiles{"a.arrow": content}
		_, rows, err := m.table(m.subset("arrow", nil, "a.arrow"), Request{})
		return len(rows), err
	}
	if n, err := read(whole); err != nil || n != 6 {
		t.Fatalf("%d rows, %v", n, err)
	}
	for i := range whole {
		if n, err := read(whole[:i]); err == nil {
			t.Errorf("cut off after %d of %d bytes: %d rows", i, len(whole), n)
		}
		changed := bytes.Clone(whole)
		clear(changed[i:min(i+4, len(changed))])
		if n, err := read(changed); err == nil && n != 6 {
			t.Errorf("zeros at %d of %d bytes: %d rows", i, len(whole), n)
		}
	}
}

func streamOf(t *testing.T, batch arrow.RecordBatch) []byte {
	t.Helper()
	var b bytes.Buffer
	w := ipc.NewWriter(&b, ipc.WithSchema(batch.Schema()))
	if err := errors.Join(w.Write(batch), w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestArrowThatContradictsItself reads batches whose parts do not fit one another.
func TestArrowThatContradictsItself(t *testing.T) {
	t.Parallel()
	bits := memory.NewBufferBytes([]byte{0b0101})
	numbers := memory.NewBufferBytes(arrow.Int64Traits.CastToBytes([]int64{1, 2, 3, 4}))
	large := decimal128.FromI64(123456)
	tooLong := memory.NewBufferBytes(arrow.Decimal128Traits.CastToBytes([]decimal128.Num{large, large, large, large}))
	for name, c := range map[string]struct {
		column string
		data   arrow.ArrayData
		want   string
	}{
		"more nulls than said": {"a", array.NewData(arrow.PrimitiveTypes.Int64, 4, []*memory.Buffer{bits, numbers}, nil, 1, 0), "1 of its 4 values are null"},
		"no bitmap":            {"a", array.NewData(arrow.PrimitiveTypes.Int64, 4, []*memory.Buffer{nil, numbers}, nil, 1, 0), "1 of its 4 values are null"},
		"long decimals":        {"a", array.NewData(&arrow.Decimal128Type{Precision: 5, Scale: 2}, 4, []*memory.Buffer{nil, tooLong}, nil, 0, 0), "more than the 5 digits"},
		"a name of bytes":      {"a\xff", array.NewData(arrow.PrimitiveTypes.Int64, 4, []*memory.Buffer{nil, numbers}, nil, 0, 0), "not UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			column := array.MakeFromData(c.data)
			defer column.Release()
			schema := arrow.NewSchema([]arrow.Field{{Name: c.column, Type: c.data.DataType(), Nullable: true}}, nil)
			batch := array.NewRecordBatch(schema, []arrow.Array{column}, 4)
			defer batch.Release()
			m := memFiles{"a.arrow": streamOf(t, batch)}
			_, rows, err := m.table(m.subset("arrow", nil, "a.arrow"), Request{})
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "a.arrow") {
				t.Errorf("%v, error %v, want %q", rows, err, c.want)
			}
		})
	}
}

func TestColumnsOfOneName(t *testing.T) {
	t.Parallel()
	field := arrow.Field{Name: "a", Type: arrow.PrimitiveTypes.Int64, Nullable: true}
	schema := arrow.NewSchema([]arrow.Field{field, field}, nil)
	builder := array.NewRecordBuilder(allocator, schema)
	defer builder.Release()
	batch := builder.NewRecordBatch()
	defer batch.Release()
	m := memFiles{"a.arrow": streamOf(t, batch)}
	if _, rows, err := m.table(m.subset("arrow", nil, "a.arrow"), Request{}); err == nil || !strings.Contains(err.Error(), `several columns "a"`) {
		t.Errorf("%v, %v", rows, err)
	}
}

// TestArrowLayouts reads values in layouts that Spark does not have.
func TestArrowLayouts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		column   arrow.DataType
		json     string
		announce string
		want     []any
	}{
		"runs": {
			arrow.RunEndEncodedOf(arrow.PrimitiveTypes.Int32, arrow.BinaryTypes.String),
			`["x", "x", null]`, "utf8",
			[]any{"x", "x", nil},
		},
		"list views": {
			arrow.ListViewOf(arrow.PrimitiveTypes.Int64),
			`[[1, 2], null, [3]]`, "list<item: int64, nullable>",
			[]any{[]any{int64(1), int64(2)}, nil, []any{int64(3)}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			column, _, err := array.FromJSON(memory.DefaultAllocator, c.column, strings.NewReader(c.json))
			if err != nil {
				t.Fatal(err)
			}
			defer column.Release()
			schema := arrow.NewSchema([]arrow.Field{{Name: "a", Type: c.column, Nullable: true}}, nil)
			batch := array.NewRecordBatch(schema, []arrow.Array{column}, -1)
			defer batch.Release()
			m := memFiles{"a.arrow": streamOf(t, batch)}
			got, rows, err := m.table(m.subset("arrow", nil, "a.arrow"), Request{})
			if err != nil || got.Field(0).Type.String() != c.announce {
				t.Fatalf("%v, %v", got, err)
			}
			var values []any
			for _, row := range rows {
				values = append(values, row[0])
			}
			if diff := cmp.Diff(c.want, values); diff != "" {
				t.Error(diff)
			}
		})
	}
}

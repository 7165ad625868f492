package engine

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
)

// echo sends records through DuckDB and returns what comes out, in one batch.
func echo(t *testing.T, e *Engine, schema types.Struct, records ...arrow.RecordBatch) arrow.RecordBatch {
	t.Helper()
	n := &typed.LocalData{Records: records}
	for i, f := range schema.Fields {
		n.Columns = append(n.Columns, typed.Column{ID: typed.ColumnID(i + 1), Name: f.Name, Type: f.Type, Nullable: f.Nullable})
		n.Fields = append(n.Fields, i)
	}
	result, err := e.Run(t.Context(), Query{Plan: n, TimeZone: "Asia/Tokyo", BatchRows: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := result.Close(); err != nil {
			t.Error(err)
		}
	}()
	batch, err := result.Next()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := result.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("after the batch: %v", err)
	}
	return batch
}

// everyType has a field of each type, and rows for them as Arrow's JSON.
var everyType = types.Struct{Fields: []types.Field{
	{Name: "void", Type: types.Null, Nullable: true},
	{Name: "bool", Type: types.Boolean, Nullable: true},
	{Name: "byte", Type: types.Byte, Nullable: true},
	{Name: "short", Type: types.Short, Nullable: true},
	{Name: "int", Type: types.Integer, Nullable: true},
	{Name: "long", Type: types.Long, Nullable: true},
	{Name: "float", Type: types.Float, Nullable: true},
	{Name: "double", Type: types.Double, Nullable: true},
	{Name: "d4", Type: types.Decimal{Precision: 4, Scale: 2}, Nullable: true},
	{Name: "d9", Type: types.Decimal{Precision: 9, Scale: 3}, Nullable: true},
	{Name: "d18", Type: types.Decimal{Precision: 18, Scale: 0}, Nullable: true},
	{Name: "d38", Type: types.Decimal{Precision: 38, Scale: 18}, Nullable: true},
	{Name: "string", Type: types.String, Nullable: true},
	{Name: "char", Type: types.Char{Length: 3}, Nullable: true},
	{Name: "binary", Type: types.Binary, Nullable: true},
	{Name: "date", Type: types.Date, Nullable: true},
	{Name: "timestamp", Type: types.Timestamp, Nullable: true},
	{Name: "ntz", Type: types.TimestampNTZ, Nullable: true},
	{Name: "time", Type: types.Time, Nullable: true},
	{Name: "calendar", Type: types.CalendarInterval, Nullable: true},
	{Name: "daytime", Type: types.DayTimeInterval, Nullable: true},
	{Name: "yearmonth", Type: types.YearMonthInterval, Nullable: true},
	{Name: "strings", Type: types.Array{Element: types.String, ContainsNull: true}, Nullable: true},
	{Name: "lists", Type: types.Array{Element: types.Array{Element: types.Integer, ContainsNull: true}, ContainsNull: true}, Nullable: true},
	{Name: "map", Type: types.Map{Key: types.String, Value: types.Decimal{Precision: 4, Scale: 2}, ValueContainsNull: true}, Nullable: true},
	{Name: "struct", Type: types.Struct{Fields: []types.Field{
		{Name: "a", Type: types.Boolean, Nullable: true},
		{Name: "A", Type: types.Array{Element: types.Timestamp, ContainsNull: true}, Nullable: true},
		{Name: "", Type: types.Struct{Fields: []types.Field{{Name: "x y", Type: types.Null, Nullable: true}}}, Nullable: true},
	}}, Nullable: true},
}}

const everyTypeRow = `{"bool":true,"byte":-1,"short":-300,"int":70000,"long":-9007199254740993,"float":1.5,"double":-0.1,
"d4":"12.34","d9":"-123456.789","d18":"999999999999999999","d38":"-12345678901234567890.123456789012345678",
"string":"a longer text, 中文, \u0000 and so on","char":"ab ","binary":"AP8=","date":"1969-12-31","timestamp":"2024-02-29 12:34:56.789012Z",
"ntz":"1900-01-01 00:00:00","time":"23:59:59.999999000","calendar":{"months":1,"days":-2,"nanoseconds":3000},"daytime":"-90061000001us","yearmonth":{"months":-13},
"strings":["x",null,"a text that is long enough"],"lists":[[1,2],null,[],[null]],
"map":[{"key":"k","value":"1.00"},{"key":"","value":null}],
"struct":{"a":false,"A":["2024-01-01 00:00:00Z",null],"":{"x y":null}}}`

func records(t *testing.T, schema *arrow.Schema, rows ...string) arrow.RecordBatch {
	t.Helper()
	record, _, err := array.RecordFromJSON(memory.DefaultAllocator, schema, strings.NewReader("["+strings.Join(rows, ",")+"]"))
	if err != nil {
		t.Fatal(err)
	}
	return record
}

func TestEveryTypeComesBackAsItWent(t *testing.T) {
	t.Parallel()
	e := openEngine(t, Config{})
	schema := types.ToArrow(everyType, "Asia/Tokyo")
	rows := make([]string, 5000)
	for i := range rows {
		rows[i] = []string{everyTypeRow, "{}", everyTypeRow, `{"strings":[],"map":[],"lists":[[]],"struct":{}}`}[i%4]
	}
	sent := records(t, schema, rows...)
	whole := echo(t, e, everyType, sent)
	sliced := echo(t, e, everyType, sent.NewSlice(3, 4000))
	for i := range int(sent.NumCols()) {
		if got := whole.Column(i); !array.Equal(got, sent.Column(i)) {
			t.Errorf("column %s:\n got %.300v\nwant %.300v", schema.Field(i).Name, got, sent.Column(i))
		}
		want := sent.NewSlice(3, 4000).Column(i)
		if got := sliced.Column(i); !array.Equal(got, want) {
			t.Errorf("column %s, sliced:\n got %.300v\nwant %.300v", schema.Field(i).Name, got, want)
		}
	}
	if !whole.Schema().Equal(schema) {
		t.Errorf("schema\n%s\nwant\n%s", whole.Schema(), schema)
	}
}

func TestArrowTypesThatSparkLacksAreConverted(t *testing.T) {
	t.Parallel()
	e := openEngine(t, Config{})
	tests := []struct {
		name string
		from arrow.DataType
		rows []string
		want string
	}{
		{"uint8", arrow.PrimitiveTypes.Uint8, []string{"255", "null"}, "[255 (null)]"},
		{"uint16", arrow.PrimitiveTypes.Uint16, []string{"65535"}, "[65535]"},
		{"uint32", arrow.PrimitiveTypes.Uint32, []string{"4294967295"}, "[4294967295]"},
		{"uint64", arrow.PrimitiveTypes.Uint64, []string{"18446744073709551615"}, "[18446744073709551615]"},
		{"float16", arrow.FixedWidthTypes.Float16, []string{"1.5", "null"}, "[1.5 (null)]"},
		{"large string", arrow.BinaryTypes.LargeString, []string{`"a"`, "null", `"a text of some length"`}, `["a" (null) "a text of some length"]`},
		{"string view", arrow.BinaryTypes.StringView, []string{`"a"`, "null", `"a text of some length"`}, `["a" (null) "a text of some length"]`},
		{"large binary", arrow.BinaryTypes.LargeBinary, []string{`"AQI="`, "null"}, `["\x01\x02" (null)]`},
		{"fixed binary", &arrow.FixedSizeBinaryType{ByteWidth: 2}, []string{`"AQI="`, "null"}, `["\x01\x02" (null)]`},
		{"seconds", &arrow.TimestampType{Unit: arrow.Second}, []string{`"1970-01-01 00:00:01"`, "null"}, "[1000000 (null)]"},
		{"nanoseconds", &arrow.TimestampType{Unit: arrow.Nanosecond, TimeZone: "UTC"}, []string{`"1969-12-31 23:59:59.999999Z"`, "null"}, "[-1 (null)]"},
		{"time32", arrow.FixedWidthTypes.Time32s, []string{`"00:00:01"`, "null"}, "[1000000000 (null)]"},
		{"date64", arrow.FixedWidthTypes.Date64, []string{`"1970-01-03"`, "null"}, "[2 (null)]"},
		{"duration", arrow.FixedWidthTypes.Duration_ms, []string{`"7ms"`, "null"}, "[7000 (null)]"},
		{"long decimal", &arrow.Decimal256Type{Precision: 50, Scale: 2}, []string{`"-1234567890123456789012345678901234567890.25"`, "null"}, `["-1234567890123456789012345678901234567890.25" (null)]`},
		{"decimal256", &arrow.Decimal256Type{Precision: 38, Scale: 2}, []string{`"1.25"`, "null"}, "[1.25 (null)]"},
		{"fixed list", arrow.FixedSizeListOf(2, arrow.PrimitiveTypes.Uint8), []string{"[1,2]", "null", "[3,null]"}, "[[1 2] (null) [3 (null)]]"},
		{"large list", arrow.LargeListOf(arrow.BinaryTypes.String), []string{`["a"]`, "null", "[]"}, `[["a"] (null) []]`},
		{"list view", arrow.ListViewOf(arrow.PrimitiveTypes.Int16), []string{"[1,2]", "null", "[3]", "[]"}, "[[1 2] (null) [3] []]"},
		{"dictionary", &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: arrow.BinaryTypes.String}, []string{`"a"`, `"b"`, "null", `"a"`}, `["a" "b" (null) "a"]`},
		{"struct", arrow.StructOf(arrow.Field{Name: "x", Type: arrow.PrimitiveTypes.Uint8, Nullable: true}), []string{`{"x":1}`, "null", "{}"}, "{[1 (null) (null)]}"},
		{"null", arrow.Null, []string{"null"}, "[(null)]"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			schema := arrow.NewSchema([]arrow.Field{{Name: "c", Type: test.from, Nullable: true}}, nil)
			converted, err := types.FromArrow(schema)
			if err != nil {
				t.Fatal(err)
			}
			rows := make([]string, len(test.rows))
			for i, row := range test.rows {
				rows[i] = `{"c":` + row + `}`
			}
			batch := echo(t, e, converted, records(t, schema, rows...))
			column := batch.Column(0)
			got := column.String()
			if times, ok := column.(*array.Timestamp); ok {
				got = array.NewInt64Data(times.Data()).String()
			}
			switch column := column.(type) {
			case *array.Date32:
				got = array.NewInt32Data(column.Data()).String()
			case *array.Time64:
				got = array.NewInt64Data(column.Data()).String()
			case *array.Duration:
				got = array.NewInt64Data(column.Data()).String()
			}
			if got != test.want {
				t.Errorf("%s came back as %s, want %s", test.from, got, test.want)
			}
		})
	}
}

func TestTextThatIsNotUTF8IsRefused(t *testing.T) {
	t.Parallel()
	e := openEngine(t, Config{})
	builder := array.NewStringBuilder(memory.DefaultAllocator)
	builder.AppendValues([]string{"fine", "\xff"}, nil)
	values := builder.NewArray()
	schema := arrow.NewSchema([]arrow.Field{{Name: "t", Type: arrow.BinaryTypes.String}}, nil)
	n := &typed.LocalData{
		Records: []arrow.RecordBatch{array.NewRecordBatch(schema, []arrow.Array{values}, 2)},
		Columns: []typed.Column{column(1, "t", types.String)}, Fields: []int{0},
	}
	if _, err := run(t.Context(), e, Query{Plan: n}); err == nil || !strings.Contains(err.Error(), `column "t"`) || !strings.Contains(err.Error(), "UTF-8") {
		t.Errorf("error %v, want one that names the column and UTF-8", err)
	}
}

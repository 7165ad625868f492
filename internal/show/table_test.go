package show

import (
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/google/go-cmp/cmp"
)

// batch makes rows from JSON, one object a row.
func batch(t *testing.T, rows string, fields ...arrow.Field) (*arrow.Schema, []arrow.RecordBatch) {
	t.Helper()
	schema := arrow.NewSchema(fields, nil)
	records, _, err := array.RecordFromJSON(memory.DefaultAllocator, schema, strings.NewReader(rows))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(records.Release)
	return schema, []arrow.RecordBatch{records}
}

func text(name string) arrow.Field {
	return arrow.Field{Name: name, Type: arrow.BinaryTypes.String, Nullable: true}
}

// The expected tables were printed by Spark 4.3.
func TestTable(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, rows string
		fields     []arrow.Field
		options    Options
		want       string
	}{
		{
			"right-aligned when truncating", `[{"a": "x"}, {"a": null}]`,
			[]arrow.Field{text("a")},
			Options{Rows: 20, Truncate: 20},
			"+----+\n|   a|\n+----+\n|   x|\n|NULL|\n+----+\n",
		},
		{
			"left-aligned when not", `[{"a": "four"}]`,
			[]arrow.Field{text("a")},
			Options{Rows: 20},
			"+----+\n|a   |\n+----+\n|four|\n+----+\n",
		},
		{
			"more rows", `[{"a\tb": "1"}, {"a\tb": "2"}]`,
			[]arrow.Field{text("a\tb")},
			Options{Rows: 1, Truncate: 20},
			"+----+\n|a\\tb|\n+----+\n|   1|\n+----+\nonly showing top 1 row",
		},
		{
			"surrogates and control characters", `[{"a": "😀😀😀😀😀😀😀😀😀😀😀😀"}, {"a": "a\bb\u0007c\u000bd\fe\\"}]`,
			[]arrow.Field{text("a")},
			Options{Rows: 20, Truncate: 20},
			"+--------------------+\n|                   a|\n+--------------------+\n|😀😀😀😀😀😀😀😀?...|\n|      a\\bb\\ac\\vd\\fe\\|\n+--------------------+\n",
		},
		{
			"wide characters", `[{"a": "中文"}, {"a": "plain"}]`,
			[]arrow.Field{text("a")},
			Options{Rows: 20, Truncate: 20},
			"+-----+\n|    a|\n+-----+\n| 中文|\n|plain|\n+-----+\n",
		},
		{
			"no room for dots", `[{"a": "xxxxxxxx"}]`,
			[]arrow.Field{text("a")},
			Options{Rows: 20, Truncate: 3},
			"+---+\n|  a|\n+---+\n|xxx|\n+---+\n",
		},
		{
			"vertical", `[{"a": "x", "long name": "y"}]`,
			[]arrow.Field{text("a"), text("long name")},
			Options{Rows: 20, Vertical: true},
			"-RECORD 0--------\n a         | x   \n long name | y   \n",
		},
		{"vertical without rows", `[]`, []arrow.Field{text("a")}, Options{Rows: 20, Vertical: true}, "(0 rows)"},
		{"without rows", `[]`, []arrow.Field{text("a")}, Options{Rows: 20, Truncate: 20}, "+---+\n|  a|\n+---+\n+---+\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			schema, batches := batch(t, test.rows, test.fields...)
			got, err := Table(schema, batches, test.options)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTableWithoutColumns(t *testing.T) {
	t.Parallel()
	schema := arrow.NewSchema(nil, nil)
	rows := array.NewRecordBatch(schema, nil, 2)
	defer rows.Release()
	got, err := Table(schema, []arrow.RecordBatch{rows}, Options{Rows: 20, Truncate: 20})
	if want := "++\n||\n++\n||\n||\n++\n"; err != nil || got != want {
		t.Errorf("%q, %v; Spark prints %q", got, err, want)
	}
}

func TestHTML(t *testing.T) {
	t.Parallel()
	schema, batches := batch(t, `[{"a": "<b>"}, {"a": "y"}]`, text("a"))
	got, err := HTML(schema, batches, Options{Rows: 1, Truncate: 20})
	if err != nil {
		t.Fatal(err)
	}
	want := "<table border='1'>\n<tr><th>a</th></tr>\n<tr><td>&lt;b&gt;</td></tr>\n</table>\nonly showing top 1 row\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// The expected texts were printed by Spark 4.3.
func TestCells(t *testing.T) {
	t.Parallel()
	micros := func(zone string) arrow.DataType { return &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: zone} }
	for _, test := range []struct {
		name string
		kind arrow.DataType
		json string
		want string
	}{
		{"double", arrow.PrimitiveTypes.Float64, `100000000.5`, "1.000000005E8"},
		{"small double", arrow.PrimitiveTypes.Float64, `0.00099`, "9.9E-4"},
		{"float", arrow.PrimitiveTypes.Float32, `1e-7`, "1.0E-7"},
		{"decimal", &arrow.Decimal128Type{Precision: 38, Scale: 18}, `"123456"`, "123456.000000000000000000"},
		{"binary", arrow.BinaryTypes.Binary, `"AP8="`, "[00 FF]"},
		{"date", arrow.FixedWidthTypes.Date32, `"2024-02-29"`, "2024-02-29"},
		{"timestamp", micros("UTC"), `1704067200120000`, "2024-01-01 01:00:00.12"},
		{"local timestamp", micros(""), `"2024-01-01 00:00:00"`, "2024-01-01 00:00:00"},
		{"time", &arrow.Time64Type{Unit: arrow.Nanosecond}, `"12:34:56.5"`, "12:34:56.5"},
		{"list", arrow.ListOf(arrow.PrimitiveTypes.Int32), `[null, 1]`, "[NULL, 1]"},
		{"struct", arrow.StructOf(arrow.Field{Name: "x", Type: arrow.BinaryTypes.String, Nullable: true}), `{"x": null}`, "{NULL}"},
		{"map", arrow.MapOf(arrow.BinaryTypes.String, arrow.PrimitiveTypes.Int32), `[{"key": "a", "value": null}]`, "{a -> NULL}"},
		{"null", arrow.Null, `null`, "NULL"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, batches := batch(t, `[{"v": `+test.json+`}]`, arrow.Field{Name: "v", Type: test.kind, Nullable: true})
			format, err := newFormatter("Europe/Berlin")
			if err != nil {
				t.Fatal(err)
			}
			if got, err := format.cell(batches[0].Column(0), 0); err != nil || got != test.want {
				t.Errorf("%q, %v; want %q", got, err, test.want)
			}
		})
	}
}

func TestIntervals(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ got, want string }{
		{dayTimeInterval(93_784_500_000), "INTERVAL '1 02:03:04.5' DAY TO SECOND"},
		{dayTimeInterval(-1), "INTERVAL '-0 00:00:00.000001' DAY TO SECOND"},
		{yearMonthInterval(14), "INTERVAL '1-2' YEAR TO MONTH"},
		{yearMonthInterval(-14), "INTERVAL '-1-2' YEAR TO MONTH"},
		{calendarInterval(arrow.MonthDayNanoInterval{Months: 14, Days: 25, Nanoseconds: 18_367_500_000_000}), "1 years 2 months 25 days 5 hours 6 minutes 7.5 seconds"},
		{calendarInterval(arrow.MonthDayNanoInterval{}), "0 seconds"},
	} {
		if test.got != test.want {
			t.Errorf("%q, want %q", test.got, test.want)
		}
	}
}

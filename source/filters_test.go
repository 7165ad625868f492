package source

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/google/go-cmp/cmp"

	"github.com/hfspark/hfspark/dataset"
	"github.com/hfspark/hfspark/source/literal"
	"github.com/hfspark/hfspark/source/predicate"
)

// filterRows is the table that testdata/filters.py filters.
func filterRows(t *testing.T) arrow.RecordBatch {
	t.Helper()
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "i", Type: arrow.PrimitiveTypes.Int64, Nullable: true},
		{Name: "u", Type: arrow.PrimitiveTypes.Uint64, Nullable: true},
		{Name: "f", Type: arrow.PrimitiveTypes.Float64, Nullable: true},
		{Name: "s", Type: arrow.BinaryTypes.String, Nullable: true},
		{Name: "b", Type: arrow.FixedWidthTypes.Boolean, Nullable: true},
		{Name: "y", Type: arrow.BinaryTypes.Binary, Nullable: true},
		{Name: "n", Type: arrow.Null, Nullable: true},
		{Name: "l", Type: arrow.ListOf(arrow.PrimitiveTypes.Int64), Nullable: true},
	}, nil)
	b := array.NewRecordBuilder(allocator, schema)
	defer b.Release()
	valid := []bool{true, true, false, true, true}
	b.Field(0).(*array.Int64Builder).AppendValues([]int64{1, 2, 0, -3, 2}, valid)
	b.Field(1).(*array.Uint64Builder).AppendValues([]uint64{1, 2, 0, 3, 9}, valid)
	b.Field(2).(*array.Float64Builder).AppendValues([]float64{1.5, math.NaN(), 0, math.Copysign(0, -1), 2}, valid)
	b.Field(3).(*array.StringBuilder).AppendValues([]string{"a", "b", "", "", "é"}, valid)
	b.Field(4).(*array.BooleanBuilder).AppendValues([]bool{true, false, false, true, false}, valid)
	b.Field(5).(*array.BinaryBuilder).AppendValues([][]byte{{'a'}, {'b'}, nil, {}, {0xff}}, valid)
	b.Field(6).AppendNulls(5)
	for i, ok := range valid {
		if !ok {
			b.Field(7).AppendNull()
			continue
		}
		b.Field(7).(*array.ListBuilder).Append(true)
		b.Field(7).(*array.ListBuilder).ValueBuilder().(*array.Int64Builder).Append(int64(i))
	}
	return b.NewRecordBatch()
}

// TestFiltersAgainstPyarrow compares with what pyarrow keeps; testdata/filters.py asked it.
func TestFiltersAgainstPyarrow(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("testdata", "filter_cases.json"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Filters string
		Rows    []int
		Error   string
	}
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	batch := filterRows(t)
	defer batch.Release()
	for _, c := range cases {
		p, err := parseFilters(c.Filters)
		if err == nil {
			p, err = checkFilters(p, batch.Schema())
		}
		if (err != nil) != (c.Error != "") {
			t.Errorf("%s: error %v, pyarrow says %q", c.Filters, err, c.Error)
		}
		if err != nil {
			continue
		}
		selected, err := predicate.Select(p, batch)
		if err != nil {
			t.Errorf("%s: %v", c.Filters, err)
			continue
		}
		rows := []int{}
		for i, keep := range selected {
			if keep {
				rows = append(rows, i)
			}
		}
		if diff := cmp.Diff(c.Rows, rows); diff != "" {
			t.Errorf("%s (-pyarrow +hfspark):\n%s", c.Filters, diff)
		}
	}
}

func TestFiltersErrors(t *testing.T) {
	t.Parallel()
	labels, err := dataset.FeaturesFromJSON([]byte(`{"label": {"names": ["neg", "pos"], "_type": "ClassLabel"}}`))
	if err != nil {
		t.Fatal(err)
	}
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "language", Type: arrow.BinaryTypes.String},
		{Name: "score", Type: arrow.PrimitiveTypes.Float64},
		{Name: "day", Type: arrow.FixedWidthTypes.Date32},
		{Name: "at", Type: arrow.FixedWidthTypes.Timestamp_us},
		labels.ArrowSchema().Field(0),
	}, nil)
	for filters, want := range map[string]string{
		`[("language", "=", "zh")`:                   `option filters: it cannot be read: at position 25: expected "," or "]", found the end`,
		`("language", "=", "zh")`:                    `at position 1: expected a list of conditions such as [("language", "=", "zh")]; put the condition into a list`,
		`[("language", "like", "zh")]`:               `at position 15: expected an operator: "=", "==", "!=", "<", "<=", ">", ">=", "in" or "not in", found "like"`,
		`[("language", "=")]`:                        `at position 2: expected a condition of three parts`,
		`[("language", "in", "zh")]`:                 `at position 21: expected a list of values after "in", found "zh"`,
		`[[("language", "=", "zh")], ("a", "=", 1)]`: `at position 29: expected a list of conditions, like the ones before it`,
		`[(1, "=", 2)]`:                              `at position 3: expected the name of a column in quotes, found 1`,
		`[("a", "=", [1])]`:                          `at position 13: expected a value: a string, a number`,
		`[("a", "=", 99999999999999999999)]`:         `expected an integer of 64 bits`,
		`[]`:                                         `at least one condition`,
		`[("langauge", "=", "zh")]`:                  `there is no column "langauge"; did you mean "language"?`,
		`[("language", "=", 5)]`:                     `the column "language" cannot be compared with this value: a column of type string cannot be compared with the integer 5`,
		`[("score", "in", [1, "x"])]`:                `the column "score" cannot be compared with this value: a column of type double cannot be compared with the text "x"`,
		`[("day", "=", "yesterday")]`:                `the column "day" is a date and cannot be compared with "yesterday"; write it as YYYY-MM-DD`,
		`[("at", "=", "x")]`:                         `the column "at" is a timestamp`,
		`[("label", "=", "pos")]`:                    `the column "label" has class labels, which conditions name by their numbers, as in the datasets library; write 1 instead of "pos"`,
		`[("label", "in", [0, "poss"])]`:             `there is no class "poss"; did you mean "pos"?`,
		`[("day", "=", 5)]`:                          `a column of type date32[day] cannot be compared with the integer 5`,
	} {
		p, err := parseFilters(filters)
		if err == nil {
			_, err = checkFilters(p, schema)
		}
		var e *OptionError
		if !errors.As(err, &e) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v\nwant %s", filters, err, want)
		}
		var l *literal.Error
		if errors.As(err, &l) && l.Text != filters {
			t.Errorf("%s: the error is about the text %q", filters, l.Text)
		}
	}
}

func TestFiltersReadDates(t *testing.T) {
	t.Parallel()
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "day", Type: arrow.FixedWidthTypes.Date32}, {Name: "at", Type: &arrow.TimestampType{Unit: arrow.Nanosecond}},
	}, nil)
	p, err := parseFilters(`[("day", "in", ["1970-01-02"]), ("at", "<", "1970-01-01T00:00:01.5Z")]`)
	if err != nil {
		t.Fatal(err)
	}
	if p, err = checkFilters(p, schema); err != nil {
		t.Fatal(err)
	}
	want := And{
		In{Column: "day", Values: []any{DateValue(1)}, MatchNull: true},
		Compare{Column: "at", Operator: Less, Value: TimestampValue(1_500_000)},
	}
	if diff := cmp.Diff(Predicate(want), p); diff != "" {
		t.Error(diff)
	}
}

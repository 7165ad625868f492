package predicate

import (
	"math"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/google/go-cmp/cmp"
)

func quoted(column string) string { return `"` + column + `"` }

func TestSQL(t *testing.T) {
	t.Parallel()
	for want, p := range map[string]Predicate{
		`TRUE`:                          nil,
		`("a" = 1)`:                     Compare{Column: "a", Operator: Equal, Value: int64(1)},
		`("a" <> 'it''s')`:              Compare{Column: "a", Operator: NotEqual, Value: "it's"},
		`("a" < DATE '1970-01-02')`:     Compare{Column: "a", Operator: Less, Value: DateValue(1)},
		`(epoch_us("a") <= 5)`:          Compare{Column: "a", Operator: LessOrEqual, Value: TimestampValue(5)},
		`("a" = '\x00\xFF'::BLOB)`:      Compare{Column: "a", Operator: Equal, Value: []byte{0, 0xff}},
		`("a" = ('x' || chr(0) || ''))`: Compare{Column: "a", Operator: Equal, Value: "x\x00"},
		`("a" > '1.5'::DOUBLE AND NOT isnan(CAST("a" AS DOUBLE)))`: Compare{Column: "a", Operator: Greater, Value: 1.5},
		`("a" > '1.5'::DOUBLE)`:                        Compare{Column: "a", Operator: Greater, Value: 1.5, NaNLargest: true},
		`FALSE`:                                        Compare{Column: "a", Operator: Equal, Value: math.NaN()},
		`NULL::BOOLEAN`:                                Compare{Column: "a", Operator: Equal, Value: nil},
		`("a" IN (1, 2))`:                              In{Column: "a", Values: []any{int64(1), int64(2)}},
		`(NOT ("a" IN (1)))`:                           In{Column: "a", Values: []any{int64(1)}, Negated: true},
		`("a" IS NULL OR "a" IN (TRUE))`:               In{Column: "a", Values: []any{nil, true}, MatchNull: true},
		`(NOT ("a" IS NOT NULL AND "a" IN ('x')))`:     In{Column: "a", Values: []any{"x"}, MatchNull: true, Negated: true},
		`(epoch_us("a") IN (7))`:                       In{Column: "a", Values: []any{TimestampValue(7)}},
		`("a" IS NOT NULL)`:                            IsNull{Column: "a", Negated: true},
		`starts_with("a", 'p%')`:                       HasPrefix{Column: "a", Prefix: "p%"},
		`(("a" IS NULL) AND (("b" = 1) OR ("c" = 2)))`: And{IsNull{Column: "a", Negated: false}, Or{Compare{Column: "b", Operator: Equal, Value: int64(1)}, Compare{Column: "c", Operator: Equal, Value: int64(2)}}},
	} {
		got, err := SQL(p, quoted)
		if err != nil {
			t.Errorf("%s: %v", want, err)
			continue
		}
		if !strings.EqualFold(want, got) {
			t.Errorf("%s, want %s", got, want)
		}
	}
	if _, err := SQL(Compare{Column: "a", Operator: Equal, Value: struct{}{}}, quoted); err == nil {
		t.Error("a struct is a value")
	}
}

func TestColumns(t *testing.T) {
	t.Parallel()
	p := Or{And{Compare{Column: "b"}, In{Column: "a"}}, IsNull{Column: "b"}, HasPrefix{Column: "c"}}
	if diff := cmp.Diff([]string{"b", "a", "c"}, Columns(p)); diff != "" {
		t.Error(diff)
	}
	if got := Columns(nil); got != nil {
		t.Errorf("no condition reads %v", got)
	}
}

// TestSelectTypes compares columns of types that pyarrow's literals do not reach.
func TestSelectTypes(t *testing.T) {
	t.Parallel()
	fields := []arrow.Field{
		{Name: "d", Type: &arrow.Decimal128Type{Precision: 10, Scale: 2}, Nullable: true},
		{Name: "day", Type: arrow.FixedWidthTypes.Date32, Nullable: true},
		{Name: "ns", Type: &arrow.TimestampType{Unit: arrow.Nanosecond}, Nullable: true},
		{Name: "s", Type: &arrow.TimestampType{Unit: arrow.Second}, Nullable: true},
		{Name: "u", Type: arrow.PrimitiveTypes.Uint64, Nullable: true},
		{Name: "f", Type: arrow.PrimitiveTypes.Float32, Nullable: true},
		{Name: "k", Type: &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: arrow.BinaryTypes.String}, Nullable: true},
	}
	b := array.NewRecordBuilder(defaultAllocator, arrow.NewSchema(fields, nil))
	defer b.Release()
	b.Field(0).(*array.Decimal128Builder).AppendValues([]decimal128.Num{decimal128.FromI64(150), decimal128.FromI64(-1)}, nil)
	b.Field(1).(*array.Date32Builder).AppendValues([]arrow.Date32{0, 10}, nil)
	b.Field(2).(*array.TimestampBuilder).AppendValues([]arrow.Timestamp{-1, 1_000}, nil)
	b.Field(3).(*array.TimestampBuilder).AppendValues([]arrow.Timestamp{-1, 1}, nil)
	b.Field(4).(*array.Uint64Builder).AppendValues([]uint64{0, math.MaxUint64}, nil)
	b.Field(5).(*array.Float32Builder).AppendValues([]float32{float32(math.NaN()), 0.5}, nil)
	for _, text := range []string{"x", "y"} {
		if err := b.Field(6).(*array.BinaryDictionaryBuilder).AppendString(text); err != nil {
			t.Fatal(err)
		}
	}
	batch := b.NewRecordBatch()
	defer batch.Release()
	for _, c := range []struct {
		p    Predicate
		want []bool
	}{
		{Compare{Column: "d", Operator: Equal, Value: 1.5}, []bool{true, false}},
		{Compare{Column: "d", Operator: Less, Value: int64(0)}, []bool{false, true}},
		{Compare{Column: "d", Operator: Less, Value: math.Inf(1)}, []bool{true, true}},
		{Compare{Column: "d", Operator: NotEqual, Value: math.NaN()}, []bool{true, true}},
		{Compare{Column: "day", Operator: GreaterOrEqual, Value: DateValue(10)}, []bool{false, true}},
		{Compare{Column: "ns", Operator: Equal, Value: TimestampValue(1)}, []bool{false, true}},
		{Compare{Column: "ns", Operator: Less, Value: TimestampValue(0)}, []bool{true, false}},
		{Compare{Column: "ns", Operator: Greater, Value: TimestampValue(-1)}, []bool{true, true}},
		{Compare{Column: "s", Operator: Equal, Value: TimestampValue(1_000_000)}, []bool{false, true}},
		{Compare{Column: "u", Operator: Greater, Value: int64(-1)}, []bool{true, true}},
		{Compare{Column: "u", Operator: Greater, Value: int64(math.MaxInt64)}, []bool{false, true}},
		{Compare{Column: "f", Operator: NotEqual, Value: int64(7)}, []bool{true, true}},
		{Compare{Column: "f", Operator: Less, Value: 0.75}, []bool{false, true}},
		{Compare{Column: "k", Operator: Equal, Value: "y"}, []bool{false, true}},
		{HasPrefix{Column: "k", Prefix: "y"}, []bool{false, true}},
		{In{Column: "k", Values: []any{"x", nil}}, []bool{true, false}},
		{In{Column: "k", Values: []any{"x", nil}, Negated: true}, []bool{false, false}},
		{And{}, []bool{true, true}},
		{Or{}, []bool{false, false}},
		{Compare{Column: "k", Operator: Equal, Value: int64(1)}, nil},
		{Compare{Column: "nothing", Operator: Equal, Value: int64(1)}, nil},
	} {
		got, err := Select(c.p, batch)
		if (err != nil) != (c.want == nil) {
			t.Errorf("%s: error %v", String(c.p), err)
		}
		if diff := cmp.Diff(c.want, got); err == nil && diff != "" {
			t.Errorf("%s:\n%s", String(c.p), diff)
		}
	}
}

func TestMembersAndDecimals(t *testing.T) {
	t.Parallel()
	inner := arrow.StructOf(arrow.Field{Name: "b", Type: &arrow.Decimal128Type{Precision: 9, Scale: 2}, Nullable: true})
	schema := arrow.NewSchema([]arrow.Field{{Name: "s", Type: arrow.StructOf(arrow.Field{Name: "a", Type: inner, Nullable: true}), Nullable: true}}, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	for _, text := range []string{`{"a": {"b": "1.25"}}`, `{"a": {"b": null}}`, `{"a": null}`, `null`, `{"a": {"b": "2.00"}}`} {
		if text == "null" {
			b.Field(0).AppendNull()
			continue
		}
		if err := b.Field(0).AppendValueFromString(text); err != nil {
			t.Fatal(err)
		}
	}
	batch := b.NewRecordBatch()
	defer batch.Release()
	path := []string{"a", "b"}
	for text, test := range map[string]struct {
		p    Predicate
		want []bool
	}{
		"s.a.b = 1.25":       {Compare{Column: "s", Fields: path, Operator: Equal, Value: DecimalValue{big.NewInt(125), 2}}, []bool{true, false, false, false, false}},
		"s.a.b > 1.3":        {Compare{Column: "s", Fields: path, Operator: Greater, Value: DecimalValue{big.NewInt(13), 1}}, []bool{false, false, false, false, true}},
		"s.a.b IS NULL":      {IsNull{Column: "s", Fields: path}, []bool{false, true, true, true, false}},
		"s.a IS NULL":        {IsNull{Column: "s", Fields: path[:1]}, []bool{false, false, true, true, false}},
		"s.a.b NOT IN (2)":   {In{Column: "s", Fields: path, Values: []any{int64(2)}, Negated: true}, []bool{true, false, false, false, false}},
		"s.a.b IN (2, NULL)": {In{Column: "s", Fields: path, Values: []any{int64(2), nil}, MatchNull: true}, []bool{false, true, true, true, true}},
	} {
		got, err := Select(test.p, batch)
		if err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, %v; want %v", text, got, err, test.want)
		}
		if String(test.p) != text {
			t.Errorf("%s is written %s", text, String(test.p))
		}
	}
	for _, path := range [][]string{{"x"}, {"a", "b", "c"}} {
		if _, err := Select(IsNull{Column: "s", Fields: path}, batch); err == nil {
			t.Errorf("%v: no error", path)
		}
	}
	want := `(struct_extract(struct_extract("s", 'a'), 'b') = '1.25'::DECIMAL(3, 2))`
	if got, err := SQL(Compare{Column: "s", Fields: path, Operator: Equal, Value: DecimalValue{big.NewInt(125), 2}}, quoted); err != nil || got != want {
		t.Errorf("%s, %v; want %s", got, err, want)
	}
	if _, err := SQL(Compare{Column: "s", Operator: Equal, Value: DecimalValue{big.NewInt(1), 40}}, quoted); err == nil {
		t.Error("a decimal of 40 places has no error")
	}
}

package types

import (
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
)

func TestFromArrowWidensWhatSparkLacks(t *testing.T) {
	t.Parallel()
	nonNull := arrow.Field{Name: "x", Type: arrow.PrimitiveTypes.Uint32}
	tests := []struct {
		from arrow.DataType
		want DataType
	}{
		{arrow.PrimitiveTypes.Uint8, Short},
		{arrow.PrimitiveTypes.Uint16, Integer},
		{arrow.PrimitiveTypes.Uint32, Long},
		{arrow.PrimitiveTypes.Uint64, Decimal{20, 0}},
		{arrow.FixedWidthTypes.Float16, Float},
		{arrow.BinaryTypes.LargeString, String},
		{arrow.BinaryTypes.StringView, String},
		{&arrow.FixedSizeBinaryType{ByteWidth: 4}, Binary},
		{&arrow.TimestampType{Unit: arrow.Second}, TimestampNTZ},
		{&arrow.TimestampType{Unit: arrow.Nanosecond, TimeZone: "UTC"}, Timestamp},
		{arrow.FixedWidthTypes.Time32ms, Time},
		{arrow.FixedWidthTypes.Date64, Date},
		{&arrow.Decimal128Type{Precision: 10, Scale: -2}, Decimal{12, 0}},
		{&arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: arrow.BinaryTypes.String}, String},
		{&arrow.Decimal256Type{Precision: 60, Scale: 2}, String},
		{arrow.FixedSizeListOfNonNullable(3, arrow.PrimitiveTypes.Float32), Array{Float, true}},
		{arrow.LargeListOf(arrow.PrimitiveTypes.Int8), Array{Byte, true}},
		{arrow.StructOf(nonNull), Struct{[]Field{{Name: "x", Type: Long, Nullable: true}}}},
		{arrow.MapOf(arrow.BinaryTypes.String, arrow.PrimitiveTypes.Int64), Map{String, Long, true}},
	}
	for _, test := range tests {
		got, err := FromArrowType(test.from)
		if err != nil || !Equal(got, test.want) {
			t.Errorf("FromArrowType(%s) = %v, %v; want %v", test.from, got, err, test.want)
		}
	}
}

func TestFromArrowNamesTheColumnItCannotHold(t *testing.T) {
	t.Parallel()
	union := arrow.SparseUnionOf([]arrow.Field{{Name: "a", Type: arrow.PrimitiveTypes.Int8}}, []arrow.UnionTypeCode{0})
	for _, bad := range []arrow.DataType{union, &arrow.Decimal128Type{Precision: 38, Scale: -3}} {
		schema := arrow.NewSchema([]arrow.Field{{Name: "odd", Type: arrow.ListOf(bad)}}, nil)
		if _, err := FromArrow(schema); err == nil || !strings.Contains(err.Error(), `column "odd"`) {
			t.Errorf("FromArrow(%s): error %v does not name the column", bad, err)
		}
	}
}

func TestToArrowRoundTrip(t *testing.T) {
	t.Parallel()
	schema := Struct{Fields: []Field{
		{Name: "n", Type: Null, Nullable: true},
		{Name: "b", Type: Boolean},
		{Name: "i8", Type: Byte},
		{Name: "i16", Type: Short},
		{Name: "i32", Type: Integer, Metadata: []byte(`{"comment":"x"}`)},
		{Name: "i64", Type: Long, Nullable: true},
		{Name: "f", Type: Float},
		{Name: "d", Type: Double},
		{Name: "dec", Type: Decimal{38, 18}},
		{Name: "s", Type: String},
		{Name: "bin", Type: Binary},
		{Name: "date", Type: Date},
		{Name: "ts", Type: Timestamp},
		{Name: "ntz", Type: TimestampNTZ},
		{Name: "time", Type: Time},
		{Name: "cal", Type: CalendarInterval},
		{Name: "dt", Type: DayTimeInterval},
		{Name: "ym", Type: YearMonthInterval},
		{Name: "a", Type: Array{Array{Timestamp, false}, true}},
		{Name: "m", Type: Map{String, Struct{[]Field{{Name: "x", Type: Long}}}, false}},
	}}
	converted := ToArrow(schema, "Europe/Berlin")
	back, err := FromConnectArrow(converted)
	if err != nil {
		t.Fatal(err)
	}
	if !Equal(back, schema) {
		t.Errorf("there and back: %s; want %s", back.SQL(), schema.SQL())
	}
	if got := string(back.Fields[4].Metadata); got != `{"comment":"x"}` {
		t.Errorf("metadata = %s", got)
	}
	list := converted.Field(18).Type.(*arrow.ListType)
	if list.ElemField().Name != "element" || !list.ElemField().Nullable {
		t.Errorf("list member is %v, want a nullable one called element", list.ElemField())
	}
	if got := converted.Field(12).Type.String(); got != "timestamp[us, tz=Europe/Berlin]" {
		t.Errorf("timestamp is %s", got)
	}
	entries := converted.Field(19).Type.(*arrow.MapType).Elem().(*arrow.StructType)
	if entries.Field(0).Name != "key" || entries.Field(0).Nullable || entries.Field(1).Name != "value" || entries.Field(1).Nullable {
		t.Errorf("map entries are %v", entries)
	}
}

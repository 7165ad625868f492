package types

import (
	"fmt"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
)

// metadataKey is the key of an Arrow field's metadata under which Spark keeps the JSON of a column's metadata.
const metadataKey = "SPARK::metadata::json"

// FromArrow gives the columns of a dataset with the given Arrow schema. Spark has fewer types than Arrow: unsigned integers
// become the next wider signed type (uint64 becomes decimal(20,0)), half floats become float, dictionaries their values, decimals
// of more than 38 digits text, and timestamps without a zone timestamp_ntz, as pyspark_huggingface announces them on PySpark 4.2
// and 4.3. All columns and members may be null. An error names the column whose type Spark cannot hold.
func FromArrow(schema *arrow.Schema) (Struct, error) {
	return fromFields(schema.Fields(), fromArrow{})
}

// FromConnectArrow gives the columns of records that a Spark client sent; it is the inverse of ToArrow. Nullability is what the
// schema says.
func FromConnectArrow(schema *arrow.Schema) (Struct, error) {
	return fromFields(schema.Fields(), fromArrow{exact: true})
}

// FromArrowType is FromArrow for a single type.
func FromArrowType(t arrow.DataType) (DataType, error) { return fromArrow{}.dataType(t) }

// fromArrow converts Arrow types; exact keeps nullability, and refuses what only text could hold.
type fromArrow struct{ exact bool }

func fromFields(fields []arrow.Field, from fromArrow) (Struct, error) {
	result := Struct{Fields: make([]Field, len(fields))}
	for i, field := range fields {
		converted, err := from.dataType(field.Type)
		if err != nil {
			return Struct{}, fmt.Errorf("column %s: %w", strconv.Quote(field.Name), err)
		}
		result.Fields[i] = Field{Name: field.Name, Type: converted, Nullable: from.nullable(field)}
		if text, ok := field.Metadata.GetValue(metadataKey); ok && text != "{}" {
			result.Fields[i].Metadata = []byte(text)
		}
	}
	return result, nil
}

func (from fromArrow) nullable(field arrow.Field) bool { return !from.exact || field.Nullable }

func (from fromArrow) dataType(t arrow.DataType) (DataType, error) {
	if simple, ok := simpleFromArrow[t.ID()]; ok {
		return simple, nil
	}
	switch t := t.(type) {
	case *arrow.TimestampType:
		if t.TimeZone == "" {
			return TimestampNTZ, nil
		}
		return Timestamp, nil
	case arrow.DecimalType:
		precision, scale := int(t.GetPrecision()), int(t.GetScale())
		if scale < 0 { // Spark has no negative scales: the zeros count as digits.
			precision, scale = precision-scale, 0
		}
		if t.ID() == arrow.DECIMAL256 && t.GetPrecision() > 38 && !from.exact { // As text nothing is lost.
			return String, nil
		}
		if precision < 1 || precision > 38 || scale > precision {
			return nil, fmt.Errorf("arrow type %s does not fit Spark's decimals, which have at most 38 digits; cast it when writing the data", t)
		}
		return Decimal{precision, scale}, nil
	case *arrow.DictionaryType:
		return from.dataType(t.ValueType)
	case *arrow.RunEndEncodedType:
		return from.dataType(t.Encoded())
	case arrow.ExtensionType:
		return from.dataType(t.StorageType())
	case *arrow.StructType:
		return fromFields(t.Fields(), from)
	case *arrow.MapType:
		key, err := from.dataType(t.KeyType())
		if err != nil {
			return nil, err
		}
		value, err := from.dataType(t.ItemType())
		if err != nil {
			return nil, err
		}
		return Map{key, value, from.nullable(t.ItemField())}, nil
	case arrow.ListLikeType:
		element, err := from.dataType(t.Elem())
		if err != nil {
			return nil, err
		}
		return Array{element, from.nullable(t.ElemField())}, nil
	}
	return nil, fmt.Errorf("arrow type %s has no counterpart in Spark; cast it when writing the data, or leave the column out with the option columns, which Parquet files have", t)
}

var simpleFromArrow = map[arrow.Type]DataType{
	arrow.NULL:                    Null,
	arrow.BOOL:                    Boolean,
	arrow.INT8:                    Byte,
	arrow.INT16:                   Short,
	arrow.INT32:                   Integer,
	arrow.INT64:                   Long,
	arrow.UINT8:                   Short,
	arrow.UINT16:                  Integer,
	arrow.UINT32:                  Long,
	arrow.UINT64:                  Decimal{20, 0},
	arrow.FLOAT16:                 Float,
	arrow.FLOAT32:                 Float,
	arrow.FLOAT64:                 Double,
	arrow.STRING:                  String,
	arrow.LARGE_STRING:            String,
	arrow.STRING_VIEW:             String,
	arrow.BINARY:                  Binary,
	arrow.LARGE_BINARY:            Binary,
	arrow.BINARY_VIEW:             Binary,
	arrow.FIXED_SIZE_BINARY:       Binary,
	arrow.DATE32:                  Date,
	arrow.DATE64:                  Date,
	arrow.TIME32:                  Time,
	arrow.TIME64:                  Time,
	arrow.DURATION:                DayTimeInterval,
	arrow.INTERVAL_MONTHS:         YearMonthInterval,
	arrow.INTERVAL_MONTH_DAY_NANO: CalendarInterval,
}

// ToArrow gives the Arrow schema in which Spark Connect sends rows with the columns of s: list members are called element,
// map members key and value, timestamps count microseconds and carry zone (the session's time zone), times count
// nanoseconds.
func ToArrow(s Struct, zone string) *arrow.Schema {
	return arrow.NewSchema(toFields(s, zone), nil)
}

func toFields(s Struct, zone string) []arrow.Field {
	fields := make([]arrow.Field, len(s.Fields))
	for i, field := range s.Fields {
		fields[i] = arrow.Field{Name: field.Name, Type: ToArrowType(field.Type, zone), Nullable: field.Nullable}
		if len(field.Metadata) > 0 && string(field.Metadata) != "{}" {
			fields[i].Metadata = arrow.NewMetadata([]string{metadataKey}, []string{string(field.Metadata)})
		}
	}
	return fields
}

// ToArrowType is ToArrow for a single type.
func ToArrowType(t DataType, zone string) arrow.DataType {
	switch t := t.(type) {
	case Decimal:
		return &arrow.Decimal128Type{Precision: int32(t.Precision), Scale: int32(t.Scale)}
	case Char, VarChar:
		return arrow.BinaryTypes.String
	case Array:
		return arrow.ListOfField(arrow.Field{Name: "element", Type: ToArrowType(t.Element, zone), Nullable: t.ContainsNull})
	case Map:
		return arrow.MapOfFields(
			arrow.Field{Name: "key", Type: ToArrowType(t.Key, zone)},
			arrow.Field{Name: "value", Type: ToArrowType(t.Value, zone), Nullable: t.ValueContainsNull})
	case Struct:
		return arrow.StructOf(toFields(t, zone)...)
	case Atomic:
		if t == Timestamp {
			return &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: zone}
		}
		if simple, ok := simpleToArrow[t]; ok {
			return simple
		}
	}
	panic(fmt.Sprintf("types: %s has no Arrow type", t.SimpleString()))
}

var simpleToArrow = map[Atomic]arrow.DataType{
	Null:              arrow.Null,
	Boolean:           arrow.FixedWidthTypes.Boolean,
	Byte:              arrow.PrimitiveTypes.Int8,
	Short:             arrow.PrimitiveTypes.Int16,
	Integer:           arrow.PrimitiveTypes.Int32,
	Long:              arrow.PrimitiveTypes.Int64,
	Float:             arrow.PrimitiveTypes.Float32,
	Double:            arrow.PrimitiveTypes.Float64,
	String:            arrow.BinaryTypes.String,
	Binary:            arrow.BinaryTypes.Binary,
	Date:              arrow.FixedWidthTypes.Date32,
	TimestampNTZ:      &arrow.TimestampType{Unit: arrow.Microsecond},
	Time:              arrow.FixedWidthTypes.Time64ns,
	CalendarInterval:  arrow.FixedWidthTypes.MonthDayNanoInterval,
	DayTimeInterval:   arrow.FixedWidthTypes.Duration_us,
	YearMonthInterval: arrow.FixedWidthTypes.MonthInterval,
}

package convert

import (
	"fmt"
	"strings"

	pb "github.com/hfspark/hfspark/internal/connect/connectpb"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// The fields of intervals, by the numbers of Spark's DayTimeIntervalType and YearMonthIntervalType.
const (
	dayField, secondField = 0, 3
	yearField, monthField = 0, 1
)

// The precision and scale of a decimal type that tells neither, as in Spark's DecimalType.USER_DEFAULT.
const defaultPrecision, defaultScale = 10, 0

// DataType converts a type from the wire.
func DataType(t *pb.DataType) (types.DataType, error) {
	switch kind := t.GetKind().(type) {
	case nil:
		return nil, notSet(&pb.DataType{}, "kind")
	case *pb.DataType_Null:
		return types.Null, nil
	case *pb.DataType_Boolean_:
		return types.Boolean, nil
	case *pb.DataType_Byte_:
		return types.Byte, nil
	case *pb.DataType_Short_:
		return types.Short, nil
	case *pb.DataType_Integer_:
		return types.Integer, nil
	case *pb.DataType_Long_:
		return types.Long, nil
	case *pb.DataType_Float_:
		return types.Float, nil
	case *pb.DataType_Double_:
		return types.Double, nil
	case *pb.DataType_Binary_:
		return types.Binary, nil
	case *pb.DataType_Date_:
		return types.Date, nil
	case *pb.DataType_Timestamp_:
		return types.Timestamp, nil
	case *pb.DataType_TimestampNtz:
		return types.TimestampNTZ, nil
	case *pb.DataType_CalendarInterval_:
		return types.CalendarInterval, nil
	case *pb.DataType_Decimal_:
		return decimalType(kind.Decimal)
	case *pb.DataType_String_:
		if c := kind.String_.GetCollation(); c != "" && !strings.EqualFold(c, "UTF8_BINARY") {
			return nil, sparkerror.Unsupported("the collation "+c, "Only UTF8_BINARY is known.")
		}
		return types.String, nil
	case *pb.DataType_Char_:
		return types.Char{Length: int(kind.Char.GetLength())}, nil
	case *pb.DataType_VarChar_:
		return types.VarChar{Length: int(kind.VarChar.GetLength())}, nil
	case *pb.DataType_YearMonthInterval_:
		y := kind.YearMonthInterval
		if !spans(y.StartField, y.EndField, yearField, monthField) {
			return nil, sparkerror.Unsupported("a year-month interval of other fields than YEAR TO MONTH", "")
		}
		return types.YearMonthInterval, nil
	case *pb.DataType_DayTimeInterval_:
		d := kind.DayTimeInterval
		if !spans(d.StartField, d.EndField, dayField, secondField) {
			return nil, sparkerror.Unsupported("a day-time interval of other fields than DAY TO SECOND", "")
		}
		return types.DayTimeInterval, nil
	case *pb.DataType_Time_:
		if p := kind.Time.Precision; p != nil && *p != 6 {
			return nil, sparkerror.Unsupported(fmt.Sprintf("the type TIME(%d)", *p), "Use TIME(6).")
		}
		return types.Time, nil
	case *pb.DataType_Array_:
		element, err := DataType(kind.Array.GetElementType())
		if err != nil {
			return nil, err
		}
		return types.Array{Element: element, ContainsNull: kind.Array.GetContainsNull()}, nil
	case *pb.DataType_Map_:
		return mapType(kind.Map)
	case *pb.DataType_Struct_:
		return structType(kind.Struct)
	case *pb.DataType_Unparsed_:
		return parseType(kind.Unparsed.GetDataTypeString())
	}
	return nil, sparkerror.Unsupported("the type "+strings.ToUpper(setField(t, "kind")), "")
}

// spans reports whether an interval's fields are first and last, which they are when they are not told.
func spans(start, end *int32, first, last int32) bool {
	return (start == nil || *start == first) && (end == nil && start == nil || end != nil && *end == last)
}

func decimalType(d *pb.DataType_Decimal) (types.DataType, error) {
	t := types.Decimal{Precision: defaultPrecision, Scale: defaultScale}
	if d.Precision != nil {
		t.Precision = int(d.GetPrecision())
	}
	if d.Scale != nil {
		t.Scale = int(d.GetScale())
	}
	if e := sparkerror.BadDecimal(t.Precision, t.Scale); e != nil {
		return nil, e
	}
	return t, nil
}

func mapType(m *pb.DataType_Map) (types.DataType, error) {
	key, err := DataType(m.GetKeyType())
	if err != nil {
		return nil, err
	}
	value, err := DataType(m.GetValueType())
	if err != nil {
		return nil, err
	}
	return types.Map{Key: key, Value: value, ValueContainsNull: m.GetValueContainsNull()}, nil
}

func structType(s *pb.DataType_Struct) (types.DataType, error) {
	fields := make([]types.Field, len(s.GetFields()))
	for i, f := range s.GetFields() {
		t, err := DataType(f.GetDataType())
		if err != nil {
			return nil, err
		}
		fields[i] = types.Field{Name: f.GetName(), Type: t, Nullable: f.GetNullable()}
		if m := f.GetMetadata(); m != "" && m != "{}" {
			fields[i].Metadata = []byte(m)
		}
	}
	return types.Struct{Fields: fields}, nil
}

// ToProto converts a type to the wire. A type that the wire has no message for is an error.
func ToProto(t types.DataType) (*pb.DataType, error) {
	switch t := t.(type) {
	case types.Atomic:
		if p, ok := atomicToProto(t); ok {
			return p, nil
		}
	case types.Decimal:
		precision, scale := int32(t.Precision), int32(t.Scale)
		return &pb.DataType{Kind: &pb.DataType_Decimal_{Decimal: &pb.DataType_Decimal{Precision: &precision, Scale: &scale}}}, nil
	case types.Char:
		return &pb.DataType{Kind: &pb.DataType_Char_{Char: &pb.DataType_Char{Length: int32(t.Length)}}}, nil
	case types.VarChar:
		return &pb.DataType{Kind: &pb.DataType_VarChar_{VarChar: &pb.DataType_VarChar{Length: int32(t.Length)}}}, nil
	case types.Array:
		element, err := ToProto(t.Element)
		if err != nil {
			return nil, err
		}
		return &pb.DataType{Kind: &pb.DataType_Array_{Array: &pb.DataType_Array{ElementType: element, ContainsNull: t.ContainsNull}}}, nil
	case types.Map:
		key, err := ToProto(t.Key)
		if err != nil {
			return nil, err
		}
		value, err := ToProto(t.Value)
		if err != nil {
			return nil, err
		}
		return &pb.DataType{Kind: &pb.DataType_Map_{Map: &pb.DataType_Map{
			KeyType: key, ValueType: value, ValueContainsNull: t.ValueContainsNull,
		}}}, nil
	case types.Struct:
		return structToProto(t)
	}
	return nil, fmt.Errorf("the type %v has no form in Spark Connect", t)
}

func structToProto(s types.Struct) (*pb.DataType, error) {
	fields := make([]*pb.DataType_StructField, len(s.Fields))
	for i, f := range s.Fields {
		t, err := ToProto(f.Type)
		if err != nil {
			return nil, err
		}
		fields[i] = &pb.DataType_StructField{Name: f.Name, DataType: t, Nullable: f.Nullable}
		if len(f.Metadata) > 0 && string(f.Metadata) != "{}" {
			metadata := string(f.Metadata)
			fields[i].Metadata = &metadata
		}
	}
	return &pb.DataType{Kind: &pb.DataType_Struct_{Struct: &pb.DataType_Struct{Fields: fields}}}, nil
}

func atomicToProto(t types.Atomic) (*pb.DataType, bool) {
	interval := func(first, last int32) (*int32, *int32) { return &first, &last }
	p := &pb.DataType{}
	switch t {
	case types.Null:
		p.Kind = &pb.DataType_Null{Null: &pb.DataType_NULL{}}
	case types.Boolean:
		p.Kind = &pb.DataType_Boolean_{Boolean: &pb.DataType_Boolean{}}
	case types.Byte:
		p.Kind = &pb.DataType_Byte_{Byte: &pb.DataType_Byte{}}
	case types.Short:
		p.Kind = &pb.DataType_Short_{Short: &pb.DataType_Short{}}
	case types.Integer:
		p.Kind = &pb.DataType_Integer_{Integer: &pb.DataType_Integer{}}
	case types.Long:
		p.Kind = &pb.DataType_Long_{Long: &pb.DataType_Long{}}
	case types.Float:
		p.Kind = &pb.DataType_Float_{Float: &pb.DataType_Float{}}
	case types.Double:
		p.Kind = &pb.DataType_Double_{Double: &pb.DataType_Double{}}
	case types.String:
		p.Kind = &pb.DataType_String_{String_: &pb.DataType_String{}}
	case types.Binary:
		p.Kind = &pb.DataType_Binary_{Binary: &pb.DataType_Binary{}}
	case types.Date:
		p.Kind = &pb.DataType_Date_{Date: &pb.DataType_Date{}}
	case types.Timestamp:
		p.Kind = &pb.DataType_Timestamp_{Timestamp: &pb.DataType_Timestamp{}}
	case types.TimestampNTZ:
		p.Kind = &pb.DataType_TimestampNtz{TimestampNtz: &pb.DataType_TimestampNTZ{}}
	case types.Time:
		precision := int32(6)
		p.Kind = &pb.DataType_Time_{Time: &pb.DataType_Time{Precision: &precision}}
	case types.CalendarInterval:
		p.Kind = &pb.DataType_CalendarInterval_{CalendarInterval: &pb.DataType_CalendarInterval{}}
	case types.DayTimeInterval:
		first, last := interval(dayField, secondField)
		p.Kind = &pb.DataType_DayTimeInterval_{DayTimeInterval: &pb.DataType_DayTimeInterval{StartField: first, EndField: last}}
	case types.YearMonthInterval:
		first, last := interval(yearField, monthField)
		p.Kind = &pb.DataType_YearMonthInterval_{YearMonthInterval: &pb.DataType_YearMonthInterval{StartField: first, EndField: last}}
	default:
		return nil, false
	}
	return p, true
}

package convert

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"

	pb "github.com/hfspark/hfspark/internal/connect/connectpb"
	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// Literal converts a constant.
func Literal(l *pb.Expression_Literal) (plan.Literal, error) {
	value, t, err := literalOf(l, nil)
	return plan.Literal{Value: value, Type: t}, err
}

// literal converts a constant; want, which may be nil, tells the type of those that do not tell it themselves.
func literal(l *pb.Expression_Literal, want types.DataType) (any, types.DataType, error) {
	switch kind := l.GetLiteralType().(type) {
	case nil:
		if want != nil { // a null of a type told by data_type
			return nil, want, nil
		}
		return nil, nil, notSet(&pb.Expression_Literal{}, "literal_type")
	case *pb.Expression_Literal_Null:
		return nullLiteral(kind.Null, want)
	case *pb.Expression_Literal_Binary:
		return kind.Binary, types.Binary, nil
	case *pb.Expression_Literal_Boolean:
		return kind.Boolean, types.Boolean, nil
	case *pb.Expression_Literal_Byte:
		if kind.Byte < math.MinInt8 || kind.Byte > math.MaxInt8 {
			return nil, nil, invalid("the byte literal %d is out of range.", kind.Byte)
		}
		return int8(kind.Byte), types.Byte, nil
	case *pb.Expression_Literal_Short:
		if kind.Short < math.MinInt16 || kind.Short > math.MaxInt16 {
			return nil, nil, invalid("the short literal %d is out of range.", kind.Short)
		}
		return int16(kind.Short), types.Short, nil
	case *pb.Expression_Literal_Integer:
		return kind.Integer, types.Integer, nil
	case *pb.Expression_Literal_Long:
		return kind.Long, types.Long, nil
	case *pb.Expression_Literal_Float:
		return kind.Float, types.Float, nil
	case *pb.Expression_Literal_Double:
		return kind.Double, types.Double, nil
	case *pb.Expression_Literal_Decimal_:
		return decimalLiteral(kind.Decimal)
	case *pb.Expression_Literal_String_:
		return kind.String_, types.String, nil
	case *pb.Expression_Literal_Date:
		return kind.Date, types.Date, nil
	case *pb.Expression_Literal_Timestamp:
		return kind.Timestamp, types.Timestamp, nil
	case *pb.Expression_Literal_TimestampNtz:
		return kind.TimestampNtz, types.TimestampNTZ, nil
	case *pb.Expression_Literal_CalendarInterval_:
		i := kind.CalendarInterval
		return types.CalendarIntervalValue{Months: i.GetMonths(), Days: i.GetDays(), Microseconds: i.GetMicroseconds()}, types.CalendarInterval, nil
	case *pb.Expression_Literal_YearMonthInterval:
		return kind.YearMonthInterval, types.YearMonthInterval, nil
	case *pb.Expression_Literal_DayTimeInterval:
		return kind.DayTimeInterval, types.DayTimeInterval, nil
	case *pb.Expression_Literal_Time_:
		return timeLiteral(kind.Time)
	case *pb.Expression_Literal_Array_:
		return arrayLiteral(kind.Array, want)
	case *pb.Expression_Literal_Map_:
		return mapLiteral(kind.Map, want)
	case *pb.Expression_Literal_Struct_:
		return structLiteral(kind.Struct, want)
	case *pb.Expression_Literal_SpecializedArray_:
		return specializedArray(kind.SpecializedArray)
	}
	return nil, nil, sparkerror.Unsupported("a literal of kind "+setField(l, "literal_type"), "")
}

func nullLiteral(t *pb.DataType, want types.DataType) (any, types.DataType, error) {
	if t.GetKind() == nil {
		if want == nil {
			want = types.Null
		}
		return nil, want, nil
	}
	told, err := DataType(t)
	return nil, told, err
}

// decimalLiteral takes precision and scale as the larger of what is told and what the digits need, as Spark does.
func decimalLiteral(d *pb.Expression_Literal_Decimal) (any, types.DataType, error) {
	value, ok := parseDecimal(d.GetValue())
	if !ok {
		return nil, nil, invalid("%q is not a decimal number.", d.GetValue())
	}
	digits := len(new(big.Int).Abs(value.Unscaled).String())
	scale := max(value.Scale, int(d.GetScale()))
	precision := max(digits, int(d.GetPrecision()), scale)
	if precision > 38 {
		return nil, nil, sparkerror.New(sparkerror.ArithmeticException, "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION", "22003",
			"The value %s of %d digits does not fit a decimal of at most 38.", d.GetValue(), precision)
	}
	if extra := scale - value.Scale; extra > 0 {
		value.Unscaled.Mul(value.Unscaled, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(extra)), nil))
		value.Scale = scale
		precision = max(precision, len(new(big.Int).Abs(value.Unscaled).String()))
	}
	if precision > 38 {
		return nil, nil, sparkerror.New(sparkerror.ArithmeticException, "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION", "22003",
			"The value %s with scale %d does not fit a decimal of at most 38 digits.", d.GetValue(), scale)
	}
	return value, types.Decimal{Precision: precision, Scale: scale}, nil
}

// parseDecimal reads digits with an optional sign, point and exponent; a negative scale becomes zeros.
func parseDecimal(text string) (types.DecimalValue, bool) {
	mantissa, exponent := text, 0
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		e, err := strconv.Atoi(text[i+1:])
		if err != nil || e > 1000 || e < -1000 {
			return types.DecimalValue{}, false
		}
		mantissa, exponent = text[:i], e
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimPrefix(strings.TrimPrefix(whole, "+"), "-") + fraction
	if digits == "" || len(digits) > 1000 || strings.Trim(digits, "0123456789") != "" {
		return types.DecimalValue{}, false
	}
	unscaled, ok := new(big.Int).SetString(digits, 10)
	if !ok {
		return types.DecimalValue{}, false
	}
	if strings.HasPrefix(whole, "-") {
		unscaled.Neg(unscaled)
	}
	scale := len(fraction) - exponent
	if scale < 0 {
		unscaled.Mul(unscaled, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(-scale)), nil))
		scale = 0
	}
	return types.DecimalValue{Unscaled: unscaled, Scale: scale}, true
}

func timeLiteral(t *pb.Expression_Literal_Time) (any, types.DataType, error) {
	if t.Precision != nil && t.GetPrecision() != 6 {
		return nil, nil, sparkerror.Unsupported(fmt.Sprintf("a literal of type TIME(%d)", t.GetPrecision()), "Use TIME(6).")
	}
	if t.GetNano()%1000 != 0 || t.GetNano() < 0 || t.GetNano() >= 24*3600*1e9 {
		return nil, nil, invalid("the time literal of %d ns is not a time of day in microseconds.", t.GetNano())
	}
	return t.GetNano() / 1000, types.Time, nil
}

func arrayLiteral(a *pb.Expression_Literal_Array, want types.DataType) (any, types.DataType, error) {
	t, _ := want.(types.Array)
	if want == nil {
		t.ContainsNull = true
	}
	if told := a.GetElementType(); t.Element == nil && told.GetKind() != nil {
		element, err := DataType(told)
		if err != nil {
			return nil, nil, err
		}
		t.Element = element
	}
	values, element, err := literals(a.GetElements(), t.Element)
	if err != nil {
		return nil, nil, err
	}
	t.Element = element
	return values, t, nil
}

func mapLiteral(m *pb.Expression_Literal_Map, want types.DataType) (any, types.DataType, error) {
	t, _ := want.(types.Map)
	if want == nil {
		t.ValueContainsNull = true
	}
	var err error
	if told := m.GetKeyType(); t.Key == nil && told.GetKind() != nil {
		if t.Key, err = DataType(told); err != nil {
			return nil, nil, err
		}
	}
	if told := m.GetValueType(); t.Value == nil && told.GetKind() != nil {
		if t.Value, err = DataType(told); err != nil {
			return nil, nil, err
		}
	}
	if len(m.GetKeys()) != len(m.GetValues()) {
		return nil, nil, invalid("a map literal has %d keys but %d values.", len(m.GetKeys()), len(m.GetValues()))
	}
	keys, key, err := literals(m.GetKeys(), t.Key)
	if err != nil {
		return nil, nil, err
	}
	values, value, err := literals(m.GetValues(), t.Value)
	if err != nil {
		return nil, nil, err
	}
	t.Key, t.Value = key, value
	return types.MapValue{Keys: keys, Values: values}, t, nil
}

func structLiteral(s *pb.Expression_Literal_Struct, want types.DataType) (any, types.DataType, error) {
	t, ok := want.(types.Struct)
	if told := s.GetStructType(); !ok && told.GetKind() != nil {
		d, err := DataType(told)
		if err != nil {
			return nil, nil, err
		}
		t, ok = d.(types.Struct)
	}
	if !ok || len(t.Fields) != len(s.GetElements()) {
		return nil, nil, invalid("a struct literal has %d values but its type has %d fields.", len(s.GetElements()), len(t.Fields))
	}
	values := make([]any, len(t.Fields))
	for i, e := range s.GetElements() {
		value, _, err := literalOf(e, t.Fields[i].Type)
		if err != nil {
			return nil, nil, err
		}
		values[i] = value
	}
	return values, t, nil
}

// literals converts constants of one type, which is that of the first that has one if want is nil.
func literals(list []*pb.Expression_Literal, want types.DataType) ([]any, types.DataType, error) {
	values := make([]any, len(list))
	for i, l := range list {
		value, t, err := literalOf(l, want)
		if err != nil {
			return nil, nil, err
		}
		if want == nil && t != types.Null {
			want = t
		}
		values[i] = value
	}
	if want == nil {
		want = types.Null
	}
	return values, want, nil
}

// literalOf converts a constant and checks that it has the type wanted, unless that is nil, and the type it says it has.
func literalOf(l *pb.Expression_Literal, want types.DataType) (any, types.DataType, error) {
	if l.GetDataType() != nil {
		t, err := DataType(l.GetDataType())
		if err != nil {
			return nil, nil, err
		}
		if want != nil && !types.EqualIgnoringNulls(t, want) {
			return nil, nil, invalid("a literal of type %s stands where one of type %s is needed.", t.SQL(), want.SQL())
		}
		want = t
	}
	value, t, err := literal(l, want)
	if err != nil || value == nil || want == nil || types.EqualIgnoringNulls(t, want) {
		return value, t, err
	}
	if d, ok := value.(types.DecimalValue); ok {
		if w, ok := want.(types.Decimal); ok && d.Scale <= w.Scale {
			d.Unscaled = new(big.Int).Mul(d.Unscaled, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(w.Scale-d.Scale)), nil))
			d.Scale = w.Scale
			if len(new(big.Int).Abs(d.Unscaled).String()) <= w.Precision {
				return d, want, nil
			}
		}
	}
	if types.IsText(t) && types.IsText(want) {
		return value, want, nil
	}
	return nil, nil, invalid("a literal of type %s stands where one of type %s is needed.", t.SQL(), want.SQL())
}

func specializedArray(a *pb.Expression_Literal_SpecializedArray) (any, types.DataType, error) {
	switch kind := a.GetValueType().(type) {
	case *pb.Expression_Literal_SpecializedArray_Bools:
		return anySlice(kind.Bools.GetValues()), types.Array{Element: types.Boolean}, nil
	case *pb.Expression_Literal_SpecializedArray_Ints:
		return anySlice(kind.Ints.GetValues()), types.Array{Element: types.Integer}, nil
	case *pb.Expression_Literal_SpecializedArray_Longs:
		return anySlice(kind.Longs.GetValues()), types.Array{Element: types.Long}, nil
	case *pb.Expression_Literal_SpecializedArray_Floats:
		return anySlice(kind.Floats.GetValues()), types.Array{Element: types.Float}, nil
	case *pb.Expression_Literal_SpecializedArray_Doubles:
		return anySlice(kind.Doubles.GetValues()), types.Array{Element: types.Double}, nil
	case *pb.Expression_Literal_SpecializedArray_Strings:
		return anySlice(kind.Strings.GetValues()), types.Array{Element: types.String, ContainsNull: true}, nil
	}
	return nil, nil, notSet(a, "value_type")
}

func anySlice[T any](values []T) []any {
	list := make([]any, len(values))
	for i, v := range values {
		list[i] = v
	}
	return list
}

package types

import "strings"

// numericOrder lists the plain numeric types from the narrowest to the widest.
var numericOrder = []DataType{Byte, Short, Integer, Long, Float, Double}

func numericRank(t DataType) int {
	for i, n := range numericOrder {
		if n == t {
			return i
		}
	}
	return -1
}

// TightestCommon returns the narrowest type that holds both a and b without loss and without turning anything into text:
// Spark's findTightestCommonType. ansi is spark.sql.ansi.enabled, under which an integer and a float meet in double.
func TightestCommon(a, b DataType, ansi bool) (DataType, bool) {
	switch {
	case Equal(a, b):
		return a, true
	case a == Null:
		return b, true
	case b == Null:
		return a, true
	case IsText(a) && IsText(b):
		return String, true
	}
	if t, ok := tightestNumeric(a, b, ansi); ok {
		return t, true
	}
	if isDateOrTimestamp(a) && isDateOrTimestamp(b) {
		if a == Timestamp || b == Timestamp {
			return Timestamp, true
		}
		return TimestampNTZ, true
	}
	return commonNested(a, b, func(x, y DataType) (DataType, bool) { return TightestCommon(x, y, ansi) })
}

func tightestNumeric(a, b DataType, ansi bool) (DataType, bool) {
	if d, ok := b.(Decimal); ok && IsIntegral(a) {
		return d, holds(d, a)
	}
	if d, ok := a.(Decimal); ok && IsIntegral(b) {
		return d, holds(d, b)
	}
	i, j := numericRank(a), numericRank(b)
	if i < 0 || j < 0 {
		return nil, false
	}
	wider := numericOrder[max(i, j)]
	if ansi && wider == Float {
		return Double, true
	}
	return wider, true
}

func holds(d Decimal, integral DataType) bool {
	need, _ := DecimalOf(integral)
	return d.Precision-d.Scale >= need.Precision-need.Scale
}

func isDateOrTimestamp(t DataType) bool { return t == Date || t == Timestamp || t == TimestampNTZ }

// Wider returns a type to which both a and b can be brought, with the decimal and text promotions of set operations, CASE,
// IN, coalesce and array literals: Spark's findWiderTypeForTwo. Under ANSI text becomes the other type (an integer type
// becomes bigint, a fractional one double); else the other type becomes text.
func Wider(a, b DataType, ansi bool) (DataType, bool) {
	if t, ok := WiderWithoutText(a, b, ansi); ok {
		return t, true
	}
	if t, ok := PromoteText(a, b, ansi); ok {
		return t, true
	}
	return commonNested(a, b, func(x, y DataType) (DataType, bool) { return Wider(x, y, ansi) })
}

// WiderWithoutText is Wider without promotions between text and other types, as greatest and least have it.
func WiderWithoutText(a, b DataType, ansi bool) (DataType, bool) {
	if t, ok := TightestCommon(a, b, ansi); ok {
		return t, true
	}
	if t, ok := widerWithDecimal(a, b); ok {
		return t, true
	}
	return commonNested(a, b, func(x, y DataType) (DataType, bool) { return WiderWithoutText(x, y, ansi) })
}

func widerWithDecimal(a, b DataType) (DataType, bool) {
	x, xDecimal := a.(Decimal)
	y, yDecimal := b.(Decimal)
	switch {
	case xDecimal && yDecimal:
		return WiderDecimal(x, y), true
	case xDecimal && IsIntegral(b):
		d, _ := DecimalOf(b)
		return WiderDecimal(x, d), true
	case yDecimal && IsIntegral(a):
		d, _ := DecimalOf(a)
		return WiderDecimal(d, y), true
	case xDecimal && (b == Float || b == Double), yDecimal && (a == Float || a == Double):
		return Double, true
	}
	return nil, false
}

// PromoteText returns the type in which text and another type meet, as in 1 = '1'. It is false when neither or both are
// text, and where Spark has no such rule.
func PromoteText(a, b DataType, ansi bool) (DataType, bool) {
	if IsText(b) {
		a, b = b, a
	}
	if !IsText(a) || IsText(b) || IsNested(b) {
		return nil, false
	}
	if b == Null {
		return a, true
	}
	if !ansi {
		return String, b != Boolean && b != Binary && b != CalendarInterval
	}
	if isInterval(b) {
		return nil, false
	}
	switch {
	case IsIntegral(b):
		return Long, true
	case IsFractional(b):
		return Double, true
	}
	return b, true
}

func isInterval(t DataType) bool {
	return t == DayTimeInterval || t == YearMonthInterval || t == CalendarInterval
}

// commonNested finds the common type of two arrays, maps or structs, whose members meet by common. Struct fields must
// have the same names but for case; the first type's names are kept.
func commonNested(a, b DataType, common func(a, b DataType) (DataType, bool)) (DataType, bool) {
	switch x := a.(type) {
	case Array:
		y, ok := b.(Array)
		if !ok {
			return nil, false
		}
		element, ok := common(x.Element, y.Element)
		return Array{
			Element:      element,
			ContainsNull: x.ContainsNull || y.ContainsNull || ok && (ForcesNull(x.Element, element) || ForcesNull(y.Element, element)),
		}, ok
	case Map:
		y, ok := b.(Map)
		if !ok {
			return nil, false
		}
		key, ok := common(x.Key, y.Key)
		if !ok || ForcesNull(x.Key, key) || ForcesNull(y.Key, key) {
			return nil, false
		}
		value, ok := common(x.Value, y.Value)
		return Map{
			Key: key, Value: value,
			ValueContainsNull: x.ValueContainsNull || y.ValueContainsNull || ok && (ForcesNull(x.Value, value) || ForcesNull(y.Value, value)),
		}, ok
	case Struct:
		y, ok := b.(Struct)
		if !ok || len(x.Fields) != len(y.Fields) {
			return nil, false
		}
		fields := make([]Field, len(x.Fields))
		for i, f := range x.Fields {
			g := y.Fields[i]
			t, ok := common(f.Type, g.Type)
			if !ok || !strings.EqualFold(f.Name, g.Name) {
				return nil, false
			}
			fields[i] = Field{Name: f.Name, Type: t, Nullable: f.Nullable || g.Nullable || ForcesNull(f.Type, t) || ForcesNull(g.Type, t)}
		}
		return Struct{Fields: fields}, true
	}
	return nil, false
}

// WiderOf is Wider over any number of types; with none it is void. Outside ANSI mode texts are looked at first, so that the
// result does not depend on the order, as in Spark's findWiderCommonType.
func WiderOf(list []DataType, ansi bool) (DataType, bool) {
	var common DataType = Null
	for _, texts := range []bool{true, false} {
		for _, t := range list {
			if !ansi && hasText(t) != texts || ansi && texts {
				continue
			}
			var ok bool
			if common, ok = Wider(common, t, ansi); !ok {
				return nil, false
			}
		}
	}
	return common, true
}

// WiderWithoutTextOf is WiderWithoutText over any number of types.
func WiderWithoutTextOf(list []DataType, ansi bool) (DataType, bool) {
	var common DataType = Null
	for _, t := range list {
		var ok bool
		if common, ok = WiderWithoutText(common, t, ansi); !ok {
			return nil, false
		}
	}
	return common, true
}

func hasText(t DataType) bool {
	switch t := t.(type) {
	case Array:
		return hasText(t.Element)
	case Map:
		return hasText(t.Key) || hasText(t.Value)
	case Struct:
		for _, f := range t.Fields {
			if hasText(f.Type) {
				return true
			}
		}
		return false
	}
	return IsText(t)
}

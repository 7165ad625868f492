package types

import "math/big"

// The limits of decimals, and the number of fractional digits that arithmetic keeps when a result would be too long.
const (
	MaxPrecision         = 38
	minimumAdjustedScale = 6
)

// DefaultDecimal is the type of DECIMAL without parameters; SystemDecimal the one that stands for a decimal of no known size.
var (
	DefaultDecimal = Decimal{Precision: 10, Scale: 0}
	SystemDecimal  = Decimal{Precision: MaxPrecision, Scale: 18}
)

// DecimalOf returns the decimal that holds every value of a numeric type (for float and double: as many digits as they
// have); false for other types.
func DecimalOf(t DataType) (Decimal, bool) {
	switch t {
	case Byte:
		return Decimal{Precision: 3}, true
	case Short:
		return Decimal{Precision: 5}, true
	case Integer:
		return Decimal{Precision: 10}, true
	case Long:
		return Decimal{Precision: 20}, true
	case Float:
		return Decimal{Precision: 14, Scale: 7}, true
	case Double:
		return Decimal{Precision: 30, Scale: 15}, true
	}
	d, ok := t.(Decimal)
	return d, ok
}

// DecimalOfLiteral returns the smallest decimal that holds an integer or decimal literal's value (int8 to int64 or
// DecimalValue); false for other values. Spark gives literals that type next to decimals.
func DecimalOfLiteral(value any) (Decimal, bool) {
	unscaled, scale := new(big.Int), 0
	switch v := value.(type) {
	case int8:
		unscaled.SetInt64(int64(v))
	case int16:
		unscaled.SetInt64(int64(v))
	case int32:
		unscaled.SetInt64(int64(v))
	case int64:
		unscaled.SetInt64(v)
	case DecimalValue:
		unscaled, scale = v.Unscaled, v.Scale
	default:
		return Decimal{}, false
	}
	digits := len(new(big.Int).Abs(unscaled).String())
	return Decimal{Precision: max(digits, scale), Scale: scale}, true
}

// WiderDecimal returns the decimal that holds the values of both; where 38 digits do not do, fractional digits go first.
func WiderDecimal(a, b Decimal) Decimal {
	scale := max(a.Scale, b.Scale)
	precision := max(a.Precision-a.Scale, b.Precision-b.Scale) + scale
	if precision > MaxPrecision {
		scale = max(0, scale-(precision-MaxPrecision))
		precision = MaxPrecision
	}
	return Decimal{Precision: precision, Scale: scale}
}

// AddDecimal is the type of a + b and a - b.
func AddDecimal(a, b Decimal) Decimal {
	scale := max(a.Scale, b.Scale)
	return adjusted(max(a.Precision-a.Scale, b.Precision-b.Scale)+scale+1, scale)
}

// MultiplyDecimal is the type of a * b.
func MultiplyDecimal(a, b Decimal) Decimal {
	return adjusted(a.Precision+b.Precision+1, a.Scale+b.Scale)
}

// DivideDecimal is the type of a / b.
func DivideDecimal(a, b Decimal) Decimal {
	scale := max(minimumAdjustedScale, a.Scale+b.Precision+1)
	return adjusted(a.Precision-a.Scale+b.Scale+scale, scale)
}

// RemainderDecimal is the type of a % b and pmod(a, b).
func RemainderDecimal(a, b Decimal) Decimal {
	scale := max(a.Scale, b.Scale)
	return adjusted(min(a.Precision-a.Scale, b.Precision-b.Scale)+scale, scale)
}

// BoundedDecimal cuts precision and scale at 38 digits each, as sums and averages do.
func BoundedDecimal(precision, scale int) Decimal {
	return Decimal{Precision: min(precision, MaxPrecision), Scale: min(scale, MaxPrecision)}
}

// adjusted brings a result type into 38 digits by giving up fractional digits, but at most down to 6 of them.
func adjusted(precision, scale int) Decimal {
	if precision <= MaxPrecision {
		return Decimal{Precision: precision, Scale: scale}
	}
	integral := precision - scale
	return Decimal{Precision: MaxPrecision, Scale: max(MaxPrecision-integral, min(scale, minimumAdjustedScale))}
}

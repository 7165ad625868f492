package function

import (
	"bytes"
	"math"
	"math/big"
	"slices"
	"strconv"
)

// mathScalars compute what DuckDB lacks or rounds otherwise.
var mathScalars = []UDF{
	{Name: "expm1", Params: []string{"DOUBLE"}, Result: "DOUBLE", Eval: func(a []any) (any, error) { return math.Expm1(a[0].(float64)), nil }},
	{Name: "log1p", Params: []string{"DOUBLE"}, Result: "DOUBLE", Eval: func(a []any) (any, error) { return math.Log1p(a[0].(float64)), nil }},
	{Name: "hypot", Params: []string{"DOUBLE", "DOUBLE"}, Result: "DOUBLE", Eval: func(a []any) (any, error) {
		return math.Hypot(a[0].(float64), a[1].(float64)), nil
	}},
	{Name: "width_bucket", Params: []string{"DOUBLE", "DOUBLE", "DOUBLE", "BIGINT"}, Result: "BIGINT", Eval: func(a []any) (any, error) {
		return orNull(widthBucket(a[0].(float64), a[1].(float64), a[2].(float64), a[3].(int64)))
	}},
	{Name: "round_double", Params: []string{"DOUBLE", "INTEGER", "INTEGER"}, Result: "DOUBLE", Eval: func(a []any) (any, error) {
		return roundDouble(a[0].(float64), int(a[1].(int32)), a[2].(int32)), nil
	}},
	{Name: "round_decimal", Params: []string{"VARCHAR", "INTEGER", "INTEGER"}, Result: "VARCHAR", Eval: func(a []any) (any, error) {
		return roundDecimal(a[0].(string), int(a[1].(int32)), a[2].(int32)), nil
	}},
	{Name: "shift_left", Params: shiftParams, Result: "BIGINT", Eval: func(a []any) (any, error) {
		v, n, short := shiftArgs(a)
		if short {
			return int64(int32(v) << n), nil
		}
		return v << n, nil
	}},
	{Name: "shift_right", Params: shiftParams, Result: "BIGINT", Eval: func(a []any) (any, error) {
		v, n, _ := shiftArgs(a)
		return v >> n, nil
	}},
	{Name: "shift_right_unsigned", Params: shiftParams, Result: "BIGINT", Eval: func(a []any) (any, error) {
		v, n, short := shiftArgs(a)
		if short {
			return int64(int32(uint32(v) >> n)), nil
		}
		return int64(uint64(v) >> n), nil
	}},
}

var shiftParams = []string{"BIGINT", "INTEGER", "INTEGER"}

func shiftArgs(a []any) (value int64, distance uint, short bool) {
	short = a[2].(int32) == 32
	mask := int32(63)
	if short {
		mask = 31
	}
	return a[0].(int64), uint(a[1].(int32) & mask), short
}

// widthBucket is the bucket, of count equal ones between low and high, that a value falls into: 0 below and count+1 above.
func widthBucket(v, low, high float64, count int64) (int64, bool) {
	if count <= 0 || count == math.MaxInt64 || math.IsNaN(v) || low == high || math.IsNaN(low) || math.IsInf(low, 0) || math.IsNaN(high) || math.IsInf(high, 0) {
		return 0, false
	}
	if low > high {
		switch {
		case v > low:
			return 0, true
		case v <= high:
			return count + 1, true
		}
		return int64(float64(count)*(low-v)/(low-high)) + 1, true
	}
	switch {
	case v < low:
		return 0, true
	case v >= high:
		return count + 1, true
	}
	return int64(float64(count)*(v-low)/(high-low)) + 1, true
}

// The modes of rounding of round_double and round_decimal.
const (
	halfUp   = 0
	ceiling  = 1
	halfEven = 2
	floor    = -1
)

// roundDouble rounds by the decimal digits that Java shows for a number.
func roundDouble(v float64, scale int, mode int32) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return v
	}
	if mode == halfUp && scale >= 0 && math.Abs(v) < 1e15 {
		return roundDigits(v, scale)
	}
	rounded, ok := new(big.Rat).SetString(roundDecimal(JavaDouble(v), scale, mode))
	if !ok {
		return v
	}
	result, _ := rounded.Float64()
	return result
}

// roundDigits is the quick way to round half up: in the digits.
func roundDigits(v float64, scale int) float64 {
	var buffer [32]byte
	digits := strconv.AppendFloat(buffer[:0], v, 'f', -1, 64)
	end := bytes.IndexByte(digits, '.') + 1 + scale
	if end == scale || end >= len(digits) {
		return v
	}
	up := digits[end] >= '5'
	digits = digits[:end]
	for i := len(digits) - 1; up && i >= 0; i-- {
		switch digits[i] {
		case '.':
		case '9':
			digits[i] = '0'
		case '-':
			digits = slices.Insert(digits, 1, '1')
			up = false
		default:
			digits[i]++
			up = false
		}
	}
	if up {
		digits = slices.Insert(digits, 0, '1')
	}
	rounded, err := strconv.ParseFloat(string(digits), 64)
	if err != nil {
		return v
	}
	return rounded
}

// roundDecimal rounds a number to scale digits after the point, or before it where scale is negative.
func roundDecimal(text string, scale int, mode int32) string {
	value, ok := parseExact(text)
	if !ok {
		return text
	}
	unit := new(big.Rat).SetInt(powerOfTen(max(scale, -scale)))
	if scale < 0 {
		value.Quo(value, unit)
	} else {
		value.Mul(value, unit)
	}
	quotient := roundRat(value, mode)
	if scale < 0 {
		return quotient.Mul(quotient, powerOfTen(-scale)).String()
	}
	return plainDecimal(quotient, scale)
}

func roundRat(value *big.Rat, mode int32) *big.Int {
	// Euclidean division: the quotient is the floor, the remainder is not negative.
	quotient, remainder := new(big.Int).DivMod(value.Num(), value.Denom(), new(big.Int))
	if remainder.Sign() == 0 {
		return quotient
	}
	half := remainder.Lsh(remainder, 1).Cmp(value.Denom())
	up := half > 0
	switch mode {
	case ceiling:
		up = true
	case floor:
		up = false
	case halfEven:
		up = half > 0 || half == 0 && quotient.Bit(0) == 1
	case halfUp:
		up = half > 0 || half == 0 && value.Sign() > 0
	}
	if up {
		quotient.Add(quotient, big.NewInt(1))
	}
	return quotient
}

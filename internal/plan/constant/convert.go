package constant

import (
	"math/big"
	"strconv"
	"time"

	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
)

// convert casts a value without loss and without knowing a time zone; false where that cannot be done.
func convert(l typed.Literal, to types.DataType) (any, bool) {
	if types.EqualIgnoringNulls(l.DataType, to) {
		return l.Value, true
	}
	switch {
	case types.IsIntegral(to):
		if text, ok := l.Value.(string); ok {
			n, err := strconv.ParseInt(text, 10, bits[to])
			return integerOf(n, to), err == nil
		}
		n, ok := WholeNumber(l.Value)
		return integerOf(n, to), ok && fits(n, to)
	case to == types.Double:
		return Double(l.Value)
	case to == types.Date:
		text, ok := l.Value.(string)
		if !ok {
			return nil, false
		}
		day, err := time.Parse(time.DateOnly, text)
		return int32(day.Unix() / 86400), err == nil
	}
	if d, ok := to.(types.Decimal); ok {
		return decimalOf(l.Value, d)
	}
	return nil, false
}

var bits = map[types.DataType]int{types.Byte: 8, types.Short: 16, types.Integer: 32, types.Long: 64}

func fits(n int64, t types.DataType) bool {
	shift := 64 - bits[t]
	return n<<shift>>shift == n
}

func integerOf(n int64, t types.DataType) any {
	switch t {
	case types.Byte:
		return int8(n)
	case types.Short:
		return int16(n)
	case types.Integer:
		return int32(n)
	}
	return n
}

// WholeNumber returns the value of an integer, or of a decimal without fraction that fits 64 bits.
func WholeNumber(v any) (int64, bool) {
	switch v := v.(type) {
	case types.DecimalValue:
		scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(v.Scale)), nil)
		whole, rest := new(big.Int).QuoRem(v.Unscaled, scale, new(big.Int))
		return whole.Int64(), rest.Sign() == 0 && whole.IsInt64()
	}
	return Integer(typed.Literal{Value: v})
}

// exact bounds the whole numbers that double precision holds without gaps.
const exact = 1 << 53

// Double returns a number as one of double precision: the nearest to a decimal, where it has few digits, and of whole numbers those that it holds exactly.
func Double(v any) (any, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case float32:
		return float64(v), true
	case types.DecimalValue:
		// Of these numbers all ways to convert have the same result.
		f, err := strconv.ParseFloat(v.String(), 64)
		return f, err == nil && v.Scale >= 0 && v.Scale <= 22 && v.Unscaled.IsInt64() && v.Unscaled.CmpAbs(big.NewInt(exact)) <= 0
	}
	n, ok := WholeNumber(v)
	return float64(n), ok && n >= -exact && n <= exact
}

func decimalOf(v any, to types.Decimal) (any, bool) {
	d, ok := v.(types.DecimalValue)
	if !ok {
		n, whole := WholeNumber(v)
		if !whole {
			return nil, false
		}
		d = types.DecimalValue{Unscaled: big.NewInt(n)}
	}
	if d.Scale > to.Scale {
		return nil, false
	}
	factor := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(to.Scale-d.Scale)), nil)
	unscaled := new(big.Int).Mul(d.Unscaled, factor)
	return types.DecimalValue{Unscaled: unscaled, Scale: to.Scale}, len(new(big.Int).Abs(unscaled).String()) <= to.Precision
}

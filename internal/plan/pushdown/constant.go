package pushdown

import (
	"math/big"
	"strconv"
	"time"

	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/source"
)

// fold computes the casts of literals that comparisons put around them. What it does not know it leaves to the engine.
func fold(e typed.Expression) (typed.Literal, bool) {
	cast, ok := e.(typed.Cast)
	if !ok {
		literal, ok := e.(typed.Literal)
		return literal, ok
	}
	child, ok := fold(cast.Child)
	if !ok {
		return child, false
	}
	if child.Value == nil {
		return typed.Literal{DataType: cast.To}, true
	}
	value, ok := convert(child, cast.To)
	return typed.Literal{Value: value, DataType: cast.To}, ok
}

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
		n, ok := wholeNumber(l.Value)
		return integerOf(n, to), ok && fits(n, to)
	case to == types.Double:
		return doubleOf(l.Value)
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

// wholeNumber returns the value of an integer, or of a decimal or floating-point number without fraction.
func wholeNumber(v any) (int64, bool) {
	switch v := v.(type) {
	case int8:
		return int64(v), true
	case int16:
		return int64(v), true
	case int32:
		return int64(v), true
	case int64:
		return v, true
	case types.DecimalValue:
		scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(v.Scale)), nil)
		whole, rest := new(big.Int).QuoRem(v.Unscaled, scale, new(big.Int))
		return whole.Int64(), rest.Sign() == 0 && whole.IsInt64()
	}
	return 0, false
}

func doubleOf(v any) (any, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case float32:
		return float64(v), true
	case types.DecimalValue:
		f, err := strconv.ParseFloat(v.String(), 64)
		return f, err == nil
	}
	n, ok := wholeNumber(v)
	const exact = 1 << 53
	return float64(n), ok && n >= -exact && n <= exact
}

func decimalOf(v any, to types.Decimal) (any, bool) {
	d, ok := v.(types.DecimalValue)
	if !ok {
		n, whole := wholeNumber(v)
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

// valueFor gives a literal the form in which the data source compares a column of a type; false where there is none.
func valueFor(column types.DataType, l typed.Literal) (any, bool) {
	switch {
	case types.IsIntegral(column):
		return wholeValue(l.Value)
	case isFloating(column):
		return doubleOf(l.Value)
	case types.IsText(column):
		v, ok := l.Value.(string)
		return v, ok
	}
	switch v := l.Value.(type) {
	case bool:
		return v, column == types.Boolean
	case []byte:
		return v, column == types.Binary
	case int32:
		return source.DateValue(v), column == types.Date && l.DataType == types.Date
	case int64:
		return source.TimestampValue(v), column == l.DataType && (column == types.Timestamp || column == types.TimestampNTZ)
	}
	return nil, false
}

func wholeValue(v any) (any, bool) {
	if f, ok := v.(float64); ok {
		return f, true
	}
	n, ok := wholeNumber(v)
	return n, ok
}

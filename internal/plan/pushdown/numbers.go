package pushdown

import (
	"math"
	"math/big"
	"strconv"

	"github.com/hfspark/hfspark/internal/plan/constant"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/source"
)

// compareSum translates comparisons of the sum or difference of a whole number and a constant. Numbers for which it is out of the range
// of its type are kept: they are errors, or wrap around.
func (t translator) compareSum(c typed.Call, name string, literal typed.Literal) source.Predicate {
	least, greatest, ok := rangeOf(c.DataType)
	value, isInteger := constant.Integer(literal)
	if !ok || !isInteger || len(c.Args) != 2 {
		return nil
	}
	x, known := c.Args[0], c.Args[1]
	_, swapped := constant.Fold(x)
	if swapped {
		x, known = known, x
	}
	folded, _ := constant.Fold(known)
	k, ok := constant.Integer(folded)
	if !ok {
		return nil
	}
	by := big.NewInt(k)
	switch {
	case c.Name == "+":
	case !swapped: // x - k is x + -k
		by.Neg(by)
	default: // k - x op value is x op k - value, mirrored
		if m, ok := mirrored[name]; ok {
			name = m
		}
		at := func(bound int64) *big.Int { return new(big.Int).Sub(by, big.NewInt(bound)) }
		return either(t.compareWhole(x, name, at(value)), either(t.compareWhole(x, "<", at(greatest)), t.compareWhole(x, ">", at(least))))
	}
	at := func(bound int64) *big.Int { return new(big.Int).Sub(big.NewInt(bound), by) }
	return either(t.compareWhole(x, name, at(value)), either(t.compareWhole(x, ">", at(greatest)), t.compareWhole(x, "<", at(least))))
}

// compareWhole compares a whole number with one that may be out of its range.
func (t translator) compareWhole(x typed.Expression, name string, value *big.Int) source.Predicate {
	least, greatest, ok := rangeOf(x.Type())
	if !ok {
		return nil
	}
	low, high := value.Cmp(big.NewInt(least)), value.Cmp(big.NewInt(greatest))
	never := false
	switch operators[name] {
	case source.Equal:
		never = low < 0 || high > 0
	case source.Less:
		never = low <= 0
	case source.LessOrEqual:
		never = low < 0
	case source.Greater:
		never = high >= 0
	case source.GreaterOrEqual:
		never = high > 0
	}
	switch {
	case never:
		return nothing
	case !value.IsInt64():
		return nil
	}
	return t.compare(x, name, typed.Literal{Value: value.Int64(), DataType: types.Long})
}

// rangeOf are the least and the greatest value of an integral type.
func rangeOf(t types.DataType) (least, greatest int64, ok bool) {
	switch t {
	case types.Byte:
		return math.MinInt8, math.MaxInt8, true
	case types.Short:
		return math.MinInt16, math.MaxInt16, true
	case types.Integer:
		return math.MinInt32, math.MaxInt32, true
	case types.Long:
		return math.MinInt64, math.MaxInt64, true
	}
	return 0, 0, false
}

// compareCast translates comparisons of casts of dates, timestamps and whole numbers.
func (t translator) compareCast(c typed.Cast, name string, literal typed.Literal) source.Predicate {
	least, greatest, narrow := rangeOf(c.To)
	value, isInteger := constant.Integer(literal)
	switch {
	case !types.IsIntegral(c.Child.Type()):
		return t.compareTime(c, name, literal)
	case c.To == types.String:
		return t.compareDigits(c, name, literal)
	case !narrow || !isInteger:
		return nil
	}
	p := t.compareWhole(c.Child, name, big.NewInt(value))
	if c.Try {
		return p
	}
	// What does not fit is an error, or wraps around.
	return either(p, either(t.compareWhole(c.Child, ">", big.NewInt(greatest)), t.compareWhole(c.Child, "<", big.NewInt(least))))
}

// compareDigits translates a whole number that equals one written as text.
func (t translator) compareDigits(c typed.Cast, name string, literal typed.Literal) source.Predicate {
	text, isText := literal.Value.(string)
	if !isText || operators[name] != source.Equal {
		return nil
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && strconv.FormatInt(n, 10) == text {
		return t.compareWhole(c.Child, name, big.NewInt(n))
	}
	return nothing
}

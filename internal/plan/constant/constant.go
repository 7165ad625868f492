// Package constant computes expressions without columns as far as that takes no engine and no time zone: literals, signs, sums and
// products of whole numbers, and casts that lose nothing.
package constant

import (
	"math/big"

	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
)

// Fold returns the value of an expression; false where it is no constant, or one that is left to the engine. The value has
// the type of the expression.
func Fold(e typed.Expression) (typed.Literal, bool) {
	switch e := e.(type) {
	case typed.Literal:
		return e, true
	case typed.Cast:
		child, ok := Fold(e.Child)
		if !ok {
			return child, false
		}
		if child.Value == nil {
			return typed.Literal{DataType: e.To}, true
		}
		value, ok := convert(child, e.To)
		return typed.Literal{Value: value, DataType: e.To}, ok
	case typed.Call:
		return foldCall(e)
	}
	return typed.Literal{}, false
}

func foldCall(c typed.Call) (typed.Literal, bool) {
	args := make([]typed.Literal, len(c.Args))
	for i, a := range c.Args {
		var ok bool
		if args[i], ok = Fold(a); !ok {
			return typed.Literal{}, false
		}
	}
	if c.Name == "negative" || c.Name == "-" && len(args) == 1 {
		return negated(args[0])
	}
	if len(args) != 2 || !types.IsIntegral(c.DataType) {
		return typed.Literal{}, false
	}
	x, okX := Integer(args[0])
	y, okY := Integer(args[1])
	if !okX || !okY {
		return typed.Literal{}, false
	}
	a, b := big.NewInt(x), big.NewInt(y)
	switch c.Name {
	case "+":
		a.Add(a, b)
	case "-":
		a.Sub(a, b)
	case "*":
		a.Mul(a, b)
	default:
		return typed.Literal{}, false
	}
	if !a.IsInt64() || !fits(a.Int64(), c.DataType) {
		return typed.Literal{}, false // The engine says what happens then.
	}
	return typed.Literal{Value: integerOf(a.Int64(), c.DataType), DataType: c.DataType}, true
}

func negated(l typed.Literal) (typed.Literal, bool) {
	switch v := l.Value.(type) {
	case int8, int16, int32, int64:
		n, _ := Integer(l)
		l.Value = integerOf(-n, l.DataType)
		again, _ := Integer(l)
		return l, n == 0 || again == -n && again != n
	case float32:
		l.Value = -v
	case float64:
		l.Value = -v
	case types.DecimalValue:
		l.Value = types.DecimalValue{Unscaled: new(big.Int).Neg(v.Unscaled), Scale: v.Scale}
	default:
		return l, v == nil
	}
	return l, true
}

// Integer returns the value of a literal that holds a whole number, of whatever integral type.
func Integer(l typed.Literal) (int64, bool) {
	switch v := l.Value.(type) {
	case int8:
		return int64(v), true
	case int16:
		return int64(v), true
	case int32:
		return int64(v), true
	case int64:
		return v, true
	}
	return 0, false
}

package analyzer

import (
	"math/big"
	"strconv"
	"strings"

	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
)

// fold computes the constant expressions that stand where Spark wants a number known in advance: literals, signs, sums and
// casts between integer types.
func fold(e typed.Expression) (typed.Literal, bool) {
	switch e := e.(type) {
	case typed.Literal:
		return e, true
	case typed.Cast:
		child, ok := fold(e.Child)
		if !ok {
			return child, false
		}
		if child.Value == nil {
			return typed.Literal{DataType: e.To}, true
		}
		n, isInteger := integer(child)
		if !isInteger || !types.IsIntegral(e.To) {
			return child, false
		}
		return integerLiteral(n, e.To)
	case typed.Call:
		return foldCall(e)
	}
	return typed.Literal{}, false
}

func foldCall(c typed.Call) (typed.Literal, bool) {
	args := make([]typed.Literal, len(c.Args))
	for i, a := range c.Args {
		var ok bool
		if args[i], ok = fold(a); !ok {
			return typed.Literal{}, false
		}
	}
	if c.Name == "negative" || c.Name == "-" && len(args) == 1 {
		return negated(args[0])
	}
	if len(args) != 2 || !types.IsIntegral(c.DataType) {
		return typed.Literal{}, false
	}
	x, okX := integer(args[0])
	y, okY := integer(args[1])
	if !okX || !okY {
		return typed.Literal{}, false
	}
	switch c.Name {
	case "+":
		return integerLiteral(x+y, c.DataType)
	case "-":
		return integerLiteral(x-y, c.DataType)
	case "*":
		return integerLiteral(x*y, c.DataType)
	}
	return typed.Literal{}, false
}

func negated(l typed.Literal) (typed.Literal, bool) {
	switch v := l.Value.(type) {
	case int8:
		l.Value = -v
	case int16:
		l.Value = -v
	case int32:
		l.Value = -v
	case int64:
		l.Value = -v
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

// integer returns the value of a literal that holds a whole number, of whatever type.
func integer(l typed.Literal) (int64, bool) {
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

func integerLiteral(n int64, t types.DataType) (typed.Literal, bool) {
	l := typed.Literal{DataType: t}
	fits := true
	switch t {
	case types.Byte:
		l.Value, fits = int8(n), int64(int8(n)) == n
	case types.Short:
		l.Value, fits = int16(n), int64(int16(n)) == n
	case types.Integer:
		l.Value, fits = int32(n), int64(int32(n)) == n
	case types.Long:
		l.Value = n
	default:
		return l, false
	}
	return l, fits
}

// javaDouble writes a number as Java prints doubles of ordinary size.
func javaDouble(f float64) string {
	text := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}

func longLiteral(n int64) typed.Literal { return typed.Literal{Value: n, DataType: types.Long} }

func intLiteral(n int32) typed.Literal { return typed.Literal{Value: n, DataType: types.Integer} }

package function

import (
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/hfspark/hfspark/internal/plan/types"
)

// numberScalars read and write numbers as Spark does.
var numberScalars = []UDF{
	{Name: "java_double", Params: []string{"DOUBLE"}, Result: "VARCHAR", Eval: func(a []any) (any, error) { return JavaDouble(a[0].(float64)), nil }},
	{Name: "java_float", Params: []string{"FLOAT"}, Result: "VARCHAR", Eval: func(a []any) (any, error) { return JavaFloat(a[0].(float32)), nil }},
	{Name: "bytes_to_text", Params: []string{"BLOB"}, Result: "VARCHAR", Eval: func(a []any) (any, error) { return validUTF8(a[0].([]byte)), nil }},
	{Name: "text_to_long", Params: []string{"VARCHAR", "BOOLEAN"}, Result: "BIGINT", Eval: func(a []any) (any, error) {
		return orNull(textToLong(a[0].(string), a[1].(bool)))
	}},
	{Name: "text_to_double", Params: []string{"VARCHAR"}, Result: "DOUBLE", Eval: func(a []any) (any, error) {
		return orNull(textToFloat(a[0].(string), 64))
	}},
	{Name: "text_to_float", Params: []string{"VARCHAR"}, Result: "FLOAT", Eval: func(a []any) (any, error) {
		v, ok := textToFloat(a[0].(string), 32)
		return orNull(float32(v), ok)
	}},
	{Name: "text_to_boolean", Params: []string{"VARCHAR"}, Result: "BOOLEAN", Eval: func(a []any) (any, error) {
		switch strings.ToLower(trimmed(a[0].(string))) {
		case "t", "true", "y", "yes", "1":
			return true, nil
		case "f", "false", "n", "no", "0":
			return false, nil
		}
		return nil, nil
	}},
	{Name: "text_to_decimal", Params: []string{"VARCHAR", "INTEGER"}, Result: "VARCHAR", Eval: func(a []any) (any, error) {
		return orNull(textToDecimal(a[0].(string), int(a[1].(int32))))
	}},
	{Name: "double_to_decimal", Params: []string{"DOUBLE", "INTEGER"}, Result: "VARCHAR", Eval: func(a []any) (any, error) {
		return floatToDecimal(a[0].(float64), JavaDouble(a[0].(float64)), int(a[1].(int32)))
	}},
	{Name: "double_plain", Params: []string{"DOUBLE"}, Result: "VARCHAR", Eval: func(a []any) (any, error) { return plainDouble(a[0].(float64)), nil }},
	{Name: "float_to_decimal", Params: []string{"FLOAT", "INTEGER"}, Result: "VARCHAR", Eval: func(a []any) (any, error) {
		// Spark goes by the double.
		wide := float64(a[0].(float32))
		return floatToDecimal(wide, JavaDouble(wide), int(a[1].(int32)))
	}},
	{Name: "decimal_exact", Params: []string{"VARCHAR", "VARCHAR", "VARCHAR", "INTEGER"}, Result: "VARCHAR", Eval: func(a []any) (any, error) {
		return orNull(decimalExact(a[0].(string), a[1].(string), a[2].(string), int(a[3].(int32))))
	}},
}

// orNull makes a null of a value that is not ok.
func orNull[T any](v T, ok bool) (any, error) {
	if !ok {
		return nil, nil
	}
	return v, nil
}

func floatToDecimal(v float64, text string, scale int) (any, error) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil, nil
	}
	return orNull(textToDecimal(text, scale))
}

// plainDouble writes a number in digits alone, without exponent and without zeros at the end.
func plainDouble(v float64) string {
	text := JavaDouble(v)
	if strings.Contains(text, "E") {
		text = strconv.FormatFloat(v, 'f', -1, 64)
	}
	return text
}

// decimalExact computes a operator b and rounds the result, half up, to scale digits; "div" is the whole quotient.
func decimalExact(operator, a, b string, scale int) (string, bool) {
	x, y := parsePlain(a), parsePlain(b)
	common := max(x.Scale, y.Scale)
	switch operator {
	case "*":
		return plainDecimal(rescale(new(big.Int).Mul(x.Unscaled, y.Unscaled), x.Scale+y.Scale, scale), scale), true
	case "/":
		if y.Unscaled.Sign() == 0 {
			return "", false
		}
		// (x / 10^xs) / (y / 10^ys) = x·10^(ys+scale) / (y·10^xs) / 10^scale
		numerator := new(big.Int).Mul(x.Unscaled, powerOfTen(y.Scale+scale))
		return plainDecimal(divideHalfUp(numerator, new(big.Int).Mul(y.Unscaled, powerOfTen(x.Scale))), scale), true
	}
	l, r := rescale(x.Unscaled, x.Scale, common), rescale(y.Unscaled, y.Scale, common)
	result := new(big.Int)
	switch operator {
	case "+":
		result.Add(l, r)
	case "-":
		result.Sub(l, r)
	case "div", "%", "pmod":
		if r.Sign() == 0 {
			return "", false
		}
		quotient, remainder := new(big.Int).QuoRem(l, r, new(big.Int))
		if operator == "div" {
			return quotient.String(), true
		}
		if operator == "pmod" && remainder.Sign() < 0 {
			remainder.Rem(remainder.Add(remainder, r), r)
		}
		result = remainder
	}
	return plainDecimal(rescale(result, common, scale), scale), true
}

// parsePlain reads the digits that DuckDB prints for a decimal or an integer.
func parsePlain(s string) types.DecimalValue {
	whole, fraction, _ := strings.Cut(s, ".")
	unscaled, ok := new(big.Int).SetString(whole+fraction, 10)
	if !ok {
		unscaled = new(big.Int)
	}
	return types.DecimalValue{Unscaled: unscaled, Scale: len(fraction)}
}

func plainDecimal(unscaled *big.Int, scale int) string {
	return types.DecimalValue{Unscaled: unscaled, Scale: scale}.String()
}

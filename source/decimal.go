package source

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
)

// parseDecimal reads a number as a decimal of the type, exactly: digits that it has no room for are an error.
func parseDecimal(text string, t *arrow.Decimal128Type) (decimal128.Num, error) {
	wrong := fmt.Errorf("expected a decimal(%d, %d), found %q", t.Precision, t.Scale, text)
	mantissa := text
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		exponent, err := strconv.Atoi(text[i+1:])
		if err != nil || exponent < -100 || exponent > 100 {
			return decimal128.Num{}, wrong
		}
		mantissa = text[:i]
	}
	if len(text) > 200 || strings.Trim(mantissa, "+-.0123456789") != "" {
		return decimal128.Num{}, wrong
	}
	value, ok := new(big.Rat).SetString(text)
	if !ok {
		return decimal128.Num{}, wrong
	}
	power := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(t.Scale, -t.Scale))), nil)
	factor := new(big.Rat).SetInt(power)
	if t.Scale < 0 {
		factor.Inv(factor)
	}
	value.Mul(value, factor)
	limit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(t.Precision)), nil)
	if !value.IsInt() || value.Num().CmpAbs(limit) >= 0 {
		return decimal128.Num{}, wrong
	}
	return decimal128.FromBigInt(value.Num()), nil
}

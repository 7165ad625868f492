package sparkerror

import "strconv"

// maxPrecision is how many digits a decimal may have, as in Spark's DecimalType.MAX_PRECISION.
const maxPrecision = 38

// BadDecimal says why there is no decimal type of that many digits, scale of them behind the point; nil where there is one. The
// conditions and classes are those of Spark's DecimalType. Spark has types without digits, and with a scale below zero by a
// setting; those are refused.
func BadDecimal(precision, scale int) *Error {
	switch {
	case precision > maxPrecision && scale <= precision:
		return New(ArithmeticException, "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION", "22003",
			"Decimal precision %d exceeds max precision %d.", precision, maxPrecision).
			With("precision", strconv.Itoa(precision), "maxPrecision", strconv.Itoa(maxPrecision))
	case scale > precision:
		return New(AnalysisException, "DECIMAL_SCALE_EXCEEDS_PRECISION", "22003",
			"Decimal scale (%d) cannot be greater than precision (%d).", scale, precision).
			With("scale", strconv.Itoa(scale), "precision", strconv.Itoa(precision))
	case precision < 1, scale < 0:
		return Unsupported("the type DECIMAL("+strconv.Itoa(precision)+","+strconv.Itoa(scale)+")", "A decimal has 1 to 38 digits, and a scale from 0 on.")
	}
	return nil
}

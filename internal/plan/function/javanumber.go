package function

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"
)

// JavaDouble writes a number as Java's Double.toString does: 1.0, 1.0E10, NaN, Infinity.
func JavaDouble(v float64) string { return javaFloating(v, 64) }

// JavaFloat writes a number as Java's Float.toString does.
func JavaFloat(v float32) string { return javaFloating(float64(v), 32) }

func javaFloating(v float64, size int) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return floatText(v, size)
	}
	if magnitude := math.Abs(v); magnitude == 0 || magnitude >= 1e-3 && magnitude < 1e7 {
		plain := strconv.FormatFloat(v, 'f', -1, size)
		if !strings.Contains(plain, ".") {
			plain += ".0"
		}
		return plain
	}
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(v, 'e', -1, size), "e")
	if !strings.Contains(mantissa, ".") {
		// Java writes two digits at least, and those that are nearest.
		mantissa, exponent, _ = strings.Cut(strconv.FormatFloat(v, 'e', 1, size), "e")
	}
	power, err := strconv.Atoi(exponent)
	if err != nil {
		return mantissa
	}
	return mantissa + "E" + strconv.Itoa(power)
}

// trimmed cuts what Spark's casts take for blanks off both ends: spaces and control characters.
func trimmed(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7f })
}

// textToLong reads an integer; where exact is false, digits after a point are passed over. ok is false for anything else.
func textToLong(s string, exact bool) (int64, bool) {
	s = trimmed(s)
	if !exact {
		whole, fraction, found := strings.Cut(s, ".")
		if found && strings.Trim(fraction, "0123456789") != "" {
			return 0, false
		}
		if found && (whole == "" || whole == "-" || whole == "+") {
			return 0, fraction != "" || whole == "" && false
		}
		s = whole
	}
	if s == "" || strings.Contains(s, "_") {
		return 0, false
	}
	v, err := strconv.ParseInt(s, 10, 64)
	return v, err == nil
}

// textToFloat reads a floating-point number of 32 or 64 bits, in the forms of Java's parser.
func textToFloat(s string, size int) (float64, bool) {
	s = trimmed(s)
	lower := strings.ToLower(s)
	switch strings.TrimLeft(lower, "+-") {
	case "inf", "infinity":
		if len(lower)-len(strings.TrimLeft(lower, "+-")) > 1 {
			return 0, false
		}
		if strings.HasPrefix(lower, "-") {
			return math.Inf(-1), true
		}
		return math.Inf(1), true
	case "nan":
		return math.NaN(), lower == "nan"
	}
	if n := len(lower); n > 1 && strings.ContainsRune("df", rune(lower[n-1])) && !strings.HasPrefix(strings.TrimLeft(lower, "+-"), "0x") {
		lower = lower[:n-1]
	}
	if strings.Trim(lower, "0123456789.e+-") != "" {
		return 0, false
	}
	v, err := strconv.ParseFloat(lower, size)
	if err != nil && !math.IsInf(v, 0) {
		return 0, false
	}
	return v, true
}

// textToDecimal reads a decimal number and rounds it, half up, to scale digits after the point.
func textToDecimal(s string, scale int) (string, bool) {
	s = strings.ToLower(trimmed(s))
	mantissa, exponent, scientific := strings.Cut(s, "e")
	power := 0
	if scientific {
		p, err := strconv.Atoi(exponent)
		if err != nil || p > 400 || p < -4000 {
			return "", false
		}
		power = p
	}
	negative := strings.HasPrefix(mantissa, "-")
	if negative || strings.HasPrefix(mantissa, "+") {
		mantissa = mantissa[1:]
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := whole + fraction
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return "", false
	}
	unscaled, ok := new(big.Int).SetString(digits, 10)
	if !ok {
		return "", false
	}
	if negative {
		unscaled.Neg(unscaled)
	}
	return plainDecimal(rescale(unscaled, len(fraction)-power, scale), scale), true
}

// rescale brings unscaled × 10^-from to 10^-to, rounding half up (away from zero).
func rescale(unscaled *big.Int, from, to int) *big.Int {
	if to >= from {
		return new(big.Int).Mul(unscaled, powerOfTen(to-from))
	}
	return divideHalfUp(unscaled, powerOfTen(from-to))
}

func divideHalfUp(a, b *big.Int) *big.Int {
	quotient, remainder := new(big.Int).QuoRem(a, b, new(big.Int))
	if remainder.Abs(remainder).Lsh(remainder, 1).CmpAbs(b) >= 0 {
		if a.Sign()*b.Sign() < 0 {
			quotient.Sub(quotient, big.NewInt(1))
		} else {
			quotient.Add(quotient, big.NewInt(1))
		}
	}
	return quotient
}

func powerOfTen(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// validUTF8 is s, with what is not UTF-8 replaced as Java replaces it.
func validUTF8(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	return strings.ToValidUTF8(string(b), "\uFFFD")
}

package sqltext

import (
	"encoding/hex"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// stringLiteral takes one string.
func (p *parser) stringLiteral() (string, error) {
	t := p.peek()
	if t.kind != tokenString {
		return "", p.unexpected()
	}
	p.take()
	return unquote(t.text), nil
}

// strings takes one or more strings, which stand for their concatenation.
func (p *parser) strings() string {
	var b strings.Builder
	for p.peek().kind == tokenString {
		b.WriteString(unquote(p.take().text))
	}
	return b.String()
}

// unquote is the value of a string literal: quotes taken off, a doubled quote made single, escapes resolved unless it is raw.
func unquote(literal string) string {
	if literal[0] == 'r' || literal[0] == 'R' {
		return literal[2 : len(literal)-1]
	}
	quote := rune(literal[0])
	runes := []rune(literal[1 : len(literal)-1])
	var b strings.Builder
	for i := 0; i < len(runes); i++ {
		r := runes[i]
		if r == quote {
			i++ // the second of a pair
		}
		if r != '\\' || i+1 == len(runes) {
			b.WriteRune(r)
			continue
		}
		value, length := escape(runes[i+1:])
		b.WriteString(value)
		i += length
	}
	return b.String()
}

// escape resolves what follows a backslash and tells how many characters that are.
func escape(runes []rune) (string, int) {
	switch r := runes[0]; r {
	case 'u':
		if v, ok := digits(runes[1:], 4, 16); ok {
			return codePoint(v), 5
		}
	case 'U':
		if v, ok := digits(runes[1:], 8, 16); ok {
			return codePoint(v), 9
		}
	case '0', '1':
		if v, ok := digits(runes, 3, 8); ok {
			return string(rune(v)), 3
		}
		if r == '0' {
			return "\x00", 1
		}
	case 'b':
		return "\b", 1
	case 'n':
		return "\n", 1
	case 'r':
		return "\r", 1
	case 't':
		return "\t", 1
	case 'Z':
		return "\x1A", 1
	case '%', '_':
		return `\` + string(r), 1 // kept for LIKE
	}
	return string(runes[0]), 1
}

func digits(runes []rune, n, base int) (int64, bool) {
	if len(runes) < n {
		return 0, false
	}
	v, err := strconv.ParseUint(string(runes[:n]), base, 32)
	return int64(v), err == nil
}

func codePoint(v int64) string {
	if v > 0x10FFFF {
		return "\uFFFD"
	}
	return string(rune(v))
}

// number takes a numeric literal; negative tells that a minus sign, which belongs to it, was taken before.
func (p *parser) number(negative bool) (plan.Expression, error) {
	first := p.peek()
	if negative {
		first = p.previous()
	}
	t := p.take()
	sign := ""
	if negative {
		sign = "-"
	}
	switch t.kind {
	case tokenInteger:
		return p.plainInteger(first, t, sign+t.text)
	case tokenLong:
		return p.sized(first, t, sign, 64, types.Long)
	case tokenShort:
		return p.sized(first, t, sign, 16, types.Short)
	case tokenByte:
		return p.sized(first, t, sign, 8, types.Byte)
	case tokenDecimal:
		return p.decimal(first, t, sign+t.text)
	case tokenBigDecimal:
		return p.decimal(first, t, sign+t.text[:len(t.text)-2])
	case tokenFloat:
		return p.floating(first, t, sign+t.text[:len(t.text)-1], types.Float)
	case tokenDouble:
		return p.floating(first, t, sign+t.text[:len(t.text)-1], types.Double)
	}
	return p.floating(first, t, sign+t.text, types.Double)
}

func isNumber(t token) bool { return t.kind >= tokenInteger && t.kind <= tokenBigDecimal }

// plainInteger is an int, a bigint where that is too small, and else a decimal.
func (p *parser) plainInteger(first, last token, text string) (plan.Expression, error) {
	if v, err := strconv.ParseInt(text, 10, 64); err == nil {
		if v >= math.MinInt32 && v <= math.MaxInt32 {
			return plan.Literal{Value: int32(v), Type: types.Integer}, nil
		}
		return plan.Literal{Value: v, Type: types.Long}, nil
	}
	return p.decimal(first, last, text)
}

func (p *parser) sized(first, last token, sign string, bits int, t types.Atomic) (plan.Expression, error) {
	text := sign + last.text[:len(last.text)-1]
	v, err := strconv.ParseInt(text, 10, bits)
	if err != nil {
		least := -int64(1) << (bits - 1)
		return nil, p.outOfRange(first, last, text, t.SimpleString(), strconv.FormatInt(least, 10), strconv.FormatInt(-(least+1), 10))
	}
	switch bits {
	case 8:
		return plan.Literal{Value: int8(v), Type: t}, nil
	case 16:
		return plan.Literal{Value: int16(v), Type: t}, nil
	}
	return plan.Literal{Value: v, Type: t}, nil
}

func (p *parser) outOfRange(first, last token, text, typeName, least, greatest string) error {
	return p.failSpan(first, last, "INVALID_NUMERIC_LITERAL_RANGE", "22003",
		"Numeric literal %s is outside the valid range for %s with minimum value of %s and maximum value of %s. Please adjust the value accordingly.",
		text, typeName, least, greatest).
		With("rawStrippedQualifier", text, "typeName", typeName, "minValue", least, "maxValue", greatest)
}

func (p *parser) floating(first, last token, text string, t types.Atomic) (plan.Expression, error) {
	bits, least, greatest := 64, "-1.7976931348623157E+308", "1.7976931348623157E+308"
	if t == types.Float {
		bits, least, greatest = 32, "-3.4028234663852886E+38", "3.4028234663852886E+38"
	}
	v, err := strconv.ParseFloat(text, bits)
	if err != nil {
		return nil, p.outOfRange(first, last, text, t.SimpleString(), least, greatest)
	}
	if bits == 32 {
		return plan.Literal{Value: float32(v), Type: t}, nil
	}
	return plan.Literal{Value: v, Type: t}, nil
}

// maxExponent bounds the exponent of a decimal literal, which has at most 38 digits anyway.
const maxExponent = 1000

// decimal reads digits, perhaps with a point and an exponent, as a decimal of just the precision and scale they show.
func (p *parser) decimal(first, last token, text string) (plan.Expression, error) {
	mantissa, exponent := strings.ToUpper(text), 0
	if i := strings.IndexByte(mantissa, 'E'); i >= 0 {
		e, err := strconv.Atoi(mantissa[i+1:])
		if err != nil || e > maxExponent || e < -maxExponent {
			return nil, p.tooPrecise(first, last, maxExponent)
		}
		mantissa, exponent = mantissa[:i], e
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	unscaled, ok := new(big.Int).SetString(whole+fraction, 10)
	if !ok {
		return nil, p.syntaxError(first, "")
	}
	scale := len(fraction) - exponent
	if scale < 0 {
		unscaled.Mul(unscaled, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(-scale)), nil))
		scale = 0
	}
	precision := max(len(new(big.Int).Abs(unscaled).String()), scale)
	if precision > 38 {
		return nil, p.tooPrecise(first, last, precision)
	}
	return plan.Literal{
		Value: types.DecimalValue{Unscaled: unscaled, Scale: scale},
		Type:  types.Decimal{Precision: precision, Scale: scale},
	}, nil
}

func (p *parser) tooPrecise(first, last token, precision int) error {
	e := p.failSpan(first, last, "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION", "22003", "Decimal precision %d exceeds max precision 38.", precision)
	e.Detail = ""
	return e.With("precision", strconv.Itoa(precision), "maxPrecision", "38")
}

// typedLiteral takes a word and a string, such as DATE '2020-01-31' and X'1F'.
func (p *parser) typedLiteral() (plan.Expression, error) {
	kind := p.take()
	t := p.peek()
	text, err := p.stringLiteral()
	if err != nil {
		return nil, err
	}
	invalid := func() error { return p.invalidTyped(kind, t, text) }
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "epoch", "now", "today", "tomorrow", "yesterday":
		if isOneOf(kind, "DATE", "TIMESTAMP", "TIMESTAMP_LTZ", "TIMESTAMP_NTZ") {
			return nil, p.refuse(t, kind.word+" '"+text+"'", "Use current_date(), now() and intervals.")
		}
	}
	switch kind.word {
	case "DATE":
		days, ok := parseDate(text)
		if !ok {
			return nil, invalid()
		}
		return plan.Literal{Value: days, Type: types.Date}, nil
	case "TIMESTAMP", "TIMESTAMP_LTZ":
		return p.timestampLiteral(text, invalid)
	case "TIMESTAMP_NTZ":
		ts, ok := parseTimestamp(text)
		if !ok || ts.zone != "" {
			return nil, invalid()
		}
		return plan.Literal{Value: ts.local, Type: types.TimestampNTZ}, nil
	case "TIME":
		micros, ok := parseTime(text)
		if !ok {
			return nil, invalid()
		}
		return plan.Literal{Value: micros, Type: types.Time}, nil
	case "INTERVAL":
		return p.intervalFromText(kind, t, text)
	case "X":
		padded := text
		if len(text)%2 == 1 {
			padded = "0" + text
		}
		value, err := hex.DecodeString(padded)
		if err != nil {
			return nil, invalid()
		}
		return plan.Literal{Value: value, Type: types.Binary}, nil
	}
	const supported = `"DATE", "TIMESTAMP_NTZ", "TIMESTAMP_LTZ", "TIMESTAMP", "INTERVAL", "X", "TIME"`
	name := `"` + strings.ToUpper(kind.text) + `"`
	return nil, p.failSpan(kind, t, "UNSUPPORTED_TYPED_LITERAL", "0A000",
		"Literals of the type %s are not supported. Supported types are %s.", name, supported).
		With("unsupportedType", name, "supportedTypes", supported)
}

// timestampLiteral is an instant where the text names a zone. Else the session's zone decides, which a cast applies.
func (p *parser) timestampLiteral(text string, invalid func() error) (plan.Expression, error) {
	ts, ok := parseTimestamp(text)
	if !ok {
		return nil, invalid()
	}
	if ts.zone == "" {
		return plan.Cast{
			Child: plan.Literal{Value: formatTimestamp(ts.local), Type: types.String}, To: types.Timestamp, Mode: plan.CastANSI,
		}, nil
	}
	instant, ok := ts.instant()
	if !ok {
		return nil, invalid()
	}
	return plan.Literal{Value: instant, Type: types.Timestamp}, nil
}

func (p *parser) invalidTyped(kind, value token, text string) *sparkerror.Error {
	name := `"` + kind.word + `"`
	return p.failSpan(kind, value, "INVALID_TYPED_LITERAL", "42604",
		"The value of the typed literal %s is invalid: '%s'.", name, text).With("valueType", name, "value", "'"+text+"'")
}

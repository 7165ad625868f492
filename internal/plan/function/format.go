package function

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// formatJava formats as Java's String.format. kinds has a letter for each value: i integers, m decimals, d floating-point
// numbers, b booleans, s anything else. Where the format does not suit its value the result is null.
func formatJava(format string, values []any, kinds string) (any, error) {
	var b strings.Builder
	next := 0
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			b.WriteByte(format[i])
			continue
		}
		directive, size, ok := parseDirective(format[i+1:])
		if !ok {
			return nil, nil
		}
		i += size
		switch directive.verb {
		case 'n':
			b.WriteByte('\n')
			continue
		case '%':
			b.WriteString(directive.pad("%"))
			continue
		}
		at := next
		if directive.index > 0 {
			at = directive.index - 1
		} else {
			next++
		}
		if at >= len(values) {
			return nil, nil
		}
		text, ok := directive.value(values[at], kinds[at])
		if !ok {
			return nil, nil
		}
		b.WriteString(text)
	}
	return b.String(), nil
}

// directive is one % of a format.
type directive struct {
	index     int
	flags     string
	width     int
	precision int // -1: not given
	verb      byte
}

func parseDirective(s string) (directive, int, bool) {
	d := directive{precision: -1}
	i := 0
	number := func() (int, bool) {
		start := i
		for i < len(s) && s[i] >= '0' && s[i] <= '9' {
			i++
		}
		n, err := strconv.Atoi(s[start:i])
		return n, err == nil
	}
	if n, ok := number(); ok && i < len(s) && s[i] == '$' {
		d.index = n
		i++
	} else {
		i = 0
	}
	for i < len(s) && strings.IndexByte("-#+ 0,(", s[i]) >= 0 {
		d.flags += string(s[i])
		i++
	}
	d.width, _ = number()
	if i < len(s) && s[i] == '.' {
		i++
		n, ok := number()
		if !ok {
			return d, 0, false
		}
		d.precision = n
	}
	if i >= len(s) {
		return d, 0, false
	}
	d.verb = s[i]
	return d, i + 1, true
}

func (d directive) has(flag string) bool { return strings.Contains(d.flags, flag) }

// pad brings text to the width.
func (d directive) pad(text string) string {
	missing := d.width - len([]rune(text))
	switch {
	case missing <= 0:
		return text
	case d.has("-"):
		return text + strings.Repeat(" ", missing)
	case d.has("0"):
		sign := 0
		if text != "" && strings.ContainsRune("+-", rune(text[0])) {
			sign = 1
		}
		return text[:sign] + strings.Repeat("0", missing) + text[sign:]
	}
	return strings.Repeat(" ", missing) + text
}

// value formats one value, which is a string or nil.
func (d directive) value(value any, kind byte) (string, bool) {
	text, there := value.(string)
	verb := d.verb | 0x20
	result, ok := "", true
	switch {
	case verb == 'b' && !there:
		result = "false"
	case verb == 'b' && kind != 'b':
		result = "true"
	case verb == 's', verb == 'b', verb == 'h', !there:
		if result = text; !there {
			result = "null"
		}
		if runes := []rune(result); d.precision >= 0 && d.precision < len(runes) {
			result = string(runes[:d.precision])
		}
	case verb == 'd':
		result, ok = text, kind == 'i'
		result = d.signed(result)
	case verb == 'x' || verb == 'o':
		n, err := strconv.ParseInt(text, 10, 64)
		base := map[byte]int{'x': 16, 'o': 8}[verb]
		bits := uint64(n)
		if n < 0 && n >= -1<<31 {
			bits &= 1<<32 - 1
		}
		result, ok = strconv.FormatUint(bits, base), err == nil && kind == 'i'
	case verb == 'c':
		n, err := strconv.Atoi(text)
		if kind == 'i' && err == nil {
			result = string(rune(n))
		} else {
			result, ok = text, len([]rune(text)) == 1
		}
	case verb == 'f':
		result, ok = d.fixed(text, kind)
	case verb == 'e' || verb == 'g':
		number, err := strconv.ParseFloat(text, 64)
		precision := d.precision
		if precision < 0 {
			precision = 6
		}
		result, ok = d.signed(strconv.FormatFloat(number, 'e', precision, 64)), err == nil && (kind == 'd' || kind == 'm')
	default:
		return "", false
	}
	if d.verb < 'a' {
		result = strings.ToUpper(result)
	}
	return d.pad(result), ok
}

func (d directive) fixed(text string, kind byte) (string, bool) {
	if kind != 'd' && kind != 'm' {
		return "", false
	}
	if strings.HasSuffix(text, "NaN") || strings.HasSuffix(text, "Infinity") {
		return text, true
	}
	precision := d.precision
	if precision < 0 {
		precision = 6
	}
	rounded, ok := textToDecimal(text, precision)
	return d.signed(rounded), ok
}

// signed adds the flags' signs and separators to a plain number.
func (d directive) signed(number string) string {
	digits := strings.TrimPrefix(number, "-")
	negative := digits != number
	if d.has(",") {
		digits = grouped(digits)
	}
	switch {
	case negative && d.has("("):
		return "(" + digits + ")"
	case negative:
		return "-" + digits
	case d.has("+"):
		return "+" + digits
	case d.has(" "):
		return " " + digits
	}
	return digits
}

// grouped puts a comma between each three digits of the whole part.
func grouped(number string) string {
	whole, fraction, found := strings.Cut(number, ".")
	var b strings.Builder
	for i, c := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(c)
	}
	if found {
		b.WriteString("." + fraction)
	}
	return b.String()
}

// formatDecimal formats a number by a pattern of Java's DecimalFormat, such as #,##0.00, rounding half to even.
func formatDecimal(text, pattern string) any {
	switch text {
	case "NaN":
		return "\uFFFD"
	case "Infinity":
		return "∞"
	case "-Infinity":
		return "-∞"
	}
	whole, fraction, _ := strings.Cut(pattern, ".")
	least, most := strings.Count(fraction, "0"), strings.Count(fraction, "0")+strings.Count(fraction, "#")
	value, ok := parseExact(text)
	if !ok {
		return nil
	}
	negative := value.Sign() < 0
	digits := roundHalfEven(value.Abs(value), most)
	head, tail, _ := strings.Cut(digits, ".")
	for len(tail) > least && strings.HasSuffix(tail, "0") {
		tail = tail[:len(tail)-1]
	}
	head = strings.TrimLeft(head, "0")
	for len(head) < strings.Count(whole, "0") {
		head = "0" + head
	}
	if strings.Contains(whole, ",") {
		head = grouped(head)
	}
	result := head
	if tail != "" {
		result += "." + tail
	}
	if result == "" {
		result = "0"
	}
	if negative && strings.Trim(result, "0.,") != "" || negative {
		result = "-" + result
	}
	return result
}

func parseExact(text string) (*big.Rat, bool) { return new(big.Rat).SetString(text) }

// roundHalfEven writes a number that is not negative with places digits after the point.
func roundHalfEven(value *big.Rat, places int) string {
	scaled := new(big.Int).Mul(value.Num(), powerOfTen(places))
	quotient, remainder := new(big.Int).QuoRem(scaled, value.Denom(), new(big.Int))
	switch remainder.Lsh(remainder, 1).Cmp(value.Denom()) {
	case 1:
		quotient.Add(quotient, big.NewInt(1))
	case 0:
		quotient.Add(quotient, big.NewInt(int64(quotient.Bit(0))))
	}
	if places == 0 {
		return quotient.String()
	}
	return fmt.Sprint(plainDecimal(quotient, places))
}

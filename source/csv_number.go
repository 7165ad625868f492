package source

import (
	"math"
	"strconv"
)

// How pandas reads numbers (pandas, _libs/src/parser/tokenizer.c): str_to_int64 and precise_xstrtod. The latter is fast and not
// always correctly rounded; it is imitated so that values equal those of Python to the last bit.

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

func trimSpace(text []byte) []byte {
	for len(text) > 0 && isSpace(text[0]) {
		text = text[1:]
	}
	for len(text) > 0 && isSpace(text[len(text)-1]) {
		text = text[:len(text)-1]
	}
	return text
}

// integer reads an integer of any size that fits 64 bits with or without a sign. kind is wholeNone when the text is none.
type wholeKind int

const (
	wholeNone  wholeKind = iota
	wholeInt             // value holds it
	wholeLarge           // it needs 64 unsigned bits; value holds them
	wholeHuge            // it does not fit 64 bits
)

func integer(text []byte, thousands byte) (value uint64, kind wholeKind) {
	text = trimSpace(text)
	negative := false
	if len(text) > 0 && (text[0] == '-' || text[0] == '+') {
		negative = text[0] == '-'
		text = text[1:]
	}
	if len(text) == 0 || text[0] < '0' || text[0] > '9' {
		return 0, wholeNone
	}
	huge := false
	for _, c := range text {
		if c == thousands && thousands != 0 {
			continue
		}
		d := c - '0'
		if d > 9 {
			return 0, wholeNone
		}
		if value > (math.MaxUint64-uint64(d))/10 {
			huge = true
		}
		value = value*10 + uint64(d)
	}
	switch {
	case huge:
		return 0, wholeHuge
	case negative && value <= 1<<63:
		return -value, wholeInt
	case negative:
		return 0, wholeHuge
	case value > math.MaxInt64:
		return value, wholeLarge
	}
	return value, wholeInt
}

var powersOfTen = func() (out [309]float64) {
	for i := range out {
		out[i], _ = strconv.ParseFloat("1e"+strconv.Itoa(i), 64)
	}
	return out
}()

// float reads a floating point number as pandas does.
func float(text []byte, o *csvOptions) (float64, bool) {
	text = trimSpace(text)
	if len(text) == 0 {
		return 0, false
	}
	if f, ok := infinity(text); ok {
		return f, true
	}
	const maxDigits = 17
	p := 0
	negative := text[0] == '-'
	if negative || text[0] == '+' {
		p++
	}
	var number float64
	exponent, digits, decimals := 0, 0, 0
	for ; p < len(text); p++ {
		c := text[p]
		if c == o.thousands && o.thousands != 0 && digits > 0 {
			continue
		}
		if c < '0' || c > '9' {
			break
		}
		if digits < maxDigits {
			number = float64(number*10) + float64(c-'0') // The conversion keeps compilers from fusing the two operations.
			digits++
		} else {
			exponent++
		}
	}
	if p < len(text) && text[p] == o.decimal {
		for p++; p < len(text) && text[p] >= '0' && text[p] <= '9'; p++ {
			if digits < maxDigits {
				number = float64(number*10) + float64(text[p]-'0')
				digits++
				decimals++
			}
		}
		exponent -= decimals
	}
	if digits == 0 {
		return 0, false
	}
	if negative {
		number = -number
	}
	if p < len(text) && (text[p] == 'e' || text[p] == 'E') {
		n, end, ok := exponentOf(text, p+1)
		if !ok {
			return 0, false
		}
		exponent += n
		p = end
	}
	if p != len(text) {
		return 0, false
	}
	if o.roundTrip {
		return roundTrip(text, o)
	}
	return scale(number, exponent), true
}

func exponentOf(text []byte, p int) (n, end int, ok bool) {
	negative := false
	if p < len(text) && (text[p] == '-' || text[p] == '+') {
		negative = text[p] == '-'
		p++
	}
	start := p
	for ; p < len(text) && text[p] >= '0' && text[p] <= '9'; p++ {
		if n < 1<<20 {
			n = n*10 + int(text[p]-'0')
		}
	}
	if negative {
		n = -n
	}
	return n, p, p > start
}

func scale(number float64, exponent int) float64 {
	switch {
	case exponent > 308:
		if number == 0 {
			return number
		}
		return math.Inf(int(math.Copysign(1, number)))
	case exponent > 0:
		return number * powersOfTen[exponent]
	case exponent < -308:
		if exponent < -616 {
			return math.Copysign(0, number)
		}
		return number / powersOfTen[-308-exponent] / powersOfTen[308]
	}
	return number / powersOfTen[-exponent]
}

// roundTrip reads a number to the nearest double.
func roundTrip(text []byte, o *csvOptions) (float64, bool) {
	plain := make([]byte, 0, len(text))
	for _, c := range text {
		switch {
		case c == o.thousands && o.thousands != 0:
		case c == o.decimal:
			plain = append(plain, '.')
		default:
			plain = append(plain, c)
		}
	}
	f, err := strconv.ParseFloat(string(plain), 64)
	if err != nil && !math.IsInf(f, 0) {
		return 0, false
	}
	return f, true
}

func infinity(text []byte) (float64, bool) {
	sign := 1
	if text[0] == '-' || text[0] == '+' {
		if text[0] == '-' {
			sign = -1
		}
		text = text[1:]
	}
	if len(text) != 3 && len(text) != 8 {
		return 0, false
	}
	lower := make([]byte, len(text))
	for i, c := range text {
		lower[i] = c | 0x20
	}
	if s := string(lower); s == "inf" || s == "infinity" {
		return math.Inf(sign), true
	}
	return 0, false
}

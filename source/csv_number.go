package source

import (
	"math"
	"strconv"
)

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

// float reads a floating point number, rounded to the nearest double, as pandas does since its version 3.
func float(text []byte, o *csvOptions) (float64, bool) {
	if o.thousands == 0 && o.decimal == '.' {
		if f, ok := exactDecimal(text); ok {
			return f, true
		}
	}
	text = trimSpace(text)
	if len(text) == 0 {
		return 0, false
	}
	if f, ok := infinity(text); ok {
		return f, true
	}
	if o.thousands != 0 || o.decimal != '.' {
		text = plainNumber(text, o)
	}
	if len(text) == 0 || !isFloat(text) {
		return 0, false
	}
	f, err := strconv.ParseFloat(view(text), 64)
	return f, err == nil || math.IsInf(f, 0)
}

// isFloat checks the grammar: digits, a point, digits, an exponent.
func isFloat(text []byte) bool {
	p, digits := 0, 0
	if text[0] == '-' || text[0] == '+' {
		p++
	}
	run := func() int {
		start := p
		for p < len(text) && text[p] >= '0' && text[p] <= '9' {
			p++
		}
		return p - start
	}
	digits = run()
	if p < len(text) && text[p] == '.' {
		p++
		digits += run()
	}
	if digits == 0 {
		return false
	}
	if p < len(text) && text[p]|0x20 == 'e' {
		p++
		if p < len(text) && (text[p] == '-' || text[p] == '+') {
			p++
		}
		if run() == 0 {
			return false
		}
	}
	return p == len(text)
}

// plainNumber drops the separators of thousands and writes the decimal separator as a point.
func plainNumber(text []byte, o *csvOptions) []byte {
	out := make([]byte, 0, len(text))
	for _, c := range text {
		switch {
		case c == o.thousands && o.thousands != 0:
		case c == o.decimal:
			out = append(out, '.')
		case c == '.':
			out = append(out, '?') // A point that is no decimal separator makes it no number.
		default:
			out = append(out, c)
		}
	}
	return out
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

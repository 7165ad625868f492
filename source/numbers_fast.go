package source

import (
	"encoding/binary"
	"math/bits"
)

// powersOfTen are those that a double holds exactly.
var powersOfTen = [...]float64{
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
}

// exactDecimal reads digits with at most one point among them, and perhaps a sign before. It handles numbers of up to 15 digits:
// digits and power of ten are then both exact, so that one division rounds as it should. ok is false for all else.
func exactDecimal(text []byte) (f float64, ok bool) {
	i, negative := 0, false
	if len(text) > 0 && (text[0] == '-' || text[0] == '+') {
		negative = text[0] == '-'
		i = 1
	}
	if len(text)-i > 16 {
		return 0, false
	}
	var digits uint64
	n, point := 0, -1
	for ; i < len(text); i++ {
		c := text[i]
		switch {
		case c >= '0' && c <= '9':
			digits = digits*10 + uint64(c-'0')
			n++
		case c == '.' && point < 0:
			point = n
		default:
			return 0, false
		}
	}
	if n == 0 || n > 15 {
		return 0, false
	}
	f = float64(digits)
	if point >= 0 {
		f /= powersOfTen[n-point]
	}
	if negative {
		f = -f
	}
	return f, true
}

const (
	eachByte = 0x0101010101010101
	highBits = 0x8080808080808080
)

// plainText measures the text before the next quote, backslash or control character of a JSON string, and tells whether it is
// ASCII alone.
func plainText(data []byte) (n int, ascii bool) {
	var seen uint64
	for len(data)-n >= 8 {
		word := binary.LittleEndian.Uint64(data[n:])
		quote, slash := word^(eachByte*'"'), word^(eachByte*'\\')
		// The lowest bit that is set is at the first such byte; those above it may be wrong.
		stop := ((quote - eachByte) &^ quote) | ((slash - eachByte) &^ slash) | ((word - eachByte*0x20) &^ word)
		if stop &= highBits; stop != 0 {
			at := bits.TrailingZeros64(stop) / 8
			seen |= word & (1<<(8*at) - 1)
			return n + at, seen&highBits == 0
		}
		seen |= word
		n += 8
	}
	for ; n < len(data); n++ {
		c := data[n]
		if c == '"' || c == '\\' || c < 0x20 {
			break
		}
		seen |= uint64(c)
	}
	return n, seen&highBits == 0
}

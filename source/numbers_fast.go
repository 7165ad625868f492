package source

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/big"
	"math/bits"
	"unicode/utf8"
)

// powersOfTen are those that a double holds exactly.
var powersOfTen = [...]float64{
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
}

// decimalFloat is the double nearest to m times ten to the power e; ok is false when that takes a closer look.
func decimalFloat(m uint64, e int) (f float64, ok bool) {
	switch {
	case m == 0:
		return 0, true
	case m > 1<<53 || e < -22 || e > 22:
		return nearestFloat(m, e)
	case e < 0: // Both are exact, so that one division rounds as it should.
		return float64(m) / powersOfTen[-e], true
	}
	return float64(m) * powersOfTen[e], true
}

// mostPower bounds the powers of ten of which powersOfFive has the factor.
const mostPower = 40

// wideFloat is (high, low) times two to the power exponent. The highest bit of high is set.
type wideFloat struct {
	high, low uint64
	exponent  int
}

// powersOfFive are those from -mostPower to mostPower, cut off after 128 bits.
var powersOfFive = func() (out [2*mostPower + 1]wideFloat) {
	for i := range out {
		power := i - mostPower
		five := new(big.Int).Exp(big.NewInt(5), big.NewInt(int64(max(power, -power))), nil)
		shift := 128 - five.BitLen()
		if power < 0 {
			shift = 127 + five.BitLen()
			five.Quo(new(big.Int).Lsh(big.NewInt(1), uint(shift)), five)
		} else {
			five.Lsh(five, uint(shift))
		}
		low := new(big.Int).And(five, new(big.Int).SetUint64(math.MaxUint64))
		out[i] = wideFloat{new(big.Int).Rsh(five, 64).Uint64(), low.Uint64(), -shift}
	}
	return out
}()

// nearestFloat multiplies m by the first 128 bits of the power, as Eisel and Lemire do (Lemire, Number Parsing at a Gigabyte per Second,
// 2021). What was cut off adds less than two to the middle word of the product; where that could change how it is rounded, ok is false.
func nearestFloat(m uint64, e int) (f float64, ok bool) {
	if e < -mostPower || e > mostPower {
		return 0, false
	}
	power := &powersOfFive[e+mostPower]
	zeros := bits.LeadingZeros64(m)
	m <<= zeros
	high, middle := bits.Mul64(m, power.high)
	more, _ := bits.Mul64(m, power.low)
	middle, carry := bits.Add64(middle, more, 0)
	high += carry
	cut := 9 + int(high>>63) // of 63 or 64 bits, 54 are left
	rest := high & (1<<cut - 1)
	kept := high >> cut
	if middle >= math.MaxUint64-1 || kept&1 == 1 && rest == 0 && middle <= 1 {
		return 0, false
	}
	kept = (kept + 1) >> 1
	exponent := cut + 1 + 128 + power.exponent + e - zeros
	if kept == 1<<53 {
		kept >>= 1
		exponent++
	}
	return math.Float64frombits(uint64(exponent+52+1023)<<52 | kept&^(1<<52)), true
}

// exactDecimal reads digits with at most one point among them, and perhaps a sign before. ok is false for all else, and where that takes
// a closer look.
func exactDecimal(text []byte) (f float64, ok bool) {
	i, negative := 0, false
	if len(text) > 0 && (text[0] == '-' || text[0] == '+') {
		negative = text[0] == '-'
		i = 1
	}
	if len(text)-i > exactDigits+1 {
		return 0, false
	}
	var digits uint64
	n, point := 0, -1
	for ; i < len(text); i++ {
		c := text[i]
		switch {
		case c-'0' <= 9:
			digits = digits*10 + uint64(c-'0')
			n++
		case c == '.' && point < 0:
			point = n
		default:
			return 0, false
		}
	}
	if n == 0 || n > exactDigits {
		return 0, false
	}
	e := 0
	if point >= 0 {
		e = point - n
	}
	f, ok = decimalFloat(digits, e)
	if negative {
		f = -f
	}
	return f, ok
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

// nearEnd is how far the end of a string is looked for word by word, and farEnd how far at once then: bytes of a stretch in which there is
// an escape are looked at again.
const (
	nearEnd = 16
	farEnd  = 1 << 10
)

// stringEnd measures the text before the next quote or backslash.
func stringEnd(data []byte) (n int) {
	for n < nearEnd && len(data)-n >= 8 {
		word := binary.LittleEndian.Uint64(data[n:])
		quote, slash := word^(eachByte*'"'), word^(eachByte*'\\')
		stop := (((quote - eachByte) &^ quote) | ((slash - eachByte) &^ slash)) & highBits
		if stop != 0 {
			return n + bits.TrailingZeros64(stop)/8
		}
		n += 8
	}
	for far := 64; n < len(data); far = min(4*far, farEnd) {
		part := data[n:min(n+far, len(data))]
		quote := bytes.IndexByte(part, '"')
		if quote >= 0 {
			part = part[:quote]
		}
		if slash := bytes.IndexByte(part, '\\'); slash >= 0 {
			return n + slash
		}
		n += len(part)
		if quote >= 0 {
			return n
		}
	}
	return n
}

// plainLines says whether a text is UTF-8 and has no control characters but those that end lines.
func plainLines(data []byte) bool {
	controls, seen, i := 0, uint64(0), 0
	for ; len(data)-i >= 16; i += 16 {
		a, b := binary.LittleEndian.Uint64(data[i:]), binary.LittleEndian.Uint64(data[i+8:])
		seen |= a | b
		// What is not above 0x1F lacks the high bit after this. The bits of both words lie beside each other.
		a = (a&^highBits + eachByte*0x60 | a) & highBits
		b = (b&^highBits + eachByte*0x60 | b) & highBits
		if above := a | b>>1; above != highBits|highBits>>1 {
			controls += 16 - bits.OnesCount64(above)
		}
	}
	for ; i < len(data); i++ {
		seen |= uint64(data[i])
		if data[i] < 0x20 {
			controls++
		}
	}
	if controls > 0 {
		if controls -= bytes.Count(data, []byte{'\n'}); controls > 0 {
			controls -= bytes.Count(data, []byte("\r\n"))
		}
	}
	return controls == 0 && (seen&highBits == 0 || utf8.Valid(data))
}

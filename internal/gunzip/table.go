package gunzip

import "math/bits"

// An entry of a table says what a code means. Its low byte is how many bits to step over. Besides that it is one of these:
//
//   - a literal: isLiteral, and the byte in bits 16 to 23;
//   - a length or distance: its base in bits 16 to 30, and in bits 8 to 11 how many of the bits belong to the code, so that the extra bits
//     are the others;
//   - a pointer to a table for longer codes: isSpecial, isPointer, the place of that table in bits 16 to 30, and in bits 8 to 11 how many
//     bits choose from it;
//   - the end of the block: isSpecial, isEnd;
//   - isSpecial alone: no code begins so.
type entry = uint32

const (
	isLiteral entry = 1 << 31
	isSpecial entry = 1 << 15
	isPointer entry = 1 << 14
	isEnd     entry = 1 << 13
)

const (
	lengthBits   = 11 // of codes that the first table of literals and lengths tells by itself
	distanceBits = 9
	codeBits     = 7
	maxCode      = 15

	// Tables of 288 and of 32 codes, with those for longer codes, never have more entries (zlib, examples/enough.c).
	lengthEntries   = 2400
	distanceEntries = 600
)

var (
	lengthSymbols   = makeLengthSymbols()
	distanceSymbols = makeDistanceSymbols()
	codeSymbols     = makeCodeSymbols()
)

// symbolEntry makes the entry of a length or distance with so many extra bits; the bits of the code are added later.
func symbolEntry(base, extra int) entry { return entry(base)<<16 | entry(extra) }

func makeLengthSymbols() [288]entry {
	var out [288]entry
	for i := range 256 {
		out[i] = isLiteral | entry(i)<<16
	}
	out[256] = isSpecial | isEnd
	base := 3
	for i := range 28 {
		extra := max(0, i/4-1)
		out[257+i] = symbolEntry(base, extra)
		base += 1 << extra
	}
	out[285] = symbolEntry(258, 0)
	out[286], out[287] = isSpecial, isSpecial
	return out
}

func makeDistanceSymbols() [32]entry {
	var out [32]entry
	base := 1
	for i := range 30 {
		extra := max(0, i/2-1)
		out[i] = symbolEntry(base, extra)
		base += 1 << extra
	}
	out[30], out[31] = isSpecial, isSpecial
	return out
}

func makeCodeSymbols() [19]entry {
	var out [19]entry
	for i := range out {
		out[i] = symbolEntry(i, 0)
	}
	return out
}

// withCode completes a symbol's entry for a code of n bits.
func withCode(symbol entry, n int) entry {
	if symbol&(isLiteral|isSpecial) != 0 {
		return symbol | entry(n)
	}
	return symbol + entry(n) | entry(n)<<8
}

// build fills a table for codes of the given lengths, of which main bits choose from its first part. It reports false when the lengths
// make no code.
func build(table []entry, lengths []uint8, symbols []entry, main int) bool {
	var count, next, place [maxCode + 2]int
	for _, n := range lengths {
		count[n]++
	}
	count[0] = 0
	longest := maxCode
	for longest > 0 && count[longest] == 0 {
		longest--
	}
	left := 1
	for n := 1; n <= maxCode; n++ {
		left = left<<1 - count[n]
		if left < 0 {
			return false // more codes than there are
		}
	}
	if left > 0 { // Not all codes have a meaning: fine when there is one of a single bit, or none, but not for
		// the codes of lengths.
		if longest > 1 || main == codeBits {
			return false
		}
		for i := range 1 << main {
			table[i] = isSpecial | 1
		}
	}
	for n := 1; n <= maxCode; n++ {
		next[n+1] = (next[n] + count[n]) << 1
		place[n+1] = place[n] + count[n]
	}
	var sorted [288]uint16 // symbols in the order of their codes
	for symbol, n := range lengths {
		if n > 0 {
			sorted[place[n]] = uint16(symbol)
			place[n]++
		}
	}
	at, end := 0, 1<<main
	for n := 1; n <= min(main, longest); n++ {
		code := next[n]
		for range count[n] {
			e := withCode(symbols[sorted[at]], n)
			for i := int(bits.Reverse16(uint16(code)) >> (16 - n)); i < 1<<main; i += 1 << n {
				table[i] = e
			}
			code++
			at++
		}
	}
	prefix, start, size := -1, 0, 0
	for n := main + 1; n <= longest; n++ {
		code := next[n]
		for range count[n] {
			reversed := int(bits.Reverse16(uint16(code)) >> (16 - n))
			if p := reversed & (1<<main - 1); p != prefix {
				prefix, start = p, end
				size = n - main
				for room := 1<<size - (count[n] - (code - next[n])); size+main < longest && room > 0; {
					size++
					room = room<<1 - count[size+main]
				}
				end += 1 << size
				if end > len(table) {
					return false
				}
				table[prefix] = isSpecial | isPointer | entry(start)<<16 | entry(size)<<8 | entry(main)
			}
			e := withCode(symbols[sorted[at]], n-main)
			for i := reversed >> main; i < 1<<size; i += 1 << (n - main) {
				table[start+i] = e
			}
			code++
			at++
		}
	}
	return true
}

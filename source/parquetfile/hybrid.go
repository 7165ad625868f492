package parquetfile

import (
	"encoding/binary"
	"math/bits"
)

// appendHybrid appends values of so many bits in Parquet's hybrid of run lengths and bit packing (parquet-format, Encodings).
func appendHybrid[T uint8 | uint32](dst []byte, values []T, width int) []byte {
	packed := 0 // where values begin that are to be packed
	for at := 0; at < len(values); {
		n := runLength(values[at:])
		if n < 8 {
			at = min(at+8, len(values))
			continue
		}
		dst = appendPacked(dst, values[packed:at], width)
		dst = appendRun(dst, uint32(values[at]), n, width)
		at += n
		packed = at
	}
	return appendPacked(dst, values[packed:], width)
}

// runLength is how often the first value is repeated at the begin.
func runLength[T uint8 | uint32](values []T) int {
	n := 1
	for n < len(values) && values[n] == values[0] {
		n++
	}
	return n
}

func appendRun(dst []byte, value uint32, n, width int) []byte {
	dst = binary.AppendUvarint(dst, uint64(n)<<1)
	for range (width + 7) / 8 {
		dst = append(dst, byte(value))
		value >>= 8
	}
	return dst
}

// appendPacked appends values side by side, the lowest bit first, and fills the last group of eight with zeros.
func appendPacked[T uint8 | uint32](dst []byte, values []T, width int) []byte {
	if len(values) == 0 {
		return dst
	}
	groups := (len(values) + 7) / 8
	dst = binary.AppendUvarint(dst, uint64(groups)<<1|1)
	end := len(dst) + groups*width
	var word uint64
	used := 0
	for _, v := range values {
		word |= uint64(v) << used
		if used += width; used >= 64 {
			dst = binary.LittleEndian.AppendUint64(dst, word)
			used -= 64
			word = uint64(v) >> (width - used)
		}
	}
	for ; used > 0; used -= 8 {
		dst = append(dst, byte(word))
		word >>= 8
	}
	for len(dst) < end {
		dst = append(dst, 0)
	}
	return dst
}

// widthOf is how many bits the numbers up to the largest take.
func widthOf(largest int) int { return bits.Len(uint(largest)) }

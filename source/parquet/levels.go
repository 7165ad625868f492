package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
)

var errLevels = errors.New("its levels end too early")

// levelCount is what there is to know of a run of levels without keeping them.
type levelCount struct {
	first    uint64
	zeros    int64
	greatest uint64
}

// countLevels looks at n levels of at most max: runs of one value and runs of packed ones, as Parquet mixes them. What comes behind
// them is not looked at.
func countLevels(data []byte, n int64, max int) (levelCount, error) {
	width := bits.Len(uint(max))
	var c levelCount
	c.first = 1<<63 - 1
	left := n
	for left > 0 {
		head, used := binary.Uvarint(data)
		if used <= 0 {
			return c, errLevels
		}
		data = data[used:]
		if head&1 == 0 {
			size := (width + 7) / 8
			if head>>1 == 0 || len(data) < size {
				return c, errLevels
			}
			var value uint64
			for i := range size {
				value |= uint64(data[i]) << (8 * i)
			}
			data = data[size:]
			run := int64(min(head>>1, uint64(left)))
			c.add(value, run, left == n)
			left -= run
			continue
		}
		groups := head >> 1
		if groups == 0 || groups > uint64(left+7)/8 && groups > uint64(len(data)) {
			return c, errLevels
		}
		run := int64(min(groups*8, uint64(left)))
		// The last group may be cut off behind its last level.
		packed := int64(min(groups*uint64(width), uint64(len(data))))
		if packed*8 < run*int64(width) {
			return c, errLevels
		}
		c.addPacked(data[:packed], run, width, left == n)
		data = data[packed:]
		left -= run
	}
	if c.greatest > uint64(max) {
		return c, fmt.Errorf("a level is %d, and the column has none above %d", c.greatest, max)
	}
	return c, nil
}

func (c *levelCount) add(value uint64, run int64, first bool) {
	if first {
		c.first = value
	}
	if value == 0 {
		c.zeros += run
	}
	c.greatest = max(c.greatest, value)
}

// addPacked adds a run of levels of so many bits each, the first in the lowest bits.
func (c *levelCount) addPacked(data []byte, run int64, width int, first bool) {
	if width == 1 {
		ones := countOnes(data, run)
		c.zeros += run - ones
		if first {
			c.first = uint64(data[0] & 1)
		}
		if ones > 0 {
			c.greatest = max(c.greatest, 1)
		}
		return
	}
	mask := uint64(1)<<width - 1
	var buffer uint64
	have := 0
	for i := range run {
		for have < width {
			buffer |= uint64(data[0]) << have
			data = data[1:]
			have += 8
		}
		c.add(buffer&mask, 1, first && i == 0)
		buffer >>= width
		have -= width
	}
}

// countOnes counts the bits set among the first n.
func countOnes(data []byte, n int64) int64 {
	var ones int
	for ; n >= 64; n -= 64 {
		ones += bits.OnesCount64(binary.LittleEndian.Uint64(data))
		data = data[8:]
	}
	for ; n > 0; n -= 8 {
		b := data[0]
		if n < 8 {
			b &= 1<<n - 1
		}
		ones += bits.OnesCount8(b)
		data = data[1:]
	}
	return int64(ones)
}

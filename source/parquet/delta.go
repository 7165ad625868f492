package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// The encodings of differences. Those of texts tell lengths, which DuckDB 1.5 adds up and copies by without a look at their signs,
// and all tell how many values there are, for which it makes room: a damaged page of theirs can end the process.
const (
	codingDeltaPacked = 5 // numbers
	codingDeltaLength = 6 // texts by their lengths
	codingDeltaText   = 7 // texts by what they share with the one before
)

var errDelta = errors.New("its differences end too early")

// checkDelta looks at the values of a page in an encoding of differences: at most so many, of a width in bytes where they are all of
// one, else 0. It returns how many bytes a decoder makes of them beyond the page.
func checkDelta(data []byte, coding int32, values int64, width int64, limit int64) (made int64, err error) {
	if coding == codingDeltaPacked {
		_, err := readDelta(data, values, nil)
		return 0, err
	}
	var shared []int64
	if coding == codingDeltaText {
		shared = make([]int64, 0, min(values, int64(len(data))))
		if data, err = readDelta(data, values, func(n int64) { shared = append(shared, n) }); err != nil {
			return 0, err
		}
	}
	lengths := make([]int64, 0, min(values, int64(len(data))))
	if data, err = readDelta(data, values, func(n int64) { lengths = append(lengths, n) }); err != nil {
		return 0, err
	}
	if shared != nil && len(shared) != len(lengths) {
		return 0, fmt.Errorf("%d texts share something with the one before, and there are %d", len(shared), len(lengths))
	}
	left, before := int64(len(data)), int64(0)
	for i, n := range lengths {
		if n < 0 || n > left {
			return 0, fmt.Errorf("value %d has %d bytes, and the page has %d left", i, n, left)
		}
		left -= n
		if shared != nil {
			if shared[i] < 0 || shared[i] > before {
				return 0, fmt.Errorf("value %d shares %d bytes with the one before, which has %d", i, shared[i], before)
			}
			n += shared[i]
			if made += n; limit > 0 && made > limit {
				return 0, fmt.Errorf("its texts have more than %d bytes; %w", limit, ErrPageLimit)
			}
		}
		if width > 0 && n != width {
			return 0, fmt.Errorf("value %d has %d bytes instead of %d", i, n, width)
		}
		before = n
	}
	return made, nil
}

// readDelta reads up to most numbers that are packed as differences, and returns what follows them. With each it is told all of them,
// cut to 32 bits.
func readDelta(data []byte, most int64, each func(int64)) ([]byte, error) {
	d := &deltaReader{data: data}
	block, minis, total, first := d.uvarint(), d.uvarint(), d.uvarint(), d.varint()
	const largestBlock = 1 << 24
	switch {
	case d.err != nil:
		return nil, d.err
	case block == 0 || block > largestBlock || minis == 0 || block%minis != 0 || block/minis%32 != 0:
		return nil, fmt.Errorf("its differences are in blocks of %d in %d parts, which cannot be", block, minis)
	case total > uint64(max(most, 0)):
		return nil, fmt.Errorf("it claims %d differences for %d values", total, most)
	case total == 0:
		return d.data, nil
	}
	if each != nil {
		each(int64(int32(first)))
	}
	last, left := uint64(first), int64(total)-1
	for left > 0 {
		least := uint64(d.varint())
		widths := d.take(minis)
		for _, width := range widths {
			if left <= 0 {
				break
			}
			if width > 64 {
				return nil, fmt.Errorf("it has differences of %d bits", width)
			}
			packed := d.take(block / minis * uint64(width) / 8)
			if d.err != nil {
				break
			}
			n := min(left, int64(block/minis))
			if left -= n; each == nil {
				continue
			}
			for i := range n {
				last += least + bitsAt(packed, uint64(i)*uint64(width), width)
				each(int64(int32(last)))
			}
		}
		if d.err != nil {
			return nil, d.err
		}
	}
	return d.data, nil
}

// bitsAt is the number of so many bits, up to 64, that begins at a bit.
func bitsAt(data []byte, at uint64, width byte) uint64 {
	if width == 0 {
		return 0
	}
	var window [16]byte
	copy(window[:], data[at/8:])
	shift := at % 8
	low := binary.LittleEndian.Uint64(window[:]) >> shift
	if shift > 0 {
		low |= binary.LittleEndian.Uint64(window[8:]) << (64 - shift)
	}
	return low & (math.MaxUint64 >> (64 - width))
}

// deltaReader reads the heads of blocks. After the first error it returns zero values.
type deltaReader struct {
	data []byte
	err  error
}

func (d *deltaReader) uvarint() uint64 {
	v, n := binary.Uvarint(d.data)
	if n <= 0 {
		d.err = errDelta
		d.data = nil
		return 0
	}
	d.data = d.data[n:]
	return v
}

func (d *deltaReader) varint() int64 {
	v := d.uvarint()
	return int64(v>>1) ^ -int64(v&1)
}

func (d *deltaReader) take(n uint64) []byte {
	if n > uint64(len(d.data)) {
		d.err = errDelta
		d.data = nil
		return nil
	}
	out := d.data[:n]
	d.data = d.data[n:]
	return out
}

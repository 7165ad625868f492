package parquet

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"
)

// encodeLevels writes levels as runs and as packed groups, in lengths by chance.
func encodeLevels(r *rand.Rand, levels []uint64, greatest int) []byte {
	width := bits.Len(uint(greatest))
	var out []byte
	for len(levels) > 0 {
		run := 1
		for run < len(levels) && levels[run] == levels[0] {
			run++
		}
		if run > 7 || r.IntN(3) == 0 {
			run = 1 + r.IntN(run)
			out = binary.AppendUvarint(out, uint64(run)<<1)
			for i := range (width + 7) / 8 {
				out = append(out, byte(levels[0]>>(8*i)))
			}
			levels = levels[run:]
			continue
		}
		// A packed run that is not the last has whole groups.
		groups := min(1+r.IntN(20), (len(levels)+7)/8)
		n := min(groups*8, len(levels))
		packed := make([]byte, groups*width)
		for i, level := range levels[:n] {
			for b := range width {
				packed[(i*width+b)/8] |= byte(level>>b&1) << ((i*width + b) % 8)
			}
		}
		out = binary.AppendUvarint(out, uint64(groups)<<1|1)
		out = append(out, packed...)
		levels = levels[n:]
	}
	return out
}

func TestCountLevels(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(12, 12))
	for range 2000 {
		greatest := 1 + r.IntN(40)
		levels := make([]uint64, 1+r.IntN(500))
		for i := range levels {
			if i > 0 && r.IntN(4) > 0 {
				levels[i] = levels[i-1]
			} else {
				levels[i] = r.Uint64N(uint64(greatest) + 1)
			}
		}
		var zeros int64
		for _, l := range levels {
			if l == 0 {
				zeros++
			}
		}
		data := encodeLevels(r, levels, greatest)
		got, err := countLevels(append(data, 0xff, 0xff), int64(len(levels)), greatest)
		if want := (levelCount{levels[0], zeros, slices.Max(levels)}); err != nil || got != want {
			t.Fatalf("%v up to %d: %+v, %v, want %+v", levels, greatest, got, err, want)
		}
		if len(data) > 1 {
			if _, err := countLevels(data[:len(data)-1-r.IntN(len(data)-1)], int64(len(levels)), greatest); err == nil {
				// What was cut off may have been the unused part of a packed group alone.
				if _, err := countLevels(data[:1], int64(len(levels)), greatest); err == nil && len(data) > 2 {
					t.Fatalf("levels that were cut off are all there: %v", levels)
				}
			}
		}
	}
}

func TestBadLevels(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		data []byte
		n    int64
		max  int
	}{
		"empty":              {nil, 1, 1},
		"short":              {[]byte{4, 0}, 3, 1},
		"no value":           {[]byte{4}, 2, 1},
		"empty run":          {[]byte{0, 0, 0, 0}, 1, 1},
		"too large a level":  {[]byte{4, 3}, 2, 2},
		"too large packed":   {[]byte{3, 0xff, 0xff}, 8, 2},
		"endless length":     {[]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}, 8, 1},
		"more than there is": {[]byte{0xff, 0xff, 0xff, 0xff, 0xf, 1}, 1 << 40, 1},
	} {
		if c, err := countLevels(test.data, test.n, test.max); err == nil {
			t.Errorf("%s: %+v", name, c)
		}
	}
}

func FuzzLevels(f *testing.F) {
	r := rand.New(rand.NewPCG(13, 13))
	f.Add(encodeLevels(r, []uint64{0, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 0}, 2), uint16(13), byte(2))
	f.Fuzz(func(t *testing.T, data []byte, n uint16, greatest byte) {
		c, err := countLevels(data, int64(n), int(greatest))
		if err == nil && n > 0 && (c.zeros > int64(n) || c.greatest > uint64(greatest) || c.first > uint64(greatest)) {
			t.Errorf("%+v of %d levels up to %d", c, n, greatest)
		}
	})
}

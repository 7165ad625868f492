package parquet

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
	"strings"
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

// pairs makes levels of a column of lists by chance, as its limits allow.
func pairs(r *rand.Rand, n int, limits levelLimits) (repetition, definition []uint64, starts int64) {
	before := -1
	for range n {
		var rep []int
		for level := 1; level <= limits.maxRepetition && before >= int(limits.present[level]); level++ {
			rep = append(rep, level)
		}
		level := 0
		if len(rep) > 0 && r.IntN(3) > 0 {
			level = rep[r.IntN(len(rep))]
		}
		least := 0
		if level > 0 {
			least = int(limits.present[level])
		} else {
			starts++
		}
		if r.IntN(4) > 0 || before < least {
			before = least + r.IntN(limits.maxDefinition-least+1)
		}
		repetition, definition = append(repetition, uint64(level)), append(definition, uint64(before))
	}
	return repetition, definition, starts
}

func TestCheckLevels(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(12, 12))
	for range 2000 {
		limits := levelLimits{present: []byte{0}}
		for range 1 + r.IntN(20) {
			limits.maxDefinition++
			if r.IntN(3) == 0 {
				limits.maxRepetition++
				limits.present = append(limits.present, byte(limits.maxDefinition))
			}
		}
		rep, def, starts := pairs(r, 1+r.IntN(3000), limits)
		if r.IntN(10) == 0 { // very long runs
			for range 5000 {
				rep, def, starts = append(rep, 0), append(def, 0), starts+1
			}
		}
		repetition, definition := encodeLevels(r, rep, limits.maxRepetition), encodeLevels(r, def, limits.maxDefinition)
		if limits.maxRepetition == 0 {
			repetition = nil
		}
		n := int64(len(rep))
		got, err := checkLevels(repetition, append(definition, 0xff, 0xff), n, limits, true)
		if err != nil || got != starts {
			t.Fatalf("%d rows, %v, want %d; %+v %v %v", got, err, starts, limits, rep, def)
		}
		read := make([]byte, n)
		if err := newLevelRuns(definition, n, limits.maxDefinition).read(read); err != nil {
			t.Fatal(err)
		}
		for i, d := range def {
			if read[i] != byte(d) {
				t.Fatalf("level %d is %d, want %d", i, read[i], d)
			}
		}
		// A list that goes on behind a value outside of it is noticed wherever it is.
		for at := 1 + r.IntN(len(rep)); at < len(rep); at++ {
			if level := int(rep[at]); level > 0 {
				def[at] = uint64(r.IntN(int(limits.present[level])))
				if _, err := checkLevels(repetition, encodeLevels(r, def, limits.maxDefinition), n, limits, true); err == nil {
					t.Fatalf("pair %d of %d with %d, %d passes: %+v", at, n, level, def[at], limits)
				}
				break
			}
		}
	}
}

func TestBadLevels(t *testing.T) {
	t.Parallel()
	list := levelLimits{1, 3, []byte{0, 2}}
	for name, test := range map[string]struct {
		repetition, definition []byte
		n                      int64
		limits                 levelLimits
		want                   string
	}{
		"empty":              {nil, nil, 1, levelLimits{maxDefinition: 2}, "too early"},
		"short":              {nil, []byte{4, 0}, 3, levelLimits{maxDefinition: 2}, "too early"},
		"no value":           {nil, []byte{4}, 2, levelLimits{maxDefinition: 2}, "too early"},
		"empty run":          {nil, []byte{0, 0, 0, 0}, 1, levelLimits{maxDefinition: 2}, "too early"},
		"too large a level":  {nil, []byte{4, 3}, 2, levelLimits{maxDefinition: 2}, "definition: a level is 3, and the column has none above 2"},
		"too large, long":    {nil, []byte{0x80, 0x80, 4, 3}, 30000, levelLimits{maxDefinition: 2}, "definition: a level is 3"},
		"too large packed":   {nil, []byte{3, 0xff, 0xff}, 8, levelLimits{maxDefinition: 2}, "definition: a level is 3"},
		"endless length":     {nil, []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}, 8, levelLimits{maxDefinition: 1}, "too early"},
		"more than there is": {nil, []byte{0xff, 0xff, 0xff, 0xff, 0xf, 1}, 1 << 40, levelLimits{maxDefinition: 1}, "too early"},
		"begins within":      {[]byte{2, 1}, []byte{2, 3}, 1, list, "in the middle of a row"},
		"goes on with null":  {[]byte{2, 0, 2, 1}, []byte{2, 3, 2, 0}, 2, list, "no element"},
		"null goes on":       {[]byte{2, 0, 2, 1}, []byte{2, 0, 2, 3}, 2, list, "no element"},
		"no such list":       {[]byte{2, 0, 2, 2}, []byte{4, 3}, 2, list, "repetition: a level is 2"},
	} {
		if starts, err := checkLevels(test.repetition, test.definition, test.n, test.limits, true); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %d, %v, want %q", name, starts, err, test.want)
		}
	}
	// A page of very many values takes no time for each.
	if starts, err := checkLevels(nil, []byte{0xfe, 0xff, 0xff, 0xff, 0xff, 0x7f, 1}, 1<<40, levelLimits{maxDefinition: 1}, true); err != nil || starts != 1<<40 {
		t.Errorf("%d, %v", starts, err)
	}
}

func FuzzLevels(f *testing.F) {
	r := rand.New(rand.NewPCG(13, 13))
	f.Add(encodeLevels(r, []uint64{0, 1, 1, 1, 0}, 1), encodeLevels(r, []uint64{3, 2, 3, 3, 0}, 3), uint16(5), byte(1), byte(3))
	f.Fuzz(func(t *testing.T, repetition, definition []byte, n uint16, maxRepetition, maxDefinition byte) {
		limits := levelLimits{maxRepetition: int(maxRepetition % 64), maxDefinition: int(maxDefinition % 65)}
		for i := range limits.maxRepetition + 1 {
			limits.present = append(limits.present, byte(min(i, limits.maxDefinition)))
		}
		starts, err := checkLevels(repetition, definition, int64(n), limits, true)
		if err == nil && (starts > int64(n) || n > 0 && starts == 0) {
			t.Errorf("%d rows begin in %d levels", starts, n)
		}
	})
}

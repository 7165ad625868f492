package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"slices"
)

var errLevels = errors.New("its levels end too early")

// levelBlock is how many levels are unpacked at once.
const levelBlock = 1024

// levelLimits are what levels of a column can be.
type levelLimits struct {
	maxRepetition, maxDefinition int
	// present has, by repetition level from 1 on, the definition level from which on a value is in an element of that list.
	present []byte
}

// checkLevels looks at n pairs of levels of a page, without keeping them: runs of one value and runs of packed ones, as Parquet mixes them.
// first says that a row must begin with the page. It returns how many rows begin in it. What comes behind the levels is not looked at.
func checkLevels(repetition, definition []byte, n int64, limits levelLimits, first bool) (starts int64, err error) {
	c := levelCheck{limits: limits, before: limits.maxDefinition}
	for i := range c.needed {
		c.needed[i] = 1 << 16 // Repetition levels that there are not.
	}
	c.needed[0] = 0
	for i := range limits.maxRepetition {
		c.needed[i+1] = int32(limits.present[i+1])
	}
	repetitions, definitions := newLevelRuns(repetition, n, limits.maxRepetition), newLevelRuns(definition, n, limits.maxDefinition)
	for done := int64(0); done < n; {
		if err := repetitions.begin(); err != nil {
			return 0, fmt.Errorf("repetition: %w", err)
		}
		if err := definitions.begin(); err != nil {
			return 0, fmt.Errorf("definition: %w", err)
		}
		count := min(levelBlock, n-done)
		same := min(repetitions.constant(), definitions.constant())
		if same >= levelBlock {
			count = 2 // What is true of the second pair is true of those after it.
		}
		r, d := c.repetitions[:count], c.definitions[:count]
		if err := repetitions.read(r); err != nil {
			return 0, fmt.Errorf("repetition: %w", err)
		}
		if err := definitions.read(d); err != nil {
			return 0, fmt.Errorf("definition: %w", err)
		}
		if done == 0 && first && r[0] != 0 {
			return 0, fmt.Errorf("repetition: its first level is %d, so that it begins in the middle of a row", r[0])
		}
		if err := c.block(r, d); err != nil {
			return 0, err
		}
		if same >= levelBlock {
			count = same
			if r[0] == 0 {
				c.starts += same - 2
			}
			repetitions.skip(same - 2)
			definitions.skip(same - 2)
		}
		done += count
	}
	return c.starts, nil
}

// levelCheck looks at unpacked levels.
type levelCheck struct {
	limits                   levelLimits
	needed                   [256]int32 // by repetition level: the least definition level
	before                   int        // the definition level of the pair before
	starts                   int64
	repetitions, definitions [levelBlock]byte
}

// block looks at the next pairs. One that goes on with a list needs an element of it, and so does the one before.
func (c *levelCheck) block(repetitions, definitions []byte) error {
	before, most := int32(c.before), int32(c.limits.maxDefinition)
	var wrong, going int32
	definitions = definitions[:len(repetitions)]
	for i, r := range repetitions {
		d, needed := int32(definitions[i]), c.needed[r]
		wrong |= (d - needed) | (before - needed) | (most - d) // negative where one is less than it must be
		going += -int32(r) >> 31
		before = d
	}
	c.starts += int64(len(repetitions)) + int64(going)
	if wrong < 0 {
		return c.explain(repetitions, definitions)
	}
	c.before = int(before)
	return nil
}

// explain finds what is wrong in a block.
func (c *levelCheck) explain(repetitions, definitions []byte) error {
	const tooLarge = "%s: a level is %d, and the column has none above %d"
	if r := slices.Max(repetitions); int(r) > c.limits.maxRepetition {
		return fmt.Errorf(tooLarge, "repetition", r, c.limits.maxRepetition)
	}
	if d := slices.Max(definitions); int(d) > c.limits.maxDefinition {
		return fmt.Errorf(tooLarge, "definition", d, c.limits.maxDefinition)
	}
	return errors.New("its levels go on with a list that has no element")
}

// levelRuns reads levels in order, of at most eight bits.
type levelRuns struct {
	data    []byte
	width   int
	left    int64  // levels that are in no run yet
	run     int64  // levels left of the run at hand
	packed  []byte // what is left of a run of packed levels; nil for one of a single value
	value   byte
	over    [8]byte // the last group that was unpacked
	spilled []byte  // what is left of it
}

// newLevelRuns reads n levels of at most max.
func newLevelRuns(data []byte, n int64, max int) *levelRuns {
	if max == 0 {
		return &levelRuns{run: n} // There are none, which means zeros.
	}
	return &levelRuns{data: data, width: bits.Len(uint(max)), left: n}
}

// begin makes a run that is not empty the one at hand, if there are levels left.
func (l *levelRuns) begin() error {
	if l.run > 0 || len(l.spilled) > 0 || l.left == 0 {
		return nil
	}
	head, used := binary.Uvarint(l.data)
	if used <= 0 {
		return errLevels
	}
	data := l.data[used:]
	if head&1 == 0 {
		if head>>1 == 0 || len(data) == 0 {
			return errLevels
		}
		l.value, l.packed, l.data = data[0], nil, data[1:]
		l.run = int64(min(head>>1, uint64(l.left)))
		l.left -= l.run
		return nil
	}
	groups := head >> 1
	if groups == 0 || groups > uint64(l.left+7)/8 && groups > uint64(len(data)) {
		return errLevels
	}
	l.run = int64(min(groups*8, uint64(l.left)))
	l.left -= l.run
	// The last group may be cut off behind its last level.
	size := int64(min(groups*uint64(l.width), uint64(len(data))))
	if size*8 < l.run*int64(l.width) {
		return errLevels
	}
	l.packed, l.data = data[:size:size], data[size:]
	return nil
}

// constant is how many levels come that are all the same, as far as the run at hand tells.
func (l *levelRuns) constant() int64 {
	if l.packed != nil || len(l.spilled) > 0 {
		return 0
	}
	return l.run
}

// skip passes over levels of the run at hand, which has a single value.
func (l *levelRuns) skip(n int64) { l.run -= n }

// read unpacks the next levels.
func (l *levelRuns) read(into []byte) error {
	for len(into) > 0 {
		if err := l.begin(); err != nil {
			return err
		}
		switch {
		case len(l.spilled) > 0:
			n := copy(into, l.spilled)
			into, l.spilled = into[n:], l.spilled[n:]
		case l.packed == nil:
			n := min(int(min(l.run, levelBlock)), len(into))
			if n == 0 {
				return errLevels
			}
			for i := range into[:n] {
				into[i] = l.value
			}
			into, l.run = into[n:], l.run-int64(n)
		case l.run >= 8 && len(into) >= 8:
			groups := min(int(min(l.run, levelBlock)), len(into)) / 8
			unpackLevels(into[:groups*8], l.packed, l.width)
			into, l.packed, l.run = into[groups*8:], l.packed[groups*l.width:], l.run-int64(groups*8)
		default:
			unpackLevels(l.over[:], l.packed, l.width)
			n := min(l.run, 8)
			l.spilled, l.run = l.over[:n], l.run-n
			l.packed = l.packed[min(l.width, len(l.packed)):]
		}
	}
	return nil
}

// unpackLevels unpacks whole groups of eight levels of so many bits each, the first in the lowest bits. What packed lacks is zeros.
func unpackLevels(into, packed []byte, width int) {
	// Halves of what is left are moved apart until each level has a byte.
	half, quarter, one := uint64(1)<<(4*width)-1, (uint64(1)<<(2*width)-1)*0x1_0000_0001, (uint64(1)<<width-1)*0x0001_0001_0001_0001
	byHalf, byQuarter, byOne := 32-4*width, 16-2*width, 8-width
	for ; len(into) >= 8; into = into[8:] {
		var x uint64
		if len(packed) >= 8 {
			x = binary.LittleEndian.Uint64(packed)
		} else {
			var rest [8]byte
			copy(rest[:], packed)
			x = binary.LittleEndian.Uint64(rest[:])
		}
		if width < 8 {
			x &= half | half<<(4*width)
		}
		x = x&half | x&^half<<byHalf
		x = x&quarter | x&^quarter<<byQuarter
		x = x&one | x&^one<<byOne
		binary.LittleEndian.PutUint64(into, x)
		packed = packed[min(width, len(packed)):]
	}
}

// present are, by repetition level, the definition levels from which on a value is in an element of that list.
func (f *Footer) present(l leaf) []byte {
	out := []byte{0}
	at, definition := 1, byte(0)
	for _, c := range f.columns {
		if l.element < c.element {
			at = c.firstElement
			break
		}
	}
	for {
		switch f.elements[at].repetition {
		case optional:
			definition++
		case repeated:
			definition++
			out = append(out, definition)
		}
		if at == l.element {
			return out
		}
		// The next element of the path is the last child that does not begin behind the leaf.
		child := at + 1
		for next := f.behind(child); next <= l.element; next = f.behind(child) {
			child = next
		}
		at = child
	}
}

// behind is the index of the element after the one at i and those below it.
func (f *Footer) behind(i int) int {
	for open := 1; open > 0; i++ {
		open--
		if f.elements[i].physical == group {
			open += int(f.elements[i].children)
		}
	}
	return i
}

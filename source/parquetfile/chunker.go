package parquetfile

import (
	"math"
	"math/bits"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// chunker cuts the values of one leaf column into pages by their content: where a rolling hash over the last values meets a
// condition. A row that is inserted or removed moves the cuts around it and no others, so that all other pages stay the same
// bytes and a content-addressed store keeps them once. The rule is Apache Arrow's (cpp/src/parquet/chunker_internal.cc, with
// the defaults of pyarrow's use_content_defined_chunking).
type chunker struct {
	minSize, maxSize int64 // the hash is taken from minSize on
	mask             uint64
	tables           *[gearTables][256]uint64

	hash    uint64
	size    int64 // bytes of values and levels since the last cut
	run     int   // how many conditions were met since the last cut
	matched bool
}

func newChunker(c Chunking) *chunker {
	target := uint64((c.Min+c.Max)/2 - c.Min)
	// Three bits fewer, as eight conditions have to be met.
	effective := max(bits.Len64(target)-1-3-c.Norm, 1)
	return &chunker{minSize: c.Min, maxSize: c.Max, mask: ^uint64(0) << (64 - effective), tables: gears()}
}

// newCutter returns a chunker that cuts by size alone.
func newCutter(size int64) *chunker {
	return &chunker{minSize: math.MaxInt64, maxSize: size, tables: gears()}
}

// rollBytes takes in a value of variable length.
func (c *chunker) rollBytes(value []byte) {
	c.size += int64(len(value))
	if c.size < c.minSize {
		return
	}
	table, hash, mask, matched := &c.tables[c.run], c.hash, c.mask, c.matched
	for len(value) >= 4 {
		hash = hash<<1 + table[value[0]]
		found := hash & mask
		hash = hash<<1 + table[value[1]]
		found = min(found, hash&mask)
		hash = hash<<1 + table[value[2]]
		found = min(found, hash&mask)
		hash = hash<<1 + table[value[3]]
		found = min(found, hash&mask)
		if found == 0 {
			matched = true
		}
		value = value[4:]
	}
	for _, b := range value {
		hash = hash<<1 + table[b]
		if hash&mask == 0 {
			matched = true
		}
	}
	c.hash, c.matched = hash, matched
}

// rollWord takes in the width low bytes of a number, the lowest first.
func (c *chunker) rollWord(value uint64, width int) {
	c.size += int64(width)
	if c.size < c.minSize {
		return
	}
	table := &c.tables[c.run]
	for range width {
		c.hash = c.hash<<1 + table[byte(value)]
		if c.hash&c.mask == 0 {
			c.matched = true
		}
		value >>= 8
	}
}

// cut tells whether a page ends here, and then starts the next one.
func (c *chunker) cut() bool {
	if c.matched {
		c.matched = false
		if c.run++; c.run >= gearTables-1 {
			c.run, c.size = 0, 0
			return true
		}
	}
	if c.size >= c.maxSize {
		c.size = 0
		return true
	}
	return false
}

// cuts returns the positions in the levels of a leaf at which pages end, in order. A page never ends within a row.
func (c *chunker) cuts(l leaf) []int {
	if at, done := c.flatCuts(l); done {
		return at
	}
	return c.levelCuts(l.withLevels())
}

// levelCuts is cuts for all kinds of columns.
func (c *chunker) levelCuts(l leaf) []int {
	roll := c.roller(l.values)
	var at []int
	if l.rep == nil {
		for i := range l.levels() {
			if l.def != nil {
				c.rollWord(uint64(uint16(l.def[i])), 2)
			}
			roll(i)
			if c.cut() {
				at = append(at, i+1)
			}
		}
		return at
	}
	value := 0
	for i, rep := range l.rep {
		c.rollWord(uint64(uint16(l.def[i])), 2)
		c.rollWord(uint64(uint16(rep)), 2)
		present := l.def[i] >= l.spacedFrom
		if present {
			roll(value)
			value++
		}
		// The row that begins here has been taken in, and the page ends before it, as in Arrow.
		if rep == 0 && c.cut() && i > 0 {
			at = append(at, i)
		}
	}
	return at
}

// roller returns the function that takes in value i of the array. A null counts as a zero, or as no bytes.
func (c *chunker) roller(values arrow.Array) func(i int) {
	switch a := values.(type) {
	case *array.String:
		return func(i int) { c.rollBytes(textOf(a, i)) }
	case *array.Binary:
		return func(i int) { c.rollBytes(a.Value(i)) }
	case *array.LargeString:
		return func(i int) { c.rollBytes(largeTextOf(a, i)) }
	case *array.LargeBinary:
		return func(i int) { c.rollBytes(a.Value(i)) }
	case *array.Boolean:
		return func(i int) {
			var v uint64
			if a.IsValid(i) && a.Value(i) {
				v = 1
			}
			c.rollWord(v, 1)
		}
	case *array.Null:
		return func(int) { c.rollWord(0, 1) }
	}
	width := values.DataType().(arrow.FixedWidthDataType).Bytes()
	raw := fixedBytes(values, width)
	if width > 8 {
		return func(i int) {
			c.rollBytes(raw[i*width : (i+1)*width])
		}
	}
	return func(i int) {
		var v uint64
		if values.IsValid(i) {
			for j := width - 1; j >= 0; j-- {
				v = v<<8 | uint64(raw[i*width+j])
			}
		}
		c.rollWord(v, width)
	}
}

func fixedBytes(values arrow.Array, width int) []byte {
	data := values.Data()
	if data.Buffers()[1] == nil {
		return make([]byte, values.Len()*width)
	}
	return data.Buffers()[1].Bytes()[data.Offset()*width : (data.Offset()+data.Len())*width]
}

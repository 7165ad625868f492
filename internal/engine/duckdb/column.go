package duckdb

import (
	"fmt"
	"math"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/memory"
	bindings "github.com/duckdb/duckdb-go-bindings"

	"github.com/hfspark/hfspark/internal/plan/types"
)

// Column collects values of DuckDB vectors of one Spark type, laid out as function.DuckDBType says, into Arrow arrays of
// the type types.ToArrowType gives. Vectors must be flat, as those of results are.
type Column interface {
	// Append takes count rows of v, from row from on.
	Append(v Vector, from, count int) error
	// Take returns what was appended since the last Take.
	Take() arrow.ArrayData
	// Measure estimates the bytes that Append would add, in time proportional to count.
	Measure(v Vector, from, count int) int64
}

// NewColumn makes an empty column for values of type t; zone is the time zone of timestamps.
func NewColumn(t types.DataType, zone string) (Column, error) {
	base := column{arrow: types.ToArrowType(t, zone)}
	switch t := t.(type) {
	case types.Decimal:
		return &decimalColumn{column: base, width: decimalWidth(t.Precision)}, nil
	case types.Char, types.VarChar:
		return &bytesColumn{column: base}, nil
	case types.Array:
		element, err := NewColumn(t.Element, zone)
		if err != nil {
			return nil, err
		}
		return &listColumn{column: base, child: element}, nil
	case types.Map:
		entries, err := newStructColumn(base.arrow.(*arrow.MapType).Elem(), []types.DataType{t.Key, t.Value}, zone)
		if err != nil {
			return nil, err
		}
		return &listColumn{column: base, child: entries, keyed: true}, nil
	case types.Struct:
		members := make([]types.DataType, len(t.Fields))
		for i, f := range t.Fields {
			members[i] = f.Type
		}
		return newStructColumn(base.arrow, members, zone)
	}
	switch t {
	case types.Null:
		return &nullColumn{}, nil
	case types.Boolean:
		return &booleanColumn{column: base}, nil
	case types.String, types.Binary:
		return &bytesColumn{column: base}, nil
	case types.Time:
		return &timeColumn{column: base}, nil
	case types.CalendarInterval:
		return &intervalColumn{column: base}, nil
	}
	width, ok := fixedWidths[t]
	if !ok {
		return nil, fmt.Errorf("no Arrow values are made of type %s", t.SimpleString())
	}
	return &fixedColumn{column: base, width: width}, nil
}

// fixedWidths are the types whose values have the same bytes in DuckDB and in Arrow.
var fixedWidths = map[types.DataType]int{
	types.Byte: 1, types.Short: 2, types.Integer: 4, types.Long: 8, types.Float: 4, types.Double: 8, types.Date: 4,
	types.Timestamp: 8, types.TimestampNTZ: 8, types.DayTimeInterval: 8, types.YearMonthInterval: 4,
}

// column is what all columns have: a length and the bits that tell which values are not null.
type column struct {
	arrow  arrow.DataType
	length int
	nulls  int
	bits   []byte // nil while there is no null
}

// valid copies the validity of rows of v.
func (c *column) valid(v Vector, from, count int) {
	mask := v.validity(from, count)
	if mask == nil {
		if c.bits != nil {
			c.growBits(count)
			bitutil.SetBitsTo(c.bits, int64(c.length), int64(count), true)
		}
		c.length += count
		return
	}
	if c.bits == nil {
		c.growBits(count)
		bitutil.SetBitsTo(c.bits, 0, int64(c.length), true)
	} else {
		c.growBits(count)
	}
	bitutil.CopyBitmap(mask, from, count, c.bits, c.length)
	c.nulls += count - bitutil.CountSetBits(c.bits, c.length, count)
	c.length += count
}

func (c *column) growBits(count int) {
	need := int(bitutil.BytesForBits(int64(c.length + count)))
	if need > len(c.bits) {
		c.bits = append(c.bits, make([]byte, need-len(c.bits))...)
	}
}

// take makes the array of what was collected, and empties the column.
func (c *column) take(buffers [][]byte, children ...arrow.ArrayData) arrow.ArrayData {
	all := make([]*memory.Buffer, 0, 1+len(buffers))
	if c.nulls > 0 {
		all = append(all, memory.NewBufferBytes(c.bits))
	} else {
		all = append(all, nil)
	}
	for _, b := range buffers {
		if b == nil {
			b = []byte{}
		}
		all = append(all, memory.NewBufferBytes(b))
	}
	data := array.NewData(c.arrow, c.length, all, children, c.nulls, 0)
	c.length, c.nulls, c.bits = 0, 0, nil
	return data
}

// validity returns the mask of v, whose bit i is set when row i is not null, or nil where no row is null.
func (v Vector) validity(from, count int) []byte {
	mask := bindings.VectorGetValidity(v.vector)
	if mask == nil {
		return nil
	}
	words := (from + count + 63) / 64
	return unsafe.Slice((*byte)(mask), words*8)
}

// values views the data of a flat vector as rows of type T.
func values[T any](v Vector, from, count int) []T {
	data := bindings.VectorGetData(v.vector)
	if data == nil || count == 0 {
		return nil
	}
	return unsafe.Slice((*T)(data), from+count)[from:]
}

type nullColumn struct{ length int }

func (c *nullColumn) Append(_ Vector, _, count int) error {
	c.length += count
	return nil
}

func (c *nullColumn) Measure(Vector, int, int) int64 { return 0 }

func (c *nullColumn) Take() arrow.ArrayData {
	data := array.NewData(arrow.Null, c.length, []*memory.Buffer{nil}, nil, c.length, 0)
	c.length = 0
	return data
}

type fixedColumn struct {
	column
	width int
	data  []byte
	last  int // the size of the batch before, a good guess for the next one
}

func (c *fixedColumn) Append(v Vector, from, count int) error {
	if c.data == nil {
		c.data = make([]byte, 0, max(c.last, count*c.width))
	}
	c.data = append(c.data, values[byte](v, from*c.width, count*c.width)...)
	c.valid(v, from, count)
	return nil
}

func (c *fixedColumn) Measure(_ Vector, _, count int) int64 { return int64(count * c.width) }

func (c *fixedColumn) Take() arrow.ArrayData {
	data := c.take([][]byte{c.data})
	c.data, c.last = nil, len(c.data)
	return data
}

type booleanColumn struct {
	column
	data []byte
}

func (c *booleanColumn) Append(v Vector, from, count int) error {
	need := int(bitutil.BytesForBits(int64(c.length + count)))
	if need > len(c.data) {
		c.data = append(c.data, make([]byte, need-len(c.data))...)
	}
	for i, b := range values[bool](v, from, count) {
		if b {
			bitutil.SetBit(c.data, c.length+i)
		}
	}
	c.valid(v, from, count)
	return nil
}

func (c *booleanColumn) Measure(_ Vector, _, count int) int64 { return int64(count) }

func (c *booleanColumn) Take() arrow.ArrayData {
	data := c.take([][]byte{c.data})
	c.data = nil
	return data
}

// text is DuckDB's string: up to 12 bytes are kept in place, longer ones elsewhere.
type text struct {
	length uint32
	inline [4]byte
	rest   unsafe.Pointer
}

const inlined = 12

// bytes views the string; it is valid as long as its vector.
func (s *text) bytes() []byte {
	if s.length <= inlined {
		return unsafe.Slice(&s.inline[0], s.length)
	}
	return unsafe.Slice((*byte)(s.rest), s.length)
}

type bytesColumn struct {
	column
	offsets []int32
	data    []byte
	last    int // as in fixedColumn
}

func (c *bytesColumn) Append(v Vector, from, count int) error {
	if c.offsets == nil {
		c.offsets = append(make([]int32, 0, 1+count), 0)
		c.data = make([]byte, 0, c.last)
	}
	strings := values[text](v, from, count)
	if mask := v.validity(from, count); mask == nil {
		for i := range strings {
			c.data = append(c.data, strings[i].bytes()...)
			c.offsets = append(c.offsets, int32(len(c.data)))
		}
	} else {
		for i := range strings {
			if bitutil.BitIsSet(mask, from+i) {
				c.data = append(c.data, strings[i].bytes()...)
			}
			c.offsets = append(c.offsets, int32(len(c.data)))
		}
	}
	if len(c.data) > math.MaxInt32 {
		return fmt.Errorf("a batch holds %d bytes of text, more than the 2 GiB that Arrow allows; ask for fewer rows a batch", len(c.data))
	}
	c.valid(v, from, count)
	return nil
}

func (c *bytesColumn) Measure(v Vector, from, count int) int64 {
	total := int64(4 * count)
	mask := v.validity(from, count)
	strings := values[text](v, from, count)
	for i := range strings {
		if mask == nil || bitutil.BitIsSet(mask, from+i) {
			total += int64(strings[i].length)
		}
	}
	return total
}

func (c *bytesColumn) Take() arrow.ArrayData {
	if c.offsets == nil {
		c.offsets = []int32{0}
	}
	data := c.take([][]byte{arrow.Int32Traits.CastToBytes(c.offsets), c.data})
	c.offsets, c.data, c.last = nil, nil, len(c.data)
	return data
}

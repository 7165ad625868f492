package duckdb

import (
	"errors"
	"fmt"
	"math"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	bindings "github.com/duckdb/duckdb-go-bindings"

	"github.com/hfspark/hfspark/internal/plan/types"
)

// decimalWidth is the number of bytes in which DuckDB keeps a decimal of the given precision.
func decimalWidth(precision int) int {
	switch {
	case precision <= 4:
		return 2
	case precision <= 9:
		return 4
	case precision <= 18:
		return 8
	}
	return 16
}

// decimalColumn widens decimals to the 16 bytes that Arrow's decimal128 has.
type decimalColumn struct {
	column
	width int
	data  []byte
}

func (c *decimalColumn) Append(v Vector, from, count int) error {
	switch c.width {
	case 2:
		c.data = appendWide(c.data, values[int16](v, from, count))
	case 4:
		c.data = appendWide(c.data, values[int32](v, from, count))
	case 8:
		c.data = appendWide(c.data, values[int64](v, from, count))
	default:
		c.data = append(c.data, values[byte](v, 16*from, 16*count)...)
	}
	c.valid(v, from, count)
	return nil
}

func appendWide[T int16 | int32 | int64](data []byte, numbers []T) []byte {
	at := len(data)
	data = append(data, make([]byte, 16*len(numbers))...)
	for i, n := range numbers {
		wide := int64(n)
		words := (*[2]int64)(unsafe.Pointer(&data[at+16*i]))
		words[0], words[1] = wide, wide>>63
	}
	return data
}

func (c *decimalColumn) Measure(_ Vector, _, count int) int64 { return int64(16 * count) }

func (c *decimalColumn) Take() arrow.ArrayData {
	data := c.take([][]byte{c.data})
	c.data = nil
	return data
}

// timeColumn turns microseconds into Arrow's nanoseconds.
type timeColumn struct {
	column
	data []int64
}

func (c *timeColumn) Append(v Vector, from, count int) error {
	for _, micros := range values[int64](v, from, count) {
		c.data = append(c.data, micros*1000)
	}
	c.valid(v, from, count)
	return nil
}

func (c *timeColumn) Measure(_ Vector, _, count int) int64 { return int64(8 * count) }

func (c *timeColumn) Take() arrow.ArrayData {
	data := c.take([][]byte{arrow.Int64Traits.CastToBytes(c.data)})
	c.data = nil
	return data
}

// interval is DuckDB's INTERVAL.
type interval struct {
	months, days int32
	micros       int64
}

// intervalColumn turns DuckDB's intervals into Arrow's, which count nanoseconds.
type intervalColumn struct {
	column
	data []arrow.MonthDayNanoInterval
}

func (c *intervalColumn) Append(v Vector, from, count int) error {
	mask := v.validity(from, count)
	for i, value := range values[interval](v, from, count) {
		if mask != nil && !bitutil.BitIsSet(mask, from+i) {
			value = interval{}
		}
		if value.micros > math.MaxInt64/1000 || value.micros < math.MinInt64/1000 {
			return fmt.Errorf("an interval of %d microseconds does not fit the nanoseconds of an Arrow interval", value.micros)
		}
		c.data = append(c.data, arrow.MonthDayNanoInterval{Months: value.months, Days: value.days, Nanoseconds: value.micros * 1000})
	}
	c.valid(v, from, count)
	return nil
}

func (c *intervalColumn) Measure(_ Vector, _, count int) int64 { return int64(16 * count) }

func (c *intervalColumn) Take() arrow.ArrayData {
	data := c.take([][]byte{arrow.MonthDayNanoIntervalTraits.CastToBytes(c.data)})
	c.data = nil
	return data
}

// entry is where the members of a list lie among those of its vector.
type entry struct{ offset, length uint64 }

// listColumn collects lists, and maps, which DuckDB keeps as lists of structs of key and value.
type listColumn struct {
	column
	offsets  []int32
	child    Column
	keyed    bool // the members are entries of maps
	children int
}

// ErrNullKey says that an entry of a map has no key. Damaged Parquet files have such; Arrow panics over them.
var ErrNullKey = errors.New("an entry of a map has no key, which Spark's maps do not hold")

func (c *listColumn) Append(v Vector, from, count int) error {
	if c.offsets == nil {
		c.offsets = append(make([]int32, 0, 1+count), 0)
	}
	err := c.runs(v, from, count, func(at, members int) error {
		c.children += members
		if c.children > math.MaxInt32 {
			return errors.New("a batch holds more list members than Arrow allows; ask for fewer rows a batch")
		}
		entries := Vector{bindings.ListVectorGetChild(v.vector)}
		if c.keyed {
			keys := entries.member(0).validity(at, members)
			for i := at; keys != nil && i < at+members; i++ {
				if !bitutil.BitIsSet(keys, i) {
					return ErrNullKey
				}
			}
		}
		return c.child.Append(entries, at, members)
	}, func(total int) { c.offsets = append(c.offsets, int32(total)) })
	c.valid(v, from, count)
	return err
}

// runs calls each for every run of adjacent members, in order, and row with the number of members up to and with each row.
func (c *listColumn) runs(v Vector, from, count int, each func(at, members int) error, row func(total int)) error {
	total := c.children
	mask := v.validity(from, count)
	start, length := 0, 0
	for i, e := range values[entry](v, from, count) {
		if mask == nil || bitutil.BitIsSet(mask, from+i) {
			total += int(e.length)
			switch {
			case e.length == 0:
			case int(e.offset) == start+length:
				length += int(e.length)
			default:
				if length > 0 {
					if err := each(start, length); err != nil {
						return err
					}
				}
				start, length = int(e.offset), int(e.length)
			}
		}
		row(total)
	}
	if length > 0 {
		return each(start, length)
	}
	return nil
}

func (c *listColumn) Measure(v Vector, from, count int) int64 {
	size := int64(4 * count)
	// Measuring never fails, since its callback does not.
	_ = c.runs(v, from, count, func(at, members int) error {
		size += c.child.Measure(Vector{bindings.ListVectorGetChild(v.vector)}, at, members)
		return nil
	}, func(int) {})
	return size
}

func (c *listColumn) Take() arrow.ArrayData {
	if c.offsets == nil {
		c.offsets = []int32{0}
	}
	child := c.child.Take()
	data := c.take([][]byte{arrow.Int32Traits.CastToBytes(c.offsets)}, child)
	child.Release()
	c.offsets, c.children = nil, 0
	return data
}

type structColumn struct {
	column
	members []Column
}

func newStructColumn(t arrow.DataType, members []types.DataType, zone string) (*structColumn, error) {
	c := &structColumn{column: column{arrow: t}, members: make([]Column, len(members))}
	for i, m := range members {
		member, err := NewColumn(m, zone)
		if err != nil {
			return nil, err
		}
		c.members[i] = member
	}
	return c, nil
}

func (c *structColumn) Append(v Vector, from, count int) error {
	for i, member := range c.members {
		if err := member.Append(v.member(i), from, count); err != nil {
			return err
		}
	}
	c.valid(v, from, count)
	return nil
}

func (v Vector) member(i int) Vector {
	return Vector{bindings.StructVectorGetChild(v.vector, bindings.IdxT(i))}
}

func (c *structColumn) Measure(v Vector, from, count int) int64 {
	size := int64(0)
	for i, member := range c.members {
		size += member.Measure(v.member(i), from, count)
	}
	return size
}

func (c *structColumn) Take() arrow.ArrayData {
	children := make([]arrow.ArrayData, len(c.members))
	for i, member := range c.members {
		children[i] = member.Take()
	}
	data := c.take(nil, children...)
	for _, child := range children {
		child.Release()
	}
	return data
}

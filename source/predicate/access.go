package predicate

import (
	"math/big"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

var defaultAllocator = memory.DefaultAllocator

// textOf gives access to the values of a column of text.
func textOf(column arrow.Array) (func(i int) string, bool) {
	switch c := column.(type) {
	case *array.String:
		return c.Value, true
	case *array.LargeString:
		return c.Value, true
	case *array.StringView:
		return c.Value, true
	case *array.Dictionary:
		get, ok := textOf(c.Dictionary())
		return func(i int) string { return get(c.GetValueIndex(i)) }, ok
	}
	return nil, false
}

func bytesOf(column arrow.Array) (func(i int) []byte, bool) {
	switch c := column.(type) {
	case *array.Binary:
		return c.Value, true
	case *array.LargeBinary:
		return c.Value, true
	case *array.BinaryView:
		return c.Value, true
	case *array.FixedSizeBinary:
		return c.Value, true
	}
	return nil, false
}

// intsOf gives access to integers that fit 64 signed bits.
func intsOf(column arrow.Array) (func(i int) int64, bool) {
	switch c := column.(type) {
	case *array.Int8:
		return func(i int) int64 { return int64(c.Value(i)) }, true
	case *array.Int16:
		return func(i int) int64 { return int64(c.Value(i)) }, true
	case *array.Int32:
		return func(i int) int64 { return int64(c.Value(i)) }, true
	case *array.Int64:
		return c.Value, true
	case *array.Uint8:
		return func(i int) int64 { return int64(c.Value(i)) }, true
	case *array.Uint16:
		return func(i int) int64 { return int64(c.Value(i)) }, true
	case *array.Uint32:
		return func(i int) int64 { return int64(c.Value(i)) }, true
	}
	return nil, false
}

func floatsOf(column arrow.Array) (func(i int) float64, bool) {
	switch c := column.(type) {
	case *array.Float16:
		return func(i int) float64 { return float64(c.Value(i).Float32()) }, true
	case *array.Float32:
		return func(i int) float64 { return float64(c.Value(i)) }, true
	case *array.Float64:
		return c.Value, true
	}
	return nil, false
}

func decimalOf(column arrow.Array) (get func(i int) *big.Int, scale int32, ok bool) {
	switch c := column.(type) {
	case *array.Decimal32:
		return func(i int) *big.Int { return big.NewInt(int64(c.Value(i))) }, c.DataType().(arrow.DecimalType).GetScale(), true
	case *array.Decimal64:
		return func(i int) *big.Int { return big.NewInt(int64(c.Value(i))) }, c.DataType().(arrow.DecimalType).GetScale(), true
	case *array.Decimal128:
		return func(i int) *big.Int { return c.Value(i).BigInt() }, c.DataType().(arrow.DecimalType).GetScale(), true
	case *array.Decimal256:
		return func(i int) *big.Int { return c.Value(i).BigInt() }, c.DataType().(arrow.DecimalType).GetScale(), true
	}
	return nil, 0, false
}

// dateOf gives access to dates, in days since 1970.
func dateOf(column arrow.Array) (func(i int) int64, bool) {
	switch c := column.(type) {
	case *array.Date32:
		return func(i int) int64 { return int64(c.Value(i)) }, true
	case *array.Date64:
		return func(i int) int64 { return floorDiv(int64(c.Value(i)), 86_400_000) }, true
	}
	return nil, false
}

// instantOf gives access to timestamps, in microseconds since 1970; more is 1 when there is a rest below a microsecond.
func instantOf(column arrow.Array) (func(i int) (micros int64, more int), bool) {
	c, ok := column.(*array.Timestamp)
	if !ok {
		return nil, false
	}
	switch c.DataType().(*arrow.TimestampType).Unit {
	case arrow.Second:
		return func(i int) (int64, int) { return int64(c.Value(i)) * 1_000_000, 0 }, true
	case arrow.Millisecond:
		return func(i int) (int64, int) { return int64(c.Value(i)) * 1_000, 0 }, true
	case arrow.Nanosecond:
		return func(i int) (int64, int) {
			v := int64(c.Value(i))
			micros := floorDiv(v, 1_000)
			if v != micros*1_000 {
				return micros, 1
			}
			return micros, 0
		}, true
	}
	return func(i int) (int64, int) { return int64(c.Value(i)), 0 }, true
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

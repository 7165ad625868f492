package duckdb

import (
	"fmt"
	"math/big"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/decimal256"
	"github.com/apache/arrow-go/v18/arrow/float16"

	"github.com/hfspark/hfspark/internal/plan/types"
)

// writeSimple is Write for types without members.
func (v Vector) writeSimple(t types.DataType, values arrow.Array, from, count, at int) error {
	if count == 0 {
		return nil
	}
	if decimal, ok := t.(types.Decimal); ok {
		return v.writeDecimals(decimal, values, from, count, at)
	}
	switch t {
	case types.Boolean:
		if bits, ok := values.(*array.Boolean); ok {
			to := rows[bool](v, at, count)
			raw, offset := bits.Data().Buffers()[1].Bytes(), bits.Data().Offset()+from
			for i := range to {
				to[i] = bitutil.BitIsSet(raw, offset+i)
			}
			return nil
		}
	case types.Byte:
		return writeNumbers[int8](v, t, values, from, count, at)
	case types.Short:
		return writeNumbers[int16](v, t, values, from, count, at)
	case types.Integer:
		return writeNumbers[int32](v, t, values, from, count, at)
	case types.Long:
		return writeNumbers[int64](v, t, values, from, count, at)
	case types.Float:
		return writeNumbers[float32](v, t, values, from, count, at)
	case types.Double:
		return writeNumbers[float64](v, t, values, from, count, at)
	case types.String, types.Binary:
		return v.writeStrings(t, values, from, count, at)
	case types.Date, types.Timestamp, types.TimestampNTZ, types.Time, types.DayTimeInterval, types.YearMonthInterval, types.CalendarInterval:
		return v.writeTimes(t, values, from, count, at)
	}
	switch t.(type) {
	case types.Char, types.VarChar:
		return v.writeStrings(types.String, values, from, count, at)
	}
	return unwritable(t, values)
}

type number interface {
	~int8 | ~int16 | ~int32 | ~int64 | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~float32 | ~float64
}

// writeNumbers converts between number types that hold all of each other's values.
func writeNumbers[T number](v Vector, t types.DataType, values arrow.Array, from, count, at int) error {
	to := rows[T](v, at, count)
	switch values := values.(type) {
	case *array.Int8:
		convert(to, values.Int8Values()[from:])
	case *array.Int16:
		convert(to, values.Int16Values()[from:])
	case *array.Int32:
		convert(to, values.Int32Values()[from:])
	case *array.Int64:
		convert(to, values.Int64Values()[from:])
	case *array.Uint8:
		convert(to, values.Uint8Values()[from:])
	case *array.Uint16:
		convert(to, values.Uint16Values()[from:])
	case *array.Uint32:
		convert(to, values.Uint32Values()[from:])
	case *array.Float16:
		for i, half := range values.Values()[from : from+count] {
			to[i] = T(half.Float32())
		}
	case *array.Float32:
		convert(to, values.Float32Values()[from:])
	case *array.Float64:
		convert(to, values.Float64Values()[from:])
	default:
		return unwritable(t, values)
	}
	return nil
}

var _ = float16.New

func convert[T, F number](to []T, from []F) {
	for i := range to {
		to[i] = T(from[i])
	}
}

func (v Vector) writeDecimals(t types.Decimal, values arrow.Array, from, count, at int) error {
	var unscaled func(i int) (decimal128.Num, error)
	scale := int32(0)
	switch values := values.(type) {
	case *array.Decimal32:
		scale = values.DataType().(arrow.DecimalType).GetScale()
		unscaled = func(i int) (decimal128.Num, error) { return decimal128.FromI64(int64(values.Value(i))), nil }
	case *array.Decimal64:
		scale = values.DataType().(arrow.DecimalType).GetScale()
		unscaled = func(i int) (decimal128.Num, error) { return decimal128.FromI64(int64(values.Value(i))), nil }
	case *array.Decimal128:
		scale = values.DataType().(arrow.DecimalType).GetScale()
		unscaled = func(i int) (decimal128.Num, error) { return values.Value(i), nil }
	case *array.Decimal256:
		scale = values.DataType().(arrow.DecimalType).GetScale()
		unscaled = func(i int) (decimal128.Num, error) { return narrow(values.Value(i)) }
	case *array.Uint64:
		unscaled = func(i int) (decimal128.Num, error) { return decimal128.FromU64(values.Value(i)), nil }
	default:
		return unwritable(t, values)
	}
	for i := range count {
		if values.IsNull(from + i) {
			continue
		}
		n, err := unscaled(from + i)
		if err == nil && scale != int32(t.Scale) {
			n, err = n.Rescale(scale, int32(t.Scale))
		}
		if err != nil {
			return fmt.Errorf("reading a decimal of type %s as %s: %w", values.DataType(), t.SimpleString(), err)
		}
		v.setDecimal(t, at+i, n)
	}
	return nil
}

func narrow(n decimal256.Num) (decimal128.Num, error) {
	whole := n.BigInt()
	if whole.CmpAbs(maxDecimal) > 0 {
		return decimal128.Num{}, fmt.Errorf("%s has more than 38 digits", whole)
	}
	return decimal128.FromBigInt(whole), nil
}

// maxDecimal is the largest unscaled value of 38 digits.
var maxDecimal = new(big.Int).Sub(new(big.Int).Exp(big.NewInt(10), big.NewInt(38), nil), big.NewInt(1))

func (v Vector) setDecimal(t types.Decimal, row int, n decimal128.Num) {
	switch decimalWidth(t.Precision) {
	case 2:
		rows[int16](v, row, 1)[0] = int16(n.LowBits())
	case 4:
		rows[int32](v, row, 1)[0] = int32(n.LowBits())
	case 8:
		rows[int64](v, row, 1)[0] = int64(n.LowBits())
	default:
		rows[decimal128.Num](v, row, 1)[0] = n
	}
}

func (v Vector) writeStrings(t types.DataType, values arrow.Array, from, count, at int) error {
	isText := t == types.String
	switch a := values.(type) {
	case *array.String:
		return writeText(v, contents(a), a.ValueOffsets()[from:from+count+1], a, from, at, isText)
	case *array.Binary:
		return writeText(v, contents(a), a.ValueOffsets()[from:from+count+1], a, from, at, isText)
	case *array.LargeString:
		return writeText(v, contents(a), a.ValueOffsets()[from:from+count+1], a, from, at, isText)
	case *array.LargeBinary:
		return writeText(v, contents(a), a.ValueOffsets()[from:from+count+1], a, from, at, isText)
	case *array.FixedSizeBinary:
		width := a.DataType().(*arrow.FixedSizeBinaryType).ByteWidth
		return v.gather(a, from, count, at, isText, func(i int) []byte { return a.Value(i)[:width] })
	case *array.StringView:
		return v.gather(a, from, count, at, isText, func(i int) []byte {
			text := a.Value(i)
			return unsafe.Slice(unsafe.StringData(text), len(text))
		})
	case *array.BinaryView:
		return v.gather(a, from, count, at, isText, a.Value)
	case *array.Decimal256:
		scale := a.DataType().(arrow.DecimalType).GetScale()
		return v.gather(a, from, count, at, isText, func(i int) []byte { return []byte(a.Value(i).ToString(scale)) })
	}
	return unwritable(t, values)
}

func contents(values arrow.Array) []byte {
	if buffer := values.Data().Buffers()[2]; buffer != nil {
		return buffer.Bytes()
	}
	return nil
}

// gather copies values that do not lie one behind the other.
func (v Vector) gather(values arrow.Array, from, count, at int, isText bool, value func(i int) []byte) error {
	var data []byte
	offsets := make([]int64, 1, count+1)
	for i := range count {
		if values.IsValid(from + i) {
			data = append(data, value(from+i)...)
		}
		offsets = append(offsets, int64(len(data)))
	}
	return writeText(v, data, offsets, values, from, at, isText)
}

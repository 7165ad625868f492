package parquetfile

import (
	"encoding/binary"
	"math"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"

	"github.com/hfspark/hfspark/source/parquet"
)

// values are those of one column chunk, in parts: one of each batch. Positions count nulls, which have no bytes in a page.
type values interface {
	// present is how many values of a range are not null.
	present(part, from, to int) int
	// appendPlain appends the values of a range in the plain encoding.
	appendPlain(dst []byte, part, from, to int) []byte
	// index makes a dictionary of all values when it is worth its place.
	index(d *dictionary) bool
	// appendDictionary appends the values of the dictionary in the plain encoding.
	appendDictionary(dst []byte, d *dictionary) []byte
	// observe adds a range to the bounds of the page at hand.
	observe(part, from, to int)
	// observeIndices adds values of the dictionary to the bounds of the page at hand. It returns false when observe is faster.
	observeIndices(d *dictionary, indices []uint32) bool
	// endPage returns the bounds of the page at hand and begins the next one.
	endPage() parquet.MinMax
	// bounds returns the bounds of all pages that have ended, and their order as the Parquet format numbers it.
	bounds() (parquet.MinMax, int32)
}

// number is a physical type of Parquet with a width of four or eight bytes, in the order of its logical type.
type number interface {
	int32 | int64 | uint32 | uint64 | float32 | float64
}

// valid tells which values of an array are not null.
type valid struct {
	bits   []byte // nil when all are there
	offset int
}

func validOf(a arrow.Array) valid {
	if a.NullN() == 0 {
		return valid{}
	}
	return valid{a.NullBitmapBytes(), a.Data().Offset()}
}

func (v valid) at(i int) bool { return v.bits == nil || bitutil.BitIsSet(v.bits, v.offset+i) }

func (v valid) count(from, to int) int {
	if v.bits == nil {
		return to - from
	}
	return bitutil.CountSetBits(v.bits, v.offset+from, to-from)
}

// numbers are values of a fixed width.
type numbers[T number] struct {
	parts [][]T
	valid []valid

	least, most T // of the page at hand
	some        bool
	mins, maxs  []T // of the pages before that have bounds
}

func numbersOf[T number](leaves []leaf) *numbers[T] {
	n := &numbers[T]{}
	for _, l := range leaves {
		n.parts = append(n.parts, wide[T](l.values))
		n.valid = append(n.valid, validOf(l.values))
	}
	return n
}

// wide returns the numbers of an array, those of fewer than four bytes widened.
func wide[T number](a arrow.Array) []T {
	switch a := a.(type) {
	case *array.Int8:
		return widened[T](a.Int8Values())
	case *array.Int16:
		return widened[T](a.Int16Values())
	case *array.Uint8:
		return widened[T](a.Uint8Values())
	case *array.Uint16:
		return widened[T](a.Uint16Values())
	}
	var zero T
	raw := fixedBytes(a, int(unsafe.Sizeof(zero)))
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(raw))), a.Len())
}

func widened[T number, F int8 | int16 | uint8 | uint16](from []F) []T {
	out := make([]T, len(from))
	for i, v := range from {
		out[i] = T(v)
	}
	return out
}

func (n *numbers[T]) present(part, from, to int) int { return n.valid[part].count(from, to) }

func (n *numbers[T]) appendPlain(dst []byte, part, from, to int) []byte {
	all, there := n.parts[part], n.valid[part]
	if there.bits == nil {
		return append(dst, bytesOf(all[from:to])...)
	}
	for i := from; i < to; i++ {
		if there.at(i) {
			dst = append(dst, bytesOf(all[i:i+1])...)
		}
	}
	return dst
}

func bytesOf[T number](v []T) []byte {
	var zero T
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(v))), len(v)*int(unsafe.Sizeof(zero)))
}

func (n *numbers[T]) index(d *dictionary) bool {
	var zero T
	width := int(unsafe.Sizeof(zero))
	d.begin()
	for part, all := range n.parts {
		there := n.valid[part]
		for from := 0; from < len(all); from += dictionaryStep {
			to := min(from+dictionaryStep, len(all))
			if width == 8 {
				d.addWords(unsafe.Slice((*uint64)(unsafe.Pointer(unsafe.SliceData(all))), len(all)), there, from, to)
			} else {
				d.addHalves(unsafe.Slice((*uint32)(unsafe.Pointer(unsafe.SliceData(all))), len(all)), there, from, to)
			}
			if d.hopeless(len(d.words) * width) {
				return false
			}
		}
	}
	return d.pays(len(d.words)*width, len(d.indices)*width)
}

func (n *numbers[T]) appendDictionary(dst []byte, d *dictionary) []byte {
	var zero T
	for _, w := range d.words {
		if unsafe.Sizeof(zero) == 8 {
			dst = binary.LittleEndian.AppendUint64(dst, w)
		} else {
			dst = binary.LittleEndian.AppendUint32(dst, uint32(w))
		}
	}
	return dst
}

func (n *numbers[T]) observe(part, from, to int) {
	all, there := n.parts[part], n.valid[part]
	least, most, some := n.least, n.most, n.some
	for i := from; i < to; i++ {
		v := all[i]
		if there.bits != nil && !there.at(i) {
			continue
		}
		if !some {
			if v != v { // NaN has no place in an order.
				continue
			}
			least, most, some = v, v, true
			continue
		}
		if v < least {
			least = v
		}
		if v > most {
			most = v
		}
	}
	n.least, n.most, n.some = least, most, some
}

func (n *numbers[T]) observeIndices(*dictionary, []uint32) bool { return false }

func (n *numbers[T]) endPage() parquet.MinMax {
	if !n.some {
		return parquet.MinMax{}
	}
	n.some = false
	n.mins, n.maxs = append(n.mins, n.least), append(n.maxs, n.most)
	return boundsOf(n.least, n.most)
}

// boundsOf makes bounds. Zeros have both signs in an order, so that the lower one is negative and the upper one positive.
func boundsOf[T number](least, most T) parquet.MinMax {
	switch any(least).(type) {
	case float32, float64:
		if least == 0 {
			least = T(math.Copysign(0, -1))
		}
		if most == 0 {
			most = T(0)
		}
	}
	low, high := []T{least}, []T{most}
	return parquet.MinMax{Min: bytesOf(low), Max: bytesOf(high)}
}

func (n *numbers[T]) bounds() (parquet.MinMax, int32) {
	if len(n.mins) == 0 {
		return parquet.MinMax{}, unordered
	}
	least, most := n.mins[0], n.maxs[0]
	up, down := true, true
	for i := 1; i < len(n.mins); i++ {
		least, most = min(least, n.mins[i]), max(most, n.maxs[i])
		up = up && n.mins[i-1] <= n.mins[i] && n.maxs[i-1] <= n.maxs[i]
		down = down && n.mins[i-1] >= n.mins[i] && n.maxs[i-1] >= n.maxs[i]
	}
	return boundsOf(least, most), orderOf(up, down)
}

// The orders of pages' bounds (BoundaryOrder in parquet.thrift).
const (
	unordered  int32 = 0
	ascending  int32 = 1
	descending int32 = 2
)

func orderOf(up, down bool) int32 {
	switch {
	case up:
		return ascending
	case down:
		return descending
	}
	return unordered
}

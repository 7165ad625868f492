package parquet

import (
	"encoding/binary"
	"math"
	"math/big"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/float16"
)

// bounds is what statistics say of the values of a top-level column in a row group. Its zero value says nothing.
type bounds struct {
	kind kind
	// min and max are bounds of all values that are neither null nor NaN: int64, *big.Int for decimals and large unsigned
	// numbers, float64, string for bytes, or bool. They are both nil or both set.
	min, max any
	scale    int32 // of a decimal: the bounds are integers, to be divided by 10 to its power
	allNull  bool
	noNulls  bool
	noNaNs   bool
}

// kind is the kind of the values that bounds are of.
type kind int8

const (
	unknownKind kind = iota
	boolKind
	integerKind // signed, or unsigned of up to 32 bits
	unsignedKind
	floatKind // single precision
	doubleKind
	bytesKind
	decimalKind
	dateKind
	timestampKind      // microseconds, UTC
	localTimestampKind // microseconds, of no time zone
)

// boundsOf reads the statistics of a leaf in a row group, one that subject says statistics tell of.
func (f *Footer) boundsOf(rowGroup, leaf int) (bounds, error) {
	l := f.leaves[leaf]
	chunk, err := f.chunk(rowGroup, leaf)
	if err != nil {
		return bounds{}, err
	}
	e, s := f.elements[l.element], chunk.stats
	b := bounds{
		kind:    e.kind(),
		scale:   max(e.scale, e.logical.scale),
		allNull: s.nulls >= 0 && s.nulls == chunk.values,
		noNulls: l.neverNull() || s.nulls == 0 && len(l.path) == 1,
		noNaNs:  s.nans == 0,
	}
	if !f.trusts(e) {
		return b, nil
	}
	lo, hi := s.min, s.max
	if !f.ordered[leaf] || lo == nil || hi == nil {
		if !b.kind.signed() {
			return b, nil
		}
		lo, hi = s.oldMin, s.oldMax
	}
	b.setRange(e, lo, hi)
	return b, nil
}

// trusts says whether the writer of the file finds the least and greatest values of an element. Arrow's Go library loses track of
// those of half precision at NaN (seen in 18.8).
func (f *Footer) trusts(e element) bool {
	return e.logical.kind != logicalFloat16 || !strings.HasPrefix(f.createdBy, "parquet-go")
}

// neverNull says whether neither the leaf nor a struct around it can be null.
func (l leaf) neverNull() bool { return l.maxDefinition == 0 }

// signed says whether the bounds of old files, which were found by signed comparison, are in the order of the kind.
func (k kind) signed() bool {
	switch k {
	case boolKind, integerKind, floatKind, doubleKind, dateKind, timestampKind, localTimestampKind:
		return true
	}
	return false
}

// kind is the kind of a leaf's values, as far as it has an order that all writers agree on.
func (e element) kind() kind {
	switch e.physical {
	case Boolean:
		return boolKind
	case Float:
		return floatKind
	case Double:
		return doubleKind
	case ByteArray:
		return e.bytesKind()
	case FixedLenByteArray:
		switch {
		case e.logical.kind == logicalFloat16 && e.typeLength == 2:
			return floatKind
		case e.isDecimal():
			return decimalKind
		}
	case Int32, Int64:
		return e.integerKind()
	}
	return unknownKind
}

// isDecimal says whether the bytes of the element are decimals, in big-endian order.
func (e element) isDecimal() bool {
	return e.logical.kind == logicalDecimal || e.logical.kind == 0 && e.converted == convertedDecimal
}

func (e element) bytesKind() kind {
	if e.isDecimal() {
		return decimalKind
	}
	switch e.logical.kind {
	case 0:
		switch e.converted {
		case convertedNone, convertedUTF8, convertedEnum, convertedJSON, convertedBSON:
			return bytesKind
		}
	case logicalString, logicalEnum, logicalJSON, logicalBSON:
		return bytesKind
	}
	return unknownKind
}

func (e element) integerKind() kind {
	switch e.logical.kind {
	case 0:
		return e.convertedKind()
	case logicalInteger:
		if e.logical.signed {
			return integerKind
		}
		return unsignedKind
	case logicalDecimal:
		return decimalKind
	case logicalDate:
		return dateKind
	case logicalTimestamp:
		if e.logical.unit < millis || e.logical.unit > nanos {
			return unknownKind
		}
		if e.logical.utc {
			return timestampKind
		}
		return localTimestampKind
	}
	return unknownKind
}

func (e element) convertedKind() kind {
	switch c := e.converted; {
	case c == convertedNone, c >= convertedInt8 && c <= convertedInt64:
		return integerKind
	case c >= convertedUint8 && c <= convertedUint64:
		return unsignedKind
	case c == convertedDecimal:
		return decimalKind
	case c == convertedDate:
		return dateKind
	case c == convertedTSMillis, c == convertedTSMicros:
		return timestampKind
	}
	return unknownKind
}

// setRange decodes the bounds; what cannot be one leaves them unset.
func (b *bounds) setRange(e element, lo, hi []byte) {
	if b.kind == unknownKind || lo == nil || hi == nil {
		return
	}
	low, high := b.decode(e, lo, false), b.decode(e, hi, true)
	if low == nil || high == nil {
		return
	}
	if order, ok := compareValues(low, high); !ok || order > 0 {
		return
	}
	b.min, b.max = low, high
}

// decode reads one bound, or returns nil. Where the conversion is not exact it errs to the outside.
func (b *bounds) decode(e element, raw []byte, upper bool) any {
	switch b.kind {
	case bytesKind:
		return string(raw)
	case boolKind:
		if len(raw) != 1 || raw[0] > 1 {
			return nil
		}
		return raw[0] == 1
	case floatKind:
		if e.physical == FixedLenByteArray && len(raw) == 2 {
			return widenFloat(float16.FromLEBytes(raw).Float32(), upper)
		}
		if len(raw) != 4 {
			return nil
		}
		return widenFloat(math.Float32frombits(binary.LittleEndian.Uint32(raw)), upper)
	case doubleKind:
		if len(raw) != 8 {
			return nil
		}
		v := math.Float64frombits(binary.LittleEndian.Uint64(raw))
		if math.IsNaN(v) {
			return nil
		}
		return v
	}
	if b.kind == decimalKind && e.physical != Int32 && e.physical != Int64 {
		return bigEndian(raw)
	}
	v, ok := decodeInteger(e, raw)
	if !ok {
		return nil
	}
	switch b.kind {
	case unsignedKind:
		if e.physical == Int32 {
			return big.NewInt(int64(uint32(v)))
		}
		return new(big.Int).SetUint64(uint64(v))
	case decimalKind:
		return big.NewInt(v)
	case timestampKind, localTimestampKind:
		return e.microseconds(v, upper)
	}
	return v
}

// widenFloat is the value as a double, moved outwards by one step: whether a column in single precision is compared in
// single or in double precision, the bound holds.
func widenFloat(v float32, upper bool) any {
	if v != v {
		return nil
	}
	towards := float32(math.Inf(-1))
	if upper {
		towards = float32(math.Inf(1))
	}
	return float64(math.Nextafter32(v, towards))
}

// maxDecimal is more than the bytes of any decimal that readers know.
const maxDecimal = 64

// bigEndian decodes a number in two's complement.
func bigEndian(raw []byte) any {
	if len(raw) == 0 || len(raw) > maxDecimal {
		return nil
	}
	v := new(big.Int).SetBytes(raw)
	if raw[0]&0x80 != 0 {
		v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(len(raw))*8))
	}
	return v
}

func decodeInteger(e element, raw []byte) (int64, bool) {
	switch {
	case e.physical == Int32 && len(raw) == 4:
		return int64(int32(binary.LittleEndian.Uint32(raw))), true
	case e.physical == Int64 && len(raw) == 8:
		return int64(binary.LittleEndian.Uint64(raw)), true
	}
	return 0, false
}

// microseconds converts a timestamp. Nanoseconds are cut by readers in one direction or the other, so that the bound is
// moved outwards by one.
func (e element) microseconds(v int64, upper bool) any {
	unit := e.logical.unit
	if e.logical.kind == 0 {
		unit = micros
		if e.converted == convertedTSMillis {
			unit = millis
		}
	}
	switch unit {
	case millis:
		if v > math.MaxInt64/1000 || v < math.MinInt64/1000 {
			return nil
		}
		return v * 1000
	case micros:
		return v
	}
	v /= 1000
	if upper {
		return v + 1
	}
	return v - 1
}

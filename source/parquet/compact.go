package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// The footer of a Parquet file is a struct in Thrift's compact protocol. It is read here by hand rather than by a general
// Thrift library for three reasons: a footer comes from strangers, so that no length in it may decide an allocation and
// no nesting the depth of a stack; an absent null count must be told apart from zero; and fields that this package does not
// know (a logical type of next year) must survive into a slice unchanged.

// The types of the compact protocol.
const (
	compactStop   byte = 0
	compactTrue   byte = 1
	compactFalse  byte = 2
	compactI8     byte = 3
	compactI16    byte = 4
	compactI32    byte = 5
	compactI64    byte = 6
	compactDouble byte = 7
	compactBinary byte = 8
	compactList   byte = 9
	compactSet    byte = 10
	compactMap    byte = 11
	compactStruct byte = 12
	compactUUID   byte = 13
)

// maxNesting bounds the nesting of values that are skipped. The footer's own structs are less than ten deep.
const maxNesting = 48

var (
	errShort   = errors.New("it ends in the middle of a value")
	errNesting = errors.New("its values are nested too deeply")
)

// compactReader reads values of the compact protocol. After the first error it returns zero values, and err says why.
type compactReader struct {
	buf []byte
	pos int
	err error
}

func (r *compactReader) fail(err error) {
	if r.err == nil {
		r.err = fmt.Errorf("byte %d: %w", r.pos, err)
		r.pos = len(r.buf)
	}
}

func (r *compactReader) byte() byte {
	if r.pos >= len(r.buf) {
		r.fail(errShort)
		return 0
	}
	b := r.buf[r.pos]
	r.pos++
	return b
}

func (r *compactReader) uvarint() uint64 {
	v, n := binary.Uvarint(r.buf[r.pos:])
	switch {
	case n == 0:
		r.fail(errShort)
		return 0
	case n < 0:
		r.fail(errors.New("a number has more than 64 bits"))
		return 0
	}
	r.pos += n
	return v
}

func (r *compactReader) int64() int64 {
	v := r.uvarint()
	return int64(v>>1) ^ -int64(v&1)
}

func (r *compactReader) int32() int32 {
	v := r.int64()
	if v < math.MinInt32 || v > math.MaxInt32 {
		r.fail(fmt.Errorf("the number %d does not fit in 32 bits", v))
		return 0
	}
	return int32(v)
}

// bytes returns a string's bytes without copying them.
func (r *compactReader) bytes() []byte {
	n := r.uvarint()
	if n > uint64(len(r.buf)-r.pos) {
		r.fail(errShort)
		return nil
	}
	b := r.buf[r.pos : r.pos+int(n) : r.pos+int(n)]
	r.pos += int(n)
	return b
}

// list returns the element type and the number of elements. An element takes at least one byte, which bounds the number.
func (r *compactReader) list() (typ byte, n int) {
	head := r.byte()
	size := uint64(head >> 4)
	if size == 15 {
		size = r.uvarint()
	}
	if size > uint64(len(r.buf)-r.pos) {
		r.fail(fmt.Errorf("a list of %d elements is longer than what is left", size))
		return 0, 0
	}
	return head & 15, int(size)
}

// structList is list for a list whose elements must be structs.
func (r *compactReader) structList() int {
	typ, n := r.list()
	if n > 0 && typ != compactStruct {
		r.fail(fmt.Errorf("a list has elements of type %d where structs belong", typ))
		return 0
	}
	return n
}

// field reads the next field's head; ok is false after the last field. last is the id of the field before, 0 at first.
func (r *compactReader) field(last *int16) (typ byte, ok bool) {
	head := r.byte()
	typ = head & 15
	if typ == compactStop || r.err != nil {
		return 0, false
	}
	if delta := int16(head >> 4); delta != 0 {
		if *last > math.MaxInt16-delta {
			r.fail(errors.New("a field id is too large"))
			return 0, false
		}
		*last += delta
		return typ, true
	}
	id := r.int64()
	if id < math.MinInt16 || id > math.MaxInt16 {
		r.fail(errors.New("a field id is too large"))
		return 0, false
	}
	*last = int16(id)
	return typ, r.err == nil
}

// fields calls visit for each field of a struct. A visit that returns false has not read the value, which is then skipped.
func (r *compactReader) fields(visit func(id int16, typ byte) bool) {
	var id int16
	for {
		typ, ok := r.field(&id)
		if !ok {
			return
		}
		if !visit(id, typ) {
			r.skip(typ, 0)
		}
	}
}

// rawFields calls visit with the bytes of each field's value; those of a boolean are empty.
func (r *compactReader) rawFields(visit func(id int16, typ byte, value []byte)) {
	var id int16
	for {
		typ, ok := r.field(&id)
		if !ok {
			return
		}
		start := r.pos
		r.skip(typ, 0)
		if r.err != nil {
			return
		}
		visit(id, typ, r.buf[start:r.pos])
	}
}

func (r *compactReader) advance(n int) {
	if n > len(r.buf)-r.pos {
		r.fail(errShort)
		return
	}
	r.pos += n
}

// skip passes over the value of a field. A boolean field's value is in its head.
func (r *compactReader) skip(typ byte, depth int) {
	if depth > maxNesting {
		r.fail(errNesting)
		return
	}
	switch typ {
	case compactTrue, compactFalse:
	case compactI8:
		r.advance(1)
	case compactI16, compactI32, compactI64:
		r.uvarint()
	case compactDouble:
		r.advance(8)
	case compactUUID:
		r.advance(16)
	case compactBinary:
		r.bytes()
	case compactList, compactSet:
		elem, n := r.list()
		for range n {
			r.skipElement(elem, depth+1)
			if r.err != nil {
				return
			}
		}
	case compactMap:
		r.skipMap(depth)
	case compactStruct:
		var id int16
		for {
			t, ok := r.field(&id)
			if !ok {
				return
			}
			r.skip(t, depth+1)
		}
	default:
		r.fail(fmt.Errorf("there is no type %d", typ))
	}
}

// skipElement is skip for an element of a list or map, where a boolean takes a byte of its own.
func (r *compactReader) skipElement(typ byte, depth int) {
	if typ == compactTrue || typ == compactFalse {
		r.advance(1)
		return
	}
	r.skip(typ, depth)
}

func (r *compactReader) skipMap(depth int) {
	n := r.uvarint()
	if n == 0 {
		return
	}
	types := r.byte()
	if n > uint64(len(r.buf)-r.pos) {
		r.fail(fmt.Errorf("a map of %d entries is longer than what is left", n))
		return
	}
	for range n {
		r.skipElement(types>>4, depth+1)
		r.skipElement(types&15, depth+1)
		if r.err != nil {
			return
		}
	}
}

// compactWriter writes values of the compact protocol. The caller keeps the ids of the fields of the struct being written.
type compactWriter struct {
	buf []byte
}

// field writes the head of a field; last is the id of the field before in the same struct, 0 at first.
func (w *compactWriter) field(last *int16, id int16, typ byte) {
	if delta := int(id) - int(*last); delta > 0 && delta <= 15 {
		w.buf = append(w.buf, byte(delta)<<4|typ)
	} else {
		w.buf = append(w.buf, typ)
		w.int(int64(id))
	}
	*last = id
}

func (w *compactWriter) stop() { w.buf = append(w.buf, compactStop) }

func (w *compactWriter) int(v int64) {
	w.buf = binary.AppendUvarint(w.buf, uint64(v<<1)^uint64(v>>63))
}

func (w *compactWriter) raw(b []byte) { w.buf = append(w.buf, b...) }

func (w *compactWriter) string(s string) {
	w.buf = binary.AppendUvarint(w.buf, uint64(len(s)))
	w.buf = append(w.buf, s...)
}

func (w *compactWriter) list(typ byte, n int) {
	if n < 15 {
		w.buf = append(w.buf, byte(n)<<4|typ)
		return
	}
	w.buf = append(w.buf, 15<<4|typ)
	w.buf = binary.AppendUvarint(w.buf, uint64(n))
}

func (w *compactWriter) intField(last *int16, id int16, typ byte, v int64) {
	w.field(last, id, typ)
	w.int(v)
}

func (w *compactWriter) stringField(last *int16, id int16, s string) {
	w.field(last, id, compactBinary)
	w.string(s)
}

func (w *compactWriter) rawField(last *int16, id int16, typ byte, value []byte) {
	w.field(last, id, typ)
	w.raw(value)
}

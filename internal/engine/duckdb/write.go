package duckdb

/*
#include <stdlib.h>
#include "shim.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"unicode/utf8"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	bindings "github.com/duckdb/duckdb-go-bindings"

	"github.com/hfspark/hfspark/internal/plan/types"
)

// Write copies count values of values, from position from on, into rows of v from row at on. The rows must be new ones: v
// holds DuckDB values of Spark type t, and the array's type is one that types.FromArrowType or types.FromConnectArrow maps
// to t.
func (v Vector) Write(t types.DataType, values arrow.Array, from, count, at int) error {
	if extension, ok := values.(array.ExtensionArray); ok {
		values = extension.Storage()
	}
	switch values := values.(type) {
	case *array.Dictionary:
		return v.writeEach(values, from, count, at, func(i, row int) error {
			return v.Write(t, values.Dictionary(), values.GetValueIndex(i), 1, row)
		})
	case *array.RunEndEncoded:
		return v.writeEach(values, from, count, at, func(i, row int) error {
			return v.Write(t, values.Values(), values.GetPhysicalIndex(i), 1, row)
		})
	}
	if t == types.Null || values.DataType().ID() == arrow.NULL {
		v.WriteNulls(count, at)
		return nil
	}
	if err := v.writeValidity(values, from, count, at); err != nil {
		return err
	}
	switch t := t.(type) {
	case types.Array:
		return v.writeList(values, from, count, at, func(child Vector, members arrow.Array, from, count, at int) error {
			return child.Write(t.Element, members, from, count, at)
		})
	case types.Map:
		return v.writeList(values, from, count, at, func(child Vector, members arrow.Array, from, count, at int) error {
			entries, ok := members.(*array.Struct)
			if !ok || entries.NumField() != 2 {
				return unwritable(t, values)
			}
			return child.writeMembers([]types.DataType{t.Key, t.Value}, entries, from, count, at)
		})
	case types.Struct:
		members, ok := values.(*array.Struct)
		if !ok || members.NumField() != len(t.Fields) {
			return unwritable(t, values)
		}
		all := make([]types.DataType, len(t.Fields))
		for i, f := range t.Fields {
			all[i] = f.Type
		}
		return v.writeMembers(all, members, from, count, at)
	}
	return v.writeSimple(t, values, from, count, at)
}

func unwritable(t types.DataType, values arrow.Array) error {
	return fmt.Errorf("arrow values of type %s cannot be read as %s", values.DataType(), t.SimpleString())
}

func (v Vector) writeEach(values arrow.Array, from, count, at int, each func(i, row int) error) error {
	for i := range count {
		if values.IsNull(from + i) {
			v.WriteNulls(1, at+i)
			continue
		}
		if err := each(from+i, at+i); err != nil {
			return err
		}
	}
	return nil
}

func (v Vector) writable(rows int) []byte {
	bindings.VectorEnsureValidityWritable(v.vector)
	return unsafe.Slice((*byte)(bindings.VectorGetValidity(v.vector)), (rows+63)/64*8)
}

// WriteNulls makes count rows null, from row at on.
func (v Vector) WriteNulls(count, at int) {
	if count > 0 {
		bitutil.SetBitsTo(v.writable(at+count), int64(at), int64(count), false)
	}
}

func (v Vector) writeValidity(values arrow.Array, from, count, at int) error {
	if count == 0 || values.NullN() == 0 || values.NullBitmapBytes() == nil {
		return nil
	}
	bitutil.CopyBitmap(values.NullBitmapBytes(), values.Data().Offset()+from, count, v.writable(at+count), at)
	return nil
}

func (v Vector) writeMembers(members []types.DataType, values *array.Struct, from, count, at int) error {
	for i, t := range members {
		// The fields of a sliced struct array are sliced already.
		if err := v.member(i).Write(t, values.Field(i), from, count, at); err != nil {
			return err
		}
	}
	// DuckDB expects the members of a null struct to be null.
	if values.NullN() > 0 {
		for i := range count {
			if values.IsNull(from + i) {
				for m := range members {
					v.member(m).WriteNulls(1, at+i)
				}
			}
		}
	}
	return nil
}

func (v Vector) writeList(values arrow.Array, from, count, at int,
	write func(child Vector, members arrow.Array, from, count, at int) error,
) error {
	lists, ok := values.(array.ListLike)
	if !ok {
		return fmt.Errorf("arrow values of type %s cannot be read as a list", values.DataType())
	}
	entries := rows[entry](v, at, count)
	size := int(bindings.ListVectorGetSize(v.vector))
	views := isListView(values)
	first, total := 0, 0
	for i := range count {
		start, end := int64(0), int64(0)
		if !views || values.IsValid(from+i) { // The place of a null view has no meaning.
			start, end = lists.ValueOffsets(from + i)
		}
		if start < 0 || end < start || end > int64(lists.ListValues().Len()) || !views && i > 0 && start != int64(first+total) {
			return errors.New("the offsets of an Arrow list column point outside of its members")
		}
		if i == 0 {
			first = int(start)
		}
		entries[i] = entry{uint64(size + total), uint64(end - start)}
		total += int(end - start)
	}
	if err := v.reserveMembers(size + total); err != nil {
		return err
	}
	child := Vector{bindings.ListVectorGetChild(v.vector)}
	if !views { // The members of adjacent lists are adjacent.
		return write(child, lists.ListValues(), first, total, size)
	}
	for i, e := range entries {
		if e.length == 0 {
			continue
		}
		start, _ := lists.ValueOffsets(from + i)
		if err := write(child, lists.ListValues(), int(start), int(e.length), int(e.offset)); err != nil {
			return err
		}
	}
	return nil
}

func isListView(values arrow.Array) bool {
	switch values.DataType().ID() {
	case arrow.LIST_VIEW, arrow.LARGE_LIST_VIEW:
		return true
	}
	return false
}

func (v Vector) reserveMembers(size int) error {
	if bindings.ListVectorReserve(v.vector, bindings.IdxT(size)) != bindings.StateSuccess ||
		bindings.ListVectorSetSize(v.vector, bindings.IdxT(size)) != bindings.StateSuccess {
		return fmt.Errorf("DuckDB has no memory for %d list members", size)
	}
	return nil
}

// rows views rows of a vector for writing.
func rows[T any](v Vector, at, count int) []T { return values[T](v, at, count) }

// writeText copies strings or byte strings; offsets are those of the rows and one more.
func writeText[T int32 | int64](v Vector, data []byte, offsets []T, nulls arrow.Array, from, at int, isText bool) error {
	count := len(offsets) - 1
	if count <= 0 {
		return nil
	}
	if !inside(offsets, len(data)) {
		return errors.New("the offsets of an Arrow text column point outside of its data")
	}
	if isText && !validText(data, offsets) {
		return errors.New("a text column holds bytes that are not UTF-8; read it as binary")
	}
	var valid *C.uint8_t
	skip := C.uint64_t(0)
	if bits := nulls.NullBitmapBytes(); nulls.NullN() > 0 && len(bits) > 0 {
		valid, skip = (*C.uint8_t)(unsafe.Pointer(&bits[0])), C.uint64_t(nulls.Data().Offset()+from)
	}
	if len(data) == 0 {
		data = []byte{0}
	}
	first := (*C.char)(unsafe.Pointer(&data[0]))
	switch offsets := any(offsets).(type) {
	case []int32:
		C.hfs_assign_strings32(v.vector.Ptr, C.uint64_t(at), first, (*C.int32_t)(unsafe.Pointer(&offsets[0])), C.uint64_t(count), valid, skip)
	case []int64:
		C.hfs_assign_strings64(v.vector.Ptr, C.uint64_t(at), first, (*C.int64_t)(unsafe.Pointer(&offsets[0])), C.uint64_t(count), valid, skip)
	}
	return nil
}

// inside reports whether offsets grow and stay within length bytes. Records may come from anywhere.
func inside[T int32 | int64](offsets []T, length int) bool {
	last := T(0)
	for _, at := range offsets {
		if at < last {
			return false
		}
		last = at
	}
	return int64(last) <= int64(length)
}

// validText reports whether each string is UTF-8: whether all of them together are and each begins with a character.
func validText[T int32 | int64](data []byte, offsets []T) bool {
	last := len(offsets) - 1
	if !utf8.Valid(data[offsets[0]:offsets[last]]) {
		return false
	}
	for _, at := range offsets[:last] {
		if int(at) < len(data) && !utf8.RuneStart(data[at]) {
			return false
		}
	}
	return true
}

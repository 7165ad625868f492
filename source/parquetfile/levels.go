package parquetfile

import (
	"context"
	"fmt"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/compute"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// leaf is the values of one leaf column of a record batch, with the definition and repetition levels of Dremel's encoding
// (parquet-format, Encodings and Nested encoding).
type leaf struct {
	// values has one value for each level at or above spacedFrom, null where the level is below the highest.
	values     arrow.Array
	def, rep   []int16 // nil where the column has no such levels, and def also where the validity of values tells as much
	spacedFrom int16
	nullable   bool
}

// flat tells whether each row is a value or a null, and def is not there.
func (l leaf) flat() bool { return l.def == nil }

// withLevels is the leaf with def where the column has such levels.
func (l leaf) withLevels() leaf {
	if l.def != nil || !l.nullable {
		return l
	}
	l.def = make([]int16, l.values.Len())
	there := validOf(l.values)
	for i := range l.def {
		if there.at(i) && l.values.DataType().ID() != arrow.NULL {
			l.def[i] = 1
		}
	}
	return l
}

// definition appends the definition levels of a range.
func (l leaf) definition(dst []uint8, from, to int) []uint8 {
	if l.def != nil {
		return appendLevels(dst, l.def[from:to])
	}
	there := validOf(l.values)
	for i := from; i < to; i++ {
		level := uint8(0)
		if there.at(i) {
			level = 1
		}
		dst = append(dst, level)
	}
	return dst
}

// repetition appends the repetition levels of a range.
func (l leaf) repetition(dst []uint8, from, to int) []uint8 { return appendLevels(dst, l.rep[from:to]) }

func appendLevels(dst []uint8, levels []int16) []uint8 {
	for _, level := range levels {
		dst = append(dst, uint8(level)) //nolint:gosec // Deeper columns are left to the Parquet library.
	}
	return dst
}

// rows is how many rows begin in a range of levels.
func (l leaf) rows(from, to int) int {
	if l.rep == nil {
		return to - from
	}
	n := 0
	for _, rep := range l.rep[from:to] {
		if rep == 0 {
			n++
		}
	}
	return n
}

// valueAt is the value that belongs to level to, when that of level from is value.
func (l leaf) valueAt(from, to, value int) int {
	if l.def == nil {
		return to
	}
	for _, d := range l.def[from:to] {
		if d >= l.spacedFrom {
			value++
		}
	}
	return value
}

func (l leaf) levels() int {
	if l.def != nil {
		return len(l.def)
	}
	return l.values.Len()
}

// slice is the levels [from, to) and their values, which begin at value.
func (l leaf) slice(from, to, value int) (leaf, int) {
	end := l.valueAt(from, to, value)
	part := leaf{values: array.NewSlice(l.values, int64(value), int64(end)), spacedFrom: l.spacedFrom, nullable: l.nullable}
	if l.def != nil {
		part.def = l.def[from:to]
	}
	if l.rep != nil {
		part.rep = l.rep[from:to]
	}
	return part, end
}

// position is where a level entry stands while the levels of a column are made: at row index of the array at hand, or, with
// an index below zero, ended by a null or an empty list above it.
type position struct {
	index    int32
	def, rep int16
}

// shredder makes the leaves of one column.
type shredder struct {
	ctx    context.Context
	leaves []leaf
}

// shred makes the leaves of a column, in the order of Parquet's columns.
func shred(ctx context.Context, column arrow.Array, field arrow.Field) ([]leaf, error) {
	s := &shredder{ctx: ctx}
	if isFlat(field.Type) {
		return []leaf{{values: column, nullable: field.Nullable}}, nil
	}
	at := make([]position, column.Len())
	for i := range at {
		at[i].index = int32(i)
	}
	err := s.descend(column, field.Nullable, at, path{})
	return s.leaves, err
}

func isFlat(t arrow.DataType) bool {
	switch t.(type) {
	case *arrow.StructType, arrow.ListLikeType:
		return false
	}
	return true
}

// path is the levels above an array: the highest definition and repetition level so far, and the definition level from which
// an entry has an element in the innermost list.
type path struct {
	def, rep, spacedFrom int16
}

func (s *shredder) descend(a arrow.Array, nullable bool, at []position, p path) error {
	if nullable {
		p.def++
		for i := range at {
			if at[i].index < 0 {
				continue
			}
			if a.DataType().ID() == arrow.NULL || a.IsNull(int(at[i].index)) {
				at[i].index = -1
			} else {
				at[i].def = p.def
			}
		}
	}
	switch a := a.(type) {
	case *array.Struct:
		return s.descendStruct(a, at, p)
	case array.ListLike:
		return s.descendList(a, at, p)
	}
	return s.gather(a, nullable, at, p)
}

func (s *shredder) descendStruct(a *array.Struct, at []position, p path) error {
	t := a.DataType().(*arrow.StructType)
	for i := range a.NumField() {
		own := at
		if i < a.NumField()-1 {
			own = append([]position(nil), at...) // the last field may change the positions at hand
		}
		if err := s.descend(a.Field(i), t.Field(i).Nullable, own, p); err != nil {
			return err
		}
	}
	return nil
}

func (s *shredder) descendList(a array.ListLike, at []position, p path) error {
	p.def++
	p.rep++
	p.spacedFrom = p.def
	elements := make([]position, 0, len(at))
	for _, e := range at {
		if e.index < 0 {
			elements = append(elements, e)
			continue
		}
		start, end := a.ValueOffsets(int(e.index))
		if start == end {
			elements = append(elements, position{index: -1, def: e.def, rep: e.rep})
			continue
		}
		rep := e.rep
		for j := start; j < end; j++ {
			elements = append(elements, position{index: int32(j), def: p.def, rep: rep})
			rep = p.rep
		}
	}
	values := a.ListValues()
	field := a.DataType().(arrow.ListLikeType).ElemField()
	if m, ok := a.DataType().(*arrow.MapType); ok {
		field = arrow.Field{Type: arrow.StructOf(m.KeyField(), m.ItemField())} // entries are never null
	}
	return s.descend(values, field.Nullable, elements, p)
}

// gather makes the leaf of an array whose every level is known.
func (s *shredder) gather(a arrow.Array, nullable bool, at []position, p path) error {
	l := leaf{nullable: nullable, spacedFrom: p.spacedFrom}
	l.def = make([]int16, len(at))
	if p.rep > 0 {
		l.rep = make([]int16, len(at))
	}
	indices := array.NewInt32Builder(memory.DefaultAllocator)
	defer indices.Release()
	indices.Reserve(len(at))
	for i, e := range at {
		l.def[i] = e.def
		if l.rep != nil {
			l.rep[i] = e.rep
		}
		switch {
		case e.def < p.spacedFrom:
		case e.index < 0:
			indices.AppendNull()
		default:
			indices.Append(e.index)
		}
	}
	if p.def == 0 {
		l.def = nil
	}
	take := indices.NewArray()
	defer take.Release()
	if a.DataType().ID() == arrow.NULL {
		l.values = array.NewNull(take.Len())
		s.leaves = append(s.leaves, l)
		return nil
	}
	values, err := compute.TakeArray(s.ctx, a, take)
	if err != nil {
		return fmt.Errorf("take the values of a %s column: %w", a.DataType(), err)
	}
	l.values = values
	s.leaves = append(s.leaves, l)
	return nil
}

func textOf(a *array.String, i int) []byte {
	v := a.Value(i)
	return unsafe.Slice(unsafe.StringData(v), len(v))
}

func largeTextOf(a *array.LargeString, i int) []byte {
	v := a.Value(i)
	return unsafe.Slice(unsafe.StringData(v), len(v))
}

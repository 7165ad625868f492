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
	def, rep   []int16 // nil where the column has no such levels
	spacedFrom int16
	nullable   bool
}

func (l leaf) levels() int {
	if l.def != nil {
		return len(l.def)
	}
	return l.values.Len()
}

// slice is the levels [from, to) and their values, which begin at value.
func (l leaf) slice(from, to, value int) (leaf, int) {
	values := to - from
	if l.def != nil {
		values = 0
		for _, d := range l.def[from:to] {
			if d >= l.spacedFrom {
				values++
			}
		}
	}
	part := leaf{values: array.NewSlice(l.values, int64(value), int64(value+values)), spacedFrom: l.spacedFrom, nullable: l.nullable}
	if l.def != nil {
		part.def = l.def[from:to]
	}
	if l.rep != nil {
		part.rep = l.rep[from:to]
	}
	return part, value + values
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
		return []leaf{flatLeaf(column, field.Nullable)}, nil
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

// flatLeaf is a column that is its own leaf; its values are not copied.
func flatLeaf(column arrow.Array, nullable bool) leaf {
	l := leaf{values: column, nullable: nullable}
	if !nullable {
		return l
	}
	l.def = make([]int16, column.Len())
	if column.DataType().ID() == arrow.NULL {
		return l
	}
	if column.NullN() == 0 {
		for i := range l.def {
			l.def[i] = 1
		}
		return l
	}
	for i := range l.def {
		if column.IsValid(i) {
			l.def[i] = 1
		}
	}
	return l
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

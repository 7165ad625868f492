package parquet

import (
	"fmt"
	"slices"
)

// selectedColumn is a column of a slice: all of a column of the file, or some of its members.
type selectedColumn struct {
	column
	elements []selectedElement
	leaves   []int
}

// selectedElement is an element of the schema, with the number of its children in the slice.
type selectedElement struct {
	index    int
	children int32
}

// selectColumns returns the columns of those names, in file order, with the members that are asked for of each: nil asks for
// all.
func (f *Footer) selectColumns(names []string, members map[string][][]string) (selection, error) {
	var s selection
	var columns []column
	for _, name := range names {
		c, ok, err := f.column(name)
		if err != nil {
			return s, err
		}
		if !ok || slices.ContainsFunc(columns, func(have column) bool { return have.name == name }) {
			continue
		}
		if c.leaf == c.firstLeaf {
			return s, fmt.Errorf("column %q has no values: it is a struct without fields", name)
		}
		columns = append(columns, c)
	}
	slices.SortFunc(columns, func(a, b column) int { return a.firstElement - b.firstElement })
	trimmed := false
	for _, c := range columns {
		selected := f.selectMembers(c, members[c.name])
		trimmed = trimmed || len(selected.leaves) < c.leaf-c.firstLeaf
		s.columns = append(s.columns, selected)
	}
	if trimmed {
		return s, nil // The writer's schema would not be that of the slice.
	}
	var err error
	s.arrowSchema, err = f.schemas.text(f.schemaKey(), columns, func() (string, error) { return encodeSchema(subset(f.origin(), columns)) })
	return s, err
}

// wholeColumns are all columns of the file.
func (f *Footer) wholeColumns() []selectedColumn {
	out := make([]selectedColumn, len(f.columns))
	for i, c := range f.columns {
		out[i] = f.selectMembers(c, nil)
	}
	return out
}

func (f *Footer) selectMembers(c column, members [][]string) selectedColumn {
	w := &memberWalk{footer: f, leaf: c.firstLeaf, selected: selectedColumn{column: c}}
	w.element(c.firstElement, members)
	return w.selected
}

// memberWalk goes through the elements of a column in their order.
type memberWalk struct {
	footer   *Footer
	leaf     int // the next one
	selected selectedColumn
}

// element takes the element at i with those of the members below it, without any with all, and returns the index behind them.
func (w *memberWalk) element(i int, members [][]string) int {
	e := w.footer.elements[i]
	at := len(w.selected.elements)
	w.selected.elements = append(w.selected.elements, selectedElement{i, e.children})
	if e.physical != group {
		w.selected.leaves = append(w.selected.leaves, w.leaf)
		w.leaf++
		return i + 1
	}
	switch {
	case len(members) == 0 || e.repetition == repeated || w.footer.isMap(i):
	case w.footer.isList(i):
		// The list, the repeated group in it, and the element.
		w.selected.elements = append(w.selected.elements, selectedElement{i + 1, 1})
		return w.element(i+2, members)
	default:
		if kept := w.fields(i, members); kept > 0 {
			w.selected.elements[at].children = kept
			return w.skip(i, false)
		}
	}
	next := i + 1
	for range e.children {
		next = w.element(next, nil)
	}
	return next
}

// fields takes the fields of the struct at i that members begin with, and returns how many there are. With none it takes
// nothing.
func (w *memberWalk) fields(i int, members [][]string) int32 {
	elements := w.footer.elements
	var kept int32
	leaf, next := w.leaf, i+1
	for range elements[i].children {
		below, all := membersOf(members, elements[next].name)
		switch {
		case all:
			kept++
			next = w.element(next, nil)
		case len(below) > 0:
			kept++
			next = w.element(next, below)
		default:
			next = w.skip(next, true)
		}
	}
	if kept == 0 {
		w.leaf = leaf
	}
	return kept
}

// skip returns the index behind the element at i and those below it; leaves counts their leaves as passed.
func (w *memberWalk) skip(i int, leaves bool) int {
	e := w.footer.elements[i]
	if e.physical != group {
		if leaves {
			w.leaf++
		}
		return i + 1
	}
	next := i + 1
	for range e.children {
		next = w.skip(next, leaves)
	}
	return next
}

// membersOf are the members below a field; all says that the field itself is one.
func membersOf(members [][]string, field string) (below [][]string, all bool) {
	for _, m := range members {
		switch {
		case len(m) == 0 || m[0] != field:
		case len(m) == 1:
			all = true
		default:
			below = append(below, m[1:])
		}
	}
	return below, all
}

// isList says whether the element at i is a list of three levels, as all current writers make them.
func (f *Footer) isList(i int) bool {
	e := f.elements[i]
	if e.logical.kind != logicalList && e.converted != convertedList || e.children != 1 {
		return false
	}
	middle := f.elements[i+1]
	return middle.physical == group && middle.repetition == repeated && middle.children == 1 &&
		middle.logical.kind == 0 && middle.converted == convertedNone && f.elements[i+2].repetition != repeated &&
		middle.name != "array" && middle.name != e.name+"_tuple"
}

func (f *Footer) isMap(i int) bool {
	e := f.elements[i]
	return e.logical.kind == logicalMap || e.converted == convertedMap || e.converted == convertedMapKeyValue
}

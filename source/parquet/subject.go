package parquet

import "github.com/hfspark/hfspark/source/predicate"

// telling is what statistics tell of the subject of a condition.
type telling int8

const (
	untold telling = iota // nothing
	told                  // what they tell of a leaf
	absent                // the file does not have the column
)

// subject is the leaf that a condition is about. Nothing is told of values in lists and maps, whose counts of nulls and order
// are those of elements.
func (f *Footer) subject(p predicate.Predicate) (leaf int, state telling, err error) {
	c, ok, err := f.column(predicate.Column(p))
	if err != nil {
		return 0, untold, err
	}
	if !ok {
		return 0, absent, nil
	}
	at, leaf := c.firstElement, c.firstLeaf
	for _, name := range predicate.Fields(p) {
		if at, leaf, ok = f.field(at, leaf, name); !ok {
			return 0, untold, nil
		}
	}
	if f.elements[at].physical == group || f.leaves[leaf].maxRepetition > 0 {
		return 0, untold, nil
	}
	return leaf, told, nil
}

// field is the field of that name in the struct at an element, with its first leaf.
func (f *Footer) field(at, leaf int, name string) (element, first int, ok bool) {
	e := f.elements[at]
	if e.physical != group || f.isList(at) || f.isMap(at) {
		return 0, 0, false
	}
	w := &memberWalk{footer: f, leaf: leaf}
	next := at + 1
	for range e.children {
		if f.elements[next].name == name {
			if ok {
				return 0, 0, false // Two fields have the name.
			}
			element, first, ok = next, w.leaf, true
		}
		next = w.skip(next, true)
	}
	return element, first, ok
}

// leafElement is the element of the schema that a leaf is.
func (f *Footer) leafElement(leaf int) element { return f.elements[f.leaves[leaf].element] }

// isPlain says whether a column is one of plain values, of which statistics speak.
func (f *Footer) isPlain(c column) bool {
	l := f.leaves[c.firstLeaf]
	return c.leaf == c.firstLeaf+1 && len(l.path) == 1 && l.maxRepetition == 0
}

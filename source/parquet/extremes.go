package parquet

import (
	"math/big"
)

// Extremes are the least and the greatest value of a column, as the statistics of a file tell them exactly.
type Extremes struct {
	// Min and Max are int64 for integers, dates (days) and timestamps (microseconds), or string. Both are nil where all values are
	// null.
	Min, Max any
}

// Extremes returns the least and greatest values of a column in some row groups (nil: all). ok is false where the statistics
// do not tell them exactly, which they do for whole numbers, dates and timestamps, and for texts whose writer says so.
func (f *Footer) Extremes(name string, rowGroups []int) (e Extremes, ok bool, err error) {
	c, found, err := f.column(name)
	if err != nil || !found || !f.isPlain(c) {
		return e, false, err
	}
	groups, err := f.rowGroups(rowGroups)
	if err != nil {
		return e, false, err
	}
	for _, g := range groups {
		b, err := f.boundsOf(g, c.firstLeaf)
		if err != nil {
			return e, false, err
		}
		if b.allNull {
			continue
		}
		chunk, err := f.chunk(g, c.firstLeaf)
		if err != nil {
			return e, false, err
		}
		lo, hi := exact(b.min), exact(b.max)
		if lo == nil || hi == nil || !b.tells(f.elements[c.firstElement], chunk.stats) {
			return e, false, nil
		}
		if order, _ := compareValues(lo, e.Min); e.Min == nil || order < 0 {
			e.Min = lo
		}
		if order, _ := compareValues(hi, e.Max); e.Max == nil || order > 0 {
			e.Max = hi
		}
	}
	return e, true, nil
}

// Counts are how many rows there are, and how many values of a column that are not null.
type Counts struct{ Rows, Values int64 }

// Counts returns the counts of a column in some row groups (nil: all). ok is false where the statistics do not tell how many
// values are null.
func (f *Footer) Counts(name string, rowGroups []int) (n Counts, ok bool, err error) {
	c, found, err := f.column(name)
	if err != nil || !found || !f.isPlain(c) {
		return n, false, err
	}
	groups, err := f.rowGroups(rowGroups)
	if err != nil {
		return n, false, err
	}
	l := f.leaves[c.firstLeaf]
	for _, g := range groups {
		chunk, err := f.chunk(g, c.firstLeaf)
		if err != nil {
			return n, false, err
		}
		nulls := chunk.stats.nulls
		if l.neverNull() {
			nulls = 0
		}
		rows := f.groups[g].rows
		if nulls < 0 || nulls > rows || chunk.values != rows {
			return n, false, nil
		}
		n.Rows += rows
		n.Values += rows - nulls
	}
	return n, true, nil
}

// exact is a bound as a value of Extremes, or nil.
func exact(bound any) any {
	switch v := bound.(type) {
	case int64, string:
		return v
	case *big.Int:
		if v.IsInt64() {
			return v.Int64()
		}
	}
	return nil
}

// tells says whether the bounds are values of the column, rather than values beyond all of them.
func (b bounds) tells(e element, s statistics) bool {
	switch b.kind {
	case integerKind, unsignedKind, dateKind:
		return !s.minWidened && !s.maxWidened
	case timestampKind, localTimestampKind:
		return !s.minWidened && !s.maxWidened && e.logical.unit != nanos
	case bytesKind:
		return s.minExact && s.maxExact
	}
	return false
}

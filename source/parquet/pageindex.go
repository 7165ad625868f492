package parquet

import (
	"errors"
	"fmt"

	"github.com/hfspark/hfspark/source/predicate"
)

// page is where a data page lies, by the offset index.
type page struct {
	offset, size int64
	firstRow     int64
}

// pageIndex is what the indexes of a column chunk say. Without a column index, bounds is nil.
type pageIndex struct {
	pages  []page
	bounds []bounds // of the values of each page
}

// rows are those of page i in a row group of so many rows.
func (x *pageIndex) rows(i int, all int64) RowRange {
	if i+1 < len(x.pages) {
		return RowRange{x.pages[i].firstRow, x.pages[i+1].firstRow}
	}
	return RowRange{x.pages[i].firstRow, all}
}

var errIndex = errors.New("its page index is damaged")

// readOffsetIndex decodes the struct OffsetIndex of a chunk of a row group of so many rows. An index that does not describe
// the chunk is an error: whoever uses it takes the chunk as one without an index.
func readOffsetIndex(raw []byte, c chunk, rows int64) (*pageIndex, error) {
	x := &pageIndex{}
	r := &compactReader{buf: raw}
	r.fields(func(id int16, typ byte) bool {
		if id != 1 || typ != compactList {
			return false
		}
		x.pages = readStructs(r, readPageLocation)
		return true
	})
	if r.err != nil {
		return nil, r.err
	}
	if len(x.pages) == 0 || x.pages[0].firstRow != 0 || x.pages[0].offset < c.offset {
		return nil, errIndex
	}
	for i, p := range x.pages {
		end := c.offset + c.size
		if i+1 < len(x.pages) {
			end = x.pages[i+1].offset
		}
		if of := x.rows(i, rows); p.size <= 0 || p.offset > end-p.size || of.From >= of.To {
			return nil, errIndex
		}
	}
	return x, nil
}

func readPageLocation(r *compactReader) page {
	var p page
	r.fields(func(id int16, typ byte) bool {
		switch {
		case id == 1 && typ == compactI64:
			p.offset = r.int64()
		case id == 2 && typ == compactI32:
			p.size = int64(r.int32())
		case id == 3 && typ == compactI64:
			p.firstRow = r.int64()
		default:
			return false
		}
		return true
	})
	return p
}

// columnIndex is the struct ColumnIndex.
type columnIndex struct {
	nullPages []bool
	min, max  [][]byte
	nulls     []int64 // nil where it is not told
}

func readColumnIndex(raw []byte) (columnIndex, error) {
	var x columnIndex
	r := &compactReader{buf: raw}
	r.fields(func(id int16, typ byte) bool {
		if typ != compactList {
			return false
		}
		switch id {
		case 1:
			x.nullPages = readBools(r)
		case 2:
			x.min = readList(r, compactBinary, (*compactReader).bytes)
		case 3:
			x.max = readList(r, compactBinary, (*compactReader).bytes)
		case 5:
			x.nulls = readList(r, compactI64, (*compactReader).int64)
		default:
			return false
		}
		return true
	})
	return x, r.err
}

// readBools reads a list of booleans, which take a byte each.
func readBools(r *compactReader) []bool {
	typ, n := r.list()
	if n > 0 && typ != compactTrue && typ != compactFalse {
		r.fail(fmt.Errorf("a list has elements of type %d where booleans belong", typ))
		return nil
	}
	out := make([]bool, 0, n)
	for range n {
		out = append(out, r.byte() == compactTrue)
	}
	return out
}

func readList[T any](r *compactReader, want byte, read func(*compactReader) T) []T {
	typ, n := r.list()
	if n > 0 && typ != want {
		r.fail(fmt.Errorf("a list has elements of type %d where type %d belongs", typ, want))
		return nil
	}
	out := make([]T, 0, n)
	for range n {
		out = append(out, read(r))
	}
	return out
}

// addBounds sets the bounds of the pages of a leaf; where the column index does not fit the pages it leaves them unknown.
func (f *Footer) addBounds(x *pageIndex, raw []byte, leaf int) error {
	index, err := readColumnIndex(raw)
	if err != nil {
		return err
	}
	n := len(x.pages)
	if len(index.nullPages) != n || len(index.min) != n || len(index.max) != n || index.nulls != nil && len(index.nulls) != n {
		return errIndex
	}
	l := f.leaves[leaf]
	e := f.elements[l.element]
	kind := e.kind()
	x.bounds = make([]bounds, n)
	for i := range x.bounds {
		b := bounds{kind: kind, scale: max(e.scale, e.logical.scale), allNull: index.nullPages[i], noNulls: l.neverNull()}
		if index.nulls != nil && len(l.path) == 1 {
			b.noNulls = b.noNulls || index.nulls[i] == 0
		}
		if b.allNull && b.noNulls { // A page says both; it cannot be trusted.
			b.allNull, b.noNulls = false, false
		}
		if !b.allNull && f.trusts(e) && (f.ordered[leaf] || kind.signed()) {
			b.setRange(e, index.min[i], index.max[i])
		}
		x.bounds[i] = b
	}
	return nil
}

// pageTest tells which rows of a row group can match a predicate.
type pageTest struct {
	groupTest
	rows    int64
	indexes map[int]*pageIndex // by leaf
}

// mayMatchRows returns rows among which are all for which the predicate may be true.
func (t *pageTest) mayMatchRows(p predicate.Predicate) rowRanges {
	switch p := p.(type) {
	case predicate.And:
		rows := allRows(t.rows)
		for _, member := range p {
			rows = rows.intersect(t.mayMatchRows(member))
		}
		return rows
	case predicate.Or:
		var rows rowRanges
		for _, member := range p {
			rows = rows.union(t.mayMatchRows(member))
		}
		return rows
	}
	if !t.mayMatch(p) {
		return nil
	}
	leaf, state, err := t.footer.subject(p)
	if err != nil || state != told {
		return allRows(t.rows)
	}
	x := t.indexes[leaf]
	if x == nil || x.bounds == nil {
		return allRows(t.rows)
	}
	var rows rowRanges
	for i, b := range x.bounds {
		if b.mayMatch(p) {
			rows = rows.union(rowRanges{x.rows(i, t.rows)})
		}
	}
	return rows
}

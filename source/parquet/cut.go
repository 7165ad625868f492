package parquet

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strings"
)

// cutChunk is a column chunk without the pages that cannot matter. In their place it has pages that take next to no bytes and
// have as many rows, so that all columns of a row group keep the same rows. Nobody may look at those rows: the slice tells
// which ones count.
type cutChunk struct {
	parts         []cutPart
	size          int64 // in the slice
	pages, passed int
	// recount says that the number of values is known only when the pages are there.
	recount bool
}

// cutPart is a run of bytes of the file or, with fill, bytes in place of some.
type cutPart struct {
	from, to int64
	fill     []byte
}

func (p cutPart) length() int64 { return p.to - p.from + int64(len(p.fill)) }

// maxFill bounds what takes the place of pages in a chunk.
const maxFill = 8 << 20

// cut leaves out the pages of a chunk that have no row of keep. It says no where that saves nothing, or is not sound.
func (f *Footer) cut(c chunk, leaf int, x *pageIndex, rows int64, keep rowRanges) (cutChunk, bool) {
	l := f.leaves[leaf]
	if x == nil || f.padding(c) > 0 || rows > math.MaxInt32 {
		return cutChunk{}, false
	}
	// There is no zero of INT96 that is a time, and who writes pages anew looks for the first one where the footer says.
	if c.recodes() && (l.maxDefinition == 0 && c.physical == Int96 || x.pages[0].offset != c.dataOffset) {
		return cutChunk{}, false
	}
	out := cutChunk{pages: len(x.pages), recount: l.maxRepetition > 0}
	add := func(from, to int64) {
		if n := len(out.parts); n > 0 && out.parts[n-1].fill == nil && out.parts[n-1].to == from {
			out.parts[n-1].to = to
		} else if from < to {
			out.parts = append(out.parts, cutPart{from: from, to: to})
		}
	}
	// What lies before the first page is the dictionary.
	add(c.offset, x.pages[0].offset)
	var missing, filled, fetched int64
	fill := func() bool {
		if missing == 0 {
			return true
		}
		page, ok := f.emptyPage(l, missing)
		if ok {
			out.parts = append(out.parts, cutPart{fill: page})
			filled += int64(len(page))
			missing = 0
		}
		return ok && filled <= maxFill
	}
	for i, p := range x.pages {
		of := x.rows(i, rows)
		if !keep.overlaps(of) {
			missing += of.To - of.From
			out.passed++
			continue
		}
		if !fill() {
			return cutChunk{}, false
		}
		add(p.offset, p.offset+p.size)
	}
	if !fill() {
		return cutChunk{}, false
	}
	for _, p := range out.parts {
		out.size += p.length()
		fetched += p.to - p.from
	}
	return out, out.passed > 0 && c.size-fetched > filled
}

// wholePages is the rows of keep with those of all pages, of lists of the same values, in which they are: members of the elements of
// lists are put together by their number, so that each of them must have the elements of the same rows.
func wholePages(indexes []*pageIndex, rows int64, keep rowRanges) rowRanges {
	for {
		before := keep.count()
		for _, x := range indexes {
			var all rowRanges
			for i := range x.pages {
				if of := x.rows(i, rows); keep.overlaps(of) {
					all = append(all, of)
				}
			}
			keep = keep.union(all)
		}
		if keep.count() == before {
			return keep
		}
	}
}

// emptyPage is a page of rows that are null or, in a column that cannot be null, zero. It is of the second version, whose
// values may stay uncompressed whatever the codec of the chunk.
func (f *Footer) emptyPage(l leaf, rows int64) ([]byte, bool) {
	// A level is one run of 0.
	zeros := func(most int) []byte {
		if most == 0 {
			return nil
		}
		return append(binary.AppendUvarint(nil, uint64(rows)<<1), make([]byte, (bits.Len(uint(most))+7)/8)...)
	}
	repetitions, definitions := zeros(l.maxRepetition), zeros(l.maxDefinition)
	levels := slices.Concat(repetitions, definitions)
	values, nulls := int64(0), rows
	if l.maxDefinition == 0 {
		values, nulls = f.zeros(l, rows), 0
		if values > maxFill {
			return nil, false
		}
	}
	const v2Values, v2Nulls, v2Rows, v2Encoding, plainValues = 1, 2, 3, 4, 0
	size := int64(len(levels)) + values
	w := &compactWriter{}
	var last int16
	w.intField(&last, pageKind, compactI32, dataPageV2)
	w.intField(&last, pageRawSize, compactI32, size)
	w.intField(&last, pageSize, compactI32, size)
	w.field(&last, pageV2, compactStruct)
	var inner int16
	w.intField(&inner, v2Values, compactI32, rows)
	w.intField(&inner, v2Nulls, compactI32, nulls)
	w.intField(&inner, v2Rows, compactI32, rows)
	w.intField(&inner, v2Encoding, compactI32, plainValues)
	w.intField(&inner, v2DefinitionLength, compactI32, int64(len(definitions)))
	w.intField(&inner, v2RepetitionLength, compactI32, int64(len(repetitions)))
	w.field(&inner, v2Compressed, compactFalse)
	w.stop()
	w.stop()
	w.raw(levels)
	return append(w.buf, make([]byte, values)...), true
}

// zeros is how many bytes so many values take whose bytes are all zero.
func (f *Footer) zeros(l leaf, rows int64) int64 {
	e := f.elements[l.element]
	switch e.physical {
	case Boolean:
		return (rows + 7) / 8
	case Int32, Float, ByteArray: // A text of no bytes has a length.
		return rows * 4
	case Int64, Double:
		return rows * 8
	case Int96:
		return rows * 12
	case FixedLenByteArray:
		return rows * int64(e.typeLength)
	}
	return math.MaxInt64
}

// recount finds how many values the chunks of a slice have whose pages were cut without knowing that. It reports whether there are any.
func (f *Footer) recount(file *sliceFile, groups []sliceGroup) (any bool, err error) {
	defer guard(&err)
	for _, g := range groups {
		for i := range g.chunks {
			c := &g.chunks[i]
			if !c.recount {
				continue
			}
			data, err := file.view(c.at, c.size)
			if err != nil {
				return any, err
			}
			if c.values, err = countValues(data); err != nil {
				return any, fmt.Errorf("row group %d, column %s: %w", g.index, strings.Join(f.leaves[c.leaf].path, "."), err)
			}
			any = true
		}
	}
	return any, nil
}

// countValues adds up what the pages of a chunk say.
func countValues(data []byte) (values int64, err error) {
	for number := 0; len(data) > 0; number++ {
		h, err := readPageHead(data)
		if err == nil {
			err = h.check(int64(len(data)-len(h.raw)), number)
		}
		if err != nil {
			return 0, fmt.Errorf("page %d: %w", number, err)
		}
		if h.kind == dataPageV1 || h.kind == dataPageV2 {
			values += h.values
		}
		data = data[int64(len(h.raw))+h.size:]
	}
	return values, nil
}

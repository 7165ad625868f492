package parquet

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// plan is what a scan fetches.
type plan struct {
	selection      selection
	slices         []slicePlan
	rows           int64
	asked, skipped int // row groups
	why            reasons
	pages, passed  int   // pages of indexes, and those of them that are left out
	looked         int64 // bytes of indexes that were fetched
}

// slicePlan is what one slice is made of.
type slicePlan struct {
	groups []sliceGroup
	ranges []fetchRange
	rows   int64
	end    int64    // where the slice's footer begins
	size   int64    // of the memory that it takes, about
	unit   timeUnit // of what INT96 becomes
	recode bool     // chunks are stored in a way that decoders do not know
	fills  []fill
	keep   rowRanges // the rows that count; nil for all
	queued func()    // called when the first of ranges has its turn, or waits for it
}

// fill is bytes of a slice that are not those of the file.
type fill struct {
	at    int64
	bytes []byte
}

// firstSlice is the size of the first slice of a scan; each next one may be four times as large, up to Options.SliceSize.
const firstSlice = 1 << 20

func (f *Footer) plan(ctx context.Context, file File, q Query, o Options) (*plan, error) {
	groups, err := f.rowGroups(q.RowGroups)
	if err != nil {
		return nil, err
	}
	p := &plan{asked: len(groups), why: reasons{}}
	if p.selection, err = f.selectColumns(q.Columns, q.Members); err != nil {
		return nil, err
	}
	if q.Nanoseconds {
		p.selection.unit = nanos
	}
	kept, err := f.prune(groups, q.Prune, p.why)
	if err != nil {
		return nil, err
	}
	look := lookup{file: file, footer: f, query: q, options: o, plan: p}
	kept, cuts, err := look.refine(ctx, kept)
	if err != nil {
		return nil, err
	}
	if q.Limit > 0 && !q.Filtered {
		before := len(kept)
		if kept = f.firstRows(kept, q.Limit); len(kept) < before {
			p.why.add(fmt.Sprintf("limit %d", q.Limit), byLimit, before-len(kept), 0)
		}
		if cuts, err = look.cutLast(ctx, kept, cuts); err != nil {
			return nil, err
		}
	}
	p.skipped = len(groups) - len(kept)
	for _, g := range kept {
		if cut, ok := cuts[g]; ok {
			p.rows += cut.keep.count()
		} else {
			p.rows += f.groups[g].rows
		}
	}
	if len(p.selection.columns) == 0 {
		return p, nil
	}
	return p, f.planSlices(p, kept, cuts, q, o)
}

// rowGroups checks the row groups that were asked for, and leaves out empty ones.
func (f *Footer) rowGroups(asked []int) ([]int, error) {
	if asked == nil {
		asked = make([]int, len(f.groups))
		for i := range asked {
			asked[i] = i
		}
	}
	groups := make([]int, 0, len(asked))
	for _, g := range asked {
		if g < 0 || g >= len(f.groups) {
			return nil, fmt.Errorf("there is no row group %d: it has %d", g, len(f.groups))
		}
		if f.groups[g].rows > 0 {
			groups = append(groups, g)
		}
	}
	return groups, nil
}

func (f *Footer) firstRows(groups []int, limit int64) []int {
	var rows int64
	for i, g := range groups {
		rows += f.groups[g].rows
		if rows >= limit {
			return groups[:i+1]
		}
	}
	return groups
}

func (f *Footer) planSlices(p *plan, groups []int, cuts map[int]groupCut, q Query, o Options) error {
	b := &sliceBuilder{footer: f, options: o, unit: p.selection.unit}
	target := int64(firstSlice)
	for _, g := range groups {
		size, err := b.add(g, p.selection, cuts[g])
		if err != nil {
			return err
		}
		if q.Limit > 0 || size >= min(target, o.SliceSize) {
			p.slices = append(p.slices, b.build())
			target *= 4
		}
	}
	if len(b.groups) > 0 {
		p.slices = append(p.slices, b.build())
	}
	return nil
}

// sliceBuilder lays out the chunks of a slice.
type sliceBuilder struct {
	footer   *Footer
	options  Options
	groups   []sliceGroup
	segments []segment
	rows     int64
	end      int64
	unit     timeUnit
	recode   bool
	extra    int64 // bytes that uncompressed copies take
	fills    []fill
	keep     rowRanges
	cut      bool
}

// add lays out a row group, and returns the size of the slice so far.
func (b *sliceBuilder) add(rowGroup int, s selection, cut groupCut) (int64, error) {
	if b.end == 0 {
		b.end = int64(len(magic))
	}
	g := sliceGroup{index: rowGroup}
	for _, c := range s.columns {
		for _, leaf := range c.leaves {
			chunk, err := b.footer.readableChunk(rowGroup, leaf)
			if err != nil {
				return 0, err
			}
			if some, ok := cut.chunks[leaf]; ok {
				b.addCut(&g, chunk, leaf, some)
				continue
			}
			g.chunks = append(g.chunks, sliceChunk{chunk: chunk, leaf: leaf, at: b.end})
			b.extra += b.footer.copies(chunk, rowGroup)
			if chunk.recodes() {
				b.recode = true
				b.extra += chunk.rawSize
			}
			to := chunk.offset + chunk.size + b.footer.padding(chunk)
			b.segments = append(b.segments, segment{from: chunk.offset, to: to, at: b.end, rowGroup: rowGroup, leaf: leaf})
			b.end += to - chunk.offset
		}
	}
	b.groups = append(b.groups, g)
	rows := b.footer.groups[rowGroup].rows
	b.keepRows(rows, cut)
	b.rows += rows
	return b.end, nil
}

// largeValue is the number of bytes of a value on average from which the copies that are made of it on its way count, and madeCopies
// how many there are at a time: in the decoder, in the record, and in what is sent.
const (
	largeValue = 1 << 20
	madeCopies = 3
)

// copies is how many bytes beyond the slice the values of a chunk take while few of them fill a batch.
func (f *Footer) copies(c chunk, rowGroup int) int64 {
	if c.rawSize/max(1, f.groups[rowGroup].rows) < largeValue {
		return 0
	}
	return min(c.rawSize, 1<<40) * madeCopies
}

// addCut lays out a chunk that has fewer pages than in the file.
func (b *sliceBuilder) addCut(g *sliceGroup, c chunk, leaf int, cut cutChunk) {
	c.size = cut.size
	g.chunks = append(g.chunks, sliceChunk{chunk: c, leaf: leaf, at: b.end, recount: cut.recount})
	if c.recodes() {
		b.recode = true
		b.extra += c.rawSize
	}
	for _, part := range cut.parts {
		if part.fill != nil {
			b.fills = append(b.fills, fill{at: b.end, bytes: part.fill})
		} else {
			b.segments = append(b.segments, segment{from: part.from, to: part.to, at: b.end, rowGroup: g.index, leaf: leaf})
		}
		b.end += part.length()
	}
}

// keepRows notes which of the next rows of the slice count.
func (b *sliceBuilder) keepRows(rows int64, cut groupCut) {
	b.cut = b.cut || len(cut.chunks) > 0
	keep := allRows(rows)
	if len(cut.chunks) > 0 {
		keep = cut.keep
	}
	for _, r := range keep {
		if n := len(b.keep); n > 0 && b.keep[n-1].To == b.rows+r.From {
			b.keep[n-1].To = b.rows + r.To
			continue
		}
		b.keep = append(b.keep, RowRange{b.rows + r.From, b.rows + r.To})
	}
}

func (b *sliceBuilder) build() slicePlan {
	p := slicePlan{
		groups: b.groups, rows: b.rows, end: b.end, size: b.end + b.extra, unit: b.unit, recode: b.recode,
		ranges: planRanges(b.segments, b.options.Gap, b.options.PartSize),
	}
	if p.fills = b.fills; b.cut {
		p.keep = b.keep
	}
	*b = sliceBuilder{footer: b.footer, options: b.options, unit: b.unit}
	return p
}

// readableChunk is chunk with its place in the file checked.
func (f *Footer) readableChunk(rowGroup, leaf int) (chunk, error) {
	c, err := f.chunk(rowGroup, leaf)
	if err != nil {
		return c, err
	}
	if err := c.checkOffsets(f.end); err != nil {
		return c, fmt.Errorf("row group %d, column %s: %w", rowGroup, strings.Join(f.leaves[leaf].path, "."), err)
	}
	return c, nil
}

// maxDictionaryHead is how much too small the size of a chunk may be in files of old versions of parquet-mr.
const maxDictionaryHead = 100

// padding is how many bytes after a chunk may still belong to it: parquet-mr before 1.2.9 forgot the head of the dictionary
// page in the size of a chunk (PARQUET-816).
func (f *Footer) padding(c chunk) int64 {
	if !writtenBefore(f.createdBy, "parquet-mr", 1, 2, 9) {
		return 0
	}
	return min(maxDictionaryHead, f.end-c.offset-c.size)
}

// writtenBefore says whether createdBy names the application in a version before the one given. An application without a
// readable version counts as old.
func writtenBefore(createdBy, application string, version ...int) bool {
	rest, ok := strings.CutPrefix(createdBy, application)
	if !ok {
		return false
	}
	_, rest, ok = strings.Cut(rest, "version ")
	if !ok {
		return true
	}
	for i, part := range strings.SplitN(rest, ".", len(version)) {
		digits := part[:len(part)-len(strings.TrimLeft(part, "0123456789"))]
		n, err := strconv.Atoi(digits)
		if err != nil || n < version[i] {
			return true
		}
		if n > version[i] {
			return false
		}
	}
	return false
}

package parquet

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/hfspark/hfspark/source/predicate"
)

// lookup fetches what lies behind the row groups of a file, bloom filters and page indexes, and leaves out what these show.
type lookup struct {
	file    File
	footer  *Footer
	query   Query
	options Options
	plan    *plan
}

// The bytes of indexes that are fetched of a file at most, and up to how many between two of them.
const (
	maxIndexBytes = 16 << 20
	maxBloomBytes = 64 << 20
	indexGap      = 4 << 10
	// maxKeptRanges is how many ranges of rows of a row group are told apart.
	maxKeptRanges = 32
)

// groupCut is what a row group has left: its rows that count, and the chunks that have fewer pages than in the file.
type groupCut struct {
	keep   rowRanges
	chunks map[int]cutChunk // by leaf
}

// refine returns the row groups that may hold a match after all, and how those are cut that are not read whole.
func (l *lookup) refine(ctx context.Context, groups []int) ([]int, map[int]groupCut, error) {
	if l.query.Prune == nil || l.options.IndexShare < 0 || len(l.plan.selection.columns) == 0 {
		return groups, nil, nil
	}
	groups, err := l.filterByBloom(ctx, groups)
	if err == nil {
		groups, err = l.filterByNaN(ctx, groups)
	}
	if err != nil || !l.query.Cut {
		return groups, nil, err
	}
	return l.filterByPages(ctx, groups)
}

// chunkBytes is the size of the chunks of a row group that the scan wants.
func (l *lookup) chunkBytes(group int) (int64, error) {
	var n int64
	for _, c := range l.plan.selection.columns {
		for _, leaf := range c.leaves {
			chunk, err := l.footer.chunk(group, leaf)
			if err != nil {
				return 0, err
			}
			n += chunk.size
		}
	}
	return n, nil
}

// filterByBloom leaves out the row groups whose bloom filters show that values that the condition needs are not there.
func (l *lookup) filterByBloom(ctx context.Context, groups []int) ([]int, error) {
	leaves := l.bloomLeaves(l.query.Prune)
	if len(leaves) == 0 {
		return groups, nil
	}
	found := map[int]map[int]place{}
	var places []place
	var total int64
	for _, g := range groups {
		size, err := l.chunkBytes(g)
		if err != nil {
			return nil, err
		}
		for _, leaf := range leaves {
			chunk, err := l.footer.chunk(g, leaf)
			if err != nil {
				return nil, err
			}
			at := chunk.bloom
			if !l.footer.holds(at) || at.length > size/l.options.IndexShare || total+at.length > maxBloomBytes {
				continue
			}
			total += at.length
			if found[g] == nil {
				found[g] = map[int]place{}
			}
			found[g][leaf] = at
			places = append(places, at)
		}
	}
	bytes, err := l.fetch(ctx, places)
	if err != nil {
		return nil, err
	}
	kept := make([]int, 0, len(groups))
	for _, g := range groups {
		test := &groupTest{footer: l.footer, rowGroup: g, blooms: map[int]*bloomFilter{}}
		for leaf, at := range found[g] {
			if filter, err := readBloom(bytes[at]); err == nil { // One that cannot be read tells nothing.
				test.blooms[leaf] = filter
			}
		}
		if len(test.blooms) == 0 || test.mayMatch(l.query.Prune) {
			kept = append(kept, g)
			continue
		}
		condition, statistic := test.why(l.query.Prune)
		l.plan.why.add(condition, statistic, 1, 0)
	}
	return kept, nil
}

// bloomLeaves are the columns of which the condition needs certain values.
func (l *lookup) bloomLeaves(p predicate.Predicate) []int {
	var leaves []int
	predicate.Walk(p, func(p predicate.Predicate) {
		leaf, state, err := l.footer.subject(p)
		if err == nil && state == told && !slices.Contains(leaves, leaf) && l.footer.leafElement(leaf).canMeet(p) {
			leaves = append(leaves, leaf)
		}
	})
	return leaves
}

// holds says whether something of at least a byte lies in the file before its footer.
func (f *Footer) holds(p place) bool {
	return p.length > 0 && p.offset >= int64(len(magic)) && p.offset <= f.end-p.length
}

// filterByPages leaves out the pages whose bounds show that the condition is true for none of their rows.
func (l *lookup) filterByPages(ctx context.Context, groups []int) ([]int, map[int]groupCut, error) {
	var places []place
	var total int64
	wanted := map[int]groupPlaces{}
	bounded, err := l.toldLeaves(l.query.Prune)
	if err != nil || len(bounded) == 0 {
		return groups, nil, err
	}
	for _, g := range groups {
		p, err := l.placesOf(g, bounded)
		if err != nil {
			return nil, nil, err
		}
		if p.bytes == 0 || total+p.bytes > maxIndexBytes {
			continue
		}
		total += p.bytes
		wanted[g] = p
		places = append(places, p.all()...)
	}
	bytes, err := l.fetch(ctx, places)
	if err != nil {
		return nil, nil, err
	}
	kept := make([]int, 0, len(groups))
	cuts := map[int]groupCut{}
	for _, g := range groups {
		p, ok := wanted[g]
		if !ok {
			kept = append(kept, g)
			continue
		}
		cut, whole, err := l.cutGroup(g, p, bytes)
		switch {
		case err != nil:
			return nil, nil, err
		case whole:
			kept = append(kept, g)
		case len(cut.keep) > 0:
			kept = append(kept, g)
			cuts[g] = cut
		}
	}
	return kept, cuts, nil
}

// groupPlaces is where the indexes lie that tell of the pages of a row group, by leaf.
type groupPlaces struct {
	columns, offsets map[int]place
	bytes            int64
}

func (p groupPlaces) all() []place {
	return slices.Concat(slices.Collect(maps.Values(p.offsets)), slices.Collect(maps.Values(p.columns)))
}

// placesOf returns where the indexes of a row group lie, with the bounds of some leaves, or none where they cost more than they can
// save.
func (l *lookup) placesOf(group int, bounded []int) (groupPlaces, error) {
	p := groupPlaces{columns: map[int]place{}, offsets: map[int]place{}}
	size, err := l.chunkBytes(group)
	if err != nil {
		return p, err
	}
	add := func(leaf int, bounds bool) error {
		chunk, err := l.footer.chunk(group, leaf)
		if err != nil {
			return err
		}
		if !l.footer.holds(chunk.offsetIndex) || bounds && !l.footer.holds(chunk.columnIndex) {
			return nil
		}
		if _, have := p.offsets[leaf]; !have {
			p.offsets[leaf] = chunk.offsetIndex
			p.bytes += chunk.offsetIndex.length
		}
		if _, have := p.columns[leaf]; bounds && !have {
			p.columns[leaf] = chunk.columnIndex
			p.bytes += chunk.columnIndex.length
		}
		return nil
	}
	for _, leaf := range bounded {
		if err := add(leaf, true); err != nil {
			return p, err
		}
	}
	if len(bounded) > 0 && len(p.columns) == 0 {
		return groupPlaces{}, nil
	}
	for _, c := range l.plan.selection.columns {
		for _, leaf := range c.leaves {
			if err := add(leaf, false); err != nil {
				return p, err
			}
		}
	}
	if p.bytes > size/l.options.IndexShare {
		return groupPlaces{}, nil
	}
	return p, nil
}

// toldLeaves are those that the condition is about and that statistics tell of.
func (l *lookup) toldLeaves(p predicate.Predicate) ([]int, error) {
	var leaves []int
	var failed error
	predicate.Walk(p, func(p predicate.Predicate) {
		leaf, state, err := l.footer.subject(p)
		failed = cmp.Or(failed, err)
		if state == told && !slices.Contains(leaves, leaf) {
			leaves = append(leaves, leaf)
		}
	})
	return leaves, failed
}

// cutGroup finds what is left of a row group; whole says that it is to be read as it is.
func (l *lookup) cutGroup(group int, p groupPlaces, bytes map[place][]byte) (cut groupCut, whole bool, err error) {
	test, err := l.pageTest(group, p, bytes)
	if err != nil {
		return cut, false, err
	}
	matching := test.mayMatchRows(l.query.Prune)
	if test.err != nil {
		return cut, false, test.err
	}
	why := predicate.String(l.query.Prune)
	if len(matching) == 0 {
		l.plan.why.add(why, byPages, 1, 0)
		return cut, false, nil
	}
	cut, err = l.cutRows(test, matching.atMost(maxKeptRanges), why, byPages)
	return cut, len(cut.chunks) == 0, err
}

// pageTest reads the indexes of a row group.
func (l *lookup) pageTest(group int, p groupPlaces, bytes map[place][]byte) (*pageTest, error) {
	rows := l.footer.groups[group].rows
	test := &pageTest{groupTest: groupTest{footer: l.footer, rowGroup: group}, rows: rows, indexes: map[int]*pageIndex{}}
	for leaf, at := range p.offsets {
		chunk, err := l.footer.readableChunk(group, leaf)
		if err != nil {
			return nil, err
		}
		// Indexes that do not fit the chunk are as good as none.
		x, err := readOffsetIndex(bytes[at], chunk, rows)
		if err != nil {
			continue
		}
		if at, ok := p.columns[leaf]; ok {
			if err := l.footer.addBounds(x, bytes[at], leaf); err != nil {
				x.bounds = nil
			}
		}
		test.indexes[leaf] = x
	}
	return test, nil
}

// cutRows leaves out the pages of a row group that have none of some rows.
func (l *lookup) cutRows(test *pageTest, keep rowRanges, why, statistic string) (groupCut, error) {
	cut := groupCut{keep: keep, chunks: map[int]cutChunk{}}
	pages, passed := 0, 0
	for _, c := range l.plan.selection.columns {
		ofColumn := l.pagesOf(c, test, keep)
		for _, leaf := range c.leaves {
			x := test.indexes[leaf]
			if x == nil {
				continue
			}
			pages += len(x.pages)
			chunk, err := l.footer.readableChunk(test.rowGroup, leaf)
			if err != nil {
				return cut, err
			}
			if some, ok := l.footer.cut(chunk, leaf, x, test.rows, ofColumn); ok {
				cut.chunks[leaf] = some
				passed += some.passed
			} else if l.footer.leaves[leaf].maxRepetition > 0 && len(c.leaves) > 1 {
				passed -= l.uncut(cut, c)
				break
			}
		}
	}
	l.plan.pages += pages
	l.plan.passed += passed
	if passed > 0 {
		l.plan.why.add(why, statistic, 0, passed)
	}
	return cut, nil
}

// pagesOf are the rows of which a column needs the pages.
func (l *lookup) pagesOf(c selectedColumn, test *pageTest, keep rowRanges) rowRanges {
	var repeated []*pageIndex
	for _, leaf := range c.leaves {
		if l.footer.leaves[leaf].maxRepetition == 0 {
			continue
		}
		x := test.indexes[leaf]
		if x == nil {
			return allRows(test.rows)
		}
		repeated = append(repeated, x)
	}
	if len(repeated) < 2 {
		return keep
	}
	return wholePages(repeated, test.rows, keep)
}

// uncut reads all members of a column whole after all, and returns how many pages of it were left out.
func (l *lookup) uncut(cut groupCut, c selectedColumn) (passed int) {
	for _, leaf := range c.leaves {
		passed += cut.chunks[leaf].passed
		delete(cut.chunks, leaf)
	}
	return passed
}

// minLimited is how many bytes the chunks of a row group must have for its pages behind a limit to be left out.
const minLimited = 256 << 10

// cutLast leaves out the pages of the last row group that lie behind the limit.
func (l *lookup) cutLast(ctx context.Context, groups []int, cuts map[int]groupCut) (map[int]groupCut, error) {
	if len(groups) == 0 || !l.query.Cut || l.options.IndexShare < 0 || len(l.plan.selection.columns) == 0 {
		return cuts, nil
	}
	last := groups[len(groups)-1]
	left := l.query.Limit
	for _, g := range groups[:len(groups)-1] {
		left -= l.footer.groups[g].rows
	}
	size, err := l.chunkBytes(last)
	if _, have := cuts[last]; err != nil || have || left >= l.footer.groups[last].rows || size < minLimited {
		return cuts, err
	}
	p, err := l.placesOf(last, nil)
	if err != nil || p.bytes == 0 {
		return cuts, err
	}
	bytes, err := l.fetch(ctx, p.all())
	if err != nil {
		return nil, err
	}
	test, err := l.pageTest(last, p, bytes)
	if err != nil {
		return nil, err
	}
	cut, err := l.cutRows(test, allRows(left), fmt.Sprintf("limit %d", l.query.Limit), byLimit)
	if err != nil || len(cut.chunks) == 0 {
		return cuts, err
	}
	cuts = maps.Clone(cuts)
	if cuts == nil {
		cuts = map[int]groupCut{}
	}
	cuts[last] = cut
	return cuts, nil
}

// fetch reads all places, neighbours with one request.
func (l *lookup) fetch(ctx context.Context, places []place) (map[place][]byte, error) {
	places = slices.SortedFunc(slices.Values(places), func(a, b place) int {
		return cmp.Or(cmp.Compare(a.offset, b.offset), cmp.Compare(a.length, b.length))
	})
	places = slices.Compact(places)
	type run struct {
		place
		members []place
		bytes   []byte
	}
	var runs []run
	for _, p := range places {
		if n := len(runs); n > 0 {
			last := &runs[n-1]
			if hole := p.offset - last.offset - last.length; hole <= indexGap {
				last.length = max(last.length, p.offset+p.length-last.offset)
				last.members = append(last.members, p)
				continue
			}
		}
		runs = append(runs, run{place: p, members: []place{p}})
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(l.options.Parallelism)
	for i := range runs {
		g.Go(func() error {
			var err error
			if runs[i].bytes, err = l.file.read(ctx, runs[i].offset, runs[i].length); err != nil {
				return fmt.Errorf("indexes at byte %d: %w", runs[i].offset, err)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	out := make(map[place][]byte, len(places))
	for _, r := range runs {
		l.plan.looked += r.length
		for _, p := range r.members {
			at := p.offset - r.offset
			out[p] = bytes.Clone(r.bytes[at : at+p.length])
		}
	}
	return out, nil
}

package parquet

import (
	"context"
	"errors"
	"io"
	"math"
	"slices"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"golang.org/x/sync/errgroup"

	"github.com/hfspark/hfspark/source/predicate"
)

// Statistics leave out NaN, which is greater than all numbers where conditions say so. A row group whose numbers are all too small is
// needed for its NaN alone: whether it has any is seen from that column, where it is a small part of what is wanted of the row group.

// nanShare is how many times larger the chunks of a row group must be than those that are looked through for NaN.
const nanShare = 8

// filterByNaN leaves out the row groups that only a NaN could make a match, and that have none.
func (l *lookup) filterByNaN(ctx context.Context, groups []int) ([]int, error) {
	columns, leaves, err := l.nanColumns()
	if err != nil || len(columns) == 0 {
		return groups, err
	}
	without := make([]bool, len(groups))
	var looked atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(l.options.Parallelism)
	for i, group := range groups {
		candidate, err := l.onlyNaN(group, leaves)
		if err != nil {
			return nil, errors.Join(err, g.Wait())
		}
		if !candidate {
			continue
		}
		g.Go(func() error {
			any, bytes, err := l.hasNaN(ctx, group, columns)
			without[i] = !any
			looked.Add(bytes)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	l.plan.looked += looked.Load()
	var kept []int
	for i, group := range groups {
		if !without[i] {
			kept = append(kept, group)
			continue
		}
		l.plan.why.add(predicate.String(l.query.Prune), byNaN, 1, 0)
	}
	return kept, nil
}

// nanColumns are the columns of which a condition takes NaN for the largest number.
func (l *lookup) nanColumns() (names []string, leaves []int, err error) {
	predicate.Walk(l.query.Prune, func(p predicate.Predicate) {
		c, ok := p.(predicate.Compare)
		if !ok || !c.NaNLargest || slices.Contains(names, c.Column) || len(c.Fields) > 0 {
			return
		}
		column, found, columnErr := l.footer.column(c.Column)
		if err = errors.Join(err, columnErr); found && columnErr == nil && l.footer.isPlain(column) {
			names, leaves = append(names, c.Column), append(leaves, column.firstLeaf)
		}
	})
	return names, leaves, err
}

// onlyNaN says whether a row group may match by its NaN alone, and it is worth while to look for them.
func (l *lookup) onlyNaN(group int, leaves []int) (bool, error) {
	test := &groupTest{footer: l.footer, rowGroup: group, withoutNaN: leaves}
	if test.mayMatch(l.query.Prune) || test.err != nil {
		return false, test.err
	}
	var size int64
	for _, leaf := range leaves {
		chunk, err := l.footer.chunk(group, leaf)
		if err != nil {
			return false, err
		}
		size += chunk.size
	}
	all, err := l.chunkBytes(group)
	return size <= all/nanShare, err
}

// hasNaN looks through columns of a row group.
func (l *lookup) hasNaN(ctx context.Context, group int, columns []string) (any bool, fetched int64, err error) {
	scan, err := NewScan(ctx, l.file, l.footer, Query{Columns: columns, RowGroups: []int{group}}, l.options)
	if err != nil {
		return false, 0, err
	}
	defer func() { err = errors.Join(err, scan.Close()) }()
	for !any {
		slice, err := scan.Next(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return false, 0, err
		}
		if any, err = slice.hasNaN(ctx); err != nil {
			return false, 0, err
		}
	}
	return any, scan.Bytes(), nil
}

func (s *Slice) hasNaN(ctx context.Context) (any bool, err error) {
	defer func() { err = errors.Join(err, s.Close()) }()
	rows, err := s.Records(ctx, 0)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for !any {
		batch, err := rows.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return false, err
		}
		any = slices.ContainsFunc(batch.Columns(), containsNaN)
		batch.Release()
	}
	return any, nil
}

// containsNaN takes columns of other types for ones with NaN.
func containsNaN(column arrow.Array) bool {
	isNaN := func(int) bool { return true }
	switch c := column.(type) {
	case *array.Float64:
		isNaN = func(i int) bool { return math.IsNaN(c.Value(i)) }
	case *array.Float32:
		isNaN = func(i int) bool { return c.Value(i) != c.Value(i) }
	case *array.Float16:
		isNaN = func(i int) bool { return c.Value(i).IsNaN() }
	}
	for i := range column.Len() {
		if !column.IsNull(i) && isNaN(i) {
			return true
		}
	}
	return false
}

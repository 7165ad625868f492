package source

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/hfspark/hfspark/source/parquet"
)

// Files of which the footers are read for a threshold, before anything else of them, and how many at once.
const (
	thresholdFiles  = 256
	thresholdAtOnce = 16
)

// Threshold returns a value that at least so many rows of a table have in a column or are below it (with descending: above it), as
// the footers of its files tell: int64 for whole numbers, dates (days) and timestamps (microseconds), or string. ok is false where
// they do not tell.
func (s *Source) Threshold(ctx context.Context, t *Table, column string, descending bool, rows int64) (value any, ok bool, err error) {
	files := wholeFiles(t.Partitions)
	if t.Filters != nil || rows <= 0 || len(files) == 0 || len(files) > thresholdFiles || files[0].Format != "parquet" {
		return nil, false, nil
	}
	c, err := s.client(files[0].Endpoint, t.Token())
	if err != nil {
		return nil, false, err
	}
	services := s.services(c, nil)
	var mu sync.Mutex
	var all []parquet.Spread
	told := true
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(thresholdAtOnce)
	for _, p := range files {
		g.Go(func() error {
			footer, err := services.footers().Read(ctx, services.parquetFile(p.File(), p.Hash))
			if err != nil {
				return asDataError(err, p.Repository, p.Path)
			}
			spreads, ok, err := spreadsOf(footer, t.Schema, column, p.RowGroups)
			mu.Lock()
			defer mu.Unlock()
			told = told && ok
			all = append(all, spreads...)
			return err
		})
	}
	if err := g.Wait(); err != nil || !told {
		return nil, false, err
	}
	return threshold(all, descending, rows)
}

// spreadsOf is what a footer tells of a column that has the type of the table.
func spreadsOf(footer *parquet.Footer, schema *arrow.Schema, column string, rowGroups []int) ([]parquet.Spread, bool, error) {
	have, err := footer.Schema()
	if err != nil {
		return nil, false, err
	}
	want, _ := schema.FieldsByName(column)
	if fields, ok := have.FieldsByName(column); ok && (len(want) != 1 || !arrow.TypeEqual(fields[0].Type, want[0].Type)) {
		return nil, false, nil
	}
	return footer.Spreads(column, rowGroups)
}

func threshold(all []parquet.Spread, descending bool, rows int64) (any, bool, error) {
	bound := func(s parquet.Spread) any {
		if descending {
			return s.Least
		}
		return s.Greatest
	}
	slices.SortFunc(all, func(x, y parquet.Spread) int {
		order := compareBounds(bound(x), bound(y))
		if descending {
			return -order
		}
		return order
	})
	for _, s := range all {
		if rows -= s.Values; rows <= 0 {
			return bound(s), true, nil
		}
	}
	return nil, false, nil // All rows are wanted.
}

func compareBounds(x, y any) int {
	a, isNumber := x.(int64)
	b, isOther := y.(int64)
	if isNumber && isOther {
		return cmp.Compare(a, b)
	}
	s, _ := x.(string)
	r, _ := y.(string)
	return strings.Compare(s, r)
}

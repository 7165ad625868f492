package source

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/hfspark/hfspark/source/parquet"
)

// Estimate tells what a read of a table takes: what is listed, what is left out and why, and what is to be fetched.
type Estimate struct {
	// Files are the data files of the split, FilesSkipped those of them of which nothing but the footer is read, and
	// FilesLooked those whose footers were looked at for the counts of row groups, pages and bytes.
	Files, FilesSkipped, FilesLooked int
	// RowGroups are those of the files that were looked at, RowGroupsSkipped those of them that are left out; and alike Pages,
	// which counts the columns of the request in the row groups whose page indexes were looked at.
	RowGroups, RowGroupsSkipped int
	Pages, PagesSkipped         int
	// BytesListed is the size of all data files, BytesLooked that of those that were looked at. BytesToFetch is what is fetched of those that were looked at: footers, indexes and
	// pages; of files without footers it is all.
	BytesListed, BytesLooked, BytesToFetch int64
	// Reasons tell why row groups and pages are left out, the one that leaves out most first.
	Reasons []parquet.Reason
}

// estimatedFiles is how many files of a table an estimate looks at, and estimatedAtOnce how many at once.
const (
	estimatedFiles  = 64
	estimatedAtOnce = 8
)

// estimator is a Format that knows from a part of a file what a read of it takes.
type estimator interface {
	// Estimate tells what reading a partition takes. rows is how many rows it has after what is left out.
	Estimate(ctx context.Context, s Services, p Partition, r Request) (e parquet.Pruning, err error)
}

// Estimate tells what reading all partitions of a table takes. It reads the footers (and, where they can leave something out,
// the indexes) of Parquet files, of the first 64 at most.
func (s *Source) Estimate(ctx context.Context, t *Table, r Request) (Estimate, error) {
	e := Estimate{Files: t.Files()}
	if len(t.Partitions) == 0 {
		return e, nil
	}
	files := wholeFiles(t.Partitions)
	for _, p := range files {
		e.BytesListed += max(p.DataSize(), 0)
	}
	format, err := formatOf(t.Partitions[0].Format)
	if err != nil {
		return e, err
	}
	looker, ok := format.(estimator)
	if !ok {
		e.BytesToFetch = e.BytesListed
		return e, nil
	}
	c, err := s.client(t.Partitions[0].Endpoint, t.Token())
	if err != nil {
		return e, err
	}
	r.Filters = t.Filters
	look := files[:min(len(files), estimatedFiles)]
	found := make([]parquet.Pruning, len(look))
	if r.Limit > 0 && r.Filters == nil {
		return e.untilLimit(r.Limit, look, func(p Partition) (parquet.Pruning, error) {
			return looker.Estimate(ctx, s.services(c, nil), p, r)
		})
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(estimatedAtOnce)
	for i, p := range look {
		g.Go(func() error {
			var err error
			found[i], err = looker.Estimate(ctx, s.services(c, nil), p, r)
			return asDataError(err, p.Repository, p.Path)
		})
	}
	if err := g.Wait(); err != nil {
		return e, err
	}
	for i, p := range found {
		e.add(p, look[i].DataSize())
	}
	return e, nil
}

// wholeFiles are partitions of one file each, with all that the partitions have of it.
func wholeFiles(partitions []Partition) []Partition {
	var out []Partition
	for _, p := range partitions {
		for _, one := range p.files() {
			last := len(out) - 1
			if last >= 0 && one.Folder == nil && out[last].Path == one.Path && out[last].Repository == one.Repository && out[last].Commit == one.Commit {
				out[last].RowGroups = slices.Concat(out[last].RowGroups, one.RowGroups)
				continue
			}
			if one.RowGroups != nil || one.Lines != nil { // A part of the file, of which others follow.
				one.Length, one.Lines = 0, nil
			}
			out = append(out, one)
		}
	}
	return out
}

// untilLimit looks at partitions one after another until they have the rows of the limit: others are not read.
func (e Estimate) untilLimit(limit int64, partitions []Partition, look func(Partition) (parquet.Pruning, error)) (Estimate, error) {
	var rows int64
	for _, p := range partitions {
		if rows >= limit {
			break
		}
		found, err := look(p)
		if err != nil {
			return e, asDataError(err, p.Repository, p.Path)
		}
		e.add(found, p.DataSize())
		rows += found.Rows
	}
	if rows >= limit && e.FilesLooked < e.Files {
		e.Reasons = append(e.Reasons, parquet.Reason{Condition: fmt.Sprintf("limit %d", limit), Statistic: "rows of the files before"})
		e.FilesSkipped += e.Files - e.FilesLooked
	}
	return e, nil
}

func (e *Estimate) add(p parquet.Pruning, size int64) {
	e.FilesLooked++
	e.BytesLooked += size
	if p.RowGroups > 0 && p.RowGroupsSkipped == p.RowGroups {
		e.FilesSkipped++
	}
	e.RowGroups += p.RowGroups
	e.RowGroupsSkipped += p.RowGroupsSkipped
	e.Pages += p.Pages
	e.PagesSkipped += p.PagesSkipped
	e.BytesToFetch += p.Bytes
	e.Reasons = addReasons(e.Reasons, p.Reasons)
}

func addReasons(a, b []parquet.Reason) []parquet.Reason {
	type key struct{ condition, statistic string }
	sum := map[key]parquet.Reason{}
	for _, r := range slices.Concat(a, b) {
		k := key{r.Condition, r.Statistic}
		had := sum[k]
		r.RowGroups += had.RowGroups
		r.Pages += had.Pages
		sum[k] = r
	}
	return slices.SortedFunc(maps.Values(sum), func(x, y parquet.Reason) int {
		return cmp.Or(y.RowGroups-x.RowGroups, y.Pages-x.Pages, cmp.Compare(x.Condition, y.Condition), cmp.Compare(x.Statistic, y.Statistic))
	})
}

// Estimate implements estimator.
func (f parquetFormat) Estimate(ctx context.Context, s Services, p Partition, r Request) (e parquet.Pruning, err error) {
	opened, err := f.Open(ctx, s, p, r)
	if err != nil {
		return e, err
	}
	defer func() {
		if closeErr := opened.Close(); err == nil {
			err = closeErr
		}
	}()
	reader := opened.(*parquetReader)
	footer, err := s.footers().Read(ctx, reader.file)
	if err != nil {
		return e, err
	}
	if _, err := reader.plan(ctx, footer, reader.options()); err != nil {
		return e, err
	}
	e = reader.scan.Pruning()
	e.Bytes += footer.Size()
	return e, nil
}

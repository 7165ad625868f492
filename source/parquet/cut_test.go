package parquet

import (
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	pq "github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"

	"github.com/hfspark/hfspark/source/predicate"
)

// matching reads a file and returns the texts of the rows for which the predicate is true, and the scan's report. It looks at
// no row that the slices say not to count.
func matching(t *testing.T, f File, q Query, o Options) ([]string, Pruning) {
	t.Helper()
	footer, err := NewFooters(0).Read(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	p := q.Prune
	if !q.Cut {
		q.Prune = nil
	}
	scan, err := NewScan(t.Context(), f, footer, q, o)
	if err != nil {
		t.Fatal(err)
	}
	defer scan.Close()
	var out []string
	for {
		slice, err := scan.Next(t.Context())
		if err == io.EOF {
			return out, scan.Pruning()
		}
		if err != nil {
			t.Fatal(err)
		}
		batches, err := decode(t.Context(), slice)
		if err != nil {
			t.Fatalf("%s: %v", predicate.String(p), err)
		}
		row := int64(0)
		for _, b := range batches {
			selected, err := predicate.Select(p, b)
			if err != nil {
				t.Fatal(err)
			}
			texts := rowTexts(array.NewTableFromRecords(b.Schema(), []arrow.RecordBatch{b}))
			for i := range texts {
				counts := slice.Keep() == nil || rowRanges(slice.Keep()).overlaps(RowRange{row, row + 1})
				if counts && (selected[i] || sparkTrue(p, b, i)) {
					out = append(out, texts[i])
				}
				row++
			}
		}
		if err := slice.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// pagedShapes are ways to write a file with indexes of its pages.
func pagedShapes() map[string][]pq.WriterProperty {
	small := []pq.WriterProperty{pq.WithPageIndexEnabled(true), pq.WithDataPageSize(100), pq.WithBatchSize(7)}
	return map[string][]pq.WriterProperty{
		"dictionary": append(slices.Clip(small), pq.WithCompression(compress.Codecs.Snappy)),
		"plain":      append(slices.Clip(small), pq.WithDictionaryDefault(false), pq.WithCompression(compress.Codecs.Uncompressed)),
		"v2":         append(slices.Clip(small), pq.WithDataPageVersion(pq.DataPageV2), pq.WithCompression(compress.Codecs.Zstd)),
		"bloom":      append(slices.Clip(small), pq.WithBloomFilterEnabled(true), pq.WithBloomFilterNDV(100), pq.WithCompression(compress.Codecs.Gzip)),
		"only bloom": {pq.WithBloomFilterEnabled(true), pq.WithBloomFilterNDV(100), pq.WithStats(false)},
	}
}

func TestLeavingPagesOutLosesNoRow(t *testing.T) {
	t.Parallel()
	for name, shape := range pagedShapes() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(21, uint64(len(name))))
			var sum Pruning
			statistics := map[string]int{}
			for range 3 {
				var batches []arrow.RecordBatch
				for range 3 {
					var parts []arrow.RecordBatch
					for range 1 + r.IntN(8) {
						parts = append(parts, sample(r, 1+r.IntN(40), r.Int64N(30)))
					}
					batches = append(batches, concat(t, parts))
				}
				data := writeFile(t, batches, 1000, shape...)
				for range 40 {
					columns := randomColumns(r)
					p := randomPredicate(r, 2)
					for _, c := range predicate.Columns(p) {
						if !slices.Contains(columns, c) {
							columns = append(columns, c)
						}
					}
					o := Options{IndexShare: 1, SliceSize: 1 + r.Int64N(50_000), PartSize: 1 + r.Int64N(20_000)}
					want, _ := matching(t, (&counter{data: data}).file("f"), Query{Columns: columns, Prune: p}, o)
					file := &counter{data: data}
					got, pruning := matching(t, file.file("f"), Query{Columns: columns, Prune: p, Cut: true}, o)
					if !slices.Equal(got, want) {
						t.Fatalf("%s over %v: %d rows match, want %d\n%v", predicate.String(p), columns, len(got), len(want), pruning)
					}
					sum.Pages += pruning.Pages
					sum.PagesSkipped += pruning.PagesSkipped
					sum.RowGroups += pruning.RowGroups
					sum.RowGroupsSkipped += pruning.RowGroupsSkipped
					for _, reason := range pruning.Reasons {
						statistics[reason.Statistic] += reason.RowGroups + reason.Pages
					}
				}
			}
			t.Logf("%d of %d pages and %d of %d row groups left out: %v", sum.PagesSkipped, sum.Pages, sum.RowGroupsSkipped, sum.RowGroups, statistics)
			if name != "only bloom" && sum.PagesSkipped*50 < sum.Pages {
				t.Error("hardly a page is left out")
			}
			if name == "only bloom" && statistics[byBloom] == 0 {
				t.Error("bloom filters leave nothing out")
			}
		})
	}
}

func concat(t *testing.T, parts []arrow.RecordBatch) arrow.RecordBatch {
	t.Helper()
	columns := make([]arrow.Array, parts[0].NumCols())
	for i := range columns {
		var pieces []arrow.Array
		for _, p := range parts {
			pieces = append(pieces, p.Column(i))
		}
		var err error
		if columns[i], err = array.Concatenate(pieces, memory.DefaultAllocator); err != nil {
			t.Fatal(err)
		}
	}
	return array.NewRecordBatch(parts[0].Schema(), columns, int64(columns[0].Len()))
}

func TestRowRanges(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 5))
	const rows = 40
	random := func() (rowRanges, [rows]bool) {
		var set [rows]bool
		var out rowRanges
		for range r.IntN(6) {
			from := r.Int64N(rows)
			to := from + 1 + r.Int64N(rows-from)
			out = out.union(rowRanges{{from, to}})
			for i := from; i < to; i++ {
				set[i] = true
			}
		}
		return out, set
	}
	check := func(what string, got rowRanges, want func(i int) bool) {
		t.Helper()
		for i := range rows {
			if got.overlaps(RowRange{int64(i), int64(i) + 1}) != want(i) {
				t.Fatalf("%s: %v is wrong about %d", what, got, i)
			}
		}
		for i := 1; i < len(got); i++ {
			if got[i].From <= got[i-1].To {
				t.Fatalf("%s: %v is not in order", what, got)
			}
		}
	}
	for range 2000 {
		a, inA := random()
		b, inB := random()
		check("union", a.union(b), func(i int) bool { return inA[i] || inB[i] })
		check("intersection", a.intersect(b), func(i int) bool { return inA[i] && inB[i] })
		n := 1 + r.IntN(3)
		fewer := a.atMost(n)
		if len(fewer) > max(n, 0) && len(a) > n {
			t.Fatalf("%v has more than %d ranges", fewer, n)
		}
		for _, one := range a {
			if got := fewer.intersect(rowRanges{one}); len(got) != 1 || got[0] != one {
				t.Fatalf("%v lacks rows of %v", fewer, a)
			}
		}
	}
}

// TestPruningOfTestingData asks each file for values that it has, with all that leaves something out and without.
func TestPruningOfTestingData(t *testing.T) {
	t.Parallel()
	paths, _ := filepath.Glob(filepath.Join(parquetTesting, "data/*.parquet"))
	if len(paths) == 0 {
		t.Skip("no parquet-testing data")
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			table, err := readWhole(data)
			if err != nil || table.NumRows() == 0 {
				t.Skipf("it has no rows that pqarrow reads: %v", err)
			}
			if _, err := readSlices(t, (&counter{data: data}).file(path), Query{}, Options{}); err != nil {
				t.Skip("it has no rows that can be read here")
			}
			r := rand.New(rand.NewPCG(9, uint64(len(path))))
			var sum Pruning
			for range 40 / (1 + table.NumRows()/5000) {
				column := r.IntN(int(table.NumCols()))
				name := table.Schema().Field(column).Name
				if len(table.Schema().FieldIndices(name)) != 1 {
					continue
				}
				p := predicateOf(r, name, table.Column(column).Data().Chunk(0))
				if p == nil {
					continue
				}
				columns := []string{name}
				if other := table.Schema().Field(r.IntN(int(table.NumCols()))).Name; other != name && len(table.Schema().FieldIndices(other)) == 1 {
					columns = append(columns, other)
				}
				o := Options{IndexShare: 1}
				want, _ := matching(t, (&counter{data: data}).file(path), Query{Columns: columns, Prune: p}, o)
				got, pruning := matching(t, (&counter{data: data}).file(path), Query{Columns: columns, Prune: p, Cut: true}, o)
				if !slices.Equal(got, want) {
					t.Fatalf("%s over %v: %d rows match, want %d\n%v", predicate.String(p), columns, len(got), len(want), pruning)
				}
				sum.Pages, sum.PagesSkipped = sum.Pages+pruning.Pages, sum.PagesSkipped+pruning.PagesSkipped
				sum.RowGroups, sum.RowGroupsSkipped = sum.RowGroups+pruning.RowGroups, sum.RowGroupsSkipped+pruning.RowGroupsSkipped
			}
			t.Logf("%d of %d pages and %d of %d row groups left out", sum.PagesSkipped, sum.Pages, sum.RowGroupsSkipped, sum.RowGroups)
		})
	}
}

// predicateOf makes a condition that compares a column with one of its values, or nil where it has none that can be compared.
func predicateOf(r *rand.Rand, name string, values arrow.Array) predicate.Predicate {
	if r.IntN(6) == 0 {
		return predicate.IsNull{Column: name, Negated: r.IntN(2) == 0}
	}
	if values.Len() == 0 {
		return nil
	}
	row := r.IntN(values.Len())
	if values.IsNull(row) {
		return nil
	}
	var value any
	switch values := values.(type) {
	case *array.Boolean:
		value = values.Value(row)
	case *array.Int8:
		value = int64(values.Value(row)) + r.Int64N(3) - 1
	case *array.Int16:
		value = int64(values.Value(row)) + r.Int64N(3) - 1
	case *array.Int32:
		value = int64(values.Value(row)) + r.Int64N(3) - 1
	case *array.Int64:
		value = values.Value(row)
	case *array.Uint32:
		value = int64(values.Value(row))
	case *array.Float32:
		value = float64(values.Value(row))
	case *array.Float64:
		value = values.Value(row)
	case *array.String:
		value = values.Value(row)
		if r.IntN(3) == 0 {
			return predicate.HasPrefix{Column: name, Prefix: values.Value(row)[:r.IntN(len(values.Value(row))+1)]}
		}
	case *array.Binary:
		value = values.Value(row)
	case *array.Date32:
		value = predicate.DateValue(values.Value(row))
	default:
		return nil
	}
	if r.IntN(4) == 0 {
		return predicate.In{Column: name, Values: []any{value}, Negated: r.IntN(2) == 0, MatchNull: r.IntN(2) == 0}
	}
	operators := []predicate.Operator{
		predicate.Equal, predicate.NotEqual, predicate.Less, predicate.LessOrEqual, predicate.Greater, predicate.GreaterOrEqual,
	}
	return predicate.Compare{Column: name, Operator: operators[r.IntN(len(operators))], Value: value}
}

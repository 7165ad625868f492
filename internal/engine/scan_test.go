package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/source"
)

func TestScanKeepsTheOrderOfFiles(t *testing.T) {
	t.Parallel()
	for _, threads := range []int{1, 4} {
		for _, ahead := range []int64{1, 1 << 20} {
			t.Run(fmt.Sprint(threads, " ", ahead), func(t *testing.T) {
				t.Parallel()
				f := &fakeSource{dir: t.TempDir(), pieces: 3, rows: 3000}
				e := openEngine(t, Config{Source: f, Threads: threads, DecodeAhead: ahead})
				got := mustRun(t, e, scan(f.table("slices", "records", "slices", "slices", "records", "slices")))
				if want := fakeRows(0, 6*3*3000); strings.Join(got, "\n") != want {
					t.Errorf("%d rows, from %.100q; want 54000 from %.100q", len(got), got, want)
				}
				f.check(t)
			})
		}
	}
}

func TestScanWithoutOrderHasAllRows(t *testing.T) {
	t.Parallel()
	f := &fakeSource{dir: t.TempDir(), pieces: 3, rows: 3000}
	e := openEngine(t, Config{Source: f, Threads: 4})
	n := scan(f.table("slices", "records", "slices", "slices", "records", "slices"))
	got := mustRun(t, e, &typed.Sort{Input: &typed.Distinct{Input: n}, Order: []typed.Order{{Child: ref(n.Columns[0])}}})
	if want := fakeRows(0, 6*3*3000); strings.Join(got, "\n") != want {
		t.Errorf("%d rows, from %.100q; want 54000 from %.100q", len(got), got, want)
	}
	f.check(t)
}

func TestScanReadsOnlyTheColumnsOfThePlan(t *testing.T) {
	t.Parallel()
	f := &fakeSource{dir: t.TempDir(), pieces: 2, rows: 100}
	e := openEngine(t, Config{Source: f})
	n := scan(f.table("slices", "records"))
	n.Columns, n.Fields = []typed.Column{n.Columns[2], n.Columns[0]}, []int{2, 0}
	got := mustRun(t, e, &typed.Limit{Input: n, Count: 1, Offset: 300})
	wantLines(t, got, "44 300")
	if got, want := f.requests[0].Columns, []string{"small", "number"}; !slices.Equal(got, want) {
		t.Errorf("columns %v were asked for, want %v", got, want)
	}
	f.check(t)
}

func TestScanWithoutColumnsCounts(t *testing.T) {
	t.Parallel()
	f := &fakeSource{dir: t.TempDir(), pieces: 2, rows: 5000}
	e := openEngine(t, Config{Source: f})
	n := scan(f.table("slices", "records"))
	all := &typed.Aggregate{Input: n, Items: []typed.Item{{Column: column(9, "n", types.Long), Expression: call("count", types.Long, long(1))}}}
	n.Columns, n.Fields = nil, nil // as pushdown leaves a scan of which no column is needed
	wantLines(t, mustRun(t, e, all), "20000")
	if got := len(mustRun(t, e, n)); got != 20000 {
		t.Errorf("a scan without columns gave %d rows, want 20000", got)
	}
	for _, r := range f.requests {
		if len(r.Columns) > 0 {
			t.Errorf("counting asked for columns %v", r.Columns)
		}
	}
	f.check(t)
}

func TestScanAppliesTheFiltersOfTheTable(t *testing.T) {
	t.Parallel()
	f := &fakeSource{dir: t.TempDir(), pieces: 1, rows: 3000}
	e := openEngine(t, Config{Source: f})
	table := f.table("slices", "slices")
	table.Filters = source.And{
		source.Compare{Column: "small", Operator: source.Equal, Value: int64(7)},
		source.Compare{Column: "number", Operator: source.Greater, Value: int64(5000)},
	}
	n := scan(table)
	n.Columns, n.Fields = n.Columns[:1], n.Fields[:1]
	wantLines(t, mustRun(t, e, n), "5127", "5383", "5639", "5895")
	f.check(t)
}

func TestRowsThatDoNotMatterAreLeftOutEarly(t *testing.T) {
	t.Parallel()
	f := &fakeSource{dir: t.TempDir(), pieces: 1, rows: 3000}
	e := openEngine(t, Config{Source: f})
	n := scan(f.table("slices", "slices"))
	n.Prune = source.And{
		source.Compare{Column: "small", Operator: source.Equal, Value: int64(7)},
		source.Compare{Column: "text", Operator: source.Less, Value: ""}, // a column that is not read: it cannot be looked at
	}
	n.Columns, n.Fields = []typed.Column{n.Columns[0], n.Columns[2]}, []int{0, 2}
	var last Progress
	got, err := run(t.Context(), e, Query{Plan: n, Progress: func(p Progress) { last = p }})
	if err != nil || len(got) != 24 || got[1] != "263 7" || last.Rows != 24 {
		t.Errorf("%v, %v; want the 24 rows whose small number is 7", got, err)
	}
	f.check(t)
}

func TestLimitStopsReading(t *testing.T) {
	t.Parallel()
	f := &fakeSource{dir: t.TempDir(), pieces: 4, rows: 1000}
	e := openEngine(t, Config{Source: f})
	formats := make([]string, 50)
	for i := range formats {
		formats[i] = []string{"slices", "records"}[i%2]
	}
	n := scan(f.table(formats...))
	n.Limit = 5
	got := mustRun(t, e, &typed.Limit{Input: n, Count: 5})
	wantLines(t, got, strings.Split(fakeRows(0, 5), "\n")...)
	if opened := f.opened.Load(); opened != 1 {
		t.Errorf("%d partitions were opened for 5 rows, want 1", opened)
	}
	f.check(t)
	n.Limit = 0
	got = mustRun(t, e, &typed.Limit{Input: n, Count: 5})
	wantLines(t, got, strings.Split(fakeRows(0, 5), "\n")...)
	if opened := f.opened.Load(); opened > 10 {
		t.Errorf("%d more partitions were opened for 5 rows", opened)
	}
	f.check(t)
}

func TestScanInOrderGetsByWithLittleMemory(t *testing.T) {
	t.Parallel()
	for places := 1; places < 4; places++ {
		f := &fakeSource{dir: t.TempDir(), pieces: 5, rows: 100, memory: make(chan struct{}, places)}
		e := openEngine(t, Config{Source: f, Threads: 4})
		got := mustRun(t, e, scan(f.table("slices", "records", "slices", "slices", "records", "records", "slices")))
		if want := fakeRows(0, 7*5*100); strings.Join(got, "\n") != want {
			t.Errorf("%d rows, want 3500 in order", len(got))
		}
		f.check(t)
	}
}

func TestErrorsOfTheSourceComeThrough(t *testing.T) {
	t.Parallel()
	for _, ordered := range []bool{true, false} {
		f := &fakeSource{dir: t.TempDir(), pieces: 2, rows: 100, failAt: 5}
		e := openEngine(t, Config{Source: f})
		var plan typed.Node = scan(f.table("slices", "records", "slices", "slices"))
		if !ordered {
			plan = &typed.Distinct{Input: plan}
		}
		lines, err := run(t.Context(), e, Query{Plan: plan, BatchRows: 100})
		if !errors.Is(err, errFake) {
			t.Errorf("ordered %v: error %v, want that of the source", ordered, err)
		}
		if ordered && len(lines) > 500 {
			t.Errorf("%d rows before the error at row 500", len(lines))
		}
		f.check(t)
	}
}

func TestCancelEndsAQueryThatWaits(t *testing.T) {
	t.Parallel()
	for _, ordered := range []bool{true, false} {
		f := &fakeSource{dir: t.TempDir(), pieces: 2, rows: 100, gate: make(chan struct{})}
		e := openEngine(t, Config{Source: f})
		var plan typed.Node = scan(f.table("slices", "records", "slices"))
		if !ordered {
			plan = &typed.Distinct{Input: plan}
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		cause := errors.New("the client went away")
		go func() {
			f.gate <- struct{}{}
			cancel(cause)
		}()
		if _, err := run(ctx, e, Query{Plan: plan}); !errors.Is(err, cause) {
			t.Errorf("ordered %v: error %v, want the cause of the cancellation", ordered, err)
		}
		f.check(t)
	}
}

func TestCancelEndsAQueryThatComputes(t *testing.T) {
	t.Parallel()
	e := openEngine(t, Config{})
	huge := func(id int) typed.Node {
		return &typed.Range{End: 1 << 40, Step: 1, Column: typed.Column{ID: typed.ColumnID(id), Type: types.Long}}
	}
	left, right := huge(1), huge(2)
	plan := &typed.Distinct{Input: &typed.Join{
		Left: left, Right: right, Type: typed.CrossJoin,
		Columns: append(left.Output(), right.Output()...),
	}}
	ctx, cancel := context.WithCancel(t.Context())
	result, err := e.Run(ctx, Query{Plan: plan, Progress: func(Progress) { cancel() }})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := result.Next(); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of the context", err)
	}
	if err := result.Close(); err != nil {
		t.Error(err)
	}
}

func TestClosingAResultEarlyFreesEverything(t *testing.T) {
	t.Parallel()
	f := &fakeSource{dir: t.TempDir(), pieces: 4, rows: 5000}
	e := openEngine(t, Config{Source: f})
	result, err := e.Run(t.Context(), Query{Plan: scan(f.table("slices", "slices", "records", "slices")), BatchRows: 10})
	if err != nil {
		t.Fatal(err)
	}
	batch, err := result.Next()
	if err != nil {
		t.Fatal(err)
	}
	if err := result.Close(); err != nil {
		t.Error(err)
	}
	wantLines(t, rowTexts(batch), strings.Split(fakeRows(0, 10), "\n")...)
	batch.Release()
	if _, err := result.Next(); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("reading a closed result: error %v", err)
	}
	f.check(t)
}

func TestProgressCountsRows(t *testing.T) {
	t.Parallel()
	f := &fakeSource{dir: t.TempDir(), pieces: 1, rows: 100}
	e := openEngine(t, Config{Source: f})
	var last Progress
	if _, err := run(t.Context(), e, Query{Plan: scan(f.table("slices", "records")), Progress: func(p Progress) { last = p }}); err != nil {
		t.Fatal(err)
	}
	if last.Rows != 200 || last.Files != 2 || last.BytesListed != 2000 {
		t.Errorf("at the end the progress is %+v", last)
	}
}

func TestScanPreparesTheNextFiles(t *testing.T) {
	t.Parallel()
	formats := slices.Repeat([]string{"records"}, 7)
	large := func(n *typed.Scan) *typed.Scan {
		for i := range n.Table.Partitions {
			n.Table.Partitions[i].Size = openPartitioned
		}
		return n
	}
	for _, distant := range []bool{false, true} {
		f := &fakeSource{dir: t.TempDir(), pieces: 2, rows: 10, distant: distant}
		e := openEngine(t, Config{Source: f, Threads: 1})
		n := large(scan(f.table(formats...)))
		if got := mustRun(t, e, &typed.Sort{Input: n, Order: []typed.Order{{Child: ref(n.Columns[0])}}}); len(got) != 7*2*10 {
			t.Errorf("%d rows", len(got))
		}
		want := []string{"2", "3", "4", "5", "6"}
		if distant {
			want = []string{"4", "5", "6"}
		}
		slices.Sort(f.prepared)
		if !slices.Equal(f.prepared, want) {
			t.Errorf("distant %t: prepared %v, want %v", distant, f.prepared, want)
		}
		f.check(t)
	}
	// Few rows may be enough: nothing is fetched for files whose turn may not come.
	f := &fakeSource{dir: t.TempDir(), pieces: 2, rows: 10}
	e := openEngine(t, Config{Source: f, Threads: 1})
	mustRun(t, e, &typed.Limit{Input: large(scan(f.table(formats...))), Count: 1})
	if len(f.prepared) > 0 {
		t.Errorf("prepared %v for one row", f.prepared)
	}
}

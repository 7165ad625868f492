package parquet

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
)

func yes(context.Context) bool { return true }

func TestKeptSlicesAreNotFetchedAgain(t *testing.T) {
	t.Parallel()
	data := writeFile(t, []arrow.RecordBatch{sample(rand.New(rand.NewPCG(21, 21)), 600, 0)}, 100)
	for name, test := range map[string]struct {
		hash    string
		reuse   func(context.Context) bool
		columns []string
		bound   int64
		again   bool // nothing but the footer is fetched the second time
	}{
		"the same":            {hash: "a", reuse: yes, bound: 1 << 20, again: true},
		"who may not":         {hash: "a", reuse: func(context.Context) bool { return false }, bound: 1 << 20},
		"other content":       {hash: "b", reuse: yes, bound: 1 << 20},
		"no hash":             {reuse: yes, bound: 1 << 20},
		"nobody to ask":       {hash: "a", bound: 1 << 20},
		"some of the columns": {hash: "a", reuse: yes, columns: []string{"id"}, bound: 1 << 20},
		"no room":             {hash: "a", reuse: yes, bound: 10},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := &counter{data: data}
			kept := NewKept(test.bound, NewPool(1<<20))
			read := func(hash string, reuse func(context.Context) bool, columns []string) (rows []string, bytes int64) {
				t.Helper()
				f, before := file.file("f"), file.bytes()
				f.Hash = hash
				table, err := readSlices(t, f, Query{Columns: columns}, Options{Pool: kept.pool, Kept: kept, Reuse: reuse, SliceSize: 20_000})
				if err != nil {
					t.Fatal(err)
				}
				return rowTexts(table), file.bytes() - before
			}
			want, all := read("a", yes, nil)
			got, fetched := read(test.hash, test.reuse, test.columns)
			if test.columns == nil && !slices.Equal(got, want) {
				t.Error("the rows differ")
			}
			if again := fetched < all/2; again != test.again && test.columns == nil {
				t.Errorf("%d bytes were fetched, and %d before", fetched, all)
			}
			if kept.used > kept.bound {
				t.Errorf("%d bytes are kept", kept.used)
			}
			if file.opened != file.closed {
				t.Errorf("%d of %d bodies are open", file.opened-file.closed, file.opened)
			}
			if err := kept.Close(); err != nil || kept.used != 0 {
				t.Error(err, kept.used)
			}
		})
	}
}

// Many read the same at once, while there is room for some of it only and old slices go quickly.
func TestKeptSlicesAreShared(t *testing.T) {
	t.Parallel()
	kept := NewKept(200_000, NewPool(300_000))
	kept.now = func() time.Time { return time.Now().Add(time.Duration(rand.Int64N(int64(2 * keepUnused)))) }
	var wg sync.WaitGroup
	for n := range 3 {
		data := writeFile(t, []arrow.RecordBatch{sample(rand.New(rand.NewPCG(22, uint64(n))), 600, 0)}, 100)
		whole, err := readWhole(data)
		if err != nil {
			t.Fatal(err)
		}
		want := rowTexts(whole)
		for range 2 {
			wg.Go(func() {
				for range 5 {
					f := (&counter{data: data}).file("f")
					f.Hash = string(rune('a' + n))
					got, err := readSlices(t, f, Query{}, Options{Pool: kept.pool, Kept: kept, Reuse: yes, SliceSize: 20_000})
					if err != nil || !slices.Equal(rowTexts(got), want) {
						t.Errorf("the rows differ, or %v", err)
					}
				}
			})
		}
	}
	wg.Wait()
	if kept.used <= 0 || kept.used > kept.bound {
		t.Errorf("%d bytes are kept", kept.used)
	}
}

func TestKeptReplacesWhatNobodyUses(t *testing.T) {
	t.Parallel()
	now := time.Now()
	kept := NewKept(100, NewPool(0))
	kept.now = func() time.Time { return now }
	key := func(n byte) sliceKey { return sliceKey{n} }
	put := func(n byte, size int64) bool {
		file, err := newSliceFile(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		if file.scratch {
			t.Skip("there are no files in memory here")
		}
		if err := file.resize(size); err != nil {
			t.Fatal(err)
		}
		if err := kept.put(key(n), file); err != nil {
			t.Error(err)
		}
		return kept.has(key(n))
	}
	if !put(1, 50) || !put(2, 50) || put(3, 10) {
		t.Error("there is room for two, and the third finds none yet")
	}
	now = now.Add(keepUnused)
	held := kept.get(key(1))
	if !put(3, 50) || kept.has(key(2)) || !kept.has(key(1)) {
		t.Error("the one that was not used should have made room")
	}
	now = now.Add(keepUnused)
	if put(4, 60) {
		t.Error("one that is in use should not go")
	}
	kept.drop(held)
	if kept.has(key(1)) || held.file.Fd() == ^uintptr(0) {
		t.Error("a damaged slice stays open for its users alone")
	}
	if err := kept.release(held); err != nil || held.file.Fd() != ^uintptr(0) {
		t.Error("the last user frees it", err)
	}
	if err := kept.Close(); err != nil || kept.used != 0 {
		t.Error(err, kept.used)
	}
}

// A slice that could not be decoded is fetched again: its bytes may have been changed on their way.
func TestDamagedSlicesAreNotKept(t *testing.T) {
	t.Parallel()
	data := writeFile(t, []arrow.RecordBatch{sample(rand.New(rand.NewPCG(23, 23)), 100, 0)}, 100)
	file := &counter{data: data}
	f := file.file("f")
	f.Hash = "a"
	kept := NewKept(1<<20, NewPool(1<<20))
	once := func(damaged bool) int {
		t.Helper()
		footer, err := NewFooters(0).Read(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		before := file.opened
		scan, err := NewScan(t.Context(), f, footer, Query{Columns: footer.ColumnNames()}, Options{Pool: kept.pool, Kept: kept, Reuse: yes})
		if err != nil {
			t.Fatal(err)
		}
		defer scan.Close()
		slice, err := scan.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if damaged {
			_ = slice.Damaged(context.Canceled)
		}
		if err := slice.Close(); err != nil {
			t.Error(err)
		}
		return file.opened - before
	}
	for i, step := range []struct {
		damaged bool
		fetched bool
	}{{true, true}, {false, true}, {true, false}, {false, true}, {false, false}} {
		if got := once(step.damaged) > 0; got != step.fetched {
			t.Errorf("step %d: fetched: %v", i, got)
		}
	}
}

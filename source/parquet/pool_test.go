package parquet

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
)

// Slices of all sizes go through one pool, and none has bytes of another.
func TestPooledSlicesHaveTheirOwnRows(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(13, 13))
	pool := NewPool(600_000)
	var wg sync.WaitGroup
	for range 4 {
		data := writeFile(t, []arrow.RecordBatch{sample(r, 600+r.IntN(600), 0)}, 100)
		whole, err := readWhole(data)
		if err != nil {
			t.Fatal(err)
		}
		want := rowTexts(whole)
		size := 1 + r.Int64N(40_000)
		wg.Go(func() {
			for range 5 {
				file := &counter{data: data}
				got, err := readSlices(t, file.file("f"), Query{}, Options{Pool: pool, SliceSize: size})
				if err != nil || !slices.Equal(rowTexts(got), want) {
					t.Errorf("rows differ, or %v", err)
				}
			}
		})
	}
	wg.Wait()
	if pool.used <= 0 || pool.used > pool.bound || len(pool.idle) == 0 {
		t.Errorf("%d bytes in %d files", pool.used, len(pool.idle))
	}
	if err := pool.Close(); err != nil || pool.used != 0 {
		t.Error(err, pool.used)
	}
}

func TestPoolTakesTheBestFit(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ size, want int64 }{{300, 300}, {301, 1000}, {1000, 1000}, {2000, 0}, {200, 300}, {60, 300}, {10, 300}} {
		p := &Pool{idle: []*sliceFile{{size: 1000 << 10}, {size: 300 << 10}, {size: 1100 << 10}, {size: 9000 << 10}}, used: 11400 << 10}
		f := p.take(test.size << 10)
		if test.want == 0 || test.size*waste < test.want {
			if f != nil {
				t.Errorf("for %d KiB: a file of %d", test.size, f.size>>10)
			}
			continue
		}
		if f == nil || f.size != test.want<<10 || p.used != (11400-test.want)<<10 || len(p.idle) != 3 {
			t.Errorf("for %d KiB: %v, %d left", test.size, f, p.used>>10)
		}
	}
}

func TestPoolMakesRoom(t *testing.T) {
	t.Parallel()
	p := NewPool(1 << 20)
	var files []*sliceFile
	for range 3 {
		f, err := p.get(500<<10, false, t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		if f.scratch {
			t.Skip("there are no files in memory")
		}
		files = append(files, f)
	}
	for _, f := range files {
		if err := p.put(f); err != nil {
			t.Fatal(err)
		}
	}
	if len(p.idle) != 2 || p.idle[0] != files[1] || p.idle[1] != files[2] {
		t.Errorf("%d files are kept, not the last two", len(p.idle))
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}

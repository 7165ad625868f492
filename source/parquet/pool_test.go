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
	pool := NewPool(60_000)
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
	for _, test := range []struct{ size, want int64 }{{5, 10}, {10, 10}, {11, 30}, {25, 30}, {50, 40}} {
		p := &Pool{idle: []*sliceFile{{size: 30}, {size: 10}, {size: 40}}, used: 80}
		if f := p.take(test.size); f.size != test.want || p.used != 80-test.want || len(p.idle) != 2 {
			t.Errorf("for %d bytes: %d, %d left", test.size, f.size, p.used)
		}
	}
}

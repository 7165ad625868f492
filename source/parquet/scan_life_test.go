package parquet

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
)

// ledger is a Memory without a bound that counts.
type ledger struct {
	held, ahead atomic.Int64
	refuse      bool
}

func (l *ledger) Acquire(ctx context.Context, n int64) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	l.held.Add(n)
	return n, nil
}

func (l *ledger) AcquireAhead(n int64) (int64, bool) {
	if l.refuse {
		return 0, false
	}
	l.held.Add(n)
	l.ahead.Add(n)
	return n, true
}

func (l *ledger) Asked(n int64)   { l.ahead.Add(-n) }
func (l *ledger) Release(n int64) { l.held.Add(-n) }

// gate is a file whose bodies wait until it opens.
type gate struct {
	counter
	open chan struct{}
}

func (g *gate) file() File {
	f := g.counter.file("f")
	f.Range = func(ctx context.Context, offset, length int64) (io.ReadCloser, error) {
		select {
		case <-g.open:
			return g.counter.open(ctx, offset, length)
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return f
}

func lifeFile(t *testing.T) *gate {
	t.Helper()
	data := writeFile(t, []arrow.RecordBatch{sample(rand.New(rand.NewPCG(10, 10)), 400, 0)}, 50)
	return &gate{counter: counter{data: data}, open: make(chan struct{})}
}

func openScan(t *testing.T, g *gate, o Options) *Scan {
	t.Helper()
	footer, err := NewFooters(0).Read(t.Context(), g.counter.file("f"))
	if err != nil {
		t.Fatal(err)
	}
	scan, err := NewScan(t.Context(), g.file(), footer, Query{Columns: footer.ColumnNames()}, o)
	if err != nil {
		t.Fatal(err)
	}
	return scan
}

func TestCloseEndsWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	g, memory := lifeFile(t), &ledger{}
	scan := openScan(t, g, Options{Memory: memory, SliceSize: 1, Ahead: 3})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := scan.Next(ctx); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if memory.held.Load() == 0 || memory.ahead.Load() == 0 {
		t.Error("nothing is fetched ahead")
	}
	if err := scan.Close(); err != nil {
		t.Error(err)
	}
	if memory.held.Load() != 0 || memory.ahead.Load() != 0 {
		t.Errorf("%d bytes are held after Close, %d ahead", memory.held.Load(), memory.ahead.Load())
	}
	if _, err := scan.Next(t.Context()); err != io.EOF {
		t.Errorf("Next after Close: %v", err)
	}
	if err := scan.Close(); err != nil {
		t.Error(err)
	}
}

func TestNextGoesOnAfterItsContextEnded(t *testing.T) {
	t.Parallel()
	g, memory := lifeFile(t), &ledger{}
	scan := openScan(t, g, Options{Memory: memory, SliceSize: 1})
	defer scan.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := scan.Next(ctx); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	close(g.open)
	var rows int64
	for {
		s, err := scan.Next(t.Context())
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		rows += s.Rows()
		path := s.Path()
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if rows != 400 || memory.held.Load() != 0 || memory.ahead.Load() != 0 {
		t.Errorf("%d rows, %d bytes held, %d ahead", rows, memory.held.Load(), memory.ahead.Load())
	}
}

func TestSlicesOutliveTheScan(t *testing.T) {
	t.Parallel()
	g, memory := lifeFile(t), &ledger{}
	close(g.open)
	scan := openScan(t, g, Options{Memory: memory, SliceSize: 1})
	s, err := scan.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := scan.Close(); err != nil {
		t.Fatal(err)
	}
	if memory.held.Load() == 0 {
		t.Error("the memory of a slice is given back before it is closed")
	}
	if batches, err := decode(t.Context(), s); err != nil || len(batches) == 0 {
		t.Error(len(batches), err)
	}
	if err := s.Close(); err != nil || memory.held.Load() != 0 {
		t.Error(err, memory.held.Load())
	}
}

func TestAFailureGivesEverythingBack(t *testing.T) {
	t.Parallel()
	g, memory := lifeFile(t), &ledger{}
	broken := errors.New("broken")
	scan := openScan(t, g, Options{Memory: memory, SliceSize: 1, Ahead: 3})
	scan.fetcher.file.Range = func(context.Context, int64, int64) (io.ReadCloser, error) { return nil, broken }
	for range 2 {
		if _, err := scan.Next(t.Context()); !errors.Is(err, broken) {
			t.Errorf("%v", err)
		}
	}
	if err := scan.Close(); err != nil || memory.held.Load() != 0 || memory.ahead.Load() != 0 {
		t.Error(err, memory.held.Load(), memory.ahead.Load())
	}
}

func TestNothingIsFetchedAheadWithoutMemory(t *testing.T) {
	t.Parallel()
	g, memory := lifeFile(t), &ledger{refuse: true}
	close(g.open)
	scan := openScan(t, g, Options{Memory: memory, SliceSize: 1, Ahead: 3})
	defer scan.Close()
	s, err := scan.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if held := memory.held.Load(); held != s.Size() {
		t.Errorf("%d bytes held for a slice of %d", held, s.Size())
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestFootersAreReadOnce(t *testing.T) {
	t.Parallel()
	data := writeFile(t, []arrow.RecordBatch{sample(rand.New(rand.NewPCG(11, 11)), 40, 0)}, 20)
	file := &counter{data: data}
	f := file.file("folder/f")
	f.Hash = "hash"
	cache := NewFooters(0)
	if _, err := cache.Read(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	requests := len(file.ranges)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			f := f
			f.Name = "folder/g"
			if footer, err := cache.Read(t.Context(), f); err != nil || footer.name != "folder/g" {
				t.Error(footer, err)
			}
		})
	}
	wg.Wait()
	if len(file.ranges) != requests {
		t.Errorf("%d requests more", len(file.ranges)-requests)
	}
	// The next file of the folder costs one request, and hardly more bytes than its footer.
	f.Hash = "other"
	before := file.bytes()
	footer, err := cache.Read(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	if got := file.bytes() - before; len(file.ranges) != requests+1 || got > int64(len(footer.raw))*103/100 {
		t.Errorf("%d requests and %d bytes more for a footer of %d bytes", len(file.ranges)-requests, got, len(footer.raw))
	}
}

func TestFooterCacheIsBounded(t *testing.T) {
	t.Parallel()
	data := writeFile(t, []arrow.RecordBatch{sample(rand.New(rand.NewPCG(12, 12)), 40, 0)}, 20)
	file := &counter{data: data}
	footer, err := file.file("f").fetchFooter(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	cache := NewFooters(int64(len(footer.raw)) * 2)
	for _, hash := range []string{"a", "b", "c", "a"} {
		f := file.file("f")
		f.Hash = hash
		if _, err := cache.Read(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	if cache.used != int64(len(footer.raw))*2 || len(cache.byKey) != 2 || cache.byKey["b"] != nil {
		t.Errorf("%d bytes, %v", cache.used, cache.byKey)
	}
}

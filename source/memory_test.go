package source

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestMemoryServesInOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := NewMemory(100)
		if n, err := m.Acquire(t.Context(), 70); n != 70 || err != nil {
			t.Fatal(n, err)
		}
		served := make(chan int64, 3)
		for _, n := range []int64{60, 20} {
			go func() {
				got, err := m.Acquire(t.Context(), n)
				if err != nil {
					t.Error(err)
				}
				served <- got
			}()
			synctest.Wait()
		}
		if _, ok := m.TryAcquire(1); ok {
			t.Error("bytes are given out past those who wait")
		}
		if len(served) != 0 {
			t.Error("20 bytes were given out before the 60 that were asked for first")
		}
		m.Release(70)
		synctest.Wait()
		if len(served) != 2 {
			t.Errorf("%d are served", len(served))
		}
	})
}

func TestMemoryLargerThanTheBudgetIsReadAlone(t *testing.T) {
	t.Parallel()
	m := NewMemory(100)
	if n, err := m.Acquire(t.Context(), 1000); n != 100 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := m.Acquire(ctx, 1); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	m.Release(100)
	if n, ok := m.TryAcquire(100); n != 100 || !ok {
		t.Errorf("%d, %v after the abandoned wait", n, ok)
	}
}

func TestMemoryAheadLeavesHalf(t *testing.T) {
	t.Parallel()
	m := NewMemory(100)
	n, ok := m.AcquireAhead(50)
	if n != 50 || !ok {
		t.Fatal(n, ok)
	}
	if _, ok := m.AcquireAhead(1); ok {
		t.Error("more than half is given out ahead of need")
	}
	m.Asked(50)
	if _, ok := m.AcquireAhead(50); !ok {
		t.Error("what is asked for still counts as ahead of need")
	}
}

func TestMemoryGivesWayToStandstill(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := NewMemory(100)
		if _, err := m.Acquire(t.Context(), 100); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		for i := range 2 {
			if _, err := m.Acquire(t.Context(), 100); err != nil {
				t.Fatal(err)
			}
			if waited := time.Since(start); waited != time.Duration(i+1)*stallTime {
				t.Errorf("served after %v", waited)
			}
		}
		// While bytes come back, the budget holds.
		ctx, cancel := context.WithTimeout(t.Context(), 3*stallTime)
		defer cancel()
		var wg sync.WaitGroup
		wg.Go(func() {
			for ctx.Err() == nil {
				time.Sleep(stallTime / 2)
				m.Release(1)
			}
		})
		if _, err := m.Acquire(ctx, 100); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		wg.Wait()
	})
}

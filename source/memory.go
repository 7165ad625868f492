package source

import (
	"context"

	"golang.org/x/sync/semaphore"
)

// DefaultMemory is the budget of fetch buffers and slices, in bytes, when Config states none.
const DefaultMemory int64 = 1 << 30

// Memory is a budget of bytes for what reads hold at once.
type Memory struct {
	total int64
	sem   *semaphore.Weighted
}

// NewMemory makes a budget of total bytes; zero or less means DefaultMemory.
func NewMemory(total int64) *Memory {
	if total <= 0 {
		total = DefaultMemory
	}
	return &Memory{total: total, sem: semaphore.NewWeighted(total)}
}

// Total is the size of the budget in bytes.
func (m *Memory) Total() int64 { return m.total }

// Acquire waits until n bytes are free and takes them. A piece larger than the whole budget takes all of it, so that it is
// read alone rather than never. It returns how much it took, to be given back with Release, or the context's error.
func (m *Memory) Acquire(ctx context.Context, n int64) (int64, error) {
	n = min(max(n, 0), m.total)
	if err := m.sem.Acquire(ctx, n); err != nil {
		return 0, err
	}
	return n, nil
}

// TryAcquire takes n bytes, cut to the whole budget as Acquire does, if they are free now.
func (m *Memory) TryAcquire(n int64) (int64, bool) {
	n = min(max(n, 0), m.total)
	if !m.sem.TryAcquire(n) {
		return 0, false
	}
	return n, true
}

// Release gives back what Acquire took.
func (m *Memory) Release(n int64) { m.sem.Release(n) }

package source

import (
	"container/list"
	"context"
	"sync"
	"time"
)

// DefaultMemory is the budget of fetch buffers and slices, in bytes, when Config states none.
const DefaultMemory int64 = 1 << 30

// stallTime is how long nothing may be given back while somebody waits, before the budget gives way.
const stallTime = 10 * time.Second

// Memory is a budget of bytes for what reads hold at once.
//
// Two rules keep it from standing still. What is fetched ahead of need may fill half of the budget and no more: a reader
// whose consumer has stopped asking keeps what it has, and others need room. And when all of it is held by consumers that
// give nothing back for a long while, such as clients that do not fetch their results, the first in the queue is served beyond the
// budget.
type Memory struct {
	total int64

	mu      sync.Mutex
	used    int64
	ahead   int64            // of used, what nobody has asked for yet
	waiting *list.List       // of *waiter
	changed time.Time        // of the last release
	observe func(used int64) // for tests
}

type waiter struct {
	bytes int64
	ready chan struct{} // closed when the bytes are taken
}

// NewMemory makes a budget of total bytes; zero or less means DefaultMemory.
func NewMemory(total int64) *Memory {
	if total <= 0 {
		total = DefaultMemory
	}
	return &Memory{total: total, waiting: list.New()}
}

// Total is the size of the budget in bytes.
func (m *Memory) Total() int64 { return m.total }

// Acquire waits until n bytes are free and takes them. A piece larger than the whole budget takes all of it, so that it is
// read alone rather than never. It returns how much it took, to be given back with Release, or the context's error.
func (m *Memory) Acquire(ctx context.Context, n int64) (int64, error) {
	n = min(max(n, 0), m.total)
	m.mu.Lock()
	if m.waiting.Len() == 0 && m.used+n <= m.total {
		m.take(n)
		m.mu.Unlock()
		return n, nil
	}
	w := &waiter{bytes: n, ready: make(chan struct{})}
	place := m.waiting.PushBack(w)
	since := time.Now()
	m.mu.Unlock()

	timer := time.NewTimer(stallTime)
	defer timer.Stop()
	for {
		select {
		case <-w.ready:
			return n, nil
		case <-ctx.Done():
			m.abandon(w, place)
			return 0, ctx.Err()
		case <-timer.C:
			timer.Reset(m.giveWay(place, since))
		}
	}
}

// abandon takes a waiter out of the queue, or gives back what it got in the meantime.
func (m *Memory) abandon(w *waiter, place *list.Element) {
	m.mu.Lock()
	defer m.mu.Unlock()
	select {
	case <-w.ready:
		m.used -= w.bytes
		m.changed = time.Now()
	default:
		m.waiting.Remove(place)
	}
	m.serve()
}

// giveWay serves a waiter beyond the budget if it is the first and nothing was given back for stallTime. It returns when to
// look again.
func (m *Memory) giveWay(place *list.Element, since time.Time) time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.changed.After(since) {
		since = m.changed
	}
	if left := stallTime - time.Since(since); left > 0 {
		return left
	}
	if m.waiting.Front() == place {
		m.grant(place)
		m.changed = time.Now()
	}
	return stallTime
}

// serve gives to those who wait, in their order, what is free.
func (m *Memory) serve() {
	for {
		first := m.waiting.Front()
		if first == nil || m.used+first.Value.(*waiter).bytes > m.total {
			return
		}
		m.grant(first)
	}
}

func (m *Memory) grant(place *list.Element) {
	w := m.waiting.Remove(place).(*waiter)
	m.take(w.bytes)
	close(w.ready)
}

func (m *Memory) take(n int64) {
	m.used += n
	if m.observe != nil {
		m.observe(m.used)
	}
}

// TryAcquire takes n bytes, cut to the whole budget as Acquire does, if they are free now and nobody waits.
func (m *Memory) TryAcquire(n int64) (int64, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n = min(max(n, 0), m.total)
	if m.waiting.Len() > 0 || m.used+n > m.total {
		return 0, false
	}
	m.take(n)
	return n, true
}

// AcquireAhead is TryAcquire for bytes that nobody has asked for yet. When somebody does, or they are dropped, Asked must be
// called with what it returned.
func (m *Memory) AcquireAhead(n int64) (int64, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n = min(max(n, 0), m.total)
	if m.waiting.Len() > 0 || m.used+n > m.total || m.ahead+n > m.total/2 {
		return 0, false
	}
	m.take(n)
	m.ahead += n
	return n, true
}

// Asked says that bytes from AcquireAhead are needed now. They are still to be released.
func (m *Memory) Asked(n int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ahead -= n
}

// Release gives back n bytes that were taken.
func (m *Memory) Release(n int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.used -= n
	m.changed = time.Now()
	m.serve()
}

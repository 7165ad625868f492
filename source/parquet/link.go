package parquet

import (
	"container/list"
	"context"
	"io"
	"sync"
	"time"
)

// Link measures the way to a server, and keeps as many bytes requested as it takes to fill it: with less it would stand idle
// for the time that a request takes, with much more everything would arrive at once at the end, with nothing to decode
// meanwhile. Scans of the same server share a Link. It is safe for concurrent use; nil does not bound anything.
type Link struct {
	now func() time.Time

	mu       sync.Mutex
	waiting  *list.List // of *linkWaiter
	open     int        // requests
	missing  int64      // bytes that were requested and have not come yet
	latency  time.Duration
	sampled  time.Time // when latency was measured
	rates    [rateSamples]float64
	sample   int
	since    time.Time // when the current sample of the rate began
	received int64     // in it
}

type linkWaiter struct {
	bytes int64
	ready chan struct{}
}

const (
	// minWindow is the least number of bytes that may be requested, and maxWindow the most.
	minWindow = 8 << 20
	maxWindow = 256 << 20
	// minRequests is how many requests may run in any case, and maxRequests the most: as many connections are kept.
	minRequests = 4
	maxRequests = 64
	// rateSamples is how many samples of the rate are kept, of which the best counts: a slow one may be for lack of requests.
	rateSamples = 16
	rateEvery   = 20 * time.Millisecond
	// latencyLasts is for how long the least latency seen counts.
	latencyLasts = time.Minute
	// farAway is the number of bytes that may be on the way from which a server counts as distant: a request then costs
	// more than the bytes of a wider gap.
	farAway = 1 << 20
	wideGap = 1 << 20
)

// NewLink makes a link about which nothing is known.
func NewLink() *Link { return &Link{now: time.Now, waiting: list.New()} }

// capacity is about how many bytes are on the way when the link is full. l.mu is held.
func (l *Link) capacity() int64 {
	best := 0.0
	for _, r := range l.rates {
		best = max(best, r)
	}
	return int64(best * l.latency.Seconds())
}

func (l *Link) window() int64 { return min(max(2*l.capacity(), minWindow), maxWindow) }

// gap is how many unneeded bytes are worth a request less. It has two values only, so that a scan fetches the same bytes
// each time.
func (l *Link) gap(near int64) int64 {
	if l == nil {
		return near
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.capacity() < farAway {
		return near
	}
	return max(near, wideGap)
}

// admits says whether n bytes may be requested now. l.mu is held.
func (l *Link) admits(n int64) bool {
	return l.open < minRequests || l.open < maxRequests && l.missing+n <= l.window()
}

// enter waits for the turn of a request of n bytes.
func (l *Link) enter(ctx context.Context, n int64) error { return l.enterQueue(ctx, n, func() {}) }

// enterQueue is enter; it calls queued when the request has its place among others.
func (l *Link) enterQueue(ctx context.Context, n int64, queued func()) error {
	if l == nil {
		queued()
		return ctx.Err()
	}
	l.mu.Lock()
	if l.waiting.Len() == 0 && l.admits(n) {
		l.take(n)
		l.mu.Unlock()
		queued()
		return nil
	}
	w := &linkWaiter{bytes: n, ready: make(chan struct{})}
	place := l.waiting.PushBack(w)
	l.mu.Unlock()
	queued()
	select {
	case <-w.ready:
		return nil
	case <-ctx.Done():
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-w.ready:
		l.leave(n)
	default:
		l.waiting.Remove(place)
		l.serve()
	}
	return ctx.Err()
}

func (l *Link) take(n int64) {
	if l.open == 0 {
		l.since, l.received = l.now(), 0
	}
	l.open++
	l.missing += n
}

// leave ends a request of which n bytes have not come. l.mu is held.
func (l *Link) leave(n int64) {
	l.open--
	l.missing -= n
	l.serve()
}

func (l *Link) serve() {
	for first := l.waiting.Front(); first != nil; first = l.waiting.Front() {
		w := first.Value.(*linkWaiter)
		if !l.admits(w.bytes) {
			return
		}
		l.waiting.Remove(first)
		l.take(w.bytes)
		close(w.ready)
	}
}

// answered notes the time that the beginning of an answer took.
func (l *Link) answered(took time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if l.latency == 0 || took < l.latency || now.Sub(l.sampled) > latencyLasts {
		l.latency, l.sampled = took, now
	}
}

// ask begins a request besides those that openRange bounds; the function that it returns is called with the answer.
func (l *Link) ask() func(body io.Reader) {
	if l == nil {
		return func(io.Reader) {}
	}
	begin := l.now()
	return func(body io.Reader) {
		if !local(body) {
			l.answered(l.now().Sub(begin))
		}
	}
}

// local tells whether a body comes from this machine.
func local(body io.Reader) bool {
	near, ok := body.(interface{ Local() bool })
	return ok && near.Local()
}

// longWay is the time that an answer takes from which a server counts as distant while nothing is known of the rate.
const longWay = 5 * time.Millisecond

// slicesAhead is how many slices a scan fetches ahead of the one that is asked for: enough for the last ones of the last file to be on
// their way before the first of them have come.
func (l *Link) slicesAhead() int {
	if l.Distant() {
		return 3
	}
	return 2
}

// Distant tells whether answers take so long that more files than are decoded at once should be under way.
func (l *Link) Distant() bool {
	if l == nil {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.latency >= longWay
}

// arrived notes that n bytes have come.
func (l *Link) arrived(n int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.missing -= n
	l.received += n
	now := l.now()
	if took := now.Sub(l.since); took >= rateEvery {
		l.rates[l.sample%rateSamples] = float64(l.received) / took.Seconds()
		l.sample++
		l.since, l.received = now, 0
	}
	l.serve()
}

// linked is a body whose bytes are counted on the link.
type linked struct {
	io.ReadCloser
	link    *Link
	missing int64
}

// openRange opens a range of a file when it is its turn.
func (l *Link) openRange(ctx context.Context, f File, from, length int64) (io.ReadCloser, error) {
	return l.openQueued(ctx, f, from, length, func() {})
}

// openQueued is openRange; it calls queued when the request has its place among others.
func (l *Link) openQueued(ctx context.Context, f File, from, length int64, queued func()) (io.ReadCloser, error) {
	if err := l.enterQueue(ctx, length, queued); err != nil {
		return nil, err
	}
	if l == nil {
		return f.Range(ctx, from, length)
	}
	begin := l.now()
	body, err := f.Range(ctx, from, length)
	if err != nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.leave(length)
		return nil, err
	}
	if local(body) {
		// It comes from this machine, and tells nothing about the way to the server.
		l.mu.Lock()
		defer l.mu.Unlock()
		l.leave(length)
		return body, nil
	}
	l.answered(l.now().Sub(begin))
	return &linked{ReadCloser: body, link: l, missing: length}, nil
}

// Read implements io.Reader.
func (b *linked) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if n > 0 {
		b.missing -= int64(n)
		b.link.arrived(int64(n))
	}
	return n, err
}

// Close implements io.Closer; it is called once.
func (b *linked) Close() error {
	err := b.ReadCloser.Close()
	b.link.mu.Lock()
	defer b.link.mu.Unlock()
	b.link.leave(b.missing)
	return err
}

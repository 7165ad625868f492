package hub

import (
	"context"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/hfspark/hfspark/hub/wire"
)

// limiter keeps the requests to one host within the quota that its RateLimit headers tell. Answers arrive out of order and other
// machines may share the account, so it counts down itself and takes the lower of both numbers.
type limiter struct {
	now func() time.Time

	mu        sync.Mutex
	known     bool
	remaining int64     // requests that may still start in this window
	reset     time.Time // end of the window
}

// sameWindow is how far apart two answers may put the end of a window and still mean the same one: headers have whole seconds.
const sameWindow = 3 * time.Second

// reserve takes one request from the quota. A wait above zero means that none is left: wait that long, then ask again.
func (l *limiter) reserve() (wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.known {
		return 0
	}
	left := l.reset.Sub(l.now())
	if left <= 0 {
		l.known = false
		return 0
	}
	if l.remaining > 0 {
		l.remaining--
		return 0
	}
	return left
}

// observe takes in what an answer tells of the quota.
func (l *limiter) observe(h http.Header) {
	limit, ok := wire.ParseRateLimit(h.Values(wire.HeaderRateLimit))
	if !ok {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	reset := l.now().Add(limit.Reset)
	if l.known && reset.Sub(l.reset).Abs() < sameWindow {
		l.remaining = min(l.remaining, limit.Remaining)
		return
	}
	if l.known && reset.Before(l.reset) {
		return // A late answer of the window before.
	}
	l.known, l.remaining, l.reset = true, limit.Remaining, reset
}

// limiters holds one limiter for each class of requests to a host.
type limiters struct {
	now func() time.Time

	mu  sync.Mutex
	all map[limiterKey]*limiter
}

// limiterKey names a quota: the Hub counts API calls and file requests apart.
type limiterKey struct {
	host string
	kind requestKind
}

func (l *limiters) of(host string, kind requestKind) *limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := limiterKey{host: host, kind: kind}
	if l.all == nil {
		l.all = map[limiterKey]*limiter{}
	}
	if l.all[key] == nil {
		l.all[key] = &limiter{now: l.now}
	}
	return l.all[key]
}

// admit waits until a request of kind to host fits into the quota. When ctx would end before that, it fails at once.
func (c *Client) admit(ctx context.Context, host string, kind requestKind) error {
	limiter := c.limits.of(host, kind)
	for {
		wait := limiter.reserve()
		if wait == 0 {
			return nil
		}
		// Spread the return of machines that share an account.
		wait += rand.N(wait/20 + time.Millisecond)
		if deadline, ok := ctx.Deadline(); ok && c.now().Add(wait).After(deadline) {
			return ErrRateLimited
		}
		c.stats.rateWaits.Add(1)
		c.log.InfoContext(ctx, "waiting for the Hub's next rate window", "host", host, "requests", kind.String(), "wait", wait.Round(time.Second))
		if err := c.sleep(ctx, wait); err != nil {
			return err
		}
	}
}

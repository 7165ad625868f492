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
//
// It does not spend the quota in one go: the first half of a window's requests start at once, the others are spread over the time
// that is left, the wider the fewer there are. So a long job runs on evenly instead of standing still, and whoever shares the
// account gets a turn.
type limiter struct {
	now func() time.Time

	mu        sync.Mutex
	known     bool
	remaining int64     // requests that may still start in this window
	quota     int64     // requests of a whole window, or the most that was seen to be left
	reset     time.Time // end of the window
	next      time.Time // when the next request may start, if they are being spread
	pause     time.Time // until then the host wants no requests at all
}

// sameWindow is how far apart two answers may put the end of a window and still mean the same one: headers have whole seconds.
const sameWindow = 3 * time.Second

// admission is what a limiter says to a request.
type admission struct {
	wait    time.Duration
	granted bool // the request may start after wait; otherwise it asks again then
}

// reserve takes one request from the quota. A request that must have started by a time, if that is not zero, is not spread beyond it.
func (l *limiter) reserve(by time.Time) admission {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if wait := l.pause.Sub(now); wait > 0 {
		return admission{wait: wait}
	}
	if !l.known {
		return admission{granted: true}
	}
	left := l.reset.Sub(now)
	switch {
	case left <= 0:
		l.known, l.next = false, time.Time{}
		return admission{granted: true}
	case l.remaining <= 0:
		return admission{wait: left}
	}
	start := now
	if l.next.After(start) {
		start = l.next
	}
	if !by.IsZero() && start.After(by) {
		start = now
	}
	gap := l.gap(left)
	l.remaining--
	if next := start.Add(gap); gap > 0 && next.Before(l.reset) {
		l.next = next
	}
	return admission{wait: start.Sub(now), granted: true}
}

// gap is the time between two requests when left of the window is to come.
func (l *limiter) gap(left time.Duration) time.Duration {
	spare := float64(l.remaining) / (float64(l.quota) / 2)
	if spare >= 1 {
		return 0
	}
	return time.Duration((1 - spare) * float64(left) / float64(l.remaining))
}

// observe takes in what an answer tells of the quota.
func (l *limiter) observe(h http.Header) {
	limit, ok := wire.ParseRateLimit(h.Values(wire.HeaderRateLimit))
	if !ok {
		return
	}
	policy, _ := wire.ParseRatePolicy(h.Values(wire.HeaderRatePolicy), limit.Policy)
	l.mu.Lock()
	defer l.mu.Unlock()
	reset := l.now().Add(limit.Reset)
	if l.known && reset.Sub(l.reset).Abs() < sameWindow {
		l.remaining = min(l.remaining, limit.Remaining)
		l.quota = max(l.quota, policy.Quota)
		return
	}
	if l.known && reset.Before(l.reset) {
		return // A late answer of the window before.
	}
	l.known, l.remaining, l.reset, l.next = true, limit.Remaining, reset, time.Time{}
	l.quota = max(policy.Quota, limit.Remaining+1)
}

// hold keeps all requests back for a while, as a server asks that has refused one.
func (l *limiter) hold(wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if until := l.now().Add(wait); until.After(l.pause) {
		l.pause = until
	}
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
	deadline, bounded := ctx.Deadline()
	for {
		turn := limiter.reserve(deadline)
		if turn.granted {
			if turn.wait == 0 {
				return nil
			}
			c.stats.spread.Add(1)
			return c.sleep(ctx, turn.wait)
		}
		// Spread the return of machines that share an account.
		wait := turn.wait + rand.N(turn.wait/20+time.Millisecond)
		if bounded && c.now().Add(wait).After(deadline) {
			return ErrRateLimited
		}
		c.stats.rateWaits.Add(1)
		c.log.InfoContext(ctx, "waiting for the Hub's next rate window", "host", host, "requests", kind.String(), "wait", wait.Round(time.Second))
		if err := c.sleep(ctx, wait); err != nil {
			return err
		}
	}
}

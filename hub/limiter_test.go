package hub

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"
)

func limitHeader(r, t int) http.Header {
	return http.Header{"Ratelimit": {fmt.Sprintf(`"api";r=%d;t=%d`, r, t)}}
}

func TestLimiter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	l := &limiter{now: func() time.Time { return now }}
	check := func(what string, want admission) {
		t.Helper()
		if got := l.reserve(time.Time{}); got != want {
			t.Errorf("%s: %+v, want %+v", what, got, want)
		}
	}
	check("unknown quota", admission{granted: true})
	l.observe(http.Header{})
	l.observe(limitHeader(2, 60))
	l.observe(limitHeader(5, 60)) // Overtaken by the answer before.
	check("two left", admission{granted: true})
	check("one left", admission{granted: true})
	check("none left", admission{wait: time.Minute})
	now = now.Add(20 * time.Second)
	l.observe(limitHeader(1, 40)) // Of a request that started before the two.
	check("none left, later", admission{wait: 40 * time.Second})
	now = now.Add(41 * time.Second)
	check("next window", admission{granted: true})
	l.observe(limitHeader(0, 300))
	l.observe(limitHeader(9, 2)) // Late, of the window before.
	check("late answer", admission{wait: 5 * time.Minute})
	now = now.Add(10 * time.Minute)
	l.hold(7 * time.Second)
	l.hold(3 * time.Second)
	check("held", admission{wait: 7 * time.Second})
}

// TestSpread runs through a window as fast as the limiter allows: the first half at once, the rest until the window ends.
func TestSpread(t *testing.T) {
	t.Parallel()
	const quota, window = 1000, 300 * time.Second
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	now := start
	l := &limiter{now: func() time.Time { return now }}
	l.observe(http.Header{"Ratelimit": {`"api";r=1000;t=300`}, "Ratelimit-Policy": {`"fixed window";"api";q=1000;w=300`}})
	var atOnce int
	var longest time.Duration
	for i := range quota {
		turn := l.reserve(time.Time{})
		if !turn.granted {
			t.Fatalf("request %d is refused", i)
		}
		if turn.wait == 0 {
			atOnce++
		}
		longest = max(longest, turn.wait)
		now = now.Add(turn.wait)
	}
	if atOnce < quota/2 || atOnce > quota/2+2 {
		t.Errorf("%d start at once", atOnce)
	}
	if used := now.Sub(start); used > window || used < window*9/10 || longest > window/4 {
		t.Errorf("the window's requests took %v, with a longest wait of %v", used, longest)
	}
	now = start
	l.next = start.Add(time.Minute)
	l.remaining = 1
	if turn := l.reserve(start.Add(time.Second)); turn != (admission{granted: true}) {
		t.Errorf("a request with a deadline: %+v", turn)
	}
}

// TestHeldTogether checks that a refusal keeps other requests of its kind back, too.
func TestHeldTogether(t *testing.T) {
	t.Parallel()
	var n int
	srv := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if n++; n == 1 {
			w.Header().Set("Retry-After", "20")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		fmt.Fprintf(w, `{"id":"acme/data","sha":%q}`, testCommit)
	})
	c, waits := testClient(t, srv.URL, Options{Retry: Retry{Tries: -1}})
	if _, err := c.Info(t.Context(), testRepo, ""); !errors.Is(err, ErrRateLimited) || !Retryable(err) {
		t.Errorf("err = %v", err)
	}
	if _, err := c.Info(t.Context(), testRepo, ""); err != nil {
		t.Error(err)
	}
	if w := waits.all(); len(w) != 1 || w[0] < 20*time.Second || w[0] > 23*time.Second {
		t.Errorf("waits %v", w)
	}
}

// TestWaitsInsteadOfFailing runs a client against a server with a fixed window: none of its requests is refused.
func TestWaitsInsteadOfFailing(t *testing.T) {
	t.Parallel()
	const quota = 5
	var mu sync.Mutex
	now, start, used, refused := time.Now(), time.Time{}, 0, 0
	srv := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if now.Sub(start) >= 300*time.Second {
			start, used = now, 0
		}
		used++
		w.Header().Set("RateLimit", fmt.Sprintf(`"api";r=%d;t=%d`, max(0, quota-used), int((300*time.Second-now.Sub(start))/time.Second)))
		if used > quota {
			refused++
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		fmt.Fprintf(w, `{"id":"acme/data","sha":%q}`, testCommit)
	})
	c, _ := testClient(t, srv.URL, Options{})
	clock := func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	c.now, c.limits.now = clock, clock
	c.sleep = func(_ context.Context, d time.Duration) error {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(d)
		return nil
	}
	for range 4 * quota {
		if _, err := c.Info(t.Context(), testRepo, ""); err != nil {
			t.Fatal(err)
		}
	}
	if s := c.Stats(); refused != 0 || s.RateWaits != 3 || s.Retries != 0 {
		t.Errorf("%d refused, stats %+v", refused, s)
	}
}

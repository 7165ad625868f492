package hub

import (
	"context"
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
	if w := l.reserve(); w != 0 {
		t.Errorf("an unknown quota waits %v", w)
	}
	l.observe(http.Header{})
	l.observe(limitHeader(2, 60))
	l.observe(limitHeader(5, 60)) // Overtaken by the answer before.
	for range 2 {
		if w := l.reserve(); w != 0 {
			t.Errorf("waits %v with requests left", w)
		}
	}
	if w := l.reserve(); w != time.Minute {
		t.Errorf("waits %v, want a minute", w)
	}
	now = now.Add(20 * time.Second)
	l.observe(limitHeader(1, 40)) // Of a request that started before the two.
	if w := l.reserve(); w != 40*time.Second {
		t.Errorf("waits %v, want 40 s", w)
	}
	now = now.Add(41 * time.Second)
	if w := l.reserve(); w != 0 {
		t.Errorf("waits %v in the next window", w)
	}
	l.observe(limitHeader(0, 300))
	l.observe(limitHeader(9, 2)) // Late, of the window before.
	if w := l.reserve(); w != 5*time.Minute {
		t.Errorf("waits %v, want 5 minutes", w)
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

package parquet

import (
	"context"
	"errors"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// distant is a server that answers after a while and sends at a bounded rate.
type distant struct {
	latency time.Duration
	rate    int64 // bytes a second, of all answers together

	mu      sync.Mutex
	free    time.Time // when all that was sent will have arrived
	missing int64     // bytes that were requested and not sent
	most    int64     // of missing
}

// A link is kept full, whatever it is like, without asking for more than twice what is on the way.
func TestLinkIsKeptFull(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		latency time.Duration
		rate    int64
	}{
		"near":            {time.Millisecond, 1 << 30},
		"distant":         {30 * time.Millisecond, 200_000_000},
		"distant, fast":   {100 * time.Millisecond, 1_000_000_000},
		"distant, slow":   {200 * time.Millisecond, 10_000_000},
		"across the moon": {2 * time.Second, 20_000_000},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := &distant{latency: c.latency, rate: c.rate}
				link := NewLink()
				const request = 4 << 20
				total := max(c.rate*4, 64*request)
				begin := time.Now()
				done := make(chan error)
				requests := int(total / request)
				for range requests {
					go func() { done <- readLinked(t.Context(), link, server.file(), request) }()
				}
				for range requests {
					if err := <-done; err != nil {
						t.Error(err)
					}
				}
				ideal := time.Duration(float64(requests*request)/float64(c.rate)*float64(time.Second)) + c.latency
				if took := time.Since(begin); took > ideal*100/85 {
					t.Errorf("reading took %s, the link needs %s", took, ideal)
				}
				full := int64(float64(c.rate) * c.latency.Seconds())
				if limit := max(3*full, minWindow, minRequests*request) + request; server.most > limit {
					t.Errorf("%d bytes were asked for at once; %d fill the link", server.most, full)
				}
				if link.open != 0 || link.missing != 0 {
					t.Errorf("at the end %d requests of %d bytes count as open", link.open, link.missing)
				}
			})
		})
	}
}

func (s *distant) file() File {
	return File{Name: "f", Range: func(_ context.Context, _, length int64) (io.ReadCloser, error) {
		s.mu.Lock()
		s.missing += length
		s.most = max(s.most, s.missing)
		s.mu.Unlock()
		time.Sleep(s.latency)
		return &distantBody{server: s, left: length}, nil
	}}
}

type distantBody struct {
	server *distant
	left   int64
}

func (b *distantBody) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, io.EOF
	}
	s := b.server
	n := min(int64(len(p)), b.left, 256<<10)
	s.mu.Lock()
	if now := time.Now(); s.free.Before(now) {
		s.free = now
	}
	s.free = s.free.Add(time.Duration(float64(n) / float64(s.rate) * float64(time.Second)))
	until := s.free
	s.mu.Unlock()
	time.Sleep(time.Until(until))
	s.mu.Lock()
	s.missing -= n
	s.mu.Unlock()
	b.left -= n
	return int(n), nil
}

func (b *distantBody) Close() error { return nil }

func readLinked(ctx context.Context, l *Link, f File, length int64) error {
	body, err := l.openRange(ctx, f, 0, length)
	if err != nil {
		return err
	}
	buffer := make([]byte, 256<<10)
	for err == nil {
		_, err = body.Read(buffer)
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return errors.Join(err, body.Close())
}

// Who gives up waiting takes nothing along, and lets the next one in.
func TestLinkWaiterGivesUp(t *testing.T) {
	t.Parallel()
	link := NewLink()
	for range minRequests {
		if err := link.enter(t.Context(), minWindow); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := link.enter(ctx, 1); !errors.Is(err, context.Canceled) {
		t.Fatalf("a request that was cancelled was told %v", err)
	}
	link.mu.Lock()
	defer link.mu.Unlock()
	for range minRequests {
		link.leave(minWindow)
	}
	if link.open != 0 || link.missing != 0 || link.waiting.Len() != 0 {
		t.Errorf("%d requests of %d bytes count as open, %d wait", link.open, link.missing, link.waiting.Len())
	}
}

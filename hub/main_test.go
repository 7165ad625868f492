package hub

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	testToken  = "hf_SecretSecretSecret"
	testCommit = "0123456789abcdef0123456789abcdef01234567"
)

var testRepo = Dataset("acme/data")

// sleeps replaces waiting in tests: it moves the client's clock and notes by how much.
type sleeps struct {
	mu     sync.Mutex
	waits  []time.Duration
	passed time.Duration
}

func (s *sleeps) sleep(ctx context.Context, d time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waits = append(s.waits, d)
	s.passed += d
	return ctx.Err()
}

func (s *sleeps) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Now().Add(s.passed)
}

func (s *sleeps) all() []time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]time.Duration(nil), s.waits...)
}

// noEnvironment is an environment without any variables.
func noEnvironment() environment { return environmentOf(nil, "/nonexistent") }

func environmentOf(vars map[string]string, home string) environment {
	return environment{
		lookup: func(name string) (string, bool) { v, ok := vars[name]; return v, ok },
		home:   func() (string, error) { return home, nil },
	}
}

// testClient makes a client of url that does not wait.
func testClient(t *testing.T, url string, o Options) (*Client, *sleeps) {
	t.Helper()
	o.Endpoint = url
	c, err := newClient(o, noEnvironment())
	if err != nil {
		t.Fatal(err)
	}
	s := &sleeps{}
	c.sleep, c.now, c.limits.now = s.sleep, s.now, s.now
	t.Cleanup(c.CloseIdleConnections)
	return c, s
}

// serve starts a server for the test.
func serve(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv
}

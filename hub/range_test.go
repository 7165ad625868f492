package hub

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// content is a file of the fake Hub.
var content = bytes.Repeat([]byte("0123456789abcdef"), 4096)

// fakeHub serves one file at every path: "small" itself, any other by redirect to a storage server.
type fakeHub struct {
	hub, storage *httptest.Server
	asked        atomic.Int64 // requests to the Hub
	stored       atomic.Int64 // requests to the storage
	signature    atomic.Int64 // the storage takes the newest only
	fault        func(n int64, w http.ResponseWriter, r *http.Request) bool
}

func newFakeHub(t *testing.T) *fakeHub {
	t.Helper()
	f := &fakeHub{}
	f.storage = serve(t, func(w http.ResponseWriter, r *http.Request) {
		n := f.stored.Add(1)
		if r.Header.Get("Authorization") != "" {
			t.Error("the token went to the storage")
		}
		if f.fault != nil && f.fault(n, w, r) {
			return
		}
		if r.URL.Query().Get("sig") != fmt.Sprint(f.signature.Load()) {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		w.Header().Set("ETag", `"storage"`)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
	})
	f.hub = serve(t, func(w http.ResponseWriter, r *http.Request) {
		f.asked.Add(1)
		if r.Header.Get("Authorization") != "Bearer "+testToken {
			t.Error("the token is missing")
		}
		w.Header().Set("X-Repo-Commit", testCommit)
		if strings.HasSuffix(r.URL.Path, "/small") {
			w.Header().Set("ETag", `W/"hash"`)
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
			return
		}
		w.Header().Set("X-Linked-Etag", `"hash"`)
		w.Header().Set("X-Linked-Size", fmt.Sprint(len(content)))
		w.Header().Set("Location", fmt.Sprintf("%s/x?sig=%d", f.storage.URL, f.signature.Load()))
		w.WriteHeader(http.StatusFound)
	})
	return f
}

func (f *fakeHub) client(t *testing.T) *Client {
	c, _ := testClient(t, f.hub.URL, Options{Token: testToken})
	return c
}

func testFile(path string) File {
	return File{Repo: testRepo, Revision: testCommit, Path: path, Size: int64(len(content)), ETag: "hash"}
}

func readRange(t *testing.T, c *Client, f File, offset, length int64) ([]byte, error) {
	t.Helper()
	r, err := c.Range(t.Context(), f, offset, length)
	if err != nil {
		return nil, err
	}
	got, err := io.ReadAll(r)
	return got, errors.Join(err, r.Close())
}

func TestRange(t *testing.T) {
	t.Parallel()
	size := int64(len(content))
	for _, path := range []string{"small", "large", "a b/ü%#?.parquet"} {
		for _, known := range []bool{true, false} {
			f := testFile(path)
			if !known {
				f.Size, f.ETag = -1, ""
			}
			hub := newFakeHub(t)
			c := hub.client(t)
			for _, span := range [][2]int64{{0, -1}, {0, 1}, {0, size}, {5, 100}, {size - 8, 8}, {size - 8, -1}, {7, 0}, {size, 0}, {size, -1}} {
				offset, length := span[0], span[1]
				end := offset + length
				if length < 0 {
					end = size
				}
				got, err := readRange(t, c, f, offset, length)
				if err != nil || !bytes.Equal(got, content[offset:end]) {
					t.Errorf("%s %v: %d bytes, %v", path, span, len(got), err)
				}
			}
			for _, span := range [][2]int64{{0, size + 1}, {size, 1}, {size + 1, -1}, {size + 5, 2}, {-1, 3}, {5, math.MaxInt64}} {
				if _, err := readRange(t, c, f, span[0], span[1]); err == nil {
					t.Errorf("%s %v: no error", path, span)
				}
			}
		}
	}
}

func TestRangeRemembersRedirect(t *testing.T) {
	t.Parallel()
	hub := newFakeHub(t)
	c := hub.client(t)
	for i := range int64(5) {
		if _, err := readRange(t, c, testFile("large"), i, 10); err != nil {
			t.Fatal(err)
		}
	}
	if hub.asked.Load() != 1 || hub.stored.Load() != 5 {
		t.Errorf("%d requests to the Hub, %d to the storage", hub.asked.Load(), hub.stored.Load())
	}
	hub.signature.Add(1) // What was signed before has expired.
	if got, err := readRange(t, c, testFile("large"), 3, 10); err != nil || string(got) != string(content[3:13]) {
		t.Fatal(string(got), err)
	}
	if hub.asked.Load() != 2 || hub.stored.Load() != 7 {
		t.Errorf("%d requests to the Hub, %d to the storage", hub.asked.Load(), hub.stored.Load())
	}
	if s := c.Stats(); s.FileRequests != 2 || s.StorageRequests != 7 || s.BytesFetched != 60 || s.Retries != 0 {
		t.Errorf("stats %+v", s)
	}
	branch := testFile("large")
	branch.Revision = "main"
	for range 2 {
		if _, err := readRange(t, c, branch, 0, 10); err != nil {
			t.Fatal(err)
		}
	}
	if hub.asked.Load() != 4 {
		t.Error("where a branch leads to was remembered")
	}
}

func TestStat(t *testing.T) {
	t.Parallel()
	hub := newFakeHub(t)
	c := hub.client(t)
	for _, path := range []string{"small", "large"} {
		got, err := c.Stat(t.Context(), File{Repo: testRepo, Revision: "main", Path: path, Size: -1})
		if err != nil || got != testFile(path) {
			t.Errorf("%s: %+v, %v", path, got, err)
		}
	}
	if _, err := readRange(t, c, testFile("large"), 0, 1); err != nil || hub.asked.Load() != 2 {
		t.Errorf("%v, %d requests: the redirect of a stat was not remembered", err, hub.asked.Load())
	}
	if _, err := c.Stat(t.Context(), File{Repo: testRepo, Path: "../x"}); !errors.Is(err, ErrEntryNotFound) {
		t.Errorf("err = %v", err)
	}
	bare := serve(t, func(http.ResponseWriter, *http.Request) {})
	c, _ = testClient(t, bare.URL, Options{})
	if _, err := c.Stat(t.Context(), testFile("a")); err == nil || !strings.Contains(err.Error(), "lacks") {
		t.Errorf("err = %v", err)
	}
}

// TestFaults has the storage misbehave; the client gets the right bytes in the end, or an error.
func TestFaults(t *testing.T) {
	t.Parallel()
	cut := func(after int) func(int64, http.ResponseWriter, *http.Request) bool {
		return func(_ int64, w http.ResponseWriter, r *http.Request) bool {
			rec := httptest.NewRecorder()
			http.ServeContent(rec, r, "", time.Time{}, bytes.NewReader(content))
			for k, v := range rec.Header() {
				w.Header()[k] = v
			}
			w.WriteHeader(rec.Code)
			if body := rec.Body.Bytes(); len(body) > after {
				_, _ = w.Write(body[:after])
				_ = http.NewResponseController(w).Flush()
				panic(http.ErrAbortHandler)
			}
			_, _ = w.Write(rec.Body.Bytes())
			return true
		}
	}
	first := func(k int64, f func(int64, http.ResponseWriter, *http.Request) bool) func(int64, http.ResponseWriter, *http.Request) bool {
		return func(n int64, w http.ResponseWriter, r *http.Request) bool { return n <= k && f(n, w, r) }
	}
	status := func(code int) func(int64, http.ResponseWriter, *http.Request) bool {
		return func(_ int64, w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(code); return true }
	}
	ignoreRange := func(_ int64, w http.ResponseWriter, _ *http.Request) bool { _, _ = w.Write(content); return true }
	shifted := func(_ int64, w http.ResponseWriter, r *http.Request) bool {
		w.Header().Set("Content-Range", fmt.Sprintf("bytes 1-99/%d", len(content)))
		w.WriteHeader(http.StatusPartialContent)
		_, _ = w.Write(content[1:100])
		return true
	}
	tests := []struct {
		name  string
		fault func(int64, http.ResponseWriter, *http.Request) bool
		says  string // the error; "" when the client recovers
	}{
		{name: "one cut", fault: first(1, cut(1000))},
		{name: "cut at once", fault: first(1, cut(0))},
		{name: "five cuts", fault: first(5, cut(100))},
		{name: "always cut", fault: cut(100), says: "the connection was cut at byte 610 of 65536, 6 times in a row"},
		{name: "unavailable", fault: first(2, status(503))},
		{name: "always unavailable", fault: status(503), says: "answered Service Unavailable"},
		{name: "forbidden once", fault: first(1, status(403))},
		{name: "gone for good", fault: status(404), says: "answered Not Found"},
		{name: "ignores range once", fault: first(1, ignoreRange)},
		{name: "always ignores range", fault: ignoreRange, says: "ignores the Range header"},
		{name: "another range once", fault: first(1, shifted)},
		{name: "always another range", fault: shifted, says: "another range than it was asked for"},
		{name: "no content", fault: status(204), says: "answered No Content"},
		{
			name: "cut, then gone", says: "reading broke off at byte 110 of 65536 and could not be resumed",
			fault: func(n int64, w http.ResponseWriter, r *http.Request) bool {
				if n == 1 {
					return cut(100)(n, w, r)
				}
				return status(500)(n, w, r)
			},
		},
		{
			name: "encoded", says: `encoded as "gzip"`,
			fault: func(_ int64, w http.ResponseWriter, _ *http.Request) bool {
				w.Header().Set("Content-Encoding", "gzip")
				return ignoreRange(0, w, nil)
			},
		},
		{
			name: "other size", says: "has changed: it had 65536 bytes and has 70000 now",
			fault: func(_ int64, w http.ResponseWriter, _ *http.Request) bool {
				w.Header().Set("Content-Range", "bytes 10-20009/70000")
				w.WriteHeader(http.StatusPartialContent)
				return true
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			hub := newFakeHub(t)
			hub.fault = tt.fault
			c := hub.client(t)
			got, err := readRange(t, c, testFile("large"), 10, 20000)
			if tt.says == "" {
				if err != nil || !bytes.Equal(got, content[10:20010]) {
					t.Fatalf("%d bytes, %v", len(got), err)
				}
				return
			}
			var e *Error
			if !errors.As(err, &e) || !strings.Contains(err.Error(), tt.says) || e.Path != "large" {
				t.Fatalf("err = %v", err)
			}
			if strings.Contains(err.Error(), "sig=") || strings.Contains(err.Error(), testToken) {
				t.Errorf("%q says too much", err)
			}
		})
	}
}

func TestChangedHash(t *testing.T) {
	t.Parallel()
	c := newFakeHub(t).client(t)
	for _, path := range []string{"small", "large"} {
		f := testFile(path)
		f.ETag = "hush"
		if _, err := readRange(t, c, f, 0, 10); !errors.Is(err, ErrChanged) {
			t.Errorf("%s: err = %v", path, err)
		}
		f.ETag = "another kind of hash"
		if _, err := readRange(t, c, f, 0, 10); err != nil {
			t.Errorf("%s: err = %v", path, err)
		}
	}
}

func TestReadFile(t *testing.T) {
	t.Parallel()
	c := newFakeHub(t).client(t)
	f := testFile("large")
	if got, err := c.ReadFile(t.Context(), f, int64(len(content))); err != nil || !bytes.Equal(got, content) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	for _, size := range []int64{-1, f.Size} {
		f.Size = size
		if _, err := c.ReadFile(t.Context(), f, 100); err == nil || !strings.Contains(err.Error(), "100") {
			t.Errorf("err = %v", err)
		}
	}
	if got, err := c.ReadFile(t.Context(), File{Repo: testRepo, Path: "small", Size: -1}, 1<<20); err != nil || !bytes.Equal(got, content) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

func TestUnknownLength(t *testing.T) {
	t.Parallel()
	srv := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		for i := range 4 {
			_, _ = w.Write(content[i*1000 : (i+1)*1000])
			_ = http.NewResponseController(w).Flush()
		}
	})
	c, _ := testClient(t, srv.URL, Options{})
	got, err := c.ReadFile(t.Context(), File{Repo: testRepo, Path: "a", Size: -1}, 5000)
	if err != nil || !bytes.Equal(got, content[:4000]) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

func TestEmptyFile(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusOK, http.StatusRequestedRangeNotSatisfiable} {
		srv := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			if status != http.StatusOK {
				w.Header().Set("Content-Range", "bytes */0")
			}
			w.WriteHeader(status)
		})
		c, waits := testClient(t, srv.URL, Options{})
		if got, err := readRange(t, c, File{Repo: testRepo, Path: "a", Size: -1}, 0, -1); err != nil || len(got) != 0 {
			t.Errorf("%d: %d bytes, %v", status, len(got), err)
		}
		if _, err := readRange(t, c, File{Repo: testRepo, Path: "a", Size: -1}, 0, 5); err == nil || !strings.Contains(err.Error(), "has 0 bytes") {
			t.Errorf("%d: err = %v", status, err)
		}
		if len(waits.all()) != 0 {
			t.Errorf("%d: it was tried again", status)
		}
	}
}

func TestObserve(t *testing.T) {
	t.Parallel()
	hub := newFakeHub(t)
	var mu sync.Mutex
	var sum int64
	c, _ := testClient(t, hub.hub.URL, Options{Token: testToken, Observe: func(tr Transfer) {
		mu.Lock()
		defer mu.Unlock()
		if tr.File != testFile("large") {
			t.Errorf("file %+v", tr.File)
		}
		sum += tr.Bytes
	}})
	if _, err := readRange(t, c, testFile("large"), 5, 5000); err != nil || sum != 5000 {
		t.Errorf("%d bytes seen, %v", sum, err)
	}
}

// TestStall has a server fall silent in the middle of a body.
func TestStall(t *testing.T) {
	t.Parallel()
	stop := make(chan struct{})
	hub := newFakeHub(t)
	hub.fault = func(n int64, w http.ResponseWriter, r *http.Request) bool {
		if n > 1 {
			return false
		}
		w.Header().Set("Content-Range", fmt.Sprintf("bytes 0-999/%d", len(content)))
		w.WriteHeader(http.StatusPartialContent)
		_, _ = w.Write(content[:10])
		_ = http.NewResponseController(w).Flush()
		select {
		case <-stop:
		case <-r.Context().Done():
		}
		return true
	}
	defer close(stop)
	c := hub.client(t)
	c.timeout = 50 * time.Millisecond
	got, err := readRange(t, c, testFile("large"), 0, 1000)
	if err != nil || !bytes.Equal(got, content[:1000]) || hub.stored.Load() < 2 {
		t.Errorf("%d bytes, %v, %d requests", len(got), err, hub.stored.Load())
	}
}

func TestUnencryptedRedirect(t *testing.T) {
	t.Parallel()
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://"+r.Host+"/x?sig=1", http.StatusFound)
	}))
	defer srv.Close()
	c, _ := testClient(t, srv.URL, Options{Transport: srv.Client().Transport})
	_, err := readRange(t, c, testFile("large"), 0, 10)
	if err == nil || !strings.Contains(err.Error(), "without encryption") || strings.Contains(err.Error(), "sig=") {
		t.Errorf("err = %v", err)
	}
}

func TestRedirectLoop(t *testing.T) {
	t.Parallel()
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) })
	c, _ := testClient(t, srv.URL, Options{})
	if _, err := readRange(t, c, testFile("large"), 0, 10); err == nil || !strings.Contains(err.Error(), "redirects") {
		t.Errorf("err = %v", err)
	}
}

func TestRedirectCache(t *testing.T) {
	t.Parallel()
	r := newRedirectCache(2)
	key := func(p string) redirectKey { return redirectKey{path: p} }
	for _, p := range []string{"a", "b", "a", "c"} {
		r.put(key(p), redirectTo{etag: p})
		if _, ok := r.get(key(p)); !ok {
			t.Errorf("%s was not kept", p)
		}
	}
	if _, ok := r.get(key("b")); ok {
		t.Error("the oldest was kept")
	}
	to, _ := r.get(key("a"))
	r.drop(key("a"), to)
	r.drop(key("a"), to)
	if _, ok := r.get(key("a")); ok || r.order.Len() != 1 {
		t.Error("a dropped target was kept")
	}
}

// TestTransportSpeaksHTTP1 checks it against a server that offers both versions.
func TestTransportSpeaksHTTP1(t *testing.T) {
	t.Parallel()
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.Proto)
	}))
	srv.EnableHTTP2 = true
	srv.StartTLS()
	t.Cleanup(srv.Close)
	own, err := defaultTransport(noEnvironment(), true)
	if err != nil {
		t.Fatal(err)
	}
	transport := own.(*http.Transport)
	transport.TLSClientConfig = srv.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	c, _ := testClient(t, srv.URL, Options{Transport: transport})
	got, err := c.ReadFile(t.Context(), File{Repo: testRepo, Path: "a", Size: -1}, 100)
	if err != nil || string(got) != "HTTP/1.1" {
		t.Errorf("%s, %v", got, err)
	}
}

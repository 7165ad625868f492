package hub

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// writeCall makes a call of the test's repository.
func writeCall(t *testing.T, c *Client, method, path string) call {
	t.Helper()
	u, err := c.url(path, "")
	if err != nil {
		t.Fatal(err)
	}
	return call{subject: subject{op: "change", repo: testRepo}, method: method, url: u}
}

func TestBadAnswers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		answer http.HandlerFunc
		want   error
		says   string
		tries  int64
	}{
		{name: "web page", want: ErrNotHub, says: "web page instead of JSON", answer: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprint(w, "<!doctype html><title>Welcome to the hotel</title>")
		}},
		{name: "web page without a type", want: ErrNotHub, says: "HF_ENDPOINT", answer: func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = nil
			fmt.Fprint(w, "\n <HTML><body>hello")
		}},
		{name: "web page as refusal", want: ErrNotHub, says: "Forbidden with a web page", answer: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, "<html>blocked</html>")
		}},
		{name: "web page of a broken gateway", want: ErrUnavailable, says: "Bad Gateway", tries: 3, answer: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(http.StatusBadGateway)
			fmt.Fprint(w, "<html>nginx</html>")
		}},
		{name: "nonsense", want: ErrMalformed, says: "not what a Hub sends", answer: func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"id":`) }},
		{name: "wrong type", want: ErrMalformed, says: "not what a Hub sends", answer: func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `["id"]`) }},
		{name: "lacks its parts", want: ErrMalformed, says: "lacks id or sha", answer: func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{}`) }},
		{name: "redirect loop", want: ErrRedirect, says: "in circles", answer: func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.Path+"x", http.StatusTemporaryRedirect)
		}},
		{name: "redirect to nowhere", want: ErrRedirect, says: "without a usable Location", answer: func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusFound)
		}},
		{name: "cut", want: ErrUnavailable, says: "was cut", tries: 3, answer: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			fmt.Fprint(w, `{"id":`)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			srv := serve(t, tt.answer)
			c, _ := testClient(t, srv.URL, Options{Retry: Retry{Tries: 2}})
			_, err := c.Info(t.Context(), testRepo, "")
			var e *Error
			if !errors.Is(err, tt.want) || !errors.As(err, &e) || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "hotel") {
				t.Errorf("err = %v", err)
			}
			if errors.Is(tt.want, ErrMalformed) == Retryable(err) {
				t.Errorf("%v: retryable = %t", err, Retryable(err))
			}
			if tt.tries > 0 && c.Stats().APIRequests != tt.tries {
				t.Errorf("%d requests", c.Stats().APIRequests)
			}
		})
	}
}

func TestStatusClasses(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]error{
		400: ErrInvalid, 401: ErrUnauthorized, 402: ErrQuota, 403: ErrForbidden, 404: ErrNotFound, 405: errors.ErrUnsupported, 407: ErrUnauthorized,
		408: ErrUnavailable, 409: ErrConflict, 410: ErrNotFound, 412: ErrConflict, 413: ErrInvalid, 422: ErrInvalid, 423: ErrConflict, 429: ErrRateLimited,
		451: ErrForbidden, 500: ErrUnavailable, 501: errors.ErrUnsupported, 503: ErrUnavailable, 507: ErrQuota, 599: ErrUnavailable, 418: nil,
	} {
		if got := classOf(status); !errors.Is(got, want) {
			t.Errorf("%d is %v, want %v", status, got, want)
		}
	}
	for _, err := range []error{ErrForbidden, ErrGated, ErrRepositoryNotFound, ErrUnauthorized} {
		if !AccessProblem(fmt.Errorf("x: %w", err)) {
			t.Errorf("%v is no access problem", err)
		}
	}
	for _, err := range []error{nil, ErrEntryNotFound, ErrConflict, io.EOF} {
		if AccessProblem(err) {
			t.Errorf("%v is an access problem", err)
		}
	}
	for err, want := range map[error]bool{
		context.Canceled: false, ErrOffline: false, ErrUnavailable: true, unavailable(syscall.ECONNRESET): true, ErrRateLimited: true, ErrConflict: false,
		&Error{Status: 409, Err: ErrConflict}: true, &Error{Status: 412, Err: ErrConflict}: false, &Error{Status: 409, Err: ErrExists}: false, ErrInvalid: false,
	} {
		if Retryable(err) != want {
			t.Errorf("%v: retryable = %t", err, !want)
		}
	}
}

// TestRetryRules counts how often calls of each rule arrive.
func TestRetryRules(t *testing.T) {
	t.Parallel()
	tests := []struct {
		rule   retryRule
		status int
		want   int64
	}{
		{retryAlways, 503, 3},
		{retryAlways, 429, 3},
		{retryAlways, 400, 1},
		{retryRefused, 503, 1},
		{retryRefused, 500, 1},
		{retryRefused, 429, 3},
		{retryNever, 429, 1},
		{retryNever, 503, 1},
	}
	for _, tt := range tests {
		var n atomic.Int64
		srv := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			n.Add(1)
			w.WriteHeader(tt.status)
		})
		c, _ := testClient(t, srv.URL, Options{Retry: Retry{Tries: 2}})
		cl := writeCall(t, c, http.MethodPost, "/x")
		cl.retry = tt.rule
		_, err := c.sendJSON(t.Context(), cl, map[string]string{"a": "b"}, nil)
		if err == nil || n.Load() != tt.want {
			t.Errorf("rule %d, status %d: %d requests, %v", tt.rule, tt.status, n.Load(), err)
		}
	}
	// A server that takes the request and hangs up may have done what was asked.
	for rule, want := range map[retryRule]int64{retryAlways: 3, retryRefused: 1} {
		var n atomic.Int64
		srv := serve(t, func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			n.Add(1)
			panic(http.ErrAbortHandler)
		})
		c, _ := testClient(t, srv.URL, Options{Retry: Retry{Tries: 2}})
		cl := writeCall(t, c, http.MethodPost, "/x")
		cl.retry = rule
		_, err := c.sendJSON(t.Context(), cl, map[string]string{"a": "b"}, nil)
		if !errors.Is(err, ErrUnavailable) || n.Load() != want {
			t.Errorf("rule %d: %d requests, %v", rule, n.Load(), err)
		}
	}
}

// brokenReader fails after its text.
type brokenReader struct {
	io.Reader
	err error
}

func (b *brokenReader) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err == io.EOF {
		err = b.err
	}
	return n, err
}

func TestStreamedBody(t *testing.T) {
	t.Parallel()
	const text = "streamed content"
	var tries atomic.Int64
	var got, authorization atomic.Value
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got.Store(fmt.Sprintf("%s %s %d", r.Method, body, r.ContentLength))
		authorization.Store(r.Header.Get("Authorization"))
		switch {
		case r.URL.Path == "/moved":
			http.Redirect(w, r, "/put", http.StatusTemporaryRedirect)
		case tries.Add(1) == 1:
			w.WriteHeader(http.StatusServiceUnavailable)
		default:
			w.Header().Set("ETag", `"part"`)
		}
	})
	c, _ := testClient(t, srv.URL, Options{Token: testToken})
	cl := writeCall(t, c, http.MethodPut, "/moved")
	cl.kind, cl.bare = kindStorage, true
	cl.stream = &stream{length: int64(len(text)), open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }}
	header, err := c.getJSON(t.Context(), cl, nil)
	if err != nil || header.Get("ETag") != `"part"` || got.Load() != "PUT "+text+" 16" || authorization.Load() != "" {
		t.Errorf("%v, %v, token %q, %v", header, got.Load(), authorization.Load(), err)
	}
	if tries.Load() != 2 {
		t.Errorf("%d tries", tries.Load())
	}
	cl.stream.open = func() (io.ReadCloser, error) {
		return io.NopCloser(&brokenReader{strings.NewReader("stre"), fmt.Errorf("a.parquet: %w", ErrChanged)}), nil
	}
	if _, err := c.getJSON(t.Context(), cl, nil); !errors.Is(err, ErrChanged) || !strings.Contains(err.Error(), "a.parquet") {
		t.Errorf("err = %v", err)
	}
	cl.stream.open = func() (io.ReadCloser, error) { return nil, ErrChanged }
	if _, err := c.getJSON(t.Context(), cl, nil); !errors.Is(err, ErrChanged) {
		t.Errorf("err = %v", err)
	}
	cl.stream = &stream{open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("")), nil }}
	if _, err := c.getJSON(t.Context(), cl, nil); err != nil || got.Load() != "PUT  0" {
		t.Errorf("empty content: %v, %v", got.Load(), err)
	}
}

// TestOffline checks that nothing at all is sent.
func TestEveryCallOffline(t *testing.T) {
	t.Parallel()
	srv := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a request was sent") })
	c, err := newClient(Options{Endpoint: srv.URL}, environmentOf(map[string]string{"HF_HUB_OFFLINE": "1"}, ""))
	if err != nil {
		t.Fatal(err)
	}
	for name, call := range everyCall(t.Context(), c, t.TempDir()) {
		if err := call(); !errors.Is(err, ErrOffline) || !strings.Contains(err.Error(), "HF_HUB_OFFLINE") || Retryable(err) {
			t.Errorf("%s: err = %v", name, err)
		}
	}
}

// TestEveryCallStops checks that a cancelled context stops each call at once, while it waits for an answer.
func TestEveryCallStops(t *testing.T) {
	t.Parallel()
	started := make(chan struct{}, 1)
	release := make(chan struct{})
	srv := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		started <- struct{}{}
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	t.Cleanup(func() { close(release) })
	c, _ := testClient(t, srv.URL, Options{Token: testToken})
	for name := range everyCall(t.Context(), c, t.TempDir()) {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- everyCall(ctx, c, t.TempDir())[name]() }()
		select {
		case <-started:
		case err := <-done:
			t.Errorf("%s ends before anything was sent: %v", name, err)
		}
		cancel()
		if t.Failed() {
			return
		}
		select {
		case err := <-done:
			if !errors.Is(err, context.Canceled) || Retryable(err) {
				t.Errorf("%s: err = %v", name, err)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("%s goes on after its context has ended", name)
		}
	}
}

func TestHubWarnings(t *testing.T) {
	t.Parallel()
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("X-HF-Warning", "quota; You are near your quota.")
		w.Header().Add("X-HF-Warning", "The API changes "+testToken)
		infoAnswer(w, r)
	})
	var b strings.Builder
	c, _ := testClient(t, srv.URL, Options{Token: testToken, Logger: slog.New(slog.NewTextHandler(&b, nil))})
	for range 3 {
		if _, err := c.Info(t.Context(), testRepo, ""); err != nil {
			t.Fatal(err)
		}
	}
	if text := b.String(); strings.Count(text, "near your quota") != 1 || strings.Count(text, "The API changes") != 1 || strings.Contains(text, testToken) {
		t.Errorf("logged %s", text)
	}
}

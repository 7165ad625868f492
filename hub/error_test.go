package hub

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestFailureClasses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, code, message, body string
		status                    int
		anonymous                 bool
		want                      error
		says                      []string
	}{
		{name: "revision", status: 404, code: "RevisionNotFound", message: "Invalid rev id: nope", want: ErrRevisionNotFound, says: []string{`"Invalid rev id: nope"`}},
		{name: "entry", status: 404, code: "EntryNotFound", want: ErrEntryNotFound, says: []string{`"a/b.parquet"`}},
		{
			name: "gated, anonymous", status: 401, code: "GatedRepo", anonymous: true, message: "Please log in.", want: ErrGated,
			says: []string{"this dataset is gated", "/datasets/acme/data,", "HF_TOKEN", "`hf auth login`", "Please log in."},
		},
		{
			name: "gated, no access", status: 403, code: "GatedRepo", want: ErrGated,
			says: []string{"/datasets/acme/data with the account of the token from the options", "HF_TOKEN", "`hf auth login`"},
		},
		{name: "disabled", status: 403, message: "Access to this resource is disabled.", want: ErrDisabled},
		{name: "repository", status: 404, code: "RepoNotFound", want: ErrRepositoryNotFound, says: []string{"may see it"}},
		{name: "repository, anonymous", status: 401, body: `{"error":"Repository not found"}`, anonymous: true, want: ErrRepositoryNotFound, says: []string{"HF_TOKEN"}},
		{
			name: "bad token", status: 401, message: "Invalid credentials in Authorization header", want: ErrUnauthorized,
			says: []string{"token from the options", "/settings/tokens"},
		},
		{name: "forbidden", status: 403, message: "no such right", want: ErrUnauthorized, says: []string{"no such right"}},
		{name: "rate", status: 429, anonymous: true, want: ErrRateLimited, says: []string{"log in", "after 3 tries"}},
		{name: "teapot", status: 418, body: "short and stout", says: []string{"I'm a teapot", "short and stout"}},
		{name: "token in message", status: 400, body: `{"error":["you sent ` + testToken + `"]}`, says: []string{"<TOKEN>"}},
		{name: "page", status: 400, body: "<html>no</html>"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			srv := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("X-Request-Id", "Root=1-abc")
				if tt.code != "" {
					w.Header().Set("X-Error-Code", tt.code)
				}
				if tt.message != "" {
					w.Header().Set("X-Error-Message", tt.message)
				}
				w.WriteHeader(tt.status)
				fmt.Fprint(w, tt.body)
			})
			o := Options{Token: testToken, Anonymous: tt.anonymous, Retry: Retry{Tries: 2}}
			c, _ := testClient(t, srv.URL, o)
			_, err := c.Range(t.Context(), File{Repo: testRepo, Revision: testCommit, Path: "a/b.parquet", Size: -1}, 0, 10)
			var e *Error
			if !errors.As(err, &e) || (tt.want != nil && !errors.Is(err, tt.want)) {
				t.Fatalf("err = %v", err)
			}
			if e.Status != tt.status || e.Code != tt.code || e.RequestID != "Root=1-abc" || e.Repo != "acme/data" || e.Path != "a/b.parquet" || e.Revision != testCommit {
				t.Errorf("error %#v", e)
			}
			for _, s := range append(tt.says, "read a/b.parquet of dataset acme/data at 0123456789ab: ", "Root=1-abc") {
				if !strings.Contains(err.Error(), s) {
					t.Errorf("%q does not say %q", err, s)
				}
			}
			if strings.Contains(err.Error(), testToken) || strings.Contains(err.Error(), "html") {
				t.Errorf("%q says too much", err)
			}
		})
	}
}

func TestUnreachableHost(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.NotFoundHandler())
	srv.Close()
	c, waits := testClient(t, srv.URL, Options{Token: testToken})
	_, err := c.Info(t.Context(), testRepo, "")
	if err == nil || !strings.Contains(err.Error(), "cannot reach "+strings.TrimPrefix(srv.URL, "http://")) || !strings.Contains(err.Error(), "HF_ENDPOINT") {
		t.Errorf("err = %v", err)
	}
	if len(waits.all()) != 0 {
		t.Error("a host that never answered was tried again")
	}
}

func TestContextEnds(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	srv := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		cancel()
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	c, _ := testClient(t, srv.URL, Options{})
	if _, err := c.Info(ctx, testRepo, ""); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v", err)
	}
	because := errors.New("the session was closed")
	ctx2, cancel2 := context.WithCancelCause(t.Context())
	cancel2(because)
	if _, err := c.Info(ctx2, testRepo, ""); !errors.Is(err, context.Canceled) || !errors.Is(err, because) {
		t.Errorf("err = %v", err)
	}
}

func TestRetries(t *testing.T) {
	t.Parallel()
	date := time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)
	tests := []struct {
		name    string
		header  map[string]string
		status  int
		failing int
		ok      bool
		min     time.Duration
		max     time.Duration
	}{
		{name: "503", status: 503, failing: 1, ok: true, min: 750 * time.Millisecond, max: time.Second},
		{name: "retry after", status: 503, header: map[string]string{"Retry-After": "7"}, failing: 1, ok: true, min: 8 * time.Second, max: 8 * time.Second},
		{name: "retry at", status: 500, header: map[string]string{"Retry-After": date}, failing: 1, ok: true, min: 59 * time.Minute, max: 61 * time.Minute},
		{name: "rate", status: 429, header: map[string]string{"RateLimit": `"api";r=0;t=55`, "Retry-After": "3"}, failing: 1, ok: true, min: 56 * time.Second, max: 56 * time.Second},
		{name: "429 with requests left", status: 429, header: map[string]string{"RateLimit": `"api";r=9;t=55`, "Retry-After": "3"}, failing: 1, ok: true, min: 4 * time.Second, max: 4 * time.Second},
		{name: "five", status: 502, failing: 5, ok: true},
		{name: "six", status: 502, failing: 6},
		{name: "400", status: 400, failing: 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var n int
			srv := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				if n++; n <= tt.failing {
					for k, v := range tt.header {
						w.Header().Set(k, v)
					}
					w.WriteHeader(tt.status)
					return
				}
				fmt.Fprintf(w, `{"id":"acme/data","sha":%q}`, testCommit)
			})
			c, waits := testClient(t, srv.URL, Options{})
			_, err := c.Info(t.Context(), testRepo, "")
			if (err == nil) != tt.ok {
				t.Fatalf("err = %v", err)
			}
			if tt.max > 0 {
				if w := waits.all()[0]; w < tt.min || w > tt.max {
					t.Errorf("waited %v, want %v to %v", w, tt.min, tt.max)
				}
			}
		})
	}
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	r := Retry{}.withDefaults()
	for n, want := range map[int]time.Duration{1: time.Second, 2: 2 * time.Second, 4: 8 * time.Second, 5: 8 * time.Second, 99: 8 * time.Second} {
		if got := r.backoff(n); got > want || got < want*3/4-time.Millisecond {
			t.Errorf("backoff(%d) = %v, want about %v", n, got, want)
		}
	}
	if r := (Retry{Tries: -1}).withDefaults(); r.Tries != 0 {
		t.Errorf("tries %d", r.Tries)
	}
}

// TestRetryBeyondDeadline checks that a wait which cannot end in time is not begun.
func TestRetryBeyondDeadline(t *testing.T) {
	t.Parallel()
	srv := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("RateLimit", `"api";r=0;t=300`)
		w.WriteHeader(http.StatusTooManyRequests)
	})
	c, waits := testClient(t, srv.URL, Options{})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for range 2 {
		if _, err := c.Info(ctx, testRepo, ""); !errors.Is(err, ErrRateLimited) {
			t.Errorf("err = %v", err)
		}
	}
	if s := c.Stats(); s.APIRequests != 1 || len(waits.all()) != 0 {
		t.Errorf("stats %+v, waits %v", s, waits.all())
	}
}

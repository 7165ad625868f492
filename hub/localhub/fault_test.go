package localhub

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestProbability draws the same lots for the same seed, in whatever order requests come, and about as many as asked for.
func TestProbability(t *testing.T) {
	t.Parallel()
	drawn := func(seed uint64, order []int) (map[string]bool, int) {
		fs := faults{seed: seed, list: []*Fault{{Probability: 0.3, Status: 500}}, met: []int{0}}
		out, count := map[string]bool{}, 0
		for _, n := range order {
			q := Request{Kind: KindAPI, Method: http.MethodGet, Path: fmt.Sprint(n % 100)}
			hit := fs.take(q) != nil
			out[fmt.Sprint(q.Path, " ", n/100)] = hit
			if hit {
				count++
			}
		}
		return out, count
	}
	var there, back []int
	for n := range 2000 {
		there = append(there, n)
		back = append(back, (n/100)*100+99-n%100) // Each request as often as before, among others in another order.
	}
	a, count := drawn(1, there)
	b, _ := drawn(1, back)
	if diff := cmp.Diff(a, b); diff != "" {
		t.Error(diff)
	}
	if count < 500 || count > 700 {
		t.Errorf("%d of 2000 at a probability of 0.3", count)
	}
	if c, _ := drawn(2, there); cmp.Equal(a, c) {
		t.Error("another seed draws the same")
	}
}

func TestFaultsOnWrites(t *testing.T) {
	t.Parallel()
	const commit = "/api/datasets/alice/data/commit/main"
	one := lines(file64("x", strings.Repeat("x", 1000)))
	tests := []struct {
		name   string
		fault  Fault
		status int // 0: the connection is cut
		done   bool
	}{
		{"refused", Fault{Path: commit, Status: 412}, 412, false},
		{"other method", Fault{Method: http.MethodGet, Path: commit, Status: 412}, 200, true},
		{"cut", Fault{Path: commit, Cut: true, CutAfter: 500}, 0, false},
		{"not cut", Fault{Path: commit, Cut: true, CutAfter: 1 << 20}, 200, true},
		{"lost", Fault{Path: "main", Method: http.MethodPost, Lose: true}, 0, true},
		{"slow", Fault{Delay: time.Millisecond}, 200, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := made(t, Options{})
			tt.fault.Count = 1
			if err := s.Inject(tt.fault); err != nil {
				t.Fatal(err)
			}
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL()+commit, strings.NewReader(one))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Authorization", asAlice)
			status := 0
			if resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r); err == nil {
				status = resp.StatusCode
				_ = resp.Body.Close()
			}
			if status != tt.status {
				t.Errorf("status %d, want %d", status, tt.status)
			}
			if done := strings.HasSuffix(s.paths("main"), " x"); done != tt.done {
				t.Errorf("done %v, want %v", done, tt.done)
			}
		})
	}
}

func TestWrongRange(t *testing.T) {
	t.Parallel()
	s := made(t, Options{})
	s.commit("main", file64("digits", "0123456789"))
	if err := s.Inject(Fault{Kind: KindResolve, WrongRange: true}); err != nil {
		t.Fatal(err)
	}
	for asked, want := range map[string]string{"bytes=2-4": "345 bytes 3-5/10", "bytes=8-9": "9 bytes 9-9/10", "": "0123456789 "} {
		a := get(t, s.URL()+"/datasets/alice/data/resolve/main/digits", "Range", asked)
		if got := a.body + " " + a.Header.Get("Content-Range"); got != want {
			t.Errorf("%s: %q, want %q", asked, got, want)
		}
	}
}

func TestLoadFaults(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "faults.yaml")
	text := `
seed: 42
faults:
  - {kind: storage, method: GET, repo: a/b, path: "*.parquet", skip: 1, count: 2, probability: 0.5, status: 503, header: {retry-after: 1}}
  - {delay: 20ms, cut: true, cut_after: 10}
  - {lose: true}
  - {ignore_range: true}
  - {wrong_range: true}
`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	got, seed, err := LoadFaults(path)
	want := []Fault{
		{Kind: KindStorage, Method: http.MethodGet, Repo: "a/b", Path: "*.parquet", Skip: 1, Count: 2, Probability: 0.5, Status: 503, Header: http.Header{"Retry-After": {"1"}}},
		{Delay: 20 * time.Millisecond, Cut: true, CutAfter: 10},
		{Lose: true},
		{IgnoreRange: true},
		{WrongRange: true},
	}
	if diff := cmp.Diff(want, got); err != nil || seed != 42 || diff != "" {
		t.Error(err, seed, diff)
	}
	for text, says := range map[string]string{
		"faults: [{}]":                              "does nothing",
		"faults: [{status: 20}]":                    "no status",
		"faults: [{status: 500, probability: 2}]":   "between 0 and 1",
		"faults: [{status: 500, path: '['}]":        "pattern",
		"faults: [{status: 500, kind: nothing}]":    "nothing",
		"faults: [{status: 500, delay: -1s}]":       "negative",
		"faults: [{stauts: 500}]":                   "stauts",
		"faults: [{status: 500}, {cut_after: soon}": "yaml",
	} {
		if _, _, err := parseFaults([]byte(text)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", text, err)
		}
	}
	if _, _, err := LoadFaults(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("no error for a file that is not there")
	}
}

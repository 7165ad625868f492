package hub

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOverview(t *testing.T) {
	t.Parallel()
	const commit, other = "0123456789abcdef0123456789abcdef01234567", "89abcdef0123456789abcdef0123456789abcdef"
	type hub struct {
		listed, read string // the commits that listing and file tell; "" is none
		more         bool   // the listing has another page
		missing      bool   // there is no README.md
	}
	cases := map[string]struct {
		hub      hub
		entries  int
		listed   bool
		text     string
		requests int // of a first overview, and of a second
		again    int
	}{
		"all at once":                    {hub{listed: commit, read: commit}, 2, true, "# Data", 3, 3},
		"a long listing":                 {hub{listed: commit, read: commit, more: true}, 2, false, "# Data", 3, 3},
		"no README":                      {hub{listed: commit, missing: true}, 2, true, "", 3, 3},
		"a push in between":              {hub{listed: other, read: other}, 0, false, "", 3, 3},
		"listings do not tell a commit":  {hub{read: commit}, 2, true, "# Data", 4, 3},
		"nothing but the listing is new": {hub{listed: other, read: commit}, 0, false, "# Data", 3, 3},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			requests := 0
			srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
				mu.Lock()
				requests++
				mu.Unlock()
				tell := func(commit string) {
					if commit != "" {
						w.Header().Set("X-Repo-Commit", commit)
					}
				}
				switch path := r.URL.EscapedPath(); {
				case strings.HasPrefix(path, "/api/datasets/acme/data/revision/"):
					fmt.Fprintf(w, `{"id":"acme/data","sha":%q}`, commit)
				case strings.HasPrefix(path, "/api/datasets/acme/data/tree/"):
					tell(c.hub.listed)
					if c.hub.more {
						w.Header().Set("Link", "<http://"+r.Host+path+`?cursor=x>; rel="next"`)
					}
					fmt.Fprint(w, `[{"type":"directory","path":"data"},{"type":"file","path":"data/a.csv","size":3,"oid":"x"}]`)
				case c.hub.missing:
					tell(commit)
					w.Header().Set("X-Error-Code", "EntryNotFound")
					http.Error(w, "{}", http.StatusNotFound)
				default:
					tell(c.hub.read)
					fmt.Fprint(w, "# Data")
				}
			})
			client, err := New(Options{Endpoint: srv.URL, Anonymous: true})
			if err != nil {
				t.Fatal(err)
			}
			defer client.CloseIdleConnections()
			for i, want := range []int{c.requests, c.again} {
				before := requests
				got, err := client.Overview(t.Context(), testRepo, "main", []string{"README.md"})
				if err != nil {
					t.Fatal(err)
				}
				if got.SHA != commit || len(got.Entries) != c.entries || got.Listed != c.listed || string(got.Texts["README.md"]) != c.text {
					t.Errorf("overview %d: %+v", i, got)
				}
				if diff := cmp.Diff(want, requests-before); diff != "" {
					t.Errorf("requests of overview %d (-want +got):\n%s", i, diff)
				}
			}
		})
	}
}

func TestOverviewOfNothing(t *testing.T) {
	t.Parallel()
	srv := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Error-Code", "RepoNotFound")
		http.Error(w, `{"error":"Repository not found"}`, http.StatusNotFound)
	})
	client, err := New(Options{Endpoint: srv.URL, Anonymous: true})
	if err != nil {
		t.Fatal(err)
	}
	defer client.CloseIdleConnections()
	if _, err := client.Overview(t.Context(), testRepo, "", []string{"README.md"}); !errors.Is(err, ErrRepositoryNotFound) {
		t.Errorf("err = %v", err)
	}
}

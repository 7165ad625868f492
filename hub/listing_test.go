package hub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hfspark/hfspark/hub/wire"
)

func TestInfo(t *testing.T) {
	t.Parallel()
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if want := "/prefix/api/datasets/acme/data/revision/refs%2Fpr%2F1"; r.URL.EscapedPath() != want {
			t.Errorf("path %s, want %s", r.URL.EscapedPath(), want)
		}
		if got := r.Header.Get("Authorization"); got != "Bearer "+testToken {
			t.Errorf("authorization %q", got)
		}
		if !strings.HasPrefix(r.UserAgent(), "hfspark/") {
			t.Errorf("user agent %q", r.UserAgent())
		}
		fmt.Fprintf(w, `{"id":"Acme/Data","sha":%q,"private":true,"gated":"manual","lastModified":"2026-01-02T03:04:05.000Z","unknown":1}`, testCommit)
	})
	c, _ := testClient(t, srv.URL+"/prefix/", Options{Token: testToken})
	got, err := c.Info(t.Context(), testRepo, "refs/pr/1")
	if err != nil {
		t.Fatal(err)
	}
	want := &Info{ID: "Acme/Data", SHA: testCommit, Private: true, Gated: "manual", LastModified: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if s := c.Stats(); s.APIRequests != 1 || s.FileRequests != 0 {
		t.Errorf("stats %+v", s)
	}
}

func TestInfoFollowsRename(t *testing.T) {
	t.Parallel()
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("expand") == "" {
			t.Error("the query was lost")
		}
		if strings.Contains(r.URL.Path, "old") {
			http.Redirect(w, r, strings.Replace(r.URL.Path, "old", "new", 1), http.StatusTemporaryRedirect)
			return
		}
		fmt.Fprintf(w, `{"id":"acme/new","sha":%q}`, testCommit)
	})
	c, _ := testClient(t, srv.URL, Options{})
	got, err := c.Info(t.Context(), Dataset("acme/old"), "")
	if err != nil || got.ID != "acme/new" {
		t.Fatal(got, err)
	}
}

func TestInfoOfSomethingElse(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{"page": "<html>hello</html>", "no sha": `{"id":"acme/data"}`, "list": "[]"} {
		srv := serve(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, body) })
		c, _ := testClient(t, srv.URL, Options{})
		if _, err := c.Info(t.Context(), testRepo, ""); err == nil || !strings.Contains(err.Error(), strings.TrimPrefix(srv.URL, "http://")) {
			t.Errorf("%s: err = %v", name, err)
		}
	}
}

func TestRepoValidation(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"a/b", "squad", "A-1/b_c.d", "_a/b_"} {
		if err := Dataset(id).validate(); err != nil {
			t.Errorf("%q: %v", id, err)
		}
	}
	c, _ := testClient(t, "http://127.0.0.1:1", Options{})
	for _, id := range []string{"", "a/", "/b", "a/b/c", "a--b/c", "a/b..c", "a/-b", "a/b.git", "a b/c", "a/" + strings.Repeat("x", 97), "a/b?x=1", "../b"} {
		if _, err := c.Info(t.Context(), Dataset(id), ""); !errors.Is(err, ErrRepositoryNotFound) {
			t.Errorf("%q: %v", id, err)
		}
	}
	if _, err := c.Info(t.Context(), Repo{Type: "model", ID: "a/b"}, ""); err == nil {
		t.Error("a model was taken for a dataset")
	}
	if s := c.Stats(); s.APIRequests != 0 {
		t.Errorf("requests were sent: %+v", s)
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	var pages int
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		pages++
		if want := "/api/datasets/acme/data/tree/" + testCommit + "/a%2Fb%20c"; r.URL.EscapedPath() != want {
			t.Errorf("path %s, want %s", r.URL.EscapedPath(), want)
		}
		if r.URL.Query().Get("recursive") != "true" {
			t.Errorf("query %s", r.URL.RawQuery)
		}
		cursor := r.URL.Query().Get("cursor")
		if cursor != "x" {
			next := "http://" + r.Host + r.URL.EscapedPath() + "?recursive=true&expand=false&cursor=" + map[string]string{"": "y", "y": "x"}[cursor]
			w.Header().Set("Link", wire.FormatLink(next, "next"))
		}
		if cursor == "y" && pages == 2 {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		fmt.Fprintf(w, `[{"type":"directory","oid":"d","size":0,"path":"a/b c/%sd"},
			{"type":"file","oid":"p","size":9,"path":"a/b c/%sf","lfs":{"oid":"s","size":9,"pointerSize":130},"xetHash":"x"}]`, cursor, cursor)
	})
	c, _ := testClient(t, srv.URL, Options{})
	var got []Entry
	for e, err := range c.List(t.Context(), testRepo, testCommit, "a/b c/", true) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, e)
	}
	var want []Entry
	for _, p := range []string{"", "y", "x"} {
		want = append(want, Entry{Path: "a/b c/" + p + "d", Type: TypeDirectory, OID: "d"},
			Entry{Path: "a/b c/" + p + "f", Type: TypeFile, Size: 9, OID: "p", LFS: &LFS{SHA256: "s", Size: 9, PointerSize: 130}, XetHash: "x"})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if pages != 4 || got[0].ContentHash() != "d" || got[1].ContentHash() != "s" {
		t.Errorf("%d requests, hashes %s %s", pages, got[0].ContentHash(), got[1].ContentHash())
	}
}

func TestListStopsEarly(t *testing.T) {
	t.Parallel()
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("cursor") != "" {
			t.Error("a page too many was fetched")
		}
		w.Header().Set("Link", `<?cursor=1>; rel="next"`)
		fmt.Fprint(w, `[{"type":"file","path":"a"},{"type":"file","path":"b"}]`)
	})
	c, _ := testClient(t, srv.URL, Options{})
	for e := range c.List(t.Context(), testRepo, "", "", false) {
		if e.Path == "b" {
			break
		}
	}
}

func TestListRefusesBadPages(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ link, body string }{
		"malformed link":   {`http://x; rel=next`, `[]`},
		"no URL":           {`<http://[>; rel=next`, `[]`},
		"itself":           {`<?recursive=false&expand=false>; rel=next`, `[]`},
		"entry sans path":  {``, `[{"type":"file"}]`},
		"not a list":       {``, `{"a":1}`},
		"truncated answer": {``, `[{"type":"file","path":"a"}`},
	} {
		srv := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			if tt.link != "" {
				w.Header().Set("Link", tt.link)
			}
			fmt.Fprint(w, tt.body)
		})
		c, _ := testClient(t, srv.URL, Options{})
		var failed error
		for e, err := range c.List(t.Context(), testRepo, "", "", false) {
			if failed != nil {
				t.Errorf("%s: %v follows an error", name, e)
			}
			failed = err
		}
		if failed == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestListOnAnotherHost checks that a next page elsewhere is asked without the token, and one at the public Hub through the endpoint.
func TestListOnAnotherHost(t *testing.T) {
	t.Parallel()
	other := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			t.Error("the token went to another host")
		}
		w.Header().Set("Link", `<https://huggingface.co/api/last?x=1>; rel="next"`)
		fmt.Fprint(w, `[{"type":"file","path":"b"}]`)
	})
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "" {
			t.Error("the token was left out")
		}
		if r.URL.Path == "/api/last" {
			fmt.Fprint(w, `[{"type":"file","path":"c"}]`)
			return
		}
		w.Header().Set("Link", wire.FormatLink(other.URL+"/x", "next"))
		fmt.Fprint(w, `[{"type":"file","path":"a"}]`)
	})
	c, _ := testClient(t, srv.URL, Options{Token: testToken})
	var got []string
	for e, err := range c.List(t.Context(), testRepo, "", "", false) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, e.Path)
	}
	if diff := cmp.Diff([]string{"a", "b", "c"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestPathsInfo(t *testing.T) {
	t.Parallel()
	var sizes []int
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		sizes = append(sizes, len(r.PostForm["paths"]))
		var out []wire.Entry
		for _, p := range r.PostForm["paths"] {
			if p != "p7" {
				out = append(out, wire.Entry{Type: wire.TypeFile, Path: p})
			}
		}
		if err := json.NewEncoder(w).Encode(out); err != nil {
			t.Error(err)
		}
	})
	c, _ := testClient(t, srv.URL, Options{})
	var paths []string
	for i := range 1100 {
		paths = append(paths, fmt.Sprintf("p%d", i))
	}
	got, err := c.PathsInfo(t.Context(), testRepo, "", paths)
	if err != nil || len(got) != 1099 {
		t.Fatal(len(got), err)
	}
	if diff := cmp.Diff([]int{500, 500, 100}, sizes); diff != "" {
		t.Error(diff)
	}
	if got, err := c.PathsInfo(t.Context(), testRepo, "", nil); err != nil || got != nil {
		t.Error(got, err)
	}
}

func TestOffline(t *testing.T) {
	t.Parallel()
	c, err := newClient(Options{Endpoint: "http://127.0.0.1:1"}, environmentOf(map[string]string{"HF_HUB_OFFLINE": "1"}, t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	_, infoErr := c.Info(ctx, testRepo, "")
	_, rangeErr := c.Range(ctx, File{Repo: testRepo, Revision: testCommit, Path: "a", Size: 3}, 0, 3)
	_, statErr := c.Stat(ctx, File{Repo: testRepo, Path: "a"})
	for _, err := range []error{infoErr, rangeErr, statErr} {
		if !errors.Is(err, ErrOffline) {
			t.Errorf("err = %v", err)
		}
	}
	if s := c.Stats(); s != (Stats{}) {
		t.Errorf("stats %+v", s)
	}
}

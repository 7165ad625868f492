package localhub

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hfspark/hfspark/hub/wire"
)

func TestTreePages(t *testing.T) {
	t.Parallel()
	files := map[string]string{}
	for i := range 120 {
		files[fmt.Sprintf("a/b/d%d/f%d", i%3, i)] = "x"
	}
	root := folder(t, files)
	s := start(t, Options{Root: root})
	for _, query := range []string{"recursive=true&limit=50", "recursive=True&expand=true"} {
		next, seen, pages := s.URL()+"/api/datasets/a/b/tree/main?"+query, map[string]bool{}, 0
		for next != "" {
			a := get(t, next)
			var page []wire.Entry
			a.into(t, &page)
			for _, e := range page {
				if seen[e.Path] || (strings.Contains(query, "expand") != (e.LastCommit != nil)) {
					t.Errorf("%+v", e)
				}
				seen[e.Path] = true
			}
			links, err := wire.ParseLinks(a.Header.Values("Link"))
			if err != nil {
				t.Fatal(err)
			}
			next = links["next"]
			if pages++; pages == 1 {
				put(t, root, "a/b/d0/added", "the branch moves on, the pages do not")
			}
		}
		if len(seen) != 123 || pages != 3 {
			t.Errorf("%s: %d entries on %d pages", query, len(seen), pages)
		}
		if err := os.Remove(filepath.Join(root, "a/b/d0/added")); err != nil {
			t.Fatal(err)
		}
	}
}

func paths(entries []wire.Entry) []string {
	var out []string
	for _, e := range entries {
		out = append(out, e.Path)
	}
	return out
}

func TestPathsInfo(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Root: testRoot(t)})
	address := s.URL() + "/api/datasets/acme/data/paths-info/main"
	form := "application/x-www-form-urlencoded"
	for kind, body := range map[string]string{
		form:               url.Values{"paths": {"a b", "README.md", "nope", "a b/c.txt"}, "expand": {"False"}}.Encode(),
		"application/json": `{"paths":["a b/","README.md","nope","a b/c.txt"]}`,
	} {
		var got []wire.Entry
		ask(t, http.MethodPost, address, body, "Content-Type", kind).into(t, &got)
		if diff := cmp.Diff([]string{"a b", "README.md", "a b/c.txt"}, paths(got)); diff != "" {
			t.Errorf("%s: %s", kind, diff)
		}
	}
	if a := ask(t, http.MethodPost, address, "", "Content-Type", form); a.body != "[]" {
		t.Error(a.body)
	}
	many := url.Values{"paths": make([]string, 1001)}.Encode()
	for status, request := range map[int][2]string{413: {form, many}, 415: {"text/plain", "x"}, 400: {"application/json", "{"}} {
		if a := ask(t, http.MethodPost, address, request[1], "Content-Type", request[0]); a.StatusCode != status {
			t.Errorf("status %d, want %d", a.StatusCode, status)
		}
	}
}

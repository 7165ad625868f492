package localhub

import (
	"net/http"
	"strings"
	"testing"

	"github.com/hfspark/hfspark/hub/wire"
)

// TestJavaScriptRequests sends what only the JavaScript client does.
func TestJavaScriptRequests(t *testing.T) {
	t.Parallel()
	s := made(t, Options{})
	const at = "/api/datasets/alice/data/"
	var commits []wire.Commit
	page := s.send(http.MethodGet, at+"commits/main?limit=1", "", "")
	if page.into(t, &commits); len(commits) != 1 || page.Header.Get("X-Total-Count") != "2" || page.Header.Get("Link") == "" {
		t.Errorf("%d commits, headers %v", len(commits), page.Header)
	}

	s.want(201, http.MethodPost, at+"branch/dev", `{"startingPoint":"main"}`, asAlice)
	s.commit("dev", file64("dev.txt", "dev"))
	for _, step := range []struct{ body, paths string }{
		{`{"overwrite":true}`, "a.txt dev.txt dir/b.txt"}, // It stays where it is.
		{`{"overwrite":true,"startingPoint":"main"}`, "a.txt dir/b.txt"},
		{`{"overwrite":true,"emptyBranch":true}`, ""},
	} {
		s.want(201, http.MethodPost, at+"branch/dev", step.body, asAlice)
		if got := s.paths("dev"); got != step.paths {
			t.Errorf("%s: %q, want %q", step.body, got, step.paths)
		}
	}
	s.want(409, http.MethodPost, at+"branch/dev", `{"emptyBranch":true}`, asAlice)
	s.want(201, http.MethodPost, at+"branch/new", `{"overwrite":true}`, asAlice)

	if a := ask(t, http.MethodPut, s.batch("large", asAlice).Actions.Upload.Href, "large"); a.StatusCode != http.StatusOK {
		t.Fatalf("status %d: %s", a.StatusCode, a.body)
	}
	s.commit("main", lfsLine("x.parquet", "large"))
	pointer := s.send(http.MethodGet, "/datasets/alice/data/raw/main/x.parquet", "", "", "Range", "bytes=0-6")
	if pointer.StatusCode != http.StatusPartialContent || pointer.body != "version" || !strings.HasPrefix(pointer.Header.Get("Content-Range"), "bytes 0-6/1") {
		t.Errorf("%d %q %v", pointer.StatusCode, pointer.body, pointer.Header)
	}
}

package localhub

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hfspark/hfspark/hub/wire"
)

// FuzzRequests sends requests of any path and body. None may fail inside the Hub, or leave a file outside of its root.
func FuzzRequests(f *testing.F) {
	for _, seed := range [][3]string{
		{http.MethodPost, "/api/datasets/alice/data/commit/main", lines(file64("x", "x"))},
		{http.MethodPost, "/api/datasets/alice/data/commit/main?create_pr=1", lines(line(wire.KeyDeletedFolder, wire.CommitDeletion{Path: "dir/"}))},
		{http.MethodPost, "/api/datasets/alice/data/preupload/main", `{"files":[{"path":"x","sample":"aA==","size":1}],"gitIgnore":"*"}`},
		{http.MethodPost, "/datasets/alice/data.git/info/lfs/objects/batch", `{"operation":"upload","transfers":["multipart"],"objects":[{"oid":"` + sha("x") + `","size":99999999}]}`},
		{http.MethodPost, "/datasets/alice/data.git/info/lfs/objects/verify", `{"oid":"` + sha("x") + `","size":1}`},
		{http.MethodPost, "/api/repos/create", `{"name":"new","organization":"alice","type":"dataset","private":true}`},
		{http.MethodPost, "/api/repos/move", `{"fromRepo":"alice/data","toRepo":"alice/other","type":"dataset"}`},
		{http.MethodDelete, "/api/repos/delete", `{"name":"data","organization":"alice","type":"dataset"}`},
		{http.MethodPut, "/api/datasets/alice/data/settings", `{"gated":"auto","visibility":"private"}`},
		{http.MethodPost, "/api/datasets/alice/data/branch/a%2Fb", `{"startingPoint":"main"}`},
		{http.MethodPost, "/api/datasets/alice/data/tag/main", `{"tag":"v1","message":"m"}`},
		{http.MethodPost, "/api/datasets/alice/data/paths-info/main", `{"paths":["a.txt"],"expand":true}`},
		{http.MethodPost, "/api/datasets/alice/data/discussions", `{"title":"title","description":"","pullRequest":true}`},
		{http.MethodPost, "/api/datasets/alice/data/discussions/1/merge", `{"comment":"c"}`},
		{http.MethodPost, "/api/datasets/alice/data/user-access-request/handle", `{"user":"bob","status":"accepted"}`},
		{http.MethodPost, "/api/datasets/alice/data/lfs-files/duplicate", `{"target":{"type":"dataset","name":"alice/data"},"files":[{"sha256":"x"}]}`},
		{http.MethodPost, "/api/validate-yaml", `{"content":"---\na: 1\n---\n","repoType":"dataset"}`},
		{http.MethodGet, "/api/datasets/alice/data/tree/main?recursive=true&cursor=x&limit=1", ""},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	parent := f.TempDir()
	root := filepath.Join(parent, "root")
	if err := os.MkdirAll(filepath.Join(root, "alice/data/dir"), 0o755); err != nil {
		f.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "alice/data/a.txt"), []byte("a"), 0o600); err != nil {
		f.Fatal(err)
	}
	s, err := Start(f.Context(), Options{Root: root})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = s.Close() })
	f.Fuzz(func(t *testing.T, method, address, body string) {
		u, err := url.ParseRequestURI(address)
		if err != nil || strings.ContainsAny(method, " \r\n") || method == "" || u.Host != "" {
			return
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(body))
		r.Method, r.URL, r.Host = method, u, "localhost"
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		s.handle(w, r)
		if w.Code >= 500 && w.Code != http.StatusNotImplemented {
			t.Errorf("%s %q %q: %d %s", method, address, body, w.Code, w.Body)
		}
		if entries, err := os.ReadDir(parent); err != nil || len(entries) != 1 {
			t.Fatalf("%v, %v", entries, err)
		}
	})
}

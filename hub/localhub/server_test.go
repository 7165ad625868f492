package localhub

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hfspark/hfspark/hub/wire"
)

const testAccess = `
tokens: {hf_alice: {user: alice}, hf_bob: {user: bob}}
repositories:
  acme/gated: {gated: manual, access: [alice]}
  acme/private: {private: true, owner: alice}
  acme/disabled: {disabled: true}
`

func testRoot(t *testing.T) string {
	return folder(t, map[string]string{
		AccessFile:               testAccess,
		"acme/data/README.md":    "---\nlicense: mit\nlanguage: [en, zh]\n1: x\n---\ntext\n",
		"acme/data/a b/c.txt":    "0123456789",
		"acme/data/x.parquet":    strings.Repeat("large", 100),
		"acme/gated/x.parquet":   "g",
		"acme/gated/README.md":   "g",
		"acme/private/README.md": "p",
		"acme/disabled/x":        "d",
	})
}

func TestInfo(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Root: testRoot(t)})
	var info wire.Info
	get(t, s.URL()+"/api/datasets/ACME/data?blobs=true").into(t, &info)
	if info.ID != "acme/data" || info.Author != "acme" || len(info.SHA) != 40 || len(info.InternalID) != 24 || info.UsedStorage != 500+10+50 {
		t.Errorf("%+v", info)
	}
	if string(info.CardData) != `{"1":"x","language":["en","zh"],"license":"mit"}` {
		t.Errorf("card %s", info.CardData)
	}
	if diff := cmp.Diff([]string{"language:en", "language:zh", "license:mit"}, info.Tags); diff != "" {
		t.Error(diff)
	}
	var names []string
	for _, sibling := range info.Siblings {
		names = append(names, fmt.Sprint(sibling.Name, " ", *sibling.Size, " ", sibling.LFS != nil))
	}
	if diff := cmp.Diff([]string{"README.md 50 false", "a b/c.txt 10 false", "x.parquet 500 true"}, names); diff != "" {
		t.Error(diff)
	}
	if a := get(t, s.URL()+"/api/datasets/acme/data?expand=sha&expand=gated"); a.body != fmt.Sprintf(`{"_id":%q,"gated":false,"id":"acme/data","sha":%q}`, info.InternalID, info.SHA) {
		t.Error(a.body)
	}
	for _, rev := range []string{"main", "HEAD", "refs%2Fheads%2Fmain", "refs/heads/main", info.SHA, info.SHA[:4]} {
		var other wire.Info
		get(t, s.URL()+"/api/datasets/acme/data/revision/"+rev).into(t, &other)
		if other.SHA != info.SHA {
			t.Errorf("%s is %s", rev, other.SHA)
		}
	}
	if h := ask(t, http.MethodHead, s.URL()+"/api/datasets/acme/data", ""); h.StatusCode != 200 || h.body != "" || h.ContentLength < 100 {
		t.Errorf("HEAD: %d, %d bytes of %d", h.StatusCode, len(h.body), h.ContentLength)
	}
}

// TestRefusals checks the status and code of each thing that is refused: clients choose their exception by them.
func TestRefusals(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Root: testRoot(t)})
	const alice, bob, nobody = "Bearer hf_alice", "Bearer hf_bob", "Bearer hf_nobody"
	tests := []struct {
		path, auth string
		status     int
		code       string
	}{
		{"/api/datasets/acme/nope", "", 401, "RepoNotFound"},
		{"/api/datasets/acme/nope", bob, 404, "RepoNotFound"},
		{"/api/datasets/acme", "", 401, "RepoNotFound"},
		{"/api/datasets/acme/private", "", 401, "RepoNotFound"},
		{"/api/datasets/acme/private", bob, 404, "RepoNotFound"},
		{"/api/datasets/Acme/Private", bob, 404, "RepoNotFound"},
		{"/api/datasets/acme/private", alice, 200, ""},
		{"/api/datasets/acme/private/auth-check", bob, 404, "RepoNotFound"},
		{"/api/datasets/acme/private/auth-check", alice, 200, ""},
		{"/datasets/acme/private/resolve/main/README.md", "", 401, "RepoNotFound"},
		{"/datasets/acme/private/resolve/main/README.md", alice, 200, ""},
		{"/api/datasets/acme/gated", "", 200, ""},
		{"/api/datasets/acme/gated/tree/main", "", 200, ""},
		{"/api/datasets/acme/gated/auth-check", "", 401, "GatedRepo"},
		{"/api/datasets/acme/gated/auth-check", bob, 403, "GatedRepo"},
		{"/datasets/acme/gated/resolve/main/README.md", "", 401, "GatedRepo"},
		{"/datasets/acme/gated/resolve/main/nope", "", 401, "GatedRepo"},
		{"/datasets/acme/gated/resolve/main/x.parquet", bob, 403, "GatedRepo"},
		{"/datasets/ACME/GATED/resolve/main/x.parquet", bob, 403, "GatedRepo"},
		{"/datasets/acme/gated/raw/main/x.parquet", bob, 403, "GatedRepo"},
		{"/datasets/acme/gated/resolve/main/x.parquet", alice, 302, ""},
		{"/api/datasets/acme/disabled", "", 403, ""},
		{"/api/datasets/acme/data", nobody, 401, ""},
		{"/api/whoami-v2", "", 401, ""},
		{"/api/whoami-v2", alice, 200, ""},
		{"/api/datasets/acme/data/revision/nope", "", 404, "RevisionNotFound"},
		{"/api/datasets/acme/data/revision/abc", "", 404, "RevisionNotFound"},
		{"/api/datasets/acme/data/revision/main%20", "", 404, "RevisionNotFound"},
		{"/api/datasets/acme/data/tree/main/nope", "", 404, "EntryNotFound"},
		{"/api/datasets/acme/data/tree/main/README.md", "", 404, "EntryNotFound"},
		{"/datasets/acme/data/resolve/main/nope", "", 404, "EntryNotFound"},
		{"/datasets/acme/data/resolve/main/a%20b", "", 404, "EntryNotFound"},
		{"/datasets/acme/data/resolve/main/readme.md", "", 404, "EntryNotFound"},
		{"/datasets/acme/data/resolve/main/../../" + AccessFile, "", 404, "EntryNotFound"},
		{"/datasets/acme/data/resolve/main/..%2F..%2F" + AccessFile, "", 404, "EntryNotFound"},
		{"/datasets/acme/../resolve/main/" + AccessFile, "", 401, "RepoNotFound"},
		{"/datasets/%2e%2e/acme/resolve/main/data", "", 401, "RepoNotFound"},
		{"/datasets/acme/data/resolve/main/%2Fetc%2Fpasswd", "", 404, "EntryNotFound"},
		{"/api/agent-harnesses", "", 404, ""},
		{"/api/models/a/b", "", 501, ""},
		{"/api/datasets/acme/data/preupload/main", "", 405, ""},
		{"/api/datasets/acme/data/likers", "", 501, ""},
		{"/api/datasets/acme/data/xet-write-token/main", "", 501, ""},
		{"/api/datasets/acme/data/paths-info/main", "", 405, ""},
		{"/api/datasets/acme/data/tree/main?recursive=perhaps", "", 400, ""},
		{"/api/datasets/acme/data/tree/main?limit=0", "", 400, ""},
		{"/api/datasets/acme/data/tree/main?cursor=!", "", 400, ""},
		{"/api/datasets/acme/data?expand=everything", "", 400, ""},
		{"/api/datasets?sort=likes", "", 400, ""},
		{"/", "", 404, ""},
		{"/%zz", "", 400, ""},
	}
	for _, tt := range tests {
		t.Run(tt.path+" "+tt.auth, func(t *testing.T) {
			t.Parallel()
			var header []string
			if tt.auth != "" {
				header = []string{"Authorization", tt.auth}
			}
			if strings.Contains(tt.path, "%zz") {
				t.Skip("no client can send it")
			}
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				a := ask(t, method, s.URL()+tt.path, "", header...)
				if a.StatusCode != tt.status || a.Header.Get("X-Error-Code") != tt.code || a.Header.Get("X-Request-Id") == "" {
					t.Errorf("%s: status %d, code %q: %s", method, a.StatusCode, a.Header.Get("X-Error-Code"), a.body)
				}
				if a.StatusCode < 400 {
					continue
				}
				var body struct{ Error string }
				if a.Header.Get("X-Error-Message") == "" || (method == http.MethodGet && (json.Unmarshal([]byte(a.body), &body) != nil || body.Error == "")) {
					t.Errorf("%s: no message: %s", method, a.body)
				}
				if tt.code == "EntryNotFound" && a.Header.Get("X-Repo-Commit") == "" {
					t.Errorf("%s: no commit", method)
				}
				if strings.Contains(a.body, "hf_") {
					t.Errorf("a token is in %s", a.body)
				}
			}
		})
	}
}

func TestSmallEndpoints(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Root: testRoot(t)})
	var refs wire.Refs
	get(t, s.URL()+"/api/datasets/acme/data/refs").into(t, &refs)
	var commits []wire.Commit
	get(t, s.URL()+"/api/datasets/acme/data/commits/main").into(t, &commits)
	if len(refs.Branches) != 1 || refs.Converts == nil || refs.Tags == nil || len(commits) != 1 || commits[0].ID != refs.Branches[0].TargetCommit {
		t.Errorf("%+v %+v", refs, commits)
	}
	for content, bad := range map[string]bool{"---\na: 1\n---\n": false, "no front matter": false, "---\na: [\n---\n": true, "---\n- a\n---\n": true} {
		body, err := json.Marshal(map[string]string{"content": content, "repoType": "dataset"})
		if err != nil {
			t.Fatal(err)
		}
		a := ask(t, http.MethodPost, s.URL()+"/api/validate-yaml", string(body))
		var v wire.Validation
		if err := json.Unmarshal([]byte(a.body), &v); err != nil || (len(v.Errors) > 0) != bad {
			t.Errorf("%q: %s, %v", content, a.body, err)
		}
	}
	var list []wire.Info
	get(t, s.URL()+"/api/datasets?author=acme&limit=2").into(t, &list)
	if len(list) != 2 || list[0].ID != "acme/data" || list[1].ID != "acme/disabled" {
		t.Errorf("%+v", list)
	}
	if a := get(t, s.URL()+"/datasets/acme/gated"); !strings.Contains(a.body, "restricted") || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/plain") {
		t.Errorf("%s", a.body)
	}
}

// TestChange checks that content decides the commit, and that old commits still serve what has not changed.
func TestChange(t *testing.T) {
	t.Parallel()
	root := testRoot(t)
	s := start(t, Options{Root: root})
	sha := func() string {
		var info wire.Info
		get(t, s.URL()+"/api/datasets/acme/data").into(t, &info)
		return info.SHA
	}
	first := sha()
	put(t, root, "acme/data/a b/c.txt", "9876543210")
	second := sha()
	if second == first {
		t.Fatal("a change made no commit")
	}
	if a := get(t, s.URL()+"/datasets/acme/data/resolve/"+first+"/README.md"); a.StatusCode != 200 || a.Header.Get("X-Repo-Commit") != first {
		t.Errorf("%d %s", a.StatusCode, a.Header.Get("X-Repo-Commit"))
	}
	if a := get(t, s.URL()+"/datasets/acme/data/resolve/"+first+"/a%20b/c.txt"); a.StatusCode != 404 || a.Header.Get("X-Error-Code") != "RevisionNotFound" {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	put(t, root, "acme/data/a b/c.txt", "0123456789")
	if third := sha(); third != first {
		t.Errorf("the same content makes another commit: %s, %s", third, first)
	}
	other := start(t, Options{Root: testRoot(t)})
	var info wire.Info
	get(t, other.URL()+"/api/datasets/acme/data").into(t, &info)
	if info.SHA != first {
		t.Errorf("the same folder elsewhere has another commit: %s, %s", info.SHA, first)
	}
}

func TestObserveAndLog(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var got []Request
	var log bytes.Buffer
	s := start(t, Options{
		Root:   testRoot(t),
		Logger: slog.New(slog.NewTextHandler(&lockedWriter{mu: &mu, w: &log}, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Observe: func(r Request) {
			mu.Lock()
			defer mu.Unlock()
			got = append(got, r)
		},
	})
	location := get(t, s.URL()+"/datasets/acme/gated/resolve/main/x.parquet", "Authorization", "Bearer hf_alice").Header.Get("Location")
	get(t, location, "Range", "bytes=0-0")
	get(t, s.URL()+"/api/datasets/acme/nope")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	want := []Request{
		{Kind: KindResolve, Method: "GET", Repo: "acme/gated", Path: "x.parquet", User: "alice", Status: 302, Bytes: 6},
		{Kind: KindStorage, Method: "GET", Repo: "acme/gated", Path: "x.parquet", Range: "bytes=0-0", Status: 206, Bytes: 1},
		{Kind: KindAPI, Method: "GET", Repo: "acme/nope", Path: "/api/datasets/acme/nope", Status: 401, Bytes: 32},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if text := log.String(); strings.Contains(text, "hf_alice") || strings.Contains(text, "signature") || !strings.Contains(text, "x.parquet") {
		t.Errorf("the log: %s", text)
	}
}

type lockedWriter struct {
	mu *sync.Mutex
	w  *bytes.Buffer
}

func (l *lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

func TestListenOnlyHere(t *testing.T) {
	t.Parallel()
	open := folder(t, map[string]string{"a/b/c": ""})
	for _, o := range []Options{{Root: open, Listen: "0.0.0.0:0"}, {Root: open, StorageListen: ":0"}} {
		if s, err := Start(t.Context(), o); err == nil || !strings.Contains(err.Error(), "tokens") {
			t.Errorf("%+v: %v", o, err)
			if s != nil {
				_ = s.Close()
			}
		}
	}
	s := start(t, Options{Root: testRoot(t), Listen: "0.0.0.0:0", StorageListen: "0.0.0.0:0"})
	if !strings.HasPrefix(s.URL(), "http://127.0.0.1:") {
		t.Error(s.URL())
	}
	a := get(t, strings.Replace(s.URL(), "127.0.0.1", "localhost", 1)+"/datasets/acme/data/resolve/main/x.parquet")
	if !strings.HasPrefix(a.Header.Get("Location"), "http://localhost:") {
		t.Errorf("location %s", a.Header.Get("Location"))
	}
}

// TestHostNames checks that a Hub without tokens answers to names of this machine only.
func TestHostNames(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Root: folder(t, map[string]string{"a/b/c": "x"})})
	for host, want := range map[string]int{
		"localhost:80": 200, "LOCALHOST": 200, "x.localhost": 200, "127.0.0.1": 200, "[::1]:80": 200, "evil.example": 421, "evil.example:80": 421, "notlocalhost": 421,
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL()+"/api/datasets/a/b", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = host
		resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%s: %d, want %d", host, resp.StatusCode, want)
		}
	}
}

func TestEmptyFile(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Root: folder(t, map[string]string{"a/b/c.parquet": ""})})
	if a := get(t, s.URL()+"/datasets/a/b/resolve/main/c.parquet", "Range", "bytes=0-0"); a.StatusCode != 200 || a.ContentLength != 0 {
		t.Errorf("%d, %d bytes", a.StatusCode, a.ContentLength)
	}
}

func TestStartRefuses(t *testing.T) {
	t.Parallel()
	root := folder(t, map[string]string{"a/b/c": "", "bad": "tokens: 1"})
	for name, o := range map[string]Options{
		"no folder":      {Root: filepath.Join(root, "nope")},
		"no access file": {Root: root, Access: filepath.Join(root, "nope")},
		"bad access":     {Root: root, Access: filepath.Join(root, "bad")},
		"bad address":    {Root: root, Listen: "127.0.0.1:nope"},
		"idle fault":     {Root: root, Faults: []Fault{{}}},
		"bad pattern":    {Root: root, Faults: []Fault{{Status: 500, Path: "["}}},
	} {
		if _, err := Start(t.Context(), o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestContextStopsServer(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	s, err := Start(ctx, Options{Root: testRoot(t)})
	if err != nil {
		t.Fatal(err)
	}
	get(t, s.URL()+"/api/datasets/acme/data")
	cancel()
	s.serving.Wait()
	if resp, err := http.Get(s.URL()); err == nil { //nolint:noctx // The context has ended; that is the point.
		_ = resp.Body.Close()
		t.Error("the server still answers")
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

package localhub

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hfspark/hfspark/hub/wire"
)

const writeAccess = `
organizations: {acme: {members: {alice: write, dave: read}}}
tokens:
  hf_alice: {user: alice}
  hf_reader: {user: alice, role: read}
  hf_bob: {user: bob}
  hf_dave: {user: dave}
  hf_old: {user: alice, name: laptop, expires: 2020-01-01}
repositories:
  acme/fixed: {private: true, gated: false}
`

const (
	asAlice  = "Bearer hf_alice"
	asReader = "Bearer hf_reader"
	asBob    = "Bearer hf_bob"
	asDave   = "Bearer hf_dave"
	asOld    = "Bearer hf_old"
)

// site is a Hub in a folder that a test writes to.
type site struct {
	*testing.T
	*Server
	root string
}

func newSite(t *testing.T, o Options) site {
	t.Helper()
	if o.Root == "" {
		o.Root = folder(t, map[string]string{AccessFile: writeAccess, "acme/plain/README.md": "# Plain\n", "acme/fixed/x": "x"})
	}
	return site{T: t, Server: start(t, o), root: o.Root}
}

// send sends a JSON request to the Hub as somebody; "" is anonymous.
func (s site) send(method, path, body, as string, header ...string) answer {
	s.Helper()
	if as != "" {
		header = append(header, "Authorization", as)
	}
	return ask(s.T, method, s.URL()+path, body, header...)
}

// want sends a request and checks its status.
func (s site) want(status int, method, path, body, as string) answer {
	s.Helper()
	a := s.send(method, path, body, as)
	if a.StatusCode != status {
		s.Errorf("%s %s as %q: status %d, want %d: %.300s", method, path, as, a.StatusCode, status, a.body)
	}
	return a
}

// made makes the repository alice/data, with some files.
func made(t *testing.T, o Options) site {
	t.Helper()
	s := newSite(t, o)
	s.want(200, http.MethodPost, "/api/repos/create", `{"name":"data","organization":"alice","type":"dataset"}`, asAlice)
	s.commit("main", file64("a.txt", "a"), file64("dir/b.txt", "b"))
	return s
}

func file64(path, content string) string {
	return line(wire.KeyFile, wire.CommitFile{Path: path, Content: base64.StdEncoding.EncodeToString([]byte(content)), Encoding: "base64"})
}

func line(key string, value any) string {
	text, err := json.Marshal(map[string]any{"key": key, "value": value})
	if err != nil {
		panic(err)
	}
	return string(text)
}

func lines(lines ...string) string {
	return strings.Join(append([]string{line(wire.KeyHeader, wire.CommitHeader{Summary: "change"})}, lines...), "\n")
}

// commit commits to alice/data and returns the commit.
func (s site) commit(revision string, operations ...string) string {
	s.Helper()
	var out wire.CommitResponse
	s.want(200, http.MethodPost, "/api/datasets/alice/data/commit/"+revision, lines(operations...), asAlice).into(s.T, &out)
	if !out.Success || len(out.CommitOID) != 40 || out.CommitURL != s.URL()+"/datasets/alice/data/commit/"+out.CommitOID {
		s.Errorf("%+v", out)
	}
	return out.CommitOID
}

// paths lists the files of alice/data.
func (s site) paths(revision string) string {
	s.Helper()
	var entries []wire.Entry
	s.send(http.MethodGet, "/api/datasets/alice/data/tree/"+revision+"?recursive=true", "", asAlice).into(s.T, &entries)
	var out []string
	for _, e := range entries {
		if e.Type == wire.TypeFile && e.Path != ".gitattributes" {
			out = append(out, e.Path)
		}
	}
	return strings.Join(out, " ")
}

func sha(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:])
}

func TestCommit(t *testing.T) {
	t.Parallel()
	s := made(t, Options{})
	if got := s.paths("main"); got != "a.txt dir/b.txt" {
		t.Error(got)
	}
	s.commit("main", file64("c d#.txt", "c"), line(wire.KeyDeletedFolder, wire.CommitDeletion{Path: "dir/"}), line(wire.KeyDeletedFile, wire.CommitDeletion{Path: "a.txt"}))
	if got := s.paths("main"); got != "c d#.txt" {
		t.Error(got)
	}
	if a := s.send(http.MethodGet, "/datasets/alice/data/resolve/main/c%20d%23.txt", "", ""); a.body != "c" {
		t.Error(a.body)
	}
	var commits []wire.Commit
	s.send(http.MethodGet, "/api/datasets/alice/data/commits/main", "", "").into(t, &commits)
	if len(commits) != 3 || commits[0].Title != "change" || commits[0].Authors[0].User != "alice" || commits[2].Title != "initial commit" {
		t.Errorf("%+v", commits)
	}
	first := commits[1].ID
	stale := strings.Join([]string{line(wire.KeyHeader, wire.CommitHeader{Summary: "s", ParentCommit: first}), file64("x", "x")}, "\n")
	if a := s.want(412, http.MethodPost, "/api/datasets/alice/data/commit/main", stale, asAlice); !strings.Contains(a.body, wire.MessageStaleParent) {
		t.Error(a.body)
	}
	if a := s.want(404, http.MethodPost, "/api/datasets/alice/data/commit/main", lines(line(wire.KeyDeletedFile, wire.CommitDeletion{Path: "nope"})), asAlice); a.Header.Get(wire.HeaderErrorCode) != wire.CodeEntryNotFound || !strings.Contains(a.body, wire.MessageNoSuchFile) {
		t.Error(a.body, a.Header)
	}
	if got := s.paths("main"); got != "c d#.txt" {
		t.Error("a refused commit changed the branch: ", got)
	}
	// A plain folder is taken over by its first commit.
	s.want(200, http.MethodPost, "/api/datasets/acme/plain/commit/main", lines(file64("x", "x")), asAlice)
	if a := s.send(http.MethodGet, "/datasets/acme/plain/raw/main/README.md", "", ""); a.body != "# Plain\n" {
		t.Error(a.body)
	}
}

// TestBadCommits sends what must be refused, and finds the repository as it was.
func TestBadCommits(t *testing.T) {
	t.Parallel()
	s := made(t, Options{})
	before := s.paths("main")
	lfs := func(path, oid string) string {
		return line(wire.KeyLFSFile, map[string]any{"path": path, "algo": "sha256", "oid": oid, "size": 3})
	}
	tests := []struct {
		name, body string
		status     int
	}{
		{"empty", "", 400},
		{"no JSON", "<html>", 400},
		{"no header", file64("x", "x"), 400},
		{"unknown operation", lines(line("copyFile", map[string]string{"path": "x"})), 400},
		{"broken base64", lines(strings.Replace(file64("x", "xxxxxx"), "eHh4", "....", 1)), 400},
		{"cut", lines(file64("x", "x"))[:120], 400},
		{"never uploaded", lines(lfs("x.bin", sha("never"))), 400},
		{"no hash", lines(lfs("x.bin", "../../etc/passwd")), 400},
		{"large inline", lines(file64("x", strings.Repeat("x", maxRegular+1))), 400},
		{"file below a file", lines(file64("a.txt/x", "x")), 409},
		{"deletes the folder of a file", lines(line(wire.KeyDeletedFolder, wire.CommitDeletion{Path: "a.txt/"})), 404},
	}
	for _, path := range []string{
		"../x", "a/../../x", "/etc/passwd", "a//b", "./x", ".", "..", ".git/config", "a/.GIT/x", ".cache/x", "a\\b", "a\x00b", "a\nb", "a/", strings.Repeat("a", 5000), "a/./b",
	} {
		tests = append(tests, struct {
			name, body string
			status     int
		}{"path " + path[:min(len(path), 20)], lines(file64(path, "x")), 400}, struct {
			name, body string
			status     int
		}{"LFS path " + path[:min(len(path), 20)], lines(lfs(path, sha("x"))), 400})
	}
	for _, tt := range tests {
		a := s.send(http.MethodPost, "/api/datasets/alice/data/commit/main", tt.body, asAlice)
		if a.StatusCode != tt.status || !strings.Contains(a.body, `"error"`) {
			t.Errorf("%s: status %d, want %d: %.200s", tt.name, a.StatusCode, tt.status, a.body)
		}
	}
	if got := s.paths("main"); got != before {
		t.Errorf("%q, was %q", got, before)
	}
	for revision, status := range map[string]int{"nope": 404, "refs%2Fpr%2F9": 404, "refs%2Ftags%2Fx": 404, "..%2F..%2FHEAD": 404, "refs%2Fheads%2F..%2F..%2Fx": 404} {
		s.want(status, http.MethodPost, "/api/datasets/alice/data/commit/"+revision, lines(file64("x", "x")), asAlice)
	}
}

// TestWriteRights sends requests that change something as those who may not.
func TestWriteRights(t *testing.T) {
	t.Parallel()
	s := made(t, Options{})
	one := lines(file64("x", "x"))
	requests := []struct{ method, path, body string }{
		{http.MethodPost, "/api/datasets/alice/data/commit/main", one},
		{http.MethodPost, "/api/datasets/alice/data/preupload/main", `{"files":[]}`},
		{http.MethodPost, "/api/datasets/alice/data/branch/x", "{}"},
		{http.MethodDelete, "/api/datasets/alice/data/branch/x", ""},
		{http.MethodPost, "/api/datasets/alice/data/tag/main", `{"tag":"x"}`},
		{http.MethodDelete, "/api/datasets/alice/data/tag/x", ""},
		{http.MethodPost, "/api/datasets/alice/data/super-squash/main", "{}"},
		{http.MethodPut, "/api/datasets/alice/data/settings", `{"private":true}`},
		{http.MethodDelete, "/api/repos/delete", `{"name":"data","organization":"alice","type":"dataset"}`},
		{http.MethodPost, "/api/repos/move", `{"fromRepo":"alice/data","toRepo":"bob/data","type":"dataset"}`},
		{http.MethodPost, "/api/repos/create", `{"name":"new","organization":"alice","type":"dataset"}`},
		{http.MethodGet, "/api/datasets/alice/data/lfs-files", ""},
		{http.MethodPost, "/api/datasets/alice/data/lfs-files/batch", `{}`},
		{http.MethodGet, "/api/datasets/alice/data/user-access-request/pending", ""},
		{http.MethodGet, "/api/datasets/alice/data/auth-check/write", ""},
	}
	for _, r := range requests {
		for as, status := range map[string]int{"": 401, asOld: 401, "Bearer hf_nobody": 401, asReader: 403, asBob: 403, asDave: 403} {
			s.want(status, r.method, r.path, r.body, as)
		}
	}
	for _, path := range []string{"/api/datasets/alice/data/duplicate", "/api/datasets/alice/data/discussions", "/datasets/alice/data.git/info/lfs/objects/batch"} {
		for as, status := range map[string]int{"": 401, asReader: 403} {
			s.want(status, http.MethodPost, path, `{"operation":"upload"}`, as)
		}
	}
	if a := s.want(401, http.MethodPost, "/api/datasets/alice/data/commit/main", one, asOld); !strings.Contains(a.body, "expired") || strings.Contains(a.body, "hf_") {
		t.Error(a.body)
	}
	// What others may do is a pull request, and adding to it.
	var out wire.CommitResponse
	s.want(200, http.MethodPost, "/api/datasets/alice/data/preupload/main?create_pr=1", `{"files":[]}`, asBob)
	s.want(200, http.MethodPost, "/api/datasets/alice/data/commit/main?create_pr=1", one, asBob).into(t, &out)
	if out.PullRequestURL != s.URL()+"/datasets/alice/data/discussions/1" {
		t.Errorf("%+v", out)
	}
	s.want(200, http.MethodPost, "/api/datasets/alice/data/commit/refs%2Fpr%2F1", lines(file64("y", "y")), asBob)
	s.want(403, http.MethodPost, "/api/datasets/alice/data/commit/refs%2Fpr%2F1", lines(file64("y", "y")), asDave)
	s.want(403, http.MethodPost, "/api/datasets/alice/data/discussions/1/merge", "", asBob)
	s.want(200, http.MethodPost, "/api/datasets/alice/data/discussions/1/merge", "", asAlice)
	if got := s.paths("main"); got != "a.txt dir/b.txt x y" {
		t.Error(got)
	}
}

// TestEverybodyWrites writes to a Hub without tokens.
func TestEverybodyWrites(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{Root: t.TempDir()})
	var who wire.Whoami
	s.send(http.MethodGet, "/api/whoami-v2", "", "Bearer hf_any").into(t, &who)
	if who.Name != everybody || who.Auth.AccessToken.Role != "write" {
		t.Errorf("%+v", who)
	}
	s.want(200, http.MethodPost, "/api/repos/create", `{"name":"one","organization":null,"type":"dataset","visibility":"private"}`, "")
	s.want(200, http.MethodPost, "/api/datasets/local/one/commit/main", lines(file64("x", "x")), "Bearer hf_any")
	s.want(200, http.MethodGet, "/datasets/local/one/resolve/main/x", "", "")
	for _, header := range [][]string{{"Origin", "https://evil.example"}, {"Sec-Fetch-Site", "cross-site"}} {
		if a := s.send(http.MethodPost, "/api/repos/create", `{"name":"two","type":"dataset"}`, "", header...); a.StatusCode != 403 {
			t.Errorf("%v: status %d", header, a.StatusCode)
		}
	}
}

// TestReadOnlyRoot serves a folder that cannot be written to.
func TestReadOnlyRoot(t *testing.T) {
	t.Parallel()
	if os.Getuid() == 0 {
		t.Skip("everything can be written by this user")
	}
	root := folder(t, map[string]string{"acme/plain/x": "x"})
	if err := os.Chmod(root, 0o500); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(root, 0o700) })
	s := newSite(t, Options{Root: root})
	s.want(403, http.MethodPost, "/api/datasets/acme/plain/commit/main", lines(file64("x", "x")), "")
	s.want(200, http.MethodGet, "/datasets/acme/plain/resolve/main/x", "", "")
}

// TestNothingOutside looks for files that requests have put outside of the root.
func TestNothingOutside(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	root := filepath.Join(parent, "root")
	if err := os.Mkdir(root, 0o755); err != nil {
		t.Fatal(err)
	}
	s := newSite(t, Options{Root: root})
	for _, name := range []string{"../x", "..", "a/b", "x.git", "-x", "x--y", ".x", "x/../y", "\u0000", strings.Repeat("x", 97), "x%2Fy", "ü"} {
		body, err := json.Marshal(wire.CreateRepoRequest{Name: name, Type: datasetType})
		if err != nil {
			t.Fatal(err)
		}
		s.want(400, http.MethodPost, "/api/repos/create", string(body), "")
		body, err = json.Marshal(wire.CreateRepoRequest{Name: "x", Organization: &name, Type: datasetType})
		if err != nil {
			t.Fatal(err)
		}
		s.want(400, http.MethodPost, "/api/repos/create", string(body), "")
		s.want(401, http.MethodDelete, "/api/repos/delete", string(body), "")
	}
	outside, err := os.ReadDir(parent)
	if err != nil || len(outside) != 1 {
		t.Errorf("%v, %v", outside, err)
	}
}

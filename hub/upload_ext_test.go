package hub_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hfspark/hfspark/hub"
	"github.com/hfspark/hfspark/hub/localhub"
	"github.com/hfspark/hfspark/hub/localhub/access"
)

var writer = access.Token{Secret: "hf_writer", User: "alice"}

// writable starts a Hub with one empty repository of alice, and a client of hers. The requests that are sent are counted.
func writable(t *testing.T, o localhub.Options) (*hub.Client, *localhub.Server, *atomic.Int64) {
	t.Helper()
	o.Root = t.TempDir()
	o.Tokens = append(o.Tokens, writer)
	server, err := localhub.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	sent := &atomic.Int64{}
	c := writingClient(t, server, writer.Secret, sent)
	if _, err := c.CreateRepo(t.Context(), written, hub.RepoOptions{}); err != nil {
		t.Fatal(err)
	}
	return c, server, sent
}

var written = hub.Dataset("alice/data")

type counting struct {
	http.RoundTripper
	n *atomic.Int64
}

func (c counting) RoundTrip(r *http.Request) (*http.Response, error) {
	c.n.Add(1)
	return c.RoundTripper.RoundTrip(r)
}

func (c counting) CloseIdleConnections() { c.RoundTripper.(*http.Transport).CloseIdleConnections() }

func writingClient(t *testing.T, server *localhub.Server, token string, sent *atomic.Int64) *hub.Client {
	t.Helper()
	o := hub.Options{Endpoint: server.URL(), Token: token, Transport: counting{&http.Transport{}, sent}}
	o.Retry.Base, o.Retry.Cap = time.Millisecond, time.Millisecond
	c, err := hub.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// contents reads all files of a revision.
func contents(t *testing.T, c *hub.Client, revision string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for entry, err := range c.List(t.Context(), written, revision, "", true) {
		if err != nil {
			t.Fatal(err)
		}
		if entry.Type != hub.TypeFile || entry.Path == ".gitattributes" {
			continue
		}
		content, err := c.ReadFile(t.Context(), hub.File{Repo: written, Revision: revision, Path: entry.Path, Size: entry.Size}, 1<<30)
		if err != nil {
			t.Fatal(err)
		}
		out[entry.Path] = string(content)
	}
	return out
}

func commitTo(t *testing.T, c *hub.Client, revision string, commit hub.Commit) *hub.CommitResult {
	t.Helper()
	if commit.Summary == "" {
		commit.Summary = "change"
	}
	result, err := c.Commit(t.Context(), written, revision, commit)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func TestCommitLocalHub(t *testing.T) {
	t.Parallel()
	c, server, _ := writable(t, localhub.Options{PartSize: 5 << 20})
	large, parquet := randomBytes(12<<20+17), string(randomBytes(3000))
	first := commitTo(t, c, "", hub.Commit{Operations: []hub.Operation{
		&hub.Add{Path: "a.txt", Content: hub.Bytes([]byte("text"))},
		&hub.Add{Path: "data/ü b.parquet", Content: hub.Bytes([]byte(parquet))},
		&hub.Add{Path: "data/large.parquet", Content: hub.Bytes(large)},
		&hub.Add{Path: "empty.parquet", Content: hub.Bytes(nil)},
		&hub.Add{Path: "README.md", Content: hub.Bytes([]byte("---\nlicense: mit\n---\n# Data\n"))},
	}})
	if !strings.HasPrefix(first.URL, server.URL()+"/datasets/alice/data/commit/") {
		t.Errorf("URL %s", first.URL)
	}
	want := map[string]string{
		"a.txt": "text", "data/ü b.parquet": parquet, "data/large.parquet": string(large), "empty.parquet": "",
		"README.md": "---\nlicense: mit\n---\n# Data\n",
	}
	if diff := cmp.Diff(want, contents(t, c, "")); diff != "" {
		t.Fatal(diff)
	}
	commitTo(t, c, "", hub.Commit{Parent: first.OID, Operations: []hub.Operation{
		hub.DeleteFile{Path: "a.txt"}, hub.DeleteFolder{Path: "data"},
	}})
	commitTo(t, c, "", hub.Commit{Operations: []hub.Operation{
		hub.Copy{From: "a.txt", To: "old/a.txt", Revision: first.OID},
		hub.Copy{From: "data/ü b.parquet", To: "old/b.parquet", Revision: first.OID[:10]},
		hub.Copy{From: "README.md", To: "empty.parquet"},
	}})
	want = map[string]string{"README.md": want["README.md"], "empty.parquet": want["README.md"], "old/a.txt": "text", "old/b.parquet": parquet}
	if diff := cmp.Diff(want, contents(t, c, "")); diff != "" {
		t.Error(diff)
	}
	again := commitTo(t, c, "", hub.Commit{Operations: []hub.Operation{hub.Copy{From: "README.md", To: "empty.parquet"}}})
	if !again.Empty {
		t.Errorf("a copy of what is there: %+v", again)
	}
	_, err := c.Commit(t.Context(), written, "", hub.Commit{Summary: "s", Parent: first.OID, Operations: []hub.Operation{
		&hub.Add{Path: "x", Content: hub.Bytes([]byte("x"))},
	}})
	if !errors.Is(err, hub.ErrConflict) {
		t.Errorf("on a stale parent: %v", err)
	}
	_, err = c.Commit(t.Context(), written, "", hub.Commit{Summary: "s", Operations: []hub.Operation{
		&hub.Add{Path: "README.md", Content: hub.Bytes([]byte("---\nlicense: [\n---\n"))},
	}})
	if !errors.Is(err, hub.ErrInvalid) {
		t.Errorf("metadata that is no YAML: %v", err)
	}
}

func TestCommitCopyAcrossRepositories(t *testing.T) {
	t.Parallel()
	c, _, _ := writable(t, localhub.Options{})
	other := hub.Dataset("alice/other")
	if _, err := c.CreateRepo(t.Context(), other, hub.RepoOptions{}); err != nil {
		t.Fatal(err)
	}
	content := string(randomBytes(4000))
	if _, err := c.Commit(t.Context(), other, "", hub.Commit{Summary: "s", Operations: []hub.Operation{
		&hub.Add{Path: "x.parquet", Content: hub.Bytes([]byte(content))}, &hub.Add{Path: "x.txt", Content: hub.Bytes([]byte("x"))},
	}}); err != nil {
		t.Fatal(err)
	}
	commitTo(t, c, "", hub.Commit{Operations: []hub.Operation{
		hub.Copy{From: "x.parquet", To: "y.parquet", Repo: other}, hub.Copy{From: "x.txt", To: "y.txt", Repo: other},
	}})
	if diff := cmp.Diff(map[string]string{"y.parquet": content, "y.txt": "x"}, contents(t, c, "")); diff != "" {
		t.Error(diff)
	}
	_, err := c.Commit(t.Context(), written, "", hub.Commit{Summary: "s", Operations: []hub.Operation{hub.Copy{From: "x.parquet", To: "z", Repo: hub.Dataset("bob/none")}}})
	if !errors.Is(err, hub.ErrRepositoryNotFound) {
		t.Errorf("from nowhere: %v", err)
	}
}

func TestCommitPullRequestLocalHub(t *testing.T) {
	t.Parallel()
	c, _, _ := writable(t, localhub.Options{})
	result := commitTo(t, c, "", hub.Commit{CreatePullRequest: true, Operations: []hub.Operation{
		&hub.Add{Path: "a.parquet", Content: hub.Bytes([]byte("data"))},
	}})
	if result.PullRequest != 1 || !strings.HasSuffix(result.PullRequestURL, "/discussions/1") {
		t.Fatalf("%+v", result)
	}
	if got := contents(t, c, ""); len(got) != 0 {
		t.Errorf("main has %v", got)
	}
	commitTo(t, c, "refs/pr/1", hub.Commit{Parent: result.OID, Operations: []hub.Operation{&hub.Add{Path: "b", Content: hub.Bytes([]byte("b"))}}})
	if diff := cmp.Diff(map[string]string{"a.parquet": "data", "b": "b"}, contents(t, c, "refs/pr/1")); diff != "" {
		t.Error(diff)
	}
	if err := c.MergePullRequest(t.Context(), written, 1, ""); err != nil {
		t.Fatal(err)
	}
	if got := contents(t, c, ""); len(got) != 2 {
		t.Errorf("after the merge: %v", got)
	}
}

func TestCommitForbidden(t *testing.T) {
	t.Parallel()
	reader := access.Token{Secret: "hf_reader", User: "alice", Name: "r", Role: access.RoleRead}
	stranger := access.Token{Secret: "hf_stranger", User: "bob"}
	_, server, _ := writable(t, localhub.Options{Tokens: []access.Token{reader, stranger}})
	for _, token := range []string{reader.Secret, stranger.Secret} {
		c := writingClient(t, server, token, &atomic.Int64{})
		for _, operation := range []hub.Operation{
			&hub.Add{Path: "a", Content: hub.Bytes([]byte("a"))}, &hub.Add{Path: "a.parquet", Content: hub.Bytes([]byte("a"))}, hub.DeleteFile{Path: ".gitattributes"},
		} {
			_, err := c.Commit(t.Context(), written, "", hub.Commit{Summary: "s", Operations: []hub.Operation{operation}})
			if !errors.Is(err, hub.ErrForbidden) || strings.Contains(err.Error(), token) {
				t.Errorf("%T with %s: %v", operation, token, err)
			}
		}
	}
}

// folder writes files below a new folder.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for path, content := range files {
		path = filepath.Join(dir, filepath.FromSlash(path))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(content), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestUploadFolder(t *testing.T) {
	t.Parallel()
	c, _, sent := writable(t, localhub.Options{})
	local, want := map[string]string{".git/config": "x", "sub/.git/x": "x", ".cache/huggingface/x": "x", "skip.tmp": "x"}, map[string]string{}
	for i := range 700 {
		path := fmt.Sprintf("train/%03d.%s", i, []string{"txt", "parquet"}[i%2])
		local[path] = fmt.Sprintf("content %d", i)
		want["data/"+path] = local[path]
	}
	dir := folder(t, local)
	if err := os.Symlink(filepath.Join(dir, "train/000.txt"), filepath.Join(dir, "link.txt")); err != nil {
		t.Fatal(err)
	}
	want["data/link.txt"] = "content 0"
	if err := os.Symlink(filepath.Join(dir, "nowhere"), filepath.Join(dir, "dangling")); err != nil {
		t.Fatal(err)
	}
	commitTo(t, c, "", hub.Commit{Operations: []hub.Operation{
		&hub.Add{Path: "data/old.txt", Content: hub.Bytes([]byte("old"))}, &hub.Add{Path: "old.txt", Content: hub.Bytes([]byte("keep"))},
		&hub.Add{Path: "data/train", Content: hub.Bytes([]byte("in the way"))},
	}})
	want["old.txt"] = "keep"
	var progress hub.UploadProgress
	o := hub.FolderOptions{
		PathInRepo: "./data/", Ignore: []string{"*.tmp"}, Delete: []string{"*"}, MaxOperations: 300, Summary: "all of it",
		Upload: hub.UploadOptions{Progress: func(p hub.UploadProgress) { progress = p }},
	}
	result, err := c.UploadFolder(t.Context(), written, "", dir, o)
	if err != nil {
		t.Fatal(err)
	}
	if len(result.Commits) != 3 || result.Added != 701 || result.Deleted != 2 || result.Unchanged != 0 || result.OID != result.Commits[2].OID {
		t.Errorf("%d commits, %d added, %d deleted, %d unchanged", len(result.Commits), result.Added, result.Deleted, result.Unchanged)
	}
	if progress.Files != 701 || progress.Committed != 701 || progress.Sent != progress.Bytes {
		t.Errorf("progress %+v", progress)
	}
	if diff := cmp.Diff(want, contents(t, c, "")); diff != "" {
		t.Error(diff)
	}
	sent.Store(0)
	again, err := c.UploadFolder(t.Context(), written, "", dir, o)
	if err != nil || len(again.Commits) != 0 || again.OID != result.OID || again.Unchanged != 701 {
		t.Errorf("again: %+v, %v", again, err)
	}
	if n := sent.Load(); n > 6 {
		t.Errorf("%d requests for a folder that has not changed", n)
	}
}

// TestUploadFolderContinues breaks off between two commits: the same call then sends only what is missing.
func TestUploadFolderContinues(t *testing.T) {
	t.Parallel()
	c, server, sent := writable(t, localhub.Options{})
	want := map[string]string{}
	for i := range 30 {
		want[fmt.Sprintf("%02d.parquet", i)] = fmt.Sprint(i)
	}
	if err := server.Inject(localhub.Fault{Path: "/api/datasets/alice/data/commit/main", Status: http.StatusForbidden, Skip: 2, Count: 1}); err != nil {
		t.Fatal(err)
	}
	dir, o := folder(t, want), hub.FolderOptions{MaxOperations: 10}
	result, err := c.UploadFolder(t.Context(), written, "", dir, o)
	if !errors.Is(err, hub.ErrForbidden) || result == nil || len(result.Commits) != 2 {
		t.Fatalf("%+v, %v", result, err)
	}
	if n := len(contents(t, c, "")); n != 20 {
		t.Errorf("%d files after two commits of ten", n)
	}
	sent.Store(0)
	result, err = c.UploadFolder(t.Context(), written, "", dir, o)
	if err != nil || len(result.Commits) != 1 || result.Added != 10 || result.Unchanged != 20 || sent.Load() > 5 {
		t.Errorf("again: %+v, %v, %d requests", result, err, sent.Load())
	}
	if diff := cmp.Diff(want, contents(t, c, "")); diff != "" {
		t.Error(diff)
	}
}

// TestUploadFolderVanishes removes the folder while it is uploaded.
func TestUploadFolderVanishes(t *testing.T) {
	t.Parallel()
	files := map[string]string{}
	for i := range 20 {
		files[fmt.Sprintf("sub/%02d.parquet", i)] = fmt.Sprint(i)
	}
	dir := folder(t, files)
	o := localhub.Options{Observe: func(r localhub.Request) {
		if strings.Contains(r.Path, "/preupload/") {
			if err := os.RemoveAll(dir); err != nil {
				t.Error(err)
			}
		}
	}}
	c, _, _ := writable(t, o)
	for range 2 {
		result, err := c.UploadFolder(t.Context(), written, "", dir, hub.FolderOptions{})
		if (!errors.Is(err, hub.ErrChanged) && !errors.Is(err, fs.ErrNotExist)) || result != nil {
			t.Errorf("%+v, %v", result, err)
		}
	}
	if n := len(contents(t, c, "")); n != 0 {
		t.Errorf("%d files arrived", n)
	}
}

func TestUploadFolderPullRequest(t *testing.T) {
	t.Parallel()
	c, _, _ := writable(t, localhub.Options{})
	want := map[string]string{}
	for i := range 25 {
		want[fmt.Sprintf("%02d.csv", i)] = fmt.Sprint(i)
	}
	result, err := c.UploadFolder(t.Context(), written, "", folder(t, want), hub.FolderOptions{CreatePullRequest: true, MaxOperations: 10})
	if err != nil || len(result.Commits) != 3 || result.PullRequest != 1 {
		t.Fatalf("%+v, %v", result, err)
	}
	if diff := cmp.Diff(want, contents(t, c, "refs/pr/1")); diff != "" {
		t.Error(diff)
	}
	if len(contents(t, c, "")) != 0 {
		t.Error("main has changed")
	}
}

func TestUploadFolderRefused(t *testing.T) {
	t.Parallel()
	c, _, _ := writable(t, localhub.Options{})
	bad := folder(t, map[string]string{"a": "a"})
	if err := os.WriteFile(filepath.Join(bad, "b\xff"), nil, 0o600); err != nil {
		t.Skipf("this file system has no such names: %v", err)
	}
	file := filepath.Join(bad, "a")
	for _, test := range []struct {
		dir  string
		o    hub.FolderOptions
		want error
	}{
		{bad, hub.FolderOptions{}, hub.ErrInvalid},
		{folder(t, map[string]string{".cache/x": ""}), hub.FolderOptions{}, hub.ErrInvalid},
		{file, hub.FolderOptions{}, hub.ErrInvalid},
		{filepath.Join(bad, "missing"), hub.FolderOptions{}, fs.ErrNotExist},
		{folder(t, map[string]string{"x": ""}), hub.FolderOptions{PathInRepo: "../x"}, hub.ErrInvalid},
		{folder(t, map[string]string{"x": ""}), hub.FolderOptions{Parent: strings.Repeat("ab", 20)}, hub.ErrConflict},
	} {
		result, err := c.UploadFolder(t.Context(), written, "", test.dir, test.o)
		var known *hub.Error
		if !errors.Is(err, test.want) || !errors.As(err, &known) || result != nil {
			t.Errorf("%s: %v, want %v", test.dir, err, test.want)
		}
	}
	if got := contents(t, c, ""); len(got) != 0 {
		t.Errorf("something arrived: %v", got)
	}
}

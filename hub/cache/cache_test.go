package cache

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	commitA = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	commitB = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
)

func testRepository(t *testing.T, o Options) *Repository {
	t.Helper()
	c, err := New(t.TempDir(), o)
	if err != nil {
		t.Fatal(err)
	}
	return c.Repository("dataset", "acme/data")
}

// add puts a content into the cache as a file of a commit.
func add(t *testing.T, r *Repository, commit, path, etag, content string) string {
	t.Helper()
	if err := r.Prepare(commit); err != nil {
		t.Fatal(err)
	}
	fresh := !r.HasBlob(etag, -1)
	if fresh {
		if err := os.WriteFile(r.Blob(etag), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	file, err := r.Link(commit, path, etag, fresh)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(file); err != nil || string(got) != content {
		t.Fatalf("%q, %v", got, err)
	}
	return file
}

func TestLink(t *testing.T) {
	t.Parallel()
	for _, o := range []Options{{}, {NoSymlinks: true}} {
		r := testRepository(t, o)
		file := add(t, r, commitA, "data/x/y.csv", "hash", "hello")
		target, err := os.Readlink(file)
		if o.NoSymlinks != (err != nil) || (err == nil && target != "../../../../blobs/hash") {
			t.Errorf("%+v: %q, %v", o, target, err)
		}
		if r.HasBlob("hash", 5) == o.NoSymlinks {
			t.Error("without links the blob is to be moved, with them to be kept")
		}
		add(t, r, commitA, "data/x/y.csv", "hash", "hello") // Once more changes nothing.
		add(t, r, commitA, "data/x/y.csv", "other", "world")
		if _, ok := r.Find(commitA, "data/x/y.csv", 5); !ok {
			t.Error("not found")
		}
		if _, ok := r.Find(commitA, "data/x/y.csv", 6); ok {
			t.Error("found with another size")
		}
		if _, ok := r.Find(commitB, "data/x/y.csv", -1); ok {
			t.Error("found at another commit")
		}
	}
}

// A link that leads nowhere is no file, and is replaced.
func TestDanglingLink(t *testing.T) {
	t.Parallel()
	r := testRepository(t, Options{})
	add(t, r, commitA, "x", "hash", "hello")
	if err := os.Remove(r.Blob("hash")); err != nil {
		t.Fatal(err)
	}
	if _, ok := r.Find(commitA, "x", -1); ok {
		t.Error("found")
	}
	add(t, r, commitA, "x", "hash", "hello")
}

func TestRefs(t *testing.T) {
	t.Parallel()
	r := testRepository(t, Options{})
	if _, ok := r.Ref("main"); ok {
		t.Error("found in an empty cache")
	}
	for _, revision := range []string{"main", "feat/x", "refs/pr/1", commitA} {
		if err := r.SetRef(revision, commitA); err != nil {
			t.Fatal(err)
		}
	}
	if commit, ok := r.Ref("refs/pr/1"); !ok || commit != commitA {
		t.Error(commit, ok)
	}
	raw, err := os.ReadFile(filepath.Join(r.Dir(), "refs", "feat", "x"))
	if err != nil || string(raw) != commitA {
		t.Errorf("%q, %v", raw, err)
	}
	if _, err := os.Stat(filepath.Join(r.Dir(), "refs", commitA)); err == nil {
		t.Error("a commit needs no ref")
	}
	for _, revision := range []string{"../x", "", "/x", "a/../../b", `..\x`} {
		if err := r.SetRef(revision, commitA); err == nil {
			t.Errorf("%q was taken", revision)
		}
	}
	if err := os.WriteFile(filepath.Join(r.Dir(), "refs", "main"), []byte("../../x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if commit, ok := r.Ref("main"); ok {
		t.Error("a ref that is no commit was believed:", commit)
	}
}

func TestTree(t *testing.T) {
	t.Parallel()
	r := testRepository(t, Options{})
	size := int64(7)
	tree := Tree{
		"a/ü \"x\".csv": {Size: 3, BlobID: commitA},
		"b.parquet":     {Size: 7, BlobID: commitB, SHA256: strings.Repeat("c", 64), LFSSize: &size, XetHash: strings.Repeat("d", 64)},
	}
	if err := r.SetTree(commitA, tree); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(tree, r.Tree(commitA)); diff != "" {
		t.Error(diff)
	}
	if tree["b.parquet"].ETag() != strings.Repeat("c", 64) {
		t.Error("the SHA-256 names a content in LFS")
	}
	path := treePath(r.Dir(), commitB)
	for _, content := range []string{
		``, `{`, `[]`, `{"format_version":2,"files":{}}`, `{"format_version":1,"files":{"../x":{"size":1,"blob_id":"a"}}}`,
		`{"format_version":1,"files":{"x":{"size":-1,"blob_id":"a"}}}`, `{"format_version":1,"files":{"x":{"size":1,"blob_id":"../a"}}}`,
	} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := r.Tree(commitB); got != nil {
			t.Errorf("%s: %v", content, got)
		}
	}
}

func TestLockKeepsOthersOut(t *testing.T) {
	t.Parallel()
	r := testRepository(t, Options{})
	if err := r.Prepare(commitA); err != nil {
		t.Fatal(err)
	}
	first, err := r.Lock(t.Context(), "hash")
	if err != nil || !first.Exclusive() {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := r.Lock(ctx, "hash"); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	first.Unlock()
	second, err := r.Lock(t.Context(), "hash")
	if err != nil {
		t.Fatal(err)
	}
	second.Unlock()
	if info, err := os.Stat(filepath.Join(r.locks(), "hash.lock")); err != nil || info.Mode().Perm() != 0o664 {
		t.Error(info.Mode(), err)
	}
}

func TestScanCheckRemove(t *testing.T) {
	t.Parallel()
	r := testRepository(t, Options{})
	add(t, r, commitA, "same", "h1", "one")
	add(t, r, commitA, "only/a", "h2", "twotwo")
	add(t, r, commitB, "same", "h1", "one")
	add(t, r, commitB, "bad", "h3", "three")
	for revision, commit := range map[string]string{"main": commitB, "old": commitA} {
		if err := r.SetRef(revision, commit); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(r.Blob("h4.hfspark.incomplete"), make([]byte, 10), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := r.cache.Repositories()
	if err != nil || len(got) != 1 {
		t.Fatal(got, err)
	}
	got[0].Used = time.Time{}
	want := Cached{Kind: "dataset", ID: "acme/data", Bytes: 14, Files: 3, Partial: 10, Revisions: []Revision{
		{Commit: commitA, Refs: []string{"old"}, Files: 2, Bytes: 9}, {Commit: commitB, Refs: []string{"main"}, Files: 2, Bytes: 8},
	}}
	if diff := cmp.Diff(want, got[0]); diff != "" {
		t.Error(diff)
	}
	checked, problems, err := r.Check(commitB, func(_, etag string) (bool, error) { return etag == "h1", nil })
	if err != nil || checked != 2 || len(problems) != 1 || problems[0].Path != "bad" {
		t.Error(checked, problems, err)
	}
	freed, err := r.Remove(commitA)
	if err != nil || freed != 6 || r.HasBlob("h2", -1) || !r.HasBlob("h1", 3) {
		t.Error(freed, err)
	}
	if _, ok := r.Ref("old"); ok {
		t.Error("the ref is left")
	}
	if freed, err = r.Remove(); err != nil || freed != 8 {
		t.Error(freed, err)
	}
	if got, err := r.cache.Repositories(); err != nil || len(got) != 0 {
		t.Error(got, err)
	}
}

func TestLocalDirKnows(t *testing.T) {
	t.Parallel()
	l, err := OpenLocalDir(filepath.Join(t.TempDir(), "new"))
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Prepare("a/b.csv"); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.WriteFile(l.File("a/b.csv"), nil, 0o600), l.SetKnown("a/b.csv", commitA, "hash")); err != nil {
		t.Fatal(err)
	}
	if commit, etag, ok := l.Known("a/b.csv"); !ok || commit != commitA || etag != "hash" {
		t.Error(commit, etag, ok)
	}
	later := time.Now().Add(time.Hour)
	if err := os.Chtimes(l.File("a/b.csv"), later, later); err != nil {
		t.Fatal(err)
	}
	if _, _, ok := l.Known("a/b.csv"); ok {
		t.Error("a changed file is taken for known")
	}
	for _, path := range []string{"../x", ".cache/huggingface/download/x.metadata", ".CACHE/HuggingFace"} {
		if l.Check(path) == nil {
			t.Errorf("%q was taken", path)
		}
	}
	if err := l.Check(".cache/other"); err != nil {
		t.Error(err)
	}
}

func FuzzCheckPath(f *testing.F) {
	for _, seed := range []string{"a/b", "../x", `a\..\x`, "C:x", "a//b", ".", "x\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		if CheckPath(path) != nil {
			return
		}
		if !filepath.IsLocal(path) || strings.HasPrefix(path, "/") {
			t.Errorf("%q leads out", path)
		}
	})
}

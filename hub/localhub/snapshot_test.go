package localhub

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hfspark/hfspark/hub/wire"
)

func TestObjectIDs(t *testing.T) {
	t.Parallel()
	// From git hash-object and git mktree.
	if got := objectID("blob", []byte("hello\n")); got != "ce013625030ba8dba906f756967f9e9ca394464a" {
		t.Error(got)
	}
	if got, err := treeID(nil); err != nil || got != "4b825dc642cb6eb9a060e54bf8d69288fbee4904" {
		t.Error(got, err)
	}
	if got, err := blobID(strings.NewReader("hello\n"), 6); err != nil || got != objectID("blob", []byte("hello\n")) {
		t.Error(got, err)
	}
	for _, size := range []int64{5, 7} {
		if _, err := blobID(strings.NewReader("hello\n"), size); err == nil {
			t.Errorf("a file that is not %d bytes long was hashed as one", size)
		}
	}
}

// TestTreesOfGit compares with git itself, with names whose order is easy to get wrong.
func TestTreesOfGit(t *testing.T) {
	t.Parallel()
	git, err := exec.LookPath("git")
	if err != nil {
		t.Skip("git is not installed")
	}
	names := []string{"a", "a.b", "a0", "a-b/x", "ab/c/d", "ab/c.d", "ab/c0", "ab.c", "B", "ü/ñ", " space", "z/y/x/w/v", "z/y.x"}
	root := t.TempDir()
	var files []*file
	for _, name := range names {
		put(t, root, name, "content of "+name)
		files = append(files, &file{path: name, oid: objectID("blob", []byte("content of "+name))})
	}
	run := func(args ...string) string {
		command := exec.Command(git, append([]string{"-C", root, "-c", "core.autocrlf=false"}, args...)...)
		out, err := command.Output()
		if err != nil {
			t.Fatalf("git %v: %v", args, err)
		}
		return string(out)
	}
	run("init", "-q")
	run("add", "-A")
	tree := strings.TrimSpace(run("write-tree"))
	want := map[string]string{}
	for line := range strings.SplitSeq(strings.TrimSuffix(run("ls-tree", "-r", "-t", "-z", tree), "\x00"), "\x00") {
		attributes, path, _ := strings.Cut(line, "\t")
		want[path] = strings.Fields(attributes)[2]
	}
	s, err := newSnapshot(files)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, e := range s.entries {
		got[e.Path] = e.OID
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if s.commit != commitID(tree) {
		t.Errorf("commit %s is not of tree %s", s.commit, tree)
	}
}

func paths(entries []wire.Entry) []string {
	var out []string
	for _, e := range entries {
		out = append(out, e.Path)
	}
	return out
}

func TestSnapshotList(t *testing.T) {
	t.Parallel()
	var files []*file
	for _, name := range []string{"b/c/d", "a", "b/a", "bc", "b.x"} {
		files = append(files, &file{path: name, oid: objectID("blob", nil)})
	}
	s, err := newSnapshot(files)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		dir       string
		recursive bool
		want      []string
		ok        bool
	}{
		{dir: "", want: []string{"a", "b.x", "b", "bc"}, ok: true},
		{dir: "", recursive: true, want: []string{"a", "b.x", "b", "b/a", "b/c", "b/c/d", "bc"}, ok: true},
		{dir: "b", want: []string{"b/a", "b/c"}, ok: true},
		{dir: "b", recursive: true, want: []string{"b/a", "b/c", "b/c/d"}, ok: true},
		{dir: "b/c", want: []string{"b/c/d"}, ok: true},
		{dir: "a"},
		{dir: "nope"},
		{dir: "."},
		{dir: ".."},
	}
	for _, tt := range tests {
		got, ok := s.list(tt.dir, tt.recursive)
		if diff := cmp.Diff(tt.want, paths(got)); diff != "" || ok != tt.ok {
			t.Errorf("%q recursive=%v: ok=%v %s", tt.dir, tt.recursive, ok, diff)
		}
	}
	empty, err := newSnapshot(nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := empty.list("", true); !ok || len(got) != 0 {
		t.Error("an empty repository has no empty root")
	}
}

func TestLargeFiles(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{"a.parquet": true, "a.PARQUET": true, "a.jsonl.gz": true, "a.csv": false, "parquet": false, "README.md": false} {
		if got := isLarge(name, 10, 100); got != want {
			t.Errorf("isLarge(%s) = %v", name, got)
		}
	}
	if !isLarge("a.csv", 100, 100) || isLarge("a.parquet", 0, 100) {
		t.Error("the size is not heeded")
	}
}

// TestWalk puts into a repository what may and what may not be served.
func TestWalk(t *testing.T) {
	t.Parallel()
	root := folder(t, map[string]string{
		AccessFile: "tokens: {hf_x: {user: x}}", "outside/secret/key.txt": "outside the repository, inside the root",
		"a/b/README.md": "r", "a/b/.gitattributes": "g", "a/b/.git/config": "no", "a/b/d/.cache/x": "no", "a/b/d/f.txt": "f",
		"a/b/empty/.git/x": "no", "a/b/bad\nname": "no", "a/b/back\\slash": "no", "a/b/bad\xffutf": "no",
	})
	elsewhere := folder(t, map[string]string{"passwd": "secret"})
	for link, target := range map[string]string{
		"a/b/inside.txt": "../../outside/secret/key.txt", "a/b/inside": "../../outside", "a/b/loop": "../b", "a/b/dangling": "nothing",
		"a/b/out.txt": elsewhere + "/passwd", "a/b/out": "../../../../../../../../../../etc", "a/b/access": "../../" + AccessFile,
		"a/outside": elsewhere,
	} {
		if err := os.Symlink(target, filepath.Join(root, link)); err != nil {
			t.Skip("no symbolic links here")
		}
	}
	if err := os.Link(filepath.Join(root, AccessFile), filepath.Join(root, "a/b/hard")); err != nil {
		t.Log(err)
	}
	s, err := newServer(Options{Root: root})
	if err != nil {
		t.Fatal(err)
	}
	defer s.store.root.Close()
	repo, err := s.store.find("a/b")
	if err != nil {
		t.Fatal(err)
	}
	snapshot, err := repo.current()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		".gitattributes", "README.md", "d", "d/f.txt", "inside.txt", "inside", "inside/secret", "inside/secret/key.txt",
	}
	if diff := cmp.Diff(want, paths(snapshot.entries)); diff != "" {
		t.Error(diff)
	}
	for _, id := range []string{"a/outside", "a/../a", "../a", "a/..", ".a/b", "a/b/c", "a", "", "a/nope", "nope/b"} {
		if r, err := s.store.find(id); r != nil || err != nil {
			t.Errorf("find(%q) = %v, %v", id, r, err)
		}
	}
}

func TestCapitals(t *testing.T) {
	t.Parallel()
	root := folder(t, map[string]string{"Acme/Data/x": "", "acme2/one/x": "", "acme2/ONE/x": ""})
	if _, err := os.Stat(filepath.Join(root, "ACME")); err == nil {
		t.Skip("this file system does not tell capitals apart")
	}
	s, err := newServer(Options{Root: root})
	if err != nil {
		t.Fatal(err)
	}
	defer s.store.root.Close()
	for id, want := range map[string]string{"acme/data": "Acme/Data", "Acme/Data": "Acme/Data", "acme2/one": "acme2/one", "acme2/ONE": "acme2/ONE", "acme2/One": ""} {
		r, err := s.store.find(id)
		got := ""
		if r != nil {
			got = r.id
		}
		if got != want || err != nil {
			t.Errorf("find(%q) = %q, %v; want %q", id, got, err, want)
		}
	}
}

// TestHashes changes a file in all the ways that a stamp shows, and in one that it does not show at once.
func TestHashes(t *testing.T) {
	t.Parallel()
	root := folder(t, map[string]string{"f": "one"})
	opened, err := os.OpenRoot(root)
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	h := &hashes{root: opened, known: map[hashKey]hashed{}}
	check := func(content string) {
		t.Helper()
		info, err := opened.Stat("f")
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := h.of("f", true, stampOf(info))
		sum := sha256.Sum256([]byte(content))
		if err != nil || got != hex.EncodeToString(sum[:]) {
			t.Errorf("hash of %q is %s, %v", content, got, err)
		}
	}
	check("one")
	put(t, root, "f", "two") // Same size, and perhaps the same time.
	check("two")
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(filepath.Join(root, "f"), old, old); err != nil {
		t.Fatal(err)
	}
	check("two")
	put(t, root, "f", "six")
	if err := os.Chtimes(filepath.Join(root, "f"), old, old); err != nil {
		t.Fatal(err)
	}
	check("two") // Nobody can see that without reading; this shows that it is not read again.
	put(t, root, "f", "three")
	check("three")
}

package store

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// folder makes a folder of the given files: path to content.
func folder(t testing.TB, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for path, content := range files {
		put(t, root, path, content)
	}
	return root
}

func TestObjectIDs(t *testing.T) {
	t.Parallel()
	// From git hash-object and git mktree.
	if got := objectID(kindBlob, []byte("hello\n")).String(); got != "ce013625030ba8dba906f756967f9e9ca394464a" {
		t.Error(got)
	}
	if got := emptyTree.String(); got != "4b825dc642cb6eb9a060e54bf8d69288fbee4904" {
		t.Error(got)
	}
	if got, err := blobID(strings.NewReader("hello\n"), 6); err != nil || got != objectID(kindBlob, []byte("hello\n")) {
		t.Error(got, err)
	}
	for _, size := range []int64{5, 7} {
		if _, err := blobID(strings.NewReader("hello\n"), size); err == nil {
			t.Errorf("a file that is not %d bytes long was hashed as one", size)
		}
	}
}

// snapshotOf returns the snapshot of a revision.
func snapshotOf(t testing.TB, r *Repository, revision string) *Snapshot {
	t.Helper()
	sha, err := r.Resolve(revision)
	if err != nil {
		t.Fatal(err)
	}
	s, err := r.Snapshot(sha)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func repositoryOf(t testing.TB, s *Store, id string) *Repository {
	t.Helper()
	r, err := s.Repository(id)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// paths lists the entries of a snapshot, folders with a slash.
func paths(t testing.TB, s *Snapshot) []string {
	t.Helper()
	var out []string
	for e, err := range s.Entries() {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, e.key())
	}
	return out
}

// oddNames are names whose order is easy to get wrong.
var oddNames = []string{"a", "a.b", "a0", "a-b/x", "ab/c/d", "ab/c.d", "ab/c0", "ab.c", "B", "ü/ñ", " space", "z/y/x/w/v", "z/y.x"}

// TestTreesOfGit compares a plain folder with git itself, and with what becomes of it when it is imported.
func TestTreesOfGit(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for _, name := range oddNames {
		put(t, root, "acme/data/"+name, "content of "+name)
	}
	put(t, root, "acme/data/large.bin", "large")
	s := open(t, root)
	r := repositoryOf(t, s, "acme/data")
	before := snapshotOf(t, r, "main")
	listed := paths(t, before)
	if !r.Plain() {
		t.Error("not plain")
	}
	if err := r.CreateTag("v1", before.Commit().SHA, "", ""); err != nil {
		t.Fatal(err)
	}
	after := snapshotOf(t, r, "v1")
	if r.Plain() || after.Commit().SHA != before.Commit().SHA {
		t.Errorf("the import changed the commit: %s, %s", before.Commit().SHA, after.Commit().SHA)
	}
	if diff := cmp.Diff(listed, paths(t, after)); diff != "" {
		t.Error(diff)
	}
	fsck(t, r.folder())
	var ofGit []string
	for line := range strings.SplitSeq(gitRun(t, r.folder(), "-c", "core.quotePath=false", "ls-tree", "-r", "-t", "main"), "\n") {
		attributes, path, _ := strings.Cut(line, "\t")
		if strings.Contains(attributes, " tree ") {
			path += "/"
		}
		ofGit = append(ofGit, path)
	}
	if diff := cmp.Diff(ofGit, listed); diff != "" {
		t.Error(diff)
	}
	put(t, root, "acme/data/later", "not looked at any more")
	want := map[string]string{"large.bin": "large"}
	for _, name := range oddNames {
		want[name] = "content of " + name
	}
	if diff := cmp.Diff(want, contents(t, r, "main")); diff != "" {
		t.Error(diff)
	}
}

func TestPages(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for _, name := range []string{"b/c/d", "a", "b/a", "bc", "b.x"} {
		put(t, root, "acme/plain/"+name, "")
	}
	s := open(t, root)
	managed, err := s.Duplicate("acme/plain", "acme/managed", Settings{})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		dir       string
		recursive bool
		want      []string // nil: no such folder
	}{
		{dir: "", want: []string{"a", "b.x", "b/", "bc"}},
		{dir: "", recursive: true, want: []string{"a", "b.x", "b/", "b/a", "b/c/", "b/c/d", "bc"}},
		{dir: "b", want: []string{"b/a", "b/c/"}},
		{dir: "b", recursive: true, want: []string{"b/a", "b/c/", "b/c/d"}},
		{dir: "b/c", want: []string{"b/c/d"}},
		{dir: "a"},
		{dir: "nope"},
		{dir: "."},
		{dir: ".."},
		{dir: "b/"},
	}
	for _, r := range []*Repository{repositoryOf(t, s, "acme/plain"), managed} {
		at := snapshotOf(t, r, "")
		for _, tt := range tests {
			for limit := 1; limit < 8; limit++ {
				var got []string
				pages := 0
				for cursor, more := 0, true; more; pages++ {
					entries, next, err := at.Page(tt.dir, tt.recursive, cursor, limit)
					if errors.Is(err, ErrNoEntry) {
						break
					}
					if err != nil || len(entries) > limit {
						t.Fatal(len(entries), err)
					}
					for _, e := range entries {
						got = append(got, e.key())
					}
					cursor, more = next, next > 0
				}
				if diff := cmp.Diff(tt.want, got); diff != "" || pages != (len(tt.want)+limit-1)/limit {
					t.Errorf("%s %q recursive=%v limit=%d: %d pages %s", r.ID(), tt.dir, tt.recursive, limit, pages, diff)
				}
			}
		}
	}
}

func TestLargeFiles(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{"a.parquet": true, "a.PARQUET": true, "a.jsonl.gz": true, "a.csv": false, "parquet": false, "README.md": false} {
		if got := IsLarge(name, 10, 100); got != want {
			t.Errorf("IsLarge(%s) = %v", name, got)
		}
	}
	if !IsLarge("a.csv", 100, 100) || IsLarge("a.parquet", 0, 100) {
		t.Error("the size is not heeded")
	}
}

// TestWalk puts into a folder what may and what may not be served.
func TestWalk(t *testing.T) {
	t.Parallel()
	const secret = "access.yaml"
	root := folder(t, map[string]string{
		secret: "tokens: {hf_x: {user: x}}", "outside/secret/key.txt": "outside the repository, inside the root",
		"a/b/README.md": "r", "a/b/.gitattributes": "g", "a/b/.git/config": "no", "a/b/d/.cache/x": "no", "a/b/d/f.txt": "f",
		"a/b/empty/.git/x": "no", "a/b/bad\nname": "no", "a/b/back\\slash": "no", "a/b/bad\xffutf": "no",
		Folder + "/objects/ab/x": "no",
	})
	elsewhere := folder(t, map[string]string{"passwd": "secret"})
	for link, target := range map[string]string{
		"a/b/inside.txt": "../../outside/secret/key.txt", "a/b/inside": "../../outside", "a/b/loop": "../b", "a/b/dangling": "nothing",
		"a/b/out.txt": elsewhere + "/passwd", "a/b/out": "../../../../../../../../../../etc", "a/b/access": "../../" + secret,
		"a/outside": elsewhere, "a/b/own": "../../" + Folder, "a/b/own2": "../../" + Folder + "/objects", "a/b/own3": "../../" + Folder + "/objects/ab/x",
	} {
		if err := os.Symlink(target, filepath.Join(root, link)); err != nil {
			t.Skip("no symbolic links here")
		}
	}
	if err := os.Link(filepath.Join(root, secret), filepath.Join(root, "a/b/hard")); err != nil {
		t.Log(err)
	}
	info, err := os.Stat(filepath.Join(root, secret))
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(root, Options{Hidden: []os.FileInfo{info}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	want := []string{".gitattributes", "README.md", "d/", "d/f.txt", "inside.txt", "inside/", "inside/secret/", "inside/secret/key.txt"}
	if diff := cmp.Diff(want, paths(t, snapshotOf(t, repositoryOf(t, s, "a/b"), "main"))); diff != "" {
		t.Error(diff)
	}
	for _, id := range []string{"a/outside", "a/../a", "../a", "a/..", ".a/b", "a/b/c", "a", "", "a/nope", "nope/b", Folder + "/objects"} {
		if r, err := s.Repository(id); r != nil || !errors.Is(err, ErrNotFound) {
			t.Errorf("Repository(%q) = %v, %v", id, r, err)
		}
	}
}

func TestCapitals(t *testing.T) {
	t.Parallel()
	root := folder(t, map[string]string{"Acme/Data/x": "", "acme2/one/x": "", "acme2/ONE/x": ""})
	if _, err := os.Stat(filepath.Join(root, "ACME")); err == nil {
		t.Skip("this file system does not tell capitals apart")
	}
	s := open(t, root)
	if _, err := s.Create("acme/Managed", Settings{}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Create("ACME/DATA", Settings{}); !errors.Is(err, ErrExists) {
		t.Error(err)
	}
	for id, want := range map[string]string{
		"acme/data": "Acme/Data", "Acme/Data": "Acme/Data", "acme2/one": "acme2/one", "acme2/ONE": "acme2/ONE", "acme2/One": "", "ACME/managed": "acme/Managed",
	} {
		r, err := s.Repository(id)
		got := ""
		if err == nil {
			got = r.ID()
		}
		if got != want || (want == "") != errors.Is(err, ErrNotFound) {
			t.Errorf("Repository(%q) = %q, %v; want %q", id, got, err, want)
		}
	}
	var all []string
	for r, err := range s.Repositories() {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r.ID())
	}
	if diff := cmp.Diff([]string{"Acme/Data", "acme/Managed", "acme2/ONE", "acme2/one"}, all); diff != "" {
		t.Error(diff)
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
		if err != nil || got != hashOf(content) {
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

// TestListingsFollow compares the listing that is made from a former one with one that is made from nothing.
func TestListingsFollow(t *testing.T) {
	t.Parallel()
	r := created(t)
	var operations []Operation
	for _, name := range oddNames {
		operations = append(operations, add(t, r, "x/"+name, name), add(t, r, name, name))
	}
	for _, change := range [][]Operation{
		operations,
		{add(t, r, "x/a", "2"), add(t, r, "x/z/y/x/w/u", "new"), remove("ab")},
		{remove("x"), add(t, r, "y.bin", "large"), add(t, r, "\x20", "blank")},
		{add(t, r, "a.b", "2"), remove("z/y/x")},
	} {
		commit(t, r, change...)
		s := snapshotOf(t, r, "main")
		fresh := &listings{git: r.managed(), memory: true}
		tree, _ := parseOID(s.Commit().Tree)
		made, err := fresh.make(tree)
		if err != nil {
			t.Fatal(err)
		}
		again := *s
		again.listing = made
		var one, two []Entry
		for e := range s.Entries() {
			one = append(one, e)
		}
		for e := range again.Entries() {
			two = append(two, e)
		}
		if diff := cmp.Diff(two, one); diff != "" || s.Bytes() != made.used || s.Len() != made.n {
			t.Error(diff)
		}
		for _, e := range one {
			if got, err := s.Entry(e.Path); err != nil || got != e {
				t.Errorf("%+v, %v; want %+v", got, err, e)
			}
		}
		keys := paths(t, s)
		if !slices.IsSorted(keys) {
			t.Errorf("not in order: %q", keys)
		}
	}
}

// TestDamagedListing damages the cache, and throws it away while it is in use.
func TestDamagedListing(t *testing.T) {
	t.Parallel()
	r := created(t)
	commit(t, r, add(t, r, "a", "1"))
	s := snapshotOf(t, r, "main")
	want := paths(t, s)
	if err := os.RemoveAll(r.listingsOf(r.managed()).folder()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, paths(t, s)); diff != "" {
		t.Error(diff)
	}
	content, err := os.ReadFile(s.listing.path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(r.listingsOf(r.managed()).folder()); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(r.listingsOf(r.managed()).folder(), nil, 0o600); err != nil { // So that none can be written.
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, paths(t, s)); diff != "" {
		t.Error(diff)
	}
	if err := os.Remove(r.listingsOf(r.managed()).folder()); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(r.listingsOf(r.managed()).folder(), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, bad := range [][]byte{nil, content[:len(content)-1], append(slices.Clone(content[:10]), make([]byte, len(content)-10)...)} {
		if err := os.WriteFile(s.listing.path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		again := &Repository{id: r.id, store: r.store, git: r.managed()}
		if diff := cmp.Diff(want, paths(t, snapshotOf(t, again, "main"))); diff != "" {
			t.Error(diff)
		}
	}
}

func TestPlainRevisions(t *testing.T) {
	t.Parallel()
	root := folder(t, map[string]string{"a/b/x": "1", "a/b/y": "same"})
	r := repositoryOf(t, open(t, root), "a/b")
	first := snapshotOf(t, r, "")
	put(t, root, "a/b/x", "22")
	second := snapshotOf(t, r, "HEAD")
	if first.Commit().SHA == second.Commit().SHA {
		t.Fatal("a change made no commit")
	}
	for _, revision := range []string{first.Commit().SHA, first.Commit().SHA[:10]} {
		if got, err := r.Resolve(revision); err != nil || got != first.Commit().SHA {
			t.Errorf("%s is %s, %v", revision, got, err)
		}
	}
	for _, revision := range []string{"nope", "refs/tags/main", strings.Repeat("0", 40), first.Commit().SHA[:3]} {
		if _, err := r.Resolve(revision); !errors.Is(err, ErrRevision) {
			t.Errorf("%s: %v", revision, err)
		}
	}
	for path, gone := range map[string]bool{"x": true, "y": false} {
		e, err := first.Entry(path)
		if err != nil {
			t.Fatal(err)
		}
		f, err := first.Open(e)
		if errors.Is(err, ErrGone) != gone {
			t.Errorf("%s: %v", path, err)
		}
		if err == nil {
			_ = f.Close()
		}
	}
	refs, err := r.Refs()
	if err != nil || len(refs.Branches) != 1 || refs.Branches[0].Commit != second.Commit().SHA {
		t.Errorf("%+v, %v", refs, err)
	}
	last, err := second.LastCommits([]string{"x"})
	if err != nil || !maps.EqualFunc(last, map[string]Commit{"x": second.Commit()}, func(a, b Commit) bool { return a.SHA == b.SHA }) {
		t.Errorf("%+v, %v", last, err)
	}
}

package store

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRefs(t *testing.T) {
	t.Parallel()
	r := created(t)
	first := commit(t, r, add(t, r, "a", "1"))
	second := commit(t, r, add(t, r, "a", "2"))
	steps := []struct {
		name string
		do   func() error
		want error
	}{
		{"branch", func() error { return r.CreateBranch("feat/x", first, BranchOptions{}) }, nil},
		{"same branch", func() error { return r.CreateBranch("feat/x", first, BranchOptions{}) }, ErrExists},
		{"branch above", func() error { return r.CreateBranch("feat", first, BranchOptions{}) }, ErrExists},
		{"branch below", func() error { return r.CreateBranch("main/x", first, BranchOptions{}) }, ErrExists},
		{"bad name", func() error { return r.CreateBranch("../../x", first, BranchOptions{}) }, ErrBadName},
		{"odd name", func() error { return r.CreateBranch("a..b", first, BranchOptions{}) }, ErrBadName},
		{"pull request as branch", func() error { return r.CreateBranch("refs/pr/1", first, BranchOptions{}) }, ErrBadName},
		{"no commit", func() error { return r.CreateBranch("y", strings.Repeat("0", 40), BranchOptions{}) }, ErrRevision},
		{"replaced", func() error { return r.CreateBranch("feat/x", second, BranchOptions{Replace: true}) }, nil},
		{"replaced again", func() error { return r.CreateBranch("feat/x", first, BranchOptions{Replace: true}) }, nil},
		{"replaced above", func() error { return r.CreateBranch("feat", first, BranchOptions{Replace: true}) }, ErrExists},
		{"empty where one is", func() error { return r.CreateBranch("feat/x", "", BranchOptions{Empty: true}) }, ErrExists},
		{"convert", func() error { return r.CreateBranch("refs/convert/parquet", first, BranchOptions{}) }, nil},
		{"tag", func() error { return r.CreateTag("v1", first, "", "") }, nil},
		{"annotated tag", func() error { return r.CreateTag("v2", second, "release\n\nnotes", "bob") }, nil},
		{"same tag", func() error { return r.CreateTag("v2", second, "", "") }, ErrExists},
		{"main", func() error { return r.DeleteBranch("main") }, ErrProtected},
		{"main in full", func() error { return r.DeleteBranch(MainRef) }, ErrProtected},
		{"tag as branch", func() error { return r.DeleteBranch("refs/tags/v1") }, ErrBadName},
		{"no branch", func() error { return r.DeleteBranch("nope") }, ErrRevision},
		{"no tag", func() error { return r.DeleteTag("nope") }, ErrRevision},
	}
	for _, step := range steps {
		if err := step.do(); !errors.Is(err, step.want) {
			t.Errorf("%s: %v", step.name, err)
		}
	}
	gitRun(t, r.folder(), "pack-refs", "--all")
	if err := r.CreateBranch("later", second, BranchOptions{}); err != nil {
		t.Error(err)
	}
	for revision, want := range map[string]string{
		"": second, "HEAD": second, "main": second, "refs/heads/main": second, "feat/x": first, "refs/heads/feat/x": first, "v1": first,
		"v2": second, "refs/tags/v2": second, "refs/convert/parquet": first, first: first, first[:4]: first, first[:39]: first, "later": second,
		"nope": "", "refs/heads/nope": "", first[:3]: "", "refs/heads": "", "../HEAD": "", "refs/heads/../heads/main": "", strings.ToUpper(first): "",
		snapshotOf(t, r, "main").Commit().Tree: "", "refs/pr/1": "", strings.Repeat("0", 40): "",
	} {
		got, err := r.Resolve(revision)
		if got != want || (want == "") != errors.Is(err, ErrRevision) {
			t.Errorf("%q is %s, %v; want %s", revision, got, err, want)
		}
	}
	got, err := r.Refs()
	if err != nil {
		t.Fatal(err)
	}
	want := Refs{
		Branches: []Ref{{"main", MainRef, second}, {"feat/x", "refs/heads/feat/x", first}, {"later", "refs/heads/later", second}},
		Tags:     []Ref{{"v1", "refs/tags/v1", first}, {"v2", "refs/tags/v2", second}},
		Converts: []Ref{{"parquet", "refs/convert/parquet", first}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	fsck(t, r.folder())
	if err := errors.Join(r.DeleteBranch("feat/x"), r.DeleteTag("v2"), r.DeleteBranch("later"), r.CreateBranch("feat", second, BranchOptions{})); err != nil {
		t.Error(err)
	}
	for _, gone := range []string{"feat/x", "v2", "later"} {
		if _, err := r.Resolve(gone); !errors.Is(err, ErrRevision) {
			t.Errorf("%s: %v", gone, err)
		}
	}
	fsck(t, r.folder())
}

func TestLogAndSquash(t *testing.T) {
	t.Parallel()
	r := created(t)
	var want []string
	for _, title := range []string{"one", "two\nlines", "three"} {
		result, err := r.Commit(t.Context(), Change{
			Ref: MainRef, Title: title, Description: "more\n\nof it", Author: "Ada <x>", Operations: []Operation{add(t, r, "f", title)},
		})
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, result.Commit)
	}
	slices.Reverse(want)
	var got []Commit
	for c, err := range r.Log(want[0]) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, c)
	}
	if len(got) != 4 || got[0].SHA != want[0] || got[2].SHA != want[2] || got[1].Title != "two" || got[1].Message != "lines\n\nmore\n\nof it" ||
		got[0].Author != "Ada x" || got[3].Title != "initial commit" || got[3].Author != "alice" {
		t.Errorf("%+v", got)
	}
	before := contents(t, r, "main")
	sha, err := r.Squash("main", "all in one", "alice")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for c := range r.Log(sha) {
		n++
		if c.Title != "all in one" {
			t.Errorf("%+v", c)
		}
	}
	if diff := cmp.Diff(before, contents(t, r, "main")); diff != "" || n != 1 {
		t.Error(n, diff)
	}
	if _, err := r.Squash("nope", "x", "y"); !errors.Is(err, ErrRevision) {
		t.Error(err)
	}
	if got := contents(t, r, want[2]); got["f"] != "one" {
		t.Error("the old history is gone")
	}
	fsck(t, r.folder())
}

func TestLastCommits(t *testing.T) {
	t.Parallel()
	r := created(t)
	first := commit(t, r, add(t, r, "a/x", "1"), add(t, r, "a/y", "1"), add(t, r, "b", "1"))
	second := commit(t, r, add(t, r, "a/x", "2"))
	third := commit(t, r, add(t, r, "a/z/w", "3"))
	s := snapshotOf(t, r, "main")
	got, err := s.LastCommits([]string{"a/x", "a/y", "b", "a", "a/z", "a/z/w", ".gitattributes"})
	if err != nil {
		t.Fatal(err)
	}
	root := ""
	for c := range r.Log(third) {
		root = c.SHA
	}
	shas := map[string]string{}
	for path, c := range got {
		shas[path] = c.SHA
	}
	want := map[string]string{"a/x": second, "a/y": first, "b": first, "a": third, "a/z": third, "a/z/w": third, ".gitattributes": root}
	if diff := cmp.Diff(want, shas); diff != "" {
		t.Error(diff)
	}
}

func TestPullRequests(t *testing.T) {
	t.Parallel()
	r := created(t)
	base := commit(t, r, add(t, r, "a", "1"), add(t, r, "d/b", "1"), add(t, r, "c", "1"))
	request := func(parent string, operations ...Operation) Result {
		t.Helper()
		result, err := r.Commit(t.Context(), Change{
			Ref: MainRef, Parent: parent, Title: "please", Description: "now", Author: "bob", PullRequest: true, Operations: operations,
		})
		if err != nil {
			t.Fatal(err)
		}
		return result
	}
	one := request("", add(t, r, "a", "2"), remove("d"), add(t, r, "d", "a file now"))
	if one.PullRequest != 1 || one.Ref != "refs/pr/1" {
		t.Errorf("%+v", one)
	}
	if tip, _ := r.Resolve("main"); tip != base {
		t.Error("main has moved")
	}
	number, err := r.Discuss(Discussion{Title: "a question", Author: "eve"})
	if err != nil || number != 2 {
		t.Error(number, err)
	}
	if _, err := r.Commit(t.Context(), Change{Ref: one.Ref, Title: "more", Operations: []Operation{add(t, r, "e.bin", "large")}}); err != nil {
		t.Error(err)
	}
	moved := commit(t, r, add(t, r, "c", "2"))
	late := request(base, add(t, r, "c", "3"))
	if late.PullRequest != 3 {
		t.Errorf("%+v", late)
	}
	merged, err := r.Merge(t.Context(), 1, "", "", "alice")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{".gitattributes": string(GitAttributes()), "a": "2", "d": "a file now", "c": "2", "e.bin": "large"}
	if diff := cmp.Diff(want, contents(t, r, "main")); diff != "" {
		t.Error(diff)
	}
	if c := snapshotOf(t, r, "main").Commit(); c.SHA != merged.Commit || c.Title != "please (#1)" || !slices.Equal(c.Parents, []string{moved}) {
		t.Errorf("%+v", c)
	}
	for number, want := range map[int]error{1: ErrConflict, 2: ErrRevision, 3: ErrConflict, 4: ErrRevision} {
		if _, err := r.Merge(t.Context(), number, "", "", "alice"); !errors.Is(err, want) {
			t.Errorf("merge %d: %v", number, err)
		}
	}
	settings, err := r.Settings()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range settings.Discussions {
		got = append(got, strings.Join([]string{d.Title, d.Author, d.Status, d.Target}, "|"))
	}
	if diff := cmp.Diff([]string{"please|bob|merged|refs/heads/main", "a question|eve|open|", "please|bob|open|refs/heads/main"}, got); diff != "" {
		t.Error(diff)
	}
	// A process that ended between the ref and the settings.
	if err := r.Update(func(s *Settings) error { s.Discussions = s.Discussions[:2]; return nil }); err != nil {
		t.Fatal(err)
	}
	r.store.forget(r.id)
	again := repositoryOf(t, r.store, r.id)
	if settings, err := again.Settings(); err != nil || len(settings.Discussions) != 3 || settings.Discussions[2].Number != 3 || settings.Discussions[2].Title != "please" {
		t.Errorf("%+v, %v", settings, err)
	}
	if err := r.close(); err != nil {
		t.Error(err)
	}
	draft, err := again.Discuss(Discussion{Title: "draft", PullRequest: true, Status: StatusDraft})
	if err != nil || draft != 4 {
		t.Error(draft, err)
	}
	if sha, err := again.Resolve("refs/pr/4"); err != nil || sha != merged.Commit {
		t.Error(sha, err)
	}
	fsck(t, r.folder())
}

// TestWhatGitDoes has git change a repository: loose objects, packs with differences, packed refs.
func TestWhatGitDoes(t *testing.T) {
	t.Parallel()
	r := created(t)
	text := strings.Repeat("a line that is much like the others\n", 200)
	for i := range 10 {
		commit(t, r, add(t, r, "text", text+strings.Repeat("x", i)), add(t, r, "d/"+strings.Repeat("y", i+1), "y"))
	}
	want := contents(t, r, "main")
	gitRun(t, r.folder(), "repack", "-a", "-d", "-f", "--depth=50")
	gitRun(t, r.folder(), "pack-refs", "--all")
	if out := gitRun(t, r.folder(), "count-objects", "-v"); !strings.Contains(out, "packs: 1") {
		t.Error(out)
	}
	blob := gitRun(t, r.folder(), "hash-object", "-w", "--stdin")
	tree := gitRun(t, r.folder(), "rev-parse", "main^{tree}")
	sha := gitRun(t, r.folder(), "commit-tree", "-p", "main", "-m", "by git", tree)
	gitRun(t, r.folder(), "update-ref", "refs/heads/git", sha)
	root := r.store.path
	if err := r.store.Close(); err != nil {
		t.Fatal(err)
	}
	again := repositoryOf(t, open(t, root), "acme/data")
	for _, revision := range []string{"main", "git", sha[:8]} {
		if diff := cmp.Diff(want, contents(t, again, revision)); diff != "" {
			t.Errorf("%s: %s", revision, diff)
		}
	}
	if c := snapshotOf(t, again, "git").Commit(); c.Title != "by git" || c.Author != "x" {
		t.Errorf("%+v", c)
	}
	if _, err := again.Commit(context.Background(), Change{Ref: "refs/heads/git", Operations: []Operation{{Kind: Add, Path: "empty", OID: blob}}}); err != nil {
		t.Error(err)
	}
	for i := range 2 * maxPacks {
		commit(t, again, add(t, again, "text", text+strings.Repeat("z", i)))
	}
	if n := len(again.managed().objects.packs); n > maxPacks+1 {
		t.Errorf("%d packs", n)
	}
	fsck(t, again.folder())
}

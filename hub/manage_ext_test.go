package hub_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hfspark/hfspark/hub"
	"github.com/hfspark/hfspark/hub/localhub"
)

// managedHub is a Hub without repositories that knows some people: alice writes, reader is alice with a token for reading, bob is
// another user, and both are members of the organization acme, where bob may only read.
type managedHub struct{ *localhub.Server }

const managedAccess = `
organizations: {acme: {members: {alice: write, bob: read}}}
tokens:
  hf_alicealice: {user: alice, name: laptop, role: write}
  hf_readerreader: {user: alice, name: reader, role: read}
  hf_bobbobbob: {user: bob, role: write}
`

func startManaged(t *testing.T) managedHub {
	t.Helper()
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, localhub.AccessFile), []byte(managedAccess), 0o600); err != nil {
		t.Fatal(err)
	}
	server, err := localhub.Start(t.Context(), localhub.Options{Root: root})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return managedHub{server}
}

// as makes a client of a user's; "" is anonymous.
func (h managedHub) as(t *testing.T, token string) *hub.Client {
	t.Helper()
	c, err := hub.New(hub.Options{Endpoint: h.URL(), Token: token, Anonymous: token == "", Retry: hub.Retry{Base: time.Millisecond, Cap: time.Millisecond}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// must ends the test with an error.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// refused checks the class of an error, and that it says things.
func refused(t *testing.T, err, class error, says ...string) {
	t.Helper()
	var e *hub.Error
	if !errors.Is(err, class) || !errors.As(err, &e) {
		t.Errorf("err = %v, want %v", err, class)
		return
	}
	for _, s := range says {
		if !strings.Contains(err.Error(), s) {
			t.Errorf("%q does not say %q", err, s)
		}
	}
	if strings.Contains(err.Error(), "hf_") || (e.Status != 0 && e.RequestID == "") {
		t.Errorf("%#v", e)
	}
}

func yes(b bool) *bool         { return &b }
func text(s string) *string    { return &s }
func names(r []hub.Ref) string { return joined(r, func(r hub.Ref) string { return r.Name }) }

func joined[T any](items []T, name func(T) string) string {
	out := make([]string, len(items))
	for i, item := range items {
		out[i] = name(item)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

func TestManageRepositories(t *testing.T) {
	t.Parallel()
	h := startManaged(t)
	alice, bob, nobody := h.as(t, "hf_alicealice"), h.as(t, "hf_bobbobbob"), h.as(t, "")
	ctx := t.Context()

	me, err := alice.WhoAmI(ctx)
	must(t, err)
	if me.Name != "alice" || me.TokenName != "laptop" || me.TokenRole != "write" || !slices.Equal(me.Organizations, []string{"acme"}) {
		t.Errorf("%+v", me)
	}
	_, err = h.as(t, "hf_unknown").WhoAmI(ctx)
	refused(t, err, hub.ErrUnauthorized)

	repo, err := alice.CreateRepo(ctx, hub.Dataset("mine"), hub.RepoOptions{Private: yes(true)})
	must(t, err)
	if repo != hub.Dataset("alice/mine") {
		t.Errorf("created %v", repo)
	}
	_, err = alice.CreateRepo(ctx, repo, hub.RepoOptions{})
	refused(t, err, hub.ErrExists)
	again, err := alice.CreateRepo(ctx, hub.Dataset("Alice/Mine"), hub.RepoOptions{ExistOK: true})
	must(t, err)
	if !strings.EqualFold(again.ID, repo.ID) {
		t.Errorf("exists as %v", again)
	}
	info, err := alice.Info(ctx, repo, "")
	must(t, err)
	if !info.Private || info.SHA == "" {
		t.Errorf("%+v", info)
	}
	for name, c := range map[string]*hub.Client{"bob": bob, "nobody": nobody} {
		_, err := c.Info(ctx, repo, "")
		if refused(t, err, hub.ErrRepositoryNotFound); !hub.AccessProblem(err) || hub.Retryable(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, err := range map[string]error{
		"create without token":    second(nobody.CreateRepo(ctx, hub.Dataset("alice/other"), hub.RepoOptions{})),
		"create for another":      second(bob.CreateRepo(ctx, hub.Dataset("alice/other"), hub.RepoOptions{})),
		"create where one reads":  second(bob.CreateRepo(ctx, hub.Dataset("acme/other"), hub.RepoOptions{})),
		"create with read token":  second(h.as(t, "hf_readerreader").CreateRepo(ctx, hub.Dataset("alice/other"), hub.RepoOptions{})),
		"delete with read token":  h.as(t, "hf_readerreader").DeleteRepo(ctx, repo, false),
		"branch with read token":  h.as(t, "hf_readerreader").CreateBranch(ctx, repo, "x", hub.BranchOptions{}),
		"setting with read token": h.as(t, "hf_readerreader").UpdateSettings(ctx, repo, hub.Settings{Gated: text("auto")}),
		"check with read token":   h.as(t, "hf_readerreader").AuthCheck(ctx, repo, true),
	} {
		if refused(t, err, hub.ErrUnauthorized); errors.Is(err, hub.ErrForbidden) == (name == "create without token") {
			t.Errorf("%s: %v", name, err)
		}
	}
	must(t, h.as(t, "hf_readerreader").AuthCheck(ctx, repo, false))
	must(t, alice.AuthCheck(ctx, repo, true))
	refused(t, bob.AuthCheck(ctx, repo, false), hub.ErrRepositoryNotFound)

	must(t, alice.UpdateSettings(ctx, repo, hub.Settings{Private: yes(false), Gated: text("manual")}))
	info, err = bob.Info(ctx, repo, "")
	must(t, err)
	if info.Private || info.Gated != "manual" {
		t.Errorf("%+v", info)
	}
	refused(t, bob.AuthCheck(ctx, repo, false), hub.ErrGated)
	refused(t, bob.DeleteRepo(ctx, repo, true), hub.ErrForbidden)
	must(t, alice.UpdateSettings(ctx, repo, hub.Settings{Gated: text("")}))
	must(t, bob.AuthCheck(ctx, repo, false))

	moved := hub.Dataset("acme/theirs")
	must(t, alice.MoveRepo(ctx, repo, moved))
	info, err = alice.Info(ctx, moved, "")
	must(t, err)
	if info.ID != moved.ID {
		t.Errorf("%+v", info)
	}
	_, err = alice.CreateRepo(ctx, hub.Dataset("alice/second"), hub.RepoOptions{})
	must(t, err)
	refused(t, alice.MoveRepo(ctx, hub.Dataset("alice/second"), moved), hub.ErrExists, "acme/theirs")
	refused(t, alice.MoveRepo(ctx, hub.Dataset("alice/none"), hub.Dataset("alice/third")), hub.ErrRepositoryNotFound)
	must(t, alice.DeleteRepo(ctx, moved, false))
	refused(t, alice.DeleteRepo(ctx, moved, false), hub.ErrRepositoryNotFound)
	must(t, alice.DeleteRepo(ctx, moved, true))
}

func second[T any](_ T, err error) error { return err }

func TestManageRevisions(t *testing.T) {
	t.Parallel()
	h := startManaged(t)
	alice, ctx := h.as(t, "hf_alicealice"), t.Context()
	repo, err := alice.CreateRepo(ctx, hub.Dataset("alice/data"), hub.RepoOptions{})
	must(t, err)
	commit := func(revision, title, path string) string {
		t.Helper()
		result, err := alice.Commit(ctx, repo, revision, hub.Commit{Summary: title, Operations: []hub.Operation{&hub.Add{Path: path, Content: hub.Bytes([]byte(title))}}})
		must(t, err)
		return result.OID
	}
	one := commit("main", "one", "a.txt")
	must(t, alice.CreateBranch(ctx, repo, "feat/x", hub.BranchOptions{}))
	must(t, alice.CreateBranch(ctx, repo, "old", hub.BranchOptions{From: one}))
	two := commit("feat/x", "two", "b.txt")
	must(t, alice.CreateTag(ctx, repo, "v1", hub.TagOptions{Revision: "feat/x", Message: "first"}))
	must(t, alice.CreateTag(ctx, repo, "v1", hub.TagOptions{ExistOK: true}))
	must(t, alice.CreateBranch(ctx, repo, "feat/x", hub.BranchOptions{ExistOK: true}))
	for _, tt := range []struct {
		err, class error
	}{
		{alice.CreateBranch(ctx, repo, "feat/x", hub.BranchOptions{}), hub.ErrExists},
		{alice.CreateTag(ctx, repo, "v1", hub.TagOptions{}), hub.ErrExists},
		{alice.CreateBranch(ctx, repo, "y", hub.BranchOptions{From: "nowhere"}), hub.ErrRevisionNotFound},
		{alice.CreateTag(ctx, repo, "v2", hub.TagOptions{Revision: "nowhere"}), hub.ErrRevisionNotFound},
		{alice.DeleteBranch(ctx, repo, "nowhere"), hub.ErrRevisionNotFound},
		{alice.DeleteTag(ctx, repo, "nowhere"), hub.ErrRevisionNotFound},
		{second(alice.Refs(ctx, hub.Dataset("alice/none"), true)), hub.ErrRepositoryNotFound},
		{alice.Squash(ctx, repo, "nowhere", ""), hub.ErrRevisionNotFound},
	} {
		refused(t, tt.err, tt.class)
	}
	if err := alice.DeleteBranch(ctx, repo, "main"); err == nil || !strings.Contains(err.Error(), "main") || hub.Retryable(err) {
		t.Errorf("err = %v", err)
	}
	refs, err := alice.Refs(ctx, repo, false)
	must(t, err)
	if got := names(refs.Branches) + " | " + names(refs.Tags); got != "feat/x main old | v1" {
		t.Errorf("refs %s", got)
	}
	for _, r := range append(refs.Branches, refs.Tags...) {
		want := map[string]string{"main": one, "old": one, "feat/x": two, "v1": two}[r.Name]
		if r.Commit != want {
			t.Errorf("%s is at %s, want %s", r.Name, r.Commit, want)
		}
	}
	history := func(revision string) string {
		t.Helper()
		var titles []string
		for commit, err := range alice.Commits(ctx, repo, revision) {
			must(t, err)
			if len(commit.ID) != 40 || commit.Date.IsZero() || len(commit.Authors) != 1 {
				t.Errorf("%+v", commit)
			}
			titles = append(titles, commit.Title)
		}
		return strings.Join(titles, ", ")
	}
	if got := history("v1"); got != "two, one, initial commit" {
		t.Errorf("history %s", got)
	}
	for _, err := range alice.Commits(ctx, repo, "nowhere") {
		refused(t, err, hub.ErrRevisionNotFound)
	}
	must(t, alice.Squash(ctx, repo, "feat/x", "all in one"))
	if got := history("feat/x"); got != "all in one" {
		t.Errorf("history %s", got)
	}
	must(t, alice.DeleteBranch(ctx, repo, "feat/x"))
	must(t, alice.DeleteTag(ctx, repo, "v1"))
	if _, err := alice.Info(ctx, repo, "feat/x"); !errors.Is(err, hub.ErrRevisionNotFound) {
		t.Errorf("err = %v", err)
	}
}

func TestManagePullRequests(t *testing.T) {
	t.Parallel()
	h := startManaged(t)
	alice, bob, ctx := h.as(t, "hf_alicealice"), h.as(t, "hf_bobbobbob"), t.Context()
	repo, err := alice.CreateRepo(ctx, hub.Dataset("alice/data"), hub.RepoOptions{})
	must(t, err)
	pr, err := bob.CreatePullRequest(ctx, repo, "Add a file", "Because.")
	must(t, err)
	if pr.Number != 1 || pr.Ref() != "refs/pr/1" || pr.Title != "Add a file" {
		t.Errorf("%+v", pr)
	}
	_, err = bob.Commit(ctx, repo, pr.Ref(), hub.Commit{Summary: "Add b", Operations: []hub.Operation{&hub.Add{Path: "b.txt", Content: hub.Bytes([]byte("b"))}}})
	must(t, err)
	content, err := alice.ReadFile(ctx, hub.File{Repo: repo, Revision: pr.Ref(), Path: "b.txt", Size: -1}, 10)
	must(t, err)
	if string(content) != "b" {
		t.Errorf("read %q", content)
	}
	refs, err := alice.Refs(ctx, repo, true)
	must(t, err)
	if names(refs.PullRequests) != "1" || refs.PullRequests[0].Ref != pr.Ref() {
		t.Errorf("%+v", refs.PullRequests)
	}
	refused(t, bob.MergePullRequest(ctx, repo, 1, ""), hub.ErrForbidden)
	refused(t, alice.MergePullRequest(ctx, repo, 9, ""), hub.ErrNotFound)
	must(t, alice.MergePullRequest(ctx, repo, 1, "Thanks."))
	merged, err := alice.PullRequest(ctx, repo, 1)
	must(t, err)
	if merged.Status != "merged" || merged.Author != "bob" || merged.Created.IsZero() {
		t.Errorf("%+v", merged)
	}
	_, err = alice.ReadFile(ctx, hub.File{Repo: repo, Path: "b.txt", Size: -1}, 10)
	must(t, err)
	other, err := bob.CreatePullRequest(ctx, repo, "Another", "")
	must(t, err)
	must(t, alice.ClosePullRequest(ctx, repo, other.Number, "No."))
	var all []hub.PullRequest
	for pr, err := range alice.PullRequests(ctx, repo, "") {
		must(t, err)
		all = append(all, pr)
	}
	if got := joined(all, func(p hub.PullRequest) string { return p.Title + ":" + p.Status }); got != "Add a file:merged Another:closed" {
		t.Errorf("pull requests %s", got)
	}
}

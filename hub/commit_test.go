package hub

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func add(path, content string) *Add { return &Add{Path: path, Content: Bytes([]byte(content))} }

func mustCommit(t *testing.T, c *Client, commit Commit) *CommitResult {
	t.Helper()
	if commit.Summary == "" {
		commit.Summary = "change"
	}
	result, err := c.Commit(t.Context(), testRepo, "", commit)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func TestCommit(t *testing.T) {
	t.Parallel()
	hub := newWriteHub(t)
	c := hub.client(t, Options{Token: testToken})
	big := strings.Repeat("x", 1<<20)
	first := mustCommit(t, c, Commit{Summary: "one", Operations: []Operation{
		add("a.txt", "hello"), add("empty.bin", ""), add("/data/b.bin", "LFS"), add("big.txt", big), add("README.md", "# hi"), add(`quote"<&>é.txt`, "q"),
	}})
	if first.OID != fakeID(1) || first.URL != hub.URL+"/datasets/acme/data/commit/"+fakeID(1) || first.Empty {
		t.Errorf("result %+v", first)
	}
	for path, want := range map[string]string{"a.txt": "hello", "empty.bin": "", "data/b.bin": "LFS", "big.txt": big, `quote"<&>é.txt`: "q"} {
		if got, ok := hub.file("main", path); !ok || got != want {
			t.Errorf("%s is %.20q", path, got)
		}
	}
	second := mustCommit(t, c, Commit{Parent: first.OID[:7] + first.OID[7:], Operations: []Operation{
		Copy{From: "data/b.bin", To: "data/c.bin"},
		DeleteFile{Path: "a.txt"},
		add("data/d.txt", "d"), add("data/b.bin", "LFS"),
	}})
	if second.Unchanged != 1 {
		t.Errorf("unchanged: %+v", second)
	}
	if _, there := hub.file("main", "a.txt"); there {
		t.Error("a.txt is still there")
	}
	if got, _ := hub.file("main", "data/c.bin"); got != "LFS" {
		t.Errorf("the copy is %q", got)
	}
	if puts := hub.count("PUT /storage"); puts != 1 {
		t.Errorf("%d uploads", puts)
	}
	mustCommit(t, c, Commit{Operations: []Operation{DeleteFolder{Path: "data/"}, add("data/b.bin", "LFS")}})
	if _, there := hub.file("main", "data/d.txt"); there {
		t.Error("data/d.txt is still there")
	}
	if got, there := hub.file("main", "data/b.bin"); !there || got != "LFS" {
		t.Error("data/b.bin was deleted, or left out as unchanged")
	}
}

func TestCommitNothing(t *testing.T) {
	t.Parallel()
	hub := newWriteHub(t)
	c := hub.client(t, Options{})
	operations := func() []Operation { return []Operation{add("a.txt", "1"), add("b.bin", "2")} }
	made := mustCommit(t, c, Commit{Operations: operations()})
	again := mustCommit(t, c, Commit{Operations: operations()})
	if !again.Empty || again.OID != made.OID || again.Unchanged != 2 || len(hub.history("main")) != 2 {
		t.Errorf("result %+v", again)
	}
	_, err := c.Commit(t.Context(), testRepo, "", Commit{Summary: "s", Parent: fakeID(0), Operations: operations()})
	if !errors.Is(err, ErrConflict) {
		t.Errorf("on a stale parent: %v", err)
	}
	hub.ignored = func(path string) bool { return path == "x.log" }
	result := mustCommit(t, c, Commit{Operations: []Operation{add("x.log", "log"), add("y", "y")}})
	if diff := cmp.Diff([]string{"x.log"}, result.Ignored); diff != "" {
		t.Error(diff)
	}
}

func TestCommitAgainAfterConflict(t *testing.T) {
	t.Parallel()
	hub := newWriteHub(t)
	c := hub.client(t, Options{})
	base := mustCommit(t, c, Commit{Operations: []Operation{add("a.bin", "old")}})
	mine := add("a.bin", "old") // The same as what is there: it must not stay "unchanged" once somebody has changed it.
	if err := c.Upload(t.Context(), testRepo, "", UploadOptions{}, mine); err != nil {
		t.Fatal(err)
	}
	other := mustCommit(t, c, Commit{Operations: []Operation{add("a.bin", "new")}})
	_, err := c.Commit(t.Context(), testRepo, "", Commit{Summary: "s", Parent: base.OID, Operations: []Operation{mine}})
	var e *Error
	if !errors.Is(err, ErrConflict) || !errors.As(err, &e) || e.Status != http.StatusPreconditionFailed {
		t.Fatalf("on a stale parent: %v", err)
	}
	puts := hub.count("PUT ")
	mustCommit(t, c, Commit{Parent: other.OID, Operations: []Operation{mine}})
	if got, _ := hub.file("main", "a.bin"); got != "old" {
		t.Errorf("a.bin is %q", got)
	}
	if hub.count("PUT ") != puts {
		t.Error("content was sent again")
	}
}

func TestCommitRefused(t *testing.T) {
	t.Parallel()
	hub := newWriteHub(t)
	c := hub.client(t, Options{})
	dir := t.TempDir()
	gone := filepath.Join(dir, "gone")
	if err := os.WriteFile(gone, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	vanished, err := LocalFile(gone)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(gone); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		commit Commit
		want   error
	}{
		{"no summary", Commit{Operations: []Operation{add("a", "")}}, ErrInvalid},
		{"dots", Commit{Summary: "s", Operations: []Operation{add("a/../b", "")}}, ErrInvalid},
		{"git", Commit{Summary: "s", Operations: []Operation{add("x/.git/config", "")}}, ErrInvalid},
		{"cache", Commit{Summary: "s", Operations: []Operation{DeleteFile{Path: ".cache/x"}}}, ErrInvalid},
		{"bytes", Commit{Summary: "s", Operations: []Operation{add("a\xff", "")}}, ErrInvalid},
		{"root", Commit{Summary: "s", Operations: []Operation{DeleteFolder{Path: "/"}}}, ErrInvalid},
		{"folder as a file", Commit{Summary: "s", Operations: []Operation{add("a/", "")}}, ErrInvalid},
		{"twice", Commit{Summary: "s", Operations: []Operation{add("a", "1"), add("./a", "2")}}, ErrInvalid},
		{"file and folder", Commit{Summary: "s", Operations: []Operation{add("a", "1"), add("a/b", "2")}}, ErrInvalid},
		{"written and deleted", Commit{Summary: "s", Operations: []Operation{add("d/a", "1"), DeleteFolder{Path: "d"}}}, ErrInvalid},
		{"parent", Commit{Summary: "s", Parent: "main", Operations: []Operation{add("a", "1")}}, ErrInvalid},
		{"no content", Commit{Summary: "s", Operations: []Operation{&Add{Path: "a"}}}, ErrInvalid},
		{"stale parent", Commit{Summary: "s", Parent: fakeID(9), Operations: []Operation{add("a", "1")}}, ErrConflict},
		{"nothing to delete", Commit{Summary: "s", Operations: []Operation{DeleteFile{Path: "a"}}}, ErrEntryNotFound},
		{"nothing to copy", Commit{Summary: "s", Operations: []Operation{Copy{From: "a", To: "b"}}}, ErrEntryNotFound},
		{"vanished", Commit{Summary: "s", Operations: []Operation{&Add{Path: "a.txt", Content: vanished}}}, ErrChanged},
		{"vanished, LFS", Commit{Summary: "s", Operations: []Operation{&Add{Path: "a.bin", Content: vanished}}}, ErrChanged},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := c.Commit(t.Context(), testRepo, "", test.commit)
			var e *Error
			if !errors.Is(err, test.want) || !errors.As(err, &e) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
	t.Cleanup(func() {
		if n := len(hub.history("main")); n != 1 {
			t.Errorf("%d commits", n)
		}
	})
}

// TestCommitOnce has the connection break, or the Hub fail, before and after the commit is made: it is made once.
func TestCommitOnce(t *testing.T) {
	t.Parallel()
	fail := func(status int) func(http.ResponseWriter) bool {
		return func(w http.ResponseWriter) bool { w.WriteHeader(status); return true }
	}
	half := func(w http.ResponseWriter) bool {
		w.Header().Set("Content-Length", "100")
		_, _ = w.Write([]byte(`{"success":true,`))
		return true
	}
	html := func(w http.ResponseWriter) bool {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(`<html>gateway</html>`))
		return true
	}
	accidents := map[string]func(http.ResponseWriter) bool{
		"cut": cut, "500": fail(500), "502": fail(502), "503": fail(503), "504": fail(504), "half an answer": half, "web page": html,
	}
	for name, accident := range accidents {
		for _, when := range []string{"before", "after", "both"} {
			for _, mode := range []string{"plain", "on a parent", "pull request"} {
				if name == "web page" && when != "after" || name == "half an answer" && when != "after" {
					continue
				}
				t.Run(fmt.Sprintf("%s %s %s", name, when, mode), func(t *testing.T) {
					t.Parallel()
					hub := newWriteHub(t)
					c := hub.client(t, Options{})
					pr, parent := mode == "pull request", ""
					if base := mustCommit(t, c, Commit{Operations: []Operation{add("old", "old")}}); mode == "on a parent" {
						parent = base.OID
					}
					var early, late atomic.Int32
					hub.before = func(w http.ResponseWriter, r *http.Request) bool {
						return strings.Contains(r.URL.Path, "/commit/") && when != "after" && early.Add(1) == 1 && accident(w)
					}
					hub.committed = func(w http.ResponseWriter, _ *http.Request) bool {
						return when != "before" && late.Add(1) == 1 && accident(w)
					}
					result := mustCommit(t, c, Commit{Summary: "mine", Parent: parent, CreatePullRequest: pr, Operations: []Operation{
						add("a.txt", "1"), add("b.bin", "2"), DeleteFile{Path: "old"},
					}})
					branch := "main"
					if pr {
						branch = "refs/pr/1"
						if result.PullRequest != 1 || !strings.HasSuffix(result.PullRequestURL, "/discussions/1") || hub.prs != 1 {
							t.Errorf("%+v, %d pull requests", result, hub.prs)
						}
					}
					history := hub.history(branch)
					if len(history) != 3 || history[2].title != "mine" || result.OID != history[2].id {
						t.Errorf("history %v, result %+v", history, result)
					}
				})
			}
		}
	}
}

// TestCommitOfOthers has somebody else commit under the same title while the answer to ours gets lost before it is made.
func TestCommitOfOthers(t *testing.T) {
	t.Parallel()
	for _, stale := range []bool{false, true} {
		hub := newWriteHub(t)
		c := hub.client(t, Options{})
		parent := ""
		if stale {
			parent = fakeID(0)
		}
		var done atomic.Bool
		hub.before = func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.Contains(r.URL.Path, "/commit/") || !done.CompareAndSwap(false, true) {
				return false
			}
			if _, err := c.Commit(context.WithoutCancel(t.Context()), testRepo, "", Commit{Summary: "part", Operations: []Operation{add("theirs", "x")}}); err != nil {
				t.Error(err)
			}
			_, _ = http.MaxBytesReader(w, r.Body, 1<<20).Read(make([]byte, 1<<20))
			return cut(w)
		}
		_, err := c.Commit(t.Context(), testRepo, "", Commit{Summary: "part", Parent: parent, Operations: []Operation{add("mine", "y")}})
		if stale {
			if !errors.Is(err, ErrConflict) {
				t.Errorf("on a parent that others have passed: %v", err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(hub.history("main")) != 3 {
			t.Errorf("history %v", hub.history("main"))
		}
		for _, path := range []string{"mine", "theirs"} {
			if _, ok := hub.file("main", path); !ok {
				t.Errorf("%s is missing", path)
			}
		}
	}
}

func TestCommitReadme(t *testing.T) {
	t.Parallel()
	hub := newWriteHub(t)
	c := hub.client(t, Options{})
	hub.before = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/api/validate-yaml" {
			return false
		}
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"errors":[{"message":"\"license\" must be a string"}],"warnings":[]}`))
		return true
	}
	_, err := c.Commit(t.Context(), testRepo, "", Commit{Summary: "s", Operations: []Operation{add("README.md", "---\nlicense: 1\n---\n"), add("b.bin", "x")}})
	if !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), `"license" must be a string`) {
		t.Errorf("got %v", err)
	}
	if hub.count("PUT ") != 0 || len(hub.history("main")) != 1 {
		t.Error("something was sent")
	}
}

func TestWriteRefused(t *testing.T) {
	t.Parallel()
	for _, token := range []string{"", testToken} {
		hub := newWriteHub(t)
		c := hub.client(t, Options{Token: token})
		hub.before = func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.Contains(r.URL.Path, "/preupload/") {
				return false
			}
			w.WriteHeader(http.StatusForbidden)
			return true
		}
		_, err := c.Commit(t.Context(), testRepo, "", Commit{Summary: "s", Operations: []Operation{add("a", "x")}})
		if !errors.Is(err, ErrForbidden) || !AccessProblem(err) || strings.Contains(err.Error(), testToken) || !strings.Contains(err.Error(), "rit") {
			t.Errorf("got %v", err)
		}
		hub.before = func(w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write([]byte("<!doctype html><html>Log in</html>"))
			return true
		}
		_, err = c.Commit(t.Context(), testRepo, "", Commit{Summary: "s", Operations: []Operation{add("a", "x")}})
		if !errors.Is(err, ErrNotHub) {
			t.Errorf("a web page: %v", err)
		}
	}
}

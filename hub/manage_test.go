package hub

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// recorder answers every request the same and remembers them.
type recorder struct {
	mu       sync.Mutex
	requests []string // method, path as sent, body
	status   int
	header   map[string]string
	body     string
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	r.mu.Lock()
	r.requests = append(r.requests, strings.TrimSpace(req.Method+" "+req.RequestURI+" "+string(body)))
	r.mu.Unlock()
	for k, v := range r.header {
		w.Header().Set(k, v)
	}
	if r.status != 0 {
		w.WriteHeader(r.status)
	}
	fmt.Fprint(w, r.body)
}

func ptr[T any](v T) *T { return &v }

// TestManageRequests checks what is sent, as the reference client sends it.
func TestManageRequests(t *testing.T) {
	t.Parallel()
	created := `{"url":"https://huggingface.co/datasets/Alice/ds","name":"Alice/ds"}`
	tests := []struct {
		name, want, body string
		status           int
		do               func(*testing.T, *Client) error
	}{
		{
			name: "create", want: `POST /api/repos/create {"name":"data","organization":"acme","type":"dataset","visibility":"private"}`, body: created,
			do: func(t *testing.T, c *Client) error {
				repo, err := c.CreateRepo(t.Context(), testRepo, RepoOptions{Private: ptr(true)})
				if repo.ID != "Alice/ds" {
					t.Errorf("created %v", repo)
				}
				return err
			},
		},
		{
			name: "create in the own namespace", want: `POST /api/repos/create {"name":"ds","organization":null,"type":"dataset"}`, body: created,
			do: func(t *testing.T, c *Client) error {
				_, err := c.CreateRepo(t.Context(), Dataset("ds"), RepoOptions{})
				return err
			},
		},
		{
			name: "create again", want: `POST /api/repos/create {"name":"data","organization":"acme","type":"dataset"}`, status: 409,
			body: `{"error":"You already created this dataset repo","url":"http://elsewhere/prefix/datasets/acme/data"}`,
			do: func(t *testing.T, c *Client) error {
				repo, err := c.CreateRepo(t.Context(), testRepo, RepoOptions{ExistOK: true})
				if repo != testRepo {
					t.Errorf("created %v", repo)
				}
				return err
			},
		},
		{
			name: "delete", want: `DELETE /api/repos/delete {"name":"data","organization":"acme","type":"dataset"}`,
			do: func(t *testing.T, c *Client) error { return c.DeleteRepo(t.Context(), testRepo, false) },
		},
		{
			name: "move", want: `POST /api/repos/move {"fromRepo":"acme/data","toRepo":"acme/new","type":"dataset"}`,
			do: func(t *testing.T, c *Client) error { return c.MoveRepo(t.Context(), testRepo, Dataset("acme/new")) },
		},
		{
			name: "settings", want: `PUT /api/datasets/acme/data/settings {"visibility":"public","gated":"auto"}`,
			do: func(t *testing.T, c *Client) error {
				return c.UpdateSettings(t.Context(), testRepo, Settings{Private: ptr(false), Gated: ptr("auto")})
			},
		},
		{
			name: "open", want: `PUT /api/datasets/acme/data/settings {"gated":false}`,
			do: func(t *testing.T, c *Client) error {
				return c.UpdateSettings(t.Context(), testRepo, Settings{Gated: ptr("")})
			},
		},
		{
			name: "branch", want: `POST /api/datasets/acme/data/branch/feat%2Fx {"startingPoint":"v1"}`, status: 201,
			do: func(t *testing.T, c *Client) error {
				return c.CreateBranch(t.Context(), testRepo, "feat/x", BranchOptions{From: "v1"})
			},
		},
		{
			name: "branch again", want: `POST /api/datasets/acme/data/branch/dev {}`, status: 409,
			do: func(t *testing.T, c *Client) error {
				return c.CreateBranch(t.Context(), testRepo, "dev", BranchOptions{ExistOK: true})
			},
		},
		{
			name: "delete branch", want: `DELETE /api/datasets/acme/data/branch/feat%2Fx`,
			do: func(t *testing.T, c *Client) error { return c.DeleteBranch(t.Context(), testRepo, "feat/x") },
		},
		{
			name: "tag", want: `POST /api/datasets/acme/data/tag/refs%2Fpr%2F1 {"tag":"v1","message":"first <one>"}`, status: 201,
			do: func(t *testing.T, c *Client) error {
				return c.CreateTag(t.Context(), testRepo, "v1", TagOptions{Revision: "refs/pr/1", Message: "first <one>"})
			},
		},
		{
			name: "delete tag", want: `DELETE /api/datasets/acme/data/tag/v1`,
			do: func(t *testing.T, c *Client) error { return c.DeleteTag(t.Context(), testRepo, "v1") },
		},
		{
			name: "squash", want: `POST /api/datasets/acme/data/super-squash/main {"message":"Squash branch \"main\""}`,
			do: func(t *testing.T, c *Client) error { return c.Squash(t.Context(), testRepo, "", "") },
		},
		{
			name: "auth check", want: `GET /api/datasets/acme/data/auth-check/write`, body: `{}`,
			do: func(t *testing.T, c *Client) error { return c.AuthCheck(t.Context(), testRepo, true) },
		},
		{
			name: "refs", want: `GET /api/datasets/acme/data/refs?include_prs=1`,
			body: `{"branches":[{"name":"main","ref":"refs/heads/main","targetCommit":"` + testCommit + `"}],"converts":[],"tags":[],
				"pullRequests":[{"name":"1","ref":"refs/pr/1","targetCommit":"` + testCommit + `"}]}`,
			do: func(t *testing.T, c *Client) error {
				refs, err := c.Refs(t.Context(), testRepo, true)
				if err == nil && (len(refs.Branches) != 1 || refs.PullRequests[0] != (Ref{Name: "1", Ref: "refs/pr/1", Commit: testCommit})) {
					t.Errorf("refs %+v", refs)
				}
				return err
			},
		},
		{
			name: "pull request", want: `POST /api/datasets/acme/data/discussions {"title":"Add","description":"why","pullRequest":true}`, body: `{"num":7}`,
			do: func(t *testing.T, c *Client) error {
				pr, err := c.CreatePullRequest(t.Context(), testRepo, " Add\n", "why")
				if err == nil && (pr.Ref() != "refs/pr/7" || pr.Status != "draft" || !strings.HasSuffix(pr.URL, "/datasets/acme/data/discussions/7")) {
					t.Errorf("%+v", pr)
				}
				return err
			},
		},
		{
			name: "merge", want: `POST /api/datasets/acme/data/discussions/7/merge {"comment":"good"}`, body: `{}`,
			do: func(t *testing.T, c *Client) error {
				return c.MergePullRequest(t.Context(), testRepo, 7, " good ")
			},
		},
		{
			name: "close", want: `POST /api/datasets/acme/data/discussions/7/status {"status":"closed"}`, body: `{}`,
			do: func(t *testing.T, c *Client) error { return c.ClosePullRequest(t.Context(), testRepo, 7, "") },
		},
		{
			name: "account", want: `GET /api/whoami-v2`,
			body: `{"type":"user","name":"alice","fullname":"Alice","orgs":[{"name":"acme"}],"auth":{"accessToken":{"displayName":"laptop","role":"write"}}}`,
			do: func(t *testing.T, c *Client) error {
				me, err := c.WhoAmI(t.Context())
				if err == nil && (me.Name != "alice" || !slices.Equal(me.Organizations, []string{"acme"}) || me.TokenName != "laptop" || me.TokenRole != "write") {
					t.Errorf("%+v", me)
				}
				return err
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			hub := &recorder{status: tt.status, body: tt.body}
			srv := serve(t, hub.ServeHTTP)
			c, _ := testClient(t, srv.URL, Options{Token: testToken})
			if err := tt.do(t, c); err != nil {
				t.Fatal(err)
			}
			if len(hub.requests) != 1 || hub.requests[0] != tt.want {
				t.Errorf("sent %q\nwant %q", hub.requests, tt.want)
			}
		})
	}
}

// TestManageRefusals checks what becomes of the Hub's refusals.
func TestManageRefusals(t *testing.T) {
	t.Parallel()
	create := func(t *testing.T, c *Client) error {
		_, err := c.CreateRepo(t.Context(), testRepo, RepoOptions{})
		return err
	}
	branch := func(t *testing.T, c *Client) error {
		return c.CreateBranch(t.Context(), testRepo, "dev", BranchOptions{})
	}
	tests := []struct {
		name, code, body string
		status, requests int
		do               func(*testing.T, *Client) error
		want             error
		says             string
	}{
		{name: "repository exists", status: 409, body: `{"error":"You already created this dataset repo","url":"x"}`, do: create, want: ErrExists, says: "exists already"},
		{name: "no plan", status: 402, body: `{"error":"Private storage limit reached"}`, do: create, want: ErrQuota, says: "Private storage limit"},
		{name: "another's namespace", status: 403, body: `{"error":"You don't have the rights to create a dataset under the namespace \"acme\""}`, do: create, want: ErrForbidden, says: "settings/tokens"},
		{name: "bad token", status: 401, body: `{"error":"Invalid username or password."}`, do: create, want: ErrUnauthorized, says: "does not accept the token"},
		{name: "name refused", status: 400, body: `{"error":"Invalid repo name"}`, do: create, want: ErrInvalid, says: "Invalid repo name"},
		{name: "busy", status: 409, requests: 3, body: `{"error":"Cannot create repo: another conflicting operation is in progress"}`, do: create, want: ErrConflict, says: "after 3 tries"},
		{name: "created, but by whom", status: 200, body: `{}`, do: create, want: ErrMalformed, says: "does not name"},
		{name: "created, says a web page", status: 200, body: `<!doctype html>`, do: create, want: ErrNotHub, says: "web page"},
		{name: "branch exists", status: 409, body: `{"error":"Reference refs/heads/dev already exists"}`, do: branch, want: ErrExists, says: "there is a branch"},
		{name: "no starting point", status: 404, code: "RevisionNotFound", do: branch, want: ErrRevisionNotFound},
		{name: "trouble", status: 503, do: branch, want: ErrUnavailable, says: "Service Unavailable"},
		{name: "for reading only", status: 501, do: branch, want: errors.ErrUnsupported, says: "reading only"},
		{
			name: "merge conflict", status: 409, want: ErrConflict,
			do: func(t *testing.T, c *Client) error { return c.MergePullRequest(t.Context(), testRepo, 1, "") },
		},
		{
			name: "no pull request", status: 404, body: `{"error":"Not found"}`, want: ErrNotFound, says: "pull request 3",
			do: func(t *testing.T, c *Client) error { _, err := c.PullRequest(t.Context(), testRepo, 3); return err },
		},
		{
			name: "not a pull request", status: 200, body: `{"num":3,"isPullRequest":false}`, want: ErrInvalid,
			do: func(t *testing.T, c *Client) error { _, err := c.PullRequest(t.Context(), testRepo, 3); return err },
		},
		{
			name: "moved onto another", status: 409, want: ErrExists, says: `"acme/new"`,
			do: func(t *testing.T, c *Client) error { return c.MoveRepo(t.Context(), testRepo, Dataset("acme/new")) },
		},
		{
			name: "gone already", status: 404, code: "RepoNotFound", want: nil,
			do: func(t *testing.T, c *Client) error { return c.DeleteRepo(t.Context(), testRepo, true) },
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			hub := &recorder{status: tt.status, body: tt.body, header: map[string]string{"X-Error-Code": tt.code, "X-Request-Id": "Root=1"}}
			srv := serve(t, hub.ServeHTTP)
			c, _ := testClient(t, srv.URL, Options{Token: testToken, Retry: Retry{Tries: 2}})
			err := tt.do(t, c)
			if !errors.Is(err, tt.want) || (tt.want != nil && !strings.Contains(err.Error(), tt.says)) {
				t.Errorf("err = %v", err)
			}
			if want := max(1, tt.requests); len(hub.requests) != want {
				t.Errorf("%d requests: %q", len(hub.requests), hub.requests)
			}
		})
	}
}

// TestExistingThroughRefusal: who may not create a repository or branch may still find it there.
func TestExistingThroughRefusal(t *testing.T) {
	t.Parallel()
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodPost:
			w.WriteHeader(http.StatusForbidden)
		case strings.HasSuffix(r.URL.Path, "/refs"):
			fmt.Fprint(w, `{"branches":[{"name":"feat/x"}],"converts":[],"tags":[]}`)
		default:
			infoAnswer(w, r)
		}
	})
	c, _ := testClient(t, srv.URL, Options{Token: testToken})
	if repo, err := c.CreateRepo(t.Context(), Dataset("ACME/data"), RepoOptions{ExistOK: true}); err != nil || repo != testRepo {
		t.Errorf("%v, %v", repo, err)
	}
	if err := c.CreateBranch(t.Context(), testRepo, "feat/x", BranchOptions{ExistOK: true}); err != nil {
		t.Error(err)
	}
	if err := c.CreateBranch(t.Context(), testRepo, "feat/y", BranchOptions{ExistOK: true}); !errors.Is(err, ErrForbidden) {
		t.Errorf("err = %v", err)
	}
}

// TestRefusedNames checks that nothing is sent for names that the Hub would refuse.
func TestRefusedNames(t *testing.T) {
	t.Parallel()
	srv := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a request was sent") })
	c, _ := testClient(t, srv.URL, Options{})
	for _, id := range []string{
		"", "/", "a/", "/b", "a/b/c", "datasets/a/b", ".a/b", "a/-b", "a/b-", "a/b.", "a--b/c", "a/b..c", "a/b.git", "a/b c", "a/ü", "a/b\n",
		"a/" + strings.Repeat("x", 97), "a/b%2Fc", "https://huggingface.co/datasets/a/b",
	} {
		_, err := c.CreateRepo(t.Context(), Dataset(id), RepoOptions{})
		if !errors.Is(err, ErrInvalid) || AccessProblem(err) || !strings.Contains(err.Error(), "is not the id of a dataset") {
			t.Errorf("%q: err = %v", id, err)
		}
		if _, err := c.Info(t.Context(), Dataset(id), ""); !errors.Is(err, ErrInvalid) || !errors.Is(err, ErrRepositoryNotFound) {
			t.Errorf("%q: err = %v", id, err)
		}
	}
	for _, kind := range []RepoType{"model", "space", "bucket", ""} {
		if err := c.DeleteRepo(t.Context(), Repo{Type: kind, ID: "a/b"}, true); !errors.Is(err, ErrInvalid) && err != nil {
			t.Errorf("%q: err = %v", kind, err)
		}
		if _, err := c.CreateRepo(t.Context(), Repo{Type: kind, ID: "a/b"}, RepoOptions{}); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%q are not supported", kind)) {
			t.Errorf("%q: err = %v", kind, err)
		}
	}
	for _, name := range []string{
		"", "refs/pr/1", "refs/heads/x", "a b", "a..b", "a~1", "a^", "a:b", "a?", "a*", "a[", `a\b`, "-a", "/a", "a/", "a//b", ".a", "a/.b", "a.lock", "a.lock/b",
		"a.", "@", "a@{1}", "HEAD", "a\x7f", "a\xff", testCommit, strings.Repeat("a", 245),
	} {
		for what, err := range map[string]error{
			"create branch": c.CreateBranch(t.Context(), testRepo, name, BranchOptions{}), "delete branch": c.DeleteBranch(t.Context(), testRepo, name),
			"create tag": c.CreateTag(t.Context(), testRepo, name, TagOptions{}), "delete tag": c.DeleteTag(t.Context(), testRepo, name),
		} {
			if !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), "cannot be the name") {
				t.Errorf("%s %q: err = %v", what, name, err)
			}
		}
	}
	for _, name := range []string{"main", "feat/x", "v1.0", "2024-01-01", "ünï", "a@b", "x.y/z"} {
		if err := validateRef(name); err != nil {
			t.Error(err)
		}
	}
	for name, err := range map[string]error{
		"no settings":  c.UpdateSettings(t.Context(), testRepo, Settings{}),
		"gated":        c.UpdateSettings(t.Context(), testRepo, Settings{Gated: ptr("yes")}),
		"no namespace": c.MoveRepo(t.Context(), testRepo, Dataset("new")),
		"pull request": c.MergePullRequest(t.Context(), testRepo, 0, ""),
	} {
		if !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: err = %v", name, err)
		}
	}
	if _, err := c.CreatePullRequest(t.Context(), testRepo, " ", ""); !errors.Is(err, ErrInvalid) {
		t.Errorf("err = %v", err)
	}
	for _, path := range []string{"a\xff", "a\x00b", "../a", "a//b", ""} {
		if _, err := c.Stat(t.Context(), File{Repo: testRepo, Path: path, Size: -1}); !errors.Is(err, ErrInvalid) {
			t.Errorf("%q: err = %v", path, err)
		}
	}
}

func TestCommits(t *testing.T) {
	t.Parallel()
	var pages []string
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		pages = append(pages, r.RequestURI)
		first := 3
		if r.URL.RawQuery == "" {
			first = 1
			w.Header().Set("Link", fmt.Sprintf(`<http://%s%s?cursor=x>; rel="next"`, r.Host, r.URL.EscapedPath()))
		}
		var out []map[string]any
		for i := range 2 {
			out = append(out, map[string]any{
				"id": fmt.Sprint(first + i), "title": "t", "message": "m", "date": "2026-01-02T03:04:05.000Z", "authors": []map[string]string{{"user": "alice"}},
			})
		}
		_ = json.NewEncoder(w).Encode(out)
	})
	c, _ := testClient(t, srv.URL, Options{})
	var ids []string
	for commit, err := range c.Commits(t.Context(), testRepo, "feat/x") {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, commit.ID)
		if !commit.Date.Equal(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)) || !slices.Equal(commit.Authors, []string{"alice"}) {
			t.Errorf("%+v", commit)
		}
	}
	if !slices.Equal(ids, []string{"1", "2", "3", "4"}) || len(pages) != 2 || pages[0] != "/api/datasets/acme/data/commits/feat%2Fx" {
		t.Errorf("commits %v of pages %v", ids, pages)
	}
	pages = nil
	for range c.Commits(t.Context(), testRepo, "") {
		break
	}
	if len(pages) != 1 {
		t.Errorf("%d pages for one commit", len(pages))
	}
}

func TestPullRequests(t *testing.T) {
	t.Parallel()
	var pages []string
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		pages = append(pages, r.URL.RawQuery)
		start := 0
		if r.URL.Query().Get("p") == "1" {
			start = 2
		}
		out := `{"count":3,"start":%d,"discussions":[{"num":%d,"title":"a","status":"open","isPullRequest":true,"author":{"name":"alice"},"createdAt":"2026-01-02T03:04:05.000Z"}`
		if start == 0 {
			out += `,{"num":9,"isPullRequest":false}`
		}
		fmt.Fprintf(w, out+`]}`, start, start+1)
	})
	c, _ := testClient(t, srv.URL, Options{})
	var numbers []int
	for pr, err := range c.PullRequests(t.Context(), testRepo, "open") {
		if err != nil {
			t.Fatal(err)
		}
		numbers = append(numbers, pr.Number)
	}
	if !slices.Equal(numbers, []int{1, 3}) || !slices.Equal(pages, []string{"p=0&status=open&type=pull_request", "p=1&status=open&type=pull_request"}) {
		t.Errorf("%v of %v", numbers, pages)
	}
}

func TestWhoAmIWithoutToken(t *testing.T) {
	t.Parallel()
	srv := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a request was sent") })
	c, _ := testClient(t, srv.URL, Options{})
	if _, err := c.WhoAmI(t.Context()); !errors.Is(err, ErrUnauthorized) || !strings.Contains(err.Error(), "hfspark login") {
		t.Errorf("err = %v", err)
	}
}

package localhub

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hfspark/hfspark/hub/wire"
)

func TestCreateRepo(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	var out wire.CreateRepoAnswer
	s.want(200, http.MethodPost, "/api/repos/create", `{"name":"one","organization":null,"type":"dataset","license":"mit","files":[]}`, asAlice).into(t, &out)
	if out.URL != s.URL()+"/datasets/alice/one" || out.Name != "alice/one" {
		t.Errorf("%+v", out)
	}
	a := s.want(409, http.MethodPost, "/api/repos/create", `{"name":"ONE","organization":"Alice","type":"dataset"}`, asAlice)
	if !strings.Contains(a.body, `"url":"`+s.URL()+`/datasets/alice/`) || a.Header.Get(wire.HeaderErrorMessage) == "" {
		t.Error(a.body)
	}
	if got := s.send(http.MethodGet, "/datasets/alice/one/raw/main/.gitattributes", "", ""); !strings.Contains(got.body, "*.parquet filter=lfs") {
		t.Errorf("%.100s", got.body)
	}
	for body, status := range map[string]int{
		`{"name":"two","organization":"ACME","type":"dataset","private":true}`:                          200,
		`{"name":"x","type":"dataset","files":[{"path":"../x","content":""}]}`:                          400,
		`{"name":"x","type":"dataset","files":[{"path":"x","content":"%","encoding":"base64"}]}`:        400,
		`{"name":"x","type":"dataset","files":[{"path":"x","content":""},{"path":"x/y","content":""}]}`: 409,
		`{"name":"x","type":"dataset","files":[{"path":"x","content":"","encoding":"rot13"}]}`:          400,
		`{"name":"x","organization":"bob","type":"dataset"}`:                                            403,
		`{"name":"x","organization":"nobody","type":"dataset"}`:                                         403,
		`{"name":"x","type":"model"}`:                                                                   501,
		`{"name":"x"}`:                                                                                  501,
		`{"name":"x","type":"dataset","visibility":"protected"}`:                                        400,
		`{"name":"x/y","type":"dataset"}`:                                                               400,
		`{"name":"","type":"dataset"}`:                                                                  400,
		`{"name":["x"],"type":"dataset"}`:                                                               400,
		`[]`:                                                                                            400,
		`{`:                                                                                             400,
		`{"name":"x","type":"dataset","x":"` + strings.Repeat("x", maxCreate) + `"}`:                    413,
	} {
		s.want(status, http.MethodPost, "/api/repos/create", body, asAlice)
	}
	s.want(404, http.MethodGet, "/api/datasets/alice/x", "", asAlice)
	s.want(200, http.MethodPost, "/api/repos/create", `{"name":"x","type":"dataset","license":"mit","files":[{"path":"a/b","content":"aGk=","encoding":"base64"}]}`, asAlice)
	for path, want := range map[string]string{"a/b": "hi", "README.md": "---\nlicense: mit\n---\n"} {
		if a := s.want(200, http.MethodGet, "/datasets/alice/x/raw/main/"+path, "", ""); a.body != want {
			t.Errorf("%s: %q", path, a.body)
		}
	}
	s.want(404, http.MethodGet, "/api/datasets/acme/two", "", asBob)
	s.want(200, http.MethodGet, "/api/datasets/acme/two", "", asDave)
	s.want(404, http.MethodDelete, "/api/repos/delete", `{"name":"two","organization":"acme","type":"dataset"}`, asBob)
	s.want(403, http.MethodDelete, "/api/repos/delete", `{"name":"two","organization":"acme","type":"dataset"}`, asDave)
	s.want(200, http.MethodDelete, "/api/repos/delete", `{"name":"two","organization":"acme","type":"dataset"}`, asAlice)
	s.want(404, http.MethodGet, "/api/datasets/acme/two", "", asAlice)
}

func TestMoveAndDuplicate(t *testing.T) {
	t.Parallel()
	s := made(t, Options{})
	s.want(403, http.MethodPost, "/api/repos/move", `{"fromRepo":"alice/data","toRepo":"bob/data","type":"dataset"}`, asAlice)
	s.want(200, http.MethodPost, "/api/repos/move", `{"fromRepo":"alice/data","toRepo":"acme/data","type":"dataset"}`, asAlice)
	for _, path := range []string{"/api/datasets/alice/data?expand=sha", "/datasets/alice/data/resolve/main/a.txt", "/api/datasets/alice/data/tree/main"} {
		a := s.want(307, http.MethodGet, path, "", asAlice)
		if got := a.Header.Get("Location"); got != strings.Replace(path, "alice", "acme", 1) {
			t.Errorf("%s: %q", path, got)
		}
	}
	s.want(409, http.MethodPost, "/api/repos/move", `{"fromRepo":"acme/data","toRepo":"acme/plain","type":"dataset"}`, asAlice)
	s.want(200, http.MethodPut, "/api/datasets/acme/data/settings", `{"visibility":"private"}`, asAlice)
	s.want(404, http.MethodGet, "/api/datasets/alice/data", "", asBob)
	s.want(404, http.MethodPost, "/api/datasets/acme/data/duplicate", `{"repository":"bob/copy"}`, asBob)
	s.want(403, http.MethodPost, "/api/datasets/acme/data/duplicate", `{"repository":"bob/copy"}`, asAlice)
	s.want(200, http.MethodPost, "/api/datasets/acme/data/duplicate", `{"repository":"alice/copy"}`, asAlice)
	s.want(409, http.MethodPost, "/api/datasets/acme/data/duplicate", `{"repository":"alice/copy"}`, asAlice)
	var info wire.Info
	s.want(200, http.MethodGet, "/api/datasets/alice/copy", "", asAlice).into(t, &info)
	if !info.Private || len(info.Siblings) != 3 {
		t.Errorf("%+v", info)
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	s := made(t, Options{})
	for body, status := range map[string]int{
		`{"gated":"perhaps"}`: 400, `{"visibility":"hidden"}`: 400, `{"gated":7}`: 400, `{"unknown":true}`: 200,
	} {
		s.want(status, http.MethodPut, "/api/datasets/alice/data/settings", body, asAlice)
	}
	var info wire.Info
	for _, gated := range []string{`"auto"`, `"manual"`, `false`} {
		s.want(200, http.MethodPut, "/api/datasets/alice/data/settings", `{"gated":`+gated+`}`, asAlice)
		s.want(200, http.MethodGet, "/api/datasets/alice/data", "", "").into(t, &info)
		if got := fmt.Sprintf("%q", info.Gated); got != gated && (gated != "false" || info.Gated != "") {
			t.Errorf("%s: %s", gated, got)
		}
	}
	// What the access file says cannot be changed.
	s.want(403, http.MethodPut, "/api/datasets/acme/fixed/settings", `{"visibility":"public"}`, asAlice)
	s.want(200, http.MethodPut, "/api/datasets/acme/fixed/settings", `{"visibility":"private"}`, asAlice)
}

func TestRefsChange(t *testing.T) {
	t.Parallel()
	s := made(t, Options{})
	const at = "/api/datasets/alice/data/"
	tests := []struct {
		method, path, body string
		status             int
		says               string
	}{
		{http.MethodPost, "branch/feat%2Fx", "", 201, ""},
		{http.MethodPost, "branch/feat%2Fx", "{}", 409, "Reference refs/heads/feat/x already exists"},
		{http.MethodPost, "branch/y", `{"startingPoint":"nope"}`, 404, "Invalid rev id: nope"},
		{http.MethodPost, "branch/refs%2Fpr%2F3", "", 400, "Invalid reference name"},
		{http.MethodPost, "branch/a..b", "", 400, "Invalid reference name"},
		{http.MethodPost, "branch/..%2F..%2Fx", "", 400, "Invalid reference name"},
		{http.MethodDelete, "branch/main", "", 403, "Cannot delete refs/heads/main"},
		{http.MethodDelete, "branch/nope", "", 404, "Reference does not exist"},
		{http.MethodPost, "tag/feat%2Fx", `{"tag":"v1","message":"m"}`, 201, ""},
		{http.MethodPost, "tag/main", `{"tag":"v1"}`, 409, "Reference refs/tags/v1 already exists"},
		{http.MethodPost, "tag/nope", `{"tag":"v2"}`, 404, "Invalid rev id: nope"},
		{http.MethodPost, "tag/main", `{}`, 400, "Invalid reference name"},
		{http.MethodPost, "super-squash/nope", `{}`, 404, "Invalid rev id"},
		{http.MethodPost, "super-squash/feat%2Fx", `{}`, 200, "commitOid"},
	}
	for _, tt := range tests {
		if a := s.want(tt.status, tt.method, at+tt.path, tt.body, asAlice); !strings.Contains(a.body, tt.says) {
			t.Errorf("%s: %s", tt.path, a.body)
		}
	}
	var refs wire.Refs
	s.send(http.MethodGet, at+"refs?include_prs=1", "", "").into(t, &refs)
	if len(refs.Branches) != 2 || len(refs.Tags) != 1 || refs.Tags[0].TargetCommit != refs.Branches[0].TargetCommit || refs.Branches[1].TargetCommit == refs.Branches[0].TargetCommit {
		t.Errorf("%+v", refs)
	}
	s.want(200, http.MethodDelete, at+"tag/v1", "", asAlice)
	s.want(200, http.MethodDelete, at+"branch/feat/x", "", asAlice)
}

func TestDiscussions(t *testing.T) {
	t.Parallel()
	s := made(t, Options{})
	const at = "/api/datasets/alice/data/discussions"
	s.want(200, http.MethodPost, at, `{"title":" A question ","description":"why?","pullRequest":false}`, asBob)
	s.want(200, http.MethodPost, at, `{"title":"A change","description":"","pullRequest":true}`, asBob)
	s.want(200, http.MethodPost, "/api/datasets/alice/data/commit/refs%2Fpr%2F2", lines(file64("new", "x")), asBob)
	for path, status := range map[string]int{"/9/comment": 404, "/1/nope": 404, "/1/merge": 400, "/1/comment/x/hide": 404, "/1/comment/x/burn": 404} {
		s.want(status, http.MethodPost, at+path, `{"comment":"c"}`, asAlice)
	}
	for body, path := range map[string]string{`{"title":"x"}`: "", `{"comment":" "}`: "/1/comment", `{"status":"merged"}`: "/1/status", `{"title":"` + strings.Repeat("x", 201) + `"}`: "/1/title"} {
		s.want(400, http.MethodPost, at+path, body, asAlice)
	}
	var event struct{ NewMessage, UpdatedComment wire.DiscussionEvent }
	s.want(200, http.MethodPost, at+"/1/comment", `{"comment":"because"}`, asAlice).into(t, &event)
	id := event.NewMessage.ID
	s.want(403, http.MethodPost, at+"/1/comment/"+id+"/edit", `{"content":"never"}`, asBob)
	s.want(403, http.MethodPost, at+"/1/comment/"+id+"/hide", "", asBob)
	s.want(200, http.MethodPost, at+"/1/comment/"+id+"/edit", `{"content":"just so"}`, asAlice).into(t, &event)
	if !strings.Contains(string(event.UpdatedComment.Data), `"edited":true`) || !strings.Contains(string(event.UpdatedComment.Data), "just so") {
		t.Errorf("%s", event.UpdatedComment.Data)
	}
	s.want(403, http.MethodPost, at+"/1/title", `{"title":"another"}`, asDave)
	s.want(200, http.MethodPost, at+"/1/title", `{"title":"another"}`, asBob)
	s.want(200, http.MethodPost, at+"/1/status", `{"status":"closed","comment":"done"}`, asBob)
	s.want(200, http.MethodPost, at+"/2/merge", `{"comment":"thanks"}`, asAlice)
	s.want(409, http.MethodPost, at+"/2/merge", "", asAlice)
	s.want(409, http.MethodPost, at+"/2/status", `{"status":"closed"}`, asAlice)
	var pull wire.Discussion
	s.want(200, http.MethodGet, at+"/2?diff=1", "", "").into(t, &pull)
	var kinds []string
	for _, e := range pull.Events {
		kinds = append(kinds, e.Type)
	}
	if pull.Status != statusMerged || len(pull.Changes.MergeCommitID) != 40 || pull.Changes.Base != "refs/heads/main" {
		t.Errorf("%+v", pull)
	}
	if diff := cmp.Diff([]string{"comment", "commit", "comment", "status-change"}, kinds); diff != "" {
		t.Error(diff)
	}
	for query, want := range map[string]string{"": "[2 1]", "?type=pull_request": "[2]", "?type=discussion": "[1]", "?status=open": "[]", "?author=BOB&p=0": "[2 1]", "?p=1": "[]"} {
		var page wire.DiscussionPage
		s.want(200, http.MethodGet, at+query, "", "").into(t, &page)
		numbers := []int{}
		for _, d := range page.Discussions {
			numbers = append(numbers, d.Num)
		}
		if got := fmt.Sprint(numbers); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	s.want(400, http.MethodGet, at+"?p=-1", "", "")
	s.want(404, http.MethodGet, at+"/9", "", "")
}

func TestAccessRequests(t *testing.T) {
	t.Parallel()
	s := made(t, Options{})
	const at = "/api/datasets/alice/data/user-access-request/"
	file := "/datasets/alice/data/resolve/main/a.txt"
	s.want(400, http.MethodGet, at+"pending", "", asAlice)
	s.want(400, http.MethodPost, "/datasets/alice/data/ask-access", "", asBob)
	s.want(200, http.MethodPut, "/api/datasets/alice/data/settings", `{"gated":"manual"}`, asAlice)
	s.want(403, http.MethodGet, file, "", asBob)
	s.want(401, http.MethodPost, "/datasets/alice/data/ask-access", "", "")
	for range 2 {
		if a := s.send(http.MethodPost, "/datasets/alice/data/ask-access", "Affiliation=A+B", asBob, "Content-Type", "application/x-www-form-urlencoded"); a.body != `{"status":"pending"}` {
			t.Error(a.body)
		}
	}
	if a := s.want(403, http.MethodGet, file, "", asBob); !strings.Contains(a.body, "awaiting a review") || a.Header.Get(wire.HeaderErrorCode) != wire.CodeGatedRepo {
		t.Error(a.body)
	}
	var requests []wire.AccessRequest
	s.want(200, http.MethodGet, at+"pending", "", asAlice).into(t, &requests)
	if len(requests) != 1 || requests[0].User.User != "bob" || requests[0].Fields["Affiliation"] != "A B" {
		t.Fatalf("%+v", requests)
	}
	s.want(200, http.MethodPost, at+"handle", fmt.Sprintf(`{"requestId":%q,"status":"accepted"}`, requests[0].RequestID), asAlice)
	s.want(400, http.MethodPost, at+"handle", `{"user":"bob","status":"accepted"}`, asAlice)
	s.want(200, http.MethodGet, file, "", asBob)
	s.want(200, http.MethodPost, at+"handle", `{"user":"BOB","status":"rejected","rejectionReason":"no"}`, asAlice)
	if a := s.want(403, http.MethodGet, file, "", asBob); !strings.Contains(a.body, "rejected") {
		t.Error(a.body)
	}
	s.want(404, http.MethodPost, at+"handle", `{"user":"dave","status":"accepted"}`, asAlice)
	s.want(400, http.MethodPost, at+"handle", `{"user":"bob","status":"burnt"}`, asAlice)
	s.want(404, http.MethodPost, at+"grant", `{"user":"nobody"}`, asAlice)
	s.want(200, http.MethodPost, at+"grant", `{"user":"dave"}`, asAlice)
	s.want(400, http.MethodPost, at+"grant", `{"user":"dave"}`, asAlice)
	s.want(200, http.MethodGet, file, "", asDave)
	s.want(200, http.MethodPut, "/api/datasets/alice/data/settings", `{"gated":"auto"}`, asAlice)
	s.want(405, http.MethodPost, at+"pending", "", asAlice)
	s.want(405, http.MethodGet, at+"grant", "", asAlice)
}

func TestLFSFiles(t *testing.T) {
	t.Parallel()
	s := made(t, Options{})
	for _, content := range []string{"one", "two"} {
		if a := ask(t, http.MethodPut, s.batch(content, asAlice).Actions.Upload.Href, content); a.StatusCode != 200 {
			t.Fatal(a.body)
		}
	}
	s.commit("main", lfsLine("one.bin", "one"))
	var files []wire.LFSFile
	a := s.want(200, http.MethodGet, "/api/datasets/alice/data/lfs-files?limit=1", "", asAlice)
	a.into(t, &files)
	next, err := wire.ParseLinks(a.Header.Values("Link"))
	if err != nil || next["next"] == "" || len(files) != 1 {
		t.Fatalf("%v, %v", next, err)
	}
	var second []wire.LFSFile
	s.want(200, http.MethodGet, strings.TrimPrefix(next["next"], s.URL()), "", asAlice).into(t, &second)
	names := map[string]bool{}
	for _, f := range append(files, second...) {
		names[f.Filename] = true
	}
	if len(second) != 1 || !names["one.bin"] || !names[sha("two")] {
		t.Errorf("%v", names)
	}
	s.want(501, http.MethodPost, "/api/datasets/alice/data/lfs-files/batch", `{"deletions":{"sha":[],"rewriteHistory":true}}`, asAlice)
	s.want(200, http.MethodPost, "/api/datasets/alice/data/lfs-files/batch", fmt.Sprintf(`{"deletions":{"sha":[%q]}}`, sha("one")), asAlice)
	a = s.send(http.MethodGet, "/datasets/alice/data/resolve/main/one.bin", "", "")
	if a.StatusCode == http.StatusFound {
		a = ask(t, http.MethodGet, a.Header.Get("Location"), "")
	}
	if a.StatusCode != http.StatusNotFound {
		t.Errorf("a deleted file: status %d", a.StatusCode)
	}
}

// TestProxy tells clients addresses that lead through a proxy.
func TestProxy(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{PublicURL: "https://hub.example.org/", PublicStorageURL: "https://files.example.org/a"})
	a := s.want(200, http.MethodPost, "/api/repos/create", `{"name":"data","type":"dataset"}`, asAlice)
	if !strings.Contains(a.body, `"https://hub.example.org/datasets/alice/data"`) {
		t.Error(a.body)
	}
	if href := s.batch("x", asAlice).Actions.Upload.Href; !strings.HasPrefix(href, "https://files.example.org/a/upload/alice/data/") {
		t.Error(href)
	}
	for _, bad := range []string{"hub.example.org", "ftp://hub.example.org", "https://", "https://h?x", ":"} {
		if _, err := Start(t.Context(), Options{Root: t.TempDir(), PublicURL: bad}); err == nil || !strings.Contains(err.Error(), "base URL") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

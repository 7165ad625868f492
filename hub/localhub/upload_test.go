package localhub

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/hfspark/hfspark/hub/wire"
)

// batch asks how to upload one object to alice/data.
func (s site) batch(content, as string) wire.LFSBatchAnswer {
	s.Helper()
	body := fmt.Sprintf(`{"operation":"upload","transfers":["basic","multipart"],"objects":[{"oid":%q,"size":%d}],"hash_algo":"sha256","more":1}`, sha(content), len(content))
	a := s.want(200, http.MethodPost, "/datasets/alice/data.git/info/lfs/objects/batch", body, as)
	var out wire.LFSBatchResponse
	a.into(s.T, &out)
	if len(out.Objects) != 1 || a.Header.Get("Content-Type") != wire.MediaTypeLFS || strings.Contains(a.body, "null") {
		s.Fatalf("%s", a.body)
	}
	return out.Objects[0]
}

func lfsLine(path, content string) string {
	size := int64(len(content))
	return line(wire.KeyLFSFile, wire.CommitLFSFile{Path: path, Algo: "sha256", OID: sha(content), Size: &size})
}

func TestUpload(t *testing.T) {
	t.Parallel()
	s := made(t, Options{})
	const content = "large\x00content"
	o := s.batch(content, asAlice)
	href := o.Actions.Upload.Href
	if len(o.Actions.Upload.Header) != 0 || !strings.HasPrefix(o.Actions.Verify.Href, s.URL()+"/datasets/alice/data.git/") {
		t.Errorf("%+v", o.Actions)
	}
	verify := fmt.Sprintf(`{"oid":%q,"size":%d}`, sha(content), len(content))
	ask(t, http.MethodPost, o.Actions.Verify.Href, verify, "Authorization", asAlice)
	for name, tt := range map[string]struct {
		method, href, body string
		header             []string
		status             int
	}{
		"wrong content": {http.MethodPut, href, "large\x00CONTENT", nil, 400},
		"too short":     {http.MethodPut, href, "large", nil, 400},
		"too long":      {http.MethodPut, href, content + "x", nil, 400},
		"with a token":  {http.MethodPut, href, content, []string{"Authorization", asAlice}, 400},
		"not a PUT":     {http.MethodPost, href, content, nil, 405},
		"a GET":         {http.MethodGet, href, "", nil, 405},
		"forged":        {http.MethodPut, strings.Replace(href, sha(content), sha("other"), 1), "other", nil, 403},
		"other size":    {http.MethodPut, strings.Replace(href, "size=13", "size=14", 1), content + "x", nil, 403},
		"unsigned":      {http.MethodPut, strings.Split(href, "&signature")[0], content, nil, 403},
		"as a download": {http.MethodGet, strings.Replace(href, "/upload", "", 1), "", nil, 403},
	} {
		if a := ask(t, tt.method, tt.href, tt.body, tt.header...); a.StatusCode != tt.status {
			t.Errorf("%s: status %d, want %d: %s", name, a.StatusCode, tt.status, a.body)
		}
	}
	if a := ask(t, http.MethodPost, o.Actions.Verify.Href, verify, "Authorization", asAlice); a.StatusCode != 404 {
		t.Errorf("before it was sent: status %d", a.StatusCode)
	}
	s.want(400, http.MethodPost, "/api/datasets/alice/data/commit/main", lines(lfsLine("x.bin", content)), asAlice)
	for range 2 { // A client that does not hear the answer sends it again.
		if a := ask(t, http.MethodPut, href, content); a.StatusCode != 200 || a.Header.Get("ETag") == "" {
			t.Fatalf("status %d: %s", a.StatusCode, a.body)
		}
	}
	if a := ask(t, http.MethodPost, o.Actions.Verify.Href, verify, "Authorization", asAlice); a.StatusCode != 200 {
		t.Errorf("status %d: %s", a.StatusCode, a.body)
	}
	if again := s.batch(content, asAlice); again.Actions != nil || again.Error != nil {
		t.Errorf("sent again: %+v", again)
	}
	if a := s.want(400, http.MethodPost, "/api/datasets/alice/data/commit/main", lines(strings.Replace(lfsLine("x.bin", content), `:13`, `:14`, 1)), asAlice); !strings.Contains(a.body, "x.bin") {
		t.Error(a.body)
	}
	s.commit("main", lfsLine("x.bin", content))
	a := s.send(http.MethodGet, "/datasets/alice/data/resolve/main/x.bin", "", "")
	if got := ask(t, http.MethodGet, a.Header.Get("Location"), ""); got.body != content {
		t.Errorf("%q", got.body)
	}
	// Who knows the hash has no content yet.
	s.want(200, http.MethodPost, "/api/repos/create", `{"name":"data","type":"dataset"}`, asBob)
	s.want(400, http.MethodPost, "/api/datasets/bob/data/commit/main", lines(lfsLine("x.bin", content)), asBob)
	s.want(200, http.MethodPost, "/api/datasets/alice/data/lfs-files/duplicate", fmt.Sprintf(`{"target":{"type":"dataset","name":"bob/data"},"files":[{"sha256":%q}]}`, sha(content)), asBob)
	s.want(200, http.MethodPost, "/api/datasets/bob/data/commit/main", lines(lfsLine("x.bin", content)), asBob)
}

func TestBatchRefuses(t *testing.T) {
	t.Parallel()
	s := made(t, Options{})
	objects := strings.TrimSuffix(strings.Repeat(`{"oid":"x","size":1},`, wire.MaxLFSBatch+1), ",")
	for body, status := range map[string]int{
		`{"operation":"upload","objects":[` + objects + `]}`:                  413,
		`{"operation":"delete","objects":[]}`:                                 400,
		`{"operation":"upload","objects":[],"hash_algo":"sha512"}`:            409,
		`{"operation":"upload","objects":{}}`:                                 400,
		"\xff":                                                                400,
		`{"operation":"upload","objects":[` + strings.Repeat(" ", maxLFSJSON): 413,
	} {
		s.want(status, http.MethodPost, "/datasets/alice/data.git/info/lfs/objects/batch", body, asAlice)
	}
	var out wire.LFSBatchResponse
	s.want(200, http.MethodPost, "/datasets/alice/data.git/info/lfs/objects/batch",
		fmt.Sprintf(`{"operation":"upload","objects":[{"oid":"../x","size":1},{"oid":%q,"size":-1},{"oid":%q,"size":9999999999999}]}`, sha("a"), sha("b")), asAlice).into(t, &out)
	for _, o := range out.Objects {
		if o.Error == nil || o.Error.Code != 422 || o.Actions != nil {
			t.Errorf("%+v", o)
		}
	}
}

func TestMultipart(t *testing.T) {
	t.Parallel()
	s := made(t, Options{PartSize: 5})
	const content = "0123456789ab"
	o := s.batch(content, asAlice)
	upload := o.Actions.Upload
	if upload.Header[wire.LFSChunkSize] != "5" || len(upload.Header) != 4 {
		t.Fatalf("%+v", upload)
	}
	completion := wire.LFSCompletion{OID: sha(content)}
	complete := func() int {
		body, err := json.Marshal(completion)
		if err != nil {
			t.Fatal(err)
		}
		return ask(t, http.MethodPost, upload.Href, string(body), "Content-Type", wire.MediaTypeLFS).StatusCode
	}
	for n, part := range []string{"01234", "56789", "ab"} {
		if a := ask(t, http.MethodPut, upload.Header[fmt.Sprint(n+1)], part+"x"); a.StatusCode != 400 {
			t.Errorf("a part that is too long: status %d", a.StatusCode)
		}
		if status := complete(); status == 200 {
			t.Errorf("completed without part %d", n+1)
		}
		a := ask(t, http.MethodPut, upload.Header[fmt.Sprint(n+1)], part)
		if a.StatusCode != 200 || a.Header.Get("ETag") == "" {
			t.Fatalf("status %d: %s", a.StatusCode, a.body)
		}
		completion.Parts = append(completion.Parts, wire.LFSPart{PartNumber: n + 1, ETag: a.Header.Get("ETag")})
	}
	// The same upload goes on for a client that begins again.
	if again := s.batch(content, asAlice); mustUpload(t, again.Actions.Upload.Href) != mustUpload(t, upload.Href) {
		t.Error("a second upload was begun")
	}
	for range 2 {
		if status := complete(); status != 200 {
			t.Errorf("complete: status %d", status)
		}
	}
	s.commit("main", lfsLine("x.bin", content))
}

// mustUpload is the upload that an address is of.
func mustUpload(t *testing.T, href string) string {
	t.Helper()
	u, err := url.Parse(href)
	if err != nil || u.Query().Get("upload") == "" {
		t.Fatalf("%s: %v", href, err)
	}
	return u.Query().Get("upload")
}

func TestMultipartWrongHash(t *testing.T) {
	t.Parallel()
	s := made(t, Options{PartSize: 5})
	upload := s.batch("0123456789", asAlice).Actions.Upload
	completion := wire.LFSCompletion{OID: sha("0123456789")}
	for n := range 2 {
		a := ask(t, http.MethodPut, upload.Header[fmt.Sprint(n+1)], "wrong")
		completion.Parts = append(completion.Parts, wire.LFSPart{PartNumber: n + 1, ETag: a.Header.Get("ETag")})
	}
	body, err := json.Marshal(completion)
	if err != nil {
		t.Fatal(err)
	}
	if a := ask(t, http.MethodPost, upload.Href, string(body)); a.StatusCode != 400 {
		t.Errorf("status %d: %s", a.StatusCode, a.body)
	}
	s.want(400, http.MethodPost, "/api/datasets/alice/data/commit/main", lines(lfsLine("x.bin", "0123456789")), asAlice)
}

func TestTicket(t *testing.T) {
	t.Parallel()
	s := signer{key: []byte("key")}
	now := time.Unix(1_700_000_000, 0)
	want := ticket{action: actionPart, repo: "a/b", oid: sha("x"), size: 7, upload: "id/../x&y", part: 3}
	u, err := url.Parse("http://127.0.0.1" + s.ticket(want, now))
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := s.readTicket(u, now); !ok || got != want || !isTicket(u) {
		t.Errorf("%+v, %v", got, ok)
	}
	if _, ok := s.readTicket(u, now.Add(ticketLife)); ok {
		t.Error("good for ever")
	}
	if _, ok := (signer{key: []byte("other")}).readTicket(u, now); ok {
		t.Error("good with another key")
	}
}

func FuzzTicket(f *testing.F) {
	s := signer{key: []byte("key")}
	now := time.Unix(1_700_000_000, 0)
	f.Add(s.ticket(ticket{action: actionPut, repo: "a/b", oid: sha("x"), size: 7}, now) + "&x=y")
	f.Add("/upload/a/b/c?action=put&size=1&signature=")
	f.Fuzz(func(t *testing.T, address string) {
		u, err := url.Parse(address)
		if err != nil {
			return
		}
		if got, ok := s.readTicket(u, now); ok {
			t.Errorf("%s: %+v", address, got)
		}
	})
}

func TestPreupload(t *testing.T) {
	t.Parallel()
	s := made(t, Options{LargeFile: 100})
	s.commit("main", file64(".gitignore", "*.log\n"))
	tests := []struct{ path, sample, size, want string }{
		{"a.txt", "aGVsbG8=", "5", "regular false 2e65efe2a145dda7ee51d1741299f848e5bf752e"},
		{"new.txt", "aGVsbG8=", "5", "regular false "},
		{"x.parquet", "aGVsbG8=", "5", "lfs false "},
		{"x.parquet", "", "0", "regular false "},
		{"long.txt", "aGVsbG8=", "100", "lfs false "},
		{"binary", "aABi", "3", "lfs false "},
		{"x.log", "aGVsbG8=", "5", "regular true "},
		{"dir", "aGVsbG8=", "5", "regular false "},
	}
	var files []string
	for _, tt := range tests {
		files = append(files, fmt.Sprintf(`{"path":%q,"sample":%q,"size":%s}`, tt.path, tt.sample, tt.size))
	}
	var out wire.PreuploadResponse
	s.want(200, http.MethodPost, "/api/datasets/alice/data/preupload/main", `{"files":[`+strings.Join(files, ",")+`]}`, asAlice).into(t, &out)
	for i, tt := range tests {
		if got := fmt.Sprint(out.Files[i].UploadMode, " ", out.Files[i].ShouldIgnore, " ", out.Files[i].OID); got != tt.want || out.Files[i].Path != tt.path {
			t.Errorf("%s: %s, want %s", tt.path, got, tt.want)
		}
	}
	s.want(200, http.MethodPost, "/api/datasets/alice/data/preupload/main", `{"files":[{"path":"x.foo","sample":"","size":5}],"gitIgnore":"*.foo","gitAttributes":"*.foo filter=lfs"}`, asAlice).into(t, &out)
	if out.Files[0].UploadMode != wire.ModeLFS || !out.Files[0].ShouldIgnore || len(out.CommitOID) != 40 {
		t.Errorf("%+v", out)
	}
	many := strings.TrimSuffix(strings.Repeat(`{"path":"x","sample":"","size":1},`, wire.MaxPreupload+1), ",")
	for body, status := range map[string]int{
		`{"files":[` + many + `]}`:                         413,
		`{"files":[{"path":"../x","sample":"","size":1}]}`: 400,
		`{"files":[{"path":"x","sample":"","size":-1}]}`:   400,
		`{"files":[{"path":"x","sample":"%%%","size":1}]}`: 400,
		`{"files":[{"path":"x","sample":"","size":1e40}]}`: 400,
		`{"files":"x"}`: 400,
		`{"files":[{"path":"` + strings.Repeat("x", 9<<20):    413,
		`{"files":[{"path":"x","sample":"","size":1}]} extra`: 400,
	} {
		s.want(status, http.MethodPost, "/api/datasets/alice/data/preupload/main", body, asAlice)
	}
	s.want(404, http.MethodPost, "/api/datasets/alice/data/preupload/nope", `{"files":[]}`, asAlice)
}

// TestLostAnswer plays a fault on a commit, which is made all the same.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	s := made(t, Options{})
	if err := s.Inject(Fault{Path: "/api/datasets/alice/data/commit/main", Count: 1, Lose: true}); err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL()+"/api/datasets/alice/data/commit/main", strings.NewReader(lines(file64("x", "x"))))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", asAlice)
	resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
	if err == nil {
		_ = resp.Body.Close()
		t.Fatalf("status %d", resp.StatusCode)
	}
	if got := s.paths("main"); got != "a.txt dir/b.txt x" {
		t.Error(got)
	}
}

// slowBody sends some bytes, and then nothing until it is closed.
type slowBody struct {
	content *strings.Reader
	closed  chan struct{}
}

func (b slowBody) Read(p []byte) (int, error) {
	if b.content.Len() > 0 {
		return b.content.Read(p)
	}
	<-b.closed
	return 0, errors.New("closed")
}

func (b slowBody) Close() error { return nil }

func TestSlowBody(t *testing.T) {
	t.Parallel()
	s := made(t, Options{BodyTimeout: 50 * time.Millisecond})
	body := slowBody{content: strings.NewReader(lines()), closed: make(chan struct{})}
	defer close(body.closed)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL()+"/api/datasets/alice/data/commit/main", body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", asAlice)
	resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusRequestTimeout {
		t.Errorf("status %d", resp.StatusCode)
	}
}

package hub

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/hfspark/hfspark/hub/wire"
)

// writeHub is as much of a Hub as uploads need, with hooks where things can go wrong. Its storage answers on the same address.
type writeHub struct {
	*httptest.Server
	t *testing.T

	// before sees each request first; true means that it has answered.
	before func(w http.ResponseWriter, r *http.Request) bool
	// committed is called when a commit has been made and before it is told; true means that it has answered.
	committed func(w http.ResponseWriter, r *http.Request) bool
	partSize  int64 // above 0: multipart, for objects above that size
	lfs       func(path string) bool
	ignored   func(path string) bool

	mu       sync.Mutex
	requests []string
	branches map[string][]fakeCommit
	objects  map[string][]byte
	parts    map[string][]byte // oid/number
	bodies   [][]byte          // of commit requests
	prs      int
}

type fakeCommit struct {
	id, title string
	files     map[string]fakeFile
}

type fakeFile struct {
	content []byte
	sha256  string // of LFS files
}

func newWriteHub(t *testing.T) *writeHub {
	t.Helper()
	h := &writeHub{
		t: t, objects: map[string][]byte{}, parts: map[string][]byte{},
		branches: map[string][]fakeCommit{"main": {{id: fakeID(0), title: "initial commit", files: map[string]fakeFile{}}}},
		lfs:      func(path string) bool { return strings.HasSuffix(path, ".bin") },
		ignored:  func(string) bool { return false },
	}
	h.Server = httptest.NewServer(http.HandlerFunc(h.serve))
	t.Cleanup(h.Close)
	return h
}

func fakeID(n int) string { return fmt.Sprintf("%040x", 0xabc000+n) }

func (h *writeHub) client(t *testing.T, o Options) *Client {
	t.Helper()
	c, _ := testClient(t, h.URL, o)
	return c
}

func (h *writeHub) count(prefix string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := 0
	for _, r := range h.requests {
		if strings.HasPrefix(r, prefix) {
			n++
		}
	}
	return n
}

func (h *writeHub) history(branch string) []fakeCommit {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]fakeCommit(nil), h.branches[branch]...)
}

func (h *writeHub) file(branch, path string) (string, bool) {
	history := h.history(branch)
	f, ok := history[len(history)-1].files[path]
	if f.sha256 != "" {
		return string(h.objects[f.sha256]), ok
	}
	return string(f.content), ok
}

func (h *writeHub) serve(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	h.requests = append(h.requests, r.Method+" "+r.URL.EscapedPath())
	h.mu.Unlock()
	if h.before != nil && h.before(w, r) {
		return
	}
	path := strings.TrimPrefix(r.URL.EscapedPath(), "/api/datasets/acme/data/")
	verb, rest, _ := strings.Cut(path, "/")
	rest = strings.ReplaceAll(rest, "%2F", "/")
	switch {
	case verb == "preupload":
		h.preupload(w, r, rest)
	case path == "/datasets/acme/data.git/info/lfs/objects/batch":
		h.batch(w, r)
	case strings.HasPrefix(path, "/storage/"):
		h.store(w, r, strings.TrimPrefix(path, "/storage/"))
	case strings.HasPrefix(path, "/complete/"):
		h.complete(w, r)
	case path == "/verify":
		answerJSON(w, map[string]bool{"ok": true})
	case path == "/api/validate-yaml":
		answerJSON(w, wire.Validation{})
	case verb == "commit":
		h.commit(w, r, rest)
	case verb == "commits":
		h.commits(w, rest)
	case verb == "paths-info":
		h.pathsInfo(w, r, rest)
	case verb == "revision":
		history := h.history(rest)
		answerJSON(w, wire.Info{ID: "acme/data", SHA: history[len(history)-1].id})
	case verb == "refs":
		h.refs(w)
	default:
		h.t.Errorf("unexpected request %s %s", r.Method, r.URL)
		w.WriteHeader(http.StatusTeapot)
	}
}

func answerJSON(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(value)
}

func (h *writeHub) preupload(w http.ResponseWriter, r *http.Request, branch string) {
	var request wire.PreuploadRequest
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil || len(request.Files) > wire.MaxPreupload {
		h.t.Errorf("preupload of %d files: %v", len(request.Files), err)
	}
	history := h.history(branch)
	tip := history[len(history)-1]
	answer := wire.PreuploadResponse{CommitOID: tip.id}
	for _, f := range request.Files {
		a := wire.PreuploadAnswer{Path: f.Path, UploadMode: wire.ModeRegular, ShouldIgnore: h.ignored(f.Path)}
		if h.lfs(f.Path) {
			a.UploadMode = wire.ModeLFS
		}
		if there, ok := tip.files[f.Path]; ok {
			a.OID = there.hash()
		}
		answer.Files = append(answer.Files, a)
	}
	answerJSON(w, answer)
}

func (f fakeFile) hash() string {
	if f.sha256 != "" {
		return f.sha256
	}
	hash := newBlobHash(int64(len(f.content)))
	hash.Write(f.content)
	return hex.EncodeToString(hash.Sum(nil))
}

func (h *writeHub) batch(w http.ResponseWriter, r *http.Request) {
	var request wire.LFSBatchRequest
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil || len(request.Objects) > wire.MaxLFSBatch {
		h.t.Errorf("batch of %d objects: %v", len(request.Objects), err)
	}
	answer := wire.LFSBatchResponse{Transfer: "basic"}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, o := range request.Objects {
		a := wire.LFSBatchAnswer{OID: o.OID, Size: o.Size}
		if _, stored := h.objects[o.OID]; !stored {
			a.Actions = &wire.LFSActions{
				Upload: &wire.LFSAction{Href: h.URL + "/storage/" + o.OID},
				Verify: &wire.LFSAction{Href: h.URL + "/verify"},
			}
			if h.partSize > 0 && o.Size > h.partSize {
				up := a.Actions.Upload
				up.Href = h.URL + "/complete/" + o.OID + "?sig=x"
				up.Header = map[string]string{"chunk_size": strconv.FormatInt(h.partSize, 10)}
				for n := int64(1); n <= (o.Size-1)/h.partSize+1; n++ {
					up.Header[fmt.Sprintf("%05d", n)] = fmt.Sprintf("%s/storage/%s/%d?sig=y", h.URL, o.OID, n)
				}
			}
		}
		answer.Objects = append(answer.Objects, a)
	}
	answerJSON(w, answer)
}

func (h *writeHub) store(w http.ResponseWriter, r *http.Request, name string) {
	if r.Header.Get("Authorization") != "" {
		h.t.Errorf("the token was sent to the storage")
	}
	if r.ContentLength < 0 {
		h.t.Errorf("an upload without Content-Length")
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if strings.Contains(name, "/") {
		h.parts[name] = body
		w.Header().Set("ETag", `"`+hexSHA(body)[:8]+`"`)
		return
	}
	if hexSHA(body) != name {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	h.objects[name] = body
}

func hexSHA(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func (h *writeHub) complete(w http.ResponseWriter, r *http.Request) {
	var completion wire.LFSCompletion
	if err := json.NewDecoder(r.Body).Decode(&completion); err != nil {
		h.t.Error(err)
	}
	if r.Header.Get("Authorization") != "" {
		h.t.Errorf("the token was sent to complete an upload")
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []byte
	for _, p := range completion.Parts {
		part, ok := h.parts[fmt.Sprintf("%s/%d", completion.OID, p.PartNumber)]
		if !ok || p.ETag != `"`+hexSHA(part)[:8]+`"` {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		all = append(all, part...)
	}
	if hexSHA(all) != completion.OID {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	h.objects[completion.OID] = all
	answerJSON(w, map[string]bool{"success": true})
}

func (h *writeHub) commit(w http.ResponseWriter, r *http.Request, branch string) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	if r.ContentLength != int64(len(body)) {
		h.t.Errorf("a commit of %d bytes says that it has %d", len(body), r.ContentLength)
	}
	h.mu.Lock()
	status, answer := h.apply(r, branch, body)
	h.mu.Unlock()
	if status == http.StatusOK && h.committed != nil && h.committed(w, r) {
		return
	}
	if status != http.StatusOK {
		if status == http.StatusNotFound {
			w.Header().Set(wire.HeaderErrorCode, wire.CodeEntryNotFound)
		}
		w.WriteHeader(status)
	}
	answerJSON(w, answer)
}

func (h *writeHub) apply(r *http.Request, branch string, body []byte) (int, any) {
	h.bodies = append(h.bodies, body)
	history := h.branches[branch]
	tip := history[len(history)-1]
	next := fakeCommit{files: map[string]fakeFile{}}
	for path, f := range tip.files {
		next.files[path] = f
	}
	scanner := bufio.NewScanner(bytes.NewReader(body))
	scanner.Buffer(nil, 64<<20)
	for scanner.Scan() {
		var line struct {
			Key   string `json:"key"`
			Value struct{ Summary, ParentCommit, Path, Content, OID string }
		}
		if err := json.Unmarshal(scanner.Bytes(), &line); err != nil {
			h.t.Errorf("commit line %q: %v", scanner.Text(), err)
		}
		v := line.Value
		switch line.Key {
		case wire.KeyHeader:
			next.title = v.Summary
			if v.ParentCommit != "" && v.ParentCommit != tip.id {
				return http.StatusPreconditionFailed, map[string]string{"error": "The branch was updated since you opened this page. Please refresh and try again."}
			}
		case wire.KeyFile:
			content, err := base64.StdEncoding.DecodeString(v.Content)
			if err != nil {
				h.t.Error(err)
			}
			next.files[v.Path] = fakeFile{content: content}
		case wire.KeyLFSFile:
			if _, ok := h.objects[v.OID]; !ok {
				return http.StatusBadRequest, map[string]string{"error": "not uploaded"}
			}
			next.files[v.Path] = fakeFile{sha256: v.OID}
		case wire.KeyDeletedFile:
			if _, ok := next.files[v.Path]; !ok {
				return http.StatusNotFound, map[string]string{"error": "A file with this name doesn't exist"}
			}
			delete(next.files, v.Path)
		case wire.KeyDeletedFolder:
			for path := range next.files {
				if strings.HasPrefix(path, v.Path) {
					delete(next.files, path)
				}
			}
		}
	}
	n := 0
	for _, b := range h.branches {
		n += len(b)
	}
	next.id = fakeID(n)
	answer := wire.CommitResponse{Success: true, CommitOID: next.id, CommitURL: h.URL + "/datasets/acme/data/commit/" + next.id}
	if r.URL.Query().Get("create_pr") == "1" {
		h.prs++
		branch = fmt.Sprintf("refs/pr/%d", h.prs)
		answer.PullRequestURL = fmt.Sprintf("%s/datasets/acme/data/discussions/%d", h.URL, h.prs)
	}
	h.branches[branch] = append(append([]fakeCommit(nil), history...), next)
	return http.StatusOK, answer
}

func (h *writeHub) commits(w http.ResponseWriter, branch string) {
	var out []wire.Commit
	for _, c := range h.history(branch) {
		out = append([]wire.Commit{{ID: c.id, Title: c.title}}, out...)
	}
	answerJSON(w, out)
}

func (h *writeHub) pathsInfo(w http.ResponseWriter, r *http.Request, revision string) {
	if err := r.ParseForm(); err != nil {
		h.t.Error(err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	var files map[string]fakeFile
	for name, branch := range h.branches {
		for i, c := range branch {
			if c.id == revision || (name == revision && i == len(branch)-1) {
				files = c.files
			}
		}
	}
	out := []wire.Entry{}
	for _, path := range r.PostForm["paths"] {
		if f, ok := files[path]; ok {
			e := wire.Entry{Type: wire.TypeFile, Path: path, OID: f.hash(), Size: int64(len(f.content))}
			if f.sha256 != "" {
				e.Size = int64(len(h.objects[f.sha256]))
				e.LFS = &wire.LFS{OID: f.sha256, Size: e.Size}
			}
			out = append(out, e)
		}
	}
	answerJSON(w, out)
}

func (h *writeHub) refs(w http.ResponseWriter) {
	h.mu.Lock()
	defer h.mu.Unlock()
	refs := wire.Refs{Branches: []wire.Ref{}, Converts: []wire.Ref{}, Tags: []wire.Ref{}}
	for n := 1; n <= h.prs; n++ {
		refs.PullRequests = append(refs.PullRequests, wire.Ref{Name: strconv.Itoa(n), Ref: fmt.Sprintf("refs/pr/%d", n)})
	}
	answerJSON(w, refs)
}

// cut ends the connection without an answer.
func cut(w http.ResponseWriter) bool {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		_ = conn.Close()
	}
	return true
}

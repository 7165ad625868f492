package localhub

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/hfspark/hfspark/hub/wire"
)

// The sizes of a page of a listing, as on the Hub: what is expanded costs more to find out.
const (
	pageSize         = 1000
	expandedPageSize = 50
)

// tree answers a request for a listing.
func (e *exchange) tree() error {
	query := e.r.URL.Query()
	recursive, err := flag(query, "recursive")
	if err != nil {
		return err
	}
	expand, err := flag(query, "expand")
	if err != nil {
		return err
	}
	most := pageSize
	if expand {
		most = expandedPageSize
	}
	limit, err := pageLimit(query.Get("limit"), most)
	if err != nil {
		return err
	}
	from := 0
	if cursor := query.Get("cursor"); cursor != "" {
		// A cursor holds the commit: pages of a branch that moves on belong together.
		if e.route.revision, from, err = readCursor(cursor); err != nil {
			return err
		}
	}
	s, err := e.snapshot()
	if err != nil {
		return err
	}
	entries, ok := s.list(e.route.path, recursive)
	if !ok {
		return entryNotFound(e.route.path, s.commit)
	}
	entries = entries[min(from, len(entries)):]
	if len(entries) > limit {
		entries = entries[:limit]
		query.Set("cursor", writeCursor(s.commit, from+limit))
		query.Set("limit", strconv.Itoa(limit))
		e.linkNext(query)
	}
	e.w.Header().Set(wire.HeaderRepoCommit, s.commit)
	sendJSON(e.w, http.StatusOK, present(entries, s.commit, expand))
	return nil
}

// flag reads a boolean of a query.
func flag(query url.Values, name string) (bool, error) {
	switch text := query.Get(name); strings.ToLower(text) {
	case "", "false", "0":
		return false, nil
	case "true", "1":
		return true, nil
	default:
		return false, badRequest("%s is %q: expected true or false", name, text)
	}
}

func writeCursor(commit string, from int) string {
	return base64.RawURLEncoding.EncodeToString([]byte(commit + ":" + strconv.Itoa(from)))
}

func readCursor(cursor string) (commit string, from int, err error) {
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil {
		var offset string
		commit, offset, _ = strings.Cut(string(text), ":")
		from, err = strconv.Atoi(offset)
	}
	if err != nil || from < 0 {
		return "", 0, badRequest("cursor is none of this Hub")
	}
	return commit, from, nil
}

// linkNext tells the address of the next page: absolute, at the host that the client used.
func (e *exchange) linkNext(query url.Values) {
	e.w.Header().Set("Link", wire.FormatLink(e.address()+e.r.URL.EscapedPath()+"?"+query.Encode(), "next"))
}

// present makes the items of an answer. The result is never nil, which JSON would show.
func present(entries []wire.Entry, commit string, expand bool) []wire.Entry {
	out := append(make([]wire.Entry, 0, len(entries)), entries...)
	if !expand {
		return out
	}
	for i := range out {
		out[i].LastCommit = &wire.LastCommit{ID: commit, Title: commitTitle, Date: commitDate}
		if out[i].Type == wire.TypeFile {
			out[i].Security = &wire.Security{Status: "unscanned"}
		}
	}
	return out
}

// maxForm bounds the body of a paths-info request.
const maxForm = 8 << 20

// pathsInfo answers a request about given paths. Those that do not exist are left out.
func (e *exchange) pathsInfo() error {
	s, err := e.snapshot()
	if err != nil {
		return err
	}
	request, err := e.readPaths()
	if err != nil {
		return err
	}
	if len(request.Paths) > wire.MaxPaths {
		return &failure{status: http.StatusRequestEntityTooLarge, message: fmt.Sprintf("too many parameters: at most %d paths", wire.MaxPaths)}
	}
	var found []wire.Entry
	for _, path := range request.Paths {
		if at, ok := s.index[strings.TrimSuffix(path, "/")]; ok {
			found = append(found, s.entries[at])
		}
	}
	e.w.Header().Set(wire.HeaderRepoCommit, s.commit)
	sendJSON(e.w, http.StatusOK, present(found, s.commit, request.Expand))
	return nil
}

// readPaths reads a paths-info request: Python sends a form, JavaScript JSON.
func (e *exchange) readPaths() (request wire.PathsInfoRequest, err error) {
	kind, _, err := mime.ParseMediaType(e.r.Header.Get("Content-Type"))
	if err != nil {
		return request, badRequest("the request does not tell its Content-Type")
	}
	body, err := io.ReadAll(io.LimitReader(e.r.Body, maxForm))
	if err != nil {
		return request, badRequest("cannot read the request: %v", err)
	}
	switch kind {
	case "application/json":
		if err := json.Unmarshal(body, &request); err != nil {
			return request, badRequest("cannot read the request: %v", err)
		}
	case "application/x-www-form-urlencoded":
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return request, badRequest("cannot read the request: %v", err)
		}
		request.Paths = form["paths"]
		if request.Expand, err = flag(form, "expand"); err != nil {
			return request, err
		}
	default:
		return request, &failure{status: http.StatusUnsupportedMediaType, message: "expected a form or JSON, not " + kind}
	}
	return request, nil
}

func (e *exchange) refs() error {
	s, err := e.repo.current()
	if err != nil {
		return err
	}
	sendJSON(e.w, http.StatusOK, wire.Refs{
		Branches: []wire.Ref{{Name: mainBranch, Ref: mainRef, TargetCommit: s.commit}}, Converts: []wire.Ref{}, Tags: []wire.Ref{},
	})
	return nil
}

func (e *exchange) commits() error {
	s, err := e.snapshot()
	if err != nil {
		return err
	}
	sendJSON(e.w, http.StatusOK, []wire.Commit{{
		ID: s.commit, Title: commitTitle, Date: commitDate, Authors: []wire.Author{{User: commitAuthor}},
	}})
	return nil
}

package localhub

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/hfspark/hfspark/hub/localhub/store"
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
	s, from, err := e.snapshotAt(query.Get("cursor"))
	if err != nil {
		return err
	}
	commit := s.Commit().SHA
	entries, next, err := s.Page(e.route.path, recursive, from, limit)
	if errors.Is(err, store.ErrNoEntry) {
		return entryNotFound(e.route.path, commit)
	}
	if err != nil {
		return err
	}
	if next > 0 {
		query.Set("cursor", writeCursor(commit, next))
		query.Set("limit", strconv.Itoa(limit))
		e.linkNext(query)
	}
	return e.present(s, entries, expand)
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

// present sends entries of a snapshot. The list is never null in JSON.
func (e *exchange) present(s *store.Snapshot, entries []store.Entry, expand bool) error {
	out := make([]wire.Entry, 0, len(entries))
	for _, entry := range entries {
		out = append(out, wireEntry(entry))
	}
	if expand {
		if err := addLastCommits(s, out); err != nil {
			return err
		}
	}
	e.w.Header().Set(wire.HeaderRepoCommit, s.Commit().SHA)
	sendJSON(e.w, http.StatusOK, out)
	return nil
}

func wireEntry(e store.Entry) wire.Entry {
	out := wire.Entry{Type: wire.TypeFile, Path: e.Path, OID: e.OID, Size: e.Size}
	if e.Directory {
		out.Type = wire.TypeDirectory
	}
	if e.Large() {
		out.LFS = &wire.LFS{OID: e.SHA256, Size: e.Size, PointerSize: int64(len(e.Pointer()))}
	}
	return out
}

// addLastCommits tells of each entry which commit changed it last.
func addLastCommits(s *store.Snapshot, entries []wire.Entry) error {
	paths := make([]string, len(entries))
	for i, entry := range entries {
		paths[i] = entry.Path
	}
	commits, err := s.LastCommits(paths)
	if err != nil {
		return err
	}
	for i := range entries {
		last := commits[entries[i].Path]
		entries[i].LastCommit = &wire.LastCommit{ID: last.SHA, Title: last.Title, Date: date(last.Date)}
		if entries[i].Type == wire.TypeFile {
			entries[i].Security = &wire.Security{Status: "unscanned"}
		}
	}
	return nil
}

// date prints a time as the Hub does.
func date(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// maxForm bounds the body of a paths-info request.
const maxForm = 8 << 20

// pathsInfo answers a request about given paths. Those that do not exist are left out.
func (e *exchange) pathsInfo() error {
	s, found, expand, err := e.askedPaths()
	if err != nil {
		return err
	}
	return e.present(s, found, expand)
}

// askedPaths finds what a paths-info request asks for.
func (e *exchange) askedPaths() (s *store.Snapshot, found []store.Entry, expand bool, err error) {
	if s, err = e.snapshot(); err != nil {
		return nil, nil, false, err
	}
	request, err := e.readPaths()
	if err != nil {
		return nil, nil, false, err
	}
	if len(request.Paths) > wire.MaxPaths {
		return nil, nil, false, &failure{status: http.StatusRequestEntityTooLarge, message: fmt.Sprintf("too many parameters: at most %d paths", wire.MaxPaths)}
	}
	for _, path := range request.Paths {
		entry, err := s.Entry(strings.TrimSuffix(path, "/"))
		if errors.Is(err, store.ErrNoEntry) {
			continue
		}
		if err != nil {
			return nil, nil, false, err
		}
		found = append(found, entry)
	}
	return s, found, request.Expand, nil
}

// readPaths reads a paths-info request: Python sends a form, JavaScript JSON.
func (e *exchange) readPaths() (request wire.PathsInfoRequest, err error) {
	kind, _, err := mime.ParseMediaType(e.r.Header.Get("Content-Type"))
	if err != nil {
		return request, badRequest("the request does not tell its Content-Type")
	}
	body, err := io.ReadAll(e.body(maxForm))
	if err != nil {
		return request, err
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

// treeSize answers how large a folder is, with all in it.
func (e *exchange) treeSize() error {
	s, err := e.snapshot()
	if err != nil {
		return err
	}
	size := s.Bytes()
	if e.route.path != "" {
		size, err = folderSize(s, e.route.path)
	}
	if errors.Is(err, store.ErrNoEntry) {
		return entryNotFound(e.route.path, s.Commit().SHA)
	}
	if err != nil {
		return err
	}
	sendJSON(e.w, http.StatusOK, map[string]any{"path": "/" + e.route.path, "size": size})
	return nil
}

func folderSize(s *store.Snapshot, path string) (size int64, err error) {
	for cursor, first := 0, true; first || cursor > 0; first = false {
		var entries []store.Entry
		if entries, cursor, err = s.Page(path, true, cursor, pageSize); err != nil {
			return 0, err
		}
		for _, entry := range entries {
			size += entry.Size
		}
	}
	return size, nil
}

func (e *exchange) refs() error {
	pulls, err := flag(e.r.URL.Query(), "include_prs")
	if err != nil {
		return err
	}
	all, err := e.repo.Refs()
	if err != nil {
		return err
	}
	out := wire.Refs{Branches: wireRefs(all.Branches), Converts: wireRefs(all.Converts), Tags: wireRefs(all.Tags)}
	if pulls {
		out.PullRequests = wireRefs(all.PullRequests)
	}
	sendJSON(e.w, http.StatusOK, out)
	return nil
}

// wireRefs is never nil, which JSON would show.
func wireRefs(refs []store.Ref) []wire.Ref {
	out := make([]wire.Ref, 0, len(refs))
	for _, ref := range refs {
		out = append(out, wire.Ref{Name: ref.Name, Ref: ref.Ref, TargetCommit: ref.Commit})
	}
	return out
}

// The sizes of a page of commits.
const (
	commitsPage    = 50
	maxCommitsPage = 1000
)

// commits answers a request for the history of a revision. The cursor is the first commit of a page.
func (e *exchange) commits() error {
	query := e.r.URL.Query()
	limit := commitsPage
	if text := query.Get("limit"); text != "" {
		var err error
		if limit, err = pageLimit(text, maxCommitsPage); err != nil {
			return err
		}
	}
	first := true
	if cursor := query.Get("cursor"); cursor != "" {
		e.route.revision, first = cursor, false
	}
	sha, err := e.tip()
	if err != nil {
		return err
	}
	out, total := []wire.Commit{}, 0
	for c, err := range e.repo.Log(sha) {
		if err != nil {
			return err
		}
		if total++; total == limit+1 {
			query.Set("cursor", c.SHA)
			e.linkNext(query)
		}
		if total > limit {
			if !first {
				break
			}
			continue // The first page tells how many there are.
		}
		out = append(out, wire.Commit{ID: c.SHA, Title: c.Title, Message: c.Message, Date: date(c.Date), Authors: []wire.Author{{User: c.Author}}})
	}
	if first {
		e.w.Header().Set("X-Total-Count", strconv.Itoa(total))
	}
	sendJSON(e.w, http.StatusOK, out)
	return nil
}

// snapshotAt is the commit that a listing goes on in, and the entry that it goes on from; without a cursor, those of the request.
func (e *exchange) snapshotAt(cursor string) (s *store.Snapshot, from int, err error) {
	if cursor != "" {
		// A cursor holds the commit: pages of a branch that moves on belong together.
		if e.route.revision, from, err = readCursor(cursor); err != nil {
			return nil, 0, err
		}
	}
	s, err = e.snapshot()
	return s, from, err
}

package localhub

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/hfspark/hfspark/hub/localhub/store"
	"github.com/hfspark/hfspark/hub/wire"
)

// lfsFiles lists the large files of a repository, those of its past among them.
func (e *exchange) lfsFiles() error {
	if e.route.sub != "" {
		return &failure{status: http.StatusMethodNotAllowed, message: e.r.Method + " is not allowed here"}
	}
	if err := e.mayWrite("list its LFS files"); err != nil {
		return err
	}
	query := e.r.URL.Query()
	limit, err := pageLimit(query.Get("limit"), pageSize)
	if err != nil {
		return err
	}
	known, err := e.lfsNames()
	if err != nil {
		return err
	}
	after := query.Get("cursor")
	out := []wire.LFSFile{}
	for o, err := range e.repo.Objects().List() {
		if err != nil {
			return refused(err)
		}
		if o.SHA256 <= after {
			continue
		}
		if len(out) == limit {
			query.Set("cursor", out[limit-1].OID)
			e.linkNext(query)
			break
		}
		at, named := known[o.SHA256]
		if !named {
			at.name = o.SHA256
		}
		out = append(out, wire.LFSFile{FileOID: o.SHA256, Filename: at.name, OID: o.SHA256, PushedAt: wireTime(o.Added), Ref: at.ref, Size: o.Size})
	}
	sendJSON(e.w, http.StatusOK, out)
	return nil
}

// lfsName is where a large file is.
type lfsName struct{ name, ref string }

// lfsNames finds large files by their hash on all branches and pull requests.
func (e *exchange) lfsNames() (map[string]lfsName, error) {
	refs, err := e.repo.Refs()
	if err != nil {
		return nil, refused(err)
	}
	out := map[string]lfsName{}
	for _, ref := range slices.Concat(refs.Branches, refs.Converts, refs.PullRequests, refs.Tags) {
		s, err := e.repo.Snapshot(ref.Commit)
		if err != nil {
			return nil, refused(err)
		}
		for entry, err := range s.Entries() {
			if err != nil {
				return nil, err
			}
			if _, known := out[entry.SHA256]; entry.Large() && !known {
				out[entry.SHA256] = lfsName{name: entry.Path, ref: ref.Ref}
			}
		}
	}
	return out, nil
}

// changeLFSFiles deletes large files for good, or gives them to another repository.
func (e *exchange) changeLFSFiles() error {
	switch e.route.sub {
	case "batch":
		return e.deleteLFSFiles()
	case "duplicate":
		return e.duplicateLFSFiles()
	}
	return &failure{status: http.StatusMethodNotAllowed, message: e.r.Method + " is not allowed here"}
}

func (e *exchange) deleteLFSFiles() error {
	if err := e.mayWrite("delete its LFS files"); err != nil {
		return err
	}
	var request wire.DeleteLFSRequest
	if err := e.json(maxJSON, &request); err != nil {
		return err
	}
	if request.Deletions.RewriteHistory {
		return &failure{
			status:  http.StatusNotImplemented,
			message: "This Hub does not rewrite history: pass rewrite_history=False, and the files stay listed but can no longer be read",
		}
	}
	for _, sha := range request.Deletions.SHA {
		if err := e.repo.Objects().Remove(sha); err != nil && !errors.Is(err, store.ErrObjectMissing) {
			return refused(err)
		}
	}
	sendJSON(e.w, http.StatusOK, struct{}{})
	return nil
}

// duplicateLFSFiles gives large files of this repository to another one.
func (e *exchange) duplicateLFSFiles() error {
	if !e.rule.Opens(e.user) {
		return e.gated()
	}
	var request wire.DuplicateRequest
	if err := e.json(maxLFSJSON, &request); err != nil {
		return err
	}
	if err := onlyDatasets(strings.TrimSuffix(request.Target.Type, "s")); err != nil {
		return err
	}
	source := e.repo
	if err := e.lookup(request.Target.Name); err != nil {
		return err
	}
	if err := e.mayPush("", true); err != nil {
		return err
	}
	answer := wire.DuplicateResponse{Failed: []wire.DuplicateFailure{}}
	for _, f := range request.Files {
		if err := e.repo.Objects().Link(source, f.SHA256); err != nil {
			if !errors.Is(err, store.ErrObjectMissing) {
				return refused(err)
			}
			answer.Failed = append(answer.Failed, wire.DuplicateFailure{SHA256: f.SHA256, Error: "not found"})
		}
	}
	sendJSON(e.w, http.StatusOK, answer)
	return nil
}

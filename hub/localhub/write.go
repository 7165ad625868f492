package localhub

import (
	"errors"
	"net/http"
	"syscall"

	"github.com/hfspark/hfspark/hub/localhub/access"
	"github.com/hfspark/hfspark/hub/localhub/store"
	"github.com/hfspark/hfspark/hub/wire"
)

// everybody is whose name is on what is written to a Hub without tokens.
const everybody = "local"

// author is whose name is on what the request writes.
func (e *exchange) author() string {
	if e.user == "" && e.server.access.Open() {
		return everybody
	}
	return e.user
}

// forbidden refuses what the user has no right to.
func forbidden(message string) *failure {
	return &failure{status: http.StatusForbidden, message: message}
}

// mayChange refuses who changes nothing on this Hub: anonymous requests, tokens that only read, and everybody when its folder cannot be
// written to. what completes "you must use a write token to".
func (e *exchange) mayChange(what string) error {
	switch {
	case e.server.store.ReadOnly():
		return forbidden("This Hub serves its folder read-only")
	case e.server.access.Open():
		return nil
	case e.user == "":
		// The code is what the real clients make of a bare 401 of the real Hub.
		return &failure{status: http.StatusUnauthorized, code: wire.CodeRepoNotFound, message: "Invalid username or password."}
	case e.who.Role == access.RoleRead:
		return forbidden("Forbidden: you must use a write token to " + what + ".")
	}
	return nil
}

// mayWrite refuses who may not change the repository.
func (e *exchange) mayWrite(what string) error {
	if err := e.mayChange(what); err != nil {
		return err
	}
	if !e.rule.Writes(e.user) {
		return forbidden("Forbidden: you do not have the rights to " + what + ": " + e.repo.ID() + " belongs to others.")
	}
	return nil
}

// mayPush refuses who may not commit to ref, or make a pull request to it. Everybody who may read a repository, and write at all,
// may make pull requests, and add to their own.
func (e *exchange) mayPush(ref string, newPullRequest bool) error {
	if err := e.mayChange("upload to a repository"); err != nil {
		return err
	}
	if e.rule.Writes(e.user) {
		return nil
	}
	if !e.rule.Opens(e.user) {
		return e.gated()
	}
	if newPullRequest {
		return nil
	}
	settings, err := e.repo.Settings()
	if err != nil {
		return err
	}
	for _, d := range settings.Discussions {
		if d.PullRequest && ref == pullRequestRef(d.Number) && d.Author == e.user {
			return nil
		}
	}
	return forbidden("Forbidden: pass `create_pr=1` as a query parameter to create a Pull Request.")
}

// refused makes an answer of an error of the store.
func refused(err error) error {
	var known *failure
	var at *store.PathError
	switch {
	case err == nil || errors.As(err, &known):
		return err
	case errors.Is(err, store.ErrReadOnly):
		return forbidden("This Hub serves its folder read-only")
	case errors.Is(err, store.ErrNotFound):
		return &failure{status: http.StatusNotFound, code: wire.CodeRepoNotFound, message: "Repository not found"}
	case errors.Is(err, store.ErrStaleParent):
		return &failure{status: http.StatusPreconditionFailed, message: wire.MessageStaleParent}
	case errors.Is(err, store.ErrExists):
		return &failure{status: http.StatusConflict, message: err.Error()}
	case errors.Is(err, store.ErrProtected):
		return forbidden(err.Error())
	case errors.Is(err, store.ErrRevision):
		return &failure{status: http.StatusNotFound, code: wire.CodeRevisionNotFound, message: err.Error()}
	case errors.As(err, &at) && errors.Is(err, store.ErrNoEntry):
		return &failure{status: http.StatusNotFound, code: wire.CodeEntryNotFound, message: wire.MessageNoSuchFile + ": " + at.Path}
	case errors.Is(err, store.ErrBadPath), errors.Is(err, store.ErrBadName), errors.Is(err, store.ErrObjectMissing), errors.Is(err, store.ErrContent):
		return badRequest("%v", err)
	case errors.Is(err, store.ErrConflict):
		return &failure{status: http.StatusConflict, message: err.Error()}
	case errors.Is(err, store.ErrUpload):
		return &failure{status: http.StatusNotFound, message: err.Error()}
	case errors.Is(err, syscall.ENOSPC):
		return &failure{status: http.StatusInsufficientStorage, message: "This Hub's disk is full"}
	}
	return err
}

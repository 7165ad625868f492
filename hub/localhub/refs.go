package localhub

import (
	"errors"
	"net/http"
	"strings"

	"github.com/hfspark/hfspark/hub/localhub/store"
	"github.com/hfspark/hfspark/hub/wire"
)

// resolved returns the commit that a revision names.
func (e *exchange) resolved(revision string) (string, error) {
	sha, err := e.repo.Resolve(revision)
	if errors.Is(err, store.ErrRevision) {
		return "", revisionNotFound(revision)
	}
	return sha, refused(err)
}

// refFailure is how the Hub tells what went wrong with a branch or tag, given by its ref in full and by the name in the request; nil is nil.
func refFailure(err error, ref, name string) error {
	switch {
	case errors.Is(err, store.ErrExists):
		return &failure{status: http.StatusConflict, message: "Reference " + ref + " already exists"}
	case errors.Is(err, store.ErrBadName):
		return badRequest("Invalid reference name: %q", name)
	case errors.Is(err, store.ErrProtected):
		return forbidden("Cannot delete " + ref)
	case errors.Is(err, store.ErrRevision):
		return &failure{status: http.StatusNotFound, code: wire.CodeRevisionNotFound, message: "Reference does not exist"}
	}
	return refused(err)
}

// createBranch makes a branch.
func (e *exchange) createBranch() error {
	if err := e.mayWrite("create a branch"); err != nil {
		return err
	}
	var request wire.BranchRequest
	if err := e.json(maxJSON, &request); err != nil {
		return err
	}
	o := store.BranchOptions{Replace: request.Overwrite, Empty: request.EmptyBranch, Author: e.author()}
	if o.Replace && !o.Empty && request.StartingPoint == "" {
		if _, err := e.repo.Resolve(branchRef(e.route.revision)); err == nil {
			sendJSON(e.w, http.StatusCreated, struct{}{}) // It stays where it is.
			return nil
		}
	}
	sha, err := e.resolved(request.StartingPoint)
	if err != nil {
		return err
	}
	if err := refFailure(e.repo.CreateBranch(e.route.revision, sha, o), branchRef(e.route.revision), e.route.revision); err != nil {
		return err
	}
	sendJSON(e.w, http.StatusCreated, struct{}{})
	return nil
}

// deleteBranch deletes a branch.
func (e *exchange) deleteBranch() error {
	if err := e.mayWrite("delete a branch"); err != nil {
		return err
	}
	if err := refFailure(e.repo.DeleteBranch(e.route.revision), branchRef(e.route.revision), e.route.revision); err != nil {
		return err
	}
	sendJSON(e.w, http.StatusOK, struct{}{})
	return nil
}

// createTag puts a tag on a revision.
func (e *exchange) createTag() error {
	if err := e.mayWrite("create a tag"); err != nil {
		return err
	}
	var request wire.TagRequest
	if err := e.json(maxJSON, &request); err != nil {
		return err
	}
	sha, err := e.resolved(e.route.revision)
	if err != nil {
		return err
	}
	if err := refFailure(e.repo.CreateTag(request.Tag, sha, request.Message, e.author()), tagRef(request.Tag), request.Tag); err != nil {
		return err
	}
	sendJSON(e.w, http.StatusCreated, struct{}{})
	return nil
}

// deleteTag deletes a tag.
func (e *exchange) deleteTag() error {
	if err := e.mayWrite("delete a tag"); err != nil {
		return err
	}
	if err := refFailure(e.repo.DeleteTag(e.route.revision), tagRef(e.route.revision), e.route.revision); err != nil {
		return err
	}
	sendJSON(e.w, http.StatusOK, struct{}{})
	return nil
}

// squash replaces the history of a branch by one commit.
func (e *exchange) squash() error {
	if err := e.mayWrite("squash its history"); err != nil {
		return err
	}
	var request wire.SquashRequest
	if err := e.json(maxJSON, &request); err != nil {
		return err
	}
	if request.Message == "" {
		request.Message = "Super-squash branch '" + e.route.revision + "'"
	}
	sha, err := e.repo.Squash(e.route.revision, request.Message, e.author())
	if errors.Is(err, store.ErrRevision) {
		return revisionNotFound(e.route.revision)
	}
	if err != nil {
		return refused(err)
	}
	sendJSON(e.w, http.StatusOK, map[string]string{"commitOid": sha})
	return nil
}

// branchRef is the ref in full of what a request calls a branch.
func branchRef(name string) string {
	if name == headRef {
		return store.MainRef
	}
	if strings.HasPrefix(name, "refs/") {
		return name
	}
	return "refs/heads/" + name
}

// tagRef is the ref in full of a tag.
func tagRef(name string) string { return "refs/tags/" + name }

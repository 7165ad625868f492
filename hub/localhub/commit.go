package localhub

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/hfspark/hfspark/hub/localhub/commitstream"
	"github.com/hfspark/hfspark/hub/localhub/store"
	"github.com/hfspark/hfspark/hub/wire"
)

// maxRegular is the size in bytes of the largest file that a commit may hold itself, unless the options make larger ones regular.
const maxRegular = 10 << 20

// commitChanges makes a commit, or a pull request of one.
func (e *exchange) commitChanges() error {
	newPullRequest, err := flag(e.r.URL.Query(), "create_pr")
	if err != nil {
		return err
	}
	ref := branchRef(e.route.revision)
	if err := e.mayPush(ref, newPullRequest); err != nil {
		return err
	}
	tip, err := e.repo.Resolve(ref)
	if errors.Is(err, store.ErrRevision) {
		return revisionNotFound(e.route.revision) // Before gigabytes are read.
	}
	if err != nil {
		return err
	}
	options := commitstream.Options{MaxContent: max(maxRegular, e.server.largeFile)}
	lines := commitLines{e: e, tip: tip}
	lines.change = store.Change{Ref: ref, Author: e.author(), PullRequest: newPullRequest}
	if err := commitstream.Parse(e.body(wire.MaxCommitBytes), options, &lines); err != nil {
		return refusedLines(err)
	}
	result, err := e.repo.Commit(e.r.Context(), lines.change)
	if err != nil {
		return refused(err)
	}
	answer := wire.CommitResponse{Success: true, CommitOID: result.Commit, CommitURL: e.repoURL(e.repo.ID()) + "/commit/" + result.Commit}
	if result.PullRequest > 0 {
		answer.PullRequestURL = e.repoURL(e.repo.ID()) + "/discussions/" + strconv.Itoa(result.PullRequest)
	}
	sendJSON(e.w, http.StatusOK, answer)
	return nil
}

// refusedLines makes an answer of an error of reading a commit.
func refusedLines(err error) error {
	var malformed *commitstream.Error
	switch {
	case errors.As(err, &malformed):
		return badRequest("%v", malformed)
	case errors.Is(err, commitstream.ErrTooMany):
		return &failure{
			status:  http.StatusRequestEntityTooLarge,
			message: fmt.Sprintf("%v: at most %d, of them %d in LFS; make several commits", err, commitstream.MaxOperations, wire.MaxCommitLFS),
		}
	}
	return refused(err)
}

// commitLines makes a change of the lines of a commit request. The content of files goes to disk as it comes.
type commitLines struct {
	e      *exchange
	tip    string // of the branch, when the request began
	change store.Change
}

var _ commitstream.Sink = (*commitLines)(nil)

// Header implements [commitstream.Sink].
func (c *commitLines) Header(h wire.CommitHeader) error {
	c.change.Title, c.change.Description, c.change.Parent = h.Summary, h.Description, h.ParentCommit
	if h.ParentCommit == "" || h.ParentCommit == c.tip {
		return nil
	}
	if c.change.PullRequest {
		_, err := c.e.resolved(h.ParentCommit)
		return err
	}
	return store.ErrStaleParent
}

// add adds an operation, whose path must be one that a file can have.
func (c *commitLines) add(o store.Operation) error {
	if err := store.CheckPath(o.Path); err != nil {
		return err
	}
	c.change.Operations = append(c.change.Operations, o)
	return nil
}

// File implements [commitstream.Sink].
func (c *commitLines) File(path string, content io.Reader) error {
	if err := store.CheckPath(path); err != nil {
		return err
	}
	oid, size, err := c.e.repo.WriteBlob(c.ctx(), content)
	if err != nil {
		return err
	}
	return c.add(store.Operation{Kind: store.Add, Path: path, OID: oid, Size: size})
}

// LFSFile implements [commitstream.Sink].
func (c *commitLines) LFSFile(f wire.CommitLFSFile) error {
	o := store.Operation{Kind: store.AddLFS, Path: f.Path, OID: f.OID}
	if f.Size != nil {
		o.Size = *f.Size
	}
	return c.add(o)
}

// Delete implements [commitstream.Sink].
func (c *commitLines) Delete(path string, folder bool) error {
	o := store.Operation{Kind: store.Delete, Path: strings.TrimSuffix(path, "/")}
	if folder {
		o.Kind = store.DeleteFolder
	}
	return c.add(o)
}

func (c *commitLines) ctx() context.Context { return c.e.r.Context() }

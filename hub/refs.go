package hub

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/hfspark/hfspark/hub/wire"
)

// Ref is a name that a revision of a repository has.
type Ref struct {
	Name   string // such as main, v1, parquet or 3
	Ref    string // in full, such as refs/heads/main, refs/tags/v1, refs/convert/parquet or refs/pr/3
	Commit string
}

// Refs are the names that revisions of a repository have.
type Refs struct {
	Branches     []Ref
	Converts     []Ref // what the Hub itself makes, such as refs/convert/parquet
	Tags         []Ref
	PullRequests []Ref // those of pull requests, when they were asked for
}

// Refs lists branches, converted revisions and tags of a repository and, if wanted, its pull requests: each can be read as a
// revision. Errors: [ErrRepositoryNotFound], [ErrUnauthorized].
func (c *Client) Refs(ctx context.Context, repo Repo, pullRequests bool) (*Refs, error) {
	cl, err := c.repoCall(subject{op: "list the refs of", repo: repo}, http.MethodGet, "/refs")
	if err != nil {
		return nil, err
	}
	if pullRequests {
		cl.url.RawQuery = "include_prs=1"
	}
	cl.retry = retryAlways
	var refs wire.Refs
	if _, err := c.getJSON(ctx, cl, &refs); err != nil {
		return nil, err
	}
	return &Refs{
		Branches: refsFromWire(refs.Branches), Converts: refsFromWire(refs.Converts), Tags: refsFromWire(refs.Tags),
		PullRequests: refsFromWire(refs.PullRequests),
	}, nil
}

func refsFromWire(refs []wire.Ref) []Ref {
	out := make([]Ref, len(refs))
	for i, ref := range refs {
		out[i] = Ref{Name: ref.Name, Ref: ref.Ref, Commit: ref.TargetCommit}
	}
	return out
}

// BranchOptions say how a branch is made.
type BranchOptions struct {
	From    string // the revision that it begins at; "" is main
	ExistOK bool   // takes a branch that exists for success, wherever it points
}

// CreateBranch makes a branch. Errors: [ErrExists], [ErrInvalid] for names that git does not take, [ErrRevisionNotFound] when From is
// nothing, [ErrForbidden].
func (c *Client) CreateBranch(ctx context.Context, repo Repo, name string, o BranchOptions) error {
	s := subject{op: fmt.Sprintf("create branch %q of", name), repo: repo, revision: o.From}
	cl, err := c.refCall(s, http.MethodPost, "/branch/", name)
	if err != nil {
		return err
	}
	_, err = c.sendJSON(ctx, cl, wire.BranchRequest{StartingPoint: o.From}, nil)
	err = asExists(err, "there is a branch of this name")
	switch {
	case o.ExistOK && errors.Is(err, ErrExists):
		return nil
	case o.ExistOK && errors.Is(err, ErrForbidden):
		// Who may not create it may still find it there.
		if refs, found := c.Refs(ctx, repo, false); found == nil && slices.ContainsFunc(refs.Branches, func(r Ref) bool { return r.Name == name }) {
			return nil
		}
	}
	return err
}

// DeleteBranch deletes a branch; main cannot be. Errors: [ErrRevisionNotFound], [ErrForbidden].
func (c *Client) DeleteBranch(ctx context.Context, repo Repo, name string) error {
	return c.deleteRef(ctx, subject{op: "delete a branch of", repo: repo, revision: name}, "/branch/")
}

// TagOptions say how a tag is made.
type TagOptions struct {
	Revision string // what is tagged; "" is main
	Message  string // may be empty
	ExistOK  bool   // takes a tag that exists for success, wherever it points
}

// CreateTag makes a tag. Errors are those of [Client.CreateBranch].
func (c *Client) CreateTag(ctx context.Context, repo Repo, name string, o TagOptions) error {
	revision := orMain(o.Revision)
	s := subject{op: fmt.Sprintf("create tag %q of", name), repo: repo, revision: revision}
	if err := validateRef(name); err != nil {
		return s.fail(err.Error(), "", ErrInvalid)
	}
	cl, err := c.repoCall(s, http.MethodPost, "/tag/"+url.PathEscape(revision)) // The path has what is tagged, the body the name.
	if err != nil {
		return err
	}
	_, err = c.sendJSON(ctx, cl, wire.TagRequest{Tag: name, Message: o.Message}, nil)
	err = asExists(err, "there is a tag of this name")
	if o.ExistOK && errors.Is(err, ErrExists) {
		return nil
	}
	return err
}

// DeleteTag deletes a tag. Errors: [ErrRevisionNotFound], [ErrForbidden].
func (c *Client) DeleteTag(ctx context.Context, repo Repo, name string) error {
	return c.deleteRef(ctx, subject{op: "delete a tag of", repo: repo, revision: name}, "/tag/")
}

func (c *Client) deleteRef(ctx context.Context, s subject, path string) error {
	cl, err := c.refCall(s, http.MethodDelete, path, s.revision)
	if err != nil {
		return err
	}
	_, err = c.getJSON(ctx, cl, nil)
	return err
}

// refCall prepares a call about the ref name.
func (c *Client) refCall(s subject, method, path, name string) (call, error) {
	if err := validateRef(name); err != nil {
		return call{}, s.fail(err.Error(), "", ErrInvalid)
	}
	return c.repoCall(s, method, path+url.PathEscape(name))
}

// maxRef is the longest name of a branch or tag: git keeps each part in a file name.
const maxRef = 244

// validateRef applies the rules of git (git-check-ref-format) and the Hub's own to the short name of a branch or tag.
func validateRef(name string) error {
	bad := func(why string) error {
		return fmt.Errorf("%q cannot be the name of a branch or tag: %s", name, why)
	}
	switch {
	case name == "":
		return bad("it is empty")
	case len(name) > maxRef:
		return bad(fmt.Sprintf("it has more than %d bytes", maxRef))
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl):
		return bad("it is not UTF-8, or has control characters")
	case strings.ContainsAny(name, ` ~^:?*[\`) || strings.Contains(name, "..") || strings.Contains(name, "@{"):
		return bad(`blanks, "~", "^", ":", "?", "*", "[", "\", ".." and "@{" are not allowed`)
	case strings.HasPrefix(name, "refs/") || name == "refs":
		return bad(`names that begin with "refs/" are the Hub's own: give the short name`)
	case strings.HasPrefix(name, "-") || strings.HasSuffix(name, ".") || name == "@" || name == "HEAD" || isCommit(name):
		return bad(`it begins with "-", ends with ".", or is "@", HEAD or like a commit`)
	}
	for _, part := range strings.Split(name, "/") {
		if part == "" || part[0] == '.' || strings.HasSuffix(part, ".lock") {
			return bad(`a part between slashes is empty, begins with "." or ends with ".lock"`)
		}
	}
	return nil
}

// CommitInfo is one commit of a repository's history.
type CommitInfo struct {
	ID      string
	Title   string
	Message string // what follows the title; may be empty
	Date    time.Time
	Authors []string // names of users
}

// Commits yields the history of a revision, the latest commit first; "" is main. Pages are fetched as they are needed. After an
// error, which comes with a zero CommitInfo, nothing follows. Errors: [ErrRevisionNotFound], [ErrRepositoryNotFound].
func (c *Client) Commits(ctx context.Context, repo Repo, revision string) iter.Seq2[CommitInfo, error] {
	return func(yield func(CommitInfo, error) bool) {
		revision := orMain(revision)
		s := subject{op: "list the commits of", repo: repo, revision: revision}
		cl, err := c.repoCall(s, http.MethodGet, "/commits/"+url.PathEscape(revision))
		for next := cl.url; err == nil && next != nil; {
			var page []wire.Commit
			page, next, _, err = getPage[wire.Commit](ctx, c, call{subject: s, url: next})
			for _, commit := range page {
				if !yield(commitFromWire(commit), nil) {
					return
				}
			}
		}
		if err != nil {
			yield(CommitInfo{}, err)
		}
	}
}

func commitFromWire(commit wire.Commit) CommitInfo {
	date, err := time.Parse(time.RFC3339, commit.Date)
	if err != nil {
		date = time.Time{} // Nothing depends on it.
	}
	out := CommitInfo{ID: commit.ID, Title: commit.Title, Message: commit.Message, Date: date}
	for _, author := range commit.Authors {
		out.Authors = append(out.Authors, author.User)
	}
	return out
}

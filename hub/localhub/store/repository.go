package store

import (
	"context"
	"io"
	"iter"
	"time"
)

// MainRef is the branch that every repository has.
const MainRef = "refs/heads/main"

// Repository is one dataset repository.
type Repository struct{}

// ID returns <namespace>/<name> as the repository is spelled.
func (r *Repository) ID() string { panic("todo") }

// Plain tells whether this is a plain folder that nothing was written to yet. It has one commit, made of its present content.
func (r *Repository) Plain() bool { panic("todo") }

// Resolve returns the commit that a revision names: a branch, a tag, a commit by all or at least the first four of its digits, or
// a ref in full (refs/heads/x, refs/tags/x, refs/pr/1, refs/convert/parquet). "" and HEAD are the branch main. A branch goes before
// a tag of the same name. Errors: [ErrRevision].
func (r *Repository) Resolve(revision string) (sha string, err error) { panic("todo") }

// Snapshot returns what the repository holds at a commit that [Repository.Resolve] returned. Errors: [ErrRevision].
func (r *Repository) Snapshot(sha string) (*Snapshot, error) { panic("todo") }

// Commit is a commit of a repository.
type Commit struct {
	SHA     string
	Tree    string   // git's id of its root directory
	Parents []string // none for the first commit
	Title   string   // the first line of its message
	Message string   // the rest
	Author  string   // a user's name
	Date    time.Time
}

// Log lists the commit sha and those before it, along first parents, the newest first. Errors: [ErrRevision].
func (r *Repository) Log(sha string) iter.Seq2[Commit, error] { panic("todo") }

// Ref is a name of a commit.
type Ref struct {
	Name   string // short: main, v1, 3 (of refs/pr/3), parquet (of refs/convert/parquet)
	Ref    string // in full
	Commit string // for an annotated tag, the commit that it is on
}

// Refs are all refs of a repository, each kind in the order of names (pull requests by number). main comes first.
type Refs struct{ Branches, Tags, Converts, PullRequests []Ref }

// Refs lists the refs.
func (r *Repository) Refs() (Refs, error) { panic("todo") }

// CreateBranch makes a branch at a commit. A name that begins with refs/ is taken as a ref in full, of which only refs/heads/ and
// refs/convert/ can be made so. Errors: [ErrExists], [ErrBadName], [ErrRevision].
func (r *Repository) CreateBranch(name, sha string) error { panic("todo") }

// DeleteBranch removes a branch; its commits can still be named by their digits. Errors: [ErrRevision], [ErrProtected] for main.
func (r *Repository) DeleteBranch(name string) error { panic("todo") }

// CreateTag puts a tag on a commit: an annotated one when message is not empty. Errors: [ErrExists], [ErrBadName], [ErrRevision].
func (r *Repository) CreateTag(name, sha, message, author string) error { panic("todo") }

// DeleteTag removes a tag. Errors: [ErrRevision].
func (r *Repository) DeleteTag(name string) error { panic("todo") }

// Squash replaces the history of a branch by one commit with the same content. Errors: [ErrRevision].
func (r *Repository) Squash(branch, message, author string) (sha string, err error) { panic("todo") }

// WriteBlob takes in the content of a file that is not in LFS, and returns git's id of it for an [Add]. It is kept on disk for at
// least a day for a [Repository.Commit] to take it over.
func (r *Repository) WriteBlob(ctx context.Context, content io.Reader) (oid string, size int64, err error) {
	panic("todo")
}

// Kind says what an [Operation] does.
type Kind int

// The kinds of operations.
const (
	// Add puts a file with the content that WriteBlob returned OID for, or that the repository has had before, at Path. Content that
	// is an LFS pointer makes a large file, as in git.
	Add Kind = iota + 1
	// AddLFS puts a large file at Path: OID is its SHA-256, Size may be 0 for not known. Its content must be among the
	// repository's [Objects].
	AddLFS
	// Delete removes the file, or the folder with all in it, at Path.
	Delete
	// DeleteFolder removes the folder at Path.
	DeleteFolder
)

// Operation is one change of a commit.
type Operation struct {
	Kind Kind
	Path string
	OID  string
	Size int64
}

// Change is what a commit does. Its operations apply in order, so that of two on one path the last one wins.
type Change struct {
	// Ref is the branch in full: refs/heads/x, refs/pr/3, refs/convert/parquet. It must be there.
	Ref string
	// Parent is the commit that the writer believes to be the tip; "" for whatever it is.
	Parent string
	// Title is the message's first line or lines, Description the rest. An empty title is replaced by one that counts the changes.
	Title, Description string
	// Author is a user's name; "" is anonymous.
	Author     string
	Operations []Operation
	// PullRequest leaves Ref alone, and makes the commit the first of a new pull request to it, from Parent or its tip.
	PullRequest bool
}

// Result is a commit that was made.
type Result struct {
	Commit      string
	Ref         string // that it is the tip of
	PullRequest int    // its number when the change asked for one; else 0
}

// Commit makes a commit. It is there as a whole when Commit returns, and not at all when that fails or the process is killed.
// Commits of one repository happen one after another. A change without effect makes a commit, too.
//
// Errors: [ErrStaleParent], [ErrRevision] for the ref, [ErrReadOnly], and as [PathError]: [ErrBadPath], [ErrNoEntry] for a delete of
// what is not there, [ErrObjectMissing], [ErrContent] for a wrong size, [ErrConflict] for a file below another file.
func (r *Repository) Commit(ctx context.Context, c Change) (Result, error) { panic("todo") }

// Merge puts the changes of an open pull request on its target, as one commit, and marks it merged. title "" means the pull
// request's. Errors: [ErrRevision], [ErrConflict] when a file was changed on both sides or it is not open.
func (r *Repository) Merge(ctx context.Context, number int, title, description, author string) (Result, error) {
	panic("todo")
}

// Objects are the repository's large files.
func (r *Repository) Objects() *Objects { panic("todo") }

// Content opens the content of a large file by its hash. path is where it is in the repository; it is needed for plain folders
// only. Errors: [ErrObjectMissing], [ErrGone].
func (r *Repository) Content(sha256, path string) (content io.ReadSeekCloser, size int64, err error) {
	panic("todo")
}

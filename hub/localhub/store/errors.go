package store

import (
	"errors"
	"fmt"
)

// What can go wrong, for errors.Is. Errors of the operating system (a full disk among them) are passed on wrapped as they are.
var (
	// ErrLocked says that another process has the root open.
	ErrLocked = errors.New("another process serves this folder")
	// ErrReadOnly says that the root cannot be written to, so that it is served as it is.
	ErrReadOnly = errors.New("this folder is served read-only")
	// ErrNotFound says that there is no such repository.
	ErrNotFound = errors.New("no such repository")
	// ErrExists says that a repository, branch or tag of that name is there already, or one whose name excludes it: as in git, the
	// branches a and a/b cannot both be.
	ErrExists = errors.New("exists already")
	// ErrBadName says that the Hub has no repositories, branches or tags of such a name.
	ErrBadName = errors.New("not a valid name")
	// ErrRevision says that a revision names no commit, or more than one.
	ErrRevision = errors.New("no such revision")
	// ErrProtected says that a reference cannot be deleted: the branch main.
	ErrProtected = errors.New("cannot be deleted")
	// ErrStaleParent says that a branch is not where the writer of a commit believes it to be. Nothing was changed.
	ErrStaleParent = errors.New("the branch has moved on since")
	// ErrConflict says that both sides of a merge changed the same file, or that a commit has a file where it needs a folder.
	ErrConflict = errors.New("conflicts with what is there")
	// ErrNoEntry says that a repository has no file or folder of a path. It comes in a [PathError].
	ErrNoEntry = errors.New("no such file or folder")
	// ErrBadPath says that no file of a repository can be called so. It comes in a [PathError].
	ErrBadPath = errors.New("not a valid path")
	// ErrObjectMissing says that a commit names content that this repository was never sent.
	ErrObjectMissing = errors.New("its content was not uploaded to this repository")
	// ErrContent says that uploaded content is not what it was announced to be: another hash, or another size.
	ErrContent = errors.New("the content is not what was announced")
	// ErrUpload says that there is no such multipart upload, or that parts of it are missing.
	ErrUpload = errors.New("no such upload")
	// ErrGone says that a file of a plain folder has changed since its hash was taken, so that the commit cannot be read any more.
	ErrGone = errors.New("the file has changed on disk")
	// ErrCorrupt says that a file of the store is not what was written to it.
	ErrCorrupt = errors.New("the store is damaged")
)

// PathError is an error about one path of a repository.
type PathError struct {
	Path string
	Err  error
}

// Error implements error.
func (e *PathError) Error() string { return fmt.Sprintf("%q: %v", e.Path, e.Err) }

// Unwrap returns the cause.
func (e *PathError) Unwrap() error { return e.Err }

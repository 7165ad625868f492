package store

import (
	"io"
	"iter"
)

// Entry is a file or folder of a snapshot.
type Entry struct {
	Path      string
	Directory bool
	// OID is git's id: of the content, of the pointer of a large file, of the tree of a folder.
	OID string
	// Size is that of the content in bytes; 0 for folders.
	Size int64
	// SHA256 is the hash of the content of a large file; "" for others.
	SHA256 string
}

// Large tells whether the file is in LFS.
func (e Entry) Large() bool { return e.SHA256 != "" }

// Hash is the one that clients know a file's content by: SHA-256 for large files, git's id for others.
func (e Entry) Hash() string {
	if e.Large() {
		return e.SHA256
	}
	return e.OID
}

// Pointer is what git holds in place of a large file (git-lfs, docs/spec.md).
func (e Entry) Pointer() []byte { panic("todo") }

// Snapshot is the content of a repository at a commit. It takes no memory to speak of, and needs no closing.
type Snapshot struct{}

// Commit returns the commit.
func (s *Snapshot) Commit() Commit { panic("todo") }

// Len is the number of entries, folders among them.
func (s *Snapshot) Len() int { panic("todo") }

// Bytes is the size of all files together.
func (s *Snapshot) Bytes() int64 { panic("todo") }

// Entry finds a file or folder. Errors: [ErrNoEntry] in a [PathError].
func (s *Snapshot) Entry(path string) (Entry, error) { panic("todo") }

// Entries lists all files and folders in git's order: each folder is followed by what is in it.
func (s *Snapshot) Entries() iter.Seq2[Entry, error] { panic("todo") }

// Page lists at most limit entries below the folder dir ("" is the root), from a cursor on: 0, or the next that the page before
// returned. next is 0 after the last page. Errors: [ErrNoEntry] in a [PathError] when dir is no folder.
func (s *Snapshot) Page(dir string, recursive bool, cursor, limit int) (entries []Entry, next int, err error) {
	panic("todo")
}

// Open opens the content of a file. For a large file that is no pointer but the content. Errors: [ErrGone], [ErrObjectMissing].
func (s *Snapshot) Open(e Entry) (io.ReadSeekCloser, error) { panic("todo") }

// LastCommits tells for each path the commit that changed it last.
func (s *Snapshot) LastCommits(paths []string) (map[string]Commit, error) { panic("todo") }

// Package store keeps dataset repositories in a folder: git repositories that git itself reads, and the content of large files
// beside them. It knows nothing of HTTP, users or tokens.
//
// Plain folders <root>/<namespace>/<name>/ are repositories too, with the content that they have at the moment, until the first
// write: it imports them. Everything else is below <root>/.hfspark-hub.
package store

import (
	"io/fs"
	"iter"
	"log/slog"
)

// Folder is the name of the folder in a root that holds what was written to it. It is never served.
const Folder = ".hfspark-hub"

// Options configures a [Store].
type Options struct {
	// Logger is told what an operator should know; nil discards.
	Logger *slog.Logger
	// LargeFile is the size in bytes from which a file of a plain folder is in LFS; 0 means [DefaultLargeFile]. See [IsLarge].
	LargeFile int64
	// Hidden are files of plain folders that are never served, whatever they are called there or linked from.
	Hidden []fs.FileInfo
}

// Store is a folder of repositories. Its methods, and those of all it returns, may be called from several goroutines.
type Store struct{}

// Open opens a root that exists. No other process can open it until [Store.Close]: [ErrLocked]. What a process that was killed left
// half done is cleared away. A root that cannot be written to can be read, by several processes at once; changes are [ErrReadOnly].
func Open(root string, o Options) (*Store, error) { panic("todo") }

// Close lets go of the root. Nothing may be used afterwards.
func (s *Store) Close() error { panic("todo") }

// ReadOnly tells whether the root cannot be written to.
func (s *Store) ReadOnly() bool { panic("todo") }

// Repository finds a repository by its id, <namespace>/<name>. The exact spelling counts first; as on the Hub, other capitals name
// the same repository, unless that is ambiguous. What is not there, or cannot be, is [ErrNotFound].
func (s *Store) Repository(id string) (*Repository, error) { panic("todo") }

// Repositories lists all repositories, plain folders among them, in the order of their ids.
func (s *Store) Repositories() iter.Seq2[*Repository, error] { panic("todo") }

// Create makes a repository with one commit, "initial commit", which holds the .gitattributes of new datasets on the Hub. The
// author of that commit is settings.Owner. A zero settings.Created means now. Errors: [ErrExists], [ErrBadName], [ErrReadOnly].
func (s *Store) Create(id string, settings Settings) (*Repository, error) { panic("todo") }

// Delete removes a repository and the large files that no other repository uses. The folder that a repository was imported from,
// and a plain folder that is deleted, stay on disk but are not served any more; the log says so.
func (s *Store) Delete(id string) error { panic("todo") }

// Move gives a repository another id. A plain folder is imported before that.
func (s *Store) Move(from, to string) error { panic("todo") }

// MovedTo tells the present id of a repository that was moved away from id, and not replaced since.
func (s *Store) MovedTo(id string) (string, bool) { panic("todo") }

// Duplicate copies a repository with its history and large files, without its discussions and access requests.
func (s *Store) Duplicate(from, to string, settings Settings) (*Repository, error) { panic("todo") }

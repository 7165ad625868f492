// Package cache is the folder of downloaded files that the Python library huggingface_hub and this module share: each finds what the
// other has put there. It knows the layout and its locks, and sends nothing.
//
//	CACHEDIR.TAG
//	.locks/datasets--acme--data/<etag>.lock
//	datasets--acme--data/blobs/<etag>                  the contents, named by their hash
//	datasets--acme--data/refs/main                     the commit that a revision was at the last look
//	datasets--acme--data/snapshots/<commit>/<path>     relative links to blobs
//	datasets--acme--data/.no_exist/<commit>/<path>     empty: the file is known not to exist
//	datasets--acme--data/trees/<commit>.json           the listing of a commit
package cache

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Cache is a shared cache folder. It is safe for concurrent use, by other processes too.
type Cache struct {
	dir   string
	links bool
}

// Options configures a [Cache].
type Options struct {
	// NoSymlinks keeps files themselves in snapshots, as huggingface_hub does with HF_HUB_DISABLE_SYMLINKS and where the file
	// system has no symbolic links.
	NoSymlinks bool
}

// New names a cache folder. Nothing is made or read before it is used.
func New(dir string, o Options) (*Cache, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("find the cache folder: %w", err)
	}
	return &Cache{dir: dir, links: !o.NoSymlinks}, nil
}

// Dir is the absolute path of the cache folder.
func (c *Cache) Dir() string { return c.dir }

// tag is the content of CACHEDIR.TAG, by which backup programs know caches. Its first line is fixed (bford.info/cachedir).
const tag = "Signature: 8a477f597d28d172789f06886806bc55\n" +
	"# This file marks a cache directory: its content can be downloaded again.\n"

// Tag writes CACHEDIR.TAG into a folder that lacks it. That it cannot be written does not matter.
func Tag(dir string) {
	path := filepath.Join(dir, "CACHEDIR.TAG")
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		_ = os.WriteFile(path, []byte(tag), 0o666) //nolint:gosec // The umask decides, as for all of the cache.
	}
}

// Repository is the part of a cache that holds one repository.
type Repository struct {
	cache *Cache
	name  string // of its folder
}

// Repository names the part of a repository. kind is "dataset", "model" or "space"; id is namespace/name, whose case is kept.
func (c *Cache) Repository(kind, id string) *Repository {
	return &Repository{cache: c, name: kind + "s--" + strings.ReplaceAll(id, "/", "--")}
}

// Dir is the folder of the repository.
func (r *Repository) Dir() string { return filepath.Join(r.cache.dir, r.name) }

// Blob is where the content with an entity tag lies, if it is there.
func (r *Repository) Blob(etag string) string { return filepath.Join(r.Dir(), "blobs", etag) }

// Snapshot is the folder of a commit's files, if it is there.
func (r *Repository) Snapshot(commit string) string {
	return filepath.Join(r.Dir(), "snapshots", commit)
}

// Pointer is where a commit's file lies, if it is there. The path must have passed [CheckPath].
func (r *Repository) Pointer(commit, path string) string {
	return filepath.Join(r.Snapshot(commit), filepath.FromSlash(path))
}

func (r *Repository) missing(commit, path string) string {
	return filepath.Join(r.Dir(), ".no_exist", commit, filepath.FromSlash(path))
}

// Prepare makes the folders that a download of a commit needs.
func (r *Repository) Prepare(commit string) error {
	for _, dir := range []string{filepath.Join(r.Dir(), "blobs"), r.Snapshot(commit), r.locks()} {
		if err := os.MkdirAll(dir, 0o777); err != nil { //nolint:gosec // The umask decides: users may share a cache.
			return fmt.Errorf("make a folder of the cache: %w", err)
		}
	}
	Tag(r.cache.dir)
	return nil
}

// Find returns where a commit's file lies, following links. ok is false when it is not there, or when it has not size bytes (below
// 0: any): a link to a content that was cut or removed is no file.
func (r *Repository) Find(commit, path string, size int64) (file string, ok bool) {
	file = r.Pointer(commit, path)
	return file, isFile(file, size)
}

// HasBlob tells whether the content with an entity tag and size (below 0: any) is there.
func (r *Repository) HasBlob(etag string, size int64) bool { return isFile(r.Blob(etag), size) }

func isFile(path string, size int64) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && (size < 0 || info.Size() == size)
}

// Ref returns the commit that a revision was at the last look.
func (r *Repository) Ref(revision string) (commit string, ok bool) {
	if CheckRevision(revision) != nil {
		return "", false
	}
	content, err := os.ReadFile(filepath.Join(r.Dir(), "refs", filepath.FromSlash(revision)))
	commit = string(bytes.TrimSpace(content))
	return commit, err == nil && CheckCommit(commit) == nil
}

// SetRef notes which commit a revision is. The snapshot's folder must be there: huggingface_hub calls a cache broken whose refs lead
// nowhere.
func (r *Repository) SetRef(revision, commit string) error {
	if revision == commit {
		return nil
	}
	if err := CheckRevision(revision); err != nil {
		return err
	}
	if old, ok := r.Ref(revision); ok && old == commit {
		return nil // Also where the cache cannot be written.
	}
	return writeFile(filepath.Join(r.Dir(), "refs", filepath.FromSlash(revision)), func(w io.Writer) error {
		_, err := io.WriteString(w, commit)
		return err
	})
}

// Missing tells whether a file is known not to exist at a commit.
func (r *Repository) Missing(commit, path string) bool { return isFile(r.missing(commit, path), -1) }

// SetMissing notes that a file does not exist at a commit.
func (r *Repository) SetMissing(commit, path string) error {
	if r.Missing(commit, path) {
		return nil
	}
	if err := r.Prepare(commit); err != nil {
		return err
	}
	name := r.missing(commit, path)
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil { //nolint:gosec // The umask decides.
		return fmt.Errorf("make a folder of the cache: %w", err)
	}
	return os.WriteFile(name, nil, 0o666) //nolint:gosec // The umask decides.
}

// writeFile writes a file as a whole: a reader sees the old content or the new.
func writeFile(path string, write func(io.Writer) error) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil { //nolint:gosec // The umask decides.
		return fmt.Errorf("make a folder of the cache: %w", err)
	}
	temporary := path + "." + Unique() + ".tmp"
	file, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666) //nolint:gosec // The umask decides.
	if err != nil {
		return fmt.Errorf("write to the cache: %w", err)
	}
	err = errors.Join(write(file), file.Close())
	if err == nil {
		err = os.Rename(temporary, path)
	}
	if err != nil {
		return fmt.Errorf("write to the cache: %w", errors.Join(err, os.Remove(temporary)))
	}
	return nil
}

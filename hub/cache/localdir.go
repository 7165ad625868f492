package cache

import (
	"context"
	"crypto/sha1" //nolint:gosec // It makes names, as huggingface_hub's.
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// LocalDir is a folder that repository files are downloaded to under their own names. What is known of them is kept below
// .cache/huggingface in it, so that huggingface_hub and this module know which ones are current.
type LocalDir struct{ dir string }

// OpenLocalDir makes the folder and what it needs to keep metadata.
func OpenLocalDir(dir string) (*LocalDir, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("find the local folder: %w", err)
	}
	l := &LocalDir{dir: dir}
	if err := os.MkdirAll(l.meta(), 0o777); err != nil { //nolint:gosec // The umask decides.
		return nil, fmt.Errorf("make the local folder: %w", err)
	}
	Tag(l.meta())
	ignore := filepath.Join(l.meta(), ".gitignore")
	if _, err := os.Lstat(ignore); errors.Is(err, fs.ErrNotExist) {
		_ = os.WriteFile(ignore, []byte("*"), 0o666) //nolint:gosec // The umask decides. Without it git shows the metadata, no more.
	}
	return l, nil
}

// Dir is the absolute path of the folder.
func (l *LocalDir) Dir() string { return l.dir }

func (l *LocalDir) meta() string { return filepath.Join(l.dir, ".cache", "huggingface") }

// File is where a file of the repository belongs. The path must have passed [LocalDir.Check].
func (l *LocalDir) File(path string) string { return filepath.Join(l.dir, filepath.FromSlash(path)) }

// Check refuses paths that must not be written below the folder: those of [CheckPath], and those of the metadata.
func (l *LocalDir) Check(path string) error {
	if err := CheckPath(path); err != nil {
		return err
	}
	if lower := strings.ToLower(path) + "/"; strings.HasPrefix(lower, ".cache/huggingface/") {
		return fmt.Errorf("%q cannot be the name of a local file: that folder holds what is known of the others", path)
	}
	return nil
}

func (l *LocalDir) side(path, suffix string) string {
	return filepath.Join(l.meta(), "download", filepath.FromSlash(path)+suffix)
}

// Prepare makes the folders for a file and its metadata.
func (l *LocalDir) Prepare(path string) error {
	for _, name := range []string{l.File(path), l.side(path, ".metadata")} {
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil { //nolint:gosec // The umask decides.
			return fmt.Errorf("make a folder for %s: %w", path, err)
		}
	}
	return nil
}

// Incomplete is the name, without an ending, of the file that a content is written to before it gets its own name.
func (l *LocalDir) Incomplete(path, etag string) string {
	name := l.side(path, ".metadata")
	sum := sha1.Sum([]byte(filepath.Base(name))) //nolint:gosec // As above.
	return filepath.Join(filepath.Dir(name), base64.URLEncoding.EncodeToString(sum[:])+"."+etag)
}

// Lock waits until this process alone writes a file. huggingface_hub replaces the ending ".metadata" by ".lock".
func (l *LocalDir) Lock(ctx context.Context, path string) (*Lock, error) {
	return LockFile(ctx, l.side(path, ".lock"))
}

// Known returns the commit and entity tag that a file was downloaded with. ok is false when that is not known, or when the file is
// gone or was changed since then.
func (l *LocalDir) Known(path string) (commit, etag string, ok bool) {
	content, err := os.ReadFile(l.side(path, ".metadata"))
	if err != nil {
		return "", "", false
	}
	lines := strings.Split(string(content), "\n")
	if len(lines) < 3 {
		return "", "", false
	}
	commit, etag = strings.TrimSpace(lines[0]), strings.TrimSpace(lines[1])
	seconds, err := strconv.ParseFloat(strings.TrimSpace(lines[2]), 64)
	if err != nil {
		return "", "", false
	}
	info, err := os.Stat(l.File(path))
	if err != nil || !info.Mode().IsRegular() {
		return "", "", false
	}
	// One second of grace, as huggingface_hub gives: file times may be coarse.
	changed := float64(info.ModTime().UnixNano())/1e9 - 1
	return commit, etag, changed <= seconds
}

// SetKnown notes the commit and entity tag of a file that is now in its place.
func (l *LocalDir) SetKnown(path, commit, etag string) error {
	return writeFile(l.side(path, ".metadata"), func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%s\n%s\n%f\n", commit, etag, float64(time.Now().UnixNano())/1e9)
		return err
	})
}

// Tree returns the kept listing of a commit; nil when there is none.
func (l *LocalDir) Tree(commit string) Tree { return readTree(treePath(l.meta(), commit)) }

// HasTree tells how many bytes the kept listing of a commit has; ok is false when there is none.
func (l *LocalDir) HasTree(commit string) (bytes int64, ok bool) {
	info, err := os.Stat(treePath(l.meta(), commit))
	if err != nil {
		return 0, false
	}
	return info.Size(), true
}

// SetTree keeps the whole listing of a commit.
func (l *LocalDir) SetTree(commit string, tree Tree) error {
	return writeTree(treePath(l.meta(), commit), tree)
}

package cache

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Link makes a blob the content of a commit's file and returns where that is. fresh says that the blob was just written by the caller:
// where there are no symbolic links it is then moved, otherwise copied, since something else may want it.
func (r *Repository) Link(commit, path, etag string, fresh bool) (string, error) {
	pointer, blob := r.Pointer(commit, path), r.Blob(etag)
	if strings.Contains(path, "/") {
		if err := os.MkdirAll(filepath.Dir(pointer), 0o777); err != nil { //nolint:gosec // The umask decides.
			return "", fmt.Errorf("make a folder of the cache: %w", err)
		}
	}
	if r.cache.links {
		target, err := filepath.Rel(filepath.Dir(pointer), blob)
		if err != nil {
			return "", fmt.Errorf("link to a content of the cache: %w", err)
		}
		err = symlink(target, pointer)
		if err == nil {
			return pointer, nil
		}
		if !noSymlinks(err) {
			return "", fmt.Errorf("link to a content of the cache: %w", err)
		}
	}
	if fresh {
		if err := os.Rename(blob, pointer); err != nil {
			return "", fmt.Errorf("move a file within the cache: %w", err)
		}
		return pointer, nil
	}
	if err := CopyFile(blob, pointer); err != nil {
		return "", fmt.Errorf("copy a file within the cache: %w", err)
	}
	return pointer, nil
}

// symlink makes a link, in place of whatever file or link has its name. Another process may be making the same one.
func symlink(target, name string) error {
	err := os.Symlink(target, name)
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	if now, err := os.Readlink(name); err == nil && now == target {
		return nil
	}
	temporary := name + "." + Unique() + ".tmp"
	if err := os.Symlink(target, temporary); err != nil {
		return err
	}
	if err := os.Rename(temporary, name); err != nil {
		return errors.Join(err, os.Remove(temporary))
	}
	return nil
}

// noSymlinks tells whether err means that the file system or the user cannot make links.
func noSymlinks(err error) bool {
	return errors.Is(err, errors.ErrUnsupported) || errors.Is(err, fs.ErrPermission)
}

// CopyFile copies a file's content. The name appears when all of it is there.
func CopyFile(from, to string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	return writeFile(to, func(w io.Writer) error {
		_, err := io.Copy(w, source)
		return err
	})
}

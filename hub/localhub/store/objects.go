package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// Objects are the large files that a repository was sent. Equal content is kept once for all repositories, but belongs to those only
// that were sent it: who knows a hash has no content yet.
type Objects struct{ repo *Repository }

// Object is the content of a large file.
type Object struct {
	SHA256 string
	Size   int64
	Added  time.Time // to this repository
}

// Objects are the repository's large files.
func (r *Repository) Objects() *Objects { return &Objects{repo: r} }

// lfsFolder holds an empty file for each object of the repository.
func (o *Objects) lfsFolder() string { return filepath.Join(o.repo.folder(), "lfs") }

func (o *Objects) mark(sha256 string) string {
	return filepath.Join(o.lfsFolder(), sha256[:2], sha256)
}

func (o *Objects) pool() *pool { return o.repo.store.objects }

// Has tells whether the repository has an object, and its size.
func (o *Objects) Has(sha256 string) (size int64, ok bool) {
	if !validSHA256(sha256) {
		return 0, false
	}
	if _, err := os.Stat(o.mark(sha256)); err != nil {
		return 0, false
	}
	info, err := os.Stat(o.pool().path(sha256))
	if err != nil {
		return 0, false
	}
	return info.Size(), true
}

// Put takes in an object. size may be -1 for not known. Content of another hash or size is [ErrContent], and nothing is kept of it.
func (o *Objects) Put(ctx context.Context, sha256 string, size int64, content io.Reader) error {
	if err := o.put(ctx, sha256, size, content); err != nil {
		return fmt.Errorf("take in the LFS object %s for %s: %w", sha256, o.repo.id, err)
	}
	return nil
}

func (o *Objects) put(ctx context.Context, hash string, size int64, content io.Reader) error {
	if err := o.writable(hash); err != nil {
		return err
	}
	d := o.repo.store.disk
	f, err := d.create()
	if err != nil {
		return err
	}
	buffer := buffers.Get().(*[]byte)
	defer buffers.Put(buffer)
	h := sha256.New()
	if size >= 0 {
		content = io.LimitReader(content, size+1)
	}
	n, err := io.CopyBuffer(writerOnly{io.MultiWriter(f, h)}, contextReader{ctx, content}, *buffer)
	if err == nil {
		err = checkContent(hash, size, hex.EncodeToString(h.Sum(nil)), n)
	}
	if err != nil {
		return d.discard(f, err)
	}
	return o.keep(f, hash)
}

// buffers are for copying content.
var buffers = sync.Pool{New: func() any {
	b := make([]byte, packBuffer)
	return &b
}}

// writerOnly hides other methods of a writer, so that io.CopyBuffer uses its buffer.
type writerOnly struct{ io.Writer }

// writable tells whether an object can be taken in.
func (o *Objects) writable(sha256 string) error {
	if o.repo.store.readOnly {
		return ErrReadOnly
	}
	if !validSHA256(sha256) {
		return fmt.Errorf("%q is no SHA-256: %w", sha256, ErrContent)
	}
	return nil
}

func checkContent(hash string, size int64, gotHash string, got int64) error {
	switch {
	case size >= 0 && got > size:
		return fmt.Errorf("it has more than %d bytes: %w", size, ErrContent)
	case size >= 0 && got < size:
		return fmt.Errorf("it has %d bytes, not %d: %w", got, size, ErrContent)
	case gotHash != hash:
		return fmt.Errorf("its SHA-256 is %s: %w", gotHash, ErrContent)
	}
	return nil
}

// keep makes an object of a file whose content was checked.
func (o *Objects) keep(f *os.File, hash string) error {
	p := o.pool()
	p.mu.RLock()
	defer p.mu.RUnlock()
	path := p.path(hash)
	if _, err := os.Stat(path); err == nil {
		_ = p.disk.discard(f, nil)
		return o.give(hash)
	}
	if err := p.mkdir(filepath.Dir(path)); err != nil {
		return p.disk.discard(f, err)
	}
	if err := p.install(f, path); err != nil {
		return err
	}
	return o.give(hash)
}

// give lets the repository have an object. The pool is held.
func (o *Objects) give(hash string) error {
	path, p := o.mark(hash), o.pool()
	if err := p.mkdir(filepath.Dir(path)); err != nil {
		return err
	}
	p.disk.step()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	p.changed(filepath.Dir(path))
	return f.Close()
}

// Open opens an object. Errors: [ErrObjectMissing].
func (o *Objects) Open(sha256 string) (*os.File, error) {
	missing := fmt.Errorf("LFS object %s of %s: %w", sha256, o.repo.id, ErrObjectMissing)
	if _, ok := o.Has(sha256); !ok {
		return nil, missing
	}
	f, err := os.Open(o.pool().path(sha256))
	if errors.Is(err, fs.ErrNotExist) {
		err = missing
	}
	if err != nil {
		return nil, err
	}
	return f, nil
}

// List lists the objects, ordered by hash.
func (o *Objects) List() iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		folders, err := os.ReadDir(o.lfsFolder())
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			yield(Object{}, err)
			return
		}
		for _, folder := range folders {
			items, err := os.ReadDir(filepath.Join(o.lfsFolder(), folder.Name()))
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				yield(Object{}, err)
				return
			}
			for _, item := range items {
				size, ok := o.Has(item.Name())
				info, err := item.Info()
				if !ok || err != nil {
					continue // Removed meanwhile.
				}
				if !yield(Object{SHA256: item.Name(), Size: size, Added: info.ModTime()}, nil) {
					return
				}
			}
		}
	}
}

// Link gives the repository an object of another one. Errors: [ErrObjectMissing] when that has no such object.
func (o *Objects) Link(from *Repository, sha256 string) error {
	if err := o.writable(sha256); err != nil {
		return err
	}
	p := o.pool()
	p.mu.RLock()
	defer p.mu.RUnlock()
	if _, ok := from.Objects().Has(sha256); !ok {
		return fmt.Errorf("LFS object %s of %s: %w", sha256, from.id, ErrObjectMissing)
	}
	return o.give(sha256)
}

// Remove takes an object away from the repository: files with it can be listed, but not read any more. Content that belongs to no
// repository any more is deleted. Errors: [ErrObjectMissing].
func (o *Objects) Remove(sha256 string) error {
	if err := o.writable(sha256); err != nil {
		return err
	}
	if _, ok := o.Has(sha256); !ok {
		return fmt.Errorf("LFS object %s of %s: %w", sha256, o.repo.id, ErrObjectMissing)
	}
	p := o.pool()
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.disk.remove(o.mark(sha256)); err != nil {
		return err
	}
	return o.repo.store.drop([]string{sha256})
}

// drop deletes those of the objects that no repository has. The pool is held for writing.
func (s *Store) drop(objects []string) error {
	folders, err := s.gitFolders()
	if err != nil {
		return err
	}
	for _, object := range objects {
		used := slices.ContainsFunc(folders, func(folder string) bool {
			_, err := os.Stat(filepath.Join(folder, "lfs", object[:2], object))
			return err == nil
		})
		if used {
			continue
		}
		if err := s.disk.remove(s.objects.path(object)); err != nil {
			return err
		}
	}
	return nil
}

// gitFolders lists the folders of all repositories that something was written to.
func (s *Store) gitFolders() ([]string, error) {
	root := s.own("datasets")
	namespaces, err := os.ReadDir(root)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, namespace := range namespaces {
		items, err := os.ReadDir(filepath.Join(root, namespace.Name()))
		if err != nil {
			return nil, err
		}
		for _, item := range items {
			if strings.HasSuffix(item.Name(), gitSuffix) {
				out = append(out, filepath.Join(root, namespace.Name(), item.Name()))
			}
		}
	}
	return out, nil
}

package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Delete removes a repository and the large files that no other repository uses. The folder that a repository was imported from,
// and a plain folder that is deleted, stay on disk but are not served any more; the log says so.
func (s *Store) Delete(id string) error {
	s.names.Lock()
	defer s.names.Unlock()
	r, err := s.Repository(id)
	if err != nil {
		return err
	}
	release, err := r.begin(context.Background())
	if err != nil {
		return err
	}
	defer release()
	if err := s.delete(r); err != nil {
		return fmt.Errorf("delete %s: %w", r.id, err)
	}
	return nil
}

// delete removes a repository, which is held for changing.
func (s *Store) delete(r *Repository) error {
	var objects []string
	for o, err := range r.Objects().List() {
		if err != nil {
			return err
		}
		objects = append(objects, o.SHA256)
	}
	if s.hasPlain(r.id) {
		s.log.Warn("the folder of a deleted repository stays on disk, and is not served any more", "repo", r.id)
		if err := s.writeGone(r.id, ""); err != nil {
			return err
		}
	}
	r.retire()
	defer s.forget(r.id)
	folder := s.folderOf(r.id)
	if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	temporary, err := s.disk.createDir()
	if err != nil {
		return err
	}
	if err := errors.Join(r.close(), s.disk.rename(folder, filepath.Join(temporary, "repository"+gitSuffix))); err != nil {
		return err
	}
	if err := s.disk.sync(filepath.Dir(folder)); err != nil {
		return err
	}
	s.objects.mu.Lock()
	defer s.objects.mu.Unlock()
	return errors.Join(s.drop(objects), os.RemoveAll(temporary))
}

// hasPlain tells whether there is a plain folder of that id.
func (s *Store) hasPlain(id string) bool {
	info, err := s.root.Stat(id)
	return err == nil && info.IsDir()
}

func (s *Store) writeGone(id, now string) error {
	path := s.goneOf(id)
	if err := s.disk.mkdir(filepath.Dir(path)); err != nil {
		return err
	}
	return s.disk.replace(path, []byte(now))
}

// Move gives a repository another id. A plain folder is imported before that.
func (s *Store) Move(from, to string) error {
	if _, _, ok := cutID(to); !ok {
		return fmt.Errorf("move %s to %q: %w", from, to, ErrBadName)
	}
	s.names.Lock()
	defer s.names.Unlock()
	r, err := s.Repository(from)
	if err != nil {
		return err
	}
	if strings.EqualFold(r.id, to) {
		if r.id == to {
			return fmt.Errorf("move %s to itself: %w", to, ErrExists)
		}
	} else if err := s.vacant(to); err != nil {
		return fmt.Errorf("move %s to %s: %w", r.id, to, err)
	}
	return r.change(context.Background(), func(*gitFolder) error {
		r.retire()
		defer s.forget(r.id)
		err := errors.Join(r.close(), s.writeGone(r.id, to))
		if err == nil {
			err = s.place(r.folder(), to)
		}
		if err != nil {
			return fmt.Errorf("move %s to %s: %w", r.id, to, err)
		}
		return s.disk.sync(filepath.Dir(r.folder()))
	})
}

// maxMoves bounds how often a repository may have been moved for its first id to be good.
const maxMoves = 16

// MovedTo tells the present id of a repository that was moved away from id, and not replaced since.
func (s *Store) MovedTo(id string) (string, bool) {
	for range maxMoves {
		if _, _, ok := cutID(id); !ok || s.exists(id) {
			return "", false
		}
		now, err := os.ReadFile(s.goneOf(id))
		if err != nil || len(now) == 0 {
			return "", false
		}
		if id = string(now); s.exists(id) {
			return id, true
		}
	}
	return "", false
}

// Duplicate copies a repository with its history and large files, without its discussions and access requests.
func (s *Store) Duplicate(from, to string, settings Settings) (*Repository, error) {
	s.names.Lock()
	defer s.names.Unlock()
	source, err := s.Repository(from)
	if err != nil {
		return nil, err
	}
	release, err := source.begin(context.Background())
	if err != nil {
		return nil, err
	}
	defer release()
	fill := s.copyTo(source)
	if source.Plain() {
		if fill, err = s.importTo(source); err != nil {
			return nil, fmt.Errorf("duplicate %s: %w", from, err)
		}
	}
	s.objects.mu.RLock() // So that no object goes while the copy cannot be seen yet.
	defer s.objects.mu.RUnlock()
	r, err := s.create(to, settings, func(g *gitFolder) error {
		return errors.Join(fill(g), s.copyMarks(source, g))
	})
	if err != nil {
		return nil, fmt.Errorf("duplicate %s as %s: %w", from, to, err)
	}
	return r, nil
}

// importTo takes in the large files of a plain folder, and returns what makes a repository of it.
func (s *Store) importTo(source *Repository) (func(*gitFolder) error, error) {
	now, err := source.plain.current()
	if err != nil {
		return nil, err
	}
	ctx := context.Background()
	for _, f := range now.files {
		if err := source.keepLarge(ctx, f); err != nil {
			return nil, &PathError{Path: f.path, Err: err}
		}
	}
	if err := s.objects.sync(now.objects()); err != nil {
		return nil, err
	}
	return func(g *gitFolder) error { return s.importInto(ctx, g, source.spool, now) }, nil
}

// copyTo returns what copies the objects and refs of a repository, but not its pull requests.
func (s *Store) copyTo(source *Repository) func(*gitFolder) error {
	return func(g *gitFolder) error {
		from := source.managed()
		if err := copyFolder(s.disk, from.objects.folder, g.objects.folder); err != nil {
			return err
		}
		all, err := from.refs.all()
		if err != nil {
			return err
		}
		for ref, id := range all {
			if strings.HasPrefix(ref, pullPrefix) {
				continue
			}
			if err := g.refs.write(ref, id); err != nil {
				return err
			}
		}
		return nil
	}
}

// copyMarks lets a new repository have the objects of another one.
func (s *Store) copyMarks(source *Repository, g *gitFolder) error {
	from := source.Objects().lfsFolder()
	if _, err := os.Stat(from); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return copyFolder(s.disk, from, filepath.Join(g.path, "lfs"))
}

// copyFolder copies a folder of files that never change, durably.
func copyFolder(d *disk, from, to string) error {
	if err := d.mkdir(to); err != nil {
		return err
	}
	items, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, item := range items {
		source, target := filepath.Join(from, item.Name()), filepath.Join(to, item.Name())
		if item.IsDir() {
			err = copyFolder(d, source, target)
		} else {
			err = copyFile(d, source, target)
		}
		if err != nil {
			return err
		}
	}
	return d.sync(to)
}

func copyFile(d *disk, from, to string) error {
	d.step()
	if os.Link(from, to) == nil {
		return nil // The same file under both names: it never changes.
	}
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	f, err := d.create()
	if err != nil {
		return err
	}
	if _, err := io.Copy(f, source); err != nil {
		return d.discard(f, err)
	}
	return d.install(f, to, 0o444)
}

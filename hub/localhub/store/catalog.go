package store

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Repository finds a repository by its id, <namespace>/<name>. The exact spelling counts first; as on the Hub, other capitals name
// the same repository, unless that is ambiguous. What is not there, or cannot be, is [ErrNotFound].
func (s *Store) Repository(id string) (*Repository, error) {
	notFound := fmt.Errorf("%q: %w", id, ErrNotFound)
	if _, _, ok := cutID(id); !ok {
		return nil, notFound
	}
	if s.exists(id) {
		return s.repository(id)
	}
	alike, err := s.alike(id)
	if err != nil {
		return nil, err
	}
	if len(alike) != 1 {
		return nil, notFound
	}
	return s.repository(alike[0])
}

// exists tells whether there is a repository of exactly that id.
func (s *Store) exists(id string) bool {
	if newGitFolder(s.folderOf(id), s.disk).isGit() {
		return s.known(id) || spelled(s.own("datasets"), id+gitSuffix)
	}
	if _, err := os.Stat(s.goneOf(id)); err == nil {
		return false
	}
	info, err := s.root.Stat(id)
	return err == nil && info.IsDir() && (s.known(id) || spelled(s.path, id))
}

// known tells whether there has been a repository of exactly that id.
func (s *Store) known(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.repositories[id] != nil
}

// spelled tells whether the two folders of id are spelled so, on file systems that do not tell capitals apart.
func spelled(dir, id string) bool {
	namespace, name, _ := strings.Cut(id, "/")
	for _, part := range []string{namespace, name} {
		if part == strings.ToLower(part) && part == strings.ToUpper(part) {
			dir = filepath.Join(dir, part)
			continue
		}
		items, err := os.ReadDir(dir)
		if err != nil || !slices.ContainsFunc(items, func(item fs.DirEntry) bool { return item.Name() == part }) {
			return false
		}
		dir = filepath.Join(dir, part)
	}
	return true
}

// alike lists the ids of repositories that id names when capitals make no difference.
func (s *Store) alike(id string) ([]string, error) {
	wanted, _, _ := strings.Cut(id, "/")
	namespaces, err := s.namespaces()
	if err != nil {
		return nil, err
	}
	var out []string
	for _, namespace := range namespaces {
		if !strings.EqualFold(namespace, wanted) {
			continue
		}
		ids, err := s.idsIn(namespace)
		if err != nil {
			return nil, err
		}
		for _, found := range ids {
			if strings.EqualFold(found, id) {
				out = append(out, found)
			}
		}
	}
	return out, nil
}

// namespaces lists the first parts of ids, in order.
func (s *Store) namespaces() ([]string, error) {
	items, err := s.readDir(".")
	if err != nil {
		return nil, err
	}
	own, err := os.ReadDir(s.own("datasets"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var out []string
	for _, item := range append(items, own...) {
		if ValidName(item.Name()) {
			out = append(out, item.Name())
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// idsIn lists the repositories of a namespace, in order.
func (s *Store) idsIn(namespace string) ([]string, error) {
	var out []string
	items, err := s.readDir(namespace)
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !isNotDir(err) {
		s.log.Warn("leaving out a folder that cannot be read inside the root", "folder", namespace, "cause", err)
	}
	for _, item := range items {
		id := namespace + "/" + item.Name()
		if !ValidName(item.Name()) {
			continue
		}
		if info, err := s.root.Stat(id); err != nil || !info.IsDir() {
			continue
		}
		if _, err := os.Stat(s.goneOf(id)); err != nil {
			out = append(out, id)
		}
	}
	own, err := os.ReadDir(s.own(filepath.Join("datasets", namespace)))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, item := range own {
		name, ok := strings.CutSuffix(item.Name(), gitSuffix)
		id := namespace + "/" + name
		if ok && newGitFolder(s.folderOf(id), s.disk).isGit() {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// Repositories lists all repositories, plain folders among them, in the order of their ids.
func (s *Store) Repositories() iter.Seq2[*Repository, error] {
	return func(yield func(*Repository, error) bool) {
		namespaces, err := s.namespaces()
		if err != nil {
			yield(nil, err)
			return
		}
		for _, namespace := range namespaces {
			ids, err := s.idsIn(namespace)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, id := range ids {
				r, err := s.repository(id)
				if !yield(r, err) || err != nil {
					return
				}
			}
		}
	}
}

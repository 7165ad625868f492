// Package store keeps dataset repositories in a folder: git repositories that git itself reads, and the content of large files
// beside them. It knows nothing of HTTP, users or tokens.
//
// Plain folders <root>/<namespace>/<name>/ are repositories too, with the content that they have at the moment, until the first
// write: it imports them. Everything else is below <root>/.hfspark-hub.
package store

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
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

	step func() // see disk
}

// Store is a folder of repositories. Its methods, and those of all it returns, may be called from several goroutines.
type Store struct {
	path      string // of the root
	root      *os.Root
	lock      *os.File
	readOnly  bool
	largeFile int64
	secret    []fs.FileInfo
	log       *slog.Logger
	hashes    *hashes
	disk      *disk
	objects   *pool
	uploads   *uploads

	// names is held while repositories come and go. It is taken before a repository is held for changing.
	names sync.Mutex

	openMu sync.Mutex
	open   []*database // the one opened first comes first

	mu           sync.Mutex
	repositories map[string]*Repository
	closed       bool
}

// Open opens a root that exists. No other process can open it until [Store.Close]: [ErrLocked]. What a process that was killed left
// half done is cleared away. A root that cannot be written to can be read, by several processes at once; changes are [ErrReadOnly].
func Open(root string, o Options) (*Store, error) {
	if o.LargeFile <= 0 {
		o.LargeFile = DefaultLargeFile
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.step == nil {
		o.step = func() {}
	}
	path, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	s := &Store{
		path: path, largeFile: o.LargeFile, secret: o.Hidden, log: o.Logger, readOnly: !writable(path), repositories: map[string]*Repository{},
	}
	s.disk = &disk{temporary: s.own("tmp"), step: o.step}
	s.objects = newPool(s.own("objects"), s.disk)
	s.uploads = &uploads{folder: s.own("uploads"), disk: s.disk, busy: map[string]*partLock{}, hashed: map[string]*prefix{}}
	if s.root, err = os.OpenRoot(path); err != nil {
		return nil, fmt.Errorf("open the folder of repositories: %w", err)
	}
	s.hashes = &hashes{root: s.root, known: map[hashKey]hashed{}}
	if s.lock, err = lock(path, s.readOnly); err != nil {
		return nil, errors.Join(fmt.Errorf("open the folder of repositories %s: %w", root, err), s.root.Close())
	}
	if err := s.recover(); err != nil {
		return nil, errors.Join(fmt.Errorf("open the folder of repositories %s: %w", root, err), s.Close())
	}
	return s, nil
}

// recover clears away what a process that was killed has left.
func (s *Store) recover() error {
	if s.readOnly {
		return nil
	}
	if _, err := os.Stat(s.own("")); errors.Is(err, fs.ErrNotExist) {
		return nil // Nothing was written here yet.
	}
	if err := os.RemoveAll(s.disk.temporary); err != nil {
		return err
	}
	if err := s.disk.mkdir(s.disk.temporary); err != nil {
		return err
	}
	return s.uploads.sweep(time.Now())
}

// own returns the path of something in the store's own folder.
func (s *Store) own(name string) string { return filepath.Join(s.path, Folder, name) }

// Close lets go of the root. Nothing may be used afterwards; closing again does nothing.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	var errs []error
	for _, r := range s.repositories {
		errs = append(errs, r.close())
	}
	clear(s.repositories)
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
	}
	return errors.Join(append(errs, s.root.Close())...)
}

// close lets go of files.
func (r *Repository) close() error {
	r.spool.close()
	if g := r.managed(); g != nil {
		return g.objects.close()
	}
	return nil
}

// ReadOnly tells whether the root cannot be written to.
func (s *Store) ReadOnly() bool { return s.readOnly }

// hidden tells whether a file is one of those that are never served.
func (s *Store) hidden(info fs.FileInfo) bool {
	return slices.ContainsFunc(s.secret, func(secret fs.FileInfo) bool { return os.SameFile(secret, info) })
}

// isOwn tells whether a folder is the store's own.
func (s *Store) isOwn(info fs.FileInfo) bool {
	own, err := os.Stat(s.own(""))
	return err == nil && os.SameFile(own, info)
}

// leadsInside tells whether a link of a plain folder leads to the store's own files.
func (s *Store) leadsInside(source string) bool {
	target, err := filepath.EvalSymlinks(filepath.Join(s.path, filepath.FromSlash(source)))
	if err != nil {
		return false // Nothing is there, which is seen elsewhere.
	}
	own, err := filepath.EvalSymlinks(s.own(""))
	return err == nil && strings.HasPrefix(target+string(filepath.Separator), own+string(filepath.Separator))
}

func (s *Store) readDir(name string) ([]fs.DirEntry, error) {
	f, err := s.root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.ReadDir(-1)
}

const (
	gitSuffix  = ".git"
	goneSuffix = ".gone" // a file in place of a repository that was deleted or moved: a plain folder of that name is not served
)

// folderOf is where everything is kept that was written to a repository.
func (s *Store) folderOf(id string) string {
	return s.own(filepath.Join("datasets", filepath.FromSlash(id)+gitSuffix))
}

// goneOf is the file that tells that a repository was deleted or moved. It holds the id that it has now, if it has one.
func (s *Store) goneOf(id string) string {
	return s.own(filepath.Join("datasets", filepath.FromSlash(id)+gitSuffix+goneSuffix))
}

// repository returns the repository of an id that is there, always the same one.
func (s *Store) repository(id string) (*Repository, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.repositories[id]; r != nil {
		return r, nil
	}
	r := &Repository{
		id: id, store: s, plain: &plainFolder{id: id, store: s}, spool: newSpool(s.disk), writing: make(chan struct{}, 1),
	}
	if g := newGitFolder(s.folderOf(id), s.disk); g.isGit() {
		g.objects.opened = s.opened
		r.git = g
		if !s.readOnly {
			if err := errors.Join(g.clean(), r.repair(g)); err != nil {
				return nil, fmt.Errorf("open the repository %s: %w", id, err)
			}
		}
	}
	s.repositories[id] = r
	return r, nil
}

// maxOpen is how many repositories have their packs open at once. Others are opened again when they are asked for.
const maxOpen = 64

// opened closes the repository that was opened first when there are too many.
func (s *Store) opened(db *database) {
	s.openMu.Lock()
	defer s.openMu.Unlock()
	s.open = append(slices.DeleteFunc(s.open, func(other *database) bool { return other == db }), db)
	if len(s.open) <= maxOpen {
		return
	}
	if err := s.open[0].close(); err != nil {
		s.log.Warn("cannot close the packs of a repository", "folder", s.open[0].folder, "cause", err)
	}
	s.open = slices.Delete(s.open, 0, 1)
}

// manage makes r a git repository.
func (r *Repository) manage(g *gitFolder) {
	g.objects.opened = r.store.opened
	r.mu.Lock()
	defer r.mu.Unlock()
	r.git = g
}

// listingsOf returns the listings of the repository.
func (r *Repository) listingsOf(g *gitFolder) *listings {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.listings == nil {
		r.listings = &listings{git: g, memory: r.store.readOnly}
	}
	return r.listings
}

// Create makes a repository with one commit, "initial commit", which holds the .gitattributes of new datasets on the Hub. The
// author of that commit is settings.Owner. A zero settings.Created means now. Errors: [ErrExists], [ErrBadName], [ErrReadOnly].
func (s *Store) Create(id string, settings Settings) (*Repository, error) {
	s.names.Lock()
	defer s.names.Unlock()
	r, err := s.create(id, settings, func(g *gitFolder) error {
		b := &batch{git: g, spool: newSpool(s.disk), known: map[oid]bool{}}
		edit := editTree(g.objects, emptyTree)
		attributes, err := b.add(kindBlob, GitAttributes())
		if err != nil {
			return err
		}
		if err := edit.put(".gitattributes", attributes); err != nil {
			return err
		}
		commit, err := b.commit(edit, nil, signature{name: settings.Owner, when: time.Now()}, "initial commit")
		if err != nil {
			return err
		}
		if err := b.write(); err != nil {
			return err
		}
		return g.refs.write(MainRef, commit)
	})
	if err != nil {
		return nil, fmt.Errorf("create %s: %w", id, err)
	}
	return r, nil
}

// create makes a repository that fill puts refs and objects into. It is there as a whole or not at all.
// The names are held.
func (s *Store) create(id string, settings Settings, fill func(*gitFolder) error) (*Repository, error) {
	if _, _, ok := cutID(id); !ok {
		return nil, ErrBadName
	}
	if s.readOnly {
		return nil, ErrReadOnly
	}
	if err := s.vacant(id); err != nil {
		return nil, err
	}
	temporary, err := s.disk.createDir()
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(temporary)
	g := newGitFolder(filepath.Join(temporary, "repository"+gitSuffix), s.disk)
	if settings.Created.IsZero() {
		settings.Created = time.Now().UTC().Truncate(time.Millisecond)
	}
	if err := g.init(); err != nil {
		return nil, err
	}
	if err := errors.Join(fill(g), g.objects.close()); err != nil {
		return nil, err
	}
	if err := errors.Join(writeSettings(s.disk, g.path, settings), g.complete()); err != nil {
		return nil, err
	}
	if err := s.place(g.path, id); err != nil {
		return nil, err
	}
	return s.repository(id)
}

// vacant makes sure that a repository can be called id.
func (s *Store) vacant(id string) error {
	if s.exists(id) {
		return ErrExists
	}
	alike, err := s.alike(id)
	if err == nil && len(alike) > 0 {
		err = fmt.Errorf("as %s: %w", alike[0], ErrExists)
	}
	return err
}

// place gives a folder the name of a repository.
func (s *Store) place(folder, id string) error {
	target := s.folderOf(id)
	if err := s.disk.mkdir(filepath.Dir(target)); err != nil {
		return err
	}
	if err := os.RemoveAll(target); err != nil { // What an import that was killed has left.
		return err
	}
	if err := s.disk.rename(folder, target); err != nil {
		return err
	}
	if err := s.disk.remove(s.goneOf(id)); err != nil {
		return err
	}
	s.forget(id)
	return s.disk.sync(filepath.Dir(target))
}

// forget drops what is known of a repository that is no more.
func (s *Store) forget(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.repositories, id)
}

// retire makes all later changes fail.
func (r *Repository) retire() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.deleted = true
}

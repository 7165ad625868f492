package localhub

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"golang.org/x/sync/errgroup"
)

// repository is one folder that is served as a dataset.
type repository struct {
	id    string // namespace/name as the folders are spelled
	store *store

	scanning sync.Mutex    // held while the folder is looked through; taken before mu
	scanned  time.Time     // when that was last done
	took     time.Duration // how long it took, without hashing

	mu      sync.Mutex
	history []*snapshot // the newest first
}

// keptSnapshots is how many versions of a folder stay addressable by their commits, for the files that have not changed since.
const keptSnapshots = 8

// A folder that is looked through in less than quickScan is so for each request. What was found in a larger one stands for scanRest
// times as long as looking took, so that this stays a small part of the work.
const (
	quickScan = 50 * time.Millisecond
	scanRest  = 20
)

// current returns the snapshot of what is in the folder now.
func (r *repository) current() (*snapshot, error) {
	r.scanning.Lock()
	defer r.scanning.Unlock()
	if known := r.versions(); len(known) > 0 && r.took >= quickScan && time.Since(r.scanned) < scanRest*r.took {
		return known[0], nil
	}
	s, err := r.scan()
	if err != nil {
		return nil, fmt.Errorf("scan the repository %s: %w", r.id, err)
	}
	return r.remember(s), nil
}

// versions returns the snapshots that can still be named, the newest first. The slice is not changed later.
func (r *repository) versions() []*snapshot {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.history
}

// remember puts s at the front of the history.
func (r *repository) remember(s *snapshot) *snapshot {
	r.mu.Lock()
	defer r.mu.Unlock()
	history := []*snapshot{s}
	for _, old := range r.history {
		if old.commit != s.commit && len(history) < keptSnapshots {
			history = append(history, old)
		}
	}
	r.history = history
	return s
}

// minPrefix is how many digits of a commit are enough to name it, as in git.
const minPrefix = 4

// at returns the snapshot that revision names, or nil.
func (r *repository) at(revision string) (*snapshot, error) {
	for _, s := range r.versions() {
		if s.commit == revision {
			return s, nil
		}
	}
	now, err := r.current()
	if err != nil {
		return nil, err
	}
	switch revision {
	case mainBranch, mainRef, headRef:
		return now, nil
	}
	if len(revision) < minPrefix || strings.Trim(revision, "0123456789abcdef") != "" {
		return nil, nil
	}
	var found *snapshot
	for _, s := range r.versions() {
		if strings.HasPrefix(s.commit, revision) {
			if found != nil {
				return nil, nil // Ambiguous, which names nothing.
			}
			found = s
		}
	}
	return found, nil
}

// slowHashing is how long hashing may take before the log tells why clients had to wait.
const slowHashing = time.Second

// scan looks through the folder and hashes what has changed. r.scanning is held.
func (r *repository) scan() (*snapshot, error) {
	begin := time.Now()
	w := walk{store: r.store}
	if err := w.directory(r.id, "", nil); err != nil {
		return nil, err
	}
	r.scanned = time.Now()
	r.took = r.scanned.Sub(begin)
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, f := range w.files {
		group.Go(func() error { return r.store.hash(f) })
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	if hashing := time.Since(r.scanned); hashing > slowHashing {
		r.store.log.Info("hashed a repository", "repo", r.id, "files", len(w.files), "took", hashing.Round(time.Millisecond))
	}
	files := w.files[:0]
	for _, f := range w.files {
		if f.oid != "" {
			files = append(files, f)
		}
	}
	return newSnapshot(files)
}

// hash fills in the object ids of f. A file that is gone meanwhile gets none.
func (s *store) hash(f *file) error {
	large := isLarge(f.path, f.stamp.size, s.largeFile)
	hash, stamp, err := s.hashes.of(f.source, large, f.stamp)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	}
	if isLarge(f.path, stamp.size, s.largeFile) != large {
		f.stamp = stamp // It grew or shrank across the threshold while it was read.
		return s.hash(f)
	}
	f.stamp, f.oid = stamp, hash
	if large {
		f.sha256, f.oid = hash, objectID("blob", pointer(hash, stamp.size))
	}
	return nil
}

// walk collects the files of a repository.
type walk struct {
	store *store
	files []*file
}

// directory collects the files in the folder source, which is dir in the repository. above are the folders that led here: a
// symbolic link to one of them is not followed again.
func (w *walk) directory(source, dir string, above []fs.FileInfo) error {
	self, err := w.store.root.Stat(source)
	if err != nil {
		return err
	}
	for _, info := range above {
		if os.SameFile(info, self) {
			w.store.log.Warn("leaving out a folder that contains itself", "folder", source)
			return nil
		}
	}
	above = append(above, self)
	listing, err := w.store.readDir(source)
	if err != nil {
		return err
	}
	for _, item := range listing {
		if err := w.item(item, path.Join(source, item.Name()), path.Join(dir, item.Name()), above); err != nil {
			return err
		}
	}
	return nil
}

// item collects one entry of a folder. Symbolic links are followed inside the root only.
func (w *walk) item(item fs.DirEntry, source, name string, above []fs.FileInfo) error {
	if !servable(path.Base(name)) {
		if base := path.Base(name); base != ".git" && base != ".cache" {
			w.store.log.Warn("leaving out a file whose name cannot be served", "file", source)
		}
		return nil
	}
	info, err := item.Info()
	if err == nil && info.Mode()&fs.ModeSymlink != 0 {
		info, err = w.store.root.Stat(source)
	}
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // Gone since the folder was read, or a link to nothing.
		}
		w.store.log.Warn("leaving out a file that cannot be reached inside the root", "file", source, "cause", err)
		return nil
	}
	switch {
	case info.IsDir():
		return w.directory(source, name, above)
	case !info.Mode().IsRegular():
		w.store.log.Warn("leaving out what is no regular file", "file", source, "mode", info.Mode().String())
	case w.store.hidden(info):
	default:
		w.files = append(w.files, &file{path: name, source: source, stamp: stampOf(info)})
	}
	return nil
}

// servable tells whether a file of that name can be part of a repository. The Hub and its clients refuse .git and .cache.
func servable(name string) bool {
	if name == ".git" || name == ".cache" || !utf8.ValidString(name) {
		return false
	}
	return !strings.ContainsFunc(name, func(r rune) bool { return r < 0x20 || r == 0x7f || r == '\\' })
}

// store is the root folder.
type store struct {
	root      *os.Root
	largeFile int64
	secret    fs.FileInfo // the access file; nil when there is none
	hashes    *hashes
	log       *slog.Logger

	mu           sync.Mutex
	repositories map[string]*repository
}

func (s *store) hidden(info fs.FileInfo) bool {
	return s.secret != nil && os.SameFile(s.secret, info)
}

func (s *store) readDir(name string) ([]fs.DirEntry, error) {
	f, err := s.root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.ReadDir(-1)
}

// find returns the repository that id names, or nil. The spelling of the folders counts first; as on the Hub, another use of
// capitals names the same repository, unless that is ambiguous.
func (s *store) find(id string) (*repository, error) {
	namespace, name, ok := strings.Cut(id, "/")
	if !ok || !validName(namespace) || !validName(name) {
		return nil, nil
	}
	namespace, err := s.spelling(".", namespace)
	if err != nil || namespace == "" {
		return nil, err
	}
	name, err = s.spelling(namespace, name)
	if err != nil || name == "" {
		return nil, err
	}
	return s.repository(namespace + "/" + name), nil
}

func (s *store) repository(id string) *repository {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.repositories[id]
	if r == nil {
		r = &repository{id: id, store: s}
		s.repositories[id] = r
	}
	return r
}

// spelling finds the folder called name in the folder dir; "" means there is none.
func (s *store) spelling(dir, name string) (string, error) {
	listing, err := s.readDir(dir)
	if err != nil {
		return "", err
	}
	var alike []string
	for _, item := range listing {
		if strings.EqualFold(item.Name(), name) && validName(item.Name()) && s.isFolder(path.Join(dir, item.Name())) {
			alike = append(alike, item.Name())
		}
	}
	switch {
	case slices.Contains(alike, name):
		return name, nil
	case len(alike) == 1:
		return alike[0], nil
	}
	return "", nil
}

func (s *store) isFolder(name string) bool {
	info, err := s.root.Stat(name)
	return err == nil && info.IsDir()
}

// folders lists the folders in dir that can be part of a repository's id.
func (s *store) folders(dir string) ([]string, error) {
	listing, err := s.readDir(dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, item := range listing {
		if validName(item.Name()) && s.isFolder(path.Join(dir, item.Name())) {
			names = append(names, item.Name())
		}
	}
	return names, nil
}

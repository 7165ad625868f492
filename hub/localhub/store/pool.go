package store

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// pool is the content of all large files of a root, each in a file that is named by its hash.
type pool struct {
	folder string
	disk   *disk
	opened time.Time

	// mu is held for reading while an object is given to a repository, and for writing while it is made sure that no repository has
	// one and it is deleted.
	mu sync.RWMutex

	pendingMu sync.Mutex
	pending   map[string]bool // files and folders that are not durable yet
}

func newPool(folder string, d *disk) *pool {
	return &pool{folder: folder, disk: d, opened: time.Now(), pending: map[string]bool{}}
}

func (p *pool) path(sha256 string) string {
	return filepath.Join(p.folder, sha256[:2], sha256[2:4], sha256)
}

// changed notes that a file or folder is not durable yet.
func (p *pool) changed(path string) {
	p.pendingMu.Lock()
	defer p.pendingMu.Unlock()
	p.pending[path] = true
}

// laterSize is the size in bytes from which an object is made durable when it is taken in. Smaller ones wait for the commit, which
// does it for many at once.
const laterSize = 4 << 20

// install gives an object its name.
func (p *pool) install(f *os.File, path string) error {
	info, err := f.Stat()
	if err != nil {
		return p.disk.discard(f, err)
	}
	if info.Size() < laterSize {
		p.changed(path)
		err = p.disk.installLater(f, path, 0o444)
	} else {
		err = p.disk.install(f, path, 0o444)
	}
	p.changed(filepath.Dir(path))
	return err
}

// mkdir makes a folder and those above it, which sync makes durable.
func (p *pool) mkdir(path string) error {
	p.disk.step()
	err := os.Mkdir(path, 0o777)
	if errors.Is(err, fs.ErrNotExist) {
		if err = p.mkdir(filepath.Dir(path)); err == nil {
			err = os.Mkdir(path, 0o777)
		}
	}
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err == nil {
		p.changed(filepath.Dir(path))
	}
	return err
}

// parallelSyncs is how many files are synced at a time: file systems do it for several in one go.
const parallelSyncs = 16

// sync makes durable what was taken in since it was last called, so that a commit can refer to it, and the given objects: a process
// that was killed may have taken them in.
func (p *pool) sync(objects []string) error {
	p.pendingMu.Lock()
	pending := p.pending
	p.pending = map[string]bool{}
	p.pendingMu.Unlock()
	paths := slices.Collect(maps.Keys(pending))
	for _, object := range objects {
		path := p.path(object)
		if info, err := os.Stat(path); err == nil && info.Size() < laterSize && info.ModTime().Before(p.opened) {
			paths = append(paths, path, filepath.Dir(path))
		}
	}
	var group errgroup.Group
	group.SetLimit(parallelSyncs)
	for _, path := range paths {
		group.Go(func() error {
			err := p.disk.sync(path)
			if errors.Is(err, fs.ErrNotExist) {
				return nil // Deleted since.
			}
			return err
		})
	}
	err := group.Wait()
	if err != nil {
		for path := range pending {
			p.changed(path)
		}
	}
	return err
}

package store

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"
)

// slowHashing is how long hashing may take before the log tells why clients had to wait.
const slowHashing = time.Second

// scan looks through the folder and hashes what has changed. p.scanning is held.
func (p *plainFolder) scan() (*plainSnapshot, error) {
	begin := time.Now()
	w := walk{store: p.store}
	if err := w.directory(p.id, "", nil); err != nil {
		return nil, err
	}
	p.scanned = time.Now()
	p.took = p.scanned.Sub(begin)
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, f := range w.files {
		group.Go(func() error { return p.store.hash(f) })
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	if hashing := time.Since(p.scanned); hashing > slowHashing {
		p.store.log.Info("hashed a repository", "repo", p.id, "files", len(w.files), "took", hashing.Round(time.Millisecond))
	}
	files := w.files[:0]
	for _, f := range w.files {
		if f.oid != "" {
			files = append(files, f)
		}
	}
	return newPlainSnapshot(files)
}

// hash fills in the object ids of f. A file that is gone meanwhile gets none.
func (s *Store) hash(f *plainFile) error {
	large := IsLarge(f.path, f.stamp.size, s.largeFile)
	hash, stamp, err := s.hashes.of(f.source, large, f.stamp)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	}
	if IsLarge(f.path, stamp.size, s.largeFile) != large {
		f.stamp = stamp // It grew or shrank across the threshold while it was read.
		return s.hash(f)
	}
	f.stamp, f.oid = stamp, hash
	if large {
		f.sha256, f.oid = hash, objectID(kindBlob, pointer(hash, stamp.size)).String()
	}
	return nil
}

// walk collects the files of a folder.
type walk struct {
	store *Store
	files []*plainFile
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
	if CheckPath(name) != nil {
		if base := path.Base(name); base != ".git" && base != ".cache" {
			w.store.log.Warn("leaving out a file whose name cannot be served", "file", source)
		}
		return nil
	}
	info, err := item.Info()
	if err == nil && info.Mode()&fs.ModeSymlink != 0 {
		if w.store.leadsInside(source) {
			w.store.log.Warn("leaving out a link to the Hub's own files", "file", source)
			return nil
		}
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
		if w.store.isOwn(info) {
			return nil // By way of a link to the root.
		}
		return w.directory(source, name, above)
	case !info.Mode().IsRegular():
		w.store.log.Warn("leaving out what is no regular file", "file", source, "mode", info.Mode().String())
	case w.store.hidden(info):
	default:
		w.files = append(w.files, &plainFile{path: name, source: source, stamp: stampOf(info)})
	}
	return nil
}

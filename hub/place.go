package hub

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/hfspark/hfspark/hub/cache"
)

// place is where downloaded files go: the shared cache, or a local folder.
type place interface {
	// check refuses paths that must not become local files.
	check(path string) error
	// known returns what is there of a file at a commit, if that is known without asking the Hub.
	known(commit, path string, size int64) (file string, ok bool)
	// fallback returns what is there of a file at a revision when the Hub cannot be asked.
	fallback(revision, path string) (file string, ok bool)
	// tree and setTree keep listings; treeSize tells how many bytes a kept one has.
	tree(commit string) cache.Tree
	setTree(commit string, tree cache.Tree) error
	treeSize(commit string) (bytes int64, ok bool)
	// begin prepares for files of a commit that was asked for as a revision.
	begin(revision, commit string) error
	// put makes f, whose commit, size and hash are known, a local file, by fetch if it has to be fetched.
	put(ctx context.Context, f File, force bool, fetch fetchFunc) (file string, err error)
	// folder is where the files of a commit are.
	folder(commit string) string
}

// fetchFunc brings a content to a destination.
type fetchFunc func(ctx context.Context, f File, to destination) error

// cachePlace keeps files in the shared cache.
type cachePlace struct{ repo *cache.Repository }

func (p cachePlace) check(path string) error       { return cache.CheckPath(path) }
func (p cachePlace) tree(commit string) cache.Tree { return p.repo.Tree(commit) }
func (p cachePlace) setTree(commit string, tree cache.Tree) error {
	return p.repo.SetTree(commit, tree)
}
func (p cachePlace) treeSize(commit string) (int64, bool) { return p.repo.HasTree(commit) }
func (p cachePlace) folder(commit string) string          { return p.repo.Snapshot(commit) }

func (p cachePlace) known(commit, path string, size int64) (string, bool) {
	return p.repo.Find(commit, path, size)
}

func (p cachePlace) fallback(revision, path string) (string, bool) {
	commit, ok := resolveCached(p.repo, revision)
	if !ok {
		return "", false
	}
	return p.repo.Find(commit, path, -1)
}

// resolveCached returns the commit of a revision as the cache knows it.
func resolveCached(repo *cache.Repository, revision string) (commit string, ok bool) {
	if isCommit(revision) {
		return revision, true
	}
	return repo.Ref(revision)
}

func (p cachePlace) begin(revision, commit string) error {
	if err := p.repo.Prepare(commit); err != nil {
		return err
	}
	return p.repo.SetRef(revision, commit)
}

func (p cachePlace) put(ctx context.Context, f File, force bool, fetch fetchFunc) (string, error) {
	if file, ok := p.repo.Find(f.Revision, f.Path, f.Size); ok && !force {
		return file, nil
	}
	lock, err := p.repo.Lock(ctx, f.ETag)
	if err != nil {
		return "", err
	}
	defer lock.Unlock()
	if !force && p.repo.HasBlob(f.ETag, f.Size) {
		return p.repo.Link(f.Revision, f.Path, f.ETag, false)
	}
	blob := p.repo.Blob(f.ETag)
	if err := fetch(ctx, f, destination{base: blob, name: blob, alone: lock.Exclusive()}); err != nil {
		return "", err
	}
	return p.repo.Link(f.Revision, f.Path, f.ETag, true)
}

// localPlace keeps files under their own names in a folder, and takes those that the shared cache has from there.
type localPlace struct {
	dir    *cache.LocalDir
	shared *cache.Repository
}

func (p localPlace) check(path string) error                      { return p.dir.Check(path) }
func (p localPlace) tree(commit string) cache.Tree                { return p.dir.Tree(commit) }
func (p localPlace) setTree(commit string, tree cache.Tree) error { return p.dir.SetTree(commit, tree) }
func (p localPlace) treeSize(commit string) (int64, bool)         { return p.dir.HasTree(commit) }
func (p localPlace) folder(string) string                         { return p.dir.Dir() }
func (p localPlace) begin(string, string) error                   { return nil }

func (p localPlace) known(commit, path string, size int64) (string, bool) {
	file := p.dir.File(path)
	was, _, ok := p.dir.Known(path)
	if !ok || was != commit {
		return "", false
	}
	info, err := os.Stat(file)
	return file, err == nil && (size < 0 || info.Size() == size)
}

func (p localPlace) fallback(_, path string) (string, bool) {
	file := p.dir.File(path)
	info, err := os.Stat(file)
	return file, err == nil && info.Mode().IsRegular()
}

func (p localPlace) put(ctx context.Context, f File, force bool, fetch fetchFunc) (string, error) {
	if err := p.dir.Prepare(f.Path); err != nil {
		return "", err
	}
	lock, err := p.dir.Lock(ctx, f.Path)
	if err != nil {
		return "", err
	}
	defer lock.Unlock()
	file := p.dir.File(f.Path)
	current := false
	if !force {
		if current, err = p.current(f, file); err != nil {
			return "", err
		}
	}
	if !current {
		to := destination{base: p.dir.Incomplete(f.Path, f.ETag), name: file, alone: lock.Exclusive()}
		if err := fetch(ctx, f, to); err != nil {
			return "", err
		}
	}
	if err := p.dir.SetKnown(f.Path, f.Revision, f.ETag); err != nil {
		return "", err
	}
	return file, nil
}

// current tells whether a file has the content of f, after taking it from the shared cache if it is there.
func (p localPlace) current(f File, file string) (bool, error) {
	_, etag, known := p.dir.Known(f.Path)
	if known && etag == f.ETag {
		return true, nil
	}
	if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() && info.Size() == f.Size && !known {
		if same, err := fileHas(file, f.ETag); err != nil || same {
			return same, err
		}
	}
	cached, ok := p.shared.Find(f.Revision, f.Path, f.Size)
	if !ok {
		return false, nil
	}
	if err := cache.CopyFile(cached, file); err != nil {
		return false, fmt.Errorf("copy from the cache: %w", err)
	}
	return true, nil
}

// cacheDir is where the shared cache lies: HF_HUB_CACHE, else the folder hub in huggingface_hub's home.
func (e environment) cacheDir() (string, error) {
	for _, name := range []string{"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"} {
		if dir := e.get(name); dir != "" {
			return e.expand(dir)
		}
	}
	if home := e.get("HF_HOME"); home != "" {
		home, err := e.expand(home)
		return filepath.Join(home, "hub"), err
	}
	dir := e.get("XDG_CACHE_HOME")
	if dir == "" {
		dir = "~/.cache"
	}
	dir, err := e.expand(dir)
	return filepath.Join(dir, "huggingface", "hub"), err
}

// openCache names the cache in dir, or with "" the one that the environment tells.
func (e environment) openCache(dir string) (*cache.Cache, error) {
	if dir == "" {
		var err error
		if dir, err = e.cacheDir(); err != nil {
			return nil, err
		}
	}
	return cache.New(dir, cache.Options{NoSymlinks: e.flag("HF_HUB_DISABLE_SYMLINKS")})
}

// OpenCache names the shared cache in dir; "" means the folder that HF_HUB_CACHE or HF_HOME tell, as for huggingface_hub.
func OpenCache(dir string) (*cache.Cache, error) { return processEnvironment().openCache(dir) }

package hub

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/hfspark/hfspark/hub/cache"
)

// SnapshotOptions configures [Client.Snapshot].
type SnapshotOptions struct {
	DownloadOptions
	// Files, when not empty, are the files to download; that one does not exist is an error. A name that ends in / means all below
	// that folder.
	Files []string
	// Allow and Ignore are patterns as in huggingface_hub: * matches slashes too. A file must match one of Allow, unless that is nil,
	// and none of Ignore.
	Allow, Ignore []string
}

// Snapshot makes the files of a repository at a revision local files and returns the folder with them.
//
// It asks for the commit of the revision unless that is one, and for the listing of a commit once: it is kept, so that a commit
// whose files are all there costs no request. Files are fetched as by [Client.Download], but without asking for each one first.
// When the Hub cannot be asked, the files of the last look are returned if the kept listing says that none is missing. Errors are
// those of [Client.Download] and [Client.List]; the first one stops all.
func (c *Client) Snapshot(ctx context.Context, repo Repo, revision string, o SnapshotOptions) (*Downloaded, error) {
	s := subject{op: "download", repo: repo, revision: orMain(revision)}
	d, err := c.newDownload(s, o.DownloadOptions)
	if err != nil {
		return nil, err
	}
	wanted, err := newSelection(o)
	if err != nil {
		return nil, s.fail(err.Error(), "", ErrInvalid)
	}
	commit, tree, err := d.list(ctx, wanted)
	if err != nil {
		return d.snapshotFallback(ctx, wanted, err)
	}
	files, err := d.choose(commit, tree, wanted)
	if err != nil {
		return nil, err
	}
	if err := d.place.begin(s.revision, commit); err != nil && !d.complete(files) {
		return nil, d.local(err)
	}
	if err := d.putAll(ctx, files); err != nil {
		return nil, err
	}
	return &Downloaded{Path: d.place.folder(commit), Commit: commit, Files: len(files)}, nil
}

// list returns the commit of the revision and its files, or at least those that are wanted by name.
func (d *download) list(ctx context.Context, wanted *selection) (commit string, tree cache.Tree, err error) {
	if isCommit(d.revision) {
		commit = d.revision
		if tree = d.place.tree(commit); tree != nil {
			return commit, tree, nil
		}
	}
	if d.o.LocalOnly {
		return "", nil, d.fail("nothing may be sent", "", ErrOffline)
	}
	if commit == "" {
		if commit, err = d.head(ctx); err != nil {
			return "", nil, err
		}
		if tree = d.place.tree(commit); tree != nil {
			return commit, tree, nil
		}
	}
	tree = cache.Tree{}
	if wanted.named() {
		return commit, tree, d.listNamed(ctx, commit, wanted, tree)
	}
	for entry, err := range d.c.List(ctx, d.repo, commit, "", true) {
		if err != nil {
			return "", nil, err
		}
		addEntry(tree, entry)
	}
	if err := d.place.setTree(commit, tree); err != nil {
		d.c.log.WarnContext(ctx, "cannot keep the listing of a commit", "repo", d.repo.ID, "commit", commit, "cause", err)
	}
	return commit, tree, nil
}

// head asks which commit the revision is. With a listing of the last look to fall back to it asks once.
func (d *download) head(ctx context.Context) (commit string, err error) {
	rule := retryAlways
	if old, ok := d.shared.Ref(d.revision); ok && !d.o.Force {
		if _, listed := d.place.treeSize(old); listed {
			rule = retryNever
		}
	}
	info, err := d.c.info(ctx, d.repo, d.revision, rule)
	if err != nil {
		return "", err
	}
	if err := cache.CheckCommit(info.SHA); err != nil {
		return "", d.fail(err.Error(), fmt.Sprintf("Check that HF_ENDPOINT names a Hub (now %s).", d.c.Endpoint()), ErrMalformed)
	}
	return info.SHA, nil
}

// listNamed asks for the wanted names alone: a large repository need not be listed for the sake of a few files.
func (d *download) listNamed(ctx context.Context, commit string, wanted *selection, tree cache.Tree) error {
	entries, err := d.c.PathsInfo(ctx, d.repo, commit, slices.Sorted(maps.Keys(wanted.files)))
	if err != nil {
		return err
	}
	for _, entry := range entries {
		addEntry(tree, entry)
	}
	for _, folder := range wanted.folders {
		for entry, err := range d.c.List(ctx, d.repo, commit, folder, true) {
			if err != nil {
				return err
			}
			addEntry(tree, entry)
		}
	}
	return nil
}

func addEntry(tree cache.Tree, entry Entry) {
	if entry.Type != TypeFile {
		return
	}
	f := cache.TreeFile{Size: entry.Size, BlobID: entry.OID, XetHash: entry.XetHash}
	if entry.LFS != nil {
		f.SHA256, f.LFSSize, f.Size = entry.LFS.SHA256, &entry.LFS.Size, entry.LFS.Size
	}
	tree[entry.Path] = f
}

// selection tells which files of a listing are wanted.
type selection struct {
	patterns patterns
	files    map[string]bool
	folders  []string // with their slash
}

func newSelection(o SnapshotOptions) (*selection, error) {
	p, err := newPatterns(o.Allow, o.Ignore)
	if err != nil {
		return nil, err
	}
	s := &selection{patterns: p}
	for _, name := range o.Files {
		if strings.HasSuffix(name, "/") {
			s.folders = append(s.folders, strings.TrimRight(name, "/")+"/")
			continue
		}
		if s.files == nil {
			s.files = map[string]bool{}
		}
		s.files[name] = true
	}
	return s, nil
}

// named tells whether files are wanted by name rather than by patterns alone.
func (s *selection) named() bool { return s.files != nil || s.folders != nil }

func (s *selection) match(path string) bool {
	if !s.named() {
		return s.patterns.match(path)
	}
	named := s.files[path] || slices.ContainsFunc(s.folders, func(folder string) bool { return strings.HasPrefix(path, folder) })
	return named && s.patterns.match(path)
}

// absent returns a name that the listing does not have; "" when it has all.
func (s *selection) absent(tree cache.Tree) string {
	for name := range s.files {
		if _, ok := tree[name]; !ok {
			return name
		}
	}
	for _, folder := range s.folders {
		found := false
		for path := range tree {
			if found = strings.HasPrefix(path, folder); found {
				break
			}
		}
		if !found {
			return folder
		}
	}
	return ""
}

// choose returns the wanted files, the largest first: they take longest.
func (d *download) choose(commit string, tree cache.Tree, wanted *selection) ([]File, error) {
	if name := wanted.absent(tree); name != "" {
		missing := d.subject
		missing.path = name
		return nil, missing.fail(fmt.Sprintf("no such file or folder: %q", name), "", ErrEntryNotFound)
	}
	var files []File
	for path, entry := range tree {
		if !wanted.match(path) {
			continue
		}
		f := File{Repo: d.repo, Revision: commit, Path: path, Size: entry.Size, ETag: entry.ETag()}
		if err := errors.Join(d.place.check(path), d.checkNames(f)); err != nil {
			return nil, d.fail(err.Error(), "Ask the owner to rename the file, or leave it out by a pattern.", ErrInvalid)
		}
		files = append(files, f)
	}
	slices.SortFunc(files, func(a, b File) int {
		return cmp.Or(cmp.Compare(b.Size, a.Size), strings.Compare(a.Path, b.Path))
	})
	return files, nil
}

// complete tells whether all files are there.
func (d *download) complete(files []File) bool {
	return !d.o.Force && !slices.ContainsFunc(files, func(f File) bool {
		_, ok := d.place.known(f.Revision, f.Path, f.Size)
		return !ok
	})
}

// putAll makes files local ones, several at a time.
func (d *download) putAll(ctx context.Context, files []File) error {
	var bytes int64
	for _, f := range files {
		bytes += f.Size
	}
	d.fetcher.meter.expect(len(files), bytes)
	next := make(chan File)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(next)
		for _, f := range files {
			if !d.o.Force {
				if _, ok := d.place.known(f.Revision, f.Path, f.Size); ok {
					d.fetcher.meter.file(f.Size)
					continue
				}
			}
			select {
			case next <- f:
			case <-ctx.Done():
				return nil // Whoever ended it tells why.
			}
		}
		return nil
	})
	for range min(d.o.Parallel, len(files)) {
		g.Go(func() error {
			for f := range next {
				one := *d
				one.path = f.Path
				if _, err := one.put(ctx, f); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}

// snapshotFallback returns the files of the last look when the Hub could not be asked. Without a kept listing nobody can tell whether
// they are all; huggingface_hub returns them as well.
func (d *download) snapshotFallback(ctx context.Context, wanted *selection, reason error) (*Downloaded, error) {
	if d.isFinal(ctx, reason) {
		return nil, reason
	}
	commit, ok := resolveCached(d.shared, d.revision)
	if !ok && d.o.LocalDir == "" {
		return nil, d.notCached(reason, "no snapshot of this revision is in the cache")
	}
	folder := d.place.folder(commit)
	there, err := filesBelow(folder)
	if err != nil || len(there) == 0 {
		return nil, d.notCached(reason, "no snapshot of this revision is in "+folder)
	}
	var paths []string
	if tree := d.place.tree(commit); tree != nil {
		files, err := d.choose(commit, tree, wanted)
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			paths = append(paths, f.Path)
		}
	} else {
		tree = cache.Tree{}
		for _, path := range there {
			tree[path] = cache.TreeFile{}
		}
		if name := wanted.absent(tree); name != "" {
			return nil, d.notCached(reason, fmt.Sprintf("%s is not in the cache", name))
		}
		paths = slices.DeleteFunc(there, func(path string) bool { return !wanted.match(path) })
	}
	for _, path := range paths {
		if _, ok := d.place.fallback(commit, path); !ok {
			return nil, d.notCached(reason, fmt.Sprintf("the snapshot in the cache is not complete: %s is missing", path))
		}
	}
	d.c.log.InfoContext(ctx, "the Hub cannot be asked; taking the files of the last look", "repo", d.repo.ID, "commit", commit, "cause", reason)
	return &Downloaded{Path: folder, Commit: commit, Files: len(paths), Stale: d.stale(reason)}, nil
}

// filesBelow lists the files of a folder that are not metadata, with slashes.
func filesBelow(folder string) (paths []string, err error) {
	err = filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		switch name = filepath.ToSlash(name); {
		case entry.IsDir() && name == ".cache/huggingface":
			return fs.SkipDir
		case !entry.IsDir():
			paths = append(paths, name)
		}
		return nil
	})
	return paths, err
}

package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

// plainFolder is a folder that is served with the content that it has.
type plainFolder struct {
	id    string // namespace/name as the folders are spelled
	store *Store

	scanning sync.Mutex    // held while the folder is looked through; taken before mu
	scanned  time.Time     // when that was last done
	took     time.Duration // how long it took, without hashing

	mu      sync.Mutex
	history []*plainSnapshot // the newest first
}

// plainSnapshot is what a folder held when it was looked through.
type plainSnapshot struct {
	commit  Commit
	listing *listing
	files   map[string]*plainFile
}

// plainFile is a file of a folder.
type plainFile struct {
	path   string // in the repository
	source string // in the root folder
	stamp  stamp
	oid    string // git's blob id: of the content, or of the LFS pointer
	sha256 string // of the content of a large file; "" for others
}

func (f *plainFile) entry() Entry {
	return Entry{Path: f.path, OID: f.oid, Size: f.stamp.size, SHA256: f.sha256}
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
func (p *plainFolder) current() (*plainSnapshot, error) {
	p.scanning.Lock()
	defer p.scanning.Unlock()
	if known := p.versions(); len(known) > 0 && p.took >= quickScan && time.Since(p.scanned) < scanRest*p.took {
		return known[0], nil
	}
	s, err := p.scan()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the folder of %s is gone: %w", p.id, ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("scan the repository %s: %w", p.id, err)
	}
	return p.remember(s), nil
}

// versions returns the snapshots that can still be named, the newest first. The slice is not changed later.
func (p *plainFolder) versions() []*plainSnapshot {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.history
}

// remember puts s at the front of the history.
func (p *plainFolder) remember(s *plainSnapshot) *plainSnapshot {
	p.mu.Lock()
	defer p.mu.Unlock()
	history := []*plainSnapshot{s}
	for _, old := range p.history {
		if old.commit.SHA != s.commit.SHA && len(history) < keptSnapshots {
			history = append(history, old)
		}
	}
	p.history = history
	return s
}

// snapshot returns the version with a commit.
func (p *plainFolder) snapshot(sha string) (*plainSnapshot, error) {
	for _, s := range p.versions() {
		if s.commit.SHA == sha {
			return s, nil
		}
	}
	return nil, fmt.Errorf("commit %q of %s: %w", sha, p.id, ErrRevision)
}

// resolve returns the commit that a revision names. Commits that are known are not looked for in the folder.
func (p *plainFolder) resolve(revision string) (string, error) {
	if _, err := p.snapshot(revision); err == nil {
		return revision, nil
	}
	now, err := p.current()
	if err != nil {
		return "", err
	}
	switch revision {
	case "", "HEAD", "main", MainRef:
		return now.commit.SHA, nil
	}
	found := ""
	if len(revision) >= minPrefix {
		for _, s := range p.versions() {
			if strings.HasPrefix(s.commit.SHA, revision) {
				if found != "" {
					found = ""
					break // Ambiguous, which names nothing.
				}
				found = s.commit.SHA
			}
		}
	}
	if found == "" {
		return "", fmt.Errorf("revision %q of %s: %w", revision, p.id, ErrRevision)
	}
	return found, nil
}

// Author, date and title of the commit of a folder: fixed, so that it depends on the content alone.
const (
	folderAuthor = "hfspark"
	folderTime   = 1704067200
	folderTitle  = "Content of the folder"
)

func folderSignature() signature {
	return signature{name: folderAuthor, when: time.Unix(folderTime, 0).UTC()}
}

// newPlainSnapshot computes trees and commit of the given files.
func newPlainSnapshot(files []*plainFile) (*plainSnapshot, error) {
	s := &plainSnapshot{files: make(map[string]*plainFile, len(files))}
	keys := make([]string, 0, len(files))
	below, made := map[string][]treeEntry{}, map[string]bool{} // by folder
	for _, f := range files {
		s.files[f.path] = f
		keys = append(keys, f.path)
		id, _ := parseOID(f.oid) // It was computed.
		below[path.Dir(f.path)] = append(below[path.Dir(f.path)], treeEntry{mode: modeFile, name: path.Base(f.path), id: id})
		for dir := path.Dir(f.path); dir != "." && !made[dir]; dir = path.Dir(dir) {
			made[dir] = true
			below[path.Dir(dir)] = append(below[path.Dir(dir)], treeEntry{mode: modeDirectory, name: path.Base(dir)})
			keys = append(keys, dir+"/")
		}
	}
	trees := map[string]oid{}
	root := treeOf(".", below, trees)
	slices.Sort(keys)
	var b bytes.Buffer
	w := newListingWriter(&b)
	for _, key := range keys {
		if dir, ok := strings.CutSuffix(key, "/"); ok {
			w.add(Entry{Path: dir, Directory: true, OID: trees[dir].String()})
			continue
		}
		w.add(s.files[key].entry())
	}
	err := w.finish()
	if err == nil {
		s.listing, err = openListing("", b.Bytes())
	}
	if err != nil {
		return nil, err
	}
	content := encodeCommit(root, nil, folderSignature(), folderTitle)
	s.commit, err = parseCommit(objectID(kindCommit, content), content)
	return s, err
}

// treeOf computes the trees of dir and of all below it.
func treeOf(dir string, below map[string][]treeEntry, trees map[string]oid) oid {
	entries := below[dir]
	for i, e := range entries {
		if e.directory() {
			entries[i].id = treeOf(path.Join(dir, e.name), below, trees)
		}
	}
	slices.SortFunc(entries, func(a, b treeEntry) int { return strings.Compare(a.sortKey(), b.sortKey()) })
	trees[dir] = objectID(kindTree, encodeTree(entries))
	return trees[dir]
}

// objects are the large files.
func (s *plainSnapshot) objects() []string {
	var out []string
	for _, f := range s.files {
		if f.sha256 != "" {
			out = append(out, f.sha256)
		}
	}
	return out
}

// openPlain opens a file if it still is what it was when it was hashed.
func (s *Store) openPlain(f *plainFile) (*os.File, error) {
	opened, err := s.root.Open(f.source)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrGone
	}
	if err != nil {
		return nil, err
	}
	info, err := opened.Stat()
	if err == nil && (!info.Mode().IsRegular() || !f.stamp.same(stampOf(info))) {
		err = ErrGone
	}
	if err != nil {
		return nil, errors.Join(err, opened.Close())
	}
	return opened, nil
}

// adopt imports the folder as the first commit: the one that it is served with, so that clients who know that find it again.
// The repository is held for changing.
func (r *Repository) adopt(ctx context.Context) error {
	r.plain.scanning.Lock()
	s, err := r.plain.scan()
	r.plain.scanning.Unlock()
	if err != nil {
		return err
	}
	r.store.log.Info("importing a folder: from now on changes in it are not served", "repo", r.id, "files", len(s.files), "bytes", s.listing.used)
	for _, f := range s.files {
		if err := r.keepLarge(ctx, f); err != nil {
			return &PathError{Path: f.path, Err: err}
		}
	}
	if err := r.store.objects.sync(s.objects()); err != nil {
		return err
	}
	g := newGitFolder(r.folder(), r.store.disk)
	if err := g.init(); err != nil {
		return err
	}
	if err := r.store.importInto(ctx, g, r.spool, s); err != nil {
		return err
	}
	if err := g.complete(); err != nil {
		return err
	}
	r.manage(g)
	return nil
}

// keepLarge takes a large file of the folder in, and makes sure that it is what was hashed.
func (r *Repository) keepLarge(ctx context.Context, f *plainFile) error {
	if f.sha256 == "" {
		return nil
	}
	opened, err := r.store.openPlain(f)
	if err != nil {
		return err
	}
	defer opened.Close()
	return r.Objects().put(ctx, f.sha256, f.stamp.size, opened)
}

// importInto makes a commit of what a folder held, whose large files were taken in before, and the branch main of it.
func (s *Store) importInto(ctx context.Context, g *gitFolder, spool *spool, content *plainSnapshot) error {
	b, edit := &batch{git: g, spool: spool, known: map[oid]bool{}}, editTree(g.objects, emptyTree)
	for _, name := range slices.Sorted(maps.Keys(content.files)) {
		f := content.files[name]
		id, _ := parseOID(f.oid) // It was computed.
		var err error
		if f.sha256 != "" {
			_, err = b.add(kindBlob, pointer(f.sha256, f.stamp.size))
		} else {
			err = s.importSmall(ctx, b, f, id)
		}
		if err == nil {
			err = edit.put(f.path, id)
		}
		if err != nil {
			return &PathError{Path: f.path, Err: err}
		}
	}
	id, err := b.commit(edit, nil, folderSignature(), folderTitle)
	if err != nil {
		return err
	}
	if err := b.write(); err != nil {
		return err
	}
	return g.refs.write(MainRef, id)
}

// importSmall takes in a file that is not in LFS.
func (s *Store) importSmall(ctx context.Context, b *batch, f *plainFile, id oid) error {
	opened, err := s.openPlain(f)
	if err != nil {
		return err
	}
	defer opened.Close()
	got, _, err := b.spool.put(ctx, opened, b.git.objects.has)
	if err != nil {
		return err
	}
	if got != id {
		return ErrGone
	}
	return b.blob(id)
}

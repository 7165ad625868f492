package store

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// listings are those of one repository: a cache in files. They are made when they are first asked for, from a former one as far as
// that is the same.
type listings struct {
	git    *gitFolder
	memory bool // keep them in memory: nothing can be written

	mu    sync.Mutex
	known []keptListing // the one asked for last comes first
}

type keptListing struct {
	tree oid
	*listing
}

// keptListings is how many listings of one repository are kept.
const keptListings = 8

func (l *listings) folder() string { return filepath.Join(l.git.path, "listings") }

func (l *listings) path(tree oid) string { return filepath.Join(l.folder(), tree.String()) }

// get returns the listing of a tree.
func (l *listings) get(tree oid) (*listing, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, kept := range l.known {
		if kept.tree != tree {
			continue
		}
		if _, err := os.Stat(kept.path); kept.path == "" || err == nil {
			l.known = slices.Insert(slices.Delete(l.known, i, i+1), 0, kept)
			return kept.listing, nil
		}
		l.known = slices.Delete(l.known, i, i+1)
		break
	}
	made, err := l.load(tree)
	if err != nil {
		if made, err = l.make(tree); err != nil {
			return nil, err
		}
	}
	l.known = slices.Insert(l.known, 0, keptListing{tree: tree, listing: made})
	return made, l.forget()
}

// load opens the listing that an earlier process made, if it did.
func (l *listings) load(tree oid) (*listing, error) {
	return openListing(l.path(tree), nil)
}

// base returns a listing to make the next one from: the one asked for last, or any of an earlier process.
func (l *listings) base() *listing {
	if len(l.known) > 0 {
		return l.known[0].listing
	}
	found, err := os.ReadDir(l.folder())
	if err != nil {
		return nil
	}
	var newest fs.FileInfo
	for _, item := range found {
		if info, err := item.Info(); err == nil && (newest == nil || info.ModTime().After(newest.ModTime())) {
			newest = info
		}
	}
	if newest == nil {
		return nil
	}
	base, err := openListing(filepath.Join(l.folder(), newest.Name()), nil)
	if err != nil {
		return nil // It is a cache; this one was not written to its end.
	}
	return base
}

// make makes the listing of a tree: in memory when it cannot be written, as on a disk that is full.
func (l *listings) make(tree oid) (*listing, error) {
	base := l.base()
	if !l.memory {
		if made, err := l.makeFile(tree, base); err == nil {
			return made, nil
		}
	}
	var b bytes.Buffer
	if err := writeListing(&b, l.git.objects, tree, base); err != nil {
		return nil, err
	}
	return openListing("", b.Bytes())
}

func (l *listings) makeFile(tree oid, base *listing) (*listing, error) {
	d := l.git.disk
	if err := d.mkdir(l.folder()); err != nil {
		return nil, err
	}
	f, err := d.create()
	if err != nil {
		return nil, err
	}
	if err := writeListing(f, l.git.objects, tree, base); err != nil {
		return nil, d.discard(f, err)
	}
	if err := f.Close(); err != nil { // It can be made again: no need to sync it.
		return nil, d.discard(f, err)
	}
	if err := d.rename(f.Name(), l.path(tree)); err != nil {
		return nil, d.discard(f, err)
	}
	return openListing(l.path(tree), nil)
}

// forget removes the listings that were not asked for in a long time.
func (l *listings) forget() error {
	if len(l.known) > keptListings {
		l.known = l.known[:keptListings]
	}
	found, err := os.ReadDir(l.folder())
	if err != nil || l.memory || len(found) <= 2*keptListings {
		if errors.Is(err, fs.ErrNotExist) || isNotDir(err) {
			err = nil // They are all in memory.
		}
		return err
	}
	for _, item := range found {
		kept := slices.ContainsFunc(l.known, func(k keptListing) bool { return k.tree.String() == item.Name() })
		if !kept {
			if err := l.git.disk.remove(filepath.Join(l.folder(), item.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// listingBuilder lists a tree with the help of the listing of another one, which is read along.
type listingBuilder struct {
	objects *database
	out     *listingWriter
	old     *scanner
	more    bool
	key     string // of old's entry
}

func writeListing(w interface{ Write([]byte) (int, error) }, objects *database, tree oid, base *listing) error {
	b := &listingBuilder{objects: objects, out: newListingWriter(w)}
	if base != nil {
		r, err := base.open()
		if err != nil {
			return err
		}
		defer r.Close()
		if b.old, err = r.scan(0, base.n); err != nil {
			return err
		}
		b.advance()
	}
	if err := b.folder(tree, ""); err != nil {
		return err
	}
	if b.old != nil && b.old.err != nil {
		return b.old.err
	}
	return b.out.finish()
}

func (b *listingBuilder) advance() {
	if b.more = b.old.next(); b.more {
		b.key = b.old.entry.key()
	}
}

// same skips to key in the old listing, and tells whether it has it with that id.
func (b *listingBuilder) same(key string, id oid) bool {
	if b.old == nil {
		return false
	}
	for b.more && b.key < key {
		b.advance()
	}
	return b.more && b.key == key && b.old.id == id
}

// take copies the entry that the old listing is at.
func (b *listingBuilder) take() {
	b.out.record(b.old.raw, b.old.entry.Size)
	b.advance()
}

// folder lists what is in a tree.
func (b *listingBuilder) folder(tree oid, prefix string) error {
	entries, err := b.objects.tree(tree)
	if err != nil {
		return err
	}
	for _, e := range entries {
		path := prefix + e.name
		switch {
		case e.mode == modeModule:
		case e.directory() && b.same(path+"/", e.id):
			for b.take(); b.more && strings.HasPrefix(b.key, path+"/"); {
				b.take()
			}
		case e.directory():
			b.out.add(Entry{Path: path, Directory: true, OID: e.id.String()})
			if err := b.folder(e.id, path+"/"); err != nil {
				return err
			}
		case b.same(path, e.id):
			b.take()
		default:
			entry, err := b.objects.fileEntry(path, e.id)
			if err != nil {
				return err
			}
			b.out.add(entry)
		}
	}
	return b.out.err
}

// fileEntry finds out what a file is.
func (db *database) fileEntry(path string, id oid) (Entry, error) {
	e := Entry{Path: path, OID: id.String()}
	_, size, err := db.stat(id)
	if err != nil {
		return Entry{}, err
	}
	e.Size = size
	if size < int64(len(pointerHead)) || size > maxPointer {
		return e, nil
	}
	content, err := db.expect(id, kindBlob)
	if err != nil {
		return Entry{}, err
	}
	if hash, size, ok := parsePointer(content); ok {
		e.SHA256, e.Size = hash, size
	}
	return e, nil
}

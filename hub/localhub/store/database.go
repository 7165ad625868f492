package store

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// database is the git objects of one repository.
type database struct {
	folder string // objects
	disk   *disk
	// opened is told when the first pack is opened, so that not too many databases are open at once; nil for nobody.
	opened func(*database)

	mu    sync.RWMutex // for reading while packs are in use
	packs []*packFile  // the newest first
	seen  time.Time    // when the folder of packs was changed last, as far as is known
}

func (db *database) packFolder() string { return filepath.Join(db.folder, "pack") }

// errNoObject says that there is no such object.
var errNoObject = fmt.Errorf("no such git object: %w", ErrCorrupt)

// refresh opens the packs that have come since, if any.
func (db *database) refresh() (changed bool, err error) {
	info, err := os.Stat(db.packFolder())
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	first, changed, err := db.openNew(info.ModTime())
	if first && db.opened != nil {
		db.opened(db)
	}
	return changed, err
}

// openNew opens the packs that are not open yet, in a folder that was last changed at a time. first tells that none was open.
func (db *database) openNew(at time.Time) (first, changed bool, err error) {
	db.mu.Lock()
	defer db.mu.Unlock()
	if at.Equal(db.seen) {
		return false, false, nil
	}
	first = len(db.packs) == 0
	found, err := os.ReadDir(db.packFolder())
	if err != nil {
		return false, false, err
	}
	open := map[string]bool{}
	for _, p := range db.packs {
		open[p.index] = true
	}
	for _, item := range found {
		index := filepath.Join(db.packFolder(), item.Name())
		if !strings.HasPrefix(item.Name(), "pack-") || !strings.HasSuffix(item.Name(), ".idx") || open[index] {
			continue
		}
		p, err := openPack(index)
		if errors.Is(err, fs.ErrNotExist) {
			continue // Git has replaced it meanwhile.
		}
		if err != nil {
			return first, changed, err
		}
		db.packs = append([]*packFile{p}, db.packs...)
		changed = true
	}
	db.seen = at
	return first, changed, nil
}

// adopt opens a pack that was written just now.
func (db *database) adopt(index string) error {
	p, err := openPack(index)
	if err != nil {
		return err
	}
	db.mu.Lock()
	defer db.mu.Unlock()
	for _, known := range db.packs {
		if known.index == index {
			return p.file.Close()
		}
	}
	db.packs = append([]*packFile{p}, db.packs...)
	return nil
}

// close lets go of all files. The database can be used afterwards, and opens them again.
func (db *database) close() error {
	db.mu.Lock()
	defer db.mu.Unlock()
	var errs []error
	for _, p := range db.packs {
		errs = append(errs, p.file.Close())
	}
	db.packs, db.seen = nil, time.Time{}
	return errors.Join(errs...)
}

// find looks an object up in the packs, and calls use while it is sure to be there.
func (db *database) find(id oid, use func(*packFile, int64) error) error {
	for try := 0; ; try++ {
		found, err := db.findOpen(id, use)
		if found || err != nil {
			return err
		}
		changed := false
		if try == 0 {
			if changed, err = db.refresh(); err != nil {
				return err
			}
		}
		if !changed {
			return errNoObject
		}
	}
}

func (db *database) findOpen(id oid, use func(*packFile, int64) error) (found bool, err error) {
	db.mu.RLock()
	defer db.mu.RUnlock()
	for _, p := range db.packs {
		if offset, ok := p.find(id); ok {
			return true, use(p, offset)
		}
	}
	return false, nil
}

// read returns an object as a whole.
func (db *database) read(id oid) (kind objectKind, content []byte, err error) {
	err = db.find(id, func(p *packFile, offset int64) error {
		kind, content, err = db.unpack(p, offset)
		return err
	})
	if errors.Is(err, errNoObject) {
		return db.readLoose(id)
	}
	if err != nil {
		err = fmt.Errorf("read the git object %s: %w", id, err)
	}
	return kind, content, err
}

// unpack reads an object. When it is there as a difference, those that it differs from are read too. db.mu is held.
func (db *database) unpack(p *packFile, offset int64) (objectKind, []byte, error) {
	var chain []packedObject // each a difference to the next
	seen := map[int64]bool{}
	for {
		o, err := p.object(offset)
		if err != nil {
			return 0, nil, err
		}
		if seen[offset] {
			return 0, nil, fmt.Errorf("%s at %d: differences without end: %w", p.file.Name(), offset, ErrCorrupt)
		}
		seen[offset] = true
		chain = append(chain, o)
		if kindNames[o.kind] != "" {
			break
		}
		if offset = o.base; o.kind == kindRefDelta {
			var ok bool
			if offset, ok = p.find(o.ref); !ok {
				return 0, nil, errNoObject
			}
		}
	}
	last := chain[len(chain)-1]
	content, err := last.content()
	for i := len(chain) - 2; i >= 0 && err == nil; i-- {
		var delta []byte
		if delta, err = chain[i].content(); err == nil {
			content, err = applyDelta(content, delta)
		}
	}
	return last.kind, content, err
}

// expect reads an object of a kind.
func (db *database) expect(id oid, kind objectKind) ([]byte, error) {
	found, content, err := db.read(id)
	if err == nil && found != kind {
		err = fmt.Errorf("the git object %s is a %s, not a %s: %w", id, kindNames[found], kindNames[kind], ErrCorrupt)
	}
	return content, err
}

func (db *database) tree(id oid) ([]treeEntry, error) {
	if id == emptyTree {
		return nil, nil // Git knows it without having it.
	}
	content, err := db.expect(id, kindTree)
	if err != nil {
		return nil, err
	}
	return parseTree(content)
}

var emptyTree = objectID(kindTree, nil)

func (db *database) commit(id oid) (Commit, error) {
	content, err := db.expect(id, kindCommit)
	if err != nil {
		return Commit{}, err
	}
	return parseCommit(id, content)
}

// has tells whether there is an object of that id.
func (db *database) has(id oid) (bool, error) {
	err := db.find(id, func(*packFile, int64) error { return nil })
	if errors.Is(err, errNoObject) {
		_, err = os.Stat(db.loosePath(id))
		if errors.Is(err, fs.ErrNotExist) {
			return false, nil
		}
	}
	return err == nil, err
}

// stat tells kind and size of an object.
func (db *database) stat(id oid) (kind objectKind, size int64, err error) {
	whole := false
	err = db.find(id, func(p *packFile, offset int64) error {
		o, err := p.object(offset)
		kind, size, whole = o.kind, o.size, kindNames[o.kind] != ""
		return err
	})
	if err == nil && whole {
		return kind, size, nil
	}
	if err == nil || errors.Is(err, errNoObject) {
		var content []byte
		kind, content, err = db.read(id)
		size = int64(len(content))
	}
	return kind, size, err
}

// open opens the content of a blob. Large ones are decompressed as they are read.
func (db *database) open(id oid) (io.ReadSeekCloser, int64, error) {
	var where packedObject
	var path string
	err := db.find(id, func(p *packFile, offset int64) (err error) {
		where, err = p.object(offset)
		path = p.file.Name()
		return err
	})
	if err == nil && where.kind == kindBlob && where.size > memoryBlob {
		f, err := os.Open(path)
		if err == nil {
			return &blobReader{file: f, data: where.data, size: where.size}, where.size, nil
		}
		if !errors.Is(err, fs.ErrNotExist) { // The pack may have been joined with others just now.
			return nil, 0, err
		}
	}
	content, err := db.expect(id, kindBlob)
	if err != nil {
		return nil, 0, err
	}
	return memoryFile{bytes.NewReader(content)}, int64(len(content)), nil
}

// withPrefix lists the commits whose ids begin with the digits of prefix.
func (db *database) withPrefix(prefix string) ([]oid, error) {
	if _, err := db.refresh(); err != nil {
		return nil, err
	}
	found := map[oid]bool{}
	db.mu.RLock()
	for _, p := range db.packs {
		for _, id := range p.withPrefix(prefix) {
			found[id] = true
		}
	}
	db.mu.RUnlock()
	loose, err := os.ReadDir(filepath.Join(db.folder, prefix[:2]))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, item := range loose {
		if id, ok := parseOID(prefix[:2] + item.Name()); ok && strings.HasPrefix(item.Name(), prefix[2:]) {
			found[id] = true
		}
	}
	var out []oid
	for id := range found {
		kind, _, err := db.stat(id)
		if err != nil {
			return nil, err
		}
		if kind == kindCommit {
			out = append(out, id)
		}
	}
	return out, nil
}

func (db *database) loosePath(id oid) string {
	text := id.String()
	return filepath.Join(db.folder, text[:2], text[2:])
}

// readLoose reads an object from a file of its own, as git writes them.
func (db *database) readLoose(id oid) (objectKind, []byte, error) {
	f, err := os.Open(db.loosePath(id))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil, fmt.Errorf("%s: %w", id, errNoObject)
	}
	if err != nil {
		return 0, nil, err
	}
	defer f.Close()
	broken := fmt.Errorf("the git object %s: %w", id, ErrCorrupt)
	z, err := inflate(f)
	if err != nil {
		return 0, nil, errors.Join(broken, err)
	}
	defer z.done()
	r := bufio.NewReader(z.stream)
	head, err := r.ReadString(0)
	if err != nil {
		return 0, nil, errors.Join(broken, err)
	}
	name, digits, _ := strings.Cut(strings.TrimSuffix(head, "\x00"), " ")
	size, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || size < 0 || size > maxObject {
		return 0, nil, broken
	}
	for kind, known := range kindNames {
		if known == name {
			content, err := readExactly(r, size)
			return kind, content, err
		}
	}
	return 0, nil, broken
}

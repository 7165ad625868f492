package store

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"sync"
	"time"
)

// errChanging says that a file changed while it was hashed.
var errChanging = errors.New("the file changes while it is read")

// hashes remembers the content hash of files, so that each is read once and again only after it has changed.
type hashes struct {
	root *os.Root

	mu    sync.Mutex
	known map[hashKey]hashed
}

// hashKey is a file, and which of its two hashes is meant.
type hashKey struct {
	path  string // in root
	large bool   // SHA-256 of the content rather than git's blob id
}

type hashed struct {
	stamp stamp
	hash  string
	at    time.Time // when hashing began
}

// stamp tells versions of a file apart without reading it.
type stamp struct {
	size     int64
	modified time.Time
}

func stampOf(info fs.FileInfo) stamp { return stamp{size: info.Size(), modified: info.ModTime()} }

func (s stamp) same(t stamp) bool { return s.size == t.size && s.modified.Equal(t.modified) }

// settled is how old a file's last change must be when it is hashed for the hash to be trusted later: a second change within the
// resolution of the file system's clock would leave no trace.
const settled = 100 * time.Millisecond

// maxHashTries bounds how often a file that changes while it is read is read again.
const maxHashTries = 3

// of returns hash and stamp of the file at path. They belong together, even when the file changes meanwhile.
func (h *hashes) of(path string, large bool, now stamp) (string, stamp, error) {
	key := hashKey{path: path, large: large}
	h.mu.Lock()
	known, ok := h.known[key]
	h.mu.Unlock()
	if ok && known.stamp.same(now) && known.at.Sub(known.stamp.modified) > settled {
		return known.hash, known.stamp, nil
	}
	var err error
	for range maxHashTries {
		var entry hashed
		if entry, err = h.read(path, large); err == nil {
			h.mu.Lock()
			h.known[key] = entry
			h.mu.Unlock()
			return entry.hash, entry.stamp, nil
		}
		if !errors.Is(err, errChanging) {
			break
		}
	}
	return "", stamp{}, err
}

func (h *hashes) read(path string, large bool) (hashed, error) {
	entry := hashed{at: time.Now()}
	f, err := h.root.Open(path)
	if err != nil {
		return hashed{}, err
	}
	defer f.Close()
	before, err := f.Stat()
	if err != nil {
		return hashed{}, err
	}
	entry.stamp = stampOf(before)
	if entry.hash, err = contentHash(f, entry.stamp.size, large); err != nil {
		return hashed{}, err
	}
	after, err := f.Stat()
	if err != nil {
		return hashed{}, err
	}
	if !entry.stamp.same(stampOf(after)) {
		return hashed{}, errChanging
	}
	return entry, nil
}

func contentHash(r io.Reader, size int64, large bool) (string, error) {
	if !large {
		id, err := blobID(r, size)
		return id.String(), err
	}
	h := sha256.New()
	if err := hashExactly(h, r, size); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// Package diskcache keeps ranges of files on disk, by the hash of their content, for later reads of this process and of others.
//
//	ranges/ab/abcd…/0-4096       bytes 0 to 4096 of a content, in blocks with a checksum each
//	new/…                        what is being written
//
// Nothing but whole files with a name of their own is ever read: a process that is killed leaves only something in new. A file that is cut or
// damaged is removed when that is noticed, and fetched again. The files used longest ago go first when there are too many.
package diskcache

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	// DefaultBound is how many bytes a cache holds where a folder but no size is given.
	DefaultBound int64 = 10 << 30
	// maxEntry is the most bytes of one file: what is read of a long range before reading stops is kept.
	maxEntry = 8 << 20
	minEntry = 4 << 10
	// touchEvery is how exactly the time of the last use is known.
	touchEvery = time.Minute
	// abandoned is the age from which a file that is being written counts as left behind.
	abandoned = time.Hour
	// minKey is the least length of a key: shorter ones are no hashes.
	minKey = 16
)

// Cache is a folder of ranges. It is safe for concurrent use, by other processes too.
type Cache struct {
	dir   string
	bound int64
	log   *slog.Logger

	mu      sync.Mutex
	written int64 // since the cache was last made smaller
	swept   bool
}

// Open names a cache in a folder, which need not be there. It holds about bound bytes; zero or less means DefaultBound. What goes wrong with its
// files is logged at debug level and otherwise only costs time.
func Open(dir string, bound int64, log *slog.Logger) *Cache {
	if bound <= 0 {
		bound = DefaultBound
	}
	return &Cache{dir: dir, bound: bound, log: log}
}

// Fetch opens length bytes from offset of a content.
type Fetch func(ctx context.Context, offset, length int64) (io.ReadCloser, error)

// Range opens length bytes from offset of the content with that key, letters and digits of a hash. What is not in the cache is fetched, and kept
// as far as it is read.
func (c *Cache) Range(ctx context.Context, key string, offset, length int64, fetch Fetch) (io.ReadCloser, error) {
	if !isKey(key) || offset < 0 || length <= 0 {
		return fetch(ctx, offset, length)
	}
	r := &reader{ctx: ctx, cache: c, key: key, at: offset, end: offset + length, fetch: fetch, entries: c.entries(key, offset, offset+length)}
	r.local = r.covered()
	if err := r.open(); err != nil {
		return nil, err
	}
	return r, nil
}

// Has says whether some of the bytes that Range would open are in the cache.
func (c *Cache) Has(key string, offset, length int64) bool {
	return isKey(key) && len(c.entries(key, offset, offset+length)) > 0
}

func isKey(key string) bool {
	return len(key) >= minKey && len(key) <= 128 && strings.Trim(key, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

func (c *Cache) folder(key string) string { return filepath.Join(c.dir, "ranges", key[:2], key) }

// entry is a file of the cache.
type entry struct {
	path     string
	from, to int64
}

// entries are the files with some of the bytes from from to to.
func (c *Cache) entries(key string, from, to int64) (out []entry) {
	folder := c.folder(key)
	files, err := os.ReadDir(folder)
	if err != nil {
		return nil
	}
	for _, f := range files {
		a, b, _ := strings.Cut(f.Name(), "-")
		first, err1 := strconv.ParseInt(a, 10, 64)
		last, err2 := strconv.ParseInt(b, 10, 64)
		if err1 == nil && err2 == nil && first < last && first < to && last > from {
			out = append(out, entry{filepath.Join(folder, f.Name()), first, last})
		}
	}
	return out
}

// drop removes a file that is of no use.
func (c *Cache) drop(e entry, err error) {
	c.log.Debug("drop a damaged file of the cache", "path", e.path, "error", err)
	if err := os.Remove(e.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		c.log.Debug("remove a damaged file of the cache", "path", e.path, "error", err)
	}
}

// stored counts a new file, and makes the cache smaller now and then.
func (c *Cache) stored(bytes int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.written += bytes
	if c.swept && c.written < c.bound/32 {
		return
	}
	c.swept, c.written = true, 0
	if err := c.sweep(); err != nil {
		c.log.Debug("make the cache smaller", "path", c.dir, "error", err)
	}
}

// sweep removes the files used longest ago until the rest is well below the bound, and what was left behind in new.
func (c *Cache) sweep() error {
	type aged struct {
		path string
		size int64
		used time.Time
	}
	var files []aged
	var total int64
	err := filepath.WalkDir(filepath.Join(c.dir, "ranges"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil // Others remove files too.
		}
		if info, err := d.Info(); err == nil {
			files = append(files, aged{path, info.Size(), info.ModTime()})
			total += info.Size()
		}
		return nil
	})
	c.tidy()
	if total <= c.bound-c.bound/16 {
		return err
	}
	slices.SortFunc(files, func(a, b aged) int { return a.used.Compare(b.used) })
	for _, f := range files {
		if total <= c.bound-c.bound/8 {
			break
		}
		if removeErr := os.Remove(f.path); removeErr != nil && !errors.Is(removeErr, fs.ErrNotExist) {
			err = removeErr
			continue
		}
		total -= f.size
		_ = os.Remove(filepath.Dir(f.path)) // It succeeds when the folder is empty.
	}
	return err
}

// tidy removes what broken writes left.
func (c *Cache) tidy() {
	folder := filepath.Join(c.dir, "new")
	files, err := os.ReadDir(folder)
	if err != nil {
		return
	}
	for _, f := range files {
		if info, err := f.Info(); err == nil && time.Since(info.ModTime()) > abandoned {
			_ = os.Remove(filepath.Join(folder, f.Name())) // The next time will do as well.
		}
	}
}

// entrySize is the most bytes of one file of this cache.
func (c *Cache) entrySize() int64 { return min(maxEntry, max(c.bound/8, minEntry)) }

// String names the cache.
func (c *Cache) String() string { return fmt.Sprintf("%s (%d bytes)", c.dir, c.bound) }

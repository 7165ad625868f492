package diskcache

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

const key = "0123456789abcdef0123456789abcdef"

// content is a file elsewhere, and counts what is fetched of it.
type content struct {
	data []byte
	mu   sync.Mutex
	sum  int64
	err  error // in the middle of every fetch
}

func (c *content) fetch(_ context.Context, offset, length int64) (io.ReadCloser, error) {
	part := c.data[offset : offset+length]
	if c.err != nil {
		return io.NopCloser(io.MultiReader(bytes.NewReader(part[:len(part)/2]), &failing{c.err})), nil
	}
	return io.NopCloser(&counting{c, bytes.NewReader(part)}), nil
}

func (c *content) fetched() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.sum
	c.sum = 0
	return n
}

type failing struct{ err error }

func (f *failing) Read([]byte) (int, error) { return 0, f.err }

type counting struct {
	content *content
	from    io.Reader
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.content.mu.Lock()
	c.content.sum += int64(n)
	c.content.mu.Unlock()
	return n, err
}

func newContent(size int) *content {
	data := make([]byte, size)
	random := rand.NewChaCha8([32]byte{})
	_, _ = random.Read(data) // It never fails.
	return &content{data: data}
}

func open(dir string, bound int64) *Cache { return Open(dir, bound, slog.New(slog.DiscardHandler)) }

func (c *content) check(t *testing.T, cache *Cache, from, to int64) {
	t.Helper()
	body, err := cache.Range(context.Background(), key, from, to-from, c.fetch)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(body)
	if err != nil || !bytes.Equal(got, c.data[from:to]) {
		t.Fatalf("bytes %d to %d: %d bytes, error %v", from, to, len(got), err)
	}
	if err := body.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestRanges(t *testing.T) {
	t.Parallel()
	dir, c := t.TempDir(), newContent(20<<20)
	c.check(t, open(dir, 0), 100, 300_000)
	for _, step := range []struct{ from, to, fetched int64 }{
		{100, 300_000, 299_900},
		{100, 300_000, 0},
		{200_000, 200_001, 0},
		{0, 100, 100},
		{0, 400_000, 100_000},
		{0, 400_000, 0},
		{1 << 20, 20 << 20, 19 << 20}, // more than an entry has
		{0, 20 << 20, 1<<20 - 400_000},
		{15 << 20, 16 << 20, 0},
	} {
		if step.from != 100 || step.fetched == 0 {
			c.check(t, open(dir, 0), step.from, step.to)
		}
		if got := c.fetched(); got != step.fetched {
			t.Errorf("bytes %d to %d: %d were fetched, want %d", step.from, step.to, got, step.fetched)
		}
	}
}

func TestRandomRanges(t *testing.T) {
	t.Parallel()
	dir, c := t.TempDir(), newContent(1<<20)
	var readers sync.WaitGroup
	for seed := range uint64(4) {
		readers.Go(func() {
			random, cache := rand.New(rand.NewPCG(seed, 0)), open(dir, 300_000)
			for range 100 {
				from := random.Int64N(1 << 20)
				c.check(t, cache, from, from+1+random.Int64N(1<<20-from))
			}
		})
	}
	readers.Wait()
}

func files(t *testing.T, dir string) (out []string, size int64) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			info, err := d.Info()
			if err != nil {
				return err
			}
			out, size = append(out, path), size+info.Size()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out, size
}

// TestDamage damages the file of a range in every way that a crash may.
func TestDamage(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(data []byte) []byte{
		"cut":       func(data []byte) []byte { return data[:len(data)-1] },
		"empty":     func([]byte) []byte { return nil },
		"longer":    func(data []byte) []byte { return append(data, 0) },
		"zeros":     func(data []byte) []byte { return make([]byte, len(data)) },
		"first bit": func(data []byte) []byte { data[0] ^= 1; return data },
		"last bit":  func(data []byte) []byte { data[len(data)-1] ^= 1; return data },
		"swapped": func(data []byte) []byte { // two blocks
			block := blockSize + sumSize
			return append(append(bytes.Clone(data[block:2*block]), data[:block]...), data[2*block:]...)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, c := t.TempDir(), newContent(500_000)
			c.check(t, open(dir, 0), 0, 500_000)
			found, _ := files(t, dir)
			if len(found) != 1 {
				t.Fatalf("files %v", found)
			}
			data, err := os.ReadFile(found[0])
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(found[0], damage(data), 0o600); err != nil {
				t.Fatal(err)
			}
			c.fetched()
			c.check(t, open(dir, 0), 0, 500_000)
			if c.fetched() == 0 {
				t.Error("nothing was fetched again")
			}
			c.check(t, open(dir, 0), 0, 500_000) // What was read before the damage was noticed is in no file now.
			c.fetched()
			c.check(t, open(dir, 0), 0, 500_000)
			if n := c.fetched(); n != 0 {
				t.Errorf("%d bytes were fetched once more", n)
			}
		})
	}
}

func TestBound(t *testing.T) {
	t.Parallel()
	const bound = 4 << 20
	dir, c := t.TempDir(), newContent(40<<20)
	cache := open(dir, bound)
	kept := int64(0)
	for from := int64(0); from < 40<<20; from += 200_000 {
		c.check(t, cache, from, min(from+200_000, 40<<20))
		found, size := files(t, dir)
		if size > bound+bound/16 {
			t.Fatalf("the cache has %d bytes", size)
		}
		kept = size
		for _, f := range found { // The files used longest ago go first: time passes.
			info, err := os.Stat(f)
			if err != nil {
				t.Fatal(err)
			}
			when := info.ModTime().Add(-time.Second)
			if err := os.Chtimes(f, when, when); err != nil {
				t.Fatal(err)
			}
		}
	}
	if kept < bound/2 {
		t.Errorf("the cache has %d bytes only", kept)
	}
	c.fetched()
	c.check(t, cache, 39<<20, 40<<20)
	if n := c.fetched(); n > 0 {
		t.Errorf("%d bytes of those used last were fetched", n)
	}
}

// TestBreakOff reads in parts: what has come is kept, and nothing is left behind.
func TestBreakOff(t *testing.T) {
	t.Parallel()
	dir, c := t.TempDir(), newContent(1<<20)
	cache := open(dir, 0)
	body, err := cache.Range(context.Background(), key, 0, 1<<20, c.fetch)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(body, make([]byte, 300_000)); err != nil {
		t.Fatal(err)
	}
	if err := body.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := body.Read(make([]byte, 1)); err == nil {
		t.Error("a closed reader reads")
	}
	c.fetched()
	c.check(t, cache, 0, 300_000)
	if n := c.fetched(); n != 0 {
		t.Errorf("%d bytes were fetched again", n)
	}
	c.err = errors.New("the line is cut")
	body, err = cache.Range(context.Background(), key, 0, 1<<20, c.fetch)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(body); err == nil || !strings.Contains(err.Error(), "the line is cut") {
		t.Errorf("error %v", err)
	}
	if err := body.Close(); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(filepath.Join(dir, "new")); err != nil || len(left) != 0 {
		t.Errorf("left in new: %v, %v", left, err)
	}
}

// TestNoCache reads where nothing can be written, and with keys that are no hashes.
func TestNoCache(t *testing.T) {
	t.Parallel()
	c := newContent(100_000)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c.check(t, open(filepath.Join(file, "cache"), 0), 0, 100_000)
	dir := t.TempDir()
	for _, bad := range []string{"", "../../../../etc/passwd", "short", strings.Repeat("a", 200)} {
		body, err := open(dir, 0).Range(context.Background(), bad, 0, 10, c.fetch)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(body); err != nil {
			t.Fatal(err)
		}
	}
	if found, _ := files(t, dir); len(found) > 0 {
		t.Errorf("files %v", found)
	}
}

// TestLeftBehind removes what a process that was killed has left, and leaves what another is writing.
func TestLeftBehind(t *testing.T) {
	t.Parallel()
	dir, c := t.TempDir(), newContent(100_000)
	fresh, old := filepath.Join(dir, "new", "range-1"), filepath.Join(dir, "new", "range-2")
	if err := os.MkdirAll(filepath.Dir(old), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, f := range []string{fresh, old} {
		if err := os.WriteFile(f, []byte("part"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	when := time.Now().Add(-2 * abandoned)
	if err := os.Chtimes(old, when, when); err != nil {
		t.Fatal(err)
	}
	c.check(t, open(dir, 0), 0, 100_000)
	if _, err := os.Stat(old); !errors.Is(err, fs.ErrNotExist) {
		t.Error("what was left behind is still there")
	}
	if _, err := os.Stat(fresh); err != nil {
		t.Error(err)
	}
}

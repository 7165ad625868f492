package hub

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// promisingHub serves content under a promised size and hash.
func promisingHub(t *testing.T, size int64, etag, commit string, content []byte) *Client {
	t.Helper()
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Repo-Commit", commit)
		w.Header().Set("ETag", `"`+etag+`"`)
		w.Header().Set("Content-Length", fmt.Sprint(size))
		if r.Method == http.MethodGet {
			if start, end := int64(0), int64(0); size > int64(len(content)) {
				if _, err := fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-%d", &start, &end); err != nil {
					t.Error(err)
				}
				w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", start, end, size))
				w.Header().Set("Content-Length", fmt.Sprint(end-start+1))
				w.WriteHeader(http.StatusPartialContent)
				_, _ = w.Write(make([]byte, end-start+1))
				return
			}
			_, _ = w.Write(content)
		}
	})
	c, _ := testClient(t, srv.URL, Options{})
	return c
}

func blobsOf(t *testing.T, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "datasets--acme--data", "blobs", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// A Hub, or a proxy before it, that sends other bytes than it promised must not get them into the cache.
func TestDownloadWrongContent(t *testing.T) {
	t.Parallel()
	sha := hex.EncodeToString(make([]byte, 32))
	git := hex.EncodeToString(make([]byte, 20))
	for name, test := range map[string]struct {
		size int64
		etag string
	}{
		"sha256":   {int64(len(content)), sha},
		"git":      {int64(len(content)), git},
		"segments": {2*segmentSize + 1, sha},
	} {
		c, dir := promisingHub(t, test.size, test.etag, testCommit, content), t.TempDir()
		_, err := c.Download(t.Context(), File{Repo: testRepo, Path: "x"}, DownloadOptions{CacheDir: dir})
		if !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
		if left := blobsOf(t, dir); len(left) > 0 {
			t.Errorf("%s: left %v", name, left)
		}
	}
}

// Names that a Hub sends must not lead out of the cache.
func TestDownloadHostileNames(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ etag, commit string }{
		{"../../evil", testCommit}, {"a/b", testCommit}, {"", testCommit}, {"hash", "../../evil"}, {"hash", "main"},
	} {
		c, dir := promisingHub(t, 5, test.etag, test.commit, []byte("hello")), t.TempDir()
		if _, err := c.Download(t.Context(), File{Repo: testRepo, Path: "x"}, DownloadOptions{CacheDir: dir}); !errors.Is(err, ErrMalformed) {
			t.Errorf("%+v: %v", test, err)
		}
	}
}

// A tag that is no hash names the content all the same; its size alone is checked.
func TestDownloadUnknownTag(t *testing.T) {
	t.Parallel()
	c, dir := promisingHub(t, 5, "tag-1", testCommit, []byte("hello")), t.TempDir()
	got, err := c.Download(t.Context(), File{Repo: testRepo, Path: "x"}, DownloadOptions{CacheDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if raw, err := os.ReadFile(got.Path); err != nil || string(raw) != "hello" {
		t.Error(string(raw), err)
	}
}

func TestDownloadDiskFull(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("room is set aside on Linux only")
	}
	sum := sha256.Sum256(content)
	c, dir := promisingHub(t, 15<<40, hex.EncodeToString(sum[:]), testCommit, content), t.TempDir()
	_, err := c.Download(t.Context(), File{Repo: testRepo, Path: "x"}, DownloadOptions{CacheDir: dir})
	if err == nil || !errors.Is(err, ErrNoSpace) && !errors.Is(err, syscall.EFBIG) {
		t.Fatal(err)
	}
	if left := blobsOf(t, dir); len(left) > 0 {
		t.Errorf("left %v", left)
	}
	// A small file, on a disk that fills while it is written.
	full := &fetcher{c: promisingHub(t, int64(len(content)), hex.EncodeToString(sum[:]), testCommit, content), meter: newDownloadMeter(nil)}
	f := File{Repo: testRepo, Revision: testCommit, Path: "x", Size: int64(len(content)), ETag: hex.EncodeToString(sum[:])}
	device, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer device.Close()
	if err := full.copyWhole(t.Context(), subject{}, f, device); !diskFull(err) {
		t.Error(err)
	}
}

func TestCacheDir(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		vars map[string]string
		want string
	}{
		{nil, "/home/ann/.cache/huggingface/hub"},
		{map[string]string{"XDG_CACHE_HOME": "/x"}, "/x/huggingface/hub"},
		{map[string]string{"HF_HOME": "~/hf", "XDG_CACHE_HOME": "/x"}, "/home/ann/hf/hub"},
		{map[string]string{"HF_HOME": "/h", "HUGGINGFACE_HUB_CACHE": "$HF_HOME/old"}, "/h/old"},
		{map[string]string{"HF_HUB_CACHE": "/c", "HUGGINGFACE_HUB_CACHE": "/d"}, "/c"},
	} {
		if got, err := environmentOf(test.vars, "/home/ann").cacheDir(); err != nil || got != filepath.FromSlash(test.want) {
			t.Errorf("%v: %s, %v", test.vars, got, err)
		}
	}
}

func TestJournalIsNotTrusted(t *testing.T) {
	t.Parallel()
	base := filepath.Join(t.TempDir(), "x")
	const size = segmentSize + 10
	p, err := openPartial(base, size, true)
	if err != nil {
		t.Fatal(err)
	}
	segment, have, ok := p.take()
	if err := p.write(segment, have, []byte("hello")); err != nil || !ok {
		t.Fatal(err)
	}
	if err := p.keep(); err != nil {
		t.Fatal(err)
	}
	journal, err := os.ReadFile(base + ".hfspark.ranges.incomplete")
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func([]byte) []byte{
		"as it is":     func(b []byte) []byte { return b },
		"cut":          func(b []byte) []byte { return b[:len(b)-1] },
		"empty":        func([]byte) []byte { return nil },
		"other mark":   func(b []byte) []byte { b[0]++; return b },
		"other size":   func(b []byte) []byte { b[16]++; return b },
		"too far":      func(b []byte) []byte { b[len(b)-1] = 0x7f; return b },
		"beyond int64": func(b []byte) []byte { b[len(b)-1] = 0xff; return b },
	} {
		if err := os.WriteFile(base+".hfspark.ranges.incomplete", change([]byte(string(journal))), 0o600); err != nil {
			t.Fatal(err)
		}
		p, err := openPartial(base, size, true)
		if err != nil {
			t.Fatal(err)
		}
		if want := map[bool]int64{true: 5}[name == "as it is"]; p.resumed != want {
			t.Errorf("%s: %d bytes resumed", name, p.resumed)
		}
		if err := p.keep(); err != nil {
			t.Fatal(err)
		}
	}
	if p, err = openPartial(base, size, true); err != nil || strings.Contains(p.path, "ranges") {
		t.Fatal(err)
	}
	if err := p.discard(); err != nil {
		t.Error(err)
	}
}

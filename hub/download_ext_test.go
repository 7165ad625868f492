package hub_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hfspark/hfspark/hub"
	"github.com/hfspark/hfspark/hub/localhub"
)

// segment is how much of a large file one request of a download asks for.
const segment = 16 << 20

var (
	downloadRepo = hub.Dataset("acme/data")
	// large takes three segments.
	large = randomBytes(2*segment + 12345)
	files = map[string][]byte{
		"README.md": []byte("# Hello\n"), "empty.txt": nil, "data/a b/ü#?%.csv": []byte("x,y\n1,2\n"), "data/twin.csv": []byte("x,y\n1,2\n"),
		"data/small.parquet": randomBytes(50_000), "data/large.parquet": large,
	}
)

func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(b) // It does not fail.
	return b
}

// testHub is a Hub of files. What its clients ask for is noted where it is sent: the server learns of it later.
type testHub struct {
	*localhub.Server
	mu       sync.Mutex
	requests []string
}

func newTestHub(t *testing.T) *testHub {
	t.Helper()
	return serveFiles(t, files, localhub.Options{})
}

func serveFiles(t *testing.T, files map[string][]byte, o localhub.Options) *testHub {
	t.Helper()
	root := t.TempDir()
	for path, content := range files {
		path = filepath.Join(root, "acme", "data", filepath.FromSlash(path))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, content, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	o.Root = root
	server, err := localhub.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return &testHub{Server: server}
}

// noting is a transport that notes what it is asked for.
type noting struct {
	*http.Transport
	hub *testHub
}

func (n noting) RoundTrip(r *http.Request) (*http.Response, error) {
	n.hub.mu.Lock()
	n.hub.requests = append(n.hub.requests, strings.TrimSpace(r.Method+" "+r.URL.Path+" "+r.URL.Query().Get("path")))
	n.hub.mu.Unlock()
	return n.Transport.RoundTrip(r)
}

// taken returns the requests so far and forgets them.
func (h *testHub) taken() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := h.requests
	h.requests = nil
	return out
}

func (h *testHub) inject(t *testing.T, f localhub.Fault) {
	t.Helper()
	if err := h.Inject(f); err != nil {
		t.Fatal(err)
	}
}

func (h *testHub) client(t *testing.T, o hub.Options) *hub.Client {
	t.Helper()
	o.Endpoint, o.Anonymous, o.Transport = h.URL(), true, noting{&http.Transport{}, h}
	o.Retry.Base, o.Retry.Cap = time.Millisecond, time.Millisecond
	c, err := hub.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

func download(t *testing.T, c *hub.Client, path string, o hub.DownloadOptions) *hub.Downloaded {
	t.Helper()
	got, err := c.Download(t.Context(), hub.File{Repo: downloadRepo, Path: path}, o)
	if err != nil {
		t.Fatal(err)
	}
	has(t, got.Path, files[path])
	return got
}

func has(t *testing.T, path string, want []byte) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(got, want) {
		t.Fatalf("%s has %d bytes, not the right %d: %v", path, len(got), len(want), err)
	}
}

// list returns the files below a folder, links with where they lead to.
func list(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if d.Type() == fs.ModeSymlink {
			target, err := os.Readlink(path)
			if err != nil {
				return err
			}
			name += " -> " + target
		}
		out = append(out, filepath.ToSlash(name))
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return out
}

func TestDownloadIntoCache(t *testing.T) {
	t.Parallel()
	h, dir := newTestHub(t), t.TempDir()
	c := h.client(t, hub.Options{})
	var commit string
	for path := range files {
		commit = download(t, c, path, hub.DownloadOptions{CacheDir: dir}).Commit
	}
	repo := filepath.Join(dir, "datasets--acme--data")
	has(t, filepath.Join(repo, "refs", "main"), []byte(commit))
	sum := sha256.Sum256(large)
	target, err := os.Readlink(filepath.Join(repo, "snapshots", commit, "data", "large.parquet"))
	if err != nil || target != "../../../blobs/"+hex.EncodeToString(sum[:]) {
		t.Errorf("link to %s, %v", target, err)
	}
	if blobs := list(t, filepath.Join(repo, "blobs")); len(blobs) != len(files)-1 {
		t.Errorf("blobs %v", blobs) // Two files have the same content.
	}
	if _, err := os.Stat(filepath.Join(dir, "CACHEDIR.TAG")); err != nil {
		t.Error(err)
	}

	h.taken()
	download(t, c, "data/large.parquet", hub.DownloadOptions{CacheDir: dir})
	if got := h.taken(); len(got) != 1 || got[0] != "HEAD /datasets/acme/data/resolve/main/data/large.parquet" {
		t.Errorf("requests for what is there: %v", got)
	}
	got, err := c.Download(t.Context(), hub.File{Repo: downloadRepo, Revision: commit, Path: "data/large.parquet"}, hub.DownloadOptions{CacheDir: dir})
	if err != nil || len(h.taken()) != 0 {
		t.Errorf("requests for what is there at a commit: %+v, %v", got, err)
	}
	download(t, c, "README.md", hub.DownloadOptions{CacheDir: dir, Force: true})
	if got := h.taken(); len(got) != 2 {
		t.Errorf("requests with force: %v", got)
	}
}

func TestDownloadMissing(t *testing.T) {
	t.Parallel()
	h, dir := newTestHub(t), t.TempDir()
	c := h.client(t, hub.Options{})
	f := hub.File{Repo: downloadRepo, Path: "nope/x.txt"}
	o := hub.DownloadOptions{CacheDir: dir}
	if _, err := c.Download(t.Context(), f, o); !errors.Is(err, hub.ErrEntryNotFound) {
		t.Fatal(err)
	}
	commits, err := os.ReadDir(filepath.Join(dir, "datasets--acme--data", ".no_exist"))
	if err != nil || len(commits) != 1 {
		t.Fatal(commits, err)
	}
	h.taken()
	f.Revision = commits[0].Name()
	if _, err := c.Download(t.Context(), f, o); !errors.Is(err, hub.ErrEntryNotFound) || len(h.taken()) != 0 {
		t.Error("the Hub was asked again:", err)
	}
	o.LocalOnly, f.Revision = true, "main"
	if _, err := c.Download(t.Context(), f, o); !errors.Is(err, hub.ErrEntryNotFound) {
		t.Error(err)
	}
	f.Path = "README.md"
	if _, err := c.Download(t.Context(), f, o); !errors.Is(err, hub.ErrNotCached) {
		t.Error(err)
	}
	for _, path := range []string{"", "../x", "a/../../x", "/etc/passwd", `a\..\..\x`, `C:\x`, `\\host\share`, "C:x", "a//b", "a\x00b", strings.Repeat("x", 300)} {
		f.Path = path
		if _, err := c.Download(t.Context(), f, o); !errors.Is(err, hub.ErrInvalid) {
			t.Errorf("%q: %v", path, err)
		}
	}
}

func TestDownloadOffline(t *testing.T) {
	t.Parallel()
	h, dir := newTestHub(t), t.TempDir()
	o := hub.DownloadOptions{CacheDir: dir}
	download(t, h.client(t, hub.Options{}), "README.md", o)
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	c := h.client(t, hub.Options{})
	if got := download(t, c, "README.md", o); got.Stale == nil {
		t.Error("it is not told that the Hub could not be asked")
	}
	o.LocalOnly = true
	if got := download(t, c, "README.md", o); got.Stale != nil {
		t.Error(got.Stale)
	}
	o.LocalOnly = false
	_, err := c.Download(t.Context(), hub.File{Repo: downloadRepo, Path: "data/twin.csv"}, o)
	if !errors.Is(err, hub.ErrNotCached) || !errors.Is(err, hub.ErrUnavailable) {
		t.Errorf("%v", err)
	}
	o.Force = true
	if _, err := c.Download(t.Context(), hub.File{Repo: downloadRepo, Path: "README.md"}, o); err == nil || errors.Is(err, hub.ErrNotCached) {
		t.Errorf("%v", err)
	}
}

// What the Hub answers with a failure is not asked for again while the file of the last look is there.
func TestDownloadWhileHubFails(t *testing.T) {
	t.Parallel()
	h, dir := newTestHub(t), t.TempDir()
	o := hub.DownloadOptions{CacheDir: dir}
	c := h.client(t, hub.Options{})
	download(t, c, "README.md", o)
	h.taken()
	h.inject(t, localhub.Fault{Kind: localhub.KindResolve, Status: http.StatusServiceUnavailable})
	if got := download(t, c, "README.md", o); got.Stale == nil || len(h.taken()) != 1 {
		t.Error(got)
	}
}

func TestDownloadThroughFaults(t *testing.T) {
	t.Parallel()
	for name, faults := range map[string][]localhub.Fault{
		"cut":           {{Kind: localhub.KindStorage, Cut: true, CutAfter: 100_000, Count: 4}},
		"cut at once":   {{Kind: localhub.KindStorage, Cut: true, Count: 3}},
		"ignored range": {{Kind: localhub.KindStorage, IgnoreRange: true, Count: 2}},
		"503":           {{Kind: localhub.KindStorage, Status: 503, Count: 3}, {Kind: localhub.KindResolve, Status: 503, Count: 2}},
		"429":           {{Kind: localhub.KindStorage, Status: 429, Count: 2}},
		"expired link":  {{Kind: localhub.KindStorage, Status: 403, Count: 2}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, dir := newTestHub(t), t.TempDir()
			for _, f := range faults {
				h.inject(t, f)
			}
			c := h.client(t, hub.Options{})
			for _, path := range []string{"data/large.parquet", "data/small.parquet"} {
				download(t, c, path, hub.DownloadOptions{CacheDir: dir, Parallel: 3})
			}
			for _, blob := range list(t, filepath.Join(dir, "datasets--acme--data", "blobs")) {
				if strings.Contains(blob, "incomplete") {
					t.Error("left:", blob)
				}
			}
		})
	}
}

func TestDownloadResumes(t *testing.T) {
	t.Parallel()
	for _, local := range []bool{false, true} {
		h, dir := newTestHub(t), t.TempDir()
		o := hub.DownloadOptions{CacheDir: dir, Parallel: 2}
		if local {
			o.LocalDir = t.TempDir()
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var mu sync.Mutex
		var first int64
		c := h.client(t, hub.Options{Observe: func(f hub.Transfer) {
			mu.Lock()
			defer mu.Unlock()
			if first += f.Bytes; first > 20<<20 {
				cancel()
			}
		}})
		_, err := c.Download(ctx, hub.File{Repo: downloadRepo, Path: "data/large.parquet"}, o)
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		for _, name := range append(list(t, filepath.Join(dir, "datasets--acme--data", "snapshots")), list(t, o.LocalDir)...) {
			if strings.HasSuffix(name, "large.parquet") {
				t.Error("half a file has its name:", name)
			}
		}
		var second int64
		c = h.client(t, hub.Options{Observe: func(f hub.Transfer) {
			mu.Lock()
			defer mu.Unlock()
			second += f.Bytes
		}})
		var last hub.DownloadProgress
		o.Progress = func(p hub.DownloadProgress) { last = p }
		download(t, c, "data/large.parquet", o)
		if size := int64(len(large)); second > size-15<<20 || second == 0 {
			t.Errorf("the second time %d bytes of %d were fetched", second, size)
		} else if want := (hub.DownloadProgress{Files: 1, FilesDone: 1, Bytes: size, BytesDone: size}); last != want {
			t.Errorf("progress %+v", last)
		}
	}
}

// A journal that promises content which is not there must not lead to a wrong file.
func TestDownloadDistrustsPartial(t *testing.T) {
	t.Parallel()
	h, dir := newTestHub(t), t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	c := h.client(t, hub.Options{Observe: func(hub.Transfer) { cancel() }})
	f := hub.File{Repo: downloadRepo, Path: "data/large.parquet"}
	o := hub.DownloadOptions{CacheDir: dir, Parallel: 1}
	if _, err := c.Download(ctx, f, o); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	parts, err := filepath.Glob(filepath.Join(dir, "*", "blobs", "*.incomplete"))
	if err != nil || len(parts) != 2 {
		t.Fatal(parts, err)
	}
	for _, part := range parts {
		if strings.HasSuffix(part, ".hfspark.incomplete") {
			if err := os.WriteFile(part, make([]byte, len(large)), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	download(t, h.client(t, hub.Options{}), f.Path, o)
}

func TestDownloadsAtOnce(t *testing.T) {
	t.Parallel()
	h, dir := newTestHub(t), t.TempDir()
	var wait sync.WaitGroup
	for range 4 {
		c := h.client(t, hub.Options{})
		wait.Go(func() {
			got, err := c.Snapshot(t.Context(), downloadRepo, "", hub.SnapshotOptions{DownloadOptions: hub.DownloadOptions{CacheDir: dir}})
			if err != nil || got.Files != len(files) {
				t.Error(got, err)
			}
		})
	}
	wait.Wait()
	fetched := 0
	for _, request := range h.taken() {
		if strings.HasPrefix(request, "GET /") && strings.Contains(request, "large.parquet") {
			fetched++
		}
	}
	if fetched != 4 { // One to the Hub, which tells where the segments are.
		t.Errorf("%d requests for three segments", fetched)
	}
}

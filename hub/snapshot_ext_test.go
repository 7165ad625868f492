package hub_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hfspark/hfspark/hub"
)

func TestSnapshot(t *testing.T) {
	t.Parallel()
	h, dir := newTestHub(t), t.TempDir()
	c := h.client(t, hub.Options{})
	o := hub.SnapshotOptions{DownloadOptions: hub.DownloadOptions{CacheDir: dir}}
	o.Allow, o.Ignore = []string{"data/*"}, []string{"*large*"}
	got, err := c.Snapshot(t.Context(), downloadRepo, "", o)
	if err != nil || got.Files != 3 || len(list(t, got.Path)) != 3 {
		t.Fatalf("%+v, %v: %v", got, err, list(t, got.Path))
	}
	for _, request := range h.taken() {
		if strings.Contains(request, "HEAD") {
			t.Error(request)
		}
	}
	o.LocalOnly, o.Allow, o.Ignore = true, nil, nil
	if _, err := c.Snapshot(t.Context(), downloadRepo, "", o); !errors.Is(err, hub.ErrNotCached) {
		t.Errorf("a snapshot that lacks files: %v", err)
	}
	o.LocalOnly = false
	if got, err = c.Snapshot(t.Context(), downloadRepo, "main", o); err != nil || got.Files != len(files) {
		t.Fatalf("%+v, %v", got, err)
	}
	for path, content := range files {
		has(t, filepath.Join(got.Path, path), content)
	}
	h.taken()
	if _, err = c.Snapshot(t.Context(), downloadRepo, "main", o); err != nil || len(h.taken()) != 1 {
		t.Error("more than one request for what is there", err)
	}
	if _, err = c.Snapshot(t.Context(), downloadRepo, got.Commit, o); err != nil || len(h.taken()) != 0 {
		t.Error("requests for what is there at a commit", err)
	}
	if _, err := c.Download(t.Context(), hub.File{Repo: downloadRepo, Revision: got.Commit, Path: "README.md"}, hub.DownloadOptions{CacheDir: dir, Force: true}); err != nil {
		t.Error(err)
	}
	if requests := h.taken(); len(requests) != 1 || strings.Contains(requests[0], "HEAD") {
		t.Errorf("requests for a file that the listing describes: %v", requests)
	}
	o.Files = []string{"README.md", "data/"}
	if got, err := c.Snapshot(t.Context(), downloadRepo, "main", o); err != nil || got.Files != 5 {
		t.Errorf("%+v, %v", got, err)
	}
	for _, name := range []string{"READ", "dat/", "data"} {
		o.Files = []string{name}
		if _, err := c.Snapshot(t.Context(), downloadRepo, "main", o); !errors.Is(err, hub.ErrEntryNotFound) {
			t.Errorf("%q: %v", name, err)
		}
	}
	o.Files, o.CacheDir = []string{"README.md", "data/a b/"}, t.TempDir()
	h.taken()
	if got, err := c.Snapshot(t.Context(), downloadRepo, "main", o); err != nil || got.Files != 2 || len(h.taken()) != 5 {
		t.Errorf("%+v, %v", got, err) // Info, paths-info, the folder's listing, two files: nothing else.
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	o.Files, o.CacheDir = nil, dir
	if got, err := c.Snapshot(t.Context(), downloadRepo, "main", o); err != nil || got.Stale == nil {
		t.Errorf("%+v, %v", got, err)
	}
}

// A cache that an older huggingface_hub has made has no listings.
func TestSnapshotOfflineWithoutListing(t *testing.T) {
	t.Parallel()
	h := newTestHub(t)
	c := h.client(t, hub.Options{})
	for _, local := range []string{"", t.TempDir()} {
		o := hub.SnapshotOptions{DownloadOptions: hub.DownloadOptions{CacheDir: t.TempDir(), LocalDir: local}, Files: []string{"README.md", "data/twin.csv"}}
		first, err := c.Snapshot(t.Context(), downloadRepo, "", o)
		if err != nil {
			t.Fatal(err)
		}
		o.Files, o.LocalOnly = nil, true
		if got, err := c.Snapshot(t.Context(), downloadRepo, "", o); err != nil || got.Path != first.Path || got.Files != 2 {
			t.Errorf("%+v, %v", got, err)
		}
		o.Files = []string{"README.md"}
		if got, err := c.Snapshot(t.Context(), downloadRepo, "", o); err != nil || got.Files != 1 {
			t.Errorf("%+v, %v", got, err)
		}
		o.Files = []string{"empty.txt"}
		if got, err := c.Snapshot(t.Context(), downloadRepo, "", o); !errors.Is(err, hub.ErrNotCached) {
			t.Errorf("%+v, %v", got, err)
		}
	}
}

func TestLocalDir(t *testing.T) {
	t.Parallel()
	h, dir, shared := newTestHub(t), t.TempDir(), t.TempDir()
	c := h.client(t, hub.Options{})
	download(t, c, "data/small.parquet", hub.DownloadOptions{CacheDir: shared})
	h.taken()
	o := hub.SnapshotOptions{DownloadOptions: hub.DownloadOptions{CacheDir: shared, LocalDir: dir}}
	got, err := c.Snapshot(t.Context(), downloadRepo, "", o)
	if err != nil || got.Path != dir {
		t.Fatal(got, err)
	}
	for path, content := range files {
		has(t, filepath.Join(dir, path), content)
	}
	for _, request := range h.taken() {
		if strings.Contains(request, "small.parquet") {
			t.Error("not taken from the cache:", request)
		}
	}
	if _, err := c.Snapshot(t.Context(), downloadRepo, "", o); err != nil || len(h.taken()) != 1 {
		t.Error("requests for what is there:", err)
	}
	changed := filepath.Join(dir, "README.md")
	if err := os.WriteFile(changed, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(changed, time.Time{}, time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Snapshot(t.Context(), downloadRepo, "", o); err != nil {
		t.Fatal(err)
	}
	has(t, changed, files["README.md"])
	if err := os.Remove(filepath.Join(dir, ".cache", "huggingface", "download", "data", "large.parquet.metadata")); err != nil {
		t.Fatal(err)
	}
	h.taken()
	download(t, c, "data/large.parquet", o.DownloadOptions)
	if requests := h.taken(); len(requests) != 1 {
		t.Error("fetched although the content is right:", requests)
	}
}

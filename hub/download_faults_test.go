package hub_test

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hfspark/hfspark/hub"
	"github.com/hfspark/hfspark/hub/localhub"
)

// everyFault is each kind of failure of a Hub or its storage, with a probability.
func everyFault(p float64) []localhub.Fault {
	return []localhub.Fault{
		{Status: http.StatusServiceUnavailable, Probability: p},
		{Status: http.StatusTooManyRequests, Probability: p},
		{Status: http.StatusInternalServerError, Probability: p},
		{Kind: localhub.KindStorage, Status: http.StatusForbidden, Probability: p},
		{Cut: true, CutAfter: 1000, Probability: p},
		{Lose: true, Probability: p},
		{Kind: localhub.KindStorage, IgnoreRange: true, Probability: p},
		{Kind: localhub.KindStorage, WrongRange: true, Probability: p},
	}
}

// TestDownloadSeededFaults reads through faults of many seeds: what comes is right, or an error of this package, and there are not many
// more requests than without faults.
func TestDownloadSeededFaults(t *testing.T) {
	t.Parallel()
	content := map[string][]byte{"large.parquet": randomBytes(segment + 100_000)}
	for i := range 30 {
		content[fmt.Sprintf("data/%02d.%s", i, []string{"csv", "parquet"}[i%2])] = randomBytes(3000 + i)
	}
	clean := 0
	for seed := range uint64(12) {
		var o localhub.Options
		if seed > 0 {
			o.Faults, o.FaultSeed = everyFault(0.04), seed
		}
		h := serveFiles(t, content, o)
		right, failed := readAll(t, h, content)
		requests := len(h.taken())
		if seed == 0 {
			clean = requests
			if failed > 0 {
				t.Fatal("failures without faults")
			}
			continue
		}
		if requests > 3*clean {
			t.Errorf("seed %d: %d requests, %d without faults", seed, requests, clean)
		}
		if right < 5*failed {
			t.Errorf("seed %d: %d operations failed, %d did not", seed, failed, right)
		}
	}
}

// readAll reads each file in three ways.
func readAll(t *testing.T, h *testHub, content map[string][]byte) (right, failed int) {
	t.Helper()
	c := h.client(t, hub.Options{})
	note := func(what string, err error) bool {
		var known *hub.Error
		switch {
		case err == nil:
			right++
		case !errors.As(err, &known):
			t.Errorf("%s: an error without a type: %v", what, err)
		default:
			failed++
		}
		return err == nil
	}
	dir := t.TempDir()
	for range 3 {
		got, err := c.Snapshot(t.Context(), downloadRepo, "", hub.SnapshotOptions{DownloadOptions: hub.DownloadOptions{CacheDir: dir}})
		if note("snapshot", err) {
			for path, want := range content {
				has(t, filepath.Join(got.Path, path), want)
			}
		}
	}
	info, err := c.Info(t.Context(), downloadRepo, "")
	if !note("info", err) {
		return right, failed
	}
	for _, path := range slices.Sorted(maps.Keys(content)) {
		f := hub.File{Repo: downloadRepo, Revision: info.SHA, Path: path, Size: -1}
		single, err := c.Download(t.Context(), f, hub.DownloadOptions{CacheDir: t.TempDir(), Parallel: 2})
		if note(path, err) {
			has(t, single.Path, content[path])
		}
		r, err := c.Range(t.Context(), f, 100, 2000)
		if note(path, err) {
			raw, err := io.ReadAll(r)
			_ = r.Close()
			if note(path, err) && string(raw) != string(content[path][100:2100]) {
				t.Errorf("%s: wrong bytes of a range", path)
			}
		}
	}
	for _, name := range list(t, filepath.Join(dir, "datasets--acme--data", "blobs")) {
		if strings.HasSuffix(name, ".incomplete") && !strings.Contains(name, ".hfspark.") {
			t.Error("left:", name)
		}
	}
	return right, failed
}

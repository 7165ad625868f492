package localhub_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/hfspark/hfspark/hub"
	"github.com/hfspark/hfspark/hub/localhub"
	"github.com/hfspark/hfspark/hub/localhub/store"
)

// benchmarkHub serves root and returns a client of it.
func benchmarkHub(b *testing.B, root string) *hub.Client {
	b.Helper()
	s, err := localhub.Start(b.Context(), localhub.Options{Root: root})
	if err != nil {
		b.Fatal(err)
	}
	c, err := hub.New(hub.Options{Endpoint: s.URL(), Anonymous: true})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		c.CloseIdleConnections()
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	return c
}

// BenchmarkRange reads a file in ranges of 8 MiB, one after another: what reading through both packages costs.
func BenchmarkRange(b *testing.B) {
	const size, step = 256 << 20, 8 << 20
	root := b.TempDir()
	path := filepath.Join(root, "acme/data/big.parquet")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(path, make([]byte, size), 0o600); err != nil {
		b.Fatal(err)
	}
	c := benchmarkHub(b, root)
	info, err := c.Info(b.Context(), repo, "")
	if err != nil {
		b.Fatal(err)
	}
	f := hub.File{Repo: repo, Revision: info.SHA, Path: "big.parquet", Size: size}
	buffer := make([]byte, step)
	b.SetBytes(step)
	offset := int64(0)
	for b.Loop() {
		r, err := c.Range(b.Context(), f, offset, step)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.ReadFull(r, buffer); err != nil {
			b.Fatal(err)
		}
		if err := r.Close(); err != nil {
			b.Fatal(err)
		}
		offset = (offset + step) % size
	}
}

// BenchmarkList lists a repository of 20,000 files.
func BenchmarkList(b *testing.B) {
	const files = 20_000
	root := b.TempDir()
	for i := range files {
		path := filepath.Join(root, fmt.Sprintf("acme/data/d%d/f%d.txt", i%100, i))
		if i < 100 {
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				b.Fatal(err)
			}
		}
		if err := os.WriteFile(path, []byte(path), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	c := benchmarkHub(b, root)
	for b.Loop() {
		n := 0
		for _, err := range c.List(b.Context(), repo, "", "", true) {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != files+100 {
			b.Fatalf("%d entries", n)
		}
	}
}

// BenchmarkListLarge lists a repository of 100,000 files that has been written to.
func BenchmarkListLarge(b *testing.B) {
	const files = 100_000
	root := b.TempDir()
	makeRepository(b, root, files)
	c := benchmarkHub(b, root)
	requests := c.Stats().APIRequests
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	most := before.HeapAlloc
	rounds := int64(0)
	for b.Loop() {
		rounds++
		n := 0
		for _, err := range c.List(b.Context(), repo, "", "", true) {
			if err != nil {
				b.Fatal(err)
			}
			if n++; n%10_000 == 0 {
				runtime.ReadMemStats(&after)
				most = max(most, after.HeapAlloc)
			}
		}
		if n != files+101 {
			b.Fatalf("%d entries", n)
		}
	}
	b.ReportMetric(float64(c.Stats().APIRequests-requests)/float64(rounds), "requests/op")
	b.ReportMetric(float64(most-before.HeapAlloc)/(1<<20), "MiB-more-heap")
}

// makeRepository commits files to a repository.
func makeRepository(b *testing.B, root string, files int) {
	b.Helper()
	s, err := store.Open(root, store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	r, err := s.Create(repo.ID, store.Settings{})
	if err != nil {
		b.Fatal(err)
	}
	operations := make([]store.Operation, files)
	for i := range operations {
		id, _, err := r.WriteBlob(b.Context(), strings.NewReader(strconv.Itoa(i)))
		if err != nil {
			b.Fatal(err)
		}
		operations[i] = store.Operation{Kind: store.Add, Path: fmt.Sprintf("d%d/f%d.txt", i%100, i), OID: id}
	}
	if _, err := r.Commit(b.Context(), store.Change{Ref: store.MainRef, Operations: operations}); err != nil {
		b.Fatal(err)
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
}

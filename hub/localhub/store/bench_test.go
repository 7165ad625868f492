package store

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// largeRepository has many files, half of them large, in folders of a thousand.
func largeRepository(b *testing.B, files int) *Repository {
	b.Helper()
	r := created(b)
	var operations []Operation
	for i := range files {
		content := fmt.Sprintf("file %d", i)
		if i%2 == 0 {
			operations = append(operations, add(b, r, fmt.Sprintf("data/d%03d/f%06d.txt", i/1000, i), content))
			continue
		}
		if i < 2000 {
			operations = append(operations, add(b, r, fmt.Sprintf("data/d%03d/f%06d.bin", i/1000, i), content))
			continue
		}
		// One object for many, as making them all is not what is measured.
		operations = append(operations, Operation{Kind: AddLFS, Path: fmt.Sprintf("data/d%03d/f%06d.bin", i/1000, i), OID: operations[1].OID})
	}
	commit(b, r, operations...)
	return r
}

// BenchmarkCommit commits 300 small files to a repository of 100,000, and lists what it has then.
func BenchmarkCommit(b *testing.B) {
	for _, files := range []int{0, 100_000} {
		b.Run(fmt.Sprintf("files=%d", files), func(b *testing.B) {
			r := largeRepository(b, files+2)
			round := 0
			for b.Loop() {
				round++
				operations := make([]Operation, 300)
				for i := range operations {
					operations[i] = add(b, r, fmt.Sprintf("new/%d/f%d", round, i), fmt.Sprintf("%d of %d %s", i, round, strings.Repeat("x", 1000)))
				}
				commit(b, r, operations...)
				snapshotOf(b, r, "main")
			}
		})
	}
}

// BenchmarkPages lists a repository of 100,000 files in pages of 1000.
func BenchmarkPages(b *testing.B) {
	r := largeRepository(b, 100_000)
	sha, err := r.Resolve("main")
	if err != nil {
		b.Fatal(err)
	}
	b.Run("first", func(b *testing.B) {
		for b.Loop() {
			l := &listings{git: r.managed(), memory: true}
			s := snapshotOf(b, r, "main")
			tree, _ := parseOID(s.Commit().Tree)
			if _, err := l.make(tree); err != nil {
				b.Fatal(err)
			}
		}
	})
	for _, recursive := range []bool{true, false} {
		b.Run(fmt.Sprintf("recursive=%v", recursive), func(b *testing.B) {
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			for b.Loop() {
				s, err := r.Snapshot(sha)
				if err != nil {
					b.Fatal(err)
				}
				for cursor, first := 0, true; first || cursor > 0; first = false {
					var entries []Entry
					if entries, cursor, err = s.Page("data", recursive, cursor, 1000); err != nil {
						b.Fatal(err)
					}
					_ = entries
				}
			}
			runtime.GC()
			runtime.ReadMemStats(&after)
			b.ReportMetric(float64(int64(after.HeapAlloc)-int64(before.HeapAlloc))/1024, "kB-kept")
		})
	}
}

// BenchmarkEntry finds a file among 100,000.
func BenchmarkEntry(b *testing.B) {
	r := largeRepository(b, 100_000)
	s := snapshotOf(b, r, "main")
	for i := 0; b.Loop(); i++ {
		if _, err := s.Entry(fmt.Sprintf("data/d%03d/f%06d.txt", i%100, i%100*1000)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPut commits 300 large files of 50 kB.
func BenchmarkPut(b *testing.B) {
	r := created(b)
	content := strings.Repeat("0123456789", 5000)
	const files = 300
	b.SetBytes(files * int64(len(content)))
	for round := 0; b.Loop(); round++ {
		var operations []Operation
		for i := range files {
			operations = append(operations, add(b, r, fmt.Sprintf("f%d.bin", i), fmt.Sprint(round, i)+content))
		}
		commit(b, r, operations...)
	}
}

package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCreateDeleteMove(t *testing.T) {
	t.Parallel()
	root := folder(t, map[string]string{"acme/plain/x": "1", "acme/plain/y.bin": "large"})
	s := open(t, root)
	for id, want := range map[string]error{
		"acme/plain": ErrExists, "ACME/plain": ErrExists, "acme": ErrBadName, "../x": ErrBadName, "a/b/c": ErrBadName, "a/x--y": ErrBadName, "a/x.git": ErrBadName,
	} {
		if _, err := s.Create(id, Settings{}); !errors.Is(err, want) {
			t.Errorf("create %s: %v", id, err)
		}
	}
	if _, err := s.Create("acme/new", Settings{Owner: "alice", Private: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Create("acme/new", Settings{}); !errors.Is(err, ErrExists) {
		t.Error(err)
	}
	settings, err := repositoryOf(t, s, "acme/new").Settings()
	if err != nil || !settings.Private || settings.Owner != "alice" || settings.Created.IsZero() {
		t.Errorf("%+v, %v", settings, err)
	}
	if err := s.Move("acme/plain", "other/moved"); err != nil {
		t.Fatal(err)
	}
	if now, ok := s.MovedTo("acme/plain"); !ok || now != "other/moved" {
		t.Error(now, ok)
	}
	if _, err := s.Repository("acme/plain"); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	want := map[string]string{"x": "1", "y.bin": "large"}
	if diff := cmp.Diff(want, contents(t, repositoryOf(t, s, "other/moved"), "main")); diff != "" {
		t.Error(diff)
	}
	if err := s.Move("other/moved", "acme/new"); !errors.Is(err, ErrExists) {
		t.Error(err)
	}
	if _, err := s.Duplicate("other/moved", "acme/copy", Settings{Owner: "bob"}); err != nil {
		t.Fatal(err)
	}
	moved := repositoryOf(t, s, "other/moved")
	if err := s.Delete("other/moved"); err != nil {
		t.Fatal(err)
	}
	if _, err := moved.Commit(t.Context(), Change{Ref: MainRef}); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	if _, ok := s.MovedTo("acme/plain"); ok {
		t.Error("moved to what is gone")
	}
	if diff := cmp.Diff(want, contents(t, repositoryOf(t, s, "acme/copy"), "main")); diff != "" {
		t.Error(diff)
	}
	object := s.objects.path(hashOf("large"))
	if _, err := os.Stat(object); err != nil {
		t.Error(err)
	}
	if err := s.Delete("acme/copy"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(object); !errors.Is(err, os.ErrNotExist) {
		t.Error("an object that nobody has is still there")
	}
	if err := s.Delete("acme/copy"); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	again, err := s.Create("acme/plain", Settings{})
	if err != nil {
		t.Fatal(err)
	}
	if got := contents(t, again, "main"); len(got) != 1 {
		t.Error(got)
	}
	if _, err := os.Stat(filepath.Join(root, "acme/plain/x")); err != nil {
		t.Error("the operator's folder was touched:", err)
	}
	fsck(t, again.folder())
}

func TestSettingsOfPlainFolder(t *testing.T) {
	t.Parallel()
	root := folder(t, map[string]string{"a/b/x": "1"})
	s := open(t, root)
	r := repositoryOf(t, s, "a/b")
	failed := errors.New("no")
	if err := r.Update(func(s *Settings) error { s.Private = true; return failed }); !errors.Is(err, failed) {
		t.Error(err)
	}
	if err := r.Update(func(s *Settings) error { s.Gated = "auto"; return nil }); err != nil {
		t.Fatal(err)
	}
	add(t, r, "y.bin", "uploaded, not committed")
	put(t, root, "a/b/x", "22")
	if got := contents(t, r, "main"); !r.Plain() || got["x"] != "22" {
		t.Error(got)
	}
	commit(t, r, add(t, r, "z", "3"))
	settings, err := r.Settings()
	if err != nil || settings.Gated != "auto" || settings.Private {
		t.Errorf("%+v, %v", settings, err)
	}
	if diff := cmp.Diff(map[string]string{"x": "22", "z": "3"}, contents(t, r, "main")); diff != "" {
		t.Error(diff)
	}
}

func TestReadOnly(t *testing.T) {
	t.Parallel()
	if os.Geteuid() == 0 {
		t.Skip("root may write everywhere")
	}
	root := folder(t, map[string]string{"a/b/x": "1"})
	writer := open(t, root)
	r, err := writer.Create("a/managed", Settings{})
	if err != nil {
		t.Fatal(err)
	}
	commit(t, r, add(t, r, "x.bin", "large"))
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(root, 0o555); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(root, 0o755) })
	open(t, root)
	s := open(t, root) // Several can read.
	if !s.ReadOnly() {
		t.Error("not read-only")
	}
	for id, n := range map[string]int{"a/b": 1, "a/managed": 2} {
		r := repositoryOf(t, s, id)
		if got := contents(t, r, "main"); len(got) != n {
			t.Error(got)
		}
		_, _, blob := r.WriteBlob(t.Context(), strings.NewReader("x"))
		_, err := r.Commit(t.Context(), Change{Ref: MainRef})
		for _, err := range []error{
			err, blob, r.CreateTag("x", snapshotOf(t, r, "").Commit().SHA, "", ""), r.Update(func(*Settings) error { return nil }),
			r.Objects().Put(t.Context(), hashOf("x"), 1, strings.NewReader("x")), s.Delete(id),
		} {
			if !errors.Is(err, ErrReadOnly) {
				t.Error(err)
			}
		}
	}
}

// TestConcurrent commits from several goroutines while others read.
func TestConcurrent(t *testing.T) {
	t.Parallel()
	const writers, commits, readers = 4, 12, 4
	r := created(t)
	commit(t, r, add(t, r, "counter", "0"))
	var wg, reading sync.WaitGroup
	done := make(chan struct{})
	for range readers {
		reading.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				files, err := readAll(r, "main")
				if err != nil {
					t.Error(err)
					return
				}
				if n := len(files) - 2; files["counter"] != fmt.Sprint(n/2) {
					t.Errorf("%d files and the counter %s", n, files["counter"])
				}
			}
		})
	}
	var mu sync.Mutex
	stale, made := 0, 0
	for w := range writers {
		wg.Go(func() {
			for c := 0; c < commits; {
				tip, err := r.Resolve("main")
				if err != nil {
					t.Error(err)
					return
				}
				files, err := readAll(r, tip)
				if err != nil {
					t.Error(err)
					return
				}
				n := (len(files) - 2) / 2
				name := fmt.Sprintf("w%d/c%d", w, c)
				_, err = r.Commit(context.Background(), Change{Ref: MainRef, Parent: tip, Operations: []Operation{
					add(t, r, name, name), add(t, r, name+".bin", name+" large"), add(t, r, "counter", fmt.Sprint(n+1)),
				}})
				mu.Lock()
				switch {
				case err == nil:
					c++
					made++
				case errors.Is(err, ErrStaleParent):
					stale++
				default:
					t.Error(err)
					c = commits
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	close(done)
	reading.Wait()
	t.Logf("%d commits, %d stale", made, stale)
	if got := contents(t, r, "main"); len(got) != 2+2*writers*commits || got["counter"] != fmt.Sprint(writers*commits) {
		t.Errorf("%d files, counter %s", len(got), got["counter"])
	}
	if n := len(r.managed().objects.packs); n > maxPacks+1 {
		t.Errorf("%d packs", n)
	}
	if left, err := os.ReadDir(r.store.disk.temporary); err != nil || len(left) > 0 {
		t.Errorf("%d temporary files are left, %v", len(left), err)
	}
	fsck(t, r.folder())
}

func TestCheckPath(t *testing.T) {
	t.Parallel()
	for path, good := range map[string]bool{
		"a": true, "a/b c/d.e": true, "ü/ñ": true, ".gitignore": true, ".gitattributes": true, "a/.github/x": true, "-": true, "...": true, "a:b": true,
		"": false, "/a": false, "a/": false, "a//b": false, ".": false, "a/./b": false, "..": false, "a/../b": false, ".git": false, "a/.git/b": false,
		".GIT/x": false, ".git./x": false, ".git /x": false, ".git::$INDEX/x": false, "git~1/x": false, ".g\u200cit/x": false, ".cache/x": false, "a/.Cache": false,
		"a\x00b": false, "a\nb": false, "a\\b": false, "a\xffb": false, strings.Repeat("a/", 2048) + "a": false, strings.Repeat("a", 256): false,
	} {
		err := CheckPath(path)
		if (err == nil) != good || (err != nil && !errors.Is(err, ErrBadPath)) {
			t.Errorf("%q: %v", path, err)
		}
	}
}

// TestNamesTogether creates, duplicates, moves and deletes from several goroutines.
func TestNamesTogether(t *testing.T) {
	t.Parallel()
	root := folder(t, map[string]string{"acme/plain/x": "1", "acme/plain/y.bin": "large"})
	s := open(t, root)
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := range 5 {
				name := fmt.Sprintf("w%d/r%d", w, i)
				for _, err := range []error{
					errOf(s.Duplicate("acme/plain", name, Settings{})), errOf(s.Create("same/name", Settings{})), s.Move(name, name+"x"), s.Delete("same/name"),
				} {
					if err != nil && !errors.Is(err, ErrExists) && !errors.Is(err, ErrNotFound) {
						t.Error(err)
					}
				}
				r, err := s.Repository(name)
				if now, ok := s.MovedTo(name); !ok || r != nil || !errors.Is(err, ErrNotFound) {
					t.Errorf("%s: moved to %s, %v", name, now, err)
				}
				if files, err := readAll(mustFind(s, name+"x"), "main"); err != nil || len(files) != 2 {
					t.Error(files, err)
				}
			}
		})
	}
	wg.Wait()
}

func errOf(_ *Repository, err error) error { return err }

func mustFind(s *Store, id string) *Repository {
	r, err := s.Repository(id)
	if err != nil {
		panic(err)
	}
	return r
}

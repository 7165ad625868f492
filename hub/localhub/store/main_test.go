package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if root := os.Getenv(crashRoot); root != "" {
		crashChild(root)
		return
	}
	goleak.VerifyTestMain(m)
}

// open opens a store until the test ends.
func open(t testing.TB, root string) *Store {
	t.Helper()
	s, err := Open(root, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// created makes a repository in a new store.
func created(t testing.TB) *Repository {
	t.Helper()
	r, err := open(t, t.TempDir()).Create("acme/data", Settings{Owner: "alice"})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func hashOf(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:])
}

// add makes an operation that puts content at path, large when the name says so.
func add(t testing.TB, r *Repository, path, content string) Operation {
	t.Helper()
	if strings.HasSuffix(path, ".bin") {
		hash := hashOf(content)
		if err := r.Objects().Put(context.Background(), hash, int64(len(content)), strings.NewReader(content)); err != nil {
			t.Fatal(err)
		}
		return Operation{Kind: AddLFS, Path: path, OID: hash, Size: int64(len(content))}
	}
	id, size, err := r.WriteBlob(context.Background(), strings.NewReader(content))
	if err != nil || size != int64(len(content)) {
		t.Fatal(size, err)
	}
	return Operation{Kind: Add, Path: path, OID: id}
}

func remove(path string) Operation { return Operation{Kind: Delete, Path: path} }

// commit makes a commit on main.
func commit(t testing.TB, r *Repository, operations ...Operation) string {
	t.Helper()
	result, err := r.Commit(context.Background(), Change{Ref: MainRef, Title: "change", Author: "alice", Operations: operations})
	if err != nil {
		t.Fatal(err)
	}
	return result.Commit
}

// contents reads all files of a revision.
func contents(t testing.TB, r *Repository, revision string) map[string]string {
	t.Helper()
	out, err := readAll(r, revision)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func readAll(r *Repository, revision string) (map[string]string, error) {
	sha, err := r.Resolve(revision)
	if err != nil {
		return nil, err
	}
	s, err := r.Snapshot(sha)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for e, err := range s.Entries() {
		if err != nil {
			return nil, err
		}
		if e.Directory {
			continue
		}
		f, err := s.Open(e)
		if err != nil {
			return nil, err
		}
		content, err := io.ReadAll(f)
		if err = errors.Join(err, f.Close()); err != nil {
			return nil, err
		}
		if int64(len(content)) != e.Size || (e.Large() && hashOf(string(content)) != e.SHA256) ||
			(!e.Large() && objectID(kindBlob, content).String() != e.OID) {
			return nil, &PathError{Path: e.Path, Err: ErrCorrupt}
		}
		out[e.Path] = string(content)
	}
	return out, nil
}

// gitRun runs git on a repository.
func gitRun(t testing.TB, folder string, args ...string) string {
	t.Helper()
	git, err := exec.LookPath("git")
	if err != nil {
		t.Skip("git is not installed")
	}
	command := exec.CommandContext(t.Context(), git, append([]string{"--git-dir", folder}, args...)...)
	command.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null",
		"GIT_AUTHOR_NAME=x", "GIT_AUTHOR_EMAIL=x@x", "GIT_COMMITTER_NAME=x", "GIT_COMMITTER_EMAIL=x@x")
	var stderr strings.Builder
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("git %v: %v\n%s%s", args, err, out, stderr.String())
	}
	return strings.TrimRight(string(out), "\n")
}

// fsck has git check a repository. It may hold objects that nothing refers to, but nothing that is wrong.
func fsck(t testing.TB, folder string) {
	t.Helper()
	if out := gitRun(t, folder, "fsck", "--full", "--strict", "--no-dangling"); out != "" {
		t.Errorf("git fsck: %s", out)
	}
}

func put(t testing.TB, root, path, content string) {
	t.Helper()
	path = filepath.Join(root, filepath.FromSlash(path))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

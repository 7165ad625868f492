package dataset

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"sync"

	"github.com/hfspark/hfspark/hub"
)

const fakeEndpoint = "http://hub.test"

// fakeHub holds repositories in memory: id, then path, then content. Every revision is the same commit, but for those in revisions.
type fakeHub struct {
	repos     map[string]map[string]string
	revisions map[string]string
	commits   map[string]map[string]string // files of other commits, of any repository

	mu       sync.Mutex
	requests []string
}

func (h *fakeHub) note(format string, args ...any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.requests = append(h.requests, fmt.Sprintf(format, args...))
}

const fakeCommit = "0123456789abcdef0123456789abcdef01234567"

func (h *fakeHub) Endpoint() string { return fakeEndpoint }

func (h *fakeHub) Info(_ context.Context, repo hub.Repo, revision string) (*hub.Info, error) {
	h.note("info %s", revision)
	if h.repos[repo.Name()] == nil {
		return nil, &hub.Error{Op: "look up", Repo: repo.ID, Status: 404, Message: "not found", Err: hub.ErrRepositoryNotFound}
	}
	if revision == "" || revision == "main" || revision == fakeCommit {
		return &hub.Info{ID: repo.ID, SHA: fakeCommit}, nil
	}
	sha, ok := h.revisions[revision]
	if !ok {
		return nil, &hub.Error{Op: "look up", Repo: repo.ID, Revision: revision, Status: 404, Message: "not found", Err: hub.ErrRevisionNotFound}
	}
	return &hub.Info{ID: repo.ID, SHA: sha}, nil
}

func (h *fakeHub) entry(repo hub.Repo, path string) hub.Entry {
	content := h.repos[repo.Name()][path]
	sum := sha1.Sum([]byte(content))
	return hub.Entry{Path: path, Type: hub.TypeFile, Size: int64(len(content)), OID: hex.EncodeToString(sum[:])}
}

func (h *fakeHub) List(_ context.Context, repo hub.Repo, commit, dir string, recursive bool) iter.Seq2[hub.Entry, error] {
	h.note("list %q recursive=%t", dir, recursive)
	return func(yield func(hub.Entry, error) bool) {
		prefix := ""
		if dir != "" {
			prefix = dir + "/"
		}
		var paths []string
		files := h.repos[repo.Name()]
		if other, ok := h.commits[commit]; ok {
			files = other
		}
		for p := range files {
			if strings.HasPrefix(p, prefix) && (recursive || !strings.Contains(p[len(prefix):], "/")) {
				paths = append(paths, p)
			}
		}
		if len(paths) == 0 && dir != "" {
			yield(hub.Entry{}, &hub.Error{Op: "list", Repo: repo.ID, Path: dir, Status: 404, Err: hub.ErrEntryNotFound})
			return
		}
		slices.Sort(paths)
		for _, p := range paths {
			if !yield(h.entry(repo, p), nil) {
				return
			}
		}
	}
}

func (h *fakeHub) PathsInfo(_ context.Context, repo hub.Repo, _ string, paths []string) ([]hub.Entry, error) {
	h.note("paths-info %s", strings.Join(paths, " "))
	var out []hub.Entry
	for _, p := range paths {
		if _, ok := h.repos[repo.Name()][p]; ok {
			out = append(out, h.entry(repo, p))
		}
	}
	return out, nil
}

func (h *fakeHub) ReadFile(_ context.Context, file hub.File, _ int64) ([]byte, error) {
	h.note("read %s", file.Path)
	content, ok := h.repos[file.Repo.Name()][file.Path]
	if !ok {
		return nil, &hub.Error{Op: "read", Repo: file.Repo.ID, Path: file.Path, Status: 404, Err: hub.ErrEntryNotFound}
	}
	return []byte(content), nil
}

func (h *fakeHub) Range(_ context.Context, file hub.File, offset, length int64) (io.ReadCloser, error) {
	h.note("range %s", file.Path)
	content, ok := h.repos[file.Repo.Name()][file.Path]
	if !ok {
		return nil, &hub.Error{Op: "read", Repo: file.Repo.ID, Path: file.Path, Status: 404, Err: hub.ErrEntryNotFound}
	}
	return io.NopCloser(strings.NewReader(content[offset : offset+length])), nil
}

package dataset

import (
	"context"
	"errors"
	"io"
	"iter"
	"slices"
	"sort"
	"strings"
	"sync"

	"github.com/hfspark/hfspark/hub"
)

// Hub is what the package uses of *hub.Client.
type Hub interface {
	Endpoint() string
	Info(ctx context.Context, repo hub.Repo, revision string) (*hub.Info, error)
	List(ctx context.Context, repo hub.Repo, revision, path string, recursive bool) iter.Seq2[hub.Entry, error]
	PathsInfo(ctx context.Context, repo hub.Repo, revision string, paths []string) ([]hub.Entry, error)
	Range(ctx context.Context, file hub.File, offset, length int64) (io.ReadCloser, error)
	ReadFile(ctx context.Context, file hub.File, maxBytes int64) ([]byte, error)
}

// tree is the files of a repository at a commit, as far as they have been listed. A commit never changes, so nothing is listed
// twice. It is safe for concurrent use.
type tree struct {
	hub    Hub
	repo   hub.Repo
	commit string

	mu     sync.Mutex
	deep   map[string][]File // files below a directory ("" or "a/b/"), sorted by path
	flat   map[string][]File // files directly in a directory, sorted by path
	single map[string]*File  // files that were asked for by name; nil when there is none
	texts  map[string][]byte // contents of files that describe the dataset
	dirty  bool              // something is here that is not on disk
}

func newTree(h Hub, repo hub.Repo, commit string) *tree {
	return &tree{
		hub: h, repo: repo, commit: commit,
		deep: map[string][]File{}, flat: map[string][]File{}, single: map[string]*File{}, texts: map[string][]byte{},
	}
}

// learn takes in what came with the description of the repository.
func (t *tree) learn(o *hub.Overview) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, known := t.deep[""]; o.Listed && !known {
		t.deep[""], t.dirty = sortedFiles(o.Entries), true
	}
	for path, text := range o.Texts {
		if _, known := t.texts[path]; !known && len(text) <= maxKeptText {
			t.texts[path], t.dirty = text, true
		}
	}
}

// sortedFiles are those of the entries that are files, sorted by path.
func sortedFiles(entries []hub.Entry) []File {
	files := make([]File, 0, len(entries))
	for _, e := range entries {
		if e.Type == hub.TypeFile {
			files = append(files, toFile(e))
		}
	}
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return files
}

// below returns the files below root, or with shallow at least those directly in it.
func (t *tree) below(ctx context.Context, root string, shallow bool) ([]File, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if files, ok := t.known(root); ok {
		return files, nil
	}
	if files, ok := t.flat[root]; ok && shallow {
		return files, nil
	}
	var files []File
	for entry, err := range t.hub.List(ctx, t.repo, t.commit, strings.TrimSuffix(root, "/"), !shallow) {
		switch {
		case errors.Is(err, hub.ErrEntryNotFound): // No such directory: it holds nothing.
		case err != nil:
			return nil, err
		case entry.Type == hub.TypeFile:
			files = append(files, toFile(entry))
		}
	}
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	t.dirty = true
	if shallow {
		t.flat[root] = files
	} else {
		t.deep[root] = files
	}
	return files, nil
}

// known finds the files below root in what has been listed.
func (t *tree) known(root string) ([]File, bool) {
	for dir := root; ; {
		if files, ok := t.deep[dir]; ok {
			from := sort.Search(len(files), func(i int) bool { return files[i].Path >= root })
			to := from + sort.Search(len(files)-from, func(i int) bool { return !strings.HasPrefix(files[from+i].Path, root) })
			return files[from:to:to], true
		}
		if dir == "" {
			return nil, false
		}
		dir = dir[:strings.LastIndexByte(dir[:len(dir)-1], '/')+1]
	}
}

// lookUp finds files by name, all of them with one request; what is not there is not in the result.
func (t *tree) lookUp(ctx context.Context, paths []string) (map[string]File, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	found := map[string]File{}
	var ask []string
	for _, p := range paths {
		if file, ok := t.single[p]; ok {
			if file != nil {
				found[p] = *file
			}
			continue
		}
		if files, ok := t.known(p[:strings.LastIndexByte(p, '/')+1]); ok {
			i, there := slices.BinarySearchFunc(files, p, func(f File, p string) int { return strings.Compare(f.Path, p) })
			if there {
				found[p] = files[i]
			}
			continue
		}
		if nameable(p) && !slices.Contains(ask, p) {
			ask = append(ask, p)
		}
	}
	if len(ask) == 0 {
		return found, nil
	}
	entries, err := t.hub.PathsInfo(ctx, t.repo, t.commit, ask)
	if err != nil {
		return nil, err
	}
	t.dirty = true
	for _, p := range ask {
		t.single[p] = nil
	}
	for _, entry := range entries {
		if entry.Type == hub.TypeFile {
			file := toFile(entry)
			t.single[entry.Path], found[entry.Path] = &file, file
		}
	}
	return found, nil
}

// maxKeptText is the most bytes of a description that is remembered.
const maxKeptText = 1 << 20

// read returns the content of a file that describes the dataset.
func (t *tree) read(ctx context.Context, f File) ([]byte, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if text, ok := t.texts[f.Path]; ok {
		return text, nil
	}
	text, err := t.hub.ReadFile(ctx, hub.File{Repo: t.repo, Revision: t.commit, Path: f.Path, Size: f.Size}, maxMetadataBytes)
	if err == nil && len(text) <= maxKeptText {
		t.texts[f.Path], t.dirty = text, true
	}
	return text, err
}

// nameable tells whether a path could be that of a file.
func nameable(p string) bool {
	for part := range strings.SplitSeq(p, "/") {
		if part == "" || part == "." || part == ".." {
			return false
		}
	}
	return true
}

func toFile(e hub.Entry) File { return File{Path: e.Path, Size: e.Size, Hash: e.ContentHash()} }

// find returns the files that a pattern takes, sorted by path.
func (t *tree) find(ctx context.Context, g *glob) ([]File, error) {
	if g.exact {
		found, err := t.lookUp(ctx, []string{g.text})
		if err != nil {
			return nil, err
		}
		if file, ok := found[g.text]; ok && g.match(g.text) {
			return []File{file}, nil
		}
		return nil, nil
	}
	files, err := t.candidates(ctx, g)
	if err != nil {
		return nil, err
	}
	var out []File
	for _, f := range files {
		if g.match(f.Path) {
			out = append(out, f)
		}
	}
	return out, nil
}

// any tells whether a pattern takes at least one file.
func (t *tree) any(ctx context.Context, g *glob) (bool, error) {
	files, err := t.candidates(ctx, g)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(files, func(f File) bool { return g.match(f.Path) }), nil
}

func (t *tree) candidates(ctx context.Context, g *glob) ([]File, error) {
	if g.root != "" && !nameable(strings.TrimSuffix(g.root, "/")) {
		return nil, nil
	}
	return t.below(ctx, g.root, g.depth == strings.Count(g.root, "/"))
}

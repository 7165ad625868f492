package cache

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// Tree is the listing of a commit: its files by path. It never changes.
type Tree map[string]TreeFile

// TreeFile describes a file of a [Tree].
type TreeFile struct {
	Size    int64  `json:"size"`    // bytes of the content
	BlobID  string `json:"blob_id"` // git object id; of the pointer for LFS files
	SHA256  string `json:"lfs_sha256,omitempty"`
	LFSSize *int64 `json:"lfs_size,omitempty"`
	XetHash string `json:"xet_hash,omitempty"`
}

// ETag is the name of the content: the SHA-256 of an LFS file, the git object id of any other.
func (f TreeFile) ETag() string {
	if f.SHA256 != "" {
		return f.SHA256
	}
	return f.BlobID
}

// treeVersion is the one version of the format that there is; files of others are not read (huggingface_hub, _tree_cache.py).
const treeVersion = 1

// treePath is where the listing of a commit is kept below dir, the folder of a repository or of a local folder's metadata.
func treePath(dir, commit string) string { return filepath.Join(dir, "trees", commit+".json") }

// Tree returns the listing of a commit; nil when it is not there or not usable.
func (r *Repository) Tree(commit string) Tree { return readTree(treePath(r.Dir(), commit)) }

// SetTree keeps the whole listing of a commit.
func (r *Repository) SetTree(commit string, tree Tree) error {
	return writeTree(treePath(r.Dir(), commit), tree)
}

// HasTree tells how many bytes the kept listing of a commit has; ok is false when there is none.
func (r *Repository) HasTree(commit string) (bytes int64, ok bool) {
	info, err := os.Stat(treePath(r.Dir(), commit))
	if err != nil {
		return 0, false
	}
	return info.Size(), true
}

// maxTree bounds the listing that is read: that of ten million files is smaller.
const maxTree = 4 << 30

func readTree(path string) Tree {
	file, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer file.Close()
	var content struct {
		Version int  `json:"format_version"`
		Files   Tree `json:"files"`
	}
	if json.NewDecoder(bufio.NewReader(io.LimitReader(file, maxTree))).Decode(&content) != nil || content.Version != treeVersion {
		return nil
	}
	for path, f := range content.Files {
		if CheckPath(path) != nil || CheckETag(f.ETag()) != nil || f.Size < 0 {
			return nil
		}
	}
	return content.Files
}

// writeTree prints a listing as huggingface_hub does, one file at a time so that it takes little memory.
func writeTree(path string, tree Tree) error {
	return writeFile(path, func(out io.Writer) error {
		w := bufio.NewWriterSize(out, 64<<10)
		fmt.Fprintf(w, "{\n \"format_version\": %d,\n \"files\": {", treeVersion)
		separator := "\n"
		for _, name := range slices.Sorted(maps.Keys(tree)) {
			key, err := json.Marshal(name)
			if err != nil {
				return err
			}
			value, err := json.MarshalIndent(tree[name], "  ", " ")
			if err != nil {
				return err
			}
			fmt.Fprintf(w, "%s  %s: %s", separator, key, value)
			separator = ",\n"
		}
		fmt.Fprint(w, "\n }\n}")
		return w.Flush()
	})
}

// Commits lists the commits of which the cache has a listing or files.
func (r *Repository) Commits() ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(r.Dir(), "snapshots"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("list the snapshots in the cache: %w", err)
	}
	var commits []string
	for _, entry := range entries {
		if entry.IsDir() && CheckCommit(entry.Name()) == nil {
			commits = append(commits, entry.Name())
		}
	}
	return commits, nil
}

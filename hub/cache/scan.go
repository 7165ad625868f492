package cache

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Cached describes what the cache has of a repository.
type Cached struct {
	Kind      string // "dataset", "model", "space"
	ID        string // namespace/name
	Bytes     int64  // of all contents, each counted once
	Files     int    // contents, each counted once
	Partial   int64  // bytes of downloads that were broken off
	Used      time.Time
	Revisions []Revision
}

// Revision is a commit of which the cache has files.
type Revision struct {
	Commit string
	Refs   []string // that were this commit at the last look
	Files  int
	Bytes  int64
}

// kinds are the beginnings of the folders of repositories.
var kinds = []string{"datasets", "models", "spaces", "kernels"}

// Repositories lists what the cache has. A folder that does not exist is an empty cache; what is not part of one is left out.
func (c *Cache) Repositories() ([]Cached, error) {
	entries, err := os.ReadDir(c.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list the cache: %w", err)
	}
	var out []Cached
	for _, entry := range entries {
		kind, id, ok := parseFolder(entry.Name())
		if !ok || !entry.IsDir() {
			continue
		}
		one, err := (&Repository{cache: c, name: entry.Name()}).describe()
		if err != nil {
			return nil, fmt.Errorf("list %s in the cache: %w", id, err)
		}
		one.Kind, one.ID = kind, id
		out = append(out, one)
	}
	return out, nil
}

// parseFolder reads the name of a repository's folder.
func parseFolder(name string) (kind, id string, ok bool) {
	prefix, rest, found := strings.Cut(name, "--")
	for _, k := range kinds {
		if found && prefix == k && rest != "" {
			return strings.TrimSuffix(k, "s"), strings.ReplaceAll(rest, "--", "/"), true
		}
	}
	return "", "", false
}

func (r *Repository) describe() (Cached, error) {
	var out Cached
	refs, err := r.refs()
	if err != nil {
		return out, err
	}
	commits, err := r.Commits()
	if err != nil {
		return out, err
	}
	seen := map[string]bool{}
	for _, commit := range commits {
		revision := Revision{Commit: commit, Refs: refs[commit]}
		err := r.walk(commit, func(_, pointer string) error {
			content, info, err := r.content(pointer)
			if err != nil {
				return nil //nolint:nilerr // A link that leads nowhere holds nothing; Verify tells of it.
			}
			revision.Files++
			revision.Bytes += info.Size()
			if !seen[content] {
				seen[content] = true
				out.Files++
				out.Bytes += info.Size()
				if info.ModTime().After(out.Used) {
					out.Used = info.ModTime()
				}
			}
			return nil
		})
		if err != nil {
			return out, err
		}
		out.Revisions = append(out.Revisions, revision)
	}
	partial, err := filepath.Glob(filepath.Join(escapeGlob(r.Dir()), "blobs", "*.incomplete"))
	if err != nil {
		return out, err
	}
	for _, name := range partial {
		if info, err := os.Stat(name); err == nil {
			out.Partial += info.Size()
		}
	}
	return out, nil
}

func escapeGlob(path string) string {
	if os.PathSeparator == '\\' {
		return path // There is no escape on Windows.
	}
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(path)
}

// refs returns the revisions by the commits they were at the last look.
func (r *Repository) refs() (map[string][]string, error) {
	root := filepath.Join(r.Dir(), "refs")
	out := map[string][]string{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return ignoreMissing(err)
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		if commit, ok := r.Ref(name); ok {
			out[commit] = append(out[commit], name)
		}
		return nil
	})
	return out, err
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// walk calls do with path and local name of each file of a commit.
func (r *Repository) walk(commit string, do func(path, pointer string) error) error {
	root := r.Snapshot(commit)
	return filepath.WalkDir(root, func(pointer string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return ignoreMissing(err)
		}
		path, err := filepath.Rel(root, pointer)
		if err != nil {
			return err
		}
		return do(filepath.ToSlash(path), pointer)
	})
}

// content returns the file that a snapshot's file leads to at first: a blob, or itself.
func (r *Repository) content(pointer string) (string, fs.FileInfo, error) {
	info, err := os.Stat(pointer)
	if err != nil {
		return "", nil, err
	}
	target, err := os.Readlink(pointer)
	if err != nil {
		return pointer, info, nil //nolint:nilerr // It is no link.
	}
	if !filepath.IsAbs(target) {
		target = filepath.Join(filepath.Dir(pointer), target)
	}
	return target, info, nil
}

// Problem is a file of the cache that is not what it should be.
type Problem struct {
	Commit, Path string
	What         string
}

// Check looks at each file of a commit: is it there, and what does the kept listing, or else the name of the blob, say that its hash
// is? has tells whether a file's content has the hash. It returns how many files it has looked at.
func (r *Repository) Check(commit string, has func(file, etag string) (bool, error)) (checked int, problems []Problem, err error) {
	tree := r.Tree(commit)
	complain := func(path, what string) {
		problems = append(problems, Problem{Commit: commit, Path: path, What: what})
	}
	err = r.walk(commit, func(path, pointer string) error {
		checked++
		content, _, err := r.content(pointer)
		if err != nil {
			complain(path, "its content is gone")
			return nil
		}
		etag := filepath.Base(content)
		entry, listed := tree[path]
		switch {
		case listed:
			etag = entry.ETag()
		case tree != nil:
			complain(path, "the commit has no such file")
			return nil
		case content == pointer:
			complain(path, "nothing tells what its hash should be")
			return nil
		}
		same, err := has(pointer, etag)
		if err != nil {
			return err
		}
		if !same {
			complain(path, "its content is not the one with the hash "+etag)
		}
		return nil
	})
	return checked, problems, err
}

// Remove deletes commits of the repository, with the contents that no other commit of it uses and the refs that lead to them. Without
// commits all of the repository goes. It returns how many bytes that frees.
func (r *Repository) Remove(commits ...string) (freed int64, err error) {
	known, err := r.Commits()
	if err != nil {
		return 0, err
	}
	going := map[string]bool{}
	for _, commit := range commits {
		going[commit] = true
	}
	gone, kept := map[string]int64{}, map[string]bool{}
	whole := true
	for _, commit := range known {
		leaves := len(commits) == 0 || going[commit]
		whole = whole && leaves
		err := r.walk(commit, func(_, pointer string) error {
			content, info, err := r.content(pointer)
			switch {
			case err != nil:
				return nil //nolint:nilerr // A link that leads nowhere frees nothing.
			case leaves:
				gone[content] = info.Size()
			default:
				kept[content] = true
			}
			return nil
		})
		if err != nil {
			return 0, err
		}
	}
	for content, size := range gone {
		if !kept[content] {
			freed += size
		}
	}
	if whole {
		return freed, errors.Join(os.RemoveAll(r.Dir()), os.RemoveAll(r.locks()))
	}
	return freed, r.removeSome(commits, gone, kept)
}

// removeSome deletes from the outside in: what is left when it is broken off is a smaller cache, not a broken one.
func (r *Repository) removeSome(commits []string, gone map[string]int64, kept map[string]bool) error {
	refs, err := r.refs()
	if err != nil {
		return err
	}
	for _, commit := range commits {
		for _, ref := range refs[commit] {
			if err := os.Remove(filepath.Join(r.Dir(), "refs", filepath.FromSlash(ref))); err != nil {
				return err
			}
		}
		err := errors.Join(os.RemoveAll(r.Snapshot(commit)), os.RemoveAll(filepath.Join(r.Dir(), ".no_exist", commit)),
			ignoreMissing(os.Remove(treePath(r.Dir(), commit))))
		if err != nil {
			return err
		}
	}
	blobs := filepath.Join(r.Dir(), "blobs") + string(filepath.Separator)
	for content := range gone {
		if !kept[content] && strings.HasPrefix(content, blobs) {
			if err := ignoreMissing(os.Remove(content)); err != nil {
				return err
			}
		}
	}
	return nil
}

package dataset

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/hfspark/hfspark/hub"
)

// find looks up the files of patterns below a directory. With byExtension only files of known formats count. Files that two
// patterns of a split take are there twice, as in the library.
func (r *resolver) find(ctx context.Context, base string, splits []splitPatterns, byExtension bool) ([]Split, error) {
	if err := r.prefetch(ctx, base, splits); err != nil {
		return nil, err
	}
	out := make([]Split, len(splits))
	for i, s := range splits {
		out[i].Name = s.split
		for _, p := range s.patterns {
			files, err := r.findPattern(ctx, base, p)
			if err != nil {
				return nil, err
			}
			kept := files[:0:0]
			for _, f := range files {
				switch {
				case !byExtension || formats.known(f.Path):
					kept = append(kept, f)
				case formats.known(strings.ToLower(f.Path)):
					r.misnamed = append(r.misnamed, f.Path)
				}
			}
			if len(kept) == 0 && !hasMagic(p) {
				return nil, r.notFound(base, p, len(files) > 0)
			}
			out[i].Files = append(out[i].Files, kept...)
		}
	}
	return out, nil
}

func (r *resolver) notFound(base, pattern string, there bool) error {
	message := fmt.Sprintf("data_files names %q, and %s has no such file", pattern, placeOf(base))
	hint := "Paths are relative to the root of the repository (or to data_dir); a directory is written as directory/**"
	if there {
		message = fmt.Sprintf("data_files names %q, whose extension is of no known format", pattern)
		hint = ""
	}
	return r.fail(CodeFileNotFound, message, hint)
}

// prefetch asks for all files that are named exactly with one request.
func (r *resolver) prefetch(ctx context.Context, base string, splits []splitPatterns) error {
	var names []string
	for _, s := range splits {
		for _, p := range s.patterns {
			if !hasMagic(p) && !hasMagic(base) && !strings.Contains(p, "://") {
				names = append(names, strings.TrimRight(join(base, p), "/"))
			}
		}
	}
	if len(names) < 2 || r.tree == nil {
		return nil
	}
	_, err := r.tree.lookUp(ctx, names)
	return err
}

func (r *resolver) findPattern(ctx context.Context, base, pattern string) ([]File, error) {
	place := address{tree: r.tree, path: join(base, pattern)}
	switch {
	case strings.Contains(pattern, "://"):
		var err error
		if place, err = r.remote(ctx, pattern); err != nil {
			return nil, err
		}
	case strings.HasPrefix(pattern, "/"):
		return nil, nil // A path of the local machine: never part of the repository.
	case r.tree == nil:
		return nil, r.fail(CodeForeignFile, fmt.Sprintf("data_files names %q, a path of the local machine", pattern),
			"Only files on the Hub are read: write hf://datasets/<namespace>/<name>@<revision>/<path>")
	}
	if strings.Contains(place.path, "//") {
		return nil, r.fail(CodeRepository, fmt.Sprintf("data_files names %q, which has two slashes in a row", pattern), "")
	}
	g, err := compileGlob(place.path)
	if err != nil {
		return nil, err
	}
	files, err := place.tree.find(ctx, g)
	if err != nil || place.prefix == "" {
		return files, err
	}
	other := make([]File, len(files))
	for i, f := range files {
		if place.tree.repo != r.repo {
			f.Repository = place.tree.repo.Name()
		}
		if place.tree != r.tree {
			f.Commit = place.tree.commit
		}
		f.Address = place.prefix + f.Path
		if place.unpinned || place.tree.repo != r.repo {
			r.foreign[f] = true
		}
		other[i] = f
	}
	return other, nil
}

// address is where a pattern looks.
type address struct {
	tree *tree
	path string
	// prefix is what stands before the path in the URL of a file; "" when the pattern is none.
	prefix string
	// unpinned is a URL of the repository without a revision, which the library does not take for part of it.
	unpinned bool
}

// remote finds the tree and the path of a pattern that is a URL: hf://datasets/<id>@<revision>/<path>, or the address of a file on
// the Hub in use. No other host is asked.
func (r *resolver) remote(ctx context.Context, pattern string) (address, error) {
	foreign := r.fail(CodeForeignFile, fmt.Sprintf("data_files names %q, which is not part of the repository", pattern),
		"Give paths relative to its root, or hf://datasets/"+r.repo.ID+"@<revision>/<path>")
	if r.tree == nil {
		foreign = r.fail(CodeForeignFile, fmt.Sprintf("data_files names %q, which is no file of a dataset repository on the Hub", pattern),
			"Write hf://datasets/<namespace>/<name>@<revision>/<path>")
	}
	if rest, ok := strings.CutPrefix(pattern, "hf://"+bucketPrefix); ok {
		return r.inBucket(ctx, rest, foreign)
	}
	id, revision, path := "", "", ""
	if rest, ok := strings.CutPrefix(pattern, "hf://datasets/"); ok {
		id, revision, path = splitAddress(rest)
	} else if rest, ok := strings.CutPrefix(pattern, strings.TrimRight(r.hub.Endpoint(), "/")+"/datasets/"); ok {
		before, after, found := strings.Cut(rest, "/resolve/")
		if !found {
			return address{}, foreign
		}
		id = before
		revision, path = splitRevision(after)
		path, _, _ = strings.Cut(path, "?download=")
	}
	if path == "" || strings.Count(id, "/") != 1 {
		return address{}, foreign
	}
	name, err := url.PathUnescape(revision)
	if err != nil {
		return address{}, foreign
	}
	t, err := r.treeAt(ctx, hub.Dataset(id), name)
	prefix := "hf://datasets/" + id + "/"
	if revision != "" {
		prefix = "hf://datasets/" + id + "@" + revision + "/"
	}
	return address{tree: t, path: path, prefix: prefix, unpinned: revision == ""}, err
}

// treeAt finds the tree of a repository at a revision.
func (r *resolver) treeAt(ctx context.Context, repo hub.Repo, revision string) (*tree, error) {
	if repo == r.repo && r.tree != nil && (revision == r.commit || revision == r.request.Revision ||
		(revision == "main" || revision == "") && (r.request.Revision == "" || r.request.Revision == "main")) {
		return r.tree, nil
	}
	key := repo.ID + "@" + revision
	if t, ok := r.others[key]; ok {
		return t, nil
	}
	info, err := r.hub.Info(ctx, repo, revision)
	if err != nil {
		return nil, err
	}
	t := r.Resolver.tree(repo, info.SHA)
	r.others[key] = t
	return t, nil
}

// splitAddress cuts what follows hf://datasets/ into the repository, the revision ("" when there is none) and the path.
func splitAddress(text string) (id, revision, path string) {
	namespace, rest, _ := strings.Cut(text, "/")
	name, path, _ := strings.Cut(rest, "/")
	if before, after, found := strings.Cut(rest, "@"); found && !strings.Contains(before, "/") {
		name = before
		revision, path = splitRevision(after)
	}
	return namespace + "/" + name, revision, path
}

// splitRevision cuts the revision off the path of a file; the special refs are the only ones with unescaped slashes.
func splitRevision(text string) (revision, path string) {
	for _, prefix := range []string{"refs/convert/", "refs/pr/"} {
		if rest, ok := strings.CutPrefix(text, prefix); ok {
			name, path, _ := strings.Cut(rest, "/")
			return prefix + name, path
		}
	}
	revision, path, _ = strings.Cut(text, "/")
	return revision, path
}

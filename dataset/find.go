package dataset

import (
	"context"
	"fmt"
	"net/url"
	"strings"
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
				if !byExtension || formats.known(f.Path) {
					kept = append(kept, f)
				}
			}
			if len(kept) == 0 && !strings.ContainsAny(p, "*[]") {
				return nil, r.notFound(base, p, len(files) > 0)
			}
			out[i].Files = append(out[i].Files, kept...)
		}
	}
	return out, nil
}

func (r *resolver) notFound(base, pattern string, there bool) error {
	message := fmt.Sprintf("data_files names %q, and %s has no such file", pattern, r.place(base))
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
	if len(names) < 2 {
		return nil
	}
	_, err := r.tree.lookUp(ctx, names)
	return err
}

func (r *resolver) findPattern(ctx context.Context, base, pattern string) ([]File, error) {
	t := r.tree
	if strings.Contains(pattern, "://") {
		var err error
		if t, pattern, err = r.remote(ctx, pattern); err != nil {
			return nil, err
		}
	} else {
		if strings.HasPrefix(pattern, "/") {
			return nil, nil // A path of the local machine: never part of the repository.
		}
		pattern = join(base, pattern)
	}
	g, err := compileGlob(pattern)
	if err != nil {
		return nil, err
	}
	files, err := t.find(ctx, g)
	if err != nil || t.commit == r.commit {
		return files, err
	}
	other := make([]File, len(files))
	for i, f := range files {
		f.Commit = t.commit
		other[i] = f
	}
	return other, nil
}

// remote finds the tree and the path of a pattern that is a URL: hf://datasets/<id>@<revision>/<path>, or the address of a file on
// the Hub in use. Both must lead into the repository itself.
func (r *resolver) remote(ctx context.Context, pattern string) (*tree, string, error) {
	foreign := r.fail(CodeForeignFile, fmt.Sprintf("data_files names %q, which is not part of the repository", pattern),
		"Give paths relative to its root, or hf://datasets/"+r.repo.ID+"@<revision>/<path>")
	revision, path := "", ""
	if rest, ok := strings.CutPrefix(pattern, "hf://datasets/"+r.repo.ID+"@"); ok {
		revision, path = splitRevision(rest)
	} else if rest, ok := strings.CutPrefix(pattern, strings.TrimRight(r.hub.Endpoint(), "/")+"/datasets/"+r.repo.ID+"/resolve/"); ok {
		revision, path = splitRevision(rest)
		path, _, _ = strings.Cut(path, "?download=")
	}
	if path == "" {
		return nil, "", foreign
	}
	revision, err := url.PathUnescape(revision)
	if err != nil || revision == "" {
		return nil, "", foreign
	}
	if revision == r.commit || revision == r.request.Revision || revision == "main" && r.request.Revision == "" {
		return r.tree, path, nil
	}
	if t, ok := r.others[revision]; ok {
		return t, path, nil
	}
	info, err := r.hub.Info(ctx, r.repo, revision)
	if err != nil {
		return nil, "", err
	}
	t := r.Resolver.tree(r.repo, info.SHA)
	r.others[revision] = t
	return t, path, nil
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

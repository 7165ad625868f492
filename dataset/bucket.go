package dataset

import (
	"context"
	"fmt"
	"strings"

	"github.com/hfspark/hfspark/hub"
)

// bucketPrefix begins the name of a storage bucket, where other names are ids of dataset repositories.
const bucketPrefix = "buckets/"

// resolveBucket resolves a directory of a storage bucket (datasets, load.py, HubBucketDatasetModuleFactory). It differs from a
// repository: there are no revisions, a script is a file like any other, and files of other places may belong to it. A bucket changes
// at any time, so that nothing is kept of it: it is listed for every resolution.
func (r *resolver) resolveBucket(ctx context.Context) (*Resolution, error) {
	id, home := cutBucket(strings.TrimPrefix(r.request.Repository, bucketPrefix))
	r.repo = hub.Bucket(id)
	if strings.Count(id, "/") != 1 {
		return nil, r.fail(CodeRepository, fmt.Sprintf("%q names no bucket", r.request.Repository),
			"Write buckets/<namespace>/<name>, and behind it the directory of the dataset if that is not all of it")
	}
	if r.request.Revision != "" && r.request.Revision != "main" {
		r.warnings = append(r.warnings, "the option revision does nothing: buckets have no revisions")
	}
	r.home = home
	r.base = tidyJoin(home, r.request.DataDir)
	r.tree = newTree(r.hub, r.repo, "")
	files, err := r.tree.below(ctx, directory(home), false)
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		if home != "" {
			return nil, r.fail(CodeEmpty, fmt.Sprintf("the bucket has no directory %q", home), "")
		}
		return nil, r.fail(CodeEmpty, "the bucket holds no files", "")
	}
	present, err := r.describing(ctx, "")
	if err != nil {
		return nil, err
	}
	out, err := r.resolveFiles(ctx, present)
	if err != nil {
		return nil, err
	}
	for _, s := range out.Splits {
		for i := range s.Files {
			if s.Files[i].Address == "" {
				s.Files[i].Address = "hf://" + r.repo.Name() + "/" + s.Files[i].Path
			}
		}
	}
	return out, nil
}

// cutBucket cuts what follows buckets/ into the id of the bucket and the path in it.
func cutBucket(text string) (id, path string) {
	parts := strings.Split(text, "/")
	var rest []string
	for _, part := range parts[min(2, len(parts)):] {
		if part != "" {
			rest = append(rest, part)
		}
	}
	return strings.Join(parts[:min(2, len(parts))], "/"), strings.Join(rest, "/")
}

// tidyJoin joins two directories as Python's pathlib does: without empty and single-dot components.
func tidyJoin(base, dir string) string {
	parts := strings.Split(base, "/")
	for part := range strings.SplitSeq(dir, "/") {
		if part != "." {
			parts = append(parts, part)
		}
	}
	var out []string
	for _, part := range parts {
		if part != "" {
			out = append(out, part)
		}
	}
	return strings.Join(out, "/")
}

// directory is the path of a directory as trees have it: "", or ending in a slash.
func directory(path string) string {
	if path == "" {
		return ""
	}
	return path + "/"
}

// inBucket finds the tree and the path of a pattern that names files of a bucket.
func (r *resolver) inBucket(ctx context.Context, rest string, bad error) (address, error) {
	id, path := cutBucket(rest)
	if strings.Count(id, "/") != 1 || path == "" {
		return address{}, bad
	}
	repo := hub.Bucket(id)
	key := "bucket " + id
	t, ok := r.others[key]
	switch {
	case ok:
	case r.tree != nil && r.repo == repo:
		t = r.tree
	default:
		if _, err := r.hub.Info(ctx, repo, ""); err != nil {
			return address{}, err
		}
		t = newTree(r.hub, repo, "")
		r.others[key] = t
	}
	return address{tree: t, path: path, prefix: "hf://" + repo.Name() + "/", unpinned: true}, nil
}

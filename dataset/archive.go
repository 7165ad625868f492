package dataset

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/hfspark/hfspark/dataset/zipdir"
	"github.com/hfspark/hfspark/hub"
)

// maxVotingArchives is how many zip archives of a split are looked into (datasets, config.py,
// ARCHIVES_MAX_NUMBER_FOR_MODULE_INFERENCE).
const maxVotingArchives = 10

// voteInside chooses the format of a split whose data is in zip archives: that of the most frequent suffix of all names inside, or
// none when that suffix is of no format. Directories have a vote, and the one that comes first wins a draw, as in the library.
func (r *resolver) voteInside(ctx context.Context, files []File) (winner voted, found bool, err error) {
	counts := map[string]int{}
	var order []string
	archives := 0
	for _, f := range files {
		if !strings.HasSuffix(f.Path, ".zip") {
			continue
		}
		if archives++; archives > maxVotingArchives {
			break
		}
		names, err := r.archiveNames(ctx, f)
		if err != nil {
			return voted{}, false, err
		}
		for _, name := range names {
			for _, s := range suffixes(name) {
				s = strings.ToLower(s)
				if counts[s]++; counts[s] == 1 {
					order = append(order, s)
				}
			}
		}
	}
	if len(order) == 0 {
		return voted{}, false, nil
	}
	most := order[0]
	for _, s := range order[1:] {
		if counts[s] > counts[most] {
			most = s
		}
	}
	winner, found = formats.byExtension[most]
	return winner, found, nil
}

// archiveNames lists the files of an archive, and the directories that they are in.
func (r *resolver) archiveNames(ctx context.Context, f File) ([]string, error) {
	file := r.file(f)
	key := file.Repo.ID + "@" + file.Revision + "/" + f.Path
	if names, ok := r.archives[key]; ok {
		return names, nil
	}
	entries, err := zipdir.Read(ctx, f.Size, func(ctx context.Context, offset, length int64) (io.ReadCloser, error) {
		return r.hub.Range(ctx, file, offset, length)
	})
	var remote *hub.Error
	if errors.As(err, &remote) || ctx.Err() != nil {
		return nil, err
	}
	if err != nil {
		return nil, r.wrap(CodeArchive, fmt.Sprintf("the archive %s cannot be read", f.Path), err)
	}
	seen := map[string]bool{}
	for _, e := range entries {
		for name := strings.TrimPrefix(e.Name, "/"); name != "." && name != "/" && !seen[name]; name = path.Dir(name) {
			seen[name] = true
		}
	}
	names := make([]string, 0, len(seen))
	for name := range seen {
		names = append(names, name)
	}
	slices.Sort(names)
	r.archives[key] = names
	return names, nil
}

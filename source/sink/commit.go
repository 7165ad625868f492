package sink

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/hfspark/hfspark/dataset"
	"github.com/hfspark/hfspark/hub"
)

// Result is a write that is done.
type Result struct {
	// Skipped says that nothing was written: the mode is Ignore and there was data, or there was nothing to append.
	Skipped bool
	Commit  string // the commit that made the rows visible
	URL     string // of its web page, or of the pull request's
	// PullRequest is the number of the pull request that was opened for the option create_pr; 0 without it.
	PullRequest int
	Files       []string // paths of the new files
	Rows        int64
	Bytes       int64 // of the new files
	Deleted     int   // files that were replaced
	// Commits is how many commits the write took.
	Commits int
	// Gradual says that the change became visible in several steps, each of them readable: the branch could not be changed at once.
	Gradual bool
}

// conflictTries is how often a write is planned anew because another one was faster. Each time one of the writers wins, so that this
// many writers at once all get through.
const conflictTries = 50

// Commit makes the parts visible, all together, and ends the write. Of results with the same number the first one counts. When the
// branch has moved since the write began, it looks again at what is there, chooses names anew and tries again: rows that others
// have appended stay, and an overwrite replaces what is there by then. On an error nothing is visible.
func (w *Write) Commit(ctx context.Context, parts []PartResult) (*Result, error) {
	if w.Skip {
		return &Result{Skipped: true}, nil
	}
	result, err := w.commit(ctx, w.filesOf(parts))
	if err != nil {
		return nil, errors.Join(err, w.undoCreate(ctx))
	}
	w.created = false
	return result, nil
}

// filesOf lists the files in the order of parts. Files without rows are there to keep the columns when there is nothing else.
func (w *Write) filesOf(parts []PartResult) []PartFile {
	parts = slices.Clone(parts)
	slices.SortStableFunc(parts, func(a, b PartResult) int { return a.Part - b.Part })
	parts = slices.CompactFunc(parts, func(a, b PartResult) bool { return a.Part == b.Part })
	var all, filled []PartFile
	for _, p := range parts {
		for _, f := range p.Files {
			all = append(all, f)
			if f.Rows > 0 {
				filled = append(filled, f)
			}
		}
	}
	if len(filled) == 0 && len(all) > 0 {
		return all[:1]
	}
	return filled
}

func (w *Write) commit(ctx context.Context, files []PartFile) (*Result, error) {
	base := w.Base
	for try := 1; ; try++ {
		c, err := w.change(ctx, base, files)
		if err != nil {
			return nil, err
		}
		if c == nil {
			return &Result{Skipped: true}, nil
		}
		result, err := w.apply(ctx, c)
		if err == nil {
			return result, nil
		}
		if !errors.Is(err, hub.ErrConflict) || try == conflictTries {
			return nil, err
		}
		w.sink.log.DebugContext(ctx, "the branch has moved; the write is planned anew", "repo", w.Repo, "try", try+1, "cause", err)
		if err := pause(ctx, try); err != nil {
			return nil, err
		}
		info, err := w.client.Info(ctx, hub.Dataset(w.Repo), w.Options.Revision)
		if err != nil {
			return nil, err
		}
		base = info.SHA
	}
}

// pause waits a little, by chance longer or shorter, so that writers that met once do not meet again and again.
func pause(ctx context.Context, try int) error {
	longest := min(50*time.Millisecond<<min(try, 6), 2*time.Second)
	timer := time.NewTimer(rand.N(longest))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// change is what a write does to the repository at one commit.
type change struct {
	base       string
	adds       []hub.Operation
	deletes    []hub.Operation
	readme     hub.Operation // nil when the README stays
	paths      []string
	rows, size int64
	split      string
	target     *target
}

func (c *change) operations() []hub.Operation {
	all := append(slices.Clone(c.deletes), c.adds...)
	if c.readme != nil {
		all = append(all, c.readme)
	}
	return all
}

// change plans the write on a commit; nil says that there is nothing to do.
func (w *Write) change(ctx context.Context, base string, files []PartFile) (*change, error) {
	t, err := w.seen, error(nil)
	if base != t.commit { // A commit does not change: what was seen of it holds.
		t, err = w.look(ctx, base)
	}
	if err != nil {
		return nil, err
	}
	if len(t.files) > 0 {
		switch w.Options.Mode {
		case ErrorIfExists:
			return nil, w.exists(t)
		case Ignore:
			return nil, nil
		}
	}
	if t.schema != nil { // It may have changed since the write began.
		if d := differences(w.Schema.Schema, t.schema); len(d) > 0 {
			return nil, &SchemaError{Repository: w.Repo, Config: t.config, Split: w.Options.Split, Of: t.schemaOf, Differences: d}
		}
	}
	c := &change{base: base, split: w.Options.Split, target: t}
	kept, replaced := t.files, []dataset.File(nil)
	if w.Options.Mode == Overwrite {
		kept, replaced = nil, t.files
	}
	if len(kept) > 0 && len(files) == 1 && files[0].Rows == 0 {
		return nil, nil
	}
	if c.paths, err = w.names(t, kept, replaced, len(files)); err != nil {
		return nil, fmt.Errorf("write to %s: %w", w.Repo, err)
	}
	for i, f := range files {
		c.adds = append(c.adds, &hub.Add{Path: c.paths[i], Content: hub.Stored(f.SHA256, f.Size, f.Head)})
		c.rows += f.Rows
		c.size += f.Size
	}
	if err := w.planDeletes(ctx, c, replaced); err != nil {
		return nil, err
	}
	if !w.Options.folderAlone() && w.Options.ByName == "" {
		return c, w.planReadme(c, files, kept, replaced)
	}
	return c, nil
}

func (w *Write) names(t *target, kept, replaced []dataset.File, n int) ([]string, error) {
	switch {
	case w.Options.oneFile():
		return []string{w.Options.ByName}, nil
	case w.Options.ByName != "":
		return partNames(pathsOf(kept), w.Options.ByName, n), nil
	}
	gone := map[string]bool{}
	for _, f := range replaced {
		gone[f.Path] = true
	}
	taken := slices.DeleteFunc(slices.Concat(pathsOf(kept), t.around), func(path string) bool { return gone[path] })
	return names(taken, t.folder, w.Options.Split, n)
}

// planDeletes removes the files that are replaced, each once. One that is also a file of another split is not the write's to remove.
func (w *Write) planDeletes(ctx context.Context, c *change, replaced []dataset.File) error {
	others, err := w.filesOfOthers(ctx, c.target, replaced)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, p := range c.paths {
		seen[p] = true // what is written in its place needs no removal
	}
	for _, f := range replaced {
		switch {
		case f.Repository != "" || f.Commit != "" && f.Commit != c.base:
			return fmt.Errorf("overwrite the split %s of %s: its file %s lies elsewhere; overwrite it there, or write to another split", c.split, w.Repo, f.Name())
		case others[f.Path] != "":
			return fmt.Errorf("overwrite the split %s of %s: its file %s also belongs to the %s; write to another split, or give each its own files in the README's configs",
				c.split, w.Repo, f.Path, others[f.Path])
		case !seen[f.Path]:
			seen[f.Path] = true
			c.deletes = append(c.deletes, hub.DeleteFile{Path: f.Path})
		}
	}
	return nil
}

// filesOfOthers tells which files belong to other splits, and to which.
func (w *Write) filesOfOthers(ctx context.Context, t *target, replaced []dataset.File) (map[string]string, error) {
	out := map[string]string{}
	if len(replaced) == 0 {
		return out, nil
	}
	for _, s := range t.splits {
		if s.Name != w.Options.Split {
			for _, f := range s.Files {
				out[f.Path] = "split " + s.Name
			}
		}
	}
	for _, config := range t.configs {
		if config == t.config {
			continue
		}
		o := w.readOptions(t.commit)
		o.Config = config
		r, err := w.sink.tables.Resolve(ctx, o)
		var failed *dataset.Error
		if errors.As(err, &failed) {
			continue // A subset that cannot be read loses nothing.
		}
		if err != nil {
			return nil, err
		}
		for _, s := range r.Splits {
			for _, f := range s.Files {
				out[f.Path] = fmt.Sprintf("split %s of the subset %s", s.Name, config)
			}
		}
	}
	return out, nil
}

// planReadme names the split in the README's configs, and its columns and size in dataset_info.
func (w *Write) planReadme(c *change, files []PartFile, kept, replaced []dataset.File) error {
	t := c.target
	before, after := pathsOf(kept), slices.Concat(pathsOf(kept), c.paths)
	edit := dataset.CardEdit{
		Config: t.config, Split: c.split, Keep: len(kept) > 0, Added: c.paths, Kept: before,
		Patterns: t.patterns(c.split, after, replaced), Own: t.patterns(c.split, after, replaced),
		OtherConfigs:    len(t.configs) > 1 || len(t.configs) == 1 && t.configs[0] != t.config,
		ReplaceFeatures: len(t.splits) == 0 || len(t.splits) == 1 && w.Options.Mode == Overwrite && len(replaced) > 0,
	}
	edit.Own = slices.DeleteFunc(edit.Own, func(p string) bool { return slices.Contains(before, p) })
	for _, s := range t.splits {
		if s.Name != c.split {
			edit.Others = append(edit.Others, dataset.SplitPatterns{Split: s.Name, Patterns: t.patterns(s.Name, pathsOf(s.Files), nil)})
		}
	}
	for _, s := range t.implied {
		edit.Implied = append(edit.Implied, dataset.SplitPatterns{Split: s.Name, Patterns: pathsOf(s.Files)})
	}
	features, err := dataset.FeaturesFromArrow(w.Schema.Schema)
	if err != nil {
		return err
	}
	if t.features != nil && !edit.ReplaceFeatures {
		features = t.features
	}
	edit.Features = features
	if len(kept) == 0 || t.card.Known {
		edit.Size = sizeOf(t.card, files, kept, replaced)
	}
	text, err := dataset.EditCard(t.readme, edit)
	if err != nil {
		return fmt.Errorf("write to %s: %w; correct the README first, or write with the option data_dir to a folder", w.Repo, err)
	}
	if err := w.checkFound(text, c); err != nil {
		return err
	}
	if string(text) != string(t.readme) {
		c.readme = &hub.Add{Path: readmeName, Content: hub.Bytes(text)}
	}
	return nil
}

// checkFound makes sure that the README finds each new file once, in its split and in none that has not shared its files before.
func (w *Write) checkFound(readme []byte, c *change) error {
	subsets, err := dataset.CardSubsets(readme)
	if err != nil {
		return fmt.Errorf("write to %s: %w", w.Repo, err)
	}
	for _, subset := range subsets {
		for _, s := range subset.Splits {
			own := subset.Name == c.target.config && s.Split == c.split
			if !own && slices.ContainsFunc(c.target.files, func(f dataset.File) bool { return s.Finds(f.Path) > 0 }) {
				continue // They share their files as it is.
			}
			for _, path := range c.paths {
				switch n := s.Finds(path); {
				case own && n != 1:
					return fmt.Errorf("write to %s: %d of the patterns of the split %s find its new file %s: correct the configs of the README first",
						w.Repo, n, s.Split, path)
				case !own && n > 0:
					return fmt.Errorf("write to %s: the new file %s would belong to the split %q of the subset %s, too, whose patterns in the README's configs are %q: "+
						"narrow them first, or choose another folder with the option data_dir", w.Repo, path, s.Split, subset.Name, s.Patterns)
				}
			}
		}
	}
	return nil
}

func sizeOf(card dataset.CardSplit, files []PartFile, kept, replaced []dataset.File) *dataset.SplitSize {
	size := &dataset.SplitSize{}
	if len(kept) > 0 {
		size.Examples, size.Bytes = card.Examples, card.Bytes
	}
	for _, f := range files {
		size.Examples += f.Rows
		size.Bytes += f.Bytes
		size.Download += f.Size
	}
	if card.Known {
		for _, f := range replaced {
			size.Download -= f.Size
		}
	}
	return size
}

func (w *Write) summary() string {
	if w.Options.CommitMessage != "" {
		return w.Options.CommitMessage
	}
	verb := "Write"
	if w.Options.Mode == Append {
		verb = "Append to"
	}
	what := "split " + w.Options.Split
	if w.Options.ByName != "" {
		what = w.Options.ByName
	}
	return fmt.Sprintf("%s %s with hfspark", verb, what)
}

// single makes one commit.
func (w *Write) single(ctx context.Context, revision, parent, summary string, operations []hub.Operation, createPR bool) (*hub.CommitResult, error) {
	return w.client.Commit(ctx, hub.Dataset(w.Repo), revision, hub.Commit{
		Summary: summary, Description: w.Options.CommitDescription, Parent: parent, Operations: operations, CreatePullRequest: createPR,
	})
}

// apply makes the change: in one commit where that takes no more operations than one may have.
func (w *Write) apply(ctx context.Context, c *change) (*Result, error) {
	result := &Result{Files: c.paths, Rows: c.rows, Bytes: c.size, Deleted: len(c.deletes), Commits: 1}
	operations := c.operations()
	if len(operations) > w.Options.MaxOperationsPerCommit {
		return result, w.applyMany(ctx, c, result)
	}
	done, err := w.single(ctx, w.Options.Revision, c.base, w.summary(), operations, w.Options.CreatePR)
	if err != nil {
		return nil, err
	}
	result.Commit, result.URL, result.PullRequest = done.OID, done.URL, done.PullRequest
	if done.PullRequest > 0 {
		result.URL = done.PullRequestURL
	}
	return result, nil
}

func (w *Write) isMain() bool {
	return w.Options.Revision == "" || strings.TrimPrefix(w.Options.Revision, "refs/heads/") == "main"
}

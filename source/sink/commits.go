package sink

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/hfspark/hfspark/hub"
)

// applyMany makes a change of more operations than one commit takes. On the main branch the commits go to a pull request, which is
// merged at the end: nothing is visible before. The Hub opens pull requests against the main branch alone; on another branch the
// files are added first, which everyone can read at any time as a growing split, and what they replace is removed at the end.
func (w *Write) applyMany(ctx context.Context, c *change, result *Result) error {
	batches := w.batches(c)
	result.Commits = len(batches)
	if !w.isMain() && !w.Options.CreatePR {
		result.Gradual = true
		w.sink.log.WarnContext(ctx, "the write takes several commits, and becomes visible one by one: only the main branch can be changed by a pull request",
			"repo", w.Repo, "revision", w.Options.Revision, "commits", len(batches))
		return w.gradually(ctx, c, batches, result)
	}
	if !w.isMain() {
		return fmt.Errorf("write to %s: %d operations take several commits, and a pull request for the branch %s takes one: raise max_operations_per_commit or max_bytes_per_file",
			w.Repo, len(c.operations()), w.Options.Revision)
	}
	return w.byPullRequest(ctx, c, batches, result)
}

// batches cuts the operations into commits: files first, then removals, and the README last.
func (w *Write) batches(c *change) [][]hub.Operation {
	operations := append(slices.Clone(c.adds), c.deletes...)
	if c.readme != nil {
		operations = append(operations, c.readme)
	}
	return slices.Collect(slices.Chunk(operations, w.Options.MaxOperationsPerCommit))
}

func (w *Write) part(i, n int) string { return fmt.Sprintf("%s (part %d of %d)", w.summary(), i+1, n) }

// byPullRequest collects the commits on a pull request and merges it.
func (w *Write) byPullRequest(ctx context.Context, c *change, batches [][]hub.Operation, result *Result) (err error) {
	repo := hub.Dataset(w.Repo)
	request, err := w.client.CreatePullRequest(ctx, repo, w.summary(), w.Options.CommitDescription)
	if err != nil {
		return err
	}
	merged := false
	defer func() {
		if err != nil && !merged {
			err = errors.Join(err, w.client.ClosePullRequest(context.WithoutCancel(ctx), repo, request.Number, "The write did not get through."))
		}
	}()
	parent := c.base
	for i, batch := range batches {
		done, err := w.single(ctx, request.Ref(), parent, w.part(i, len(batches)), batch, false)
		if err != nil {
			return err
		}
		parent = done.OID
	}
	result.Commit, result.URL = parent, request.URL
	if w.Options.CreatePR {
		result.PullRequest = request.Number
		return nil
	}
	// A merge takes both sides. What came to the branch meanwhile must be planned for, not mixed in.
	info, err := w.client.Info(ctx, repo, w.Options.Revision)
	if err != nil {
		return err
	}
	if info.SHA != c.base {
		return fmt.Errorf("write to %s: the branch has moved while the commits were made: %w", w.Repo, hub.ErrConflict)
	}
	if err := w.merge(ctx, request.Number); err != nil {
		return err
	}
	merged = true
	landed, alone, err := w.landed(ctx, c)
	if err != nil {
		return fmt.Errorf("the write was made, but looking it up failed: %w", err)
	}
	w.resultAt(result, landed)
	if alone {
		return nil
	}
	return w.settle(ctx, c, result)
}

func (w *Write) resultAt(result *Result, commit string) {
	result.Commit, result.URL = commit, fmt.Sprintf("%s/datasets/%s/commit/%s", w.client.Endpoint(), w.Repo, commit)
}

// merge puts the pull request on the branch. When the answer to a request that got through is lost, the next one is told of a
// conflict, so that the status of the pull request decides.
func (w *Write) merge(ctx context.Context, number int) error {
	repo := hub.Dataset(w.Repo)
	err := w.client.MergePullRequest(ctx, repo, number, "")
	if err == nil {
		return nil
	}
	now, lookErr := w.client.PullRequest(ctx, repo, number)
	switch {
	case lookErr != nil:
		return errors.Join(notConflict(err), lookErr)
	case now.Status == "merged":
		return nil
	}
	return err
}

// landed finds the commit by which a merge came to the branch. alone tells that it came right after the commit that the write was
// planned on.
func (w *Write) landed(ctx context.Context, c *change) (commit string, alone bool, err error) {
	var since []string // the latest first
	for info, err := range w.client.Commits(ctx, hub.Dataset(w.Repo), w.Options.Revision) {
		if err != nil {
			return "", false, err
		}
		if info.ID == c.base {
			break
		}
		since = append(since, info.ID)
	}
	if len(since) <= 1 {
		return append(since, c.base)[0], true, nil
	}
	before := map[string]string{}
	for _, f := range c.target.files {
		before[f.Path] = f.Hash
	}
	for i, id := range slices.Backward(since) {
		entries, err := w.client.PathsInfo(ctx, hub.Dataset(w.Repo), id, c.paths[:min(len(c.paths), 100)])
		if err != nil {
			return "", false, err
		}
		for _, e := range entries {
			if e.ContentHash() != before[e.Path] {
				return id, i == len(since)-1, nil
			}
		}
	}
	return since[0], true, nil // All files were there as they are.
}

// settle puts right what another write changed just before the merge: the last overwrite wins as a whole, so that the files of the
// split that are not this write's are removed; a write that must not find data takes its own files back.
func (w *Write) settle(ctx context.Context, c *change, result *Result) error {
	if w.Options.Mode == Append {
		return nil
	}
	t, err := w.look(ctx, result.Commit)
	if err != nil {
		return err
	}
	var strangers []string
	for _, f := range t.files {
		if !slices.Contains(c.paths, f.Path) {
			strangers = append(strangers, f.Path)
		}
	}
	if len(strangers) == 0 {
		return nil
	}
	if w.Options.Mode != Overwrite {
		if _, err := w.remove(ctx, c.paths); err != nil {
			return err
		}
		return fmt.Errorf("write to %s: %w: %s came while this write was made", w.Repo, ErrExists, strangers[0])
	}
	commits, err := w.remove(ctx, strangers)
	result.Commits += len(commits)
	if len(commits) > 0 {
		w.resultAt(result, commits[len(commits)-1])
	}
	return err
}

// remove deletes files of the branch, as far as they are still there, and returns the commits that it took.
func (w *Write) remove(ctx context.Context, paths []string) (commits []string, err error) {
	repo := hub.Dataset(w.Repo)
	for try := 1; len(paths) > 0; {
		info, err := w.client.Info(ctx, repo, w.Options.Revision)
		if err != nil {
			return commits, err
		}
		batch := paths[:min(len(paths), w.Options.MaxOperationsPerCommit)]
		entries, err := w.client.PathsInfo(ctx, repo, info.SHA, batch)
		if err != nil {
			return commits, err
		}
		var operations []hub.Operation
		for _, e := range entries {
			operations = append(operations, hub.DeleteFile{Path: e.Path})
		}
		if len(operations) > 0 {
			done, err := w.single(ctx, w.Options.Revision, info.SHA, w.summary(), operations, false)
			if errors.Is(err, hub.ErrConflict) && try < conflictTries {
				if err := pause(ctx, try); err != nil {
					return commits, err
				}
				try++
				continue
			}
			if err != nil {
				return commits, err
			}
			commits = append(commits, done.OID)
		}
		paths = paths[len(batch):]
	}
	return commits, nil
}

// gradually makes the commits on the branch itself: first those that add files, then those that remove. When one fails while files
// are added, these are taken back.
func (w *Write) gradually(ctx context.Context, c *change, batches [][]hub.Operation, result *Result) error {
	parent := c.base
	for i, batch := range batches {
		done, err := w.single(ctx, w.Options.Revision, parent, w.part(i, len(batches)), batch, false)
		switch {
		case err == nil:
			parent = done.OID
			result.Commit, result.URL = done.OID, done.URL
		case i == 0:
			return err
		case i*w.Options.MaxOperationsPerCommit <= len(c.adds): // Nothing has been removed.
			return w.takeBack(ctx, c, i, err)
		default:
			return fmt.Errorf("commit %d of %d failed; the new rows are on the branch %s, and some of those that they replace still are: overwrite again: %w",
				i+1, len(batches), w.Options.Revision, notConflict(err))
		}
	}
	return nil
}

// takeBack removes the files of the first commits. A conflict keeps its class, so that the write is planned anew.
func (w *Write) takeBack(ctx context.Context, c *change, commits int, cause error) error {
	there := map[string]bool{}
	for _, f := range c.target.files {
		there[f.Path] = true
	}
	var added []string
	for _, path := range c.paths[:min(commits*w.Options.MaxOperationsPerCommit, len(c.paths))] {
		if there[path] {
			return fmt.Errorf("the write failed after %d commits, which have replaced %s on the branch %s: %w", commits, path, w.Options.Revision, notConflict(cause))
		}
		added = append(added, path)
	}
	if _, err := w.remove(context.WithoutCancel(ctx), added); err != nil {
		return fmt.Errorf("the write failed after %d commits, which stay on the branch %s: %w", commits, w.Options.Revision, errors.Join(notConflict(cause), err))
	}
	return cause
}

// notConflict hides the class of a conflict: after the first commit the write cannot be planned anew.
func notConflict(err error) error {
	if errors.Is(err, hub.ErrConflict) {
		return errors.New(err.Error())
	}
	return err
}

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
	if err := w.client.MergePullRequest(ctx, repo, request.Number, ""); err != nil {
		return err
	}
	merged = true
	if info, err = w.client.Info(ctx, repo, w.Options.Revision); err != nil {
		return fmt.Errorf("the write was made, but looking it up failed: %w", err)
	}
	result.Commit, result.URL = info.SHA, fmt.Sprintf("%s/datasets/%s/commit/%s", w.client.Endpoint(), w.Repo, info.SHA)
	return w.dropStrangers(ctx, c, result)
}

// dropStrangers completes an overwrite when another write got in just before the merge: the files of the split that are not this
// write's are removed, since the last overwrite wins as a whole.
func (w *Write) dropStrangers(ctx context.Context, c *change, result *Result) error {
	if w.Options.Mode != Overwrite {
		return nil
	}
	t, err := w.look(ctx, result.Commit)
	if err != nil {
		return err
	}
	var strangers []hub.Operation
	for _, f := range t.files {
		if !slices.Contains(c.paths, f.Path) {
			strangers = append(strangers, hub.DeleteFile{Path: f.Path})
		}
	}
	for batch := range slices.Chunk(strangers, w.Options.MaxOperationsPerCommit) {
		done, err := w.single(ctx, w.Options.Revision, "", w.summary(), batch, false)
		if err != nil {
			return err
		}
		result.Commit, result.URL = done.OID, done.URL
		result.Commits++
	}
	return nil
}

// gradually makes the commits on the branch itself.
func (w *Write) gradually(ctx context.Context, c *change, batches [][]hub.Operation, result *Result) error {
	parent := c.base
	for i, batch := range batches {
		done, err := w.single(ctx, w.Options.Revision, parent, w.part(i, len(batches)), batch, false)
		if err != nil {
			if i > 0 {
				return fmt.Errorf("commit %d of %d failed, and those before it are on the branch %s: %w", i+1, len(batches), w.Options.Revision, notConflict(err))
			}
			return err
		}
		parent = done.OID
		result.Commit, result.URL = done.OID, done.URL
	}
	return nil
}

// notConflict hides the class of a conflict: after the first commit the write cannot be planned anew.
func notConflict(err error) error {
	if errors.Is(err, hub.ErrConflict) {
		return errors.New(err.Error())
	}
	return err
}

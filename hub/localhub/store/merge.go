package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Merge puts the changes of an open pull request on its target, as one commit, and marks it merged. title "" means the pull
// request's. Errors: [ErrRevision], [ErrConflict] when a file was changed on both sides or it is not open.
func (r *Repository) Merge(ctx context.Context, number int, title, description, author string) (result Result, err error) {
	err = r.change(ctx, func(g *gitFolder) error {
		result, err = r.merge(ctx, g, number, Change{Title: title, Description: description, Author: author})
		return err
	})
	if err != nil {
		return Result{}, fmt.Errorf("merge pull request %d of %s: %w", number, r.id, err)
	}
	return result, nil
}

func (r *Repository) merge(ctx context.Context, g *gitFolder, number int, c Change) (Result, error) {
	settings, err := r.Settings()
	if err != nil {
		return Result{}, err
	}
	at := slices.IndexFunc(settings.Discussions, func(d Discussion) bool { return d.Number == number && d.PullRequest })
	if at < 0 {
		return Result{}, ErrRevision
	}
	d := settings.Discussions[at]
	if d.Status != StatusOpen && d.Status != StatusDraft {
		return Result{}, fmt.Errorf("it is %s: %w", d.Status, ErrConflict)
	}
	if c.Title == "" {
		c.Title = fmt.Sprintf("%s (#%d)", d.Title, number)
	}
	c.Ref = d.Target
	if err := c.check(); err != nil {
		return Result{}, err
	}
	target, err := g.tip(d.Target)
	if err != nil {
		return Result{}, err
	}
	edit, err := g.mergeTrees(target, pullRef(number))
	if err != nil {
		return Result{}, err
	}
	b := r.batch(g)
	parent, _ := parseOID(target.SHA) // parseCommit has made it.
	id, err := b.commit(edit, []oid{parent}, signature{name: c.Author, when: time.Now()}, c.message())
	if err != nil {
		return Result{}, err
	}
	if err := errors.Join(b.write(), context.Cause(ctx)); err != nil {
		return Result{}, err
	}
	if err := g.refs.write(d.Target, id); err != nil {
		return Result{}, err
	}
	result := Result{Commit: id.String(), Ref: d.Target}
	return result, r.update(func(s *Settings) error {
		s.Discussions[at].Status, s.Discussions[at].MergeCommit = StatusMerged, result.Commit
		return nil
	})
}

// tip returns the commit that a ref is at.
func (g *gitFolder) tip(ref string) (Commit, error) {
	id, ok, err := g.refs.read(ref)
	if err != nil {
		return Commit{}, err
	}
	if !ok {
		return Commit{}, fmt.Errorf("%s: %w", ref, ErrRevision)
	}
	return g.objects.commit(id)
}

// mergeTrees puts what changed on a ref, since it left the target, on the target's tree.
func (g *gitFolder) mergeTrees(target Commit, ref string) (*treeEdit, error) {
	theirs, err := g.tip(ref)
	if err != nil {
		return nil, err
	}
	base, err := g.common(target, theirs)
	if err != nil {
		return nil, err
	}
	differences := map[string]difference{}
	before, _ := parseOID(base.Tree) // parseCommit has checked all three.
	after, _ := parseOID(theirs.Tree)
	onto, _ := parseOID(target.Tree)
	if err := g.objects.differences(before, after, "", differences); err != nil {
		return nil, err
	}
	edit := editTree(g.objects, onto)
	paths := make([]string, 0, len(differences))
	for path := range differences {
		paths = append(paths, path)
	}
	slices.SortFunc(paths, func(a, b string) int { // What goes makes place for what comes.
		return compareBool(differences[b].after == oid{}, differences[a].after == oid{})*2 + strings.Compare(a, b)
	})
	for _, path := range paths {
		if err := edit.merge(path, differences[path]); err != nil {
			return nil, &PathError{Path: path, Err: err}
		}
	}
	return edit, nil
}

// difference is what happened to a file. The zero id is that of no file.
type difference struct{ before, after oid }

// merge makes a change that was made elsewhere.
func (t *treeEdit) merge(path string, d difference) error {
	now, err := t.file(path)
	switch {
	case err != nil:
		return err
	case now == d.after:
		return nil // Both sides did the same.
	case now != d.before:
		return fmt.Errorf("it was changed on both sides: %w", ErrConflict)
	case d.after == oid{}:
		return t.remove(path, false)
	}
	return t.put(path, d.after)
}

// file returns the id of the file at path, the zero one if there is none.
func (t *treeEdit) file(path string) (oid, error) {
	f, name, err := t.parent(path, false)
	if errors.Is(err, ErrNoEntry) || errors.Is(err, ErrConflict) {
		return oid{}, nil
	}
	if err != nil {
		return oid{}, err
	}
	if e := f.entries[name]; !e.directory() {
		return e.id, nil
	}
	return oid{}, nil
}

// differences finds the files that differ between two trees.
func (db *database) differences(before, after oid, prefix string, out map[string]difference) error {
	if before == after {
		return nil
	}
	sides := [2]oid{before, after}
	entries := map[string][2]treeEntry{}
	for side, tree := range sides {
		if tree == (oid{}) {
			continue
		}
		list, err := db.tree(tree)
		if err != nil {
			return err
		}
		for _, e := range list {
			pair := entries[e.name]
			pair[side] = e
			entries[e.name] = pair
		}
	}
	for name, pair := range entries {
		var folders, files [2]oid
		for side, e := range pair {
			if e.directory() {
				folders[side] = e.id
			} else {
				files[side] = e.id
			}
		}
		if files[0] != files[1] {
			out[prefix+name] = difference{before: files[0], after: files[1]}
		}
		if err := db.differences(folders[0], folders[1], prefix+name+"/", out); err != nil {
			return err
		}
	}
	return nil
}

// common returns the commit at which two lines of history part.
func (g *gitFolder) common(a, b Commit) (Commit, error) {
	seen := map[string]bool{}
	for line := []*Commit{&a, &b}; ; {
		moved := false
		for _, c := range line {
			if seen[c.SHA] && c.SHA != "" {
				return *c, nil
			}
			if c.SHA == "" {
				continue
			}
			seen[c.SHA] = true
			next, err := g.before(*c)
			if err != nil {
				return Commit{}, err
			}
			*c, moved = next, true
		}
		if !moved {
			return Commit{}, fmt.Errorf("the branches have no common history: %w", ErrConflict)
		}
	}
}

// before returns the first parent of a commit; the zero one when it has none.
func (g *gitFolder) before(c Commit) (Commit, error) {
	if len(c.Parents) == 0 {
		return Commit{}, nil
	}
	id, ok := parseOID(c.Parents[0])
	if !ok {
		return Commit{}, fmt.Errorf("commit %s has a malformed parent: %w", c.SHA, ErrCorrupt)
	}
	return g.objects.commit(id)
}

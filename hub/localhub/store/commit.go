package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Kind says what an [Operation] does.
type Kind int

// The kinds of operations.
const (
	// Add puts a file with the content that WriteBlob returned OID for, or that the repository has had before, at Path. Content that
	// is an LFS pointer makes a large file, as in git.
	Add Kind = iota + 1
	// AddLFS puts a large file at Path: OID is its SHA-256, Size may be 0 for not known. Its content must be among the
	// repository's [Objects].
	AddLFS
	// Delete removes the file, or the folder with all in it, at Path.
	Delete
	// DeleteFolder removes the folder at Path.
	DeleteFolder
)

// Operation is one change of a commit.
type Operation struct {
	Kind Kind
	Path string
	OID  string
	Size int64
}

// Change is what a commit does. Its operations apply in order, so that of two on one path the last one wins.
type Change struct {
	// Ref is the branch in full: refs/heads/x, refs/pr/3, refs/convert/parquet. It must be there.
	Ref string
	// Parent is the commit in full that the writer believes to be the tip; "" for whatever it is.
	Parent string
	// Title is the message's first line or lines, Description the rest. An empty title is replaced by one that counts the changes.
	Title, Description string
	// Author is a user's name; "" is anonymous.
	Author     string
	Operations []Operation
	// PullRequest leaves Ref alone, and makes the commit the first of a new pull request to it, from Parent or its tip.
	PullRequest bool
}

// Result is a commit that was made.
type Result struct {
	Commit      string
	Ref         string // that it is the tip of
	PullRequest int    // its number when the change asked for one; else 0
}

// Commit makes a commit. It is there as a whole when Commit returns, and not at all when that fails or the process is killed.
// Commits of one repository happen one after another. A change without effect makes a commit, too.
//
// Errors: [ErrStaleParent], [ErrRevision] for the ref, [ErrReadOnly], and as [PathError]: [ErrBadPath], [ErrNoEntry] for a delete of
// what is not there, [ErrObjectMissing], [ErrContent] for a wrong size, [ErrConflict] for a file below another file.
func (r *Repository) Commit(ctx context.Context, c Change) (result Result, err error) {
	if err := c.check(); err != nil {
		return Result{}, fmt.Errorf("commit to %s: %w", r.id, err)
	}
	err = r.change(ctx, func(g *gitFolder) error {
		result, err = r.commitTo(ctx, g, c)
		return err
	})
	if err != nil {
		return Result{}, fmt.Errorf("commit to %s of %s: %w", c.Ref, r.id, err)
	}
	return result, nil
}

// check finds what is wrong with a change whatever the repository holds.
func (c Change) check() error {
	if !validRef(c.Ref) || strings.HasPrefix(c.Ref, tagPrefix) {
		return fmt.Errorf("%q is no branch: %w", c.Ref, ErrRevision)
	}
	if strings.ContainsRune(c.message(), 0) {
		return fmt.Errorf("the message holds a NUL: %w", ErrBadName)
	}
	for _, op := range c.Operations {
		if err := CheckPath(op.Path); err != nil {
			return err
		}
	}
	return nil
}

// objects are the large files that the change puts somewhere.
func (c Change) objects() []string {
	var out []string
	for _, op := range c.Operations {
		if op.Kind == AddLFS {
			out = append(out, op.OID)
		}
	}
	return out
}

// message is the commit's message.
func (c Change) message() string {
	title := strings.TrimSpace(c.Title)
	if title == "" {
		title = fmt.Sprintf("Change %d files", len(c.Operations))
	}
	if c.Description == "" {
		return title
	}
	return title + "\n\n" + c.Description
}

// commitTo makes the commit. The repository is held for changing.
func (r *Repository) commitTo(ctx context.Context, g *gitFolder, c Change) (Result, error) {
	parent, number, err := r.parentOf(g, c)
	if err != nil {
		return Result{}, err
	}
	before, err := g.objects.commit(parent)
	if err != nil {
		return Result{}, err
	}
	tree, _ := parseOID(before.Tree) // parseCommit has checked it.
	b, edit := r.batch(g), editTree(g.objects, tree)
	if err := r.apply(ctx, b, edit, c.Operations); err != nil {
		return Result{}, err
	}
	id, err := b.commit(edit, []oid{parent}, signature{name: c.Author, when: time.Now()}, c.message())
	if err != nil {
		return Result{}, err
	}
	out := Result{Commit: id.String(), Ref: c.Ref, PullRequest: number}
	if number > 0 {
		out.Ref = pullRef(number)
	}
	if err := r.store.objects.sync(c.objects()); err != nil {
		return Result{}, err
	}
	if err := b.write(); err != nil {
		return Result{}, err
	}
	if err := context.Cause(ctx); err != nil {
		return Result{}, err // Nothing refers to what was written, which stays unseen.
	}
	if err := g.refs.write(out.Ref, id); err != nil {
		return Result{}, err
	}
	if number > 0 {
		if err := r.recordPullRequest(number, c); err != nil {
			return Result{}, err
		}
	}
	if err := g.objects.tidy(); err != nil {
		r.store.log.Warn("cannot join packs of a repository; it stays whole", "repo", r.id, "cause", err)
	}
	return out, nil
}

// parentOf returns the commit that a change is to follow, and the number of the pull request to make.
func (r *Repository) parentOf(g *gitFolder, c Change) (parent oid, number int, err error) {
	tip, ok, err := g.refs.read(c.Ref)
	if err != nil {
		return oid{}, 0, err
	}
	if !ok {
		return oid{}, 0, ErrRevision
	}
	if !c.PullRequest {
		if c.Parent != "" && c.Parent != tip.String() {
			return oid{}, 0, fmt.Errorf("it is at %s, not %s: %w", tip, c.Parent, ErrStaleParent)
		}
		return tip, 0, nil
	}
	if c.Parent != "" {
		before, err := r.commit(g, c.Parent)
		if err != nil {
			return oid{}, 0, err
		}
		tip, _ = parseOID(before.SHA)
	}
	number, err = r.nextNumber(g)
	return tip, number, err
}

// commit adds the commit that an edit makes.
func (b *batch) commit(edit *treeEdit, parents []oid, who signature, message string) (oid, error) {
	tree, err := edit.finish(b.add)
	if err != nil {
		return oid{}, err
	}
	return b.add(kindCommit, encodeCommit(tree, parents, who, message))
}

// apply makes the changes of a commit.
func (r *Repository) apply(ctx context.Context, b *batch, edit *treeEdit, operations []Operation) error {
	for _, op := range operations {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		var err error
		switch op.Kind {
		case Add:
			err = r.applyAdd(b, edit, op)
		case AddLFS:
			err = r.applyAddLFS(b, edit, op)
		case Delete, DeleteFolder:
			err = edit.remove(op.Path, op.Kind == DeleteFolder)
		default:
			err = fmt.Errorf("operation %d is not known", op.Kind)
		}
		if err != nil {
			return &PathError{Path: op.Path, Err: err}
		}
	}
	return nil
}

func (r *Repository) applyAdd(b *batch, edit *treeEdit, op Operation) error {
	id, ok := parseOID(op.OID)
	if !ok {
		return ErrObjectMissing
	}
	large, err := r.largeBlob(b, id)
	if err != nil {
		return err
	}
	if large != nil {
		// Who knows the hash of a large file of another repository could name it in a pointer.
		if size, ok := r.Objects().Has(large.SHA256); !ok || size != large.Size {
			return fmt.Errorf("it is the LFS pointer of %s: %w", large.SHA256, ErrObjectMissing)
		}
	}
	return edit.put(op.Path, id)
}

// largeBlob adds a blob, and returns the object that it is a pointer to, if it is one.
func (r *Repository) largeBlob(b *batch, id oid) (*Object, error) {
	if waiting, ok := r.spool.get(id); ok {
		return waiting.pointer, b.blob(id)
	}
	kind, size, err := b.git.objects.stat(id)
	if errors.Is(err, errNoObject) || (err == nil && kind != kindBlob) {
		return nil, ErrObjectMissing
	}
	if err != nil || size > maxPointer {
		return nil, err
	}
	content, err := b.git.objects.expect(id, kindBlob)
	if err != nil {
		return nil, err
	}
	if hash, size, ok := parsePointer(content); ok {
		return &Object{SHA256: hash, Size: size}, nil
	}
	return nil, nil
}

func (r *Repository) applyAddLFS(b *batch, edit *treeEdit, op Operation) error {
	size, ok := r.Objects().Has(op.OID)
	if !ok {
		return fmt.Errorf("LFS object %s: %w", op.OID, ErrObjectMissing)
	}
	if op.Size != 0 && op.Size != size {
		return fmt.Errorf("LFS object %s has %d bytes, not %d: %w", op.OID, size, op.Size, ErrContent)
	}
	id, err := b.add(kindBlob, pointer(op.OID, size))
	if err != nil {
		return err
	}
	return edit.put(op.Path, id)
}

// Squash replaces the history of a branch by one commit with the same content. Errors: [ErrRevision].
func (r *Repository) Squash(branch, message, author string) (sha string, err error) {
	ref := branchRef(branch)
	c := Change{Ref: ref, Title: message, Author: author}
	if err := c.check(); err != nil {
		return "", err
	}
	err = r.change(context.Background(), func(g *gitFolder) error {
		tip, ok, err := g.refs.read(ref)
		if err != nil {
			return err
		}
		if !ok {
			return ErrRevision
		}
		before, err := g.objects.commit(tip)
		if err != nil {
			return err
		}
		tree, _ := parseOID(before.Tree) // parseCommit has checked it.
		if message == "" {
			c.Title = "Super-squash branch '" + strings.TrimPrefix(ref, branchPrefix) + "'"
		}
		b := r.batch(g)
		id, err := b.commit(editTree(g.objects, tree), nil, signature{name: author, when: time.Now()}, c.message())
		if err != nil {
			return err
		}
		if err := b.write(); err != nil {
			return err
		}
		sha = id.String()
		return g.refs.write(ref, id)
	})
	if err != nil {
		return "", fmt.Errorf("squash %s of %s: %w", ref, r.id, err)
	}
	return sha, nil
}

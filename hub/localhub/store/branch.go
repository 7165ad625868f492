package store

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// branchRef is the ref in full of a branch.
func branchRef(name string) string {
	if strings.HasPrefix(name, "refs/") {
		return name
	}
	return branchPrefix + name
}

// BranchOptions says how a branch is made. The zero value makes a new one.
type BranchOptions struct {
	Replace bool // a branch that is there already
	// Empty begins the branch with a commit of Author that has no files, and no parents.
	Empty  bool
	Author string
}

// CreateBranch makes a branch at a commit. A name that begins with refs/ is taken as a ref in full, of which only refs/heads/ and
// refs/convert/ can be made so. Errors: [ErrExists], [ErrBadName], [ErrRevision].
func (r *Repository) CreateBranch(name, sha string, o BranchOptions) error {
	ref := branchRef(name)
	if !validRef(ref) || !(strings.HasPrefix(ref, branchPrefix) || strings.HasPrefix(ref, convertPrefix)) || name == "HEAD" {
		return fmt.Errorf("branch %q: %w", name, ErrBadName)
	}
	if !o.Replace && !o.Empty {
		return r.createRef(ref, sha, nil)
	}
	return r.change(context.Background(), func(g *gitFolder) error {
		if err := g.refs.vacant(ref, o.Replace); err != nil {
			return err
		}
		id, err := r.branchStart(g, sha, o)
		if err != nil {
			return err
		}
		return g.refs.write(ref, id)
	})
}

// branchStart is the commit that a branch begins with.
func (r *Repository) branchStart(g *gitFolder, sha string, o BranchOptions) (oid, error) {
	if !o.Empty {
		if _, err := r.commit(g, sha); err != nil {
			return oid{}, err
		}
		id, _ := parseOID(sha) // r.commit has read it.
		return id, nil
	}
	b := r.batch(g)
	if _, err := b.add(kindTree, nil); err != nil {
		return oid{}, err
	}
	id, err := b.commit(editTree(g.objects, emptyTree), nil, signature{name: o.Author, when: time.Now()}, "initial commit")
	if err != nil {
		return oid{}, err
	}
	return id, b.write()
}

// vacant returns [ErrExists] when a ref cannot be made, because it or one above or below it is there; replace leaves out the ref itself.
func (r refs) vacant(ref string, replace bool) error {
	if replace {
		if _, there, err := r.read(ref); err != nil || there {
			return err
		}
	}
	free, err := r.free(ref)
	if err == nil && !free {
		err = fmt.Errorf("reference %s: %w", ref, ErrExists)
	}
	return err
}

// DeleteBranch removes a branch; its commits can still be named by their digits. Errors: [ErrRevision], [ErrProtected] for main.
func (r *Repository) DeleteBranch(name string) error {
	ref := branchRef(name)
	if ref == MainRef {
		return fmt.Errorf("%s: %w", ref, ErrProtected)
	}
	if !strings.HasPrefix(ref, branchPrefix) && !strings.HasPrefix(ref, convertPrefix) {
		return fmt.Errorf("branch %q: %w", name, ErrBadName)
	}
	return r.deleteRef(ref)
}

package store

import (
	"context"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// MainRef is the branch that every repository has.
const MainRef = "refs/heads/main"

// Repository is one dataset repository.
type Repository struct {
	id    string
	store *Store
	plain *plainFolder // the folder of that name, whether there is one or not
	spool *spool
	// writing is held while the repository changes; it is a channel so that who waits can be cancelled.
	writing chan struct{}

	mu       sync.Mutex
	git      *gitFolder // nil as long as nothing was written
	deleted  bool
	listings *listings
	recent   []*Snapshot // the one asked for last comes first
}

// gitFolder is a bare git repository.
type gitFolder struct {
	path    string
	disk    *disk
	objects *database
	refs    refs
}

func newGitFolder(path string, d *disk) *gitFolder {
	return &gitFolder{
		path: path, disk: d, refs: refs{folder: path, disk: d}, objects: &database{folder: filepath.Join(path, "objects"), disk: d},
	}
}

const headFile = "HEAD"

// init makes the folders that git looks for. Without HEAD it is no repository yet.
func (g *gitFolder) init() error {
	for _, name := range []string{"objects/info", "objects/pack", "refs/heads", "refs/tags"} {
		if err := g.disk.mkdir(filepath.Join(g.path, filepath.FromSlash(name))); err != nil {
			return err
		}
	}
	return g.disk.replace(filepath.Join(g.path, "config"), []byte("[core]\n\trepositoryformatversion = 0\n\tfilemode = false\n\tbare = true\n[gc]\n\tauto = 0\n"))
}

// complete makes it a repository.
func (g *gitFolder) complete() error {
	return g.disk.replace(filepath.Join(g.path, headFile), []byte("ref: "+MainRef+"\n"))
}

// isGit tells whether there is a repository.
func (g *gitFolder) isGit() bool {
	_, err := os.Stat(filepath.Join(g.path, headFile))
	return err == nil
}

// ID returns <namespace>/<name> as the repository is spelled.
func (r *Repository) ID() string { return r.id }

// folder is where everything is kept that was written to the repository.
func (r *Repository) folder() string { return r.store.folderOf(r.id) }

// managed returns the git repository, or nil when this is a plain folder.
func (r *Repository) managed() *gitFolder {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.git
}

// Plain tells whether this is a plain folder that nothing was written to yet. It has one commit, made of its present content.
func (r *Repository) Plain() bool { return r.managed() == nil }

// Resolve returns the commit that a revision names: a branch, a tag, a commit by all or at least the first four of its digits, or
// a ref in full (refs/heads/x, refs/tags/x, refs/pr/1, refs/convert/parquet). "" and HEAD are the branch main. A branch goes before
// a tag of the same name. Errors: [ErrRevision].
func (r *Repository) Resolve(revision string) (sha string, err error) {
	g := r.managed()
	if g == nil {
		return r.plain.resolve(revision)
	}
	id, err := g.resolve(revision)
	if err != nil {
		return "", fmt.Errorf("revision %q of %s: %w", revision, r.id, err)
	}
	return id.String(), nil
}

// Commit is a commit of a repository.
type Commit struct {
	SHA     string
	Tree    string   // git's id of its root directory
	Parents []string // none for the first commit
	Title   string   // the first line of its message
	Message string   // the rest
	Author  string   // a user's name
	Date    time.Time
}

// commit reads a commit by its id in full.
func (r *Repository) commit(g *gitFolder, sha string) (Commit, error) {
	id, ok := parseOID(sha)
	if ok {
		kind, _, err := g.objects.stat(id)
		if ok = err == nil && kind == kindCommit; ok {
			return g.objects.commit(id)
		}
	}
	return Commit{}, fmt.Errorf("commit %q of %s: %w", sha, r.id, ErrRevision)
}

// Log lists the commit sha and those before it, along first parents, the newest first. Errors: [ErrRevision].
func (r *Repository) Log(sha string) iter.Seq2[Commit, error] {
	return func(yield func(Commit, error) bool) {
		g := r.managed()
		if g == nil {
			s, err := r.plain.snapshot(sha)
			if err != nil {
				yield(Commit{}, err)
				return
			}
			yield(s.commit, nil)
			return
		}
		for next := sha; ; {
			c, err := r.commit(g, next)
			if !yield(c, err) || err != nil || len(c.Parents) == 0 {
				return
			}
			next = c.Parents[0]
		}
	}
}

// Ref is a name of a commit.
type Ref struct {
	Name   string // short: main, v1, 3 (of refs/pr/3), parquet (of refs/convert/parquet)
	Ref    string // in full
	Commit string // for an annotated tag, the commit that it is on
}

// Refs are all refs of a repository, each kind in the order of names (pull requests by number). main comes first.
type Refs struct{ Branches, Tags, Converts, PullRequests []Ref }

// change calls do alone among the changes of this repository, after it has been imported if it is a plain folder.
func (r *Repository) change(ctx context.Context, do func(*gitFolder) error) error {
	release, err := r.begin(ctx)
	if err != nil {
		return err
	}
	defer release()
	if r.managed() == nil {
		if err := r.adopt(ctx); err != nil {
			return fmt.Errorf("import the folder of %s: %w", r.id, err)
		}
	}
	return do(r.managed())
}

// begin waits until the repository may be changed.
func (r *Repository) begin(ctx context.Context) (release func(), err error) {
	if r.store.readOnly {
		return nil, fmt.Errorf("change %s: %w", r.id, ErrReadOnly)
	}
	select {
	case r.writing <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	release = func() { <-r.writing }
	r.mu.Lock()
	deleted := r.deleted
	r.mu.Unlock()
	if deleted {
		release()
		return nil, fmt.Errorf("%s: %w", r.id, ErrNotFound)
	}
	return release, nil
}

// createRef makes a ref at a commit, or at the object that annotate makes for it.
func (r *Repository) createRef(ref, sha string, annotate func(*gitFolder, oid) (oid, error)) error {
	return r.change(context.Background(), func(g *gitFolder) error {
		if _, err := r.commit(g, sha); err != nil {
			return err
		}
		if err := g.refs.vacant(ref, false); err != nil {
			return err
		}
		id, _ := parseOID(sha) // r.commit has read it.
		if annotate != nil {
			var err error
			if id, err = annotate(g, id); err != nil {
				return err
			}
		}
		return g.refs.write(ref, id)
	})
}

func (r *Repository) deleteRef(ref string) error {
	return r.change(context.Background(), func(g *gitFolder) error {
		_, ok, err := g.refs.read(ref)
		if err != nil {
			return err
		}
		if !ok {
			return fmt.Errorf("%s of %s: %w", ref, r.id, ErrRevision)
		}
		return g.refs.delete(ref)
	})
}

// CreateTag puts a tag on a commit: an annotated one when message is not empty. Errors: [ErrExists], [ErrBadName], [ErrRevision].
func (r *Repository) CreateTag(name, sha, message, author string) error {
	ref := tagPrefix + name
	if !validRef(ref) || strings.ContainsRune(message, 0) {
		return fmt.Errorf("tag %q: %w", name, ErrBadName)
	}
	if message == "" {
		return r.createRef(ref, sha, nil)
	}
	return r.createRef(ref, sha, func(g *gitFolder, target oid) (oid, error) {
		b := r.batch(g)
		id, err := b.add(kindTag, encodeTag(target, name, signature{name: author, when: time.Now()}, message))
		if err != nil {
			return oid{}, err
		}
		return id, b.write()
	})
}

// DeleteTag removes a tag. Errors: [ErrRevision].
func (r *Repository) DeleteTag(name string) error { return r.deleteRef(tagPrefix + name) }

// WriteBlob takes in the content of a file that is not in LFS, and returns git's id of it for an [Add]. It is kept on disk for at
// least a day for a [Repository.Commit] to take it over.
func (r *Repository) WriteBlob(ctx context.Context, content io.Reader) (oid string, size int64, err error) {
	if r.store.readOnly {
		return "", 0, fmt.Errorf("write to %s: %w", r.id, ErrReadOnly)
	}
	id, size, err := r.spool.put(ctx, content, r.has)
	if err != nil {
		return "", 0, fmt.Errorf("take in a file for %s: %w", r.id, err)
	}
	return id.String(), size, nil
}

// has tells whether the repository holds a git object.
func (r *Repository) has(id oid) (bool, error) {
	g := r.managed()
	if g == nil {
		return false, nil
	}
	return g.objects.has(id)
}

// batch collects objects that are written together.
type batch struct {
	git   *gitFolder
	spool *spool
	fresh []packed
	blobs []oid // of the spool
	known map[oid]bool
}

func (r *Repository) batch(g *gitFolder) *batch {
	return &batch{git: g, spool: r.spool, known: map[oid]bool{}}
}

// add adds an object, unless the repository has it.
func (b *batch) add(kind objectKind, content []byte) (oid, error) {
	id := objectID(kind, content)
	if b.known[id] {
		return id, nil
	}
	b.known[id] = true
	have, err := b.git.objects.has(id)
	if err == nil && !have {
		b.fresh = append(b.fresh, packObject(kind, content))
	}
	return id, err
}

// blob adds a blob of the spool.
func (b *batch) blob(id oid) error {
	if b.known[id] {
		return nil
	}
	b.known[id] = true
	have, err := b.git.objects.has(id)
	if err == nil && !have {
		b.blobs = append(b.blobs, id)
	}
	return err
}

// write writes the objects, durably.
func (b *batch) write() error {
	if len(b.fresh)+len(b.blobs) == 0 {
		return nil
	}
	p, err := newPack(b.git.disk, len(b.fresh)+len(b.blobs))
	if err != nil {
		return err
	}
	for _, id := range b.blobs {
		if err := b.spool.take(id, p); err != nil {
			p.abort()
			return err
		}
	}
	for _, o := range b.fresh {
		p.add(o)
	}
	index, err := p.finish(b.git.objects.packFolder())
	if err != nil {
		return err
	}
	if err := b.git.objects.adopt(index); err != nil {
		return err
	}
	b.spool.forget(b.blobs)
	return nil
}

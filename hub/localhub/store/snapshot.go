package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"slices"
)

// Entry is a file or folder of a snapshot.
type Entry struct {
	Path      string
	Directory bool
	// OID is git's id: of the content, of the pointer of a large file, of the tree of a folder.
	OID string
	// Size is that of the content in bytes; 0 for folders.
	Size int64
	// SHA256 is the hash of the content of a large file; "" for others.
	SHA256 string
}

// Large tells whether the file is in LFS.
func (e Entry) Large() bool { return e.SHA256 != "" }

// Hash is the one that clients know a file's content by: SHA-256 for large files, git's id for others.
func (e Entry) Hash() string {
	if e.Large() {
		return e.SHA256
	}
	return e.OID
}

// Pointer is what git holds in place of a large file (git-lfs, docs/spec.md).
func (e Entry) Pointer() []byte { return pointer(e.SHA256, e.Size) }

// Snapshot is the content of a repository at a commit. It takes no memory to speak of, and needs no closing.
type Snapshot struct {
	repo    *Repository
	git     *gitFolder // nil for a plain folder
	commit  Commit
	listing *listing
	files   map[string]*plainFile // of a plain folder
}

// Snapshot returns what the repository holds at a commit that [Repository.Resolve] returned. Errors: [ErrRevision].
func (r *Repository) Snapshot(sha string) (*Snapshot, error) {
	g := r.managed()
	if g == nil {
		s, err := r.plain.snapshot(sha)
		if err != nil {
			return nil, err
		}
		return &Snapshot{repo: r, commit: s.commit, listing: s.listing, files: s.files}, nil
	}
	if s := r.recall(sha); s != nil {
		return s, nil
	}
	c, err := r.commit(g, sha)
	if err != nil {
		return nil, err
	}
	s := &Snapshot{repo: r, git: g, commit: c}
	if s.listing, err = s.list(); err != nil {
		return nil, fmt.Errorf("list %s at %s: %w", r.id, sha, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.recent = slices.Insert(r.recent, 0, s)[:min(len(r.recent)+1, keptListings)]
	return s, nil
}

// recall returns the snapshot of a commit that was asked for not long ago, or nil.
func (r *Repository) recall(sha string) *Snapshot {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := slices.IndexFunc(r.recent, func(s *Snapshot) bool { return s.commit.SHA == sha })
	if i < 0 {
		return nil
	}
	s := r.recent[i]
	r.recent = slices.Insert(slices.Delete(r.recent, i, i+1), 0, s)
	return s
}

// list gets the listing of a git repository's tree.
func (s *Snapshot) list() (*listing, error) {
	tree, _ := parseOID(s.commit.Tree) // parseCommit has checked it.
	return s.repo.listingsOf(s.git).get(tree)
}

// open opens the listing. One that was thrown away meanwhile is made again.
func (s *Snapshot) open() (*listingReader, error) {
	r, err := s.listing.open()
	if s.git == nil || (!errors.Is(err, fs.ErrNotExist) && !isNotDir(err)) {
		return r, err
	}
	again, err := s.list()
	if err != nil {
		return nil, err
	}
	return again.open()
}

// Commit returns the commit.
func (s *Snapshot) Commit() Commit { return s.commit }

// Len is the number of entries, folders among them.
func (s *Snapshot) Len() int { return s.listing.n }

// Bytes is the size of all files together.
func (s *Snapshot) Bytes() int64 { return s.listing.used }

// Entry finds a file or folder. Errors: [ErrNoEntry] in a [PathError].
func (s *Snapshot) Entry(path string) (Entry, error) {
	r, err := s.open()
	if err != nil {
		return Entry{}, err
	}
	defer r.Close()
	e, _, ok, err := r.find(path)
	if err == nil && !ok {
		err = &PathError{Path: path, Err: ErrNoEntry}
	}
	return e, err
}

// Entries lists all files and folders in git's order: each folder is followed by what is in it.
func (s *Snapshot) Entries() iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		r, err := s.open()
		if err != nil {
			yield(Entry{}, err)
			return
		}
		defer r.Close()
		scan, err := r.scan(0, r.n)
		if err != nil {
			yield(Entry{}, err)
			return
		}
		for scan.next() {
			if !yield(scan.entry, nil) {
				return
			}
		}
		if scan.err != nil {
			yield(Entry{}, scan.err)
		}
	}
}

// Page lists at most limit entries below the folder dir ("" is the root), from a cursor on: 0, or the next that the page before
// returned. next is 0 after the last page. Errors: [ErrNoEntry] in a [PathError] when dir is no folder.
func (s *Snapshot) Page(dir string, recursive bool, cursor, limit int) (entries []Entry, next int, err error) {
	r, err := s.open()
	if err != nil {
		return nil, 0, err
	}
	defer r.Close()
	begin, end := 0, r.n
	if dir != "" {
		if begin, end, err = r.below(dir); err != nil {
			return nil, 0, err
		}
	}
	begin = max(begin, cursor)
	if recursive {
		entries, err = r.slice(begin, min(begin+limit, end))
		if next = begin + limit; next >= end {
			next = 0
		}
		return entries, next, err
	}
	for at := begin; at < end; {
		if len(entries) == limit {
			return entries, at, nil
		}
		e, err := r.at(at)
		if err != nil {
			return nil, 0, err
		}
		entries = append(entries, e)
		at++
		if e.Directory {
			if at, err = r.from(e.Path + after); err != nil {
				return nil, 0, err
			}
		}
	}
	return entries, 0, nil
}

// after is the byte after the slash: what is in a folder comes before the folder's name and it.
const after = "0"

// below returns which entries are in a folder.
func (r *listingReader) below(dir string) (begin, end int, err error) {
	e, at, ok, err := r.find(dir)
	if err != nil {
		return 0, 0, err
	}
	if !ok || !e.Directory {
		return 0, 0, &PathError{Path: dir, Err: ErrNoEntry}
	}
	end, err = r.from(dir + after)
	return at + 1, end, err
}

// slice returns the entries from i to j.
func (r *listingReader) slice(i, j int) ([]Entry, error) {
	if i >= j {
		return nil, nil
	}
	scan, err := r.scan(i, j)
	if err != nil {
		return nil, err
	}
	out := make([]Entry, 0, j-i)
	for scan.next() {
		out = append(out, scan.entry)
	}
	return out, scan.err
}

// Open opens the content of a file. For a large file that is no pointer but the content. Errors: [ErrGone], [ErrObjectMissing].
func (s *Snapshot) Open(e Entry) (io.ReadSeekCloser, error) {
	switch {
	case s.git == nil:
		f := s.files[e.Path]
		if f == nil || f.entry() != e {
			return nil, &PathError{Path: e.Path, Err: ErrNoEntry}
		}
		opened, err := s.repo.store.openPlain(f)
		if err != nil {
			return nil, &PathError{Path: e.Path, Err: err}
		}
		return opened, nil
	case e.Large():
		opened, err := s.repo.Objects().Open(e.SHA256)
		if err != nil {
			return nil, &PathError{Path: e.Path, Err: err}
		}
		return opened, nil
	}
	id, ok := parseOID(e.OID)
	if !ok || e.Directory {
		return nil, &PathError{Path: e.Path, Err: ErrNoEntry}
	}
	content, _, err := s.git.objects.open(id)
	if err != nil {
		return nil, &PathError{Path: e.Path, Err: err}
	}
	return content, nil
}

// Content opens the content of a large file by its hash. path is where it is in the repository; it is needed for plain folders
// only. Errors: [ErrObjectMissing], [ErrGone].
func (r *Repository) Content(sha256, path string) (content io.ReadSeekCloser, size int64, err error) {
	if r.managed() != nil {
		f, err := r.Objects().Open(sha256)
		if err != nil {
			return nil, 0, err
		}
		info, err := f.Stat()
		if err != nil {
			return nil, 0, errors.Join(err, f.Close())
		}
		return f, info.Size(), nil
	}
	for _, at := range r.plain.versions() {
		if f := at.files[path]; f != nil && f.sha256 == sha256 {
			opened, err := r.store.openPlain(f)
			if err != nil {
				return nil, 0, err
			}
			return opened, f.stamp.size, nil
		}
	}
	return nil, 0, fmt.Errorf("%s of %s: %w", path, r.id, ErrObjectMissing)
}

// LastCommits tells for each path the commit that changed it last.
func (s *Snapshot) LastCommits(paths []string) (map[string]Commit, error) {
	out := make(map[string]Commit, len(paths))
	if s.git == nil {
		for _, path := range paths {
			out[path] = s.commit
		}
		return out, nil
	}
	h := historyReader{objects: s.git.objects, found: out}
	return out, h.follow(s.commit, paths)
}

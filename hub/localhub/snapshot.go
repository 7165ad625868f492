package localhub

import (
	"path"
	"slices"
	"strings"

	"github.com/hfspark/hfspark/hub/wire"
)

// file is a file of a snapshot.
type file struct {
	path   string // in the repository
	source string // in the root folder
	stamp  stamp
	oid    string // git's blob id: of the content, or of the LFS pointer
	sha256 string // of the content of a large file; "" for others
}

func (f *file) large() bool { return f.sha256 != "" }

// etag is the content hash under which clients keep the file.
func (f *file) etag() string {
	if f.large() {
		return f.sha256
	}
	return f.oid
}

// snapshot is the content of a repository at a commit.
type snapshot struct {
	commit  string
	entries []wire.Entry // all of them: each directory is followed by what is in it
	index   map[string]int
	files   map[string]*file
	used    int64 // bytes of all files
}

// newSnapshot computes trees and commit of the given files.
func newSnapshot(files []*file) (*snapshot, error) {
	s := &snapshot{index: map[string]int{}, files: make(map[string]*file, len(files))}
	children := map[string][]string{} // directory → names; a directory's own name ends in a slash
	for _, f := range files {
		s.files[f.path] = f
		s.used += f.stamp.size
		for name, dir := path.Base(f.path), path.Dir(f.path); ; name, dir = path.Base(dir)+"/", path.Dir(dir) {
			seen := children[dir] != nil
			children[dir] = append(children[dir], name)
			if dir == "." || seen {
				break
			}
		}
	}
	tree, err := s.add(".", children)
	if err != nil {
		return nil, err
	}
	s.commit = commitID(tree)
	return s, nil
}

// add appends the entries below dir, in git's order, and returns the id of its tree.
func (s *snapshot) add(dir string, children map[string][]string) (string, error) {
	names := children[dir]
	slices.Sort(names)
	items := make([]treeEntry, 0, len(names))
	for _, name := range names {
		at := len(s.entries)
		if sub, directory := strings.CutSuffix(name, "/"); directory {
			full := path.Join(dir, sub)
			s.index[full] = at
			s.entries = append(s.entries, wire.Entry{Type: wire.TypeDirectory, Path: full})
			id, err := s.add(full, children)
			if err != nil {
				return "", err
			}
			s.entries[at].OID = id
			items = append(items, treeEntry{name: sub, id: id, directory: true})
			continue
		}
		f := s.files[path.Join(dir, name)]
		s.index[f.path] = at
		s.entries = append(s.entries, f.entry())
		items = append(items, treeEntry{name: name, id: f.oid})
	}
	return treeID(items)
}

func (f *file) entry() wire.Entry {
	e := wire.Entry{Type: wire.TypeFile, Path: f.path, OID: f.oid, Size: f.stamp.size}
	if f.large() {
		e.LFS = &wire.LFS{OID: f.sha256, Size: f.stamp.size, PointerSize: int64(len(pointer(f.sha256, f.stamp.size)))}
	}
	return e
}

// list returns the entries of the directory dir ("" is the root); ok is false when there is none.
func (s *snapshot) list(dir string, recursive bool) (entries []wire.Entry, ok bool) {
	below := s.entries
	prefix := ""
	if dir != "" {
		at, known := s.index[dir]
		if !known || s.entries[at].Type != wire.TypeDirectory {
			return nil, false
		}
		prefix = dir + "/"
		end := at + 1
		for end < len(s.entries) && strings.HasPrefix(s.entries[end].Path, prefix) {
			end++
		}
		below = s.entries[at+1 : end]
	}
	if recursive {
		return below, true
	}
	for _, e := range below {
		if !strings.Contains(e.Path[len(prefix):], "/") {
			entries = append(entries, e)
		}
	}
	return entries, true
}

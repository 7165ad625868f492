package store

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// refs are the refs of one repository: files below refs, and the lines of packed-refs, which git may have made.
type refs struct {
	folder string // of the repository
	disk   *disk
}

const packedRefs = "packed-refs"

func (r refs) path(ref string) string { return filepath.Join(r.folder, filepath.FromSlash(ref)) }

// read returns the object that a ref names: a commit, or an annotated tag.
func (r refs) read(ref string) (id oid, ok bool, err error) {
	if !validRef(ref) {
		return oid{}, false, nil
	}
	id, ok, err = r.readFile(ref)
	if ok || err != nil {
		return id, ok, err
	}
	packed, err := r.packed()
	id, ok = packed[ref]
	return id, ok, err
}

func (r refs) readFile(ref string) (id oid, ok bool, err error) {
	path := r.path(ref)
	content, err := os.ReadFile(path)
	if err != nil {
		if info, statErr := os.Stat(path); errors.Is(err, fs.ErrNotExist) || (statErr == nil && info.IsDir()) || isNotDir(err) {
			return oid{}, false, nil
		}
		return oid{}, false, err
	}
	if id, ok = parseOID(strings.TrimSpace(string(content))); !ok {
		return oid{}, false, fmt.Errorf("the ref %s: %w", path, ErrCorrupt)
	}
	return id, true, nil
}

// packed reads the refs that git has put together in one file.
func (r refs) packed() (map[string]oid, error) {
	content, err := os.ReadFile(r.path(packedRefs))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	out := map[string]oid{}
	for lines := bufio.NewScanner(bytes.NewReader(content)); lines.Scan(); {
		text, ref, _ := strings.Cut(lines.Text(), " ")
		if id, ok := parseOID(text); ok && validRef(ref) {
			out[ref] = id
		}
	}
	return out, nil
}

// all returns all refs in full.
func (r refs) all() (map[string]oid, error) {
	out, err := r.packed()
	if err != nil {
		return nil, err
	}
	if out == nil {
		out = map[string]oid{}
	}
	err = filepath.WalkDir(r.path("refs"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if errors.Is(err, fs.ErrNotExist) {
				return nil // Deleted meanwhile.
			}
			return err
		}
		ref, err := filepath.Rel(r.folder, path)
		if ref = filepath.ToSlash(ref); err != nil || !validRef(ref) {
			return err
		}
		id, ok, err := r.readFile(ref)
		if ok {
			out[ref] = id
		}
		return err
	})
	return out, err
}

// write moves a ref, or makes it. Which it names is durable when write returns.
func (r refs) write(ref string, id oid) error {
	path := r.path(ref)
	if err := r.disk.mkdir(filepath.Dir(path)); err != nil {
		return err
	}
	return r.disk.replace(path, []byte(id.String()+"\n"))
}

// free tells whether a new ref can have that name. Git keeps refs in files, so that a and a/b exclude each other.
func (r refs) free(ref string) (bool, error) {
	all, err := r.all()
	if err != nil {
		return false, err
	}
	for known := range all {
		if known == ref || strings.HasPrefix(known, ref+"/") || strings.HasPrefix(ref, known+"/") {
			return false, nil
		}
	}
	return true, nil
}

// delete removes a ref.
func (r refs) delete(ref string) error {
	packed, err := r.packed()
	if err != nil {
		return err
	}
	if _, ok := packed[ref]; ok {
		delete(packed, ref)
		if err := r.writePacked(packed); err != nil {
			return err
		}
	}
	path := r.path(ref)
	if err := r.disk.remove(path); err != nil && !isNotDir(err) {
		return err
	}
	folder := filepath.Dir(path)
	if _, err := os.Stat(folder); err == nil {
		if err := r.disk.sync(folder); err != nil {
			return err
		}
	}
	for range strings.Count(ref, "/") - 2 {
		if os.Remove(folder) != nil {
			break // It holds others.
		}
		folder = filepath.Dir(folder)
	}
	return nil
}

func (r refs) writePacked(refs map[string]oid) error {
	var b bytes.Buffer
	b.WriteString("# pack-refs with: sorted \n")
	for _, ref := range slices.Sorted(maps.Keys(refs)) {
		fmt.Fprintf(&b, "%s %s\n", refs[ref], ref)
	}
	return r.disk.replace(r.path(packedRefs), b.Bytes())
}

// The kinds of refs.
const (
	branchPrefix  = "refs/heads/"
	tagPrefix     = "refs/tags/"
	convertPrefix = "refs/convert/"
	pullPrefix    = "refs/pr/"
)

// Refs lists the refs.
func (r *Repository) Refs() (Refs, error) {
	folder := r.managed()
	if folder == nil {
		s, err := r.plain.current()
		if err != nil {
			return Refs{}, err
		}
		return Refs{Branches: []Ref{{Name: "main", Ref: MainRef, Commit: s.commit.SHA}}}, nil
	}
	all, err := folder.refs.all()
	if err != nil {
		return Refs{}, err
	}
	var out Refs
	for ref, id := range all {
		for prefix, list := range map[string]*[]Ref{
			branchPrefix: &out.Branches, tagPrefix: &out.Tags, convertPrefix: &out.Converts, pullPrefix: &out.PullRequests,
		} {
			name, ok := strings.CutPrefix(ref, prefix)
			if !ok {
				continue
			}
			commit, err := folder.peel(id)
			if errors.Is(err, ErrRevision) {
				continue // A tag on a file or a folder, which the Hub does not show either.
			}
			if err != nil {
				return Refs{}, err
			}
			*list = append(*list, Ref{Name: name, Ref: ref, Commit: commit.String()})
		}
	}
	for _, list := range [][]Ref{out.Branches, out.Tags, out.Converts, out.PullRequests} {
		slices.SortFunc(list, compareRefs)
	}
	return out, nil
}

func compareRefs(a, b Ref) int {
	x, _ := strconv.Atoi(a.Name)
	y, _ := strconv.Atoi(b.Name)
	return cmp.Or(-compareBool(a.Ref == MainRef, b.Ref == MainRef), cmp.Compare(x, y), cmp.Compare(a.Name, b.Name))
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// peel follows annotated tags to the commit that they are on.
func (g *gitFolder) peel(id oid) (oid, error) {
	for range maxTags {
		kind, _, err := g.objects.stat(id)
		if err != nil {
			return oid{}, err
		}
		if kind == kindCommit {
			return id, nil
		}
		if kind != kindTag {
			break
		}
		content, err := g.objects.expect(id, kindTag)
		if err != nil {
			return oid{}, err
		}
		var ok bool
		if id, ok = parseTag(content); !ok {
			break
		}
	}
	return oid{}, ErrRevision
}

// maxTags bounds how many tags are on tags.
const maxTags = 8

// minPrefix is how many digits of a commit are enough to name it, as in git.
const minPrefix = 4

// resolve finds the commit that a revision names.
func (g *gitFolder) resolve(revision string) (oid, error) {
	candidates := []string{branchPrefix + revision, tagPrefix + revision}
	switch {
	case revision == "" || revision == "HEAD":
		candidates = []string{MainRef}
	case strings.HasPrefix(revision, "refs/"):
		candidates = append([]string{revision}, candidates...)
	}
	if id, ok := parseOID(revision); ok { // Whatever refs are called, a commit in full is itself.
		if kind, _, err := g.objects.stat(id); err == nil && kind == kindCommit {
			return id, nil
		}
	}
	for _, ref := range candidates {
		id, ok, err := g.refs.read(ref)
		if err != nil {
			return oid{}, err
		}
		if ok {
			return g.peel(id)
		}
	}
	if len(revision) < minPrefix || len(revision) >= 40 || strings.Trim(revision, "0123456789abcdef") != "" {
		return oid{}, ErrRevision
	}
	found, err := g.objects.withPrefix(revision)
	if err != nil {
		return oid{}, err
	}
	if len(found) != 1 {
		return oid{}, ErrRevision
	}
	return found[0], nil
}

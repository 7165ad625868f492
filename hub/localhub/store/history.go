package store

import (
	"strings"
)

// historyReader finds out where files changed last.
type historyReader struct {
	objects *database
	found   map[string]Commit
}

// follow goes back from a commit until each of the paths has changed, along first parents.
func (h *historyReader) follow(c Commit, paths []string) error {
	for len(paths) > 0 {
		before := Commit{Tree: emptyTree.String()}
		if len(c.Parents) > 0 {
			id, _ := parseOID(c.Parents[0])
			var err error
			if before, err = h.objects.commit(id); err != nil {
				return err
			}
		}
		new, _ := parseOID(c.Tree) // parseCommit has checked both.
		old, _ := parseOID(before.Tree)
		same, err := h.unchanged(new, old, paths)
		if err != nil {
			return err
		}
		still := map[string]bool{}
		for _, path := range same {
			still[path] = true
		}
		for _, path := range paths {
			if !still[path] || len(c.Parents) == 0 {
				h.found[path] = c
			}
		}
		if len(c.Parents) == 0 {
			return nil
		}
		paths, c = same, before
	}
	return nil
}

// unchanged returns those of the paths that are the same in two trees.
func (h *historyReader) unchanged(new, old oid, paths []string) ([]string, error) {
	if new == old {
		return paths, nil
	}
	after, err := h.objects.tree(new)
	if err != nil {
		return nil, err
	}
	before, err := h.objects.tree(old)
	if err != nil {
		return nil, err
	}
	names := make(map[string]treeEntry, len(after))
	for _, e := range after {
		names[e.name] = e
	}
	olds := make(map[string]treeEntry, len(before))
	for _, e := range before {
		olds[e.name] = e
	}
	inside := map[string][]string{} // by folder: the rest of the paths
	var same []string
	for _, path := range paths {
		name, rest, more := strings.Cut(path, "/")
		switch {
		case names[name].id == olds[name].id:
			same = append(same, path)
		case more && names[name].directory() && olds[name].directory():
			inside[name] = append(inside[name], rest)
		}
	}
	for name, rests := range inside {
		still, err := h.unchanged(names[name].id, olds[name].id, rests)
		if err != nil {
			return nil, err
		}
		for _, rest := range still {
			same = append(same, name+"/"+rest)
		}
	}
	return same, nil
}

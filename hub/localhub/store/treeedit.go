package store

import (
	"errors"
	"slices"
	"strings"
)

// treeEdit is a tree that is being changed. Only folders on the way to what changes are read.
type treeEdit struct {
	objects *database
	root    *folderEdit
}

// folderEdit is a folder of a [treeEdit].
type folderEdit struct {
	id      oid // as it was; only of use until it changes
	read    bool
	changed bool
	entries map[string]treeEntry   // of folders that were entered, the ones in below count
	below   map[string]*folderEdit // the folders that were entered
}

func editTree(objects *database, tree oid) *treeEdit {
	return &treeEdit{objects: objects, root: &folderEdit{id: tree}}
}

// load reads a folder's entries.
func (t *treeEdit) load(f *folderEdit) error {
	if f.read {
		return nil
	}
	entries, err := t.objects.tree(f.id)
	if err != nil {
		return err
	}
	f.read, f.entries, f.below = true, make(map[string]treeEntry, len(entries)), map[string]*folderEdit{}
	for _, e := range entries {
		f.entries[e.name] = e
	}
	return nil
}

// enter returns the folder called name in f. It is nil when there is none and it is not to be made.
func (t *treeEdit) enter(f *folderEdit, name string, create bool) (*folderEdit, error) {
	if err := t.load(f); err != nil {
		return nil, err
	}
	if below := f.below[name]; below != nil {
		return below, nil
	}
	e, ok := f.entries[name]
	switch {
	case ok && !e.directory():
		return nil, ErrConflict
	case !ok && !create:
		return nil, ErrNoEntry
	}
	below := &folderEdit{id: e.id}
	if !ok {
		below = &folderEdit{id: emptyTree, changed: true}
	}
	f.below[name] = below
	f.entries[name] = treeEntry{mode: modeDirectory, name: name}
	return below, nil
}

// parent returns the folder that path is in, and the rest of its name, and marks all folders on the way as changed.
func (t *treeEdit) parent(path string, create bool) (*folderEdit, string, error) {
	f := t.root
	for {
		name, rest, more := strings.Cut(path, "/")
		if !more {
			return f, name, t.load(f)
		}
		below, err := t.enter(f, name, create)
		if err != nil {
			return nil, "", err
		}
		f, path = below, rest
	}
}

// touch marks the folders on the way to path as changed.
func (t *treeEdit) touch(path string) {
	f := t.root
	for f != nil {
		f.changed = true
		name, rest, more := strings.Cut(path, "/")
		if !more {
			return
		}
		f, path = f.below[name], rest
	}
}

// put puts a file at path.
func (t *treeEdit) put(path string, id oid) error {
	f, name, err := t.parent(path, true)
	if err != nil {
		return err
	}
	mode := modeFile
	if old, ok := f.entries[name]; ok {
		if old.directory() && !t.vanished(f, name) {
			return ErrConflict
		}
		if old.mode == modeExecutable {
			mode = old.mode
		}
	}
	delete(f.below, name)
	f.entries[name] = treeEntry{mode: mode, name: name, id: id}
	t.touch(path)
	return nil
}

// vanished tells whether all that was in a folder has been removed, so that it is no more.
func (t *treeEdit) vanished(f *folderEdit, name string) bool {
	below := f.below[name]
	if below == nil || !below.read {
		return below != nil && below.id == emptyTree
	}
	for inner, e := range below.entries {
		if !e.directory() || !t.vanished(below, inner) {
			return false
		}
	}
	return true
}

// remove removes the file or folder at path.
func (t *treeEdit) remove(path string, onlyFolder bool) error {
	f, name, err := t.parent(path, false)
	if errors.Is(err, ErrConflict) {
		return ErrNoEntry // Nothing is below a file.
	}
	if err != nil {
		return err
	}
	e, ok := f.entries[name]
	if !ok || (onlyFolder && !e.directory()) || (e.directory() && t.vanished(f, name)) {
		return ErrNoEntry
	}
	delete(f.entries, name)
	delete(f.below, name)
	t.touch(path)
	return nil
}

// finish returns the id of the tree, and has add make the objects of all folders that changed.
func (t *treeEdit) finish(add func(objectKind, []byte) (oid, error)) (oid, error) {
	id, _, err := t.finishFolder(t.root, add)
	return id, err
}

func (t *treeEdit) finishFolder(f *folderEdit, add func(objectKind, []byte) (oid, error)) (id oid, empty bool, err error) {
	if !f.changed {
		return f.id, f.id == emptyTree, nil
	}
	if err := t.load(f); err != nil {
		return oid{}, false, err
	}
	entries := make([]treeEntry, 0, len(f.entries))
	for name, e := range f.entries {
		if below := f.below[name]; below != nil {
			var gone bool
			if e.id, gone, err = t.finishFolder(below, add); err != nil {
				return oid{}, false, err
			}
			if gone {
				continue // Git has no empty folders.
			}
		}
		entries = append(entries, e)
	}
	slices.SortFunc(entries, func(a, b treeEntry) int { return strings.Compare(a.sortKey(), b.sortKey()) })
	id, err = add(kindTree, encodeTree(entries))
	return id, len(entries) == 0, err
}

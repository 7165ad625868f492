package parquet

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxSchemaDepth bounds the nesting of a schema.
const maxSchemaDepth = 64

// buildTree checks that the list of schema elements is a tree, and derives columns and leaves from it.
func (f *Footer) buildTree() error {
	if len(f.elements) == 0 {
		return errors.New("its footer is damaged: there is no schema")
	}
	root := f.elements[0]
	if root.physical != group {
		return errors.New("its footer is damaged: the root of the schema is not a group")
	}
	next := 1
	for range max(root.children, 0) {
		c := column{firstElement: next, firstLeaf: len(f.leaves)}
		var err error
		if next, err = f.addElement(next, nil, 0, 0); err != nil {
			return fmt.Errorf("its footer is damaged: %w", err)
		}
		c.name, c.element, c.leaf = f.elements[c.firstElement].name, next, len(f.leaves)
		f.columns = append(f.columns, c)
	}
	if next != len(f.elements) {
		return fmt.Errorf("its footer is damaged: %d elements of the schema belong to no column", len(f.elements)-next)
	}
	return nil
}

// addElement takes the element at i and those below it, and returns the index after them.
func (f *Footer) addElement(i int, path []string, definition, repetition int) (int, error) {
	if i >= len(f.elements) {
		return 0, errors.New("the schema ends too early")
	}
	if len(path) >= maxSchemaDepth {
		return 0, fmt.Errorf("the schema is nested more than %d deep", maxSchemaDepth)
	}
	e := f.elements[i]
	if !utf8.ValidString(e.name) || strings.ContainsRune(e.name, 0) {
		return 0, fmt.Errorf("a column is named %q, which is no text", e.name)
	}
	path = append(slices.Clip(path), e.name)
	switch e.repetition {
	case required:
	case optional:
		definition++
	case repeated:
		definition++
		repetition++
	}
	if e.physical != group {
		if e.children > 0 {
			return 0, fmt.Errorf("column %s has both a type and children", e.name)
		}
		if e.physical == FixedLenByteArray && e.typeLength <= 0 {
			return 0, fmt.Errorf("column %s has values of %d bytes", e.name, e.typeLength)
		}
		f.leaves = append(f.leaves, leaf{element: i, path: path, maxDefinition: definition, maxRepetition: repetition})
		return i + 1, nil
	}
	if e.children < 0 {
		return 0, fmt.Errorf("column %s has %d children", e.name, e.children)
	}
	next := i + 1
	for range e.children {
		var err error
		if next, err = f.addElement(next, path, definition, repetition); err != nil {
			return 0, err
		}
	}
	return next, nil
}

// column returns the top-level column of that name.
func (f *Footer) column(name string) (column, bool, error) {
	found := -1
	for i := range f.columns {
		if f.columns[i].name != name {
			continue
		}
		if found >= 0 {
			return column{}, false, fmt.Errorf("it has two columns %q; rename one of them", name)
		}
		found = i
	}
	if found < 0 {
		return column{}, false, nil
	}
	return f.columns[found], true, nil
}

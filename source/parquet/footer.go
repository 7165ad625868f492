package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

const (
	magic          = "PAR1"
	encryptedMagic = "PARE"
	// trailer is the length of the footer's length and the magic at the end of a file.
	trailer = 8
	// maxFooter bounds what is read as a footer: larger than any seen, small enough to hold.
	maxFooter = 512 << 20
	// arrowSchemaKey is the key of the footer's metadata under which Arrow writers keep their schema.
	arrowSchemaKey = "ARROW:schema"
	// featuresKey is the key under which the datasets library keeps the features.
	featuresKey = "huggingface"
)

// Footer describes a Parquet file: its columns and its row groups.
type Footer struct {
	name      string
	end       int64 // where the footer begins, so where pages end
	version   int32
	rows      int64
	elements  []element
	leaves    []leaf
	columns   []column
	groups    []rowGroup
	metadata  []keyValue
	createdBy string
	ordered   []bool // by leaf: the order of min and max is that of the type
	raw       []byte
	schema    []byte   // of raw, the list of elements
	schemas   *schemas // of files like this one; may be nil
}

type keyValue struct{ key, value string }

// leaf is a column that has values.
type leaf struct {
	element       int // index in Footer.elements
	path          []string
	maxDefinition int
	maxRepetition int
}

// column is a top-level column, with everything below it.
type column struct {
	name                  string
	firstElement, element int // [firstElement, element) of Footer.elements
	firstLeaf, leaf       int // [firstLeaf, leaf) of Footer.leaves
}

// Rows is the number of rows of the file.
func (f *Footer) Rows() int64 { return f.rows }

// Size is the number of bytes of the footer in the file, with its length and the magic.
func (f *Footer) Size() int64 { return int64(len(f.raw)) + trailer }

// RowGroups is the number of row groups.
func (f *Footer) RowGroups() int { return len(f.groups) }

// RowGroupRows is the number of rows of a row group.
func (f *Footer) RowGroupRows(i int) int64 { return f.groups[i].rows }

// ColumnNames are the names of the top-level columns, in file order.
func (f *Footer) ColumnNames() []string {
	names := make([]string, len(f.columns))
	for i, c := range f.columns {
		names[i] = c.name
	}
	return names
}

// Metadata returns the value of a key of the footer's metadata.
func (f *Footer) Metadata(key string) (string, bool) {
	for _, kv := range f.metadata {
		if kv.key == key {
			return kv.value, true
		}
	}
	return "", false
}

// footerLength checks the last bytes of a file and returns the length of the footer before them.
func footerLength(tail []byte, fileSize int64) (int64, error) {
	if len(tail) < trailer || fileSize < int64(trailer+len(magic)) {
		return 0, fmt.Errorf("it is no Parquet file: %d bytes are too few", fileSize)
	}
	end := tail[len(tail)-trailer:]
	switch string(end[4:]) {
	case magic:
	case encryptedMagic:
		return 0, errors.New("its footer is encrypted, which is not supported; publish the file without encryption")
	default:
		return 0, fmt.Errorf("it is no Parquet file, or only the first part of one: it ends in %q instead of %q", end[4:], magic)
	}
	n := int64(binary.LittleEndian.Uint32(end))
	switch {
	case n == 0 || n > fileSize-int64(trailer+len(magic)):
		return 0, fmt.Errorf("its footer claims %d bytes of the file's %d; the file is damaged", n, fileSize)
	case n > maxFooter:
		return 0, fmt.Errorf("its footer has %d bytes, more than the %d that are read", n, maxFooter)
	}
	return n, nil
}

// parseFooter decodes the footer of the file of that name, whose pages end at end. It keeps raw.
func parseFooter(name string, raw []byte, end int64) (*Footer, error) {
	f := &Footer{name: name, end: end, raw: raw}
	r := &compactReader{buf: raw}
	var orders []bool
	encrypted, grouped := false, false
	f.rows = -1
	r.fields(func(id int16, typ byte) bool {
		switch {
		case id == 1 && typ == compactI32:
			f.version = r.int32()
		case id == 2 && typ == compactList:
			from := r.pos
			f.elements = readStructs(r, readElement)
			f.schema = raw[from:r.pos]
		case id == 3 && typ == compactI64:
			f.rows = r.int64()
		case id == 4 && typ == compactList:
			grouped = true
			f.groups = readStructs(r, readRowGroup)
		case id == 5 && typ == compactList:
			f.metadata = readStructs(r, readKeyValue)
		case id == 6 && typ == compactBinary:
			f.createdBy = string(r.bytes())
		case id == 7 && typ == compactList:
			orders = readStructs(r, readColumnOrder)
		case id == 8 && typ == compactStruct:
			encrypted = true
			return false
		default:
			return false
		}
		return true
	})
	switch {
	case r.err != nil:
		return nil, fmt.Errorf("its footer is damaged: %w", r.err)
	case !grouped || f.rows < 0:
		return nil, errors.New("its footer is damaged: it lacks the list of row groups, or the number of rows")
	}
	if err := f.buildTree(); err != nil {
		return nil, err
	}
	if err := f.checkGroups(encrypted); err != nil {
		return nil, err
	}
	f.ordered = make([]bool, len(f.leaves))
	if len(orders) == len(f.leaves) {
		f.ordered = orders
	}
	return f, nil
}

func readStructs[T any](r *compactReader, read func(*compactReader) T) []T {
	n := r.structList()
	out := make([]T, 0, min(n, 256))
	for range n {
		out = append(out, read(r))
		if r.err != nil {
			return nil
		}
	}
	return slices.Clip(out)
}

func readKeyValue(r *compactReader) keyValue {
	var kv keyValue
	r.fields(func(id int16, typ byte) bool {
		switch {
		case id == 1 && typ == compactBinary:
			kv.key = string(r.bytes())
		case id == 2 && typ == compactBinary:
			kv.value = string(r.bytes())
		default:
			return false
		}
		return true
	})
	return kv
}

// readColumnOrder is true for the order that the type defines, the one kind whose bounds are understood.
func readColumnOrder(r *compactReader) bool {
	typed := false
	r.fields(func(id int16, _ byte) bool {
		typed = typed || id == 1
		return false
	})
	return typed
}

func (f *Footer) checkGroups(encrypted bool) error {
	var rows int64
	for i, g := range f.groups {
		if len(g.chunks) != len(f.leaves) {
			return fmt.Errorf("its footer is damaged: row group %d has %d columns, and the schema %d", i, len(g.chunks), len(f.leaves))
		}
		if g.rows > math.MaxInt64-rows {
			return fmt.Errorf("its footer is damaged: row group %d claims %d rows", i, g.rows)
		}
		rows += g.rows
	}
	// Some writers leave the number of rows of the whole file at zero.
	if f.rows != rows && f.rows != 0 {
		return fmt.Errorf("its footer is damaged: it claims %d rows, and its %d row groups have %d", f.rows, len(f.groups), rows)
	}
	f.rows = rows
	if encrypted && len(f.groups) > 0 {
		// Single columns of a file with a plain footer may be readable; those that are not have no description.
		for leaf := range f.leaves {
			if _, err := f.chunk(0, leaf); err == nil {
				return nil
			}
		}
		return errors.New("its columns are encrypted, which is not supported; publish the file without encryption")
	}
	return nil
}

// chunk decodes the description of a column chunk.
func (f *Footer) chunk(rowGroup, leaf int) (chunk, error) {
	r := &compactReader{buf: f.raw, pos: int(f.groups[rowGroup].chunks[leaf])}
	c, err := readChunk(r)
	if err == nil {
		err = f.checkChunk(rowGroup, leaf, &c)
	}
	if err != nil {
		return c, fmt.Errorf("row group %d, column %s: %w", rowGroup, strings.Join(f.leaves[leaf].path, "."), err)
	}
	return c, nil
}

func (f *Footer) checkChunk(rowGroup, leaf int, c *chunk) error {
	l, rows := f.leaves[leaf], f.groups[rowGroup].rows
	switch {
	case c.physical != f.elements[l.element].physical:
		return fmt.Errorf("it is stored as %v, and the schema says %v", c.physical, f.elements[l.element].physical)
	case l.maxRepetition == 0 && c.values != rows, c.values < rows:
		return fmt.Errorf("it has %d values for %d rows", c.values, rows)
	}
	return nil
}

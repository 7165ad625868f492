package source

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/hfspark/hfspark/dataset/zipdir"
)

// document is a text to read: a data file, or a member of the zip archive that the data file is.
type document struct {
	name string // for messages
	kind compression
	open func(ctx context.Context) (io.ReadCloser, error)
	// lines says that it is some lines of a file rather than all.
	lines bool
	// alone says that it is all that the data file holds.
	alone bool
}

// documents lists what a data file holds. Members of archives are plain, whatever their names say, but for formats that look at
// them by themselves (packed).
func documents(ctx context.Context, s Services, p Partition, packed bool) ([]document, error) {
	file := p.File()
	kind, err := compressionOf(p.Path)
	if err != nil {
		return nil, err
	}
	if p.Lines != nil {
		return []document{s.lines(p)}, nil
	}
	if kind != zipFile {
		return []document{{name: p.Path, kind: kind, open: func(ctx context.Context) (io.ReadCloser, error) { return s.Files.Range(ctx, file, 0, -1) }}}, nil
	}
	fetch := zipFetch(s, p)
	entries, err := zipdir.Read(ctx, p.Size, fetch)
	if err != nil {
		return nil, fmt.Errorf("data file %s: %w", p.Path, err)
	}
	var out []document
	members := zipdir.Walk(entries)
	window := newArchiveWindow(members, p.Size, fetch)
	for i, e := range members {
		d := document{name: p.Path + " (member " + e.Name + ")", open: func(ctx context.Context) (io.ReadCloser, error) { return window.open(ctx, i, e, p.Size) }}
		if packed {
			if d.kind, err = compressionOf(e.Name); err != nil || d.kind == zipFile {
				return nil, fmt.Errorf("data file %s: its member %s is an archive inside of an archive, which is not read", p.Path, e.Name)
			}
		}
		out = append(out, d)
	}
	return out, nil
}

// openDocuments reads the rows of all documents of a data file, one after the other.
func openDocuments(ctx context.Context, s Services, p Partition, packed bool, open func(ctx context.Context, d document) (rowSource, error)) (rowSource, error) {
	all, err := documents(ctx, s, p, packed)
	if err != nil {
		return nil, err
	}
	if len(all) == 1 {
		all[0].alone = true
		return open(ctx, all[0])
	}
	return &documentRows{left: all, open: open}, nil
}

// documentRows reads documents one after the other.
type documentRows struct {
	left    []document
	open    func(ctx context.Context, d document) (rowSource, error)
	current rowSource
}

func (d *documentRows) read(ctx context.Context, most int, to *array.RecordBuilder) (int, error) {
	for {
		if d.current == nil {
			if len(d.left) == 0 {
				return 0, io.EOF
			}
			next, err := d.open(ctx, d.left[0])
			if err != nil {
				return 0, err
			}
			d.current, d.left = next, d.left[1:]
		}
		n, err := d.current.read(ctx, most, to)
		if !errors.Is(err, io.EOF) {
			return n, err
		}
		err = d.current.close()
		d.current = nil
		if err != nil || n > 0 {
			return n, err
		}
	}
}

func (d *documentRows) close() error {
	if d.current == nil {
		return nil
	}
	return d.current.close()
}

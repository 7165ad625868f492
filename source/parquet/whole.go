package parquet

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path"
)

// A small file of which a scan needs nearly everything is fetched with one request, rather than with one for its footer and another one
// for what that says: a request costs both sides more than its bytes. What is needed of a file is taken from the first one of its folder.

const (
	// wholeSize is up to how many bytes a file may have to be fetched whole, and wholeFooter its footer.
	wholeSize   = 2 << 20
	wholeFooter = 16 << 10
	// wholeShare is which part of a file must be needed: one in so many bytes may be fetched in vain.
	wholeShare = 32
	// wholeMargin is how much longer than in the file the footer may be that is put in its place. It has fewer columns and no statistics.
	wholeMargin = 1 << 10
)

// Whole is a small file that was fetched whole. It must be given to a scan with Scan.Use, or closed.
type Whole struct {
	file    *sliceFile
	options Options
	taken   int64 // of the budget
}

// Whole says whether a file is best read with ReadWhole for a query: it is small, its footer is not known, and a file of the same folder
// has little that the query does not need.
func (c *Footers) Whole(f File, q Query) bool {
	if f.Size > wholeSize || f.Size <= int64(len(magic)+trailer) || q.Prune != nil || q.Limit != 0 || q.Sparing || q.RowGroups != nil || len(q.Members) > 0 || len(q.Columns) == 0 {
		return false
	}
	c.mu.Lock()
	_, known := c.byKey[f.Hash]
	_, coming := c.flights[f.Hash]
	similar := c.similar[path.Dir(f.Name)]
	c.mu.Unlock()
	return similar != nil && !(f.Hash != "" && (known || coming)) && similar.needs(q.Columns)
}

// needs says whether nearly all of a file are values of these columns.
func (f *Footer) needs(columns []string) bool {
	needed := int64(len(f.raw)) + trailer
	size := f.end + needed
	for _, name := range columns {
		c, ok, err := f.column(name)
		if err != nil || !ok {
			continue
		}
		for leaf := c.firstLeaf; leaf < c.leaf; leaf++ {
			for g := range f.groups {
				chunk, err := f.chunk(g, leaf)
				if err != nil {
					return false
				}
				needed += chunk.size
			}
		}
	}
	return needed >= size-size/wholeShare
}

// remember keeps the footer of a small file as that of the others in its folder; c.mu is held.
func (c *Footers) remember(folder string, footer *Footer) {
	size := int64(len(footer.raw))
	if size > wholeFooter || footer.end+size+trailer > wholeSize {
		return
	}
	if len(c.similar) >= maxFolders {
		clear(c.similar)
	}
	if c.similar[folder] == nil {
		c.similar[folder] = footer
	}
}

// ReadWhole fetches a file whole, and returns its footer as well.
func (c *Footers) ReadWhole(ctx context.Context, f File, o Options) (*Footer, *Whole, error) {
	w, err := newWhole(ctx, f, o.withDefaults())
	if err != nil {
		return nil, nil, f.wrap(err)
	}
	footer, err := w.footer(f)
	if err != nil {
		return nil, nil, f.wrap(errors.Join(err, w.Close()))
	}
	footer.schemas = &c.schemas
	c.add(f.Hash, path.Dir(f.Name), footer)
	return footer, w, nil
}

func newWhole(ctx context.Context, f File, o Options) (w *Whole, err error) {
	w = &Whole{options: o}
	size := f.Size + wholeMargin
	if w.taken, err = o.Memory.Acquire(ctx, size); err != nil {
		return nil, err
	}
	kept := o.Kept != nil && o.Reuse != nil && f.Hash != "" && o.Kept.room(size)
	if w.file, err = o.Pool.get(size, kept, o.ScratchDir); err != nil {
		o.Memory.Release(w.taken)
		return nil, err
	}
	if err := w.fetch(ctx, f); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

func (w *Whole) fetch(ctx context.Context, f File) error {
	body, err := w.options.Link.openRange(ctx, f, 0, f.Size)
	if err != nil {
		return err
	}
	var buffer []byte
	if w.file.memory.bytes() == nil {
		lent := w.options.Pool.buffer(min(f.Size, copyBuffer))
		defer w.options.Pool.giveBack(lent)
		buffer = *lent
	}
	n, err := w.file.copy(0, body, f.Size, buffer)
	if closeErr := body.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return fmt.Errorf("byte %d: %w", n, err)
	}
	return nil
}

// footer reads the footer at the end of the file.
func (w *Whole) footer(f File) (*Footer, error) {
	tail, err := w.file.view(f.Size-trailer, trailer)
	if err != nil {
		return nil, err
	}
	n, err := footerLength(tail, f.Size)
	if err != nil {
		return nil, err
	}
	end := f.Size - trailer - n
	raw, err := w.file.view(end, n)
	if err != nil {
		return nil, err
	}
	return parseFooter(f.Name, bytes.Clone(raw), end)
}

// Close frees a file that no scan uses.
func (w *Whole) Close() error {
	w.options.Memory.Release(w.taken)
	return w.options.Pool.put(w.file)
}

// Use takes over a file that was fetched whole for a scan of it, which has not begun: as its only slice, or, where it has another number
// of slices or makes them anew, for nothing.
func (s *Scan) Use(w *Whole) error {
	if len(s.plan.slices) != 1 {
		return w.Close()
	}
	plan := s.plan.slices[0]
	if plan.recode || plan.keep != nil || len(plan.fills) > 0 || plan.size > s.file.Size {
		return w.Close()
	}
	groups := moved(plan.groups, 0)
	for _, g := range groups {
		for i := range g.chunks {
			g.chunks[i].at = g.chunks[i].offset
		}
	}
	footer := s.footer.appendFooter(nil, s.plan.selection, groups)
	at := w.file.size - int64(len(footer))
	if at < s.footer.end {
		return w.Close()
	}
	if err := w.file.set(at, footer); err != nil {
		return s.file.wrap(errors.Join(err, w.Close()))
	}
	if err := s.check(w.file, groups); err != nil {
		return s.file.wrap(errors.Join(err, w.Close()))
	}
	p := &pending{done: make(chan struct{}), slice: s.slice(plan, w.file)}
	p.slice.taken = w.taken
	close(p.done)
	s.pending[0] = p
	return nil
}

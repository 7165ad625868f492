package localwrite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// claim is a file that a write holds locked as long as it lives, so that what is left of one that was killed is told from one
// under way. It holds the path that is written.
type claim struct {
	root *os.Root
	name string
	file *os.File
}

const claimSuffix = ".lock"

// claim begins a write.
func (p *Place) claim(id, path string) (*claim, error) {
	c := &claim{root: p.root, name: hidden + id + claimSuffix}
	var err error
	if c.file, err = p.root.OpenFile(c.name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644); err != nil {
		return nil, err
	}
	taken, err := tryLock(c.file)
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		err = nil // Then nobody looks for what is left, either.
	case err == nil && (!taken || !c.there()):
		err = errors.New("another write took the lock of this one: try again")
	}
	if err == nil {
		_, err = c.file.WriteString(path)
	}
	if err != nil {
		return nil, errors.Join(err, c.file.Close())
	}
	return c, nil
}

// there tells whether the file is still the one of that name.
func (c *claim) there() bool {
	open, err := c.file.Stat()
	if err != nil {
		return false
	}
	named, err := c.root.Lstat(c.name)
	return err == nil && os.SameFile(open, named)
}

func (c *claim) release() error { return errors.Join(c.root.Remove(c.name), c.file.Close()) }

// clean removes what writes have left that were killed, and takes back what they had half done.
func (p *Place) clean(ctx context.Context) {
	entries, err := fs.ReadDir(p.root.FS(), ".")
	if err != nil {
		return // The write that asked will tell.
	}
	for _, e := range entries {
		id, isHidden := strings.CutPrefix(e.Name(), hidden)
		id, isClaim := strings.CutSuffix(id, claimSuffix)
		if !isHidden || !isClaim || !e.Type().IsRegular() {
			continue
		}
		if err := p.cleanAfter(ctx, id); err != nil {
			p.log.WarnContext(ctx, "what is left of a write that was killed could not be removed", "folder", p.dir, "write", id, "cause", err)
		}
	}
}

func (p *Place) cleanAfter(ctx context.Context, id string) error {
	c := &claim{root: p.root, name: hidden + id + claimSuffix}
	var err error
	if c.file, err = p.root.OpenFile(c.name, os.O_RDWR, 0); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // It is done.
		}
		return err
	}
	if taken, err := tryLock(c.file); err != nil || !taken || !c.there() {
		if errors.Is(err, errors.ErrUnsupported) {
			err = nil
		}
		return errors.Join(err, c.file.Close())
	}
	path, err := io.ReadAll(io.LimitReader(c.file, 1<<20))
	if err == nil {
		err = p.takeBack(id, string(path))
	}
	if err != nil {
		return errors.Join(err, c.file.Close())
	}
	p.log.InfoContext(ctx, "what was left of a write that was killed was removed", "path", filepath.Join(p.dir, string(path)))
	return c.release()
}

// takeBack brings the path of a write to the state before it, unless all of it was there.
func (p *Place) takeBack(id, path string) error {
	folder, old := hidden+id, hidden+"old-"+id
	if _, err := p.root.Lstat(old); err == nil {
		if _, err := p.root.Lstat(path); errors.Is(err, fs.ErrNotExist) {
			if err := p.root.Rename(old, path); err != nil {
				return err
			}
		}
		if err := p.root.RemoveAll(old); err != nil {
			return err
		}
	}
	waiting, err := fs.Glob(p.root.FS(), folder+"/part-*")
	if err != nil {
		return fmt.Errorf("list %s: %w", folder, err)
	}
	if len(waiting) > 0 && path != "" { // Of an append some files may have been moved already.
		entries, err := fs.ReadDir(p.root.FS(), filepath.ToSlash(path))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			entries = nil // It is no folder: nothing was moved there.
		}
		for _, e := range entries {
			if strings.HasPrefix(e.Name(), "part-") && strings.Contains(e.Name(), "-"+id+"-c") {
				if err := p.root.Remove(filepath.Join(path, e.Name())); err != nil {
					return err
				}
			}
		}
	}
	return p.root.RemoveAll(folder)
}

package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// disk changes files so that they outlast the process and, once synced, the machine. New files come to be in one folder for temporary
// ones and are renamed to where they belong: what a killed process left behind is in that folder, and nowhere else.
type disk struct {
	temporary string
	// step is called before each change. Tests end the process in it.
	step func()
}

// create opens a new temporary file.
func (d *disk) create() (*os.File, error) {
	d.step()
	f, err := os.CreateTemp(d.temporary, "file-*")
	if errors.Is(err, fs.ErrNotExist) { // This is the first change of the root.
		if err = d.mkdir(d.temporary); err == nil {
			f, err = os.CreateTemp(d.temporary, "file-*")
		}
	}
	return f, err
}

// createDir makes a new temporary folder.
func (d *disk) createDir() (string, error) {
	if err := d.mkdir(d.temporary); err != nil {
		return "", err
	}
	d.step()
	return os.MkdirTemp(d.temporary, "folder-*")
}

// installLater is install for what is made durable later.
func (d *disk) installLater(f *os.File, path string, mode fs.FileMode) error {
	d.step()
	if err := errors.Join(f.Chmod(mode), f.Close()); err != nil {
		return d.discard(f, err)
	}
	if err := d.rename(f.Name(), path); err != nil {
		return d.discard(f, err)
	}
	return nil
}

// install syncs and closes a temporary file and gives it its name. The name itself is durable after sync.
func (d *disk) install(f *os.File, path string, mode fs.FileMode) error {
	d.step()
	err := f.Chmod(mode)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return d.discard(f, err)
	}
	if err := d.rename(f.Name(), path); err != nil {
		return d.discard(f, err)
	}
	return nil
}

// discard removes a temporary file, and returns the error because of which. What cannot be removed now is when the store is opened.
func (d *disk) discard(f *os.File, cause error) error {
	_ = f.Close()
	_ = os.Remove(f.Name())
	return cause
}

func (d *disk) rename(from, to string) error {
	d.step()
	return os.Rename(from, to)
}

func (d *disk) remove(path string) error {
	d.step()
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// sync makes durable which files a folder has, or what is in a file.
func (d *disk) sync(path string) error {
	d.step()
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	if err := errors.Join(ignoreUnsupported(f.Sync()), f.Close()); err != nil {
		return fmt.Errorf("sync %s: %w", path, err)
	}
	return nil
}

// mkdir makes a folder and those above it, durably.
func (d *disk) mkdir(path string) error {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil
	}
	above := filepath.Dir(path)
	if err := d.mkdir(above); err != nil {
		return err
	}
	d.step()
	if err := os.Mkdir(path, 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return d.sync(above)
}

// replace gives the file at path a new content: after a crash it has the old one or this one.
func (d *disk) replace(path string, content []byte) error {
	f, err := d.create()
	if err != nil {
		return err
	}
	if _, err := f.Write(content); err != nil {
		return d.discard(f, err)
	}
	if err := d.install(f, path, 0o666); err != nil {
		return err
	}
	return d.sync(filepath.Dir(path))
}

// replaceLater is replace for what may be lost with the machine, though not with the process.
func (d *disk) replaceLater(path string, content []byte) error {
	f, err := d.create()
	if err != nil {
		return err
	}
	if _, err := f.Write(content); err != nil {
		return d.discard(f, err)
	}
	return d.installLater(f, path, 0o666)
}

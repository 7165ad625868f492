package store

import (
	"errors"
	"os"
	"path/filepath"

	"golang.org/x/sys/windows"
)

// ignoreUnsupported takes away the error of syncing a folder, which Windows does not let programs do.
func ignoreUnsupported(error) error { return nil }

// writable tells whether files can be made in a folder.
func writable(root string) bool {
	f, err := os.CreateTemp(root, Folder+"-*")
	if err != nil {
		return false
	}
	return errors.Join(f.Close(), os.Remove(f.Name())) == nil
}

// lock takes the root for this process. The lock ends with the process, however that ends.
func lock(root string, shared bool) (*os.File, error) {
	if shared {
		return os.Open(root)
	}
	folder := filepath.Join(root, Folder)
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(folder, "lock"), os.O_CREATE|os.O_RDWR, 0o666)
	if err != nil {
		return nil, err
	}
	const flags = windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY
	if err := windows.LockFileEx(windows.Handle(f.Fd()), flags, 0, 1, 0, new(windows.Overlapped)); err != nil {
		if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
			err = ErrLocked
		}
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// isNotDir tells whether an error says that something above a file is no folder.
func isNotDir(err error) bool {
	return errors.Is(err, windows.ERROR_DIRECTORY) || errors.Is(err, windows.ERROR_PATH_NOT_FOUND) || errors.Is(err, windows.ERROR_DIR_NOT_EMPTY)
}

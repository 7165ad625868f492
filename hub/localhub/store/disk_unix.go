//go:build unix

package store

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// ignoreUnsupported takes away the error of file systems that cannot sync folders, and need not.
func ignoreUnsupported(err error) error {
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOTSUP) {
		return nil
	}
	return err
}

// writable tells whether files can be made in a folder.
func writable(root string) bool { return unix.Access(root, unix.W_OK) == nil }

// lock takes the root for this process, or one of many that only read. The lock ends with the process, however that ends.
func lock(root string, shared bool) (*os.File, error) {
	f, err := os.Open(root)
	if err != nil {
		return nil, err
	}
	how := unix.LOCK_EX
	if shared {
		how = unix.LOCK_SH
	}
	err = unix.Flock(int(f.Fd()), how|unix.LOCK_NB)
	switch {
	case err == nil || errors.Is(err, unix.ENOTSUP) || errors.Is(err, unix.ENOLCK):
		return f, nil
	case errors.Is(err, unix.EWOULDBLOCK):
		err = ErrLocked
	}
	return nil, errors.Join(err, f.Close())
}

// isNotDir tells whether an error says that something above a file is no folder.
func isNotDir(err error) bool {
	return errors.Is(err, unix.ENOTDIR) || errors.Is(err, unix.EISDIR) || errors.Is(err, unix.ENOTEMPTY)
}

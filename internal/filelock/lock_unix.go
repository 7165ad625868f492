//go:build unix

package filelock

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// Try takes the lock of a file unless somebody has it. The lock ends with the process, however that ends. Where the file system has no locks
// the error is [errors.ErrUnsupported].
func Try(file *os.File) (taken bool, err error) {
	for {
		err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB) //nolint:gosec // A descriptor fits.
		switch {
		case err == nil:
			return true, nil
		case errors.Is(err, unix.EWOULDBLOCK):
			return false, nil
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.ENOLCK):
			return false, errors.ErrUnsupported
		}
		return false, err // ENOSYS and ENOTSUP are errors.ErrUnsupported.
	}
}

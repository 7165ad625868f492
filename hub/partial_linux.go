package hub

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// preallocate gives a file its size and sets aside the room for it, where the file system can.
func preallocate(file *os.File, size int64) error {
	for {
		err := unix.Fallocate(int(file.Fd()), 0, 0, size) //nolint:gosec // A descriptor fits.
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil && !errors.Is(err, errors.ErrUnsupported) {
			return &os.PathError{Op: "set aside room for", Path: file.Name(), Err: err}
		}
		return file.Truncate(size)
	}
}

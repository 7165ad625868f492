package hub

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// preallocate gives a file its size and sets aside the room for it, where the file system can.
func preallocate(file *os.File, size int64) error {
	fd := int(file.Fd()) //nolint:gosec // A descriptor fits.
	full := &os.PathError{Op: "set aside room for", Path: file.Name(), Err: unix.ENOSPC}
	// A file system without enough room would be filled up before it says so, to the harm of all others who write there.
	var disk unix.Statfs_t
	if unix.Fstatfs(fd, &disk) == nil && disk.Bavail < uint64(size)/uint64(max(disk.Bsize, 1)) { //nolint:gosec // Not negative.
		var have unix.Stat_t
		if unix.Fstat(fd, &have) != nil || have.Blocks*512 < size {
			return full
		}
	}
	for {
		err := unix.Fallocate(fd, 0, 0, size)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil && !errors.Is(err, errors.ErrUnsupported) {
			full.Err = err
			return full
		}
		return file.Truncate(size)
	}
}

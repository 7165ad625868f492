package parquet

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// newSliceFile makes a file that lives in memory and vanishes with the process, however that ends. Where the kernel or a
// sandbox does not allow one, it is a scratch file in dir.
func newSliceFile(dir string) (*sliceFile, error) {
	fd, err := unix.MemfdCreate("hfspark-slice", unix.MFD_CLOEXEC)
	if err != nil {
		return scratchFile(dir)
	}
	path := "/proc/self/fd/" + strconv.Itoa(fd)
	return &sliceFile{File: os.NewFile(uintptr(fd), path), path: path}, nil
}

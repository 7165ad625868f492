package parquet

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"time"

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

// mapping is the memory of a file, for as long as the file lasts: bytes that are read into it from a socket are copied once.
type mapping struct {
	all     []byte
	cleanup runtime.Cleanup
}

func (m *mapping) bytes() []byte { return m.all }

// resize gives a new file its size.
func (f *sliceFile) resize(size int64) error {
	if err := f.Truncate(size); err != nil {
		return fmt.Errorf("make room for a slice of %d bytes: %w", size, err)
	}
	f.size = size
	return nil
}

// touch makes a file new to those who take one of the same time for the one they have seen: writing through memory does not
// change it.
func (f *sliceFile) touch() {
	now := unix.NsecToTimespec(time.Now().UnixNano())
	_ = unix.UtimesNanoAt(unix.AT_FDCWD, f.path, []unix.Timespec{now, now}, 0)
}

// share maps a file that will be filled again and again: that is faster than writing to it, but for the first time.
func (f *sliceFile) share() {
	if f.scratch || f.memory.all != nil {
		return
	}
	all, err := unix.Mmap(int(f.Fd()), 0, int(f.size), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return // Writing to the file does as well.
	}
	f.memory.all = all
	// A file that is forgotten in an abandoned pool takes its mapping along.
	f.memory.cleanup = runtime.AddCleanup(f, func(all []byte) { _ = unix.Munmap(all) }, all)
}

func (m *mapping) unmap() {
	if m.all == nil {
		return
	}
	m.cleanup.Stop()
	_ = unix.Munmap(m.all)
	m.all = nil
}

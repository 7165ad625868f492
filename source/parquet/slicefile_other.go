//go:build !linux

package parquet

import "fmt"

// newSliceFile makes a scratch file in dir.
func newSliceFile(dir string) (*sliceFile, error) { return scratchFile(dir) }

// mapping would be the memory of a file.
type mapping struct{}

func (*mapping) bytes() []byte { return nil }
func (*mapping) unmap()        {}

// touch and share are for files that are used again.
func (f *sliceFile) touch() {}
func (f *sliceFile) share() {}

// resize gives a new file its size.
func (f *sliceFile) resize(size int64) error {
	if err := f.Truncate(size); err != nil {
		return fmt.Errorf("make room for a slice of %d bytes: %w", size, err)
	}
	f.size = size
	return nil
}

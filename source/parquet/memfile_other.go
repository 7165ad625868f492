//go:build !linux

package parquet

// newSliceFile makes a scratch file in dir.
func newSliceFile(dir string) (*sliceFile, error) { return scratchFile(dir) }

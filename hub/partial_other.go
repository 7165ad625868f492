//go:build !linux

package hub

import "os"

// preallocate gives a file its size.
func preallocate(file *os.File, size int64) error { return file.Truncate(size) }

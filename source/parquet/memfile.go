package parquet

import (
	"fmt"
	"os"
)

// sliceFile holds the bytes of a slice where other libraries of the process can open them by a path.
type sliceFile struct {
	*os.File
	path    string
	scratch bool // a file of the file system, to be removed
}

// scratchFile makes a file in the folder dir; "" is the system's folder for temporary files.
func scratchFile(dir string) (*sliceFile, error) {
	f, err := os.CreateTemp(dir, "hfspark-slice-*.parquet")
	if err != nil {
		return nil, fmt.Errorf("make a scratch file for a slice: %w", err)
	}
	return &sliceFile{File: f, path: f.Name(), scratch: true}, nil
}

func (f *sliceFile) close() error {
	err := f.Close()
	if f.scratch {
		if removeErr := os.Remove(f.path); err == nil {
			err = removeErr
		}
	}
	return err
}

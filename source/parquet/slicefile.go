package parquet

import (
	"bytes"
	"fmt"
	"io"
	"os"
)

// sliceFile holds the bytes of a slice where other libraries of the process can open them by a path.
type sliceFile struct {
	*os.File
	path    string
	size    int64
	scratch bool // a file of the file system, to be removed
	memory  mapping
}

// scratchFile makes a file in the folder dir; "" is the system's folder for temporary files.
func scratchFile(dir string) (*sliceFile, error) {
	f, err := os.CreateTemp(dir, "hfspark-slice-*.parquet")
	if err != nil {
		return nil, fmt.Errorf("make a scratch file for a slice: %w", err)
	}
	return &sliceFile{File: f, path: f.Name(), scratch: true}, nil
}

// copy reads n bytes to the place at, and returns how many came. Where the file is memory they are read right into it, else
// by way of the buffer.
func (f *sliceFile) copy(at int64, from io.Reader, n int64, buffer []byte) (int64, error) {
	if at < 0 || n < 0 || at > f.size-n {
		return 0, fmt.Errorf("keep a slice: bytes %d to %d are outside of its %d", at, at+n, f.size)
	}
	if memory := f.memory.bytes(); memory != nil {
		done, err := io.ReadFull(from, memory[at:at+n])
		return int64(done), noEOF(err)
	}
	var done int64
	for done < n {
		// The buffer is filled before each write: a body may yield a few kilobytes a read.
		read, err := io.ReadFull(from, buffer[:min(n-done, int64(len(buffer)))])
		if _, writeErr := f.WriteAt(buffer[:read], at+done); writeErr != nil {
			return done, fmt.Errorf("keep a slice: %w", writeErr)
		}
		done += int64(read)
		if err != nil {
			return done, noEOF(err)
		}
	}
	return done, nil
}

// view is bytes at a place, to be read as long as the file is not written to or closed.
func (f *sliceFile) view(at, n int64) ([]byte, error) {
	if at < 0 || n < 0 || at > f.size-n {
		return nil, fmt.Errorf("look at a slice: bytes %d to %d are outside of its %d", at, at+n, f.size)
	}
	f.share()
	if memory := f.memory.bytes(); memory != nil {
		return memory[at : at+n], nil
	}
	data := make([]byte, n)
	if _, err := f.ReadAt(data, at); err != nil {
		return nil, fmt.Errorf("look at a slice: %w", err)
	}
	return data, nil
}

// set puts bytes at a place.
func (f *sliceFile) set(at int64, data []byte) error {
	_, err := f.copy(at, bytes.NewReader(data), int64(len(data)), make([]byte, min(len(data), copyBuffer)))
	return err
}

// noEOF is the error for an end that came too early, whether before the first byte or later.
func noEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// close frees the file.
func (f *sliceFile) close() error {
	f.memory.unmap()
	err := f.Close()
	if f.scratch {
		if removeErr := os.Remove(f.path); err == nil {
			err = removeErr
		}
	}
	return err
}

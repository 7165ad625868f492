package hub

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
	"time"
)

// ErrNoSpace is the class of failures for want of room: the disk of scratch files, of the cache or of a local folder is full.
var ErrNoSpace error = &class{text: "no space left on the disk"}

// Content is what a file is made of. It may be read several times and by several goroutines at once: once to hash it, and once for
// each request that sends a part of it.
type Content interface {
	// Size returns the length in bytes. It does not change.
	Size() int64
	// Open begins to read. The error is of class [ErrChanged] when the content is no longer what it was at first.
	Open() (ContentReader, error)
}

// ContentReader reads a [Content] at any place.
type ContentReader interface {
	io.ReaderAt
	io.Closer
}

// verifier is a [Content] that can tell whether it has stayed the same.
type verifier interface {
	// unchanged returns an error of class [ErrChanged] when the content is no longer what it was at first.
	unchanged() error
}

// fingerprinted is a [Content] that has been hashed while it was made.
type fingerprinted interface {
	fingerprint() (*fingerprint, error)
}

// Bytes is content in memory. It must not be modified until it is committed.
func Bytes(content []byte) Content { return memory(content) }

type memory []byte

// Size implements [Content].
func (m memory) Size() int64 { return int64(len(m)) }

// Open implements [Content].
func (m memory) Open() (ContentReader, error) { return memoryReader{bytes.NewReader(m)}, nil }

type memoryReader struct{ *bytes.Reader }

// Close implements [io.Closer].
func (memoryReader) Close() error { return nil }

// LocalFile is the content of a file on this machine as it is now. When the file has another size, another time of modification or
// other bytes by the time it is read, or when it is gone, reading fails with an error of class [ErrChanged]: what was announced to the
// Hub could not be kept. Only regular files, and links to them, are taken.
func LocalFile(path string) (Content, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("look at the file to upload: %w", err)
	}
	return localFileOf(path, info)
}

func localFileOf(path string, info fs.FileInfo) (*localFile, error) {
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file but %s: %w", path, describeMode(info.Mode()), ErrInvalid)
	}
	return &localFile{path: path, info: info}, nil
}

func describeMode(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "a folder"
	case mode&fs.ModeNamedPipe != 0:
		return "a pipe"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	case mode&fs.ModeDevice != 0:
		return "a device"
	}
	return "something else"
}

type localFile struct {
	path string
	info fs.FileInfo // as it was at first
}

// Size implements [Content].
func (f *localFile) Size() int64 { return f.info.Size() }

// Open implements [Content].
func (f *localFile) Open() (ContentReader, error) {
	file, err := os.Open(f.path)
	if err != nil {
		return nil, f.failed(err)
	}
	info, err := file.Stat()
	if err == nil {
		err = f.compare(info)
	}
	if err != nil {
		_ = file.Close()
		return nil, f.failed(err)
	}
	return &localReader{File: file, of: f}, nil
}

// unchanged implements [verifier].
func (f *localFile) unchanged() error {
	info, err := os.Stat(f.path)
	if err != nil {
		return f.failed(err)
	}
	return f.compare(info)
}

func (f *localFile) compare(info fs.FileInfo) error {
	was := f.info
	switch {
	case !os.SameFile(was, info):
		return fmt.Errorf("%w: another file has taken the place of %s", ErrChanged, f.path)
	case was.Size() != info.Size():
		return fmt.Errorf("%w: %s had %d bytes and has %d now", ErrChanged, f.path, was.Size(), info.Size())
	case !was.ModTime().Equal(info.ModTime()):
		return fmt.Errorf("%w: %s was modified at %s", ErrChanged, f.path, info.ModTime().Format(time.RFC3339Nano))
	}
	return nil
}

// failed makes the disappearance of the file a change of it.
func (f *localFile) failed(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return fmt.Errorf("%w: it has vanished: %w", ErrChanged, err)
	case errors.Is(err, ErrChanged):
		return err
	}
	return fmt.Errorf("read the file to upload: %w", err)
}

// localReader tells a cut file from the end of the one that was announced.
type localReader struct {
	*os.File
	of *localFile
}

// ReadAt implements [io.ReaderAt].
func (r *localReader) ReadAt(p []byte, offset int64) (int, error) {
	n, err := r.File.ReadAt(p, offset)
	if err == io.EOF && offset+int64(n) < r.of.Size() {
		return n, fmt.Errorf("%w: %s had %d bytes and ends at %d now", ErrChanged, r.of.path, r.of.Size(), offset+int64(n))
	}
	if err != nil && err != io.EOF {
		err = r.of.failed(err)
	}
	return n, err
}

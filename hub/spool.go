package hub

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"
)

// SpoolFile is content that is made piece by piece: it keeps what is written in a scratch file, and hashes it on the way, so that
// uploading it reads it only once more. Where the system allows, the scratch file has no name, so that nothing is left of it even
// when the program is killed.
//
// Write it to the end, then use it as [Content]; after that a further Write fails. Close frees the disk space. It may be closed as
// soon as [Add.Uploaded] says that its content is with the Hub, and must stay open until the commit otherwise.
type SpoolFile struct {
	file *os.File
	name string // to be removed by Close; "" when the file has no name any more

	mu     sync.Mutex
	hash   *hasher
	err    error // of a Write: what follows it would not fit
	sealed *fingerprint
	closed bool
}

// NewSpool makes an empty SpoolFile in a folder; "" means the system's folder for temporary files. The error is of class [ErrNoSpace]
// when the disk is full.
func NewSpool(dir string) (*SpoolFile, error) {
	file, err := os.CreateTemp(dir, "hfspark-upload-*")
	if err != nil {
		return nil, scratchFailed("make a scratch file", err)
	}
	s := &SpoolFile{file: file, name: file.Name(), hash: newHasher()}
	if os.Remove(s.name) == nil { // Systems that refuse to remove an open file keep its name until Close.
		s.name = ""
	}
	return s, nil
}

// Spool reads r to its end into a new [SpoolFile] in dir, as [NewSpool] makes it.
func Spool(r io.Reader, dir string) (*SpoolFile, error) {
	s, err := NewSpool(dir)
	if err != nil {
		return nil, err
	}
	if _, err := io.Copy(s, r); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Write implements [io.Writer]. The error is of class [ErrNoSpace] when the disk is full.
func (s *SpoolFile) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return 0, fmt.Errorf("write to a scratch file: %w", os.ErrClosed)
	case s.sealed != nil:
		return 0, errors.New("write to a scratch file: it is being uploaded already")
	case s.err != nil:
		return 0, s.err
	}
	n, err := s.file.Write(p)
	s.hash.write(p[:n])
	if err != nil {
		s.err = scratchFailed("write to a scratch file", err)
	}
	return n, s.err
}

// Size implements [Content].
func (s *SpoolFile) Size() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hash.size
}

// Open implements [Content].
func (s *SpoolFile) Open() (ContentReader, error) {
	if _, err := s.fingerprint(); err != nil {
		return nil, err
	}
	return spoolReader{s.file}, nil
}

// fingerprint implements [fingerprinted]. After it nothing can be written.
func (s *SpoolFile) fingerprint() (*fingerprint, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return nil, fmt.Errorf("read a scratch file: %w", os.ErrClosed)
	case s.err != nil:
		return nil, s.err
	case s.sealed == nil:
		s.sealed = s.hash.sum()
	}
	return s.sealed, nil
}

// Close removes the scratch file. Closing it again does nothing.
func (s *SpoolFile) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	err := s.file.Close()
	if s.name != "" {
		err = errors.Join(err, os.Remove(s.name))
	}
	return err
}

// spoolReader shares the scratch file, which its owner closes.
type spoolReader struct{ file *os.File }

// ReadAt implements [io.ReaderAt].
func (r spoolReader) ReadAt(p []byte, offset int64) (int, error) { return r.file.ReadAt(p, offset) }

// Close implements [io.Closer].
func (spoolReader) Close() error { return nil }

// scratchFailed gives a full disk its class.
func scratchFailed(op string, err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG) {
		return fmt.Errorf("%s: %w: %w; free some, or choose another folder for scratch files", op, ErrNoSpace, err)
	}
	return fmt.Errorf("%s: %w", op, err)
}

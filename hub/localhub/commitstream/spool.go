package commitstream

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// spoolMemory is how much of one content is kept in memory.
const spoolMemory = 1 << 20

// spool keeps one content at a time: in memory as long as it is small, else in a file.
type spool struct {
	dir  string
	head bytes.Buffer
	file *os.File // nil until it is needed; used again for later contents
	size int64    // of what is in the file
}

// fill takes the content from r, in place of an earlier one.
func (s *spool) fill(r io.Reader) error {
	s.head.Reset()
	s.size = 0
	if _, err := io.Copy(&s.head, io.LimitReader(r, spoolMemory)); err != nil {
		return err
	}
	if s.head.Len() < spoolMemory {
		return nil
	}
	if s.file == nil {
		file, err := os.CreateTemp(s.dir, "hfspark-commit-*")
		if err != nil {
			return fmt.Errorf("make a scratch file for the content of a commit: %w", err)
		}
		// Where the system allows it the file is without a name from now on, so that nothing of it outlives this process.
		_ = os.Remove(file.Name())
		s.file = file
	}
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	var err error
	s.size, err = io.Copy(s.file, r)
	return err
}

// reader reads the content from its begin.
func (s *spool) reader() (io.Reader, error) {
	if s.size == 0 {
		return bytes.NewReader(s.head.Bytes()), nil
	}
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	return io.MultiReader(bytes.NewReader(s.head.Bytes()), io.LimitReader(s.file, s.size)), nil
}

func (s *spool) close() error {
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	if removed := os.Remove(s.file.Name()); !errors.Is(removed, fs.ErrNotExist) {
		err = errors.Join(err, removed)
	}
	return err
}

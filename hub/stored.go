package hub

import (
	"bytes"
	"errors"
	"io"
)

// Stored is content that an earlier upload, of this process or another, has brought to the storage of the repository: a commit only
// names it. head is the first bytes of it, at least 512 or all, by which the Hub decides how files are stored. Where the Hub no longer
// holds the content, or wants it in the commit itself and head is not all of it, the upload or commit fails.
func Stored(sha256 string, size int64, head []byte) Content {
	return &elsewhere{sha256: sha256, size: size, head: head}
}

// elsewhere is content that this machine has not, but for its begin.
type elsewhere struct {
	sha256 string
	size   int64
	head   []byte
}

// Size implements [Content].
func (s *elsewhere) Size() int64 { return s.size }

// Open implements [Content].
func (s *elsewhere) Open() (ContentReader, error) { return elsewhereReader{s}, nil }

// fingerprint implements [fingerprinted].
func (s *elsewhere) fingerprint() (*fingerprint, error) {
	if int64(len(s.head)) < s.size {
		return &fingerprint{sha256: s.sha256, size: s.size}, nil
	}
	h := newHasher()
	h.write(s.head)
	return h.sum(), nil
}

type elsewhereReader struct{ *elsewhere }

var errNotHere = errors.New("the content is not on this machine, and the Hub asks for it again: upload it anew")

// ReadAt implements [io.ReaderAt].
func (r elsewhereReader) ReadAt(p []byte, offset int64) (int, error) {
	if offset+int64(len(p)) > int64(len(r.head)) && int64(len(r.head)) < r.size {
		return 0, errNotHere
	}
	n, err := bytes.NewReader(r.head).ReadAt(p, offset)
	if err == io.EOF && n == len(p) {
		err = nil
	}
	return n, err
}

// Close implements [io.Closer].
func (elsewhereReader) Close() error { return nil }

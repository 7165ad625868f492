package store

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

// memoryBlob is up to which size in bytes a blob is held in memory while it is read.
const memoryBlob = 8 << 20

// memoryFile is content in memory.
type memoryFile struct{ *bytes.Reader }

// Close implements [io.Closer].
func (memoryFile) Close() error { return nil }

// blobReader reads a blob in a pack. A compressed stream has no middle: to go back it begins again.
type blobReader struct {
	file       *os.File
	data, size int64
	position   int64 // that the reader is asked for
	inflated   int64 // that the stream is at
	stream     *inflater
}

// Read implements [io.Reader].
func (b *blobReader) Read(p []byte) (int, error) {
	if b.position >= b.size {
		return 0, io.EOF
	}
	if b.stream == nil || b.inflated > b.position {
		b.release()
		var err error
		if b.stream, err = inflate(io.NewSectionReader(b.file, b.data, 1<<62)); err != nil {
			return 0, err
		}
		b.inflated = 0
	}
	if skip := b.position - b.inflated; skip > 0 {
		n, err := io.CopyN(io.Discard, b.stream.stream, skip)
		if b.inflated += n; err != nil {
			return 0, b.broken(err)
		}
	}
	n, err := b.stream.stream.Read(p[:min(int64(len(p)), b.size-b.position)])
	b.inflated += int64(n)
	b.position += int64(n)
	if err != nil && (!errors.Is(err, io.EOF) || b.position < b.size) {
		return n, b.broken(err)
	}
	return n, nil
}

func (b *blobReader) broken(err error) error {
	return fmt.Errorf("%s at %d: %w: %w", b.file.Name(), b.data, ErrCorrupt, err)
}

// Seek implements [io.Seeker].
func (b *blobReader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += b.position
	case io.SeekEnd:
		offset += b.size
	}
	if offset < 0 {
		return 0, errors.New("seek before the beginning")
	}
	b.position = offset
	return offset, nil
}

func (b *blobReader) release() {
	if b.stream != nil {
		b.stream.done()
		b.stream = nil
	}
}

// Close implements [io.Closer].
func (b *blobReader) Close() error {
	b.release()
	return b.file.Close()
}

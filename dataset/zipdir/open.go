package zipdir

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"

	"github.com/klauspost/compress/flate"
)

const (
	stored   = 0
	deflated = 8
)

// headerSlack is how many bytes more than name and header the header before a member's content may take without a second request.
const headerSlack = 256

// Open streams the content of a member of an archive of so many bytes, unpacked. Reading it to the end checks its length and checksum; what does not fit is an
// error that wraps ErrFormat.
func (e Entry) Open(ctx context.Context, archive int64, fetch Fetch) (io.ReadCloser, error) {
	head, err := read(ctx, fetch, e.Offset, localLength)
	if err != nil {
		return nil, err
	}
	if binary.LittleEndian.Uint32(head) != 0x04034b50 {
		return nil, fmt.Errorf("%w: its member %q does not begin where the directory says", ErrFormat, e.Name)
	}
	skip := localLength + int64(binary.LittleEndian.Uint16(head[26:])) + int64(binary.LittleEndian.Uint16(head[28:]))
	if e.Offset+skip+e.Packed > archive {
		return nil, fmt.Errorf("%w: its member %q would reach beyond the end of the archive", ErrFormat, e.Name)
	}
	body, err := fetch(ctx, e.Offset+skip, e.Packed)
	if err != nil {
		return nil, err
	}
	return e.unpack(body), nil
}

// Bytes reads a member with one request, as a rule: it fetches a little more than the member for its header.
func (e Entry) Bytes(ctx context.Context, archive int64, fetch Fetch) (_ []byte, err error) {
	length := min(localLength+int64(len(e.Name))+headerSlack+e.Packed, archive-e.Offset)
	body, err := fetch(ctx, e.Offset, length)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, body.Close()) }()
	head := make([]byte, localLength)
	if _, err := io.ReadFull(body, head); err != nil {
		return nil, fmt.Errorf("read the member %q: %w", e.Name, tooShort(err))
	}
	if binary.LittleEndian.Uint32(head) != 0x04034b50 {
		return nil, fmt.Errorf("%w: its member %q does not begin where the directory says", ErrFormat, e.Name)
	}
	skip := int64(binary.LittleEndian.Uint16(head[26:])) + int64(binary.LittleEndian.Uint16(head[28:]))
	var content io.ReadCloser
	if localLength+skip+e.Packed <= length {
		if _, err := io.CopyN(io.Discard, body, skip); err != nil {
			return nil, fmt.Errorf("read the member %q: %w", e.Name, tooShort(err))
		}
		content = e.unpack(io.NopCloser(io.LimitReader(body, e.Packed)))
	} else if content, err = e.Open(ctx, archive, fetch); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, content.Close()) }()
	return io.ReadAll(content)
}

func (e Entry) unpack(body io.ReadCloser) io.ReadCloser {
	m := &member{entry: e, body: body, content: body, sum: crc32.NewIEEE()}
	if e.Method == deflated {
		m.inflate = flate.NewReader(body)
		m.content = m.inflate
	}
	return m
}

// member is the content of an entry while it is read.
type member struct {
	entry   Entry
	body    io.Closer
	inflate io.ReadCloser // nil when the member is stored
	content io.Reader
	sum     hash.Hash32
	read    int64
}

// Read implements io.Reader.
func (m *member) Read(p []byte) (int, error) {
	n, err := m.content.Read(p)
	m.read += int64(n)
	_, _ = m.sum.Write(p[:n]) // A hash never fails.
	var corrupt flate.CorruptInputError
	switch {
	case m.read > m.entry.Size:
		return 0, fmt.Errorf("%w: its member %q is longer than the %d bytes that the directory tells", ErrFormat, m.entry.Name, m.entry.Size)
	case errors.Is(err, io.EOF) && m.read < m.entry.Size:
		return n, fmt.Errorf("%w: its member %q ends after %d of %d bytes", ErrFormat, m.entry.Name, m.read, m.entry.Size)
	case errors.Is(err, io.EOF) && m.sum.Sum32() != m.entry.CRC:
		return n, fmt.Errorf("%w: its member %q does not have its checksum", ErrFormat, m.entry.Name)
	case errors.As(err, &corrupt), errors.Is(err, io.ErrUnexpectedEOF):
		return n, fmt.Errorf("%w: its member %q is damaged: %w", ErrFormat, m.entry.Name, err)
	}
	return n, err
}

// Close implements io.Closer.
func (m *member) Close() error {
	var err error
	if m.inflate != nil {
		err = m.inflate.Close()
	}
	return errors.Join(err, m.body.Close())
}

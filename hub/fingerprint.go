package hub

import (
	"context"
	"crypto/sha1" //nolint:gosec // It is git's hash.
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
)

// blockSize is the piece of content that one checksum is for.
const blockSize = 256 << 10

// castagnoli is the polynomial that processors compute: checking what is sent then costs next to nothing.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// fingerprint is what is known of content after reading it once: the name it gets on the Hub, and checksums of its blocks. With these
// every block is checked again when it is sent, in whatever order, before it leaves.
type fingerprint struct {
	sha256 string // lower-case hexadecimal digits
	size   int64
	blocks []uint32 // CRC-32C of each blockSize bytes
}

// hasher makes a fingerprint of what is written to it.
type hasher struct {
	sha    hash.Hash
	size   int64
	crc    uint32 // of the block under way
	blocks []uint32
}

func newHasher() *hasher { return &hasher{sha: sha256.New()} }

func (h *hasher) write(p []byte) {
	h.sha.Write(p)
	for len(p) > 0 {
		n := min(int64(len(p)), blockSize-h.size%blockSize)
		h.crc = crc32.Update(h.crc, castagnoli, p[:n])
		h.size += n
		p = p[n:]
		if h.size%blockSize == 0 {
			h.blocks, h.crc = append(h.blocks, h.crc), 0
		}
	}
}

func (h *hasher) sum() *fingerprint {
	blocks := h.blocks
	if h.size%blockSize != 0 {
		blocks = append(blocks, h.crc)
	}
	return &fingerprint{sha256: hex.EncodeToString(h.sha.Sum(nil)), size: h.size, blocks: blocks}
}

// fingerprintOf reads content to its end. noted is told of each piece.
func fingerprintOf(ctx context.Context, content Content, noted func(int64)) (*fingerprint, error) {
	if known, ok := content.(fingerprinted); ok {
		f, err := known.fingerprint()
		if err == nil {
			noted(f.size)
		}
		return f, err
	}
	h := newHasher()
	err := eachBlock(ctx, content, func(block []byte) {
		h.write(block)
		noted(int64(len(block)))
	})
	if err != nil {
		return nil, err
	}
	return h.sum(), nil
}

// gitOID returns the id that git gives content as a blob.
func gitOID(ctx context.Context, content Content, noted func(int64)) (string, error) {
	h := newBlobHash(content.Size())
	err := eachBlock(ctx, content, func(block []byte) {
		h.Write(block)
		noted(int64(len(block)))
	})
	if err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// newBlobHash begins the id of a git blob: SHA-1 over a header with the size, then the content.
func newBlobHash(size int64) hash.Hash {
	h := sha1.New() //nolint:gosec // As above.
	fmt.Fprintf(h, "blob %d\x00", size)
	return h
}

// eachBlock reads content from its begin to its announced size.
func eachBlock(ctx context.Context, content Content, each func([]byte)) error {
	r, err := content.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	size := content.Size()
	buffer := make([]byte, min(blockSize, size))
	for offset := int64(0); offset < size; offset += blockSize {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		block := buffer[:min(blockSize, size-offset)]
		if err := readBlock(r, block, offset); err != nil {
			return err
		}
		each(block)
	}
	if v, ok := content.(verifier); ok {
		return v.unchanged()
	}
	return nil
}

// readBlock fills block from offset on.
func readBlock(r io.ReaderAt, block []byte, offset int64) error {
	n, err := r.ReadAt(block, offset)
	switch {
	case n == len(block):
		return nil
	case err == nil || err == io.EOF:
		return fmt.Errorf("%w: it ends at byte %d, before its announced size", ErrChanged, offset+int64(n))
	}
	return err
}

// section reads a range of content. Each block is checked against the fingerprint before a byte of it is handed on, so that a file
// that changes while it is sent never arrives whole.
type section struct {
	content  Content
	print    *fingerprint
	pos, end int64
	sent     func(int64) // told of each piece that is handed on

	reader ContentReader
	buffer []byte
	block  []byte // what is left of the block under way
}

// newSection opens length bytes of content from offset on. The caller closes it.
func newSection(content Content, print *fingerprint, offset, length int64, sent func(int64)) (*section, error) {
	if content.Size() != print.size {
		return nil, fmt.Errorf("%w: it had %d bytes and has %d now", ErrChanged, print.size, content.Size())
	}
	r, err := content.Open()
	if err != nil {
		return nil, err
	}
	return &section{
		content: content, print: print, pos: offset, end: offset + length, sent: sent, reader: r,
		buffer: make([]byte, min(blockSize, print.size)),
	}, nil
}

// Read implements [io.Reader].
func (s *section) Read(p []byte) (int, error) {
	if len(s.block) == 0 {
		if s.pos >= s.end {
			return 0, io.EOF
		}
		if err := s.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, s.block)
	s.block = s.block[n:]
	s.pos += int64(n)
	s.sent(int64(n))
	return n, nil
}

// fill reads the block that holds pos.
func (s *section) fill() error {
	index := s.pos / blockSize
	begin := index * blockSize
	block := s.buffer[:min(blockSize, s.print.size-begin)]
	if err := readBlock(s.reader, block, begin); err != nil {
		return err
	}
	if crc32.Checksum(block, castagnoli) != s.print.blocks[index] {
		return fmt.Errorf("%w: its bytes from %d to %d are not those that were hashed before", ErrChanged, begin, begin+int64(len(block)))
	}
	if v, ok := s.content.(verifier); ok && begin+int64(len(block)) >= s.end {
		if err := v.unchanged(); err != nil {
			return err
		}
	}
	s.block = block[s.pos-begin : min(int64(len(block)), s.end-begin)]
	return nil
}

// Close implements [io.Closer].
func (s *section) Close() error { return s.reader.Close() }

// Package gunzip unpacks gzip data (RFC 1952). It is about twice as fast as compress/gzip and its kin where whole files are read: it
// decodes from large buffers, several literals at a time, and repeats by whole words.
package gunzip

import (
	"errors"
	"hash/crc32"
	"io"
)

var (
	// ErrHeader says that data is not gzip.
	ErrHeader = errors.New("gzip: it does not begin as gzip data do")
	// ErrTrailing says that something else follows the gzip data.
	ErrTrailing = errors.New("something follows the gzip data that is not gzip")
	// ErrChecksum says that unpacked data is not what was packed.
	ErrChecksum = errors.New("gzip: the checksum is another one")
)

// Reader unpacks gzip data of one or more members. Like Python's gzip module it passes over zeros behind a member.
type Reader struct {
	inflater
	sum  uint32
	size uint32
	err  error // once it has happened
}

// NewReader reads the header of the first member. The error is io.EOF when there is no data at all.
func NewReader(from io.Reader) (*Reader, error) {
	r := &Reader{inflater: inflater{from: from, in: make([]byte, inSize), out: make([]byte, outSize+outSlack)}}
	if err := r.member(true); err != nil {
		return nil, err
	}
	return r, nil
}

// Read implements io.Reader. The error is io.ErrUnexpectedEOF for data that is cut off.
func (r *Reader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for r.given == r.made {
		if r.err != nil {
			return 0, r.err
		}
		r.room()
		before := r.made
		r.err = r.advance()
		if r.made > before { // A member that begins sets it back.
			r.sum = crc32.Update(r.sum, crc32.IEEETable, r.out[before:r.made])
			r.size += uint32(r.made - before)
		}
	}
	n := copy(p, r.out[r.given:r.made])
	r.given += n
	return n, nil
}

// advance unpacks some more.
func (r *Reader) advance() error {
	switch r.state {
	case atMember:
		return r.member(false)
	case atBlock:
		return r.block()
	case inStored:
		return r.copyStored()
	case inCodes:
		return r.codes()
	case atTrailer:
		return r.trailer()
	}
	return io.EOF
}

// trailer checks the sum and the size of a member.
func (r *Reader) trailer() error {
	r.bits >>= r.count & 7
	r.count &^= 7
	sum, err := r.littleEndian32()
	if err != nil {
		return err
	}
	size, err := r.littleEndian32()
	if err != nil {
		return err
	}
	if sum != r.sum || size != r.size {
		return ErrChecksum
	}
	r.giveBack()
	r.state = atMember
	return nil
}

// magic is how a header begins: the last byte stands for DEFLATE.
const magic = "\x1f\x8b\x08"

// Flags of a header.
const (
	hasSum     = 1 << 1
	hasExtra   = 1 << 2
	hasName    = 1 << 3
	hasComment = 1 << 4
)

// member reads the header of a member. The error is io.EOF when there is none.
func (r *Reader) member(first bool) error {
	if !first {
		if err := r.skipZeros(); err != nil {
			return err
		}
	} else if r.next == r.end {
		if err := r.fill(); errors.Is(err, io.ErrUnexpectedEOF) {
			return io.EOF
		} else if err != nil {
			return err
		}
	}
	var head [10]byte
	for i := range head {
		c, err := r.take(8)
		if err != nil {
			return err
		}
		head[i] = byte(c)
		if i < len(magic) && byte(c) != magic[i] {
			if !first {
				return ErrTrailing
			}
			return ErrHeader
		}
	}
	flags := head[3]
	if flags&hasExtra != 0 {
		n, err := r.take(16)
		for ; n > 0 && err == nil; n-- {
			_, err = r.take(8)
		}
		if err != nil {
			return err
		}
	}
	for _, flag := range []byte{hasName, hasComment} {
		if flags&flag == 0 {
			continue
		}
		for c := 1; c != 0; {
			var err error
			if c, err = r.take(8); err != nil {
				return err
			}
		}
	}
	if flags&hasSum != 0 {
		if _, err := r.take(16); err != nil {
			return err
		}
	}
	r.giveBack()
	r.state, r.sum, r.size = atBlock, 0, 0
	r.made, r.given = 0, 0 // Nothing of another member is repeated.
	return nil
}

// skipZeros steps over zeros. The error is io.EOF when there is nothing else.
func (r *Reader) skipZeros() error {
	for {
		for r.next < r.end {
			if r.in[r.next] != 0 {
				return nil
			}
			r.next++
		}
		if err := r.fill(); errors.Is(err, io.ErrUnexpectedEOF) {
			r.state = atEnd
			return io.EOF
		} else if err != nil {
			return err
		}
	}
}

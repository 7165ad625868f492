package source

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
)

// The decoders of LZ4 and of xz take an input that ends between two blocks for a complete one. lz4Frames and xzEnd stand before them, follow
// the layout of the packed data, and make io.ErrUnexpectedEOF of an end that comes too early.

// lz4Frames follows the frames of LZ4 (LZ4 Frame Format Description, version 1.6.4).
type lz4Frames struct {
	from io.Reader
	part lz4Part
	head []byte // of the part at hand, as far as it has been read
	want int    // bytes that the head has
	skip int64  // bytes of content that follow
	flag byte   // of the frame
}

// lz4Part is what comes next.
type lz4Part int

const (
	lz4Magic lz4Part = iota
	lz4Skippable
	lz4Flag
	lz4Descriptor
	lz4Block
	lz4Checksum
	lz4Unknown // an older format; nothing is known of its end
)

func newLZ4Frames(from io.Reader) *lz4Frames { return &lz4Frames{from: from, want: 4} }

// Read implements io.Reader.
func (l *lz4Frames) Read(p []byte) (int, error) {
	n, err := l.from.Read(p)
	for b := p[:n]; len(b) > 0; {
		if l.skip > 0 {
			k := min(l.skip, int64(len(b)))
			l.skip -= k
			b = b[k:]
			continue
		}
		k := min(l.want-len(l.head), len(b))
		l.head = append(l.head, b[:k]...)
		b = b[k:]
		if len(l.head) == l.want {
			l.next()
		}
	}
	atEnd := l.part == lz4Unknown || l.part == lz4Magic && len(l.head) == 0 && l.skip == 0
	if errors.Is(err, io.EOF) && !atEnd {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// next looks at a head that is complete. What is wrong in it the decoder will tell.
func (l *lz4Frames) next() {
	head := l.head
	l.head = l.head[:0]
	switch l.part {
	case lz4Magic:
		switch magic := binary.LittleEndian.Uint32(head); {
		case magic == 0x184D2204:
			l.part, l.want = lz4Flag, 1
		case magic&0xFFFFFFF0 == 0x184D2A50:
			l.part = lz4Skippable
		default:
			l.part, l.want = lz4Unknown, 1
		}
	case lz4Skippable:
		l.part, l.skip = lz4Magic, int64(binary.LittleEndian.Uint32(head))
	case lz4Flag:
		// What follows is the size of the blocks, that of the content, the number of a dictionary, and a checksum.
		l.flag = head[0]
		l.part, l.want = lz4Descriptor, 2
		if l.flag&0x08 != 0 {
			l.want += 8
		}
		if l.flag&0x01 != 0 {
			l.want += 4
		}
	case lz4Descriptor, lz4Checksum:
		l.part, l.want = map[lz4Part]lz4Part{lz4Descriptor: lz4Block, lz4Checksum: lz4Magic}[l.part], 4
	case lz4Block:
		size := binary.LittleEndian.Uint32(head)
		switch {
		case size != 0:
			l.skip = int64(size & 0x7FFFFFFF)
			if l.flag&0x10 != 0 {
				l.skip += 4
			}
		case l.flag&0x04 != 0:
			l.part = lz4Checksum
		default:
			l.part = lz4Magic
		}
	}
}

// xzEnd tells the ends of streams of xz data from other places: there the decoder has read a footer of twelve bytes, and looks for four
// that begin a stream or pad the one before.
type xzEnd struct {
	from *bufio.Reader
	last int // how many bytes the last read wanted
}

const xzFooter, xzProbe = 12, 4

// Read implements io.Reader. It fills p as far as there are bytes.
func (x *xzEnd) Read(p []byte) (int, error) {
	n, err := io.ReadFull(x.from, p)
	if len(p) != xzProbe || x.last != xzFooter && x.last != xzProbe {
		err = notEnd(err)
	}
	x.last = len(p)
	return n, err
}

// ReadByte implements io.ByteReader.
func (x *xzEnd) ReadByte() (byte, error) {
	b, err := x.from.ReadByte()
	x.last = 1
	return b, notEnd(err)
}

func notEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

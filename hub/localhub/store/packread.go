package store

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"sort"
	"strings"
	"sync"

	"github.com/klauspost/compress/zlib"
)

// packFile is a pack that is open for reading.
type packFile struct {
	index string // its path
	file  *os.File
	table []byte // the index
	n     int
	// foreign: git has made it, with differences between objects, which cannot be taken out one by one.
	foreign bool
}

// Where the tables of an index of version 2 begin.
const (
	indexFanout = 8
	indexIDs    = indexFanout + 256*4
	indexTail   = 2 * len(oid{})
)

func openPack(index string) (*packFile, error) {
	table, err := os.ReadFile(index)
	if err != nil {
		return nil, err
	}
	p := &packFile{index: index, table: table}
	if len(table) < indexIDs+indexTail || string(table[:8]) != "\xfftOc\x00\x00\x00\x02" {
		return nil, fmt.Errorf("%s is no index of a pack: %w", index, ErrCorrupt)
	}
	p.n = int(p.uint32(indexIDs - 4))
	if len(table) < indexIDs+p.n*(len(oid{})+8)+indexTail {
		return nil, fmt.Errorf("%s is too short: %w", index, ErrCorrupt)
	}
	if p.file, err = os.Open(strings.TrimSuffix(index, ".idx") + ".pack"); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *packFile) uint32(at int) uint32 { return binary.BigEndian.Uint32(p.table[at:]) }

func (p *packFile) id(i int) oid { return oid(p.table[indexIDs+i*len(oid{}):]) }

// from returns the first object whose id is not before o.
func (p *packFile) from(o oid) int {
	low := 0
	if o[0] > 0 {
		low = int(p.uint32(indexFanout + 4*(int(o[0])-1)))
	}
	high := int(p.uint32(indexFanout + 4*int(o[0])))
	if low > high || high > p.n {
		return p.n
	}
	return low + sort.Search(high-low, func(i int) bool {
		id := p.id(low + i)
		return bytes.Compare(id[:], o[:]) >= 0
	})
}

func (p *packFile) find(o oid) (offset int64, ok bool) {
	i := p.from(o)
	if i >= p.n || p.id(i) != o {
		return 0, false
	}
	return p.offset(i), true
}

func (p *packFile) offset(i int) int64 {
	offsets := indexIDs + p.n*(len(oid{})+4)
	small := p.uint32(offsets + 4*i)
	if small < hugeOffset {
		return int64(small)
	}
	at := offsets + 4*p.n + 8*int(small&^hugeOffset)
	if at+8+indexTail > len(p.table) {
		return -1
	}
	return int64(binary.BigEndian.Uint64(p.table[at:]))
}

// withPrefix lists the objects whose ids begin with the digits of prefix.
func (p *packFile) withPrefix(prefix string) []oid {
	first, err := hex.DecodeString(prefix + strings.Repeat("0", 2*len(oid{})-len(prefix)))
	if err != nil {
		return nil
	}
	var out []oid
	for i := p.from(oid(first)); i < p.n && strings.HasPrefix(p.id(i).String(), prefix); i++ {
		out = append(out, p.id(i))
	}
	return out
}

// packedObject is where and what an object in a pack is.
type packedObject struct {
	pack   *packFile
	offset int64
	data   int64 // where its zlib stream begins
	kind   objectKind
	size   int64
	base   int64 // of a kindOffsetDelta: where the object is that it changes
	ref    oid   // of a kindRefDelta
}

// object reads the header of the object at offset.
func (p *packFile) object(offset int64) (packedObject, error) {
	var b [64]byte
	n, err := p.file.ReadAt(b[:], offset)
	if err != nil && !errors.Is(err, io.EOF) {
		return packedObject{}, err
	}
	broken := fmt.Errorf("%s at %d: %w", p.file.Name(), offset, ErrCorrupt)
	head := bytes.NewReader(b[:n])
	c, err := head.ReadByte()
	if err != nil {
		return packedObject{}, broken
	}
	o := packedObject{pack: p, offset: offset, kind: objectKind(c >> 4 & 7), size: int64(c & 15)}
	for shift := 4; c&0x80 != 0; shift += 7 {
		if c, err = head.ReadByte(); err != nil || shift > 56 {
			return packedObject{}, broken
		}
		o.size |= int64(c&0x7f) << shift
	}
	switch o.kind {
	case kindCommit, kindTree, kindBlob, kindTag:
	case kindOffsetDelta:
		back := int64(-1)
		for c = 0x80; c&0x80 != 0; {
			if c, err = head.ReadByte(); err != nil || back > 1<<55 {
				return packedObject{}, broken
			}
			back = (back+1)<<7 | int64(c&0x7f)
		}
		if o.base = offset - back; back <= 0 || o.base <= 0 {
			return packedObject{}, broken
		}
	case kindRefDelta:
		if _, err := io.ReadFull(head, o.ref[:]); err != nil {
			return packedObject{}, broken
		}
	default:
		return packedObject{}, broken
	}
	o.data = offset + int64(n-head.Len())
	return o, nil
}

// inflater decompresses. It is worth keeping: a new one takes tens of kilobytes.
type inflater struct {
	buffer *bufio.Reader
	stream io.ReadCloser
}

var inflaters = sync.Pool{New: func() any { return &inflater{buffer: bufio.NewReaderSize(nil, 4<<10)} }}

// inflate begins to decompress r, with an inflater that the caller gives back with done.
func inflate(r io.Reader) (*inflater, error) {
	z := inflaters.Get().(*inflater)
	z.buffer.Reset(r)
	var err error
	if z.stream == nil {
		z.stream, err = zlib.NewReader(z.buffer)
	} else {
		err = z.stream.(zlib.Resetter).Reset(z.buffer, nil)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return z, nil
}

func (z *inflater) done() {
	z.buffer.Reset(nil)
	inflaters.Put(z)
}

// maxObject bounds the objects that are read into memory as a whole: trees, commits, and differences that git made.
const maxObject = 1 << 30

// content decompresses the stream of an object. Its checksum is checked.
func (o packedObject) content() ([]byte, error) {
	if o.size > maxObject {
		return nil, fmt.Errorf("%s at %d: an object of %d bytes cannot be read as a whole: %w", o.pack.file.Name(), o.offset, o.size, ErrCorrupt)
	}
	z, err := inflate(io.NewSectionReader(o.pack.file, o.data, 1<<62))
	if err != nil {
		return nil, err
	}
	defer z.done()
	out, err := readExactly(z.stream, o.size)
	if err != nil {
		return nil, fmt.Errorf("%s at %d: %w", o.pack.file.Name(), o.offset, err)
	}
	return out, nil
}

// readExactly reads size bytes, and makes sure that there are no more.
func readExactly(r io.Reader, size int64) ([]byte, error) {
	var b bytes.Buffer
	b.Grow(int(min(size, 1<<20)) + bytes.MinRead)
	n, err := b.ReadFrom(io.LimitReader(r, size+1))
	if err != nil || n != size {
		return nil, errors.Join(fmt.Errorf("%d bytes of %d: %w", n, size, ErrCorrupt), err)
	}
	return b.Bytes(), nil
}

// applyDelta makes an object of the one that it differs from (gitformat-pack, "Deltified representation").
func applyDelta(base, delta []byte) ([]byte, error) {
	broken := fmt.Errorf("a difference between objects is malformed: %w", ErrCorrupt)
	from, n := binary.Uvarint(delta)
	if n <= 0 || from != uint64(len(base)) {
		return nil, broken
	}
	delta = delta[n:]
	size, n := binary.Uvarint(delta)
	if n <= 0 || size > maxObject {
		return nil, broken
	}
	delta = delta[n:]
	out := make([]byte, 0, min(size, 1<<20))
	for len(delta) > 0 {
		op := delta[0]
		delta = delta[1:]
		if op&0x80 == 0 {
			if op == 0 || int(op) > len(delta) {
				return nil, broken
			}
			out = append(out, delta[:op]...)
			delta = delta[op:]
			continue
		}
		var args [7]byte
		for i := range args {
			if op&(1<<i) != 0 {
				if len(delta) == 0 {
					return nil, broken
				}
				args[i], delta = delta[0], delta[1:]
			}
		}
		offset := uint64(binary.LittleEndian.Uint32(args[:4]))
		length := uint64(args[4]) | uint64(args[5])<<8 | uint64(args[6])<<16
		if length == 0 {
			length = 0x10000
		}
		if offset+length > uint64(len(base)) || uint64(len(out))+length > size {
			return nil, broken
		}
		out = append(out, base[offset:offset+length]...)
	}
	if uint64(len(out)) != size {
		return nil, broken
	}
	return out, nil
}

package store

import (
	"bufio"
	"bytes"
	"crypto/sha1" //nolint:gosec // The format's checksum.
	"encoding/binary"
	"hash"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/klauspost/compress/zlib"
)

// packed is an object ready for a pack: its id, and the bytes that it takes there (gitformat-pack: kind and size, then zlib).
type packed struct {
	id   oid
	data []byte
}

// packObject compresses an object.
func packObject(kind objectKind, content []byte) packed {
	var b bytes.Buffer
	b.Write(entryHeader(kind, int64(len(content))))
	w := deflaters.Get().(*zlib.Writer)
	defer deflaters.Put(w)
	w.Reset(&b)
	_, _ = w.Write(content) // A buffer takes everything.
	_ = w.Close()
	return packed{id: objectID(kind, content), data: b.Bytes()}
}

// deflaters are worth keeping: a new one takes most of a megabyte.
var deflaters = sync.Pool{New: func() any {
	w, err := zlib.NewWriterLevel(io.Discard, zlib.BestSpeed)
	if err != nil {
		panic(err) // The level is one of the package's own.
	}
	return w
}}

// entryHeader is what precedes an object's zlib stream in a pack.
func entryHeader(kind objectKind, size int64) []byte {
	first := byte(kind)<<4 | byte(size&15)
	size >>= 4
	var out []byte
	for size > 0 {
		out = append(out, first|0x80)
		first = byte(size & 0x7f)
		size >>= 7
	}
	return append(out, first)
}

// packWriter writes a pack and its index (gitformat-pack, versions 2 of both).
type packWriter struct {
	disk    *disk
	file    *os.File
	buffer  *bufio.Writer
	sum     hash.Hash
	offset  int64
	entries []packEntry
	err     error
}

type packEntry struct {
	id     oid
	offset int64
	crc    uint32
}

// packBuffer is how much of a pack is written at a time.
const packBuffer = 256 << 10

// newPack begins a pack of count objects.
func newPack(d *disk, count int) (*packWriter, error) {
	f, err := d.create()
	if err != nil {
		return nil, err
	}
	p := &packWriter{disk: d, file: f, sum: sha1.New()} //nolint:gosec // See the import.
	p.buffer = bufio.NewWriterSize(io.MultiWriter(stepWriter{d, f}, p.sum), packBuffer)
	head := binary.BigEndian.AppendUint32([]byte("PACK\x00\x00\x00\x02"), uint32(count))
	p.write(head)
	return p, nil
}

// stepWriter is a file whose every write is a change of the disk.
type stepWriter struct {
	disk *disk
	io.Writer
}

func (w stepWriter) Write(p []byte) (int, error) {
	w.disk.step()
	return w.Writer.Write(p)
}

func (p *packWriter) write(data []byte) {
	if p.err == nil {
		var n int
		n, p.err = p.buffer.Write(data)
		p.offset += int64(n)
	}
}

// add appends an object.
func (p *packWriter) add(o packed) {
	p.entries = append(p.entries, packEntry{id: o.id, offset: p.offset, crc: crc32.ChecksumIEEE(o.data)})
	p.write(o.data)
}

// copy appends an object of size bytes, as it is in another pack or in the spool.
func (p *packWriter) copy(id oid, r io.Reader, size int64) {
	if p.err != nil {
		return
	}
	crc := crc32.NewIEEE()
	p.entries = append(p.entries, packEntry{id: id, offset: p.offset})
	var n int64
	n, p.err = io.CopyN(io.MultiWriter(p.buffer, crc), r, size)
	p.offset += n
	p.entries[len(p.entries)-1].crc = crc.Sum32()
}

// abort throws the pack away.
func (p *packWriter) abort() { _ = p.disk.discard(p.file, nil) }

// finish puts the pack into a folder, durably, and returns the path of its index. Git knows a pack by its index, which comes last.
func (p *packWriter) finish(folder string) (index string, err error) {
	if p.err == nil {
		p.err = p.buffer.Flush()
	}
	checksum := p.sum.Sum(nil)
	if p.err == nil {
		p.disk.step()
		_, p.err = p.file.Write(checksum)
	}
	if p.err != nil {
		p.abort()
		return "", p.err
	}
	name := filepath.Join(folder, "pack-"+oid(checksum).String())
	if err := p.disk.install(p.file, name+".pack", 0o444); err != nil {
		return "", err
	}
	f, err := p.disk.create()
	if err != nil {
		return "", err
	}
	if _, err := (stepWriter{p.disk, f}).Write(p.index(checksum)); err != nil {
		return "", p.disk.discard(f, err)
	}
	if err := p.disk.install(f, name+".idx", 0o444); err != nil {
		return "", err
	}
	return name + ".idx", p.disk.sync(folder)
}

// hugeOffset is the first that takes eight bytes in an index.
const hugeOffset = 1 << 31

// index makes the index of the pack.
func (p *packWriter) index(checksum []byte) []byte {
	slices.SortFunc(p.entries, func(a, b packEntry) int { return bytes.Compare(a.id[:], b.id[:]) })
	out := []byte("\xfftOc\x00\x00\x00\x02")
	at := 0
	for first := range 256 {
		for at < len(p.entries) && int(p.entries[at].id[0]) <= first {
			at++
		}
		out = binary.BigEndian.AppendUint32(out, uint32(at))
	}
	for _, e := range p.entries {
		out = append(out, e.id[:]...)
	}
	for _, e := range p.entries {
		out = binary.BigEndian.AppendUint32(out, e.crc)
	}
	var huge []byte
	for _, e := range p.entries {
		if e.offset < hugeOffset {
			out = binary.BigEndian.AppendUint32(out, uint32(e.offset))
			continue
		}
		out = binary.BigEndian.AppendUint32(out, uint32(hugeOffset|len(huge)/8))
		huge = binary.BigEndian.AppendUint64(huge, uint64(e.offset))
	}
	out = append(append(out, huge...), checksum...)
	sum := sha1.Sum(out) //nolint:gosec // See the import.
	return append(out, sum[:]...)
}

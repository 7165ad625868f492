package store

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"sort"
)

// listing is a table of all entries of a tree, in git's order, with what git has no quick answer to: sizes and the hashes of large
// files. It is a file, or in memory:
//
//	record*  offset*  footer
//	record   flags, length of the path (uvarint), path, git's id; of a file also its size (uvarint), of a large one its SHA-256
//	offset   8 bytes, little-endian: where each record begins, and where the last one ends
//	footer   number of records, bytes of all files, 8 bytes each; CRC-32C of all before, 4 bytes; listingMagic
type listing struct {
	path    string // "" when it is in memory
	memory  []byte
	n       int
	used    int64 // bytes of all files
	offsets int64 // where the offsets begin
}

const (
	listingMagic  = "hfspls1\n"
	listingFooter = 8 + 8 + 4 + len(listingMagic)

	flagDirectory = 1
	flagLarge     = 2
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// listingWriter writes a listing.
type listingWriter struct {
	w       *bufio.Writer
	crc     uint32
	at      uint64
	offsets []uint64
	used    int64
	err     error
}

func newListingWriter(w io.Writer) *listingWriter {
	return &listingWriter{w: bufio.NewWriterSize(w, packBuffer)}
}

func (l *listingWriter) write(p []byte) {
	if l.err == nil {
		_, l.err = l.w.Write(p)
		l.crc = crc32.Update(l.crc, castagnoli, p)
		l.at += uint64(len(p))
	}
}

// record appends an encoded entry.
func (l *listingWriter) record(raw []byte, size int64) {
	l.offsets = append(l.offsets, l.at)
	l.used += size
	l.write(raw)
}

// add appends an entry. Those of a folder follow it.
func (l *listingWriter) add(e Entry) {
	id, _ := parseOID(e.OID) // All ids here come from git objects.
	l.record(encodeEntry(nil, e, id), e.Size)
}

func encodeEntry(to []byte, e Entry, id oid) []byte {
	flags := byte(0)
	if e.Directory {
		flags |= flagDirectory
	}
	if e.Large() {
		flags |= flagLarge
	}
	to = append(to, flags)
	to = binary.AppendUvarint(to, uint64(len(e.Path)))
	to = append(to, e.Path...)
	to = append(to, id[:]...)
	if !e.Directory {
		to = binary.AppendUvarint(to, uint64(e.Size))
	}
	if e.Large() {
		sum, _ := hex.DecodeString(e.SHA256) // It was checked when it was taken in.
		to = append(to, sum...)
	}
	return to
}

// finish writes what follows the records.
func (l *listingWriter) finish() error {
	end := l.at
	for _, offset := range append(l.offsets, end) {
		l.write(binary.LittleEndian.AppendUint64(nil, offset))
	}
	tail := binary.LittleEndian.AppendUint64(nil, uint64(len(l.offsets)))
	l.write(binary.LittleEndian.AppendUint64(tail, uint64(l.used)))
	l.write(append(binary.LittleEndian.AppendUint32(nil, l.crc), listingMagic...))
	return errors.Join(l.err, l.w.Flush())
}

// openListing checks a listing, whose content is at path or in memory.
func openListing(path string, memory []byte) (*listing, error) {
	l := &listing{path: path, memory: memory}
	r, err := l.open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	broken := fmt.Errorf("the listing %s: %w", path, ErrCorrupt)
	size, err := r.size()
	if err != nil {
		return nil, err
	}
	if size < int64(listingFooter)+8 {
		return nil, broken
	}
	crc := crc32.New(castagnoli)
	end := size - 4 - int64(len(listingMagic))
	if _, err := io.Copy(crc, io.NewSectionReader(r, 0, end)); err != nil {
		return nil, err
	}
	footer := make([]byte, listingFooter)
	if _, err := r.ReadAt(footer, size-int64(listingFooter)); err != nil {
		return nil, err
	}
	if binary.LittleEndian.Uint32(footer[16:]) != crc.Sum32() || string(footer[20:]) != listingMagic {
		return nil, broken
	}
	l.n = int(binary.LittleEndian.Uint64(footer))
	l.used = int64(binary.LittleEndian.Uint64(footer[8:]))
	l.offsets = size - int64(listingFooter) - 8*int64(l.n+1)
	if l.n < 0 || l.offsets < 0 {
		return nil, broken
	}
	return l, nil
}

// listingReader is a listing that is open.
type listingReader struct {
	io.ReaderAt
	*listing
	file *os.File
}

func (l *listing) open() (*listingReader, error) {
	if l.path == "" {
		return &listingReader{ReaderAt: bytes.NewReader(l.memory), listing: l}, nil
	}
	f, err := os.Open(l.path)
	if err != nil {
		return nil, err
	}
	return &listingReader{ReaderAt: f, listing: l, file: f}, nil
}

func (r *listingReader) size() (int64, error) {
	if r.file == nil {
		return int64(len(r.memory)), nil
	}
	info, err := r.file.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// Close implements [io.Closer].
func (r *listingReader) Close() error {
	if r.file == nil {
		return nil
	}
	return r.file.Close()
}

// span returns where the records from i to j begin and end.
func (r *listingReader) span(i, j int) (begin, end int64, err error) {
	var b [8]byte
	for _, at := range []struct {
		record int
		to     *int64
	}{{i, &begin}, {j, &end}} {
		if _, err := r.ReadAt(b[:], r.offsets+8*int64(at.record)); err != nil {
			return 0, 0, err
		}
		*at.to = int64(binary.LittleEndian.Uint64(b[:]))
	}
	if begin < 0 || end < begin || end > r.offsets {
		return 0, 0, fmt.Errorf("the listing %s: %w", r.path, ErrCorrupt)
	}
	return begin, end, nil
}

func (r *listingReader) at(i int) (Entry, error) {
	begin, end, err := r.span(i, i+1)
	if err != nil {
		return Entry{}, err
	}
	raw := make([]byte, end-begin)
	if _, err := r.ReadAt(raw, begin); err != nil {
		return Entry{}, err
	}
	s := scanner{r: bufio.NewReaderSize(bytes.NewReader(raw), 64)}
	if !s.next() {
		return Entry{}, fmt.Errorf("the listing %s: %w", r.path, errors.Join(s.err, ErrCorrupt))
	}
	return s.entry, nil
}

// key is what the entries are ordered by.
func (e Entry) key() string {
	if e.Directory {
		return e.Path + "/"
	}
	return e.Path
}

// from returns the first entry whose key is not before key.
func (r *listingReader) from(key string) (int, error) {
	var failed error
	i := sort.Search(r.n, func(i int) bool {
		e, err := r.at(i)
		if err != nil {
			failed = err
		}
		return err != nil || e.key() >= key
	})
	return i, failed
}

// find returns the entry at path, and its number.
func (r *listingReader) find(path string) (e Entry, i int, ok bool, err error) {
	for _, key := range []string{path, path + "/"} {
		if i, err = r.from(key); err != nil {
			return Entry{}, 0, false, err
		}
		if i == r.n {
			continue
		}
		if e, err = r.at(i); err != nil || e.Path == path {
			return e, i, err == nil, err
		}
	}
	return Entry{}, 0, false, nil
}

// scan reads the entries from i to j one after another.
func (r *listingReader) scan(i, j int) (*scanner, error) {
	begin, end, err := r.span(i, j)
	if err != nil {
		return nil, err
	}
	size := int(min(end-begin, packBuffer))
	return &scanner{r: bufio.NewReaderSize(io.NewSectionReader(r, begin, end-begin), size)}, nil
}

// scanner reads entries.
type scanner struct {
	r     *bufio.Reader
	raw   []byte
	entry Entry
	id    oid
	err   error
}

// next reads an entry. It is false at the end, or when s.err tells what is wrong.
func (s *scanner) next() bool {
	flags, err := s.r.ReadByte()
	if err != nil {
		if !errors.Is(err, io.EOF) {
			s.err = err
		}
		return false
	}
	length, err := binary.ReadUvarint(s.r)
	if err != nil || length > 2*maxPath {
		s.err = errors.Join(ErrCorrupt, err)
		return false
	}
	s.raw = binary.AppendUvarint(append(s.raw[:0], flags), length)
	text := s.take(int(length))
	s.entry = Entry{Path: string(text), Directory: flags&flagDirectory != 0}
	copy(s.id[:], s.take(len(s.id)))
	s.entry.OID = s.id.String()
	if !s.entry.Directory && s.err == nil {
		var size uint64
		if size, s.err = binary.ReadUvarint(s.r); s.err == nil {
			s.raw = binary.AppendUvarint(s.raw, size)
			s.entry.Size = int64(size)
		}
	}
	if flags&flagLarge != 0 {
		s.entry.SHA256 = hex.EncodeToString(s.take(32))
	}
	return s.err == nil
}

// take reads n bytes, which are good until the next call.
func (s *scanner) take(n int) []byte {
	if s.err != nil {
		return nil
	}
	at := len(s.raw)
	s.raw = append(s.raw, make([]byte, n)...)
	_, s.err = io.ReadFull(s.r, s.raw[at:])
	return s.raw[at:]
}

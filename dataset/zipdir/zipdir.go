// Package zipdir reads zip archives that lie behind ranged reads: their directory with one or two requests, and single members
// with one request each.
package zipdir

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// Fetch opens length bytes of the archive from offset.
type Fetch func(ctx context.Context, offset, length int64) (io.ReadCloser, error)

// Entry is a file in an archive. It holds all that [Entry.Open] needs, and marshals to JSON.
type Entry struct {
	Name   string `json:"name"`             // with slashes; relative, and without ".."
	Method uint16 `json:"method,omitempty"` // 0 stored, 8 deflated
	Packed int64  `json:"packed"`           // bytes in the archive
	Size   int64  `json:"size"`             // bytes unpacked
	CRC    uint32 `json:"crc"`
	Offset int64  `json:"offset"` // of the header that stands before the content
}

// ErrFormat says that an archive is damaged, or tries to mislead.
var ErrFormat = errors.New("not a valid zip archive")

const (
	endLength       = 22
	end64Length     = 56
	locator64Length = 20
	headerLength    = 46
	localLength     = 30
	// tailLength is how much of the end of an archive is read at first: small archives have their whole directory there.
	tailLength = 64 << 10
	// maxDirectory bounds the directory, in bytes: some five million members.
	maxDirectory = 512 << 20
)

// Read lists the files of an archive of size bytes, in the order of its directory. Directories are left out. Errors of the
// archive wrap ErrFormat; encrypted members and names that lead out of the archive are such errors.
func Read(ctx context.Context, size int64, fetch Fetch) ([]Entry, error) {
	tail, err := read(ctx, fetch, max(0, size-tailLength-endLength), min(size, tailLength+endLength))
	if err != nil {
		return nil, err
	}
	d, err := locate(ctx, tail, size, fetch)
	if err != nil {
		return nil, err
	}
	if d.length < 0 || d.length > maxDirectory || d.start < 0 || d.start+d.length > d.limit || d.count > d.length/headerLength {
		return nil, fmt.Errorf("%w: its directory of %d members would lie at byte %d with %d bytes", ErrFormat, d.count, d.start, d.length)
	}
	var directory []byte
	if from := d.start - (size - int64(len(tail))); from >= 0 {
		directory = tail[from : from+d.length]
	} else if directory, err = read(ctx, fetch, d.start, d.length); err != nil {
		return nil, err
	}
	entries, err := parse(directory, d)
	if err != nil {
		return nil, err
	}
	return entries, overlap(entries, d.start)
}

func read(ctx context.Context, fetch Fetch, offset, length int64) (_ []byte, err error) {
	if length == 0 {
		return nil, nil
	}
	body, err := fetch(ctx, offset, length)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, body.Close()) }()
	var into bytes.Buffer
	if _, err := io.CopyN(&into, body, length); err != nil {
		return nil, fmt.Errorf("read %d bytes from byte %d of the archive: %w", length, offset, tooShort(err))
	}
	return into.Bytes(), nil
}

// tooShort keeps what ends too early from being taken for the end of what is read.
func tooShort(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// directory tells where the directory of an archive lies.
type directory struct {
	start, length int64
	count         int64
	limit         int64 // where it must end at the latest
	large         bool  // the count is not cut to 16 bits
	shift         int64 // bytes before the archive proper, as in one that unpacks itself
}

func locate(ctx context.Context, tail []byte, size int64, fetch Fetch) (directory, error) {
	at := bytes.LastIndex(tail, []byte("PK\x05\x06"))
	for at >= 0 && (at+endLength > len(tail) || at+endLength+int(binary.LittleEndian.Uint16(tail[at+20:])) > len(tail)) {
		at = bytes.LastIndex(tail[:at], []byte("PK\x05\x06"))
	}
	if at < 0 {
		return directory{}, fmt.Errorf("%w: it has no directory at its end; it may be cut off", ErrFormat)
	}
	end := tail[at:]
	d := directory{
		count: int64(binary.LittleEndian.Uint16(end[10:])), length: int64(binary.LittleEndian.Uint32(end[12:])),
		start: int64(binary.LittleEndian.Uint32(end[16:])), limit: size - int64(len(tail)) + int64(at),
	}
	if disk := binary.LittleEndian.Uint16(end[4:]); disk != 0 && disk != 0xFFFF {
		return d, fmt.Errorf("%w: it is one of several parts", ErrFormat)
	}
	if at >= locator64Length && bytes.HasPrefix(tail[at-locator64Length:], []byte("PK\x06\x07")) {
		offset := int64(binary.LittleEndian.Uint64(tail[at-locator64Length+8:]))
		if offset < 0 || offset > size-end64Length {
			return d, fmt.Errorf("%w: its directory's end would lie at byte %d", ErrFormat, offset)
		}
		end, err := read(ctx, fetch, offset, end64Length)
		if err != nil {
			return d, err
		}
		if !bytes.HasPrefix(end, []byte("PK\x06\x06")) {
			return d, fmt.Errorf("%w: it has no end of a large directory where it should be", ErrFormat)
		}
		d.count, d.length = int64(binary.LittleEndian.Uint64(end[32:])), int64(binary.LittleEndian.Uint64(end[40:]))
		d.large = true
		d.start, d.limit = int64(binary.LittleEndian.Uint64(end[48:])), offset
		return d, nil
	}
	if shift := d.limit - d.length - d.start; shift > 0 {
		d.start += shift
		d.shift = shift
	}
	return d, nil
}

// parse reads a directory. Names that are not UTF-8 have the code page 437, as in Python's zipfile; it takes all names for such that a flag
// does not say to be UTF-8, which some writers forget.
func parse(text []byte, d directory) (_ []Entry, err error) {
	entries := make([]Entry, 0, d.count)
	var count int64
	for ; len(text) > 0; count++ {
		if len(text) < headerLength || !bytes.HasPrefix(text, []byte("PK\x01\x02")) {
			return nil, fmt.Errorf("%w: its directory ends after %d of %d members", ErrFormat, len(entries), d.count)
		}
		name := int(binary.LittleEndian.Uint16(text[28:]))
		extra := int(binary.LittleEndian.Uint16(text[30:]))
		comment := int(binary.LittleEndian.Uint16(text[32:]))
		if len(text) < headerLength+name+extra+comment {
			return nil, fmt.Errorf("%w: its directory ends within a member", ErrFormat)
		}
		e := Entry{
			Name: string(text[headerLength : headerLength+name]), Method: binary.LittleEndian.Uint16(text[10:]),
			CRC: binary.LittleEndian.Uint32(text[16:]), Packed: int64(binary.LittleEndian.Uint32(text[20:])),
			Size: int64(binary.LittleEndian.Uint32(text[24:])), Offset: int64(binary.LittleEndian.Uint32(text[42:])),
		}
		if !utf8.ValidString(e.Name) {
			if e.Name, err = charmap.CodePage437.NewDecoder().String(e.Name); err != nil {
				return nil, fmt.Errorf("%w: the name of a member: %w", ErrFormat, err)
			}
		}
		e.large(text[headerLength+name : headerLength+name+extra])
		e.Offset += d.shift
		encrypted := binary.LittleEndian.Uint16(text[8:])&1 != 0
		text = text[headerLength+name+extra+comment:]
		if strings.HasSuffix(e.Name, "/") {
			continue
		}
		if err := e.check(encrypted, d.start); err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	if count != d.count && (d.large || count&0xFFFF != d.count) {
		return nil, fmt.Errorf("%w: its directory has %d members, and says that they are %d", ErrFormat, count, d.count)
	}
	return entries, nil
}

// large takes the numbers that do not fit 32 bits from the extra field of a member.
func (e *Entry) large(extra []byte) {
	for len(extra) >= 4 {
		kind, length := binary.LittleEndian.Uint16(extra), int(binary.LittleEndian.Uint16(extra[2:]))
		if extra = extra[4:]; length > len(extra) {
			return
		}
		if kind == 1 {
			field := extra[:length]
			for _, n := range []*int64{&e.Size, &e.Packed, &e.Offset} {
				if *n == 0xFFFFFFFF && len(field) >= 8 {
					*n = int64(binary.LittleEndian.Uint64(field))
					field = field[8:]
				}
			}
		}
		extra = extra[length:]
	}
}

func (e Entry) check(encrypted bool, end int64) error {
	switch {
	case encrypted:
		return fmt.Errorf("%w: its member %q is encrypted", ErrFormat, e.Name)
	case e.Method != stored && e.Method != deflated:
		return fmt.Errorf("%w: its member %q is packed by method %d; stored and deflated members are read", ErrFormat, e.Name, e.Method)
	case e.Offset < 0 || e.Packed < 0 || e.Size < 0 || e.Offset > end-localLength || e.Packed > end-localLength-e.Offset:
		return fmt.Errorf("%w: its member %q would lie at byte %d with %d bytes", ErrFormat, e.Name, e.Offset, e.Packed)
	case e.Method == stored && e.Size != e.Packed, e.Size > 1100*e.Packed+1100: // Deflate packs 1032 bytes into one at best.
		return fmt.Errorf("%w: its member %q would grow from %d to %d bytes", ErrFormat, e.Name, e.Packed, e.Size)
	case !local(e.Name):
		return fmt.Errorf("%w: its member %q is named as if it lay outside of the archive", ErrFormat, e.Name)
	}
	return nil
}

func local(name string) bool {
	return name != "" && !strings.HasPrefix(name, "/") && !strings.ContainsAny(name, "\x00") &&
		!slices.Contains(strings.FieldsFunc(name, func(r rune) bool { return r == '/' || r == '\\' }), "..")
}

// overlap refuses archives whose members share bytes: they unpack to much more than they hold.
func overlap(entries []Entry, end int64) error {
	sorted := slices.Clone(entries)
	slices.SortFunc(sorted, func(a, b Entry) int { return cmp.Compare(a.Offset, b.Offset) })
	for i, e := range sorted {
		next := end
		if i+1 < len(sorted) {
			next = sorted[i+1].Offset
		}
		if e.Offset+localLength+e.Packed > next {
			return fmt.Errorf("%w: its member %q overlaps another one", ErrFormat, e.Name)
		}
	}
	return nil
}

// Walk orders entries as the datasets library walks an archive: the files of a directory by name, then its directories by name.
// Files and directories whose names begin with "." or "__" are left out. Of entries with one name the last counts.
func Walk(entries []Entry) []Entry {
	last := make(map[string]int, len(entries))
	for i, e := range entries {
		last[e.Name] = i
	}
	var out []Entry
	for i, e := range entries {
		if last[e.Name] == i && !hidden(e.Name) {
			out = append(out, e)
		}
	}
	slices.SortFunc(out, func(a, b Entry) int { return compareWalk(a.Name, b.Name) })
	return out
}

func hidden(name string) bool {
	return slices.ContainsFunc(strings.Split(name, "/"), func(part string) bool {
		return strings.HasPrefix(part, ".") || strings.HasPrefix(part, "__")
	})
}

func compareWalk(a, b string) int {
	for {
		x, restA, deeperA := strings.Cut(a, "/")
		y, restB, deeperB := strings.Cut(b, "/")
		if deeperA != deeperB {
			if deeperA {
				return 1
			}
			return -1
		}
		if c := cmp.Compare(x, y); c != 0 || !deeperA {
			return c
		}
		a, b = restA, restB
	}
}

// Base is the name of the entry without its directories.
func (e Entry) Base() string { return path.Base(e.Name) }

package source

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/hfspark/hfspark/dataset/zipdir"
)

// maxMember is how large a member of an archive may be, in bytes: a value of a column holds all of it.
const maxMember = 1 << 30

// archiveMember is a file in an archive.
type archiveMember struct {
	name string
	size int64
}

// archiveMembers goes through the regular files of an archive.
type archiveMembers interface {
	// next moves to the next file; after the last the error is io.EOF.
	next() (archiveMember, error)
	// content reads the file that next returned.
	content() ([]byte, error)
	io.Closer
}

// openArchive opens a tar archive, plain or packed, or a zip archive; its first bytes tell.
func openArchive(ctx context.Context, s Services, p Partition) (archiveMembers, error) {
	if strings.EqualFold(path.Ext(p.Path), ".zip") {
		return openZip(ctx, s, p)
	}
	ctx, cancel := context.WithCancel(ctx)
	t := &tarMembers{name: p.Path, cancel: cancel, stream: &remoteStream{ctx: ctx, files: s.Files, file: p.File()}}
	if err := t.open(p.Size); err != nil {
		return nil, errors.Join(err, t.Close())
	}
	return t, nil
}

// tarMembers goes through a tar archive.
type tarMembers struct {
	name     string
	cancel   context.CancelFunc
	stream   *remoteStream
	unpack   *textFile     // nil when the archive is plain
	unpacked *bufio.Reader // what it unpacks to
	input    *tarInput
	tar      *tar.Reader
	member   archiveMember
	behind   notZero // the end of the archive
}

// bufferedSeeker buffers a stream and passes over stretches that are not in the buffer.
type bufferedSeeker struct {
	*bufio.Reader
	stream *remoteStream
}

// Seek implements io.Seeker as remoteStream does.
func (b bufferedSeeker) Seek(offset int64, whence int) (int64, error) {
	n, err := b.Discard(int(min(offset, int64(b.Buffered()))))
	if err != nil {
		return 0, err
	}
	at, err := b.stream.Seek(offset-int64(n), whence)
	return at - int64(b.Buffered()), err
}

const tarBuffer = 64 << 10

func (t *tarMembers) open(size int64) error {
	if size == 0 {
		return fmt.Errorf("data file %s is empty, which is no tar archive", t.name)
	}
	plain := bufio.NewReaderSize(t.stream, tarBuffer)
	head, err := plain.Peek(8)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	kind := plainFile
	for _, s := range signatures {
		if bytes.HasPrefix(head, []byte(s.bytes)) {
			kind = s.kind
		}
	}
	switch {
	case kind == gzipFile, kind == bzip2File, kind == xzFile, kind == zstdFile, kind == lz4File:
		packed := &countedReader{Reader: plain}
		t.unpack = &textFile{body: io.NopCloser(nil), cancel: func() {}}
		if err := t.unpack.unpackWith(kind, t.name, packed); err != nil {
			return err
		}
		t.unpacked = bufio.NewReaderSize(&unpackedReader{Reader: t.unpack, packed: packed}, tarBuffer)
		t.input = &tarInput{from: t.unpacked}
		t.tar = tar.NewReader(t.input)
	case kind != plainFile:
		return fmt.Errorf("data file %s is no tar archive, as its name says, but begins like another kind of archive", t.name)
	default:
		seeker := bufferedSeeker{plain, t.stream}
		t.input = &tarInput{from: seeker}
		t.tar = tar.NewReader(seekableTar{t.input, seeker})
	}
	return nil
}

func (t *tarMembers) next() (archiveMember, error) {
	for {
		header, err := t.tar.Next()
		if errors.Is(err, io.EOF) {
			err = t.atEnd()
		}
		if err == io.EOF {
			return archiveMember{}, io.EOF
		}
		if err != nil {
			return archiveMember{}, t.damaged(err)
		}
		switch header.Typeflag {
		case tar.TypeReg, tar.TypeCont, tar.TypeGNUSparse:
		default:
			continue
		}
		t.member = archiveMember{header.Name, header.Size}
		if err := checkMember(t.name, t.member); err != nil {
			return t.member, err
		}
		return t.member, nil
	}
}

// tarBlock is how many bytes all parts of a tar archive are multiples of.
const tarBlock = 512

// tarInput follows what is read of a tar archive. archive/tar takes one for complete that is cut off in the zeros behind a member.
type tarInput struct {
	from  io.Reader
	at    int64
	ended bool // a block of zeros has been read, which is how archives end
}

// Read implements io.Reader.
func (t *tarInput) Read(p []byte) (int, error) {
	if len(p) != tarBlock {
		n, err := t.from.Read(p)
		t.at += int64(n)
		return n, err
	}
	n, err := io.ReadFull(t.from, p)
	t.at += int64(n)
	t.ended = t.ended || n == tarBlock && [tarBlock]byte(p) == [tarBlock]byte{}
	return n, err
}

// seekableTar is a tarInput that can pass over members.
type seekableTar struct {
	*tarInput
	seeker io.Seeker
}

// Seek implements io.Seeker.
func (s seekableTar) Seek(offset int64, whence int) (int64, error) {
	to, err := s.seeker.Seek(offset, whence)
	if err == nil {
		s.at += offset
	}
	return to, err
}

// atEnd reads packed data to its end, where its checksum is; the error is io.EOF when all is well.
func (t *tarMembers) atEnd() error {
	if !t.input.ended && t.input.at%tarBlock != 0 {
		return io.ErrUnexpectedEOF
	}
	rest := io.Reader(t.unpacked)
	if t.unpacked == nil {
		rest = io.LimitReader(t.input.from, maxPadding)
	}
	if _, err := io.Copy(&t.behind, rest); err != nil {
		return err
	}
	return io.EOF
}

// maxPadding is how many bytes behind the end of an archive are looked at, which should be zeros.
const maxPadding = 1 << 20

// notZero is set once something else than zeros is written to it.
type notZero bool

// Write implements io.Writer.
func (z *notZero) Write(p []byte) (int, error) {
	for _, b := range p {
		*z = *z || b != 0
	}
	return len(p), nil
}

// doubt tells, once all members are read, what speaks against the archive being whole, or is empty. The datasets library passes over
// both. A checksum says of packed data that nothing is missing.
func (t *tarMembers) doubt() string {
	switch {
	case bool(t.behind):
		return "something follows the end of the archive; it is left out, as in the datasets library"
	case t.unpacked == nil && !t.input.ended:
		return "the archive ends without the blocks of zeros that end one, so that members may be missing; compare its size with that of its source"
	}
	return ""
}

func (t *tarMembers) damaged(err error) error {
	after := "at its beginning"
	if t.member.name != "" {
		after = fmt.Sprintf("after the member %q", t.member.name)
	}
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("data file %s is cut off %s: the archive ends within a member", t.name, after)
	case errors.Is(err, tar.ErrHeader):
		return fmt.Errorf("data file %s is not a valid tar archive, or damaged, %s: %w", t.name, after, err)
	}
	return fmt.Errorf("data file %s, %s: %w", t.name, after, err)
}

// checkMember refuses names that lead out of the archive.
func checkMember(archive string, m archiveMember) error {
	if strings.HasPrefix(m.name, "/") || slices.Contains(strings.FieldsFunc(m.name, func(r rune) bool { return r == '/' || r == '\\' }), "..") {
		return fmt.Errorf("data file %s has a member named %q, as if it lay outside of the archive; such archives are refused", archive, m.name)
	}
	return nil
}

func tooLarge(archive string, m archiveMember) error {
	return fmt.Errorf("data file %s: the member %q has %d bytes; a value can have %d at most", archive, m.name, m.size, int64(maxMember))
}

func (t *tarMembers) content() ([]byte, error) {
	if t.member.size > maxMember {
		return nil, tooLarge(t.name, t.member)
	}
	var b bytes.Buffer
	b.Grow(int(min(t.member.size, 1<<20)) + bytes.MinRead) // It looks for the end behind the content.
	if _, err := b.ReadFrom(t.tar); err != nil {
		return nil, t.damaged(err)
	}
	return b.Bytes(), nil
}

// Close implements io.Closer.
func (t *tarMembers) Close() error {
	t.cancel()
	var err error
	if t.unpack != nil && t.unpack.unpack != nil {
		t.unpack.unpack()
	}
	return errors.Join(err, t.stream.Close())
}

// zipMembers goes through a zip archive in the order of its directory.
type zipMembers struct {
	ctx     context.Context //nolint:containedctx // It bounds the reads, whose interface has no context.
	name    string
	size    int64
	fetch   zipdir.Fetch
	entries []zipdir.Entry
	member  zipdir.Entry
}

// zipFetch reads ranges of a data file.
func zipFetch(s Services, p Partition) zipdir.Fetch {
	return func(ctx context.Context, offset, length int64) (io.ReadCloser, error) {
		return s.Files.Range(ctx, p.File(), offset, length)
	}
}

func openZip(ctx context.Context, s Services, p Partition) (*zipMembers, error) {
	fetch := zipFetch(s, p)
	entries, err := zipdir.Read(ctx, p.Size, fetch)
	if err != nil {
		return nil, fmt.Errorf("data file %s: %w", p.Path, err)
	}
	return &zipMembers{ctx: ctx, name: p.Path, size: p.Size, fetch: fetch, entries: entries}, nil
}

func (z *zipMembers) next() (archiveMember, error) {
	if len(z.entries) == 0 {
		return archiveMember{}, io.EOF
	}
	z.member, z.entries = z.entries[0], z.entries[1:]
	return archiveMember{z.member.Name, z.member.Size}, nil
}

func (z *zipMembers) content() ([]byte, error) {
	if z.member.Size > maxMember {
		return nil, tooLarge(z.name, archiveMember{z.member.Name, z.member.Size})
	}
	content, err := z.member.Bytes(z.ctx, z.size, z.fetch)
	if err != nil {
		return nil, fmt.Errorf("data file %s: %w", z.name, err)
	}
	return content, nil
}

// Close implements io.Closer.
func (z *zipMembers) Close() error { return nil }

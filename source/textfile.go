package source

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"

	"github.com/hfspark/hfspark/hub"
	"github.com/hfspark/hfspark/internal/gunzip"
)

// compression is how a file is packed.
type compression string

const (
	plainFile   compression = ""
	sniffed     compression = "?" // by its first bytes
	gzipFile    compression = "gzip"
	bzip2File   compression = "bzip2"
	zstdFile    compression = "zstd"
	lz4File     compression = "lz4"
	xzFile      compression = "xz"
	zipFile     compression = "zip"
	unsupported compression = "unsupported"
)

// compressionByExtension is the table of the datasets library (utils/file_utils.py, _get_extraction_protocol).
var compressionByExtension = map[string]compression{
	"txt": plainFile, "csv": plainFile, "json": plainFile, "jsonl": plainFile, "tsv": plainFile, "conll": plainFile,
	"conllu": plainFile, "orig": plainFile, "parquet": plainFile, "pkl": plainFile, "pickle": plainFile, "rel": plainFile,
	"xml": plainFile, "arrow": plainFile,
	"gz": gzipFile, "gzip": gzipFile, "bz2": bzip2File, "zst": zstdFile, "zstd": zstdFile, "lz4": lz4File, "xz": xzFile,
	"zip": zipFile, "tar": unsupported, "tgz": unsupported, "rar": unsupported, "eval": unsupported,
}

// compressionOf tells from its name how a file is packed; a name that does not tell leaves it to the first bytes.
func compressionOf(file string) (compression, error) {
	base := path.Base(file)
	for _, archive := range []string{".tar.gz", ".tar.bz2", ".tar.xz"} {
		if strings.HasSuffix(base, archive) {
			return unsupported, archiveError(file, archive)
		}
	}
	_, ext, ok := cutLast(base, ".")
	if !ok {
		return sniffed, nil
	}
	if i := strings.IndexAny(ext, "?-_"); i >= 0 {
		ext = ext[:i]
	}
	c, known := compressionByExtension[ext]
	switch {
	case !known:
		return sniffed, nil
	case c == unsupported:
		return c, archiveError(file, "."+ext)
	}
	return c, nil
}

func archiveError(file, extension string) error {
	if strings.HasPrefix(extension, ".t") {
		return fmt.Errorf("data file %s: files inside of tar archives are read as WebDataset only, by their position in the archive; "+
			"zip archives, and files packed by gzip, bzip2, xz, Zstandard and LZ4, are read in every text format", file)
	}
	return fmt.Errorf("data file %s: %s files are not read; zip archives, and files packed by gzip, bzip2, xz, Zstandard and LZ4, are", file, extension)
}

func cutLast(s, separator string) (before, after string, found bool) {
	i := strings.LastIndex(s, separator)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(separator):], true
}

// signature is the first bytes of packed files of a kind.
type signature struct {
	bytes string
	kind  compression
	name  string
}

var signatures = []signature{
	{"\x1f\x8b", gzipFile, ""},
	{"BZh", bzip2File, ""},
	{"\x28\xb5\x2f\xfd", zstdFile, ""},
	{"\x04\x22\x4d\x18", lz4File, ""},
	{"PK\x03\x04", unsupported, "zip (without the extension .zip)"},
	{"PK\x05\x06", unsupported, "zip (without the extension .zip)"},
	{"PK\x07\x08", unsupported, "zip (without the extension .zip)"},
	{"\xfd7zXZ\x00", xzFile, ""},
	{"Rar!", unsupported, ".rar"},
}

// textFile is the unpacked content of a data file, as a stream.
type textFile struct {
	io.Reader
	body   io.Closer
	unpack func()
	ahead  *readAhead // nil when there is none
	cancel context.CancelFunc
}

// text streams a document, unpacked and as UTF-8, some way ahead of who reads it.
func (d document) text(ctx context.Context, e textEncoding) (*textFile, error) {
	return d.stream(ctx, e, true)
}

// stream is text, with or without a goroutine that unpacks ahead of who reads it.
func (d document) stream(ctx context.Context, e textEncoding, ahead bool) (*textFile, error) {
	if d.kind == zipFile {
		return nil, fmt.Errorf("data file %s: it is a zip archive where a single file is expected", d.name)
	}
	ctx, cancel := context.WithCancel(ctx)
	body, err := d.open(ctx)
	if err != nil {
		cancel()
		return nil, fmt.Errorf("data file %s: %w", d.name, notEOF(err))
	}
	t := &textFile{body: body, cancel: cancel}
	packed := io.Reader(body)
	if !ahead && d.kind != plainFile { // What comes is unpacked by another goroutine than who fetches it.
		t.ahead = newReadAhead(body)
		packed = t.ahead
	}
	if err := t.unpackWith(d.kind, d.name, packed); err != nil {
		_ = t.Close()
		return nil, err
	}
	if ahead {
		t.ahead = newReadAhead(t.Reader)
		t.Reader = t.ahead
	}
	if t.Reader, err = e.reader(t.Reader); err != nil {
		_ = t.Close()
		return nil, err
	}
	return t, nil
}

func (t *textFile) unpackWith(kind compression, name string, body io.Reader) error {
	if kind == sniffed {
		buffered := bufio.NewReaderSize(body, 64<<10)
		head, err := buffered.Peek(8)
		if err != nil && err != io.EOF {
			return err
		}
		kind, body = plainFile, buffered
		for _, s := range signatures {
			if bytes.HasPrefix(head, []byte(s.bytes)) {
				if s.kind == unsupported {
					return archiveError(name, s.name)
				}
				kind = s.kind
			}
		}
	}
	switch kind {
	case gzipFile:
		r, err := gunzip.NewReader(body)
		if errors.Is(err, io.EOF) { // An empty file is one without content, as in Python.
			t.Reader = strings.NewReader("")
			return nil
		}
		if err != nil {
			return fmt.Errorf("data file %s is not gzip, as its name says: %w", name, err)
		}
		t.Reader = r
	case bzip2File:
		t.Reader = bzip2.NewReader(body)
	case xzFile:
		r, err := newXZReader(body)
		if err != nil {
			return fmt.Errorf("data file %s is not xz, as its name says, or cannot be read: %w", name, notEOF(err))
		}
		t.Reader = r
	case lz4File:
		buffered := bufio.NewReaderSize(body, 64<<10)
		if _, err := buffered.Peek(1); err != nil {
			return fmt.Errorf("data file %s is not LZ4, as its name says: %w", name, notEOF(err))
		}
		t.Reader = lz4.NewReader(newLZ4Frames(buffered))
	case zstdFile:
		r, err := zstd.NewReader(body, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(512<<20))
		if err != nil {
			return fmt.Errorf("data file %s is not Zstandard, as its name says: %w", name, notEOF(err))
		}
		t.Reader, t.unpack = r, r.Close
	default:
		t.Reader = body
		return nil
	}
	t.Reader = packedReader{t.Reader, kind}
	return nil
}

// Close stops the fetch.
func (t *textFile) Close() error {
	t.cancel() // A read under way ends.
	if t.ahead != nil {
		t.ahead.Close()
	}
	if t.unpack != nil {
		t.unpack()
	}
	_ = t.body.Close() // Its read may have been cut off just now; that is no error.
	return nil
}

// packedReader tells of packed data that ends too early, or is damaged.
type packedReader struct {
	from io.Reader
	kind compression
}

// Read implements io.Reader.
func (r packedReader) Read(p []byte) (int, error) {
	n, err := r.from.Read(p)
	var remote *hub.Error
	switch {
	case err == nil || errors.Is(err, io.EOF) || errors.Is(err, context.Canceled) || errors.As(err, &remote):
		return n, err
	case errors.Is(err, io.ErrUnexpectedEOF):
		return n, fmt.Errorf("the %s data ends in the middle; the file may be cut off: %w", r.kind, err)
	}
	return n, fmt.Errorf("the %s data is damaged: %w", r.kind, err)
}

package source

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"context"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"github.com/hfspark/hfspark/hub"
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
	unsupported compression = "unsupported"
)

// compressionByExtension is the table of the datasets library (utils/file_utils.py, _get_extraction_protocol).
var compressionByExtension = map[string]compression{
	"txt": plainFile, "csv": plainFile, "json": plainFile, "jsonl": plainFile, "tsv": plainFile, "conll": plainFile,
	"conllu": plainFile, "orig": plainFile, "parquet": plainFile, "pkl": plainFile, "pickle": plainFile, "rel": plainFile,
	"xml": plainFile, "arrow": plainFile,
	"gz": gzipFile, "gzip": gzipFile, "bz2": bzip2File, "zst": zstdFile, "zstd": zstdFile, "lz4": lz4File,
	"xz": unsupported, "zip": unsupported, "tar": unsupported, "tgz": unsupported, "rar": unsupported, "eval": unsupported,
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
	return fmt.Errorf("data file %s: %s files are not read yet; the Hub may have converted the dataset to Parquet: "+
		"option revision=refs/convert/parquet", file, extension)
}

func cutLast(s, separator string) (before, after string, found bool) {
	i := strings.LastIndex(s, separator)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(separator):], true
}

// signatures are the first bytes of packed files.
var signatures = []struct {
	bytes string
	kind  compression
	name  string
}{
	{"\x1f\x8b", gzipFile, ""},
	{"BZh", bzip2File, ""},
	{"\x28\xb5\x2f\xfd", zstdFile, ""},
	{"\x04\x22\x4d\x18", lz4File, ""},
	{"PK\x03\x04", unsupported, ".zip"},
	{"PK\x05\x06", unsupported, ".zip"},
	{"PK\x07\x08", unsupported, ".zip"},
	{"\xfd7zXZ\x00", unsupported, ".xz"},
	{"Rar!", unsupported, ".rar"},
}

// textFile is the unpacked content of a data file, as a stream.
type textFile struct {
	io.Reader
	body   io.Closer
	unpack func()
	cancel context.CancelFunc
}

// openText streams a file from its beginning, unpacked, and as UTF-8 when encoding names another one. Closing it stops the fetch.
func openText(ctx context.Context, files Files, f hub.File, encodingName string) (*textFile, error) {
	kind, err := compressionOf(f.Path)
	if err != nil {
		return nil, err
	}
	decoder, err := decoderOf(encodingName)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	body, err := files.Range(ctx, f, 0, -1)
	if err != nil {
		cancel()
		return nil, err
	}
	t := &textFile{body: body, cancel: cancel}
	if err := t.unpackWith(kind, f.Path, body); err != nil {
		_ = t.Close()
		return nil, err
	}
	if decoder != nil {
		t.Reader = transform.NewReader(t.Reader, decoder)
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
		r, err := gzip.NewReader(body)
		if err != nil {
			return fmt.Errorf("data file %s is not gzip, as its name says: %w", name, err)
		}
		t.Reader = r
	case bzip2File:
		t.Reader = bzip2.NewReader(body)
	case lz4File:
		t.Reader = lz4.NewReader(body)
	case zstdFile:
		r, err := zstd.NewReader(body, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(512<<20))
		if err != nil {
			return fmt.Errorf("data file %s is not Zstandard, as its name says: %w", name, err)
		}
		t.Reader, t.unpack = r, r.Close
	default:
		t.Reader = body
	}
	return nil
}

// Close stops the fetch.
func (t *textFile) Close() error {
	t.cancel()
	if t.unpack != nil {
		t.unpack()
	}
	return t.body.Close()
}

// decoderOf finds the decoder of an encoding by its name; nil for UTF-8, which needs none.
func decoderOf(name string) (transform.Transformer, error) {
	normal := strings.ReplaceAll(strings.ToLower(name), "_", "-")
	switch normal {
	case "", "utf-8", "utf8", "utf-8-sig", "u8", "ascii", "us-ascii":
		return nil, nil
	case "latin-1", "latin1", "iso-8859-1", "iso8859-1", "l1":
		return latin1{}, nil
	case "utf-16", "utf16":
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder(), nil
	}
	var e encoding.Encoding
	e, err := htmlindex.Get(strings.Replace(normal, "cp125", "windows-125", 1))
	if err != nil {
		return nil, fmt.Errorf("the parameter encoding is %q, which is not known; utf-8, latin-1, cp1252 and the encodings of the Web are", name)
	}
	return e.NewDecoder(), nil
}

// latin1 decodes ISO-8859-1 as Python does: each byte is the character of its number. (The encoding of that name on the Web is
// another one.)
type latin1 struct{ transform.NopResetter }

// Transform implements transform.Transformer.
func (latin1) Transform(dst, src []byte, _ bool) (written, read int, err error) {
	for _, b := range src {
		if b < 0x80 {
			if written >= len(dst) {
				return written, read, transform.ErrShortDst
			}
			dst[written] = b
			written++
		} else {
			if written+1 >= len(dst) {
				return written, read, transform.ErrShortDst
			}
			dst[written], dst[written+1] = 0xC0|b>>6, 0x80|b&0x3F
			written += 2
		}
		read++
	}
	return written, read, nil
}

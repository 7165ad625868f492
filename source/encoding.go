package source

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
	"golang.org/x/text/transform"
)

// textEncoding says how the bytes of a file are text: the parameters encoding and encoding_errors.
type textEncoding struct {
	name   string // as Python names it; "" is UTF-8
	errors string // strict, ignore, replace or backslashreplace; "" is strict
	// unchecked leaves it to the format to find bytes that are not UTF-8, which can then tell their place.
	unchecked bool
}

var encodingErrors = []string{"", "strict", "ignore", "replace", "backslashreplace"}

// encoding reads the parameters encoding and encoding_errors.
func (p *parameters) encoding(into *textEncoding) {
	p.text("encoding", &into.name)
	p.text("encoding_errors", &into.errors)
	if _, err := decoderOf(into.name); err != nil && p.err == nil {
		p.err = badOption("encoding", "%v", err)
	}
	if !slices.Contains(encodingErrors, into.errors) {
		p.fail("encoding_errors", "strict, ignore, replace and backslashreplace are supported")
	}
}

// reader turns text in the encoding into UTF-8.
func (e textEncoding) reader(from io.Reader) (io.Reader, error) {
	decoder, err := decoderOf(e.name)
	if err != nil {
		return nil, err
	}
	strict := e.errors == "" || e.errors == "strict"
	if mark, ok := decoder.(*dropBOM); ok {
		from, decoder = transform.NewReader(from, mark), nil
	}
	switch {
	case decoder != nil && strict && !holdsReplacement(e.name):
		return transform.NewReader(from, transform.Chain(decoder, &utf8Check{name: e.name, refuseReplacement: true})), nil
	case decoder != nil:
		return transform.NewReader(from, decoder), nil
	case strict && e.unchecked:
		return from, nil
	}
	return transform.NewReader(from, &utf8Check{name: "UTF-8", errors: e.errors}), nil
}

// holdsReplacement tells of encodings whose text may hold U+FFFD itself, which elsewhere stands for bytes that mean nothing.
func holdsReplacement(name string) bool {
	normal := strings.ToLower(name)
	return strings.Contains(normal, "utf") || strings.Contains(normal, "gb18030")
}

// utf8Check passes valid UTF-8 on and handles other bytes as Python does.
type utf8Check struct {
	name              string
	errors            string
	refuseReplacement bool
	offset, line      int64
}

// Reset implements transform.Transformer.
func (u *utf8Check) Reset() { u.offset, u.line = 0, 0 }

// Transform implements transform.Transformer.
func (u *utf8Check) Transform(dst, src []byte, atEOF bool) (written, read int, err error) {
	for read < len(src) {
		valid, broken := validPrefix(src[read:], atEOF)
		if u.refuseReplacement {
			if i := bytes.Index(src[read:read+valid], []byte("\uFFFD")); i >= 0 {
				u.take(src[read : read+i])
				return written, read, fmt.Errorf("line %d: bytes there are not %s; set the option encoding to that of the file, or encoding_errors", u.line+1, u.name)
			}
		}
		n := copy(dst[written:], src[read:read+valid])
		for n < valid && n > 0 && !utf8.RuneStart(src[read+n]) {
			n-- // Not in the middle of a character.
		}
		u.take(src[read : read+n])
		written, read = written+n, read+n
		if n < valid {
			return written, read, transform.ErrShortDst
		}
		if broken == 0 {
			if read < len(src) {
				return written, read, transform.ErrShortSrc
			}
			return written, read, nil
		}
		var instead string
		switch u.errors {
		case "ignore":
		case "replace":
			instead = "\uFFFD"
		case "backslashreplace":
			for _, c := range src[read : read+broken] {
				instead += fmt.Sprintf(`\x%02x`, c)
			}
		default:
			return written, read, fmt.Errorf("line %d, byte %d of the file: % x is not %s; set the option encoding to that of the file, or encoding_errors",
				u.line+1, u.offset, src[read:read+broken], u.name)
		}
		if len(dst)-written < len(instead) {
			return written, read, transform.ErrShortDst
		}
		written += copy(dst[written:], instead)
		u.take(src[read : read+broken])
		read += broken
	}
	return written, read, nil
}

func (u *utf8Check) take(text []byte) {
	u.offset += int64(len(text))
	u.line += int64(bytes.Count(text, []byte{'\n'}))
}

// validPrefix measures the UTF-8 at the beginning of b and the bytes after it that are not: as many as could begin a character.
// broken is 0 when b ends, perhaps in the middle of a character that may go on.
func validPrefix(b []byte, atEOF bool) (valid, broken int) {
	if utf8.Valid(b) {
		return len(b), 0
	}
	for valid < len(b) {
		if b[valid] < utf8.RuneSelf {
			valid++
			continue
		}
		r, size := utf8.DecodeRune(b[valid:])
		if r == utf8.RuneError && size == 1 {
			rest := b[valid:]
			if !atEOF && !utf8.FullRune(rest) {
				return valid, 0
			}
			return valid, brokenLength(rest)
		}
		valid += size
	}
	return valid, 0
}

// brokenLength is how many bytes belong to one broken character: the longest beginning of a valid one, at least one byte.
func brokenLength(b []byte) int {
	low, high, length := byte(0x80), byte(0xBF), 1
	switch c := b[0]; {
	case c >= 0xC2 && c <= 0xDF:
		length = 2
	case c >= 0xE0 && c <= 0xEF:
		length = 3
		if c == 0xE0 {
			low = 0xA0
		} else if c == 0xED {
			high = 0x9F
		}
	case c >= 0xF0 && c <= 0xF4:
		length = 4
		if c == 0xF0 {
			low = 0x90
		} else if c == 0xF4 {
			high = 0x8F
		}
	}
	n := 1
	for n < length && n < len(b) && b[n] >= low && b[n] <= high {
		low, high = 0x80, 0xBF
		n++
	}
	return n
}

// codePages are encodings of Python that the Web does not have, or knows by another name.
var codePages = map[string]encoding.Encoding{
	"cp437": charmap.CodePage437, "cp850": charmap.CodePage850, "cp852": charmap.CodePage852, "cp855": charmap.CodePage855,
	"cp858": charmap.CodePage858, "cp860": charmap.CodePage860, "cp862": charmap.CodePage862, "cp863": charmap.CodePage863,
	"cp865": charmap.CodePage865, "cp866": charmap.CodePage866, "mac-roman": charmap.Macintosh, "macroman": charmap.Macintosh,
	"utf-16-le": unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), "utf-16le": unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM),
	"utf-16-be": unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), "utf-16be": unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM),
	"utf-16": unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM), "utf16": unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM),
	"utf-32": utf32.UTF32(utf32.LittleEndian, utf32.UseBOM), "utf32": utf32.UTF32(utf32.LittleEndian, utf32.UseBOM),
	"utf-32-le": utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM), "utf-32-be": utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM),
}

// webNames are Python's names for encodings of the Web.
var webNames = map[string]string{
	"cp932": "shift_jis", "shift-jis": "shift_jis", "sjis": "shift_jis", "cp936": "gbk", "gb2312": "gbk", "cp949": "euc-kr", "cp950": "big5",
	"euc-jp": "euc-jp", "iso-2022-jp": "iso-2022-jp", "koi8-r": "koi8-r", "koi8-u": "koi8-u",
}

// decoderOf finds the decoder of an encoding by its name; nil for UTF-8, which needs none.
func decoderOf(name string) (transform.Transformer, error) {
	normal := strings.ReplaceAll(strings.ToLower(strings.TrimSpace(name)), "_", "-")
	switch normal {
	case "", "utf-8", "utf8", "u8", "ascii", "us-ascii":
		return nil, nil
	case "utf-8-sig", "utf8-sig":
		return &dropBOM{}, nil
	case "latin-1", "latin1", "iso-8859-1", "iso8859-1", "l1", "latin":
		return latin1{}, nil
	}
	if e, ok := codePages[normal]; ok {
		return e.NewDecoder(), nil
	}
	web := strings.Replace(normal, "cp125", "windows-125", 1)
	if rest, ok := strings.CutPrefix(web, "iso8859-"); ok {
		web = "iso-8859-" + rest
	}
	if other, ok := webNames[normal]; ok {
		web = other
	}
	e, err := htmlindex.Get(web)
	if err != nil {
		return nil, fmt.Errorf("the parameter encoding is %q, which is not known; utf-8, latin-1, cp1252 and the encodings of the Web are", name)
	}
	return e.NewDecoder(), nil
}

// dropBOM cuts the byte order mark of UTF-8 off.
type dropBOM struct{ begun bool }

// Reset implements transform.Transformer.
func (d *dropBOM) Reset() { d.begun = false }

// Transform implements transform.Transformer.
func (d *dropBOM) Transform(dst, src []byte, atEOF bool) (written, read int, err error) {
	if !d.begun {
		if len(src) < 3 && !atEOF {
			return 0, 0, transform.ErrShortSrc
		}
		if bytes.HasPrefix(src, []byte("\xef\xbb\xbf")) {
			read = 3
		}
		d.begun = true
	}
	n := copy(dst, src[read:])
	if read+n < len(src) {
		err = transform.ErrShortDst
	}
	return n, read + n, err
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

// newlines turns \r\n and \r into \n, as Python's text files do.
type newlines struct {
	from     io.Reader
	returned bool // the last byte was \r, and \n has been given for it
}

// Read implements io.Reader.
func (r *newlines) Read(p []byte) (int, error) {
	n, err := r.from.Read(p)
	if n == 0 || !r.returned && bytes.IndexByte(p[:n], '\r') < 0 {
		return n, err
	}
	out := p[:0]
	for _, c := range p[:n] {
		switch {
		case c == '\n' && r.returned:
			r.returned = false
			continue
		case c == '\r':
			c = '\n'
			r.returned = true
		default:
			r.returned = false
		}
		out = append(out, c)
	}
	if len(out) == 0 && err == nil && len(p) > 0 {
		return r.Read(p)
	}
	return len(out), err
}

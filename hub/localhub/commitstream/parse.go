// Package commitstream reads the commit requests of the Hub: lines of JSON, a header and then one line for each file, some of them
// with the whole content of a file. Memory stays bounded however long the lines are.
package commitstream

import (
	"bufio"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/hfspark/hfspark/hub/wire"
)

// Bounds of what a line may hold besides content, in bytes.
const (
	maxKey         = 256
	maxPath        = 16 << 10 // What is no valid path is refused later, by name.
	maxSummary     = 64 << 10
	maxDescription = 1 << 20
	maxHash        = 256
)

// MaxOperations bounds the lines of one commit.
const MaxOperations = 100_000

// Error is a request that is not well formed.
type Error struct {
	Line   int // counted from 1
	Reason string
}

func (e *Error) Error() string { return fmt.Sprintf("commit request, line %d: %s", e.Line, e.Reason) }

// ErrTooMany says that a commit has more than [MaxOperations] lines, or more LFS files than [wire.MaxCommitLFS].
var ErrTooMany = errors.New("the commit has too many files")

// Sink takes what a commit request holds, in its order. Its errors end the reading, and are returned as they are.
type Sink interface {
	// Header is called once, first.
	Header(wire.CommitHeader) error
	// File adds a file. content is good until the call returns.
	File(path string, content io.Reader) error
	// LFSFile adds a file whose content is an LFS object.
	LFSFile(wire.CommitLFSFile) error
	// Delete removes a file, or a folder with all that is in it.
	Delete(path string, folder bool) error
}

// Options bounds what [Parse] reads.
type Options struct {
	// MaxContent is the size in bytes of the largest content of a file; 0 means no bound. Larger ones are an [*Error], soon after they
	// are that large.
	MaxContent int64
	// Dir is the folder for contents of more than 1 MiB, which must wait for the rest of their line; "" is the system's folder for such
	// files.
	Dir string
}

// Parse reads a request to its end. Members of a line that are not known are passed over, as the Hub does; a line with an unknown
// key is an error.
func Parse(r io.Reader, o Options, sink Sink) (err error) {
	if o.MaxContent <= 0 {
		o.MaxContent = 1 << 60
	}
	p := &parser{scanner: &scanner{r: bufio.NewReaderSize(r, 64<<10)}, sink: sink, most: o.MaxContent, content: &spool{dir: o.Dir}}
	defer func() { err = errors.Join(err, p.content.close()) }()
	for {
		more, err := p.nextLine()
		if err != nil {
			return err
		}
		if !more {
			break
		}
		if err := p.one(); err != nil {
			return err
		}
	}
	if !p.headed {
		return p.fail("the request is empty: expected a header")
	}
	return nil
}

// parser reads the lines of one request.
type parser struct {
	*scanner
	sink    Sink
	content *spool
	most    int64 // bytes of a content
	headed  bool  // the header has been read
	count   int   // lines after the header
	large   int   // of them LFS files
}

// nextLine passes over empty lines; it is false at the end of the request.
func (p *parser) nextLine() (bool, error) {
	p.line++
	for {
		b, err := p.r.ReadByte()
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		switch b {
		case '\n':
			p.line++
		case ' ', '\t', '\r':
		default:
			return true, p.r.UnreadByte()
		}
	}
}

// value is what the members of a line's value may be, whatever its key, which may come after it.
type value struct {
	path, oldPath, encoding, algo, oid string
	summary, description, parent       string
	size                               *int64
	hasContent                         bool
}

// one reads a line.
func (p *parser) one() error {
	var key string
	var v value
	found := false
	err := p.object(func(member string) (err error) {
		switch member {
		case "key":
			key, err = p.text(maxKey)
		case "value":
			found = true
			v = value{}
			err = p.object(func(member string) error { return p.member(&v, member) })
		default:
			err = p.skip(0)
		}
		return err
	})
	if err != nil {
		return err
	}
	if err := p.lineEnd(); err != nil {
		return err
	}
	if key == "" || !found {
		return p.fail(`expected {"key": …, "value": {…}}`)
	}
	return p.take(key, v)
}

// lineEnd takes the end of a line.
func (p *parser) lineEnd() error {
	for {
		b, err := p.r.ReadByte()
		switch {
		case errors.Is(err, io.EOF) || err == nil && b == '\n':
			return nil
		case err != nil:
			return err
		case b != ' ' && b != '\t' && b != '\r':
			return p.fail("expected the line's end, found %q", b)
		}
	}
}

// member reads one member of a line's value.
func (p *parser) member(v *value, name string) error {
	texts := map[string]struct {
		to    *string
		limit int64
	}{
		"path": {&v.path, maxPath}, "oldPath": {&v.oldPath, maxPath}, "encoding": {&v.encoding, maxKey}, "algo": {&v.algo, maxKey},
		"oid": {&v.oid, maxHash}, "summary": {&v.summary, maxSummary}, "description": {&v.description, maxDescription},
		"parentCommit": {&v.parent, maxHash},
	}
	text, isText := texts[name]
	if !isText && name != "content" && name != "size" {
		return p.skip(0)
	}
	if null, err := p.null(); null || err != nil {
		return err
	}
	var err error
	switch {
	case isText:
		*text.to, err = p.text(text.limit)
	case name == "size":
		var n int64
		n, err = p.number()
		v.size = &n
	default:
		v.hasContent = true
		if err = p.expect('"'); err == nil {
			err = p.fill()
		}
	}
	return err
}

// fill takes in a content. It may be base64, which is longer than what it stands for; how, the line may tell only later.
func (p *parser) fill() error {
	longest := p.most/3*4 + 4
	text := &io.LimitedReader{R: &textReader{scanner: p.scanner}, N: longest + 1}
	if err := p.content.fill(text); err != nil {
		return err
	}
	if text.N == 0 {
		return p.tooLarge()
	}
	return nil
}

func (p *parser) tooLarge() error {
	return p.fail("the content of a file is larger than %d bytes: upload it by Git LFS", p.most)
}

// take hands a line to the sink.
func (p *parser) take(key string, v value) error {
	if key == wire.KeyHeader {
		return p.header(v)
	}
	if !p.headed {
		return p.fail("expected the header first, found %q", key)
	}
	if p.count++; p.count > MaxOperations {
		return ErrTooMany
	}
	switch key {
	case wire.KeyFile, wire.KeyLFSFile, wire.KeyDeletedFile, wire.KeyDeletedFolder:
	default:
		return p.fail("there is no operation %q; expected file, lfsFile, deletedFile or deletedFolder", key)
	}
	if v.path == "" {
		return p.fail("%s has no path", key)
	}
	switch key {
	case wire.KeyDeletedFile, wire.KeyDeletedFolder:
		return p.sink.Delete(v.path, key == wire.KeyDeletedFolder)
	case wire.KeyFile:
		return p.file(v)
	default:
		return p.lfsFile(v)
	}
}

func (p *parser) header(v value) error {
	switch {
	case p.headed:
		return p.fail("the request has a second header")
	case strings.TrimSpace(v.summary) == "":
		return p.fail("the header has no summary")
	}
	p.headed = true
	return p.sink.Header(wire.CommitHeader{Summary: v.summary, Description: v.description, ParentCommit: v.parent})
}

func (p *parser) file(v value) error {
	if !v.hasContent {
		return p.fail("file %q has no content", v.path)
	}
	content, err := p.content.reader()
	if err != nil {
		return err
	}
	switch v.encoding {
	case "base64":
		content = &base64Reader{from: base64.NewDecoder(base64.StdEncoding, content), path: v.path, parser: p}
	case "", "utf-8":
	default:
		return p.fail("file %q: there is no encoding %q; expected base64 or utf-8", v.path, v.encoding)
	}
	if err := p.renamed(v); err != nil {
		return err
	}
	bounded := &io.LimitedReader{R: content, N: p.most + 1}
	err = p.sink.File(v.path, bounded)
	if bounded.N == 0 {
		return p.tooLarge()
	}
	return err
}

func (p *parser) lfsFile(v value) error {
	if v.algo != "" && v.algo != "sha256" {
		return p.fail("lfsFile %q: there is no algorithm %q; expected sha256", v.path, v.algo)
	}
	if len(v.oid) != 64 || strings.Trim(v.oid, "0123456789abcdef") != "" {
		return p.fail("lfsFile %q: the oid is no SHA-256 in lower-case hexadecimal digits", v.path)
	}
	if v.size != nil && *v.size < 0 {
		return p.fail("lfsFile %q: the size is negative", v.path)
	}
	if p.large++; p.large > wire.MaxCommitLFS {
		return ErrTooMany
	}
	if err := p.renamed(v); err != nil {
		return err
	}
	return p.sink.LFSFile(wire.CommitLFSFile{Path: v.path, Algo: "sha256", OID: v.oid, Size: v.size})
}

// renamed removes the path that a file had before.
func (p *parser) renamed(v value) error {
	if v.oldPath == "" || v.oldPath == v.path {
		return nil
	}
	return p.sink.Delete(v.oldPath, false)
}

// base64Reader turns errors of the encoding into errors about the line.
type base64Reader struct {
	from   io.Reader
	path   string
	parser *parser
}

// Read implements [io.Reader].
func (b *base64Reader) Read(to []byte) (int, error) {
	n, err := b.from.Read(to)
	var corrupt base64.CorruptInputError
	if errors.As(err, &corrupt) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = b.parser.fail("file %q: the content is no base64", b.path)
	}
	return n, err
}

package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/hfspark/hfspark/hub"
)

// lines is the document of the lines that a partition has of its file.
func (s Services) lines(p Partition) document {
	if p.Lines.Header != nil {
		d := document{name: p.Path, kind: plainFile, lines: true, open: func(ctx context.Context) (io.ReadCloser, error) {
			return s.Files.Range(ctx, p.File(), p.Lines.From, p.Lines.To-p.Lines.From)
		}}
		if p.Lines.From > 0 {
			d.name = fmt.Sprintf("%s (from byte %d on)", p.Path, p.Lines.From)
		}
		return d
	}
	return document{
		name: fmt.Sprintf("%s (lines from byte %d on)", p.Path, p.Lines.From), kind: plainFile, lines: true,
		open: func(ctx context.Context) (io.ReadCloser, error) {
			return &lineRange{ctx: ctx, files: s.Files, file: p.File(), from: p.Lines.From, to: min(p.Lines.To, p.Size)}, nil
		},
	}
}

// lineRange reads the lines of a file that begin in [from, to). Lines end in \n; the last one may reach beyond to.
type lineRange struct {
	ctx      context.Context //nolint:containedctx // It bounds the reads, whose interface has no context.
	files    Files
	file     hub.File
	from, to int64

	body    io.ReadCloser
	at, end int64 // of the file: the next byte of body, and where body ends
	begun   bool  // the first line has been found
	inLine  bool  // the last byte that was given does not end a line
	last    bool  // what is read is the rest of the last line
	done    bool
}

// lineTail is how many bytes are first asked for of a line that goes on behind the range; each next request asks for twice as many.
const lineTail = 64 << 10

// Read implements io.Reader.
func (l *lineRange) Read(p []byte) (int, error) {
	for !l.done {
		if l.body == nil {
			if err := l.open(); err != nil || l.done {
				return 0, errOrEOF(err)
			}
		}
		n, err := l.body.Read(p)
		l.at += int64(n)
		if errors.Is(err, io.EOF) && l.at < l.end {
			err = io.ErrUnexpectedEOF
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
		if n = l.take(p, n); n > 0 {
			return n, nil
		}
		if err != nil {
			if err := l.Close(); err != nil {
				return 0, err
			}
		}
	}
	return 0, io.EOF
}

func errOrEOF(err error) error {
	if err == nil {
		return io.EOF
	}
	return err
}

// open asks for the range, and after it for the rest of its last line.
func (l *lineRange) open() error {
	switch {
	case l.at == 0 && l.end == 0:
		// The byte before tells whether a line begins at from.
		l.at, l.end = max(l.from-1, 0), l.to
		l.begun = l.from == 0
	case !l.begun || !l.inLine || l.end >= l.file.Size:
		l.done = true
		return nil
	default:
		size := int64(lineTail)
		if l.last {
			size = 2 * (l.end - l.to)
		}
		l.last = true
		l.at, l.end = l.end, min(l.end+size, l.file.Size)
	}
	if l.at >= l.end {
		l.done = true
		return nil
	}
	body, err := l.files.Range(l.ctx, l.file, l.at, l.end-l.at)
	l.body = body
	return err
}

// take keeps of p[:n] what belongs to the lines, at the front of p.
func (l *lineRange) take(p []byte, n int) int {
	if !l.begun {
		i := bytes.IndexByte(p[:n], '\n')
		if i < 0 {
			return 0
		}
		l.begun = true
		n = copy(p, p[i+1:n])
	}
	if l.last {
		if i := bytes.IndexByte(p[:n], '\n'); i >= 0 {
			n, l.done = i+1, true
		}
	}
	if n > 0 {
		l.inLine = p[n-1] != '\n'
	}
	return n
}

// Close stops the fetch.
func (l *lineRange) Close() error {
	if l.body == nil {
		return nil
	}
	body := l.body
	l.body = nil
	return body.Close()
}

package source

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// blocks says whether rows can be told without knowing how many come before them.
func (o *csvOptions) blocks() bool { return o.rows < 0 && o.skipLines == nil }

// lastRow measures the rows in data, which begins with a row. Line breaks inside of quotes end none. Quotes that open nothing mislead
// it, so that it looks at them only when it is asked for a likely end.
func (o *csvOptions) lastRow(data []byte, sure bool) int {
	terminator := o.terminator
	if terminator == 0 {
		terminator = '\n'
		if len(data) > 0 && bytes.IndexByte(data, '\n') < 0 { // Not between \r and \n.
			terminator, data = '\r', data[:len(data)-1]
		}
	}
	if !o.quoting || o.quote == 0 || !sure {
		return bytes.LastIndexByte(data, terminator) + 1
	}
	quote := []byte{o.quote}
	before := bytes.Count(data, quote)
	for end := len(data); ; {
		i := bytes.LastIndexByte(data[:end], terminator)
		if i < 0 {
			return 0
		}
		before -= bytes.Count(data[i:end], quote)
		if before%2 == 0 {
			return i + 1
		}
		end = i
	}
}

// openCSVBlocks opens a file to be parsed in blocks. find finds the columns that are asked for. When the header is not all in the first
// block, the file is read row by row.
func openCSVBlocks(ctx context.Context, d document, o *csvOptions, sizes blockSizes, p Partition, needed *arrow.Schema, find func(*csvFile) (*csvRows, error)) (rowSource, error) {
	text, err := d.stream(ctx, o.encoding, false)
	if err != nil {
		return nil, err
	}
	fail := func(err error) (rowSource, error) { return nil, errors.Join(err, text.Close()) }
	cutter := newBlockCutter(text.Reader, sizes, o.lastRow)
	head, last, ok := cutter.next()
	f := (&csvFile{path: d.name, text: text, scanner: newCSVScanner(nil, o), options: o}).is(p)
	f.scanner.use(head, 1)
	headErr := f.readHeader()
	if !ok || f.scanner.ended && !last {
		cutter.unread(head)
		text.Reader = cutter.rest()
		f = (&csvFile{path: d.name, text: text, scanner: newCSVScanner(text, o), options: o}).is(p)
		if err := f.readHeader(); err != nil {
			return fail(err)
		}
		rows, err := find(f)
		if err != nil {
			return fail(err)
		}
		return rows, nil
	}
	if headErr != nil {
		return fail(headErr)
	}
	found, err := find(f)
	if err != nil {
		return fail(err)
	}
	begin, line := f.scanner.next, f.scanner.line
	if f.pending {
		begin, line = f.scanner.begin, f.scanner.start
		f.pending = false
	}
	cutter.unread(head[begin:])
	return &blockRows{
		cutter: cutter, sizes: sizes, needed: needed, file: text, line: line, exact: f.open,
		blockSource: blockSource{
			parser:   func() blockParser { return &csvParser{found.from(newCSVScanner(nil, o))} },
			oneByOne: func(from io.Reader, line int) rowSource { return found.from(newCSVScanner(from, o).at(line)) },
		},
	}, nil
}

// from reads rows behind the header.
func (c *csvRows) from(scanner *csvScanner) *csvRows {
	f := *c.file
	f.scanner = scanner
	scanner.index = math.MaxInt32 // Lines to be skipped come before the header.
	scanner.keep = 0
	for _, column := range c.columns {
		scanner.keep = max(scanner.keep, column+1)
	}
	return &csvRows{file: &f, fields: c.fields, columns: c.columns}
}

// csvParser implements blockParser.
type csvParser struct{ rows *csvRows }

func (p *csvParser) parse(ctx context.Context, data []byte, to *array.RecordBuilder) (rows, lines int, whole bool, err error) {
	scanner := p.rows.file.scanner
	scanner.use(data, 1)
	for {
		n, err := p.rows.read(ctx, math.MaxInt, to)
		rows += n
		if errors.Is(err, io.EOF) {
			return rows, scanner.line - 1, !scanner.cut, nil
		}
		if err != nil {
			return 0, 0, false, err
		}
	}
}

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

// openJSONBlocks opens a file whose rows look like lines, to be parsed in blocks. Others are read row by row.
func openJSONBlocks(ctx context.Context, d document, o *jsonOptions, sizes blockSizes, schema, needed *arrow.Schema) (rowSource, error) {
	text, err := d.stream(ctx, o.encoding, false)
	if err != nil {
		return nil, err
	}
	cutter := newBlockCutter(text.Reader, sizes, lastLine)
	head, _, ok := cutter.next()
	cutter.unread(head)
	first := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	if !ok || len(first) == 0 || first[0] != '{' {
		text.Reader = cutter.rest()
		f, err := newJSONFile(d, text, o)
		if err != nil {
			return nil, err
		}
		return &jsonRows{file: f, schema: schema, needed: needed}, nil
	}
	cutter.carry = bytes.TrimPrefix(cutter.carry, []byte("\xef\xbb\xbf"))
	rows := func(values *jsonValues) *jsonRows {
		return &jsonRows{file: &jsonFile{path: d.name, text: text, values: values, lines: d.lines}, schema: schema, needed: needed}
	}
	return &blockRows{
		cutter: cutter, sizes: sizes, needed: needed, file: text, line: 1,
		blockSource: blockSource{
			parser: func() blockParser { return jsonParser{rows(&jsonValues{})} },
			oneByOne: func(from io.Reader, line int) rowSource {
				values := newJSONValues(from)
				values.line = line
				return rows(values)
			},
		},
	}, nil
}

// jsonParser implements blockParser.
type jsonParser struct{ rows *jsonRows }

func (p jsonParser) parse(ctx context.Context, data []byte, to *array.RecordBuilder) (rows, lines int, whole bool, err error) {
	values := p.rows.file.values
	*values = jsonValues{buffer: data, end: len(data), eof: true, line: 1, plain: plainLines(data)}
	for {
		n, err := p.rows.read(ctx, math.MaxInt, to)
		rows += n
		if errors.Is(err, io.EOF) {
			return rows, values.line - 1, true, nil
		}
		if err != nil {
			return 0, 0, false, err
		}
	}
}

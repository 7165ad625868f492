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

// openTextBlocks opens a text of which each line is a row, to be parsed in blocks.
func openTextBlocks(ctx context.Context, d document, o *textOptions, sizes blockSizes, needed *arrow.Schema) (rowSource, error) {
	text, err := d.stream(ctx, o.encoding, false)
	if err != nil {
		return nil, err
	}
	rows := func(pieces *textPieces) *textRows {
		pieces.options = o
		return &textRows{document: d.name, text: text, pieces: pieces, fields: needed.Fields()}
	}
	return &blockRows{
		cutter: newBlockCutter(text.Reader, sizes, lastTextLine), sizes: sizes, needed: needed, file: text, line: 1,
		blockSource: blockSource{
			parser: func() blockParser { return &textParser{rows: rows(&textPieces{})} },
			oneByOne: func(from io.Reader, line int) rowSource {
				return rows(&textPieces{input: &newlines{from: from}, line: line})
			},
		},
	}, nil
}

// lastTextLine measures the lines in data. Where they end in \r alone, it does not cut before a byte that may be \n.
func lastTextLine(data []byte, _ bool) int {
	end := bytes.LastIndexByte(data, '\n') + 1
	if end == 0 && len(data) > 0 {
		end = bytes.LastIndexByte(data[:len(data)-1], '\r') + 1
	}
	return end
}

// textParser implements blockParser.
type textParser struct {
	rows *textRows
	own  []byte // a block whose line ends were made \n
}

func (p *textParser) parse(ctx context.Context, data []byte, to *array.RecordBuilder) (rows, lines int, whole bool, err error) {
	if bytes.IndexByte(data, '\r') >= 0 {
		p.own = append(p.own[:0], data...)
		n, err := (&newlines{from: bytes.NewReader(data)}).Read(p.own)
		if err != nil {
			return 0, 0, false, err
		}
		data = p.own[:n]
	}
	pieces := p.rows.pieces
	*pieces = textPieces{options: pieces.options, buffer: data, end: len(data), eof: true, line: 1}
	for {
		n, err := p.rows.read(ctx, math.MaxInt, to)
		rows += n
		if errors.Is(err, io.EOF) {
			return rows, pieces.line - 1, len(data) == 0 || data[len(data)-1] == '\n', nil
		}
		if err != nil {
			return 0, 0, false, err
		}
	}
}

package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// textFormat reads text files: a row is a line, a paragraph or a whole file (datasets, packaged_modules/text/text.py).
type textFormat struct{}

// textParameters are the parameters of text files.
var textParameters = []string{"encoding", "encoding_errors", "chunksize", "keep_linebreaks", "sample_by"}

// maxText is the most bytes of one row of text.
const maxText = 256 << 20

// textOptions are the parameters of text and XML files.
type textOptions struct {
	encoding   textEncoding
	sampleBy   string // line, paragraph or document
	keepBreaks bool
}

// Parameters implements Format. chunksize changes nothing: it is how much the library reads at once.
func (textFormat) Parameters(given map[string]any) (map[string]any, error) {
	if _, err := parseTextOptions(given); err != nil {
		return nil, err
	}
	return given, nil
}

func parseTextOptions(given map[string]any) (*textOptions, error) {
	o := &textOptions{sampleBy: "line"}
	p := newParameters("text", given)
	p.only(textParameters)
	p.encoding(&o.encoding)
	p.flag("keep_linebreaks", &o.keepBreaks)
	p.must("sample_by", "line, paragraph and document are supported", nil, "line", "paragraph", "document")
	p.text("sample_by", &o.sampleBy)
	chunk := 1
	p.number("chunksize", &chunk, 1)
	if p.err != nil {
		return nil, p.err
	}
	return o, nil
}

// Schema implements Format. It opens no file.
func (textFormat) Schema(_ context.Context, _ Services, subset Subset) (*arrow.Schema, error) {
	return textSchema(subset, textColumn)
}

// textSchema is the schema of one column of text, which features may name and type otherwise.
func textSchema(subset Subset, column string) (*arrow.Schema, error) {
	features := subset.Resolution.Features
	if features == nil {
		return arrow.NewSchema([]arrow.Field{{Name: column, Type: arrow.BinaryTypes.String, Nullable: true}}, nil), nil
	}
	schema := features.ArrowSchema()
	if schema.NumFields() != 1 {
		return nil, fmt.Errorf("the subset %q announces %d columns, but files of the format %s have one", subset.Resolution.Config, schema.NumFields(), subset.Resolution.Format)
	}
	builder := array.NewRecordBuilder(allocator, schema)
	defer builder.Release()
	_, err := newCellAppender(schema.Field(0), builder.Field(0), newCSVOptions())
	return schema, err
}

// Open implements Format.
func (textFormat) Open(ctx context.Context, s Services, p Partition, r Request) (Reader, error) {
	o, err := parseTextOptions(p.Parameters)
	if err != nil {
		return nil, err
	}
	return openTextRows(ctx, s, p, r, o)
}

func openTextRows(ctx context.Context, s Services, p Partition, r Request, o *textOptions) (Reader, error) {
	return newRowReader(ctx, s, p, r, func(ctx context.Context, needed *arrow.Schema) (rowSource, error) {
		return openDocuments(ctx, s, p, false, func(ctx context.Context, d document) (rowSource, error) {
			if o.sampleBy == "line" {
				if sizes, free, ok := s.blocks(p, d, r); ok {
					rows, err := openTextBlocks(ctx, d, o, sizes, needed)
					return freeAfter(rows, free), err
				}
			}
			text, err := d.text(ctx, o.encoding)
			if err != nil {
				return nil, err
			}
			pieces := &textPieces{input: &newlines{from: text}, options: o, line: 1}
			return &textRows{document: d.name, text: text, pieces: pieces, fields: needed.Fields()}, nil
		})
	})
}

// textRows reads the pieces of a text as rows of one column, or of none.
type textRows struct {
	document string
	text     *textFile
	pieces   *textPieces
	fields   []arrow.Field
	append   cellAppender
}

func (t *textRows) read(ctx context.Context, most int, to *array.RecordBuilder) (int, error) {
	if t.append == nil && len(t.fields) > 0 {
		var err error
		if t.append, err = newCellAppender(t.fields[0], to.Field(0), newCSVOptions()); err != nil {
			return 0, err
		}
	}
	size := 0
	for rows := range most {
		if rows&1023 == 0 && ctx.Err() != nil {
			return 0, context.Cause(ctx)
		}
		piece, line, err := t.pieces.next()
		if errors.Is(err, io.EOF) {
			return rows, io.EOF
		}
		if err != nil {
			return 0, fmt.Errorf("data file %s: %w", t.document, err)
		}
		if t.append != nil {
			if err := t.append(piece); err != nil {
				return 0, fmt.Errorf("data file %s, line %d: %w: the column %q is announced as %s", t.document, line, err, t.fields[0].Name, t.fields[0].Type)
			}
		}
		if size += len(piece); size > batchBytes {
			return rows + 1, nil
		}
	}
	return most, nil
}

func (t *textRows) close() error { return t.text.Close() }

// textPieces cuts a text, whose lines all end in \n, into lines, paragraphs, or the one document that it is.
type textPieces struct {
	input   io.Reader
	options *textOptions

	buffer  []byte
	at, end int
	line    int // of buffer[at], from 1
	eof     bool
	given   bool // the document has been
}

// next returns the next piece, valid until the next call, and the line where it begins. After the last the error is io.EOF.
func (t *textPieces) next() (piece []byte, line int, err error) {
	switch t.options.sampleBy {
	case "document":
		if t.given {
			return nil, 0, io.EOF
		}
		t.given = true
		piece, err = t.rest()
		return piece, 1, err
	case "paragraph":
		for {
			piece, line, err := t.until("\n\n", false)
			if err != nil || len(piece) > 0 {
				return piece, line, err
			}
		}
	}
	return t.until("\n", t.options.keepBreaks)
}

// until returns what stands before the next separator, or up to the end.
func (t *textPieces) until(separator string, keep bool) (piece []byte, line int, err error) {
	looked := 0
	for {
		if i := bytes.Index(t.buffer[t.at+looked:t.end], []byte(separator)); i >= 0 {
			line, piece = t.line, t.buffer[t.at:t.at+looked+i+len(separator)]
			t.at += len(piece)
			if len(separator) == 1 {
				t.line++
			} else {
				t.line += bytes.Count(piece, []byte{'\n'})
			}
			if !keep {
				piece = piece[:len(piece)-len(separator)]
			}
			return piece, line, nil
		}
		looked = max(t.end-t.at-len(separator)+1, 0)
		more, err := t.fill()
		if err != nil {
			return nil, t.line, err
		}
		if !more {
			if t.at == t.end {
				return nil, t.line, io.EOF
			}
			piece, t.at = t.buffer[t.at:t.end], t.end
			return piece, t.line, nil
		}
	}
}

func (t *textPieces) rest() ([]byte, error) {
	for {
		more, err := t.fill()
		if err != nil {
			return nil, err
		}
		if !more {
			return t.buffer[t.at:t.end], nil
		}
	}
}

// fill reads more behind buffer[at:end], and reports false at the end of the input.
func (t *textPieces) fill() (bool, error) {
	if t.eof {
		return false, nil
	}
	if t.at > 0 {
		copy(t.buffer, t.buffer[t.at:t.end])
		t.end, t.at = t.end-t.at, 0
	}
	if t.end == len(t.buffer) {
		if len(t.buffer) >= maxText {
			return false, fmt.Errorf("line %d: a row of text has more than %d MiB", t.line, maxText>>20)
		}
		t.buffer = append(t.buffer, make([]byte, max(len(t.buffer), 256<<10))...)
	}
	for range 100 {
		n, err := t.input.Read(t.buffer[t.end:])
		t.end += n
		if errors.Is(err, io.EOF) {
			t.eof = true
			return n > 0, nil
		}
		if err != nil || n > 0 {
			return n > 0, err
		}
	}
	return false, io.ErrNoProgress
}

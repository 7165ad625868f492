package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"unicode"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// conllFormat reads CoNLL and CoNLL-U files: a row is a sentence, that is the lines between two blank ones, and its columns are
// lists with an element a line (datasets, packaged_modules/conll/conll.py).
type conllFormat struct{}

// conllParameters are the parameters of CoNLL files.
var conllParameters = []string{"column_names", "delimiter", "encoding", "encoding_errors", "skip_docstart", "comment_prefix"}

type conllOptions struct {
	encoding     textEncoding
	columns      []string
	delimiter    string // "" is any white space
	skipDocStart bool
	comment      string // "" is none
}

// Parameters implements Format.
func (conllFormat) Parameters(given map[string]any) (map[string]any, error) {
	if _, err := parseCoNLLOptions(given); err != nil {
		return nil, err
	}
	return given, nil
}

func parseCoNLLOptions(given map[string]any) (*conllOptions, error) {
	o := &conllOptions{columns: []string{"tokens"}, skipDocStart: true}
	p := newParameters("CoNLL", given)
	p.only(conllParameters)
	p.encoding(&o.encoding)
	p.texts("column_names", &o.columns)
	if len(o.columns) == 0 {
		p.fail("column_names", "at least one name is expected")
	}
	for i, name := range o.columns {
		if slices.Contains(o.columns[:i], name) {
			p.fail("column_names", fmt.Sprintf("the name %q is there twice", name))
		}
	}
	p.text("delimiter", &o.delimiter)
	if v, ok := p.values["delimiter"]; ok && v == "" {
		p.fail("delimiter", "it is empty; leave it out for any white space")
	}
	p.flag("skip_docstart", &o.skipDocStart)
	p.text("comment_prefix", &o.comment)
	if v, ok := p.values["comment_prefix"]; ok && v == "" {
		p.fail("comment_prefix", "it is empty, so that every line would be a comment")
	}
	if p.err != nil {
		return nil, p.err
	}
	return o, nil
}

// Schema implements Format. It opens no file.
func (conllFormat) Schema(_ context.Context, _ Services, subset Subset) (*arrow.Schema, error) {
	o, err := parseCoNLLOptions(subset.Parameters)
	if err != nil {
		return nil, err
	}
	if features := subset.Resolution.Features; features != nil {
		schema := features.ArrowSchema()
		builder := array.NewRecordBuilder(allocator, schema)
		defer builder.Release()
		for i, field := range schema.Fields() {
			if _, err := newConllColumn(o, field, builder.Field(i)); err != nil {
				return nil, err
			}
		}
		return schema, nil
	}
	fields := make([]arrow.Field, len(o.columns))
	for i, name := range o.columns {
		fields[i] = arrow.Field{Name: name, Type: arrow.ListOf(arrow.BinaryTypes.String), Nullable: true}
	}
	return arrow.NewSchema(fields, nil), nil
}

// Open implements Format.
func (conllFormat) Open(ctx context.Context, s Services, p Partition, r Request) (Reader, error) {
	o, err := parseCoNLLOptions(p.Parameters)
	if err != nil {
		return nil, err
	}
	return newRowReader(ctx, s, p, r, func(ctx context.Context, needed *arrow.Schema) (rowSource, error) {
		return openDocuments(ctx, s, p, false, func(ctx context.Context, d document) (rowSource, error) {
			text, err := d.text(ctx, o.encoding)
			if err != nil {
				return nil, err
			}
			lines := &textPieces{input: &newlines{from: text}, options: &textOptions{sampleBy: "line"}, line: 1}
			return &conllRows{document: d.name, text: text, lines: lines, options: o, fields: needed.Fields()}, nil
		})
	})
}

// conllColumn is a column of sentences while it is built.
type conllColumn struct {
	name    string
	index   int // of the part of a line
	list    array.ListLikeBuilder
	element cellAppender
}

func newConllColumn(o *conllOptions, field arrow.Field, b array.Builder) (*conllColumn, error) {
	c := &conllColumn{name: field.Name, index: slices.Index(o.columns, field.Name)}
	if c.index < 0 {
		return nil, fmt.Errorf("the column %q is announced, but the parameter column_names has only %s", field.Name, quoteList(o.columns, ", "))
	}
	t, isList := field.Type.(arrow.ListLikeType)
	var ok bool
	if c.list, ok = b.(array.ListLikeBuilder); !ok || !isList || field.Type.ID() == arrow.FIXED_SIZE_LIST {
		return nil, fmt.Errorf("the column %q is announced as %s, but columns of CoNLL files are lists", field.Name, field.Type)
	}
	var err error
	c.element, err = newCellAppender(t.ElemField(), c.list.ValueBuilder(), newCSVOptions())
	return c, err
}

// conllRows reads the sentences of a text.
type conllRows struct {
	document string
	text     *textFile
	lines    *textPieces
	options  *conllOptions
	fields   []arrow.Field
	columns  []*conllColumn
	bound    bool
	parts    [][]byte
}

func (c *conllRows) read(ctx context.Context, most int, to *array.RecordBuilder) (int, error) {
	if !c.bound {
		for i, field := range c.fields {
			column, err := newConllColumn(c.options, field, to.Field(i))
			if err != nil {
				return 0, err
			}
			c.columns = append(c.columns, column)
		}
		c.bound = true
	}
	size := 0
	for rows := range most {
		if ctx.Err() != nil {
			return 0, context.Cause(ctx)
		}
		n, err := c.sentence()
		if errors.Is(err, io.EOF) {
			return rows, io.EOF
		}
		if err != nil {
			return 0, fmt.Errorf("data file %s: %w", c.document, err)
		}
		if size += n; size > batchBytes {
			return rows + 1, nil
		}
	}
	return most, nil
}

// sentence reads lines up to the blank one after the next sentence, and tells how many bytes they had.
func (c *conllRows) sentence() (size int, err error) {
	open := false
	for {
		raw, number, err := c.lines.next()
		if errors.Is(err, io.EOF) && open {
			return size, nil
		}
		if err != nil {
			return 0, err
		}
		if len(bytes.TrimLeftFunc(raw, pythonSpace)) == 0 {
			if open {
				return size, nil
			}
			continue
		}
		if c.options.skipDocStart && bytes.HasPrefix(raw, []byte("-DOCSTART-")) || c.options.comment != "" && bytes.HasPrefix(raw, []byte(c.options.comment)) {
			continue
		}
		if !open {
			open = true
			for _, column := range c.columns {
				column.list.Append(true)
			}
		}
		size += len(raw)
		if err := c.token(raw); err != nil {
			return 0, fmt.Errorf("line %d: %w", number, err)
		}
	}
}

// token appends the parts of a line; those that a short line lacks are empty.
func (c *conllRows) token(line []byte) error {
	if c.options.delimiter != "" {
		c.parts = bytes.Split(line, []byte(c.options.delimiter))
	} else {
		c.parts = bytes.FieldsFunc(line, pythonSpace)
	}
	for _, column := range c.columns {
		var part []byte
		if column.index < len(c.parts) {
			part = c.parts[column.index]
		}
		if err := column.element(part); err != nil {
			return fmt.Errorf("column %q: %q: %w", column.name, part, err)
		}
	}
	return nil
}

// pythonSpace is what str.split takes for white space.
func pythonSpace(r rune) bool { return unicode.IsSpace(r) || r >= 0x1C && r <= 0x1F }

func (c *conllRows) close() error { return c.text.Close() }

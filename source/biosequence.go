package source

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// sequenceFormat reads files of biological sequences, a row a record (datasets, packaged_modules/fasta and fastq). Partitions are
// files: nothing tells where a record begins in the middle of one.
type sequenceFormat struct {
	name    string // for messages
	columns []string
	next    func(*sequenceLines) (*sequence, error)
}

// sequenceParameters are the parameters of such files. Those of batches are accepted: nothing depends on them here.
var sequenceParameters = []string{"batch_size", "max_batch_bytes"}

// recordColumn is the column with the text of a record as it stands in the file.
const recordColumn = "record"

// sequence is a record: its texts in the order of the format's columns, without the last one, and its own text.
type sequence struct {
	texts []string
	raw   []byte
}

// Parameters implements Format.
func (f sequenceFormat) Parameters(given map[string]any) (map[string]any, error) {
	_, err := f.chosen(given)
	return given, err
}

// chosen is the parameter columns; nil when it is not given.
func (f sequenceFormat) chosen(given map[string]any) ([]string, error) {
	var columns []string
	p := newParameters(f.name, given)
	p.only(append(slices.Clone(sequenceParameters), "columns"))
	batch := 1
	p.number("batch_size", &batch, 1)
	p.number("max_batch_bytes", &batch, 1)
	p.texts("columns", &columns)
	if v, there := p.values["columns"]; there && v != nil && len(columns) == 0 {
		p.fail("columns", "at least one column is expected")
	}
	for i, name := range columns {
		if !slices.Contains(f.columns, name) {
			p.fail("columns", "the columns are "+strings.Join(f.columns, ", "))
		} else if slices.Contains(columns[:i], name) {
			p.fail("columns", fmt.Sprintf("the column %q is there twice", name))
		}
	}
	return columns, p.err
}

// Schema implements Format. It opens no file.
func (f sequenceFormat) Schema(_ context.Context, _ Services, subset Subset) (*arrow.Schema, error) {
	columns, err := f.chosen(subset.Parameters)
	if err != nil {
		return nil, err
	}
	announced := f.schema()
	if features := subset.Resolution.Features; features != nil {
		announced = features.ArrowSchema()
		for _, field := range announced.Fields() {
			if err := f.check(field); err != nil {
				return nil, err
			}
		}
	}
	if columns == nil {
		return announced, nil
	}
	fields := make([]arrow.Field, len(columns))
	for i, name := range columns {
		at := announced.FieldIndices(name)
		if len(at) == 0 {
			return nil, badOption("columns", "the column %q is not among those that are announced: %s", name, quoteList(fieldNames(announced), ", "))
		}
		fields[i] = announced.Field(at[0])
	}
	return arrow.NewSchema(fields, nil), nil
}

func (f sequenceFormat) schema() *arrow.Schema {
	fields := make([]arrow.Field, len(f.columns))
	for i, name := range f.columns {
		fields[i] = arrow.Field{Name: name, Type: arrow.BinaryTypes.String, Nullable: true}
		switch name {
		case "sequence", "quality":
			fields[i].Type = arrow.BinaryTypes.LargeString
		case recordColumn:
			fields[i].Type = mediaType
		}
	}
	return arrow.NewSchema(fields, nil)
}

// check refuses announced columns that these files do not have.
func (f sequenceFormat) check(field arrow.Field) error {
	switch {
	case !slices.Contains(f.columns, field.Name):
		return fmt.Errorf("the column %q is announced, but %s files have %s only", field.Name, f.name, quoteList(f.columns, ", "))
	case field.Name == recordColumn && arrow.TypeEqual(field.Type, mediaType):
	case field.Name != recordColumn && (field.Type.ID() == arrow.STRING || field.Type.ID() == arrow.LARGE_STRING):
	default:
		return fmt.Errorf("the column %q of %s files cannot be read as %s", field.Name, f.name, field.Type)
	}
	return nil
}

// mediaType is how the content of a file is stored.
var mediaType = arrow.StructOf(
	arrow.Field{Name: "bytes", Type: arrow.BinaryTypes.Binary, Nullable: true}, arrow.Field{Name: "path", Type: arrow.BinaryTypes.String, Nullable: true},
)

// Open implements Format.
func (f sequenceFormat) Open(ctx context.Context, s Services, p Partition, r Request) (Reader, error) {
	return newRowReader(ctx, s, p, r, func(ctx context.Context, needed *arrow.Schema) (rowSource, error) {
		return openDocuments(ctx, s, p, false, func(ctx context.Context, d document) (rowSource, error) {
			text, err := d.text(ctx, textEncoding{})
			if err != nil {
				return nil, err
			}
			lines := &sequenceLines{from: bufio.NewReaderSize(text, 256<<10)}
			return &sequenceRows{format: f, document: d.name, text: text, lines: lines, fields: needed.Fields()}, nil
		})
	})
}

// sequenceRows reads the records of a text.
type sequenceRows struct {
	format   sequenceFormat
	document string
	text     *textFile
	lines    *sequenceLines
	fields   []arrow.Field
}

func (r *sequenceRows) read(ctx context.Context, most int, to *array.RecordBuilder) (int, error) {
	size := 0
	for rows := range most {
		if ctx.Err() != nil {
			return 0, context.Cause(ctx)
		}
		one, err := r.format.next(r.lines)
		if errors.Is(err, io.EOF) {
			return rows, io.EOF
		}
		if err != nil {
			return 0, fmt.Errorf("data file %s, line %d: %w", r.document, r.lines.number, err)
		}
		for i, field := range r.fields {
			r.append(to.Field(i), field.Name, one)
		}
		if size += len(one.raw); size > batchBytes {
			return rows + 1, nil
		}
	}
	return most, nil
}

// append adds a record to a column. Types were checked with the schema.
func (r *sequenceRows) append(to array.Builder, column string, one *sequence) {
	switch to := to.(type) {
	case *array.StructBuilder:
		to.Append(true)
		to.FieldBuilder(0).(*array.BinaryBuilder).Append(one.raw)
		to.FieldBuilder(1).AppendNull()
	case *array.StringBuilder:
		to.Append(one.texts[slices.Index(r.format.columns, column)])
	case *array.LargeStringBuilder:
		to.Append(one.texts[slices.Index(r.format.columns, column)])
	default:
		to.AppendNull()
	}
}

func (r *sequenceRows) close() error { return r.text.Close() }

// sequenceLines cuts a text into lines that keep their ends: \n, \r\n or \r, as Python does with newline="".
type sequenceLines struct {
	from   *bufio.Reader
	number int // of the line that was read last, from 1
	kept   []byte
	pushed bool // kept comes again
}

// next returns the next line, valid until the next call. After the last the error is io.EOF.
func (l *sequenceLines) next() ([]byte, error) {
	if l.pushed {
		l.pushed = false
		return l.kept, nil
	}
	l.kept = l.kept[:0]
	for {
		b, err := l.from.ReadByte()
		if errors.Is(err, io.EOF) && len(l.kept) > 0 {
			break
		}
		if err != nil {
			return nil, err
		}
		if len(l.kept) == maxText {
			return nil, fmt.Errorf("a line has more than %d MiB", maxText>>20)
		}
		l.kept = append(l.kept, b)
		if b == '\n' {
			break
		}
		if b == '\r' {
			if after, err := l.from.Peek(1); err == nil && after[0] == '\n' {
				continue
			}
			break
		}
	}
	l.number++
	return l.kept, nil
}

// push makes next return the line again that it returned last.
func (l *sequenceLines) push() { l.pushed = true }

// addRaw appends a line to the text of a record, whose size is bounded.
func (s *sequence) addRaw(line []byte) error {
	if len(s.raw)+len(line) > maxText {
		return fmt.Errorf("a record has more than %d MiB", maxText>>20)
	}
	s.raw = append(s.raw, line...)
	return nil
}

// sequenceHeader cuts the header of a record, without its mark, into id and description.
func sequenceHeader(header string) (id, description string) {
	header = strings.TrimLeftFunc(header, pythonSpace)
	if i := strings.IndexFunc(header, pythonSpace); i >= 0 {
		return header[:i], strings.TrimLeftFunc(header[i:], pythonSpace)
	}
	return header, ""
}

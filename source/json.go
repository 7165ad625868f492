package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/hfspark/hfspark/dataset"
)

// jsonFormat reads JSON as the datasets library does: lines of objects, one array of them, or with the option field an array in a
// member of one object. The types are those of pyarrow.json; the first 10 MiB of the first file decide them.
type jsonFormat struct{}

// jsonOptions are the parameters of JSON files.
type jsonOptions struct {
	field    string
	encoding textEncoding
	chunk    int  // bytes that decide the types
	mixed    bool // columns of several types become JSON text
	traces   bool // logs of agents are told from other files
}

// Parameters implements Format.
func (jsonFormat) Parameters(given map[string]any) (map[string]any, error) {
	if _, err := parseJSONOptions(given); err != nil {
		return nil, err
	}
	return given, nil
}

func parseJSONOptions(given map[string]any) (*jsonOptions, error) {
	o := &jsonOptions{chunk: 10 << 20, mixed: true, traces: true, encoding: textEncoding{unchecked: true}}
	p := newParameters("JSON", given)
	p.only(jsonParameters)
	p.text("field", &o.field)
	p.encoding(&o.encoding)
	p.number("chunksize", &o.chunk, 1)
	p.number("block_size", &o.chunk, 1)
	p.flag("parse_agent_traces", &o.traces)
	p.must("newlines_in_values", "the library has dropped it", nil)
	switch v, given := p.values["on_mixed_types"]; {
	case !given || v == "use_json":
	case v == nil:
		o.mixed = false
	default:
		p.fail("on_mixed_types", `None and "use_json" are supported`)
	}
	if p.err != nil {
		return nil, p.err
	}
	return o, nil
}

// textColumn is the column of a file that is an array of values rather than of objects.
const textColumn = "text"

// Schema implements Format. Like the library it looks at the first file of the first split that holds a row.
func (jsonFormat) Schema(ctx context.Context, s Services, subset Subset) (*arrow.Schema, error) {
	o, err := parseJSONOptions(subset.Parameters)
	if err != nil {
		return nil, err
	}
	if features := subset.Resolution.Features; features != nil {
		schema := features.ArrowSchema()
		builder := array.NewRecordBuilder(allocator, schema)
		defer builder.Release()
		if _, err := newMembers(schema.Fields(), builder.Field); err != nil {
			return nil, err
		}
		return schema, nil
	}
	files := splitFiles(subset)
	if splits := subset.Resolution.Splits; len(splits) > 0 {
		files = slices.Concat(splits[0].Files, files)
	}
	wanted := int64(o.chunk) + aheadBuffers*aheadBytes + jsonBuffer
	schema, err := inferSplit(ctx, s, subset, files, false, wanted, func(ctx context.Context, d document) (*arrow.Schema, bool, error) {
		return inferJSON(ctx, d, o)
	})
	if err == nil && o.traces && isAgentTrace(schema) {
		schema = agentTraces()
	}
	return schema, err
}

// inferJSON announces the columns of a file by its first rows. It also tells whether there were rows.
func inferJSON(ctx context.Context, d document, o *jsonOptions) (schema *arrow.Schema, rows bool, err error) {
	f, err := openJSON(ctx, d, o)
	if err != nil {
		return nil, false, err
	}
	defer func() { err = errors.Join(err, f.close()) }()
	root := &jsonShape{}
	last, lines := 0, true // the line of the last row, and whether each line so far is a row
	for !rows || f.values.read < int64(o.chunk) || len(f.values.queue) > 0 {
		row, line, err := f.values.next()
		if errors.Is(err, io.EOF) {
			lines = lines && f.values.line <= last+1
			break
		}
		if err != nil {
			return nil, false, fmt.Errorf("data file %s: %w", d.name, err)
		}
		if err := ctx.Err(); err != nil {
			return nil, false, context.Cause(ctx)
		}
		lines = lines && line == last+1 && bytes.IndexByte(row, '\n') < 0
		last = line
		if err := addRow(root, row, f.values); err != nil {
			return nil, false, fmt.Errorf("data file %s, line %d: %w", d.name, line, err)
		}
		rows = true
	}
	rules := jsonRules{mixed: o.mixed, union: o.field != "" || !f.values.inArray && !lines, pandas: o.field != ""}
	if len(root.kinds()) > 0 && root.objects == 0 || len(root.kinds()) > 1 || f.values.inArray && root.nulls > 0 && root.objects == 0 {
		if !f.values.inArray || root.objects > 0 {
			return nil, false, fmt.Errorf("data file %s: rows must be JSON objects, but there are %s", d.name, root.kinds())
		}
		t, err := root.feature(textColumn, false, rules)
		if err != nil {
			return nil, false, fmt.Errorf("data file %s: %w", d.name, err)
		}
		features := dataset.Features{Columns: []dataset.Feature{{Name: textColumn, Type: t}}}
		return features.ArrowSchema(), rows, nil
	}
	t, err := root.feature("", true, rules)
	if err != nil {
		return nil, false, fmt.Errorf("data file %s: %w", d.name, err)
	}
	return (&dataset.Features{Columns: t.Fields}).ArrowSchema(), rows, nil
}

func addRow(root *jsonShape, row []byte, values *jsonValues) error {
	p := &jsonText{data: row}
	if err := root.add(p); err != nil {
		return err
	}
	return values.atEnd(p)
}

// atEnd checks that there is nothing behind a row, or only other rows.
func (v *jsonValues) atEnd(p *jsonText) error {
	if p.space(); p.at == len(p.data) {
		return nil
	}
	if p.data[p.at] == '{' && !v.inArray {
		v.putBack(p.data[p.at:])
		return nil
	}
	return atEnd(p)
}

func atEnd(p *jsonText) error {
	if p.space(); p.at < len(p.data) {
		return p.expected("the end of the row")
	}
	return nil
}

// jsonFile is an open file.
type jsonFile struct {
	path   string
	text   *textFile
	values *jsonValues
	lines  bool // only some lines of the file are read
}

func openJSON(ctx context.Context, d document, o *jsonOptions) (*jsonFile, error) {
	text, err := d.text(ctx, o.encoding)
	if err != nil {
		return nil, err
	}
	return newJSONFile(d, text, o)
}

// newJSONFile finds the rows of a text, which it closes when it fails.
func newJSONFile(d document, text *textFile, o *jsonOptions) (*jsonFile, error) {
	f := &jsonFile{path: d.name, text: text, values: newJSONValues(text), lines: d.lines}
	if err := f.begin(o); err != nil {
		_ = text.Close() // What went wrong first tells more.
		return nil, fmt.Errorf("data file %s: %w", d.name, err)
	}
	return f, nil
}

// begin finds out what the rows are: the elements of an array, or the values of the file one after the other.
func (f *jsonFile) begin(o *jsonOptions) error {
	if err := f.values.skipBOM(); err != nil {
		return err
	}
	if o.field != "" {
		return f.values.openField(o.field)
	}
	c, err := f.values.peek()
	if err == nil && c == '[' && !f.lines {
		f.values.openArray()
	}
	return err
}

// hint tells what may be wrong besides a row: of a file that is split, no row may have several lines.
func (f *jsonFile) hint() string {
	if !f.lines {
		return ""
	}
	return "; if its rows have several lines, read it without the option " + maxPartitionBytes
}

func (f *jsonFile) close() error { return f.text.Close() }

// Open implements Format.
func (jsonFormat) Open(ctx context.Context, s Services, p Partition, r Request) (Reader, error) {
	o, err := parseJSONOptions(p.Parameters)
	if err != nil {
		return nil, err
	}
	if err := refuseTraces(p); err != nil {
		return nil, err
	}
	return newRowReader(ctx, s, p, r, func(ctx context.Context, needed *arrow.Schema) (rowSource, error) {
		return openDocuments(ctx, s, p, false, func(ctx context.Context, d document) (rowSource, error) {
			if o.field == "" {
				if sizes, free, ok := s.blocks(p, d, r); ok {
					rows, err := openJSONBlocks(ctx, d, o, sizes, p.Schema.Schema, needed)
					return freeAfter(rows, free), err
				}
			}
			f, err := openJSON(ctx, d, o)
			if err != nil {
				return nil, err
			}
			return &jsonRows{file: f, schema: p.Schema.Schema, needed: needed}, nil
		})
	})
}

// jsonRows reads the rows of an open file into builders.
type jsonRows struct {
	file           *jsonFile
	schema, needed *arrow.Schema
	members        *members
	text           jsonText // the row at hand
}

func (j *jsonRows) bind(to *array.RecordBuilder) (err error) {
	if j.members, err = newMembers(j.needed.Fields(), to.Field); err != nil {
		return err
	}
	for _, f := range j.schema.Fields() {
		if _, wanted := j.members.index[f.Name]; !wanted {
			j.members.index[f.Name] = -1
		}
	}
	j.members.inOrder(j.schema.Fields())
	j.members.unknown = func(key []byte) error {
		return fmt.Errorf("there is a column %q, which the subset does not have: its first rows, or what it announces, decide its columns, "+
			"and these are %s; option data_files reads this file by itself", key, quoteList(fieldNames(j.schema), ", "))
	}
	return nil
}

func (j *jsonRows) read(ctx context.Context, most int, to *array.RecordBuilder) (int, error) {
	if j.members == nil {
		if err := j.bind(to); err != nil {
			return 0, err
		}
	}
	start := j.file.values.read
	for rows := 0; rows < most; rows++ {
		if rows&255 == 0 && ctx.Err() != nil {
			return 0, context.Cause(ctx)
		}
		row, line, err := j.file.values.next()
		if errors.Is(err, io.EOF) {
			return rows, io.EOF
		}
		if err != nil {
			return 0, fmt.Errorf("data file %s: %w%s", j.file.path, err, j.file.hint())
		}
		if err := j.row(row); err != nil {
			return 0, fmt.Errorf("data file %s, line %d: %w%s", j.file.path, line, err, j.file.hint())
		}
		if j.file.values.read-start > batchBytes {
			most = rows + 1
		}
	}
	return most, nil
}

func (j *jsonRows) row(text []byte) error {
	p := &j.text
	p.data, p.at, p.depth, p.plain = text, 0, 0, j.file.values.plain && j.file.values.isLine
	switch c := p.peek(); {
	case c == '{':
		if err := j.members.object(p); err != nil {
			return err
		}
	case c == 'n' && p.word("null"): // A row without any value, as in the library.
		for _, b := range j.members.build {
			b.AppendNull()
		}
	case j.file.values.inArray && j.schema.NumFields() == 1:
		if err := j.scalar(p); err != nil {
			return err
		}
	default:
		return mismatch(p, "an object, as each row is one")
	}
	return j.file.values.atEnd(p)
}

// scalar decodes a row of an array of values: it is the value of the only column.
func (j *jsonRows) scalar(p *jsonText) error {
	if len(j.members.build) == 0 {
		return p.skip()
	}
	if err := decodeOrNull(p, j.members.build[0], j.members.decode[0]); err != nil {
		return &jsonPathError{"." + j.members.names[0], err}
	}
	return nil
}

func (j *jsonRows) close() error { return j.file.close() }

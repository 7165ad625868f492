package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// csvFormat reads CSV and TSV files as the datasets library does, that is with pandas.read_csv: its rules for quotes, names and
// missing values, and its types, which the first 10,000 rows of the split decide. (pandas decides anew for each 10,000 rows;
// rows that then do not fit the announced types are errors here.)
type csvFormat struct{}

// Schema implements Format.
func (csvFormat) Schema(ctx context.Context, s Services, subset Subset) (*arrow.Schema, error) {
	o, err := parseCSVOptions(subset.Parameters)
	if err != nil {
		return nil, err
	}
	if features := subset.Resolution.Features; features != nil {
		schema := features.ArrowSchema()
		builder := array.NewRecordBuilder(allocator, schema)
		defer builder.Release()
		for i, field := range schema.Fields() {
			if _, err := newCellAppender(field, builder.Field(i), o); err != nil {
				return nil, err
			}
		}
		return schema, nil
	}
	files := splitFiles(subset)
	return inferSplit(ctx, s, subset, files, true, 0, func(ctx context.Context, d document) (*arrow.Schema, bool, error) {
		return inferCSV(ctx, d, o, len(files) == 1 && d.name == files[0].Path)
	})
}

// Open implements Format.
func (csvFormat) Open(ctx context.Context, s Services, p Partition, r Request) (Reader, error) {
	o, err := parseCSVOptions(p.Parameters)
	if err != nil {
		return nil, err
	}
	return newRowReader(ctx, s, p, r, func(ctx context.Context, needed *arrow.Schema) (rowSource, error) {
		return openDocuments(ctx, s, p, true, func(ctx context.Context, d document) (rowSource, error) {
			find := func(f *csvFile) (*csvRows, error) {
				rows := &csvRows{file: f}
				return rows, rows.check(p, needed)
			}
			if o.blocks() {
				if sizes, free, ok := s.blocks(p, d, r); ok {
					rows, err := openCSVBlocks(ctx, d, o, sizes, p, needed, find)
					return freeAfter(rows, free), err
				}
			}
			f, err := openCSV(ctx, d, o, p)
			if err != nil {
				return nil, err
			}
			rows, err := find(f)
			if err != nil {
				return nil, errors.Join(err, f.close())
			}
			return rows, nil
		})
	})
}

// csvRows reads the rows of an open file into builders.
type csvRows struct {
	file     *csvFile
	fields   []arrow.Field
	columns  []int // where the needed columns are in the file, or noColumn
	builders []array.Builder
	append   []cellAppender
}

// noColumn stands for a column that a file does not have: its values are null.
const noColumn = -1

// check finds the needed columns in the file. A column that the subset does not have is an error, when there are rows.
func (c *csvRows) check(p Partition, needed *arrow.Schema) error {
	used, err := c.file.used()
	if err != nil {
		return err
	}
	c.fields = needed.Fields()
	for _, field := range c.fields {
		i := slices.IndexFunc(used, func(column int) bool { return c.file.names[column] == field.Name })
		if i < 0 {
			c.columns = append(c.columns, noColumn)
		} else {
			c.columns = append(c.columns, used[i])
		}
	}
	for _, column := range used {
		if (c.file.pending || c.file.header != nil) && !p.Schema.HasField(c.file.names[column]) && !c.file.numbered(column) {
			return fmt.Errorf("data file %s has a column %q, which the subset does not have: its first file, or what it announces, decides its columns, "+
				"and these are %s; option data_files reads this file by itself, option usecols leaves columns out",
				c.file.path, c.file.names[column], quoteList(fieldNames(p.Schema.Schema), ", "))
		}
	}
	return nil
}

func (c *csvRows) bind(to *array.RecordBuilder) error {
	c.builders, c.append = make([]array.Builder, len(c.fields)), make([]cellAppender, len(c.fields))
	for i, field := range c.fields {
		var err error
		c.builders[i] = to.Field(i)
		if c.append[i], err = newCellAppender(field, to.Field(i), c.file.options); err != nil {
			return err
		}
	}
	return nil
}

func (c *csvRows) read(ctx context.Context, most int, to *array.RecordBuilder) (int, error) {
	if c.append == nil {
		if err := c.bind(to); err != nil {
			return 0, err
		}
	}
	bytes := 0
	for rows := 0; rows < most; rows++ {
		if rows&1023 == 0 && ctx.Err() != nil {
			return 0, context.Cause(ctx)
		}
		err := c.file.scan()
		if errors.Is(err, io.EOF) {
			return rows, io.EOF
		}
		if err != nil {
			return 0, err
		}
		if bytes += len(c.file.scanner.record); bytes > batchBytes {
			most = rows + 1
		}
		if err := c.appendRow(); err != nil {
			return 0, err
		}
	}
	return most, nil
}

func (c *csvRows) appendRow() error {
	scanner, options := c.file.scanner, c.file.options
	for i, column := range c.columns {
		if column == noColumn {
			c.builders[i].AppendNull()
			continue
		}
		if column >= len(scanner.ends) { // A short row: what is not there is missing, as an empty cell is.
			if options.isMissing(nil) || c.append[i](nil) != nil {
				c.builders[i].AppendNull()
			}
			continue
		}
		cell := scanner.cell(column)
		if options.isMissing(cell) {
			c.builders[i].AppendNull()
			continue
		}
		if err := c.append[i](cell); err != nil {
			return c.cellError(i, cell, err)
		}
	}
	return nil
}

func (c *csvRows) cellError(i int, cell []byte, err error) error {
	text := cell
	if len(text) > 60 {
		text = append(slices.Clone(text[:57]), "..."...)
	}
	return c.file.fail(c.file.scanner.start, fmt.Errorf("column %q: %q cannot be read as %s: %w; the first %d rows of the split decide the types "+
		"when the dataset does not announce them: option chunksize changes how many", c.fields[i].Name, text, c.fields[i].Type, err, c.file.options.chunk))
}

func (c *csvRows) close() error { return c.file.close() }

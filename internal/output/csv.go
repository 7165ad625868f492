package output

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// writeCSV writes what encoding/csv does, but cell by cell and those in parts: a row of that needs its text at once.
func writeCSV(w io.Writer, batches Batches) error {
	out := bufio.NewWriterSize(w, textPart)
	for i, field := range batches.Schema().Fields() {
		if i > 0 {
			out.WriteByte(',') //nolint:errcheck // Flush tells.
		}
		if err := writeCSVText(out, field.Name); err != nil {
			return err
		}
	}
	if err := out.WriteByte('\n'); err != nil {
		return err
	}
	values := newJSONValues(nil)
	err := each(batches, func(batch arrow.RecordBatch) error {
		for row := range int(batch.NumRows()) {
			for i, column := range batch.Columns() {
				if i > 0 {
					out.WriteByte(',') //nolint:errcheck // Flush tells.
				}
				if err := writeCSVCell(out, values, column, row); err != nil {
					return fmt.Errorf("write column %s as CSV: %w", batch.ColumnName(i), err)
				}
			}
			if err := out.WriteByte('\n'); err != nil {
				return err
			}
		}
		return out.Flush()
	})
	if err != nil {
		return err
	}
	return out.Flush()
}

// writeCSVCell writes nulls as empty cells, nested values as JSON and the rest as plain text.
func writeCSVCell(out *bufio.Writer, values *jsonValues, column arrow.Array, row int) error {
	if column.IsNull(row) {
		return nil
	}
	switch column := column.(type) {
	case *array.String:
		return writeCSVText(out, column.Value(row))
	case *array.LargeString:
		return writeCSVText(out, column.Value(row))
	case *array.Binary:
		return writeBase64(out, column.Value(row)) // which has nothing to quote
	case *array.LargeBinary:
		return writeBase64(out, column.Value(row))
	case *array.Struct, array.ListLike:
		cell := &quotedCell{out: out}
		values.w = cell
		if err := values.write(column, row); err != nil {
			return err
		}
		return cell.close()
	}
	value := column.GetOneForMarshal(row)
	if text, ok := value.(string); ok {
		return writeCSVText(out, text)
	}
	text, err := values.marshal(value)
	if err != nil {
		return err
	}
	return writeCSVText(out, strings.Trim(string(text), `"`))
}

// csvSpecial are the characters for which a cell is quoted.
const csvSpecial = ",\"\r\n"

func writeCSVText(out *bufio.Writer, text string) error {
	first, _ := utf8.DecodeRuneInString(text)
	if text == "" || text != `\.` && !strings.ContainsAny(text, csvSpecial) && !unicode.IsSpace(first) {
		_, err := out.WriteString(text)
		return err
	}
	out.WriteByte('"') //nolint:errcheck // The last write tells.
	for {
		before, after, more := strings.Cut(text, `"`)
		out.WriteString(before) //nolint:errcheck // The last write tells.
		if !more {
			return out.WriteByte('"')
		}
		out.WriteString(`""`) //nolint:errcheck // The last write tells.
		text = after
	}
}

// quotedCell writes JSON as a cell, with quotes from where the first character asks for them. What comes before is kept: in JSON that is
// no more than brackets and a number.
type quotedCell struct {
	out    *bufio.Writer
	begun  bytes.Buffer
	quoted bool
}

// Write implements io.Writer.
func (c *quotedCell) Write(p []byte) (int, error) {
	if !c.quoted {
		if !bytes.ContainsAny(p, csvSpecial) {
			return c.begun.Write(p)
		}
		c.quoted = true
		c.out.WriteByte('"')         //nolint:errcheck // The last write tells.
		c.out.Write(c.begun.Bytes()) //nolint:errcheck // The last write tells.
	}
	rest := p
	for {
		before, after, more := bytes.Cut(rest, []byte(`"`))
		if _, err := c.out.Write(before); err != nil {
			return 0, err
		}
		if !more {
			return len(p), nil
		}
		c.out.WriteString(`""`) //nolint:errcheck // The next write tells.
		rest = after
	}
}

func (c *quotedCell) close() error {
	if c.quoted {
		return c.out.WriteByte('"')
	}
	_, err := c.out.Write(c.begun.Bytes())
	return err
}

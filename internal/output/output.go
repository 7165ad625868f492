// Package output writes the rows of a query to a terminal, a file or a pipe, in the formats of the command line.
package output

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"

	"github.com/hfspark/hfspark/internal/show"
)

// Format is how rows are written.
type Format string

// The formats. Table is what df.show() prints; JSON is one object a line; CSV has a header line; Arrow is an IPC stream.
const (
	Table Format = "table"
	JSON  Format = "json"
	CSV   Format = "csv"
	Arrow Format = "arrow"
)

// ParseFormat checks the name of a format.
func ParseFormat(name string) (Format, error) {
	switch f := Format(strings.ToLower(name)); f {
	case Table, JSON, CSV, Arrow:
		return f, nil
	}
	return "", fmt.Errorf("there is no output format %q: choose table, json, csv or arrow", name)
}

// Batches is a stream of rows; Next returns io.EOF after the last batch, and the caller releases what it returns.
type Batches interface {
	Schema() *arrow.Schema
	Next() (arrow.RecordBatch, error)
}

// Options tells how tables look; the other formats ignore it.
type Options struct {
	// Rows is the number of rows that a table shows; when the stream has more, a line says so.
	Rows int
	// Truncate cuts cells to this many characters; 0 cuts nothing and aligns to the left.
	Truncate int
	// TimeZone is the zone in which timestamps are shown.
	TimeZone string
}

// Write writes all rows of batches in a format.
func Write(w io.Writer, format Format, batches Batches, options Options) error {
	switch format {
	case JSON:
		return writeJSON(w, batches)
	case CSV:
		return writeCSV(w, batches)
	case Arrow:
		return writeArrow(w, batches)
	default:
		return writeTable(w, batches, options)
	}
}

func writeTable(w io.Writer, batches Batches, options Options) error {
	var rows []arrow.RecordBatch
	defer func() {
		for _, batch := range rows {
			batch.Release()
		}
	}()
	err := each(batches, func(batch arrow.RecordBatch) error {
		batch.Retain()
		rows = append(rows, batch)
		return nil
	})
	if err != nil {
		return err
	}
	text, err := show.Table(batches.Schema(), rows, show.Options{
		Rows: options.Rows, Truncate: options.Truncate, TimeZone: options.TimeZone,
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(w, strings.TrimSuffix(text, "\n"))
	return err
}

func writeJSON(w io.Writer, batches Batches) error {
	out := bufio.NewWriterSize(w, textPart)
	values := newJSONValues(out)
	return each(batches, func(batch arrow.RecordBatch) error {
		for row := range int(batch.NumRows()) {
			for i, column := range batch.Columns() {
				before := "{"
				if i > 0 {
					before = ","
				}
				out.WriteString(before) //nolint:errcheck // Flush tells.
				if err := values.text(batch.ColumnName(i)); err != nil {
					return err
				}
				out.WriteByte(':') //nolint:errcheck // Flush tells.
				if err := values.write(column, row); err != nil {
					return fmt.Errorf("write column %s as JSON: %w", batch.ColumnName(i), err)
				}
			}
			if batch.NumCols() == 0 {
				out.WriteByte('{') //nolint:errcheck // Flush tells.
			}
			out.WriteString("}\n") //nolint:errcheck // Flush tells.
		}
		return out.Flush()
	})
}

func writeArrow(w io.Writer, batches Batches) (err error) {
	out := ipc.NewWriter(w, ipc.WithSchema(batches.Schema()))
	defer func() { err = errors.Join(err, out.Close()) }()
	return each(batches, out.Write)
}

// each calls do for every batch and releases it.
func each(batches Batches, do func(arrow.RecordBatch) error) error {
	for {
		batch, err := batches.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		err = do(batch)
		batch.Release()
		if err != nil {
			return err
		}
	}
}

// Package parquetfile writes Parquet files whose pages are cut by content: a change of some rows changes the pages around
// them and leaves the others as they were, so that a content-addressed store such as the Hub's keeps and transfers them once.
package parquetfile

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/metadata"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

// Writer writes one Parquet file. It is not safe for concurrent use.
type Writer struct {
	schema   *arrow.Schema
	options  Options
	file     *file.Writer
	group    file.BufferedRowGroupWriter // nil between row groups
	chunkers []*chunker                  // of each leaf; nil without chunking

	groupRows, groupBytes int64
	rows                  int64
	err                   error // the first error; nothing is written after it
}

// NewWriter begins a file with the columns of the schema. The schema's metadata goes into the file, as does the schema
// itself, so that Arrow's readers restore types that Parquet has not. Columns that Parquet cannot hold are a *ColumnError.
func NewWriter(w io.Writer, schema *arrow.Schema, o Options) (*Writer, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	storage, err := storageSchema(schema)
	if err != nil {
		return nil, err
	}
	properties := o.properties()
	columns, err := pqarrow.ToParquet(storage, properties, pqarrow.NewArrowWriterProperties())
	if err != nil {
		return nil, fmt.Errorf("make the Parquet schema: %w", err)
	}
	f, err := file.NewParquetWriterWithError(w, columns.Root(), file.WithWriterProps(properties), file.WithWriteMetadata(keyValues(schema)))
	if err != nil {
		return nil, fmt.Errorf("begin the Parquet file: %w", err)
	}
	out := &Writer{schema: schema, options: o, file: f}
	if !o.Chunking.Off {
		for range columns.NumColumns() {
			out.chunkers = append(out.chunkers, newChunker(o.Chunking))
		}
	}
	return out, nil
}

func keyValues(schema *arrow.Schema) metadata.KeyValueMetadata {
	var pairs metadata.KeyValueMetadata
	m := schema.Metadata()
	for i, key := range m.Keys() {
		_ = pairs.Append(key, m.Values()[i])
	}
	_ = pairs.Append("ARROW:schema", base64.StdEncoding.EncodeToString(flight.SerializeSchema(schema, memory.DefaultAllocator)))
	return pairs
}

// Write appends the rows of a batch, whose columns are those of the schema in order. The batch is not kept.
func (w *Writer) Write(ctx context.Context, batch arrow.RecordBatch) error {
	if w.err != nil {
		return w.err
	}
	if int(batch.NumCols()) != w.schema.NumFields() {
		return fmt.Errorf("a batch of %d columns does not fit the file's %d", batch.NumCols(), w.schema.NumFields())
	}
	size := max(batchBytes(batch), 1)
	for from := int64(0); from < batch.NumRows(); {
		to := min(batch.NumRows(), from+w.rowsThatFit(batch.NumRows(), size))
		if w.err = w.writeRows(ctx, batch, from, to); w.err != nil {
			return w.err
		}
		w.groupRows += to - from
		w.groupBytes += size * (to - from) / batch.NumRows()
		w.rows += to - from
		from = to
		if w.groupRows >= w.options.RowGroupRows || w.groupBytes >= w.options.RowGroupBytes {
			if w.err = w.endGroup(); w.err != nil {
				return w.err
			}
		}
	}
	return nil
}

// rowsThatFit is how many rows of a batch of that many rows and bytes the row group at hand still takes; at least one.
func (w *Writer) rowsThatFit(rows, size int64) int64 {
	perRow := max(size/rows, 1)
	return max(min(w.options.RowGroupRows-w.groupRows, (w.options.RowGroupBytes-w.groupBytes+perRow-1)/perRow), 1)
}

func (w *Writer) writeRows(ctx context.Context, batch arrow.RecordBatch, from, to int64) error {
	if w.group == nil {
		group, err := w.file.AppendBufferedRowGroupChecked()
		if err != nil {
			return fmt.Errorf("begin a row group: %w", err)
		}
		w.group = group
	}
	part := batch.NewSlice(from, to)
	defer part.Release()
	next := 0
	for i, field := range w.schema.Fields() {
		if err := ctx.Err(); err != nil {
			return err
		}
		leaves, err := shred(ctx, part.Column(i), field)
		if err != nil {
			return fmt.Errorf("column %s: %w", field.Name, err)
		}
		for _, l := range leaves {
			if err := w.writeLeaf(ctx, next, l); err != nil {
				return fmt.Errorf("column %s: %w", field.Name, err)
			}
			next++
		}
	}
	return nil
}

func (w *Writer) writeLeaf(ctx context.Context, index int, l leaf) error {
	column, err := w.group.Column(index)
	if err != nil {
		return err
	}
	var cuts []int
	if w.chunkers != nil {
		cuts = w.chunkers[index].cuts(l)
	}
	from, value := 0, 0
	for _, at := range cuts {
		part, next := l.slice(from, at, value)
		if err := writeValues(ctx, column, part); err != nil {
			return err
		}
		if err := endPage(column); err != nil {
			return err
		}
		from, value = at, next
	}
	if from == l.levels() {
		return nil
	}
	if from > 0 {
		l, _ = l.slice(from, l.levels(), value)
	}
	return writeValues(ctx, column, l)
}

func writeValues(ctx context.Context, column file.ColumnChunkWriter, l leaf) error {
	values := stored(l.values)
	defer values.Release()
	return pqarrow.WriteArrowToColumn(ctx, column, values, l.def, l.rep, l.nullable)
}

// endPage ends the data page at hand. All column writers of arrow-go have the method; their interface does not list it.
func endPage(column file.ColumnChunkWriter) error {
	pages, ok := column.(interface{ FlushCurrentPage() error })
	if !ok {
		return errors.New("the Parquet library cannot end pages: write without chunking")
	}
	return pages.FlushCurrentPage()
}

func (w *Writer) endGroup() error {
	if w.group == nil {
		return nil
	}
	err := w.group.Close()
	w.group, w.groupRows, w.groupBytes = nil, 0, 0
	if err != nil {
		return fmt.Errorf("end a row group: %w", err)
	}
	return nil
}

// Rows is the number of rows so far.
func (w *Writer) Rows() int64 { return w.rows }

// Bytes is about how large the file would be if it ended now: what was written, and the compressed pages in memory.
func (w *Writer) Bytes() int64 {
	n := w.file.TotalBytesWritten()
	if w.group != nil {
		n += w.group.TotalCompressedBytes()
	}
	return n
}

// Close ends the file. It does not close the writer below. After an error it returns that error, and the file is not valid.
func (w *Writer) Close() error {
	if w.err == nil {
		w.err = w.endGroup()
	}
	if w.err != nil {
		return w.err
	}
	if err := w.file.Close(); err != nil {
		return fmt.Errorf("end the Parquet file: %w", err)
	}
	w.err = errors.New("the Parquet file has been ended")
	return nil
}

// batchBytes is how many bytes the values of a batch take, without those that a slice leaves out as far as that is cheap to
// know.
func batchBytes(batch arrow.RecordBatch) int64 {
	var n int64
	for _, c := range batch.Columns() {
		n += dataBytes(c.Data())
	}
	return n
}

func dataBytes(d arrow.ArrayData) int64 {
	var n int64
	switch t := d.DataType().(type) {
	case arrow.BinaryDataType:
		n = textBytes(d)
	case arrow.FixedWidthDataType:
		n = int64(d.Len()) * int64(max(t.BitWidth(), 8)) / 8
	default:
		for _, c := range d.Children() {
			n += dataBytes(c)
		}
	}
	return n
}

func textBytes(d arrow.ArrayData) int64 {
	if len(d.Buffers()) < 3 || d.Buffers()[1] == nil || d.Len() == 0 {
		return 0
	}
	switch d.DataType().Layout().Buffers[1].ByteWidth {
	case 8:
		offsets := arrow.Int64Traits.CastFromBytes(d.Buffers()[1].Bytes())
		return offsets[d.Offset()+d.Len()] - offsets[d.Offset()] + int64(d.Len())*8
	default:
		offsets := arrow.Int32Traits.CastFromBytes(d.Buffers()[1].Bytes())
		return int64(offsets[d.Offset()+d.Len()]-offsets[d.Offset()]) + int64(d.Len())*4
	}
}

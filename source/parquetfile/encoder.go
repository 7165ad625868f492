package parquetfile

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/memory"
	pq "github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/metadata"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	"github.com/apache/arrow-go/v18/parquet/schema"
)

// encoder makes row groups, each as a whole Parquet file in memory. It is safe for concurrent use.
type encoder struct {
	schema     *arrow.Schema
	columns    *schema.Schema
	properties *pq.WriterProperties
	metadata   metadata.KeyValueMetadata
	chunking   Chunking
}

func newEncoder(s *arrow.Schema, o Options) (*encoder, error) {
	storage, err := storageSchema(s)
	if err != nil {
		return nil, err
	}
	properties := o.properties()
	columns, err := pqarrow.ToParquet(storage, properties, pqarrow.NewArrowWriterProperties())
	if err != nil {
		return nil, fmt.Errorf("make the Parquet schema: %w", err)
	}
	return &encoder{schema: s, columns: columns, properties: properties, metadata: keyValues(s), chunking: o.Chunking}, nil
}

func keyValues(s *arrow.Schema) metadata.KeyValueMetadata {
	var pairs metadata.KeyValueMetadata
	m := s.Metadata()
	for i, key := range m.Keys() {
		_ = pairs.Append(key, m.Values()[i])
	}
	_ = pairs.Append("ARROW:schema", base64.StdEncoding.EncodeToString(flight.SerializeSchema(s, memory.DefaultAllocator)))
	return pairs
}

// encode makes a file of one row group with the rows of the batches, or of none when there are none.
func (e *encoder) encode(ctx context.Context, batches []arrow.RecordBatch) ([]byte, error) {
	var out bytes.Buffer
	f, err := file.NewParquetWriterWithError(&out, e.columns.Root(), file.WithWriterProps(e.properties), file.WithWriteMetadata(e.metadata))
	if err != nil {
		return nil, fmt.Errorf("begin a Parquet file: %w", err)
	}
	if len(batches) > 0 {
		if err := e.writeGroup(ctx, f, batches); err != nil {
			return nil, err
		}
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("end a Parquet file: %w", err)
	}
	return out.Bytes(), nil
}

func (e *encoder) writeGroup(ctx context.Context, f *file.Writer, batches []arrow.RecordBatch) error {
	group, err := f.AppendBufferedRowGroupChecked()
	if err != nil {
		return fmt.Errorf("begin a row group: %w", err)
	}
	chunkers := e.chunkers()
	for _, b := range batches {
		next := 0
		for i, field := range e.schema.Fields() {
			if err := ctx.Err(); err != nil {
				return err
			}
			leaves, err := shred(ctx, b.Column(i), field)
			if err != nil {
				return fmt.Errorf("column %s: %w", field.Name, err)
			}
			for _, l := range leaves {
				if err := writeLeaf(ctx, group, next, chunkers[next], l); err != nil {
					return fmt.Errorf("column %s: %w", field.Name, err)
				}
				next++
			}
		}
	}
	if err := group.Close(); err != nil {
		return fmt.Errorf("end a row group: %w", err)
	}
	return nil
}

// chunkers returns the chunker of each leaf column; nil ones cut nothing.
func (e *encoder) chunkers() []*chunker {
	all := make([]*chunker, e.columns.NumColumns())
	if e.chunking.Off {
		return all
	}
	for i := range all {
		all[i] = newChunker(e.chunking)
	}
	return all
}

func writeLeaf(ctx context.Context, group file.BufferedRowGroupWriter, index int, c *chunker, l leaf) error {
	column, err := group.Column(index)
	if err != nil {
		return err
	}
	var cuts []int
	if c != nil {
		cuts = c.cuts(l)
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

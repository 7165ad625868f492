package parquetfile

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/memory"
	pq "github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/metadata"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	"github.com/apache/arrow-go/v18/parquet/schema"

	"github.com/hfspark/hfspark/source/parquet"
)

// encoder makes row groups in memory. It is safe for concurrent use.
type encoder struct {
	schema     *arrow.Schema
	columns    *schema.Schema
	properties *pq.WriterProperties
	metadata   metadata.KeyValueMetadata
	options    Options
	fields     []fieldEncoder
	blocks     blocks
	workspaces sync.Pool // of *workspace
}

// fieldEncoder encodes a column of the table: leaf by leaf, or, when one of its leaves has a type whose values the Parquet library has to
// convert, all of them by that.
type fieldEncoder struct {
	leaves  []*column
	library *libraryEncoder // nil when leaves are used
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
	e := &encoder{schema: s, columns: columns, properties: properties, metadata: keyValues(s), options: o}
	e.workspaces.New = func() any { return &workspace{} }
	next := 0
	for i, f := range storage.Fields() {
		types := leafTypes(nil, f.Type)
		one, err := e.fieldEncoder(f, types, next)
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", s.Field(i).Name, err)
		}
		e.fields = append(e.fields, one)
		next += len(types)
	}
	return e, nil
}

// fieldEncoder returns the encoder of a field whose first leaf column has a number.
func (e *encoder) fieldEncoder(f arrow.Field, types []arrow.DataType, first int) (out fieldEncoder, err error) {
	for i, t := range types {
		c, err := columnOf(e.columns.Column(first+i), t, e.options)
		if err != nil {
			return out, err
		}
		if c == nil {
			out.leaves = nil
			out.library, err = newLibraryEncoder(f, e.options, len(types))
			return out, err
		}
		out.leaves = append(out.leaves, c)
	}
	return out, nil
}

// leafTypes appends the types of the leaf columns of a type, in their order.
func leafTypes(types []arrow.DataType, t arrow.DataType) []arrow.DataType {
	switch t := t.(type) {
	case *arrow.StructType:
		for _, f := range t.Fields() {
			types = leafTypes(types, f.Type)
		}
		return types
	case *arrow.MapType:
		return leafTypes(leafTypes(types, t.KeyType()), t.ItemType())
	case arrow.ListLikeType:
		return leafTypes(types, t.Elem())
	}
	return append(types, t)
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

// empty makes a file of no rows.
func (e *encoder) empty() ([]byte, error) {
	var out bytes.Buffer
	f, err := file.NewParquetWriterWithError(&out, e.columns.Root(), file.WithWriterProps(e.properties), file.WithWriteMetadata(e.metadata))
	if err != nil {
		return nil, fmt.Errorf("begin a Parquet file: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("end a Parquet file: %w", err)
	}
	return out.Bytes(), nil
}

// group is an encoded row group.
type group struct {
	rows   int64
	chunks []parquet.Chunk
	arena  *arena // holds the pages
}

// encode encodes the rows of the batches, of which there is one at least.
func (e *encoder) encode(ctx context.Context, batches []arrow.RecordBatch) (*group, error) {
	g := &group{arena: &arena{from: &e.blocks}}
	for _, b := range batches {
		g.rows += b.NumRows()
	}
	w := e.workspaces.Get().(*workspace)
	defer e.workspaces.Put(w)
	for i, f := range e.schema.Fields() {
		chunks, err := e.encodeField(ctx, w, g.arena, i, batches)
		if err != nil {
			g.arena.release()
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			return nil, fmt.Errorf("column %s: %w", f.Name, err)
		}
		g.chunks = append(g.chunks, chunks...)
	}
	return g, nil
}

func (e *encoder) encodeField(ctx context.Context, w *workspace, a *arena, index int, batches []arrow.RecordBatch) ([]parquet.Chunk, error) {
	var parts [][]leaf // by leaf column
	for _, b := range batches {
		leaves, err := shred(ctx, b.Column(index), e.schema.Field(index))
		if err != nil {
			return nil, err
		}
		if parts == nil {
			parts = make([][]leaf, len(leaves))
		}
		for i, l := range leaves {
			parts[i] = append(parts[i], l)
		}
	}
	field := e.fields[index]
	if field.library != nil {
		return field.library.encode(ctx, parts, e.chunkers(len(parts)))
	}
	chunks := make([]parquet.Chunk, len(parts))
	for i, c := range field.leaves {
		chunk, err := c.encode(ctx, w, a, parts[i], e.chunker())
		if err != nil {
			return nil, err
		}
		chunks[i] = chunk
	}
	return chunks, nil
}

// pageSize is the size of pages that are not cut by content.
const pageSize = 1 << 20

// chunker returns what cuts the pages of a column chunk.
func (e *encoder) chunker() *chunker {
	if e.options.Chunking.Off {
		return newCutter(pageSize)
	}
	return newChunker(e.options.Chunking)
}

func (e *encoder) chunkers(n int) []*chunker {
	all := make([]*chunker, n)
	for i := range all {
		all[i] = e.chunker()
	}
	return all
}

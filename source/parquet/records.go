package parquet

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

// DefaultBatchRows is the number of rows of a record batch when none is stated.
const DefaultBatchRows = 8192

// RecordReader decodes a slice into Arrow. Its methods are not safe for concurrent use.
type RecordReader struct {
	name   string
	reader *file.Reader
	rows   pqarrow.RecordReader
	schema *arrow.Schema
	left   int64
}

// Records decodes the slice, up to batchRows rows at a time (0: DefaultBatchRows). The columns are all those of the slice,
// with the types of Footer.Schema. The slice must stay open until the reader is closed.
func (s *Slice) Records(ctx context.Context, batchRows int64) (r *RecordReader, err error) {
	wrap := s.scan.file.wrap
	defer func() { err = wrap(err) }()
	defer guard(&err)
	if batchRows <= 0 {
		batchRows = DefaultBatchRows
	}
	// The decoder closes what it reads from; the section keeps the slice open.
	reader, err := file.NewParquetReader(io.NewSectionReader(s.file, 0, s.file.size))
	if err != nil {
		return nil, err
	}
	arrowReader, err := pqarrow.NewFileReader(reader, pqarrow.ArrowReadProperties{BatchSize: batchRows}, memory.DefaultAllocator)
	if err != nil {
		return nil, errors.Join(err, reader.Close())
	}
	inferred, err := arrowReader.Schema()
	if err != nil {
		return nil, errors.Join(err, reader.Close())
	}
	fields := make([]arrow.Field, 0, inferred.NumFields())
	for _, f := range inferred.Fields() {
		fields = append(fields, PlainField(f))
	}
	rows, err := arrowReader.GetRecordReader(ctx, nil, nil)
	if err != nil {
		return nil, errors.Join(err, reader.Close())
	}
	return &RecordReader{
		name: s.scan.file.Name, reader: reader, rows: rows, left: s.plan.rows, schema: arrow.NewSchema(fields, nil),
	}, nil
}

// Schema is the schema of the batches.
func (r *RecordReader) Schema() *arrow.Schema { return r.schema }

// Next returns the next rows, to be released by the caller, or io.EOF after the last.
func (r *RecordReader) Next() (batch arrow.RecordBatch, err error) {
	wrap := File{Name: r.name}.wrap
	defer func() {
		if err != io.EOF {
			err = wrap(err)
		}
	}()
	defer guard(&err)
	if r.left == 0 {
		return nil, io.EOF
	}
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil && err != io.EOF {
			return nil, err
		}
		return nil, fmt.Errorf("its pages end %d rows before its row groups do", r.left)
	}
	decoded := r.rows.RecordBatch()
	if r.left -= decoded.NumRows(); r.left < 0 {
		return nil, errors.New("its pages hold more rows than its row groups")
	}
	columns := make([]arrow.Array, 0, decoded.NumCols())
	defer func() {
		for _, c := range columns {
			c.Release()
		}
	}()
	for i, c := range decoded.Columns() {
		data := retype(c.Data(), r.schema.Field(i).Type)
		columns = append(columns, array.MakeFromData(data))
		data.Release()
	}
	return array.NewRecordBatch(r.schema, columns, decoded.NumRows()), nil
}

// Close frees the decoder.
func (r *RecordReader) Close() (err error) {
	defer guard(&err)
	r.rows.Release()
	return r.reader.Close()
}

// retype gives the values the type that plainType made of theirs, which lies in memory alike.
func retype(data arrow.ArrayData, to arrow.DataType) arrow.ArrayData {
	var types []arrow.DataType
	switch t := to.(type) {
	case *arrow.StructType:
		for _, f := range t.Fields() {
			types = append(types, f.Type)
		}
	case *arrow.MapType:
		types = []arrow.DataType{t.Elem()}
	case arrow.ListLikeType:
		types = []arrow.DataType{t.Elem()}
	}
	children := make([]arrow.ArrayData, 0, len(types))
	for i, t := range types {
		children = append(children, retype(data.Children()[i], t))
	}
	defer func() {
		for _, c := range children {
			c.Release()
		}
	}()
	return array.NewData(to, data.Len(), data.Buffers(), children, data.NullN(), data.Offset())
}

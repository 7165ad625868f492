package source

import (
	"context"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/hfspark/hfspark/source/parquet"
	"github.com/hfspark/hfspark/source/predicate"
)

// recordDecoder decodes the slices of a file, gives the columns the types of the subset, and leaves out the rows that the
// filters leave out.
type recordDecoder struct {
	reader  *parquetReader
	wanted  *arrow.Schema // the columns of the request
	needed  *arrow.Schema // those, and the columns of the filters
	slice   *parquet.Slice
	rows    *parquet.RecordReader
	missing int64 // rows still to come of a file that has none of the columns
}

func newRecordDecoder(r *parquetReader) *recordDecoder {
	subset := r.partition.Schema.Schema
	fields := func(names []string) *arrow.Schema {
		out := make([]arrow.Field, 0, len(names))
		for _, name := range names {
			out = append(out, subset.Field(subset.FieldIndices(name)[0]))
		}
		return arrow.NewSchema(out, nil)
	}
	d := &recordDecoder{reader: r, wanted: fields(r.request.Columns), needed: fields(r.needed)}
	if !r.scan.HasColumns() {
		d.missing = r.scan.Rows()
	}
	return d
}

// next returns the next rows that pass the filters.
func (d *recordDecoder) next(ctx context.Context) (*Piece, error) {
	for {
		decoded, err := d.decode(ctx)
		if err != nil {
			return nil, err
		}
		batch, err := d.convert(ctx, decoded)
		decoded.Release()
		if err != nil {
			return nil, fmt.Errorf("read Parquet file %s: %w", d.reader.file.Name, err)
		}
		if batch.NumRows() > 0 {
			return NewPiece(batch, nil, batch.NumRows(), nil), nil
		}
		batch.Release()
	}
}

// decode returns the next rows as they are in the file.
func (d *recordDecoder) decode(ctx context.Context) (arrow.RecordBatch, error) {
	if d.missing > 0 {
		n := min(d.missing, parquet.DefaultBatchRows)
		d.missing -= n
		return array.NewRecordBatch(arrow.NewSchema(nil, nil), nil, n), nil
	}
	for {
		if d.rows == nil {
			slice, err := d.reader.scan.Next(ctx)
			if err != nil {
				return nil, err
			}
			d.slice = slice
			if d.rows, err = slice.Records(context.WithoutCancel(ctx), 0); err != nil {
				return nil, err
			}
		}
		batch, err := d.rows.Next()
		if err != io.EOF {
			return batch, err
		}
		if err := d.close(); err != nil {
			return nil, err
		}
	}
}

// convert makes of decoded rows what the request wants.
func (d *recordDecoder) convert(ctx context.Context, decoded arrow.RecordBatch) (arrow.RecordBatch, error) {
	columns := make([]arrow.Array, 0, d.needed.NumFields())
	defer func() {
		for _, c := range columns {
			c.Release()
		}
	}()
	for _, f := range d.needed.Fields() {
		column, err := convertColumn(ctx, decoded, f)
		if err != nil {
			return nil, err
		}
		columns = append(columns, column)
	}
	batch := array.NewRecordBatch(d.needed, columns, decoded.NumRows())
	defer batch.Release()
	kept, err := filterBatch(ctx, batch, d.reader.request.Filters)
	if err != nil {
		return nil, err
	}
	defer kept.Release()
	// The columns of the request come first.
	return array.NewRecordBatch(d.wanted, kept.Columns()[:d.wanted.NumFields()], kept.NumRows()), nil
}

func convertColumn(ctx context.Context, decoded arrow.RecordBatch, f arrow.Field) (arrow.Array, error) {
	i := decoded.Schema().FieldIndices(f.Name)
	if len(i) == 0 {
		return array.MakeArrayOfNull(memory.DefaultAllocator, f.Type, int(decoded.NumRows())), nil
	}
	column, err := convertArray(ctx, decoded.Column(i[0]), f.Type)
	if err != nil {
		return nil, fmt.Errorf("column %q is %s here and %s in the subset: %w", f.Name, decoded.Column(i[0]).DataType(), f.Type, err)
	}
	return column, nil
}

// filterBatch returns the rows for which the condition is true, as a batch of its own.
func filterBatch(ctx context.Context, batch arrow.RecordBatch, p Predicate) (arrow.RecordBatch, error) {
	if p == nil {
		batch.Retain()
		return batch, nil
	}
	selected, err := predicate.Select(p, batch)
	if err != nil {
		return nil, err
	}
	kept := array.NewInt64Builder(memory.DefaultAllocator)
	defer kept.Release()
	for i, keep := range selected {
		if keep {
			kept.Append(int64(i))
		}
	}
	if kept.Len() == len(selected) {
		batch.Retain()
		return batch, nil
	}
	indices := kept.NewInt64Array()
	defer indices.Release()
	return takeRows(ctx, batch, indices)
}

// close frees the slice that is being decoded.
func (d *recordDecoder) close() error {
	var err error
	if d.rows != nil {
		err = d.rows.Close()
		d.rows = nil
	}
	if d.slice != nil {
		d.reader.services.closeSlice(d.slice)
		d.slice = nil
	}
	return err
}

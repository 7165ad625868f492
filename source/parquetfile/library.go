package parquetfile

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	pq "github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	"github.com/apache/arrow-go/v18/parquet/schema"

	"github.com/hfspark/hfspark/source/parquet"
)

// libraryEncoder encodes one column of a table with the Parquet library: into a file of its own in memory, whose pages are then taken.
// It converts values of all types.
type libraryEncoder struct {
	columns    *schema.Schema
	properties *pq.WriterProperties
}

func newLibraryEncoder(f arrow.Field, o Options, leaves int) (*libraryEncoder, error) {
	properties := o.properties()
	columns, err := pqarrow.ToParquet(arrow.NewSchema([]arrow.Field{f}, nil), properties, pqarrow.NewArrowWriterProperties())
	if err != nil {
		return nil, fmt.Errorf("make the Parquet schema: %w", err)
	}
	if n := columns.NumColumns(); n != leaves {
		return nil, fmt.Errorf("the Parquet library makes %d columns of %d", n, leaves)
	}
	return &libraryEncoder{columns, o.properties(withoutHalfBounds(columns)...)}, nil
}

// withoutHalfBounds leaves out the bounds of columns of half precision, and with them their null counts and indexes: the library loses
// track of the least and greatest values at NaN, and readers that trust its bounds then drop rows.
func withoutHalfBounds(columns *schema.Schema) (more []pq.WriterProperty) {
	for i := range columns.NumColumns() {
		if c := columns.Column(i); c.LogicalType().Equals(schema.Float16LogicalType{}) {
			more = append(more, pq.WithStatsFor(c.Path(), false), pq.WithPageIndexEnabledFor(c.Path(), false))
		}
	}
	return more
}

// encode encodes the parts of each leaf column.
func (e *libraryEncoder) encode(ctx context.Context, parts [][]leaf, cut []*chunker) ([]parquet.Chunk, error) {
	var out bytes.Buffer
	f, err := file.NewParquetWriterWithError(&out, e.columns.Root(), file.WithWriterProps(e.properties))
	if err != nil {
		return nil, fmt.Errorf("begin a Parquet file: %w", err)
	}
	group, err := f.AppendBufferedRowGroupChecked()
	if err != nil {
		return nil, fmt.Errorf("begin a row group: %w", err)
	}
	for i, leaves := range parts {
		column, err := group.Column(i)
		if err != nil {
			return nil, err
		}
		for _, l := range leaves {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if err := writeLeaf(ctx, column, cut[i], l.withLevels()); err != nil {
				return nil, err
			}
		}
	}
	if err := group.Close(); err != nil {
		return nil, fmt.Errorf("end a row group: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("end a Parquet file: %w", err)
	}
	return parquet.Chunks(out.Bytes())
}

func writeLeaf(ctx context.Context, column file.ColumnChunkWriter, c *chunker, l leaf) error {
	from, value := 0, 0
	for _, at := range c.cuts(l) {
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

package source

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/hfspark/hfspark/source/parquet"
)

// extremeRows are two rows with the least and the greatest values of the columns of the request, or nil where the statistics
// of the file do not tell them exactly for all columns.
func (r *parquetReader) extremeRows(footer *parquet.Footer) (arrow.RecordBatch, error) {
	if r.request.Filters != nil || r.request.Prune != nil || len(r.request.Columns) == 0 {
		return nil, nil
	}
	subset := r.partition.Schema.Schema
	fields := make([]arrow.Field, 0, len(r.request.Columns))
	for _, name := range r.request.Columns {
		fields = append(fields, subset.Field(subset.FieldIndices(name)[0]))
	}
	rows := array.NewRecordBuilder(memory.DefaultAllocator, arrow.NewSchema(fields, nil))
	defer rows.Release()
	for i, f := range fields {
		e, ok, err := footer.Extremes(f.Name, r.partition.RowGroups)
		if err != nil || !ok {
			return nil, err
		}
		for _, v := range []any{e.Min, e.Max} {
			if !appendExtreme(rows.Field(i), v) {
				return nil, nil
			}
		}
	}
	return rows.NewRecordBatch(), nil
}

// appendExtreme adds a value of parquet.Extremes to a column, where it has the column's type and precision.
func appendExtreme(b array.Builder, value any) bool {
	if value == nil {
		b.AppendNull()
		return true
	}
	if text, ok := value.(string); ok {
		switch b := b.(type) {
		case *array.StringBuilder:
			b.Append(text)
		case *array.LargeStringBuilder:
			b.Append(text)
		default:
			return false
		}
		return true
	}
	n, ok := value.(int64)
	if !ok {
		return false
	}
	switch b := b.(type) {
	case *array.Int8Builder:
		b.Append(int8(n))
		return int64(int8(n)) == n
	case *array.Int16Builder:
		b.Append(int16(n))
		return int64(int16(n)) == n
	case *array.Int32Builder:
		b.Append(int32(n))
		return int64(int32(n)) == n
	case *array.Int64Builder:
		b.Append(n)
	case *array.Uint8Builder:
		b.Append(uint8(n))
		return int64(uint8(n)) == n
	case *array.Uint16Builder:
		b.Append(uint16(n))
		return int64(uint16(n)) == n
	case *array.Uint32Builder:
		b.Append(uint32(n))
		return int64(uint32(n)) == n
	case *array.Date32Builder:
		b.Append(arrow.Date32(n))
		return int64(int32(n)) == n
	case *array.TimestampBuilder:
		b.Append(arrow.Timestamp(n))
		return b.Type().(*arrow.TimestampType).Unit == arrow.Microsecond
	default:
		return false
	}
	return true
}

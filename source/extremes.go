package source

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/hfspark/hfspark/source/parquet"
)

// maxSummaryCells bounds what rows in place of those of a file take in memory; larger files are read.
const maxSummaryCells = 8 << 20

// extremeRows are rows with the least and the greatest values of the columns of the request, and as many of them and with as
// many nulls as the file has where counts matter; nil where the statistics of the file do not tell these exactly.
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
		ok, err := r.summarize(rows.Field(i), footer, f.Name)
		if err != nil || !ok {
			return nil, err
		}
	}
	return rows.NewRecordBatch(), nil
}

// summarize adds the rows in place of those of a column; false where it cannot.
func (r *parquetReader) summarize(b array.Builder, footer *parquet.Footer, name string) (bool, error) {
	present := slices.Contains(r.request.Present, name)
	var e parquet.Extremes
	if !present {
		var ok bool
		var err error
		if e, ok, err = footer.Extremes(name, r.partition.RowGroups); err != nil || !ok {
			return false, err
		}
	}
	if !r.request.Counts {
		return appendExtreme(b, e.Min) && appendExtreme(b, e.Max), nil
	}
	count, ok, err := footer.Counts(name, r.partition.RowGroups)
	if err != nil || !ok || count.Rows > maxSummaryCells/int64(len(r.request.Columns)) {
		return false, err
	}
	b.Reserve(int(count.Rows))
	for row := range count.Values {
		switch {
		case present:
			b.AppendEmptyValue()
		case row == 0 && !appendExtreme(b, e.Max), row > 0 && !appendExtreme(b, e.Min):
			return false, nil
		}
	}
	b.AppendNulls(int(count.Rows - count.Values))
	// A single value is both the least and the greatest; what tells otherwise is not to be trusted.
	return present || count.Values != 1 || e.Min == e.Max, nil
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

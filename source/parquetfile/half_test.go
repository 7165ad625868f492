package parquetfile

import (
	"bytes"
	"math"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/float16"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"
)

func TestHalfPrecisionHasNoBounds(t *testing.T) {
	t.Parallel()
	halves := arrow.FixedWidthTypes.Float16
	schema := fields(halves, structOf(halves, arrow.FixedWidthTypes.Boolean))
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	nested := b.Field(1).(*array.StructBuilder)
	for _, v := range []float32{2, float32(math.NaN()), 1, 3} {
		b.Field(0).(*array.Float16Builder).Append(float16.New(v))
		nested.Append(true)
		nested.FieldBuilder(0).(*array.Float16Builder).Append(float16.New(v))
		nested.FieldBuilder(1).(*array.BooleanBuilder).Append(v > 2)
	}
	batch := b.NewRecordBatch()
	defer batch.Release()
	data := write(t, schema, Options{}, batch)
	r, err := file.NewParquetReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []bool{false, false, true} {
		chunk, err := r.MetaData().RowGroup(0).ColumnChunk(i)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := chunk.StatsSet(); err != nil || got != want {
			t.Errorf("column %d has statistics: %v, %v", i, got, err)
		}
	}
	table := readBack(t, data)
	defer table.Release()
	if got := table.Column(0).Data().Chunk(0).String(); got != "[2 NaN 1 3]" {
		t.Error(got)
	}
}

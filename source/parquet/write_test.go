package parquet

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/float16"
	"github.com/apache/arrow-go/v18/arrow/memory"
	pq "github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

// writeFile writes the batches as a Parquet file, with row groups of that many rows.
func writeFile(t testing.TB, batches []arrow.RecordBatch, rowGroup int64, options ...pq.WriterProperty) []byte {
	t.Helper()
	var b bytes.Buffer
	props := pq.NewWriterProperties(append([]pq.WriterProperty{pq.WithMaxRowGroupLength(rowGroup)}, options...)...)
	w, err := pqarrow.NewFileWriter(batches[0].Schema(), &b, props, pqarrow.NewArrowWriterProperties(pqarrow.WithStoreSchema()))
	if err != nil {
		t.Fatal(err)
	}
	for _, batch := range batches {
		for from := int64(0); from < batch.NumRows(); from += rowGroup {
			part := batch.NewSlice(from, min(from+rowGroup, batch.NumRows()))
			if err := w.Write(part); err != nil {
				t.Fatal(err)
			}
			part.Release()
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// sampleSchema has columns of many shapes.
func sampleSchema() *arrow.Schema {
	nullable := func(name string, t arrow.DataType) arrow.Field {
		return arrow.Field{Name: name, Type: t, Nullable: true}
	}
	return arrow.NewSchema([]arrow.Field{
		nullable("id", arrow.PrimitiveTypes.Int64),
		nullable("small", arrow.PrimitiveTypes.Int8),
		nullable("unsigned", arrow.PrimitiveTypes.Uint32),
		nullable("huge", arrow.PrimitiveTypes.Uint64),
		nullable("single", arrow.PrimitiveTypes.Float32),
		nullable("double", arrow.PrimitiveTypes.Float64),
		nullable("flag", arrow.FixedWidthTypes.Boolean),
		nullable("text", arrow.BinaryTypes.String),
		nullable("blob", arrow.BinaryTypes.Binary),
		nullable("day", arrow.FixedWidthTypes.Date32),
		nullable("at", &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"}),
		nullable("local", &arrow.TimestampType{Unit: arrow.Millisecond}),
		nullable("fine", &arrow.TimestampType{Unit: arrow.Nanosecond, TimeZone: "UTC"}),
		nullable("price", &arrow.Decimal128Type{Precision: 9, Scale: 2}),
		nullable("long", &arrow.Decimal128Type{Precision: 30, Scale: 4}),
		nullable("half", arrow.FixedWidthTypes.Float16),
		nullable("pair", arrow.StructOf(
			nullable("a", arrow.PrimitiveTypes.Int64), nullable("b", arrow.BinaryTypes.String),
			nullable("c", arrow.StructOf(nullable("d", arrow.PrimitiveTypes.Float64), nullable("e", arrow.FixedWidthTypes.Date32))))),
		nullable("tags", arrow.ListOf(arrow.BinaryTypes.String)),
		nullable("turns", arrow.ListOf(arrow.StructOf(
			nullable("from", arrow.BinaryTypes.String), nullable("value", arrow.BinaryTypes.String)))),
		nullable("image", arrow.StructOf(
			nullable("bytes", arrow.BinaryTypes.Binary), nullable("path", arrow.BinaryTypes.String))),
		{Name: "needed", Type: arrow.PrimitiveTypes.Int32},
	}, nil)
}

// sample makes rows of random values around base, with nulls and NaNs.
func sample(r *rand.Rand, rows int, base int64) arrow.RecordBatch {
	b := array.NewRecordBuilder(memory.DefaultAllocator, sampleSchema())
	defer b.Release()
	nulls := r.Float64()
	if r.IntN(3) == 0 {
		nulls = float64(r.IntN(2))
	}
	for range rows {
		for i, f := range b.Fields() {
			if f.Type().ID() != arrow.INT32 && r.Float64() < nulls {
				f.AppendNull()
				continue
			}
			appendRandom(r, b.Field(i), base)
		}
	}
	return b.NewRecordBatch()
}

func appendRandom(r *rand.Rand, b array.Builder, base int64) {
	n := base + r.Int64N(6)
	switch b := b.(type) {
	case *array.Int64Builder:
		b.Append(n)
	case *array.Int32Builder:
		b.Append(int32(n))
	case *array.Int8Builder:
		b.Append(int8(n))
	case *array.Uint32Builder:
		b.Append(uint32(n))
	case *array.Uint64Builder:
		b.Append(uint64(n))
	case *array.Float32Builder:
		b.Append(float32(randomFloat(r, n)))
	case *array.Float64Builder:
		b.Append(randomFloat(r, n))
	case *array.BooleanBuilder:
		b.Append(base%2 == 0)
	case *array.StringBuilder:
		b.Append(fmt.Sprintf("w%02d é", n))
	case *array.BinaryBuilder:
		b.Append([]byte{byte(n), 0xff})
	case *array.Date32Builder:
		b.Append(arrow.Date32(n))
	case *array.TimestampBuilder:
		b.Append(arrow.Timestamp(n * 1000))
	case *array.Float16Builder:
		b.Append(float16.New(float32(randomFloat(r, n))))
	case *array.Decimal128Builder:
		if b.Type().(*arrow.Decimal128Type).Scale == 4 {
			b.Append(decimal128.FromI64((n-12)*10_000 + r.Int64N(2)*5_000))
		} else {
			b.Append(decimalOf(n))
		}
	case *array.ListBuilder:
		b.Append(true)
		for range r.IntN(3) {
			appendRandom(r, b.ValueBuilder(), base)
		}
	case *array.StructBuilder:
		b.Append(true)
		for i := range b.NumField() {
			if r.IntN(4) == 0 {
				b.FieldBuilder(i).AppendNull()
				continue
			}
			appendRandom(r, b.FieldBuilder(i), base)
		}
	default:
		panic(fmt.Sprintf("no random value for %T", b))
	}
}

func randomFloat(r *rand.Rand, n int64) float64 {
	switch r.IntN(12) {
	case 0:
		return math.NaN()
	case 1:
		return math.Copysign(0, -1)
	case 2:
		return 0
	case 3:
		return float64(n) + 0.1
	}
	return float64(n)
}

// shapes are ways to write a file.
func shapes() map[string][]pq.WriterProperty {
	return map[string][]pq.WriterProperty{
		"plain":     {pq.WithDictionaryDefault(false), pq.WithCompression(compress.Codecs.Uncompressed)},
		"snappy":    {pq.WithCompression(compress.Codecs.Snappy)},
		"gzip":      {pq.WithCompression(compress.Codecs.Gzip), pq.WithDataPageVersion(pq.DataPageV2)},
		"zstd":      {pq.WithCompression(compress.Codecs.Zstd), pq.WithDataPageSize(64)},
		"v1":        {pq.WithVersion(pq.V1_0)},
		"v2":        {pq.WithDataPageVersion(pq.DataPageV2), pq.WithCompression(compress.Codecs.Zstd)},
		"nostats":   {pq.WithStats(false)},
		"pageindex": {pq.WithPageIndexEnabled(true)},
	}
}

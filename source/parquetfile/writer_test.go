package parquetfile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

func list(t arrow.DataType) arrow.DataType { return arrow.ListOf(t) }

func fields(types ...arrow.DataType) *arrow.Schema {
	var f []arrow.Field
	for i, t := range types {
		f = append(f, arrow.Field{Name: fmt.Sprint("c", i), Type: t, Nullable: true})
	}
	return arrow.NewSchema(f, nil)
}

func structOf(types ...arrow.DataType) arrow.DataType {
	return arrow.StructOf(fields(types...).Fields()...)
}

// everyType has the types that Spark has, plain and nested.
func everyType() *arrow.Schema {
	plain := []arrow.DataType{
		arrow.FixedWidthTypes.Boolean, arrow.PrimitiveTypes.Int8, arrow.PrimitiveTypes.Int16, arrow.PrimitiveTypes.Int32,
		arrow.PrimitiveTypes.Int64, arrow.PrimitiveTypes.Float32, arrow.PrimitiveTypes.Float64, arrow.BinaryTypes.String,
		arrow.BinaryTypes.Binary, arrow.FixedWidthTypes.Date32, &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"},
		&arrow.TimestampType{Unit: arrow.Microsecond}, &arrow.Decimal128Type{Precision: 7, Scale: 2},
		&arrow.Decimal128Type{Precision: 38, Scale: 10}, arrow.FixedWidthTypes.Time64us,
	}
	nested := []arrow.DataType{
		list(arrow.PrimitiveTypes.Int32), list(list(arrow.BinaryTypes.String)), structOf(plain...),
		structOf(list(structOf(arrow.BinaryTypes.String, list(arrow.PrimitiveTypes.Int64))), arrow.PrimitiveTypes.Int8),
		arrow.MapOf(arrow.BinaryTypes.String, arrow.PrimitiveTypes.Int64),
		arrow.MapOf(arrow.PrimitiveTypes.Int32, list(arrow.FixedWidthTypes.Boolean)),
		list(&arrow.Decimal128Type{Precision: 20, Scale: 0}),
	}
	return fields(append(plain, nested...)...)
}

func TestEveryTypeComesBack(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		options Options
	}{
		{"defaults", Options{}},
		{"small pages", Options{Chunking: Chunking{Min: 64, Max: 256}}},
		{"small row groups", Options{RowGroupRows: 17, Chunking: Chunking{Min: 64, Max: 256}}},
		{"small row groups, one at a time", Options{RowGroupBytes: 5000, Parallel: 1}},
		{"small row groups, many at once", Options{RowGroupBytes: 3000, Parallel: 9}},
		{"no chunking, zstd", Options{Compression: "zstd", Level: 3, Chunking: Chunking{Off: true}}},
		{"plain, no statistics", Options{NoDictionary: true, NoStatistics: true, Compression: "none"}},
		{"gzip", Options{Compression: "GZIP"}},
		{"lz4", Options{Compression: "lz4"}},
		{"brotli", Options{Compression: "brotli"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(1, 2))
			var batches []arrow.RecordBatch
			for _, rows := range []int{100, 0, 1, 250} {
				batches = append(batches, randomBatch(r, everyType(), rows))
			}
			// A slice has offsets of its own.
			batches = append(batches, randomBatch(r, everyType(), 90).NewSlice(13, 77))
			got := readBack(t, write(t, everyType(), c.options, batches...))
			want := array.NewTableFromRecords(everyType(), batches)
			for i, f := range everyType().Fields() {
				w, err := array.Concatenate(want.Column(i).Data().Chunks(), memory.DefaultAllocator)
				if err != nil {
					t.Fatal(err)
				}
				g, err := array.Concatenate(got.Column(i).Data().Chunks(), memory.DefaultAllocator)
				if err != nil {
					t.Fatal(err)
				}
				if a, b := w.String(), g.String(); !array.ApproxEqual(stored(w), g) && a != b {
					t.Errorf("column %s of type %s came back as\n%.300s\nbut was\n%.300s", f.Name, f.Type, b, a)
				}
			}
		})
	}
}

func write(t *testing.T, schema *arrow.Schema, o Options, batches ...arrow.RecordBatch) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := NewWriter(t.Context(), &out, schema, o)
	if err != nil {
		t.Fatal(err)
	}
	var rows int64
	for _, b := range batches {
		if err := w.Write(b); err != nil {
			t.Fatal(err)
		}
		rows += b.NumRows()
	}
	if w.Rows() != rows {
		t.Errorf("Rows() = %d, wrote %d", w.Rows(), rows)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func readBack(t *testing.T, data []byte) arrow.Table {
	t.Helper()
	r, err := file.NewParquetReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	// Without the Arrow schema the reader has the storage types, which is what all readers of Parquet see.
	reader, err := pqarrow.NewFileReader(r, pqarrow.ArrowReadProperties{}, memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	table, err := reader.ReadTable(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func randomBatch(r *rand.Rand, schema *arrow.Schema, rows int) arrow.RecordBatch {
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	for i := range schema.NumFields() {
		for range rows {
			appendRandom(r, b.Field(i), true)
		}
	}
	return b.NewRecordBatch()
}

func appendRandom(r *rand.Rand, b array.Builder, nullable bool) {
	if nullable && r.IntN(5) == 0 || b.Type().ID() == arrow.NULL {
		b.AppendNull()
		return
	}
	switch b := b.(type) {
	case *array.StructBuilder:
		b.Append(true)
		for i := range b.NumField() {
			appendRandom(r, b.FieldBuilder(i), true)
		}
	case *array.MapBuilder:
		b.Append(true)
		for range r.IntN(4) {
			appendRandom(r, b.KeyBuilder(), false)
			appendRandom(r, b.ItemBuilder(), true)
		}
	case *array.ListBuilder:
		b.Append(true)
		for range r.IntN(4) {
			appendRandom(r, b.ValueBuilder(), true)
		}
	case *array.BinaryBuilder:
		b.Append([]byte(strings.Repeat("x", r.IntN(4))))
	case *array.StringBuilder:
		b.Append(strings.Repeat("é", r.IntN(4)) + fmt.Sprint(r.IntN(50)))
	case *array.BooleanBuilder:
		b.Append(r.IntN(2) == 0)
	case *array.TimestampBuilder:
		b.Append(arrow.Timestamp(r.Int64N(2e15)))
	case *array.DurationBuilder:
		b.Append(arrow.Duration(r.Int64N(1e9)))
	default:
		if err := b.AppendValueFromString(randomText(r, b.Type())); err != nil {
			panic(err)
		}
	}
}

func randomText(r *rand.Rand, t arrow.DataType) string {
	switch t.(type) {
	case *arrow.Date32Type:
		return fmt.Sprintf("20%02d-0%d-1%d", r.IntN(99), r.IntN(8)+1, r.IntN(9))
	case *arrow.Time64Type:
		return fmt.Sprintf("1%d:00:00.%06d", r.IntN(9), r.IntN(1e6))
	case *arrow.Float32Type, *arrow.Float64Type:
		return fmt.Sprint(float32(r.NormFloat64()))
	}
	return fmt.Sprint(r.IntN(200) - 100)
}

func TestRefusedColumns(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		schema *arrow.Schema
		want   string
	}{
		{"no columns", fields(), "select at least one column"},
		{"empty struct", fields(structOf()), "column c0 of type struct<> cannot"},
		{"nested empty struct", fields(list(structOf())), "column c0.element of type"},
		{"months", fields(arrow.FixedWidthTypes.MonthInterval), "cast it to int or string"},
		{"same name", arrow.NewSchema(append(fields(arrow.Null).Fields(), fields(arrow.Null).Fields()...), nil), "same name"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := NewWriter(t.Context(), &bytes.Buffer{}, c.schema, Options{})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v, want one with %q", err, c.want)
			}
			var column *ColumnError
			if c.name != "no columns" && !errors.As(err, &column) {
				t.Errorf("%T is no ColumnError", err)
			}
		})
	}
}

// Durations are integers in Parquet, and durations again for who reads the Arrow schema beside them.
func TestDurations(t *testing.T) {
	t.Parallel()
	schema := fields(arrow.FixedWidthTypes.Duration_us, list(arrow.FixedWidthTypes.Duration_ms))
	batch := randomBatch(rand.New(rand.NewPCG(9, 9)), schema, 100)
	r, err := file.NewParquetReader(bytes.NewReader(write(t, schema, Options{}, batch)))
	if err != nil {
		t.Fatal(err)
	}
	column, err := r.RowGroup(0).Column(0)
	if err != nil {
		t.Fatal(err)
	}
	var values, want [100]int64
	_, n, err := column.(*file.Int64ColumnChunkReader).ReadBatch(100, values[:], make([]int16, 100), nil)
	if err != nil {
		t.Fatal(err)
	}
	present := 0
	for i, v := range batch.Column(0).(*array.Duration).DurationValues() {
		if batch.Column(0).IsValid(i) {
			want[present] = int64(v)
			present++
		}
	}
	if n != present || values != want {
		t.Errorf("durations are %v, want %v", values[:n], want[:present])
	}
	if v := r.MetaData().KeyValueMetadata().FindValue("ARROW:schema"); v == nil {
		t.Error("the Arrow schema is missing")
	}
}

func TestNullColumn(t *testing.T) {
	t.Parallel()
	schema := fields(arrow.Null, list(arrow.Null), arrow.PrimitiveTypes.Int32)
	batch := randomBatch(rand.New(rand.NewPCG(3, 4)), schema, 40)
	table := readBack(t, write(t, schema, Options{}, batch))
	if table.NumRows() != 40 || table.Column(0).Data().NullN() != 40 {
		t.Errorf("a column of nulls came back as %v", table.Column(0))
	}
}

func TestNoRows(t *testing.T) {
	t.Parallel()
	if table := readBack(t, write(t, everyType(), Options{})); table.NumRows() != 0 || int(table.NumCols()) != everyType().NumFields() {
		t.Errorf("a file without rows came back with %d rows and %d columns", table.NumRows(), table.NumCols())
	}
}

// Where a file is cut must not depend on which goroutine was faster.
func TestBytesDoNotDependOnTiming(t *testing.T) {
	t.Parallel()
	var first []int64
	for range 3 {
		w, err := NewWriter(t.Context(), io.Discard, everyType(), Options{RowGroupRows: 50, Parallel: 3})
		if err != nil {
			t.Fatal(err)
		}
		var sizes []int64
		r := rand.New(rand.NewPCG(1, 1))
		for range 20 {
			if err := w.Write(randomBatch(r, everyType(), 30)); err != nil {
				t.Fatal(err)
			}
			sizes = append(sizes, w.Bytes())
		}
		w.Abort()
		if first == nil {
			first = sizes
		}
		if !slices.Equal(first, sizes) {
			t.Errorf("sizes are %v, were %v", sizes, first)
		}
	}
}

// A row at the head must leave nearly all pages as they were: that is what content-defined chunking is for.
func TestInsertedRowKeepsPages(t *testing.T) {
	t.Parallel()
	schema := fields(arrow.BinaryTypes.String, arrow.PrimitiveTypes.Int64, list(arrow.PrimitiveTypes.Float64))
	rows := randomBatch(rand.New(rand.NewPCG(5, 6)), schema, 60_000)
	head := randomBatch(rand.New(rand.NewPCG(7, 8)), schema, 1)
	o := Options{Chunking: Chunking{Min: 4 << 10, Max: 16 << 10}, NoDictionary: true, Compression: "none"}
	before, after := pages(t, write(t, schema, o, rows)), pages(t, write(t, schema, o, head, rows))
	known := map[string]bool{}
	for _, p := range before {
		known[p] = true
	}
	var all, same int
	for _, p := range after {
		all += len(p)
		if known[p] {
			same += len(p)
		}
	}
	if len(after) < 50 || same < all*9/10 {
		t.Errorf("%d of %d bytes in %d pages are as before; want nine tenths", same, all, len(after))
	}
}

// pages returns the values of all data pages of a file.
func pages(t *testing.T, data []byte) []string {
	t.Helper()
	r, err := file.NewParquetReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for g := range r.NumRowGroups() {
		for c := range r.MetaData().Schema.NumColumns() {
			p, err := r.RowGroup(g).GetColumnPageReader(c)
			if err != nil {
				t.Fatal(err)
			}
			for p.Next() {
				all = append(all, string(p.Page().Data()))
			}
			if p.Err() != nil {
				t.Fatal(p.Err())
			}
		}
	}
	return all
}

// The page index must name the pages where they are, also after the row groups were joined.
func TestPageIndex(t *testing.T) {
	t.Parallel()
	schema := fields(arrow.BinaryTypes.String, arrow.PrimitiveTypes.Int64, list(arrow.PrimitiveTypes.Float64))
	batch := randomBatch(rand.New(rand.NewPCG(5, 6)), schema, 5000)
	o := Options{Chunking: Chunking{Min: 1 << 10, Max: 4 << 10}, RowGroupRows: 1200}
	r, err := file.NewParquetReader(bytes.NewReader(write(t, schema, o, batch)))
	if err != nil {
		t.Fatal(err)
	}
	if r.NumRowGroups() != 5 {
		t.Errorf("%d row groups, want 5", r.NumRowGroups())
	}
	for g := range r.NumRowGroups() {
		index, err := r.GetPageIndexReader().RowGroup(g)
		if err != nil {
			t.Fatal(err)
		}
		if n := r.MetaData().RowGroup(g).Ordinal(); int(n) != g {
			t.Errorf("row group %d says that it is number %d", g, n)
		}
		for c := range r.MetaData().Schema.NumColumns() {
			offsets, err := index.GetOffsetIndex(c)
			if err != nil {
				t.Fatal(err)
			}
			columns, err := index.GetColumnIndex(c)
			if err != nil {
				t.Fatal(err)
			}
			chunk, err := r.MetaData().RowGroup(g).ColumnChunk(c)
			if err != nil {
				t.Fatal(err)
			}
			pages := offsets.GetPageLocations()
			if g < 4 && len(pages) < 2 || len(columns.GetNullCounts()) != len(pages) {
				t.Errorf("row group %d, column %d: %d pages and %d null counts", g, c, len(pages), len(columns.GetNullCounts()))
			}
			want := chunk.DataPageOffset()
			for i, p := range pages {
				if p.Offset != want {
					t.Errorf("row group %d, column %d, page %d is at %d, want %d", g, c, i, p.Offset, want)
				}
				want += int64(p.CompressedPageSize)
			}
		}
	}
}

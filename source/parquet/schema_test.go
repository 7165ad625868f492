package parquet

import (
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// Types that Parquet does not tell apart come from the schema that the writer kept, here and in slices.
func TestWriterTypesAreRestored(t *testing.T) {
	t.Parallel()
	meta := arrow.NewMetadata([]string{"huggingface"}, []string{`{"info": {}}`})
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "long", Type: arrow.BinaryTypes.LargeString, Nullable: true},
		{Name: "zoned", Type: &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "Europe/Paris"}, Nullable: true},
		{Name: "category", Type: &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: arrow.BinaryTypes.String}, Nullable: true},
		{Name: "pair", Type: arrow.FixedSizeListOf(2, arrow.PrimitiveTypes.Int32), Nullable: true},
	}, &meta)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	for i := range 5 {
		b.Field(0).(*array.LargeStringBuilder).Append("a")
		b.Field(1).(*array.TimestampBuilder).Append(arrow.Timestamp(i))
		if err := b.Field(2).(*array.BinaryDictionaryBuilder).AppendString("c"); err != nil {
			t.Fatal(err)
		}
		b.Field(3).(*array.FixedSizeListBuilder).Append(true)
		b.Field(3).(*array.FixedSizeListBuilder).ValueBuilder().(*array.Int32Builder).AppendValues([]int32{1, int32(i)}, nil)
	}
	data := writeFile(t, []arrow.RecordBatch{b.NewRecordBatch()}, 10)
	file := (&counter{data: data}).file("f")
	footer, err := NewFooters(0).Read(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	got, err := footer.Schema()
	if err != nil {
		t.Fatal(err)
	}
	table, err := readSlices(t, file, Query{}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range schema.Fields() {
		if want := plainType(f.Type); !arrow.TypeEqual(got.Field(i).Type, want) || !arrow.TypeEqual(table.Schema().Field(i).Type, want) {
			t.Errorf("%s is %v, in slices %v, want %v", f.Name, got.Field(i).Type, table.Schema().Field(i).Type, want)
		}
	}
	if v, _ := got.Metadata().GetValue("huggingface"); v != `{"info": {}}` {
		t.Errorf("metadata %v", got.Metadata())
	}
	if text := rowTexts(table)[4]; text != "a|1970-01-01T01:00:00.000004+01:00|c|[1,4]|" {
		t.Error(text)
	}
}

// Files that are alike share a schema; another key of the metadata makes another one.
func TestSchemasAreShared(t *testing.T) {
	t.Parallel()
	footers := NewFooters(0)
	read := func(name string, keys, values []string) *arrow.Schema {
		meta := arrow.NewMetadata(keys, values)
		schema := arrow.NewSchema([]arrow.Field{{Name: "n", Type: arrow.PrimitiveTypes.Int64, Nullable: true}}, &meta)
		b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
		defer b.Release()
		b.Field(0).(*array.Int64Builder).Append(1)
		file := (&counter{data: writeFile(t, []arrow.RecordBatch{b.NewRecordBatch()}, 10)}).file(name)
		footer, err := footers.Read(t.Context(), file)
		if err != nil {
			t.Fatal(err)
		}
		got, err := footer.Schema()
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	plain := read("a", nil, nil)
	if again := read("b", nil, nil); again != plain {
		t.Error("the schema of a file like the first is made anew")
	}
	other := read("c", []string{"huggingface"}, []string{"{}"})
	if v, ok := other.Metadata().GetValue("huggingface"); other == plain || !ok || v != "{}" {
		t.Errorf("the schema has the metadata %v", other.Metadata())
	}
}

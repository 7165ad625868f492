package parquet

import (
	"bytes"
	"encoding/base64"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/parquet/metadata"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

// Schema is the Arrow schema of the file, as pyarrow reads it: the types that the writer kept under ARROW:schema where they
// fit, else those that follow from Parquet's types. Every field is nullable, extension types are what they store, and
// dictionaries, views and run-end encodings are plain values. The metadata are those of the schema that the writer kept.
//
// It is not to be changed: files that are alike share it.
func (f *Footer) Schema() (schema *arrow.Schema, err error) {
	key := f.schemaKey()
	if known := f.schemas.get(key); known != nil {
		return known, nil
	}
	if schema, err = f.readSchema(); err != nil {
		return nil, File{Name: f.name}.wrap(err)
	}
	f.schemas.put(key, schema)
	return schema, nil
}

func (f *Footer) readSchema() (schema *arrow.Schema, err error) {
	defer guard(&err)
	origin := f.origin()
	encoded, err := encodeSchema(origin)
	if err != nil {
		return nil, err
	}
	meta, err := metadata.NewFileMetaData(f.schemaFooter(encoded), nil)
	if err != nil {
		return nil, fmt.Errorf("its schema: %w", err)
	}
	inferred, err := pqarrow.FromParquet(meta.Schema, nil, meta.KeyValueMetadata())
	if err != nil {
		return nil, fmt.Errorf("its schema: %w", err)
	}
	fields := make([]arrow.Field, 0, len(inferred.Fields()))
	for _, field := range inferred.Fields() {
		fields = append(fields, PlainField(field))
	}
	kept := f.keptMetadata(origin)
	return arrow.NewSchema(fields, &kept), nil
}

// keptMetadata is the schema's metadata: those under ARROW:schema, and the key huggingface also where it stands alone.
func (f *Footer) keptMetadata(origin *arrow.Schema) arrow.Metadata {
	var keys, values []string
	if origin != nil {
		m := origin.Metadata()
		keys, values = append(keys, m.Keys()...), append(values, m.Values()...)
	}
	for _, kv := range f.metadata {
		if kv.key == featuresKey && (origin == nil || origin.Metadata().FindKey(kv.key) < 0) {
			keys, values = append(keys, kv.key), append(values, kv.value)
		}
	}
	return arrow.NewMetadata(keys, values)
}

// guard turns a panic of a decoder that did not expect what a damaged file holds into an error.
func guard(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("the decoder failed on it, it may be damaged: %v", p)
	}
}

// encodeSchema is what ARROW:schema holds for a schema; "" for nil.
func encodeSchema(schema *arrow.Schema) (string, error) {
	if schema == nil {
		return "", nil
	}
	var b bytes.Buffer
	w := ipc.NewWriter(&b, ipc.WithSchema(arrow.NewSchema(schema.Fields(), nil)))
	if err := w.Close(); err != nil {
		return "", fmt.Errorf("its schema: %w", err)
	}
	return base64.StdEncoding.EncodeToString(b.Bytes()), nil
}

// PlainField is the field without metadata, nullable, and of the type of the same values without extension, dictionary, view or run-end
// encoding, throughout.
func PlainField(f arrow.Field) arrow.Field {
	return arrow.Field{Name: f.Name, Type: plainType(f.Type), Nullable: true}
}

// plainType is the type of the same values without extension, dictionary, view or run-end encoding, nullable throughout.
func plainType(t arrow.DataType) arrow.DataType {
	switch t := t.(type) {
	case arrow.ExtensionType:
		return plainType(t.StorageType())
	case *arrow.DictionaryType:
		return plainType(t.ValueType)
	case *arrow.RunEndEncodedType:
		return plainType(t.Encoded())
	case *arrow.StringViewType:
		return arrow.BinaryTypes.String
	case *arrow.BinaryViewType:
		return arrow.BinaryTypes.Binary
	case *arrow.ListType:
		return arrow.ListOfField(PlainField(t.ElemField()))
	case *arrow.ListViewType:
		return arrow.ListOfField(PlainField(t.ElemField()))
	case *arrow.LargeListType:
		return arrow.LargeListOfField(PlainField(t.ElemField()))
	case *arrow.LargeListViewType:
		return arrow.LargeListOfField(PlainField(t.ElemField()))
	case *arrow.FixedSizeListType:
		return arrow.FixedSizeListOfField(t.Len(), PlainField(t.ElemField()))
	case *arrow.MapType:
		return arrow.MapOfFields(
			arrow.Field{Name: "key", Type: plainType(t.KeyType())},
			arrow.Field{Name: "value", Type: plainType(t.ItemType()), Nullable: true})
	case *arrow.StructType:
		fields := make([]arrow.Field, 0, t.NumFields())
		for _, f := range t.Fields() {
			fields = append(fields, PlainField(f))
		}
		return arrow.StructOf(fields...)
	}
	return t
}

// subset is the schema of some columns of the file; nil for nil.
func subset(schema *arrow.Schema, columns []column) *arrow.Schema {
	if schema == nil {
		return nil
	}
	fields := make([]arrow.Field, 0, len(columns))
	for _, c := range columns {
		i := schema.FieldIndices(c.name)
		field := schema.Field(i[0])
		field.Type = withoutDurations(field.Type)
		fields = append(fields, field)
	}
	return arrow.NewSchema(fields, nil)
}

// withoutDurations replaces durations by the numbers that Parquet has for them: decoders refuse the type.
func withoutDurations(t arrow.DataType) arrow.DataType {
	field := func(f arrow.Field) arrow.Field {
		f.Type = withoutDurations(f.Type)
		return f
	}
	switch t := t.(type) {
	case *arrow.DurationType:
		return arrow.PrimitiveTypes.Int64
	case *arrow.ListType:
		return arrow.ListOfField(field(t.ElemField()))
	case *arrow.LargeListType:
		return arrow.LargeListOfField(field(t.ElemField()))
	case *arrow.FixedSizeListType:
		return arrow.FixedSizeListOfField(t.Len(), field(t.ElemField()))
	case *arrow.MapType:
		return arrow.MapOfFields(field(t.KeyField()), field(t.ItemField()))
	case *arrow.StructType:
		fields := make([]arrow.Field, 0, t.NumFields())
		for _, f := range t.Fields() {
			fields = append(fields, field(f))
		}
		return arrow.StructOf(fields...)
	}
	return t
}

package dataset

import (
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
)

// TypeName is the name of an Arrow type as pyarrow prints it, which is what users of the datasets library know: double
// rather than float64, string rather than utf8.
func TypeName(t arrow.DataType) string {
	switch t := t.(type) {
	case *arrow.Float16Type:
		return "halffloat"
	case *arrow.Float32Type:
		return "float"
	case *arrow.Float64Type:
		return "double"
	case *arrow.StringType:
		return "string"
	case *arrow.LargeStringType:
		return "large_string"
	case *arrow.Date32Type:
		return "date32[day]"
	case *arrow.Date64Type:
		return "date64[ms]"
	case *arrow.TimestampType:
		if t.TimeZone != "" {
			return fmt.Sprintf("timestamp[%s, tz=%s]", t.Unit, t.TimeZone)
		}
		return fmt.Sprintf("timestamp[%s]", t.Unit)
	case *arrow.Decimal128Type:
		return fmt.Sprintf("decimal128(%d, %d)", t.Precision, t.Scale)
	case *arrow.Decimal256Type:
		return fmt.Sprintf("decimal256(%d, %d)", t.Precision, t.Scale)
	case *arrow.FixedSizeBinaryType:
		return fmt.Sprintf("fixed_size_binary[%d]", t.ByteWidth)
	case *arrow.DictionaryType:
		return fmt.Sprintf("dictionary<values=%s, indices=%s, ordered=%d>", TypeName(t.ValueType), TypeName(t.IndexType), ordered(t))
	}
	return nestedName(t)
}

func nestedName(t arrow.DataType) string {
	switch t := t.(type) {
	case *arrow.ListType:
		return "list<item: " + elementName(t.ElemField()) + ">"
	case *arrow.LargeListType:
		return "large_list<item: " + elementName(t.ElemField()) + ">"
	case *arrow.FixedSizeListType:
		return fmt.Sprintf("fixed_size_list<item: %s>[%d]", elementName(t.ElemField()), t.Len())
	case *arrow.MapType:
		return "map<" + TypeName(t.KeyType()) + ", " + TypeName(t.ItemType()) + ">"
	case *arrow.StructType:
		parts := make([]string, t.NumFields())
		for i, field := range t.Fields() {
			parts[i] = fieldName(field)
		}
		return "struct<" + strings.Join(parts, ", ") + ">"
	}
	return t.String()
}

// elementName is the type of a list's elements. Features call them item, whatever a file does.
func elementName(f arrow.Field) string {
	f.Name = ""
	return strings.TrimPrefix(fieldName(f), ": ")
}

// FieldName is a field as pyarrow prints it in a schema of features: its name and its type, which for JSON text and arrays is an extension.
func FieldName(f arrow.Field) string { return fieldName(f) }

func fieldName(f arrow.Field) string {
	text := f.Name + ": " + TypeName(f.Type)
	if name, ok := f.Metadata.GetValue(libraryType); ok {
		text = f.Name + ": " + name
	}
	if feature, ok := FieldFeature(f); ok && feature.Kind == KindJSON {
		text = f.Name + ": extension<arrow.json>"
	}
	if !f.Nullable {
		text += " not null"
	}
	return text
}

func ordered(t *arrow.DictionaryType) int {
	if t.Ordered {
		return 1
	}
	return 0
}

package parquetfile

import (
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// ColumnError says that a column cannot be held by a Parquet file.
type ColumnError struct {
	Column string // dotted path
	Type   arrow.DataType
	Hint   string
}

// Error implements error.
func (e *ColumnError) Error() string {
	return fmt.Sprintf("column %s of type %s cannot be written to Parquet: %s", e.Column, e.Type, e.Hint)
}

// storageSchema is the schema whose types Parquet has. Durations become integers; readers of Arrow's schema, which the file
// holds beside Parquet's, make them durations again.
func storageSchema(schema *arrow.Schema) (*arrow.Schema, error) {
	if schema.NumFields() == 0 {
		return nil, fmt.Errorf("a table without columns cannot be written to Parquet: select at least one column")
	}
	fields := make([]arrow.Field, schema.NumFields())
	seen := map[string]bool{}
	for i, f := range schema.Fields() {
		if seen[f.Name] {
			return nil, &ColumnError{f.Name, f.Type, "another column has the same name; rename one"}
		}
		seen[f.Name] = true
		t, err := storageType(f.Type, f.Name)
		if err != nil {
			return nil, err
		}
		f.Type = t
		fields[i] = f
	}
	return arrow.NewSchema(fields, nil), nil
}

func storageType(t arrow.DataType, column string) (arrow.DataType, error) {
	switch t := t.(type) {
	case *arrow.DurationType:
		return arrow.PrimitiveTypes.Int64, nil
	case *arrow.StructType:
		if t.NumFields() == 0 {
			return nil, &ColumnError{column, t, "a struct without fields has no place in it; drop the column"}
		}
		fields := t.Fields()
		for i, f := range fields {
			s, err := storageType(f.Type, column+"."+f.Name)
			if err != nil {
				return nil, err
			}
			fields[i].Type = s
		}
		return arrow.StructOf(fields...), nil
	case *arrow.MapType:
		key, err := storageType(t.KeyType(), column+".key")
		if err != nil {
			return nil, err
		}
		item, err := storageType(t.ItemType(), column+".value")
		if err != nil {
			return nil, err
		}
		m := arrow.MapOf(key, item)
		m.SetItemNullable(t.ItemField().Nullable)
		return m, nil
	case *arrow.ListType:
		e, err := storageElement(t.ElemField(), column)
		if err != nil {
			return nil, err
		}
		return arrow.ListOfField(e), nil
	case *arrow.LargeListType:
		e, err := storageElement(t.ElemField(), column)
		if err != nil {
			return nil, err
		}
		return arrow.LargeListOfField(e), nil
	case *arrow.FixedSizeListType:
		e, err := storageElement(t.ElemField(), column)
		if err != nil {
			return nil, err
		}
		return arrow.FixedSizeListOfField(t.Len(), e), nil
	case *arrow.MonthIntervalType, *arrow.MonthDayNanoIntervalType, *arrow.DayTimeIntervalType:
		return nil, &ColumnError{column, t, "intervals of months have no Parquet type that others read; cast it to int or string"}
	}
	if strings.HasSuffix(t.Name(), "_view") || t.ID() == arrow.RUN_END_ENCODED || t.ID() == arrow.DENSE_UNION || t.ID() == arrow.SPARSE_UNION {
		return nil, &ColumnError{column, t, "cast it to a type that Parquet has"}
	}
	return t, nil
}

func storageElement(f arrow.Field, column string) (arrow.Field, error) {
	t, err := storageType(f.Type, column+".element")
	f.Type, f.Name = t, "element"
	return f, err
}

// stored is the array with the type of its storage. Buffers are shared.
func stored(a arrow.Array) arrow.Array {
	if d, ok := a.(*array.Duration); ok {
		data := d.Data()
		as := array.NewData(arrow.PrimitiveTypes.Int64, data.Len(), data.Buffers(), nil, data.NullN(), data.Offset())
		defer as.Release()
		return array.NewInt64Data(as)
	}
	a.Retain()
	return a
}

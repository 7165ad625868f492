package duckdb

import (
	bindings "github.com/duckdb/duckdb-go-bindings"

	"github.com/hfspark/hfspark/internal/plan/function"
	"github.com/hfspark/hfspark/internal/plan/types"
)

// logicalType makes the DuckDB type that function.DuckDBType names. It must be destroyed.
func logicalType(t types.DataType) bindings.LogicalType {
	switch t := t.(type) {
	case types.Decimal:
		return bindings.CreateDecimalType(uint8(t.Precision), uint8(t.Scale))
	case types.Char, types.VarChar:
		return bindings.CreateLogicalType(bindings.TypeVarchar)
	case types.Array:
		element := logicalType(t.Element)
		defer bindings.DestroyLogicalType(&element)
		return bindings.CreateListType(element)
	case types.Map:
		key, value := logicalType(t.Key), logicalType(t.Value)
		defer bindings.DestroyLogicalType(&key)
		defer bindings.DestroyLogicalType(&value)
		return bindings.CreateMapType(key, value)
	case types.Struct:
		return structType(t)
	}
	if id, ok := atomicTypes[t]; ok {
		return bindings.CreateLogicalType(id)
	}
	return bindings.CreateLogicalType(bindings.TypeVarchar)
}

func structType(t types.Struct) bindings.LogicalType {
	names := make([]string, len(t.Fields))
	members := make([]bindings.LogicalType, len(t.Fields))
	for i, field := range t.Fields {
		names[i], members[i] = function.FieldName(t, i), logicalType(field.Type)
	}
	if len(t.Fields) == 0 {
		names, members = []string{emptyStructField}, []bindings.LogicalType{logicalType(types.Integer)}
	}
	defer func() {
		for i := range members {
			bindings.DestroyLogicalType(&members[i])
		}
	}()
	return bindings.CreateStructType(members, names)
}

var atomicTypes = map[types.DataType]bindings.Type{
	types.Null:              bindings.TypeInteger,
	types.Boolean:           bindings.TypeBoolean,
	types.Byte:              bindings.TypeTinyInt,
	types.Short:             bindings.TypeSmallInt,
	types.Integer:           bindings.TypeInteger,
	types.Long:              bindings.TypeBigInt,
	types.Float:             bindings.TypeFloat,
	types.Double:            bindings.TypeDouble,
	types.String:            bindings.TypeVarchar,
	types.Binary:            bindings.TypeBlob,
	types.Date:              bindings.TypeDate,
	types.Timestamp:         bindings.TypeTimestampTZ,
	types.TimestampNTZ:      bindings.TypeTimestamp,
	types.Time:              bindings.TypeTime,
	types.DayTimeInterval:   bindings.TypeBigInt,
	types.YearMonthInterval: bindings.TypeInteger,
	types.CalendarInterval:  bindings.TypeInterval,
}

// emptyStructField is the field that function.DuckDBType gives structs without fields, which DuckDB does not have.
const emptyStructField = "_"

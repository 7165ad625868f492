package connect

import (
	"fmt"
	"math/big"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// literalValue returns a value of a column as plan.Literal holds it.
func literalValue(column arrow.Array, row int) (any, error) {
	if column.IsNull(row) {
		return nil, nil
	}
	switch a := column.(type) {
	case *array.Null:
		return nil, nil
	case *array.Boolean:
		return a.Value(row), nil
	case *array.Int8:
		return a.Value(row), nil
	case *array.Int16:
		return a.Value(row), nil
	case *array.Int32:
		return a.Value(row), nil
	case *array.Int64:
		return a.Value(row), nil
	case *array.Float32:
		return a.Value(row), nil
	case *array.Float64:
		return a.Value(row), nil
	case *array.String:
		return string([]byte(a.Value(row))), nil // the batch is released before the value is used
	case *array.Binary:
		return append([]byte(nil), a.Value(row)...), nil
	case *array.Date32:
		return int32(a.Value(row)), nil
	case *array.Timestamp:
		return int64(a.Value(row)), nil
	case *array.Decimal128:
		t, ok := a.DataType().(*arrow.Decimal128Type)
		if !ok {
			return nil, fmt.Errorf("a decimal column of type %s", a.DataType())
		}
		return types.DecimalValue{Unscaled: new(big.Int).Set(a.Value(row).BigInt()), Scale: int(t.Scale)}, nil
	}
	return nil, sparkerror.Unsupported("a pivot over values of type "+column.DataType().String(), "List the values: pivot(column, [values]).")
}

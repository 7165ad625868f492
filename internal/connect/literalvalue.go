package connect

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/hfspark/hfspark/internal/plan/constant"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// literalValue returns a value of a column as plan.Literal holds it.
func literalValue(column arrow.Array, row int) (any, error) {
	if value, ok := constant.Value(column, row); ok {
		return value, nil
	}
	return nil, sparkerror.Unsupported("a pivot over values of type "+column.DataType().String(), "List the values: pivot(column, [values]).")
}

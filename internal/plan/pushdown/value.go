package pushdown

import (
	"math"

	"github.com/hfspark/hfspark/internal/plan/constant"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/source"
)

// valueFor gives a literal the form in which the data source compares a column of a type; false where there is none.
func valueFor(column types.DataType, l typed.Literal) (any, bool) {
	switch {
	case isExact(column):
		return numberFor(l.Value)
	case isFloating(column):
		return constant.Double(l.Value)
	case types.IsText(column):
		v, ok := l.Value.(string)
		return v, ok
	}
	switch v := l.Value.(type) {
	case bool:
		return v, column == types.Boolean
	case []byte:
		return v, column == types.Binary
	case int32:
		return source.DateValue(v), column == types.Date && l.DataType == types.Date
	case int64:
		return source.TimestampValue(v), column == l.DataType && (column == types.Timestamp || column == types.TimestampNTZ)
	}
	return nil, false
}

// isExact reports whether a type is one of whole numbers or decimals.
func isExact(t types.DataType) bool {
	_, decimal := t.(types.Decimal)
	return decimal || types.IsIntegral(t)
}

func isFloating(t types.DataType) bool { return t == types.Float || t == types.Double }

// numberFor is a number to compare exact ones with.
func numberFor(v any) (any, bool) {
	switch v := v.(type) {
	case float64:
		return v, !math.IsNaN(v) // Spark takes it for the largest number, statistics for none.
	case float32:
		return nil, false
	case types.DecimalValue:
		if n, ok := constant.WholeNumber(v); ok {
			return n, true
		}
		return source.DecimalValue{Unscaled: v.Unscaled, Scale: v.Scale}, true
	}
	n, ok := constant.WholeNumber(v)
	return n, ok
}

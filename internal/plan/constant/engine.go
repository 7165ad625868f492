package constant

import (
	"context"
	"errors"
	"io"
	"math/big"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/hfspark/hfspark/internal/plan/function"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
)

// Rows are those of a plan that an engine runs.
type Rows interface {
	// Next returns the next batch, which the caller releases, or io.EOF.
	Next() (arrow.RecordBatch, error)
	Close() error
}

// Computed replaces in an expression the constants that Fold leaves to an engine, such as texts that are cast to timestamps of the
// session's zone, by what an engine makes of them. run starts a plan. What fails stays as it is: the query says so when it runs.
func Computed(ctx context.Context, run func(context.Context, typed.Node) (Rows, error), e typed.Expression) typed.Expression {
	return typed.Transform(e, func(e typed.Expression) (typed.Expression, bool) {
		if !isConstant(e) || !isSimple(e.Type()) {
			return e, false
		}
		if _, known := Fold(e); known {
			return e, true
		}
		value, err := compute(ctx, run, e)
		if err != nil {
			return e, true
		}
		return typed.Literal{Value: value, DataType: e.Type()}, true
	})
}

// isConstant reports whether an expression has the same value for all rows of a query.
func isConstant(e typed.Expression) bool {
	switch e := e.(type) {
	case typed.Literal:
		return true
	case typed.Cast:
		return isConstant(e.Child)
	case typed.Call:
		f, ok := function.Lookup(e.Name)
		if !ok || f.Kind != function.Scalar || function.Volatile(e.Name) {
			return false
		}
		for _, arg := range e.Args {
			if !isConstant(arg) {
				return false
			}
		}
		return true
	}
	return false
}

func isSimple(t types.DataType) bool {
	_, decimal := t.(types.Decimal)
	return decimal || types.IsNumeric(t) || types.IsText(t) || t == types.Boolean || t == types.Binary || t == types.Date ||
		t == types.Timestamp || t == types.TimestampNTZ
}

func compute(ctx context.Context, run func(context.Context, typed.Node) (Rows, error), e typed.Expression) (value any, err error) {
	column := typed.Column{ID: 1, Name: "value", Type: e.Type(), Nullable: true}
	rows, err := run(ctx, &typed.Project{
		Input: &typed.Values{Rows: [][]typed.Expression{{}}},
		Items: []typed.Item{{Column: column, Expression: e}},
	})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for {
		batch, err := rows.Next()
		if err != nil {
			if errors.Is(err, io.EOF) {
				return nil, io.ErrUnexpectedEOF
			}
			return nil, err
		}
		if batch.NumRows() == 0 {
			batch.Release()
			continue
		}
		defer batch.Release()
		value, ok := Value(batch.Column(0), 0)
		if !ok {
			return nil, errors.New("no constant has values of type " + batch.Column(0).DataType().String())
		}
		return value, nil
	}
}

// Value returns a value of a column as literals hold it; false for types that they do not.
func Value(column arrow.Array, row int) (any, bool) {
	if column.IsNull(row) {
		return nil, true
	}
	switch a := column.(type) {
	case *array.Null:
		return nil, true
	case *array.Boolean:
		return a.Value(row), true
	case *array.Int8:
		return a.Value(row), true
	case *array.Int16:
		return a.Value(row), true
	case *array.Int32:
		return a.Value(row), true
	case *array.Int64:
		return a.Value(row), true
	case *array.Float32:
		return a.Value(row), true
	case *array.Float64:
		return a.Value(row), true
	case *array.String:
		return string([]byte(a.Value(row))), true // the batch is released before the value is used
	case *array.Binary:
		return append([]byte{}, a.Value(row)...), true
	case *array.Date32:
		return int32(a.Value(row)), true
	case *array.Timestamp:
		return int64(a.Value(row)), true
	case *array.Decimal128:
		t, ok := a.DataType().(*arrow.Decimal128Type)
		return types.DecimalValue{Unscaled: new(big.Int).Set(a.Value(row).BigInt()), Scale: int(t.Scale)}, ok
	}
	return nil, false
}

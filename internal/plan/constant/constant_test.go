package constant

import (
	"context"
	"errors"
	"io"
	"math"
	"math/big"
	"reflect"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
)

func literal(v any, t types.DataType) typed.Literal { return typed.Literal{Value: v, DataType: t} }

func call(name string, t types.DataType, args ...typed.Expression) typed.Call {
	return typed.Call{Name: name, Args: args, DataType: t}
}

func TestFold(t *testing.T) {
	t.Parallel()
	five, most := literal(int32(5), types.Integer), literal(int64(math.MaxInt64), types.Long)
	least := literal(int8(math.MinInt8), types.Byte)
	money := types.Decimal{Precision: 5, Scale: 2}
	cents := types.DecimalValue{Unscaled: big.NewInt(525), Scale: 2}
	column := typed.Reference{Column: typed.Column{ID: 1, Name: "x", Type: types.Integer}}
	for name, test := range map[string]struct {
		expression typed.Expression
		want       any
		ok         bool
	}{
		"literal":               {five, int32(5), true},
		"widened":               {typed.Cast{Child: five, To: types.Long}, int64(5), true},
		"narrowed":              {typed.Cast{Child: five, To: types.Byte}, int8(5), true},
		"too large":             {typed.Cast{Child: most, To: types.Integer}, nil, false},
		"text":                  {typed.Cast{Child: literal("-7", types.String), To: types.Long}, int64(-7), true},
		"no number":             {typed.Cast{Child: literal("x", types.String), To: types.Long}, nil, false},
		"date":                  {typed.Cast{Child: literal("1970-01-02", types.String), To: types.Date}, int32(1), true},
		"timestamp":             {typed.Cast{Child: literal("1970-01-02", types.String), To: types.Timestamp}, nil, false},
		"null":                  {typed.Cast{Child: literal(nil, types.Null), To: types.Timestamp}, nil, true},
		"decimal":               {typed.Cast{Child: five, To: money}, types.DecimalValue{Unscaled: big.NewInt(500), Scale: 2}, true},
		"decimal to double":     {typed.Cast{Child: literal(cents, money), To: types.Double}, 5.25, true},
		"decimal with a rest":   {typed.Cast{Child: literal(cents, money), To: types.Integer}, nil, false},
		"long to double":        {typed.Cast{Child: most, To: types.Double}, nil, false},
		"sum":                   {call("+", types.Integer, five, five), int32(10), true},
		"difference":            {call("-", types.Integer, five, five), int32(0), true},
		"product":               {call("*", types.Integer, five, five), int32(25), true},
		"overflow":              {call("+", types.Long, most, most), nil, false},
		"negative":              {call("negative", types.Integer, five), int32(-5), true},
		"negative decimal":      {call("-", money, literal(cents, money)), types.DecimalValue{Unscaled: big.NewInt(-525), Scale: 2}, true},
		"negative of the least": {call("negative", types.Byte, least), nil, false},
		"another function":      {call("abs", types.Integer, five), nil, false},
		"column":                {call("+", types.Integer, five, column), nil, false},
	} {
		got, ok := Fold(test.expression)
		if ok != test.ok || ok && !reflect.DeepEqual(got.Value, test.want) {
			t.Errorf("%s: %v, %v; want %v, %v", name, got.Value, ok, test.want, test.ok)
		}
		if ok && !types.Equal(got.DataType, test.expression.Type()) {
			t.Errorf("%s: the type changed to %v", name, got.DataType)
		}
	}
}

// oneRow is an engine's result of one date.
type oneRow struct{ sent bool }

func (r *oneRow) Next() (arrow.RecordBatch, error) {
	if r.sent {
		return nil, io.EOF
	}
	r.sent = true
	b := array.NewRecordBuilder(memory.DefaultAllocator, arrow.NewSchema([]arrow.Field{{Name: "value", Type: arrow.FixedWidthTypes.Date32}}, nil))
	defer b.Release()
	b.Field(0).(*array.Date32Builder).Append(7)
	return b.NewRecordBatch(), nil
}

func (r *oneRow) Close() error { return nil }

func TestComputed(t *testing.T) {
	t.Parallel()
	day := call("date_add", types.Date, literal(int32(1), types.Date), literal(int32(6), types.Integer))
	column := typed.Reference{Column: typed.Column{ID: 1, Name: "day", Type: types.Date}}
	condition := call("and", types.Boolean, call("<", types.Boolean, column, day), call("<", types.Boolean, column, literal(int32(9), types.Date)))
	runs := 0
	run := func(context.Context, typed.Node) (Rows, error) {
		runs++
		return &oneRow{}, nil
	}
	got := Computed(t.Context(), run, condition).(typed.Call)
	if value := got.Args[0].(typed.Call).Args[1]; !reflect.DeepEqual(value, literal(int32(7), types.Date)) {
		t.Errorf("the constant became %v", value)
	}
	if runs != 1 {
		t.Errorf("the engine ran %d times, want once", runs)
	}
	failing := func(context.Context, typed.Node) (Rows, error) { return nil, errors.New("division by zero") }
	if got := Computed(t.Context(), failing, condition); !reflect.DeepEqual(got, condition) {
		t.Errorf("a constant that fails became %v", got)
	}
	random := call("<", types.Boolean, call("rand", types.Double), literal(0.5, types.Double))
	if got := Computed(t.Context(), run, random); !reflect.DeepEqual(got, random) || runs != 1 {
		t.Errorf("a random number became %v", got)
	}
}

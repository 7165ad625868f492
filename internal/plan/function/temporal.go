package function

import (
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
)

// intervalSQL prints an interval as DuckDB's type for it.
func intervalSQL(t types.DataType, arg string) string {
	switch t {
	case types.DayTimeInterval:
		return "(to_days(CAST((" + arg + " // 86400000000) AS INTEGER)) + to_microseconds(" + arg + " % 86400000000))"
	case types.YearMonthInterval:
		return "to_months(" + arg + ")"
	}
	return arg
}

// addTemporal resolves + on dates, timestamps and intervals; ok is false for other operands.
func addTemporal(ctx Context, name string, args []typed.Expression) (typed.Expression, bool, error) {
	return nil, false, nil
}

func subtractTemporal(ctx Context, name string, args []typed.Expression) (typed.Expression, bool, error) {
	return nil, false, nil
}

func scaleInterval(ctx Context, name string, args []typed.Expression, multiply bool) (typed.Expression, bool) {
	return nil, false
}

func intervalNumber(e typed.Expression) typed.Expression { return e }

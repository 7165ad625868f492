package function

import (
	"github.com/hfspark/hfspark/internal/plan/typed"
)

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

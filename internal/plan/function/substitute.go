package function

import (
	"github.com/hfspark/hfspark/internal/plan/typed"
)

// substitute replaces the parameters of a lambda in its body. DuckDB's lambdas take the element of one list and its
// position; where Spark's take something else, they are rewritten to take a struct, or count from another number.
func substitute(e typed.Expression, by map[typed.ColumnID]typed.Expression) typed.Expression {
	return typed.Transform(e, func(e typed.Expression) (typed.Expression, bool) {
		v, ok := e.(typed.LambdaVariable)
		if !ok {
			return e, false
		}
		replacement, ok := by[v.ID]
		return replacement, ok
	})
}

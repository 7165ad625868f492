package pushdown

import (
	"slices"

	"github.com/hfspark/hfspark/internal/plan/typed"
)

// rejectsNulls reports whether a condition is not true for any row in which the columns are null.
func rejectsNulls(e typed.Expression, columns set) bool {
	c, ok := e.(typed.Call)
	if !ok || len(c.Args) == 0 {
		return isNull(e, columns)
	}
	switch c.Name {
	case "and":
		return slices.ContainsFunc(c.Args, func(e typed.Expression) bool { return rejectsNulls(e, columns) })
	case "or":
		return !slices.ContainsFunc(c.Args, func(e typed.Expression) bool { return !rejectsNulls(e, columns) })
	case "isnotnull":
		return isNull(c.Args[0], columns)
	}
	return isNull(e, columns)
}

// strict are functions that are null where one of their arguments is.
var strict = map[string]bool{
	"==": true, "=": true, "!=": true, "<": true, "<=": true, ">": true, ">=": true, "not": true,
	"+": true, "-": true, "*": true, "/": true, "%": true, "negative": true,
	"like": true, "startswith": true, "endswith": true, "contains": true, "upper": true, "lower": true, "length": true,
}

// isNull reports whether an expression is null where the columns are.
func isNull(e typed.Expression, columns set) bool {
	switch e := e.(type) {
	case typed.Reference:
		return columns[e.Column.ID]
	case typed.Field:
		return isNull(e.Child, columns)
	case typed.Cast:
		return isNull(e.Child, columns)
	case typed.Call:
		if e.Name == "in" && len(e.Args) > 0 {
			return isNull(e.Args[0], columns)
		}
		return strict[e.Name] && slices.ContainsFunc(e.Args, func(e typed.Expression) bool { return isNull(e, columns) })
	}
	return false
}

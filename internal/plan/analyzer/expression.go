package analyzer

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

func itoa(n int) string { return strconv.Itoa(n) }

func dotted(parts []string) string { return strings.Join(parts, ".") }

// expression resolves an expression as written. Aliases inside it are passed over, as Spark does.
func (s *scope) expression(e plan.Expression) (typed.Expression, error) {
	switch e := e.(type) {
	case plan.Literal:
		return typed.Literal{Value: e.Value, DataType: e.Type}, nil
	case resolvedExpression:
		return e.value, nil
	case plan.Attribute:
		return s.attribute(e)
	case plan.Alias:
		return s.expression(e.Child)
	case plan.Call:
		return s.call(e)
	case plan.Cast:
		return s.cast(e)
	case plan.ExtractValue:
		return s.extractValue(e)
	case plan.UpdateFields:
		return s.updateFields(e)
	case plan.LambdaVariable:
		if v, ok := s.lambda(e.Name); ok {
			return v, nil
		}
		return nil, unresolvedColumn([]string{e.Name}, s.visible())
	case plan.Window:
		return s.window(e)
	case plan.Subquery:
		return s.subquery(e)
	case plan.Star, plan.Regex:
		return nil, misplacedStar(e, "expression")
	case plan.Lambda:
		return nil, fail("INVALID_LAMBDA_FUNCTION_CALL.PARAMETER_DOES_NOT_ACCEPT_LAMBDA_FUNCTION", "42K0D",
			"Invalid lambda function call. You passed a lambda function to a parameter that does not accept it. Please check if lambda function argument is in the correct position.")
	case plan.SortOrder:
		return nil, sparkerror.Unsupported("an ordering outside ORDER BY", "Put asc() and desc() into orderBy, sort or a window's orderBy.")
	}
	return nil, fmt.Errorf("analyzing a plan: %T is not an expression this analyzer knows", e)
}

func misplacedStar(e plan.Expression, where string) error {
	element := "'*'"
	if r, ok := e.(plan.Regex); ok {
		element = "regular expression '" + r.Pattern + "'"
	}
	return fail("INVALID_USAGE_OF_STAR_OR_REGEX", "42000", "Invalid usage of %s in %s.", element, where).
		With("elem", element, "prettyName", where)
}

func (s *scope) expressions(list []plan.Expression) ([]typed.Expression, error) {
	resolved := make([]typed.Expression, len(list))
	for i, e := range list {
		var err error
		if resolved[i], err = s.expression(e); err != nil {
			return nil, err
		}
	}
	return resolved, nil
}

func (s *scope) orders(list []plan.SortOrder) ([]typed.Order, error) {
	if list == nil {
		return nil, nil
	}
	resolved := make([]typed.Order, len(list))
	for i, o := range list {
		child, err := s.expression(o.Child)
		if err != nil {
			return nil, err
		}
		if !orderable(child.Type()) {
			return nil, s.unorderable(o, child.Type())
		}
		resolved[i] = typed.Order{Child: child, Descending: o.Descending, NullsLast: o.NullsLast}
	}
	return resolved, nil
}

// orderable reports whether values of a type can be compared with each other.
func orderable(t types.DataType) bool {
	switch t := t.(type) {
	case types.Array:
		return orderable(t.Element)
	case types.Struct:
		for _, f := range t.Fields {
			if !orderable(f.Type) {
				return false
			}
		}
		return true
	case types.Map:
		return false
	}
	return t != types.CalendarInterval
}

func (s *scope) unorderable(o plan.SortOrder, t types.DataType) error {
	text := s.pretty(o.Child) + " ASC"
	if o.Descending {
		text = s.pretty(o.Child) + " DESC"
	}
	if o.NullsLast {
		text += " NULLS LAST"
	} else {
		text += " NULLS FIRST"
	}
	return mismatch("INVALID_ORDERING_TYPE", text, "The `sortorder` does not support ordering on type %s.", quotedType(t)).
		With("functionName", "`sortorder`", "dataType", quotedType(t))
}

// condition resolves an expression that must be boolean; operator is the word errors use.
func (s *scope) condition(e plan.Expression) (typed.Expression, error) {
	resolved, err := s.expression(e)
	if err != nil {
		return nil, err
	}
	if resolved.Type() == types.Null {
		return typed.Cast{Child: resolved, To: types.Boolean, ANSI: s.a.options.ANSI}, nil
	}
	if resolved.Type() != types.Boolean {
		text := `"` + s.pretty(e) + `"`
		return nil, mismatch("FILTER_NOT_BOOLEAN", s.pretty(e), "Filter expression %s of type %s is not a boolean.", text, quotedType(resolved.Type())).
			With("filter", text, "type", quotedType(resolved.Type()))
	}
	return resolved, nil
}

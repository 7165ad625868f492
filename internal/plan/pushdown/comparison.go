package pushdown

import (
	"cmp"
	"math"

	"github.com/hfspark/hfspark/internal/plan/constant"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/source"
)

var (
	operators = map[string]source.Operator{
		"==": source.Equal, "=": source.Equal, "<=>": source.Equal, "!=": source.NotEqual,
		"<": source.Less, "<=": source.LessOrEqual, ">": source.Greater, ">=": source.GreaterOrEqual,
	}
	mirrored = map[string]string{"<": ">", "<=": ">=", ">": "<", ">=": "<="}
)

// comparison translates a call of one of the operators.
func (t translator) comparison(c typed.Call) source.Predicate {
	left, right, name := c.Args[0], c.Args[1], c.Name
	if _, isConstant := constant.Fold(left); isConstant {
		left, right = right, left
		if m, ok := mirrored[name]; ok {
			name = m
		}
	}
	literal, isConstant := constant.Fold(right)
	if !isConstant {
		return nil
	}
	if p := t.compare(left, name, literal); p != nil {
		return p
	}
	return t.truth(left, name, literal)
}

// truth translates a condition that is compared with true or false.
func (t translator) truth(condition typed.Expression, name string, literal typed.Literal) source.Predicate {
	value, ok := literal.Value.(bool)
	if !ok || operators[name] != source.Equal && operators[name] != source.NotEqual {
		return nil
	}
	if value == (operators[name] == source.Equal) {
		return t.positive(condition)
	}
	return t.negative(condition)
}

// compare translates the comparison of an expression with a constant of its type.
func (t translator) compare(e typed.Expression, name string, literal typed.Literal) source.Predicate {
	s, ok := t.subject(e)
	switch {
	case !ok && literal.Value != nil:
		return t.compareComputed(e, name, literal)
	case !ok:
		return nil
	case literal.Value == nil:
		if name == "<=>" {
			return source.IsNull{Column: s.column, Fields: s.fields}
		}
		return nil
	}
	operator := operators[name]
	value, ok := valueFor(s.columnType, literal)
	if !ok || isFloating(s.columnType) && !isNumber(value) {
		return nil
	}
	return source.Compare{Column: s.column, Fields: s.fields, Operator: operator, Value: value, NaNLargest: isFloating(s.columnType)}
}

// isNumber reports whether statistics can answer: they leave NaN out.
func isNumber(value any) bool {
	f, ok := value.(float64)
	return ok && !math.IsNaN(f)
}

// compareComputed translates comparisons of what is computed from a column, where greater values are computed from greater ones.
func (t translator) compareComputed(e typed.Expression, name string, literal typed.Literal) source.Predicate {
	switch e := e.(type) {
	case typed.Cast:
		return t.compareCast(e, name, literal)
	case typed.Case:
		return t.compareCase(e, name, literal)
	case typed.Call:
		switch e.Name {
		case "+", "-":
			return t.compareSum(e, name, literal)
		case "coalesce":
			return t.compareChosen(e, name, literal)
		case "year":
			return t.compareYear(e.Args[0], name, literal)
		case "date_trunc":
			return t.compareTruncated(e.Args[1], e.Args[0], name, literal)
		case "trunc":
			return t.compareTruncated(e.Args[0], e.Args[1], name, literal)
		case "left", "substring", "substr":
			prefix, isText := literal.Value.(string)
			if isText && operators[name] == source.Equal && beginsText(e) {
				return t.prefix([]typed.Expression{e.Args[0], typed.Literal{Value: prefix, DataType: types.String}})
			}
		}
	}
	return nil
}

// compareCase translates CASE … END compared with a constant: what leads to a value for which the comparison may be true.
func (t translator) compareCase(c typed.Case, name string, literal typed.Literal) source.Predicate {
	any, before := nothing, source.Predicate(nil)
	for _, b := range c.Branches {
		any = either(any, both(both(before, t.positive(b.When)), t.mayHold(b.Then, name, literal)))
		before = both(before, t.isNot(b.When, true))
	}
	if c.Else == nil {
		return any
	}
	return either(any, both(before, t.mayHold(c.Else, name, literal)))
}

// mayHold is true wherever the comparison of an expression with a constant that is not null is.
func (t translator) mayHold(e typed.Expression, name string, literal typed.Literal) source.Predicate {
	if value, ok := constant.Fold(e); ok {
		if holds, known := compareLiterals(value, name, literal); known && !holds {
			return nothing
		}
		return nil
	}
	if p := t.compare(e, name, literal); p != nil {
		return p
	}
	return t.truth(e, name, literal)
}

// compareChosen translates coalesce(x, constant) compared with a constant.
func (t translator) compareChosen(c typed.Call, name string, literal typed.Literal) source.Predicate {
	if len(c.Args) != 2 {
		return nil
	}
	if _, ok := constant.Fold(c.Args[1]); !ok {
		return nil
	}
	return either(t.compare(c.Args[0], name, literal), both(t.nulls(c.Args[0]), t.mayHold(c.Args[1], name, literal)))
}

// compareLiterals compares two constants of one type; known is false where that takes an engine.
func compareLiterals(x typed.Literal, name string, y typed.Literal) (holds, known bool) {
	order := 0
	a, okA := constant.Integer(x)
	b, okB := constant.Integer(y)
	switch {
	case x.Value == nil || y.Value == nil:
		return false, name != "<=>"
	case okA && okB:
		order = cmp.Compare(a, b)
	default:
		switch a := x.Value.(type) {
		case string:
			b, ok := y.Value.(string)
			if !ok {
				return false, false
			}
			order = cmp.Compare(a, b)
		case bool:
			b, ok := y.Value.(bool)
			if !ok || operators[name] != source.Equal && operators[name] != source.NotEqual {
				return false, false
			}
			if a != b {
				order = 1
			}
		default:
			return false, false
		}
	}
	switch operators[name] {
	case source.Equal:
		return order == 0, true
	case source.NotEqual:
		return order != 0, true
	case source.Less:
		return order < 0, true
	case source.LessOrEqual:
		return order <= 0, true
	case source.Greater:
		return order > 0, true
	case source.GreaterOrEqual:
		return order >= 0, true
	}
	return false, false
}

// beginsText reports whether a call returns what a text begins with.
func beginsText(c typed.Call) bool {
	if c.Name == "left" {
		return len(c.Args) == 2
	}
	if len(c.Args) != 3 {
		return false
	}
	from, _ := constant.Fold(c.Args[1])
	n, ok := constant.Integer(from)
	return ok && (n == 0 || n == 1)
}

package pushdown

import (
	"math"
	"strings"

	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/source"
)

// predicate turns a condition into one of the data source that is true wherever the condition is; nil when there is none.
// names are the table's columns by their ids.
func predicate(e typed.Expression, names map[typed.ColumnID]string) source.Predicate {
	t := translator{names: names}
	return t.positive(e)
}

type translator struct{ names map[typed.ColumnID]string }

// positive translates a condition that must be true.
func (t translator) positive(e typed.Expression) source.Predicate {
	switch e := e.(type) {
	case typed.Reference:
		return t.flag(e, true)
	case typed.Call:
		return t.call(e)
	}
	return nil
}

func (t translator) call(c typed.Call) source.Predicate {
	switch c.Name {
	case "and":
		return both(t.positive(c.Args[0]), t.positive(c.Args[1]))
	case "or":
		return either(t.positive(c.Args[0]), t.positive(c.Args[1]))
	case "not":
		return t.negative(c.Args[0])
	case "==", "=", "<=>", "!=", "<", "<=", ">", ">=":
		return t.comparison(c)
	case "in":
		return t.in(c, false)
	case "isnull", "isnotnull":
		if name, _, ok := t.column(c.Args[0]); ok {
			return source.IsNull{Column: name, Negated: c.Name == "isnotnull"}
		}
	case "like":
		return t.like(c)
	case "startswith":
		return t.prefix(c.Args)
	}
	return nil
}

// negative translates a condition that must be false; where it is null the row is out as well.
func (t translator) negative(e typed.Expression) source.Predicate {
	if ref, ok := e.(typed.Reference); ok {
		return t.flag(ref, false)
	}
	c, ok := e.(typed.Call)
	if !ok {
		return nil
	}
	switch c.Name {
	case "and":
		return either(t.negative(c.Args[0]), t.negative(c.Args[1]))
	case "or":
		return both(t.negative(c.Args[0]), t.negative(c.Args[1]))
	case "not":
		return t.positive(c.Args[0])
	case "==", "=", "!=", "<", "<=", ">", ">=":
		c.Name = opposite[c.Name]
		return t.comparison(c)
	case "in":
		return t.in(c, true)
	case "isnull", "isnotnull":
		if name, _, ok := t.column(c.Args[0]); ok {
			return source.IsNull{Column: name, Negated: c.Name == "isnull"}
		}
	}
	return nil
}

var opposite = map[string]string{"==": "!=", "=": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}

func both(x, y source.Predicate) source.Predicate {
	switch {
	case x == nil:
		return y
	case y == nil:
		return x
	}
	return source.And{x, y}
}

func either(x, y source.Predicate) source.Predicate {
	if x == nil || y == nil {
		return nil
	}
	return source.Or{x, y}
}

// flag is a boolean column as a condition.
func (t translator) flag(e typed.Reference, value bool) source.Predicate {
	name, ok := t.names[e.Column.ID]
	if !ok || e.Column.Type != types.Boolean {
		return nil
	}
	return source.Compare{Column: name, Operator: source.Equal, Value: value}
}

// column returns the column that an expression is, with or without casts that keep every value, and the column's type.
func (t translator) column(e typed.Expression) (name string, columnType types.DataType, ok bool) {
	for {
		cast, isCast := e.(typed.Cast)
		if !isCast || !keepsValue(cast.Child.Type(), cast.To) {
			break
		}
		e = cast.Child
	}
	ref, isRef := e.(typed.Reference)
	if !isRef {
		return "", nil, false
	}
	name, ok = t.names[ref.Column.ID]
	return name, ref.Column.Type, ok
}

// keepsValue reports whether a cast leaves order and equality of all values as they are.
func keepsValue(from, to types.DataType) bool {
	rank := map[types.DataType]int{types.Byte: 1, types.Short: 2, types.Integer: 3, types.Long: 4}
	if _, decimal := to.(types.Decimal); decimal {
		return types.IsIntegral(from) && types.CanUpCast(from, to)
	}
	switch {
	case rank[from] > 0 && rank[to] > 0:
		return rank[from] <= rank[to]
	case to == types.Double:
		return from == types.Float || rank[from] > 0 && rank[from] < 4
	case types.IsText(from) && types.IsText(to):
		return true
	}
	return false
}

var (
	operators = map[string]source.Operator{
		"==": source.Equal, "=": source.Equal, "<=>": source.Equal, "!=": source.NotEqual,
		"<": source.Less, "<=": source.LessOrEqual, ">": source.Greater, ">=": source.GreaterOrEqual,
	}
	mirrored = map[string]string{"<": ">", "<=": ">=", ">": "<", ">=": "<="}
)

func (t translator) comparison(c typed.Call) source.Predicate {
	left, right, name := c.Args[0], c.Args[1], c.Name
	if _, constant := fold(left); constant {
		left, right = right, left
		if m, ok := mirrored[name]; ok {
			name = m
		}
	}
	column, columnType, ok := t.column(left)
	literal, constant := fold(right)
	if !ok || !constant {
		return nil
	}
	if literal.Value == nil {
		if name == "<=>" {
			return source.IsNull{Column: column}
		}
		return nil
	}
	operator := operators[name]
	value, ok := valueFor(columnType, literal)
	if !ok || isFloating(columnType) && !safeForFloats(operator, value) {
		return nil
	}
	return source.Compare{Column: column, Operator: operator, Value: value}
}

func isFloating(t types.DataType) bool { return t == types.Float || t == types.Double }

// safeForFloats reports whether statistics can answer: they leave NaN out, which Spark takes for the largest number.
func safeForFloats(o source.Operator, value any) bool {
	f, ok := value.(float64)
	return ok && !math.IsNaN(f) && (o == source.Equal || o == source.Less || o == source.LessOrEqual)
}

func (t translator) in(c typed.Call, negated bool) source.Predicate {
	column, columnType, ok := t.column(c.Args[0])
	if !ok || negated && isFloating(columnType) {
		return nil
	}
	in := source.In{Column: column, Negated: negated}
	for _, arg := range c.Args[1:] {
		literal, constant := fold(arg)
		if !constant {
			return nil
		}
		if literal.Value == nil {
			if negated {
				return nil // NOT IN with a null is never true; the filter above says so
			}
			continue
		}
		value, ok := valueFor(columnType, literal)
		if !ok {
			return nil
		}
		if f, isFloat := value.(float64); isFloat && math.IsNaN(f) {
			return nil
		}
		in.Values = append(in.Values, value)
	}
	if len(in.Values) == 0 {
		return nil
	}
	return in
}

func (t translator) prefix(args []typed.Expression) source.Predicate {
	column, columnType, ok := t.column(args[0])
	literal, constant := fold(args[1])
	prefix, isText := literal.Value.(string)
	if !ok || !constant || !isText || !types.IsText(columnType) || prefix == "" {
		return nil
	}
	return source.HasPrefix{Column: column, Prefix: prefix}
}

// like translates what a pattern begins with.
func (t translator) like(c typed.Call) source.Predicate {
	column, columnType, ok := t.column(c.Args[0])
	literal, constant := fold(c.Args[1])
	pattern, isText := literal.Value.(string)
	if !ok || !constant || !isText || !types.IsText(columnType) {
		return nil
	}
	escape := `\`
	if len(c.Args) > 2 {
		e, constant := fold(c.Args[2])
		if escape, isText = e.Value.(string); !constant || !isText {
			return nil
		}
	}
	prefix, whole := likePrefix(pattern, escape)
	switch {
	case whole:
		return source.Compare{Column: column, Operator: source.Equal, Value: prefix}
	case prefix != "":
		return source.HasPrefix{Column: column, Prefix: prefix}
	}
	return nil
}

// likePrefix returns the text before the first wildcard of a pattern, and whether the pattern has no wildcard.
func likePrefix(pattern, escape string) (string, bool) {
	var b strings.Builder
	runes := []rune(pattern)
	for i := 0; i < len(runes); i++ {
		switch r := runes[i]; {
		case escape != "" && string(r) == escape && i+1 < len(runes):
			i++
			b.WriteRune(runes[i])
		case r == '%' || r == '_':
			return b.String(), false
		default:
			b.WriteRune(r)
		}
	}
	return b.String(), true
}

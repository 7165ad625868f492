package pushdown

import (
	"math"

	"github.com/hfspark/hfspark/internal/plan/constant"
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
	case typed.Reference, typed.Field:
		return t.flag(e, true)
	case typed.Call:
		return t.call(e)
	case typed.Case:
		return t.compareCase(e, "==", typed.Literal{Value: true, DataType: types.Boolean})
	case typed.Literal:
		if e.Value != true {
			return nothing
		}
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
		return t.null(c, c.Name == "isnotnull")
	case "like":
		return t.like(c)
	case "startswith":
		return t.prefix(c.Args)
	case "rlike":
		return t.rlike(c.Args)
	case "coalesce":
		return t.chosen(c, true)
	}
	return nil
}

// negative translates a condition that must be false; where it is null the row is out as well.
func (t translator) negative(e typed.Expression) source.Predicate {
	switch e := e.(type) {
	case typed.Reference, typed.Field:
		return t.flag(e, false)
	case typed.Call:
		return t.negativeCall(e)
	}
	return nil
}

func (t translator) negativeCall(c typed.Call) source.Predicate {
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
	case "<=>":
		return t.different(c)
	case "in":
		return t.in(c, true)
	case "isnull", "isnotnull":
		return t.null(c, c.Name == "isnull")
	case "coalesce":
		return t.chosen(c, false)
	}
	return nil
}

var opposite = map[string]string{"==": "!=", "=": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}

// different translates NOT (x <=> y), which is true where one of them is null.
func (t translator) different(c typed.Call) source.Predicate {
	for i, e := range c.Args {
		literal, isConstant := constant.Fold(c.Args[1-i])
		if !isConstant {
			continue
		}
		if value, isBool := literal.Value.(bool); isBool && e.Type() == types.Boolean {
			return t.isNot(e, value)
		}
		s, isColumn := t.subject(e)
		if !isColumn {
			continue
		}
		null := source.IsNull{Column: s.column, Fields: s.fields, Negated: literal.Value == nil}
		if literal.Value == nil {
			return null
		}
		return either(t.compare(e, "!=", literal), null)
	}
	return nil
}

// isNot translates a condition that must be the other one of true and false, or null.
func (t translator) isNot(e typed.Expression, value bool) source.Predicate {
	if value {
		return either(t.negative(e), t.nulls(e))
	}
	return either(t.positive(e), t.nulls(e))
}

// nulls is true wherever an expression is null; nil where that is not known.
func (t translator) nulls(e typed.Expression) source.Predicate {
	if s, ok := t.subject(e); ok {
		return source.IsNull{Column: s.column, Fields: s.fields}
	}
	if literal, ok := constant.Fold(e); ok {
		if literal.Value == nil {
			return nil
		}
		return nothing
	}
	c, ok := e.(typed.Call)
	if !ok {
		return nil
	}
	switch c.Name {
	case "isnull", "isnotnull", "<=>":
		return nothing
	case "and", "or", "not", "==", "=", "!=", "<", "<=", ">", ">=", "in", "like", "startswith":
	default:
		return nil
	}
	any := nothing
	for _, arg := range c.Args {
		any = either(any, t.nulls(arg))
	}
	return any
}

// chosen translates coalesce(condition, true or false) that must be true or false.
func (t translator) chosen(c typed.Call, value bool) source.Predicate {
	if len(c.Args) != 2 {
		return nil
	}
	otherwise, ok := constant.Fold(c.Args[1])
	switch {
	case !ok:
		return nil
	case otherwise.Value == value:
		return t.isNot(c.Args[0], !value)
	case value:
		return t.positive(c.Args[0])
	}
	return t.negative(c.Args[0])
}

// nothing is true for no row.
var nothing source.Predicate = source.Or{}

func isNothing(p source.Predicate) bool {
	or, ok := p.(source.Or)
	return ok && len(or) == 0
}

func both(x, y source.Predicate) source.Predicate {
	switch {
	case x == nil:
		return y
	case y == nil, isNothing(x):
		return x
	case isNothing(y):
		return y
	}
	return source.And{x, y}
}

func either(x, y source.Predicate) source.Predicate {
	switch {
	case x == nil || y == nil:
		return nil
	case isNothing(x):
		return y
	case isNothing(y):
		return x
	}
	return source.Or{x, y}
}

// flag is a boolean column or member as a condition.
func (t translator) flag(e typed.Expression, value bool) source.Predicate {
	s, ok := t.subject(e)
	if !ok || s.columnType != types.Boolean {
		return nil
	}
	return source.Compare{Column: s.column, Fields: s.fields, Operator: source.Equal, Value: value}
}

func (t translator) null(c typed.Call, negated bool) source.Predicate {
	s, ok := t.subject(c.Args[0])
	if !ok {
		return nil
	}
	return source.IsNull{Column: s.column, Fields: s.fields, Negated: negated}
}

// subject is what conditions are about: a column of the table or a member of one.
type subject struct {
	column     string
	fields     []string
	columnType types.DataType
}

// subject returns the column or member that an expression is, with or without casts that keep the order of values.
func (t translator) subject(e typed.Expression) (subject, bool) {
	for {
		cast, isCast := e.(typed.Cast)
		if !isCast || !keepsOrder(cast.Child.Type(), cast.To) {
			break
		}
		e = cast.Child
	}
	s := subject{columnType: e.Type()}
	for {
		field, isField := e.(typed.Field)
		if !isField {
			break
		}
		around, isStruct := field.Child.Type().(types.Struct)
		if !isStruct || !distinct(around) {
			return s, false
		}
		s.fields = append([]string{around.Fields[field.Index].Name}, s.fields...)
		e = field.Child
	}
	ref, isRef := e.(typed.Reference)
	if !isRef {
		return s, false
	}
	var ok bool
	s.column, ok = t.names[ref.Column.ID]
	return s, ok
}

// keepsOrder reports whether a cast leaves the order of all values as it is. Casts of exact numbers to doubles may make different
// ones equal; how the data source compares exact numbers with doubles allows for that.
func keepsOrder(from, to types.DataType) bool {
	rank := map[types.DataType]int{types.Byte: 1, types.Short: 2, types.Integer: 3, types.Long: 4}
	if wide, ok := to.(types.Decimal); ok {
		if narrow, ok := from.(types.Decimal); ok {
			return wide.Scale >= narrow.Scale && wide.Precision-wide.Scale >= narrow.Precision-narrow.Scale
		}
		return types.IsIntegral(from) && types.CanUpCast(from, to)
	}
	switch {
	case rank[from] > 0 && rank[to] > 0:
		return rank[from] <= rank[to]
	case to == types.Double:
		return from == types.Float || isExact(from)
	case types.IsText(from) && types.IsText(to):
		return true
	}
	return false
}

// longestChoice is how many values of a list are compared one by one where they are not compared with a column.
const longestChoice = 16

func (t translator) in(c typed.Call, negated bool) source.Predicate {
	s, ok := t.subject(c.Args[0])
	if !ok && !negated && len(c.Args) <= longestChoice+1 {
		return t.anyOf(c)
	}
	if !ok || negated && isFloating(s.columnType) {
		return nil
	}
	in := source.In{Column: s.column, Fields: s.fields, Negated: negated}
	for _, arg := range c.Args[1:] {
		literal, isConstant := constant.Fold(arg)
		if !isConstant {
			return nil
		}
		if literal.Value == nil {
			if negated {
				return nothing
			}
			continue
		}
		value, ok := valueFor(s.columnType, literal)
		if !ok {
			return nil
		}
		if f, isFloat := value.(float64); isFloat && math.IsNaN(f) {
			return nil
		}
		in.Values = append(in.Values, value)
	}
	if len(in.Values) == 0 {
		return nothing
	}
	return in
}

// anyOf translates IN as one comparison or another.
func (t translator) anyOf(c typed.Call) source.Predicate {
	any := nothing
	for _, arg := range c.Args[1:] {
		literal, isConstant := constant.Fold(arg)
		if !isConstant {
			return nil
		}
		if literal.Value != nil {
			any = either(any, t.compare(c.Args[0], "==", literal))
		}
	}
	return any
}

package pushdown

import (
	"math"
	"time"

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
	if !ok || isFloating(s.columnType) && !safeForFloats(operator, value) {
		return nil
	}
	return source.Compare{Column: s.column, Fields: s.fields, Operator: operator, Value: value}
}

// safeForFloats reports whether statistics can answer: they leave NaN out, which Spark takes for the largest number.
func safeForFloats(o source.Operator, value any) bool {
	f, ok := value.(float64)
	return ok && !math.IsNaN(f) && (o == source.Equal || o == source.Less || o == source.LessOrEqual)
}

// compareComputed translates comparisons of what is computed from a column, where greater values are computed from greater ones.
func (t translator) compareComputed(e typed.Expression, name string, literal typed.Literal) source.Predicate {
	switch e := e.(type) {
	case typed.Cast:
		return t.compareTime(e, name, literal)
	case typed.Call:
		switch e.Name {
		case "year":
			return t.compareYear(e.Args[0], name, literal)
		case "left", "substring", "substr":
			prefix, isText := literal.Value.(string)
			if isText && operators[name] == source.Equal && beginsText(e) {
				return t.prefix([]typed.Expression{e.Args[0], typed.Literal{Value: prefix, DataType: types.String}})
			}
		}
	}
	return nil
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

const (
	dayMicroseconds = 24 * 60 * 60 * 1_000_000
	// maxShift is more than the zone of a session, whichever it is, moves an instant from or to local time.
	maxShift = dayMicroseconds
	maxTime  = math.MaxInt64 / 4
)

// compareTime translates comparisons of dates that are cast to timestamps, timestamps that are cast to dates, and those with a
// time zone and without that are cast to each other. It errs to the side of more rows where that takes the zone of the session.
func (t translator) compareTime(c typed.Cast, name string, literal typed.Literal) source.Predicate {
	from := c.Child.Type()
	if !isTime(from) || !isTime(c.To) || !types.EqualIgnoringNulls(literal.DataType, c.To) {
		return nil
	}
	shift := int64(0)
	if (from == types.Timestamp) != (c.To == types.Timestamp) {
		shift = maxShift
	}
	// The values of the cast that the comparison is true for are those from least to greatest.
	least, greatest, ok := microseconds(literal)
	if !ok || least < -maxTime || greatest > maxTime {
		return nil
	}
	isEqual := operators[name] == source.Equal
	var p source.Predicate
	if isEqual || operators[name] == source.Less || operators[name] == source.LessOrEqual {
		p = both(p, t.compare(c.Child, "<=", timeLiteral(greatest+shift, from)))
	}
	if isEqual || operators[name] == source.Greater || operators[name] == source.GreaterOrEqual {
		p = both(p, t.compare(c.Child, ">=", timeLiteral(least-shift, from)))
	}
	return p
}

func isTime(t types.DataType) bool {
	return t == types.Date || t == types.Timestamp || t == types.TimestampNTZ
}

// microseconds are the first and the last one of a date or timestamp.
func microseconds(l typed.Literal) (first, last int64, ok bool) {
	switch v := l.Value.(type) {
	case int32:
		first = int64(v) * dayMicroseconds
		return first, first + dayMicroseconds - 1, true
	case int64:
		return v, v, true
	}
	return 0, 0, false
}

// timeLiteral is the date or timestamp at a time.
func timeLiteral(micros int64, t types.DataType) typed.Literal {
	if t != types.Date {
		return typed.Literal{Value: micros, DataType: t}
	}
	day := micros / dayMicroseconds
	if micros%dayMicroseconds < 0 {
		day--
	}
	return typed.Literal{Value: int32(day), DataType: t}
}

// compareYear translates a comparison of the year of a date.
func (t translator) compareYear(date typed.Expression, name string, literal typed.Literal) source.Predicate {
	year, ok := constant.Integer(literal)
	if !ok || year < 1 || year > 9998 || date.Type() != types.Date {
		return nil
	}
	begin := func(year int64) typed.Literal {
		at := time.Date(int(year), time.January, 1, 0, 0, 0, 0, time.UTC)
		return typed.Literal{Value: int32(at.Unix() / 86400), DataType: types.Date}
	}
	switch operators[name] {
	case source.Equal:
		return both(t.compare(date, ">=", begin(year)), t.compare(date, "<", begin(year+1)))
	case source.Less:
		return t.compare(date, "<", begin(year))
	case source.LessOrEqual:
		return t.compare(date, "<", begin(year+1))
	case source.Greater:
		return t.compare(date, ">=", begin(year+1))
	case source.GreaterOrEqual:
		return t.compare(date, ">=", begin(year))
	}
	return nil
}

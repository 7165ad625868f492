package engine

import (
	"fmt"
	"strings"

	"github.com/hfspark/hfspark/internal/plan/function"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
)

// expression prints an expression with the DuckDB type that function.DuckDBType gives for its type.
func (p *printer) expression(e typed.Expression) (string, error) {
	switch e := e.(type) {
	case typed.Reference:
		if text, ok := p.texts[e.Column.ID]; ok {
			return text, nil
		}
		return columnName(e.Column.ID), nil
	case typed.Literal:
		return function.LiteralSQL(e)
	case typed.Call:
		return p.call(e, "")
	case typed.Cast:
		child, err := p.expression(e.Child)
		if err != nil {
			return "", err
		}
		return function.PrintCast(e, child)
	case typed.Case:
		return p.cases(e)
	case typed.Field:
		child, err := p.expression(e.Child)
		if err != nil {
			return "", err
		}
		return function.FieldSQL(e.Child.Type().(types.Struct), e.Index, child), nil
	case typed.Window:
		over, err := p.over(e)
		if err != nil {
			return "", err
		}
		return p.call(e.Function, over)
	case typed.Lambda:
		return p.lambda(e)
	case typed.LambdaVariable:
		return lambdaName(e), nil
	case typed.ScalarSubquery:
		plan, err := p.subquery(e.Plan)
		return "(" + plan + ")", err
	case typed.Exists:
		plan, err := p.subquery(e.Plan)
		return "(EXISTS (" + plan + "))", err
	case typed.InSubquery:
		return p.inSubquery(e)
	}
	return "", fmt.Errorf("printing a plan: there is no SQL for expressions of type %T", e)
}

func (p *printer) expressions(list []typed.Expression) ([]string, error) {
	texts := make([]string, len(list))
	for i, e := range list {
		text, err := p.expression(e)
		if err != nil {
			return nil, err
		}
		texts[i] = text
	}
	return texts, nil
}

// call prints a call; over is its window, or empty.
func (p *printer) call(e typed.Call, over string) (string, error) {
	f, ok := function.Lookup(e.Name)
	if !ok {
		return "", fmt.Errorf("printing a plan: there is no function %s", e.Name)
	}
	args, err := p.expressions(e.Args)
	if err != nil {
		return "", err
	}
	if f.Over == nil {
		if f.SQL == nil {
			return "", fmt.Errorf("printing a plan: there is no SQL for the function %s", e.Name)
		}
		return f.SQL(e, args)
	}
	suffix := function.Suffix{Over: over}
	if e.Filter != nil {
		if suffix.Filter, err = p.expression(e.Filter); err != nil {
			return "", err
		}
	}
	order, err := p.keys(e.OrderWithin)
	if err != nil {
		return "", err
	}
	return f.Over(e, args, order, suffix)
}

func (p *printer) cases(e typed.Case) (string, error) {
	var text strings.Builder
	text.WriteString("CASE")
	for _, b := range e.Branches {
		when, err := p.expression(b.When)
		if err != nil {
			return "", err
		}
		then, err := p.expression(b.Then)
		if err != nil {
			return "", err
		}
		text.WriteString(" WHEN " + when + " THEN " + then)
	}
	if e.Else != nil {
		otherwise, err := p.expression(e.Else)
		if err != nil {
			return "", err
		}
		text.WriteString(" ELSE " + otherwise)
	}
	return text.String() + " END", nil
}

func lambdaName(v typed.LambdaVariable) string { return fmt.Sprintf("l%d", v.ID) }

func (p *printer) lambda(e typed.Lambda) (string, error) {
	body, err := p.expression(e.Body)
	if err != nil {
		return "", err
	}
	parameters := make([]string, len(e.Parameters))
	for i, v := range e.Parameters {
		parameters[i] = lambdaName(v)
	}
	return "lambda " + strings.Join(parameters, ", ") + ": " + body, nil
}

func (p *printer) inSubquery(e typed.InSubquery) (string, error) {
	values, err := p.expressions(e.Values)
	if err != nil {
		return "", err
	}
	plan, err := p.subquery(e.Plan)
	if err != nil {
		return "", err
	}
	left := values[0]
	if len(values) > 1 {
		left = "(" + strings.Join(values, ", ") + ")"
	}
	return "(" + left + " IN (" + plan + "))", nil
}

// keys prints sort keys. Constants do not sort, and DuckDB would take them for positions.
func (p *printer) keys(order []typed.Order) ([]string, error) {
	var keys []string
	for _, o := range order {
		if _, constant := o.Child.(typed.Literal); constant {
			continue
		}
		key, err := p.expression(o.Child)
		if err != nil {
			return nil, err
		}
		direction, nulls := " ASC", " NULLS FIRST"
		if o.Descending {
			direction = " DESC"
		}
		if o.NullsLast {
			nulls = " NULLS LAST"
		}
		keys = append(keys, key+direction+nulls)
	}
	return keys, nil
}

// over prints a window.
func (p *printer) over(e typed.Window) (string, error) {
	var parts []string
	if len(e.PartitionBy) > 0 {
		partition, err := p.expressions(e.PartitionBy)
		if err != nil {
			return "", err
		}
		parts = append(parts, "PARTITION BY "+strings.Join(partition, ", "))
	}
	keys, err := p.keys(e.OrderBy)
	if err != nil {
		return "", err
	}
	if len(keys) > 0 {
		parts = append(parts, "ORDER BY "+strings.Join(keys, ", "))
	}
	if e.Frame != nil {
		frame, err := p.frame(e)
		if err != nil {
			return "", err
		}
		parts = append(parts, frame)
	}
	return "OVER (" + strings.Join(parts, " ") + ")", nil
}

func (p *printer) frame(e typed.Window) (string, error) {
	unit := "RANGE"
	if e.Frame.Rows {
		unit = "ROWS"
	}
	lower, err := p.bound(e, e.Frame.Lower)
	if err != nil {
		return "", err
	}
	upper, err := p.bound(e, e.Frame.Upper)
	if err != nil {
		return "", err
	}
	return unit + " BETWEEN " + lower + " AND " + upper, nil
}

func (p *printer) bound(e typed.Window, b typed.Bound) (string, error) {
	word := "PRECEDING"
	switch b.Kind {
	case typed.CurrentRow:
		return "CURRENT ROW", nil
	case typed.UnboundedPreceding:
		return "UNBOUNDED PRECEDING", nil
	case typed.UnboundedFollowing:
		return "UNBOUNDED FOLLOWING", nil
	case typed.Following:
		word = "FOLLOWING"
	case typed.Preceding:
	}
	value, err := p.expression(b.Value)
	if err != nil {
		return "", err
	}
	if !e.Frame.Rows && len(e.OrderBy) == 1 {
		value = distance(e.OrderBy[0].Child.Type(), b.Value.Type(), value)
	}
	return value + " " + word, nil
}

// distance prints how far a range frame reaches. Dates and timestamps are moved by DuckDB's intervals.
func distance(key, value types.DataType, text string) string {
	switch {
	case key != types.Date && key != types.Timestamp && key != types.TimestampNTZ:
		return text
	case value == types.DayTimeInterval:
		return "to_microseconds(" + text + ")"
	case value == types.YearMonthInterval:
		return "to_months(CAST(" + text + " AS INTEGER))"
	case key == types.Date && types.IsIntegral(value):
		return "to_days(CAST(" + text + " AS INTEGER))"
	}
	return text
}

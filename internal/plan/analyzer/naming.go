package analyzer

import (
	"slices"
	"strings"

	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
)

// pretty prints an expression as Spark names columns and quotes expressions in errors.
func (s *scope) pretty(e plan.Expression) string { return s.naming().SQL(s.shownAs(e)) }

// columnName is the name of the column that e computes when it has no alias; value is e resolved.
func (s *scope) columnName(e plan.Expression, value typed.Expression) string {
	if attribute, ok := e.(plan.Attribute); ok {
		if name, isFunction := literalFunctions[foldedName(attribute)]; isFunction {
			if found, err := s.lookup(attribute); found == nil && err == nil {
				return name + "()"
			}
		}
	}
	named := *s
	named.timeless = !typed.Any(value, isTemporal)
	named.subplans = subplansFor(e, value)
	return named.naming().ColumnName(named.shownAs(e))
}

// isTemporal reports whether Spark may print e otherwise than it is written: sums and differences of dates, times and
// intervals.
func isTemporal(e typed.Expression) bool {
	t := e.Type()
	return t == types.Date || t == types.Timestamp || t == types.TimestampNTZ || t == types.Time || isInterval(t)
}

// naming prints with what the scope knows of names and types.
func (s *scope) naming() plan.Naming {
	return plan.Naming{
		Attribute: s.attributeText,
		IsStruct: func(e plan.Expression) bool {
			if countSubqueries(e) > 0 {
				return false
			}
			resolved, err := s.expression(e)
			if err != nil {
				return false
			}
			t := resolved.Type()
			if array, ok := t.(types.Array); ok {
				t = array.Element
			}
			_, ok := t.(types.Struct)
			return ok
		},
	}
}

// attributeText prints a column without its qualifier, and the fields taken out of it.
func (s *scope) attributeText(e plan.Attribute) string {
	if _, ok := s.lambda(e.Parts[0]); ok && e.PlanID == 0 {
		return strings.Join(append([]string{"namedlambdavariable()"}, e.Parts[1:]...), ".")
	}
	resolved, err := s.lookup(e)
	if err != nil || resolved == nil {
		return dotted(e.Parts)
	}
	if lateral, err := s.lateral(e); err == nil && lateral != nil {
		bare := *s
		bare.aliases = nil
		if found, err := bare.lookup(e); found == nil && err == nil {
			return "lateralAliasReference(" + dotted(e.Parts) + ")"
		}
	}
	return extractionText(resolved, e.Parts)
}

// extractionText prints the last parts of a name, as many as resolved takes members out of something.
func extractionText(e typed.Expression, parts []string) string {
	last := len(parts) - 1
	switch e := e.(type) {
	case typed.Field:
		return extractionText(e.Child, parts[:last]) + "." + parts[last]
	case typed.Call:
		if last == 0 || len(e.Args) == 0 {
			break
		}
		child := extractionText(e.Args[0], parts[:last])
		if _, isMap := e.Args[0].Type().(types.Map); isMap {
			return child + "[" + parts[last] + "]"
		}
		return child + "." + parts[last]
	}
	return parts[last]
}

// shownAs rewrites an expression to what Spark prints of it: stars in calls are expanded, and sums with dates are calls.
func (s *scope) shownAs(e plan.Expression) plan.Expression {
	switch e := e.(type) {
	case resolvedExpression:
		return e.Expression
	case plan.Subquery:
		return s.shownSubquery(e)
	case plan.Lambda:
		parameters := make([]typed.LambdaVariable, len(e.Parameters))
		for i, name := range e.Parameters {
			parameters[i] = typed.LambdaVariable{Name: name, DataType: types.Null}
		}
		e.Body = s.withLambda(parameters).shownAs(e.Body)
		return e
	case plan.Call:
		if args, err := s.expandStars(e); err == nil && slices.ContainsFunc(e.Args, isStar) {
			e.Args = args
		}
		return s.dateArithmetic(e)
	}
	return mapWritten(e, s.shownAs)
}

// subqueryPlans hands out the plans of an expression's subqueries, in the order they are written in.
type subqueryPlans struct{ plans []typed.Node }

// subplansFor finds the plans of the subqueries of an expression that is resolved. It is nil where they cannot be told
// apart, as when a function evaluates an argument twice.
func subplansFor(e plan.Expression, value typed.Expression) *subqueryPlans {
	written := countSubqueries(e)
	if written == 0 {
		return nil
	}
	var found []typed.Node
	typed.WalkExpression(value, func(e typed.Expression) {
		if subplan := typed.Subplan(e); subplan != nil {
			found = append(found, subplan)
		}
	})
	if len(found) != written {
		return nil
	}
	return &subqueryPlans{plans: found}
}

// countSubqueries counts the subqueries in an expression, without those inside them.
func countSubqueries(e plan.Expression) int {
	n := 0
	if _, ok := e.(plan.Subquery); ok {
		n = 1
	}
	mapWritten(e, func(child plan.Expression) plan.Expression {
		n += countSubqueries(child)
		return child
	})
	return n
}

// shownSubquery prints a correlated subquery as Spark does, with the columns of the query around that it uses.
func (s *scope) shownSubquery(e plan.Subquery) plan.Expression {
	shown := mapWritten(e, s.shownAs).(plan.Subquery)
	if s.subplans == nil || len(s.subplans.plans) == 0 {
		return shown
	}
	inner := s.subplans.plans[0]
	s.subplans.plans = s.subplans.plans[1:]
	var outer []plan.Expression
	for _, c := range referenced(typed.Exists{Plan: inner}) {
		if slices.ContainsFunc(s.inputs, func(r *relation) bool { return r.produces(c.ID) }) {
			outer = append(outer, plan.Attribute{Parts: []string{c.Name}})
		}
	}
	switch e.Kind {
	case plan.ScalarSubquery:
		return plan.Call{Name: "scalarsubquery", Args: outer}
	case plan.ExistsSubquery:
		return plan.Call{Name: "exists", Args: outer}
	}
	if len(e.Values) != 1 || len(outer) == 0 {
		return shown
	}
	return plan.Call{Name: "in", Args: []plan.Expression{shown.Values[0], plan.Call{Name: "listquery", Args: outer}}}
}

// qualifiedText prints an expression with qualified columns, as some errors do.
func (s *scope) qualifiedText(e plan.Expression) string {
	naming := s.naming()
	naming.Attribute = func(a plan.Attribute) string {
		found, err := s.lookup(a)
		ref, ok := found.(typed.Reference)
		if err != nil || !ok {
			return dotted(a.Parts)
		}
		parts := append(slices.Clone(ref.Column.Qualifier), ref.Column.Name)
		for i, p := range parts {
			parts[i] = types.QuoteIfNeeded(p)
		}
		return dotted(parts)
	}
	return naming.SQL(s.shownAs(e))
}

func isStar(e plan.Expression) bool {
	_, ok := e.(plan.Star)
	return ok
}

// dateArithmetic rewrites sums and differences that Spark turns into calls of date functions, and calls in general.
func (s *scope) dateArithmetic(e plan.Call) plan.Expression {
	shown := mapWritten(e, s.shownAs).(plan.Call)
	if s.timeless || countSubqueries(e) > 0 || len(e.Args) != 2 || e.Name != "+" && e.Name != "-" {
		return shown
	}
	resolved, err := s.call(e)
	if err != nil {
		return shown
	}
	left, err := s.expression(e.Args[0])
	if err != nil {
		return shown
	}
	if c, ok := resolved.(typed.Call); ok && (c.Name == "date_add" || c.Name == "date_sub") {
		shown.Name = c.Name
		if left.Type() != types.Date {
			shown.Args[0], shown.Args[1] = shown.Args[1], shown.Args[0]
		}
		return shown
	}
	right, err := s.expression(e.Args[1])
	if err != nil || !isInterval(left.Type()) && !isInterval(right.Type()) || isInterval(resolved.Type()) {
		return shown
	}
	if left.Type() == types.Date && right.Type() == types.DayTimeInterval && resolved.Type() == types.Date {
		days := plan.Call{Name: "extractansiintervaldays", Args: shown.Args[1:]}
		if e.Name == "-" {
			days = plan.Call{Name: "-", Args: []plan.Expression{days}}
		}
		return plan.Call{Name: "date_add", Args: []plan.Expression{shown.Args[0], days}}
	}
	if isInterval(left.Type()) {
		shown.Args[0], shown.Args[1] = shown.Args[1], shown.Args[0]
	}
	naming := s.naming()
	return plan.Literal{Type: types.String, Text: naming.SQL(shown.Args[0]) + " " + e.Name + " " + naming.SQL(shown.Args[1])}
}

func isInterval(t types.DataType) bool {
	return t == types.DayTimeInterval || t == types.YearMonthInterval || t == types.CalendarInterval
}

// mapWritten returns e with f applied to each expression directly inside it.
func mapWritten(e plan.Expression, f func(plan.Expression) plan.Expression) plan.Expression {
	all := func(list []plan.Expression) []plan.Expression {
		if list == nil {
			return nil
		}
		mapped := make([]plan.Expression, len(list))
		for i, x := range list {
			mapped[i] = f(x)
		}
		return mapped
	}
	orders := func(list []plan.SortOrder) []plan.SortOrder {
		mapped := slices.Clone(list)
		for i := range mapped {
			mapped[i].Child = f(mapped[i].Child)
		}
		return mapped
	}
	switch e := e.(type) {
	case plan.Call:
		e.Args = all(e.Args)
		if e.Filter != nil {
			e.Filter = f(e.Filter)
		}
		e.OrderWithin = orders(e.OrderWithin)
		return e
	case plan.Alias:
		e.Child = f(e.Child)
		return e
	case plan.Cast:
		e.Child = f(e.Child)
		return e
	case plan.SortOrder:
		e.Child = f(e.Child)
		return e
	case plan.Window:
		e.Function = f(e.Function)
		e.PartitionBy = all(e.PartitionBy)
		e.OrderBy = orders(e.OrderBy)
		return e
	case plan.ExtractValue:
		e.Child, e.Key = f(e.Child), f(e.Key)
		return e
	case plan.UpdateFields:
		e.Child = f(e.Child)
		if e.Value != nil {
			e.Value = f(e.Value)
		}
		return e
	case plan.Subquery:
		e.Values = all(e.Values)
		return e
	}
	return e
}

package analyzer

import (
	"strings"

	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/plan/constant"
	"github.com/hfspark/hfspark/internal/plan/function"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// filter resolves a Filter; its condition may use columns that a select below has left out.
func (a *analyzer) filter(r plan.Filter, q query) (*relation, error) {
	input, err := a.relation(r.Input, q)
	if err != nil {
		return nil, err
	}
	return a.filterBy(a.scope(q, input), input, r.Condition)
}

func (a *analyzer) filterBy(s *scope, input *relation, written plan.Expression) (*relation, error) {
	if isWrittenGenerator(written) || nestedGenerator(written) {
		return nil, outsideSelect("Filter " + s.pretty(written))
	}
	s.deep = true
	condition, err := s.condition(written)
	if err != nil {
		return nil, err
	}
	if condition, err = a.lower(input, condition); err != nil {
		return nil, err
	}
	if hasWindow(condition) {
		return nil, fail("WINDOW_FUNCTION_NOT_ALLOWED_IN_CLAUSE", "42601", "It is not allowed to use window functions inside %s clause.", "WHERE").
			With("clauseName", "WHERE")
	}
	if hasAggregate(condition) || hasGenerator(condition) {
		invalid := strings.Join(outOfPlace(written, s.qualifiedText), ", ")
		text := `"` + s.pretty(written) + `"`
		return nil, fail("INVALID_WHERE_CONDITION", "42903",
			"The WHERE condition %s contains invalid expressions: %s.\nRewrite the query to avoid window functions, aggregate functions, and generator functions in the WHERE clause.", text, invalid).
			With("condition", text, "expressionList", invalid)
	}
	return over(input, &typed.Filter{Input: input.node, Condition: condition}), nil
}

// outOfPlace prints the aggregate functions and generators in a condition.
func outOfPlace(e plan.Expression, text func(plan.Expression) string) []string {
	if call, ok := e.(plan.Call); ok {
		if f, ok := function.Lookup(call.Name); ok && (f.Kind == function.Aggregate || f.Kind == function.Generator) {
			return []string{text(call)}
		}
	}
	var found []string
	mapWritten(e, func(child plan.Expression) plan.Expression {
		found = append(found, outOfPlace(child, text)...)
		return child
	})
	return found
}

// sort resolves a Sort: its keys may be positions, columns that a select below has left out, and aggregate functions.
func (a *analyzer) sort(r plan.Sort, q query) (*relation, error) {
	input, err := a.relation(r.Input, q)
	if err != nil {
		return nil, err
	}
	s := a.scope(q, input)
	s.deep = true
	written := s.sortAll(r.Order)
	for _, o := range written {
		if isWrittenGenerator(o.Child) || nestedGenerator(o.Child) {
			return nil, outsideSelect("Sort [" + s.pretty(o.Child) + "]")
		}
	}
	order := make([]typed.Order, 0, len(written))
	for _, o := range written {
		child, err := s.sortKey(o, input)
		if err != nil {
			return nil, err
		}
		if child, err = a.lower(input, child); err != nil {
			return nil, err
		}
		if !orderable(child.Type()) {
			return nil, s.unorderable(o, child.Type())
		}
		order = append(order, typed.Order{Child: child, Descending: o.Descending, NullsLast: o.NullsLast})
	}
	windowed, err := a.sortWindows(input, order)
	if err != nil {
		return nil, err
	}
	return over(windowed, &typed.Sort{Input: windowed.node, Order: order}), nil
}

// sortWindows computes window functions among the keys in a Project below the Sort.
func (a *analyzer) sortWindows(input *relation, order []typed.Order) (*relation, error) {
	items := references(input.node.Output())
	found := false
	for i, o := range order {
		if hasAggregate(o.Child) {
			return nil, unsupportedIn("Sort", `"`+typed.Text(o.Child)+`"`)
		}
		if !hasWindow(o.Child) {
			continue
		}
		found = true
		c := typed.Column{ID: a.id(), Name: "key", Type: o.Child.Type(), Nullable: o.Child.Nullable()}
		items = append(items, typed.Item{Column: c, Expression: o.Child})
		order[i].Child = typed.Reference{Column: c}
	}
	if !found {
		return input, nil
	}
	return over(input, &typed.Project{Input: input.node, Items: items}), nil
}

// sortAll answers ORDER BY ALL: all columns, in the direction written.
func (s *scope) sortAll(order []plan.SortOrder) []plan.SortOrder {
	if len(order) != 1 {
		return order
	}
	attribute, ok := order[0].Child.(plan.Attribute)
	if !ok || foldedName(attribute) != "all" {
		return order
	}
	if found, err := s.lookup(attribute); found != nil || err != nil {
		return order
	}
	var all []plan.SortOrder
	for _, c := range s.visible() {
		key := order[0]
		key.Child = resolvedExpression{Expression: plan.Attribute{Parts: []string{c.Name}}, value: typed.Reference{Column: c}}
		all = append(all, key)
	}
	return all
}

func (s *scope) sortKey(o plan.SortOrder, input *relation) (typed.Expression, error) {
	if l, ok := o.Child.(plan.Literal); ok && l.Type == types.Integer && l.Value != nil {
		n, _ := constant.Integer(typed.Literal{Value: l.Value})
		if n < 1 || n > int64(len(input.columns)) {
			return nil, fail("ORDER_BY_POS_OUT_OF_RANGE", "42805", "ORDER BY position %d is not in select list (valid range is [1, %d]).", n, len(input.columns)).
				With("index", itoa(int(n)), "size", itoa(len(input.columns)))
		}
		return typed.Reference{Column: input.columns[n-1]}, nil
	}
	return s.expression(o.Child)
}

// slice resolves LIMIT, OFFSET and tail.
func (a *analyzer) slice(r plan.Relation, q query) (*relation, error) {
	switch r := r.(type) {
	case plan.Limit:
		input, count, err := a.counted(r.Input, r.Count, "limit", q)
		if err != nil {
			return nil, err
		}
		return over(input, &typed.Limit{Input: input.node, Count: count}), nil
	case plan.Offset:
		input, count, err := a.counted(r.Input, r.Count, "offset", q)
		if err != nil {
			return nil, err
		}
		return over(input, &typed.Limit{Input: input.node, Count: -1, Offset: count}), nil
	case plan.Tail:
		input, err := a.relation(r.Input, q)
		if err != nil {
			return nil, err
		}
		if r.Count < 0 {
			return nil, badCount("IS_NEGATIVE", "limit", itoa(int(r.Count)), "The limit expression must be equal to or greater than 0, but got "+itoa(int(r.Count))+".").
				With("v", itoa(int(r.Count)))
		}
		return over(input, &typed.Tail{Input: input.node, Count: r.Count}), nil
	}
	return nil, unsupportedRelation(r)
}

// counted resolves the input and the constant of LIMIT or OFFSET.
func (a *analyzer) counted(r plan.Relation, written plan.Expression, name string, q query) (*relation, int64, error) {
	input, err := a.relation(r, q)
	if err != nil {
		return nil, 0, err
	}
	s := a.scope(q, input)
	text := s.pretty(written)
	if l, ok := written.(plan.Attribute); ok && foldedName(l) == "all" && name == "limit" {
		return input, -1, nil
	}
	resolved, err := s.expression(written)
	if err != nil {
		return nil, 0, err
	}
	value, ok := constant.Fold(resolved)
	if !types.IsIntegral(resolved.Type()) {
		return nil, 0, badCount("DATA_TYPE", name, text, "The "+name+" expression must be integer type, but got "+quotedType(resolved.Type())+".").
			With("dataType", quotedType(resolved.Type()))
	}
	if !ok {
		return nil, 0, badCount("IS_UNFOLDABLE", name, text, "The "+name+" expression must evaluate to a constant value.")
	}
	if value.Value == nil {
		return nil, 0, badCount("IS_NULL", name, text, "The evaluated "+name+" expression must not be null.")
	}
	n, _ := constant.Integer(value)
	if n < 0 {
		return nil, 0, badCount("IS_NEGATIVE", name, text, "The "+name+" expression must be equal to or greater than 0, but got "+itoa(int(n))+".").
			With("v", itoa(int(n)))
	}
	return input, n, nil
}

func badCount(condition, name, text, detail string) *sparkerror.Error {
	quoted := `"` + text + `"`
	return fail("INVALID_LIMIT_LIKE_EXPRESSION."+condition, "42K0E", "The limit like expression %s is invalid. %s", quoted, detail).
		With("name", name, "expr", quoted)
}

func (a *analyzer) sample(r plan.Sample, q query) (*relation, error) {
	input, err := a.relation(r.Input, q)
	if err != nil {
		return nil, err
	}
	fraction := r.Upper - r.Lower
	if fraction < -1e-6 || !r.WithReplacement && fraction > 1+1e-6 {
		return nil, sparkerror.New(sparkerror.IllegalArgumentException, "", "",
			"requirement failed: Sampling fraction (%s) must be on interval [0, 1] without replacement", javaDouble(fraction))
	}
	node := &typed.Sample{Input: input.node, Lower: r.Lower, Upper: r.Upper, WithReplacement: r.WithReplacement, Seed: r.Seed}
	return over(input, node), nil
}

// repartition passes its input on, once the expressions it names are seen to resolve.
func (a *analyzer) repartition(r plan.Repartition, q query) (*relation, error) {
	input, err := a.relation(r.Input, q)
	if err != nil {
		return nil, err
	}
	s := a.scope(q, input)
	s.deep = true
	for _, e := range r.By {
		if o, ok := e.(plan.SortOrder); ok {
			e = o.Child
		}
		if _, err := s.expression(e); err != nil {
			return nil, err
		}
	}
	return over(input, input.node), nil
}

func (a *analyzer) distinct(r plan.Distinct, q query) (*relation, error) {
	input, err := a.relation(r.Input, q)
	if err != nil {
		return nil, err
	}
	if err := checkComparable(input.columns, "DISTINCT"); err != nil {
		return nil, err
	}
	return barrier(&typed.Distinct{Input: a.exact(input)}, input.columns, input), nil
}

// checkComparable refuses set operations over maps, which have no equality.
func checkComparable(columns []typed.Column, _ string) error {
	for _, c := range columns {
		if hasMap(c.Type) {
			name, t := quoteParts([]string{c.Name}), quotedType(c.Type)
			return fail("UNSUPPORTED_FEATURE.SET_OPERATION_ON_MAP_TYPE", "0A000",
				"The feature is not supported: Cannot have MAP type columns in a set operation (INTERSECT, EXCEPT, etc.), but the type of column %s is %s.", name, t).
				With("colName", name, "dataType", t)
		}
	}
	return nil
}

func hasMap(t types.DataType) bool {
	switch t := t.(type) {
	case types.Map:
		return true
	case types.Array:
		return hasMap(t.Element)
	case types.Struct:
		for _, f := range t.Fields {
			if hasMap(f.Type) {
				return true
			}
		}
	}
	return false
}

func (a *analyzer) deduplicate(r plan.Deduplicate, q query) (*relation, error) {
	input, err := a.relation(r.Input, q)
	if err != nil {
		return nil, err
	}
	if len(r.Columns) == 0 {
		if err := checkComparable(input.columns, "dropDuplicates"); err != nil {
			return nil, err
		}
		return barrier(&typed.Distinct{Input: a.exact(input)}, input.columns, input), nil
	}
	var keys []typed.Column
	for _, name := range r.Columns {
		found := false
		for _, c := range input.columns {
			if a.same(c.Name, name) {
				keys, found = append(keys, c), true
			}
		}
		if !found {
			return nil, unresolvedAmong(name, input.columns)
		}
	}
	return barrier(&typed.Deduplicate{Input: a.exact(input), Keys: keys}, input.columns, input), nil
}

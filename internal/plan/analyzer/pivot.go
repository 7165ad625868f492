package analyzer

import (
	"fmt"
	"slices"

	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/plan/function"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// maxPivotValues is the default of spark.sql.pivotMaxValues.
const maxPivotValues = 10000

// pivotValue is a value of the pivot column that becomes a column, or with several aggregates a group of columns.
type pivotValue struct {
	value typed.Expression
	name  string
}

// pivot computes each aggregate once for each pivot value, over the rows that have the value; null where there is none.
func (a *analyzer) pivot(s *scope, r plan.Aggregate, input *relation) (*relation, error) {
	if r.Kind != plan.GroupBy || r.Having != nil {
		return nil, sparkerror.Unsupported("a pivot of ROLLUP, CUBE or GROUPING SETS", "")
	}
	column, err := s.expression(r.Pivot.Column)
	if err != nil {
		return nil, err
	}
	aggregates, err := s.items(r.Items)
	if err != nil {
		return nil, err
	}
	for _, i := range aggregates {
		if !hasAggregate(i.value) {
			text := s.qualifiedText(i.written)
			return nil, fail("_LEGACY_ERROR_TEMP_1006", "", "Aggregate expression required for pivot, but '%s' did not appear in any aggregate function.", text).
				With("sql", text)
		}
	}
	groups, err := s.items(r.Grouping)
	if err != nil {
		return nil, err
	}
	if r.Pivot.Implicit {
		groups = append(implicitGroups(input, column, aggregates), groups...)
	}
	values, err := s.pivotValues(r.Pivot, column, input)
	if err != nil {
		return nil, err
	}
	var keys groupingKeys
	items := slices.Clone(groups)
	for _, g := range groups {
		key, err := s.checkGroupingKey(g.written, g.value)
		if err != nil {
			return nil, err
		}
		keys.expressions = append(keys.expressions, key)
	}
	for _, v := range values {
		for _, aggregate := range aggregates {
			i, err := a.pivoted(aggregate, column, v, len(aggregates) > 1)
			if err != nil {
				return nil, err
			}
			items = append(items, i)
		}
	}
	return a.aggregate(s, input, keys, items)
}

// implicitGroups lists the columns that neither the pivot column nor the aggregates use.
func implicitGroups(input *relation, column typed.Expression, aggregates []item) []item {
	used := typed.References(column)
	for _, i := range aggregates {
		for id := range typed.References(i.value) {
			used[id] = true
		}
	}
	var groups []item
	for _, c := range input.columns {
		if !used[c.ID] {
			ref := typed.Reference{Column: c}
			groups = append(groups, item{written: resolvedExpression{Expression: plan.Attribute{Parts: []string{c.Name}}, value: ref}, value: ref, name: c.Name})
		}
	}
	return groups
}

func (s *scope) pivotValues(p *plan.Pivot, column typed.Expression, input *relation) ([]pivotValue, error) {
	if len(p.Values) == 0 {
		return s.distinctPivotValues(column, input)
	}
	values := make([]pivotValue, len(p.Values))
	for i, written := range p.Values {
		name := ""
		if alias, ok := written.(plan.Alias); ok {
			written, name = alias.Child, alias.Names[0]
		}
		value, err := s.expression(written)
		if err != nil {
			return nil, err
		}
		if len(referenced(value)) > 0 {
			text := `"` + s.pretty(written) + `"`
			return nil, fail("NON_LITERAL_PIVOT_VALUES", "42K08", "Literal expressions required for pivot values, found %s.", text).With("expression", text)
		}
		to, ok := types.Implicit(value.Type(), column.Type(), s.a.options.ANSI)
		if !ok {
			text := s.pretty(written)
			return nil, fail("PIVOT_VALUE_DATA_TYPE_MISMATCH", "42K09",
				"Invalid pivot value '%s': value data type %s does not match pivot column data type %s.", text, quotedType(value.Type()), quotedType(column.Type())).
				With("value", text, "valueType", quotedType(value.Type()), "pivotType", quotedType(column.Type()))
		}
		if name == "" {
			name = s.pivotName(written)
		}
		values[i] = pivotValue{value: s.castTo(value, to), name: name}
	}
	return values, nil
}

func (s *scope) pivotName(written plan.Expression) string {
	if l, ok := written.(plan.Literal); ok && l.Value == nil {
		return "null"
	}
	return s.pretty(written)
}

// distinctPivotValues finds the values of a pivot column that the query does not list.
func (s *scope) distinctPivotValues(column typed.Expression, input *relation) ([]pivotValue, error) {
	a := s.a
	if a.options.Distinct == nil {
		return nil, sparkerror.Unsupported("pivot without a list of values here", "Give the values: pivot(column, [values]).")
	}
	c := typed.Column{ID: a.id(), Name: "value", Type: column.Type(), Nullable: column.Nullable()}
	node := &typed.Project{Input: input.node, Items: []typed.Item{{Column: c, Expression: column}}}
	found, err := a.options.Distinct(a.ctx, node, maxPivotValues+1)
	if err != nil {
		return nil, fmt.Errorf("finding the values of the pivot column: %w", err)
	}
	if len(found) > maxPivotValues {
		return nil, fail("_LEGACY_ERROR_TEMP_1324", "",
			"The pivot column %s has more than %d distinct values, this could indicate an error. If this was intended, set spark.sql.pivotMaxValues to at least the number of distinct values of the pivot column.",
			typed.Text(column), maxPivotValues)
	}
	values := make([]pivotValue, len(found))
	for i, v := range found {
		l := typed.Literal{Value: v, DataType: column.Type()}
		values[i] = pivotValue{value: l, name: "null"}
		if v != nil {
			values[i].name = function.Text(l)
		}
	}
	return values, nil
}

// pivoted is an aggregate over the rows that have a pivot value.
func (a *analyzer) pivoted(aggregate item, column typed.Expression, v pivotValue, several bool) (item, error) {
	matches, err := a.resolve("<=>", column, v.value)
	if err != nil {
		return item{}, err
	}
	count, err := a.resolve("count", intLiteral(1))
	if err != nil {
		return item{}, err
	}
	filtered := func(c typed.Call) (typed.Expression, error) {
		if c.Filter == nil {
			c.Filter = matches
			return c, nil
		}
		both, err := a.resolve("and", c.Filter, matches)
		c.Filter = both
		return c, err
	}
	counted, err := filtered(count.(typed.Call))
	if err != nil {
		return item{}, err
	}
	there, err := a.resolve(">", counted, longLiteral(0))
	if err != nil {
		return item{}, err
	}
	var failure error
	value := typed.Transform(aggregate.value, func(e typed.Expression) (typed.Expression, bool) {
		if !isAggregate(e) {
			return e, false
		}
		c, err := filtered(e.(typed.Call))
		if err != nil {
			failure = err
		}
		return c, true
	})
	name := v.name
	if several {
		name += "_" + aggregate.name
	}
	return item{
		value: typed.Case{Branches: []typed.Branch{{When: there, Then: value}}, DataType: value.Type()},
		name:  name, aliases: []string{name},
	}, failure
}

package analyzer

import (
	"slices"

	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
)

// aggregation is an Aggregate that is being built, and to which Sort and Filter above it may add.
type aggregation struct {
	a      *analyzer
	scope  *scope
	input  *relation
	node   *typed.Aggregate
	groups map[string]typed.Column // by the key of the grouping expression
	added  map[string]typed.Column // columns that add has made, by the key of what they compute
}

// aggregate makes an Aggregate of items. Window functions and generators among them go into a Project above it.
func (a *analyzer) aggregate(s *scope, input *relation, keys groupingKeys, items []item) (*relation, error) {
	g := a.newAggregation(s, input, keys)
	for _, i := range items {
		if c, ok := bareWindowFunction(i.value); ok {
			return nil, withoutOver(s, i.written, c)
		}
	}
	above := slices.ContainsFunc(items, func(i item) bool { return hasWindow(i.value) || hasGenerator(i.value) })
	produced, used := idsOf(g.groupColumns()), map[typed.ColumnID]bool{}
	upper := make([]item, len(items))
	for n, i := range items {
		upper[n] = i
		if hasWindow(i.value) || hasGenerator(i.value) {
			continue
		}
		value, err := g.replace(i.value)
		if err != nil {
			return nil, err
		}
		i.value = value
		c := a.itemColumn(produced, i, used)
		used[c.ID] = true
		g.node.Items = append(g.node.Items, typed.Item{Column: c, Expression: value})
		upper[n].value, upper[n].aliases, upper[n].metadata = typed.Reference{Column: c}, nil, ""
	}
	grouped := &relation{node: g.node, columns: g.node.Output(), inputs: []*relation{input}, below: input, aggregate: g}
	if !above {
		return grouped, nil
	}
	for n, i := range upper {
		if hasWindow(i.value) || hasGenerator(i.value) {
			value, err := g.split(i.value)
			if err != nil {
				return nil, err
			}
			upper[n].value = value
		}
	}
	grouped.columns = g.node.Output()
	return a.compute(s, grouped, upper)
}

func (a *analyzer) newAggregation(s *scope, input *relation, keys groupingKeys) *aggregation {
	g := &aggregation{a: a, scope: s, input: input, groups: map[string]typed.Column{}}
	g.node = &typed.Aggregate{Input: input.node, Sets: keys.sets}
	used := map[typed.ColumnID]bool{}
	for _, e := range keys.expressions {
		key := typed.Key(e)
		if _, ok := g.groups[key]; ok && keys.sets == nil {
			continue
		}
		c := typed.Column{ID: a.id(), Name: keyName(e), Type: e.Type(), Nullable: e.Nullable() || keys.sets != nil}
		if ref, ok := e.(typed.Reference); ok {
			id := c.ID
			c = ref.Column
			if keys.sets != nil || used[c.ID] {
				c.ID = id
			}
			c.Nullable = c.Nullable || keys.sets != nil
		}
		used[c.ID] = true
		g.groups[key] = c
		g.node.Grouping = append(g.node.Grouping, typed.Item{Column: c, Expression: e})
	}
	if keys.sets != nil {
		g.node.GroupingID = &typed.Column{ID: a.id(), Name: "spark_grouping_id", Type: types.Long}
	}
	return g
}

func keyName(e typed.Expression) string {
	if r, ok := e.(typed.Reference); ok {
		return r.Column.Name
	}
	return "key"
}

func (g *aggregation) groupColumns() []typed.Column {
	columns := make([]typed.Column, len(g.node.Grouping))
	for i, item := range g.node.Grouping {
		columns[i] = item.Column
	}
	return columns
}

// replace puts references to grouping columns in place of grouping expressions, and refuses other columns of the input
// outside of aggregate functions.
func (g *aggregation) replace(e typed.Expression) (typed.Expression, error) {
	var failure error
	replaced := typed.Transform(e, func(e typed.Expression) (typed.Expression, bool) {
		if failure != nil || isAggregate(e) {
			return e, true
		}
		value, done, err := g.fromGroup(e)
		if err != nil {
			failure = err
		}
		return value, done || err != nil
	})
	return replaced, failure
}

// fromGroup replaces e where it is a grouping expression or a grouping function; done tells that there is nothing to
// replace inside it.
func (g *aggregation) fromGroup(e typed.Expression) (value typed.Expression, done bool, err error) {
	if c, ok := g.groups[typed.Key(e)]; ok {
		return typed.Reference{Column: c}, true, nil
	}
	if isGrouping(e) {
		value, err = g.groupingValue(e.(typed.Call))
		return value, true, err
	}
	if subplan := typed.Subplan(e); subplan != nil {
		for id := range typed.References(e) {
			if err := g.checkGrouped(id); err != nil {
				return e, true, err
			}
		}
	}
	if ref, ok := e.(typed.Reference); ok {
		return e, true, g.checkGrouped(ref.Column.ID)
	}
	return e, false, nil
}

// checkGrouped refuses a column of the input that the query does not group by.
func (g *aggregation) checkGrouped(id typed.ColumnID) error {
	output := g.input.node.Output()
	at := slices.IndexFunc(output, func(c typed.Column) bool { return c.ID == id })
	if at < 0 || slices.ContainsFunc(g.node.Grouping, func(i typed.Item) bool { return i.Column.ID == id }) {
		return nil
	}
	if len(g.node.Grouping) == 0 && g.node.Sets == nil {
		return fail("MISSING_GROUP_BY", "42803",
			"The query does not include a GROUP BY clause. Add GROUP BY or turn it into the window functions using OVER clauses.")
	}
	name := types.QuoteIfNeeded(output[at].Name)
	return fail("MISSING_AGGREGATION", "42803",
		"The non-aggregating expression %q is based on columns which are not participating in the GROUP BY clause.\n"+
			"Add the columns or the expression to the GROUP BY, aggregate the expression, or use %q if you do not care which of the values within a group is returned.",
		name, "any_value("+name+")").With("expression", `"`+name+`"`, "expressionAnyValue", `"any_value(`+name+`)"`)
}

// split makes the Aggregate compute the aggregate functions and grouping expressions in e, and returns e over their columns.
func (g *aggregation) split(e typed.Expression) (typed.Expression, error) {
	var failure error
	rest := typed.Transform(e, func(e typed.Expression) (typed.Expression, bool) {
		if failure != nil {
			return e, true
		}
		if w, ok := e.(typed.Window); ok {
			value, err := g.splitWindow(w)
			if err != nil {
				failure = err
			}
			return value, true
		}
		if isAggregate(e) {
			return typed.Reference{Column: g.add(e)}, true
		}
		value, done, err := g.fromGroup(e)
		if err != nil {
			failure = err
			return e, true
		}
		if ref, ok := value.(typed.Reference); ok && done && g.groupOf(ref.Column.ID) {
			return typed.Reference{Column: g.add(value)}, true
		}
		return value, done
	})
	return rest, failure
}

// splitWindow splits what is inside a window expression, but not its function itself.
func (g *aggregation) splitWindow(w typed.Window) (typed.Expression, error) {
	var failure error
	rebuilt := typed.Rebuild(w, func(child typed.Expression) typed.Expression {
		value, err := g.split(child)
		if err != nil && failure == nil {
			failure = err
		}
		return value
	})
	return rebuilt, failure
}

func (g *aggregation) groupOf(id typed.ColumnID) bool {
	return slices.ContainsFunc(g.node.Grouping, func(i typed.Item) bool { return i.Column.ID == id })
}

// add makes the Aggregate compute e, unless it does already, and returns the column.
func (g *aggregation) add(e typed.Expression) typed.Column {
	key := typed.Key(e)
	if g.added == nil {
		g.added = make(map[string]typed.Column, len(g.node.Items))
		for _, i := range g.node.Items {
			g.added[typed.Key(i.Expression)] = i.Column
		}
	}
	if c, ok := g.added[key]; ok {
		return c
	}
	c := typed.Column{ID: g.a.id(), Name: "value", Type: e.Type(), Nullable: e.Nullable()}
	if ref, ok := e.(typed.Reference); ok {
		c = ref.Column
	}
	g.added[key] = c
	g.node.Items = append(g.node.Items, typed.Item{Column: c, Expression: e})
	return c
}

// having keeps the groups for which a condition is true.
func (a *analyzer) having(grouped *relation, q query, condition plan.Expression) (*relation, error) {
	s := a.scope(q, grouped)
	s.having = grouped.aggregation()
	return a.filterBy(s, grouped, condition)
}

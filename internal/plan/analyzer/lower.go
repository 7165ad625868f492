package analyzer

import (
	"slices"

	"github.com/hfspark/hfspark/internal/plan/typed"
)

// lower makes what e uses available above r: aggregate functions and grouping expressions are computed by the Aggregate
// below, and columns that projections have left out are handed up. It returns e over the columns of r's node.
func (a *analyzer) lower(r *relation, e typed.Expression) (typed.Expression, error) {
	if g := r.aggregation(); g != nil && (hasAggregate(e) || typed.Any(e, isGrouping) || !a.available(r, e)) {
		var err error
		if e, err = g.pull(r, e); err != nil {
			return nil, err
		}
	}
	for _, c := range referenced(e) {
		if r.produces(c.ID) || !r.inChain(c.ID) {
			continue // columns of a query around are none of our business
		}
		if !r.expose(c) {
			return nil, unresolvedColumn([]string{c.Name}, r.columns)
		}
	}
	return e, nil
}

// aggregation is the nearest Aggregate that can still be reached from r.
func (r *relation) aggregation() *aggregation {
	for ; r != nil; r = r.below {
		if r.aggregate != nil {
			return r.aggregate
		}
	}
	return nil
}

// inChain reports whether r or a relation below it produces a column.
func (r *relation) inChain(id typed.ColumnID) bool {
	for ; r != nil; r = r.below {
		if r.produces(id) {
			return true
		}
	}
	return false
}

func (a *analyzer) available(r *relation, e typed.Expression) bool {
	return !slices.ContainsFunc(referenced(e), func(c typed.Column) bool { return !r.produces(c.ID) })
}

// referenced lists the columns that e refers to, in its subqueries' plans too, in order of appearance.
func referenced(e typed.Expression) []typed.Column {
	var columns []typed.Column
	seen := map[typed.ColumnID]bool{}
	var collect func(e typed.Expression)
	collect = func(e typed.Expression) {
		typed.WalkExpression(e, func(e typed.Expression) {
			if ref, ok := e.(typed.Reference); ok && !seen[ref.Column.ID] {
				seen[ref.Column.ID] = true
				columns = append(columns, ref.Column)
			}
			if plan := typed.Subplan(e); plan != nil {
				typed.WalkNodes(plan, func(n typed.Node) {
					for _, inner := range typed.Expressions(n) {
						collect(inner)
					}
				})
			}
		})
	}
	collect(e)
	return columns
}

// pull makes the Aggregate compute the aggregate functions and grouping expressions in e, which stands above r.
func (g *aggregation) pull(r *relation, e typed.Expression) (typed.Expression, error) {
	var failure error
	pulled := typed.Transform(e, func(e typed.Expression) (typed.Expression, bool) {
		if failure != nil {
			return e, true
		}
		if isAggregate(e) {
			if failure = g.checkArguments(r, e); failure != nil {
				return e, true
			}
			return g.exposed(r, e), true
		}
		if ref, ok := e.(typed.Reference); ok && r.produces(ref.Column.ID) {
			return e, true
		}
		if isGrouping(e) {
			value, err := g.groupingValue(e.(typed.Call))
			if err != nil {
				failure = err
				return e, true
			}
			return g.exposed(r, value), true
		}
		if c, ok := g.groups[typed.Key(e)]; ok {
			return g.exposed(r, typed.Reference{Column: c}), true
		}
		if ref, ok := e.(typed.Reference); ok && g.input.produces(ref.Column.ID) {
			failure = unresolvedColumn([]string{ref.Column.Name}, r.columns)
		}
		return e, false
	})
	return pulled, failure
}

func (g *aggregation) exposed(r *relation, e typed.Expression) typed.Expression {
	c := g.add(e)
	r.expose(c)
	return typed.Reference{Column: c}
}

// checkArguments refuses an aggregate function over what the Aggregate itself computes.
func (g *aggregation) checkArguments(r *relation, e typed.Expression) error {
	for _, c := range referenced(e) {
		if !g.input.produces(c.ID) && r.inChain(c.ID) {
			return fail("NESTED_AGGREGATE_FUNCTION", "42607",
				"It is not allowed to use an aggregate function in the argument of another aggregate function. Please use the inner aggregate function in a sub-query.")
		}
	}
	return nil
}

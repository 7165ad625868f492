// Package pushdown trims analyzed plans so that scans read no more than a query needs: it prunes columns, and leaves hints
// about rows that cannot matter. It never changes a plan's result: the plan above a hint still filters and limits.
package pushdown

import (
	"github.com/hfspark/hfspark/internal/plan/typed"
)

// Options tell what else is known of a plan.
type Options struct {
	// Constants replaces the constants in a condition that take an engine by their values; nil leaves them.
	Constants func(condition typed.Expression) typed.Expression
}

// Optimize is the function Optimize, with constants of conditions computed.
func (o Options) Optimize(n typed.Node) typed.Node {
	if o.Constants != nil {
		n = o.computed(n)
	}
	return Optimize(n)
}

// computed replaces constants in the conditions of a plan and those of its subqueries.
func (o Options) computed(n typed.Node) typed.Node {
	inputs := n.Inputs()
	if len(inputs) > 0 {
		rebuilt := make([]typed.Node, len(inputs))
		for i, input := range inputs {
			rebuilt[i] = o.computed(input)
		}
		n = typed.WithInputs(n, rebuilt...)
	}
	switch n.(type) {
	case *typed.Filter, *typed.Join:
		n = typed.MapExpressions(n, o.Constants)
	}
	return typed.MapExpressions(n, o.computedSubqueries)
}

func (o Options) computedSubqueries(e typed.Expression) typed.Expression {
	if plan := typed.Subplan(e); plan != nil {
		e = typed.WithSubplan(e, o.computed(plan))
	}
	return typed.Rebuild(e, o.computedSubqueries)
}

// Optimize returns a plan with the same result that reads less. The plan passed in is left as it is. Columns of the result
// keep their names and order; those that nothing uses are left out of scans, local data, projections, joins and aggregates.
// Scans get conditions to prune files and row groups by, the members of nested columns that are used, and limits where the
// first rows are all that can matter.
func Optimize(n typed.Node) typed.Node {
	n = subqueries(n)
	n = hint(n, nil)
	n = exactly(prune(n, idsOf(n.Output())), n.Output())
	return extremes(members(limit(merge(n)), true))
}

// subqueries optimizes the plans of subquery expressions. Columns of the query around are left alone: they are not among the
// columns that the inner plan produces.
func subqueries(n typed.Node) typed.Node {
	inputs := n.Inputs()
	if len(inputs) > 0 {
		rebuilt := make([]typed.Node, len(inputs))
		for i, input := range inputs {
			rebuilt[i] = subqueries(input)
		}
		n = typed.WithInputs(n, rebuilt...)
	}
	return typed.MapExpressions(n, subqueriesOf)
}

func subqueriesOf(e typed.Expression) typed.Expression {
	if plan := typed.Subplan(e); plan != nil {
		if _, exists := e.(typed.Exists); exists {
			e = typed.WithSubplan(e, members(limit(merge(prune(hint(subqueries(plan), nil), nil))), false))
		} else {
			e = typed.WithSubplan(e, Optimize(plan))
		}
	}
	return typed.Rebuild(e, subqueriesOf)
}

// set is a set of columns.
type set map[typed.ColumnID]bool

func idsOf(columns []typed.Column) set {
	ids := make(set, len(columns))
	for _, c := range columns {
		ids[c.ID] = true
	}
	return ids
}

// with returns the columns of s and those that the expressions refer to.
func (s set) with(expressions ...typed.Expression) set {
	all := make(set, len(s))
	for id := range s {
		all[id] = true
	}
	for _, e := range expressions {
		if e == nil {
			continue
		}
		for id := range typed.References(e) {
			all[id] = true
		}
	}
	return all
}

// among lists the columns that are in s.
func (s set) among(columns []typed.Column) []typed.Column {
	kept := make([]typed.Column, 0, len(columns))
	for _, c := range columns {
		if s[c.ID] {
			kept = append(kept, c)
		}
	}
	return kept
}

package pushdown

import (
	"slices"

	"github.com/hfspark/hfspark/internal/plan/typed"
)

// merge joins a Project with the Project below it where one of them merely selects and renames columns.
func merge(n typed.Node) typed.Node {
	inputs := n.Inputs()
	if len(inputs) > 0 {
		merged := make([]typed.Node, len(inputs))
		for i, input := range inputs {
			merged[i] = merge(input)
		}
		n = typed.WithInputs(n, merged...)
	}
	upper, ok := n.(*typed.Project)
	for ok {
		lower, isProject := upper.Input.(*typed.Project)
		if !isProject || !plain(upper) && !plain(lower) || !safe(upper, lower) {
			return upper
		}
		upper = joined(upper, lower)
	}
	return n
}

// joined is one Project that computes what upper makes of lower.
func joined(upper, lower *typed.Project) *typed.Project {
	by := map[typed.ColumnID]typed.Expression{}
	for _, item := range lower.Items {
		by[item.Column.ID] = item.Expression
	}
	items := make([]typed.Item, len(upper.Items))
	for i, item := range upper.Items {
		items[i] = typed.Item{Column: item.Column, Expression: substitute(item.Expression, by)}
	}
	return &typed.Project{Input: lower.Input, Items: items}
}

// plain reports whether all items are columns of the input.
func plain(p *typed.Project) bool {
	return !slices.ContainsFunc(p.Items, func(i typed.Item) bool { _, ok := i.Expression.(typed.Reference); return !ok })
}

// safe reports whether the items of lower may stand inside those of upper: nothing is computed twice, and no subquery refers
// to a column that would be gone.
func safe(upper, lower *typed.Project) bool {
	uses := map[typed.ColumnID]int{}
	for _, item := range upper.Items {
		subquery := false
		typed.WalkExpression(item.Expression, func(e typed.Expression) {
			if ref, ok := e.(typed.Reference); ok {
				uses[ref.Column.ID]++
			}
			subquery = subquery || typed.Subplan(e) != nil
		})
		if subquery {
			return false
		}
	}
	for _, item := range lower.Items {
		_, ref := item.Expression.(typed.Reference)
		_, literal := item.Expression.(typed.Literal)
		if !ref && !literal && uses[item.Column.ID] > 1 {
			return false
		}
	}
	return true
}

// substitute replaces references to columns by expressions.
func substitute(e typed.Expression, by map[typed.ColumnID]typed.Expression) typed.Expression {
	return typed.Transform(e, func(e typed.Expression) (typed.Expression, bool) {
		ref, ok := e.(typed.Reference)
		if !ok {
			return e, false
		}
		replacement, ok := by[ref.Column.ID]
		return replacement, ok
	})
}

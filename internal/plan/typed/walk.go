package typed

import "github.com/hfspark/hfspark/internal/plan/types"

// Schema returns the schema of a node's rows.
func Schema(n Node) types.Struct {
	columns := n.Output()
	fields := make([]types.Field, len(columns))
	for i, c := range columns {
		fields[i] = types.Field{Name: c.Name, Type: c.Type, Nullable: c.Nullable}
		if c.Metadata != "" {
			fields[i].Metadata = []byte(c.Metadata)
		}
	}
	return types.Struct{Fields: fields}
}

// Walk calls f for n and every node below it, from the top down, plans of subqueries included. Where f returns false the
// nodes below are left out.
func Walk(n Node, f func(Node) bool) {
	if !f(n) {
		return
	}
	for _, e := range Expressions(n) {
		WalkExpression(e, func(e Expression) {
			if plan := Subplan(e); plan != nil {
				Walk(plan, f)
			}
		})
	}
	for _, input := range n.Inputs() {
		Walk(input, f)
	}
}

// WalkNodes calls f for n and every node below it, from the top down, without the plans of subqueries.
func WalkNodes(n Node, f func(Node)) {
	f(n)
	for _, input := range n.Inputs() {
		WalkNodes(input, f)
	}
}

// WalkExpression calls f for e and every expression inside it; plans of subqueries are not entered.
func WalkExpression(e Expression, f func(Expression)) {
	f(e)
	for _, child := range Children(e) {
		WalkExpression(child, f)
	}
}

// Expressions returns the expressions that a node itself holds.
func Expressions(n Node) []Expression {
	var list []Expression
	MapExpressions(n, func(e Expression) Expression {
		list = append(list, e)
		return e
	})
	return list
}

// MapExpressions returns a copy of n with f applied to each expression that the node itself holds. Columns are left as they
// are, so f must not change types.
func MapExpressions(n Node, f func(Expression) Expression) Node {
	switch n := n.(type) {
	case *Values:
		c := *n
		c.Rows = make([][]Expression, len(n.Rows))
		for i, row := range n.Rows {
			c.Rows[i] = all(row, f)
		}
		return &c
	case *Project:
		c := *n
		c.Items = mapItems(n.Items, f)
		return &c
	case *Filter:
		c := *n
		c.Condition = f(n.Condition)
		return &c
	case *Join:
		c := *n
		c.Condition = optional(n.Condition, f)
		return &c
	case *Sort:
		c := *n
		c.Order = orders(n.Order, f)
		return &c
	case *Aggregate:
		c := *n
		c.Grouping = mapItems(n.Grouping, f)
		c.Items = mapItems(n.Items, f)
		return &c
	case *Generate:
		c := *n
		c.Generator = rebuildCall(n.Generator, f)
		return &c
	}
	return n
}

func mapItems(items []Item, f func(Expression) Expression) []Item {
	mapped := make([]Item, len(items))
	for i, item := range items {
		mapped[i] = Item{Column: item.Column, Expression: f(item.Expression)}
	}
	return mapped
}

// WithInputs returns a copy of n that reads other nodes; there must be as many as n.Inputs has.
func WithInputs(n Node, inputs ...Node) Node {
	switch n := n.(type) {
	case *Project:
		c := *n
		c.Input = inputs[0]
		return &c
	case *Filter:
		c := *n
		c.Input = inputs[0]
		return &c
	case *Join:
		c := *n
		c.Left, c.Right = inputs[0], inputs[1]
		return &c
	case *SetOperation:
		c := *n
		c.Left, c.Right = inputs[0], inputs[1]
		return &c
	case *Sort:
		c := *n
		c.Input = inputs[0]
		return &c
	case *Limit:
		c := *n
		c.Input = inputs[0]
		return &c
	case *Tail:
		c := *n
		c.Input = inputs[0]
		return &c
	case *Aggregate:
		c := *n
		c.Input = inputs[0]
		return &c
	case *Distinct:
		c := *n
		c.Input = inputs[0]
		return &c
	case *Deduplicate:
		c := *n
		c.Input = inputs[0]
		return &c
	case *Generate:
		c := *n
		c.Input = inputs[0]
		return &c
	case *Sample:
		c := *n
		c.Input = inputs[0]
		return &c
	}
	return n
}

// References returns the ids of the columns that e refers to, in its subqueries' plans too.
func References(e Expression) map[ColumnID]bool {
	ids := map[ColumnID]bool{}
	collectReferences(e, ids)
	return ids
}

func collectReferences(e Expression, ids map[ColumnID]bool) {
	WalkExpression(e, func(e Expression) {
		if r, ok := e.(Reference); ok {
			ids[r.Column.ID] = true
		}
		if plan := Subplan(e); plan != nil {
			WalkNodes(plan, func(n Node) {
				for _, inner := range Expressions(n) {
					collectReferences(inner, ids)
				}
			})
		}
	})
}

package pushdown

import (
	"slices"

	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
)

// prune returns a node with the same rows as n that produces the columns in need, and perhaps others of n's.
func prune(n typed.Node, need set) typed.Node {
	switch n := n.(type) {
	case *typed.Scan:
		c := *n
		c.Columns, c.Fields = kept(n.Columns, n.Fields, need)
		return &c
	case *typed.LocalData:
		c := *n
		c.Columns, c.Fields = kept(n.Columns, n.Fields, need)
		return &c
	case *typed.Values:
		return pruneValues(n, need)
	case *typed.Project:
		return pruneProject(n, need)
	case *typed.Join:
		return pruneJoin(n, need)
	case *typed.SetOperation:
		return pruneSetOperation(n, need)
	case *typed.Aggregate:
		return pruneAggregate(n, need)
	case *typed.Distinct:
		return &typed.Distinct{Input: exactly(prune(n.Input, idsOf(n.Output())), n.Output())}
	case *typed.Deduplicate:
		return &typed.Deduplicate{Input: prune(n.Input, need.with(references(n.Keys)...)), Keys: n.Keys}
	case *typed.Generate:
		return typed.WithInputs(n, prune(n.Input, need.with(n.Generator)))
	}
	inputs := n.Inputs()
	if len(inputs) != 1 {
		return n
	}
	return typed.WithInputs(n, prune(inputs[0], need.with(typed.Expressions(n)...)))
}

// exactly returns a node that produces the columns in order, under their names, and no others.
func exactly(n typed.Node, columns []typed.Column) typed.Node {
	same := slices.EqualFunc(n.Output(), columns, func(x, y typed.Column) bool { return x.ID == y.ID && x.Name == y.Name && x.Metadata == y.Metadata })
	if same {
		return n
	}
	items := make([]typed.Item, len(columns))
	for i, c := range columns {
		items[i] = typed.Item{Column: c, Expression: typed.Reference{Column: c}}
	}
	return &typed.Project{Input: n, Items: items}
}

func references(columns []typed.Column) []typed.Expression {
	list := make([]typed.Expression, len(columns))
	for i, c := range columns {
		list[i] = typed.Reference{Column: c}
	}
	return list
}

func kept(columns []typed.Column, fields []int, need set) ([]typed.Column, []int) {
	keptColumns := []typed.Column{}
	keptFields := []int{}
	for i, c := range columns {
		if need[c.ID] {
			keptColumns, keptFields = append(keptColumns, c), append(keptFields, fields[i])
		}
	}
	return keptColumns, keptFields
}

func pruneValues(n *typed.Values, need set) typed.Node {
	c := &typed.Values{Columns: need.among(n.Columns), Rows: make([][]typed.Expression, len(n.Rows))}
	for i, row := range n.Rows {
		c.Rows[i] = []typed.Expression{}
		for j, cell := range row {
			if need[n.Columns[j].ID] {
				c.Rows[i] = append(c.Rows[i], cell)
			}
		}
	}
	return c
}

// pruneProject leaves out unused items, and the whole Project when no item is used.
func pruneProject(n *typed.Project, need set) typed.Node {
	var items []typed.Item
	var used []typed.Expression
	for _, item := range n.Items {
		if need[item.Column.ID] {
			items, used = append(items, item), append(used, item.Expression)
		}
	}
	input := prune(n.Input, set{}.with(used...))
	if len(items) == 0 {
		return input
	}
	return &typed.Project{Input: input, Items: items}
}

func pruneJoin(n *typed.Join, need set) typed.Node {
	below := need.with(n.Condition)
	right := prune(n.Right, below)
	if n.Lateral {
		below = below.with(freeReferences(n.Right)...)
	}
	c := *n
	c.Left, c.Right = prune(n.Left, below), right
	produced := slices.Clone(c.Left.Output())
	if n.Type != typed.LeftSemiJoin && n.Type != typed.LeftAntiJoin {
		produced = append(produced, c.Right.Output()...)
	}
	c.Columns = make([]typed.Column, 0, len(produced))
	for _, p := range produced {
		at := slices.IndexFunc(n.Columns, func(old typed.Column) bool { return old.ID == p.ID })
		if at >= 0 {
			c.Columns = append(c.Columns, n.Columns[at])
		}
	}
	return &c
}

// freeReferences lists what the expressions of a plan refer to, the columns of the left side of a lateral join among it.
func freeReferences(n typed.Node) []typed.Expression {
	var list []typed.Expression
	typed.WalkNodes(n, func(n typed.Node) { list = append(list, typed.Expressions(n)...) })
	return list
}

// pruneSetOperation prunes the same positions on both sides, of UNION ALL alone: other operators compare whole rows.
func pruneSetOperation(n *typed.SetOperation, need set) typed.Node {
	c := *n
	left, right := n.Left.Output(), n.Right.Output()
	if n.Operator == typed.Union && n.All {
		left, right, c.Columns = nil, nil, nil
		for i, column := range n.Columns {
			if need[column.ID] {
				left, right = append(left, n.Left.Output()[i]), append(right, n.Right.Output()[i])
				c.Columns = append(c.Columns, column)
			}
		}
		if len(c.Columns) == 0 && len(n.Columns) > 0 {
			return counted(n)
		}
	}
	c.Left = exactly(prune(n.Left, idsOf(left)), left)
	c.Right = exactly(prune(n.Right, idsOf(right)), right)
	return &c
}

// counted is a union of which the number of rows is all that is asked: both sides produce a constant under the ids of their
// first columns.
func counted(n *typed.SetOperation) typed.Node {
	side := func(input typed.Node) typed.Node {
		c := input.Output()[0]
		constant := typed.Column{ID: c.ID, Name: c.Name, Type: types.Boolean}
		item := typed.Item{Column: constant, Expression: typed.Literal{Value: true, DataType: types.Boolean}}
		return &typed.Project{Input: prune(input, nil), Items: []typed.Item{item}}
	}
	first := n.Columns[0]
	return &typed.SetOperation{
		Left: side(n.Left), Right: side(n.Right), Operator: n.Operator, All: true,
		Columns: []typed.Column{{ID: first.ID, Name: first.Name, Type: types.Boolean}},
	}
}

// pruneAggregate leaves out unused items; one stays, so that there is something to select.
func pruneAggregate(n *typed.Aggregate, need set) typed.Node {
	c := *n
	c.Items = nil
	for _, item := range n.Items {
		if need[item.Column.ID] {
			c.Items = append(c.Items, item)
		}
	}
	if len(c.Items) == 0 && len(n.Items) > 0 {
		c.Items = n.Items[:1]
	}
	var used []typed.Expression
	for _, list := range [][]typed.Item{n.Grouping, c.Items} {
		for _, item := range list {
			used = append(used, item.Expression)
		}
	}
	c.Input = prune(n.Input, set{}.with(used...))
	return &c
}

package analyzer

import (
	"slices"

	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/plan/typed"
)

// relation is a resolved relation and what names above it can reach. Its node may produce further columns, which pass
// unseen until exact leaves them out.
type relation struct {
	node    typed.Node
	columns []typed.Column // what it shows, with the names and qualifiers seen from above
	hidden  []typed.Column // columns of node that stars leave out and only qualified names reach: the keys that USING merged
	ids     []plan.PlanID  // the DataFrames that end here
	inputs  []*relation    // where attributes with a plan id are searched next; none below a union
	// below is where Sort and Filter look for columns that this relation does not show, or nil where Spark does not look.
	below     *relation
	aggregate *aggregation // set when node is an Aggregate
}

// over makes a relation whose node reads input and shows the same columns.
func over(input *relation, node typed.Node) *relation {
	return &relation{node: node, columns: input.columns, hidden: input.hidden, inputs: []*relation{input}, below: input}
}

// produces reports whether the node has a column with this id.
func (r *relation) produces(id typed.ColumnID) bool {
	return slices.ContainsFunc(r.node.Output(), func(c typed.Column) bool { return c.ID == id })
}

// shown finds a column that the relation shows or hides by id, with the nullability it has here.
func (r *relation) shown(id typed.ColumnID) (typed.Column, bool) {
	for _, list := range [][]typed.Column{r.columns, r.hidden} {
		for _, c := range list {
			if c.ID == id {
				return c, true
			}
		}
	}
	return typed.Column{}, false
}

// expose makes the node produce a column of some relation below it, and reports whether it could.
func (r *relation) expose(c typed.Column) bool {
	if r.produces(c.ID) {
		return true
	}
	if r.below == nil || !r.below.expose(c) {
		return false
	}
	switch n := r.node.(type) {
	case *typed.Project:
		n.Items = append(n.Items, typed.Item{Column: c, Expression: typed.Reference{Column: c}})
	case *typed.Aggregate:
		return false // only grouping columns and aggregate functions pass; see aggregation
	}
	return r.produces(c.ID)
}

// exact returns a node that produces the columns of r and nothing else.
func (a *analyzer) exact(r *relation) typed.Node {
	output := r.node.Output()
	if slices.EqualFunc(output, r.columns, func(x, y typed.Column) bool { return x.ID == y.ID }) {
		return r.node
	}
	return &typed.Project{Input: r.node, Items: references(r.columns)}
}

// named is exact with the columns' names, as the user sees them.
func (a *analyzer) named(r *relation) typed.Node {
	node := a.exact(r)
	same := func(x, y typed.Column) bool {
		return x.Name == y.Name && x.Nullable == y.Nullable && x.Metadata == y.Metadata
	}
	if slices.EqualFunc(node.Output(), r.columns, same) {
		return node
	}
	if p, ok := node.(*typed.Project); ok {
		items := slices.Clone(p.Items)
		for i, c := range r.columns {
			items[i].Column = c
		}
		return &typed.Project{Input: p.Input, Items: items}
	}
	return &typed.Project{Input: node, Items: references(r.columns)}
}

// references makes items that hand columns on.
func references(columns []typed.Column) []typed.Item {
	items := make([]typed.Item, len(columns))
	for i, c := range columns {
		items[i] = typed.Item{Column: c, Expression: typed.Reference{Column: c}}
	}
	return items
}

// project makes a relation that computes items; what its input shows stays in reach of Sort and Filter above.
func project(input *relation, items []typed.Item) *relation {
	node := &typed.Project{Input: input.node, Items: items}
	return &relation{node: node, columns: node.Output(), inputs: []*relation{input}, below: input}
}

// barrier makes a relation of a node that produces exactly the given columns and lets nothing else through.
func barrier(node typed.Node, columns []typed.Column, inputs ...*relation) *relation {
	return &relation{node: node, columns: columns, inputs: inputs}
}

// relation resolves a relation as written.
func (a *analyzer) relation(r plan.Relation, q query) (*relation, error) {
	if err := a.ctx.Err(); err != nil {
		return nil, err
	}
	switch r := r.(type) {
	case plan.WithID:
		resolved, err := a.relation(r.Input, q)
		if err != nil {
			return nil, err
		}
		marked := *resolved
		marked.ids = append(slices.Clone(resolved.ids), r.ID)
		return &marked, nil
	case plan.DataSource:
		return a.dataSource(r)
	case plan.NamedTable:
		return a.namedTable(r, q)
	case plan.TableFunction:
		return a.tableFunction(r, q)
	case plan.LocalData:
		return a.localData(r)
	case plan.Values:
		return a.values(r, q)
	case plan.OneRow:
		return barrier(&typed.Values{Rows: [][]typed.Expression{{}}}, nil), nil
	case plan.Range:
		return a.numbers(r)
	case plan.Project:
		return a.selectItems(r, q)
	case plan.Filter:
		return a.filter(r, q)
	case plan.Join:
		return a.join(r, q)
	case plan.SetOperation:
		return a.setOperation(r, q)
	case plan.Sort:
		return a.sort(r, q)
	case plan.Limit, plan.Offset, plan.Tail:
		return a.slice(r, q)
	case plan.Aggregate:
		return a.group(r, q)
	}
	return a.unary(r, q)
}

// unary resolves the relations that change the columns or rows of one input by a fixed pattern.
func (a *analyzer) unary(r plan.Relation, q query) (*relation, error) {
	switch r := r.(type) {
	case plan.Distinct:
		return a.distinct(r, q)
	case plan.Deduplicate:
		return a.deduplicate(r, q)
	case plan.SubqueryAlias:
		return a.alias(r, q)
	case plan.WithColumns:
		return a.withColumns(r, q)
	case plan.WithColumnsRenamed:
		return a.renamed(r, q)
	case plan.Drop:
		return a.drop(r, q)
	case plan.ToDF:
		return a.toDF(r, q)
	case plan.Hint:
		return a.relation(r.Input, q)
	case plan.Repartition:
		return a.repartition(r, q)
	case plan.Sample:
		return a.sample(r, q)
	case plan.Generate:
		return a.lateralView(r, q)
	case plan.Unpivot:
		return a.unpivot(r, q)
	case plan.With:
		return a.with(r, q)
	case plan.FillNulls:
		return a.fillNulls(r, q)
	case plan.DropNulls:
		return a.dropNulls(r, q)
	case plan.ReplaceValues:
		return a.replaceValues(r, q)
	case plan.Describe:
		return a.describe(r, q)
	case plan.ToSchema:
		return a.toSchema(r, q)
	}
	return nil, unsupportedRelation(r)
}

package sqltext

import (
	"github.com/hfspark/hfspark/internal/plan"
)

// rewrite applies f to e after its parts were rewritten. It does not go into subqueries.
func rewrite(e plan.Expression, f func(plan.Expression) plan.Expression) plan.Expression {
	switch x := e.(type) {
	case nil:
		return nil
	case plan.Call:
		x.Args = rewriteAll(x.Args, f)
		if x.Filter != nil {
			x.Filter = rewrite(x.Filter, f)
		}
		x.OrderWithin = rewriteOrder(x.OrderWithin, f)
		named := make([]plan.NamedArgument, len(x.Named))
		for i, a := range x.Named {
			named[i] = plan.NamedArgument{Name: a.Name, Value: rewrite(a.Value, f)}
		}
		if x.Named != nil {
			x.Named = named
		}
		return f(x)
	case plan.Alias:
		x.Child = rewrite(x.Child, f)
		return f(x)
	case plan.Cast:
		x.Child = rewrite(x.Child, f)
		return f(x)
	case plan.Window:
		x.Function = rewrite(x.Function, f)
		x.PartitionBy = rewriteAll(x.PartitionBy, f)
		x.OrderBy = rewriteOrder(x.OrderBy, f)
		return f(x)
	case plan.ExtractValue:
		x.Child, x.Key = rewrite(x.Child, f), rewrite(x.Key, f)
		return f(x)
	case plan.Lambda:
		x.Body = rewrite(x.Body, f)
		return f(x)
	case plan.Subquery:
		x.Values = rewriteAll(x.Values, f)
		return f(x)
	}
	return f(e)
}

func rewriteAll(list []plan.Expression, f func(plan.Expression) plan.Expression) []plan.Expression {
	if list == nil {
		return nil
	}
	out := make([]plan.Expression, len(list))
	for i, e := range list {
		out[i] = rewrite(e, f)
	}
	return out
}

func rewriteOrder(list []plan.SortOrder, f func(plan.Expression) plan.Expression) []plan.SortOrder {
	if list == nil {
		return nil
	}
	out := make([]plan.SortOrder, len(list))
	for i, o := range list {
		o.Child = rewrite(o.Child, f)
		out[i] = o
	}
	return out
}

// rewriteQuery applies f to the expressions of the SELECT that r is and of the clauses around it.
func rewriteQuery(r plan.Relation, f func(plan.Expression) plan.Expression) plan.Relation {
	switch x := r.(type) {
	case plan.Project:
		x.Items = rewriteAll(x.Items, f)
		return x
	case plan.Aggregate:
		x.Items = rewriteAll(x.Items, f)
		if x.Having != nil {
			x.Having = rewrite(x.Having, f)
		}
		return x
	case plan.Sort:
		x.Input, x.Order = rewriteQuery(x.Input, f), rewriteOrder(x.Order, f)
		return x
	case plan.Distinct:
		x.Input = rewriteQuery(x.Input, f)
		return x
	case plan.Hint:
		x.Input = rewriteQuery(x.Input, f)
		return x
	case plan.Repartition:
		x.Input, x.By = rewriteQuery(x.Input, f), rewriteAll(x.By, f)
		return x
	}
	return r
}

// row is the value of (a, b): a struct whose fields are named after columns and aliases, else col1, col2, ….
func row(items []plan.Expression) plan.Expression {
	args := make([]plan.Expression, 0, 2*len(items))
	for i, e := range items {
		name := "col" + itoa(i+1)
		switch x := e.(type) {
		case plan.Attribute:
			name = x.Parts[len(x.Parts)-1]
		case plan.Alias:
			name = x.Names[0]
			e = x.Child
		case plan.Star:
			return call("struct", items...)
		}
		args = append(args, text(name), e)
	}
	return plan.Call{Name: "named_struct", Args: args, Row: true}
}

// rowValues are the values of a row as (a, b) wrote it.
func rowValues(e plan.Expression) ([]plan.Expression, bool) {
	c, ok := e.(plan.Call)
	if !ok || !c.Row {
		return nil, false
	}
	values := make([]plan.Expression, 0, len(c.Args)/2)
	for i := 1; i < len(c.Args); i += 2 {
		values = append(values, c.Args[i])
	}
	return values, true
}

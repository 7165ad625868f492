package sideways

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/hfspark/hfspark/internal/plan/constant"
	"github.com/hfspark/hfspark/internal/plan/pushdown"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
)

// key is an expression of the rows that are known, and what equals it in the rows that are to be read.
type key struct{ from, to typed.Expression }

func swapped(keys []key) []key {
	out := make([]key, len(keys))
	for i, k := range keys {
		out[i] = key{from: k.to, to: k.from}
	}
	return out
}

// equalities are the parts of a condition that make expressions of some columns equal to expressions of others.
func equalities(condition typed.Expression, from, to []typed.Column) []key {
	var keys []key
	mapConjuncts(condition, func(e typed.Expression) typed.Expression {
		c, ok := e.(typed.Call)
		if !ok || c.Name != "==" && c.Name != "=" || len(c.Args) != 2 || !isSimple(c.Args[0].Type()) || !types.EqualIgnoringNulls(c.Args[0].Type(), c.Args[1].Type()) {
			return e
		}
		switch {
		case of(c.Args[0], from) && of(c.Args[1], to):
			keys = append(keys, key{from: c.Args[0], to: c.Args[1]})
		case of(c.Args[1], from) && of(c.Args[0], to):
			keys = append(keys, key{from: c.Args[1], to: c.Args[0]})
		}
		return e
	})
	return keys
}

// of reports whether an expression refers to some of the columns, and to no others.
func of(e typed.Expression, columns []typed.Column) bool {
	ids := map[typed.ColumnID]bool{}
	for _, c := range columns {
		ids[c.ID] = true
	}
	references := typed.References(e)
	for id := range references {
		if !ids[id] {
			return false
		}
	}
	return len(references) > 0
}

// mapConjuncts changes the parts that AND joins.
func mapConjuncts(e typed.Expression, change func(typed.Expression) typed.Expression) typed.Expression {
	if c, ok := e.(typed.Call); ok && c.Name == "and" && len(c.Args) == 2 {
		c.Args = []typed.Expression{mapConjuncts(c.Args[0], change), mapConjuncts(c.Args[1], change)}
		return c
	}
	return change(e)
}

// announced tells of the comparison of an expression with the value of a subquery.
func announced(e typed.Expression) []typed.Expression {
	c, ok := e.(typed.Call)
	if !ok || len(c.Args) != 2 {
		return nil
	}
	for i, arg := range c.Args {
		value := typed.Any(arg, func(e typed.Expression) bool {
			s, ok := e.(typed.ScalarSubquery)
			return ok && closed(s.Plan) && isSimple(s.Type())
		})
		if other := c.Args[1-i]; value && len(typed.References(other)) > 0 {
			return []typed.Expression{pushdown.Later(other, typed.Operator(c.Name, i == 0)+" "+typed.Text(arg))}
		}
	}
	return nil
}

// maxListed is how many values a condition lists, and ranges how many ranges tell of more.
const (
	maxListed = 256
	ranges    = 64
)

// memberships are conditions that are true for all rows that may meet one of the known ones.
func (p *pass) memberships(rows typed.Node, keys []key) []typed.Expression {
	var conditions []typed.Expression
	for _, k := range keys {
		if !isSimple(k.from.Type()) {
			continue
		}
		if p.run == nil {
			conditions = append(conditions, pushdown.Later(k.to, "IN ("+typed.Text(k.from)+")"))
			continue
		}
		if values, ok := p.values(rows, k.from); ok {
			conditions = append(conditions, among(k.to, values))
		}
	}
	return conditions
}

// values are those of an expression that are not null, each once, in ascending order.
func (p *pass) values(rows typed.Node, e typed.Expression) ([]typed.Expression, bool) {
	column := typed.Column{ID: p.next, Name: "key", Type: e.Type(), Nullable: true}
	p.next++
	reference := typed.Reference{Column: column}
	records, ok := p.collect(&typed.Sort{
		Input: &typed.Filter{
			Input:     &typed.Distinct{Input: &typed.Project{Input: rows, Items: []typed.Item{{Column: column, Expression: e}}}},
			Condition: typed.Call{Name: "isnotnull", Args: []typed.Expression{reference}, DataType: types.Boolean},
		},
		Order: []typed.Order{{Child: reference}},
	}, maxRows)
	if !ok {
		return nil, false
	}
	return literals(records, e.Type())
}

// literals are the values of the first column of records.
func literals(records []arrow.RecordBatch, t types.DataType) ([]typed.Expression, bool) {
	var out []typed.Expression
	for _, r := range records {
		for row := range int(r.NumRows()) {
			value, ok := constant.Value(r.Column(0), row)
			if !ok {
				return nil, false
			}
			out = append(out, typed.Literal{Value: value, DataType: t})
		}
	}
	return out, true
}

// among is a condition that is true where an expression has one of some values, which are in order.
func among(e typed.Expression, values []typed.Expression) typed.Expression {
	switch {
	case len(values) == 0:
		return typed.Literal{Value: false, DataType: types.Boolean}
	case len(values) <= maxListed:
		return call("in", append([]typed.Expression{e}, values...)...)
	}
	var any typed.Expression
	for i := range ranges {
		from, to := i*len(values)/ranges, (i+1)*len(values)/ranges-1
		within := call("and", call(">=", e, values[from]), call("<=", e, values[to]))
		if any == nil {
			any = within
		} else {
			any = call("or", any, within)
		}
	}
	return any
}

func call(name string, args ...typed.Expression) typed.Expression {
	return typed.Call{Name: name, Args: args, DataType: types.Boolean, Null: true}
}

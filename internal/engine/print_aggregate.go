package engine

import (
	"strings"

	"github.com/hfspark/hfspark/internal/plan/function"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
)

// aggregate computes the grouping expressions in a SELECT below, so that items may refer to them as columns.
func (p *printer) aggregate(n *typed.Aggregate) (*selection, error) {
	ordered := false
	for _, item := range n.Items {
		ordered = ordered || needsOrder(item.Expression)
	}
	input, err := p.openSelection(n.Input, ordered)
	if err != nil {
		return nil, err
	}
	var extra, replaced []string
	keys := make([]string, len(n.Grouping))
	for i, item := range n.Grouping {
		key, err := p.expression(item.Expression)
		if err != nil {
			return nil, err
		}
		keys[i] = columnName(item.Column.ID)
		switch value := withoutNegativeZero(item.Column.Type, key); {
		case key != keys[i]:
			extra = append(extra, value+" AS "+keys[i])
		case value != key:
			replaced = append(replaced, value+" AS "+keys[i])
		}
	}
	if len(extra)+len(replaced) > 0 {
		all := "*"
		if len(replaced) > 0 {
			all += " REPLACE (" + strings.Join(replaced, ", ") + ")"
		}
		input.items = append([]string{all}, extra...)
		input = &selection{from: p.wrap(input)}
	}
	if n.GroupingID != nil {
		if p.texts == nil {
			p.texts = make(map[typed.ColumnID]string)
		}
		text := "CAST(0 AS BIGINT)"
		if len(keys) > 0 {
			text = "CAST(GROUPING(" + strings.Join(keys, ", ") + ") AS BIGINT)"
		}
		p.texts[n.GroupingID.ID] = text
		defer delete(p.texts, n.GroupingID.ID)
	}
	switch {
	case n.Sets != nil:
		input.tail = " GROUP BY GROUPING SETS (" + groupingSets(n.Sets, keys) + ")"
	case len(keys) > 0:
		input.tail = " GROUP BY " + strings.Join(keys, ", ")
	case !aggregates(n.Items):
		// One row comes out even when no item aggregates.
		input.items = []string{"count(*) AS " + noColumn}
		input = &selection{from: p.wrap(input)}
	}
	input.items, err = p.items(n.Items)
	return input, err
}

// withoutNegativeZero prints a grouping key. Zeros of both signs are one group, in Spark always shown without a sign.
func withoutNegativeZero(t types.DataType, key string) string {
	if t != types.Double && t != types.Float {
		return key
	}
	return "CASE WHEN " + key + " = 0 THEN CAST(0 AS " + function.DuckDBType(t) + ") ELSE " + key + " END"
}

func groupingSets(sets [][]int, keys []string) string {
	texts := make([]string, len(sets))
	for i, set := range sets {
		members := make([]string, len(set))
		for j, at := range set {
			members[j] = keys[at]
		}
		texts[i] = "(" + strings.Join(members, ", ") + ")"
	}
	return strings.Join(texts, ", ")
}

func aggregates(items []typed.Item) bool {
	for _, item := range items {
		found := false
		visit(item.Expression, func(e typed.Expression) {
			if call, ok := e.(typed.Call); ok {
				if f, ok := function.Lookup(call.Name); ok && f.Kind == function.Aggregate {
					found = true
				}
			}
		})
		if found {
			return true
		}
	}
	return false
}

// inOrder are the functions whose values depend on the order of rows.
var inOrder = map[string]bool{
	"first": true, "last": true, "any_value": true, "first_value": true, "last_value": true,
	"collect_list": true, "array_agg": true, "listagg": true, "string_agg": true,
	"monotonically_increasing_id": true, "row_number": true,
}

// needsOrder reports whether an expression depends on the order of the rows that it is computed for.
func needsOrder(e typed.Expression) bool {
	found := false
	visit(e, func(e typed.Expression) {
		switch e := e.(type) {
		case typed.Call:
			found = found || inOrder[e.Name] && len(e.OrderWithin) == 0
		case typed.Window:
			found = found || len(e.OrderBy) == 0
		}
	})
	return found
}

// visit calls each for an expression and all below it, but not for the plans of subqueries.
func visit(e typed.Expression, each func(typed.Expression)) {
	if e == nil {
		return
	}
	each(e)
	switch e := e.(type) {
	case typed.Call:
		visitCall(e, each)
	case typed.Cast:
		visit(e.Child, each)
	case typed.Case:
		for _, b := range e.Branches {
			visit(b.When, each)
			visit(b.Then, each)
		}
		visit(e.Else, each)
	case typed.Field:
		visit(e.Child, each)
	case typed.Lambda:
		visit(e.Body, each)
	case typed.Window:
		visitCall(e.Function, each)
		for _, x := range e.PartitionBy {
			visit(x, each)
		}
		for _, o := range e.OrderBy {
			visit(o.Child, each)
		}
	case typed.InSubquery:
		for _, x := range e.Values {
			visit(x, each)
		}
	}
}

func visitCall(call typed.Call, each func(typed.Expression)) {
	for _, arg := range call.Args {
		visit(arg, each)
	}
	visit(call.Filter, each)
	for _, o := range call.OrderWithin {
		visit(o.Child, each)
	}
}

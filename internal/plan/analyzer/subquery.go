package analyzer

import (
	"slices"
	"strings"

	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
)

// subquery resolves a query used as an expression. Names that it does not have itself are looked for in the scope around.
func (s *scope) subquery(e plan.Subquery) (typed.Expression, error) {
	inner, err := s.a.relation(e.Plan, s.child())
	if err != nil {
		return nil, err
	}
	node := s.a.named(inner)
	switch e.Kind {
	case plan.ExistsSubquery:
		return typed.Exists{Plan: node}, nil
	case plan.InSubquery:
		return s.inSubquery(e, inner, node)
	}
	if n := len(inner.columns); n != 1 {
		return nil, fail("INVALID_SUBQUERY_EXPRESSION.SCALAR_SUBQUERY_RETURN_MORE_THAN_ONE_OUTPUT_COLUMN", "42823",
			"Invalid subquery: Scalar subquery must return only one column, but got %d.", n).With("number", itoa(n))
	}
	return typed.ScalarSubquery{Plan: node}, nil
}

// inSubquery brings the values on the left and the columns on the right to common types.
func (s *scope) inSubquery(e plan.Subquery, inner *relation, node typed.Node) (typed.Expression, error) {
	values, err := s.expressions(e.Values)
	if err != nil {
		return nil, err
	}
	text := s.pretty(e)
	if len(values) != len(inner.columns) {
		left := make([]string, len(values))
		for i, v := range e.Values {
			left[i] = `"` + s.pretty(v) + `"`
		}
		right := make([]string, len(inner.columns))
		for i, c := range inner.columns {
			right[i] = `"` + c.Name + `"`
		}
		leftText, rightText := strings.Join(left, ", "), strings.Join(right, ", ")
		return nil, mismatch("IN_SUBQUERY_LENGTH_MISMATCH", text,
			"The number of columns in the left hand side of an IN subquery does not match the number of columns in the output of subquery.\n"+
				"Left hand side columns(length: %d): [%s],\nright hand side columns(length: %d): [%s].", len(values), leftText, len(right), rightText).
			With("leftLength", itoa(len(values)), "leftColumns", leftText, "rightLength", itoa(len(right)), "rightColumns", rightText)
	}
	common := make([]types.DataType, len(values))
	for i, v := range values {
		var ok bool
		if common[i], ok = types.Wider(v.Type(), inner.columns[i].Type, s.a.options.ANSI); !ok {
			c := inner.columns[i]
			pair := "(" + s.qualifiedText(e.Values[i]) + ":" + v.Type().SimpleString() + ", " + dotted(append(slices.Clone(c.Qualifier), c.Name)) + ":" + c.Type.SimpleString() + ")"
			left, right := quotedType(v.Type()), quotedType(inner.columns[i].Type)
			return nil, mismatch("IN_SUBQUERY_DATA_TYPE_MISMATCH", text,
				"The data type of one or more elements in the left hand side of an IN subquery is not compatible with the data type of the output of the subquery. Mismatched columns: [%s], left side: [%s], right side: [%s].", pair, left, right).
				With("mismatchedColumns", pair, "leftType", left, "rightType", right)
		}
		values[i] = s.castTo(v, common[i])
	}
	return typed.InSubquery{Values: values, Plan: s.a.castColumns(node, common)}, nil
}

// castColumns casts the columns of a node by position; those that have their type already are handed on.
func (a *analyzer) castColumns(node typed.Node, to []types.DataType) typed.Node {
	items := make([]typed.Item, len(to))
	changed := false
	for i, c := range node.Output() {
		value := a.castTo(typed.Reference{Column: c}, to[i])
		if _, same := value.(typed.Reference); !same {
			changed = true
			c = typed.Column{ID: a.id(), Name: c.Name, Type: to[i], Nullable: value.Nullable()}
		}
		items[i] = typed.Item{Column: c, Expression: value}
	}
	if !changed {
		return node
	}
	return &typed.Project{Input: node, Items: items}
}

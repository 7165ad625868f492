package sideways

import (
	"context"
	"fmt"
	"unicode/utf8"

	"github.com/hfspark/hfspark/internal/plan/pushdown"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/source"
)

// Threshold tells of a table a value that at least so many rows have in a column or are below it, with descending above it, without
// reading rows; see source.Source.
type Threshold func(ctx context.Context, t *source.Table, column string, descending bool, rows int64) (value any, ok bool, err error)

// top prunes what is sorted only for its first rows: whoever is behind the threshold is not among them.
func (p *pass) top(n *typed.Limit) typed.Node {
	if n.Count <= 0 {
		return n
	}
	sort, passed, ok := sortOf(n.Input)
	if !ok || len(sort.Order) == 0 {
		return n
	}
	first := sort.Order[0]
	key, isColumn := first.Child.(typed.Reference)
	if !isColumn || !isTold(key.Type()) {
		return n
	}
	scan, column, ok := origin(sort.Input, key.Column.ID)
	if !ok || prunable(scan) == 0 {
		return n
	}
	rows := n.Count + n.Offset + passed
	condition := pushdown.Later(key, fmt.Sprintf("among the first %d", rows))
	if p.run != nil {
		if p.threshold == nil {
			return n
		}
		value, ok, err := p.threshold(p.ctx, scan.Table, column, first.Descending, rows)
		if err != nil || !ok {
			return n
		}
		if condition, ok = notBehind(key, value, first); !ok {
			return n
		}
	}
	return replaced(n, sort.Input, pushdown.Hint(sort.Input, []typed.Expression{condition}))
}

// isTold reports whether a Threshold has values of a type.
func isTold(t types.DataType) bool {
	return types.IsIntegral(t) || types.IsText(t) || t == types.Date || t == types.Timestamp || t == types.TimestampNTZ
}

// sortOf is the sort below what chooses among columns, and how many of its first rows are passed over.
func sortOf(n typed.Node) (sort *typed.Sort, passed int64, ok bool) {
	for {
		switch node := n.(type) {
		case *typed.Sort:
			return node, passed, true
		case *typed.Project:
			n = node.Input
		case *typed.Limit:
			if node.Count >= 0 {
				return nil, 0, false
			}
			passed += node.Offset
			n = node.Input
		default:
			return nil, 0, false
		}
	}
}

// origin is the scan that a column comes from as it is, one row for one, and its name there.
func origin(n typed.Node, id typed.ColumnID) (*typed.Scan, string, bool) {
	switch n := n.(type) {
	case *typed.Scan:
		if n.Prune != nil || n.Limit > 0 || n.Table.Filters != nil {
			return nil, "", false
		}
		for i, c := range n.Columns {
			if c.ID == id {
				return n, n.Table.Schema.Field(n.Fields[i]).Name, true
			}
		}
	case *typed.Project:
		for _, item := range n.Items {
			if reference, ok := item.Expression.(typed.Reference); ok && item.Column.ID == id {
				return origin(n.Input, reference.Column.ID)
			}
		}
	}
	return nil, "", false
}

// notBehind is the condition that a row is not behind a value in an order.
func notBehind(key typed.Reference, value any, order typed.Order) (typed.Expression, bool) {
	literal := typed.Literal{DataType: key.Type()}
	switch v := value.(type) {
	case int64:
		literal.Value = v
		if key.Type() == types.Date {
			literal.Value = int32(v)
		}
	case string:
		if !utf8.ValidString(v) || !types.IsText(key.Type()) {
			return nil, false
		}
		literal.Value = v
	}
	name := "<="
	if order.Descending {
		name = ">="
	}
	condition := call(name, key, literal)
	if !order.NullsLast {
		condition = call("or", condition, call("isnull", key))
	}
	return condition, true
}

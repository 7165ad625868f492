package pushdown

import (
	"github.com/hfspark/hfspark/internal/plan/typed"
)

// limit tells scans how many rows can matter, and does away with what a limit of 0 rows would read.
func limit(n typed.Node) typed.Node {
	if l, ok := n.(*typed.Limit); ok {
		if l.Count == 0 {
			return &typed.Values{Columns: l.Output()}
		}
		if l.Count > 0 {
			return &typed.Limit{Input: limit(atMost(l.Input, l.Count+l.Offset)), Count: l.Count, Offset: l.Offset}
		}
	}
	inputs := n.Inputs()
	if len(inputs) == 0 {
		return n
	}
	rebuilt := make([]typed.Node, len(inputs))
	for i, input := range inputs {
		rebuilt[i] = limit(input)
	}
	return typed.WithInputs(n, rebuilt...)
}

// atMost hands a number of rows down to the scans that they come from, in order and one for one.
func atMost(n typed.Node, rows int64) typed.Node {
	switch n := n.(type) {
	case *typed.Scan:
		c := *n
		if c.Limit == 0 || rows < c.Limit {
			c.Limit = rows
		}
		return &c
	case *typed.Project:
		for _, item := range n.Items {
			if overRows(item.Expression) {
				return n
			}
		}
		return typed.WithInputs(n, atMost(n.Input, rows))
	case *typed.Limit:
		if n.Count >= 0 {
			rows = min(rows, n.Count)
		}
		return typed.WithInputs(n, atMost(n.Input, rows+n.Offset))
	case *typed.SetOperation:
		if n.Operator == typed.Union && n.All {
			return typed.WithInputs(n, atMost(n.Left, rows), atMost(n.Right, rows))
		}
	}
	return n
}

// overRows reports whether an expression looks at other rows than its own.
func overRows(e typed.Expression) bool {
	return typed.Any(e, func(e typed.Expression) bool { _, ok := e.(typed.Window); return ok })
}

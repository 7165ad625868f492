package pushdown

import (
	"github.com/hfspark/hfspark/internal/plan/function"
	"github.com/hfspark/hfspark/internal/plan/typed"
)

// extremes tells scans of which nothing but counts, least and greatest values is asked.
func extremes(n typed.Node) typed.Node {
	inputs := n.Inputs()
	if len(inputs) == 0 {
		return n
	}
	rebuilt := make([]typed.Node, len(inputs))
	for i, input := range inputs {
		rebuilt[i] = extremes(input)
	}
	n = typed.WithInputs(n, rebuilt...)
	a, ok := n.(*typed.Aggregate)
	if !ok || len(a.Grouping) > 0 || a.Sets != nil || len(a.Items) == 0 {
		return n
	}
	asked := summary{extremes: set{}, present: set{}}
	for _, item := range a.Items {
		if !asked.covers(item.Expression) {
			return n
		}
	}
	if scan := asked.mark(a.Input); scan != nil {
		return typed.WithInputs(n, scan)
	}
	return n
}

// summary is what aggregates ask of columns: least and greatest values, or how many are not null.
type summary struct {
	extremes, present set
	counts            bool
}

// mark marks the scan below projections that hand columns on as they are, or returns nil.
func (s *summary) mark(n typed.Node) typed.Node {
	switch n := n.(type) {
	case *typed.Scan:
		if n.Prune != nil || n.Limit > 0 || n.Table.Filters != nil || len(n.Columns) == 0 {
			return nil
		}
		scan := *n
		scan.Extremes, scan.Counts = true, s.counts
		for _, c := range n.Columns {
			if s.present[c.ID] && !s.extremes[c.ID] {
				if scan.Present == nil {
					scan.Present = map[typed.ColumnID]bool{}
				}
				scan.Present[c.ID] = true
			}
		}
		return &scan
	case *typed.Project:
		if !plain(n) {
			return nil
		}
		for _, item := range n.Items {
			below := item.Expression.(typed.Reference).Column.ID
			s.extremes[below] = s.extremes[below] || s.extremes[item.Column.ID]
			s.present[below] = s.present[below] || s.present[item.Column.ID]
		}
		if scan := s.mark(n.Input); scan != nil {
			return typed.WithInputs(n, scan)
		}
	case *typed.SetOperation:
		if n.Operator == typed.Union && n.All {
			return s.markUnion(n)
		}
	}
	return nil
}

// markUnion marks what it can: rows that stand for those of one side do not hinder others.
func (s *summary) markUnion(n *typed.SetOperation) typed.Node {
	marked := false
	side := func(input typed.Node) typed.Node {
		below := &summary{extremes: set{}, present: set{}, counts: s.counts}
		for i, c := range input.Output() {
			of := n.Columns[i].ID
			below.extremes[c.ID] = below.extremes[c.ID] || s.extremes[of]
			below.present[c.ID] = below.present[c.ID] || s.present[of]
		}
		again := below.mark(input)
		if again == nil {
			return input
		}
		marked = true
		return again
	}
	n = typed.WithInputs(n, side(n.Left), side(n.Right)).(*typed.SetOperation)
	if !marked {
		return nil
	}
	return n
}

// covers reports whether an expression is computed from constants and from min, max and count of columns alone, and notes
// what it asks for.
func (s *summary) covers(e typed.Expression) bool {
	switch e := e.(type) {
	case typed.Literal:
		return true
	case typed.Reference:
		return false
	case typed.Call:
		switch e.Name {
		case "min", "max", "count":
			return s.aggregate(e)
		}
		if f, ok := function.Lookup(e.Name); !ok || f.Kind != function.Scalar {
			return false
		}
	case typed.Cast:
	default:
		return false
	}
	for _, child := range typed.Children(e) {
		if !s.covers(child) {
			return false
		}
	}
	return true
}

func (s *summary) aggregate(c typed.Call) bool {
	if c.Filter != nil || len(c.OrderWithin) > 0 || len(c.Args) > 1 || c.Name == "count" && c.Distinct {
		return false
	}
	s.counts = s.counts || c.Name == "count"
	if len(c.Args) == 0 {
		return c.Name == "count"
	}
	switch arg := c.Args[0].(type) {
	case typed.Literal:
		return c.Name == "count"
	case typed.Reference:
		if c.Name == "count" {
			s.present[arg.Column.ID] = true
		} else {
			s.extremes[arg.Column.ID] = true
		}
		return true
	}
	return false
}

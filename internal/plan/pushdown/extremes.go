package pushdown

import (
	"github.com/hfspark/hfspark/internal/plan/function"
	"github.com/hfspark/hfspark/internal/plan/typed"
)

// extremes tells scans of which nothing but least and greatest values is asked.
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
	for _, item := range a.Items {
		if !ofExtremes(item.Expression) {
			return n
		}
	}
	if scan := onlyExtremes(a.Input); scan != nil {
		return typed.WithInputs(n, scan)
	}
	return n
}

// onlyExtremes marks the scan below projections that hand columns on as they are, or returns nil.
func onlyExtremes(n typed.Node) typed.Node {
	switch n := n.(type) {
	case *typed.Scan:
		if n.Prune != nil || n.Limit > 0 || n.Table.Filters != nil || len(n.Columns) == 0 {
			return nil
		}
		scan := *n
		scan.Extremes = true
		return &scan
	case *typed.Project:
		if !plain(n) {
			return nil
		}
		if scan := onlyExtremes(n.Input); scan != nil {
			return typed.WithInputs(n, scan)
		}
	}
	return nil
}

// ofExtremes reports whether an expression is computed from constants and from min and max of columns alone.
func ofExtremes(e typed.Expression) bool {
	switch e := e.(type) {
	case typed.Literal:
		return true
	case typed.Reference:
		return false
	case typed.Call:
		if (e.Name == "min" || e.Name == "max") && len(e.Args) == 1 {
			_, column := e.Args[0].(typed.Reference)
			return column && e.Filter == nil && len(e.OrderWithin) == 0
		}
		if f, ok := function.Lookup(e.Name); !ok || f.Kind != function.Scalar {
			return false
		}
	case typed.Cast:
	default:
		return false
	}
	for _, child := range typed.Children(e) {
		if !ofExtremes(child) {
			return false
		}
	}
	return true
}

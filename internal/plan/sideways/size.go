package sideways

import (
	"github.com/hfspark/hfspark/internal/plan/typed"
)

// listed is the size of the data files that a plan reads.
func listed(n typed.Node) int64 {
	var sum int64
	typed.Walk(n, func(n typed.Node) bool {
		if scan, ok := n.(*typed.Scan); ok {
			sum += size(scan)
		}
		return true
	})
	return sum
}

// prunable is the size of the data files of a plan that have statistics, without those of its subqueries.
func prunable(n typed.Node) int64 {
	var sum int64
	typed.WalkNodes(n, func(n typed.Node) {
		if scan, ok := n.(*typed.Scan); ok && len(scan.Table.Partitions) > 0 && scan.Table.Partitions[0].Format == "parquet" {
			sum += size(scan)
		}
	})
	return sum
}

func size(scan *typed.Scan) int64 {
	var sum int64
	for _, p := range scan.Table.Partitions {
		sum += p.DataSize()
	}
	return sum
}

// closed reports whether a plan refers to no columns but its own.
func closed(n typed.Node) bool {
	produced, used := map[typed.ColumnID]bool{}, map[typed.ColumnID]bool{}
	typed.Walk(n, func(n typed.Node) bool {
		for _, c := range n.Output() {
			produced[c.ID] = true
		}
		if a, ok := n.(*typed.Aggregate); ok {
			for _, g := range a.Grouping {
				produced[g.Column.ID] = true
			}
			if a.GroupingID != nil {
				produced[a.GroupingID.ID] = true
			}
		}
		for _, e := range typed.Expressions(n) {
			for id := range typed.References(e) {
				used[id] = true
			}
		}
		return true
	})
	for id := range used {
		if !produced[id] {
			return false
		}
	}
	return true
}

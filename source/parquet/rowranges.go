package parquet

import (
	"cmp"
	"slices"
)

// RowRange is the rows from From (included) to To (excluded), counted from 0.
type RowRange struct{ From, To int64 }

// rowRanges is a set of rows: ranges in order that neither overlap nor touch.
type rowRanges []RowRange

// allRows is the rows below n.
func allRows(n int64) rowRanges {
	if n == 0 {
		return nil
	}
	return rowRanges{{0, n}}
}

func (r rowRanges) count() int64 {
	var n int64
	for _, one := range r {
		n += one.To - one.From
	}
	return n
}

// overlaps says whether a row of one is in the set.
func (r rowRanges) overlaps(one RowRange) bool {
	i, _ := slices.BinarySearchFunc(r, one.From, func(have RowRange, from int64) int {
		if have.To <= from {
			return -1
		}
		return 1
	})
	return i < len(r) && r[i].From < one.To
}

func (r rowRanges) union(s rowRanges) rowRanges {
	all := slices.Concat(r, s)
	slices.SortFunc(all, func(a, b RowRange) int { return cmp.Compare(a.From, b.From) })
	var out rowRanges
	for _, one := range all {
		if n := len(out); n > 0 && out[n-1].To >= one.From {
			out[n-1].To = max(out[n-1].To, one.To)
			continue
		}
		out = append(out, one)
	}
	return out
}

func (r rowRanges) intersect(s rowRanges) rowRanges {
	var out rowRanges
	for i, j := 0, 0; i < len(r) && j < len(s); {
		from, to := max(r[i].From, s[j].From), min(r[i].To, s[j].To)
		if from < to {
			out = append(out, RowRange{from, to})
		}
		if r[i].To < s[j].To {
			i++
		} else {
			j++
		}
	}
	return out
}

// atMost is a set of at most n ranges with all rows of this one, and as few others as can be.
func (r rowRanges) atMost(n int) rowRanges {
	if len(r) <= n {
		return r
	}
	gaps := make([]int64, 0, len(r)-1)
	for i := range r[1:] {
		gaps = append(gaps, r[i+1].From-r[i].To)
	}
	sorted := slices.Sorted(slices.Values(gaps))
	// So many gaps are closed, the shortest ones.
	closing, longest := len(r)-n, sorted[len(r)-n-1]
	out := rowRanges{r[0]}
	for i, gap := range gaps {
		if gap <= longest && closing > 0 {
			closing--
			out[len(out)-1].To = r[i+1].To
			continue
		}
		out = append(out, r[i+1])
	}
	return out
}

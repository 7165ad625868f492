package parquet

import (
	"cmp"
	"slices"

	"github.com/hfspark/hfspark/source/predicate"
)

// Pruning tells what a scan leaves out, and why.
type Pruning struct {
	// RowGroups are those that were asked for, RowGroupsSkipped those of them that are left out.
	RowGroups, RowGroupsSkipped int
	// Pages are the data pages of the row groups whose page indexes were looked at, in the columns of the scan; PagesSkipped
	// are those of them that are left out.
	Pages, PagesSkipped int
	// Rows are those of the row groups that are read.
	Rows int64
	// Bytes are fetched if the scan is read to the end, those of indexes included.
	Bytes int64
	// Reasons are ordered by how much each leaves out, the most first.
	Reasons []Reason
}

// Reason is why row groups or pages are left out.
type Reason struct {
	// Condition is true for none of their rows.
	Condition string
	// Statistic is what shows it.
	Statistic string
	// RowGroups and Pages are how many are left out for this reason.
	RowGroups, Pages int
}

// The statistics that show that a condition is true for no row.
const (
	byRange  = "min/max"
	byNulls  = "null count"
	byBloom  = "bloom filter"
	byPages  = "page index"
	byLack   = "no such column"
	byLimit  = "row count"
	byNaN    = "min/max, no NaN"
	byQuery  = "no row is asked for"
	noReason = "statistics"
)

// reasons adds up reasons.
type reasons map[[2]string]*Reason

func (r reasons) add(condition, statistic string, rowGroups, pages int) {
	key := [2]string{condition, statistic}
	if r[key] == nil {
		r[key] = &Reason{Condition: condition, Statistic: statistic}
	}
	r[key].RowGroups += rowGroups
	r[key].Pages += pages
}

// list is all reasons, what leaves out most first.
func (r reasons) list() []Reason {
	out := make([]Reason, 0, len(r))
	for _, one := range r {
		out = append(out, *one)
	}
	slices.SortFunc(out, func(a, b Reason) int {
		return cmp.Or(b.RowGroups-a.RowGroups, b.Pages-a.Pages, cmp.Compare(a.Condition, b.Condition), cmp.Compare(a.Statistic, b.Statistic))
	})
	return out
}

// why tells which part of a condition that cannot match leaves the row group out, and what shows it.
func (t *groupTest) why(p predicate.Predicate) (condition, statistic string) {
	switch p := p.(type) {
	case predicate.And:
		for _, member := range p {
			if !t.mayMatch(member) {
				return t.why(member)
			}
		}
	case predicate.Or:
		switch len(p) {
		case 0:
			return predicate.String(p), byQuery
		case 1:
			return t.why(p[0])
		}
		for i, member := range p {
			_, s := t.why(member)
			switch {
			case i == 0:
				statistic = s
			case s != statistic:
				statistic = noReason
			}
		}
		return predicate.String(p), statistic
	case predicate.IsNull:
		return predicate.String(p), t.whyNulls(p, byNulls)
	}
	if !t.bloomMayMatch(p) && t.bounds(p).mayMatch(p) {
		return predicate.String(p), byBloom
	}
	return predicate.String(p), t.whyNulls(p, byRange)
}

func (t *groupTest) whyNulls(p predicate.Predicate, otherwise string) string {
	if _, state, err := t.footer.subject(p); err == nil && state == absent {
		return byLack
	}
	if t.bounds(p).allNull {
		return byNulls
	}
	return otherwise
}

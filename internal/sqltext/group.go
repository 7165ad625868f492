package sqltext

import (
	"reflect"

	"github.com/hfspark/hfspark/internal/plan"
)

// maxGroupingSets bounds how many grouping sets one GROUP BY may stand for.
const maxGroupingSets = 4096

// groupItem is one item of GROUP BY: the grouping sets it stands for, and of what kind it was written.
type groupItem struct {
	kind   plan.GroupKind
	listed [][]plan.Expression // what stands in the brackets of ROLLUP and CUBE
	sets   [][]plan.Expression
}

// groupBy takes GROUP BY and fills in how a groups.
func (p *parser) groupBy(a *plan.Aggregate) error {
	first := p.peek()
	p.at += 2
	items, err := list(p, p.groupItem)
	if err != nil {
		return err
	}
	plain := true
	for _, item := range items {
		plain = plain && item.kind == plan.GroupBy
	}
	if plain {
		for _, item := range items {
			a.Grouping = append(a.Grouping, item.sets[0][0])
		}
		return p.groupSuffix(a)
	}
	if item := items[0]; len(items) == 1 && item.kind != plan.GroupingSets && singles(item.listed) {
		a.Kind = item.kind
		for _, e := range item.listed {
			a.Grouping = append(a.Grouping, e[0])
		}
		return nil
	}
	a.Kind = plan.GroupingSets
	a.Sets = [][]plan.Expression{nil}
	for _, item := range items {
		if len(a.Sets)*len(item.sets) > maxGroupingSets {
			return p.tooManySets(first)
		}
		a.Sets = product(a.Sets, item.sets)
	}
	a.Grouping = distinct(a.Sets)
	return nil
}

func (p *parser) tooManySets(at token) error {
	return p.refuse(at, "a GROUP BY of more than "+itoa(maxGroupingSets)+" grouping sets", "List the sets you need with GROUPING SETS.")
}

// groupSuffix takes WITH ROLLUP, WITH CUBE and GROUPING SETS (…) behind the grouping expressions.
func (p *parser) groupSuffix(a *plan.Aggregate) error {
	switch {
	case p.accept("WITH", "ROLLUP"):
		a.Kind = plan.Rollup
	case p.accept("WITH", "CUBE"):
		a.Kind = plan.Cube
	case p.is("GROUPING", "SETS"):
		p.at += 2
		if err := p.expect("("); err != nil {
			return err
		}
		sets, err := list(p, p.groupingSet)
		if err != nil {
			return err
		}
		a.Kind, a.Sets = plan.GroupingSets, sets
		return p.expect(")")
	}
	return nil
}

func singles(sets [][]plan.Expression) bool {
	for _, s := range sets {
		if len(s) != 1 {
			return false
		}
	}
	return true
}

// product combines each set of a with each of b.
func product(a, b [][]plan.Expression) [][]plan.Expression {
	sets := make([][]plan.Expression, 0, len(a)*len(b))
	for _, x := range a {
		for _, y := range b {
			sets = append(sets, append(x[:len(x):len(x)], y...))
		}
	}
	return sets
}

// distinct lists the expressions of all sets once each, in order of appearance.
func distinct(sets [][]plan.Expression) []plan.Expression {
	var all []plan.Expression
	for _, set := range sets {
		for _, e := range set {
			known := false
			for _, other := range all {
				known = known || reflect.DeepEqual(e, other)
			}
			if !known {
				all = append(all, e)
			}
		}
	}
	return all
}

// groupItem takes ROLLUP (…), CUBE (…), GROUPING SETS (…) or an expression.
func (p *parser) groupItem() (groupItem, error) {
	switch {
	case p.is("ROLLUP", "("), p.is("CUBE", "("):
		return p.groupAnalytics()
	case p.is("GROUPING", "SETS", "("):
		return p.groupingSets()
	}
	e, err := p.expression()
	if err != nil {
		return groupItem{}, err
	}
	return groupItem{sets: [][]plan.Expression{{e}}}, nil
}

func (p *parser) groupAnalytics() (groupItem, error) {
	first := p.take()
	p.take()
	listed, err := list(p, p.groupingSet)
	if err != nil {
		return groupItem{}, err
	}
	if err := p.expect(")"); err != nil {
		return groupItem{}, err
	}
	if first.word == "ROLLUP" {
		item := groupItem{kind: plan.Rollup, listed: listed}
		for n := len(listed); n >= 0; n-- {
			item.sets = append(item.sets, concat(listed[:n]))
		}
		return item, nil
	}
	item := groupItem{kind: plan.Cube, listed: listed}
	if len(listed) > 12 {
		return item, p.tooManySets(first)
	}
	for mask := 1<<len(listed) - 1; mask >= 0; mask-- {
		var chosen [][]plan.Expression
		for i, set := range listed {
			if mask&(1<<(len(listed)-1-i)) != 0 {
				chosen = append(chosen, set)
			}
		}
		item.sets = append(item.sets, concat(chosen))
	}
	return item, nil
}

func concat(sets [][]plan.Expression) []plan.Expression {
	var all []plan.Expression
	for _, s := range sets {
		all = append(all, s...)
	}
	return all
}

// groupingSets takes GROUPING SETS (…), whose elements are sets or again ROLLUP, CUBE and GROUPING SETS.
func (p *parser) groupingSets() (groupItem, error) {
	if err := p.enter(); err != nil {
		return groupItem{}, err
	}
	defer p.leave()
	first := p.peek()
	p.at += 3
	item := groupItem{kind: plan.GroupingSets}
	_, err := list(p, func() (struct{}, error) {
		if p.is("ROLLUP", "(") || p.is("CUBE", "(") || p.is("GROUPING", "SETS", "(") {
			inner, err := p.groupItem()
			item.sets = append(item.sets, inner.sets...)
			return struct{}{}, err
		}
		set, err := p.groupingSet()
		item.sets = append(item.sets, set)
		return struct{}{}, err
	})
	if err != nil {
		return item, err
	}
	if len(item.sets) > maxGroupingSets {
		return item, p.tooManySets(first)
	}
	return item, p.expect(")")
}

// groupingSet takes (), (a, b) or a.
func (p *parser) groupingSet() ([]plan.Expression, error) {
	if p.accept("(", ")") {
		return nil, nil
	}
	e, err := p.expression()
	if err != nil {
		return nil, err
	}
	if values, ok := rowValues(e); ok {
		return values, nil
	}
	return []plan.Expression{e}, nil
}

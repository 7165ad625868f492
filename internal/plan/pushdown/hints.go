package pushdown

import (
	"reflect"
	"slices"
	"strings"

	"github.com/hfspark/hfspark/internal/plan/function"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/source"
)

// Hint tells the scans of an optimized plan of further conditions: rows of n for which one of them is not true do not matter to
// whatever reads n.
func Hint(n typed.Node, conditions []typed.Expression) typed.Node { return hint(n, conditions) }

// later is the name of a call that stands for a condition whose values are known when the query runs.
const later = "later"

// Later is a condition on an expression that Hint notes in scans as one that they get when the query runs, in words: what comes behind
// the expression.
func Later(e typed.Expression, words string) typed.Expression {
	text := typed.Literal{Value: words, DataType: types.String}
	return typed.Call{Name: later, Args: []typed.Expression{e, text}, DataType: types.Boolean}
}

// hint hands conditions down to the scans whose rows they are about. conditions are about columns of n: rows of n for which
// one of them is not true do not matter to the plan above.
func hint(n typed.Node, conditions []typed.Expression) typed.Node {
	switch n := n.(type) {
	case *typed.Scan:
		return hintScan(n, conditions)
	case *typed.Filter:
		if typed.Any(n.Condition, isNumbered) {
			return typed.WithInputs(n, hint(n.Input, nil))
		}
		return typed.WithInputs(n, hint(n.Input, append(conjuncts(n.Condition), conditions...)))
	case *typed.Project:
		return typed.WithInputs(n, hint(n.Input, throughProject(n, conditions)))
	case *typed.Sort, *typed.Distinct:
		return typed.WithInputs(n, hint(n.Inputs()[0], conditions))
	case *typed.Deduplicate:
		return typed.WithInputs(n, hint(n.Input, about(conditions, idsOf(n.Keys))))
	case *typed.Generate:
		return typed.WithInputs(n, hint(n.Input, about(conditions, idsOf(n.Input.Output()))))
	case *typed.Aggregate:
		return typed.WithInputs(n, hint(n.Input, throughAggregate(n, conditions)))
	case *typed.SetOperation:
		return typed.WithInputs(n, hint(n.Left, renamed(conditions, n.Columns, n.Left.Output())), hint(n.Right, renamed(conditions, n.Columns, n.Right.Output())))
	case *typed.Join:
		return hintJoin(n, conditions)
	}
	inputs := n.Inputs() // limits and samples choose among all rows
	if len(inputs) == 0 {
		return n
	}
	rebuilt := make([]typed.Node, len(inputs))
	for i, input := range inputs {
		rebuilt[i] = hint(input, nil)
	}
	return typed.WithInputs(n, rebuilt...)
}

// conjuncts splits a condition at AND.
func conjuncts(e typed.Expression) []typed.Expression {
	if c, ok := e.(typed.Call); ok && c.Name == "and" && len(c.Args) == 2 {
		return append(conjuncts(c.Args[0]), conjuncts(c.Args[1])...)
	}
	return []typed.Expression{e}
}

// about keeps the conditions that refer to columns in ids alone.
func about(conditions []typed.Expression, ids set) []typed.Expression {
	var kept []typed.Expression
	for _, c := range conditions {
		inside := true
		for id := range typed.References(c) {
			inside = inside && ids[id]
		}
		if inside {
			kept = append(kept, c)
		}
	}
	return kept
}

// renamed rewrites conditions about columns to be about others at the same positions.
func renamed(conditions []typed.Expression, from, to []typed.Column) []typed.Expression {
	by := map[typed.ColumnID]typed.Expression{}
	for i, c := range from {
		by[c.ID] = typed.Reference{Column: to[i]}
	}
	list := make([]typed.Expression, len(conditions))
	for i, c := range conditions {
		list[i] = substitute(c, by)
	}
	return list
}

// throughProject rewrites conditions to be about what the items are computed from. Where an item depends on a row's place, rows
// must not be left out below it; where it depends on other rows of a partition, only whole partitions.
func throughProject(n *typed.Project, conditions []typed.Expression) []typed.Expression {
	if len(conditions) == 0 {
		return nil
	}
	by := map[typed.ColumnID]typed.Expression{}
	var partitions set
	for _, item := range n.Items {
		if typed.Any(item.Expression, isPlaced) {
			return nil
		}
		by[item.Column.ID] = item.Expression
		partitions = partitioned(item.Expression, partitions)
	}
	list := make([]typed.Expression, 0, len(conditions))
	for _, c := range conditions {
		list = append(list, substitute(c, by))
	}
	if partitions == nil {
		return list
	}
	list = slices.DeleteFunc(list, overRows)
	return slices.DeleteFunc(about(list, partitions), func(c typed.Expression) bool { return len(typed.References(c)) == 0 })
}

// partitioned keeps of the columns those that all windows of an expression are partitioned by; nil is all columns.
func partitioned(e typed.Expression, columns set) set {
	typed.WalkExpression(e, func(e typed.Expression) {
		w, ok := e.(typed.Window)
		if !ok {
			return
		}
		by := set{}
		for _, key := range w.PartitionBy {
			// Equal floating-point numbers may be different ones.
			if ref, ok := key.(typed.Reference); ok && simple(ref.Column.Type) && (columns == nil || columns[ref.Column.ID]) {
				by[ref.Column.ID] = true
			}
		}
		columns = by
	})
	return columns
}

// isPlaced reports whether the value of e depends on the place of a row among all rows, as that of random functions does.
func isPlaced(e typed.Expression) bool {
	c, ok := e.(typed.Call)
	return ok && function.Volatile(c.Name)
}

// isNumbered is isPlaced for what is the same in each run of a query: numbers of rows, and random numbers of a seed.
func isNumbered(e typed.Expression) bool {
	c, ok := e.(typed.Call)
	return ok && function.Volatile(c.Name) && (len(c.Args) > 0 || c.Name == "monotonically_increasing_id")
}

// throughAggregate keeps conditions about grouping columns, which all rows of a group share.
func throughAggregate(n *typed.Aggregate, conditions []typed.Expression) []typed.Expression {
	if n.Sets != nil || len(n.Grouping) == 0 {
		return nil
	}
	by := map[typed.ColumnID]typed.Expression{}
	for _, g := range n.Grouping {
		by[g.Column.ID] = g.Expression
	}
	output := map[typed.ColumnID]typed.Expression{}
	ids := set{}
	for _, item := range n.Items {
		if ref, ok := item.Expression.(typed.Reference); ok {
			output[item.Column.ID], ids[item.Column.ID] = by[ref.Column.ID], by[ref.Column.ID] != nil
		}
	}
	var list []typed.Expression
	for _, c := range about(conditions, ids) {
		list = append(list, substitute(c, output))
	}
	return list
}

// hintJoin hands conditions to the sides of a join whose rows they can leave out. Rows of a side that the join keeps without
// a partner are not left out by its condition, and conditions from above do not touch a side that the join fills with nulls.
func hintJoin(n *typed.Join, conditions []typed.Expression) typed.Node {
	left, right := idsOf(n.Left.Output()), idsOf(n.Right.Output())
	var on []typed.Expression
	if n.Condition != nil {
		on = conjuncts(n.Condition)
	}
	both := append(slices.Clone(conditions), on...)
	var toLeft, toRight []typed.Expression
	kind := effective(n.Type, conditions, left, right)
	switch kind {
	case typed.InnerJoin, typed.CrossJoin:
		toLeft, toRight = about(both, left), about(both, right)
	case typed.LeftJoin, typed.LeftAntiJoin:
		toLeft, toRight = about(conditions, left), about(on, right)
	case typed.RightJoin:
		toLeft, toRight = about(on, left), about(conditions, right)
	case typed.LeftSemiJoin:
		toLeft, toRight = about(both, left), about(on, right)
	}
	// Rows of a side that matter only with a partner have to meet what their partners meet, of columns that are equal.
	fromLeft, fromRight := about(both, left), about(both, right)
	if kind != typed.RightJoin && kind != typed.FullJoin {
		toRight = append(toRight, carried(fromLeft, equalities(on, left, right))...)
	}
	if kind == typed.InnerJoin || kind == typed.CrossJoin || kind == typed.RightJoin || kind == typed.LeftSemiJoin {
		toLeft = append(toLeft, carried(fromRight, equalities(on, right, left))...)
	}
	return typed.WithInputs(n, hint(n.Left, toLeft), hint(n.Right, toRight))
}

// effective is the kind of join of which the conditions leave the same rows: an outer join is an inner one to conditions that no
// row fulfils that it fills with nulls.
func effective(kind typed.JoinType, conditions []typed.Expression, left, right set) typed.JoinType {
	rejected := func(side set) bool {
		return slices.ContainsFunc(conditions, func(c typed.Expression) bool { return rejectsNulls(c, side) })
	}
	switch kind {
	case typed.LeftJoin:
		if rejected(right) {
			return typed.InnerJoin
		}
	case typed.RightJoin:
		if rejected(left) {
			return typed.InnerJoin
		}
	case typed.FullJoin:
		switch noLeft, noRight := rejected(left), rejected(right); {
		case noLeft && noRight:
			return typed.InnerJoin
		case noLeft: // Rows without a left one are out.
			return typed.LeftJoin
		case noRight:
			return typed.RightJoin
		}
	}
	return kind
}

// equalities maps columns of one side of a join to columns of the other that its condition makes equal.
func equalities(on []typed.Expression, from, to set) map[typed.ColumnID]typed.Expression {
	by := map[typed.ColumnID]typed.Expression{}
	for _, condition := range on {
		c, ok := condition.(typed.Call)
		if !ok || c.Name != "==" && c.Name != "=" || len(c.Args) != 2 {
			continue
		}
		for i := range c.Args {
			x, isColumn := c.Args[i].(typed.Reference)
			y, isOther := c.Args[1-i].(typed.Reference)
			// Equal floating-point numbers may be different ones: the two zeros are.
			if isColumn && isOther && from[x.Column.ID] && to[y.Column.ID] && simple(x.Column.Type) && x.Column.Type == y.Column.Type {
				by[x.Column.ID] = y
			}
		}
	}
	return by
}

func simple(t types.DataType) bool {
	return types.IsIntegral(t) || t == types.String || t == types.Date || t == types.Timestamp || t == types.TimestampNTZ || t == types.Boolean
}

// carried rewrites the conditions that are about mapped columns alone to be about those of the other side.
func carried(conditions []typed.Expression, by map[typed.ColumnID]typed.Expression) []typed.Expression {
	ids := set{}
	for id := range by {
		ids[id] = true
	}
	var out []typed.Expression
	for _, c := range about(conditions, ids) {
		if len(typed.References(c)) > 0 {
			out = append(out, substitute(c, by))
		}
	}
	return out
}

func hintScan(n *typed.Scan, conditions []typed.Expression) typed.Node {
	names := map[typed.ColumnID]string{}
	for i, c := range n.Columns {
		names[c.ID] = n.Table.Schema.Field(n.Fields[i]).Name
	}
	known := conditionsOf(n.Prune)
	before := len(known)
	var announced []string
	for _, c := range conditions {
		if text := laterText(c, names); text != "" {
			announced = append(announced, text)
			continue
		}
		p := predicate(c, names)
		if isNothing(p) {
			known, before = source.And{p}, -1
			break
		}
		if p != nil && !slices.ContainsFunc(known, func(have source.Predicate) bool { return reflect.DeepEqual(have, p) }) {
			known = append(known, p)
		}
	}
	if len(known) == before && announced == nil {
		return n
	}
	scan := *n
	scan.Later = slices.Concat(n.Later, announced)
	if len(known) == before {
		return &scan
	}
	scan.Prune = known
	if len(known) == 1 {
		scan.Prune = known[0]
	}
	return &scan
}

// conditionsOf are the conditions that a scan has already.
func conditionsOf(p source.Predicate) source.And {
	switch p := p.(type) {
	case nil:
		return nil
	case source.And:
		return slices.Clone(p)
	}
	return source.And{p}
}

// laterText is the condition of Later, where it is one that prunes.
func laterText(e typed.Expression, names map[typed.ColumnID]string) string {
	c, ok := e.(typed.Call)
	if !ok || c.Name != later {
		return ""
	}
	t := translator{names: names}
	s, ok := t.subject(c.Args[0])
	words, _ := c.Args[1].(typed.Literal).Value.(string)
	if !ok {
		return ""
	}
	return strings.Join(append([]string{s.column}, s.fields...), ".") + " " + words
}

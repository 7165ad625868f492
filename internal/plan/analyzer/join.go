package analyzer

import (
	"slices"
	"strings"

	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
)

var joinTypes = map[plan.JoinType]typed.JoinType{
	plan.InnerJoin: typed.InnerJoin, plan.CrossJoin: typed.CrossJoin, plan.LeftJoin: typed.LeftJoin, plan.RightJoin: typed.RightJoin,
	plan.FullJoin: typed.FullJoin, plan.LeftSemiJoin: typed.LeftSemiJoin, plan.LeftAntiJoin: typed.LeftAntiJoin,
}

func (a *analyzer) join(r plan.Join, q query) (*relation, error) {
	left, err := a.relation(r.Left, q)
	if err != nil {
		return nil, err
	}
	rightQuery := q
	if r.Lateral {
		rightQuery.outer = a.scope(q, left)
	}
	right, err := a.relation(r.Right, rightQuery)
	if err != nil {
		return nil, err
	}
	using := r.Using
	if r.Natural {
		using = a.common(left, right)
	}
	if len(using) > 0 {
		return a.joinUsing(left, right, joinTypes[r.Type], using)
	}
	joined := a.joinNodes(left, right, joinTypes[r.Type])
	node := joined.node.(*typed.Join)
	node.Lateral = r.Lateral
	if r.Condition != nil {
		if node.Condition, err = a.joinCondition(r.Condition, q, left, right); err != nil {
			return nil, err
		}
		if node.Type == typed.CrossJoin {
			node.Type = typed.InnerJoin
		}
	}
	return joined, nil
}

func (a *analyzer) joinCondition(written plan.Expression, q query, left, right *relation) (typed.Expression, error) {
	s := a.scope(q, left, right)
	condition, err := s.expression(written)
	if err != nil {
		return nil, err
	}
	if condition.Type() == types.Null {
		condition = a.castTo(condition, types.Boolean)
	}
	if condition.Type() != types.Boolean {
		text := `"` + s.pretty(written) + `"`
		return nil, fail("JOIN_CONDITION_IS_NOT_BOOLEAN_TYPE", "42K0E",
			"The join condition %s has the invalid type %s, expected \"BOOLEAN\".", text, quotedType(condition.Type())).
			With("joinCondition", text, "conditionType", quotedType(condition.Type()))
	}
	if hasAggregate(condition) || hasWindow(condition) || hasGenerator(condition) {
		found := outOfPlace(written, s.pretty)
		if len(found) == 0 {
			found = []string{s.pretty(written)}
		}
		return nil, unsupportedIn("Join", `"`+strings.Join(found, `", "`)+`"`)
	}
	return condition, nil
}

// joinNodes joins without a condition. Columns of a side that may be missing become nullable.
func (a *analyzer) joinNodes(left, right *relation, t typed.JoinType) *relation {
	leftNull := t == typed.RightJoin || t == typed.FullJoin
	rightNull := t == typed.LeftJoin || t == typed.FullJoin
	node := &typed.Join{Left: left.node, Right: right.node, Type: t, Columns: withNulls(left.node.Output(), leftNull)}
	joined := &relation{
		node: node, columns: withNulls(left.columns, leftNull), hidden: withNulls(left.hidden, leftNull),
		inputs: []*relation{left, right},
	}
	if t != typed.LeftSemiJoin && t != typed.LeftAntiJoin {
		node.Columns = append(node.Columns, withNulls(right.node.Output(), rightNull)...)
		joined.columns = append(joined.columns, withNulls(right.columns, rightNull)...)
		joined.hidden = append(joined.hidden, withNulls(right.hidden, rightNull)...)
	}
	return joined
}

// withNulls copies columns, made nullable when nullable is true.
func withNulls(columns []typed.Column, nullable bool) []typed.Column {
	copied := slices.Clone(columns)
	for i := range copied {
		copied[i].Nullable = copied[i].Nullable || nullable
	}
	return copied
}

// common lists the names that both sides of a natural join have.
func (a *analyzer) common(left, right *relation) []string {
	var names []string
	for _, c := range left.columns {
		if slices.ContainsFunc(right.columns, func(d typed.Column) bool { return a.same(c.Name, d.Name) }) {
			names = append(names, c.Name)
		}
	}
	return names
}

// joinUsing joins on equally named columns, which come out once, before all others.
func (a *analyzer) joinUsing(left, right *relation, t typed.JoinType, names []string) (*relation, error) {
	leftKeys, err := a.usingKeys(left, names, "left")
	if err != nil {
		return nil, err
	}
	rightKeys, err := a.usingKeys(right, names, "right")
	if err != nil {
		return nil, err
	}
	joined := a.joinNodes(left, right, t)
	node := joined.node.(*typed.Join)
	if node.Type == typed.CrossJoin {
		node.Type = typed.InnerJoin
	}
	for i := range names {
		equal, err := a.resolve("==", typed.Reference{Column: leftKeys[i]}, typed.Reference{Column: rightKeys[i]})
		if err != nil {
			return nil, err
		}
		if node.Condition == nil {
			node.Condition = equal
		} else if node.Condition, err = a.resolve("and", node.Condition, equal); err != nil {
			return nil, err
		}
	}
	return a.mergeKeys(joined, t, leftKeys, rightKeys)
}

func (a *analyzer) usingKeys(r *relation, names []string, side string) ([]typed.Column, error) {
	keys := make([]typed.Column, len(names))
	for i, name := range names {
		found, fields := a.find(r.columns, []string{name})
		switch {
		case len(found) == 1 && len(fields) == 0:
			keys[i] = found[0]
		case len(found) > 1:
			return nil, ambiguous([]string{name}, found)
		default:
			column := quoteParts([]string{name})
			list := columnNames(r.columns)
			slices.Sort(list)
			suggestion := strings.Join(list, ", ")
			return nil, fail("UNRESOLVED_USING_COLUMN_FOR_JOIN", "42703",
				"USING column %s cannot be resolved on the %s side of the join. The %s-side columns: [%s].", column, side, side, suggestion).
				With("colName", column, "side", side, "suggestion", suggestion)
		}
	}
	return keys, nil
}

// mergeKeys puts the merged key columns first. Those that are left out stay in reach of qualified names.
func (a *analyzer) mergeKeys(joined *relation, t typed.JoinType, leftKeys, rightKeys []typed.Column) (*relation, error) {
	visible := func(id typed.ColumnID) typed.Column {
		c, _ := joined.shown(id)
		return c
	}
	isKey := func(keys []typed.Column) func(c typed.Column) bool {
		return func(c typed.Column) bool {
			return slices.ContainsFunc(keys, func(k typed.Column) bool { return k.ID == c.ID })
		}
	}
	var first, hidden []typed.Column
	computed := map[typed.ColumnID]typed.Expression{}
	for i, l := range leftKeys {
		r := rightKeys[i]
		switch t {
		case typed.RightJoin:
			first, hidden = append(first, visible(r.ID)), append(hidden, visible(l.ID))
		case typed.FullJoin:
			merged, err := a.resolve("coalesce", typed.Reference{Column: visible(l.ID)}, typed.Reference{Column: visible(r.ID)})
			if err != nil {
				return nil, err
			}
			c := typed.Column{ID: a.id(), Name: l.Name, Type: merged.Type(), Nullable: merged.Nullable()}
			computed[c.ID] = merged
			first, hidden = append(first, c), append(hidden, visible(l.ID), visible(r.ID))
		case typed.LeftSemiJoin, typed.LeftAntiJoin:
			first = append(first, visible(l.ID))
		default:
			first, hidden = append(first, visible(l.ID)), append(hidden, visible(r.ID))
		}
	}
	columns := first
	for _, c := range joined.columns {
		if !isKey(leftKeys)(c) && !isKey(rightKeys)(c) {
			columns = append(columns, c)
		}
	}
	hidden = append(hidden, joined.hidden...)
	items := references(append(slices.Clone(columns), hidden...))
	for i, item := range items {
		if e, ok := computed[item.Column.ID]; ok {
			items[i].Expression = e
		}
	}
	merged := &relation{
		node: &typed.Project{Input: joined.node, Items: items}, columns: columns, hidden: hidden, inputs: []*relation{joined}, below: joined,
	}
	return merged, nil
}

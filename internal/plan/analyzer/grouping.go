package analyzer

import (
	"slices"
	"strings"

	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/plan/constant"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
)

// groupingKeys is what an Aggregate groups by; sets, when not nil, are positions in expressions.
type groupingKeys struct {
	expressions []typed.Expression
	sets        [][]int
}

// group resolves an Aggregate as written.
func (a *analyzer) group(r plan.Aggregate, q query) (*relation, error) {
	input, err := a.relation(r.Input, q)
	if err != nil {
		return nil, err
	}
	s := a.scope(q, input)
	if r.Pivot != nil {
		return a.pivot(s, r, input)
	}
	if r.AddGrouping {
		r.Items = append(slices.Clone(r.Grouping), r.Items...)
	}
	items, err := s.items(r.Items)
	if err != nil {
		return nil, err
	}
	keys, err := s.groupingKeys(r, items)
	if err != nil {
		return nil, err
	}
	grouped, err := a.aggregate(s, input, keys, items)
	if err != nil || r.Having == nil {
		return grouped, err
	}
	return a.having(grouped, q, r.Having)
}

func (s *scope) groupingKeys(r plan.Aggregate, items []item) (groupingKeys, error) {
	if all, ok := s.groupByAll(r, items); ok {
		return groupingKeys{expressions: all}, nil
	}
	var keys groupingKeys
	written := r.Grouping
	if r.Kind == plan.GroupingSets {
		for _, set := range r.Sets {
			written = append(slices.Clone(written), set...)
		}
	}
	places := map[string]int{}
	for _, e := range written {
		key, err := s.groupingKey(e, items, !r.AddGrouping)
		if err != nil {
			return keys, err
		}
		text := typed.Key(key)
		if _, ok := places[text]; ok && r.Kind == plan.GroupingSets {
			continue
		}
		places[text] = len(keys.expressions)
		keys.expressions = append(keys.expressions, key)
	}
	var err error
	keys.sets, err = s.groupingSets(r, items, len(keys.expressions), places)
	return keys, err
}

// groupingKey resolves a grouping expression. In SQL it may be the position or alias of an item.
func (s *scope) groupingKey(e plan.Expression, items []item, sql bool) (typed.Expression, error) {
	if l, ok := e.(plan.Literal); ok && sql {
		if n, isInt := constant.Integer(typed.Literal{Value: l.Value}); isInt && types.IsIntegral(l.Type) {
			return s.groupingPosition(n, items)
		}
	}
	if attribute, ok := e.(plan.Attribute); ok && sql && len(attribute.Parts) == 1 {
		found, err := s.lookup(attribute)
		if err != nil {
			return nil, err
		}
		if found == nil || !s.local(found) {
			for _, i := range items {
				if i.aliases != nil && s.a.same(i.name, attribute.Parts[0]) {
					return s.checkGroupingKey(e, i.value)
				}
			}
		}
	}
	key, err := s.expression(e)
	if err != nil {
		return nil, err
	}
	return s.checkGroupingKey(e, key)
}

// local reports whether a column comes from the inputs and not from a query around.
func (s *scope) local(e typed.Expression) bool {
	for id := range typed.References(e) {
		if slices.ContainsFunc(s.inputs, func(r *relation) bool { return r.produces(id) }) {
			return true
		}
	}
	return false
}

func (s *scope) checkGroupingKey(e plan.Expression, key typed.Expression) (typed.Expression, error) {
	if hasAggregate(key) {
		text := s.pretty(e)
		return nil, fail("GROUP_BY_AGGREGATE", "42903", "Aggregate functions are not allowed in GROUP BY, but found %s.", text).With("sqlExpr", text)
	}
	if hasWindow(key) || hasGenerator(key) {
		return nil, unsupportedIn("Aggregate", `"`+s.pretty(e)+`"`)
	}
	if containsInterval(key.Type()) {
		text := s.pretty(e)
		return nil, fail("GROUP_EXPRESSION_TYPE_IS_NOT_ORDERABLE", "42822",
			"The expression \"%s\" cannot be used as a grouping expression because its data type %s is not an orderable data type.", text, quotedType(key.Type())).
			With("sqlExpr", `"`+text+`"`, "dataType", quotedType(key.Type()))
	}
	return key, nil
}

// containsInterval reports whether a type is or holds calendar intervals, the one type whose values cannot be grouped.
func containsInterval(t types.DataType) bool {
	switch t := t.(type) {
	case types.Array:
		return containsInterval(t.Element)
	case types.Map:
		return containsInterval(t.Key) || containsInterval(t.Value)
	case types.Struct:
		return slices.ContainsFunc(t.Fields, func(f types.Field) bool { return containsInterval(f.Type) })
	}
	return t == types.CalendarInterval
}

func (s *scope) groupingPosition(n int64, items []item) (typed.Expression, error) {
	if n < 1 || n > int64(len(items)) {
		return nil, fail("GROUP_BY_POS_OUT_OF_RANGE", "42805", "GROUP BY position %d is not in select list (valid range is [1, %d]).", n, len(items)).
			With("index", itoa(int(n)), "size", itoa(len(items)))
	}
	i := items[n-1]
	if hasAggregate(i.value) {
		text := s.qualifiedText(i.written) + " AS " + types.QuoteIfNeeded(i.name)
		return nil, fail("GROUP_BY_POS_AGGREGATE", "42903",
			"GROUP BY %d refers to an expression %s that contains an aggregate function. Aggregate functions are not allowed in GROUP BY.", n, text).
			With("index", itoa(int(n)), "aggExpr", text)
	}
	return s.checkGroupingKey(i.written, i.value)
}

// groupByAll answers GROUP BY ALL: all items without aggregate functions, and the columns outside them in the others.
func (s *scope) groupByAll(r plan.Aggregate, items []item) ([]typed.Expression, bool) {
	if r.AddGrouping || r.Kind != plan.GroupBy || len(r.Grouping) != 1 {
		return nil, false
	}
	attribute, ok := r.Grouping[0].(plan.Attribute)
	if !ok || foldedName(attribute) != "all" {
		return nil, false
	}
	if found, err := s.lookup(attribute); found != nil || err != nil {
		return nil, false
	}
	keys := []typed.Expression{}
	for _, i := range items {
		if !hasAggregate(i.value) {
			keys = append(keys, i.value)
			continue
		}
		typed.Transform(i.value, func(e typed.Expression) (typed.Expression, bool) {
			if _, isRef := e.(typed.Reference); isRef {
				keys = append(keys, e)
			}
			return e, isAggregate(e)
		})
	}
	return keys, true
}

// groupingSets lists the sets that ROLLUP, CUBE and GROUPING SETS stand for.
func (s *scope) groupingSets(r plan.Aggregate, items []item, count int, places map[string]int) ([][]int, error) {
	switch r.Kind {
	case plan.Rollup:
		var sets [][]int
		for n := count; n >= 0; n-- {
			set := make([]int, n)
			for i := range set {
				set[i] = i
			}
			sets = append(sets, set)
		}
		return sets, nil
	case plan.Cube:
		var sets [][]int
		for mask := 1<<count - 1; mask >= 0; mask-- {
			set := []int{}
			for i := range count {
				if mask&(1<<(count-1-i)) != 0 {
					set = append(set, i)
				}
			}
			sets = append(sets, set)
		}
		return sets, nil
	case plan.GroupingSets:
		sets := make([][]int, len(r.Sets))
		for i, set := range r.Sets {
			sets[i] = []int{}
			for _, e := range set {
				key, err := s.groupingKey(e, items, !r.AddGrouping)
				if err != nil {
					return nil, err
				}
				sets[i] = append(sets[i], places[typed.Key(key)])
			}
		}
		return sets, nil
	}
	return nil, nil
}

func unsupportedGrouping() error {
	return fail("UNSUPPORTED_GROUPING_EXPRESSION", "42K0E", "grouping()/grouping_id() can only be used with GroupingSets/Cube/Rollup.")
}

// groupingValue computes grouping(c) and grouping_id(…) from the grouping id, whose bits tell from the left which of the
// grouping columns are not in the set of a row.
func (g *aggregation) groupingValue(c typed.Call) (typed.Expression, error) {
	if g.node.GroupingID == nil {
		return nil, unsupportedGrouping()
	}
	id := typed.Reference{Column: *g.node.GroupingID}
	if c.Name == groupingIDCall {
		if err := g.checkGroupingID(c); err != nil {
			return nil, err
		}
		return id, nil
	}
	key := typed.Key(c.Args[0])
	at := slices.IndexFunc(g.node.Grouping, func(i typed.Item) bool {
		return typed.Key(i.Expression) == key || typed.Key(typed.Reference{Column: i.Column}) == key
	})
	if at < 0 {
		text, columns := typed.Text(c.Args[0]), g.groupingText()
		return nil, fail("GROUPING_COLUMN_MISMATCH", "42803", "Column of grouping (%s) can't be found in grouping columns %s.", text, columns).
			With("grouping", text, "groupingColumns", columns)
	}
	shifted, err := g.a.resolve("shiftright", id, intLiteral(int32(len(g.node.Grouping)-1-at)))
	if err != nil {
		return nil, err
	}
	bit, err := g.a.resolve("&", shifted, longLiteral(1))
	if err != nil {
		return nil, err
	}
	return typed.Cast{Child: bit, To: types.Byte, ANSI: g.a.options.ANSI}, nil
}

func (g *aggregation) checkGroupingID(c typed.Call) error {
	matches := len(c.Args) == 0 || len(c.Args) == len(g.node.Grouping)
	for i := 0; matches && i < len(c.Args); i++ {
		key, group := typed.Key(c.Args[i]), g.node.Grouping[i]
		matches = key == typed.Key(group.Expression) || key == typed.Key(typed.Reference{Column: group.Column})
	}
	if matches {
		return nil
	}
	names := make([]string, len(c.Args))
	for i, a := range c.Args {
		names[i] = typed.Text(a)
	}
	text, columns := strings.Join(names, ","), g.groupingText()
	return fail("GROUPING_ID_COLUMN_MISMATCH", "42803", "Columns of grouping_id (%s) does not match grouping columns (%s).", text, columns).
		With("groupingIdColumn", text, "groupByColumns", columns)
}

func (g *aggregation) groupingText() string {
	names := make([]string, len(g.node.Grouping))
	for i, item := range g.node.Grouping {
		names[i] = item.Column.Name + "#" + itoa(int(item.Column.ID))
	}
	return strings.Join(names, ",")
}

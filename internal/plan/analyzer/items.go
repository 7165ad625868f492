package analyzer

import (
	"slices"

	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
)

// resolvedExpression stands in a plan as written for something that is resolved already.
type resolvedExpression struct {
	plan.Expression
	value typed.Expression
}

// item is an entry of a select list.
type item struct {
	written  plan.Expression
	value    typed.Expression
	name     string   // of the column: an alias, or what Spark makes of the expression
	aliases  []string // as written, or nil
	metadata string
}

// items resolves a select list. Stars are expanded, and later entries may refer to the aliases of earlier ones.
func (s *scope) items(list []plan.Expression) ([]item, error) {
	inner := *s
	var items []item
	for _, e := range list {
		resolved, err := inner.item(e)
		if err != nil {
			return nil, err
		}
		items = append(items, resolved...)
		for _, i := range resolved {
			if len(i.aliases) == 1 && !hasGenerator(i.value) {
				inner.aliases = append(inner.aliases, lateralAlias{name: i.name, value: i.value})
			}
		}
	}
	return items, nil
}

// item resolves an entry, which may stand for several columns.
func (s *scope) item(e plan.Expression) ([]item, error) {
	if nestedGenerator(e) {
		text := `"` + s.pretty(e) + `"`
		return nil, fail("UNSUPPORTED_GENERATOR.NESTED_IN_EXPRESSIONS", "42K0E", "The generator is not supported: nested in expressions %s.", text).
			With("expression", text)
	}
	var found []starred
	var err error
	switch e := e.(type) {
	case plan.Star:
		found, err = s.expand(e)
	case plan.Regex:
		found, err = s.expandRegex(e)
	case plan.Alias:
		value, err := s.expression(e.Child)
		if err != nil {
			return nil, err
		}
		_, _, generator := generatorOf(value)
		if len(e.Names) > 1 && !generator {
			return nil, s.needlessNames(e)
		}
		return []item{{written: e.Child, value: value, name: e.Names[0], aliases: e.Names, metadata: e.Metadata}}, nil
	default:
		value, err := s.expression(e)
		if err != nil {
			return nil, err
		}
		return []item{{written: e, value: value, name: s.columnName(e, value)}}, nil
	}
	if err != nil {
		return nil, err
	}
	items := make([]item, len(found))
	for i, f := range found {
		items[i] = item{written: resolvedExpression{Expression: plan.Attribute{Parts: []string{f.name}}, value: f.expression}, value: f.expression, name: f.name}
	}
	return items, nil
}

func (s *scope) needlessNames(e plan.Alias) error {
	names := ""
	for i, n := range e.Names {
		if i > 0 {
			names += ", "
		}
		names += n
	}
	text := `"` + s.pretty(e.Child) + `"`
	return fail("MULTI_ALIAS_WITHOUT_GENERATOR", "42K0E", "Multi part aliasing (%s) is not supported with %s as it is not a generator function.", names, text).
		With("names", names, "expr", text)
}

// selectItems resolves a Project: with aggregate functions in it, all rows are one group.
func (a *analyzer) selectItems(r plan.Project, q query) (*relation, error) {
	input, err := a.relation(r.Input, q)
	if err != nil {
		return nil, err
	}
	s := a.scope(q, input)
	items, err := s.items(r.Items)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(items, func(i item) bool { return hasAggregate(i.value) }) {
		return a.aggregate(s, input, groupingKeys{}, items)
	}
	if slices.ContainsFunc(items, func(i item) bool { return typed.Any(i.value, isGrouping) }) {
		return nil, unsupportedGrouping()
	}
	return a.compute(s, input, items)
}

// compute makes a Project of items without aggregate functions, with a Generate below it for each generator.
func (a *analyzer) compute(s *scope, input *relation, items []item) (*relation, error) {
	var generated []item
	for _, i := range items {
		if c, ok := bareWindowFunction(i.value); ok {
			return nil, withoutOver(s, i.written, c)
		}
		call, f, ok := generatorOf(i.value)
		if !ok {
			generated = append(generated, i)
			continue
		}
		below, err := a.generate(input, call, f, "", i.aliases)
		if err != nil {
			return nil, err
		}
		for _, c := range below.columns[len(below.columns)-len(below.node.(*typed.Generate).Columns):] {
			generated = append(generated, item{value: typed.Reference{Column: c}, name: c.Name})
		}
		input = below
	}
	return project(input, a.computed(input, generated)), nil
}

// computed gives each item its column. A column that is handed on keeps its id, once.
func (a *analyzer) computed(input *relation, items []item) []typed.Item {
	produced, used := idsOf(input.node.Output()), map[typed.ColumnID]bool{}
	list := make([]typed.Item, len(items))
	for i, it := range items {
		list[i] = typed.Item{Column: a.itemColumn(produced, it, used), Expression: it.value}
		used[list[i].Column.ID] = true
	}
	return list
}

func idsOf(columns []typed.Column) map[typed.ColumnID]bool {
	ids := make(map[typed.ColumnID]bool, len(columns))
	for _, c := range columns {
		ids[c.ID] = true
	}
	return ids
}

// itemColumn makes the column of an item: that of the input if the item merely names one of those in produced, unless it is
// used already.
func (a *analyzer) itemColumn(produced map[typed.ColumnID]bool, it item, used map[typed.ColumnID]bool) typed.Column {
	ref, isRef := it.value.(typed.Reference)
	if isRef && it.aliases == nil && it.metadata == "" && produced[ref.Column.ID] {
		c := ref.Column
		c.Name = it.name
		if used[c.ID] {
			c.ID = a.id()
			a.origins[c.ID] = a.origin(ref.Column.ID)
		}
		return c
	}
	c := typed.Column{ID: a.id(), Name: it.name, Type: it.value.Type(), Nullable: it.value.Nullable(), Metadata: it.metadata}
	if c.Metadata == "" {
		c.Metadata = inheritedMetadata(it.value)
	}
	return c
}

// inheritedMetadata is the metadata of the column or struct field that an expression merely names.
func inheritedMetadata(e typed.Expression) string {
	switch e := e.(type) {
	case typed.Reference:
		return e.Column.Metadata
	case typed.Field:
		if t, ok := e.Child.Type().(types.Struct); ok {
			return string(t.Fields[e.Index].Metadata)
		}
	}
	return ""
}

func withoutOver(s *scope, written plan.Expression, c typed.Call) error {
	text := `"` + c.Name + `()"`
	if call, ok := written.(plan.Call); ok {
		text = `"` + s.pretty(call) + `"`
	}
	return fail("WINDOW_FUNCTION_WITHOUT_OVER_CLAUSE", "42601", "Window function %s requires an OVER clause.", text).With("funcName", text)
}

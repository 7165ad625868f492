package analyzer

import (
	"slices"
	"strings"

	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
)

// unpivot turns columns into rows of their name and value.
func (a *analyzer) unpivot(r plan.Unpivot, q query) (*relation, error) {
	input, err := a.relation(r.Input, q)
	if err != nil {
		return nil, err
	}
	s := a.scope(q, input)
	ids, err := s.items(r.IDs)
	if err != nil {
		return nil, err
	}
	values, err := s.items(r.Values)
	if err != nil {
		return nil, err
	}
	switch {
	case r.OtherIDs:
		ids = others(input, values)
	case len(r.Values) == 0:
		if values, err = s.otherColumns(input, ids); err != nil {
			return nil, err
		}
	}
	if len(values) == 0 {
		return nil, fail("UNPIVOT_REQUIRES_VALUE_COLUMNS", "42K0A",
			"At least one value column needs to be specified for UNPIVOT, all columns specified as ids.")
	}
	return a.stacked(input, r, ids, values)
}

// others lists the columns that are not among items.
func others(input *relation, items []item) []item {
	var rest []item
	for _, c := range input.columns {
		if !slices.ContainsFunc(items, func(i item) bool { return typed.References(i.value)[c.ID] }) {
			ref := typed.Reference{Column: c}
			rest = append(rest, item{written: resolvedExpression{Expression: plan.Attribute{Parts: []string{c.Name}}, value: ref}, value: ref, name: c.Name})
		}
	}
	return rest
}

// otherColumns lists the value columns of an unpivot that names only its ids, which must then be columns themselves.
func (s *scope) otherColumns(input *relation, ids []item) ([]item, error) {
	const given, empty = "id", "value"
	for _, i := range ids {
		if _, ok := i.value.(typed.Reference); !ok {
			text := `"` + s.pretty(i.written) + `"`
			return nil, fail("UNPIVOT_REQUIRES_ATTRIBUTES", "42K0A",
				"UNPIVOT requires all given %q expressions to be columns when no %q expressions are given. These are not columns: [%s].", given, empty, text).
				With("given", given, "empty", empty, "expressions", text)
		}
	}
	return others(input, ids), nil
}

// stacked makes the rows with a generator: one row of name and value for each value column.
func (a *analyzer) stacked(input *relation, r plan.Unpivot, ids, values []item) (*relation, error) {
	list := make([]types.DataType, len(values))
	for i, v := range values {
		list[i] = v.value.Type()
	}
	common, ok := types.WiderWithoutTextOf(list, a.options.ANSI)
	if !ok {
		return nil, mixedValues(values)
	}
	args := []typed.Expression{intLiteral(int32(len(values)))}
	nullable := false
	for _, v := range values {
		value := a.castTo(v.value, common)
		nullable = nullable || value.Nullable()
		args = append(args, stringLiteral(v.name), value)
	}
	call, err := a.resolve("stack", args...)
	if err != nil {
		return nil, err
	}
	generator, f, isGenerator := generatorOf(call)
	if !isGenerator {
		return nil, unresolvedRoutine("stack")
	}
	generated, err := a.generate(input, generator, f, "", []string{r.Variable, r.Value})
	if err != nil {
		return nil, err
	}
	items := slices.Clone(ids)
	made := generated.columns[len(generated.columns)-2:]
	made[0].Nullable, made[1].Nullable = false, nullable
	for _, c := range made {
		items = append(items, item{value: typed.Reference{Column: c}, name: c.Name})
	}
	result := project(generated, a.computed(generated, items))
	if !r.ExcludeNulls {
		return result, nil
	}
	there, err := a.resolve("isnotnull", typed.Reference{Column: made[1]})
	if err != nil {
		return nil, err
	}
	return over(result, &typed.Filter{Input: result.node, Condition: there}), nil
}

func mixedValues(values []item) error {
	var texts []string
	byType := map[string][]string{}
	for _, v := range values {
		t := quotedType(v.value.Type())
		if byType[t] == nil {
			texts = append(texts, t)
		}
		byType[t] = append(byType[t], quoteParts([]string{v.name}))
	}
	slices.Sort(texts)
	for i, t := range texts {
		texts[i] = t + " (" + strings.Join(byType[t], ", ") + ")"
	}
	list := strings.Join(texts, ", ")
	return fail("UNPIVOT_VALUE_DATA_TYPE_MISMATCH", "42K09", "Unpivot value columns must share a least common type, some types do not: [%s].", list).
		With("types", list)
}

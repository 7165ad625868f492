package analyzer

import (
	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// chosenInput resolves a relation and marks the columns that names name, or all of them without names.
func (a *analyzer) chosenInput(r plan.Relation, names []string, q query) (*relation, []bool, error) {
	input, err := a.relation(r, q)
	if err != nil {
		return nil, nil, err
	}
	marks, err := a.chosen(input.columns, names)
	return input, marks, err
}

// chosen marks the columns that names name, or all of them without names.
func (a *analyzer) chosen(columns []typed.Column, names []string) ([]bool, error) {
	marks := make([]bool, len(columns))
	if len(names) == 0 {
		for i := range marks {
			marks[i] = true
		}
		return marks, nil
	}
	for _, name := range names {
		found := false
		for i, c := range columns {
			if a.same(c.Name, name) {
				if found {
					return nil, ambiguous([]string{name}, []typed.Column{columns[i], c})
				}
				marks[i], found = true, true
			}
		}
		if !found {
			return nil, unresolvedOf(name, columns)
		}
	}
	return marks, nil
}

// fillKind is the kind of columns that a value of fillna or replace goes with.
func fillKind(t types.DataType) string {
	switch {
	case types.IsNumeric(t):
		return "numeric"
	case types.IsText(t):
		return "string"
	case t == types.Boolean:
		return "boolean"
	}
	return ""
}

func (a *analyzer) fillNulls(r plan.FillNulls, q query) (*relation, error) {
	input, _, err := a.chosenInput(r.Input, r.Columns, q)
	if err != nil {
		return nil, err
	}
	items := make([]item, len(input.columns))
	for i, c := range input.columns {
		items[i] = item{value: typed.Reference{Column: c}, name: c.Name}
		value, ok := a.fillValue(r, c)
		if !ok {
			continue
		}
		if fillKind(value.Type) == "" {
			return nil, sparkerror.Unsupported("filling nulls with a value of type "+value.Type.SimpleString(), "Use a number, a string or a boolean.")
		}
		if fillKind(value.Type) != fillKind(c.Type) {
			continue
		}
		filled, err := a.filled(c, typed.Literal{Value: value.Value, DataType: value.Type})
		if err != nil {
			return nil, err
		}
		items[i] = item{value: filled, name: c.Name, aliases: []string{c.Name}, metadata: ""}
	}
	return project(input, a.computed(input, items)), nil
}

// fillValue is the value that goes into the nulls of a column.
func (a *analyzer) fillValue(r plan.FillNulls, c typed.Column) (plan.Literal, bool) {
	if len(r.Columns) == 0 {
		return r.Values[0], true
	}
	for i, name := range r.Columns {
		if a.same(c.Name, name) {
			if len(r.Values) == 1 {
				return r.Values[0], true
			}
			return r.Values[i], true
		}
	}
	return plan.Literal{}, false
}

// filled replaces null, and for floating-point columns NaN, by a value.
func (a *analyzer) filled(c typed.Column, value typed.Literal) (typed.Expression, error) {
	column := typed.Expression(typed.Reference{Column: c})
	if c.Type == types.Float || c.Type == types.Double {
		var err error
		if column, err = a.resolve("nanvl", column, typed.Literal{DataType: c.Type}); err != nil {
			return nil, err
		}
	}
	return a.resolve("coalesce", column, a.castTo(value, c.Type))
}

func (a *analyzer) dropNulls(r plan.DropNulls, q query) (*relation, error) {
	input, marks, err := a.chosenInput(r.Input, r.Columns, q)
	if err != nil {
		return nil, err
	}
	var present []typed.Expression
	for i, c := range input.columns {
		if marks[i] {
			there, err := a.present(c)
			if err != nil {
				return nil, err
			}
			present = append(present, there)
		}
	}
	condition, err := a.atLeast(present, r.MinNonNull)
	if err != nil {
		return nil, err
	}
	return over(input, &typed.Filter{Input: input.node, Condition: condition}), nil
}

// present is true where a column holds a value: neither null nor NaN.
func (a *analyzer) present(c typed.Column) (typed.Expression, error) {
	column := typed.Reference{Column: c}
	there, err := a.resolve("isnotnull", column)
	if err != nil || c.Type != types.Float && c.Type != types.Double {
		return there, err
	}
	nan, err := a.resolve("isnan", column)
	if err != nil {
		return nil, err
	}
	number, err := a.resolve("not", nan)
	if err != nil {
		return nil, err
	}
	return a.resolve("and", there, number)
}

// atLeast is true where at least n of the conditions are; nil means all.
func (a *analyzer) atLeast(conditions []typed.Expression, n *int) (typed.Expression, error) {
	if n == nil || *n == len(conditions) {
		all := typed.Expression(typed.Literal{Value: true, DataType: types.Boolean})
		for i, c := range conditions {
			if i == 0 {
				all = c
				continue
			}
			var err error
			if all, err = a.resolve("and", all, c); err != nil {
				return nil, err
			}
		}
		return all, nil
	}
	sum := typed.Expression(intLiteral(0))
	for _, c := range conditions {
		one := typed.Case{Branches: []typed.Branch{{When: c, Then: intLiteral(1)}}, Else: intLiteral(0), DataType: types.Integer}
		var err error
		if sum, err = a.resolve("+", sum, one); err != nil {
			return nil, err
		}
	}
	return a.resolve(">=", sum, intLiteral(int32(*n)))
}

func (a *analyzer) replaceValues(r plan.ReplaceValues, q query) (*relation, error) {
	input, err := a.relation(r.Input, q)
	if err != nil {
		return nil, err
	}
	if len(r.Replacements) == 0 {
		return over(input, input.node), nil
	}
	marks, err := a.chosen(input.columns, r.Columns)
	if err != nil {
		return nil, err
	}
	items := make([]item, len(input.columns))
	for i, c := range input.columns {
		items[i] = item{value: typed.Reference{Column: c}, name: c.Name}
		if !marks[i] || fillKind(c.Type) == "" || fillKind(c.Type) != replacementKind(r.Replacements) {
			continue
		}
		replaced, err := a.replaced(c, r.Replacements)
		if err != nil {
			return nil, err
		}
		items[i] = item{value: replaced, name: c.Name, aliases: []string{c.Name}}
	}
	return project(input, a.computed(input, items)), nil
}

// replacementKind is the kind of the values that are looked for.
func replacementKind(list []plan.Replacement) string {
	for _, r := range list {
		if r.From.Value != nil {
			return fillKind(r.From.Type)
		}
	}
	return ""
}

func (a *analyzer) replaced(c typed.Column, list []plan.Replacement) (typed.Expression, error) {
	column := typed.Reference{Column: c}
	result := typed.Case{DataType: c.Type, Else: column}
	for _, r := range list {
		equal, err := a.resolve("==", column, a.castTo(typed.Literal{Value: r.From.Value, DataType: r.From.Type}, c.Type))
		if err != nil {
			return nil, err
		}
		to := a.castTo(typed.Literal{Value: r.To.Value, DataType: r.To.Type}, c.Type)
		result.Branches = append(result.Branches, typed.Branch{When: equal, Then: to})
	}
	return result, nil
}

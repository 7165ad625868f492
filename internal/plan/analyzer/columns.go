package analyzer

import (
	"slices"
	"strings"

	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// alias gives the columns a qualifier, and new names where the alias has some.
func (a *analyzer) alias(r plan.SubqueryAlias, q query) (*relation, error) {
	input, err := a.relation(r.Input, q)
	if err != nil {
		return nil, err
	}
	if len(r.Columns) > 0 {
		if input, err = a.renamedTo(input, r.Columns, func() error {
			if _, inline := r.Input.(plan.Values); inline {
				return inlineWidth(len(r.Columns), len(input.columns), 0)
			}
			return arity(len(input.columns), len(r.Columns))
		}); err != nil {
			return nil, err
		}
	}
	return a.qualified(input, r.Name), nil
}

func arity(targets, expressions int) error {
	return fail("ASSIGNMENT_ARITY_MISMATCH", "42802",
		"The number of columns or variables assigned or aliased: %d does not match the number of source expressions: %d.", targets, expressions).
		With("numTarget", itoa(targets), "numExpr", itoa(expressions))
}

// qualified shows the same columns under a qualifier. What lies below cannot be reached through it.
func (a *analyzer) qualified(input *relation, qualifier ...string) *relation {
	columns := slices.Clone(input.columns)
	for i := range columns {
		columns[i].Qualifier = qualifier
	}
	return &relation{node: input.node, columns: columns, inputs: []*relation{input}}
}

// renamedTo gives all columns new names by position; mismatch makes the error for a wrong number of names.
func (a *analyzer) renamedTo(input *relation, names []string, mismatch func() error) (*relation, error) {
	if len(names) != len(input.columns) {
		return nil, mismatch()
	}
	items := make([]item, len(names))
	for i, c := range input.columns {
		items[i] = item{value: typed.Reference{Column: c}, name: names[i]}
		if c.Name != names[i] {
			items[i].aliases = names[i : i+1]
		}
	}
	return project(input, a.computed(input, items)), nil
}

func (a *analyzer) toDF(r plan.ToDF, q query) (*relation, error) {
	input, err := a.relation(r.Input, q)
	if err != nil {
		return nil, err
	}
	return a.renamedTo(input, r.Names, func() error { return arity(len(input.columns), len(r.Names)) })
}

// withColumns adds columns; each replaces those of its name.
func (a *analyzer) withColumns(r plan.WithColumns, q query) (*relation, error) {
	input, err := a.relation(r.Input, q)
	if err != nil {
		return nil, err
	}
	written := make([]plan.Expression, len(r.Items))
	for i, alias := range r.Items {
		if len(alias.Names) != 1 {
			return nil, sparkerror.Unsupported("a column of several names in withColumns", "Use select.")
		}
		for _, other := range r.Items[:i] {
			if a.same(alias.Names[0], other.Names[0]) {
				return nil, columnExists(strings.ToLower(alias.Names[0]))
			}
		}
		written[i] = alias
	}
	s := a.scope(q, input)
	added, err := s.items(written)
	if err != nil {
		return nil, err
	}
	replaced := map[int]bool{}
	var items []item
	for _, c := range input.columns {
		kept := item{value: typed.Reference{Column: c}, name: c.Name}
		for i, n := range added {
			if a.same(n.name, c.Name) {
				kept, replaced[i] = n, true
			}
		}
		items = append(items, kept)
	}
	for i, n := range added {
		if !replaced[i] {
			items = append(items, n)
		}
	}
	if slices.ContainsFunc(items, func(i item) bool { return hasAggregate(i.value) }) {
		return a.aggregate(s, input, groupingKeys{}, items)
	}
	return a.compute(s, input, items)
}

// renamed renames columns one renaming after the other; names that are not there are passed over.
func (a *analyzer) renamed(r plan.WithColumnsRenamed, q query) (*relation, error) {
	input, err := a.relation(r.Input, q)
	if err != nil {
		return nil, err
	}
	items := make([]item, len(input.columns))
	for i, c := range input.columns {
		items[i] = item{value: typed.Reference{Column: c}, name: c.Name}
	}
	changed := false
	for _, rename := range r.Renames {
		for i := range items {
			if a.same(items[i].name, rename.From) {
				items[i].name, items[i].aliases, changed = rename.To, []string{rename.To}, true
			}
		}
	}
	if !changed {
		return over(input, input.node), nil
	}
	return project(input, a.computed(input, items)), nil
}

// drop leaves out columns, by name or by reference; those that are not there are passed over.
func (a *analyzer) drop(r plan.Drop, q query) (*relation, error) {
	input, err := a.relation(r.Input, q)
	if err != nil {
		return nil, err
	}
	out := map[typed.ColumnID]bool{}
	s := a.scope(q, input)
	for _, e := range r.Columns {
		attribute, ok := e.(plan.Attribute)
		if !ok {
			continue // an expression is no column, so there is nothing to drop
		}
		found, err := s.lookup(attribute)
		if err != nil {
			return nil, err
		}
		if ref, ok := found.(typed.Reference); ok {
			out[ref.Column.ID] = true
		} else if attribute.PlanID != 0 && !s.reaches(attribute.PlanID) {
			return nil, foreignColumn(attribute.Parts)
		}
	}
	var kept []typed.Column
	for _, c := range input.columns {
		byName := slices.ContainsFunc(r.Names, func(name string) bool { return a.same(c.Name, name) })
		if !byName && !out[c.ID] {
			kept = append(kept, c)
		}
	}
	if len(kept) == len(input.columns) {
		return over(input, input.node), nil
	}
	return project(input, references(kept)), nil
}

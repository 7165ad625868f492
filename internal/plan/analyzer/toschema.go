package analyzer

import (
	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
)

// toSchema brings columns into the order, names and types of a schema: df.to(schema).
func (a *analyzer) toSchema(r plan.ToSchema, q query) (*relation, error) {
	input, err := a.relation(r.Input, q)
	if err != nil {
		return nil, err
	}
	items := make([]item, len(r.Schema.Fields))
	for i, f := range r.Schema.Fields {
		found, _ := a.find(input.columns, []string{f.Name})
		if len(found) > 1 {
			return nil, ambiguous([]string{f.Name}, found)
		}
		if len(found) == 0 {
			if !f.Nullable {
				return nil, unresolvedInOrder(f.Name, input.columns)
			}
			items[i] = item{value: typed.Literal{DataType: f.Type}, name: f.Name, aliases: []string{f.Name}, metadata: string(f.Metadata)}
			continue
		}
		value, err := a.fit(typed.Reference{Column: found[0]}, f, nil)
		if err != nil {
			return nil, err
		}
		items[i] = item{value: value, name: f.Name, metadata: string(f.Metadata)}
		if found[0].Name != f.Name || f.Metadata != nil {
			items[i].aliases = []string{f.Name}
		}
	}
	return project(input, a.computed(input, items)), nil
}

// fit brings a value to the type of a field, which must allow its nulls.
func (a *analyzer) fit(e typed.Expression, f types.Field, path []string) (typed.Expression, error) {
	path = append(path[:len(path):len(path)], f.Name)
	if e.Nullable() && !f.Nullable {
		name := quoteParts(path)
		return nil, fail("NULLABLE_COLUMN_OR_FIELD", "42000", "Column or field %s is nullable while it's required to be non-nullable.", name).With("name", name)
	}
	return a.reconcile(e, f.Type, path)
}

// reconcile casts a value to a type, matching the members of structs by name, where that is allowed without being asked.
func (a *analyzer) reconcile(e typed.Expression, to types.DataType, path []string) (typed.Expression, error) {
	from := e.Type()
	if types.Equal(from, to) {
		return e, nil
	}
	source, isStruct := from.(types.Struct)
	target, wantsStruct := to.(types.Struct)
	if isStruct && wantsStruct && !types.EqualIgnoringNulls(from, to) {
		return a.reconcileStruct(e, source, target, path)
	}
	if types.CanStoreAssign(from, to) || types.EqualIgnoringNulls(from, to) {
		return typed.Cast{Child: e, To: to, ANSI: true}, nil
	}
	name := quoteParts(path)
	return nil, fail("INVALID_COLUMN_OR_FIELD_DATA_TYPE", "42000", "Column or field %s is of type %s while it's required to be %s.", name, quotedType(from), quotedType(to)).
		With("name", name, "type", quotedType(from), "expectedType", quotedType(to))
}

func (a *analyzer) reconcileStruct(e typed.Expression, from, to types.Struct, path []string) (typed.Expression, error) {
	var args []typed.Expression
	for _, f := range to.Fields {
		args = append(args, stringLiteral(f.Name))
		found := from.Lookup(f.Name, a.options.CaseSensitive)
		if len(found) == 0 {
			if !f.Nullable {
				names := make([]typed.Column, len(from.Fields))
				for i, g := range from.Fields {
					names[i].Name = g.Name
				}
				return nil, unresolved("UNRESOLVED_FIELD", "A field", append(path[:len(path):len(path)], f.Name), names, nil)
			}
			args = append(args, typed.Literal{DataType: f.Type})
			continue
		}
		member := typed.Field{Child: e, Index: found[0], Name: f.Name}
		value, err := a.fit(member, f, path)
		if err != nil {
			return nil, err
		}
		args = append(args, value)
	}
	rebuilt, err := a.resolve("named_struct", args...)
	if err != nil || !e.Nullable() {
		return rebuilt, err
	}
	isNull, err := a.resolve("isnull", e)
	if err != nil {
		return nil, err
	}
	return typed.Case{
		Branches: []typed.Branch{{When: isNull, Then: typed.Literal{DataType: rebuilt.Type()}}}, Else: rebuilt, DataType: rebuilt.Type(),
	}, nil
}

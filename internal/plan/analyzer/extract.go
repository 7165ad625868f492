package analyzer

import (
	"strings"

	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/plan/function"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
)

// extractAll takes nested fields by their names: the rest of a dotted name.
func (s *scope) extractAll(e typed.Expression, fields []string) (typed.Expression, error) {
	for _, f := range fields {
		var err error
		if e, err = s.extract(e, typed.Literal{Value: f, DataType: types.String}, f); err != nil {
			return nil, err
		}
	}
	return e, nil
}

func (s *scope) extractValue(e plan.ExtractValue) (typed.Expression, error) {
	child, err := s.expression(e.Child)
	if err != nil {
		return nil, err
	}
	key, err := s.expression(e.Key)
	if err != nil {
		return nil, err
	}
	return s.extract(child, key, s.pretty(e.Key))
}

// extract takes a member out of a struct, array or map; keyText is the key for errors.
func (s *scope) extract(child, key typed.Expression, keyText string) (typed.Expression, error) {
	literal, _ := key.(typed.Literal)
	name, isName := literal.Value.(string)
	switch t := child.Type().(type) {
	case types.Struct:
		if !isName {
			return nil, fail("INVALID_EXTRACT_FIELD_TYPE", "42000", "Field name should be a non-null string literal, but it's %q.", keyText).
				With("extraction", `"`+keyText+`"`)
		}
		return s.field(child, t, name)
	case types.Array:
		if element, ok := t.Element.(types.Struct); ok && isName {
			return s.fieldOfEach(child, t, element, name)
		}
		if !types.IsIntegral(key.Type()) {
			text := function.Text(child) + "[" + keyText + "]"
			return nil, mismatch("UNEXPECTED_INPUT_TYPE", text, `The second parameter requires the "INTEGRAL" type, however "%s" has the type %s.`, keyText, quotedType(key.Type())).
				With("paramIndex", "second", "requiredType", `"INTEGRAL"`, "inputSql", `"`+keyText+`"`, "inputType", quotedType(key.Type()))
		}
		return s.resolve("getarrayitem", child, key)
	case types.Map:
		return s.resolve("getmapvalue", child, key)
	}
	base, other := `"`+function.Text(child)+`"`, quotedType(child.Type())
	return nil, fail("INVALID_EXTRACT_BASE_FIELD_TYPE", "42000",
		"Can't extract a value from %s. Need a complex type [STRUCT, ARRAY, MAP] but got %s.", base, other).With("base", base, "other", other)
}

// fieldIndex finds the one field of a struct that has the name.
func (s *scope) fieldIndex(t types.Struct, name string) (int, error) {
	found := t.Lookup(name, s.a.options.CaseSensitive)
	quoted := quoteParts([]string{name})
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		names := make([]string, len(t.Fields))
		for i, f := range t.Fields {
			names[i] = quoteParts([]string{f.Name})
		}
		list := strings.Join(names, ", ")
		return 0, fail("FIELD_NOT_FOUND", "42704", "No such struct field %s in %s.", quoted, list).With("fieldName", quoted, "fields", list)
	}
	return 0, fail("AMBIGUOUS_REFERENCE_TO_FIELDS", "42000", "Ambiguous reference to the field %s. It appears %d times in the schema.", quoted, len(found)).
		With("field", quoted, "count", itoa(len(found)))
}

func (s *scope) field(child typed.Expression, t types.Struct, name string) (typed.Expression, error) {
	i, err := s.fieldIndex(t, name)
	if err != nil {
		return nil, err
	}
	return typed.Field{Child: child, Index: i, Name: t.Fields[i].Name}, nil
}

// fieldOfEach takes a field out of each struct of an array: an array of the fields.
func (s *scope) fieldOfEach(child typed.Expression, array types.Array, element types.Struct, name string) (typed.Expression, error) {
	i, err := s.fieldIndex(element, name)
	if err != nil {
		return nil, err
	}
	parameter := typed.LambdaVariable{ID: s.a.id(), Name: "x", DataType: element, Null: array.ContainsNull}
	body := typed.Field{Child: parameter, Index: i, Name: element.Fields[i].Name}
	return s.resolve("transform", child, typed.Lambda{Parameters: []typed.LambdaVariable{parameter}, Body: body})
}

// updateFields rebuilds a struct with a field added, replaced or left out: withField and dropFields.
func (s *scope) updateFields(e plan.UpdateFields) (typed.Expression, error) {
	child, err := s.expression(e.Child)
	if err != nil {
		return nil, err
	}
	path := strings.Split(e.Field, ".")
	var value typed.Expression
	if e.Value != nil {
		if value, err = s.expression(e.Value); err != nil {
			return nil, err
		}
	}
	return s.update(child, path, value, s.pretty(e))
}

func (s *scope) update(child typed.Expression, path []string, value typed.Expression, text string) (typed.Expression, error) {
	t, ok := child.Type().(types.Struct)
	if !ok {
		return nil, mismatch("UNEXPECTED_INPUT_TYPE", text, `The first parameter requires the "STRUCT" type, however "%s" has the type %s.`,
			function.Text(child), quotedType(child.Type())).
			With("paramIndex", "first", "requiredType", `"STRUCT"`, "inputSql", `"`+function.Text(child)+`"`, "inputType", quotedType(child.Type()))
	}
	if len(path) > 1 {
		inner, err := s.field(child, t, path[0])
		if err != nil {
			return nil, err
		}
		if value, err = s.update(inner, path[1:], value, text); err != nil {
			return nil, err
		}
	}
	var args []typed.Expression
	replaced := false
	for i, f := range t.Fields {
		member := typed.Expression(typed.Field{Child: child, Index: i, Name: f.Name})
		name := f.Name
		if s.a.same(f.Name, path[0]) {
			if value == nil {
				continue
			}
			name, member, replaced = path[0], value, true
		}
		args = append(args, typed.Literal{Value: name, DataType: types.String}, member)
	}
	if value != nil && !replaced {
		args = append(args, typed.Literal{Value: path[0], DataType: types.String}, value)
	}
	if len(args) == 0 {
		return nil, mismatch("CANNOT_DROP_ALL_FIELDS", text, "Cannot drop all fields in struct.")
	}
	rebuilt, err := s.resolve("named_struct", args...)
	if err != nil || !child.Nullable() {
		return rebuilt, err
	}
	isNull, err := s.resolve("isnull", child)
	if err != nil {
		return nil, err
	}
	return typed.Case{
		Branches: []typed.Branch{{When: isNull, Then: typed.Literal{DataType: rebuilt.Type()}}},
		Else:     rebuilt, DataType: rebuilt.Type(),
	}, nil
}

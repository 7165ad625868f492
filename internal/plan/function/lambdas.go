package function

import (
	"fmt"

	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
)

// lambdas is the functions that take functions.
var lambdas = []row{
	{names: "transform", resolve: resolveTransform, lambda: elementParameters, sql: template("list_transform($1, $2)")},
	{names: "filter", resolve: resolveFilter, lambda: elementParameters, sql: template("list_filter($1, $2)")},
	{names: "exists", resolve: resolveQuantifier, lambda: elementParameters, sql: existsSQL},
	{names: "forall", resolve: resolveQuantifier, lambda: elementParameters, sql: forallSQL},
	{names: "aggregate reduce", resolve: resolveAggregate, lambda: aggregateParameters, sql: aggregateSQL},
	{names: "zip_with", resolve: resolveZipWith, lambda: zipParameters, sql: zipWithSQL},
	{names: "map_filter", resolve: resolveMapFilter, lambda: entryParameters, sql: castResult("map_from_entries(list_filter(map_entries($1), $2))")},
	{names: "transform_values", resolve: resolveTransformMap, lambda: entryParameters, sql: transformMapSQL},
	{names: "transform_keys", resolve: resolveTransformMap, lambda: entryParameters, sql: transformMapSQL},
	{names: "map_zip_with", resolve: resolveMapZipWith, lambda: mapZipParameters, sql: mapZipSQL},
	{names: internalPrefix + "position", sql: template("CAST(($1 - 1) AS INTEGER)")},
	{names: internalPrefix + "apply", sql: template("list_transform([$1], $2)[1]")},
}

// elementParameters gives the parameters of a function of an element and, where it was written with two, its position.
func elementParameters(_ Context, args []typed.Expression, _, count int) ([]typed.LambdaVariable, error) {
	list := []typed.LambdaVariable{{DataType: elementOf(args), Null: containsNull(args[0])}}
	if count == 2 {
		list = append(list, typed.LambdaVariable{DataType: types.Integer})
	}
	return list, lambdaCount(list, count)
}

func lambdaCount(list []typed.LambdaVariable, count int) error {
	if len(list) != count {
		return wrongLambdaCount(len(list), count)
	}
	return nil
}

// listLambda checks the arguments of a function of an array and a lambda, and makes the lambda's position count from 0.
func listLambda(name string, args []typed.Expression) (typed.Lambda, error) {
	if err := twoArguments(name, args); err != nil {
		return typed.Lambda{}, err
	}
	if _, ok := args[0].Type().(types.Array); !ok {
		return typed.Lambda{}, unexpectedType(name, args, 0, array.name)
	}
	l, ok := args[1].(typed.Lambda)
	if !ok {
		return typed.Lambda{}, unexpectedType(name, args, 1, `"LAMBDA"`)
	}
	if len(l.Parameters) == 2 {
		position := l.Parameters[1]
		position.DataType = types.Long
		zeroBased := typed.Call{Name: internalPrefix + "position", Args: []typed.Expression{position}, DataType: types.Integer}
		l.Body = substitute(l.Body, map[typed.ColumnID]typed.Expression{position.ID: zeroBased})
	}
	return l, nil
}

// conditionOf casts the body of a lambda to boolean.
func conditionOf(ctx Context, name string, args []typed.Expression, l typed.Lambda) (typed.Lambda, error) {
	to, ok := boolean.to(ctx, l.Body.Type())
	if !ok {
		return l, unexpectedType(name, args, len(args)-1, boolean.name)
	}
	l.Body = convert(ctx, l.Body, to)
	return l, nil
}

func resolveTransform(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	l, err := listLambda(name, args)
	if err != nil {
		return nil, err
	}
	t := types.Array{Element: l.Body.Type(), ContainsNull: l.Body.Nullable()}
	return typed.Call{Name: name, Args: []typed.Expression{args[0], l}, DataType: t, Null: args[0].Nullable(), ANSI: ctx.ANSI}, nil
}

func resolveFilter(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	l, err := listLambda(name, args)
	if err != nil {
		return nil, err
	}
	if l, err = conditionOf(ctx, name, args, l); err != nil {
		return nil, err
	}
	return typed.Call{Name: name, Args: []typed.Expression{args[0], l}, DataType: args[0].Type(), Null: args[0].Nullable(), ANSI: ctx.ANSI}, nil
}

func resolveQuantifier(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	l, err := listLambda(name, args)
	if err != nil {
		return nil, err
	}
	if l, err = conditionOf(ctx, name, args, l); err != nil {
		return nil, err
	}
	null := args[0].Nullable() || l.Body.Nullable()
	return typed.Call{Name: name, Args: []typed.Expression{args[0], l}, DataType: types.Boolean, Null: null, ANSI: ctx.ANSI}, nil
}

func existsSQL(call typed.Call, args []string) (string, error) {
	answers := "list_transform(" + args[0] + ", " + args[1] + ")"
	unsure := ""
	if call.Args[1].Nullable() {
		unsure = " WHEN list_count(" + answers + ") < len(" + answers + ") THEN NULL"
	}
	return "(CASE WHEN " + args[0] + " IS NULL THEN NULL WHEN list_contains(" + answers + ", TRUE) THEN TRUE" + unsure + " ELSE FALSE END)", nil
}

func forallSQL(call typed.Call, args []string) (string, error) {
	answers := "list_transform(" + args[0] + ", " + args[1] + ")"
	unsure := ""
	if call.Args[1].Nullable() {
		unsure = " WHEN list_count(" + answers + ") < len(" + answers + ") THEN NULL"
	}
	return "(CASE WHEN " + args[0] + " IS NULL THEN NULL WHEN list_contains(" + answers + ", FALSE) THEN FALSE" + unsure + " ELSE TRUE END)", nil
}

// pair is the struct in which two values travel through a lambda of one parameter.
func pair(first, second types.DataType) types.Struct {
	return types.Struct{Fields: []types.Field{{Name: "a", Type: first, Nullable: true}, {Name: "b", Type: second, Nullable: true}}}
}

// onStruct rewrites a lambda to take its parameters from the fields of one struct.
func onStruct(l typed.Lambda, s types.Struct) typed.Lambda {
	whole := typed.LambdaVariable{ID: l.Parameters[0].ID, Name: l.Parameters[0].Name, DataType: s}
	by := make(map[typed.ColumnID]typed.Expression, len(l.Parameters))
	for i, p := range l.Parameters {
		by[p.ID] = typed.Field{Child: whole, Index: i, Name: s.Fields[i].Name}
	}
	return typed.Lambda{Parameters: []typed.LambdaVariable{whole}, Body: substitute(l.Body, by)}
}

func aggregateParameters(_ Context, args []typed.Expression, index, count int) ([]typed.LambdaVariable, error) {
	if args[1] == nil {
		return nil, wrongLambdaCount(0, count)
	}
	list := []typed.LambdaVariable{{DataType: args[1].Type(), Null: true}}
	if index == 2 {
		list = append(list, typed.LambdaVariable{DataType: elementOf(args), Null: containsNull(args[0])})
	}
	return list, lambdaCount(list, count)
}

// resolveAggregate resolves aggregate(list, zero, merge[, finish]). The list and the accumulator may differ in type, which
// DuckDB's list_reduce does not allow, so each element travels with an accumulator in a struct.
func resolveAggregate(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	if len(args) != 3 && len(args) != 4 {
		return nil, wrongCount(name, "[3, 4]", len(args))
	}
	list, ok := args[0].Type().(types.Array)
	if !ok {
		return nil, unexpectedType(name, args, 0, array.name)
	}
	merge, ok := args[2].(typed.Lambda)
	if !ok || len(merge.Parameters) != 2 {
		return nil, unexpectedType(name, args, 2, `"LAMBDA"`)
	}
	zero := args[1]
	accumulator := zero.Type()
	to, ok := types.Implicit(merge.Body.Type(), accumulator, ctx.ANSI)
	if !ok || !types.EqualIgnoringNulls(merge.Body.Type(), to) && !types.IsNumeric(to) {
		return nil, unexpectedType(name, args, 2, `"`+accumulator.SQL()+`"`)
	}
	if !types.EqualIgnoringNulls(merge.Body.Type(), accumulator) {
		return nil, unexpectedType(name, args, 2, `"`+accumulator.SQL()+`"`)
	}
	s := pair(accumulator, list.Element)
	// The parameters keep their ids, as the structs of list_reduce.
	left := typed.LambdaVariable{ID: merge.Parameters[0].ID, Name: merge.Parameters[0].Name, DataType: s}
	right := typed.LambdaVariable{ID: merge.Parameters[1].ID, Name: merge.Parameters[1].Name, DataType: s}
	body := substitute(merge.Body, map[typed.ColumnID]typed.Expression{
		left.ID:  typed.Field{Child: left, Index: 0, Name: "a"},
		right.ID: typed.Field{Child: right, Index: 1, Name: "b"},
	})
	step := typed.Call{Name: "named_struct", Args: []typed.Expression{body, typed.Literal{DataType: list.Element}}, DataType: s}
	call := typed.Call{
		Name: name, Args: []typed.Expression{args[0], zero, typed.Lambda{Parameters: []typed.LambdaVariable{left, right}, Body: step}},
		DataType: accumulator, Null: true, ANSI: ctx.ANSI,
	}
	if len(args) == 3 {
		return call, nil
	}
	finish, ok := args[3].(typed.Lambda)
	if !ok || len(finish.Parameters) != 1 {
		return nil, unexpectedType(name, args, 3, `"LAMBDA"`)
	}
	return typed.Call{Name: internalPrefix + "apply", Args: []typed.Expression{call, finish}, DataType: finish.Body.Type(), Null: true, ANSI: ctx.ANSI}, nil
}

func aggregateSQL(call typed.Call, args []string) (string, error) {
	s := call.Args[2].(typed.Lambda).Parameters[0].DataType.(types.Struct)
	noAccumulator := "CAST(NULL AS " + DuckDBType(s.Fields[0].Type) + ")"
	noElement := "CAST(NULL AS " + DuckDBType(s.Fields[1].Type) + ")"
	elements := fmt.Sprintf("list_transform(%s, lambda e: {'a': %s, 'b': e})", args[0], noAccumulator)
	zero := fmt.Sprintf("{'a': %s, 'b': %s}", args[1], noElement)
	return "struct_extract(list_reduce(" + elements + ", " + args[2] + ", " + zero + "), 'a')", nil
}

func zipParameters(_ Context, args []typed.Expression, _, count int) ([]typed.LambdaVariable, error) {
	list := []typed.LambdaVariable{
		{DataType: elementOf(args), Null: true},
		{DataType: elementOf(args[1:]), Null: true},
	}
	return list, lambdaCount(list, count)
}

func resolveZipWith(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	if len(args) != 3 {
		return nil, wrongCount(name, "3", len(args))
	}
	l, ok := args[2].(typed.Lambda)
	if !ok || len(l.Parameters) != 2 {
		return nil, unexpectedType(name, args, 2, `"LAMBDA"`)
	}
	s := pair(elementOf(args), elementOf(args[1:]))
	t := types.Array{Element: l.Body.Type(), ContainsNull: l.Body.Nullable()}
	null := args[0].Nullable() || args[1].Nullable()
	return typed.Call{Name: name, Args: []typed.Expression{args[0], args[1], onStruct(l, s)}, DataType: t, Null: null, ANSI: ctx.ANSI}, nil
}

func zipWithSQL(call typed.Call, args []string) (string, error) {
	s := call.Args[2].(typed.Lambda).Parameters[0].DataType
	return fmt.Sprintf("(CASE WHEN %[1]s IS NOT NULL AND %[2]s IS NOT NULL THEN list_transform(CAST(list_zip(%[1]s, %[2]s) AS %[4]s[]), %[3]s) END)",
		args[0], args[1], args[2], DuckDBType(s)), nil
}

func entryParameters(_ Context, args []typed.Expression, _, count int) ([]typed.LambdaVariable, error) {
	m, ok := args[0].Type().(types.Map)
	if !ok {
		return nil, unexpectedType("map_filter", args[:1], 0, mapping.name)
	}
	list := []typed.LambdaVariable{{DataType: m.Key}, {DataType: m.Value, Null: m.ValueContainsNull}}
	return list, lambdaCount(list, count)
}

// entryLambda rewrites a function of key and value to take an entry of the map.
func entryLambda(name string, args []typed.Expression) (typed.Lambda, types.Map, error) {
	if err := twoArguments(name, args); err != nil {
		return typed.Lambda{}, types.Map{}, err
	}
	m, ok := args[0].Type().(types.Map)
	if !ok {
		return typed.Lambda{}, m, unexpectedType(name, args, 0, mapping.name)
	}
	l, ok := args[1].(typed.Lambda)
	if !ok || len(l.Parameters) != 2 {
		return l, m, unexpectedType(name, args, 1, `"LAMBDA"`)
	}
	return onStruct(l, entryType(m)), m, nil
}

func resolveMapFilter(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	l, m, err := entryLambda(name, args)
	if err != nil {
		return nil, err
	}
	if l, err = conditionOf(ctx, name, args, l); err != nil {
		return nil, err
	}
	return typed.Call{Name: name, Args: []typed.Expression{args[0], l}, DataType: m, Null: args[0].Nullable(), ANSI: ctx.ANSI}, nil
}

func resolveTransformMap(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	l, m, err := entryLambda(name, args)
	if err != nil {
		return nil, err
	}
	if name == "transform_keys" {
		m.Key = l.Body.Type()
	} else {
		m.Value, m.ValueContainsNull = l.Body.Type(), l.Body.Nullable()
	}
	// The lambda makes the whole entry.
	entry := typed.Expression(l.Parameters[0])
	key, value := typed.Expression(typed.Field{Child: entry, Index: 0, Name: "key"}), typed.Expression(typed.Field{Child: entry, Index: 1, Name: "value"})
	if name == "transform_keys" {
		key = l.Body
	} else {
		value = l.Body
	}
	l.Body = typed.Call{Name: "named_struct", Args: []typed.Expression{key, value}, DataType: entryType(m)}
	return typed.Call{Name: name, Args: []typed.Expression{args[0], l}, DataType: m, Null: args[0].Nullable(), ANSI: ctx.ANSI}, nil
}

func transformMapSQL(call typed.Call, args []string) (string, error) {
	return castResult("map_from_entries(list_transform(map_entries($1), $2))")(call, args)
}

func mapZipParameters(_ Context, args []typed.Expression, _, count int) ([]typed.LambdaVariable, error) {
	a, first := args[0].Type().(types.Map)
	b, second := args[1].Type().(types.Map)
	if !first || !second {
		return nil, unexpectedType("map_zip_with", args[:2], 0, mapping.name)
	}
	list := []typed.LambdaVariable{{DataType: a.Key}, {DataType: a.Value, Null: true}, {DataType: b.Value, Null: true}}
	return list, lambdaCount(list, count)
}

func resolveMapZipWith(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	if len(args) != 3 {
		return nil, wrongCount(name, "3", len(args))
	}
	a, first := args[0].Type().(types.Map)
	b, second := args[1].Type().(types.Map)
	l, ok := args[2].(typed.Lambda)
	if !first || !second || !ok || len(l.Parameters) != 3 || !types.EqualIgnoringNulls(a.Key, b.Key) {
		return nil, mismatch("MAP_ZIP_WITH_DIFF_TYPES", name, args[:2],
			"Input to the `"+name+"` should have been two maps with compatible key types, but it's ["+quotedType(args[0])+", "+quotedType(args[1])+"].")
	}
	s := types.Struct{Fields: []types.Field{
		{Name: "k", Type: a.Key}, {Name: "a", Type: a.Value, Nullable: true}, {Name: "b", Type: b.Value, Nullable: true},
	}}
	l = onStruct(l, s)
	result := types.Map{Key: a.Key, Value: l.Body.Type(), ValueContainsNull: l.Body.Nullable()}
	l.Body = typed.Call{Name: "named_struct", Args: []typed.Expression{typed.Field{Child: l.Parameters[0], Index: 0, Name: "k"}, l.Body}, DataType: entryType(result)}
	return typed.Call{Name: name, Args: []typed.Expression{args[0], args[1], l}, DataType: result, Null: args[0].Nullable() || args[1].Nullable(), ANSI: ctx.ANSI}, nil
}

func mapZipSQL(call typed.Call, args []string) (string, error) {
	keys := fill("(map_keys($1) || list_filter(map_keys($2), lambda k: NOT list_contains(map_keys($1), k)))", args)
	triples := "list_transform(" + keys + ", lambda k: {'k': k" + fill(", 'a': map_extract_value($1, k), 'b': map_extract_value($2, k)})", args)
	return "CAST(map_from_entries(list_transform(" + triples + ", " + args[2] + ")) AS " + DuckDBType(call.DataType) + ")", nil
}

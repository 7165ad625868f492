package function

import (
	"fmt"
	"strings"

	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// collections makes arrays, maps and structs and takes them apart.
var collections = []row{
	{names: "array", resolve: resolveArray, sql: arrayLiteralSQL},
	{names: "map", resolve: resolveMap, sql: mapLiteralSQL},
	{names: "struct", resolve: resolveStruct},
	{names: "named_struct", resolve: resolveNamedStruct, sql: structLiteralSQL},
	{names: "size cardinality", in: takes(collection), out: of(types.Integer), null: sizeNull, sql: sizeSQL, pretty: called("size")},
	{names: "array_size", in: takes(array), out: of(types.Integer), sql: template("CAST(len($1) AS INTEGER)")},
	{names: "map_keys", in: takes(mapping), out: keysType, sql: template("map_keys($1)")},
	{names: "map_values", in: takes(mapping), out: valuesType, sql: template("map_values($1)")},
	{names: "map_entries", in: takes(mapping), out: entriesType, sql: template("map_entries($1)")},
	{names: "map_from_arrays", in: takes(array, array), out: mapOfArrays, sql: castResult("CASE WHEN $1 IS NOT NULL AND $2 IS NOT NULL THEN map_from_entries(list_transform(list_zip($1, $2), lambda z: {'k': z[1], 'v': z[2]})) END")},
	{names: "map_from_entries", in: takes(entryArray), out: mapOfEntries, null: flattenNull, sql: mapFromEntriesSQL},
	{names: "map_concat", resolve: resolveMapConcat, sql: mapConcatSQL},
	{names: "map_contains_key", resolve: resolveMapContainsKey, sql: template("list_contains(map_keys($1), $2)")},
	{
		names: "str_to_map", in: takes(text, text, text), optional: 2, defaults: []typed.Expression{textLiteral(","), textLiteral(":")},
		out: of(types.Map{Key: types.String, Value: types.String, ValueContainsNull: true}), sql: strToMapSQL, pretty: prettyStrToMap,
	},
	{names: "element_at", resolve: resolveElementAt, sql: elementAtSQL},
	{names: "try_element_at", resolve: resolveElementAt, sql: elementAtSQL},
	{names: "get", in: takes(array, integer), out: elementOf, null: func(_ Context, args []typed.Expression) bool { return itemNullable(args, 0) }, sql: template("(CASE WHEN $2 >= 0 THEN $1[$2 + 1] END)")},
	{names: "getarrayitem", resolve: resolveSubscript, sql: itemSQL, pretty: prettySubscript},
	{names: "getmapvalue", resolve: resolveSubscript, sql: template("map_extract_value($1, $2)"), pretty: prettySubscript},
}

// collection takes arrays and maps.
var collection = want{`("ARRAY" or "MAP")`, func(ctx Context, t types.DataType) (types.DataType, bool) {
	switch t.(type) {
	case types.Array, types.Map:
		return t, true
	}
	return array.to(ctx, t)
}}

func elementOf(args []typed.Expression) types.DataType {
	if a, ok := args[0].Type().(types.Array); ok {
		return a.Element
	}
	return types.Null
}

func containsNull(e typed.Expression) bool {
	a, ok := e.Type().(types.Array)
	return ok && a.ContainsNull
}

// castResult prints a template whose result DuckDB would otherwise give a type of its own.
func castResult(pattern string) func(typed.Call, []string) (string, error) {
	return func(call typed.Call, args []string) (string, error) {
		return "CAST(" + fill(pattern, args) + " AS " + DuckDBType(call.DataType) + ")", nil
	}
}

func resolveArray(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	values, common, ok := unified(ctx, args)
	if !ok {
		return nil, mixedTypes(name, args)
	}
	t := types.Array{Element: common, ContainsNull: anyNullable(values)}
	return typed.Call{Name: name, Args: values, DataType: t, ANSI: ctx.ANSI}, nil
}

func arrayLiteralSQL(call typed.Call, args []string) (string, error) {
	text := "[" + strings.Join(args, ", ") + "]"
	if len(args) == 0 || call.DataType.(types.Array).Element == types.Null {
		return "CAST(" + text + " AS " + DuckDBType(call.DataType) + ")", nil
	}
	return text, nil
}

func resolveMap(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	if len(args)%2 != 0 {
		return nil, wrongCount(name, "2n (n > 0)", len(args))
	}
	var keys, values []typed.Expression
	for i := 0; i+1 < len(args); i += 2 {
		keys, values = append(keys, args[i]), append(values, args[i+1])
	}
	keys, key, ok := unified(ctx, keys)
	if !ok {
		return nil, mismatch("CREATE_MAP_KEY_DIFF_TYPES", name, args,
			"The given keys of function `"+name+"` should all be the same type, but they are "+typeList(args, 0)+".",
			"functionName", "`"+name+"`", "dataType", typeList(args, 0))
	}
	values, value, ok := unified(ctx, values)
	if !ok {
		return nil, mismatch("CREATE_MAP_VALUE_DIFF_TYPES", name, args,
			"The given values of function `"+name+"` should all be the same type, but they are "+typeList(args, 1)+".",
			"functionName", "`"+name+"`", "dataType", typeList(args, 1))
	}
	t := types.Map{Key: key, Value: value, ValueContainsNull: anyNullable(values)}
	return typed.Call{Name: "map", Args: append(keys, values...), DataType: t, ANSI: ctx.ANSI}, nil
}

// typeList lists the types of every second argument.
func typeList(args []typed.Expression, from int) string {
	var list []string
	for i := from; i < len(args); i += 2 {
		list = append(list, quotedType(args[i]))
	}
	return "[" + strings.Join(list, ", ") + "]"
}

func mapLiteralSQL(call typed.Call, args []string) (string, error) {
	half := len(args) / 2
	text := "MAP([" + strings.Join(args[:half], ", ") + "], [" + strings.Join(args[half:], ", ") + "])"
	return "CAST(" + text + " AS " + DuckDBType(call.DataType) + ")", nil
}

// fieldName is the name that a value gets as a member of a struct: its own, if it has one.
func fieldName(e typed.Expression, i int) string {
	switch x := e.(type) {
	case typed.Reference:
		return x.Column.Name
	case typed.Field:
		return x.Name
	case typed.LambdaVariable:
		return x.Name
	}
	return fmt.Sprintf("col%d", i+1)
}

func resolveStruct(ctx Context, _ string, args []typed.Expression) (typed.Expression, error) {
	names := make([]string, len(args))
	for i, a := range args {
		names[i] = fieldName(a, i)
	}
	return MakeStruct(ctx, names, args), nil
}

// MakeStruct is the call that makes a struct of values with the given names.
func MakeStruct(ctx Context, names []string, values []typed.Expression) typed.Expression {
	var t types.Struct
	for i, v := range values {
		t.Fields = append(t.Fields, types.Field{Name: names[i], Type: v.Type(), Nullable: v.Nullable()})
	}
	return typed.Call{Name: "named_struct", Args: values, DataType: t, ANSI: ctx.ANSI}
}

func resolveNamedStruct(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	if len(args)%2 != 0 || len(args) == 0 {
		return nil, wrongCount(name, "2n (n > 0)", len(args))
	}
	var names []string
	var values []typed.Expression
	for i := 0; i < len(args); i += 2 {
		l, ok := args[i].(typed.Literal)
		if !ok || !types.IsText(l.DataType) {
			return nil, mismatch("CREATE_NAMED_STRUCT_WITHOUT_FOLDABLE_STRING", name, args,
				"Only foldable `STRING` expressions are allowed to appear at odd position, but they are ["+Text(args[i])+"].",
				"inputExprs", "["+Text(args[i])+"]")
		}
		if l.Value == nil {
			return nil, mismatch("UNEXPECTED_NULL", name, args, "The "+Text(args[i])+" must not be null.", "exprName", Text(args[i]))
		}
		names, values = append(names, l.Value.(string)), append(values, args[i+1])
	}
	return MakeStruct(ctx, names, values), nil
}

func structLiteralSQL(call typed.Call, args []string) (string, error) {
	return StructSQL(call.DataType.(types.Struct), args), nil
}

func sizeNull(ctx Context, args []typed.Expression) bool { return ctx.ANSI && anyNullable(args) }

func sizeSQL(call typed.Call, args []string) (string, error) {
	size := "CAST(len(" + args[0] + ") AS INTEGER)"
	if _, ok := call.Args[0].Type().(types.Map); ok {
		size = "CAST(cardinality(" + args[0] + ") AS INTEGER)"
	}
	if !call.ANSI && call.Args[0].Nullable() {
		return "coalesce(" + size + ", CAST(-1 AS INTEGER))", nil
	}
	return size, nil
}

func keysType(args []typed.Expression) types.DataType {
	return types.Array{Element: args[0].Type().(types.Map).Key, ContainsNull: true} // as Spark has it, though no key is null
}

func valuesType(args []typed.Expression) types.DataType {
	m := args[0].Type().(types.Map)
	return types.Array{Element: m.Value, ContainsNull: m.ValueContainsNull}
}

func entryType(m types.Map) types.Struct {
	return types.Struct{Fields: []types.Field{{Name: "key", Type: m.Key}, {Name: "value", Type: m.Value, Nullable: m.ValueContainsNull}}}
}

func entriesType(args []typed.Expression) types.DataType {
	return types.Array{Element: entryType(args[0].Type().(types.Map))}
}

func mapOfArrays(args []typed.Expression) types.DataType {
	k, v := args[0].Type().(types.Array), args[1].Type().(types.Array)
	return types.Map{Key: k.Element, Value: v.Element, ValueContainsNull: v.ContainsNull}
}

// entryArray takes arrays of structs of two fields.
var entryArray = want{`"ARRAY" of pair "STRUCT"`, func(_ Context, t types.DataType) (types.DataType, bool) {
	if a, ok := t.(types.Array); ok {
		if s, ok := a.Element.(types.Struct); ok {
			return t, len(s.Fields) == 2
		}
	}
	return nil, false
}}

func mapOfEntries(args []typed.Expression) types.DataType {
	s := args[0].Type().(types.Array).Element.(types.Struct)
	return types.Map{Key: s.Fields[0].Type, Value: s.Fields[1].Type, ValueContainsNull: s.Fields[1].Nullable}
}

func mapFromEntriesSQL(call typed.Call, args []string) (string, error) {
	text := "CAST(map_from_entries(" + args[0] + ") AS " + DuckDBType(call.DataType) + ")"
	if containsNull(call.Args[0]) {
		return "(CASE WHEN NOT list_contains(list_transform(" + args[0] + ", lambda e: e IS NULL), TRUE) THEN " + text + " END)", nil
	}
	return text, nil
}

func resolveMapConcat(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	if len(args) == 0 {
		return resolveMap(ctx, "map", nil)
	}
	values, common, ok := unified(ctx, args)
	if !ok {
		return nil, mixedTypes(name, args)
	}
	if _, ok := common.(types.Map); !ok {
		return nil, mismatch("MAP_CONCAT_DIFF_TYPES", name, args,
			"The `"+name+"` should all be of type map, but it's "+typeList(args, 0)+".", "functionName", "`"+name+"`", "dataType", typeList(args, 0))
	}
	return typed.Call{Name: name, Args: values, DataType: common, Null: anyNullable(values), ANSI: ctx.ANSI}, nil
}

func mapConcatSQL(call typed.Call, args []string) (string, error) {
	entries := make([]string, len(args))
	for i, a := range args {
		entries[i] = "map_entries(" + a + ")"
	}
	return "CAST(map_from_entries((" + strings.Join(entries, " || ") + ")) AS " + DuckDBType(call.DataType) + ")", nil
}

func resolveMapContainsKey(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	if err := twoArguments(name, args); err != nil {
		return nil, err
	}
	m, ok := args[0].Type().(types.Map)
	if !ok {
		return nil, unexpectedType(name, args, 0, mapping.name)
	}
	key, ok := types.Implicit(args[1].Type(), m.Key, ctx.ANSI)
	if !ok {
		return nil, mismatch("MAP_FUNCTION_DIFF_TYPES", name, args,
			"Input to `"+name+"` should have been \"MAP\" followed by a value with same key type, but it's ["+quotedType(args[0])+", "+quotedType(args[1])+"].")
	}
	values := []typed.Expression{args[0], convert(ctx, args[1], key)}
	return typed.Call{Name: name, Args: values, DataType: types.Boolean, Null: true, ANSI: ctx.ANSI}, nil
}

func strToMapSQL(call typed.Call, args []string) (string, error) {
	pairs, err := splitSQL(call, args[0], 1, args[1])
	if err != nil {
		return "", err
	}
	parts, err := splitSQL(call, "p", 2, args[2])
	if err != nil {
		return "", err
	}
	entry := "{'k': " + parts + "[1], 'v': CASE WHEN len(" + parts + ") > 1 THEN substr(p, length(" + parts + "[1]) + 1 + length(regexp_extract(substr(p, length(" + parts + "[1]) + 1), " + args[2] + "))) END}"
	return "CAST(map_from_entries(list_transform(" + pairs + ", lambda p: " + entry + ")) AS " + DuckDBType(call.DataType) + ")", nil
}

func prettyStrToMap(name string, args []string) string {
	defaults := []string{"", ",", ":"}
	all := append([]string(nil), args...)
	for len(all) > 0 && len(all) < 3 {
		all = append(all, defaults[len(all)])
	}
	return called(name)(name, all)
}

// resolveSubscript resolves list[position], counted from 0, and map[key].
func resolveSubscript(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	if err := twoArguments(name, args); err != nil {
		return nil, err
	}
	switch t := args[0].Type().(type) {
	case types.Array:
		if !types.IsIntegral(args[1].Type()) {
			return nil, unexpectedType(name, args, 1, `"INTEGRAL"`)
		}
		return typed.Call{Name: "getarrayitem", Args: args, DataType: t.Element, Null: itemNullable(args, 0), ANSI: ctx.ANSI}, nil
	case types.Map:
		to, ok := types.Implicit(args[1].Type(), t.Key, ctx.ANSI)
		if !ok {
			return nil, unexpectedType(name, args, 1, `"`+t.Key.SQL()+`"`)
		}
		key := convert(ctx, args[1], to)
		return typed.Call{Name: "getmapvalue", Args: []typed.Expression{args[0], key}, DataType: t.Value, Null: true, ANSI: ctx.ANSI}, nil
	}
	return nil, unexpectedType(name, args, 0, collection.name)
}

// itemNullable is the nullability of an element of a list: that of the element itself where the call array(…) and the
// position, counted from base, are written out; else there may be no such element.
func itemNullable(args []typed.Expression, base int32) bool {
	list, isCall := args[0].(typed.Call)
	l, isLiteral := args[1].(typed.Literal)
	position, isInt := l.Value.(int32)
	if !isCall || list.Name != "array" || !isLiteral || !isInt {
		return true
	}
	if position < 0 && base == 1 {
		position += int32(len(list.Args)) + 1
	}
	position -= base
	return position < 0 || int(position) >= len(list.Args) || list.Args[position].Nullable()
}

func prettySubscript(_ string, args []string) string { return args[0] + "[" + args[1] + "]" }

func indexError(condition string, class sparkerror.Class, tolerant string) *sparkerror.Error {
	return sparkerror.New(class, condition, "22003",
		"The index %s is out of bounds. The array has %s elements. %s to tolerate accessing element at invalid index and return NULL instead.",
		placeholder, sizePlaceholder, tolerant).With("indexValue", placeholder, "arraySize", sizePlaceholder, "ansiConfig", ansiKey)
}

const sizePlaceholder = "@HFSIZE@"

func itemSQL(call typed.Call, args []string) (string, error) {
	list, index := args[0], args[1]
	item := list + "[" + index + " + 1]"
	if !call.ANSI {
		return "(CASE WHEN " + index + " >= 0 THEN " + item + " END)", nil
	}
	e := indexError("INVALID_ARRAY_INDEX", sparkerror.ArrayIndexOutOfBoundsException, "Use the SQL function `get()`")
	return "(CASE WHEN " + index + " < 0 OR " + index + " >= len(" + list + ") THEN " +
		raise(e, operands(call, args)[0], placeholder, index, sizePlaceholder, "len("+list+")") + " ELSE " + item + " END)", nil
}

func resolveElementAt(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	if err := twoArguments(name, args); err != nil {
		return nil, err
	}
	switch t := args[0].Type().(type) {
	case types.Array:
		to, ok := types.Implicit(args[1].Type(), types.Integer, ctx.ANSI)
		if !ok || !types.IsIntegral(args[1].Type()) && !types.IsText(args[1].Type()) && args[1].Type() != types.Null {
			return nil, unexpectedType(name, args, 1, `"INT"`)
		}
		values := []typed.Expression{args[0], convert(ctx, args[1], to)}
		null := itemNullable(values, 1)
		return typed.Call{Name: name, Args: values, DataType: t.Element, Null: null, ANSI: ctx.ANSI}, nil
	case types.Map:
		to, ok := types.Implicit(args[1].Type(), t.Key, ctx.ANSI)
		if !ok {
			return nil, mismatch("MAP_FUNCTION_DIFF_TYPES", name, args,
				"Input to `"+name+"` should have been \"MAP\" followed by a value with same key type, but it's ["+quotedType(args[0])+", "+quotedType(args[1])+"].",
				"functionName", "`"+name+"`")
		}
		values := []typed.Expression{args[0], convert(ctx, args[1], to)}
		return typed.Call{Name: "getmapvalue", Args: values, DataType: t.Value, Null: true, ANSI: ctx.ANSI}, nil
	}
	return nil, unexpectedType(name, args, 0, collection.name)
}

func elementAtSQL(call typed.Call, args []string) (string, error) {
	list, index := args[0], args[1]
	anchor := operands(call, args)[0]
	zero := sparkerror.New(sparkerror.SparkRuntimeException, "INVALID_INDEX_OF_ZERO", "22003",
		"The index 0 is invalid. An index shall be either < 0 or > 0 (the first element has index 1).")
	item := list + "[" + index + "]"
	whens := "WHEN " + index + " = 0 AND " + list + " IS NOT NULL THEN " + raise(zero, anchor)
	if call.ANSI && call.Name == "element_at" {
		e := indexError("INVALID_ARRAY_INDEX_IN_ELEMENT_AT", sparkerror.ArrayIndexOutOfBoundsException, "Use `try_element_at`")
		whens += " WHEN abs(" + index + ") > len(" + list + ") THEN " + raise(e, anchor, placeholder, index, sizePlaceholder, "len("+list+")")
	}
	if l, ok := call.Args[1].(typed.Literal); ok && l.Value != nil && !isZero(l.Value) && !call.ANSI {
		return item, nil
	}
	return "(CASE " + whens + " ELSE " + item + " END)", nil
}

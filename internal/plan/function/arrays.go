package function

import (
	"fmt"
	"strings"

	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// arrays is the functions on arrays.
var arrays = []row{
	{names: "array_contains", resolve: withElement(of(types.Boolean), containsNullable), sql: arrayContainsSQL},
	{names: "array_position", resolve: withElement(of(types.Long), nil), sql: template("(CASE WHEN $1 IS NOT NULL AND $2 IS NOT NULL THEN CAST(coalesce(list_position($1, $2), 0) AS BIGINT) END)")},
	{names: "array_remove", resolve: withElement(like(0), nil), sql: template("(CASE WHEN $2 IS NOT NULL THEN list_filter($1, lambda x: x IS NULL OR x <> $2) END)")},
	{names: "array_append", resolve: withElement(grown, nullFirst), sql: template("(CASE WHEN $1 IS NOT NULL THEN list_append($1, $2) END)")},
	{names: "array_prepend", resolve: withElement(grown, nullFirst), sql: template("(CASE WHEN $1 IS NOT NULL THEN list_prepend($2, $1) END)")},
	{names: "array_insert", resolve: resolveArrayInsert, sql: arrayInsertSQL},
	{names: "array_distinct", in: takes(array), check: comparable, out: like(0), sql: template(distinctPattern("$1"))},
	{names: "array_union", resolve: sameArrays(true), sql: template(distinctPattern("($1 || $2)"))},
	{names: "array_intersect", resolve: sameArrays(false), sql: template("(CASE WHEN $2 IS NOT NULL THEN list_filter(" + distinctPattern("$1") + ", lambda x: CASE WHEN x IS NULL THEN list_position($2, NULL) IS NOT NULL ELSE list_contains($2, x) END) END)")},
	{names: "array_except", resolve: sameArrays(false), sql: template("(CASE WHEN $2 IS NOT NULL THEN list_filter(" + distinctPattern("$1") + ", lambda x: CASE WHEN x IS NULL THEN list_position($2, NULL) IS NULL ELSE NOT list_contains($2, x) END) END)")},
	{names: "arrays_overlap", resolve: sameArrays(false), sql: arraysOverlapSQL},
	{names: "array_compact", in: takes(array), out: withoutNulls, sql: template("list_filter($1, lambda x: x IS NOT NULL)")},
	{names: "array_min", in: takes(array), check: comparable, out: elementOf, null: always, sql: template("list_min($1)")},
	{names: "array_max", in: takes(array), check: comparable, out: elementOf, null: always, sql: template("list_max($1)")},
	{names: "array_join", in: takes(textArray, text, text), optional: 1, out: of(types.String), sql: arrayJoinSQL},
	{names: "array_repeat", in: takes(anything, integer), out: repeated, null: nullLike(1), sql: template("list_transform(range(CAST($2 AS BIGINT)), lambda i: $1)")},
	{names: "sort_array", in: takes(array, boolean), optional: 1, defaults: []typed.Expression{boolLiteral(true)}, check: sortable, out: like(0), sql: sortArraySQL, pretty: prettySortArray},
	{names: "array_sort", resolve: resolveArraySort, lambda: comparatorParameters, sql: template("list_sort($1, 'ASC', 'NULLS LAST')")},
	{names: internalPrefix + "before", sql: template("($1 < 0 OR ($1 = 0 AND $2 < $3))")},
	{names: internalPrefix + "matches", sql: template("len(list_filter($1, $2))")},
	{names: internalPrefix + "sort_by", sql: template("list_transform(list_sort(list_transform($1, $2)), lambda s: s['v'])")},
	{names: "slice", in: takes(array, integer, integer), out: like(0), sql: sliceSQL},
	{names: "flatten", in: takes(arrayOfArrays), out: flattened, null: flattenNull, sql: template("(CASE WHEN NOT coalesce(list_bool_or(list_transform($1, lambda x: x IS NULL)), FALSE) THEN flatten($1) END)")},
	{names: "arrays_zip", resolve: resolveArraysZip, sql: arraysZipSQL},
	{names: "sequence", resolve: resolveSequence, sql: sequenceSQL},
	{names: "shuffle", in: takes(array), out: like(0), sql: template("list_transform(list_sort(list_transform($1, lambda x: {'r': random(), 'v': x})), lambda s: s.v)")},
}

// distinctPattern keeps the first of equal elements, in order.
func distinctPattern(list string) string {
	return "list_filter(" + list + ", lambda x, i: list_position(" + list + ", x) = i)"
}

// textArray takes arrays of what can be text.
var textArray = want{`"ARRAY<STRING>"`, func(ctx Context, t types.DataType) (types.DataType, bool) {
	a, ok := t.(types.Array)
	if !ok {
		return types.Array{Element: types.String, ContainsNull: true}, t == types.Null
	}
	element, ok := types.Implicit(a.Element, types.String, ctx.ANSI)
	return types.Array{Element: element, ContainsNull: a.ContainsNull}, ok
}}

var arrayOfArrays = want{`"ARRAY" of "ARRAY"`, func(_ Context, t types.DataType) (types.DataType, bool) {
	a, ok := t.(types.Array)
	if !ok {
		return nil, false
	}
	_, ok = a.Element.(types.Array)
	return t, ok
}}

func nullFirst(args []typed.Expression) bool { return args[0].Nullable() }

func containsNullable(args []typed.Expression) bool {
	return anyNullable(args) || containsNull(args[0])
}

// comparable refuses arrays whose elements cannot be compared.
func comparable(_ Context, name string, args []typed.Expression) error {
	if t := elementOf(args); !Orderable(t) {
		return unorderable(name, name, args, t)
	}
	return nil
}

// sortable refuses what sort_array cannot sort, and directions that are not constant.
func sortable(ctx Context, name string, args []typed.Expression) error {
	if !foldable(args[1]) {
		return notFoldable(name, args, 1, "ascendingOrder")
	}
	return comparable(ctx, name, args)
}

// withElement resolves a function of an array and a value of its element's type.
func withElement(out func([]typed.Expression) types.DataType, null func([]typed.Expression) bool) func(Context, string, []typed.Expression) (typed.Expression, error) {
	if null == nil {
		null = anyNullable
	}
	return func(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
		if err := twoArguments(name, args); err != nil {
			return nil, err
		}
		if name == "array_contains" && (args[1].Type() == types.Null || args[0].Type() == types.Null) {
			return nil, mismatch("NULL_TYPE", name, args, "Null typed values cannot be used as arguments of `"+name+"`.", "functionName", "`"+name+"`")
		}
		values, ok := commonElement(ctx, args)
		if !ok {
			return nil, mismatch("ARRAY_FUNCTION_DIFF_TYPES", name, args,
				"Input to `"+name+"` should have been \"ARRAY\" followed by a value with same element type, but it's ["+quotedType(args[0])+", "+quotedType(args[1])+"].",
				"functionName", "`"+name+"`", "dataType", `"ARRAY"`, "leftType", quotedType(args[0]), "rightType", quotedType(args[1]))
		}
		return typed.Call{Name: name, Args: values, DataType: out(values), Null: null(values), ANSI: ctx.ANSI}, nil
	}
}

// commonElement casts an array and a value, the first two arguments, to a common element type.
func commonElement(ctx Context, args []typed.Expression) ([]typed.Expression, bool) {
	a, ok := args[0].Type().(types.Array)
	if !ok {
		return nil, false
	}
	common, ok := types.WiderWithoutText(a.Element, args[1].Type(), ctx.ANSI)
	if !ok {
		return nil, false
	}
	values := append([]typed.Expression(nil), args...)
	values[0] = convert(ctx, args[0], types.Array{Element: common, ContainsNull: a.ContainsNull})
	values[1] = convert(ctx, args[1], common)
	return values, true
}

func arrayContainsSQL(call typed.Call, args []string) (string, error) {
	found := "list_contains(" + args[0] + ", " + args[1] + ")"
	if !containsNull(call.Args[0]) {
		return found, nil
	}
	return "(CASE WHEN " + found + " THEN TRUE WHEN list_count(" + args[0] + ") < len(" + args[0] + ") OR " + args[1] + " IS NULL THEN NULL ELSE " + found + " END)", nil
}

// grown is an array with one more element.
func grown(args []typed.Expression) types.DataType {
	a := args[0].Type().(types.Array)
	return types.Array{Element: a.Element, ContainsNull: a.ContainsNull || args[1].Nullable()}
}

func resolveArrayInsert(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	if len(args) != 3 {
		return nil, wrongCount(name, "3", len(args))
	}
	position, ok := integer.to(ctx, args[1].Type())
	if !ok {
		return nil, unexpectedType(name, args, 1, integer.name)
	}
	values, ok := commonElement(ctx, []typed.Expression{args[0], args[2]})
	if !ok {
		return nil, unexpectedType(name, args, 0, array.name)
	}
	all := []typed.Expression{values[0], convert(ctx, args[1], position), values[1]}
	t := types.Array{Element: elementOf(values), ContainsNull: true}
	return typed.Call{Name: name, Args: all, DataType: t, Null: args[0].Nullable() || args[1].Nullable(), ANSI: ctx.ANSI}, nil
}

func arrayInsertSQL(call typed.Call, args []string) (string, error) {
	zero := sparkerror.New(sparkerror.SparkRuntimeException, "INVALID_INDEX_OF_ZERO", "22003",
		"The index 0 is invalid. An index shall be either < 0 or > 0 (the first element has index 1).")
	nulls := "list_transform(range(greatest(0, %s)), lambda i: CAST(NULL AS " + DuckDBType(elementOf(call.Args)) + "))"
	after := fill("(CASE WHEN $2 > len($1) THEN $1 || "+fmt.Sprintf(nulls, "$2 - len($1) - 1")+" || [$3] ELSE list_concat($1[:$2 - 1], [$3], $1[$2:]) END)", args)
	before := fill("(CASE WHEN - $2 > len($1) THEN [$3] || "+fmt.Sprintf(nulls, "- $2 - len($1) - 1")+" || $1 ELSE list_concat($1[:len($1) + $2 + 1], [$3], $1[len($1) + $2 + 2:]) END)", args)
	return fill("(CASE WHEN $1 IS NULL OR $2 IS NULL THEN NULL WHEN $2 = 0 THEN ", args) + raise(zero, operands(call, args)[0]) +
		fill(" WHEN $2 > 0 THEN ", args) + after + " ELSE " + before + " END)", nil
}

// sameArrays resolves a function of two arrays of one type.
func sameArrays(union bool) func(Context, string, []typed.Expression) (typed.Expression, error) {
	return func(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
		if err := twoArguments(name, args); err != nil {
			return nil, err
		}
		_, left := args[0].Type().(types.Array)
		_, right := args[1].Type().(types.Array)
		values, common, ok := unified(ctx, args)
		if !ok || !left || !right {
			return nil, mismatch("BINARY_ARRAY_DIFF_TYPES", name, args,
				"Input to function `"+name+"` should have been two \"ARRAY\" with same element type, but it's ["+quotedType(args[0])+", "+quotedType(args[1])+"].",
				"functionName", "`"+name+"`", "arrayType", `"ARRAY"`, "leftType", quotedType(args[0]), "rightType", quotedType(args[1]))
		}
		t := common.(types.Array)
		a, b := containsNull(values[0]), containsNull(values[1])
		null := anyNullable(values)
		var result types.DataType
		switch name {
		case "array_except":
			result = types.Array{Element: t.Element, ContainsNull: a}
		case "array_intersect":
			result = types.Array{Element: t.Element, ContainsNull: a && b}
		case "arrays_overlap":
			result, null = types.Boolean, null || a || b
		default:
			result = types.Array{Element: t.Element, ContainsNull: a || b}
		}
		return typed.Call{Name: name, Args: values, DataType: result, Null: null, ANSI: ctx.ANSI}, nil
	}
}

func arraysOverlapSQL(call typed.Call, args []string) (string, error) {
	found := fill("list_has_any(list_filter($1, lambda x: x IS NOT NULL), list_filter($2, lambda x: x IS NOT NULL))", args)
	if !containsNull(call.Args[0]) && !containsNull(call.Args[1]) {
		return "list_has_any(" + args[0] + ", " + args[1] + ")", nil
	}
	return "(CASE WHEN " + found + " THEN TRUE" + fill(" WHEN len($1) > 0 AND len($2) > 0 AND (list_count($1) < len($1) OR list_count($2) < len($2)) THEN NULL", args) +
		" ELSE " + found + " END)", nil
}

func withoutNulls(args []typed.Expression) types.DataType {
	return types.Array{Element: elementOf(args)}
}

func arrayJoinSQL(call typed.Call, args []string) (string, error) {
	if len(args) == 3 {
		return fill("(CASE WHEN $3 IS NOT NULL THEN "+joined(call.Args[1], "list_transform($1, lambda x: coalesce(x, $3))", "$2")+" END)", args), nil
	}
	return fill(joined(call.Args[1], "$1", "$2"), args), nil
}

// joined prints the members of a list that are not null, with a separator between them. DuckDB's own function wants a constant
// separator, and makes null of nulls alone.
func joined(separator typed.Expression, list, text string) string {
	if l, ok := separator.(typed.Literal); ok && l.Value != nil {
		return "(CASE WHEN " + list + " IS NOT NULL THEN coalesce(array_to_string(" + list + ", " + text + "), '') END)"
	}
	return "join_texts(" + list + ", " + text + ")"
}

func repeated(args []typed.Expression) types.DataType {
	return types.Array{Element: args[0].Type(), ContainsNull: args[0].Nullable()}
}

func sortArraySQL(call typed.Call, args []string) (string, error) {
	ascending, descending := "list_sort("+args[0]+", 'ASC', 'NULLS FIRST')", "list_sort("+args[0]+", 'DESC', 'NULLS LAST')"
	if l, ok := call.Args[1].(typed.Literal); ok && l.Value != nil {
		if l.Value == true {
			return ascending, nil
		}
		return descending, nil
	}
	return "(CASE WHEN " + args[1] + " THEN " + ascending + " ELSE " + descending + " END)", nil
}

func prettySortArray(name string, args []string) string {
	if len(args) == 1 {
		args = append(args[:1:1], "true")
	}
	return called(name)(name, args)
}

// resolveArraySort resolves array_sort, with or without a comparator. DuckDB has none, so each element is given as its rank the
// number of those that the comparator puts before it.
func resolveArraySort(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	if len(args) != 2 {
		return row{in: takes(array), check: comparable, out: like(0)}.call(ctx, name, args)
	}
	l, ok := args[1].(typed.Lambda)
	t, isArray := args[0].Type().(types.Array)
	if !ok || !isArray || len(l.Parameters) != 2 || !types.IsIntegral(l.Body.Type()) {
		return nil, unexpectedType(name, args, 1, `"LAMBDA"`)
	}
	position := func(p typed.LambdaVariable) typed.LambdaVariable {
		return typed.LambdaVariable{ID: p.ID + positionIDs, Name: "i", DataType: types.Long}
	}
	left, right := l.Parameters[0], l.Parameters[1]
	before := typed.Call{Name: internalPrefix + "before", Args: []typed.Expression{l.Body, position(left), position(right)}, DataType: types.Boolean}
	count := typed.Call{
		Name: internalPrefix + "matches", DataType: types.Long,
		Args: []typed.Expression{args[0], typed.Lambda{Parameters: []typed.LambdaVariable{left, position(left)}, Body: before}},
	}
	ranked := MakeStruct(ctx, []string{"k", "v"}, []typed.Expression{count, right})
	outer := typed.Lambda{Parameters: []typed.LambdaVariable{right, position(right)}, Body: ranked}
	return typed.Call{Name: internalPrefix + "sort_by", Args: []typed.Expression{args[0], outer}, DataType: t, Null: args[0].Nullable(), ANSI: ctx.ANSI}, nil
}

// positionIDs sets the ids of positions apart from those of the parameters that they belong to.
const positionIDs = 1 << 30

// comparatorParameters gives the two elements that array_sort's comparator takes.
func comparatorParameters(_ Context, args []typed.Expression, _, _ int) ([]typed.LambdaVariable, error) {
	v := typed.LambdaVariable{DataType: elementOf(args), Null: containsNull(args[0])}
	return []typed.LambdaVariable{v, v}, nil
}

func sliceSQL(call typed.Call, args []string) (string, error) {
	bad := func(parameter, rule string, i int) string {
		e := sparkerror.New(sparkerror.SparkRuntimeException, "INVALID_PARAMETER_VALUE."+parameter, "22023",
			"The value of parameter(s) `%s` in `slice` is invalid: %s", strings.ToLower(parameter), rule).With("functionName", "`slice`")
		return raise(e, operands(call, args)[0], placeholder, args[i])
	}
	text := "(CASE WHEN $1 IS NULL OR $2 IS NULL OR $3 IS NULL THEN NULL" +
		" WHEN $2 = 0 THEN " + escapeFill(bad("START", "Expects a positive or a negative value for `start`, but got 0.", 1)) +
		" WHEN $3 < 0 THEN " + escapeFill(bad("LENGTH", "Expects `length` greater than or equal to 0, but got "+placeholder+".", 2)) +
		" WHEN $3 = 0 OR $2 < - len($1) THEN CAST([] AS " + DuckDBType(call.DataType) + ")" +
		" WHEN $2 > 0 THEN $1[CAST($2 AS BIGINT):CAST($2 AS BIGINT) + $3 - 1]" +
		" ELSE $1[len($1) + $2 + 1:len($1) + $2 + $3] END)"
	return unescapeFill(fill(text, args)), nil
}

// escapeFill hides the dollar signs of a printed text from fill.
func escapeFill(s string) string   { return strings.ReplaceAll(s, "$", "\x00") }
func unescapeFill(s string) string { return strings.ReplaceAll(s, "\x00", "$") }

func flattened(args []typed.Expression) types.DataType { return elementOf(args) }

func flattenNull(_ Context, args []typed.Expression) bool {
	return args[0].Nullable() || containsNull(args[0])
}

func resolveArraysZip(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	var s types.Struct
	null := false
	for i, a := range args {
		t, ok := a.Type().(types.Array)
		if !ok {
			return nil, unexpectedType(name, args, i, array.name)
		}
		field := fmt.Sprint(i)
		if n := fieldName(a, i); n != fmt.Sprintf("col%d", i+1) {
			field = n
		}
		s.Fields = append(s.Fields, types.Field{Name: field, Type: t.Element, Nullable: true})
		null = null || a.Nullable()
	}
	return typed.Call{Name: name, Args: args, DataType: types.Array{Element: s}, Null: null, ANSI: ctx.ANSI}, nil
}

func arraysZipSQL(call typed.Call, args []string) (string, error) {
	if len(args) == 0 {
		return "CAST([] AS " + DuckDBType(call.DataType) + ")", nil
	}
	there := strings.Join(args, " IS NOT NULL AND ") + " IS NOT NULL"
	return "(CASE WHEN " + there + " THEN CAST(list_zip(" + strings.Join(args, ", ") + ") AS " + DuckDBType(call.DataType) + ") END)", nil
}

func resolveSequence(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	if len(args) < 2 || len(args) > 3 {
		return nil, wrongCount(name, "[2, 3]", len(args))
	}
	ends, common, ok := unified(ctx, args[:2])
	if !ok {
		return nil, mismatch("SEQUENCE_WRONG_INPUT_TYPES", name, args, "`sequence` uses the wrong parameter type.")
	}
	values := ends
	switch {
	case types.IsIntegral(common):
		if len(args) == 3 {
			step, ok := types.Implicit(args[2].Type(), common, ctx.ANSI)
			if !ok {
				return nil, unexpectedType(name, args, 2, `"`+common.SQL()+`"`)
			}
			values = append(values, convert(ctx, args[2], step))
		}
	case common == types.Date, common == types.Timestamp, common == types.TimestampNTZ:
		if len(args) == 3 {
			if !isInterval(args[2].Type()) {
				return nil, unexpectedType(name, args, 2, `("INTERVAL" or "INTERVAL YEAR TO MONTH" or "INTERVAL DAY TO SECOND")`)
			}
			values = append(values, args[2])
		}
	default:
		return nil, unexpectedType(name, args, 0, `("INTEGRAL" or "DATE" or "TIMESTAMP")`)
	}
	return typed.Call{Name: name, Args: values, DataType: types.Array{Element: common}, Null: anyNullable(values), ANSI: ctx.ANSI}, nil
}

func sequenceSQL(call typed.Call, args []string) (string, error) {
	element := elementOf([]typed.Expression{call})
	list := "CAST(%s AS " + DuckDBType(call.DataType) + ")"
	if types.IsIntegral(element) {
		start, stop := "CAST("+args[0]+" AS BIGINT)", "CAST("+args[1]+" AS BIGINT)"
		step := "CASE WHEN " + start + " <= " + stop + " THEN 1 ELSE -1 END"
		if len(args) == 3 {
			step = "CAST(" + args[2] + " AS BIGINT)"
			e := &sparkerror.Error{
				Class:   sparkerror.IllegalArgumentException,
				Message: "requirement failed: Illegal sequence boundaries: " + placeholder + " to @HFSTOP@ by @HFSTEP@",
			}
			illegal := fill("($3 > 0 AND $1 > $2) OR ($3 < 0 AND $1 < $2) OR ($3 = 0 AND $1 <> $2)", args)
			return "(CASE WHEN " + illegal + " THEN " + raise(e, operands(call, args)[0], placeholder, args[0], "@HFSTOP@", args[1], "@HFSTEP@", args[2]) +
				fill(" WHEN $3 = 0 THEN ", args) + fmt.Sprintf(list, "["+args[0]+"]") +
				" ELSE " + fmt.Sprintf(list, "generate_series("+start+", "+stop+", "+step+")") + " END)", nil
		}
		return fmt.Sprintf(list, "generate_series("+start+", "+stop+", "+step+")"), nil
	}
	start, stop, step := args[0], args[1], "CASE WHEN "+args[0]+" <= "+args[1]+" THEN INTERVAL 1 DAY ELSE INTERVAL (-1) DAY END"
	if element == types.Date {
		start, stop = "CAST("+start+" AS TIMESTAMP)", "CAST("+stop+" AS TIMESTAMP)"
	}
	if len(args) == 3 {
		step = intervalSQL(call.Args[2].Type(), args[2])
	}
	return fmt.Sprintf(list, "generate_series("+start+", "+stop+", "+step+")"), nil
}

package function

import (
	"strings"

	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// texts is the functions on strings, but for patterns, formats and codes.
var texts = []row{
	{names: "concat", resolve: resolveConcat, sql: concatSQL},
	{names: "||", resolve: renamed("concat", resolveConcat)},
	{names: "concat_ws", resolve: resolveConcatWS, sql: concatWSSQL},
	{names: "length char_length character_length len", in: takes(textOrBinary), out: of(types.Integer), sql: lengthSQL},
	{names: "bit_length", in: takes(textOrBinary), out: of(types.Integer), sql: bytesSQL(" * 8")},
	{names: "octet_length", in: takes(textOrBinary), out: of(types.Integer), sql: bytesSQL("")},
	{names: "lower lcase", in: takes(text), out: of(types.String), sql: template("lower($1)")},
	// DuckDB maps each letter to one letter.
	{names: "upper ucase", in: takes(text), out: of(types.String), sql: template("upper(replace($1, 'ß', 'ss'))")},
	{names: "initcap", in: takes(text), out: of(types.String), sql: template("initcap($1)")},
	{names: "trim", resolve: resolveTrim, sql: trimSQL("trim")},
	{names: "ltrim", resolve: resolveTrim, sql: trimSQL("ltrim")},
	{names: "rtrim", resolve: resolveTrim, sql: trimSQL("rtrim")},
	{names: "btrim", in: takes(text, text), optional: 1, out: of(types.String), sql: trimSQL("trim")},
	{names: "lpad", in: takes(text, integer, text), optional: 1, defaults: []typed.Expression{textLiteral(" ")}, out: of(types.String), sql: padSQL("lpad")},
	{names: "rpad", in: takes(text, integer, text), optional: 1, defaults: []typed.Expression{textLiteral(" ")}, out: of(types.String), sql: padSQL("rpad")},
	{names: "substring substr", in: takes(textOrBinary, integer, integer), optional: 1, defaults: []typed.Expression{intLiteral(1<<31 - 1)}, out: like(0), sql: substringSQL},
	{names: "left", in: takes(textOrBinary, integer), out: like(0), sql: leftSQL},
	{names: "right", in: takes(text, integer), out: of(types.String), null: always, sql: template("(CASE WHEN $2 <= 0 THEN CASE WHEN $1 IS NOT NULL THEN '' END ELSE right($1, $2) END)")},
	{names: "substring_index", in: takes(text, text, integer), out: of(types.String), sql: template("substring_index($1, $2, $3)")},
	{names: "instr", in: takes(text, text), out: of(types.Integer), sql: template("CAST(strpos($1, $2) AS INTEGER)")},
	{names: "locate position", in: takes(text, text, integer), optional: 1, defaults: []typed.Expression{intLiteral(1)}, out: of(types.Integer), null: locateNull, sql: locateSQL},
	{names: "contains", in: takes(textOrBinary, textOrBinary), unify: unifyAll, out: of(types.Boolean), sql: within("contains($1, $2)")},
	{names: "startswith", in: takes(textOrBinary, textOrBinary), unify: unifyAll, out: of(types.Boolean), sql: within("starts_with($1, $2)")},
	{names: "endswith", in: takes(textOrBinary, textOrBinary), unify: unifyAll, out: of(types.Boolean), sql: within("suffix($1, $2)")},
	{names: "replace", in: takes(text, text, text), optional: 1, defaults: []typed.Expression{textLiteral("")}, out: of(types.String), sql: template("replace($1, $2, $3)")},
	{names: "translate", in: takes(text, text, text), out: of(types.String), sql: template("translate($1, $2, $3)")},
	{names: "repeat", in: takes(text, integer), out: of(types.String), sql: template("repeat($1, greatest($2, 0))")},
	{names: "reverse", in: takes(arrayOrText), out: like(0), sql: reverseSQL},
	{names: "space", in: takes(integer), out: of(types.String), sql: template("repeat(' ', greatest($1, 0))")},
	{names: "overlay", in: takes(text, text, integer, integer), optional: 1, defaults: []typed.Expression{intLiteral(-1)}, out: of(types.String), sql: overlaySQL},
	{names: "find_in_set", in: takes(text, text), out: of(types.Integer), sql: template("(CASE WHEN contains($1, ',') AND $2 IS NOT NULL THEN 0 WHEN $1 IS NOT NULL AND $2 IS NOT NULL THEN CAST(coalesce(list_position(string_split($2, ','), $1), 0) AS INTEGER) END)")},
	{names: "split_part", in: takes(text, text, integer), out: of(types.String), null: always, sql: splitPartSQL},
	{names: "elt", resolve: resolveElt, sql: eltSQL},
	{names: "ascii", in: takes(text), out: of(types.Integer), sql: template("(CASE WHEN $1 = '' THEN 0 ELSE unicode($1) END)")},
	{names: "chr char", in: takes(long), out: of(types.String), sql: template("(CASE WHEN $1 < 0 THEN '' ELSE chr(CAST(($1 & 255) AS INTEGER)) END)")},
	{names: "levenshtein", in: takes(text, text, integer), optional: 1, out: of(types.Integer), sql: levenshteinSQL},
	{names: "soundex", in: takes(text), out: of(types.String), sql: template("soundex($1)")},
	{names: "mask", in: takes(text, text, text, text, text), optional: 4, defaults: []typed.Expression{textLiteral("X"), textLiteral("x"), textLiteral("n"), typed.Literal{DataType: types.String}}, out: of(types.String), null: always, sql: template("mask($1, $2, $3, $4, $5)")},
	{names: "quote", in: takes(text), out: of(types.String), null: always, sql: template("('''' || replace(replace($1, '\\', '\\\\'), '''', '\\''') || '''')")},
	{names: "luhn_check", in: takes(text), out: of(types.Boolean), null: always, sql: template("luhn_check($1)")},
	{names: "is_valid_utf8", in: takes(text), out: of(types.Boolean), null: always, sql: template("($1 = $1)")},
}

var arrayOrText = want{`("STRING" or "ARRAY")`, func(ctx Context, t types.DataType) (types.DataType, bool) {
	if _, ok := t.(types.Array); ok {
		return t, true
	}
	return text.to(ctx, t)
}}

// unifyAll brings two strings or two binaries to one type: string where either is one.
func unifyAll(ctx Context, _ string, args []typed.Expression) ([]typed.Expression, error) {
	for _, a := range args {
		if a.Type() != types.Binary {
			return mapArgs(args, func(a typed.Expression) typed.Expression {
				if to, ok := text.to(ctx, a.Type()); ok {
					return convert(ctx, a, to)
				}
				if a.Type() == types.Binary {
					return convert(ctx, a, types.String)
				}
				return a
			}), nil
		}
	}
	return args, nil
}

func mapArgs(args []typed.Expression, f func(typed.Expression) typed.Expression) []typed.Expression {
	mapped := make([]typed.Expression, len(args))
	for i, a := range args {
		mapped[i] = f(a)
	}
	return mapped
}

func resolveConcat(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	if len(args) == 0 {
		return typed.Literal{Value: "", DataType: types.String}, nil
	}
	arrays, binaries := 0, 0
	for _, a := range args {
		switch a.Type().(type) {
		case types.Array:
			arrays++
		}
		if a.Type() == types.Binary {
			binaries++
		}
	}
	result := types.DataType(types.String)
	values := args
	switch {
	case arrays == len(args):
		var ok bool
		if values, result, ok = unified(ctx, args); !ok {
			return nil, mixedTypes(name, args)
		}
	case binaries == len(args):
		result = types.Binary
	default:
		values = make([]typed.Expression, len(args))
		for i, a := range args {
			to, ok := types.Implicit(a.Type(), types.String, ctx.ANSI)
			switch {
			case a.Type() == types.Binary:
				to = types.String
			case !ok:
				return nil, mixedTypes(name, mapArgs(args, func(a typed.Expression) typed.Expression {
					if types.IsNested(a.Type()) {
						return a
					}
					return convert(ctx, a, types.String)
				}))
			}
			values[i] = convert(ctx, a, to)
		}
	}
	if len(values) == 1 {
		return values[0], nil
	}
	return typed.Call{Name: "concat", Args: values, DataType: result, Null: anyNullable(values), ANSI: ctx.ANSI}, nil
}

func concatSQL(_ typed.Call, args []string) (string, error) {
	return "(" + strings.Join(args, " || ") + ")", nil
}

func resolveConcatWS(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	if len(args) == 0 {
		return nil, wrongCount(name, "> 0", 0)
	}
	values := make([]typed.Expression, len(args))
	for i, a := range args {
		w := text
		if _, list := a.Type().(types.Array); list && i > 0 {
			w = textArray
		}
		to, ok := w.to(ctx, a.Type())
		if !ok {
			return nil, unexpectedType(name, args, i, `("ARRAY<STRING>" or "STRING")`)
		}
		values[i] = convert(ctx, a, to)
	}
	return typed.Call{Name: name, Args: values, DataType: types.String, Null: values[0].Nullable(), ANSI: ctx.ANSI}, nil
}

// concatWSSQL joins strings and the members of arrays, passing over nulls.
func concatWSSQL(call typed.Call, args []string) (string, error) {
	if len(args) == 1 {
		return "(CASE WHEN " + args[0] + " IS NOT NULL THEN '' END)", nil
	}
	pieces := make([]string, len(args)-1)
	lists := false
	for i, a := range args[1:] {
		pieces[i] = "[" + a + "]"
		if _, ok := call.Args[i+1].Type().(types.Array); ok {
			pieces[i], lists = "coalesce("+a+", CAST([] AS VARCHAR[]))", true
		}
	}
	if !lists {
		return "concat_ws(" + strings.Join(args, ", ") + ")", nil
	}
	return joined(call.Args[0], "("+strings.Join(pieces, " || ")+")", args[0]), nil
}

// Length is the name in SQL of the engine's own function that counts the characters of a text.
const Length = "hf_length"

func lengthSQL(call typed.Call, args []string) (string, error) {
	if call.Args[0].Type() == types.Binary {
		return "CAST(octet_length(" + args[0] + ") AS INTEGER)", nil
	}
	return Length + "(" + args[0] + ")", nil
}

func bytesSQL(times string) func(typed.Call, []string) (string, error) {
	return func(call typed.Call, args []string) (string, error) {
		if call.Args[0].Type() == types.Binary {
			return "CAST((octet_length(" + args[0] + ")" + times + ") AS INTEGER)", nil
		}
		return "CAST((strlen(" + args[0] + ")" + times + ") AS INTEGER)", nil
	}
}

// resolveTrim resolves trim(text) and trim(characters, text), whose arguments are put in the order of btrim.
func resolveTrim(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	if len(args) == 2 {
		args = []typed.Expression{args[1], args[0]}
	}
	return row{in: takes(text, text), optional: 1, out: of(types.String)}.call(ctx, name, args)
}

func trimSQL(name string) func(typed.Call, []string) (string, error) {
	return func(_ typed.Call, args []string) (string, error) {
		return name + "(" + strings.Join(args, ", ") + ")", nil
	}
}

func padSQL(name string) func(typed.Call, []string) (string, error) {
	return func(call typed.Call, args []string) (string, error) {
		padded := name + "(" + strings.Join(args, ", ") + ")"
		if size, ok := call.Args[1].(typed.Literal); ok && size.Value != nil && size.Value.(int32) > 0 {
			if pad, ok := call.Args[2].(typed.Literal); ok && pad.Value != nil && pad.Value != "" {
				return padded, nil
			}
		}
		return fill("(CASE WHEN $2 <= 0 AND $1 IS NOT NULL AND $3 IS NOT NULL THEN '' WHEN $3 = '' THEN left($1, $2) ELSE ", args) + padded + " END)", nil
	}
}

// substringSQL prints substring, whose position counts from 1, or from the end where it is negative; 0 is like 1.
func substringSQL(call typed.Call, args []string) (string, error) {
	whole := call.Args[0].Type() == types.Binary
	if whole {
		return fill("substring_bytes($1, $2, $3)", args), nil
	}
	position, isLiteral := literalInt(call.Args[1])
	length, constantLength := literalInt(call.Args[2])
	switch {
	case isLiteral && position >= 0 && constantLength && length == 1<<31-1:
		return fill("substring($1, ", args) + intText(max(position, 1)) + ")", nil
	case isLiteral && position >= 0 && constantLength:
		return fill("substring($1, ", args) + intText(max(position, 1)) + ", " + intText(max(length, 0)) + ")", nil
	}
	return fill("spark_substring($1, CAST($2 AS BIGINT), CAST($3 AS BIGINT))", args), nil
}

func leftSQL(call typed.Call, args []string) (string, error) {
	if call.DataType == types.Binary {
		return fill("substring_bytes($1, 1, $2)", args), nil
	}
	return fill("left($1, greatest($2, 0))", args), nil
}

func literalInt(e typed.Expression) (int32, bool) {
	l, ok := e.(typed.Literal)
	if !ok {
		return 0, false
	}
	v, ok := l.Value.(int32)
	return v, ok
}

func locateNull(_ Context, args []typed.Expression) bool {
	return args[0].Nullable() || args[1].Nullable()
}

func locateSQL(call typed.Call, args []string) (string, error) {
	if start, ok := literalInt(call.Args[2]); ok && start == 1 {
		return fill("CAST(strpos($2, $1) AS INTEGER)", args), nil
	}
	return fill("CAST((CASE WHEN $1 IS NULL OR $2 IS NULL THEN NULL WHEN coalesce($3, 0) < 1 THEN 0 WHEN $1 = '' THEN 1 WHEN strpos(substring($2, $3), $1) = 0 THEN 0 ELSE strpos(substring($2, $3), $1) + $3 - 1 END) AS INTEGER)", args), nil
}

// within prints a test of one string in another; of binary values, in their hexadecimal digits.
func within(pattern string) func(typed.Call, []string) (string, error) {
	return func(call typed.Call, args []string) (string, error) {
		if call.Args[0].Type() != types.Binary {
			return fill(pattern, args), nil
		}
		if strings.HasPrefix(pattern, "contains") {
			return "", sparkerror.Unsupported("contains on binary values", "Cast them to string.")
		}
		return fill(pattern, []string{"hex(" + args[0] + ")", "hex(" + args[1] + ")"}), nil
	}
}

func reverseSQL(call typed.Call, args []string) (string, error) {
	if _, ok := call.DataType.(types.Array); ok {
		return "list_reverse(" + args[0] + ")", nil
	}
	return "reverse(" + args[0] + ")", nil
}

func overlaySQL(call typed.Call, args []string) (string, error) {
	width := args[3]
	if n, ok := literalInt(call.Args[3]); ok && n < 0 {
		width = "length(" + args[1] + ")"
	} else {
		width = "CASE WHEN " + width + " < 0 THEN length(" + args[1] + ") ELSE " + width + " END"
	}
	return fill("(spark_substring($1, 1, CAST($3 AS BIGINT) - 1) || $2 || spark_substring($1, CAST($3 AS BIGINT) + ", args) + width + ", 2147483647))", nil
}

func splitPartSQL(call typed.Call, args []string) (string, error) {
	zero := sparkerror.New(sparkerror.SparkRuntimeException, "INVALID_INDEX_OF_ZERO", "22003",
		"The index 0 is invalid. An index shall be either < 0 or > 0 (the first element has index 1).")
	part := fill("CASE WHEN $2 = '' THEN CASE WHEN abs($3) = 1 THEN $1 ELSE '' END ELSE split_part($1, $2, $3) END", args)
	if n, ok := literalInt(call.Args[2]); ok && n != 0 {
		return "(" + part + ")", nil
	}
	return "(CASE WHEN " + args[2] + " = 0 AND " + args[0] + " IS NOT NULL AND " + args[1] + " IS NOT NULL THEN " + raise(zero, operands(call, args)[0]) + " ELSE " + part + " END)", nil
}

func resolveElt(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	if len(args) < 2 {
		return nil, wrongCount(name, "> 1", len(args))
	}
	index, ok := integer.to(ctx, args[0].Type())
	if !ok {
		return nil, unexpectedType(name, args, 0, integer.name)
	}
	values := []typed.Expression{convert(ctx, args[0], index)}
	for i, a := range args[1:] {
		to, ok := textOrBinary.to(ctx, a.Type())
		if !ok {
			return nil, unexpectedType(name, args, i+1, textOrBinary.name)
		}
		values = append(values, convert(ctx, a, to))
	}
	return typed.Call{Name: name, Args: values, DataType: values[1].Type(), Null: true, ANSI: ctx.ANSI}, nil
}

func eltSQL(call typed.Call, args []string) (string, error) {
	list := "[" + strings.Join(args[1:], ", ") + "]"
	item := list + "[" + args[0] + "]"
	if !call.ANSI {
		return "(CASE WHEN " + args[0] + " > 0 THEN " + item + " END)", nil
	}
	e := indexError("INVALID_ARRAY_INDEX", sparkerror.ArrayIndexOutOfBoundsException, "Use the SQL function `get()`")
	return "(CASE WHEN " + args[0] + " < 1 OR " + args[0] + " > " + intText(int32(len(args)-1)) + " THEN " +
		raise(e, operands(call, args)[0], placeholder, args[0], sizePlaceholder, intText(int32(len(args)-1))) + " ELSE " + item + " END)", nil
}

func levenshteinSQL(_ typed.Call, args []string) (string, error) {
	if len(args) == 3 {
		return fill("(CASE WHEN edit_distance($1, $2) <= $3 THEN edit_distance($1, $2) WHEN $1 IS NOT NULL AND $2 IS NOT NULL AND $3 IS NOT NULL THEN -1 END)", args), nil
	}
	return fill("edit_distance($1, $2)", args), nil
}

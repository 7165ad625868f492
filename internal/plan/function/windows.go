package function

import (
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
)

// windows is the functions that stand over a window only.
var windows = []row{
	{names: "row_number", kind: Window, out: of(types.Integer), null: never, over: ranking("row_number()")},
	{names: "rank", kind: Window, out: of(types.Integer), null: never, over: ranking("rank()")},
	{names: "dense_rank", kind: Window, out: of(types.Integer), null: never, over: ranking("dense_rank()")},
	{names: "percent_rank", kind: Window, out: of(types.Double), null: never, over: aggregate("percent_rank()")},
	{names: "cume_dist", kind: Window, out: of(types.Double), null: never, over: aggregate("cume_dist()")},
	{names: "ntile", kind: Window, in: takes(integer), optional: 1, defaults: []typed.Expression{intLiteral(1)}, check: constants(0), out: of(types.Integer), null: never, over: ranking("ntile($1)")},
	{names: "lag", kind: Window, resolve: resolveShift, over: shiftOver, ignoreNulls: true, pretty: prettyShift},
	{names: "lead", kind: Window, resolve: resolveShift, over: shiftOver, ignoreNulls: true, pretty: prettyShift},
	{
		names: "nth_value", kind: Window, in: takes(anything, integer, boolean), optional: 1, check: constants(1), out: like(0), null: always,
		over: nthOver, ignoreNulls: true,
	},
}

// ranking prints a function whose result is a BIGINT in DuckDB and an INT in Spark.
func ranking(pattern string) func(typed.Call, []string, []string, Suffix) (string, error) {
	return func(_ typed.Call, args, _ []string, s Suffix) (string, error) {
		return "CAST(" + fill(pattern, args) + s.String() + " AS INTEGER)", nil
	}
}

// resolveShift resolves lag and lead: a value, how many rows away (1), and what stands in where there is no such row.
func resolveShift(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	if len(args) < 1 || len(args) > 3 {
		return nil, wrongCount(name, "[1, 2, 3]", len(args))
	}
	all := append([]typed.Expression(nil), args...)
	if len(all) < 2 {
		all = append(all, intLiteral(1))
	}
	if len(all) < 3 {
		all = append(all, typed.Literal{DataType: types.Null})
	}
	offset, ok := integer.to(ctx, all[1].Type())
	if !ok {
		return nil, unexpectedType(name, args, 1, integer.name)
	}
	if !foldable(all[1]) {
		return nil, notFoldable(name, args, 1, "offset")
	}
	all[1] = convert(ctx, all[1], offset)
	substitute, ok := types.Implicit(all[2].Type(), all[0].Type(), ctx.ANSI)
	if !ok {
		return nil, mixedTypesList(name, []typed.Expression{all[0], all[2]})
	}
	all[2] = convert(ctx, all[2], substitute)
	null := all[0].Nullable() || all[2].Nullable()
	return typed.Call{Name: name, Args: all, DataType: all[0].Type(), Null: null, ANSI: ctx.ANSI}, nil
}

func shiftOver(call typed.Call, args, _ []string, s Suffix) (string, error) {
	ignore := ""
	if call.IgnoreNulls {
		ignore = " IGNORE NULLS"
	}
	return call.Name + "(" + args[0] + ", " + args[1] + ", " + args[2] + ignore + ")" + s.String(), nil
}

func prettyShift(name string, args []string) string {
	all := append([]string(nil), args...)
	if len(all) == 1 {
		all = append(all, "1")
	}
	if len(all) == 2 {
		all = append(all, "NULL")
	}
	return called(name)(name, all)
}

func nthOver(call typed.Call, args, _ []string, s Suffix) (string, error) {
	ignore := call.IgnoreNulls
	if len(call.Args) > 2 {
		l, ok := uncast(call.Args[2]).(typed.Literal)
		ignore = ignore || ok && l.Value == true
	}
	text := "nth_value(" + args[0] + ", " + args[1]
	if ignore {
		text += " IGNORE NULLS"
	}
	return text + ")" + s.String(), nil
}

package function

import (
	"strings"

	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
)

// conditional is the functions that choose among their arguments.
var conditional = []row{
	{names: "when case", resolve: resolveWhen, pretty: prettyWhen},
	{names: "if", resolve: resolveIf, pretty: prettyIf},
	{names: "coalesce", resolve: resolveCoalesce, sql: template("coalesce($*)")},
	{names: "nvl ifnull", resolve: counted(2, renamed("coalesce", resolveCoalesce))},
	{names: "nvl2", resolve: resolveNvl2},
	{names: "nullif", resolve: resolveNullIf},
	{names: "nullifzero", resolve: resolveNullIfZero},
	{names: "zeroifnull", resolve: resolveZeroIfNull},
	{names: "nanvl", in: takes(either(types.Double, types.Float), either(types.Double, types.Float)), out: wider, sql: template("(CASE WHEN isnan($1) THEN $2 ELSE $1 END)")},
	{names: "greatest", resolve: extreme, sql: template("greatest($*)")},
	{names: "least", resolve: extreme, sql: template("least($*)")},
}

func counted(n int, resolve func(Context, string, []typed.Expression) (typed.Expression, error)) func(Context, string, []typed.Expression) (typed.Expression, error) {
	return func(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
		if len(args) != n {
			return nil, wrongCount(name, string(rune('0'+n)), len(args))
		}
		return resolve(ctx, name, args)
	}
}

// wider is a result of the type that holds all arguments.
func wider(args []typed.Expression) types.DataType {
	t, ok := types.WiderOf(typesOf(args), true)
	if !ok {
		return args[0].Type()
	}
	return t
}

func typesOf(args []typed.Expression) []types.DataType {
	list := make([]types.DataType, len(args))
	for i, a := range args {
		list[i] = a.Type()
	}
	return list
}

// unified casts expressions to their common type.
func unified(ctx Context, args []typed.Expression) ([]typed.Expression, types.DataType, bool) {
	common, ok := types.WiderOf(typesOf(args), ctx.ANSI)
	if !ok {
		return nil, nil, false
	}
	converted := make([]typed.Expression, len(args))
	for i, a := range args {
		converted[i] = convert(ctx, a, common)
	}
	return converted, common, true
}

func resolveWhen(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	if len(args) < 2 {
		return nil, wrongCount(name, "> 1", len(args))
	}
	var values []typed.Expression
	for i := 1; i < len(args); i += 2 {
		values = append(values, args[i])
	}
	if len(args)%2 == 1 {
		values = append(values, args[len(args)-1])
	}
	values, common, ok := unified(ctx, values)
	if !ok {
		return nil, mixedTypesList("when", args)
	}
	result := typed.Case{DataType: common}
	for i := 0; i+1 < len(args); i += 2 {
		to, ok := boolean.to(ctx, args[i].Type())
		if !ok {
			return nil, unexpectedType("when", args, i, boolean.name)
		}
		result.Branches = append(result.Branches, typed.Branch{When: convert(ctx, args[i], to), Then: values[i/2]})
	}
	if len(args)%2 == 1 {
		result.Else = values[len(values)-1]
	}
	return result, nil
}

func resolveIf(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	if len(args) != 3 {
		return nil, wrongCount(name, "3", len(args))
	}
	to, ok := boolean.to(ctx, args[0].Type())
	if !ok {
		return nil, unexpectedType("if", args, 0, boolean.name)
	}
	values, common, ok := unified(ctx, args[1:])
	if !ok {
		return nil, mixedTypesList("if", args)
	}
	return typed.Case{Branches: []typed.Branch{{When: convert(ctx, args[0], to), Then: values[0]}}, Else: values[1], DataType: common}, nil
}

func resolveCoalesce(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	if len(args) == 0 {
		return nil, wrongCount(name, "> 0", 0)
	}
	values, common, ok := unified(ctx, args)
	if !ok {
		return nil, mixedTypes(name, args)
	}
	if len(values) == 1 {
		return values[0], nil
	}
	null := true
	for _, v := range values {
		null = null && v.Nullable()
	}
	return typed.Call{Name: "coalesce", Args: values, DataType: common, Null: null, ANSI: ctx.ANSI}, nil
}

func resolveNvl2(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	if len(args) != 3 {
		return nil, wrongCount(name, "3", len(args))
	}
	there := typed.Call{Name: "isnotnull", Args: args[:1], DataType: types.Boolean}
	return resolveIf(ctx, name, []typed.Expression{there, args[1], args[2]})
}

func resolveNullIf(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	if err := twoArguments(name, args); err != nil {
		return nil, err
	}
	equal, err := compare("=")(ctx, "==", args)
	if err != nil {
		return nil, err
	}
	return typed.Case{
		Branches: []typed.Branch{{When: equal, Then: typed.Literal{DataType: args[0].Type()}}}, Else: args[0], DataType: args[0].Type(),
	}, nil
}

func resolveNullIfZero(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	if len(args) != 1 {
		return nil, wrongCount(name, "1", len(args))
	}
	return resolveNullIf(ctx, name, []typed.Expression{args[0], intLiteral(0)})
}

func resolveZeroIfNull(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	if len(args) != 1 {
		return nil, wrongCount(name, "1", len(args))
	}
	return resolveCoalesce(ctx, name, []typed.Expression{args[0], intLiteral(0)})
}

// extreme resolves greatest and least, which pass over nulls.
func extreme(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	if len(args) < 2 {
		return nil, wrongCount(name, "> 1", len(args))
	}
	common, ok := types.WiderWithoutTextOf(typesOf(args), ctx.ANSI)
	if !ok {
		return nil, mixedTypesList(name, args)
	}
	if !Orderable(common) {
		return nil, unorderable(name, name, args, common)
	}
	values := make([]typed.Expression, len(args))
	null := true
	for i, a := range args {
		values[i] = convert(ctx, a, common)
		null = null && values[i].Nullable()
	}
	return typed.Call{Name: name, Args: values, DataType: common, Null: null, ANSI: ctx.ANSI}, nil
}

func prettyWhen(_ string, args []string) string {
	var b strings.Builder
	b.WriteString("CASE")
	for i := 0; i+1 < len(args); i += 2 {
		b.WriteString(" WHEN " + args[i] + " THEN " + args[i+1])
	}
	if len(args)%2 == 1 {
		b.WriteString(" ELSE " + args[len(args)-1])
	}
	return b.String() + " END"
}

func prettyIf(name string, args []string) string {
	if len(args) != 3 {
		return called(name)(name, args)
	}
	return "(IF(" + strings.Join(args, ", ") + "))"
}

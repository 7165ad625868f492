package function

import (
	"strings"

	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
)

// comparison is the comparisons and what is made of them.
var comparison = []row{
	{names: "== =", resolve: compare("="), sql: template("($1 = $2)"), pretty: infix("=")},
	{names: "!= <>", resolve: resolveNotEqual, pretty: prettyNotEqual},
	{names: "<", resolve: compare("<"), sql: template("($1 < $2)"), pretty: infix("<")},
	{names: "<=", resolve: compare("<="), sql: template("($1 <= $2)"), pretty: infix("<=")},
	{names: ">", resolve: compare(">"), sql: template("($1 > $2)"), pretty: infix(">")},
	{names: ">=", resolve: compare(">="), sql: template("($1 >= $2)"), pretty: infix(">=")},
	{names: "<=>", resolve: compare("<=>"), sql: template("($1 IS NOT DISTINCT FROM $2)"), pretty: infix("<=>")},
	{names: "equal_null", resolve: renamed("<=>", compare("<=>"))},
	{names: "between", resolve: resolveBetween, pretty: prettyBetween},
	{names: "in", resolve: resolveIn, sql: inSQL, pretty: prettyIn},
	{names: "isnull", in: takes(anything), out: of(types.Boolean), null: never, sql: template("($1 IS NULL)"), pretty: postfix("IS NULL")},
	{names: "isnotnull", in: takes(anything), out: of(types.Boolean), null: never, sql: template("($1 IS NOT NULL)"), pretty: postfix("IS NOT NULL")},
	{
		names: "isnan", in: takes(either(types.Double, types.Float)), out: of(types.Boolean), null: never,
		sql: template("coalesce(isnan($1), FALSE)"),
	},
	{names: "and", resolve: logic, sql: template("($1 AND $2)"), pretty: infix("AND")},
	{names: "or", resolve: logic, sql: template("($1 OR $2)"), pretty: infix("OR")},
	{names: "not !", in: takes(boolean), out: of(types.Boolean), sql: template("(NOT $1)"), pretty: prettyNot},
}

// renamed resolves a call as one of another function.
func renamed(name string, resolve func(Context, string, []typed.Expression) (typed.Expression, error)) func(Context, string, []typed.Expression) (typed.Expression, error) {
	return func(ctx Context, _ string, args []typed.Expression) (typed.Expression, error) {
		return resolve(ctx, name, args)
	}
}

// logic resolves AND and OR.
func logic(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	if err := twoArguments(name, args); err != nil {
		return nil, err
	}
	converted := make([]typed.Expression, 2)
	for i, a := range args {
		to, ok := types.Implicit(a.Type(), types.Boolean, ctx.ANSI)
		if !ok {
			if types.EqualIgnoringNulls(args[0].Type(), args[1].Type()) {
				return nil, wrongType(name, args, `"BOOLEAN"`)
			}
			return nil, differentTypes(name, args)
		}
		converted[i] = convert(ctx, a, to)
	}
	return typed.Call{Name: name, Args: converted, DataType: types.Boolean, Null: anyNullable(converted), ANSI: ctx.ANSI}, nil
}

// commonForComparison is the type in which two values are compared; false where they cannot be.
func commonForComparison(ctx Context, a, b typed.Expression) (types.DataType, bool) {
	at, bt := a.Type(), b.Type()
	if types.EqualIgnoringNulls(at, bt) {
		return at, true
	}
	if !ctx.ANSI {
		// Outside ANSI mode text meets numbers and dates as what they are.
		if types.IsText(at) && !types.IsText(bt) {
			at, bt = bt, at
		}
		if types.IsText(bt) && !types.IsText(at) && !types.IsNested(at) && at != types.Null {
			if at == types.Boolean || types.IsNumeric(at) || at == types.Date || at == types.Timestamp || at == types.TimestampNTZ || at == types.Binary {
				if _, decimal := at.(types.Decimal); decimal {
					return types.Double, true
				}
				return at, true
			}
		}
	}
	_, aDecimal := at.(types.Decimal)
	_, bDecimal := bt.(types.Decimal)
	if (aDecimal || bDecimal) && types.IsNumeric(at) && types.IsNumeric(bt) {
		// Integers are exact as decimals: the literal's own digits next to a decimal.
		if aDecimal && types.IsIntegral(bt) {
			bt = decimalOf(b, bt)
		}
		if bDecimal && types.IsIntegral(at) {
			at = decimalOf(a, at)
		}
	}
	return types.Wider(at, bt, ctx.ANSI)
}

// compare resolves a comparison; shown is the operator in errors.
func compare(shown string) func(Context, string, []typed.Expression) (typed.Expression, error) {
	return func(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
		if err := twoArguments(name, args); err != nil {
			return nil, err
		}
		common, ok := commonForComparison(ctx, args[0], args[1])
		if !ok {
			return nil, differentTypes(name, args)
		}
		if !Orderable(common) {
			return nil, unorderable(name, shown, args, common)
		}
		converted := []typed.Expression{convert(ctx, args[0], common), convert(ctx, args[1], common)}
		null := anyNullable(converted) && name != "<=>"
		return typed.Call{Name: name, Args: converted, DataType: types.Boolean, Null: null, ANSI: ctx.ANSI}, nil
	}
}

// Orderable reports whether values of a type can be compared, sorted and grouped: those without maps and intervals of both
// months and days in them.
func Orderable(t types.DataType) bool {
	switch x := t.(type) {
	case types.Map:
		return false
	case types.Array:
		return Orderable(x.Element)
	case types.Struct:
		for _, f := range x.Fields {
			if !Orderable(f.Type) {
				return false
			}
		}
	}
	return t != types.CalendarInterval
}

func resolveNotEqual(ctx Context, _ string, args []typed.Expression) (typed.Expression, error) {
	equal, err := compare("=")(ctx, "==", args)
	if err != nil {
		return nil, err
	}
	return typed.Call{Name: "not", Args: []typed.Expression{equal}, DataType: types.Boolean, Null: equal.Nullable(), ANSI: ctx.ANSI}, nil
}

func resolveBetween(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	if len(args) != 3 {
		return nil, wrongCount(name, "3", len(args))
	}
	lower, err := compare(">=")(ctx, ">=", []typed.Expression{args[0], args[1]})
	if err != nil {
		return nil, err
	}
	upper, err := compare("<=")(ctx, "<=", []typed.Expression{args[0], args[2]})
	if err != nil {
		return nil, err
	}
	return logic(ctx, "and", []typed.Expression{lower, upper})
}

func resolveIn(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	if len(args) < 1 {
		return nil, wrongCount(name, "> 0", len(args))
	}
	list := make([]types.DataType, len(args))
	for i, a := range args {
		list[i] = a.Type()
	}
	common, ok := types.WiderOf(list, ctx.ANSI)
	if !ok {
		return nil, mixedTypesList(name, args)
	}
	if !Orderable(common) {
		return nil, unorderable(name, name, args, common)
	}
	converted := make([]typed.Expression, len(args))
	for i, a := range args {
		converted[i] = convert(ctx, a, common)
	}
	return typed.Call{Name: name, Args: converted, DataType: types.Boolean, Null: anyNullable(converted), ANSI: ctx.ANSI}, nil
}

// mixedTypesList is mixedTypes with the types in brackets, as some of Spark's errors have it.
func mixedTypesList(name string, args []typed.Expression) error {
	list := make([]string, len(args))
	for i, a := range args {
		list[i] = quotedType(a)
	}
	shown := "[" + strings.Join(list, ", ") + "]"
	return mismatch("DATA_DIFF_TYPES", name, args, "Input to `"+name+"` should all be the same type, but it's "+shown+".",
		"functionName", "`"+name+"`", "dataType", shown)
}

func inSQL(_ typed.Call, args []string) (string, error) {
	if len(args) == 1 {
		return "(CASE WHEN " + args[0] + " IS NULL THEN FALSE ELSE FALSE END)", nil
	}
	return "(" + args[0] + " IN (" + strings.Join(args[1:], ", ") + "))", nil
}

func postfix(operator string) func(string, []string) string {
	return func(name string, args []string) string {
		if len(args) != 1 {
			return called(name)(name, args)
		}
		return "(" + args[0] + " " + operator + ")"
	}
}

func prettyNot(name string, args []string) string {
	if len(args) != 1 {
		return called(name)(name, args)
	}
	return "(NOT " + args[0] + ")"
}

func prettyNotEqual(name string, args []string) string {
	return "(NOT " + infix("=")(name, args) + ")"
}

func prettyBetween(name string, args []string) string {
	if len(args) != 3 {
		return called(name)(name, args)
	}
	return "between(" + strings.Join(args, ", ") + ")"
}

func prettyIn(name string, args []string) string {
	if len(args) == 0 {
		return name + "()"
	}
	return "(" + args[0] + " IN (" + strings.Join(args[1:], ", ") + "))"
}

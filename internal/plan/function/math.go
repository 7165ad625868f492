package function

import (
	"fmt"

	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
)

// mathematics is the functions of numbers.
var mathematics = []row{
	{names: "ceil ceiling", resolve: resolveWhole, sql: wholeSQL("ceil", 1)},
	{names: "floor", resolve: resolveWhole, sql: wholeSQL("floor", -1)},
	{names: "round", in: takes(numeric, integer), optional: 1, defaults: []typed.Expression{intLiteral(0)}, check: constants(1), out: roundType, null: always, sql: roundSQL},
	{names: "bround", in: takes(numeric, integer), optional: 1, defaults: []typed.Expression{intLiteral(0)}, check: constants(1), out: roundType, null: always, sql: roundSQL},
	{names: "rint", in: takes(double), out: of(types.Double), null: always, sql: template("round_double($1, 0, 2)")},
	function1("sqrt", "(CASE WHEN $1 < 0 THEN CAST('NaN' AS DOUBLE) ELSE sqrt($1) END)"),
	function1("cbrt", "cbrt($1)"),
	function1("exp", "exp($1)"),
	function1("expm1", "expm1($1)"),
	function1("ln", "(CASE WHEN $1 > 0 THEN ln($1) END)"),
	{names: "log", resolve: resolveLog, sql: template("(CASE WHEN $1 > 0 AND $2 > 0 THEN ln($2) / ln($1) END)")},
	function1("log2", "(CASE WHEN $1 > 0 THEN log2($1) END)"),
	function1("log10", "(CASE WHEN $1 > 0 THEN log10($1) END)"),
	function1("log1p", "(CASE WHEN $1 > -1 THEN log1p($1) END)"),
	function2("pow power", "pow($1, $2)"),
	function1("sin", finite("sin($1)")), function1("cos", finite("cos($1)")), function1("tan", finite("tan($1)")),
	function1("cot", finite("(CAST(1 AS DOUBLE) / tan($1))")),
	function1("csc", finite("(CAST(1 AS DOUBLE) / sin($1))")),
	function1("sec", finite("(CAST(1 AS DOUBLE) / cos($1))")),
	function1("asin", within1("asin($1)")), function1("acos", within1("acos($1)")),
	function1("atan", "atan($1)"),
	function2("atan2", "atan2($1, $2)"),
	function1("sinh", "sinh($1)"), function1("cosh", "cosh($1)"), function1("tanh", "tanh($1)"),
	function1("asinh", "asinh($1)"),
	function1("acosh", "(CASE WHEN $1 < 1 THEN CAST('NaN' AS DOUBLE) ELSE acosh($1) END)"),
	function1("atanh", "(CASE WHEN abs($1) < 1 THEN atanh($1) WHEN $1 = 1 THEN CAST('Infinity' AS DOUBLE) WHEN $1 = -1 THEN CAST('-Infinity' AS DOUBLE) WHEN $1 IS NOT NULL THEN CAST('NaN' AS DOUBLE) END)"),
	function1("sign signum", "CAST(sign($1) AS DOUBLE)"),
	function2("hypot", "hypot($1, $2)"),
	{names: "factorial", in: takes(integer), out: of(types.Long), null: always, sql: template("(CASE WHEN $1 BETWEEN 0 AND 20 THEN CAST(factorial($1) AS BIGINT) END)")},
	function1("degrees", "degrees($1)"), function1("radians", "radians($1)"),
	{names: "e", out: of(types.Double), null: never, sql: template("CAST('2.718281828459045' AS DOUBLE)")},
	{names: "pi", out: of(types.Double), null: never, sql: template("pi()")},
	{names: "width_bucket", in: takes(double, double, double, long), out: of(types.Long), null: always, sql: template("width_bucket($1, $2, $3, $4)")},
	{names: "rand random", in: takes(long), optional: 1, check: constants(0), out: of(types.Double), null: never, sql: template("random()")},
	{names: "randn", in: takes(long), optional: 1, check: constants(0), out: of(types.Double), null: never, sql: template("(sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random()))")},
}

// function1 is a function of a floating-point number, which Spark takes to be nullable.
func function1(names, pattern string) row {
	return row{names: names, in: takes(double), out: of(types.Double), null: always, sql: template(pattern)}
}

// function2 is a function of two floating-point numbers.
func function2(names, pattern string) row {
	return row{names: names, in: takes(double, double), out: of(types.Double), sql: template(pattern)}
}

// finite keeps infinite arguments, for which DuckDB raises an error, from a function that has no value there.
func finite(pattern string) string {
	return "(CASE WHEN isinf($1) THEN CAST('NaN' AS DOUBLE) ELSE " + pattern + " END)"
}

// within1 keeps arguments beyond 1 from a function that has no value there.
func within1(pattern string) string {
	return "(CASE WHEN abs($1) > 1 THEN CAST('NaN' AS DOUBLE) ELSE " + pattern + " END)"
}

func resolveLog(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	if len(args) == 1 {
		return lookupResolve(ctx, "ln", args[0])
	}
	return row{in: takes(double, double), out: of(types.Double), null: always}.call(ctx, name, args)
}

// wholeType is the type of ceil and floor: bigint, or a decimal without fraction.
func wholeType(args []typed.Expression) types.DataType {
	if d, ok := args[0].Type().(types.Decimal); ok {
		return types.BoundedDecimal(max(d.Precision-d.Scale+1, 1), 0)
	}
	return types.Long
}

// resolveWhole resolves ceil and floor, with or without a number of digits.
func resolveWhole(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	if len(args) != 2 {
		return row{in: takes(numeric, integer), optional: 1, out: wholeType, null: always}.call(ctx, name, args)
	}
	if d, ok := types.DecimalOf(args[0].Type()); ok {
		args = []typed.Expression{convert(ctx, args[0], d), args[1]}
	}
	digits := want{`"DECIMAL"`, func(_ Context, t types.DataType) (types.DataType, bool) {
		_, ok := t.(types.Decimal)
		return t, ok
	}}
	return row{in: takes(digits, integer), check: constants(1), out: roundType, null: always}.call(ctx, name, args)
}

func wholeSQL(name string, direction int) func(typed.Call, []string) (string, error) {
	return func(call typed.Call, args []string) (string, error) {
		t := call.Args[0].Type()
		_, decimal := t.(types.Decimal)
		switch {
		case len(args) == 2:
			return fmt.Sprintf("CAST(round_decimal(CAST(%s AS VARCHAR), %s, %d) AS %s)", args[0], args[1], direction, DuckDBType(call.DataType)), nil
		case types.IsIntegral(t):
			return "CAST(" + args[0] + " AS BIGINT)", nil
		case decimal:
			return "CAST(" + name + "(" + args[0] + ") AS " + DuckDBType(call.DataType) + ")", nil
		}
		rounded := name + "(" + args[0] + ")"
		if !call.ANSI {
			return saturate(types.Long, rounded), nil
		}
		return attemptOr("TRY_CAST("+rounded+" AS BIGINT)", args[0]+" IS NOT NULL", raise(overflow("overflow", ""), operands(call, args)[0])), nil
	}
}

// roundType is the type of round: that of the number, but for decimals, which keep the digits asked for and may grow by one.
func roundType(args []typed.Expression) types.DataType {
	d, ok := args[0].Type().(types.Decimal)
	if !ok {
		return args[0].Type()
	}
	digits, _ := literalInt(uncast(args[1]))
	if call, negative := args[1].(typed.Call); negative && call.Name == "negative" {
		digits, _ = literalInt(uncast(call.Args[0]))
		digits = -digits
	}
	if digits < 0 {
		return types.BoundedDecimal(max(d.Precision-d.Scale+1, int(-digits)+1), 0)
	}
	scale := min(d.Scale, int(digits))
	return types.BoundedDecimal(d.Precision-d.Scale+scale+1, scale)
}

// roundSQL prints round and bround. What DuckDB does otherwise, because it goes by the binary number, is done in Go by the
// decimal digits.
func roundSQL(call typed.Call, args []string) (string, error) {
	digits, constant := literalInt(call.Args[1])
	mode := 0
	if call.Name == "bround" {
		mode = 2
	}
	t := call.Args[0].Type()
	duck := DuckDBType(call.DataType)
	_, decimal := t.(types.Decimal)
	switch {
	case decimal && constant && digits >= 0 && mode == 0:
		return "CAST(" + args[0] + " AS " + duck + ")", nil
	case types.IsIntegral(t) && constant && digits >= 0:
		return args[0], nil
	case t == types.Double && constant && digits == 0 && mode == 0:
		return "round(" + args[0] + ")", nil
	case t == types.Double, t == types.Float:
		return fmt.Sprintf("CAST(round_double(CAST(%s AS DOUBLE), %s, %d) AS %s)", args[0], args[1], mode, duck), nil
	}
	rounded := fmt.Sprintf("round_decimal(CAST(%s AS VARCHAR), %s, %d)", args[0], args[1], mode)
	if !call.ANSI {
		return "TRY_CAST(" + rounded + " AS " + duck + ")", nil
	}
	return attemptOr("TRY_CAST("+rounded+" AS "+duck+")", rounded+" IS NOT NULL", raise(overflow("Overflow", ""), operands(call, args)[0])), nil
}

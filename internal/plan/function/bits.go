package function

import (
	"strings"

	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// bitwise is the operators and functions on the bits of integers.
var bitwise = []row{
	{names: "&", resolve: resolveBits, sql: template("($1 & $2)"), pretty: infix("&")},
	{names: "|", resolve: resolveBits, sql: template("($1 | $2)"), pretty: infix("|")},
	{names: "^", resolve: resolveBits, sql: template("xor($1, $2)"), pretty: infix("^")},
	{names: "~", in: takes(integral), out: like(0), sql: template("(~ $1)"), pretty: func(_ string, args []string) string { return "~" + strings.Join(args, ", ") }},
	{names: "shiftleft <<", in: takes(intOrLong, integer), out: like(0), sql: shiftSQL("shift_left"), pretty: infix("<<")},
	{names: "shiftright >>", in: takes(intOrLong, integer), out: like(0), sql: shiftSQL("shift_right"), pretty: infix(">>")},
	{names: "shiftrightunsigned >>>", in: takes(intOrLong, integer), out: like(0), sql: shiftSQL("shift_right_unsigned"), pretty: infix(">>>")},
	{names: "bit_count", in: takes(integralOrBoolean), out: of(types.Integer), sql: template("CAST(bit_count(CAST($1 AS BIGINT)) AS INTEGER)")},
	{names: "bit_get getbit", in: takes(integral, integer), out: of(types.Byte), sql: bitGetSQL},
}

var intOrLong = want{`("INT" or "BIGINT")`, func(ctx Context, t types.DataType) (types.DataType, bool) {
	switch t {
	case types.Integer, types.Long:
		return t, true
	}
	return types.Implicit(t, types.Integer, ctx.ANSI)
}}

var integralOrBoolean = want{`("INTEGRAL" or "BOOLEAN")`, func(ctx Context, t types.DataType) (types.DataType, bool) {
	if t == types.Boolean {
		return t, true
	}
	return integral.to(ctx, t)
}}

func resolveBits(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	if err := twoArguments(name, args); err != nil {
		return nil, err
	}
	common := make([]typed.Expression, 2)
	for i, a := range args {
		to, ok := integral.to(ctx, a.Type())
		if !ok {
			if types.EqualIgnoringNulls(args[0].Type(), args[1].Type()) {
				return nil, wrongType(name, args, `"INTEGRAL"`)
			}
			return nil, differentTypes(name, args)
		}
		if a.Type() == types.Null {
			to = args[1-i].Type()
		}
		common[i] = convert(ctx, a, to)
	}
	t, ok := types.TightestCommon(common[0].Type(), common[1].Type(), ctx.ANSI)
	if !ok {
		return nil, differentTypes(name, args)
	}
	common = []typed.Expression{convert(ctx, common[0], t), convert(ctx, common[1], t)}
	return typed.Call{Name: name, Args: common, DataType: t, Null: anyNullable(common), ANSI: ctx.ANSI}, nil
}

// shiftSQL prints a shift by Java's rules: by the low bits of the distance alone.
func shiftSQL(name string) func(typed.Call, []string) (string, error) {
	return func(call typed.Call, args []string) (string, error) {
		size := "32"
		if call.DataType == types.Long {
			size = "64"
		}
		return "CAST(" + name + "(CAST(" + args[0] + " AS BIGINT), " + args[1] + ", " + size + ") AS " + DuckDBType(call.DataType) + ")", nil
	}
}

func bitGetSQL(call typed.Call, args []string) (string, error) {
	size := intText(int32(widths[call.Args[0].Type()]))
	e := sparkerror.New(sparkerror.SparkRuntimeException, "INVALID_PARAMETER_VALUE.BIT_POSITION_RANGE", "22023",
		"The value of parameter(s) `pos` in `%s` is invalid: expects an integer value in [0, %s), but got %s.", call.Name, size, placeholder)
	return "(CASE WHEN " + args[1] + " < 0 OR " + args[1] + " >= " + size + " THEN " + raise(e, operands(call, args)[1], placeholder, args[1]) +
		" ELSE CAST((shift_right(CAST(" + args[0] + " AS BIGINT), " + args[1] + ", 64) & 1) AS TINYINT) END)", nil
}

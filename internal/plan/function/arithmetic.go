package function

import (
	"fmt"
	"math"
	"strings"

	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
)

// arithmetic is the operators on numbers. Those of dates and intervals are resolved to functions of dates.go.
var arithmetic = []row{
	{names: "+", resolve: resolveAdd, sql: overflowing("+"), pretty: infix("+")},
	{names: "-", resolve: resolveSubtract, sql: overflowing("-"), pretty: infix("-")},
	{names: "*", resolve: resolveMultiply, sql: overflowing("*"), pretty: infix("*")},
	{names: "/", resolve: resolveDivide, sql: divideSQL, pretty: infix("/")},
	{names: "%  mod", resolve: resolveRemainder, sql: remainderSQL, pretty: prettyRemainder},
	{names: "div", resolve: resolveIntegralDivide, sql: integralDivideSQL, pretty: infix("div")},
	{names: "pmod", resolve: resolvePmod, sql: pmodSQL},
	{names: "try_add", resolve: tolerant(resolveAdd), sql: overflowing("+")},
	{names: "try_subtract", resolve: tolerant(resolveSubtract), sql: overflowing("-")},
	{names: "try_multiply", resolve: tolerant(resolveMultiply), sql: overflowing("*")},
	{names: "try_divide", resolve: tolerant(resolveDivide), sql: divideSQL},
	{names: "try_mod", resolve: tolerant(resolveRemainder), sql: remainderSQL},
	{names: "negative", in: takes(signed), out: like(0), sql: negateSQL, pretty: prettyNegative},
	{names: "positive", in: takes(signed), out: like(0), sql: template("$1"), pretty: prettyPositive},
	{names: "abs", in: takes(numericOrInterval), out: like(0), sql: absSQL},
}

// signed takes what can have a sign in front.
var signed = want{numericInterval, numericOrInterval.to}

// numericOrInterval takes numbers and intervals.
var numericOrInterval = want{
	`("NUMERIC" or "INTERVAL DAY TO SECOND" or "INTERVAL YEAR TO MONTH")`,
	func(ctx Context, t types.DataType) (types.DataType, bool) {
		if isInterval(t) {
			return t, true
		}
		return toNumeric(ctx, t)
	},
}

func isInterval(t types.DataType) bool {
	return t == types.DayTimeInterval || t == types.YearMonthInterval || t == types.CalendarInterval
}

// tryPrefix begins the names under which try_add and its like are called when a plain operator has resolved their types.
const tryPrefix = "try_"

// tolerant resolves try_add as + and so on: the same types, but null instead of errors.
func tolerant(resolve func(Context, string, []typed.Expression) (typed.Expression, error)) func(Context, string, []typed.Expression) (typed.Expression, error) {
	return func(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
		e, err := resolve(ctx, name, args)
		if err != nil {
			return nil, err
		}
		call, ok := e.(typed.Call)
		if !ok || call.Name != name {
			return e, nil
		}
		call.Null = true
		return call, nil
	}
}

// isTry reports whether a call gives null where others raise errors or wrap around.
func isTry(call typed.Call) bool { return len(call.Name) > 4 && call.Name[:4] == tryPrefix }

func twoArguments(name string, args []typed.Expression) error {
	if len(args) != 2 {
		return wrongCount(name, "2", len(args))
	}
	return nil
}

// commonNumbers casts the operands of an arithmetic operator to one numeric type; decimals keep their own precisions, and
// integers next to them become decimals.
func commonNumbers(ctx Context, name string, args []typed.Expression) ([]typed.Expression, error) {
	l, r := args[0], args[1]
	lt, rt := l.Type(), r.Type()
	switch {
	case types.IsText(lt) && types.IsText(rt) && ctx.ANSI:
		return nil, wrongType(name, args, operandTypes(name))
	case types.IsText(lt) && types.IsText(rt), lt == types.Null && types.IsText(rt), types.IsText(lt) && rt == types.Null,
		lt == types.Null && rt == types.Null:
		lt, rt = types.Double, types.Double
	case lt == types.Null:
		lt = rt
	case rt == types.Null:
		rt = lt
	case types.IsText(lt) && types.IsNumeric(rt):
		lt = promoted(rt, ctx.ANSI)
	case types.IsText(rt) && types.IsNumeric(lt):
		rt = promoted(lt, ctx.ANSI)
	}
	if !types.IsNumeric(lt) || !types.IsNumeric(rt) {
		if types.EqualIgnoringNulls(lt, rt) {
			return nil, wrongType(name, args, operandTypes(name))
		}
		return nil, differentTypes(name, args)
	}
	_, lok := lt.(types.Decimal)
	_, rok := rt.(types.Decimal)
	switch {
	case lok && rok:
	case lok && types.IsIntegral(rt):
		rt = decimalOf(r, rt)
	case rok && types.IsIntegral(lt):
		lt = decimalOf(l, lt)
	default:
		common := types.DataType(types.Double)
		if !lok && !rok {
			common, _ = types.TightestCommon(lt, rt, ctx.ANSI)
		}
		lt, rt = common, common
	}
	return []typed.Expression{convert(ctx, l, lt), convert(ctx, r, rt)}, nil
}

// operandTypes is what errors say that an operator takes.
func operandTypes(name string) string {
	if name == "+" || name == "-" {
		return numericInterval
	}
	return `"NUMERIC"`
}

const numericInterval = `("NUMERIC" or "INTERVAL DAY TO SECOND" or "INTERVAL YEAR TO MONTH" or "INTERVAL")`

// promoted is the type of text next to a number in arithmetic.
func promoted(number types.DataType, ansi bool) types.DataType {
	if ansi && types.IsIntegral(number) {
		return types.Long
	}
	return types.Double
}

// decimalOf is the decimal that an integer becomes next to another decimal.
func decimalOf(e typed.Expression, t types.DataType) types.Decimal {
	if l, ok := e.(typed.Literal); ok {
		if d, ok := types.DecimalOfLiteral(l.Value); ok {
			return d
		}
	}
	d, _ := types.DecimalOf(t)
	return d
}

// numbers resolves an operator on numbers, whose result on decimals has the type that decimals tells.
func numbers(ctx Context, name string, args []typed.Expression, decimals func(a, b types.Decimal) types.Decimal, zeroFails bool) (typed.Expression, error) {
	args, err := commonNumbers(ctx, name, args)
	if err != nil {
		return nil, err
	}
	call := typed.Call{Name: name, Args: args, DataType: args[0].Type(), Null: anyNullable(args), ANSI: ctx.ANSI}
	if d, ok := args[0].Type().(types.Decimal); ok {
		call.DataType = decimals(d, args[1].Type().(types.Decimal))
		call.Null = call.Null || !ctx.ANSI
	}
	call.Null = call.Null || zeroFails
	return call, nil
}

func resolveAdd(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	if len(args) == 1 && !isTry(typed.Call{Name: name}) {
		return row{in: takes(signed), out: like(0)}.call(ctx, "positive", args)
	}
	if err := twoArguments(name, args); err != nil {
		return nil, err
	}
	if e, ok, err := addTemporal(ctx, name, args); ok || err != nil {
		return e, err
	}
	return numbers(ctx, name, args, types.AddDecimal, false)
}

func resolveSubtract(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	if len(args) == 1 && !isTry(typed.Call{Name: name}) {
		return row{in: takes(signed), out: like(0)}.call(ctx, "negative", args)
	}
	if err := twoArguments(name, args); err != nil {
		return nil, err
	}
	if e, ok, err := subtractTemporal(ctx, name, args); ok || err != nil {
		return e, err
	}
	return numbers(ctx, name, args, types.AddDecimal, false)
}

func resolveMultiply(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	if err := twoArguments(name, args); err != nil {
		return nil, err
	}
	if e, ok := scaleInterval(ctx, name, args, true); ok {
		return e, nil
	}
	return numbers(ctx, name, args, types.MultiplyDecimal, false)
}

func resolveDivide(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	if err := twoArguments(name, args); err != nil {
		return nil, err
	}
	if e, ok := scaleInterval(ctx, name, args, false); ok {
		return e, nil
	}
	common, err := commonNumbers(ctx, name, args)
	if err != nil {
		return nil, err
	}
	if _, decimal := common[0].Type().(types.Decimal); !decimal {
		common = []typed.Expression{convert(ctx, args[0], types.Double), convert(ctx, args[1], types.Double)}
	}
	return numbers(ctx, name, common, types.DivideDecimal, true)
}

func resolveIntegralDivide(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	if err := twoArguments(name, args); err != nil {
		return nil, err
	}
	if args[0].Type() == args[1].Type() && isInterval(args[0].Type()) {
		args = []typed.Expression{intervalNumber(args[0]), intervalNumber(args[1])}
	}
	common, err := commonNumbers(ctx, name, args)
	if err != nil {
		return nil, err
	}
	switch t := common[0].Type(); {
	case types.IsIntegral(t):
		common = []typed.Expression{convert(ctx, common[0], types.Long), convert(ctx, common[1], types.Long)}
	case t == types.Double, t == types.Float:
		return nil, wrongType(name, args, `("BIGINT" or "DECIMAL" or "INTERVAL YEAR TO MONTH" or "INTERVAL DAY TO SECOND")`)
	}
	return typed.Call{Name: name, Args: common, DataType: types.Long, Null: true, ANSI: ctx.ANSI}, nil
}

func resolveRemainder(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	if err := twoArguments(name, args); err != nil {
		return nil, err
	}
	return numbers(ctx, name, args, types.RemainderDecimal, true)
}

func resolvePmod(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	return resolveRemainder(ctx, name, args)
}

// overflowing prints +, - and *. DuckDB finds overflows of integers; without errors wanted, the next wider type holds them.
func overflowing(operator string) func(typed.Call, []string) (string, error) {
	return func(call typed.Call, args []string) (string, error) {
		plain := "(" + args[0] + " " + operator + " " + args[1] + ")"
		t := call.DataType
		if d, ok := t.(types.Decimal); ok {
			return decimalSQL(call, args, operator, d), nil
		}
		switch {
		case !types.IsIntegral(t):
			return plain, nil
		case call.ANSI && !isTry(call):
			return plain, nil
		}
		wide := fmt.Sprintf("(CAST(%s AS HUGEINT) %s CAST(%s AS HUGEINT))", args[0], operator, args[1])
		if isTry(call) {
			return "TRY_CAST(" + wide + " AS " + DuckDBType(t) + ")", nil
		}
		return wrapAround(wide, t), nil
	}
}

// widths is the size in bits of the integer types.
var widths = map[types.DataType]int{types.Byte: 8, types.Short: 16, types.Integer: 32, types.Long: 64}

// wrapAround brings a HUGEINT into an integer type as Java does, dropping the bits above.
func wrapAround(wide string, t types.DataType) string {
	half, full := float64(widths[t]-1), float64(widths[t])
	return fmt.Sprintf("CAST((((%s + CAST(%.0f AS HUGEINT)) & (CAST(%.0f AS HUGEINT) - 1)) - CAST(%.0f AS HUGEINT)) AS %s)",
		wide, math.Pow(2, half), math.Pow(2, full), math.Pow(2, half), DuckDBType(t))
}

// narrowPrecision is how many digits DuckDB's decimals of 64 bits hold.
const narrowPrecision = 18

// decimalSQL prints an operation on decimals. DuckDB computes what surely fits 38 digits; decimal_exact, in Go, the rest.
func decimalSQL(call typed.Call, args []string, operator string, result types.Decimal) string {
	a, aok := call.Args[0].Type().(types.Decimal)
	b, bok := call.Args[1].Type().(types.Decimal)
	duck := DuckDBType(result)
	if aok && bok {
		var fits bool
		switch operator {
		case "+", "-":
			fits = max(a.Precision-a.Scale, b.Precision-b.Scale)+max(a.Scale, b.Scale)+1 <= types.MaxPrecision
		case "*":
			fits = a.Precision+b.Precision <= types.MaxPrecision
		}
		if fits {
			left := args[0]
			if result.Precision > narrowPrecision && a.Precision <= narrowPrecision && b.Precision <= narrowPrecision {
				// DuckDB would compute in 64 bits, and fail where the result needs more.
				left = fmt.Sprintf("CAST(%s AS DECIMAL(%d, %d))", left, narrowPrecision+1, a.Scale)
			}
			return "CAST((" + left + " " + operator + " " + args[1] + ") AS " + duck + ")"
		}
	}
	exact := fmt.Sprintf("decimal_exact(%s, CAST(%s AS VARCHAR), CAST(%s AS VARCHAR), %d)", quoteString(operator), args[0], args[1], result.Scale)
	text := "TRY_CAST(" + exact + " AS " + duck + ")"
	if !isTry(call) && call.ANSI {
		anchor := operands(call, args)[0]
		if foldable(anchor.expression) {
			anchor = operands(call, args)[1]
		}
		text = "coalesce(" + text + ", CASE WHEN " + exact + " IS NOT NULL THEN " + raise(outOfRange(placeholder, result), anchor, placeholder, exact) + " END)"
	}
	if aok && bok {
		if small, ok := smallEnough(operator, a, b, args); ok {
			return "(CASE WHEN " + small + " THEN CAST((" + args[0] + " " + operator + " " + args[1] + ") AS " + duck + ") ELSE " + text + " END)"
		}
	}
	return text
}

// smallEnough prints the condition under which DuckDB computes an operation on long decimals without overflow, and reports
// whether there is one that most values meet.
func smallEnough(operator string, a, b types.Decimal, args []string) (string, bool) {
	const useful = 6 // digits before the point
	var left, right int
	switch operator {
	case "+", "-":
		left = types.MaxPrecision - 1 - max(a.Scale, b.Scale)
		right = left
	case "*":
		free := types.MaxPrecision - a.Scale - b.Scale
		left = free / 2
		right = free - left
	}
	if left < useful || right < useful {
		return "", false
	}
	below := func(arg string, d types.Decimal, digits int) string {
		return fmt.Sprintf("abs(%s) < CAST('1%s' AS DECIMAL(38,%d))", arg, strings.Repeat("0", min(digits, types.MaxPrecision-1-d.Scale)), d.Scale)
	}
	return below(args[0], a, left) + " AND " + below(args[1], b, right), true
}

// guarded prints an operation that must not see a zero divisor.
func guarded(call typed.Call, args []string, operation string, zero func() string) string {
	if l, ok := uncast(call.Args[1]).(typed.Literal); ok && l.Value != nil && !isZero(l.Value) {
		return operation
	}
	divisor := args[1]
	if isTry(call) || !call.ANSI {
		return "(CASE WHEN " + divisor + " <> 0 THEN " + operation + " END)"
	}
	return "(CASE WHEN " + divisor + " = 0 AND " + args[0] + " IS NOT NULL THEN " + zero() + " ELSE " + operation + " END)"
}

func uncast(e typed.Expression) typed.Expression {
	for {
		c, ok := e.(typed.Cast)
		if !ok {
			return e
		}
		e = c.Child
	}
}

func isZero(value any) bool {
	switch v := value.(type) {
	case int8:
		return v == 0
	case int16:
		return v == 0
	case int32:
		return v == 0
	case int64:
		return v == 0
	case float32:
		return v == 0
	case float64:
		return v == 0
	case types.DecimalValue:
		return v.Unscaled.Sign() == 0
	}
	return true
}

func divideSQL(call typed.Call, args []string) (string, error) {
	operation := "(" + args[0] + " / " + args[1] + ")"
	if d, ok := call.DataType.(types.Decimal); ok {
		operation = decimalSQL(call, args, "/", d)
	}
	return guarded(call, args, operation, func() string { return raise(divideByZero(), operands(call, args)[1]) }), nil
}

func remainderSQL(call typed.Call, args []string) (string, error) {
	operation := "(" + args[0] + " % " + args[1] + ")"
	switch d := call.DataType.(type) {
	case types.Decimal:
		operation = decimalSQL(call, args, "%", d)
	default:
		if types.IsIntegral(d) {
			// The smallest number by -1 overflows in DuckDB.
			operation = fmt.Sprintf("(CASE WHEN %s = -1 THEN CAST(0 AS %s) ELSE %s END)", args[1], DuckDBType(d), operation)
			if l, ok := uncast(call.Args[1]).(typed.Literal); ok && l.Value != nil {
				operation = "(" + args[0] + " % " + args[1] + ")"
			}
		}
	}
	return guarded(call, args, operation, func() string { return raise(remainderByZero(), operands(call, args)[1]) }), nil
}

func integralDivideSQL(call typed.Call, args []string) (string, error) {
	operation := "(" + args[0] + " // " + args[1] + ")"
	if _, ok := call.Args[0].Type().(types.Decimal); ok {
		operation = fmt.Sprintf("CAST(decimal_exact('div', CAST(%s AS VARCHAR), CAST(%s AS VARCHAR), 0) AS BIGINT)", args[0], args[1])
	} else if l, ok := uncast(call.Args[1]).(typed.Literal); !ok || l.Value == nil || Text(l) == "-1" {
		smallest := "CAST(-9223372036854775808 AS BIGINT)"
		result := smallest
		if call.ANSI {
			result = raise(overflow("Overflow in integral divide", "try_divide"), operands(call, args)[0])
		}
		operation = "(CASE WHEN " + args[1] + " = -1 AND " + args[0] + " = " + smallest + " THEN " + result + " ELSE " + operation + " END)"
	}
	return guarded(call, args, operation, func() string { return raise(divideByZero(), operands(call, args)[1]) }), nil
}

func pmodSQL(call typed.Call, args []string) (string, error) {
	remainder := "(" + args[0] + " % " + args[1] + ")"
	add := "((" + remainder + " + " + args[1] + ") % " + args[1] + ")"
	operation := "(CASE WHEN " + remainder + " < 0 THEN " + add + " ELSE " + remainder + " END)"
	switch d := call.DataType.(type) {
	case types.Decimal:
		operation = decimalSQL(call, args, "pmod", d)
	default:
		if types.IsIntegral(d) {
			wide := func(s string) string { return "CAST(" + s + " AS HUGEINT)" }
			remainder = "(" + wide(args[0]) + " % " + wide(args[1]) + ")"
			add = "((" + remainder + " + " + wide(args[1]) + ") % " + wide(args[1]) + ")"
			operation = "CAST((CASE WHEN " + remainder + " < 0 THEN " + add + " ELSE " + remainder + " END) AS " + DuckDBType(d) + ")"
		}
	}
	return guarded(call, args, operation, func() string { return raise(remainderByZero(), operands(call, args)[1]) }), nil
}

func negateSQL(call typed.Call, args []string) (string, error) {
	if types.IsIntegral(call.DataType) && !call.ANSI {
		return wrapAround("(- CAST("+args[0]+" AS HUGEINT))", call.DataType), nil
	}
	return "(- " + args[0] + ")", nil
}

func absSQL(call typed.Call, args []string) (string, error) {
	t := call.DataType
	if types.IsIntegral(t) || isInterval(t) {
		negated := "(- " + args[0] + ")"
		if types.IsIntegral(t) && !call.ANSI {
			negated = wrapAround("(- CAST("+args[0]+" AS HUGEINT))", t)
		}
		return "(CASE WHEN " + args[0] + " < 0 THEN " + negated + " ELSE " + args[0] + " END)", nil
	}
	return "abs(" + args[0] + ")", nil
}

func prettyNegative(name string, args []string) string {
	if name == "negative" && len(args) == 1 {
		return "(- " + args[0] + ")"
	}
	return called(name)(name, args)
}

func prettyPositive(name string, args []string) string {
	if len(args) == 1 {
		return "(+ " + args[0] + ")"
	}
	return called(name)(name, args)
}

func prettyRemainder(name string, args []string) string {
	if name == "%" {
		return infix("%")(name, args)
	}
	return called(name)(name, args)
}

package function

import (
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
)

// temporal is what arithmetic on dates, timestamps and intervals is resolved to, and the makers of intervals.
var temporal = []row{
	{names: internalPrefix + "move", sql: moveSQL("+"), pretty: infix("+")},
	{names: internalPrefix + "back", sql: moveSQL("-"), pretty: infix("-")},
	{names: internalPrefix + "between", sql: betweenSQL, pretty: infix("-")},
	{names: internalPrefix + "sum", sql: template("($1 + $2)"), pretty: infix("+")},
	{names: internalPrefix + "difference", sql: template("($1 - $2)"), pretty: infix("-")},
	{names: internalPrefix + "scale", sql: scaleSQL, pretty: infix("*")},
	{names: internalPrefix + "share", sql: shareSQL, pretty: infix("/")},
	{names: internalPrefix + "number", sql: template("CAST($1 AS BIGINT)")},
	{names: internalPrefix + "field", sql: intervalFieldSQL},
	{names: internalPrefix + "interval_years", resolve: intervalField(types.Integer)},
	{names: internalPrefix + "interval_months", resolve: intervalField(types.Byte)},
	{names: internalPrefix + "interval_days", resolve: intervalField(types.Integer)},
	{names: internalPrefix + "interval_hours", resolve: intervalField(types.Byte)},
	{names: internalPrefix + "interval_minutes", resolve: intervalField(types.Byte)},
	{names: internalPrefix + "interval_seconds", resolve: intervalField(types.Decimal{Precision: 8, Scale: 6})},
	{
		names: "make_dt_interval", in: takes(integer, integer, integer, only(types.Decimal{Precision: 18, Scale: 6})), optional: 4,
		defaults: []typed.Expression{intLiteral(0), intLiteral(0), intLiteral(0), intLiteral(0)}, out: of(types.DayTimeInterval), null: failing,
		sql: template("(CAST($1 AS BIGINT) * 86400000000 + CAST($2 AS BIGINT) * 3600000000 + CAST($3 AS BIGINT) * 60000000 + CAST($4 * 1000000 AS BIGINT))"),
	},
	{
		names: "make_ym_interval", in: takes(integer, integer), optional: 2,
		defaults: []typed.Expression{intLiteral(0), intLiteral(0)}, out: of(types.YearMonthInterval), null: failing, sql: template("($1 * 12 + $2)"),
	},
	{
		names: "make_interval", in: takes(integer, integer, integer, integer, integer, integer, only(types.Decimal{Precision: 18, Scale: 6})), optional: 7,
		defaults: []typed.Expression{intLiteral(0), intLiteral(0), intLiteral(0), intLiteral(0), intLiteral(0), intLiteral(0), intLiteral(0)},
		out:      of(types.CalendarInterval), null: failing,
		sql: template("(to_months($1 * 12 + $2) + to_days($3 * 7 + $4) + to_microseconds(CAST($5 AS BIGINT) * 3600000000 + CAST($6 AS BIGINT) * 60000000 + CAST($7 * 1000000 AS BIGINT)))"),
	},
}

// intervalFields maps the functions of date fields to those that take the field out of an interval.
var intervalFields = map[string]string{
	"year": internalPrefix + "interval_years", "month": internalPrefix + "interval_months", "day": internalPrefix + "interval_days",
	"hour": internalPrefix + "interval_hours", "minute": internalPrefix + "interval_minutes",
	internalPrefix + "seconds": internalPrefix + "interval_seconds",
}

func intervalField(result types.DataType) func(Context, string, []typed.Expression) (typed.Expression, error) {
	return func(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
		if len(args) != 1 {
			return nil, wrongCount("extract", "1", len(args))
		}
		call := typed.Call{Name: internalPrefix + "field", Args: []typed.Expression{args[0], textLiteral(name)}, DataType: result, Null: args[0].Nullable(), ANSI: ctx.ANSI}
		return call, nil
	}
}

func intervalFieldSQL(call typed.Call, args []string) (string, error) {
	text := ""
	switch call.Args[1].(typed.Literal).Value.(string) {
	case internalPrefix + "interval_years":
		text = "($1 // 12)"
	case internalPrefix + "interval_months":
		text = "($1 % 12)"
	case internalPrefix + "interval_days":
		text = "($1 // 86400000000)"
	case internalPrefix + "interval_hours":
		text = "($1 // 3600000000 % 24)"
	case internalPrefix + "interval_minutes":
		text = "($1 // 60000000 % 60)"
	default:
		text = "(CAST($1 % 60000000 AS DECIMAL(18,0)) / CAST(1000000 AS DECIMAL(8,0)))"
	}
	return "CAST(" + fill(text, args) + " AS " + DuckDBType(call.DataType) + ")", nil
}

func isTimestamp(t types.DataType) bool { return t == types.Timestamp || t == types.TimestampNTZ }

func isTemporal(t types.DataType) bool { return t == types.Date || isTimestamp(t) }

// intervalSQL prints an interval as DuckDB's type for it.
func intervalSQL(t types.DataType, arg string) string {
	switch t {
	case types.DayTimeInterval:
		return "(to_days(CAST((" + arg + " // 86400000000) AS INTEGER)) + to_microseconds(" + arg + " % 86400000000))"
	case types.YearMonthInterval:
		return "to_months(" + arg + ")"
	}
	return arg
}

// addTemporal resolves + on dates, timestamps and intervals; ok is false for other operands.
func addTemporal(ctx Context, name string, args []typed.Expression) (typed.Expression, bool, error) {
	l, r := args[0].Type(), args[1].Type()
	switch {
	case l == types.Date && !isInterval(r) && !isTimestamp(r):
		e, err := lookupResolve(ctx, "date_add", args[0], args[1])
		return e, true, err
	case r == types.Date && (types.IsNumeric(l) || l == types.Null):
		e, err := lookupResolve(ctx, "date_add", args[1], args[0])
		return e, true, err
	case isInterval(r) && (isTemporal(l) || types.IsText(l)):
		return move(ctx, internalPrefix+"move", args[0], args[1]), true, nil
	case isInterval(l) && (isTemporal(r) || types.IsText(r)):
		return move(ctx, internalPrefix+"move", args[1], args[0]), true, nil
	case isInterval(l) && (l == r || r == types.Null):
		return combine(ctx, internalPrefix+"sum", args, l), true, nil
	case isInterval(r) && l == types.Null:
		return combine(ctx, internalPrefix+"sum", args, r), true, nil
	}
	return nil, false, nil
}

// subtractTemporal resolves - on dates, timestamps and intervals; ok is false for other operands.
func subtractTemporal(ctx Context, name string, args []typed.Expression) (typed.Expression, bool, error) {
	l, r := args[0].Type(), args[1].Type()
	switch {
	case isInterval(r) && (isTemporal(l) || types.IsText(l)):
		return move(ctx, internalPrefix+"back", args[0], args[1]), true, nil
	case isInterval(l) && (l == r || r == types.Null):
		return combine(ctx, internalPrefix+"difference", args, l), true, nil
	case l == types.Date && r == types.Date, l == types.Date && types.IsText(r), r == types.Date && types.IsText(l):
		dates := []typed.Expression{convert(ctx, args[0], types.Date), convert(ctx, args[1], types.Date)}
		return typed.Call{Name: internalPrefix + "between", Args: dates, DataType: types.DayTimeInterval, Null: anyNullable(dates), ANSI: ctx.ANSI}, true, nil
	case isTemporal(l) && (isTemporal(r) || types.IsText(r)), isTemporal(r) && types.IsText(l):
		common := types.DataType(types.Timestamp)
		if l == types.TimestampNTZ && r != types.Timestamp || r == types.TimestampNTZ && l != types.Timestamp {
			common = types.TimestampNTZ
		}
		moments := []typed.Expression{convert(ctx, args[0], common), convert(ctx, args[1], common)}
		return typed.Call{Name: internalPrefix + "between", Args: moments, DataType: types.DayTimeInterval, Null: anyNullable(moments), ANSI: ctx.ANSI}, true, nil
	case l == types.Date:
		e, err := lookupResolve(ctx, "date_sub", args[0], args[1])
		return e, true, err
	}
	return nil, false, nil
}

func lookupResolve(ctx Context, name string, args ...typed.Expression) (typed.Expression, error) {
	f, _ := Lookup(name)
	return f.Resolve(ctx, args)
}

// combine is a call on two intervals.
func combine(ctx Context, name string, args []typed.Expression, t types.DataType) typed.Expression {
	values := []typed.Expression{convert(ctx, args[0], t), convert(ctx, args[1], t)}
	return typed.Call{Name: name, Args: values, DataType: t, Null: anyNullable(values), ANSI: ctx.ANSI}
}

// move is a date or timestamp moved by an interval. Dates stay dates, unless the interval has a time of day.
func move(ctx Context, name string, from, by typed.Expression) typed.Expression {
	result := from.Type()
	switch {
	case types.IsText(result):
		// Text is moved as a timestamp, and becomes text again.
		return typed.Cast{Child: move(ctx, name, convert(ctx, from, types.Timestamp), by), To: types.String, ANSI: ctx.ANSI}
	case result == types.Date && by.Type() == types.DayTimeInterval && !wholeDays(by):
		result = types.Timestamp
	}
	args := []typed.Expression{convert(ctx, from, result), by}
	return typed.Call{Name: name, Args: args, DataType: result, Null: anyNullable(args), ANSI: ctx.ANSI}
}

// wholeDays reports whether an interval is written in days, for all that its type does not tell.
func wholeDays(e typed.Expression) bool {
	switch x := e.(type) {
	case typed.Literal:
		micros, ok := x.Value.(int64)
		return ok && micros%microsPerDay == 0
	case typed.Call:
		return (x.Name == "negative" || x.Name == internalPrefix+"scale" || x.Name == internalPrefix+"between" && x.Args[0].Type() == types.Date) && wholeDaysIn(x)
	}
	return false
}

func wholeDaysIn(call typed.Call) bool {
	return call.Name == internalPrefix+"between" || wholeDays(call.Args[0]) && (len(call.Args) == 1 || types.IsIntegral(call.Args[1].Type()))
}

func moveSQL(operator string) func(typed.Call, []string) (string, error) {
	return func(call typed.Call, args []string) (string, error) {
		if call.DataType == types.Date && call.Args[1].Type() == types.DayTimeInterval {
			return "(" + args[0] + " " + operator + " CAST((" + args[1] + " // 86400000000) AS INTEGER))", nil
		}
		moved := "(" + args[0] + " " + operator + " " + intervalSQL(call.Args[1].Type(), args[1]) + ")"
		if call.DataType == types.Date {
			return "CAST(" + moved + " AS DATE)", nil
		}
		return moved, nil
	}
}

func betweenSQL(call typed.Call, args []string) (string, error) {
	if call.Args[0].Type() == types.Date {
		return "((" + args[0] + " - " + args[1] + ") * 86400000000)", nil
	}
	args = localArgs(call, args)
	return "(epoch_us(" + args[0] + ") - epoch_us(" + args[1] + "))", nil
}

// scaleInterval resolves interval * number, number * interval and interval / number; ok is false for other operands.
func scaleInterval(ctx Context, _ string, args []typed.Expression, multiply bool) (typed.Expression, bool) {
	interval, number := args[0], args[1]
	if multiply && isInterval(number.Type()) {
		interval, number = number, interval
	}
	if !isInterval(interval.Type()) {
		return nil, false
	}
	switch t := number.Type(); {
	case types.IsText(t), t == types.Null:
		number = convert(ctx, number, types.Double)
	case !types.IsNumeric(t):
		return nil, false
	}
	name := internalPrefix + "share"
	if multiply {
		name = internalPrefix + "scale"
	}
	values := []typed.Expression{interval, number}
	return typed.Call{Name: name, Args: values, DataType: interval.Type(), Null: anyNullable(values), ANSI: ctx.ANSI}, true
}

func scaleSQL(call typed.Call, args []string) (string, error) {
	duck := DuckDBType(call.DataType)
	if types.IsIntegral(call.Args[1].Type()) && call.DataType != types.CalendarInterval {
		return "CAST((CAST(" + args[0] + " AS HUGEINT) * " + args[1] + ") AS " + duck + ")", nil
	}
	if call.DataType == types.CalendarInterval {
		return "(" + args[0] + " * CAST(" + args[1] + " AS BIGINT))", nil
	}
	return "CAST(round(CAST(" + args[0] + " AS DOUBLE) * CAST(" + args[1] + " AS DOUBLE)) AS " + duck + ")", nil
}

func shareSQL(call typed.Call, args []string) (string, error) {
	duck := DuckDBType(call.DataType)
	operation := "CAST(round(CAST(" + args[0] + " AS DOUBLE) / CAST(" + args[1] + " AS DOUBLE)) AS " + duck + ")"
	if call.DataType == types.CalendarInterval {
		operation = "(" + args[0] + " / CAST(" + args[1] + " AS BIGINT))"
	}
	return guarded(call, args, operation, func() string {
		e := divideByZero()
		e.Condition = "INTERVAL_DIVIDED_BY_ZERO"
		e.Message = "Division by zero. Use `try_divide` to tolerate divisor being 0 and return NULL instead."
		return raise(e, operands(call, args)[1])
	}), nil
}

// intervalNumber is an interval as the number that it is in DuckDB.
func intervalNumber(e typed.Expression) typed.Expression {
	return typed.Call{Name: internalPrefix + "number", Args: []typed.Expression{e}, DataType: types.Long, Null: e.Nullable()}
}

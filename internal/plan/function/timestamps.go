package function

import (
	"strings"

	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// timestamps is the functions that make timestamps, read them and write them.
var timestamps = []row{
	{names: "date_format", resolve: resolveDateFormat, sql: dateFormatSQL},
	{names: "to_date", resolve: resolveToDate, sql: parseSQL("try_to_date")},
	{names: "try_to_date", resolve: resolveToDate, sql: parseSQL("")},
	{names: "to_timestamp", resolve: resolveToTimestamp(types.Timestamp), sql: parseSQL("try_to_timestamp")},
	{names: "try_to_timestamp", resolve: resolveToTimestamp(types.Timestamp), sql: parseSQL("")},
	{names: "to_timestamp_ltz", resolve: resolveToTimestamp(types.Timestamp), sql: parseSQL("try_to_timestamp")},
	{names: "to_timestamp_ntz", resolve: resolveToTimestamp(types.TimestampNTZ), sql: parseSQL("try_to_timestamp")},
	{names: "unix_timestamp", resolve: resolveUnixTimestamp, sql: unixTimestampSQL},
	{names: "to_unix_timestamp", resolve: resolveUnixTimestamp, sql: unixTimestampSQL},
	{names: "from_unixtime", resolve: resolveFromUnixtime, sql: dateFormatSQL},
	{names: "unix_seconds", in: takes(timestamp), out: of(types.Long), sql: template("CAST(floor(epoch_us($1) / 1000000) AS BIGINT)")},
	{names: "unix_millis", in: takes(timestamp), out: of(types.Long), sql: template("CAST(floor(epoch_us($1) / 1000) AS BIGINT)")},
	{names: "unix_micros", in: takes(timestamp), out: of(types.Long), sql: template("epoch_us($1)")},
	{names: "timestamp_seconds", in: takes(numeric), out: of(types.Timestamp), null: secondsNull, sql: timestampSecondsSQL},
	{names: "timestamp_millis", in: takes(integral), out: of(types.Timestamp), sql: template("make_timestamptz(CAST($1 AS BIGINT) * 1000)")},
	{names: "timestamp_micros", in: takes(integral), out: of(types.Timestamp), sql: template("make_timestamptz(CAST($1 AS BIGINT))")},
	{names: "make_timestamp make_timestamp_ltz", in: takes(integer, integer, integer, integer, integer, secondsOfMinute, text), optional: 1, out: of(types.Timestamp), null: failing, sql: makeTimestampSQL},
	{names: "try_make_timestamp", in: takes(integer, integer, integer, integer, integer, secondsOfMinute, text), optional: 1, out: of(types.Timestamp), null: always, sql: makeTimestampSQL},
	{names: "make_timestamp_ntz", in: takes(integer, integer, integer, integer, integer, secondsOfMinute), out: of(types.TimestampNTZ), null: failing, sql: makeTimestampSQL},
	{names: "from_utc_timestamp", in: takes(timestamp, text), out: of(types.Timestamp), sql: shiftZoneSQL("'UTC'", "$2")},
	{names: "to_utc_timestamp", in: takes(timestamp, text), out: of(types.Timestamp), sql: shiftZoneSQL("$2", "'UTC'")},
	{names: "convert_timezone", resolve: resolveConvertTimezone, sql: template("make_timestamp(move_zone(epoch_us($3), $1, $2))")},
	{names: "timestampadd", resolve: resolveTimestampAdd, sql: timestampAddSQL},
	{names: "timestampdiff", resolve: resolveTimestampDiff, sql: timestampDiffSQL},
	{names: "current_timestamp now", out: of(types.Timestamp), null: never, sql: template("now()")},
	{names: "localtimestamp", out: of(types.TimestampNTZ), null: never, sql: template("CAST(now() AS TIMESTAMP)")},
	{names: "current_timezone", resolve: func(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
		if len(args) != 0 {
			return nil, wrongCount(name, "0", len(args))
		}
		return textLiteral(ctx.TimeZone), nil
	}},
}

var secondsOfMinute = only(types.Decimal{Precision: 16, Scale: 6})

// checkPattern refuses constant patterns of dates that Spark refuses.
func checkPattern(e typed.Expression) error {
	l, ok := e.(typed.Literal)
	pattern, isText := l.Value.(string)
	if !ok || !isText {
		return nil
	}
	if _, err := parsePattern(pattern); err != nil {
		return sparkerror.New(sparkerror.IllegalArgumentException, "INVALID_DATETIME_PATTERN.WITH_SUGGESTION", "22007",
			"Unrecognized datetime pattern: '%s'. %v. You can form a valid datetime pattern with the guide from 'https://spark.apache.org/docs/latest/sql-ref-datetime-pattern.html'.", pattern, err).
			With("pattern", "'"+pattern+"'")
	}
	return nil
}

// resolveDateFormat resolves date_format(timestamp, pattern).
func resolveDateFormat(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	e, err := row{in: takes(either(types.Timestamp, types.TimestampNTZ), text), out: of(types.String)}.call(ctx, name, args)
	if err != nil {
		return nil, err
	}
	return e, checkPattern(e.(typed.Call).Args[1])
}

func resolveFromUnixtime(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	r := row{in: takes(long, text), optional: 1, defaults: []typed.Expression{textLiteral(defaultPattern)}, out: of(types.String), null: always}
	e, err := r.call(ctx, name, args)
	if err != nil {
		return nil, err
	}
	return e, checkPattern(e.(typed.Call).Args[1])
}

const defaultPattern = "yyyy-MM-dd HH:mm:ss"

func dateFormatSQL(call typed.Call, args []string) (string, error) {
	switch call.Args[0].Type() {
	case types.TimestampNTZ:
		return fill("format_time(epoch_us($1), 'UTC', $2)", args), nil
	case types.Long:
		return fill("format_time($1 * 1000000, "+sessionZone+", $2)", args), nil
	}
	return fill("format_time(epoch_us($1), "+sessionZone+", $2)", args), nil
}

// resolveToDate resolves to_date(text[, pattern]); of what is no text, and without a pattern, it is a cast.
func resolveToDate(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	return resolveParse(ctx, name, args, types.Date)
}

func resolveToTimestamp(to types.DataType) func(Context, string, []typed.Expression) (typed.Expression, error) {
	return func(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
		return resolveParse(ctx, name, args, to)
	}
}

func resolveParse(ctx Context, name string, args []typed.Expression, to types.DataType) (typed.Expression, error) {
	if len(args) < 1 || len(args) > 2 {
		return nil, wrongCount(name, "[1, 2]", len(args))
	}
	from := args[0].Type()
	try := isTry(typed.Call{Name: name})
	if len(args) == 1 || !types.IsText(from) && from != types.Null {
		if !types.CanCast(from, to, ctx.ANSI) {
			return nil, unexpectedType(name, args, 0, `("STRING" or "DATE" or "TIMESTAMP" or "TIMESTAMP_NTZ")`)
		}
		if types.EqualIgnoringNulls(from, to) {
			return args[0], nil
		}
		return typed.Cast{Child: args[0], To: to, Try: try, ANSI: ctx.ANSI && !try}, nil
	}
	if err := checkPattern(args[1]); err != nil {
		return nil, err
	}
	call := typed.Call{Name: name, Args: []typed.Expression{convert(ctx, args[0], types.String), convert(ctx, args[1], types.String)}, DataType: to, ANSI: ctx.ANSI && !try}
	call.Null = anyNullable(call.Args) || !call.ANSI
	return call, nil
}

// parseSQL prints the reading of a text by a pattern; tolerant is the function that Spark's error recommends.
func parseSQL(tolerant string) func(typed.Call, []string) (string, error) {
	return func(call typed.Call, args []string) (string, error) {
		var attempt string
		switch call.DataType {
		case types.Date:
			attempt = fill("(DATE '1970-01-01' + CAST(floor(parse_time($1, $2, 'UTC') / 86400000000) AS INTEGER))", args)
		case types.TimestampNTZ:
			attempt = fill("make_timestamp(parse_time($1, $2, 'UTC'))", args)
		default:
			attempt = fill("make_timestamptz(parse_time($1, $2, "+sessionZone+"))", args)
		}
		return unparsable(call, args, attempt, tolerant), nil
	}
}

// unparsable raises an error where attempt is null for a text that is not.
func unparsable(call typed.Call, args []string, attempt, tolerant string) string {
	if !call.ANSI {
		return attempt
	}
	e := sparkerror.New(sparkerror.DateTimeException, "CANNOT_PARSE_TIMESTAMP", "22007",
		"%s. Use `%s` to tolerate invalid input string and return NULL instead.", placeholder, tolerant).
		With("message", placeholder, "func", "`"+tolerant+"`")
	return attemptOr(attempt, args[0]+" IS NOT NULL AND "+args[1]+" IS NOT NULL",
		raise(e, operands(call, args)[0], placeholder, fill("time_problem($1, $2)", args)))
}

func resolveUnixTimestamp(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	if len(args) > 2 || len(args) == 0 && name != "unix_timestamp" {
		return nil, wrongCount(name, "[1, 2]", len(args))
	}
	if len(args) == 0 {
		args = []typed.Expression{typed.Call{Name: "current_timestamp", DataType: types.Timestamp}}
	}
	if len(args) == 1 {
		args = []typed.Expression{args[0], textLiteral(defaultPattern)}
	}
	if err := checkPattern(args[1]); err != nil {
		return nil, err
	}
	r := row{in: takes(either(types.String, types.Date, types.Timestamp, types.TimestampNTZ), text), out: of(types.Long)}
	e, err := r.call(ctx, name, args)
	if err != nil {
		return nil, err
	}
	call := e.(typed.Call)
	call.Null = anyNullable(call.Args) || !ctx.ANSI
	return call, nil
}

func unixTimestampSQL(call typed.Call, args []string) (string, error) {
	seconds := func(micros string) string { return "CAST(floor(" + micros + " / 1000000) AS BIGINT)" }
	switch call.Args[0].Type() {
	case types.Date:
		return seconds("epoch_us(CAST(" + args[0] + " AS TIMESTAMP WITH TIME ZONE))"), nil
	case types.Timestamp, types.TimestampNTZ:
		return seconds("epoch_us(" + args[0] + ")"), nil
	}
	return unparsable(call, args, seconds(fill("parse_time($1, $2, "+sessionZone+")", args)), "try_to_timestamp"), nil
}

func secondsNull(_ Context, args []typed.Expression) bool {
	return args[0].Nullable() || args[0].Type() == types.Double || args[0].Type() == types.Float
}

func timestampSecondsSQL(call typed.Call, args []string) (string, error) {
	return CastSQL(call.Args[0].Type(), types.Timestamp, args[0], false, false)
}

func makeTimestampSQL(call typed.Call, args []string) (string, error) {
	zone := sessionZone
	make := "make_timestamptz"
	switch {
	case call.DataType == types.TimestampNTZ:
		zone, make = "'UTC'", "make_timestamp"
	case len(args) == 7:
		zone = args[6]
	}
	fields := fill("$1, $2, $3, $4, $5, CAST(CAST($6 AS DECIMAL(16,6)) * 1000000 AS BIGINT)", args)
	made := make + "(micros_of(" + fields + ", " + zone + "))"
	if isTry(call) || !call.ANSI {
		return made, nil
	}
	return attemptOr(made, strings.Join(args, " IS NOT NULL AND ")+" IS NOT NULL",
		raise(outOfBounds(placeholder), operands(call, args)[0], placeholder, "micros_problem("+fields+")")), nil
}

// shiftZoneSQL prints the moment at which a clock in one zone shows what the given moment's clock shows in another.
func shiftZoneSQL(from, to string) func(typed.Call, []string) (string, error) {
	return func(_ typed.Call, args []string) (string, error) {
		return fill("make_timestamptz(move_zone(epoch_us($1), "+from+", "+to+"))", args), nil
	}
}

func resolveConvertTimezone(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	if len(args) == 2 {
		args = append([]typed.Expression{textLiteral(ctx.TimeZone)}, args...)
	}
	return row{in: takes(text, text, only(types.TimestampNTZ)), out: of(types.TimestampNTZ)}.call(ctx, name, args)
}

// timeUnits are the units of timestampadd and timestampdiff.
var timeUnits = map[string]struct {
	months int64
	micros int64
}{
	"year": {months: 12}, "quarter": {months: 3}, "month": {months: 1},
	"week": {micros: 7 * microsPerDay}, "day": {micros: microsPerDay}, "dayofyear": {micros: microsPerDay},
	"hour": {micros: 3600_000_000}, "minute": {micros: 60_000_000}, "second": {micros: 1_000_000},
	"millisecond": {micros: 1000}, "microsecond": {micros: 1},
}

// unitArgument checks the first argument of timestampadd and timestampdiff.
func unitArgument(name string, args []typed.Expression) error {
	if len(args) != 3 {
		return wrongCount(name, "3", len(args))
	}
	l, _ := args[0].(typed.Literal)
	unit, _ := l.Value.(string)
	if _, ok := timeUnits[strings.ToLower(unit)]; !ok {
		return sparkerror.New(sparkerror.ParseException, "INVALID_PARAMETER_VALUE.DATETIME_UNIT", "22023",
			"The value of parameter(s) `unit` in `%s` is invalid: expects one of the units without quotes YEAR, QUARTER, MONTH, WEEK, DAY, DAYOFYEAR, HOUR, MINUTE, SECOND, MILLISECOND, MICROSECOND, but got the string literal '%s'.", name, unit).
			With("functionName", "`"+name+"`", "parameter", "`unit`", "invalidValue", "'"+unit+"'")
	}
	return nil
}

func resolveTimestampAdd(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	if err := unitArgument(name, args); err != nil {
		return nil, err
	}
	e, err := row{in: takes(text, long, either(types.Timestamp, types.TimestampNTZ)), out: like(2)}.call(ctx, name, args)
	return e, err
}

func timestampAddSQL(call typed.Call, args []string) (string, error) {
	unit := timeUnits[strings.ToLower(call.Args[0].(typed.Literal).Value.(string))]
	switch {
	case unit.months > 0:
		return "(" + args[2] + " + to_months(CAST((" + args[1] + " * " + intText(int32(unit.months)) + ") AS INTEGER)))", nil
	case unit.micros >= microsPerDay:
		return "(" + args[2] + " + to_days(CAST((" + args[1] + " * " + intText(int32(unit.micros/microsPerDay)) + ") AS INTEGER)))", nil
	}
	return "(" + args[2] + " + to_microseconds(" + args[1] + " * " + integerSQL(unit.micros, "BIGINT") + "))", nil
}

func resolveTimestampDiff(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	if err := unitArgument(name, args); err != nil {
		return nil, err
	}
	return row{in: takes(text, timestamp, timestamp), out: of(types.Long)}.call(ctx, name, args)
}

func timestampDiffSQL(call typed.Call, args []string) (string, error) {
	unit := timeUnits[strings.ToLower(call.Args[0].(typed.Literal).Value.(string))]
	start, end := local(types.Timestamp, args[1]), local(types.Timestamp, args[2])
	if unit.months > 0 {
		return "CAST((datesub('month', " + start + ", " + end + ") // " + intText(int32(unit.months)) + ") AS BIGINT)", nil
	}
	return "CAST(((epoch_us(" + end + ") - epoch_us(" + start + ")) // " + integerSQL(unit.micros, "BIGINT") + ") AS BIGINT)", nil
}

package function

import (
	"strings"

	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// dates is the functions on dates, and on the fields of timestamps.
var dates = []row{
	{names: "year", in: takes(date), out: of(types.Integer), sql: template("CAST(year($1) AS INTEGER)")},
	{names: "quarter", in: takes(date), out: of(types.Integer), sql: template("CAST(quarter($1) AS INTEGER)")},
	{names: "month", in: takes(date), out: of(types.Integer), sql: template("CAST(month($1) AS INTEGER)")},
	{names: "day dayofmonth", in: takes(date), out: of(types.Integer), sql: template("CAST(day($1) AS INTEGER)")},
	{names: "dayofweek", in: takes(date), out: of(types.Integer), sql: template("CAST((dayofweek($1) + 1) AS INTEGER)")},
	{names: "weekday", in: takes(date), out: of(types.Integer), sql: template("CAST((isodow($1) - 1) AS INTEGER)")},
	{names: "dayofyear", in: takes(date), out: of(types.Integer), sql: template("CAST(dayofyear($1) AS INTEGER)")},
	{names: "weekofyear", in: takes(date), out: of(types.Integer), sql: template("CAST(week($1) AS INTEGER)")},
	{names: internalPrefix + "isoyear", in: takes(date), out: of(types.Integer), sql: template("CAST(isoyear($1) AS INTEGER)")},
	{names: internalPrefix + "isodow", in: takes(date), out: of(types.Integer), sql: template("CAST(isodow($1) AS INTEGER)")},
	{names: "dayname", in: takes(date), out: of(types.String), sql: template("left(dayname($1), 3)")},
	{names: "monthname", in: takes(date), out: of(types.String), sql: template("left(monthname($1), 3)")},
	{names: "hour", in: takes(clock), out: of(types.Integer), sql: localTemplate("CAST(hour($1) AS INTEGER)")},
	{names: "minute", in: takes(clock), out: of(types.Integer), sql: localTemplate("CAST(minute($1) AS INTEGER)")},
	{names: "second", in: takes(clock), out: of(types.Integer), sql: localTemplate("CAST(second($1) AS INTEGER)")},
	{names: internalPrefix + "seconds", in: takes(clock), out: of(types.Decimal{Precision: 8, Scale: 6}), sql: localTemplate("CAST(((epoch_us($1) % 60000000 + 60000000) % 60000000 / CAST(1000000 AS DECIMAL(8,0))) AS DECIMAL(8,6))")},
	{names: "date_part datepart", resolve: resolveDatePart},
	{names: "extract", resolve: resolveDatePart},
	{names: "date_add dateadd", resolve: resolveDateAdd, sql: template("($1 + CAST($2 AS INTEGER))")},
	{names: "date_sub", resolve: resolveDateAdd, sql: template("($1 - CAST($2 AS INTEGER))")},
	{names: "datediff date_diff", resolve: resolveDateDiff, sql: template("CAST(($1 - $2) AS INTEGER)")},
	{names: "add_months", in: takes(date, integer), out: of(types.Date), sql: template("CAST(($1 + to_months($2)) AS DATE)")},
	{names: "months_between", in: takes(timestamp, timestamp, boolean), optional: 1, defaults: []typed.Expression{boolLiteral(true)}, out: of(types.Double), sql: monthsBetweenSQL},
	{names: "last_day", in: takes(date), out: of(types.Date), sql: template("last_day($1)")},
	{names: "next_day", in: takes(date, text), out: of(types.Date), null: always, sql: nextDaySQL},
	{names: "trunc", in: takes(date, text), out: of(types.Date), null: always, sql: truncSQL},
	{names: "date_trunc", in: takes(text, either(types.Timestamp, types.TimestampNTZ)), out: like(1), null: always, sql: dateTruncSQL},
	{names: "unix_date", in: takes(date), out: of(types.Integer), sql: template("CAST(($1 - DATE '1970-01-01') AS INTEGER)")},
	{names: "date_from_unix_date", in: takes(integer), out: of(types.Date), sql: template("(DATE '1970-01-01' + $1)")},
	{names: "make_date", in: takes(integer, integer, integer), out: of(types.Date), null: failing, sql: makeDateSQL},
	{names: "current_date curdate", out: of(types.Date), null: never, sql: template("current_date")},
}

// clock takes what has a time of day.
var clock = want{`("TIMESTAMP" or "TIMESTAMP_NTZ" or "TIME")`, func(ctx Context, t types.DataType) (types.DataType, bool) {
	switch t {
	case types.TimestampNTZ, types.Time:
		return t, true
	}
	return timestamp.to(ctx, t)
}}

// local prints a timestamp as the time on the clock in the session's zone.
func local(t types.DataType, arg string) string {
	if t == types.Timestamp {
		return "CAST(" + arg + " AS TIMESTAMP)"
	}
	return arg
}

// localTemplate is a template whose timestamps are printed by local.
func localTemplate(pattern string) func(typed.Call, []string) (string, error) {
	return func(call typed.Call, args []string) (string, error) {
		return fill(pattern, localArgs(call, args)), nil
	}
}

func localArgs(call typed.Call, args []string) []string {
	converted := make([]string, len(args))
	for i, a := range args {
		converted[i] = local(call.Args[i].Type(), a)
	}
	return converted
}

// dateFields maps the fields of date_part and extract to functions.
var dateFields = map[string]string{
	"year": "year", "y": "year", "years": "year", "yr": "year", "yrs": "year",
	"yearofweek": internalPrefix + "isoyear",
	"quarter":    "quarter", "qtr": "quarter",
	"month": "month", "mon": "month", "mons": "month", "months": "month",
	"week": "weekofyear", "w": "weekofyear", "weeks": "weekofyear",
	"day": "day", "d": "day", "days": "day",
	"dayofweek": "dayofweek", "dow": "dayofweek",
	"dayofweek_iso": internalPrefix + "isodow", "dow_iso": internalPrefix + "isodow",
	"doy":  "dayofyear",
	"hour": "hour", "h": "hour", "hours": "hour", "hr": "hour", "hrs": "hour",
	"minute": "minute", "m": "minute", "min": "minute", "mins": "minute", "minutes": "minute",
	"second": internalPrefix + "seconds", "s": internalPrefix + "seconds", "sec": internalPrefix + "seconds", "seconds": internalPrefix + "seconds", "secs": internalPrefix + "seconds",
}

// resolveDatePart resolves extract(field FROM source) as the function of the field.
func resolveDatePart(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	if err := twoArguments(name, args); err != nil {
		return nil, err
	}
	l, ok := args[0].(typed.Literal)
	field, isText := l.Value.(string)
	if !ok || !isText {
		return nil, notFoldable(name, args, 0, "field")
	}
	target, known := dateFields[strings.ToLower(field)]
	if isInterval(args[1].Type()) {
		target, known = intervalFields[target]
	}
	if !known {
		return nil, sparkerror.New(sparkerror.AnalysisException, "INVALID_EXTRACT_FIELD", "42601", "Cannot extract `%s` from \"%s\".", field, Text(args[1])).
			With("field", "`"+field+"`", "expr", `"`+Text(args[1])+`"`)
	}
	f, _ := Lookup(target)
	return f.Resolve(ctx, args[1:])
}

// smallInteger takes the integers that dates are moved by.
var smallInteger = want{`("INT" or "SMALLINT" or "TINYINT")`, func(ctx Context, t types.DataType) (types.DataType, bool) {
	switch t {
	case types.Integer, types.Short, types.Byte:
		return t, true
	}
	if types.IsText(t) || t == types.Null {
		return types.Integer, true
	}
	return nil, false
}}

func resolveDateAdd(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	if len(args) == 3 && name == "date_add" {
		f, _ := Lookup("timestampadd")
		return f.Resolve(ctx, args)
	}
	return row{in: takes(date, smallInteger), out: of(types.Date)}.call(ctx, name, args)
}

func resolveDateDiff(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	if len(args) == 3 {
		f, _ := Lookup("timestampdiff")
		return f.Resolve(ctx, args)
	}
	return row{in: takes(date, date), out: of(types.Integer)}.call(ctx, name, args)
}

func monthsBetweenSQL(call typed.Call, args []string) (string, error) {
	args = localArgs(call, args)
	return fill("(CASE WHEN $3 THEN round(months_between($1, $2), 8) ELSE months_between($1, $2) END)", args), nil
}

func nextDaySQL(call typed.Call, args []string) (string, error) {
	// The day of the week as a number, 1 for Monday, or null.
	day := fill("coalesce(list_position(['MO','TU','WE','TH','FR','SA','SU'], upper(trim($2))), list_position(['MON','TUE','WED','THU','FRI','SAT','SUN'], upper(trim($2))), list_position(['MONDAY','TUESDAY','WEDNESDAY','THURSDAY','FRIDAY','SATURDAY','SUNDAY'], upper(trim($2))))", args)
	next := fill("($1 + CAST(((6 + ", args) + day + fill(" - isodow($1)) % 7 + 1) AS INTEGER))", args)
	if !call.ANSI {
		return next, nil
	}
	e := sparkerror.New(sparkerror.IllegalArgumentException, "ILLEGAL_DAY_OF_WEEK", "22009", "Illegal input for day of week: %s.", placeholder).With("string", placeholder)
	return fill("(CASE WHEN $1 IS NOT NULL AND $2 IS NOT NULL AND ", args) + day + " IS NULL THEN " +
		raise(e, operands(call, args)[0], placeholder, args[1]) + " ELSE " + next + " END)", nil
}

// truncUnits maps the units of trunc and date_trunc to DuckDB's; trunc knows those up to week.
var truncUnits = []struct {
	names []string
	unit  string
}{
	{[]string{"year", "yyyy", "yy"}, "year"},
	{[]string{"quarter"}, "quarter"},
	{[]string{"month", "mon", "mm"}, "month"},
	{[]string{"week"}, "week"},
	{[]string{"day", "dd"}, "day"},
	{[]string{"hour"}, "hour"},
	{[]string{"minute"}, "minute"},
	{[]string{"second"}, "second"},
	{[]string{"millisecond"}, "millisecond"},
	{[]string{"microsecond"}, "microsecond"},
}

// unitsUpTo prints the DuckDB unit of a format, among the first count of truncUnits, or null.
func unitsUpTo(count int, e typed.Expression, arg string) string {
	if l, ok := e.(typed.Literal); ok {
		name, _ := l.Value.(string)
		for _, u := range truncUnits[:count] {
			for _, n := range u.names {
				if strings.EqualFold(n, name) {
					return "'" + u.unit + "'"
				}
			}
		}
		return ""
	}
	var b strings.Builder
	b.WriteString("(CASE")
	for _, u := range truncUnits[:count] {
		b.WriteString(" WHEN lower(" + arg + ") IN ('" + strings.Join(u.names, "', '") + "') THEN '" + u.unit + "'")
	}
	return b.String() + " END)"
}

func truncSQL(call typed.Call, args []string) (string, error) {
	unit := unitsUpTo(4, call.Args[1], args[1])
	if unit == "" {
		return "CAST(NULL AS DATE)", nil
	}
	return "CAST(date_trunc(" + unit + ", " + args[0] + ") AS DATE)", nil
}

func dateTruncSQL(call typed.Call, args []string) (string, error) {
	unit := unitsUpTo(len(truncUnits), call.Args[0], args[0])
	if unit == "" {
		return "CAST(NULL AS " + DuckDBType(call.DataType) + ")", nil
	}
	return "date_trunc(" + unit + ", " + args[1] + ")", nil
}

func outOfBounds(message string) *sparkerror.Error {
	return sparkerror.New(sparkerror.DateTimeException, "DATETIME_FIELD_OUT_OF_BOUNDS.WITHOUT_SUGGESTION", "22023", "%s. ", message).
		With("rangeMessage", message)
}

func makeDateSQL(call typed.Call, args []string) (string, error) {
	made := fill("(DATE '1970-01-01' + days_of($1, $2, $3))", args)
	if !call.ANSI {
		return made, nil
	}
	return attemptOr(made, fill("$1 IS NOT NULL AND $2 IS NOT NULL AND $3 IS NOT NULL", args),
		raise(outOfBounds(placeholder), operands(call, args)[0], placeholder, fill("date_problem($1, $2, $3)", args))), nil
}

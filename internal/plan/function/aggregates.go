package function

import (
	"fmt"
	"strings"

	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
)

// aggregates is the functions that make one value of a group of rows.
var aggregates = []row{
	{names: "count", kind: Aggregate, resolve: resolveCount, over: countOver},
	{names: "count_if", kind: Aggregate, in: takes(boolean), out: of(types.Long), null: never, over: countIfOver},
	{names: "sum", kind: Aggregate, in: takes(numericOrANSIInterval), out: sumType, null: always, over: sumOver},
	{names: "try_sum", kind: Aggregate, in: takes(numericOrANSIInterval), out: sumType, null: always, over: sumOver},
	{names: "avg mean", kind: Aggregate, in: takes(numericOrANSIInterval), out: averageType, null: always, over: averageOver},
	{names: "try_avg", kind: Aggregate, in: takes(numericOrANSIInterval), out: averageType, null: always, over: averageOver},
	{names: "min", kind: Aggregate, in: takes(anything), check: ordered(0), out: like(0), null: always, over: aggregate("min($1)")},
	{names: "max", kind: Aggregate, in: takes(anything), check: ordered(0), out: like(0), null: always, over: aggregate("max($1)")},
	{names: "min_by", kind: Aggregate, in: takes(anything, anything, integer), optional: 1, check: ordered(1), out: byType, null: always, over: byOver("arg_min")},
	{names: "max_by", kind: Aggregate, in: takes(anything, anything, integer), optional: 1, check: ordered(1), out: byType, null: always, over: byOver("arg_max")},
	{
		names: "first first_value", kind: Aggregate, in: takes(anything, boolean), optional: 1, check: constants(1), out: like(0), null: always,
		over: endOver("first"), ignoreNulls: true, pretty: firstArgument,
	},
	{
		names: "last last_value", kind: Aggregate, in: takes(anything, boolean), optional: 1, check: constants(1), out: like(0), null: always,
		over: endOver("last"), ignoreNulls: true, pretty: firstArgument,
	},
	{
		names: "any_value", kind: Aggregate, in: takes(anything, boolean), optional: 1, check: constants(1), out: like(0), null: always,
		over: endOver("first"), ignoreNulls: true, pretty: firstArgument,
	},
	{names: "collect_list array_agg", kind: Aggregate, in: takes(anything), out: listOf, null: never, over: collectOver, pretty: called("collect_list")},
	{names: "collect_set", kind: Aggregate, in: takes(anything), out: listOf, null: never, over: collectOver},
	{names: "bool_and every", kind: Aggregate, in: takes(boolean), out: of(types.Boolean), null: always, over: aggregate("bool_and($1)")},
	{names: "bool_or some any", kind: Aggregate, in: takes(boolean), out: of(types.Boolean), null: always, over: aggregate("bool_or($1)")},
	{names: "bit_and", kind: Aggregate, in: takes(integral), out: like(0), null: always, over: aggregate("bit_and($1)")},
	{names: "bit_or", kind: Aggregate, in: takes(integral), out: like(0), null: always, over: aggregate("bit_or($1)")},
	{names: "bit_xor", kind: Aggregate, in: takes(integral), out: like(0), null: always, over: aggregate("bit_xor($1)")},
	{names: "product", kind: Aggregate, in: takes(double), out: of(types.Double), null: always, over: aggregate("product($1)")},
	{
		names: "listagg string_agg", kind: Aggregate, in: takes(textOrBinary, textOrBinary), optional: 1, check: constants(1), out: like(0), null: always,
		over: listaggOver, orderWithin: true,
	},
}

// byType is the type of max_by and min_by: of the value, or a list of it where their number is given.
func byType(args []typed.Expression) types.DataType {
	if len(args) == 3 {
		return types.Array{Element: args[0].Type(), ContainsNull: true}
	}
	return args[0].Type()
}

func byOver(name string) func(typed.Call, []string, []string, Suffix) (string, error) {
	return func(call typed.Call, args, order []string, s Suffix) (string, error) {
		if len(args) == 3 {
			return aggregate(name+"($1, $2, $3)")(call, args, order, s)
		}
		return aggregate(name+"_null($1, $2)")(call, args, order, s)
	}
}

// numericOrANSIInterval takes what sums and averages do.
var numericOrANSIInterval = want{`"NUMERIC" or "ANSI INTERVAL"`, func(ctx Context, t types.DataType) (types.DataType, bool) {
	if t == types.DayTimeInterval || t == types.YearMonthInterval {
		return t, true
	}
	return toNumeric(ctx, t)
}}

// ordered refuses arguments whose values cannot be compared.
func ordered(i int) func(Context, string, []typed.Expression) error {
	return func(_ Context, name string, args []typed.Expression) error {
		if !Orderable(args[i].Type()) {
			return unorderable(name, name, args, args[i].Type())
		}
		return nil
	}
}

// constants refuses arguments from position i on that are not constant.
func constants(from int) func(Context, string, []typed.Expression) error {
	return func(_ Context, name string, args []typed.Expression) error {
		for i := from; i < len(args); i++ {
			if !foldable(args[i]) {
				return notFoldable(name, args, i, "argument "+fmt.Sprint(i+1))
			}
		}
		return nil
	}
}

// aggregate prints a plain aggregate: the template, with DISTINCT where it was asked for, and the suffix.
func aggregate(pattern string) func(typed.Call, []string, []string, Suffix) (string, error) {
	return func(call typed.Call, args, _ []string, s Suffix) (string, error) {
		return fill(distinct(call, pattern), args) + s.String(), nil
	}
}

// distinct puts DISTINCT behind the opening parenthesis.
func distinct(call typed.Call, pattern string) string {
	if call.Distinct {
		return strings.Replace(pattern, "(", "(DISTINCT ", 1)
	}
	return pattern
}

func resolveCount(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	if len(args) == 0 {
		return nil, wrongCount(name, "> 0", 0)
	}
	return typed.Call{Name: name, Args: args, DataType: types.Long, ANSI: ctx.ANSI}, nil
}

// countOver counts the rows in which no argument is null.
func countOver(call typed.Call, args, _ []string, s Suffix) (string, error) {
	var there []string
	for i, a := range call.Args {
		if a.Nullable() {
			there = append(there, args[i]+" IS NOT NULL")
		}
	}
	switch {
	case call.Distinct && len(args) == 1:
		return "count(DISTINCT " + args[0] + ")" + s.String(), nil
	case call.Distinct:
		if len(there) > 0 {
			s = s.Where(strings.Join(there, " AND "))
		}
		return "count(DISTINCT (" + strings.Join(args, ", ") + "))" + s.String(), nil
	case len(args) == 1 && len(there) == 1:
		return "count(" + args[0] + ")" + s.String(), nil
	case len(there) > 0:
		s = s.Where(strings.Join(there, " AND "))
	}
	return "count(*)" + s.String(), nil
}

func countIfOver(call typed.Call, args, _ []string, s Suffix) (string, error) {
	if call.Distinct {
		return "count(DISTINCT CASE WHEN " + args[0] + " THEN 1 END)" + s.String(), nil
	}
	return "count(CASE WHEN " + args[0] + " THEN 1 END)" + s.String(), nil
}

func sumType(args []typed.Expression) types.DataType {
	switch t := args[0].Type().(type) {
	case types.Decimal:
		return types.BoundedDecimal(t.Precision+10, t.Scale)
	default:
		switch {
		case types.IsIntegral(t):
			return types.Long
		case isInterval(t):
			return t
		}
		return types.Double
	}
}

func sumOver(call typed.Call, args, _ []string, s Suffix) (string, error) {
	argument := args[0]
	if call.Args[0].Type() == types.Float {
		argument = "CAST(" + argument + " AS DOUBLE)"
	}
	sum := fill(distinct(call, "sum($1)"), []string{argument}) + s.String()
	duck := DuckDBType(call.DataType)
	_, decimal := call.DataType.(types.Decimal)
	switch {
	case call.DataType == types.Double:
		return sum, nil
	case isTry(call), decimal && !call.ANSI:
		return "TRY_CAST(" + sum + " AS " + duck + ")", nil
	case !call.ANSI && call.DataType == types.Long:
		return wrapAround(sum, types.Long), nil
	}
	return "CAST(" + sum + " AS " + duck + ")", nil
}

func averageType(args []typed.Expression) types.DataType {
	switch t := args[0].Type().(type) {
	case types.Decimal:
		return types.BoundedDecimal(t.Precision+4, t.Scale+4)
	default:
		if isInterval(t) {
			return t
		}
		return types.Double
	}
}

func averageOver(call typed.Call, args, _ []string, s Suffix) (string, error) {
	sum := fill(distinct(call, "sum($1)"), args) + s.String()
	count := fill(distinct(call, "count($1)"), args) + s.String()
	switch t := call.DataType.(type) {
	case types.Decimal:
		quotient := fmt.Sprintf("decimal_exact('/', CAST(%s AS VARCHAR), CAST(%s AS VARCHAR), %d)", sum, count, t.Scale)
		return "TRY_CAST(" + quotient + " AS " + DuckDBType(t) + ")", nil
	default:
		if isInterval(t) {
			quotient := fmt.Sprintf("decimal_exact('/', CAST(%s AS VARCHAR), CAST(%s AS VARCHAR), 0)", sum, count)
			return "CAST(" + quotient + " AS " + DuckDBType(t) + ")", nil
		}
	}
	argument := args[0]
	if call.Args[0].Type() == types.Float {
		argument = "CAST(" + argument + " AS DOUBLE)"
	}
	return fill(distinct(call, "avg($1)"), []string{argument}) + s.String(), nil
}

// endOver prints first and last, which keep nulls unless told otherwise by IGNORE NULLS or a second argument.
func endOver(name string) func(typed.Call, []string, []string, Suffix) (string, error) {
	return func(call typed.Call, args, _ []string, s Suffix) (string, error) {
		ignore := call.IgnoreNulls
		if len(call.Args) > 1 {
			l, ok := uncast(call.Args[1]).(typed.Literal)
			ignore = ignore || ok && l.Value == true
		}
		switch {
		case ignore && s.Over != "" && s.Filter == "":
			return name + "_value(" + args[0] + " IGNORE NULLS)" + s.String(), nil
		case ignore:
			s = s.Where(args[0] + " IS NOT NULL")
		}
		return name + "(" + args[0] + ")" + s.String(), nil
	}
}

func firstArgument(name string, args []string) string {
	if len(args) == 0 {
		return name + "()"
	}
	return name + "(" + args[0] + ")"
}

func listOf(args []typed.Expression) types.DataType {
	return types.Array{Element: args[0].Type()}
}

// collectOver prints collect_list and collect_set, which pass over nulls and make an empty list of nothing.
func collectOver(call typed.Call, args, _ []string, s Suffix) (string, error) {
	if call.Args[0].Nullable() {
		s = s.Where(args[0] + " IS NOT NULL")
	}
	pattern := distinct(call, "list($1)")
	if call.Name == "collect_set" {
		pattern = "list(DISTINCT $1)"
	}
	return "coalesce(" + fill(pattern, args) + s.String() + ", CAST([] AS " + DuckDBType(call.DataType) + "))", nil
}

func listaggOver(call typed.Call, args, order []string, s Suffix) (string, error) {
	separator := "''"
	if len(args) > 1 {
		separator = "coalesce(" + args[1] + ", '')"
	}
	if call.DataType == types.Binary {
		return "", unsupportedBinaryListagg()
	}
	keys := ""
	if len(order) > 0 {
		keys = " ORDER BY " + strings.Join(order, ", ")
	}
	return distinct(call, "string_agg(") + args[0] + ", " + separator + keys + ")" + s.String(), nil
}

package function

import (
	"fmt"
	"strings"

	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// statistics is the aggregates of statistics.
var statistics = []row{
	{names: "stddev_samp stddev std", kind: Aggregate, in: takes(double), out: of(types.Double), null: always, over: spread("stddev_samp($1)")},
	{names: "stddev_pop", kind: Aggregate, in: takes(double), out: of(types.Double), null: always, over: spread("stddev_pop($1)")},
	{names: "var_samp variance", kind: Aggregate, in: takes(double), out: of(types.Double), null: always, over: spread("var_samp($1)")},
	{names: "var_pop", kind: Aggregate, in: takes(double), out: of(types.Double), null: always, over: spread("var_pop($1)")},
	{names: "corr", kind: Aggregate, in: takes(double, double), out: of(types.Double), null: always, over: correlation},
	{names: "covar_samp", kind: Aggregate, in: takes(double, double), out: of(types.Double), null: always, over: spread("covar_samp($1, $2)")},
	{names: "covar_pop", kind: Aggregate, in: takes(double, double), out: of(types.Double), null: always, over: spread("covar_pop($1, $2)")},
	{names: "skewness", kind: Aggregate, in: takes(double), out: of(types.Double), null: always, over: skewnessOver},
	{names: "kurtosis", kind: Aggregate, in: takes(double), out: of(types.Double), null: always, over: kurtosisOver},
	{names: "median", kind: Aggregate, in: takes(numericOrANSIInterval), out: percentileType, null: always, over: percentileOver},
	{names: "percentile", kind: Aggregate, in: takes(numericOrANSIInterval, anything), check: fractions, out: percentileType, null: always, over: percentileOver},
	{
		names: "percentile_approx approx_percentile", kind: Aggregate, in: takes(comparableNumber, anything, integral), optional: 1, check: fractions,
		out: approximateType, null: always, over: approximateOver,
	},
	{names: "percentile_cont", kind: Aggregate, in: takes(anything), check: fractionFirst, out: orderedPercentile, null: always, over: withinGroup("percentile_cont"), orderWithin: true},
	{names: "percentile_disc", kind: Aggregate, in: takes(anything), check: fractionFirst, out: orderedPercentile, null: always, over: withinGroup("percentile_disc"), orderWithin: true},
	{names: "approx_count_distinct", kind: Aggregate, in: takes(anything, double), optional: 1, check: constants(1), out: of(types.Long), null: never, over: approximateCount},
	{names: "mode", kind: Aggregate, in: takes(anything), out: like(0), null: always, over: aggregate("mode($1)")},
}

var regressions = []string{"regr_avgx", "regr_avgy", "regr_slope", "regr_intercept", "regr_r2", "regr_sxx", "regr_sxy", "regr_syy"}

// regression is the aggregates of linear regression, which DuckDB has by the same names.
func regression() []row {
	rows := []row{{
		names: "regr_count", kind: Aggregate, in: takes(double, double), out: of(types.Long), null: never,
		over: func(call typed.Call, args, _ []string, s Suffix) (string, error) {
			return "CAST(" + fill("regr_count($1, $2)", args) + s.String() + " AS BIGINT)", nil
		},
	}}
	for _, name := range regressions {
		rows = append(rows, row{
			names: name, kind: Aggregate, in: takes(double, double), out: of(types.Double), null: always, over: spread(name + "($1, $2)"),
		})
	}
	return rows
}

func unsupportedBinaryListagg() error {
	return sparkerror.Unsupported("listagg of binary values", "Cast them to string.")
}

// comparableNumber takes what approximate percentiles are made of.
var comparableNumber = want{`("NUMERIC" or "DATE" or "TIMESTAMP" or "TIMESTAMP_NTZ")`, func(ctx Context, t types.DataType) (types.DataType, bool) {
	switch t {
	case types.Date, types.Timestamp, types.TimestampNTZ, types.DayTimeInterval, types.YearMonthInterval:
		return t, true
	}
	return toNumeric(ctx, t)
}}

// spread prints an aggregate of which DuckDB raises an error, and Spark makes NaN, where a value is not finite.
func spread(pattern string) func(typed.Call, []string, []string, Suffix) (string, error) {
	return func(call typed.Call, args, _ []string, s Suffix) (string, error) {
		return notFinite(args, s, fill(distinct(call, pattern), args)+s.Where(allFinite(args)).String()), nil
	}
}

func allFinite(args []string) string {
	conditions := make([]string, len(args))
	for i, a := range args {
		conditions[i] = "isfinite(" + a + ")"
	}
	return strings.Join(conditions, " AND ")
}

// notFinite prints NaN where a value of the group is not finite, else text.
func notFinite(args []string, s Suffix, text string) string {
	return "(CASE WHEN bool_or(NOT (" + allFinite(args) + "))" + s.String() + " THEN CAST('NaN' AS DOUBLE) ELSE " + text + " END)"
}

func correlation(call typed.Call, args, _ []string, s Suffix) (string, error) {
	text := fill("corr($1, $2)", args) + s.Where(allFinite(args)).String()
	// Without any variance DuckDB answers NaN, Spark null.
	return notFinite(args, s, "CASE WHEN isnan("+text+") THEN NULL ELSE "+text+" END"), nil
}

// skewnessOver prints the skewness of a population; DuckDB has that of a sample.
func skewnessOver(call typed.Call, args, _ []string, s Suffix) (string, error) {
	suffix := s.Where(allFinite(args)).String()
	n := fill(distinct(call, "count($1)"), args) + suffix
	sample := fill(distinct(call, "skewness($1)"), args) + suffix
	variance := fill(distinct(call, "var_pop($1)"), args) + suffix
	text := "CASE WHEN %[3]s = 0 THEN NULL WHEN %[1]s = 2 THEN CAST(0 AS DOUBLE) WHEN %[1]s > 2 THEN %[2]s * (%[1]s - 2) / sqrt(CAST(%[1]s AS DOUBLE) * (%[1]s - 1)) END"
	return notFinite(args, s, fmt.Sprintf(text, n, sample, variance)), nil
}

func kurtosisOver(call typed.Call, args, _ []string, s Suffix) (string, error) {
	suffix := s.Where(allFinite(args)).String()
	variance := fill(distinct(call, "var_pop($1)"), args) + suffix
	return notFinite(args, s, "CASE WHEN "+variance+" <> 0 THEN "+fill(distinct(call, "kurtosis_pop($1)"), args)+suffix+" END"), nil
}

// fractions refuses percentages that are not constant numbers, or lists of them, from 0 to 1.
func fractions(ctx Context, name string, args []typed.Expression) error {
	if len(args) < 2 {
		return nil
	}
	if !foldable(args[1]) {
		return notFoldable(name, args, 1, "percentage")
	}
	element := args[1].Type()
	if a, ok := element.(types.Array); ok {
		element = a.Element
	}
	if !types.IsNumeric(element) {
		return unexpectedType(name, args, 1, `("DOUBLE" or "ARRAY<DOUBLE>")`)
	}
	return nil
}

func percentileType(args []typed.Expression) types.DataType {
	result := types.DataType(types.Double)
	if t := args[0].Type(); isInterval(t) {
		result = t
	}
	return forList(args, result)
}

func approximateType(args []typed.Expression) types.DataType { return forList(args, args[0].Type()) }

// forList makes a list of a result where the percentages are one.
func forList(args []typed.Expression, result types.DataType) types.DataType {
	if len(args) > 1 {
		if _, ok := args[1].Type().(types.Array); ok {
			return types.Array{Element: result}
		}
	}
	return result
}

func percentileOver(call typed.Call, args, _ []string, s Suffix) (string, error) {
	fraction := "0.5"
	if len(args) > 1 {
		fraction = "CAST(" + args[1] + " AS " + percentageType(call) + ")"
	}
	text := distinct(call, "quantile_cont(") + "CAST(" + args[0] + " AS DOUBLE), " + fraction + ")" + s.String()
	if call.DataType == types.Double {
		return text, nil
	}
	return "CAST(" + text + " AS " + DuckDBType(call.DataType) + ")", nil
}

// fractionFirst is the check of percentiles whose values stand in WITHIN GROUP (ORDER BY …).
func fractionFirst(ctx Context, name string, args []typed.Expression) error {
	return fractions(ctx, name, []typed.Expression{args[0], args[0]})
}

func orderedPercentile(args []typed.Expression) types.DataType {
	return forList([]typed.Expression{args[0], args[0]}, types.Double)
}

// withinGroup prints a percentile of the values in WITHIN GROUP (ORDER BY …).
func withinGroup(name string) func(typed.Call, []string, []string, Suffix) (string, error) {
	return func(call typed.Call, args, order []string, s Suffix) (string, error) {
		if len(order) != 1 || call.Distinct {
			return "", sparkerror.New(sparkerror.AnalysisException, "INVALID_WITHIN_GROUP_EXPRESSION.WITHIN_GROUP_MISSING", "42K0K",
				"Invalid function `%s` with WITHIN GROUP. WITHIN GROUP is required for the function.", name).With("funcName", "`"+name+"`")
		}
		fraction := "CAST(" + args[0] + " AS " + DuckDBType(percentageOf(call.Args[0])) + ")"
		text := name + "(" + fraction + ") WITHIN GROUP (ORDER BY " + order[0] + ")" + s.String()
		return "CAST(" + text + " AS " + DuckDBType(call.DataType) + ")", nil
	}
}

func percentageOf(e typed.Expression) types.DataType {
	if _, ok := e.Type().(types.Array); ok {
		return types.Array{Element: types.Double}
	}
	return types.Double
}

func percentageType(call typed.Call) string { return DuckDBType(percentageOf(call.Args[1])) }

// approximateOver prints the exact percentile, which is as near as any approximation asked for.
func approximateOver(call typed.Call, args, _ []string, s Suffix) (string, error) {
	return distinct(call, "quantile_disc(") + args[0] + ", CAST(" + args[1] + " AS " + percentageType(call) + "))" + s.String(), nil
}

func approximateCount(call typed.Call, args, _ []string, s Suffix) (string, error) {
	return "count(DISTINCT " + args[0] + ")" + s.String(), nil
}

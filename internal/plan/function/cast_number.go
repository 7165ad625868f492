package function

import (
	"fmt"
	"strconv"

	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

func (c caster) toIntegral(from, to types.DataType, arg string) (string, error) {
	duck := DuckDBType(to)
	switch {
	case from == types.Boolean:
		return "CAST(" + arg + " AS " + duck + ")", nil
	case types.IsIntegral(from):
		switch {
		case widths[from] <= widths[to] || c.ansi:
			// DuckDB finds the overflow; parseNative knows its error.
			return "CAST(" + arg + " AS " + duck + ")", nil
		case c.try:
			return "TRY_CAST(" + arg + " AS " + duck + ")", nil
		}
		return wrapAround("CAST("+arg+" AS HUGEINT)", to), nil
	case from == types.Float, from == types.Double:
		switch {
		case c.ansi:
			return "CAST(trunc(" + arg + ") AS " + duck + ")", nil
		case c.try:
			return "TRY_CAST(trunc(" + arg + ") AS " + duck + ")", nil
		}
		return saturate(to, arg), nil
	case from == types.Timestamp:
		seconds := "CAST(floor(epoch_us(" + arg + ") / 1000000) AS BIGINT)"
		return c.toIntegral(types.Long, to, seconds)
	case from == types.DayTimeInterval, from == types.YearMonthInterval:
		return "", sparkerror.Unsupported("a cast from "+from.SQL()+" to "+to.SQL(), "Use extract().")
	}
	if _, ok := from.(types.Decimal); ok {
		attempt := "TRY_CAST(trunc(" + arg + ") AS " + duck + ")"
		if c.ansi || c.try {
			return c.orRaise(attempt, arg, castOverflow(placeholder, from, to), "CAST("+arg+" AS VARCHAR) || 'BD'"), nil
		}
		return wrapAround("CAST(trunc("+arg+") AS HUGEINT)", to), nil
	}
	return "", sparkerror.Unsupported("a cast from "+from.SQL()+" to "+to.SQL(), "")
}

// saturate prints a cast of a floating-point number as Java has it: to the nearest int or bigint there is, and from int on by
// dropping bits.
func saturate(to types.DataType, arg string) string {
	wide, low, high := types.Integer, "-2147483648", "2147483647"
	if to == types.Long {
		wide, low, high = types.Long, "-9223372036854775808", "9223372036854775807"
	}
	duck := DuckDBType(wide)
	whole := fmt.Sprintf("(CASE WHEN isnan(%[1]s) THEN CAST(0 AS %[2]s) WHEN %[1]s >= %[4]s THEN CAST(%[4]s AS %[2]s) WHEN %[1]s <= %[3]s THEN CAST(%[3]s AS %[2]s) ELSE CAST(trunc(%[1]s) AS %[2]s) END)",
		arg, duck, low, high)
	if to == wide {
		return whole
	}
	return wrapAround("CAST("+whole+" AS HUGEINT)", to)
}

func (c caster) toFloating(from, to types.DataType, arg string) (string, error) {
	duck := DuckDBType(to)
	switch {
	case from == types.Double && to == types.Float:
		return fmt.Sprintf("coalesce(TRY_CAST(%[1]s AS FLOAT), CASE WHEN %[1]s > 0 THEN CAST('Infinity' AS FLOAT) WHEN %[1]s < 0 THEN CAST('-Infinity' AS FLOAT) END)", arg), nil
	case from == types.Boolean:
		return "CAST(CAST(" + arg + " AS INTEGER) AS " + duck + ")", nil
	case types.IsNumeric(from):
		if d, ok := from.(types.Decimal); ok && (d.Precision > 15 || to == types.Float) {
			// Through text, which is rounded once only.
			arg = "CAST(" + arg + " AS VARCHAR)"
		}
		return "CAST(" + arg + " AS " + duck + ")", nil
	case from == types.Timestamp:
		return "CAST((epoch_us(" + arg + ") / 1000000) AS " + duck + ")", nil
	}
	return "", sparkerror.Unsupported("a cast from "+from.SQL()+" to "+to.SQL(), "")
}

func (c caster) toDecimal(from types.DataType, to types.Decimal, arg string) (string, error) {
	duck := DuckDBType(to)
	attempt, shown := "TRY_CAST("+arg+" AS "+duck+")", "CAST("+arg+" AS VARCHAR)"
	switch {
	case from == types.Boolean:
		attempt = "TRY_CAST(CAST(" + arg + " AS INTEGER) AS " + duck + ")"
	case from == types.Float, from == types.Double:
		exact := "double_to_decimal(" + arg + ", " + strconv.Itoa(to.Scale) + ")"
		if from == types.Float {
			exact = "float_to_decimal(" + arg + ", " + strconv.Itoa(to.Scale) + ")"
		}
		attempt, shown = "TRY_CAST("+exact+" AS "+duck+")", "double_plain(CAST("+arg+" AS DOUBLE))"
		if c.ansi {
			return attemptOr(attempt, exact+" IS NOT NULL", c.raise(outOfRange(placeholder, to), arg, shown)), nil
		}
	case from == types.Timestamp:
		attempt = "TRY_CAST((CAST(epoch_us(" + arg + ") AS DECIMAL(26,6)) / 1000000) AS " + duck + ")"
	case !types.IsNumeric(from):
		return "", sparkerror.Unsupported("a cast from "+from.SQL()+" to "+to.SQL(), "")
	}
	if !types.ForcesNull(from, to) {
		return "CAST(" + arg + " AS " + duck + ")", nil
	}
	return c.orRaise(attempt, arg, outOfRange(placeholder, to), shown), nil
}

package function

import (
	"strconv"
	"strings"

	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// CanCast reports whether Spark allows CAST(from AS to) at all.
func CanCast(from, to types.DataType, ansi bool) bool { return types.CanCast(from, to, ansi) }

// PrintCast prints a cast of the printed child.
func PrintCast(c typed.Cast, child string) (string, error) {
	return newCaster(c.Try, c.ANSI, foldable(c.Child)).cast(c.Child.Type(), c.To, child)
}

// CastSQL prints a cast of arg, which is not constant. With try, a value that does not fit becomes null; else ansi tells whether
// it raises an error or becomes null or wraps around, as spark.sql.ansi.enabled=false has it.
func CastSQL(from, to types.DataType, arg string, try, ansi bool) (string, error) {
	return newCaster(try, ansi, false).cast(from, to, arg)
}

// caster prints casts of one mode.
type caster struct {
	try, ansi bool
	constant  bool // whether the value is constant
	depth     int  // of nested lambdas, to tell their parameters apart
}

func newCaster(try, ansi, constant bool) caster {
	return caster{try: try, ansi: ansi && !try, constant: constant}
}

// cast prints arg, of type from, as to.
func (c caster) cast(from, to types.DataType, arg string) (string, error) {
	switch {
	case types.EqualIgnoringNulls(from, to):
		return arg, nil
	case from == types.Null:
		if strings.HasPrefix(arg, "CAST(NULL") {
			return "CAST(NULL AS " + DuckDBType(to) + ")", nil
		}
		// The argument may be there for the error that it raises.
		return "(CASE WHEN " + arg + " IS NULL THEN CAST(NULL AS " + DuckDBType(to) + ") END)", nil
	case types.IsText(to):
		text, err := c.toText(from, arg)
		if err != nil {
			return "", err
		}
		return limitText(to, text), nil
	case types.IsText(from):
		return c.fromText(to, arg)
	}
	switch t := to.(type) {
	case types.Array, types.Map, types.Struct:
		return c.nested(from, to, arg)
	case types.Decimal:
		return c.toDecimal(from, t, arg)
	}
	switch {
	case to == types.Boolean && types.IsNumeric(from):
		return "(" + arg + " <> 0)", nil
	case types.IsIntegral(to):
		return c.toIntegral(from, to, arg)
	case to == types.Float, to == types.Double:
		return c.toFloating(from, to, arg)
	case to == types.Date, to == types.Timestamp, to == types.TimestampNTZ, to == types.Time:
		return c.toTemporal(from, to, arg)
	case to == types.Binary && types.IsIntegral(from):
		return "from_hex(printf('%0" + strconv.Itoa(widths[from]/4) + "x', " + arg + "))", nil
	case to == types.DayTimeInterval && from == types.DayTimeInterval, to == types.YearMonthInterval && from == types.YearMonthInterval:
		return arg, nil
	}
	return "", sparkerror.Unsupported("a cast from "+from.SQL()+" to "+to.SQL(), "")
}

// limitText pads char(n) and leaves the rest as it is; Spark too checks lengths only when it writes.
func limitText(to types.DataType, text string) string {
	return text
}

// orRaise prints attempt, and e where attempt is null for a value that is not.
func (c caster) orRaise(attempt, arg string, e *sparkerror.Error, shown string) string {
	if !c.ansi {
		return attempt
	}
	return attemptOr(attempt, arg+" IS NOT NULL", c.raise(e, arg, shown))
}

func (c caster) raise(e *sparkerror.Error, arg, shown string) string {
	anchor := operand{typed.Reference{}, arg}
	if c.constant {
		anchor.expression = typed.Literal{}
	}
	return raise(e, anchor, placeholder, shown)
}

// variable names the parameter of a lambda at the caster's depth.
func (c caster) variable() string { return "c" + strconv.Itoa(c.depth) }

// inner is the caster for the members of a value.
func (c caster) inner() caster {
	c.depth++
	c.constant = false
	return c
}

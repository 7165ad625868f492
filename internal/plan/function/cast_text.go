package function

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// sessionZone is the zone that timestamps are read and shown in.
const sessionZone = "current_setting('TimeZone')"

// fromText prints a cast of text. The parsers are functions in Go that give null for what is malformed.
func (c caster) fromText(to types.DataType, arg string) (string, error) {
	duck := DuckDBType(to)
	var attempt string
	switch {
	case types.IsIntegral(to):
		exact := strings.ToUpper(strconv.FormatBool(c.ansi || c.try))
		attempt = "TRY_CAST(text_to_long(" + arg + ", " + exact + ") AS " + duck + ")"
	case to == types.Double:
		attempt = "text_to_double(" + arg + ")"
	case to == types.Float:
		attempt = "text_to_float(" + arg + ")"
	case to == types.Boolean:
		attempt = "text_to_boolean(" + arg + ")"
	case to == types.Binary:
		return "encode(" + arg + ")", nil
	case to == types.Date:
		attempt = "(DATE '1970-01-01' + text_to_date(" + arg + "))"
	case to == types.Timestamp:
		attempt = "make_timestamptz(text_to_timestamp(" + arg + ", " + sessionZone + "))"
	case to == types.TimestampNTZ:
		attempt = "make_timestamp(text_to_timestamp_ntz(" + arg + "))"
	default:
		if d, ok := to.(types.Decimal); ok {
			return c.textToDecimal(d, arg), nil
		}
		return "", sparkerror.Unsupported("a cast from STRING to "+to.SQL(), "")
	}
	return c.orRaise(attempt, arg, castInvalid("'"+placeholder+"'", types.String, to), escapedText(arg)), nil
}

// escapedText is text as errors quote it.
func escapedText(arg string) string {
	return `replace(replace(` + arg + `, '\', '\\'), '''', '\''')`
}

func (c caster) textToDecimal(to types.Decimal, arg string) string {
	exact := fmt.Sprintf("text_to_decimal(%s, %d)", arg, to.Scale)
	attempt := "TRY_CAST(" + exact + " AS " + DuckDBType(to) + ")"
	if !c.ansi {
		return attempt
	}
	return "coalesce(" + attempt + ", CASE WHEN " + exact + " IS NOT NULL THEN " + c.raise(outOfRange(placeholder, to), arg, arg) +
		" WHEN " + arg + " IS NOT NULL THEN " + c.raise(castInvalid("'"+placeholder+"'", types.String, to), arg, escapedText(arg)) + " ELSE CAST(NULL AS " + DuckDBType(to) + ") END)"
}

// toText prints a cast to text.
func (c caster) toText(from types.DataType, arg string) (string, error) {
	switch t := from.(type) {
	case types.Array:
		in := c.inner()
		element, err := in.member(t.Element, in.variable())
		if err != nil {
			return "", err
		}
		return "('[' || array_to_string(list_transform(" + arg + ", lambda " + in.variable() + ": " + element + "), ', ') || ']')", nil
	case types.Map:
		in := c.inner()
		key, err := in.member(t.Key, in.variable()+"['key']")
		if err != nil {
			return "", err
		}
		value, err := in.member(t.Value, in.variable()+"['value']")
		if err != nil {
			return "", err
		}
		return "('{' || array_to_string(list_transform(map_entries(" + arg + "), lambda " + in.variable() + ": " + key + " || ' -> ' || " + value + "), ', ') || '}')", nil
	case types.Struct:
		if len(t.Fields) == 0 {
			return "(CASE WHEN " + arg + " IS NOT NULL THEN '{}' END)", nil
		}
		parts := make([]string, len(t.Fields))
		for i, f := range t.Fields {
			member, err := c.member(f.Type, FieldSQL(t, i, arg))
			if err != nil {
				return "", err
			}
			parts[i] = member
		}
		return "(CASE WHEN " + arg + " IS NOT NULL THEN '{' || " + strings.Join(parts, " || ', ' || ") + " || '}' END)", nil
	case types.Char, types.VarChar:
		return arg, nil
	case types.Decimal:
		if t.Precision == t.Scale {
			return "regexp_replace(CAST(" + arg + " AS VARCHAR), '^(-?)[.]', '\\10.')", nil
		}
	}
	switch from {
	case types.String:
		return arg, nil
	case types.Double:
		return "java_double(" + arg + ")", nil
	case types.Float:
		return "java_float(" + arg + ")", nil
	case types.Binary:
		return "bytes_to_text(" + arg + ")", nil
	case types.Timestamp:
		return "timestamp_text(CAST(" + arg + " AS TIMESTAMP))", nil
	case types.TimestampNTZ:
		return "timestamp_text(" + arg + ")", nil
	case types.Date:
		return "date_text(" + arg + ")", nil
	case types.DayTimeInterval:
		return "day_time_text(" + arg + ")", nil
	case types.YearMonthInterval:
		return "year_month_text(" + arg + ")", nil
	}
	return "CAST(" + arg + " AS VARCHAR)", nil
}

// member prints a member of a nested value, null as the word.
func (c caster) member(t types.DataType, arg string) (string, error) {
	text, err := c.toText(t, arg)
	if err != nil {
		return "", err
	}
	return "coalesce(" + text + ", 'null')", nil
}

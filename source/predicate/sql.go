package predicate

import (
	"encoding/hex"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"
)

// SQL writes a condition in DuckDB's SQL, so that WHERE keeps exactly the rows for which it is true. quote turns the name of a
// column into SQL. Where SQL and the condition differ, such as for NaN, which DuckDB takes for the largest number and equal to
// itself, the text makes up for it: NaN compares as in pyarrow, where it differs from everything and is neither less nor greater, but
// for conditions with NaNLargest.
func SQL(p Predicate, quote func(column string) string) (string, error) {
	switch p := p.(type) {
	case nil:
		return "TRUE", nil
	case And:
		return joinSQL(p, " AND ", "TRUE", quote)
	case Or:
		return joinSQL(p, " OR ", "FALSE", quote)
	case Compare:
		return compareSQL(p, memberSQL(p, quote))
	case In:
		return inSQL(p, memberSQL(p, quote))
	case IsNull:
		if p.Negated {
			return "(" + memberSQL(p, quote) + " IS NOT NULL)", nil
		}
		return "(" + memberSQL(p, quote) + " IS NULL)", nil
	case HasPrefix:
		return fmt.Sprintf("starts_with(%s, %s)", memberSQL(p, quote), textSQL(p.Prefix)), nil
	}
	return "", fmt.Errorf("write condition %T in SQL: unknown kind", p)
}

// memberSQL is the column of a condition or the member of it that it is about.
func memberSQL(p Predicate, quote func(string) string) string {
	text := quote(Column(p))
	for _, field := range Fields(p) {
		text = "struct_extract(" + text + ", " + textSQL(field) + ")"
	}
	return text
}

func joinSQL(members []Predicate, word, empty string, quote func(string) string) (string, error) {
	if len(members) == 0 {
		return empty, nil
	}
	parts := make([]string, len(members))
	for i, m := range members {
		text, err := SQL(m, quote)
		if err != nil {
			return "", err
		}
		parts[i] = text
	}
	return "(" + strings.Join(parts, word) + ")", nil
}

func compareSQL(p Compare, column string) (string, error) {
	if p.Value == nil {
		return "NULL::BOOLEAN", nil
	}
	column = instant(column, p.Value)
	value, err := LiteralSQL(p.Value)
	if err != nil {
		return "", fmt.Errorf("condition on column %s: %w", p.Column, err)
	}
	operator := string(p.Operator)
	if p.Operator == NotEqual {
		operator = "<>"
	}
	if f, ok := p.Value.(float64); ok && math.IsNaN(f) {
		if p.Operator == NotEqual {
			return "(" + column + " IS NOT NULL)", nil
		}
		return "FALSE", nil
	}
	text := fmt.Sprintf("(%s %s %s)", column, operator, value)
	if _, number := p.Value.(int64); (number || isFloat(p.Value)) && !p.NaNLargest {
		switch p.Operator {
		case Greater, GreaterOrEqual: // DuckDB's NaN is above all numbers.
			return fmt.Sprintf("(%s %s %s AND NOT isnan(CAST(%s AS DOUBLE)))", column, operator, value, column), nil
		}
	}
	return text, nil
}

// instant makes instants comparable whether or not the column has a time zone, without the session's zone having a say.
func instant(column string, value any) string {
	if _, ok := value.(TimestampValue); ok {
		return "epoch_us(" + column + ")"
	}
	return column
}

func isFloat(v any) bool { _, ok := v.(float64); return ok }

func inSQL(p In, column string) (string, error) {
	var values []string
	null := false
	for _, v := range p.Values {
		if v == nil {
			null = true
			continue
		}
		if f, ok := v.(float64); ok && math.IsNaN(f) {
			continue // NaN equals nothing.
		}
		text, err := LiteralSQL(v)
		if err != nil {
			return "", fmt.Errorf("condition on column %s: %w", p.Column, err)
		}
		values = append(values, text)
	}
	in := "FALSE"
	if len(values) > 0 {
		column := instant(column, p.Values[slices.IndexFunc(p.Values, func(v any) bool { return v != nil })])
		in = fmt.Sprintf("%s IN (%s)", column, strings.Join(values, ", "))
	}
	if p.MatchNull {
		// Here null is a value like any other: the condition is never unknown.
		text := fmt.Sprintf("(%s IS NOT NULL AND %s)", column, in)
		if null {
			text = fmt.Sprintf("(%s IS NULL OR %s)", column, in)
		}
		if p.Negated {
			text = "(NOT " + text + ")"
		}
		return text, nil
	}
	if null {
		if len(values) == 0 {
			return "NULL::BOOLEAN", nil
		}
		in = "(" + in + " OR NULL::BOOLEAN)"
	} else if len(values) == 0 && len(p.Values) > 0 {
		in = fmt.Sprintf("(%s IS NULL AND NULL)", column)
	}
	if p.Negated {
		return "(NOT (" + in + "))", nil
	}
	return "(" + in + ")", nil
}

// LiteralSQL writes a value of a condition as a DuckDB literal of its type; an instant is the number that epoch_us gives.
func LiteralSQL(value any) (string, error) {
	switch v := value.(type) {
	case nil:
		return "NULL", nil
	case bool:
		return strings.ToUpper(strconv.FormatBool(v)), nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	case float64:
		switch {
		case math.IsInf(v, 1):
			return "'inf'::DOUBLE", nil
		case math.IsInf(v, -1):
			return "'-inf'::DOUBLE", nil
		case math.IsNaN(v):
			return "'nan'::DOUBLE", nil
		}
		return "'" + strconv.FormatFloat(v, 'g', -1, 64) + "'::DOUBLE", nil
	case string:
		return textSQL(v), nil
	case []byte:
		var b strings.Builder
		digits := hex.EncodeToString(v)
		for i := 0; i < len(digits); i += 2 {
			b.WriteString(`\x` + digits[i:i+2])
		}
		return "'" + b.String() + "'::BLOB", nil
	case DecimalValue:
		return decimalSQL(v)
	case DateValue:
		return "DATE '" + dateText(v) + "'", nil
	case TimestampValue:
		return strconv.FormatInt(int64(v), 10), nil
	}
	return "", fmt.Errorf("a value of type %T cannot be compared with", value)
}

// decimalSQL writes a number with decimal places as a literal of the least precision that holds it.
func decimalSQL(v DecimalValue) (string, error) {
	digits := len(new(big.Int).Abs(v.Unscaled).String())
	const longest = 38
	if v.Scale < 0 || v.Scale > longest || digits > longest {
		return "", fmt.Errorf("the number %s has more digits than can be compared", v)
	}
	return fmt.Sprintf("'%s'::DECIMAL(%d, %d)", v, max(digits, v.Scale, 1), v.Scale), nil
}

func textSQL(s string) string {
	if strings.ContainsRune(s, 0) {
		parts := strings.Split(s, "\x00")
		for i := range parts {
			parts[i] = "'" + strings.ReplaceAll(parts[i], "'", "''") + "'"
		}
		return "(" + strings.Join(parts, " || chr(0) || ") + ")"
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}

func dateText(d DateValue) string {
	return time.Unix(int64(d)*86400, 0).UTC().Format("2006-01-02")
}

func valueText(v any) string {
	switch v := v.(type) {
	case nil:
		return "NULL"
	case string:
		return strconv.Quote(v)
	case []byte:
		return fmt.Sprintf("X'%X'", v)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case DateValue:
		return dateText(v)
	case TimestampValue:
		return time.UnixMicro(int64(v)).UTC().Format("2006-01-02 15:04:05.999999Z")
	}
	return fmt.Sprint(v)
}

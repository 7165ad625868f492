package function

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// LiteralSQL prints a constant so that DuckDB gives it exactly the type DuckDBType tells. It fails for strings that are not
// UTF-8 and for values that do not belong to the type.
func LiteralSQL(l typed.Literal) (string, error) {
	duck := DuckDBType(l.DataType)
	if l.Value == nil {
		return "CAST(NULL AS " + duck + ")", nil
	}
	switch t := l.DataType.(type) {
	case types.Array:
		return arraySQL(t, l.Value)
	case types.Map:
		return mapSQL(t, l.Value)
	case types.Struct:
		return structSQL(t, l.Value)
	}
	switch v := l.Value.(type) {
	case bool:
		return strings.ToUpper(strconv.FormatBool(v)), nil
	case int8:
		return integerSQL(int64(v), duck), nil
	case int16:
		return integerSQL(int64(v), duck), nil
	case int32:
		if l.DataType == types.Date {
			return dateSQL(v), nil
		}
		return integerSQL(int64(v), duck), nil
	case int64:
		return microsSQL(l.DataType, v), nil
	case float32:
		return "CAST('" + floatText(float64(v), 32) + "' AS FLOAT)", nil
	case float64:
		return "CAST('" + floatText(v, 64) + "' AS DOUBLE)", nil
	case types.DecimalValue:
		return "CAST('" + v.String() + "' AS " + duck + ")", nil
	case string:
		if !utf8.ValidString(v) {
			return "", sparkerror.Unsupported("a string that is not valid UTF-8", "Use a binary value.")
		}
		return quoteString(v), nil
	case []byte:
		return fmt.Sprintf("from_hex('%X')", v), nil
	case types.CalendarIntervalValue:
		return fmt.Sprintf("(to_months(%d) + to_days(%d) + to_microseconds(CAST(%d AS BIGINT)))", v.Months, v.Days, v.Microseconds), nil
	}
	return "", fmt.Errorf("printing a constant: %T is not a value of type %s", l.Value, l.DataType.SimpleString())
}

// quoteString writes a string constant; NUL, which DuckDB's parser does not read, is spliced in.
func quoteString(s string) string {
	quoted := "'" + strings.ReplaceAll(s, "'", "''") + "'"
	if strings.ContainsRune(s, 0) {
		quoted = "(" + strings.ReplaceAll(quoted, "\x00", "' || chr(0) || '") + ")"
	}
	return quoted
}

func integerSQL(v int64, duck string) string {
	return "CAST(" + strconv.FormatInt(v, 10) + " AS " + duck + ")"
}

func microsSQL(t types.DataType, v int64) string {
	switch t {
	case types.Timestamp:
		return "make_timestamptz(" + integerSQL(v, "BIGINT") + ")"
	case types.TimestampNTZ:
		return "make_timestamp(" + integerSQL(v, "BIGINT") + ")"
	case types.Time:
		return "CAST('" + time.UnixMicro(v).UTC().Format("15:04:05.000000") + "' AS TIME)"
	}
	return integerSQL(v, "BIGINT")
}

func dateSQL(days int32) string {
	day := time.Unix(int64(days)*86400, 0).UTC()
	if day.Year() < 1 || day.Year() > 9999 {
		return fmt.Sprintf("make_date(CAST(%d AS INTEGER))", days)
	}
	return "CAST('" + day.Format(time.DateOnly) + "' AS DATE)"
}

func floatText(v float64, bits int) string {
	switch {
	case math.IsNaN(v):
		return "NaN"
	case math.IsInf(v, 1):
		return "Infinity"
	case math.IsInf(v, -1):
		return "-Infinity"
	}
	return strconv.FormatFloat(v, 'g', -1, bits)
}

func arraySQL(t types.Array, value any) (string, error) {
	elements, ok := value.([]any)
	if !ok {
		return "", fmt.Errorf("printing a constant: %T is not a value of type %s", value, t.SimpleString())
	}
	parts, err := literals(elements, func(int) types.DataType { return t.Element })
	if err != nil {
		return "", err
	}
	return "CAST([" + strings.Join(parts, ", ") + "] AS " + DuckDBType(t) + ")", nil
}

func mapSQL(t types.Map, value any) (string, error) {
	entries, ok := value.(types.MapValue)
	if !ok {
		return "", fmt.Errorf("printing a constant: %T is not a value of type %s", value, t.SimpleString())
	}
	keys, err := literals(entries.Keys, func(int) types.DataType { return t.Key })
	if err != nil {
		return "", err
	}
	values, err := literals(entries.Values, func(int) types.DataType { return t.Value })
	if err != nil {
		return "", err
	}
	return "CAST(MAP([" + strings.Join(keys, ", ") + "], [" + strings.Join(values, ", ") + "]) AS " + DuckDBType(t) + ")", nil
}

func structSQL(t types.Struct, value any) (string, error) {
	members, ok := value.([]any)
	if !ok || len(members) != len(t.Fields) {
		return "", fmt.Errorf("printing a constant: %T is not a value of type %s", value, t.SimpleString())
	}
	parts, err := literals(members, func(i int) types.DataType { return t.Fields[i].Type })
	if err != nil {
		return "", err
	}
	return StructSQL(t, parts), nil
}

// StructSQL makes a struct of printed members.
func StructSQL(t types.Struct, members []string) string {
	if len(t.Fields) == 0 {
		return "{" + quoteString(emptyStructField) + ": 0}"
	}
	parts := make([]string, len(members))
	for i, m := range members {
		parts[i] = quoteString(FieldName(t, i)) + ": " + m
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

func literals(values []any, typeOf func(int) types.DataType) ([]string, error) {
	parts := make([]string, len(values))
	for i, v := range values {
		text, err := LiteralSQL(typed.Literal{Value: v, DataType: typeOf(i)})
		if err != nil {
			return nil, err
		}
		parts[i] = text
	}
	return parts, nil
}

package plan

import (
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/hfspark/hfspark/internal/plan/types"
)

// literalText prints a constant as Spark names columns by it: strings and numbers bare, other types as typed literals.
func literalText(l Literal) string {
	if l.Text != "" {
		return l.Text
	}
	switch v := l.Value.(type) {
	case nil:
		return "NULL"
	case string:
		return v
	case float32:
		return javaFloat(float64(v), 32)
	case float64:
		return javaFloat(v, 64)
	case types.DecimalValue:
		return v.String()
	case []byte:
		return "X'" + strings.ToUpper(hex.EncodeToString(v)) + "'"
	case []any:
		return nestedText(l, v)
	case types.MapValue:
		return mapText(l, v)
	case int32:
		switch l.Type {
		case types.Date:
			return "DATE '" + time.Unix(int64(v)*secondsPerDay, 0).UTC().Format("2006-01-02") + "'"
		case types.YearMonthInterval:
			return yearMonthText(v)
		}
	case int64:
		switch l.Type {
		case types.Timestamp:
			return "TIMESTAMP '" + clockText(v) + "'"
		case types.TimestampNTZ:
			return "TIMESTAMP_NTZ '" + clockText(v) + "'"
		case types.Time:
			return "TIME '" + strings.TrimPrefix(clockText(v), "1970-01-01 ") + "'"
		case types.DayTimeInterval:
			return dayTimeText(v)
		}
	}
	return fmt.Sprint(l.Value)
}

const secondsPerDay = 24 * 60 * 60

// clockText writes microseconds since 1970 in UTC, the fraction without trailing zeros.
func clockText(micros int64) string {
	return time.UnixMicro(micros).UTC().Format("2006-01-02 15:04:05.999999")
}

func yearMonthText(months int32) string {
	sign, n := "", int64(months)
	if n < 0 {
		sign, n = "-", -n
	}
	return fmt.Sprintf("INTERVAL '%s%d-%d' YEAR TO MONTH", sign, n/12, n%12)
}

func dayTimeText(micros int64) string {
	sign, n := "", uint64(micros)
	if micros < 0 {
		sign, n = "-", -n
	}
	const second = 1_000_000
	text := fmt.Sprintf("%s%d %02d:%02d:%02d", sign, n/(secondsPerDay*second), n/(3600*second)%24, n/(60*second)%60, n/second%60)
	if fraction := n % second; fraction != 0 {
		text += "." + strings.TrimRight(fmt.Sprintf("%06d", fraction), "0")
	}
	return "INTERVAL '" + text + "' DAY TO SECOND"
}

func nestedText(l Literal, values []any) string {
	texts := make([]string, 0, 2*len(values))
	name := "ARRAY"
	for i, v := range values {
		t := types.DataType(types.Null)
		switch x := l.Type.(type) {
		case types.Array:
			t = x.Element
		case types.Struct:
			name = "NAMED_STRUCT"
			if i < len(x.Fields) {
				t = x.Fields[i].Type
				texts = append(texts, "'"+x.Fields[i].Name+"'")
			}
		}
		texts = append(texts, memberText(Literal{Value: v, Type: t}))
	}
	return name + "(" + strings.Join(texts, ", ") + ")"
}

func mapText(l Literal, m types.MapValue) string {
	t, _ := l.Type.(types.Map)
	texts := make([]string, 0, 2*len(m.Keys))
	for i, k := range m.Keys {
		texts = append(texts, memberText(Literal{Value: k, Type: t.Key}), memberText(Literal{Value: m.Values[i], Type: t.Value}))
	}
	return "MAP(" + strings.Join(texts, ", ") + ")"
}

// memberText prints a constant inside another one, where strings are quoted and numbers have suffixes.
func memberText(l Literal) string {
	text := literalText(l)
	switch v := l.Value.(type) {
	case string:
		return "'" + strings.ReplaceAll(strings.ReplaceAll(v, `\`, `\\`), "'", `\'`) + "'"
	case int8:
		return text + "Y"
	case int16:
		return text + "S"
	case float64:
		return text + "D"
	case float32:
		return "CAST(" + text + " AS FLOAT)"
	case types.DecimalValue:
		return text + "BD"
	case int64:
		if l.Type == types.Long {
			return text + "L"
		}
	}
	return text
}

// javaFloat writes a number as Java's Double.toString and Float.toString do.
func javaFloat(v float64, bits int) string {
	switch {
	case math.IsNaN(v):
		return "NaN"
	case math.IsInf(v, 0):
		return strings.Replace(strconv.FormatFloat(v, 'g', -1, 64), "Inf", "Infinity", 1)[btoi(v > 0):]
	case v == 0 || math.Abs(v) >= 1e-3 && math.Abs(v) < 1e7:
		text := strconv.FormatFloat(v, 'f', -1, bits)
		if !strings.Contains(text, ".") {
			text += ".0"
		}
		return text
	}
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(v, 'E', -1, bits), "E")
	if !strings.Contains(mantissa, ".") {
		mantissa += ".0"
	}
	exponent = strings.TrimPrefix(exponent, "+")
	if rest, ok := strings.CutPrefix(exponent, "-"); ok {
		return mantissa + "E-" + strings.TrimLeft(rest, "0")
	}
	return mantissa + "E" + strings.TrimLeft(exponent, "0")
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

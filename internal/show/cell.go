package show

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/hfspark/hfspark/internal/plan/function"
)

// null is how nulls are shown, at every depth.
const null = "NULL"

// formatter writes values as Spark's ToPrettyString expression does.
type formatter struct {
	zone  *time.Location
	limit int // up to how many characters of a cell are seen; 0 is all
}

func newFormatter(zone string) (formatter, error) {
	if zone == "" {
		return formatter{zone: time.UTC}, nil
	}
	location, ok := function.LoadZone(zone)
	if !ok {
		return formatter{}, fmt.Errorf("show timestamps: there is no time zone %q", zone)
	}
	return formatter{zone: location}, nil
}

func (f formatter) cell(column arrow.Array, i int) (string, error) {
	if column.IsNull(i) {
		return null, nil
	}
	switch column := column.(type) {
	case *array.Null:
		return null, nil
	case *array.Boolean:
		return strconv.FormatBool(column.Value(i)), nil
	case *array.Int8:
		return strconv.Itoa(int(column.Value(i))), nil
	case *array.Int16:
		return strconv.Itoa(int(column.Value(i))), nil
	case *array.Int32:
		return strconv.Itoa(int(column.Value(i))), nil
	case *array.Int64:
		return strconv.FormatInt(column.Value(i), 10), nil
	case *array.Float32:
		return function.JavaFloat(column.Value(i)), nil
	case *array.Float64:
		return function.JavaDouble(column.Value(i)), nil
	case *array.Decimal128:
		return column.Value(i).ToString(column.DataType().(*arrow.Decimal128Type).Scale), nil
	case array.StringLike:
		return f.beginning(column.Value(i)), nil
	case *array.Binary:
		value := column.Value(i)
		if f.limit > 0 {
			value = value[:min(len(value), f.limit)] // A byte is more than a character.
		}
		return hex(value), nil
	default:
		return f.temporalOrNested(column, i)
	}
}

// beginning is as much of a text as can be seen, and a little more where it is cut: texts may be of any length.
func (f formatter) beginning(text string) string {
	if f.limit <= 0 || len(text) <= f.limit {
		return text
	}
	seen := 0
	for at := range text {
		if seen > f.limit {
			return text[:at]
		}
		seen++
	}
	return text
}

func (f formatter) temporalOrNested(column arrow.Array, i int) (string, error) {
	switch column := column.(type) {
	case *array.Date32:
		return date(time.Unix(int64(column.Value(i))*86400, 0).UTC()), nil
	case *array.Timestamp:
		zone := time.UTC
		if column.DataType().(*arrow.TimestampType).TimeZone != "" {
			zone = f.zone
		}
		instant := time.UnixMicro(int64(column.Value(i))).In(zone)
		return date(instant) + " " + instant.Format("15:04:05") + fraction(instant.Nanosecond()/1000), nil
	case *array.Time64:
		value := time.UnixMicro(int64(column.Value(i)) / 1000).UTC()
		return value.Format("15:04:05") + fraction(value.Nanosecond()/1000), nil
	case *array.Duration:
		return dayTimeInterval(int64(column.Value(i))), nil
	case *array.MonthInterval:
		return yearMonthInterval(int(column.Value(i))), nil
	case *array.MonthDayNanoInterval:
		return calendarInterval(column.Value(i)), nil
	case *array.Map:
		return f.mapping(column, i)
	case array.ListLike:
		return f.list(column, i)
	case *array.Struct:
		return f.structure(column, i)
	}
	return "", fmt.Errorf("no text for values of the Arrow type %s", column.DataType())
}

func (f formatter) list(column array.ListLike, i int) (string, error) {
	start, end := column.ValueOffsets(i)
	parts := make([]string, 0, end-start)
	for k := start; k < end; k++ {
		part, err := f.cell(column.ListValues(), int(k))
		if err != nil {
			return "", err
		}
		parts = append(parts, part)
	}
	return "[" + strings.Join(parts, ", ") + "]", nil
}

func (f formatter) mapping(column *array.Map, i int) (string, error) {
	start, end := column.ValueOffsets(i)
	parts := make([]string, 0, end-start)
	for k := start; k < end; k++ {
		key, err := f.cell(column.Keys(), int(k))
		if err != nil {
			return "", err
		}
		value, err := f.cell(column.Items(), int(k))
		if err != nil {
			return "", err
		}
		parts = append(parts, key+" -> "+value)
	}
	return "{" + strings.Join(parts, ", ") + "}", nil
}

func (f formatter) structure(column *array.Struct, i int) (string, error) {
	parts := make([]string, column.NumField())
	for k := range parts {
		part, err := f.cell(column.Field(k), i)
		if err != nil {
			return "", err
		}
		parts[k] = part
	}
	return "{" + strings.Join(parts, ", ") + "}", nil
}

func hex(value []byte) string {
	const digits = "0123456789ABCDEF"
	var text strings.Builder
	text.Grow(3*len(value) + 1)
	text.WriteByte('[')
	for i, b := range value {
		if i > 0 {
			text.WriteByte(' ')
		}
		text.WriteByte(digits[b>>4])
		text.WriteByte(digits[b&15])
	}
	text.WriteByte(']')
	return text.String()
}

// date writes years of more than four digits with a sign, as Java does.
func date(t time.Time) string {
	switch year := t.Year(); {
	case year > 9999:
		return fmt.Sprintf("+%d%s", year, t.Format("-01-02"))
	case year < 0:
		return fmt.Sprintf("-%04d%s", -year, t.Format("-01-02"))
	}
	return t.Format("2006-01-02")
}

// fraction writes microseconds after the point, without trailing zeros, and nothing for none.
func fraction(micros int) string {
	if micros == 0 {
		return ""
	}
	return strings.TrimRight(fmt.Sprintf(".%06d", micros), "0")
}

func dayTimeInterval(micros int64) string {
	sign, rest := "", uint64(micros)
	if micros < 0 {
		sign, rest = "-", -rest
	}
	seconds := rest / 1e6
	return fmt.Sprintf("INTERVAL '%s%d %02d:%02d:%02d%s' DAY TO SECOND",
		sign, seconds/86400, seconds/3600%24, seconds/60%60, seconds%60, fraction(int(rest%1e6)))
}

func yearMonthInterval(months int) string {
	sign := ""
	if months < 0 {
		sign, months = "-", -months
	}
	return fmt.Sprintf("INTERVAL '%s%d-%d' YEAR TO MONTH", sign, months/12, months%12)
}

// calendarInterval names each part that is not zero; Go's division rounds to zero as Java's does, so signs agree.
func calendarInterval(v arrow.MonthDayNanoInterval) string {
	var parts []string
	add := func(n int64, unit string) {
		if n != 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, unit))
		}
	}
	add(int64(v.Months/12), "years")
	add(int64(v.Months%12), "months")
	add(int64(v.Days), "days")
	micros := v.Nanoseconds / 1000
	add(micros/3_600_000_000, "hours")
	add(micros/60_000_000%60, "minutes")
	if rest := micros % 60_000_000; rest != 0 {
		sign := ""
		if rest < 0 {
			sign, rest = "-", -rest
		}
		parts = append(parts, fmt.Sprintf("%s%d%s seconds", sign, rest/1e6, fraction(int(rest%1e6))))
	}
	if len(parts) == 0 {
		return "0 seconds"
	}
	return strings.Join(parts, " ")
}

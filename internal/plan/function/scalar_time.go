package function

import (
	"fmt"
	"strings"
	"time"
)

// timeScalars read and write dates, timestamps and intervals as Spark does.
var timeScalars = []UDF{
	{Name: "text_to_date", Params: []string{"VARCHAR"}, Result: "INTEGER", Eval: func(a []any) (any, error) { return orNull(textToDate(a[0].(string))) }},
	{Name: "text_to_timestamp", Params: []string{"VARCHAR", "VARCHAR"}, Result: "BIGINT", Eval: func(a []any) (any, error) {
		return orNull(textToTimestamp(a[0].(string), a[1].(string)))
	}},
	{Name: "text_to_timestamp_ntz", Params: []string{"VARCHAR"}, Result: "BIGINT", Eval: func(a []any) (any, error) {
		return orNull(textToTimestampNTZ(a[0].(string)))
	}},
	{Name: "odd_date_text", Params: []string{"BIGINT"}, Result: "VARCHAR", Eval: func(a []any) (any, error) { return dateText(a[0].(int64)), nil }},
	{Name: "day_time_text", Params: []string{"BIGINT"}, Result: "VARCHAR", Eval: func(a []any) (any, error) { return dayTimeText(a[0].(int64)), nil }},
	{Name: "year_month_text", Params: []string{"INTEGER"}, Result: "VARCHAR", Eval: func(a []any) (any, error) { return yearMonthText(a[0].(int32)), nil }},
}

// dateText writes a date as Spark does: years of more than four digits with a plus sign, those before 1 with a minus sign.
func dateText(days int64) string {
	day := time.Unix(days*secondsPerDay, 0).UTC()
	year := fmt.Sprintf("%04d", day.Year())
	switch {
	case day.Year() > 9999:
		year = "+" + year
	case day.Year() < 0:
		year = fmt.Sprintf("-%04d", -day.Year())
	}
	return year + day.Format("-01-02")
}

// dayTimeText writes an interval of microseconds as Spark's cast to text does.
func dayTimeText(micros int64) string {
	sign, rest := "", uint64(micros)
	if micros < 0 {
		sign, rest = "-", -rest
	}
	seconds := fmt.Sprintf("%02d", rest/1_000_000%60)
	if fraction := rest % 1_000_000; fraction != 0 {
		seconds += strings.TrimRight(fmt.Sprintf(".%06d", fraction), "0")
	}
	minutes := rest / 60_000_000
	return fmt.Sprintf("INTERVAL '%s%d %02d:%02d:%s' DAY TO SECOND", sign, minutes/1440, minutes/60%24, minutes%60, seconds)
}

// yearMonthText writes an interval of months as Spark's cast to text does.
func yearMonthText(months int32) string {
	sign, rest := "", int64(months)
	if months < 0 {
		sign, rest = "-", -rest
	}
	return fmt.Sprintf("INTERVAL '%s%d-%d' YEAR TO MONTH", sign, rest/12, rest%12)
}

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
	{Name: "format_time", Params: []string{"BIGINT", "VARCHAR", "VARCHAR"}, Result: "VARCHAR", Eval: func(a []any) (any, error) {
		zone, ok := LoadZone(a[1].(string))
		if !ok {
			return nil, nil
		}
		return orNull(formatTime(time.UnixMicro(a[0].(int64)).In(zone), a[2].(string)))
	}},
	{Name: "parse_time", Params: []string{"VARCHAR", "VARCHAR", "VARCHAR"}, Result: "BIGINT", Eval: func(a []any) (any, error) {
		zone, ok := LoadZone(a[2].(string))
		if !ok {
			return nil, nil
		}
		micros, err := parseTime(a[0].(string), a[1].(string), zone)
		return orNull(micros, err == nil)
	}},
	{Name: "time_problem", Params: []string{"VARCHAR", "VARCHAR"}, Result: "VARCHAR", Eval: func(a []any) (any, error) {
		_, err := parseTime(a[0].(string), a[1].(string), time.UTC)
		if err == nil {
			return nil, nil
		}
		return err.Error(), nil
	}},
	{Name: "days_of", Params: []string{"INTEGER", "INTEGER", "INTEGER"}, Result: "INTEGER", Eval: func(a []any) (any, error) {
		return orNull(daysOf(int(a[0].(int32)), int(a[1].(int32)), int(a[2].(int32))))
	}},
	{Name: "date_problem", Params: []string{"INTEGER", "INTEGER", "INTEGER"}, Result: "VARCHAR", Eval: func(a []any) (any, error) {
		return dateProblem(int(a[0].(int32)), int(a[1].(int32)), int(a[2].(int32))), nil
	}},
	{Name: "micros_of", Params: []string{"INTEGER", "INTEGER", "INTEGER", "INTEGER", "INTEGER", "BIGINT", "VARCHAR"}, Result: "BIGINT", Eval: func(a []any) (any, error) {
		return orNull(microsOf(a))
	}},
	{Name: "micros_problem", Params: []string{"INTEGER", "INTEGER", "INTEGER", "INTEGER", "INTEGER", "BIGINT"}, Result: "VARCHAR", Eval: func(a []any) (any, error) {
		return microsProblem(a), nil
	}},
	{Name: "move_zone", Params: []string{"BIGINT", "VARCHAR", "VARCHAR"}, Result: "BIGINT", Eval: func(a []any) (any, error) {
		from, ok := LoadZone(a[1].(string))
		to, known := LoadZone(a[2].(string))
		if !ok || !known {
			return nil, nil
		}
		moved := localToMicros(a[0].(int64), from)
		_, offset := time.UnixMicro(moved).In(to).Zone()
		return moved + int64(offset)*1_000_000, nil
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

// dateProblem says what is wrong with a date, in the words of Java.
func dateProblem(year, month, day int) string {
	switch {
	case month < 1 || month > 12:
		return fmt.Sprintf("Invalid value for MonthOfYear (valid values 1 - 12): %d", month)
	case day < 1 || day > 31:
		return fmt.Sprintf("Invalid value for DayOfMonth (valid values 1 - 28/31): %d", day)
	case month == 2 && day == 29:
		return fmt.Sprintf("Invalid date 'February 29' as '%d' is not a leap year", year)
	}
	return fmt.Sprintf("Invalid date '%s %d'", strings.ToUpper(time.Month(month).String()), day)
}

// microsOf makes a timestamp of year, month, day, hour, minute, microseconds and zone; 60 seconds are those of the next minute.
func microsOf(a []any) (int64, bool) {
	days, ok := daysOf(int(a[0].(int32)), int(a[1].(int32)), int(a[2].(int32)))
	hour, minute, micros := int64(a[3].(int32)), int64(a[4].(int32)), a[5].(int64)
	zone, known := LoadZone(a[6].(string))
	if !ok || !known || hour < 0 || hour > 23 || minute < 0 || minute > 59 || micros < 0 || micros > 60_000_000 {
		return 0, false
	}
	return localToMicros(int64(days)*microsPerDay+(hour*60+minute)*60_000_000+micros, zone), true
}

func microsProblem(a []any) string {
	year, month, day := int(a[0].(int32)), int(a[1].(int32)), int(a[2].(int32))
	hour, minute, micros := a[3].(int32), a[4].(int32), a[5].(int64)
	_, ok := daysOf(year, month, day)
	switch {
	case !ok:
		return dateProblem(year, month, day)
	case hour < 0 || hour > 23:
		return fmt.Sprintf("Invalid value for HourOfDay (valid values 0 - 23): %d", hour)
	case minute < 0 || minute > 59:
		return fmt.Sprintf("Invalid value for MinuteOfHour (valid values 0 - 59): %d", minute)
	}
	return fmt.Sprintf("Invalid value for SecondOfMinute (valid values 0 - 59): %d", micros/1_000_000)
}

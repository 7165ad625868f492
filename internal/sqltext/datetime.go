package sqltext

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// parseDate reads a date as Spark does: yyyy, yyyy-m and yyyy-m-d, each with one or two digits for month and day, and
// anything behind a T or a space. It returns days since 1970-01-01.
func parseDate(text string) (int32, bool) {
	text = strings.TrimSpace(text)
	sign, rest := cutSign(text)
	if i := strings.IndexAny(rest, "T "); i >= 0 {
		if strings.Count(rest[:i], "-") != 2 {
			return 0, false
		}
		rest = rest[:i]
	}
	day, ok := parseDay(sign, rest)
	if !ok {
		return 0, false
	}
	days := day.Unix() / secondsPerDay
	if days < -1<<31 || days >= 1<<31 {
		return 0, false
	}
	return int32(days), true
}

const secondsPerDay = 24 * 60 * 60

func cutSign(text string) (int, string) {
	switch {
	case strings.HasPrefix(text, "-"):
		return -1, text[1:]
	case strings.HasPrefix(text, "+"):
		return 1, text[1:]
	}
	return 1, text
}

// parseDay reads yyyy[-m[-d]].
func parseDay(sign int, text string) (time.Time, bool) {
	fields := strings.Split(text, "-")
	if len(fields) > 3 || len(fields[0]) < 4 || len(fields[0]) > 7 {
		return time.Time{}, false
	}
	values := [3]int{0, 1, 1}
	for i, f := range fields {
		v, ok := parseDigits(f, 7)
		if !ok || i > 0 && len(f) > 2 {
			return time.Time{}, false
		}
		values[i] = v
	}
	values[0] *= sign
	day := time.Date(values[0], time.Month(values[1]), values[2], 0, 0, 0, 0, time.UTC)
	// Go carries the 31st of February over into March; Spark refuses it.
	return day, day.Year() == values[0] && int(day.Month()) == values[1] && day.Day() == values[2]
}

func parseDigits(text string, atMost int) (int, bool) {
	if text == "" || len(text) > atMost {
		return 0, false
	}
	for _, r := range text {
		if !isDigit(r) {
			return 0, false
		}
	}
	v, err := strconv.Atoi(text)
	return v, err == nil
}

// timestamp is a point on the clock: microseconds since 1970-01-01 00:00:00 of that clock, and the zone of the clock where
// the text names one.
type timestamp struct {
	local int64
	zone  string
}

// parseTimestamp reads a timestamp as Spark does: a date, and perhaps T or a space, a time and a zone.
func parseTimestamp(text string) (timestamp, bool) {
	text = strings.TrimSpace(text)
	sign, rest := cutSign(text)
	date, clock := rest, ""
	if i := strings.IndexAny(rest, "T "); i >= 0 {
		date, clock = rest[:i], rest[i+1:]
		if strings.Count(date, "-") != 2 {
			return timestamp{}, false
		}
	}
	day, ok := parseDay(sign, date)
	if !ok {
		return timestamp{}, false
	}
	ts := timestamp{local: day.Unix() * 1_000_000}
	if clock == "" {
		return ts, true
	}
	n := 0
	for n < len(clock) && (isDigit(rune(clock[n])) || clock[n] == ':' || clock[n] == '.') {
		n++
	}
	micros, ok := parseTime(clock[:n])
	if !ok {
		return timestamp{}, false
	}
	ts.local += micros
	ts.zone = strings.TrimSpace(clock[n:])
	return ts, true
}

// parseTime reads h:m:s.ffffff, of which seconds and fraction may be missing, in microseconds. Further digits are cut off.
func parseTime(text string) (int64, bool) {
	text, fraction, dotted := strings.Cut(strings.TrimSpace(text), ".")
	fields := strings.Split(text, ":")
	if len(fields) > 3 || dotted && len(fields) < 3 {
		return 0, false
	}
	limits := [3]int{23, 59, 59}
	var values [3]int
	for i, f := range fields {
		v, ok := parseDigits(f, 2)
		if !ok || v > limits[i] {
			return 0, false
		}
		values[i] = v
	}
	micros, ok := parseFraction(fraction)
	if !ok {
		return 0, false
	}
	return int64(values[0]*3600+values[1]*60+values[2])*1_000_000 + micros, true
}

// parseFraction reads the digits behind a decimal point of seconds, in microseconds.
func parseFraction(text string) (int64, bool) {
	if len(text) > 6 {
		for _, r := range text[6:] {
			if !isDigit(r) {
				return 0, false
			}
		}
		text = text[:6]
	}
	if text == "" {
		return 0, true
	}
	v, ok := parseDigits(text+strings.Repeat("0", 6-len(text)), 6)
	return int64(v), ok
}

// instant is the microseconds since 1970-01-01 UTC of a timestamp that has a zone.
func (ts timestamp) instant() (int64, bool) {
	location, ok := loadZone(ts.zone)
	if !ok {
		return 0, false
	}
	clock := time.UnixMicro(ts.local).UTC()
	there := time.Date(clock.Year(), clock.Month(), clock.Day(), clock.Hour(), clock.Minute(), clock.Second(), clock.Nanosecond(), location)
	return there.UnixMicro(), true
}

// loadZone finds a zone by its name (Europe/Berlin, UTC, Z) or offset (+01:00, UTC+1, GMT-5:30).
func loadZone(name string) (*time.Location, bool) {
	offset := name
	for _, prefix := range []string{"UTC", "GMT", "UT"} {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			offset = rest
			break
		}
	}
	if offset == "" || offset == "Z" {
		return time.UTC, true
	}
	if offset[0] != '+' && offset[0] != '-' {
		location, err := time.LoadLocation(name)
		return location, err == nil && name != "Local"
	}
	sign, rest := cutSign(offset)
	hours, minutes, _ := strings.Cut(rest, ":")
	h, ok := parseDigits(hours, 2)
	if !ok || h > 18 {
		return nil, false
	}
	m := 0
	if minutes != "" {
		if m, ok = parseDigits(minutes, 2); !ok || m > 59 {
			return nil, false
		}
	}
	return time.FixedZone(name, sign*(h*3600+m*60)), true
}

// formatTimestamp writes microseconds as yyyy-MM-dd HH:mm:ss and the fraction without trailing zeros.
func formatTimestamp(micros int64) string {
	t := time.UnixMicro(micros).UTC()
	text := fmt.Sprintf("%04d-%02d-%02d %02d:%02d:%02d", t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second())
	if fraction := t.Nanosecond() / 1000; fraction != 0 {
		text += "." + strings.TrimRight(fmt.Sprintf("%06d", fraction), "0")
	}
	return text
}

package function

import (
	"strconv"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // zones must be known where the machine has none
)

const (
	secondsPerDay = 86400
	microsPerDay  = secondsPerDay * 1_000_000
)

// zones caches loaded time zones, by the names that Spark takes.
var zones sync.Map

// LoadZone finds a time zone by the names Spark takes: a region, UTC, GMT+1, UTC-03:30, +01:00, -8 or Z.
func LoadZone(name string) (*time.Location, bool) {
	if cached, ok := zones.Load(name); ok {
		return cached.(*time.Location), true
	}
	zone, ok := loadZone(name)
	if ok {
		zones.Store(name, zone)
	}
	return zone, ok
}

func loadZone(name string) (*time.Location, bool) {
	switch name {
	case "Z", "UTC", "GMT", "UT":
		return time.UTC, true
	case "":
		return nil, false
	}
	offset := name
	for _, prefix := range []string{"UTC", "GMT", "UT"} {
		if rest, found := strings.CutPrefix(name, prefix); found && rest != "" && strings.ContainsRune("+-", rune(rest[0])) {
			offset = rest
			break
		}
	}
	if strings.ContainsRune("+-", rune(offset[0])) {
		seconds, ok := parseOffset(offset)
		return time.FixedZone(name, seconds), ok
	}
	if strings.Contains(name, "..") {
		return nil, false
	}
	zone, err := time.LoadLocation(name)
	return zone, err == nil
}

// parseOffset reads +h, +hh, +hh:mm, +hhmm, +h:mm, +hh:mm:ss and +hhmmss into seconds.
func parseOffset(s string) (int, bool) {
	sign := 1
	if s[0] == '-' {
		sign = -1
	}
	digits := s[1:]
	var fields []string
	if strings.Contains(digits, ":") {
		fields = strings.Split(digits, ":")
	} else {
		for len(digits) > 2 {
			fields = append(fields, digits[:2])
			digits = digits[2:]
		}
		fields = append(fields, digits)
	}
	if len(fields) > 3 {
		return 0, false
	}
	seconds := 0
	for i, unit := range []int{3600, 60, 1} {
		if i >= len(fields) {
			break
		}
		if len(fields[i]) == 0 || len(fields[i]) > 2 {
			return 0, false
		}
		v, err := strconv.ParseUint(fields[i], 10, 8)
		if err != nil || i > 0 && v > 59 {
			return 0, false
		}
		seconds += int(v) * unit
	}
	return sign * seconds, seconds <= 18*3600
}

// textToDate reads a date as Spark's cast does: [+-]yyyy*, yyyy-[m]m, yyyy-[m]m-[d]d, the last also with T or a space and
// anything behind it. The result counts days from 1970-01-01.
func textToDate(s string) (int32, bool) {
	s = trimmed(s)
	if s == "" {
		return 0, false
	}
	sign := 1
	if s[0] == '+' || s[0] == '-' {
		if s[0] == '-' {
			sign = -1
		}
		s = s[1:]
	}
	segments := [3]int{1, 1, 1}
	at, digits := 0, 0
	value := 0
	i := 0
	for ; i < len(s) && at < 3 && (at != 2 || s[i] != ' ' && s[i] != 'T'); i++ {
		switch b := s[i]; {
		case at < 2 && b == '-':
			if !yearDigits(at, digits) {
				return 0, false
			}
			segments[at] = value
			value, digits = 0, 0
			at++
		case b < '0' || b > '9' || digits > 7:
			return 0, false
		default:
			value = value*10 + int(b-'0')
			digits++
		}
	}
	if !yearDigits(at, digits) || at < 2 && i < len(s) {
		return 0, false
	}
	segments[at] = value
	return daysOf(sign*segments[0], segments[1], segments[2])
}

func yearDigits(segment, digits int) bool {
	if segment == 0 {
		return digits >= 4 && digits <= 7
	}
	return digits > 0 && digits <= 2
}

// daysOf counts the days from 1970-01-01 to a date, if there is such a date.
func daysOf(year, month, day int) (int32, bool) {
	if month < 1 || month > 12 || day < 1 {
		return 0, false
	}
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if t.Day() != day || t.Month() != time.Month(month) {
		return 0, false
	}
	days := t.Unix() / secondsPerDay
	return int32(days), int64(int32(days)) == days
}

// moment is what a text says about a point in time.
type moment struct {
	days     int32
	dateOnly bool // no time of day
	timeOnly bool // no date
	micros   int64
	zone     string // or empty
}

// textToTimestamp reads a timestamp in a zone, which is that of the text or else the one named; in microseconds from 1970.
func textToTimestamp(s, zone string) (int64, bool) {
	m, ok := parseMoment(s)
	if !ok {
		return 0, false
	}
	if m.zone != "" {
		zone = m.zone
	}
	location, ok := LoadZone(zone)
	if !ok {
		return 0, false
	}
	if m.timeOnly {
		year, month, day := time.Now().In(location).Date()
		m.days, _ = daysOf(year, int(month), day)
	}
	return localToMicros(int64(m.days)*microsPerDay+m.micros, location), true
}

// ParseTimestamp reads text as a cast to timestamp does, in microseconds from 1970; zone is the session's.
func ParseTimestamp(text, zone string) (int64, bool) { return textToTimestamp(text, zone) }

// textToTimestampNTZ reads a timestamp without zone; a zone in the text is passed over.
func textToTimestampNTZ(s string) (int64, bool) {
	m, ok := parseMoment(s)
	if !ok || m.timeOnly {
		return 0, false
	}
	return int64(m.days)*microsPerDay + m.micros, true
}

// localToMicros turns microseconds of local time into microseconds from 1970 UTC. Times that a change of the clock leaves out
// are moved forward by the gap, as Java does; of two that are the same the earlier is meant.
func localToMicros(local int64, zone *time.Location) int64 {
	t := time.UnixMicro(local).UTC()
	_, before := t.Add(-24 * time.Hour).In(zone).Zone()
	_, after := t.Add(24 * time.Hour).In(zone).Zone()
	earlier := local - int64(before)*1_000_000
	later := local - int64(after)*1_000_000
	for _, candidate := range []int64{earlier, later} {
		if _, offset := time.UnixMicro(candidate).In(zone).Zone(); candidate+int64(offset)*1_000_000 == local {
			return candidate
		}
	}
	return earlier
}

// parseMoment reads the forms of Spark's cast from text to timestamp.
func parseMoment(s string) (moment, bool) {
	s = trimmed(s)
	var m moment
	if s == "" {
		return m, false
	}
	date, clock := s, ""
	if at := strings.IndexAny(s, " T"); at >= 0 {
		date, clock = s[:at], s[at+1:]
		if clock == "" {
			return m, false
		}
	} else if strings.Contains(s, ":") {
		date, clock = "", s
	}
	if date == "" {
		m.timeOnly = true
	} else {
		days, ok := textToDate(date)
		if !ok {
			return m, false
		}
		m.days = days
	}
	if clock == "" {
		m.dateOnly = true
		return m, true
	}
	var ok bool
	m.micros, m.zone, ok = parseClock(clock)
	return m, ok
}

// parseClock reads [h]h[:[m]m[:[s]s[.f…]]][zone].
func parseClock(s string) (micros int64, zone string, ok bool) {
	end := strings.IndexFunc(s, func(r rune) bool { return (r < '0' || r > '9') && r != ':' && r != '.' })
	clock := s
	if end >= 0 {
		clock, zone = s[:end], strings.TrimSpace(s[end:])
		if zone == "" {
			return 0, "", false
		}
		if _, known := LoadZone(zone); !known {
			return 0, "", false
		}
	}
	clock, fraction, hasFraction := strings.Cut(clock, ".")
	fields := strings.Split(clock, ":")
	if len(fields) > 3 || hasFraction && len(fields) != 3 {
		return 0, "", false
	}
	limits := []int64{23, 59, 59}
	units := []int64{3600_000_000, 60_000_000, 1_000_000}
	for i, f := range fields {
		if len(f) == 0 || len(f) > 2 {
			return 0, "", false
		}
		v, err := strconv.ParseInt(f, 10, 64)
		if err != nil || v > limits[i] {
			return 0, "", false
		}
		micros += v * units[i]
	}
	if hasFraction {
		if strings.Trim(fraction, "0123456789") != "" {
			return 0, "", false
		}
		fraction = (fraction + "000000")[:6]
		v, err := strconv.ParseInt(fraction, 10, 64)
		if err != nil {
			return 0, "", false
		}
		micros += v
	}
	return micros, zone, true
}

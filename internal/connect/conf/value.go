package conf

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // zones are looked up on machines that have no zone database, too

	"github.com/hfspark/hfspark/internal/sparkerror"
)

// Check refuses a value that does not have the type of its key, as Spark does.
func Check(key, value string) error {
	e, ok := entries()[key]
	if !ok {
		return nil
	}
	text := strings.TrimSpace(value)
	switch {
	case e.valueType == "boolean":
		if !strings.EqualFold(text, "true") && !strings.EqualFold(text, "false") {
			return mismatch(key, value, e.valueType)
		}
	case e.valueType == "int":
		if _, err := strconv.ParseInt(text, 10, 32); err != nil {
			return mismatch(key, value, e.valueType)
		}
	case e.valueType == "long":
		if _, err := strconv.ParseInt(text, 10, 64); err != nil {
			return mismatch(key, value, e.valueType)
		}
	case e.valueType == "double":
		if _, err := strconv.ParseFloat(text, 64); err != nil {
			return mismatch(key, value, e.valueType)
		}
	case strings.HasPrefix(e.valueType, "bytes in "):
		if !size.MatchString(strings.ToLower(text)) {
			return mismatch(key, value, e.valueType)
		}
	case strings.HasPrefix(e.valueType, "time in "):
		if !duration.MatchString(strings.ToLower(text)) {
			return mismatch(key, value, e.valueType)
		}
	case e.valueType == "time zone":
		if !KnownZone(value) {
			return sparkerror.New(sparkerror.IllegalArgumentException, "INVALID_CONF_VALUE.TIME_ZONE", "22022",
				"The value '%s' in the config %q is invalid. Cannot resolve the given timezone.", value, key).
				With("confName", key, "confValue", value)
		}
	case strings.HasPrefix(e.valueType, "one of "):
		options := strings.TrimPrefix(e.valueType, "one of ")
		known := slices.ContainsFunc(strings.Split(options, ", "), func(o string) bool { return strings.EqualFold(o, text) })
		if !known {
			return sparkerror.New(sparkerror.IllegalArgumentException, "INVALID_CONF_VALUE.OUT_OF_RANGE_OF_OPTIONS", "22022",
				"The value '%s' in the config %q is invalid. It should be one of '%s'.", value, key, options).
				With("confName", key, "confValue", value, "confOptions", options)
		}
	}
	return nil
}

// size and duration are the texts of Spark's JavaUtils.byteStringAs and timeStringAs.
var (
	size     = regexp.MustCompile(`^-?[0-9]+(b|k|kb|m|mb|g|gb|t|tb|p|pb)?$`)
	duration = regexp.MustCompile(`^(-?[0-9]+)(us|ms|s|m|min|h|d)?$`)
)

func mismatch(key, value, valueType string) error {
	return sparkerror.New(sparkerror.IllegalArgumentException, "INVALID_CONF_VALUE.TYPE_MISMATCH", "22022",
		"The value '%s' in the config %q is invalid. It should be a/an '%s' value.", value, key, valueType).
		With("confName", key, "confValue", value, "confType", valueType)
}

// offset is a zone given as a distance from UTC, as Java's ZoneId.of reads it: at most 18 hours.
var offset = regexp.MustCompile(`^(?:UTC|GMT|UT)?[+-](?:(?:0?\d|1[0-7])(?::?[0-5]\d){0,2}|18(?::?00){0,2})$`)

// KnownZone reports whether name is a time zone: a name of the zone database, Z, or a distance from UTC.
func KnownZone(name string) bool {
	if name == "Z" || offset.MatchString(name) {
		return true
	}
	if name == "" || name == "Local" {
		return false
	}
	_, err := time.LoadLocation(name)
	return err == nil
}

// Duration is the value of a time key whose plain numbers count unit.
func (c *Conf) Duration(key string, unit time.Duration) time.Duration {
	parts := duration.FindStringSubmatch(strings.ToLower(strings.TrimSpace(c.String(key))))
	if parts == nil {
		return 0
	}
	n, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		return 0
	}
	units := map[string]time.Duration{
		"": unit, "us": time.Microsecond, "ms": time.Millisecond, "s": time.Second, "m": time.Minute, "min": time.Minute,
		"h": time.Hour, "d": 24 * time.Hour,
	}
	return time.Duration(n) * units[parts[2]]
}

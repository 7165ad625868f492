package engine

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/hfspark/hfspark/internal/sparkerror"
)

// offset matches the fixed offsets that Java's ZoneId.of and Spark understand: +1, +01, +01:00, -0100, GMT+1, UTC+01:00.
var offset = regexp.MustCompile(`^(?:UTC|GMT|UT)?([+-])(\d{1,2})(?::?(\d{2}))?(?::?(\d{2}))?$`)

// duckZone turns a time zone as Spark names it into DuckDB's name. Region names are the same in both.
func duckZone(zone string) (string, error) {
	switch zone {
	case "", "Z", "UT", "GMT0":
		return "UTC", nil
	}
	parts := offset.FindStringSubmatch(zone)
	if parts == nil {
		return zone, nil
	}
	hours, err := strconv.Atoi(parts[2])
	if err != nil || hours > 18 {
		return "", badZone(zone)
	}
	if strings.Trim(parts[3]+parts[4], "0") != "" {
		return "", sparkerror.Unsupported("the time zone "+zone, "Set spark.sql.session.timeZone to a region, such as Asia/Kolkata.")
	}
	if hours == 0 {
		return "UTC", nil
	}
	sign := "-" // The names of these zones count the other way round.
	if parts[1] == "-" {
		sign = "+"
	}
	if sign == "+" && hours > 12 || hours > 14 {
		return "", sparkerror.Unsupported("the time zone "+zone, "Set spark.sql.session.timeZone to a region, such as Pacific/Apia.")
	}
	return fmt.Sprintf("Etc/GMT%s%d", sign, hours), nil
}

func badZone(zone string) error {
	return sparkerror.New(sparkerror.IllegalArgumentException, "INVALID_CONF_VALUE.TIME_ZONE", "22022",
		"The value '%s' in the config \"spark.sql.session.timeZone\" is invalid. Cannot resolve the given timezone.", zone).
		With("confValue", zone, "confName", "spark.sql.session.timeZone")
}

package engine

import (
	"fmt"
	"strings"
	"time"

	"github.com/hfspark/hfspark/internal/plan/function"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// duckZone turns a time zone as Spark names it into DuckDB's name. Regions have the same names in both; of fixed offsets
// DuckDB has those of whole hours that the zone database has.
func duckZone(name string) (string, error) {
	if name == "" {
		return "UTC", nil
	}
	zone, ok := function.LoadZone(name)
	if !ok {
		return "", badZone(name)
	}
	if strings.Contains(name, "/") || !strings.ContainsAny(name, "+-") && name != "Z" && name != "UT" {
		return name, nil
	}
	_, offset := time.Unix(0, 0).In(zone).Zone()
	hours := offset / 3600
	switch {
	case offset == 0:
		return "UTC", nil
	case offset%3600 != 0 || hours < -12 || hours > 14:
		return "", sparkerror.Unsupported("the time zone "+name, "Set spark.sql.session.timeZone to a region, such as Asia/Kolkata.")
	}
	return fmt.Sprintf("Etc/GMT%+d", -hours), nil // The names of these zones count the other way round.
}

func badZone(zone string) error {
	return sparkerror.New(sparkerror.IllegalArgumentException, "INVALID_CONF_VALUE.TIME_ZONE", "22022",
		"The value '%s' in the config \"spark.sql.session.timeZone\" is invalid. Cannot resolve the given timezone.", zone).
		With("confValue", zone, "confName", "spark.sql.session.timeZone")
}

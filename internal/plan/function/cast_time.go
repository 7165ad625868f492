package function

import (
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// toTemporal prints a cast to a date, a time or one of the timestamps. DuckDB takes the session's zone from its settings.
func (c caster) toTemporal(from, to types.DataType, arg string) (string, error) {
	switch {
	case from == types.Timestamp && (to == types.Date || to == types.Time):
		return "CAST(CAST(" + arg + " AS TIMESTAMP) AS " + DuckDBType(to) + ")", nil
	case from == types.Date, from == types.Timestamp, from == types.TimestampNTZ:
		return "CAST(" + arg + " AS " + DuckDBType(to) + ")", nil
	case from == types.Time && to != types.Date:
		return "CAST((current_date + " + arg + ") AS " + DuckDBType(to) + ")", nil
	case to != types.Timestamp:
		return "", sparkerror.Unsupported("a cast from "+from.SQL()+" to "+to.SQL(), "")
	case from == types.Boolean:
		return "make_timestamptz(CAST(" + arg + " AS BIGINT))", nil
	case types.IsIntegral(from):
		micros := "(CAST(" + arg + " AS HUGEINT) * 1000000)"
		return "make_timestamptz(CAST(greatest(least(" + micros + ", CAST(9223372036854775807 AS HUGEINT)), CAST(-9223372036854775807 AS HUGEINT)) AS BIGINT))", nil
	case from == types.Float, from == types.Double:
		seconds := "CAST(" + arg + " AS DOUBLE)"
		return "(CASE WHEN isfinite(" + seconds + ") THEN make_timestamptz(CAST(trunc(" + seconds + " * 1000000) AS BIGINT)) END)", nil
	}
	return "make_timestamptz(CAST(trunc(" + arg + " * 1000000) AS BIGINT))", nil
}

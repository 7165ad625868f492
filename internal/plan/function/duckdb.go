package function

import (
	"fmt"
	"strings"

	"github.com/hfspark/hfspark/internal/plan/types"
)

// DuckDBType is the DuckDB type that holds values of a Spark type while a query runs:
//
//	void                  INTEGER, always null
//	tinyint … bigint      TINYINT, SMALLINT, INTEGER, BIGINT
//	float, double         FLOAT, DOUBLE
//	decimal(p,s)          DECIMAL(p,s)
//	string, char, varchar VARCHAR
//	binary                BLOB
//	date                  DATE
//	timestamp             TIMESTAMP WITH TIME ZONE, with the session's zone as the connection's TimeZone
//	timestamp_ntz         TIMESTAMP
//	time                  TIME
//	day-time interval     BIGINT, microseconds
//	year-month interval   INTEGER, months
//	calendar interval     INTERVAL
//	array<T>              T[]
//	map<K,V>              MAP(K, V)
//	struct<…>             STRUCT(…), with the names of FieldName; a struct without fields has one, INTEGER
func DuckDBType(t types.DataType) string {
	switch x := t.(type) {
	case types.Decimal:
		return fmt.Sprintf("DECIMAL(%d,%d)", x.Precision, x.Scale)
	case types.Char, types.VarChar:
		return "VARCHAR"
	case types.Array:
		return DuckDBType(x.Element) + "[]"
	case types.Map:
		return "MAP(" + DuckDBType(x.Key) + ", " + DuckDBType(x.Value) + ")"
	case types.Struct:
		if len(x.Fields) == 0 {
			return "STRUCT(" + QuoteName(emptyStructField) + " INTEGER)"
		}
		parts := make([]string, len(x.Fields))
		for i, f := range x.Fields {
			parts[i] = QuoteName(FieldName(x, i)) + " " + DuckDBType(f.Type)
		}
		return "STRUCT(" + strings.Join(parts, ", ") + ")"
	}
	if text, ok := atomicTypes[t]; ok {
		return text
	}
	return "VARCHAR"
}

var atomicTypes = map[types.DataType]string{
	types.Null: "INTEGER", types.Boolean: "BOOLEAN",
	types.Byte: "TINYINT", types.Short: "SMALLINT", types.Integer: "INTEGER", types.Long: "BIGINT",
	types.Float: "FLOAT", types.Double: "DOUBLE", types.String: "VARCHAR", types.Binary: "BLOB",
	types.Date: "DATE", types.Timestamp: "TIMESTAMP WITH TIME ZONE", types.TimestampNTZ: "TIMESTAMP", types.Time: "TIME",
	types.DayTimeInterval: "BIGINT", types.YearMonthInterval: "INTEGER", types.CalendarInterval: "INTERVAL",
}

// emptyStructField is the field that stands in for a struct without fields, which DuckDB does not have.
const emptyStructField = "_"

// FieldName is the name in DuckDB of field i of a struct: its own, unless that is empty, has a NUL or differs from that of an
// earlier field by case at most, which DuckDB does not allow.
func FieldName(s types.Struct, i int) string {
	name := s.Fields[i].Name
	clash := name == "" || strings.ContainsRune(name, 0)
	for _, f := range s.Fields[:i] {
		clash = clash || strings.EqualFold(f.Name, name)
	}
	if clash {
		return fmt.Sprintf("%s#%d", strings.ReplaceAll(name, "\x00", ""), i+1)
	}
	return name
}

// FieldSQL takes field i out of the struct that arg prints.
func FieldSQL(s types.Struct, i int, arg string) string {
	return "struct_extract(" + arg + ", " + quoteString(FieldName(s, i)) + ")"
}

// QuoteName writes a DuckDB identifier.
func QuoteName(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// Macros are the CREATE MACRO statements that the texts of this package rely on; the engine runs them once on a new database.
func Macros() []string { return macros }

// macros name what would make printed queries hard to read.
var macros = []string{
	// Positions count from 1, or from the end where they are negative; 0 is like 1.
	`CREATE MACRO substring_start(s, p) AS CASE WHEN p > 0 THEN p - 1 WHEN p < 0 THEN length(s) + p ELSE 0 END`,
	`CREATE MACRO spark_substring(s, p, n) AS substring(s, greatest(substring_start(s, p), 0) + 1,
		greatest(substring_start(s, p) + n - greatest(substring_start(s, p), 0), 0))`,
	// Both on the same day of the month, or both on the last one: whole months; else a month counts 31 days.
	`CREATE MACRO seconds_of_month(t) AS day(t) * 86400 + hour(t) * 3600 + minute(t) * 60 + second(t)`,
	`CREATE MACRO months_between(a, b) AS (year(a) - year(b)) * 12 + month(a) - month(b) +
		CASE WHEN day(a) = day(b) OR (day(a) = day(last_day(CAST(a AS DATE))) AND day(b) = day(last_day(CAST(b AS DATE)))) THEN CAST(0 AS DOUBLE)
		ELSE CAST(seconds_of_month(a) - seconds_of_month(b) AS DOUBLE) / 2678400 END`,
	// Years outside four digits have a sign in Spark, and an era in DuckDB.
	`CREATE MACRO date_text(d) AS CASE WHEN year(d) BETWEEN 1 AND 9999 THEN CAST(d AS VARCHAR) ELSE odd_date_text(d - DATE '1970-01-01') END`,
	`CREATE MACRO timestamp_text(t) AS CASE WHEN year(t) BETWEEN 1 AND 9999 THEN CAST(t AS VARCHAR)
		ELSE odd_date_text(CAST(t AS DATE) - DATE '1970-01-01') || ' ' || CAST(CAST(t AS TIME) AS VARCHAR) END`,
}

// Scalars are the functions in Go that the texts of this package rely on; the engine registers them once on a new database.
//
// DuckDB computes them once for each value of a dictionary, those of rows that a filter leaves out too. So they answer null
// for what they cannot take, and the SQL around them raises the error.
func Scalars() []UDF {
	var all []UDF
	for _, family := range [][]UDF{numberScalars, timeScalars, textScalars, regexScalars, mathScalars, jsonScalars, hashScalars} {
		all = append(all, family...)
	}
	return all
}

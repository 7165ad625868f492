package source

import "github.com/hfspark/hfspark/source/predicate"

// The conditions of package predicate, under the names that users of this package write.
type (
	// Predicate is a condition on the columns of a table. It prunes with statistics and filters rows.
	Predicate = predicate.Predicate
	// Operator compares a column with a value.
	Operator = predicate.Operator
	// Compare is column operator value.
	Compare = predicate.Compare
	// In is column IN (Values), or with Negated NOT IN.
	In = predicate.In
	// IsNull is column IS NULL, or with Negated IS NOT NULL.
	IsNull = predicate.IsNull
	// HasPrefix is column LIKE 'Prefix%'.
	HasPrefix = predicate.HasPrefix
	// And is true when all members are.
	And = predicate.And
	// Or is true when one member is.
	Or = predicate.Or
	// DecimalValue is a number with decimal places.
	DecimalValue = predicate.DecimalValue
	// DateValue is a date in days since 1970-01-01.
	DateValue = predicate.DateValue
	// TimestampValue is an instant in microseconds since 1970-01-01 00:00:00 UTC.
	TimestampValue = predicate.TimestampValue
)

// The operators of Compare.
const (
	Equal          = predicate.Equal
	NotEqual       = predicate.NotEqual
	Less           = predicate.Less
	LessOrEqual    = predicate.LessOrEqual
	Greater        = predicate.Greater
	GreaterOrEqual = predicate.GreaterOrEqual
)

// Columns lists the columns that a condition reads, each once, in the order of their first mention.
func Columns(p Predicate) []string { return predicate.Columns(p) }

// SQL writes a condition in DuckDB's SQL, so that WHERE keeps exactly the rows for which it is true; see predicate.SQL.
func SQL(p Predicate, quote func(column string) string) (string, error) {
	return predicate.SQL(p, quote)
}

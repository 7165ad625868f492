// Package function is the one table of Spark functions: for each its arguments, the type and nullability of its result,
// and how DuckDB computes it.
package function

import (
	"github.com/hfspark/hfspark/internal/plan/typed"
)

// Kind is where a function may stand.
type Kind int

// The kinds of functions.
const (
	Scalar    Kind = iota
	Aggregate      // one value for a group of rows; may also be used over a window
	Window         // only over a window
	Generator      // several rows for one
)

// Context is what the types of a call may depend on.
type Context struct {
	ANSI     bool   // spark.sql.ansi.enabled
	TimeZone string // spark.sql.session.timeZone
}

// Function is one row of the table.
type Function struct {
	// Name is the canonical name, in lower case; Aliases are other names for the same function.
	Name    string
	Aliases []string
	Kind    Kind
	// Resolve checks the arguments and returns the typed expression of the call: usually a typed.Call of Name with the
	// arguments cast to the types it takes, with DataType, Null and ANSI set, but any expression will do (coalesce may become a
	// Case). Errors are *sparkerror.Error with Spark's conditions (WRONG_NUM_ARGS, DATATYPE_MISMATCH and so on).
	// Distinct, Filter, IgnoreNulls and OrderWithin are filled in by the analyzer from the call as written, when the result is a
	// typed.Call and the function allows it.
	Resolve func(ctx Context, args []typed.Expression) (typed.Expression, error)
	// SQL prints the call for DuckDB; args are the printed arguments. It is nil for names that Resolve always replaces.
	// For an aggregate the printer adds FILTER and OVER itself; DISTINCT and order are up to SQL.
	SQL func(call typed.Call, args []string) (string, error)
	// Columns gives the output columns of a generator (names and types); nil for others.
	Columns func(call typed.Call) []typed.Column
	// Pretty is the name Spark gives a column computed by the call, from the printed arguments, such as "(a + b)" for "+".
	// nil means name(arg, arg).
	Pretty func(args []string) string
}

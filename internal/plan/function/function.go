// Package function is the one table of Spark functions: for each its arguments, the type and nullability of its result,
// and how DuckDB computes it. It also says how Spark's types, constants, casts and run-time errors look in DuckDB.
package function

import (
	"sort"
	"strings"

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
	// typed.Call and the function allows it. For an aggregate or window function the result is always a typed.Call.
	Resolve func(ctx Context, args []typed.Expression) (typed.Expression, error)
	// Lambda gives the types (DataType and Null; the analyzer sets ID and Name) of the parameters of the lambda function that
	// stands at position index and was written with count parameters. args are the arguments as far as they are resolved, nil
	// where a lambda stands; those left of index are resolved already, lambdas too. It is nil for functions that take no
	// lambda.
	Lambda func(ctx Context, args []typed.Expression, index, count int) ([]typed.LambdaVariable, error)
	// SQL prints the call of a scalar function for DuckDB; args are the printed arguments (a lambda as "lambda a, b: body").
	// It is nil for aggregates and for names that Resolve always replaces. A generator's SQL is a list of structs, one a row,
	// with fields named as Columns; the printer unnests it.
	SQL func(call typed.Call, args []string) (string, error)
	// Over prints the call of an aggregate or window function. The text of s belongs behind each DuckDB aggregate in it. Order
	// within and DISTINCT are printed by Over: order holds the printed keys of call.OrderWithin, such as "x DESC NULLS LAST".
	Over func(call typed.Call, args, order []string, s Suffix) (string, error)
	// Columns gives the output columns of a generator (names, types and nullability); nil for others.
	Columns func(call typed.Call) []typed.Column
	// Pretty writes a call as errors quote it, such as "(a + b)" for "+", from the name as it was called (lower case) and the
	// printed arguments; nil means name(arg, arg). The names of columns are made by plan.Naming.
	Pretty func(name string, args []string) string
	// OrderWithin and IgnoreNulls tell that the function takes these clauses, NoDistinct that it does not take DISTINCT.
	OrderWithin, IgnoreNulls, NoDistinct bool
}

// Suffix is what follows an aggregate: its filter and its window, as DuckDB text.
type Suffix struct {
	Filter string // a condition, or empty
	Over   string // such as "OVER (PARTITION BY a)", or empty
}

// String is the text of the suffix, beginning with a space when there is one.
func (s Suffix) String() string {
	text := ""
	if s.Filter != "" {
		text += " FILTER (WHERE " + s.Filter + ")"
	}
	if s.Over != "" {
		text += " " + s.Over
	}
	return text
}

// Where adds a condition to the filter.
func (s Suffix) Where(condition string) Suffix {
	if s.Filter != "" {
		condition = "(" + s.Filter + ") AND (" + condition + ")"
	}
	s.Filter = condition
	return s
}

// UDF is a scalar function that DuckDB lacks and that Go computes. The engine registers each of Scalars on its database.
type UDF struct {
	Name string
	// Params and Result are among VARCHAR (Go string), BLOB ([]byte), BIGINT (int64), INTEGER (int32), DOUBLE (float64),
	// FLOAT (float32), BOOLEAN (bool) and VARCHAR[] ([]any of string or nil).
	Params []string
	Result string
	// Volatile functions are computed anew for each row, even when their arguments are constant.
	Volatile bool
	// Nulls tells that Eval wants to see null arguments (as nil); else a null argument makes the result null.
	Nulls bool
	// Eval computes one value; nil is null. It is called from many goroutines.
	Eval func(args []any) (any, error)
}

// Lookup finds a function by its name or an alias, in lower case.
func Lookup(name string) (*Function, bool) {
	f, ok := table[name]
	return f, ok
}

// Names lists all names and aliases of functions that can be called, in order.
func Names() []string {
	unknown := make(map[string]bool)
	for _, name := range strings.Fields(refused) {
		unknown[name] = true
	}
	names := make([]string, 0, len(table))
	for name := range table {
		if !strings.HasPrefix(name, internalPrefix) && !unknown[name] {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	return names
}

// internalPrefix begins the names of calls that Resolve makes and nobody can write.
const internalPrefix = "\x00"

// table maps names and aliases to functions. It is made once and never changed; in init, because functions look each other up.
var table map[string]*Function

func init() {
	table = make(map[string]*Function)
	for _, family := range families() {
		for _, r := range family {
			f := r.function()
			table[f.Name] = f
			for _, alias := range f.Aliases {
				table[alias] = f
			}
		}
	}
}

// families lists the rows of the table.
func families() [][]row {
	return [][]row{
		arithmetic, comparison, conditional, aggregates, statistics, regression(), windows, collections, arrays,
		lambdas, generators, texts, codes, patterns, dates, timestamps, temporal, mathematics, bitwise,
		miscellaneous, jsons, hashes, refusals(),
	}
}

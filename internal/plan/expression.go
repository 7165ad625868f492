// Package plan holds the logical plan as it was written, by DataFrame methods or as SQL text, before any name in it is
// resolved. Package typed holds the plan after package analyzer resolved it.
package plan

import (
	"github.com/hfspark/hfspark/internal/plan/types"
)

// Expression is an expression as written.
type Expression interface{ expression() }

// PlanID is the number by which a DataFrame client names one of its DataFrames inside a plan; 0 means none.
type PlanID int64

// Literal is a constant. Value's Go type follows Type: nil for a null of any type, bool, int8, int16, int32, int64, float32,
// float64, types.DecimalValue, string, []byte, int32 days for dates, int64 microseconds for both timestamps, times and
// day-time intervals, int32 months for year-month intervals, types.CalendarIntervalValue, []any for arrays and structs, and
// types.MapValue for maps.
type Literal struct {
	Value any
	Type  types.DataType
	// Text is how Spark prints the literal where Value and Type do not tell it: "INTERVAL '1' DAY". Else it is empty.
	Text string
}

// Attribute is a column named by its parts, such as ["t", "a"] for t.a; a part may also be a struct field.
type Attribute struct {
	Parts  []string
	PlanID PlanID // when set, the column belongs to that DataFrame's output
}

// Star is all columns, of everything in reach or of what Target names, but for those that Except names (columns, or fields
// of struct columns, by their parts).
type Star struct {
	Target []string
	Except [][]string
	PlanID PlanID
}

// Regex is the columns whose names match a Java regular expression, from df.colRegex or a backticked pattern.
type Regex struct {
	Pattern string
	PlanID  PlanID
}

// Call calls a function or an operator by its Spark name in lower case: "sum", "+", "==", "and", "not", "in", "like", "when"
// (pairs of condition and value, then the default), "isnull", "substring" and so on. SQL syntax with a name of its own
// becomes its function: BETWEEN is "between", CASE is "when", || is "concat" as Spark's parser has it.
type Call struct {
	Name        string
	Args        []Expression
	Named       []NamedArgument // key => value arguments, after the positional ones
	Distinct    bool
	Filter      Expression // FILTER (WHERE …), or nil
	IgnoreNulls bool
	OrderWithin []SortOrder // WITHIN GROUP (ORDER BY …)
	// Row marks the named_struct that SQL writes (a, b): where several values may stand, it is them.
	Row bool
	// UserDefined marks a name that is only looked for among user-defined functions.
	UserDefined bool
}

// NamedArgument is key => value in a call.
type NamedArgument struct {
	Name  string
	Value Expression
}

// Alias names an expression; several names belong to a generator with several columns.
type Alias struct {
	Child    Expression
	Names    []string
	Metadata string // JSON, or empty
}

// CastMode tells what a cast does with a value that does not fit.
type CastMode int

// The cast modes; CastDefault follows spark.sql.ansi.enabled.
const (
	CastDefault CastMode = iota
	CastANSI
	CastLegacy
	CastTry
)

// Cast converts Child to To.
type Cast struct {
	Child Expression
	To    types.DataType
	Mode  CastMode
}

// SortOrder is one key of an ordering.
type SortOrder struct {
	Child      Expression
	Descending bool
	NullsLast  bool // resolved by the builder of the plan: ascending order has nulls first unless told otherwise
}

// Window computes Function over a frame of rows around each row.
type Window struct {
	Function    Expression
	PartitionBy []Expression
	OrderBy     []SortOrder
	Frame       *Frame // nil: the default frame
	Name        string // OVER name, resolved by the SQL parser; empty after that
}

// Frame is a window's frame.
type Frame struct {
	Rows         bool // ROWS, else RANGE
	Lower, Upper Bound
}

// BoundKind is the kind of a frame's end.
type BoundKind int

// The kinds of frame ends. A Value bound counts forward from the current row; preceding rows are negative.
const (
	CurrentRow BoundKind = iota
	Unbounded
	Value
)

// Bound is one end of a frame.
type Bound struct {
	Kind  BoundKind
	Value Expression
}

// ExtractValue takes a member out of a struct, array (from 0) or map: child.field, child[key].
type ExtractValue struct{ Child, Key Expression }

// Lambda is an anonymous function argument.
type Lambda struct {
	Parameters []string
	Body       Expression
}

// LambdaVariable is a parameter of an enclosing Lambda.
type LambdaVariable struct{ Name string }

// UpdateFields adds, replaces (Value set) or drops (Value nil) a field of a struct: withField, dropFields.
type UpdateFields struct {
	Child Expression
	Field string
	Value Expression
}

// SubqueryKind is where a subquery stands.
type SubqueryKind int

// The kinds of subqueries.
const (
	ScalarSubquery SubqueryKind = iota
	ExistsSubquery
	InSubquery
)

// Subquery is a query used as an expression.
type Subquery struct {
	Kind   SubqueryKind
	Plan   Relation
	Values []Expression // the left side of IN
}

func (Literal) expression()        {}
func (Attribute) expression()      {}
func (Star) expression()           {}
func (Regex) expression()          {}
func (Call) expression()           {}
func (Alias) expression()          {}
func (Cast) expression()           {}
func (SortOrder) expression()      {}
func (Window) expression()         {}
func (ExtractValue) expression()   {}
func (Lambda) expression()         {}
func (LambdaVariable) expression() {}
func (UpdateFields) expression()   {}
func (Subquery) expression()       {}

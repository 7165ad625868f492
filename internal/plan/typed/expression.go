// Package typed holds the plan after analysis: every column has an opaque id, every expression a type and nullability.
// The analyzer makes it, pushdown trims it, the engine prints it as SQL for DuckDB.
package typed

import (
	"github.com/hfspark/hfspark/internal/plan/types"
)

// ColumnID identifies a column of one plan; no two columns of a plan share one, whatever their names. A column that a Project
// or Aggregate merely hands on keeps its id.
type ColumnID int

// Column is a column that a node produces.
type Column struct {
	ID        ColumnID
	Name      string // as shown to the user; need not be unique
	Type      types.DataType
	Nullable  bool
	Qualifier []string // the alias or view it comes from, such as ["t"]
	Metadata  string   // JSON, or empty
}

// Expression is an expression with a known type.
type Expression interface {
	Type() types.DataType
	Nullable() bool
}

// Reference is the value of a column of the input.
type Reference struct{ Column Column }

// Literal is a constant; Value as in plan.Literal.
type Literal struct {
	Value    any
	DataType types.DataType
}

// Call is a resolved call of a function of the table in package function, by its canonical name. Arguments are already cast
// to the types that the function takes.
type Call struct {
	Name        string
	Args        []Expression
	DataType    types.DataType
	Null        bool // whether the result may be null
	Distinct    bool
	Filter      Expression // or nil
	IgnoreNulls bool
	OrderWithin []Order
	ANSI        bool // whether errors (overflow, division by zero, bad input) are raised rather than null
}

// Cast converts between types by Spark's rules. Try gives null for what does not fit; ANSI raises an error; neither is the
// legacy behaviour (null, wrap around).
type Cast struct {
	Child     Expression
	To        types.DataType
	Try, ANSI bool
}

// Case is CASE WHEN … THEN … ELSE … END; Else may be nil.
type Case struct {
	Branches []Branch
	Else     Expression
	DataType types.DataType
}

// Branch is one WHEN … THEN ….
type Branch struct{ When, Then Expression }

// Field takes a field of a struct by position.
type Field struct {
	Child Expression
	Index int
	Name  string
}

// Order is one key of an ordering.
type Order struct {
	Child      Expression
	Descending bool
	NullsLast  bool
}

// Window is a window function over a frame.
type Window struct {
	Function    Call
	PartitionBy []Expression
	OrderBy     []Order
	Frame       *Frame // nil: the default frame of the function
}

// Frame is a window's frame; Lower and Upper as in plan.Bound.
type Frame struct {
	Rows         bool
	Lower, Upper Bound
}

// BoundKind is the kind of a frame's end.
type BoundKind int

// The kinds of frame ends.
const (
	CurrentRow BoundKind = iota
	UnboundedPreceding
	UnboundedFollowing
	Preceding
	Following
)

// Bound is one end of a frame; Value is set for Preceding and Following and is not negative.
type Bound struct {
	Kind  BoundKind
	Value Expression
}

// Lambda is a function argument; its parameters are referred to by LambdaVariable.
type Lambda struct {
	Parameters []LambdaVariable
	Body       Expression
}

// LambdaVariable is a parameter of a Lambda, told apart by ID.
type LambdaVariable struct {
	ID       ColumnID
	Name     string
	DataType types.DataType
	Null     bool
}

// ScalarSubquery is the only value of the only row of a plan, or null where it has no row.
type ScalarSubquery struct{ Plan Node }

// Exists tells whether a plan has a row. The plan may refer to columns of the outer query.
type Exists struct{ Plan Node }

// InSubquery tells whether Values are among the rows of a plan.
type InSubquery struct {
	Values []Expression
	Plan   Node
}

// Type implements Expression.
func (e Reference) Type() types.DataType { return e.Column.Type }

// Nullable implements Expression.
func (e Reference) Nullable() bool { return e.Column.Nullable }

// Type implements Expression.
func (e Literal) Type() types.DataType { return e.DataType }

// Nullable implements Expression.
func (e Literal) Nullable() bool { return e.Value == nil }

// Type implements Expression.
func (e Call) Type() types.DataType { return e.DataType }

// Nullable implements Expression.
func (e Call) Nullable() bool { return e.Null }

// Type implements Expression.
func (e Cast) Type() types.DataType { return e.To }

// Nullable implements Expression. Spark takes casts that may fail to be nullable in ANSI mode as well.
func (e Cast) Nullable() bool {
	from := e.Child.Type()
	return e.Child.Nullable() || types.ForcesNull(from, e.To) || e.Try && !types.CanUpCast(from, e.To)
}

// Type implements Expression.
func (e Case) Type() types.DataType { return e.DataType }

// Nullable implements Expression.
func (e Case) Nullable() bool {
	if e.Else == nil || e.Else.Nullable() {
		return true
	}
	for _, b := range e.Branches {
		if b.Then.Nullable() {
			return true
		}
	}
	return false
}

// Type implements Expression.
func (e Field) Type() types.DataType { return e.Child.Type().(types.Struct).Fields[e.Index].Type }

// Nullable implements Expression.
func (e Field) Nullable() bool {
	return e.Child.Nullable() || e.Child.Type().(types.Struct).Fields[e.Index].Nullable
}

// Type implements Expression.
func (e Window) Type() types.DataType { return e.Function.DataType }

// Nullable implements Expression.
func (e Window) Nullable() bool { return e.Function.Null }

// Type implements Expression; a lambda has the type of its body.
func (e Lambda) Type() types.DataType { return e.Body.Type() }

// Nullable implements Expression.
func (e Lambda) Nullable() bool { return e.Body.Nullable() }

// Type implements Expression.
func (e LambdaVariable) Type() types.DataType { return e.DataType }

// Nullable implements Expression.
func (e LambdaVariable) Nullable() bool { return e.Null }

// Type implements Expression.
func (e ScalarSubquery) Type() types.DataType { return e.Plan.Output()[0].Type }

// Nullable implements Expression.
func (e ScalarSubquery) Nullable() bool { return true }

// Type implements Expression.
func (e Exists) Type() types.DataType { return types.Boolean }

// Nullable implements Expression.
func (e Exists) Nullable() bool { return false }

// Type implements Expression.
func (e InSubquery) Type() types.DataType { return types.Boolean }

// Nullable implements Expression.
func (e InSubquery) Nullable() bool {
	for _, v := range e.Values {
		if v.Nullable() {
			return true
		}
	}
	for _, c := range e.Plan.Output() {
		if c.Nullable {
			return true
		}
	}
	return false
}

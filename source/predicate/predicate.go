// Package predicate holds the conditions that prune and filter the rows of a data source.
package predicate

import "math/big"

// Predicate is a condition on the columns of a table. It prunes with statistics and filters rows.
//
// Two kinds of null handling exist: those of SQL, and those of pyarrow's filters, which differ in "in" lists only. A Compare
// with a null value is never true. NotIn keeps null rows when KeepNulls is set (pyarrow), else drops them (SQL).
//
// Where a condition has Fields, it is one on a member of a column of structs: Fields leads from the column to it by the names of
// fields. A member of a null struct is null.
type Predicate interface{ predicate() }

// Operator compares a column with a value.
type Operator string

// The operators of Compare.
const (
	Equal          Operator = "="
	NotEqual       Operator = "!="
	Less           Operator = "<"
	LessOrEqual    Operator = "<="
	Greater        Operator = ">"
	GreaterOrEqual Operator = ">="
)

// Compare is column operator value. Value is nil, bool, int64, float64, string, []byte, DecimalValue, DateValue or
// TimestampValue.
type Compare struct {
	Column   string
	Fields   []string
	Operator Operator
	Value    any
	// NaNLargest says that NaN is greater than all numbers, as in Spark; else it is neither less nor greater, as in pyarrow. Select
	// does not know it.
	NaNLargest bool
}

// In is column IN (Values), or with Negated NOT IN. A nil among Values matches null rows when MatchNull is set.
type In struct {
	Column    string
	Fields    []string
	Values    []any
	Negated   bool
	MatchNull bool // pyarrow's rules: None in the list matches null, and NOT IN keeps null rows unless None is in the list
}

// IsNull is column IS NULL, or with Negated IS NOT NULL.
type IsNull struct {
	Column  string
	Fields  []string
	Negated bool
}

// HasPrefix is column LIKE 'Prefix%'.
type HasPrefix struct {
	Column string
	Fields []string
	Prefix string
}

// And is true when all members are.
type And []Predicate

// Or is true when one member is.
type Or []Predicate

// DecimalValue is a number with decimal places: Unscaled divided by 10 to the power of Scale.
type DecimalValue struct {
	Unscaled *big.Int
	Scale    int
}

// Rat is the number as a fraction.
func (v DecimalValue) Rat() *big.Rat {
	power := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(v.Scale, -v.Scale))), nil)
	r := new(big.Rat).SetInt(power)
	if v.Scale > 0 {
		r.Inv(r)
	}
	return r.Mul(r, new(big.Rat).SetInt(v.Unscaled))
}

// String writes the number with its decimal places.
func (v DecimalValue) String() string { return v.Rat().FloatString(max(v.Scale, 0)) }

// DateValue is a date in days since 1970-01-01.
type DateValue int32

// TimestampValue is an instant in microseconds since 1970-01-01 00:00:00 UTC.
type TimestampValue int64

func (Compare) predicate()   {}
func (In) predicate()        {}
func (IsNull) predicate()    {}
func (HasPrefix) predicate() {}
func (And) predicate()       {}
func (Or) predicate()        {}

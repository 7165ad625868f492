package plan

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/hfspark/hfspark/internal/plan/types"
)

// Relation is a node of the plan as written.
type Relation interface{ relation() }

// WithID marks Input as the DataFrame that a client calls ID. Every relation of a Connect plan that carries a plan id is
// wrapped in one, so that attributes can name it.
type WithID struct {
	Input Relation
	ID    PlanID
}

// DataSource reads with a format: spark.read.format(…).options(…).load(paths…).
type DataSource struct {
	Format  string
	Options map[string]string // keys as given; compared without regard to case
	Paths   []string
	Schema  string // the user's schema as DDL or JSON, or empty
}

// NamedTable reads a temporary view or table by name.
type NamedTable struct {
	Parts   []string
	Options map[string]string
}

// TableFunction calls a table-valued function: range(…), explode(…), hf('repo', config => '7M').
type TableFunction struct {
	Name  string
	Args  []Expression
	Named []NamedArgument
}

// LocalData is rows that came with the plan. Records may be empty; Schema then tells the columns.
type LocalData struct {
	Records []arrow.RecordBatch
	Schema  *types.Struct // the client's schema to cast to, or nil: the records' own
}

// Values is SQL's VALUES (…), (…): columns col1, col2, …
type Values struct{ Rows [][]Expression }

// OneRow is a single row without columns: what SELECT reads when it has no FROM.
type OneRow struct{}

// Range is spark.range(Start, End, Step): one column id, bigint, never null.
type Range struct {
	Start, End, Step int64
	Partitions       int // 0: the default
}

// Project computes Items for each row; one of them may be a generator.
type Project struct {
	Input Relation
	Items []Expression
}

// Filter keeps the rows for which Condition is true.
type Filter struct {
	Input     Relation
	Condition Expression
}

// JoinType is how a join treats rows without a partner.
type JoinType int

// The join types.
const (
	InnerJoin JoinType = iota
	CrossJoin
	LeftJoin
	RightJoin
	FullJoin
	LeftSemiJoin
	LeftAntiJoin
)

// Join combines two relations by a condition, by equally named columns, or not at all. Lateral lets the right side
// use columns of the left.
type Join struct {
	Left, Right Relation
	Type        JoinType
	Condition   Expression // nil when Using, Natural or neither
	Using       []string
	Natural     bool
	Lateral     bool
}

// SetOperator is union, intersect or except.
type SetOperator int

// The set operators.
const (
	Union SetOperator = iota
	Intersect
	Except
)

// SetOperation combines the rows of two relations.
type SetOperation struct {
	Left, Right         Relation
	Operator            SetOperator
	All                 bool // keep duplicates
	ByName              bool
	AllowMissingColumns bool
}

// Sort orders the rows. Local means within partitions only.
type Sort struct {
	Input Relation
	Order []SortOrder
	Local bool
}

// Limit keeps the first Count rows.
type Limit struct {
	Input Relation
	Count Expression
}

// Offset leaves out the first Count rows.
type Offset struct {
	Input Relation
	Count Expression
}

// Tail keeps the last Count rows.
type Tail struct {
	Input Relation
	Count int64
}

// GroupKind is how an Aggregate groups.
type GroupKind int

// The kinds of grouping.
const (
	GroupBy GroupKind = iota
	Rollup
	Cube
	GroupingSets
)

// Aggregate groups rows and computes Items. From DataFrames the output is the grouping columns and then Items
// (AddGrouping true); from SQL it is Items alone, and Having filters the groups.
type Aggregate struct {
	Input       Relation
	Kind        GroupKind
	Grouping    []Expression
	Sets        [][]Expression // for GroupingSets
	Items       []Expression
	AddGrouping bool
	Having      Expression // or nil
	Pivot       *Pivot     // or nil
}

// Pivot turns the values of a column into columns.
type Pivot struct {
	Column Expression
	Values []Expression // literals, possibly aliased
	// Implicit groups by all columns that neither the aggregates nor Column use, before Grouping: SQL's PIVOT.
	Implicit bool
}

// Distinct removes duplicate rows.
type Distinct struct{ Input Relation }

// Deduplicate keeps one row of each set that agrees on Columns.
type Deduplicate struct {
	Input   Relation
	Columns []string
}

// SubqueryAlias names a relation, and its columns where Columns is set.
type SubqueryAlias struct {
	Input   Relation
	Name    string
	Columns []string
}

// WithColumns adds Items (aliases) to the columns, each replacing a column of its name.
type WithColumns struct {
	Input Relation
	Items []Alias
}

// Rename is one renaming.
type Rename struct{ From, To string }

// WithColumnsRenamed renames columns; names that are not there are passed over.
type WithColumnsRenamed struct {
	Input   Relation
	Renames []Rename
}

// Drop leaves out columns, by name or by reference; those that are not there are passed over.
type Drop struct {
	Input   Relation
	Names   []string
	Columns []Expression
}

// ToDF renames all columns by position.
type ToDF struct {
	Input Relation
	Names []string
}

// Hint carries a hint that does not change the result: broadcast, repartition, coalesce and their like.
type Hint struct {
	Input Relation
	Name  string
}

// Repartition asks for a distribution over partitions, which does not change the rows. By must resolve.
type Repartition struct {
	Input Relation
	Count int // 0: not told
	By    []Expression
}

// Sample keeps a random part of the rows: those whose draw lies in [Lower, Upper).
type Sample struct {
	Input           Relation
	Lower, Upper    float64
	WithReplacement bool
	Seed            *int64
}

// Generate adds the columns of a generator to each row: LATERAL VIEW [OUTER] generator alias AS columns.
type Generate struct {
	Input     Relation
	Generator Call
	Outer     bool
	Alias     string
	Columns   []string
}

// Unpivot turns columns into rows: melt.
type Unpivot struct {
	Input    Relation
	IDs      []Expression
	Values   []Expression // empty: all other columns
	Variable string
	Value    string
	KeepIDs  bool
	// OtherIDs makes all columns that are not among Values the IDs, and ExcludeNulls leaves out rows without a value: SQL's
	// UNPIVOT.
	OtherIDs, ExcludeNulls bool
}

// With gives names to relations for use inside Input: common table expressions, and the DataFrames of spark.sql("… {df} …").
type With struct {
	Input Relation
	Named []NamedRelation
}

// NamedRelation is one name of a With.
type NamedRelation struct {
	Name    string
	Columns []string
	Plan    Relation
}

// FillNulls replaces nulls: df.na.fill. One value for each of Columns, or a single one for all of them; without Columns,
// for every column of a fitting type.
type FillNulls struct {
	Input   Relation
	Columns []string
	Values  []Literal
}

// DropNulls leaves out rows with fewer than MinNonNull values among Columns (all when empty); nil means all must be there.
type DropNulls struct {
	Input      Relation
	Columns    []string
	MinNonNull *int
}

// Replacement is one pair of df.na.replace.
type Replacement struct{ From, To Literal }

// ReplaceValues replaces values in Columns (all of a fitting type when empty).
type ReplaceValues struct {
	Input        Relation
	Columns      []string
	Replacements []Replacement
}

// Describe is df.describe (count, mean, stddev, min, max) and df.summary; Statistics empty means the default of the kind.
type Describe struct {
	Input      Relation
	Columns    []string
	Statistics []string
	Summary    bool
}

// ToSchema makes the columns those of Schema: by name, cast where that loses nothing.
type ToSchema struct {
	Input  Relation
	Schema types.Struct
}

func (WithID) relation()             {}
func (DataSource) relation()         {}
func (NamedTable) relation()         {}
func (TableFunction) relation()      {}
func (LocalData) relation()          {}
func (Values) relation()             {}
func (OneRow) relation()             {}
func (Range) relation()              {}
func (Project) relation()            {}
func (Filter) relation()             {}
func (Join) relation()               {}
func (SetOperation) relation()       {}
func (Sort) relation()               {}
func (Limit) relation()              {}
func (Offset) relation()             {}
func (Tail) relation()               {}
func (Aggregate) relation()          {}
func (Distinct) relation()           {}
func (Deduplicate) relation()        {}
func (SubqueryAlias) relation()      {}
func (WithColumns) relation()        {}
func (WithColumnsRenamed) relation() {}
func (Drop) relation()               {}
func (ToDF) relation()               {}
func (Hint) relation()               {}
func (Repartition) relation()        {}
func (Sample) relation()             {}
func (Generate) relation()           {}
func (Unpivot) relation()            {}
func (With) relation()               {}
func (FillNulls) relation()          {}
func (DropNulls) relation()          {}
func (ReplaceValues) relation()      {}
func (Describe) relation()           {}
func (ToSchema) relation()           {}

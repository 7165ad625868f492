package typed

import (
	"maps"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/hfspark/hfspark/source"
)

// Node is a node of the analyzed plan.
type Node interface {
	// Output lists the columns of the node's rows, in order.
	Output() []Column
	// Inputs lists the nodes it reads.
	Inputs() []Node
}

// Scan reads a table of the data source. Columns[i] is the table's column Fields[i] (a position in Table.Schema). Prune,
// Members and Limit are hints that pushdown leaves for the reader: files and row groups that cannot match may be passed
// over, of nested columns with Members all but those may come as null, rows beyond Limit (0: none) need not be fetched; the
// plan above still filters and limits.
type Scan struct {
	Table   *source.Table
	Columns []Column
	Fields  []int
	Prune   source.Predicate // or nil
	Members map[ColumnID][]source.Member
	Limit   int64
	// Later tells people what else it will be pruned by when the query runs.
	Later []string
	// Extremes says that nothing but the least and greatest values of the columns matters.
	Extremes bool
	// Counts says beside Extremes that the number of rows, and of the values that are not null, matters as well. Of the columns in
	// Present nothing else does.
	Counts  bool
	Present map[ColumnID]bool
}

// Request is what the scan wants of its table, as far as the plan tells.
func (n *Scan) Request() source.Request {
	r := source.Request{Prune: n.Prune, Limit: n.Limit, Extremes: n.Extremes, Counts: n.Counts}
	whole := map[string]bool{}
	for i, c := range n.Columns {
		name := n.Table.Schema.Field(n.Fields[i]).Name
		if !slices.Contains(r.Columns, name) {
			r.Columns = append(r.Columns, name)
		}
		if n.Present[c.ID] {
			r.Present = append(r.Present, name)
		}
		members := n.Members[c.ID]
		whole[name] = whole[name] || len(members) == 0
		if r.Members == nil {
			r.Members = map[string][]source.Member{}
		}
		r.Members[name] = append(slices.Clone(r.Members[name]), members...)
	}
	maps.DeleteFunc(r.Members, func(name string, _ []source.Member) bool { return whole[name] })
	return r
}

// LocalData is rows that came with the plan; its columns have the records' positions.
type LocalData struct {
	Records []arrow.RecordBatch
	Columns []Column
	Fields  []int // Columns[i] is the records' column Fields[i]
}

// Values is rows of constant expressions; no rows and no columns are both allowed.
type Values struct {
	Rows    [][]Expression
	Columns []Column
}

// Range is the numbers from Start (included) to End (excluded) by Step.
type Range struct {
	Start, End, Step int64
	Column           Column
}

// Item is a computed column.
type Item struct {
	Column     Column
	Expression Expression
}

// Project computes Items for each row.
type Project struct {
	Input Node
	Items []Item
}

// Filter keeps the rows for which Condition is true.
type Filter struct {
	Input     Node
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

// Join combines two nodes. Output is the left columns and, but for semi and anti joins, the right ones; Columns holds them
// with the nullability that the join gives them.
type Join struct {
	Left, Right Node
	Type        JoinType
	Condition   Expression // or nil
	Columns     []Column
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

// SetOperation combines rows by position; the inputs' types agree. Columns are new ones.
type SetOperation struct {
	Left, Right Node
	Operator    SetOperator
	All         bool
	Columns     []Column
}

// Sort orders the rows.
type Sort struct {
	Input Node
	Order []Order
}

// Limit passes over Offset rows and keeps at most Count of the rest; Count < 0 keeps all.
type Limit struct {
	Input         Node
	Count, Offset int64
}

// Tail keeps the last Count rows.
type Tail struct {
	Input Node
	Count int64
}

// Aggregate groups by Grouping and computes Items, whose expressions contain aggregate calls and references to columns of
// Grouping. Sets, when not nil, lists the grouping sets as positions in Grouping; GroupingID, when not nil, is the column
// with Spark's grouping_id of each row.
type Aggregate struct {
	Input      Node
	Grouping   []Item // grouping expressions, each as a column that Items may refer to
	Sets       [][]int
	GroupingID *Column
	Items      []Item
}

// Distinct removes duplicate rows.
type Distinct struct{ Input Node }

// Deduplicate keeps any one row of each set that agrees on Keys.
type Deduplicate struct {
	Input Node
	Keys  []Column
}

// Generate adds the columns that Generator (a call of a generator function) makes of each row; Outer keeps rows for which
// it makes none.
type Generate struct {
	Input     Node
	Generator Call
	Outer     bool
	Columns   []Column
}

// Sample keeps rows at random.
type Sample struct {
	Input           Node
	Lower, Upper    float64
	WithReplacement bool
	Seed            *int64
}

// Output implements Node.
func (n *Scan) Output() []Column { return n.Columns }

// Inputs implements Node.
func (n *Scan) Inputs() []Node { return nil }

// Output implements Node.
func (n *LocalData) Output() []Column { return n.Columns }

// Inputs implements Node.
func (n *LocalData) Inputs() []Node { return nil }

// Output implements Node.
func (n *Values) Output() []Column { return n.Columns }

// Inputs implements Node.
func (n *Values) Inputs() []Node { return nil }

// Output implements Node.
func (n *Range) Output() []Column { return []Column{n.Column} }

// Inputs implements Node.
func (n *Range) Inputs() []Node { return nil }

// Output implements Node.
func (n *Project) Output() []Column { return itemColumns(n.Items) }

// Inputs implements Node.
func (n *Project) Inputs() []Node { return []Node{n.Input} }

// Output implements Node.
func (n *Filter) Output() []Column { return n.Input.Output() }

// Inputs implements Node.
func (n *Filter) Inputs() []Node { return []Node{n.Input} }

// Output implements Node.
func (n *Join) Output() []Column { return n.Columns }

// Inputs implements Node.
func (n *Join) Inputs() []Node { return []Node{n.Left, n.Right} }

// Output implements Node.
func (n *SetOperation) Output() []Column { return n.Columns }

// Inputs implements Node.
func (n *SetOperation) Inputs() []Node { return []Node{n.Left, n.Right} }

// Output implements Node.
func (n *Sort) Output() []Column { return n.Input.Output() }

// Inputs implements Node.
func (n *Sort) Inputs() []Node { return []Node{n.Input} }

// Output implements Node.
func (n *Limit) Output() []Column { return n.Input.Output() }

// Inputs implements Node.
func (n *Limit) Inputs() []Node { return []Node{n.Input} }

// Output implements Node.
func (n *Tail) Output() []Column { return n.Input.Output() }

// Inputs implements Node.
func (n *Tail) Inputs() []Node { return []Node{n.Input} }

// Output implements Node.
func (n *Aggregate) Output() []Column { return itemColumns(n.Items) }

// Inputs implements Node.
func (n *Aggregate) Inputs() []Node { return []Node{n.Input} }

// Output implements Node.
func (n *Distinct) Output() []Column { return n.Input.Output() }

// Inputs implements Node.
func (n *Distinct) Inputs() []Node { return []Node{n.Input} }

// Output implements Node.
func (n *Deduplicate) Output() []Column { return n.Input.Output() }

// Inputs implements Node.
func (n *Deduplicate) Inputs() []Node { return []Node{n.Input} }

// Output implements Node.
func (n *Generate) Output() []Column {
	return append(append([]Column(nil), n.Input.Output()...), n.Columns...)
}

// Inputs implements Node.
func (n *Generate) Inputs() []Node { return []Node{n.Input} }

// Output implements Node.
func (n *Sample) Output() []Column { return n.Input.Output() }

// Inputs implements Node.
func (n *Sample) Inputs() []Node { return []Node{n.Input} }

func itemColumns(items []Item) []Column {
	columns := make([]Column, len(items))
	for i, item := range items {
		columns[i] = item.Column
	}
	return columns
}

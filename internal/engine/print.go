package engine

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/hfspark/hfspark/internal/plan/function"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
)

// statement is a plan as SQL for DuckDB.
type statement struct {
	sql   string // with marks where the numbers of scans belong
	scans []scanSpec
}

// text is the SQL with the numbers of running scans, or where there are none, of the scans' places.
func (s *statement) text(scans []*scanTable) string {
	pairs := make([]string, 0, 2*len(s.scans))
	for i := range s.scans {
		id := int64(i + 1)
		if i < len(scans) {
			id = scans[i].id
		}
		pairs = append(pairs, scanMark(i), strconv.FormatInt(id, 10))
	}
	return strings.NewReplacer(pairs...).Replace(s.sql)
}

// scanMark stands for the number of a scan. No other SQL has a NUL.
func scanMark(i int) string { return fmt.Sprintf("\x00%d\x00", i) }

// printPlan makes the SQL of a plan. Each node becomes a SELECT of its own, or a part of its parent's where SQL's order of
// evaluation allows it; all but the outermost are common table expressions, since DuckDB's parser does not nest deeply.
// Columns are called c and their number. The outermost SELECT casts each column to the DuckDB type of its Spark type.
func printPlan(plan typed.Node, threads int) (*statement, error) {
	p := &printer{threads: threads, paths: pathsOnly(plan)}
	from, err := p.relation(plan, true)
	if err != nil {
		return nil, err
	}
	output := plan.Output()
	items := make([]string, len(output))
	for i, c := range output {
		items[i] = fmt.Sprintf("CAST(%s AS %s) AS r%d", columnName(c.ID), function.DuckDBType(c.Type), i)
	}
	if len(items) == 0 {
		items = []string{"TRUE"}
	}
	text := "SELECT " + strings.Join(items, ", ") + " FROM " + from
	if len(p.tables) > 0 {
		text = "WITH " + strings.Join(p.tables, ",\n") + "\n" + text
	}
	return &statement{text, p.scans}, nil
}

// schemaOf is the schema of a plan's output.
func schemaOf(plan typed.Node) types.Struct {
	output := plan.Output()
	fields := make([]types.Field, len(output))
	for i, c := range output {
		fields[i] = types.Field{Name: c.Name, Type: c.Type, Nullable: c.Nullable, Metadata: []byte(c.Metadata)}
	}
	return types.Struct{Fields: fields}
}

type printer struct {
	threads int
	scans   []scanSpec
	tables  []string // common table expressions
	names   int
	limits  int                       // how many limits are above what is printed
	nested  int                       // how many subqueries enclose what is printed: those have no table expressions
	paths   map[typed.ColumnID]bool   // columns of files of which the path alone is used
	texts   map[typed.ColumnID]string // columns that stand for other texts than their names
}

// selection is a SELECT in the making: its clauses are taken up from nested nodes in the order of their evaluation.
type selection struct {
	distinct string
	items    []string // nil: all columns
	from     string
	where    string
	tail     string // GROUP BY and the like, complete
	order    string
	limit    string
}

func (s *selection) String() string {
	items := "*"
	if s.items != nil {
		items = strings.Join(s.items, ", ")
	}
	text := "SELECT " + s.distinct + items
	if s.from != "" {
		text += " FROM " + s.from
	}
	if s.where != "" {
		text += " WHERE " + s.where
	}
	return text + s.tail + s.order + s.limit
}

// open reports whether nothing but a condition has been taken up yet.
func (s *selection) open() bool {
	return s.items == nil && s.distinct == "" && s.tail == "" && s.order == "" && s.limit == ""
}

// bare reports whether a selection is all of a relation.
func (s *selection) bare() bool { return s.open() && s.where == "" && s.from != "" }

func (p *printer) name() string {
	p.names++
	return "q" + strconv.Itoa(p.names)
}

// relation prints a node for use behind FROM. Ordered asks for its rows in their order, if it has one.
func (p *printer) relation(n typed.Node, ordered bool) (string, error) {
	s, err := p.selection(n, ordered)
	if err != nil {
		return "", err
	}
	return p.wrap(s), nil
}

// wrap makes a selection a relation with a name.
func (p *printer) wrap(s *selection) string {
	if s.bare() {
		return s.from
	}
	name := p.name()
	if p.nested > 0 {
		return "(" + s.String() + ") AS " + name
	}
	p.tables = append(p.tables, name+" AS NOT MATERIALIZED ("+s.String()+")")
	return name
}

// openSelection prints a node as a selection that can take up more clauses.
func (p *printer) openSelection(n typed.Node, ordered bool) (*selection, error) {
	s, err := p.selection(n, ordered)
	if err != nil || s.open() {
		return s, err
	}
	return &selection{from: p.wrap(s)}, nil
}

// subquery prints a plan inside an expression or behind LATERAL, where it may refer to columns of the query around it.
func (p *printer) subquery(n typed.Node) (string, error) {
	p.nested++
	defer func() { p.nested-- }()
	from, err := p.relation(n, false)
	if err != nil {
		return "", err
	}
	return "SELECT " + strings.Join(names(n.Output()), ", ") + " FROM " + from, nil
}

// names lists the columns, or something in place of none.
func names(columns []typed.Column) []string {
	if len(columns) == 0 {
		return []string{"TRUE AS " + noColumn}
	}
	list := make([]string, len(columns))
	for i, c := range columns {
		list[i] = columnName(c.ID)
	}
	return list
}

// items prints computed columns.
func (p *printer) items(items []typed.Item) ([]string, error) {
	if len(items) == 0 {
		return names(nil), nil
	}
	texts := make([]string, len(items))
	for i, item := range items {
		text, err := p.expression(item.Expression)
		if err != nil {
			return nil, err
		}
		texts[i] = text
		if name := columnName(item.Column.ID); text != name {
			texts[i] += " AS " + name
		}
	}
	return texts, nil
}

package engine

import (
	"fmt"
	"strings"

	"github.com/hfspark/hfspark/internal/plan/function"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/source"
)

// Explanation tells how a plan would run.
type Explanation struct {
	// SQL is what DuckDB would be asked. The scans stand in it as hf_scan(1), hf_scan(2) and so on.
	SQL   string
	Scans []ScanPlan
}

// ScanPlan tells what a scan would read.
type ScanPlan struct {
	Columns []string // of the repository, in the order in which they are read
	// Repository, Commit and Split name the table; they are empty for rows that came with the plan.
	Repository, Commit, Split string
	Files                     int   // data files
	Bytes                     int64 // of those, before columns and row groups are left out
	Filters                   string
	Prune                     string // what files and row groups must be able to match
	Limit                     int64  // rows after which reading stops; 0 is none
	Ordered                   bool   // whether rows are handed on in the order of the files
	Rows                      int64  // of local rows
}

// Explain tells how a plan would run, without reading anything.
func (e *Engine) Explain(plan typed.Node) (Explanation, error) {
	statement, err := printPlan(plan, e.config.Threads)
	if err != nil {
		return Explanation{}, err
	}
	explanation := Explanation{SQL: statement.text(nil)}
	for _, spec := range statement.scans {
		described, err := spec.describe()
		if err != nil {
			return Explanation{}, err
		}
		explanation.Scans = append(explanation.Scans, described)
	}
	return explanation, nil
}

func (s scanSpec) describe() (ScanPlan, error) {
	p := ScanPlan{Limit: s.limit, Ordered: s.ordered}
	if s.table == nil {
		for _, c := range s.columns {
			p.Columns = append(p.Columns, c.Name)
		}
		for _, r := range s.records {
			p.Rows += r.NumRows()
		}
		return p, nil
	}
	for _, at := range s.fields {
		p.Columns = append(p.Columns, s.table.Schema.Field(at).Name)
	}
	if s.table.Resolution != nil {
		p.Repository, p.Commit = s.table.Resolution.Repository, s.table.Resolution.Commit
	}
	p.Split, p.Files = s.table.Split, s.table.Files()
	for _, partition := range s.table.Partitions {
		p.Bytes += partition.DataSize()
	}
	var err error
	if p.Filters, err = predicateText(s.table.Filters); err != nil {
		return p, err
	}
	p.Prune, err = predicateText(s.prune)
	return p, err
}

func predicateText(p source.Predicate) (string, error) {
	if p == nil {
		return "", nil
	}
	return source.SQL(p, function.QuoteName)
}

// String writes the explanation as text, a line a fact.
func (e Explanation) String() string {
	var text strings.Builder
	for i, s := range e.Scans {
		fmt.Fprintf(&text, "hf_scan(%d): %s\n", i+1, s)
	}
	text.WriteString(e.SQL)
	text.WriteByte('\n')
	return text.String()
}

// String writes the scan in one line.
func (s ScanPlan) String() string {
	columns := "columns [" + strings.Join(s.Columns, ", ") + "]"
	if s.Repository == "" && s.Files == 0 {
		return fmt.Sprintf("local rows %d, %s", s.Rows, columns)
	}
	parts := []string{fmt.Sprintf("%s@%.12s %s", s.Repository, s.Commit, s.Split), columns, fmt.Sprintf("files %d, bytes %d", s.Files, s.Bytes)}
	if s.Filters != "" {
		parts = append(parts, "filters "+s.Filters)
	}
	if s.Prune != "" {
		parts = append(parts, "pruned by "+s.Prune)
	}
	if s.Limit > 0 {
		parts = append(parts, fmt.Sprintf("limit %d", s.Limit))
	}
	if s.Ordered {
		parts = append(parts, "in order")
	}
	return strings.Join(parts, ", ")
}

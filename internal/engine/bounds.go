package engine

import (
	"fmt"

	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

const (
	// maxColumns is how many columns a query may need of a table. DuckDB's planner takes time by the square of that number, several
	// seconds at this bound and minutes soon behind it, and cannot be interrupted in it.
	maxColumns = 20_000
	// maxDepth is how many structs, lists and maps of a column's type may lie in each other. The SQL that decodes, casts and
	// compares such columns nests once or more for each, and DuckDB's expressions do so 1000 times at most.
	maxDepth = 100
)

// checkScan refuses the tables that DuckDB cannot plan a scan of.
func checkScan(n *typed.Scan) error {
	data := "the data set"
	if n.Table != nil && n.Table.Options.Path != "" {
		data = n.Table.Options.Path
	}
	if len(n.Columns) > maxColumns {
		e := sparkerror.Unsupported(fmt.Sprintf("reading %d columns of %s in one query", len(n.Columns), data),
			fmt.Sprintf("A query may need %d columns of a data set. Select fewer, or name those to read in the option columns (hfspark show --columns).", maxColumns))
		e.SQLState = "54011"
		return e
	}
	for _, c := range n.Columns {
		if depth := depthOf(c.Type); depth > maxDepth {
			e := sparkerror.Unsupported(fmt.Sprintf("reading column %s of %s, whose type nests %d deep,", sparkerror.QuoteName(c.Name), data, depth),
				fmt.Sprintf("Structs, lists and maps may nest %d deep. Select the other columns, or name them in the option columns (hfspark show --columns).", maxDepth))
			e.SQLState = "54000"
			return e
		}
	}
	return nil
}

// depthOf is how many structs, lists and maps of a type lie in each other.
func depthOf(t types.DataType) int {
	depth := 0
	switch t := t.(type) {
	case types.Array:
		depth = depthOf(t.Element)
	case types.Map:
		depth = max(depthOf(t.Key), depthOf(t.Value))
	case types.Struct:
		for _, f := range t.Fields {
			depth = max(depth, depthOf(f.Type))
		}
	default:
		return 0
	}
	return depth + 1
}

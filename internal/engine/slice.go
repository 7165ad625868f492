package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/hfspark/hfspark/internal/engine/duckdb"
	"github.com/hfspark/hfspark/internal/plan/function"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/source"
)

// slicePlan prints the query that decodes slices.
type slicePlan struct {
	columns []sliceColumn
	filters source.Predicate
	schema  *arrow.Schema // of the whole table, for the columns of filters
}

// sliceColumn is a column to decode: its name and type in the table, and the Spark type to give it.
type sliceColumn struct {
	name string
	from arrow.DataType
	to   types.DataType
}

// decode starts the query that decodes the slice at path.
func (p slicePlan) decode(ctx context.Context, c *duckdb.Connection, path string) (*duckdb.Rows, error) {
	file := "read_parquet(" + quote(path) + ")"
	present, err := c.Columns(ctx, "SELECT * FROM "+file)
	if err != nil {
		return nil, err
	}
	text, err := p.query(file, present)
	if err != nil {
		return nil, err
	}
	// Timestamps without a zone count from the epoch in UTC, whatever the session's zone.
	if err := c.Exec(ctx, "SET TimeZone = 'UTC'"); err != nil {
		return nil, err
	}
	return c.Query(ctx, text)
}

func (p slicePlan) query(file string, present []string) (string, error) {
	items := make([]string, len(p.columns))
	for i, column := range p.columns {
		text, err := column.sql(present)
		if err != nil {
			return "", err
		}
		items[i] = fmt.Sprintf("%s AS r%d", text, i)
	}
	if len(items) == 0 {
		items = []string{"NULL"}
	}
	text := "SELECT " + strings.Join(items, ", ") + " FROM " + file
	if p.filters == nil {
		return text, nil
	}
	var failed error
	condition, err := source.SQL(p.filters, func(name string) string {
		at := p.schema.FieldIndices(name)
		if len(at) == 0 {
			failed = fmt.Errorf("the filter names column %q, which the table does not have", name)
			return "NULL"
		}
		from := p.schema.Field(at[0]).Type
		to, err := types.FromArrowType(from)
		if err != nil {
			failed = fmt.Errorf("filtering by column %q: %w", name, err)
			return "NULL"
		}
		text, err := sliceColumn{name, from, to}.sql(present)
		if err != nil {
			failed = err
		}
		return text
	})
	if err == nil {
		err = failed
	}
	return text + " WHERE " + condition, err
}

// sql prints the column of a file with the columns present; a column that the file does not have is null.
func (c sliceColumn) sql(present []string) (string, error) {
	to := function.DuckDBType(c.to)
	name := c.name
	if !slices.Contains(present, name) {
		// DuckDB tells names apart without regard to case, and renames those that clash.
		clash := slices.ContainsFunc(present, func(p string) bool { return strings.EqualFold(p, name) })
		if clash {
			return "", fmt.Errorf("column %q: the file has columns whose names differ in case only; leave it out with the option columns", name)
		}
		return "CAST(NULL AS " + to + ")", nil
	}
	text := function.QuoteName(name)
	if duration, ok := c.from.(*arrow.DurationType); ok {
		by := map[arrow.TimeUnit]string{arrow.Second: " * 1000000", arrow.Millisecond: " * 1000", arrow.Nanosecond: " // 1000"}
		return "CAST(" + text + by[duration.Unit] + " AS BIGINT)", nil
	}
	return "CAST(" + text + " AS " + to + ")", nil
}

// quote writes a string constant of SQL.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

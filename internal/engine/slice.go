package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/hfspark/hfspark/internal/engine/duckdb"
	"github.com/hfspark/hfspark/internal/plan/function"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/source"
	"github.com/hfspark/hfspark/source/parquet"
	"github.com/hfspark/hfspark/source/predicate"
)

// slicePlan prints the query that decodes slices.
type slicePlan struct {
	columns []sliceColumn
	filters source.Predicate
	prune   source.Predicate // rows for which it is not true do not matter; it is about columns alone
	schema  *arrow.Schema    // of the whole table, for the columns of filters
}

// pruneBy sets which rows do not matter, as far as that can be told from the columns that are decoded anyway.
func (p *slicePlan) pruneBy(prune source.Predicate) {
	conditions, ok := prune.(source.And)
	if !ok && prune != nil {
		conditions = source.And{prune}
	}
	var kept source.And
	for _, c := range conditions {
		if p.cheap(c) {
			kept = append(kept, c)
		}
	}
	if len(kept) > 0 {
		p.prune = kept
	}
}

// longList is how many values of a list are compared with the values of every slice.
const longList = 32

// cheap says whether a condition is one on columns that are decoded anyway, that DuckDB evaluates fast for each slice. The plan above
// slices filters again.
func (p *slicePlan) cheap(condition source.Predicate) bool {
	ok := true
	predicate.Walk(condition, func(leaf source.Predicate) {
		ok = ok && p.decodes(predicate.Column(leaf)) && predicate.Fields(leaf) == nil
		switch leaf := leaf.(type) {
		case source.Compare:
			_, decimal := leaf.Value.(source.DecimalValue)
			ok = ok && !decimal
		case source.In:
			ok = ok && len(leaf.Values) <= longList &&
				!slices.ContainsFunc(leaf.Values, func(v any) bool { _, decimal := v.(source.DecimalValue); return decimal })
		}
	})
	return ok
}

func (p *slicePlan) decodes(name string) bool {
	return slices.ContainsFunc(p.columns, func(c sliceColumn) bool { return c.name == name })
}

// sliceColumn is a column to decode: its name and type in the table, and the Spark type to give it.
type sliceColumn struct {
	name string
	from arrow.DataType
	to   types.DataType
}

// The settings of connections that differ between uses.
const (
	zoneSetting      = "time zone"
	optimizerSetting = "optimizer"
)

// decode starts the query that decodes slices of one layout, one after the other. A single slice may have rows that do not count.
func (p slicePlan) decode(ctx context.Context, c *duckdb.Connection, pieces []*source.Piece) (*duckdb.Stream, error) {
	// Timestamps without a zone count from the epoch in UTC, whatever the session's zone.
	if err := c.Setting(ctx, zoneSetting, "SET TimeZone = 'UTC'"); err != nil {
		return nil, err
	}
	// Without conditions there is nothing to optimize: the columns of a slice are those that are read.
	optimizer := "PRAGMA enable_optimizer"
	if p.filters == nil && p.prune == nil {
		optimizer = "PRAGMA disable_optimizer"
	}
	if err := c.Setting(ctx, optimizerSetting, optimizer); err != nil {
		return nil, err
	}
	path := quote(pieces[0].Slice.Path())
	file := "read_parquet(" + path + ")"
	from := file
	switch keep := pieces[0].Keep; {
	case keep != nil:
		from = keptRows(path, keep)
	case len(pieces) > 1:
		for _, piece := range pieces[1:] {
			path += ", " + quote(piece.Slice.Path())
		}
		from = "read_parquet([" + path + "])"
	}
	text, err := p.query(from, p.has)
	if err != nil {
		return nil, err
	}
	rows, err := c.Stream(ctx, p.names(), "FROM ("+text+")")
	var duck *duckdb.Error
	if !errors.As(err, &duck) || duck.Kind != duckdb.Binding {
		return rows, err
	}
	// Slices have the columns that were asked for, as a rule.
	present, err := c.Columns(ctx, "SELECT * FROM "+file)
	if err != nil {
		return nil, err
	}
	if text, err = p.query(from, func(name string) bool { return slices.Contains(present, name) }); err != nil {
		return nil, err
	}
	return c.Stream(ctx, p.names(), "FROM ("+text+")")
}

// keptRows is a relation of some rows of the Parquet file at a path, which is quoted.
func keptRows(path string, keep []parquet.RowRange) string {
	conditions := make([]string, len(keep))
	for i, r := range keep {
		conditions[i] = fmt.Sprintf("file_row_number >= %d AND file_row_number < %d", r.From, r.To)
	}
	return "(SELECT * EXCLUDE (file_row_number) FROM read_parquet(" + path + ", file_row_number = true) WHERE (" +
		strings.Join(conditions, ") OR (") + "))"
}

// names lists the columns of the query.
func (p slicePlan) names() string {
	names := make([]string, max(1, len(p.columns)))
	for i := range names {
		names[i] = "r" + strconv.Itoa(i)
	}
	return strings.Join(names, ", ")
}

// has reports whether the table has a column.
func (p slicePlan) has(name string) bool { return p.schema.HasField(name) }

// unclear says whether DuckDB cannot tell columns apart in a Parquet file, or name them: it ignores case, and has no empty names.
func (p slicePlan) unclear() bool {
	names := source.Columns(p.filters)
	for _, c := range p.columns {
		names = append(names, c.name)
	}
	return slices.Contains(names, "") || clash(names)
}

// clash says whether different names differ in case only.
func clash(names []string) bool {
	seen := make(map[string]string, len(names))
	for _, name := range names {
		lower := strings.ToLower(name)
		if other, ok := seen[lower]; ok && other != name {
			return true
		}
		seen[lower] = name
	}
	return false
}

func (p slicePlan) query(file string, has func(string) bool) (string, error) {
	items := make([]string, len(p.columns))
	for i, column := range p.columns {
		items[i] = column.sql(has)
		if column.to == types.String || column.to == types.Binary {
			items[i] = duckdb.Referring(items[i])
		}
		items[i] += " AS r" + strconv.Itoa(i)
	}
	if len(items) == 0 {
		items = []string{"NULL AS r0"}
	}
	text := "SELECT " + strings.Join(items, ", ") + " FROM " + file
	var conditions source.And
	for _, c := range []source.Predicate{p.filters, p.prune} {
		if c != nil {
			conditions = append(conditions, c)
		}
	}
	if len(conditions) == 0 {
		return text, nil
	}
	var failed error
	condition, err := source.SQL(conditions, func(name string) string {
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
		return sliceColumn{name, from, to}.sql(has)
	})
	if err == nil {
		err = failed
	}
	return text + " WHERE " + condition, err
}

// sql prints the column of a file; a column that the file does not have is null.
func (c sliceColumn) sql(has func(string) bool) string {
	to := function.DuckDBType(c.to)
	if !has(c.name) {
		return "CAST(NULL AS " + to + ")"
	}
	text := function.QuoteName(c.name)
	if duration, ok := c.from.(*arrow.DurationType); ok {
		by := map[arrow.TimeUnit]string{arrow.Second: " * 1000000", arrow.Millisecond: " * 1000", arrow.Nanosecond: " // 1000"}
		return c.whole(text, "CAST("+text+by[duration.Unit]+" AS BIGINT)")
	}
	return c.whole("TRY(epoch_ns("+text+"))", "CAST("+text+" AS "+to+")")
}

// whole prints value, or for a column of nanoseconds an error where those are no whole microseconds.
func (c sliceColumn) whole(nanoseconds, value string) string {
	if !isNanoseconds(c.from) {
		return value
	}
	message := fmt.Sprintf("column %s: a value of type %s: %s", c.name, c.from, duckdb.ErrNanoseconds)
	return "CASE WHEN " + nanoseconds + " % 1000 <> 0 THEN error(" + quote(message) + ") ELSE " + value + " END"
}

func isNanoseconds(t arrow.DataType) bool {
	unit, ok := t.(arrow.TemporalWithUnit)
	return ok && unit.TimeUnit() == arrow.Nanosecond
}

// loses reports whether DuckDB loses or refuses values of a type while it decodes Parquet: long decimals, nanoseconds with a time zone
// or within other types, where it cuts them to microseconds, and members of structs whose names differ in case only.
func loses(t arrow.DataType, nested bool) bool {
	switch t := t.(type) {
	case *arrow.TimestampType:
		return t.Unit == arrow.Nanosecond && (nested || t.TimeZone != "")
	case *arrow.Time64Type, *arrow.DurationType:
		return nested && isNanoseconds(t)
	case *arrow.Decimal256Type:
		return t.Precision > 38
	case *arrow.StructType:
		names := make([]string, t.NumFields())
		for i, f := range t.Fields() {
			names[i] = f.Name
		}
		return clash(names) || slices.Contains(names, "") || slices.ContainsFunc(t.Fields(), func(f arrow.Field) bool { return loses(f.Type, true) })
	case *arrow.MapType:
		return loses(t.KeyType(), true) || loses(t.ItemType(), true)
	case arrow.ListLikeType:
		return loses(t.Elem(), true)
	}
	return false
}

// quote writes a string constant of SQL.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

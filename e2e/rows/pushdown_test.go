package rows

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"github.com/hfspark/hfspark/hub/localhub"
	"github.com/hfspark/hfspark/internal/engine"
	"github.com/hfspark/hfspark/internal/plan/analyzer"
	"github.com/hfspark/hfspark/internal/plan/pushdown"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/sqltext"
	"github.com/hfspark/hfspark/source"
)

// tables opens repositories of a Hub in a folder.
type tables struct {
	source   *source.Source
	endpoint string
}

func (t tables) Table(ctx context.Context, _ string, raw map[string]string, paths []string) (*source.Table, error) {
	o, err := source.ParseOptions(raw, paths)
	if err != nil {
		return nil, err
	}
	o.Endpoint = t.endpoint
	return t.source.Table(ctx, o)
}

var fields = []arrow.Field{
	{Name: "id", Type: arrow.PrimitiveTypes.Int64, Nullable: true},
	{Name: "n", Type: arrow.PrimitiveTypes.Int32, Nullable: true},
	{Name: "x", Type: arrow.PrimitiveTypes.Float64, Nullable: true},
	{Name: "text", Type: arrow.BinaryTypes.String, Nullable: true},
	{Name: "ok", Type: arrow.FixedWidthTypes.Boolean, Nullable: true},
	{Name: "day", Type: arrow.FixedWidthTypes.Date32, Nullable: true},
	{Name: "at", Type: arrow.FixedWidthTypes.Timestamp_us, Nullable: true},
}

// write makes a Parquet file of small row groups, with nulls, NaN, and values that come sorted, alone or at random.
func write(t *testing.T, path string, r *rand.Rand, first int64) {
	t.Helper()
	schema := arrow.NewSchema(fields, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	for i := range int64(100) {
		row := first + i
		b.Field(0).(*array.Int64Builder).Append(row)
		b.Field(1).(*array.Int32Builder).Append(int32(row / 20))
		b.Field(2).(*array.Float64Builder).Append([]float64{float64(i) / 4, math.NaN(), -float64(i), 0}[r.IntN(4)])
		b.Field(3).(*array.StringBuilder).Append(fmt.Sprintf("%c%d", 'a'+row/50, r.IntN(30)))
		b.Field(4).(*array.BooleanBuilder).Append(row/25%2 == 0)
		b.Field(5).(*array.Date32Builder).Append(arrow.Date32(row))
		b.Field(6).(*array.TimestampBuilder).Append(arrow.Timestamp(row * 3_600_000_000))
		for _, field := range b.Fields() {
			if r.IntN(12) == 0 {
				setNull(field)
			}
		}
	}
	batch := b.NewRecordBatch()
	defer batch.Release()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	writer, err := pqarrow.NewFileWriter(schema, file, parquet.NewWriterProperties(parquet.WithMaxRowGroupLength(20)), pqarrow.DefaultWriterProps())
	if err != nil {
		t.Fatal(err)
	}
	if err := writer.Write(batch); err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
}

// setNull replaces the last value of a builder by null.
func setNull(b array.Builder) {
	last := b.Len() - 1
	b.Resize(last)
	b.AppendNull()
}

// condition makes a condition at random.
func condition(r *rand.Rand, depth int) string {
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	comparison := pick("=", "<", "<=", ">", ">=", "<>", "<=>")
	if depth > 0 {
		switch r.IntN(4) {
		case 0:
			return "(" + condition(r, depth-1) + " and " + condition(r, depth-1) + ")"
		case 1:
			return "(" + condition(r, depth-1) + " or " + condition(r, depth-1) + ")"
		case 2:
			return "not (" + condition(r, depth-1) + ")"
		}
	}
	column := pick("id", "n", "x", "text", "ok", "day", "at")
	switch r.IntN(8) {
	case 0:
		return column + pick(" is null", " is not null")
	case 1:
		return pick("text like 'b%'", "text like 'c1_'", "text like 'a7'", "text not like 'a%'", "startswith(text, 'd')", "ok", "not ok")
	case 2:
		return fmt.Sprintf("%s %s (%d, %d%s)", pick("id", "n", "x"), pick("in", "not in"), r.IntN(300), r.IntN(15), pick("", "", ", null"))
	case 3:
		return fmt.Sprintf("%d %s %s", r.IntN(300), comparison, pick("id", "n", "x"))
	}
	switch column {
	case "id", "n", "x":
		return fmt.Sprintf("%s %s %s", column, comparison, pick(fmt.Sprint(r.IntN(300)), fmt.Sprint(r.IntN(15)), fmt.Sprintf("%d.5", r.IntN(20)), "-3", "2e0", "null"))
	case "text":
		return fmt.Sprintf("text %s '%s'", comparison, pick("a", "b2", "c15", "f"))
	case "ok":
		return "ok " + pick("=", "<>", "<=>") + pick(" true", " false")
	case "day":
		return fmt.Sprintf("day %s date_from_unix_date(%d)", comparison, r.IntN(300))
	}
	return fmt.Sprintf("%s %s timestamp'1970-01-%02d 00:00:00'", column, comparison, 1+r.IntN(14))
}

// TestPushdownKeepsRows compares the rows of queries on Parquet files as they are analyzed with those that pushdown leaves to
// the scans.
func TestPushdownKeepsRows(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	folder := filepath.Join(root, "acme", "data")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	for i := range int64(3) {
		write(t, filepath.Join(folder, fmt.Sprintf("train-%d.parquet", i)), r, i*100)
	}
	server, err := localhub.Start(t.Context(), localhub.Options{Root: root, Listen: "127.0.0.1:0", StorageListen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	reader := source.New(source.Config{})
	e, err := engine.Open(t.Context(), engine.Config{Source: reader, Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	settings := analyzer.Options{ANSI: true, TimeZone: "UTC", Tables: tables{reader, server.URL()}}
	templates := []string{
		"select * from $ where %s",
		"select count(*) from $ where %s",
		"select id, k from (select id, n as k, x, text, ok, day, at, n from $) where %s",
		"select n, c from (select n, count(*) c, max(id) id, max(x) x, max(text) text, max(ok) ok, max(day) day, max(at) at from $ group by n) where %s",
		"select a.id, b.n from $ a left join (select id, n from $ where %s) b on a.id = b.id",
		"select id, n from $ where exists (select 1 from $ b where b.id = 7) and %s",
		"select * from (select * from $ union all select * from $) where %s",
		"select * from (select *, row_number() over (order by id nulls last, n, at, day) r from $) where %s",
		"select id from (select distinct * from $) where %s",
		"select * from (select * from $ limit 150) where %s",
		"select id from $ where %s limit 7",
		"select id from $ where %s order by id limit 7",
	}
	pruned, filled := 0, 0
	for i := range 300 {
		text := fmt.Sprintf(templates[i%len(templates)], condition(r, 2))
		t.Run(text, func(t *testing.T) {
			relation, err := sqltext.ParseQuery(strings.ReplaceAll(text, "$", "hf('acme/data')"), sqltext.Parameters{})
			if err != nil {
				t.Fatal(err)
			}
			node, err := analyzer.Analyze(t.Context(), relation, settings)
			if err != nil {
				t.Fatal(err)
			}
			optimized := pushdown.Optimize(node)
			want, got := lines(t, e, node), lines(t, e, optimized)
			if strings.Contains(typed.String(optimized), "prune:") {
				pruned++
			}
			if len(want) > 4 {
				filled++
			}
			if !slices.Equal(want, got) {
				t.Errorf("%d lines of\n%s, want %d\n%s", len(got), strings.Join(got, "\n"), len(want), typed.String(optimized))
			}
		})
	}
	if pruned < 100 || filled < 100 {
		t.Errorf("of 300 queries %d prune and %d have rows: too few to tell", pruned, filled)
	}
	t.Logf("of 300 queries %d prune and %d have rows", pruned, filled)
}

func lines(t *testing.T, e *engine.Engine, node typed.Node) []string {
	t.Helper()
	table, err := shown(t.Context(), e, node)
	if err != nil {
		t.Fatal(err)
	}
	return sorted(table)
}

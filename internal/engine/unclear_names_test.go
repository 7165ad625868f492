package engine

import (
	"bytes"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/source"
)

// TestNamesThatDuckDBConfuses reads Parquet columns and members whose names differ in case only, and ones without a name.
func TestNamesThatDuckDBConfuses(t *testing.T) {
	t.Parallel()
	number := func(name string) arrow.Field {
		return arrow.Field{Name: name, Type: arrow.PrimitiveTypes.Int64, Nullable: true}
	}
	pair := arrow.StructOf(number("a"), number("A"))
	for name, c := range map[string]struct {
		fields     []arrow.Field
		rows, want string
	}{
		"members":          {[]arrow.Field{{Name: "s", Type: pair, Nullable: true}}, `{"s":{"a":1,"A":2}}`, `{"A":2,"a":1}`},
		"members of lists": {[]arrow.Field{{Name: "l", Type: arrow.ListOf(pair), Nullable: true}}, `{"l":[{"a":1,"A":2},{"a":3,"A":4}]}`, `[{"A":2,"a":1},{"A":4,"a":3}]`},
		"columns":          {[]arrow.Field{number("a"), number("A")}, `{"a":1,"A":2}`, "1 2"},
		"other letters":    {[]arrow.Field{number("é"), number("É")}, `{"é":1,"É":2}`, "1 2"},
		"no name":          {[]arrow.Field{number(""), number("a")}, `{"":1,"a":2}`, "1 2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			schema := arrow.NewSchema(c.fields, nil)
			batch, _, err := array.RecordFromJSON(memory.DefaultAllocator, schema, strings.NewReader("["+c.rows+"]"))
			if err != nil {
				t.Fatal(err)
			}
			defer batch.Release()
			var b bytes.Buffer
			w, err := pqarrow.NewFileWriter(schema, &b, nil, pqarrow.DefaultWriterProps())
			if err != nil {
				t.Fatal(err)
			}
			if err := w.Write(batch); err != nil {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			hub := httptest.NewServer(&mutationServer{name: "a.parquet", content: b.Bytes()})
			defer hub.Close()
			n := &typed.Scan{Table: &source.Table{Schema: schema, Partitions: []source.Partition{{
				Endpoint: hub.URL, Repository: "t/m", Commit: mutationCommit, Path: "a.parquet", Size: int64(b.Len()), Format: "parquet",
				Schema: source.Schema{Schema: schema},
			}}}}
			converted, err := types.FromArrow(schema)
			if err != nil {
				t.Fatal(err)
			}
			for i, f := range converted.Fields {
				n.Columns = append(n.Columns, typed.Column{ID: typed.ColumnID(i + 1), Name: f.Name, Type: f.Type, Nullable: true})
				n.Fields = append(n.Fields, i)
			}
			e := openEngine(t, Config{Source: source.New(source.Config{Endpoint: hub.URL})})
			wantLines(t, mustRun(t, e, n), c.want)
		})
	}
}

// Package rows compares the rows that plans give, from the text or the DataFrame to the table that show() prints, with those of
// Apache Spark.
package rows

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"google.golang.org/protobuf/proto"

	pb "github.com/hfspark/hfspark/internal/connect/connectpb"
	"github.com/hfspark/hfspark/internal/connect/convert"
	"github.com/hfspark/hfspark/internal/engine"
	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/plan/analyzer"
	"github.com/hfspark/hfspark/internal/plan/pushdown"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/show"
	"github.com/hfspark/hfspark/internal/sparkerror"
	"github.com/hfspark/hfspark/internal/sqltext"
)

// answer is what Apache Spark shows; e2e/golden/rows.py records it.
type answer struct {
	Query     string
	Plan      []byte // a DataFrame's, as PySpark sends it
	Shown     string
	Condition string // of the error instead
}

type catalog map[string]analyzer.View

func (c catalog) View(parts []string) (analyzer.View, bool) {
	v, ok := c[strings.ToLower(strings.Join(parts, "."))]
	return v, ok
}

func views(t *testing.T) catalog {
	t.Helper()
	text, err := os.ReadFile("testdata/views.sql")
	if err != nil {
		t.Fatal(err)
	}
	made := catalog{}
	for line := range strings.Lines(string(text)) {
		statement, err := sqltext.ParseStatement(line, sqltext.Parameters{})
		if err != nil {
			t.Fatal(err)
		}
		view := statement.(sqltext.CreateView)
		made[view.Name[0]] = analyzer.View{Plan: view.Query}
	}
	return made
}

// TestRows runs each query as it is analyzed and as pushdown leaves it. Rows may come in another order. What the tables show
// must be the same, character for character.
func TestRows(t *testing.T) {
	t.Parallel()
	e, err := engine.Open(t.Context(), engine.Config{Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	settings := analyzer.Options{ANSI: true, TimeZone: "UTC", Catalog: views(t)}
	for _, name := range []string{"queries", "dataframes"} {
		data, err := os.ReadFile("testdata/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var answers []answer
		if err := json.Unmarshal(data, &answers); err != nil {
			t.Fatal(err)
		}
		for _, a := range answers {
			t.Run(a.Query, func(t *testing.T) {
				if reason, ok := differences[a.Query]; ok {
					t.Skip(reason)
				}
				relation, err := a.relation()
				if err != nil {
					t.Fatal(err)
				}
				node, err := analyzer.Analyze(t.Context(), relation, settings)
				if err != nil {
					a.compare(t, "analysis", "", err)
					return
				}
				for kind, node := range map[string]typed.Node{"analyzed": node, "optimized": pushdown.Optimize(node)} {
					got, err := shown(t.Context(), e, node)
					a.compare(t, kind, got, err)
				}
			})
		}
	}
}

func (a answer) relation() (plan.Relation, error) {
	if a.Plan == nil {
		return sqltext.ParseQuery(a.Query, sqltext.Parameters{})
	}
	sent := new(pb.Plan)
	if err := proto.Unmarshal(a.Plan, sent); err != nil {
		return nil, err
	}
	return convert.Relation(sent.GetRoot(), convert.Options{})
}

func shown(ctx context.Context, e *engine.Engine, node typed.Node) (string, error) {
	result, err := e.Run(ctx, engine.Query{Plan: node, TimeZone: "UTC"})
	if err != nil {
		return "", err
	}
	defer result.Close()
	var batches []arrow.RecordBatch
	for {
		batch, err := result.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", err
		}
		defer batch.Release()
		batches = append(batches, batch)
	}
	return show.Table(result.Schema(), batches, show.Options{Rows: 1000, TimeZone: "UTC"})
}

func (a answer) compare(t *testing.T, kind, got string, err error) {
	t.Helper()
	if a.Condition != "" {
		if found, ok := sparkerror.As(err); !ok || found.Condition != a.Condition {
			t.Errorf("%s: %v, Spark says %s", kind, err, a.Condition)
		}
		return
	}
	if err != nil {
		t.Errorf("%s: %v", kind, err)
		return
	}
	if !slices.Equal(sorted(got), sorted(a.Shown)) {
		t.Errorf("%s:\n%s\nSpark shows\n%s", kind, got, a.Shown)
	}
}

func sorted(table string) []string {
	lines := strings.Split(strings.TrimSpace(table), "\n")
	slices.Sort(lines)
	return lines
}

// differences are the queries whose rows differ from Spark's, with the reason.
var differences = map[string]string{
	"select struct()": "DuckDB has no struct without fields",
	"select array_sort(d, (l, r) -> l - r) from t":  "refused by name",
	"select cast(array(1) as array<string>) from t": "Spark forgets that the cast was written",
	"t.observe(\"o\", F.count(\"*\"))":              "observed metrics are refused by name",
	"t.groupBy(\"m\").count()":                      "Spark sorts the entries of the maps it groups by",
	"select date'2020-01-01' + 1, date'2020-01-01' - date'2019-01-01', ts - ts, ts + interval 1 day, -a, a||b from t":                                             intervals,
	"select interval 1 day, date'2020-01-01', timestamp'2020-01-01', X'1F', 1.0, 1e3, 1f, 'it''s', \"dq\", true, 2147483648, 99999999999999999999, 1Y, 1S from t": intervals,
	"select date'2020-01-01' - interval 1 day, ts - interval 1 day, ts - dt, dt - ts, dt - 1, interval 1 day * 2, interval 1 day + interval 2 hour from t":        intervals,
	"select make_interval(1), interval '1' year, interval 1 month from t":                                                                                         intervals,
	"t.selectExpr(\"ts + interval 1 day\", \"interval 1 day + ts\", \"dt + interval 1 day\", \"dt + 1\", \"1 + dt\", \"dt - dt\", \"ts - interval 1 hour\")":      intervals,
}

const intervals = "intervals of some fields, like INTERVAL '1' DAY, are shown with all of them"

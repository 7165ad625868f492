package analyzer_test

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/hfspark/hfspark/internal/plan/analyzer"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sparkerror"
	"github.com/hfspark/hfspark/internal/sqltext"
)

// answer is what Apache Spark says to a query; e2e/golden/analyzer.py records them.
type answer struct {
	Query   string
	Columns []struct {
		Name, Type string
		Nullable   bool
		JSON       json.RawMessage
	}
	Error *struct {
		Condition, SQLState, Message string
		Parameters                   map[string]string
	}
}

// catalog holds views by their lower-case names.
type catalog map[string]analyzer.View

func (c catalog) View(parts []string) (analyzer.View, bool) {
	v, ok := c[strings.ToLower(strings.Join(parts, "."))]
	return v, ok
}

// views makes the views that testdata/views.sql describes.
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

func options(t *testing.T) analyzer.Options {
	return analyzer.Options{ANSI: true, TimeZone: "UTC", Catalog: views(t)}
}

// TestSparkAgrees compares the schema or the error of each query of testdata/queries.sql with Spark's.
func TestSparkAgrees(t *testing.T) {
	t.Parallel()
	compareQueries(t, "testdata/queries.json", options(t))
}

// TestSparkAgreesWithoutANSI does so for testdata/legacy.sql and spark.sql.ansi.enabled=false.
func TestSparkAgreesWithoutANSI(t *testing.T) {
	t.Parallel()
	settings := options(t)
	settings.ANSI = false
	compareQueries(t, "testdata/legacy.json", settings)
}

func compareQueries(t *testing.T, file string, settings analyzer.Options) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var answers []answer
	if err := json.Unmarshal(data, &answers); err != nil {
		t.Fatal(err)
	}
	for _, a := range answers {
		t.Run(a.Query, func(t *testing.T) {
			t.Parallel()
			if reason, ok := differences[a.Query]; ok {
				t.Skip(reason)
			}
			relation, err := sqltext.ParseQuery(a.Query, sqltext.Parameters{})
			var node typed.Node
			if err == nil {
				node, err = analyzer.Analyze(t.Context(), relation, settings)
			}
			compareAnswer(t, a, node, err)
		})
	}
}

func compareAnswer(t *testing.T, a answer, node typed.Node, err error) {
	t.Helper()
	if a.Error != nil {
		compareError(t, a, err)
		return
	}
	if err != nil {
		t.Fatalf("failed: %v", err)
	}
	fields := typed.Schema(node).Fields
	if len(fields) != len(a.Columns) {
		t.Fatalf("%d columns, Spark has %d", len(fields), len(a.Columns))
	}
	for i, want := range a.Columns {
		got := fields[i]
		if got.Name != want.Name {
			t.Errorf("column %d is named %q, in Spark %q", i, got.Name, want.Name)
		}
		if sparkType(want.Type) != got.Type.SimpleString() {
			t.Errorf("column %s has type %s, in Spark %s", want.Name, got.Type.SimpleString(), want.Type)
		} else if got := typeJSON(got.Type); got != normalJSON(want.JSON) {
			t.Errorf("column %s has type %s, in Spark %s", want.Name, got, normalJSON(want.JSON))
		}
		if got.Nullable != want.Nullable {
			t.Errorf("column %s nullable is %t, in Spark %t", want.Name, got.Nullable, want.Nullable)
		}
	}
}

// sparkType widens Spark's intervals of single fields, which are not told apart here.
func sparkType(t string) string {
	switch {
	case strings.HasPrefix(t, "interval") && (strings.Contains(t, "day") || strings.Contains(t, "hour") || strings.Contains(t, "minute") || strings.Contains(t, "second")):
		return types.DayTimeInterval.SimpleString()
	case strings.HasPrefix(t, "interval") && (strings.Contains(t, "year") || strings.Contains(t, "month")):
		return types.YearMonthInterval.SimpleString()
	}
	return t
}

func typeJSON(t types.DataType) string { return normalJSON([]byte(types.ToJSON(t))) }

func normalJSON(data []byte) string {
	var value any
	if err := json.Unmarshal(data, &value); err != nil {
		return string(data)
	}
	if s, ok := value.(string); ok {
		return sparkType(s)
	}
	normal, err := json.Marshal(value)
	if err != nil {
		return string(data)
	}
	return string(normal)
}

func compareError(t *testing.T, a answer, err error) {
	t.Helper()
	if err == nil {
		t.Fatalf("accepted, Spark says %s", a.Error.Condition)
	}
	got, ok := sparkerror.As(err)
	if !ok {
		t.Fatalf("not one of Spark's errors: %v", err)
	}
	if got.Condition != a.Error.Condition || got.SQLState != a.Error.SQLState {
		t.Fatalf("condition %s (%s): %v\nSpark says %s (%s): %s", got.Condition, got.SQLState, got.Message, a.Error.Condition, a.Error.SQLState, a.Error.Message)
	}
	for name, want := range a.Error.Parameters {
		if numbered.ReplaceAllString(got.Parameters[name], "#") != numbered.ReplaceAllString(want, "#") {
			t.Errorf("parameter %s is %q, in Spark %q", name, got.Parameters[name], want)
		}
	}
	if spaces(got.Message) != spaces(a.Error.Message) {
		t.Errorf("message: %s\nSpark's:  %s", spaces(got.Message), spaces(a.Error.Message))
	}
}

// numbered finds the ids that Spark gives columns, which are others here.
var numbered = regexp.MustCompile(`#\d+`)

func spaces(text string) string {
	return strings.Join(strings.Fields(numbered.ReplaceAllString(text, "#")), " ")
}

// differences are the queries whose answer differs from Spark's on purpose, with the reason.
var differences = map[string]string{
	"select struct()": "DuckDB has no struct without fields",
	"select a, sum(c) c from t group by a order by sum(c)":                                              "Spark takes c for the result, and fails; it is taken for the column that is grouped",
	"select a from t group by a having sum(c) > 1 order by max(b)":                                      "Spark does not look below HAVING",
	"select a from t order by rank() over (order by a)":                                                 "Spark has no window functions in ORDER BY",
	"select b, sum(a) as s from t group by b having s > 1 order by s":                                   "Spark takes s for the column that is no group, and fails",
	"select u.z from u order by (select max(t.c) from t where t.a = u.a)":                               "Spark has no correlated subqueries in ORDER BY",
	"select array_sort(d, (l, r) -> l - r) from t":                                                      "refused by name",
	"select aggregate(d, 0, (acc, x) -> acc + x * 1.5) from t":                                          "the text of the call in the message",
	"select aggregate(d, 0, (acc, x) -> array(acc)) from t":                                             "the text of the call in the message",
	"select transform(a, x -> x) from t":                                                                "the text of the call in the message",
	"select upper(x -> x) from t":                                                                       "the message names a class of Spark's",
	"select * from t lateral view upper(b) x as q":                                                      "the message names a class of Spark's",
	"select a from t order by explode(d)":                                                               "the text of the plan in the message",
	"select explode(d) from t where explode(d) = 1":                                                     "the text of the plan in the message",
	"select cast(array(1) as array<string>) from t":                                                     "Spark forgets that the cast was written",
	"select count() from t":                                                                             "another of Spark's conditions",
	"select * from range('x')":                                                                          "refused by name",
	"select bo = 1 from t where l = 1":                                                                  "comparing booleans with numbers, which ANSI mode has not, is refused",
	"t.sample(2.0)":                                                                                     "the number is written 2, not 2.0",
	"t.observe(\"o\", F.count(\"*\"))":                                                                  "observed metrics are refused by name",
	"t.lateralJoin(u.where(u.a == t.a.outer()))":                                                        "Spark does not find DataFrames around a subquery",
	"t.filter(u.where(F.col(\"a\") == t.a.outer()).exists())":                                           "Spark does not find DataFrames around a subquery",
	"t.groupBy(\"b\").pivot(\"a\", [1, 2]).agg(F.sum(\"c\").alias(\"s\"), F.count(\"*\").alias(\"n\"))": "Spark does not count rows in a pivot",
}

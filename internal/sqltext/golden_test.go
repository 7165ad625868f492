package sqltext

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// answer is what Apache Spark said to a text; testdata/record.py records them.
type answer struct {
	Text, Message, Condition, State string
	OK                              bool
	JSON                            string
}

func answers(t *testing.T, name string) []answer {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var list []answer
	if err := json.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	return list
}

// TestSparkAgrees compares what is accepted, and the texts of errors, with Apache Spark's. Refusing by name what Spark accepts is
// right everywhere.
func TestSparkAgrees(t *testing.T) {
	t.Parallel()
	for _, kind := range []struct {
		file  string
		parse func(string) error
	}{
		{"statements.json", func(text string) error { _, err := ParseStatement(text, Parameters{}); return err }},
		{"expressions.json", func(text string) error { _, err := ParseExpression(text); return err }},
		{"types.json", func(text string) error { _, err := ParseType(text); return err }},
	} {
		t.Run(kind.file, func(t *testing.T) {
			t.Parallel()
			for _, a := range answers(t, kind.file) {
				compare(t, a, kind.parse(a.Text))
			}
		})
	}
}

// differences are the texts for which the answer differs from Spark's, with the reason. Both refuse them unless it says otherwise.
var differences = map[string]string{
	"SELECT CAST(a, INT)":                    "Spark takes it for a function and fails in the analysis",
	"SELECT f(a => 1, 2)":                    "Spark fails in the analysis",
	"SELECT sum(a) OVER w FROM t":            "Spark fails in the analysis",
	"SELECT a FROM t AS u (x, y":             "the place: Spark points at the bracket that is not closed",
	"SELECT CASE WHEN a THEN b":              "the place: Spark takes CASE for a column",
	"SELECT CASE WHEN a b END":               "the place: Spark takes CASE for a column",
	"SELECT CASE WHEN THEN b END":            "the place: Spark takes CASE for a column",
	"SELECT CASE WHEN a THEN b ELSE END":     "the place: Spark takes CASE for a column",
	"SELECT CASE a END":                      "the hint",
	"SELECT CAST(a AS ARRAY<INT)":            "the place: Spark points at the bracket that is not closed",
	"SELECT sum(a) OVER (PARTITION b)":       "the place: Spark takes OVER for an alias",
	"SELECT TRIM(BOTH a)":                    "the place",
	"SELECT a FROM t GROUP BY GROUPING SETS": "Spark shows no place",
	"SELECT a FROM t GROUP BY a HAVING":      "Spark shows no place",
	"SELECT a FROM t ORDER BY a NULLS":       "the place",
	"SELECT a IN FROM t":                     "Spark takes IN for an alias",
	"SHOW FOO":                               "the place: Spark expects FUNCTIONS behind any word",
	"struct<a>":                              "the place: Spark points at the bracket",
	"array<int":                              "the place: Spark points at the bracket",
	"array<int>>":                            "the hint",
	"map<int>":                               "the place: Spark points at the bracket",
	"map<int,":                               "the place: Spark points at the bracket",
	"struct<a:int":                           "the place: Spark points at the bracket",
}

func compare(t *testing.T, a answer, err error) {
	t.Helper()
	if _, known := differences[a.Text]; known {
		if err == nil {
			t.Errorf("%q: accepted", a.Text)
		}
		return
	}
	var e *sparkerror.Error
	if err != nil && !errors.As(err, &e) {
		t.Errorf("%q: the error %v has no condition", a.Text, err)
		return
	}
	switch {
	case e != nil && (e.Condition == "UNSUPPORTED_FEATURE.HFSPARK" || e.Condition == "UNBOUND_SQL_PARAMETER"):
	case a.OK && err != nil:
		t.Errorf("%q: Spark accepts it, got %v", a.Text, err)
	case !a.OK && err == nil:
		t.Errorf("%q: accepted, Spark says %s", a.Text, a.Message)
	case err != nil && strings.TrimSpace(e.Error()) != strings.TrimSpace(a.Message):
		t.Errorf("%q: got\n%s\nSpark says\n%s", a.Text, strings.TrimSpace(e.Error()), strings.TrimSpace(a.Message))
	}
}

func TestTypesAsSpark(t *testing.T) {
	t.Parallel()
	for _, a := range answers(t, "types.json") {
		if !a.OK {
			continue
		}
		parsed, err := ParseType(a.Text)
		if err != nil {
			continue // TestSparkAgrees tells
		}
		want, err := types.FromJSON([]byte(a.JSON))
		if err != nil {
			t.Errorf("%q: %v", a.Text, err)
			continue
		}
		if !types.Equal(parsed, want) {
			t.Errorf("%q is %s, want %s", a.Text, types.ToJSON(parsed), a.JSON)
		}
		if back := types.ToJSON(want); back != a.JSON {
			t.Errorf("%q: JSON %s, want %s", a.Text, back, a.JSON)
		}
	}
}

package sqltext

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/hfspark/hfspark/internal/sparkerror"
)

func FuzzScan(f *testing.F) {
	addTexts(f)
	f.Fuzz(func(t *testing.T, text string) {
		tokens, _ := scan(text)
		runes := []rune(text)
		at := 0
		for _, token := range tokens {
			if token.start < at || token.stop < token.start || token.stop > len(runes) || token.text != string(runes[token.start:token.stop]) {
				t.Fatalf("%q: token %+v behind %d", text, token, at)
			}
			if token.kind != tokenEnd && token.stop == token.start {
				t.Fatalf("%q: empty token %+v", text, token)
			}
			at = token.stop
		}
	})
}

func FuzzParse(f *testing.F) {
	addTexts(f)
	f.Fuzz(func(t *testing.T, text string) {
		check := func(err error) {
			var e *sparkerror.Error
			if err != nil && !errors.As(err, &e) {
				t.Errorf("%q: %v has no condition", text, err)
			}
		}
		_, err := ParseStatement(text, Parameters{})
		check(err)
		_, err = ParseExpression(text)
		check(err)
		_, err = ParseType(text)
		check(err)
		_, err = ParseSchema(text)
		check(err)
		_, err = ParseIdentifier(text)
		check(err)
	})
}

func addTexts(f *testing.F) {
	f.Helper()
	for _, name := range []string{"statements.txt", "expressions.txt", "types.txt"} {
		data, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			f.Add(strings.ReplaceAll(strings.TrimSuffix(line, "\n"), `\n`, "\n"))
		}
	}
}

// TestDeepNesting checks that texts of any depth end in an error rather than in an exhausted stack, and soon.
func TestDeepNesting(t *testing.T) {
	t.Parallel()
	const n = 100_000
	for _, text := range []string{
		"SELECT " + strings.Repeat("(", n) + "1" + strings.Repeat(")", n),
		"SELECT " + strings.Repeat("(", n),
		"SELECT " + strings.Repeat("- ", n) + "a",
		"SELECT " + strings.Repeat("NOT ", n) + "a",
		"SELECT " + strings.Repeat("f(", n),
		"SELECT " + strings.Repeat("CASE WHEN ", n),
		"SELECT " + strings.Repeat("(SELECT ", n),
		"SELECT * FROM " + strings.Repeat("(", n) + "t",
		"SELECT " + strings.Repeat("a[", n),
		"SELECT CAST(a AS " + strings.Repeat("array<", n),
		strings.Repeat("EXPLAIN ", n) + "SELECT 1",
		"SELECT a FROM t GROUP BY " + strings.Repeat("GROUPING SETS (", n),
		"SELECT " + strings.Repeat("x -> ", n) + "x",
		"SELECT * FROM t PIVOT (" + strings.Repeat("sum(", n),
	} {
		_, err := ParseStatement(text, Parameters{})
		var e *sparkerror.Error
		if !errors.As(err, &e) || e.Condition == "" {
			t.Errorf("%.40s…: %.200v", text, err)
		}
	}
}

// TestLongTexts checks that what is long but not deep is read.
func TestLongTexts(t *testing.T) {
	t.Parallel()
	const n = 5000
	for _, text := range []string{
		"SELECT 1" + strings.Repeat(" + 1", n),
		"SELECT a" + strings.Repeat(" AND a", n),
		"SELECT a" + strings.Repeat(", a", n),
		"SELECT a IN (1" + strings.Repeat(", 1", n) + ")",
		"SELECT 1" + strings.Repeat(" UNION ALL SELECT 1", n),
		"VALUES (1)" + strings.Repeat(", (1)", n),
		"SELECT a FROM t" + strings.Repeat(" JOIN t", n),
		"SELECT a" + strings.Repeat(".b", n),
		"SELECT concat(" + strings.Repeat("f('x', (1)), ", n) + "a)",
	} {
		if _, err := ParseQuery(text, Parameters{}); err != nil {
			t.Errorf("%.40s…: %.200v", text, err)
		}
	}
}

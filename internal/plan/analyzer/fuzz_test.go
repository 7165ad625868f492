package analyzer_test

import (
	"os"
	"strings"
	"testing"

	"github.com/hfspark/hfspark/internal/plan/analyzer"
	"github.com/hfspark/hfspark/internal/plan/pushdown"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/sqltext"
)

// FuzzAnalyze looks for queries on which analysis or pushdown panics, or after which the schema is another.
func FuzzAnalyze(f *testing.F) {
	for _, name := range []string{"queries.sql", "legacy.sql"} {
		text, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			f.Add(strings.TrimSpace(line))
		}
	}
	text, err := os.ReadFile("testdata/views.sql")
	if err != nil {
		f.Fatal(err)
	}
	made := catalog{}
	for line := range strings.Lines(string(text)) {
		statement, err := sqltext.ParseStatement(line, sqltext.Parameters{})
		if err != nil {
			f.Fatal(err)
		}
		view := statement.(sqltext.CreateView)
		made[view.Name[0]] = analyzer.View{Plan: view.Query}
	}
	f.Fuzz(func(t *testing.T, text string) {
		relation, err := sqltext.ParseQuery(text, sqltext.Parameters{})
		if err != nil {
			return
		}
		node, err := analyzer.Analyze(t.Context(), relation, analyzer.Options{ANSI: true, TimeZone: "UTC", Catalog: made})
		if err != nil {
			return
		}
		before, after := typed.Schema(node), typed.Schema(pushdown.Optimize(node))
		if before.SQL() != after.SQL() {
			t.Errorf("the schema changed from %s to %s", before.SQL(), after.SQL())
		}
	})
}

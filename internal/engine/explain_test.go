package engine

import (
	"strings"
	"testing"

	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/source"
)

func TestExplain(t *testing.T) {
	t.Parallel()
	f := &fakeSource{}
	e := openEngine(t, Config{Source: f})
	table := f.table("slices", "slices")
	table.Split = "train"
	table.Filters = source.Compare{Column: "small", Operator: source.Equal, Value: int64(7)}
	n := scan(table)
	n.Limit, n.Prune = 5, source.IsNull{Column: "text", Negated: true}
	explanation, err := e.Explain(&typed.Limit{Input: n, Count: 5})
	if err != nil {
		t.Fatal(err)
	}
	got := explanation.String()
	for _, want := range []string{"train", "columns [number, text, small]", "files 2, bytes 2000", `"small"`, `"text" IS NOT NULL`, "limit 5", "in order", "hf_scan(1) AS q1 LIMIT 5"} {
		if !strings.Contains(got, want) {
			t.Errorf("the explanation lacks %q:\n%s", want, got)
		}
	}
	if f.opened.Load() > 0 {
		t.Error("explaining read the table")
	}
}

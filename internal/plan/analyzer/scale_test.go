package analyzer_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/plan/analyzer"
	"github.com/hfspark/hfspark/internal/plan/pushdown"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sqltext"
)

func attribute(name string) plan.Expression { return plan.Attribute{Parts: []string{name}} }

func one() plan.Expression { return plan.Literal{Value: int32(1), Type: types.Integer} }

// chain is a DataFrame to which columns were added one by one, as loops in scripts do.
func chain(n int) plan.Relation {
	var r plan.Relation = plan.WithID{Input: plan.Range{End: 10, Step: 1}, ID: 1}
	for i := range n {
		named := plan.Alias{Child: plan.Call{Name: "+", Args: []plan.Expression{attribute("id"), one()}}, Names: []string{fmt.Sprintf("c%d", i)}}
		r = plan.WithID{Input: plan.WithColumns{Input: r, Items: []plan.Alias{named}}, ID: plan.PlanID(i + 2)}
	}
	return r
}

// wide is an aggregate of many columns.
func wide(n int) plan.Relation {
	items := make([]plan.Expression, n)
	for i := range items {
		items[i] = plan.Alias{Child: attribute("id"), Names: []string{fmt.Sprintf("c%d", i)}}
	}
	project := plan.Project{Input: plan.Range{End: 10, Step: 1}, Items: items}
	sums := make([]plan.Expression, n)
	for i := range sums {
		sums[i] = plan.Call{Name: "sum", Args: []plan.Expression{attribute(fmt.Sprintf("c%d", i))}}
	}
	return plan.Describe{Input: plan.Aggregate{Input: project, Items: sums}}
}

// sum is one long expression.
func sum(n int) plan.Relation {
	e := attribute("id")
	for range n {
		e = plan.Call{Name: "+", Args: []plan.Expression{e, one()}}
	}
	return plan.Project{Input: plan.Range{End: 10, Step: 1}, Items: []plan.Expression{e}}
}

func BenchmarkScale(b *testing.B) {
	for name, r := range map[string]plan.Relation{"chain of 500": chain(500), "2000 columns": wide(2000), "sum of 500": sum(500)} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				node, err := analyzer.Analyze(b.Context(), r, analyzer.Options{ANSI: true})
				if err != nil {
					b.Fatal(err)
				}
				pushdown.Optimize(node)
			}
		})
	}
}

// TestNestedSubqueries fails to end in time where a level of nesting doubles the work.
func TestNestedSubqueries(t *testing.T) {
	t.Parallel()
	settings := options(t)
	for _, nest := range []struct{ before, inner, after string }{
		{"select (", "select 1", ")"},
		{"select 1 + (", "select 1", ")"},
		{"select * from (", "select 1", ")"},
		{"select a from t where a in (", "select 1", ")"},
		{"select case when a > 1 then 1 else (", "select a from t", ") end from t"},
		{"select coalesce(1, (", "select 1", "))"},
		{"select a from t where a = (", "select 1", ") group by a having a > 1 order by a"},
	} {
		const depth = 40
		query := strings.Repeat(nest.before, depth) + nest.inner + strings.Repeat(nest.after, depth)
		relation, err := sqltext.ParseQuery(query, sqltext.Parameters{})
		if err != nil {
			t.Fatal(err)
		}
		node, err := analyzer.Analyze(t.Context(), relation, settings)
		if err != nil {
			t.Fatal(err)
		}
		pushdown.Optimize(node)
		if typed.String(node) == "" {
			t.Error("no text")
		}
	}
}

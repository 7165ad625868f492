package query

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/hfspark/hfspark/internal/engine"
	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/plan/analyzer"
	"github.com/hfspark/hfspark/internal/plan/constant"
	"github.com/hfspark/hfspark/internal/plan/explain"
	"github.com/hfspark/hfspark/internal/plan/pushdown"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/source"
)

// Prepared is a query that is resolved and ready to run.
type Prepared struct {
	runner *Runner
	plan   typed.Node
	tables []*source.Table
}

// Prepare resolves a relation. A limit above 0 asks for that many rows at most.
func (r *Runner) Prepare(ctx context.Context, relation plan.Relation, limit int64) (*Prepared, error) {
	if limit > 0 {
		relation = plan.Limit{Input: relation, Count: plan.Literal{Value: limit, Type: types.Long}}
	}
	seen := &seenTables{runner: r}
	node, err := analyzer.Analyze(ctx, relation, analyzer.Options{
		ANSI: true, TimeZone: r.zone, CurrentTime: time.Now(), Tables: seen,
	})
	if err != nil {
		return nil, err
	}
	return &Prepared{runner: r, plan: r.optimize(ctx, node), tables: seen.tables}, nil
}

func (r *Runner) optimize(ctx context.Context, n typed.Node) typed.Node {
	run := func(ctx context.Context, n typed.Node) (constant.Rows, error) {
		return r.engine.Run(ctx, engine.Query{Plan: n, TimeZone: r.zone})
	}
	o := pushdown.Options{Constants: func(e typed.Expression) typed.Expression { return constant.Computed(ctx, run, e) }}
	return o.Optimize(n)
}

// Run starts the query. The caller closes the result.
func (p *Prepared) Run(ctx context.Context) (*engine.Result, error) {
	return p.runner.engine.Run(ctx, engine.Query{Plan: p.plan, TimeZone: p.runner.zone})
}

// Progress adds up what the reads of the query's tables have done so far.
func (p *Prepared) Progress() source.Progress {
	var sum source.Progress
	for _, table := range p.tables {
		sum = sum.Add(table.Progress())
	}
	return sum
}

// Explain prints the plan, and what its scans would leave out and fetch. It reads footers of data files.
func (p *Prepared) Explain(ctx context.Context, w io.Writer) error {
	_, err := fmt.Fprintf(w, "== Physical Plan ==\n%s\n", explain.Text(ctx, p.plan, p.runner.source))
	return err
}

// seenTables remembers the tables that a query reads.
type seenTables struct {
	runner *Runner
	tables []*source.Table
}

// Table implements analyzer.Tables.
func (s *seenTables) Table(ctx context.Context, format string, options map[string]string, paths []string) (*source.Table, error) {
	table, err := s.runner.Table(ctx, format, options, paths)
	if err == nil {
		s.tables = append(s.tables, table)
	}
	return table, err
}

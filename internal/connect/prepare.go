package connect

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/hfspark/hfspark/internal/connect/conf"
	pb "github.com/hfspark/hfspark/internal/connect/connectpb"
	"github.com/hfspark/hfspark/internal/connect/convert"
	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/plan/analyzer"
	"github.com/hfspark/hfspark/internal/plan/constant"
	"github.com/hfspark/hfspark/internal/plan/pushdown"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/source"
)

// convert turns a client's relation into a plan. Questions to the catalog are answered on the way.
func (s *session) convert(ctx context.Context, r *pb.Relation) (plan.Relation, error) {
	return convert.Relation(r, s.conversion(ctx))
}

func (s *session) conversion(ctx context.Context) convert.Options {
	return convert.Options{
		Artifact: s.files.cached,
		Remote:   s.remote,
		Catalog:  func(c *pb.Catalog) (plan.Relation, error) { return s.catalog(ctx, c) },
	}
}

func (s *session) maxPlanSize() int { return s.conf.Int(conf.MaxPlanSize) }

// analysis is a resolved plan with the tables it reads.
type analysis struct {
	node   typed.Node
	tables []*source.Table
}

// analyze resolves a plan with the session's settings, views and data sources.
func (s *session) analyze(ctx context.Context, relation plan.Relation) (analysis, error) {
	opened := &requestTables{session: s}
	node, err := analyzer.Analyze(ctx, relation, analyzer.Options{
		ANSI:          s.conf.Bool(conf.ANSI),
		TimeZone:      s.conf.String(conf.TimeZone),
		CaseSensitive: s.conf.Bool(conf.CaseSensitive),
		CurrentTime:   time.Now(),
		Catalog:       s.views,
		Tables:        opened,
		Distinct:      s.distinct,
	})
	return analysis{node: node, tables: opened.opened}, err
}

// prepare resolves a plan and makes it read no more than it needs.
func (s *session) prepare(ctx context.Context, relation plan.Relation) (typed.Node, error) {
	a, err := s.analyze(ctx, relation)
	if err != nil {
		return nil, err
	}
	return s.optimize(ctx, a.node), nil
}

// optimize makes a plan read no more than it needs.
func (s *session) optimize(ctx context.Context, n typed.Node) typed.Node {
	run := func(ctx context.Context, n typed.Node) (constant.Rows, error) { return s.engine.Run(ctx, s.query(n)) }
	o := pushdown.Options{Constants: func(e typed.Expression) typed.Expression { return constant.Computed(ctx, run, e) }}
	return o.Optimize(n)
}

// distinct runs a plan of one column and returns its distinct values in ascending order, at most limit of them.
func (s *session) distinct(ctx context.Context, n typed.Node, limit int) (values []any, err error) {
	column := n.Output()[0]
	node := typed.Node(&typed.Limit{
		Input: &typed.Sort{
			Input: &typed.Distinct{Input: n},
			Order: []typed.Order{{Child: typed.Reference{Column: column}}},
		},
		Count: int64(limit),
	})
	rows, err := s.engine.Run(ctx, s.query(pushdown.Optimize(node)))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for {
		batch, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return values, nil
		}
		if err != nil {
			return nil, err
		}
		for i := range int(batch.NumRows()) {
			value, err := literalValue(batch.Column(0), i)
			if err != nil {
				batch.Release()
				return nil, err
			}
			values = append(values, value)
		}
		batch.Release()
	}
}

func containsFold(list []string, name string) bool {
	for _, item := range list {
		if strings.EqualFold(item, name) {
			return true
		}
	}
	return false
}

package query

import (
	"context"

	"github.com/hfspark/hfspark/internal/engine"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/source/sink"
)

// Write runs the query and writes its rows to a dataset repository. observe, when not nil, is told how far it is, from several
// goroutines.
func (p *Prepared) Write(ctx context.Context, s *sink.Sink, o sink.Options, observe func(sink.Progress)) (*sink.Result, error) {
	schema := types.ToArrow(typed.Schema(p.plan), p.runner.zone)
	return s.WriteRows(ctx, o, schema, observe, func(ctx context.Context) (sink.Rows, error) {
		return p.runner.engine.Run(ctx, engine.Query{
			Plan: p.plan, TimeZone: p.runner.zone, BatchRows: sink.BatchRows, BatchBytes: sink.BatchBytes,
		})
	})
}

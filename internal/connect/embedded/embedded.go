// Package embedded gives the Spark Connect server the engine on DuckDB that is linked into the program.
package embedded

import (
	"context"

	"github.com/hfspark/hfspark/internal/connect"
	"github.com/hfspark/hfspark/internal/engine"
)

// New makes an engine of the server's out of one of package engine, which stays the caller's to close.
func New(e *engine.Engine) connect.Engine { return runner{e} }

type runner struct{ engine *engine.Engine }

// Run implements connect.Engine.
func (r runner) Run(ctx context.Context, q connect.Query) (connect.Rows, error) {
	query := engine.Query{Plan: q.Plan, TimeZone: q.TimeZone, BatchRows: q.BatchRows, BatchBytes: q.BatchBytes}
	if q.Progress != nil {
		query.Progress = func(p engine.Progress) {
			q.Progress(connect.Progress{Files: p.Files, FilesDone: p.FilesDone, BytesFetched: p.BytesFetched})
		}
	}
	result, err := r.engine.Run(ctx, query)
	if err != nil {
		return nil, err
	}
	return result, nil
}

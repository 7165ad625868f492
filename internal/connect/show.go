package connect

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/hfspark/hfspark/internal/connect/conf"
	pb "github.com/hfspark/hfspark/internal/connect/connectpb"
	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/show"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// showString sends the text that df.show() prints, as one row.
func (e *execution) showString(s *pb.ShowString) error {
	return e.text(s.GetInput(), "show_string", show.Table, show.Options{
		Rows: rowsToShow(s.GetNumRows()), Truncate: int(s.GetTruncate()), Vertical: s.GetVertical(),
	})
}

// htmlString sends the table that notebooks display, as one row.
func (e *execution) htmlString(h *pb.HtmlString) error {
	return e.text(h.GetInput(), "html_string", show.HTML, show.Options{
		Rows: rowsToShow(h.GetNumRows()), Truncate: int(h.GetTruncate()),
	})
}

// rowsToShow keeps the number of rows in the range that Spark takes.
func rowsToShow(n int32) int { return int(min(max(n, 0), math.MaxInt32-16)) }

// printer prints the first rows of batches.
type printer func(*arrow.Schema, []arrow.RecordBatch, show.Options) (string, error)

// text sends what a printer makes of a relation's first rows, and of one more if there is one.
func (e *execution) text(input *pb.Relation, column string, printer printer, o show.Options) error {
	if input == nil {
		return sparkerror.New(sparkerror.InvalidPlanInput, "CONNECT_INVALID_PLAN.ASSERTION_FAILURE", "56K00",
			"The Spark Connect plan is invalid. %s has no input.", column)
	}
	relation, err := e.session.convert(e.ctx, input)
	if err != nil {
		return err
	}
	first := plan.Limit{Input: relation, Count: plan.Literal{Value: int32(o.Rows) + 1, Type: types.Integer}}
	batches, schema, _, err := e.collect(first)
	if err != nil {
		return err
	}
	defer release(batches)
	o.TimeZone = e.session.conf.String(conf.TimeZone)
	text, err := printer(schema, batches, o)
	if err != nil {
		return err
	}
	return e.local(localRows{columns: []types.Field{stringColumn(column, false)}, rows: [][]any{{text}}})
}

// local sends rows that the server made itself.
func (e *execution) local(l localRows) error {
	record := l.record()
	defer record.Release()
	sink, err := e.newSender(record.Schema(), types.Struct{Fields: l.columns})
	if err != nil {
		return err
	}
	if err := sink.batch(record); err != nil {
		return err
	}
	return sink.finish()
}

// Package sideways runs the small parts of a plan first, so that its large scans read no more than can meet what these give: the
// rows of one side of a join for the other side, those of the plan of IN or EXISTS for the rows it filters, and the value of
// a subquery for the column that it is compared with. Of what is sorted for its first rows alone, statistics tell what is not among
// them.
package sideways

import (
	"context"
	"errors"
	"io"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/hfspark/hfspark/internal/plan/constant"
	"github.com/hfspark/hfspark/internal/plan/pushdown"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
)

// Run starts a plan on an engine.
type Run func(ctx context.Context, n typed.Node) (constant.Rows, error)

// The parts that are run first have data files of at most maxBytes, at most one minShare-th of those that this may save, and give at
// most maxRows rows and maxHeld bytes; larger ones are left where they are.
const (
	maxBytes = 32 << 20
	minShare = 2
	maxRows  = 1 << 20
	maxHeld  = 64 << 20
)

// Apply returns a plan of the same result, for an optimized plan. What fails on the way stays in the plan as it is: the query says so
// when it runs.
func Apply(ctx context.Context, n typed.Node, run Run, threshold Threshold) typed.Node {
	p := &pass{ctx: ctx, run: run, threshold: threshold, next: firstID}
	return p.node(n)
}

// Announce returns a plan for people: its scans tell what they will be pruned by once the small parts have run.
func Announce(n typed.Node) typed.Node {
	p := &pass{}
	return p.node(n)
}

// firstID is the id of the first column of our own; others count from 1.
const firstID typed.ColumnID = 1 << 30

type pass struct {
	ctx       context.Context //nolint:containedctx // of Apply
	run       Run             // nil announces
	threshold Threshold       // may be nil
	next      typed.ColumnID
}

func (p *pass) node(n typed.Node) typed.Node {
	if listed(n) == 0 {
		return n
	}
	inputs := n.Inputs()
	if len(inputs) > 0 {
		changed := make([]typed.Node, len(inputs))
		for i, input := range inputs {
			changed[i] = p.node(input)
		}
		n = typed.WithInputs(n, changed...)
	}
	n = typed.MapExpressions(n, p.subplans)
	switch n := n.(type) {
	case *typed.Join:
		return p.join(n)
	case *typed.Filter:
		return p.filter(n)
	case *typed.Limit:
		return p.top(n)
	}
	return n
}

func (p *pass) subplans(e typed.Expression) typed.Expression {
	if plan := typed.Subplan(e); plan != nil {
		e = typed.WithSubplan(e, p.node(plan))
	}
	return typed.Rebuild(e, p.subplans)
}

// join runs the small side of a join first where the other side then has less to read.
func (p *pass) join(n *typed.Join) typed.Node {
	if n.Lateral || n.Condition == nil {
		return n
	}
	keys := equalities(n.Condition, n.Left.Output(), n.Right.Output())
	if len(keys) == 0 {
		return n
	}
	if prunesLeft[n.Type] && p.pays(n.Right, n.Left) {
		if rows, ok := p.rows(n.Right); ok {
			return typed.WithInputs(n, pushdown.Hint(n.Left, p.memberships(rows, swapped(keys))), rows)
		}
	}
	if prunesRight[n.Type] && p.pays(n.Left, n.Right) {
		if rows, ok := p.rows(n.Left); ok {
			return typed.WithInputs(n, rows, pushdown.Hint(n.Right, p.memberships(rows, keys)))
		}
	}
	return n
}

// The joins in which rows of a side do not matter without a partner.
var (
	prunesLeft  = map[typed.JoinType]bool{typed.InnerJoin: true, typed.CrossJoin: true, typed.RightJoin: true, typed.LeftSemiJoin: true}
	prunesRight = map[typed.JoinType]bool{typed.InnerJoin: true, typed.CrossJoin: true, typed.LeftJoin: true, typed.LeftSemiJoin: true, typed.LeftAntiJoin: true}
)

// filter runs the subqueries of a condition first where the input then has less to read.
func (p *pass) filter(n *typed.Filter) typed.Node {
	if prunable(n.Input) == 0 {
		return n
	}
	var found []typed.Expression
	condition := mapConjuncts(n.Condition, func(e typed.Expression) typed.Expression {
		if p.run == nil {
			found = append(found, announced(e)...)
		}
		if value, ok := p.computed(e); ok {
			found = append(found, value)
			return value
		}
		again, conditions := p.memberOf(e, n.Input)
		found = append(found, conditions...)
		return again
	})
	if len(found) == 0 {
		return n
	}
	return &typed.Filter{Input: pushdown.Hint(n.Input, found), Condition: condition}
}

// computed replaces the subqueries of an expression that have a single value by it.
func (p *pass) computed(e typed.Expression) (typed.Expression, bool) {
	changed := false
	e = typed.Transform(e, func(e typed.Expression) (typed.Expression, bool) {
		s, ok := e.(typed.ScalarSubquery)
		if !ok || !closed(s.Plan) || !isSimple(s.Type()) {
			return e, false
		}
		if p.run == nil {
			return e, true
		}
		rows, ok := p.collect(s.Plan, 1)
		if !ok {
			return e, true
		}
		values, ok := literals(rows, s.Type())
		switch {
		case !ok || len(values) > 1:
			return e, true
		case len(values) == 0:
			values = []typed.Expression{typed.Literal{DataType: s.Type()}}
		}
		changed = true
		return values[0], true
	})
	if !changed {
		return e, false
	}
	return constant.Computed(p.ctx, p.run, e), true
}

// memberOf returns IN or EXISTS with rows in place of its plan, and what then is known of the rows that fulfil it.
func (p *pass) memberOf(e typed.Expression, input typed.Node) (typed.Expression, []typed.Expression) {
	switch e := e.(type) {
	case typed.InSubquery:
		if !p.pays(e.Plan, input) {
			return e, nil
		}
		rows, ok := p.rows(e.Plan)
		columns := e.Plan.Output()
		if !ok || len(e.Values) != len(columns) {
			return e, nil
		}
		keys := make([]key, len(e.Values))
		for i, v := range e.Values {
			keys[i] = key{from: typed.Reference{Column: columns[i]}, to: v}
		}
		return typed.WithSubplan(e, rows), p.memberships(rows, keys)
	case typed.Exists:
		return p.partners(e, input)
	}
	return e, nil
}

// partners is memberOf for an EXISTS that asks for rows whose columns equal those of the query around.
func (p *pass) partners(e typed.Exists, input typed.Node) (typed.Expression, []typed.Expression) {
	inner, ok := filterOf(e.Plan)
	if !ok || !p.pays(inner.Input, input) {
		return e, nil
	}
	keys := equalities(inner.Condition, inner.Input.Output(), input.Output())
	if len(keys) == 0 {
		return e, nil
	}
	rows, ok := p.rows(inner.Input)
	if !ok {
		return e, nil
	}
	plan := replaced(e.Plan, inner.Input, rows)
	return typed.WithSubplan(e, plan), p.memberships(rows, keys)
}

// filterOf is the filter below what chooses among columns.
func filterOf(n typed.Node) (*typed.Filter, bool) {
	for {
		switch node := n.(type) {
		case *typed.Filter:
			return node, true
		case *typed.Project:
			n = node.Input
		default:
			return nil, false
		}
	}
}

// replaced puts a node in the place of another.
func replaced(n, old, by typed.Node) typed.Node {
	if n == old {
		return by
	}
	inputs := n.Inputs()
	if len(inputs) == 0 {
		return n
	}
	changed := make([]typed.Node, len(inputs))
	for i, input := range inputs {
		changed[i] = replaced(input, old, by)
	}
	return typed.WithInputs(n, changed...)
}

// pays reports whether a part of a plan may be run first, and is so small that this may save more than it costs.
func (p *pass) pays(small, large typed.Node) bool {
	if !closed(small) || !holds(small.Output()) {
		return false
	}
	cost, gain := listed(small), prunable(large)
	return gain > 0 && cost <= maxBytes && cost <= gain/minShare
}

// rows runs a part of a plan; false where it fails or gives too many rows.
func (p *pass) rows(n typed.Node) (typed.Node, bool) {
	if _, local := n.(*typed.LocalData); local || p.run == nil {
		return n, true
	}
	records, ok := p.collect(n, maxRows)
	if !ok {
		return nil, false
	}
	local := &typed.LocalData{Records: records, Columns: n.Output()}
	for i := range local.Columns {
		local.Fields = append(local.Fields, i)
	}
	return local, true
}

// collect runs a plan and returns its rows, of which there are at most limit, or at most a batch more.
func (p *pass) collect(n typed.Node, limit int64) (records []arrow.RecordBatch, ok bool) {
	rows, err := p.run(p.ctx, n)
	if err != nil {
		return nil, false
	}
	defer func() { ok = rows.Close() == nil && ok }()
	var count int64
	held := uint64(0)
	for count <= limit && held <= maxHeld {
		batch, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return records, true
		}
		if err != nil {
			return nil, false
		}
		records = append(records, batch)
		count += batch.NumRows()
		for _, column := range batch.Columns() {
			held += column.Data().SizeInBytes()
		}
	}
	return records, limit == 1
}

// isSimple reports whether conditions compare values of a type with constants. Floating-point numbers that are equal may be
// different ones.
func isSimple(t types.DataType) bool {
	_, decimal := t.(types.Decimal)
	return decimal || types.IsIntegral(t) || types.IsText(t) || t == types.Boolean || t == types.Binary || t == types.Date ||
		t == types.Timestamp || t == types.TimestampNTZ
}

// holds reports whether rows of the columns can be kept as records without loss.
func holds(columns []typed.Column) bool {
	for _, c := range columns {
		if !keeps(c.Type) {
			return false
		}
	}
	return len(columns) > 0
}

func keeps(t types.DataType) bool {
	switch t := t.(type) {
	case types.Array:
		return keeps(t.Element)
	case types.Struct:
		for _, f := range t.Fields {
			if !keeps(f.Type) {
				return false
			}
		}
		return len(t.Fields) > 0
	}
	return isSimple(t) || t == types.Float || t == types.Double
}

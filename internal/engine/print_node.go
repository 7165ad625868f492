package engine

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	"github.com/hfspark/hfspark/internal/plan/function"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
)

// selection prints a node.
func (p *printer) selection(n typed.Node, ordered bool) (*selection, error) {
	switch n := n.(type) {
	case *typed.Scan:
		if err := checkScan(n); err != nil {
			return nil, err
		}
		return p.scan(scanSpec{
			columns: n.Columns, fields: n.Fields, members: n.Members, extremes: n.Extremes, counts: n.Counts, present: n.Present, ordered: ordered, threads: p.threads,
			table: n.Table, prune: n.Prune, limit: n.Limit, whole: p.limits == 0 || !ordered, paths: p.paths,
		}), nil
	case *typed.LocalData:
		return p.scan(scanSpec{columns: n.Columns, fields: n.Fields, ordered: true, threads: 1, records: n.Records}), nil
	case *typed.Values:
		return p.values(n)
	case *typed.Range:
		return p.numbers(n), nil
	case *typed.Project:
		return p.project(n, ordered)
	case *typed.Filter:
		return p.filter(n, ordered)
	case *typed.Join:
		return p.join(n, ordered)
	case *typed.SetOperation:
		return p.setOperation(n, ordered)
	case *typed.Sort:
		return p.sort(n)
	case *typed.Limit:
		return p.limit(n)
	case *typed.Tail:
		return p.tail(n)
	case *typed.Aggregate:
		return p.aggregate(n)
	case *typed.Distinct:
		return p.distinct(n)
	case *typed.Deduplicate:
		return p.deduplicate(n)
	case *typed.Generate:
		return p.generate(n, ordered)
	case *typed.Sample:
		return p.sample(n)
	}
	return nil, fmt.Errorf("printing a plan: there is no SQL for nodes of type %T", n)
}

func (p *printer) scan(spec scanSpec) *selection {
	p.scans = append(p.scans, spec)
	return &selection{from: fmt.Sprintf("%s(%s) AS %s", scanFunction, scanMark(len(p.scans)-1), p.name())}
}

func (p *printer) values(n *typed.Values) (*selection, error) {
	if len(n.Columns) == 0 {
		return &selection{items: names(nil), from: fmt.Sprintf("range(%d)", len(n.Rows))}, nil
	}
	if len(n.Rows) == 0 {
		items := make([]string, len(n.Columns))
		for i, c := range n.Columns {
			items[i] = fmt.Sprintf("CAST(NULL AS %s) AS %s", function.DuckDBType(c.Type), columnName(c.ID))
		}
		return &selection{items: items, from: "range(0)"}, nil
	}
	rows := make([]string, len(n.Rows))
	for i, row := range n.Rows {
		texts, err := p.expressions(row)
		if err != nil {
			return nil, err
		}
		rows[i] = "(" + strings.Join(texts, ", ") + ")"
	}
	return &selection{from: fmt.Sprintf("(VALUES %s) AS %s(%s)", strings.Join(rows, ", "), p.name(), strings.Join(names(n.Columns), ", "))}, nil
}

func (p *printer) numbers(n *typed.Range) *selection {
	return &selection{from: fmt.Sprintf("range(CAST(%d AS BIGINT), CAST(%d AS BIGINT), CAST(%d AS BIGINT)) AS %s(%s)",
		n.Start, n.End, n.Step, p.name(), columnName(n.Column.ID))}
}

func (p *printer) project(n *typed.Project, ordered bool) (*selection, error) {
	for _, item := range n.Items {
		ordered = ordered || needsOrder(item.Expression)
	}
	s, err := p.openSelection(n.Input, ordered)
	if err != nil {
		return nil, err
	}
	s.items, err = p.items(n.Items)
	return s, err
}

func (p *printer) filter(n *typed.Filter, ordered bool) (*selection, error) {
	s, err := p.openSelection(n.Input, ordered || needsOrder(n.Condition))
	if err != nil {
		return nil, err
	}
	condition, err := p.expression(n.Condition)
	if err != nil {
		return nil, err
	}
	if s.where != "" {
		condition = "(" + s.where + ") AND (" + condition + ")"
	}
	s.where = condition
	return s, nil
}

var joinWords = map[typed.JoinType]string{
	typed.InnerJoin: "JOIN", typed.CrossJoin: "CROSS JOIN", typed.LeftJoin: "LEFT JOIN", typed.RightJoin: "RIGHT JOIN",
	typed.FullJoin: "FULL JOIN", typed.LeftSemiJoin: "SEMI JOIN", typed.LeftAntiJoin: "ANTI JOIN",
}

func (p *printer) join(n *typed.Join, ordered bool) (*selection, error) {
	// The rows of the outer side come in its order, as far as DuckDB streams that side.
	left, err := p.relation(n.Left, ordered && n.Type != typed.RightJoin)
	if err != nil {
		return nil, err
	}
	var right string
	if n.Lateral {
		if right, err = p.subquery(n.Right); err != nil {
			return nil, err
		}
		right = "LATERAL (" + right + ") AS " + p.name()
	} else if right, err = p.relation(n.Right, ordered && n.Type == typed.RightJoin); err != nil {
		return nil, err
	}
	word := joinWords[n.Type]
	condition := ""
	switch {
	case n.Condition != nil:
		if n.Type == typed.CrossJoin {
			word = "JOIN"
		}
		if condition, err = p.expression(n.Condition); err != nil {
			return nil, err
		}
		condition = " ON " + condition
	case n.Type != typed.CrossJoin || n.Lateral:
		if n.Type == typed.CrossJoin {
			word = "JOIN"
		}
		condition = " ON TRUE"
	}
	return &selection{items: names(n.Columns), from: left + " " + word + " " + right + condition}, nil
}

var setWords = map[typed.SetOperator]string{typed.Union: "UNION", typed.Intersect: "INTERSECT", typed.Except: "EXCEPT"}

func (p *printer) setOperation(n *typed.SetOperation, ordered bool) (*selection, error) {
	word := setWords[n.Operator]
	if n.All {
		word += " ALL"
	}
	ordered = ordered && n.All && n.Operator == typed.Union
	side := func(input typed.Node) (string, error) {
		from, err := p.relation(input, ordered)
		if err != nil {
			return "", err
		}
		items := names(input.Output())
		for i := range n.Columns {
			items[i] += " AS " + columnName(n.Columns[i].ID)
		}
		return "(SELECT " + strings.Join(items, ", ") + " FROM " + from + ")", nil
	}
	left, err := side(n.Left)
	if err != nil {
		return nil, err
	}
	right, err := side(n.Right)
	if err != nil {
		return nil, err
	}
	return &selection{from: fmt.Sprintf("(%s %s %s) AS %s", left, word, right, p.name())}, nil
}

func (p *printer) sort(n *typed.Sort) (*selection, error) {
	s, err := p.openSelection(n.Input, false)
	if err != nil {
		return nil, err
	}
	keys, err := p.keys(n.Order)
	if err != nil {
		return nil, err
	}
	if len(keys) > 0 {
		s.order = " ORDER BY " + strings.Join(keys, ", ")
	}
	return s, nil
}

func (p *printer) limit(n *typed.Limit) (*selection, error) {
	p.limits++
	s, err := p.selection(n.Input, true)
	p.limits--
	if err != nil {
		return nil, err
	}
	if s.limit != "" {
		s = &selection{from: p.wrap(s)}
	}
	switch {
	case n.Count >= 0:
		s.limit = fmt.Sprintf(" LIMIT %d", n.Count)
	case n.Offset == 0:
		return s, nil
	}
	if n.Offset > 0 {
		s.limit += fmt.Sprintf(" OFFSET %d", n.Offset)
	}
	return s, nil
}

// numbered prints a node with its rows numbered from 1, in order, in a column called row.
func (p *printer) numbered(n typed.Node) (string, error) {
	from, err := p.relation(n, true)
	if err != nil {
		return "", err
	}
	return p.wrap(&selection{items: []string{"*", "row_number() OVER () AS row"}, from: from}), nil
}

func (p *printer) tail(n *typed.Tail) (*selection, error) {
	from, err := p.numbered(n.Input)
	if err != nil {
		return nil, err
	}
	last := p.wrap(&selection{from: from, order: " ORDER BY row DESC", limit: fmt.Sprintf(" LIMIT %d", n.Count)})
	return &selection{items: names(n.Output()), from: last, order: " ORDER BY row"}, nil
}

func (p *printer) distinct(n *typed.Distinct) (*selection, error) {
	from, err := p.relation(n.Input, false)
	if err != nil {
		return nil, err
	}
	items := names(n.Output())
	for i, c := range n.Output() {
		if key := withoutNegativeZero(c.Type, items[i]); key != items[i] {
			items[i] = key + " AS " + items[i]
		}
	}
	return &selection{distinct: "DISTINCT ", items: items, from: from}, nil
}

func (p *printer) deduplicate(n *typed.Deduplicate) (*selection, error) {
	from, err := p.relation(n.Input, true)
	if err != nil {
		return nil, err
	}
	if len(n.Keys) == 0 {
		return &selection{from: from, limit: " LIMIT 1"}, nil
	}
	return &selection{
		distinct: "DISTINCT ON (" + strings.Join(names(n.Keys), ", ") + ") ",
		items:    names(n.Output()), from: from,
	}, nil
}

// generate unnests the list of structs that a generator's SQL is. A list in the SELECT clause keeps the order of rows, which
// a lateral join would not.
func (p *printer) generate(n *typed.Generate, ordered bool) (*selection, error) {
	f, ok := function.Lookup(n.Generator.Name)
	if !ok || f.Columns == nil || f.SQL == nil {
		return nil, fmt.Errorf("printing a plan: %s is no generator", n.Generator.Name)
	}
	from, err := p.relation(n.Input, ordered)
	if err != nil {
		return nil, err
	}
	args, err := p.expressions(n.Generator.Args)
	if err != nil {
		return nil, err
	}
	list, err := f.SQL(n.Generator, args)
	if err != nil {
		return nil, err
	}
	if n.Outer {
		lists := p.wrap(&selection{items: []string{"*", list + " AS list"}, from: from})
		from, list = lists, "CASE WHEN len(list) > 0 THEN list ELSE [NULL] END"
	}
	unnested := p.wrap(&selection{items: []string{"*", "unnest(" + list + ") AS member"}, from: from})
	items := names(n.Input.Output())
	if len(n.Input.Output()) == 0 {
		items = nil
	}
	row := types.Struct{}
	for _, c := range f.Columns(n.Generator) {
		row.Fields = append(row.Fields, types.Field{Name: c.Name, Type: c.Type})
	}
	for i, c := range n.Columns {
		items = append(items, function.FieldSQL(row, i, "member")+" AS "+columnName(c.ID))
	}
	if len(items) == 0 {
		items = names(nil)
	}
	return &selection{items: items, from: unnested}, nil
}

// sample keeps rows by a hash of their position, so that the same seed keeps the same rows, and samples whose bounds do not
// overlap keep different ones.
func (p *printer) sample(n *typed.Sample) (*selection, error) {
	from, err := p.numbered(n.Input)
	if err != nil {
		return nil, err
	}
	seed := rand.Int64() //nolint:gosec // A sample is not a secret.
	if n.Seed != nil {
		seed = *n.Seed
	}
	draw := fmt.Sprintf("(hash(row, CAST(%d AS BIGINT)) >> 11) / 9007199254740992.0", seed)
	if !n.WithReplacement {
		drawn := p.wrap(&selection{items: []string{"*", draw + " AS draw"}, from: from})
		where := fmt.Sprintf("draw >= CAST('%v' AS DOUBLE) AND draw < CAST('%v' AS DOUBLE)", n.Lower, n.Upper)
		return &selection{items: names(n.Output()), from: drawn, where: where}, nil
	}
	// A row is kept as often as a Poisson distribution says: once for each probability of fewer copies that the draw reaches.
	drawn := p.wrap(&selection{items: []string{"*", fmt.Sprintf("len(list_filter(%s, lambda t: t <= %s)) AS copies", poisson(n.Upper-n.Lower), draw)}, from: from})
	copies := p.wrap(&selection{items: []string{"*", "unnest(range(copies)) AS copy"}, from: drawn})
	return &selection{items: names(n.Output()), from: copies}, nil
}

// poisson lists the cumulative probabilities of a Poisson distribution.
func poisson(mean float64) string {
	var steps []string
	probability, total := math.Exp(-mean), 0.0
	for k := 1; total < 1-1e-12 && k < 1000; k++ {
		total += probability
		steps = append(steps, fmt.Sprintf("CAST('%v' AS DOUBLE)", total))
		probability *= mean / float64(k)
	}
	return "[" + strings.Join(steps, ", ") + "]"
}

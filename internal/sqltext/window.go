package sqltext

import (
	"strings"

	"github.com/hfspark/hfspark/internal/plan"
)

// sortItem takes e [ASC|DESC] [NULLS FIRST|LAST]. Nulls come first in ascending and last in descending order.
func (p *parser) sortItem() (plan.SortOrder, error) {
	e, err := p.expression()
	if err != nil {
		return plan.SortOrder{}, err
	}
	order := plan.SortOrder{Child: e}
	order.Descending = p.acceptOne("ASC", "DESC") == "DESC"
	order.NullsLast = order.Descending
	if p.accept("NULLS") {
		switch p.acceptOne("FIRST", "LAST") {
		case "FIRST":
			order.NullsLast = false
		case "LAST":
			order.NullsLast = true
		default:
			return plan.SortOrder{}, p.unexpected()
		}
	}
	return order, nil
}

// over takes what follows OVER: the name of a window, or its definition.
func (p *parser) over(c plan.Call) (plan.Expression, error) {
	w, err := p.windowSpec()
	if err != nil {
		return nil, err
	}
	p.namedWindow = p.namedWindow || w.Name != ""
	w.Function = c
	return w, nil
}

// windowSpec takes w, (w) or (PARTITION BY … ORDER BY … frame); a window that is only named has its Name set.
func (p *parser) windowSpec() (plan.Window, error) {
	var w plan.Window
	var err error
	if !p.is("(") {
		w.Name, err = p.plainName()
		return w, err
	}
	p.take()
	if isName(p.peek()) && p.isAhead(1, ")") {
		if w.Name, err = p.plainName(); err != nil {
			return w, err
		}
		return w, p.expect(")")
	}
	clustered := p.is("CLUSTER", "BY")
	if clustered || p.is("PARTITION", "BY") || p.is("DISTRIBUTE", "BY") {
		p.at += 2
		if w.PartitionBy, err = list(p, p.expression); err != nil {
			return w, err
		}
	}
	if !clustered && (p.accept("ORDER", "BY") || p.accept("SORT", "BY")) {
		if w.OrderBy, err = list(p, p.sortItem); err != nil {
			return w, err
		}
	}
	if p.isOne("ROWS", "RANGE") {
		if w.Frame, err = p.frame(); err != nil {
			return w, err
		}
	}
	return w, p.expect(")")
}

func (p *parser) frame() (*plan.Frame, error) {
	f := &plan.Frame{Rows: p.take().word == "ROWS"}
	between := p.accept("BETWEEN")
	var err error
	if f.Lower, err = p.bound(); err != nil {
		return nil, err
	}
	if !between {
		return f, nil
	}
	if err := p.expect("AND"); err != nil {
		return nil, err
	}
	f.Upper, err = p.bound()
	return f, err
}

// bound takes one end of a frame. Which of its ends an unbounded one is follows from its place; the wrong one is refused.
func (p *parser) bound() (plan.Bound, error) {
	switch {
	case p.accept("CURRENT", "ROW"):
		return plan.Bound{Kind: plan.CurrentRow}, nil
	case p.is("UNBOUNDED", "PRECEDING"), p.is("UNBOUNDED", "FOLLOWING"):
		p.take()
		preceding := p.take().word == "PRECEDING"
		if lower := !p.isAhead(-3, "AND"); lower != preceding {
			return plan.Bound{}, p.refuse(p.previous(), "a window frame that starts at UNBOUNDED FOLLOWING or ends at UNBOUNDED PRECEDING", "Swap its ends.")
		}
		return plan.Bound{Kind: plan.Unbounded}, nil
	}
	value, err := p.expression()
	if err != nil {
		return plan.Bound{}, err
	}
	switch p.acceptOne("PRECEDING", "FOLLOWING") {
	case "PRECEDING":
		return plan.Bound{Kind: plan.Value, Value: call("-", value)}, nil
	case "FOLLOWING":
		return plan.Bound{Kind: plan.Value, Value: value}, nil
	}
	if word := p.tokens[p.at-2].word; p.is(")") && (word == "ROWS" || word == "RANGE") {
		return plan.Bound{}, p.syntaxError(p.peek(), ": missing {'FOLLOWING', 'PRECEDING'}")
	}
	return plan.Bound{}, p.unexpected()
}

// windowClause takes WINDOW w AS (…), … where it is there.
func (p *parser) windowClause(named windows) error {
	if !p.is("WINDOW") || !isName(p.ahead(1)) || !p.isAhead(2, "AS") {
		return nil
	}
	first := p.take()
	_, err := list(p, func() (struct{}, error) {
		name, err := p.plainName()
		if err != nil {
			return struct{}{}, err
		}
		if err := p.expect("AS"); err != nil {
			return struct{}{}, err
		}
		w, err := p.windowSpec()
		if err != nil {
			return struct{}{}, err
		}
		key := strings.ToLower(name)
		if _, twice := named[key]; twice {
			return struct{}{}, p.failSpan(first, p.previous(), "INVALID_SQL_SYNTAX.REPETITIVE_WINDOW_DEFINITION", "42000",
				"Invalid SQL syntax: The definition of window `%s` is repetitive.", name).With("windowName", "`"+name+"`")
		}
		named[key] = w
		return struct{}{}, nil
	})
	return err
}

// windows are the named windows of one SELECT, by name in lower case.
type windows map[string]plan.Window

// resolveWindows puts the definitions in the place of the names of windows in the expressions of a query.
func (p *parser) resolveWindows(r plan.Relation, named windows) (plan.Relation, error) {
	if !p.namedWindow {
		return r, nil
	}
	var missing string
	expression := func(e plan.Expression) plan.Expression {
		w, ok := e.(plan.Window)
		if !ok || w.Name == "" {
			return e
		}
		definition, ok := named.find(w.Name)
		if !ok {
			missing = w.Name
			return e
		}
		definition.Function, definition.Name = w.Function, ""
		return definition
	}
	r = rewriteQuery(r, expression)
	if missing != "" {
		return nil, p.fail(p.tokens[0], "MISSING_WINDOW_SPECIFICATION", "42P20",
			"Window specification is not defined in the WINDOW clause for %s. For more information about WINDOW clauses, please refer to "+
				"'https://spark.apache.org/docs/latest/sql-ref-syntax-qry-select-window.html'.", missing).With("windowName", missing)
	}
	return r, nil
}

// find follows a name to a definition, through names of other windows.
func (named windows) find(name string) (plan.Window, bool) {
	for range len(named) {
		w, ok := named[strings.ToLower(name)]
		if !ok || w.Name == "" {
			return w, ok
		}
		name = w.Name
	}
	return plan.Window{}, false
}

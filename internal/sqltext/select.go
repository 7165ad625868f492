package sqltext

import (
	"github.com/hfspark/hfspark/internal/plan"
)

// selectQuery takes SELECT and its clauses. from is what it reads where FROM came first, else nil.
func (p *parser) selectQuery(from plan.Relation) (plan.Relation, windows, error) {
	p.take()
	hints, err := p.hints()
	if err != nil {
		return nil, nil, err
	}
	if p.is("TRANSFORM", "(") && p.transformScript() {
		return nil, nil, p.refuse(p.peek(), "SELECT TRANSFORM … USING", "Use functions, or a DataFrame in the client.")
	}
	distinct := false
	if p.isOne("DISTINCT", "ALL") && !p.endsHere(1) {
		distinct = p.take().word == "DISTINCT"
	}
	items, err := list(p, p.namedExpression)
	if err != nil {
		return nil, nil, err
	}
	input := from
	if input == nil {
		input = plan.OneRow{}
		if p.is("FROM") {
			if input, err = p.fromClause(); err != nil {
				return nil, nil, err
			}
		}
	}
	if input, err = p.lateralViews(input); err != nil {
		return nil, nil, err
	}
	if p.accept("WHERE") {
		condition, err := p.expression()
		if err != nil {
			return nil, nil, err
		}
		input = plan.Filter{Input: input, Condition: condition}
	}
	r, err := p.projection(input, items)
	if err != nil {
		return nil, nil, err
	}
	if p.is("QUALIFY") && !p.endsHere(1) {
		return nil, nil, p.refuse(p.peek(), "QUALIFY", "Compute the window function in a subquery and filter around it with WHERE.")
	}
	named := windows{}
	if err := p.windowClause(named); err != nil {
		return nil, nil, err
	}
	if distinct {
		r = plan.Distinct{Input: r}
	}
	for i := len(hints) - 1; i >= 0; i-- {
		r = plan.Hint{Input: r, Name: hints[i]}
	}
	return r, named, nil
}

// transformScript reports whether TRANSFORM(…) here is followed by the script to run, rather than being a function.
func (p *parser) transformScript() bool {
	end, ok := p.closing[p.at+1]
	return ok && isOneOf(p.tokens[end+1], "USING", "ROW", "RECORDWRITER")
}

// projection takes GROUP BY and HAVING, and makes the node that computes items.
func (p *parser) projection(input plan.Relation, items []plan.Expression) (plan.Relation, error) {
	var having plan.Expression
	grouped := p.is("GROUP", "BY")
	aggregate := plan.Aggregate{Input: input, Items: items}
	if grouped {
		if err := p.groupBy(&aggregate); err != nil {
			return nil, err
		}
	}
	if p.is("HAVING") && !p.endsHere(1) {
		p.take()
		var err error
		if having, err = p.expression(); err != nil {
			return nil, err
		}
	}
	if !grouped && having == nil {
		return plan.Project{Input: input, Items: items}, nil
	}
	aggregate.Having = having
	return aggregate, nil
}

// hints takes /*+ name, name(argument, …) */ comments, and returns the names.
func (p *parser) hints() ([]string, error) {
	var names []string
	for p.peek().kind == tokenHint {
		p.take()
		for n := 0; n == 0 || p.peek().kind != tokenHintEnd; n++ {
			name, err := p.name()
			if err != nil {
				return nil, err
			}
			if p.accept("(") {
				if _, err := list(p, p.primary); err != nil {
					return nil, err
				}
				if err := p.expect(")"); err != nil {
					return nil, err
				}
			}
			names = append(names, name)
			p.accept(",")
		}
		p.take()
	}
	return names, nil
}

// lateralViews takes LATERAL VIEW [OUTER] generator(…) table [AS columns], any number of them.
func (p *parser) lateralViews(input plan.Relation) (plan.Relation, error) {
	for p.is("LATERAL") && isName(p.ahead(1)) {
		p.take()
		if err := p.expectMissing("VIEW"); err != nil {
			return nil, err
		}
		g := plan.Generate{Input: input}
		if p.is("OUTER") && !p.isAhead(1, "(") {
			p.take()
			g.Outer = true
		}
		first := p.peek()
		name, err := p.parts()
		if err != nil {
			return nil, err
		}
		if !p.is("(") {
			return nil, p.expectMissing("(")
		}
		e, err := p.functionCall(first, name)
		if err != nil {
			return nil, err
		}
		generator, ok := e.(plan.Call)
		if !ok {
			return nil, p.refuse(first, "a window function in LATERAL VIEW", "Use a generator such as explode(…).")
		}
		g.Generator = generator
		if g.Alias, err = p.name(); err != nil {
			return nil, err
		}
		if p.accept("AS") || isName(p.peek()) && p.aliasFollows(isName) {
			if g.Columns, err = list(p, p.name); err != nil {
				return nil, err
			}
		}
		input = g
	}
	return input, nil
}

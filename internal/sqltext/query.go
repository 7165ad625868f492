package sqltext

import (
	"strings"

	"github.com/hfspark/hfspark/internal/plan"
)

// ParseQuery reads one query.
func ParseQuery(text string, parameters Parameters) (plan.Relation, error) {
	p, err := newParser(text, parameters)
	if err != nil {
		return nil, err
	}
	query, err := p.query()
	if err != nil {
		return nil, err
	}
	return query, p.endStatement()
}

// queryAt reports whether a query begins at the token at position i, which is behind a bracket, rather than an expression or a
// relation.
func (p *parser) queryAt(i int) bool {
	first := i
	// ((SELECT 1) UNION …) and ((SELECT 1)) are queries, ((SELECT 1) + 1) is not.
	for p.tokens[min(i, len(p.tokens)-1)].word == "(" {
		if known, ok := p.queries[i]; ok {
			return known
		}
		end, ok := p.closing[i]
		if !ok || !isOneOf(p.tokens[end+1], ")", "UNION", "INTERSECT", "EXCEPT", "MINUS", "ORDER", "SORT", "CLUSTER", "DISTRIBUTE",
			"LIMIT", "OFFSET", "|>") {
			break
		}
		i++
	}
	found := p.queryWordAt(i)
	for ; first < i; first++ {
		p.queries[first] = found // so that each of many brackets is looked at once
	}
	return found
}

// queryWordAt reports whether the token at position i is the first word of a query.
func (p *parser) queryWordAt(i int) bool {
	last := len(p.tokens) - 1
	next, after := p.tokens[min(i+1, last)], p.tokens[min(i+2, last)]
	switch p.tokens[min(i, last)].word {
	case "SELECT":
		return !isOneOf(next, ")", ",", ".", "=")
	case "WITH":
		return isName(next) && (isOneOf(after, "AS", "(") || isName(after))
	case "VALUES":
		return next.kind != tokenSymbol || isOneOf(next, "(", "-", "+", "~", "?", ":")
	case "FROM":
		return isName(next) || next.word == "("
	case "TABLE":
		return isName(next)
	}
	return false
}

// bracketedQuery takes (query).
func (p *parser) bracketedQuery() (plan.Relation, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	query, err := p.query()
	if err != nil {
		return nil, err
	}
	return query, p.closeBracket(")")
}

// query takes a whole query: WITH …, a term, and ORDER BY, LIMIT and their like.
func (p *parser) query() (plan.Relation, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	// The lambda functions around a subquery do not reach into it.
	outer := p.lambdas
	p.lambdas = nil
	defer func() { p.lambdas = outer }()
	if !p.is("WITH") {
		return p.organizedTerm()
	}
	named, err := p.commonTables()
	if err != nil {
		return nil, err
	}
	if p.isOne("INSERT", "MERGE", "UPDATE", "DELETE") {
		return nil, p.refuseStatement()
	}
	input, err := p.organizedTerm()
	if err != nil {
		return nil, err
	}
	return plan.With{Input: input, Named: named}, nil
}

func (p *parser) organizedTerm() (plan.Relation, error) {
	term, windows, err := p.term(false)
	if err != nil {
		return nil, err
	}
	return p.organize(term, windows)
}

// commonTables takes WITH name [(columns)] AS (query), ….
func (p *parser) commonTables() ([]plan.NamedRelation, error) {
	with := p.at
	p.take()
	if p.is("RECURSIVE") && isName(p.ahead(1)) {
		return nil, p.refuse(p.peek(), "WITH RECURSIVE", "Use a DataFrame that is built in a loop, or range(…).")
	}
	seen := map[string]bool{}
	return list(p, func() (plan.NamedRelation, error) {
		var named plan.NamedRelation
		var err error
		if named.Name, err = p.plainName(); err != nil {
			return named, err
		}
		if key := strings.ToLower(named.Name); seen[key] {
			return named, p.failSpan(p.tokens[with], p.tokens[len(p.tokens)-2], "DUPLICATED_CTE_NAMES", "42602",
				"CTE definition can't have duplicate names: `%s`.", named.Name).With("duplicateNames", "`"+named.Name+"`")
		} else {
			seen[key] = true
		}
		if p.is("(") && !p.queryAt(p.at+1) {
			if named.Columns, err = p.names(); err != nil {
				return named, err
			}
		}
		if p.is("MAX", "RECURSION") {
			return named, p.refuse(p.peek(), "MAX RECURSION LEVEL", "Recursive queries are not supported.")
		}
		p.accept("AS")
		named.Plan, err = p.bracketedQuery()
		return named, err
	})
}

// organize takes the clauses that follow a query's term: ORDER BY, SORT BY, CLUSTER BY, DISTRIBUTE BY, WINDOW, LIMIT, OFFSET.
func (p *parser) organize(r plan.Relation, windows windows) (plan.Relation, error) {
	var global, local []plan.SortOrder
	var spread []plan.Expression
	var err error
	first := p.peek()
	if p.accept("ORDER", "BY") {
		if global, err = list(p, p.sortItem); err != nil {
			return nil, err
		}
	}
	if p.accept("CLUSTER", "BY") {
		if spread, err = list(p, p.expression); err != nil {
			return nil, err
		}
		for _, e := range spread {
			local = append(local, plan.SortOrder{Child: e})
		}
		if global != nil {
			return nil, p.combined(first)
		}
	}
	if p.accept("DISTRIBUTE", "BY") {
		if global != nil || spread != nil {
			return nil, p.combined(first)
		}
		if spread, err = list(p, p.expression); err != nil {
			return nil, err
		}
	}
	if p.accept("SORT", "BY") {
		if global != nil || local != nil {
			return nil, p.combined(first)
		}
		if local, err = list(p, p.sortItem); err != nil {
			return nil, err
		}
	}
	if err := p.windowClause(windows); err != nil {
		return nil, err
	}
	if spread != nil {
		r = plan.Repartition{Input: r, By: spread}
	}
	if global != nil {
		r = plan.Sort{Input: r, Order: global}
	}
	if local != nil {
		r = plan.Sort{Input: r, Order: local, Local: true}
	}
	if r, err = p.resolveWindows(r, windows); err != nil {
		return nil, err
	}
	r, err = p.limits(r)
	if err != nil {
		return nil, err
	}
	if p.is("|>") {
		return nil, p.refuse(p.peek(), "the pipe operator |>", "Write the query with SELECT … FROM ….")
	}
	return r, nil
}

func (p *parser) combined(first token) error {
	return p.failSpan(first, p.tokens[len(p.tokens)-2], "UNSUPPORTED_FEATURE.COMBINATION_QUERY_RESULT_CLAUSES", "0A000",
		"The feature is not supported: Combination of ORDER BY/SORT BY/DISTRIBUTE BY/CLUSTER BY.")
}

// limits takes LIMIT n and OFFSET n, of which the latter applies first.
func (p *parser) limits(r plan.Relation) (plan.Relation, error) {
	var limit, offset plan.Expression
	var err error
	if p.accept("LIMIT") && !p.accept("ALL") {
		if limit, err = p.expression(); err != nil {
			return nil, err
		}
	}
	if p.accept("OFFSET") {
		if offset, err = p.expression(); err != nil {
			return nil, err
		}
	}
	if offset != nil {
		r = plan.Offset{Input: r, Count: offset}
	}
	if limit != nil {
		r = plan.Limit{Input: r, Count: limit}
	}
	return r, nil
}

// term takes queries combined by set operators; of these INTERSECT binds tighter, which tight asks for alone. The windows
// returned are those of the term where it is a single SELECT, for the clauses behind it.
func (p *parser) term(tight bool) (plan.Relation, windows, error) {
	if err := p.enter(); err != nil {
		return nil, nil, err
	}
	defer p.leave()
	var left plan.Relation
	var named windows
	var err error
	if tight {
		left, named, err = p.queryPrimary()
	} else {
		left, named, err = p.term(true)
	}
	for err == nil {
		var operator plan.SetOperator
		switch word := p.peek().word; {
		case word == "INTERSECT" && tight:
			operator = plan.Intersect
		case word == "UNION" && !tight:
			operator = plan.Union
		case (word == "EXCEPT" || word == "MINUS") && !tight:
			operator = plan.Except
		default:
			return left, named, nil
		}
		p.take()
		all := p.acceptOne("ALL", "DISTINCT") == "ALL"
		if left, err = p.resolveWindows(left, named); err != nil {
			return nil, nil, err
		}
		var right plan.Relation
		if tight {
			right, named, err = p.queryPrimary()
		} else {
			right, named, err = p.term(true)
		}
		if err != nil {
			return nil, nil, err
		}
		if right, err = p.resolveWindows(right, named); err != nil {
			return nil, nil, err
		}
		left, named = plan.SetOperation{Left: left, Right: right, Operator: operator, All: all}, windows{}
	}
	return nil, nil, err
}

// queryPrimary takes SELECT …, FROM … SELECT …, TABLE t, VALUES … or (query).
func (p *parser) queryPrimary() (plan.Relation, windows, error) {
	switch t := p.peek(); t.word {
	case "(":
		query, err := p.bracketedQuery()
		return query, windows{}, err
	case "SELECT":
		return p.selectQuery(nil)
	case "FROM":
		return p.fromQuery()
	case "VALUES":
		values, err := p.values()
		return values, windows{}, err
	case "TABLE":
		p.take()
		parts, err := p.relationName()
		return plan.NamedTable{Parts: parts}, windows{}, err
	case "MAP", "REDUCE":
		return nil, nil, p.refuse(t, t.word+" … USING", "Use the DataFrame API, or functions in SELECT.")
	}
	return nil, nil, p.unexpected()
}

// fromQuery takes FROM … SELECT ….
func (p *parser) fromQuery() (plan.Relation, windows, error) {
	first := p.peek()
	input, err := p.fromClause()
	if err != nil {
		return nil, nil, err
	}
	switch {
	case p.is("|>"):
		return nil, nil, p.refuse(p.peek(), "the pipe operator |>", "Write the query with SELECT … FROM ….")
	case p.is("INSERT"):
		return nil, nil, p.refuse(p.peek(), "FROM … INSERT", "Write with df.write.")
	case !p.is("SELECT"):
		if p.peek().kind == tokenEnd || p.is(")") {
			return input, windows{}, nil
		}
		return nil, nil, p.unexpected()
	}
	query, named, err := p.selectQuery(input)
	if err != nil {
		return nil, nil, err
	}
	if p.is("SELECT") {
		return nil, nil, p.refuse(first, "FROM with several SELECTs", "Combine separate queries with UNION ALL.")
	}
	return query, named, nil
}

// relationName takes the name of a table, or IDENTIFIER(…).
func (p *parser) relationName() ([]string, error) {
	if p.is("IDENTIFIER", "(") {
		return p.identifierArgument()
	}
	return p.parts()
}

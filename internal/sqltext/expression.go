package sqltext

import (
	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/plan/types"
)

// ParseExpression reads one expression as selectExpr and filter take it; it may be a star, and may have an alias.
func ParseExpression(text string) (plan.Expression, error) {
	return ParseExpressionWith(text, Parameters{})
}

// ParseExpressionWith is ParseExpression for a text with parameter markers.
func ParseExpressionWith(text string, parameters Parameters) (plan.Expression, error) {
	p, err := newParser(text, parameters)
	if err != nil {
		return nil, err
	}
	e, err := p.namedExpression()
	if err != nil {
		return nil, err
	}
	return e, p.end()
}

// namedExpression takes an expression with perhaps an alias: a, a AS b, a b, explode(m) AS (k, v).
func (p *parser) namedExpression() (plan.Expression, error) {
	e, err := p.expression()
	if err != nil {
		return nil, err
	}
	if p.is("AS") && !p.endsHere(1) && !p.asIsAlias() {
		p.take()
		if p.is("(") {
			return p.aliasList(e)
		}
	} else if !p.aliasFollows(isName) {
		if p.is("(") && p.onlyNamesInBrackets() {
			return p.aliasList(e)
		}
		return e, nil
	}
	name, err := p.plainName()
	if err != nil {
		return nil, err
	}
	return plan.Alias{Child: e, Names: []string{name}}, nil
}

// asIsAlias reports whether AS is itself the alias, as in SELECT a AS FROM t.
func (p *parser) asIsAlias() bool {
	return p.isAhead(1, "FROM") && isName(p.ahead(2)) && !p.isAhead(2, "FROM")
}

func (p *parser) aliasList(e plan.Expression) (plan.Expression, error) {
	names, err := p.names()
	if err != nil {
		return nil, err
	}
	return plan.Alias{Child: e, Names: names}, nil
}

// onlyNamesInBrackets reports whether (a, b) follows.
func (p *parser) onlyNamesInBrackets() bool {
	end, ok := p.closing[p.at]
	if !ok || end == p.at+1 {
		return false
	}
	for i := p.at + 1; i < end; i++ {
		if name := (i-p.at)%2 == 1; name != isName(p.tokens[i]) || !name && p.tokens[i].word != "," {
			return false
		}
	}
	return (end-p.at)%2 == 0
}

// aliasFollows reports whether the next token is an alias without AS: one that usable allows, and that begins no clause.
func (p *parser) aliasFollows(usable func(token) bool) bool {
	t := p.peek()
	return usable(t) && (t.kind == tokenQuotedName || p.endsHere(1) || !p.clauseFollows())
}

// clauseFollows reports whether the next word begins a clause, by the words that come after it: any word may also be an alias.
func (p *parser) clauseFollows() bool {
	switch p.peek().word {
	case "FROM", "WHERE", "HAVING", "LIMIT", "OFFSET", "QUALIFY":
		return true
	case "GROUP", "ORDER", "SORT", "CLUSTER", "DISTRIBUTE":
		return p.isAhead(1, "BY") && !p.endsHere(2)
	case "UNION", "INTERSECT", "EXCEPT", "MINUS":
		return p.isOneAhead(1, "ALL", "DISTINCT", "SELECT", "FROM", "TABLE", "VALUES", "(", "MAP", "REDUCE")
	case "WINDOW":
		return p.isAhead(2, "AS")
	case "LATERAL":
		return p.isAhead(1, "VIEW")
	case "PIVOT", "TABLESAMPLE":
		return p.isAhead(1, "(")
	case "UNPIVOT":
		return p.isOneAhead(1, "(", "INCLUDE", "EXCLUDE")
	case "WITH":
		return p.isOneAhead(1, "ROLLUP", "CUBE", "ORDINALITY", "(")
	case "GROUPING":
		return p.isAhead(1, "SETS")
	case "FOR":
		return isName(p.ahead(1)) || p.isAhead(1, "(")
	case "VERSION", "TIMESTAMP", "SYSTEM_VERSION", "SYSTEM_TIME":
		return p.isAhead(1, "AS", "OF")
	case "ASOF":
		return p.isAhead(1, "JOIN")
	case "APPROX", "EXACT":
		return p.isAhead(1, "NEAREST")
	case "INSERT", "SELECT":
		return isName(p.ahead(1)) || p.isAhead(1, "*")
	}
	return false
}

// endsHere reports whether an expression cannot go on or begin at the token n places ahead.
func (p *parser) endsHere(n int) bool {
	t := p.ahead(n)
	return t.kind == tokenEnd || isOneOf(t, ")", ",", ";", "]")
}

// expression takes any expression.
func (p *parser) expression() (plan.Expression, error) { return p.boolean(precedenceOr) }

// The precedences of the boolean operators, the loosest first.
const (
	precedenceOr = iota + 1
	precedenceAnd
	precedenceNot
)

func (p *parser) boolean(least int) (plan.Expression, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	left, err := p.negatable()
	if err != nil {
		return nil, err
	}
	for {
		word, precedence := p.peek().word, precedenceOr
		if word == "AND" {
			precedence = precedenceAnd
		}
		if word != "AND" && word != "OR" || precedence < least || p.endsHere(1) {
			return left, nil
		}
		operands := []plan.Expression{left}
		for p.is(word) && !p.endsHere(1) {
			p.take()
			right, err := p.boolean(precedence + 1)
			if err != nil {
				return nil, err
			}
			operands = append(operands, right)
		}
		name := "or"
		if word == "AND" {
			name = "and"
		}
		left = balance(name, operands)
	}
}

// balance combines operands into a balanced tree, as Spark does with long chains of AND and OR.
func balance(name string, operands []plan.Expression) plan.Expression {
	if len(operands) == 1 {
		return operands[0]
	}
	middle := (len(operands)-1)/2 + 1
	return call(name, balance(name, operands[:middle]), balance(name, operands[middle:]))
}

func call(name string, args ...plan.Expression) plan.Call { return plan.Call{Name: name, Args: args} }

func text(s string) plan.Literal { return plan.Literal{Value: s, Type: types.String} }

func negate(e plan.Expression, negated bool) plan.Expression {
	if negated {
		return call("not", e)
	}
	return e
}

// negatable takes NOT e, EXISTS (query), or a value with perhaps a predicate.
func (p *parser) negatable() (plan.Expression, error) {
	switch {
	case p.is("!"), p.is("NOT") && !p.endsHere(1):
		p.take()
		operand, err := p.boolean(precedenceNot)
		if err != nil {
			return nil, err
		}
		return call("not", operand), nil
	case p.is("EXISTS", "(") && p.queryAt(p.at+2):
		p.take()
		query, err := p.bracketedQuery()
		if err != nil {
			return nil, err
		}
		return plan.Subquery{Kind: plan.ExistsSubquery, Plan: query}, nil
	}
	value, err := p.value(precedenceComparison)
	if err != nil {
		return nil, err
	}
	return p.predicate(value)
}

// The precedences of the binary operators, the loosest first.
const (
	precedenceComparison = iota + 1
	precedenceBitOr
	precedenceBitXor
	precedenceBitAnd
	precedenceShift
	precedenceSum
	precedenceProduct
	precedenceUnary
)

// operator is a binary operator: its precedence, the function it calls, and whether the result is negated.
type operator struct {
	precedence int
	name       string
	negated    bool
}

var operators = map[string]operator{
	"=": {precedenceComparison, "==", false}, "==": {precedenceComparison, "==", false}, "<=>": {precedenceComparison, "<=>", false},
	"<>": {precedenceComparison, "==", true}, "!=": {precedenceComparison, "==", true}, "<": {precedenceComparison, "<", false},
	"<=": {precedenceComparison, "<=", false}, "!>": {precedenceComparison, "<=", false}, ">": {precedenceComparison, ">", false},
	">=": {precedenceComparison, ">=", false}, "!<": {precedenceComparison, ">=", false},
	"|": {precedenceBitOr, "|", false}, "^": {precedenceBitXor, "^", false}, "&": {precedenceBitAnd, "&", false},
	"<<": {precedenceShift, "<<", false}, ">>": {precedenceShift, ">>", false}, ">>>": {precedenceShift, ">>>", false},
	"+": {precedenceSum, "+", false}, "-": {precedenceSum, "-", false}, "||": {precedenceSum, "concat", false},
	"*": {precedenceProduct, "*", false}, "/": {precedenceProduct, "/", false}, "%": {precedenceProduct, "%", false},
	"DIV": {precedenceProduct, "div", false},
}

// value takes an expression of operators that bind at least as tight as least.
func (p *parser) value(least int) (plan.Expression, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	left, err := p.unary()
	if err != nil {
		return nil, err
	}
	for {
		t := p.peek()
		op, known := operators[t.word]
		if !known || op.precedence < least || t.kind == tokenWord && p.endsHere(1) {
			return left, nil
		}
		p.take()
		right, err := p.value(op.precedence + 1)
		if err != nil {
			return nil, err
		}
		left = negate(call(op.name, left, right), op.negated)
	}
}

func (p *parser) unary() (plan.Expression, error) {
	names := map[string]string{"-": "-", "+": "positive", "~": "~"}
	name := names[p.peek().word]
	if name == "" || name == "-" && isNumber(p.ahead(1)) {
		return p.primary()
	}
	p.take()
	operand, err := p.value(precedenceUnary)
	if err != nil {
		return nil, err
	}
	return call(name, operand), nil
}

// predicate takes what may follow a value once: [NOT] BETWEEN, IN, LIKE and their like, and IS.
func (p *parser) predicate(left plan.Expression) (plan.Expression, error) {
	if p.endsHere(1) {
		return left, nil
	}
	if p.accept("IS") {
		return p.isPredicate(left)
	}
	n, negated := 0, false
	if p.isOne("NOT", "!") {
		n, negated = 1, true
	}
	t := p.ahead(n)
	if !isOneOf(t, "BETWEEN", "IN", "LIKE", "ILIKE", "RLIKE", "REGEXP") {
		return left, nil
	}
	p.at += n + 1
	switch t.word {
	case "BETWEEN":
		low, err := p.value(precedenceComparison)
		if err != nil {
			return nil, err
		}
		if err := p.expectMissing("AND"); err != nil {
			return nil, err
		}
		high, err := p.value(precedenceComparison)
		if err != nil {
			return nil, err
		}
		return negate(call("between", left, low, high), negated), nil
	case "IN":
		return p.inPredicate(left, negated)
	case "RLIKE", "REGEXP":
		pattern, err := p.value(precedenceComparison)
		if err != nil {
			return nil, err
		}
		return negate(call("rlike", left, pattern), negated), nil
	case "LIKE":
		return p.likePredicate(left, "like", negated)
	}
	return p.likePredicate(left, "ilike", negated)
}

func (p *parser) isPredicate(left plan.Expression) (plan.Expression, error) {
	negated := p.acceptOne("NOT", "!") != ""
	switch p.acceptOne("NULL", "UNKNOWN", "TRUE", "FALSE", "DISTINCT") {
	case "NULL", "UNKNOWN":
		if negated {
			return call("isnotnull", left), nil
		}
		return call("isnull", left), nil
	case "TRUE":
		return negate(call("<=>", left, plan.Literal{Value: true, Type: types.Boolean}), negated), nil
	case "FALSE":
		return negate(call("<=>", left, plan.Literal{Value: false, Type: types.Boolean}), negated), nil
	case "DISTINCT":
		if err := p.expectMissing("FROM"); err != nil {
			return nil, err
		}
		right, err := p.value(precedenceComparison)
		if err != nil {
			return nil, err
		}
		return negate(call("<=>", left, right), !negated), nil
	}
	return nil, p.unexpectedBefore()
}

// inPredicate takes what follows IN: (query) or (value, …).
func (p *parser) inPredicate(left plan.Expression, negated bool) (plan.Expression, error) {
	in := p.previous()
	if !p.is("(") {
		return nil, p.unexpectedBefore()
	}
	if p.is("(", ")") {
		return nil, p.failSpan(in, p.ahead(1), "INVALID_SQL_SYNTAX.EMPTY_IN_PREDICATE", "42000",
			"Invalid SQL syntax: IN predicate requires at least one value. Empty IN clauses like 'IN ()' are not allowed. Consider using "+
				"'WHERE FALSE' if you need an always-false condition, or provide at least one value in the IN list.")
	}
	if p.queryAt(p.at + 1) {
		query, err := p.bracketedQuery()
		if err != nil {
			return nil, err
		}
		values := []plan.Expression{left}
		if row, ok := rowValues(left); ok {
			values = row
		}
		return negate(plan.Subquery{Kind: plan.InSubquery, Plan: query, Values: values}, negated), nil
	}
	p.take()
	items, err := list(p, p.expression)
	if err != nil {
		return nil, err
	}
	if err := p.closeList(len(items)); err != nil {
		return nil, err
	}
	return negate(call("in", append([]plan.Expression{left}, items...)...), negated), nil
}

// likePredicate takes what follows LIKE and ILIKE: a pattern with perhaps an escape character, or ANY, SOME or ALL of several.
func (p *parser) likePredicate(left plan.Expression, name string, negated bool) (plan.Expression, error) {
	like := p.previous()
	if p.isOne("ANY", "SOME", "ALL") && p.isAhead(1, "(") {
		combine := "or"
		if p.take().word == "ALL" {
			combine = "and"
		}
		p.take()
		if p.is(")") {
			return nil, p.failSpan(like, p.peek(), "INVALID_SQL_SYNTAX.EMPTY_QUANTIFIED_PATTERN", "42000",
				"Invalid SQL syntax: Expected something between '(' and ')'.")
		}
		patterns, err := list(p, p.expression)
		if err != nil {
			return nil, err
		}
		if err := p.expect(")"); err != nil {
			return nil, err
		}
		tests := make([]plan.Expression, len(patterns))
		for i, pattern := range patterns {
			tests[i] = negate(call(name, left, pattern), negated)
		}
		return balance(combine, tests), nil
	}
	pattern, err := p.value(precedenceComparison)
	if err != nil {
		return nil, err
	}
	args := []plan.Expression{left, pattern}
	if p.is("ESCAPE") && p.ahead(1).kind == tokenString {
		p.take()
		escape := p.strings()
		if len([]rune(escape)) != 1 {
			return nil, p.failSpan(like, p.previous(), "INVALID_ESC", "42604",
				"Found an invalid escape string: '%s'. The escape string must contain only one character.", escape).With("invalidEscape", "'"+escape+"'")
		}
		args = append(args, text(escape))
	}
	return negate(call(name, args...), negated), nil
}

package sqltext

import (
	"strings"

	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// primary takes an operand with what may follow it: .field, [index], ::type.
func (p *parser) primary() (plan.Expression, error) {
	e, err := p.operand()
	if err != nil {
		return nil, err
	}
	for {
		switch {
		case p.is("."):
			p.take()
			name, err := p.name()
			if err != nil {
				return nil, err
			}
			e = field(e, name)
		case p.is("["):
			p.take()
			index, err := p.value(precedenceComparison)
			if err != nil {
				return nil, err
			}
			if err := p.closeBracket("]"); err != nil {
				return nil, err
			}
			e = plan.ExtractValue{Child: e, Key: index}
		case p.accept("::"):
			t, err := p.dataType()
			if err != nil {
				return nil, err
			}
			e = plan.Cast{Child: e, To: t}
		case p.is("COLLATE") && isName(p.ahead(1)):
			return nil, p.refuse(p.peek(), "COLLATE", "Strings compare by bytes (UTF8_BINARY); use lower(…) to ignore case.")
		case p.is(":") && (isName(p.ahead(1)) || p.isAhead(1, "[")):
			return nil, p.refuse(p.peek(), "the extraction of a VARIANT's member with a colon", "Use get_json_object(…) or from_json(…).")
		default:
			return e, nil
		}
	}
}

// field is e.name: one more part of a column's name, or the member of a value.
func field(e plan.Expression, name string) plan.Expression {
	if a, ok := e.(plan.Attribute); ok {
		return plan.Attribute{Parts: append(a.Parts[:len(a.Parts):len(a.Parts)], name)}
	}
	return plan.ExtractValue{Child: e, Key: text(name)}
}

func (p *parser) operand() (plan.Expression, error) {
	t := p.peek()
	switch {
	case isNumber(t):
		return p.number(false)
	case t.word == "-" && isNumber(p.ahead(1)):
		p.take()
		return p.number(true)
	case t.kind == tokenString:
		return text(p.strings()), nil
	case t.word == "(":
		return p.bracketed()
	case t.word == "*":
		p.take()
		return p.star(nil)
	case t.word == "?", t.word == ":" && isName(p.ahead(1)):
		return p.parameter()
	case isName(t):
		return p.named()
	}
	return nil, p.unexpected()
}

// bracketed takes what begins with a bracket: a query, a lambda function's parameters, a row, or an expression.
func (p *parser) bracketed() (plan.Expression, error) {
	if end, ok := p.closing[p.at]; ok && end+1 < len(p.tokens) && p.tokens[end+1].word == "->" && p.onlyNamesInBrackets() {
		parameters, err := p.names()
		if err != nil {
			return nil, err
		}
		return p.lambda(parameters)
	}
	if p.queryAt(p.at + 1) {
		query, err := p.bracketedQuery()
		if err != nil {
			return nil, err
		}
		return plan.Subquery{Kind: plan.ScalarSubquery, Plan: query}, nil
	}
	p.take()
	items, err := list(p, p.namedExpression)
	if err != nil {
		return nil, err
	}
	if len(items) > 1 {
		return row(items), p.closeList(len(items))
	}
	if _, aliased := items[0].(plan.Alias); aliased {
		return nil, p.unexpected()
	}
	return items[0], p.expect(")")
}

// star is * with perhaps EXCEPT (…) behind it.
func (p *parser) star(target []string) (plan.Expression, error) {
	star := plan.Star{Target: target}
	if p.is("EXCEPT", "(") && !p.queryAt(p.at+2) {
		p.at += 2
		var err error
		if star.Except, err = list(p, p.parts); err != nil {
			return nil, err
		}
		return star, p.closeList(len(star.Except))
	}
	return star, nil
}

// parameter is the value of the marker ? or :name.
func (p *parser) parameter() (plan.Expression, error) {
	t := p.take()
	if t.word == "?" {
		n := p.positional
		p.positional++
		if n < len(p.parameters.Positional) {
			return p.parameters.Positional[n], nil
		}
		return nil, p.unbound(t, "_"+itoa(t.start))
	}
	name, err := p.name()
	if err != nil {
		return nil, err
	}
	if e, ok := p.parameters.Named[name]; ok {
		return e, nil
	}
	return nil, p.unbound(t, name)
}

func (p *parser) unbound(at token, name string) error {
	e := p.failSpan(at, p.previous(), "UNBOUND_SQL_PARAMETER", "42P02",
		"Found the unbound parameter: %s. Please, fix `args` and provide a mapping of the parameter to either a SQL literal or "+
			"collection constructor functions such as `map()`, `array()`, `struct()`.", name).With("name", name)
	e.Class = sparkerror.AnalysisException
	return e
}

// lambda takes -> body.
func (p *parser) lambda(parameters []string) (plan.Expression, error) {
	if err := p.expect("->"); err != nil {
		return nil, err
	}
	scope := make(map[string]bool, len(parameters))
	for _, name := range parameters {
		scope[strings.ToLower(name)] = true
	}
	p.lambdas = append(p.lambdas, scope)
	defer func() { p.lambdas = p.lambdas[:len(p.lambdas)-1] }()
	body, err := p.expression()
	if err != nil {
		return nil, err
	}
	return plan.Lambda{Parameters: parameters, Body: body}, nil
}

func (p *parser) isLambdaVariable(name string) bool {
	for _, scope := range p.lambdas {
		if scope[strings.ToLower(name)] {
			return true
		}
	}
	return false
}

// named takes what begins with a name: a keyword's construct, a literal, a function call, a star or a column.
func (p *parser) named() (plan.Expression, error) {
	t := p.peek()
	if e, done, err := p.construct(t); done || err != nil {
		return e, err
	}
	if p.ahead(1).kind == tokenString {
		return p.typedLiteral()
	}
	if p.isAhead(1, "->") {
		name, err := p.name()
		if err != nil {
			return nil, err
		}
		return p.lambda([]string{name})
	}
	first := p.at
	name, err := p.name()
	if err != nil {
		return nil, err
	}
	parts := []string{name}
	if p.isLambdaVariable(name) && !p.is("(") {
		return plan.LambdaVariable{Name: name}, nil
	}
	for p.is(".") {
		p.take()
		if p.accept("*") {
			return p.star(parts)
		}
		if name, err = p.name(); err != nil {
			return nil, err
		}
		parts = append(parts, name)
	}
	if p.is("(") {
		return p.functionCall(p.tokens[first], parts)
	}
	return plan.Attribute{Parts: parts}, nil
}

// construct takes the constructs that a keyword begins. done is false where the word is just a name here.
func (p *parser) construct(t token) (e plan.Expression, done bool, err error) {
	if t.kind != tokenWord {
		return nil, false, nil
	}
	switch t.word {
	case "NULL":
		p.take()
		return plan.Literal{Type: types.Null}, true, nil
	case "TRUE", "FALSE":
		p.take()
		return plan.Literal{Value: t.word == "TRUE", Type: types.Boolean}, true, nil
	case "INTERVAL":
		if p.startsInterval() {
			e, err = p.interval()
			return e, true, err
		}
	case "CASE":
		if p.startsCase() {
			e, err = p.caseExpression()
			return e, true, err
		}
	}
	if !p.isAhead(1, "(") {
		return nil, false, nil
	}
	return p.specialCall(t.word)
}

// startsCase reports whether CASE here begins its construct, rather than being a name.
func (p *parser) startsCase() bool {
	return !p.endsHere(1) && !isOneOf(p.ahead(1), "FROM", "AS", ".", "=", "<", ">", "<=", ">=", "*", "/", "->")
}

func (p *parser) caseExpression() (plan.Expression, error) {
	p.take()
	var operand plan.Expression
	var err error
	if !p.is("WHEN") {
		if operand, err = p.expression(); err != nil {
			return nil, err
		}
	}
	var args []plan.Expression
	for p.accept("WHEN") {
		condition, err := p.expression()
		if err != nil {
			return nil, err
		}
		if err := p.expect("THEN"); err != nil {
			return nil, err
		}
		value, err := p.expression()
		if err != nil {
			return nil, err
		}
		if operand != nil {
			condition = call("==", operand, condition)
		}
		args = append(args, condition, value)
	}
	if len(args) == 0 {
		return nil, p.unexpected()
	}
	if p.accept("ELSE") {
		otherwise, err := p.expression()
		if err != nil {
			return nil, err
		}
		args = append(args, otherwise)
	}
	return call("when", args...), p.expect("END")
}

package sqltext

import (
	"strconv"
	"strings"

	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/plan/types"
)

func itoa(n int) string { return strconv.Itoa(n) }

// specialCall takes the calls with a syntax of their own, by their keyword; it is only tried where a bracket follows that.
// done is false where it turns out to be an ordinary call.
func (p *parser) specialCall(word string) (e plan.Expression, done bool, err error) {
	switch word {
	case "CAST", "TRY_CAST":
		return p.cast()
	case "STRUCT":
		return p.structCall()
	case "POSITION":
		return p.position()
	case "EXTRACT":
		return p.extract()
	case "SUBSTR", "SUBSTRING":
		return p.substring()
	case "TRIM":
		return p.trim()
	case "OVERLAY":
		return p.overlay()
	case "TIMESTAMPADD", "DATEADD", "DATE_ADD", "TIMESTAMPDIFF", "DATEDIFF", "DATE_DIFF", "TIMEDIFF":
		return p.dateArithmetic()
	case "IDENTIFIER":
		return p.identifierClause()
	}
	return nil, false, nil
}

// topLevel reports whether word stands between the bracket one token ahead and its closing one, outside of inner brackets.
func (p *parser) topLevel(word string) bool {
	end, ok := p.closing[p.at+1]
	if !ok {
		end = len(p.tokens) - 1
	}
	for i := p.at + 2; i < end; i++ {
		t := p.tokens[i]
		if t.word == word {
			return true
		}
		if inner, ok := p.closing[i]; ok && t.word == "(" {
			i = inner
		}
	}
	return false
}

func (p *parser) cast() (plan.Expression, bool, error) {
	mode := plan.CastDefault
	if p.take().word == "TRY_CAST" {
		mode = plan.CastTry
	}
	p.take()
	child, err := p.expression()
	if err != nil {
		return nil, true, err
	}
	if !p.accept("AS") {
		if p.isAhead(1, ")") {
			return nil, true, p.syntaxError(p.peek(), ": extra input "+p.display(p.peek()))
		}
		return nil, true, p.unexpected()
	}
	to, err := p.dataType()
	if err != nil {
		return nil, true, err
	}
	return plan.Cast{Child: child, To: to, Mode: mode}, true, p.expect(")")
}

// structCall is struct(…), whose arguments may have aliases.
func (p *parser) structCall() (plan.Expression, bool, error) {
	p.at += 2
	if p.accept(")") {
		return call("struct"), true, nil
	}
	args, err := list(p, p.namedExpression)
	if err != nil {
		return nil, true, err
	}
	return call("struct", args...), true, p.expect(")")
}

// position is POSITION(a IN b).
func (p *parser) position() (plan.Expression, bool, error) {
	if !p.topLevel("IN") || p.topLevel(",") {
		return nil, false, nil
	}
	p.at += 2
	args, err := p.separated("IN")
	if err != nil {
		return nil, true, err
	}
	return call("locate", args...), true, p.expect(")")
}

// separated takes values with these words between them.
func (p *parser) separated(words ...string) ([]plan.Expression, error) {
	var args []plan.Expression
	for i := range len(words) + 1 {
		if i > 0 {
			if err := p.expect(words[i-1]); err != nil {
				return nil, err
			}
		}
		e, err := p.value(precedenceComparison)
		if err != nil {
			return nil, err
		}
		args = append(args, e)
	}
	return args, nil
}

// extract is EXTRACT(field FROM source).
func (p *parser) extract() (plan.Expression, bool, error) {
	if !isName(p.ahead(2)) || !p.isAhead(3, "FROM") {
		return nil, false, nil
	}
	p.at += 2
	unit, err := p.name()
	if err != nil {
		return nil, true, err
	}
	p.take()
	source, err := p.value(precedenceComparison)
	if err != nil {
		return nil, true, err
	}
	return call("extract", text(unit), source), true, p.expect(")")
}

// substring is SUBSTRING(x FROM a [FOR b]).
func (p *parser) substring() (plan.Expression, bool, error) {
	if !p.topLevel("FROM") {
		return nil, false, nil
	}
	p.at += 2
	words := []string{"FROM"}
	args, err := p.separated(words...)
	if err != nil {
		return nil, true, err
	}
	if p.accept("FOR") || p.accept(",") {
		length, err := p.value(precedenceComparison)
		if err != nil {
			return nil, true, err
		}
		args = append(args, length)
	}
	return call("substring", args...), true, p.expect(")")
}

// trim is TRIM([BOTH|LEADING|TRAILING] [characters] FROM source).
func (p *parser) trim() (plan.Expression, bool, error) {
	if !p.topLevel("FROM") {
		return nil, false, nil
	}
	p.at += 2
	name := "trim"
	if p.ahead(1).kind != tokenEnd && !p.isAhead(1, ".") {
		switch p.acceptOne("BOTH", "LEADING", "TRAILING") {
		case "LEADING":
			name = "ltrim"
		case "TRAILING":
			name = "rtrim"
		}
	}
	var args []plan.Expression
	if !p.is("FROM") {
		characters, err := p.value(precedenceComparison)
		if err != nil {
			return nil, true, err
		}
		args = append(args, characters)
	}
	if err := p.expect("FROM"); err != nil {
		return nil, true, err
	}
	source, err := p.value(precedenceComparison)
	if err != nil {
		return nil, true, err
	}
	return call(name, append(args, source)...), true, p.expect(")")
}

// overlay is OVERLAY(input PLACING replacement FROM position [FOR length]).
func (p *parser) overlay() (plan.Expression, bool, error) {
	if !p.topLevel("PLACING") {
		return nil, false, nil
	}
	p.at += 2
	args, err := p.separated("PLACING", "FROM")
	if err != nil {
		return nil, true, err
	}
	if p.accept("FOR") {
		length, err := p.value(precedenceComparison)
		if err != nil {
			return nil, true, err
		}
		args = append(args, length)
	}
	return call("overlay", args...), true, p.expect(")")
}

// dateArithmetic is TIMESTAMPADD(unit, n, t) and TIMESTAMPDIFF(unit, a, b) by all their names; with two arguments these are
// ordinary functions.
func (p *parser) dateArithmetic() (plan.Expression, bool, error) {
	units := []string{
		"YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "DAYOFYEAR", "HOUR", "MINUTE", "SECOND", "MILLISECOND", "MICROSECOND",
	}
	word := p.ahead(2)
	end, ok := p.closing[p.at+1]
	if !isOneOf(word, units...) || !p.isAhead(3, ",") || !ok || p.commas(p.at+2, end) != 2 {
		return nil, false, nil
	}
	name := "timestampdiff"
	if isOneOf(p.peek(), "TIMESTAMPADD", "DATEADD", "DATE_ADD") {
		name = "timestampadd"
	}
	p.at += 4
	args, err := p.separated(",")
	if err != nil {
		return nil, true, err
	}
	return call(name, append([]plan.Expression{text(word.text)}, args...)...), true, p.expect(")")
}

// commas counts the commas between two tokens outside of inner brackets.
func (p *parser) commas(from, to int) int {
	n := 0
	for i := from; i < to; i++ {
		if p.tokens[i].word == "," {
			n++
		}
		if inner, ok := p.closing[i]; ok {
			i = inner
		}
	}
	return n
}

// identifierClause is IDENTIFIER('a.b'): a column, or a function where a second bracket follows.
func (p *parser) identifierClause() (plan.Expression, bool, error) {
	end, ok := p.closing[p.at+1]
	if !ok || p.commas(p.at+2, end) > 0 || end == p.at+2 {
		return nil, false, nil
	}
	first := p.peek()
	parts, err := p.identifierArgument()
	if err != nil {
		return nil, true, err
	}
	if p.is("(") {
		e, err := p.functionCall(first, parts)
		return e, true, err
	}
	return plan.Attribute{Parts: parts}, true, nil
}

// identifierArgument takes IDENTIFIER(text), whose text must be known here.
func (p *parser) identifierArgument() ([]string, error) {
	p.take()
	at := p.take()
	e, err := p.expression()
	if err != nil {
		return nil, err
	}
	name, ok := constantText(e)
	if !ok {
		return nil, p.refuse(at, "IDENTIFIER() of anything but strings and parameters", "Write the name itself, or pass it as a parameter.")
	}
	parts, err := ParseIdentifier(name)
	if err != nil {
		return nil, err
	}
	return parts, p.expect(")")
}

// constantText is the value of a string, or of strings put together with ||.
func constantText(e plan.Expression) (string, bool) {
	switch x := e.(type) {
	case plan.Literal:
		s, ok := x.Value.(string)
		return s, ok
	case plan.Call:
		if x.Name != "concat" {
			return "", false
		}
		var b strings.Builder
		for _, arg := range x.Args {
			s, ok := constantText(arg)
			if !ok {
				return "", false
			}
			b.WriteString(s)
		}
		return b.String(), true
	}
	return "", false
}

// functionCall takes the arguments of a call and what may follow them.
func (p *parser) functionCall(first token, parts []string) (plan.Expression, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	p.take()
	c := plan.Call{Name: strings.ToLower(strings.Join(parts, "."))}
	if p.isOne("DISTINCT", "ALL") && !isOneOf(p.ahead(1), ")", ",", ".", "=", "=>") {
		c.Distinct = p.take().word == "DISTINCT"
	}
	if !p.is(")") {
		if err := p.arguments(&c.Args, &c.Named); err != nil {
			return nil, err
		}
	}
	if isOneOf(first, "FIRST", "LAST", "ANY_VALUE") && len(parts) == 1 && p.accept("IGNORE", "NULLS") {
		c.IgnoreNulls = true
	}
	if err := p.closeList(len(c.Args) + len(c.Named)); err != nil {
		return nil, err
	}
	if c.Name == "count" && len(c.Args) == 1 && !c.Distinct {
		if star, ok := c.Args[0].(plan.Star); ok && star.Target == nil && star.Except == nil {
			c.Args[0] = plan.Literal{Value: int32(1), Type: types.Integer}
		}
	}
	return p.callClauses(c)
}

// arguments takes expressions and name => value pairs.
func (p *parser) arguments(positional *[]plan.Expression, named *[]plan.NamedArgument) error {
	for {
		if isName(p.peek()) && p.isAhead(1, "=>") {
			name, err := p.name()
			if err != nil {
				return err
			}
			p.take()
			value, err := p.expression()
			if err != nil {
				return err
			}
			*named = append(*named, plan.NamedArgument{Name: name, Value: value})
		} else {
			at := p.peek()
			value, err := p.expression()
			if err != nil {
				return err
			}
			if len(*named) > 0 {
				return p.fail(at, "UNEXPECTED_POSITIONAL_ARGUMENT", "4274K",
					"A positional argument follows the named argument %s; please rearrange them so that the positional arguments come first.",
					(*named)[len(*named)-1].Name)
			}
			*positional = append(*positional, value)
		}
		if !p.accept(",") {
			return nil
		}
	}
}

// callClauses takes WITHIN GROUP (…), FILTER (…), IGNORE or RESPECT NULLS, and OVER … after a call.
func (p *parser) callClauses(c plan.Call) (plan.Expression, error) {
	var err error
	if p.accept("WITHIN", "GROUP", "(") {
		if err := p.expect("ORDER", "BY"); err != nil {
			return nil, err
		}
		if c.OrderWithin, err = list(p, p.sortItem); err != nil {
			return nil, err
		}
		if err := p.expect(")"); err != nil {
			return nil, err
		}
	}
	if p.accept("FILTER", "(", "WHERE") {
		if c.Filter, err = p.expression(); err != nil {
			return nil, err
		}
		if err := p.expect(")"); err != nil {
			return nil, err
		}
	}
	if p.accept("IGNORE", "NULLS") {
		c.IgnoreNulls = true
	} else {
		p.accept("RESPECT", "NULLS")
	}
	if p.is("OVER") && (p.isAhead(1, "(") || isName(p.ahead(1))) {
		p.take()
		return p.over(c)
	}
	return c, nil
}

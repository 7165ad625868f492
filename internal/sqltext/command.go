package sqltext

import (
	"strings"

	"github.com/hfspark/hfspark/internal/plan"
)

// create takes CREATE [OR REPLACE] [GLOBAL] TEMPORARY VIEW; other things to create are refused.
func (p *parser) create() (Statement, error) {
	start := p.at
	refuse := func() (Statement, error) {
		p.at = start
		return nil, p.refuseStatement()
	}
	p.take()
	var v CreateView
	v.Replace = p.accept("OR", "REPLACE")
	v.Global = p.accept("GLOBAL")
	if p.acceptOne("TEMPORARY", "TEMP") == "" || !p.accept("VIEW") {
		return refuse()
	}
	ifNotExists := p.accept("IF", "NOT", "EXISTS")
	var err error
	if v.Name, err = p.relationName(); err != nil {
		return nil, err
	}
	if p.is("USING") && ifNotExists {
		return nil, p.unexpected()
	}
	if p.is("USING") {
		v.Query, err = p.viewSource("")
		return v, err
	}
	if p.is("(") {
		if schema, ok, err := p.viewSchema(); err != nil {
			return nil, err
		} else if ok {
			v.Query, err = p.viewSource(schema)
			return v, err
		}
		if v.Columns, err = p.viewColumns(); err != nil {
			return nil, err
		}
	}
	if p.isOne("COMMENT", "TBLPROPERTIES", "PARTITIONED", "WITH") && !p.is("COMMENT", "AS") {
		return nil, p.refuse(p.peek(), p.peek().word+" of a temporary view", "Leave it out.")
	}
	if err := p.expect("AS"); err != nil {
		return nil, err
	}
	if v.Query, err = p.query(); err != nil || !ifNotExists {
		return v, err
	}
	return nil, p.ifNotExists(p.tokens[start], v)
}

// ifNotExists refuses CREATE TEMPORARY VIEW IF NOT EXISTS, which began at first, as Spark does.
func (p *parser) ifNotExists(first token, v CreateView) error {
	if !v.Replace {
		return p.failSpan(first, p.previous(), "_LEGACY_ERROR_TEMP_0053", "", "It is not allowed to define a TEMPORARY view with IF NOT EXISTS.")
	}
	name := strings.Join(v.Name, ".")
	return p.failSpan(first, p.previous(), "CREATE_VIEW_WITH_IF_NOT_EXISTS_AND_REPLACE", "42601",
		"CREATE VIEW %s with both IF NOT EXISTS and REPLACE is not allowed.", name).With("viewName", name)
}

// viewColumns takes (name [COMMENT '…'], …); comments are refused.
func (p *parser) viewColumns() ([]string, error) {
	p.take()
	columns, err := list(p, func() (string, error) {
		name, err := p.name()
		if err == nil && p.is("COMMENT") {
			err = p.refuse(p.peek(), "COMMENT of a view's column", "Leave it out.")
		}
		return name, err
	})
	if err != nil {
		return nil, err
	}
	return columns, p.expect(")")
}

// viewSchema takes (name type, …) where USING follows it, and returns it as text.
func (p *parser) viewSchema() (string, bool, error) {
	end, ok := p.closing[p.at]
	if !ok || p.tokens[end+1].word != "USING" {
		return "", false, nil
	}
	ddl := p.source(p.peek().stop, p.tokens[end].start)
	if _, err := ParseSchema(ddl); err != nil {
		return "", false, err
	}
	p.at = end + 1
	return ddl, true, nil
}

// viewSource takes USING format [OPTIONS (…)]: the option path names what to read.
func (p *parser) viewSource(schema string) (plan.Relation, error) {
	if err := p.expect("USING"); err != nil {
		return nil, err
	}
	format, err := p.parts()
	if err != nil {
		return nil, err
	}
	source := plan.DataSource{Format: strings.Join(format, "."), Schema: schema, Options: map[string]string{}}
	if p.accept("OPTIONS") {
		if source.Options, err = p.properties(); err != nil {
			return nil, err
		}
	}
	for key, value := range source.Options {
		if strings.EqualFold(key, "path") {
			source.Paths = []string{value}
			delete(source.Options, key)
		}
	}
	return source, nil
}

// properties takes (key value, 'key' = 'value', a.b = 1, …).
func (p *parser) properties() (map[string]string, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	options := map[string]string{}
	_, err := list(p, func() (struct{}, error) {
		at := p.peek()
		key, err := p.propertyKey()
		if err != nil {
			return struct{}{}, err
		}
		p.acceptOne("=", "==")
		value, err := p.propertyValue()
		if err != nil {
			return struct{}{}, err
		}
		for known := range options {
			if strings.EqualFold(known, key) {
				return struct{}{}, p.fail(at, "DUPLICATE_KEY", "23505", "Found duplicate keys `%s`.", key).With("keyColumn", "`"+key+"`")
			}
		}
		options[key] = value
		return struct{}{}, nil
	})
	if err != nil {
		return nil, err
	}
	return options, p.expect(")")
}

func (p *parser) propertyKey() (string, error) {
	if p.peek().kind == tokenString {
		return unquote(p.take().text), nil
	}
	parts, err := p.parts()
	return strings.Join(parts, "."), err
}

// propertyValue takes a constant as text. A parameter marker stands for its value.
func (p *parser) propertyValue() (string, error) {
	t := p.peek()
	sign := ""
	if t.word == "-" && isNumber(p.ahead(1)) {
		p.take()
		sign, t = "-", p.peek()
	}
	switch {
	case t.kind == tokenString:
		return p.strings(), nil
	case isNumber(t):
		p.take()
		return sign + t.text, nil
	case t.word == "TRUE" || t.word == "FALSE":
		p.take()
		return strings.ToLower(t.word), nil
	case t.word == "?" || t.word == ":":
		e, err := p.parameter()
		if err != nil {
			return "", err
		}
		if l, ok := e.(plan.Literal); ok && l.Value != nil {
			return plan.PrettySQL(l, nil), nil
		}
		return "", p.refuse(t, "an option whose parameter is not a constant", "Pass a string or a number.")
	}
	return "", p.unexpected()
}

func (p *parser) drop() (Statement, error) {
	if !p.is("DROP", "VIEW") {
		return nil, p.refuseStatement()
	}
	p.at += 2
	d := DropView{IfExists: p.accept("IF", "EXISTS")}
	var err error
	d.Name, err = p.relationName()
	return d, err
}

func (p *parser) use() (Statement, error) {
	p.take()
	if p.isOne("NAMESPACE", "DATABASE", "SCHEMA") && isName(p.ahead(1)) {
		p.take()
	}
	parts, err := p.relationName()
	return UseCommand{parts}, err
}

func (p *parser) explain() (Statement, error) {
	p.take()
	modes := map[string]ExplainMode{
		"EXTENDED": ExplainExtended, "FORMATTED": ExplainFormatted, "COST": ExplainCost, "CODEGEN": ExplainCodegen,
	}
	e := Explain{Mode: modes[p.acceptOne("EXTENDED", "FORMATTED", "COST", "CODEGEN")]}
	at := p.peek()
	other := func() error {
		return p.refuse(at, "EXPLAIN of a statement that is not a query", "Explain the query alone.")
	}
	if p.is("EXPLAIN") {
		return nil, other()
	}
	s, err := p.statement()
	if err != nil {
		return nil, err
	}
	query, ok := s.(Query)
	if !ok {
		return nil, other()
	}
	e.Query = query.Relation
	return e, nil
}

func (p *parser) cache() (Statement, error) {
	p.take()
	c := CacheTable{Lazy: p.accept("LAZY")}
	if err := p.expect("TABLE"); err != nil {
		return nil, err
	}
	var err error
	if c.Name, err = p.relationName(); err != nil {
		return nil, err
	}
	if p.accept("OPTIONS") {
		if c.Options, err = p.properties(); err != nil {
			return nil, err
		}
	}
	if p.accept("AS") || p.peek().kind != tokenEnd && !p.is(";") {
		c.Query, err = p.query()
	}
	return c, err
}

func (p *parser) uncache() (Statement, error) {
	p.take()
	if err := p.expectMissing("TABLE"); err != nil {
		return nil, err
	}
	u := UncacheTable{IfExists: p.accept("IF", "EXISTS")}
	var err error
	u.Name, err = p.relationName()
	return u, err
}

func (p *parser) refresh() (Statement, error) {
	if p.is("REFRESH", "FUNCTION") {
		return nil, p.refuseStatement()
	}
	at := p.take()
	if !p.accept("TABLE") && p.peek().kind == tokenString {
		return nil, p.refuse(at, "REFRESH of a path", "Read the dataset again; nothing is kept between queries that could be stale.")
	}
	parts, err := p.relationName()
	return RefreshTable{parts}, err
}

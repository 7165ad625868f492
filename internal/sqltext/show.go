package sqltext

import (
	"strings"
)

// set takes SET, SET -v, SET key, SET key = value and SET TIME ZONE.
func (p *parser) set() (Statement, error) {
	if p.is("SET", "CATALOG") || p.is("SET", "COLLATION") || p.is("SET", "ROLE") ||
		p.isOneAhead(1, "VARIABLE", "VAR") && !p.isAhead(2, "=") && !p.isAhead(2, ".") {
		return nil, p.refuseStatement()
	}
	if p.is("SET", "TIME", "ZONE") {
		p.at += 3
		return p.setTimeZone()
	}
	start := p.take().stop
	end := p.rest()
	assignment := strings.TrimSpace(p.source(start, end))
	switch assignment {
	case "":
		return SetCommand{}, nil
	case "-v":
		return SetCommand{Verbose: true}, nil
	}
	key, value, assigned := strings.Cut(assignment, "=")
	s := SetCommand{Key: unbacktick(strings.TrimSpace(key))}
	if assigned {
		v := unbacktick(strings.TrimSpace(value))
		s.Value = &v
	}
	if s.Key == "" || !strings.HasPrefix(strings.TrimSpace(key), "`") && strings.ContainsAny(s.Key, " \t\n") {
		return nil, p.failSpan(p.tokens[0], p.previous(), "INVALID_SET_SYNTAX", "42000",
			"Expected format is 'SET', 'SET key', or 'SET key=value'. If you want to include special characters in key, or include semicolon in "+
				"value, please use backquotes, e.g., SET `key`=`value`.")
	}
	return s, nil
}

// rest takes all tokens up to the end or a semicolon there, and returns the offset behind the last one.
func (p *parser) rest() int {
	last := len(p.tokens) - 1
	for last > p.at && p.tokens[last-1].word == ";" {
		last--
	}
	p.at = last
	return p.tokens[max(last-1, 0)].stop
}

func unbacktick(s string) string {
	if len(s) > 1 && s[0] == '`' && s[len(s)-1] == '`' {
		return strings.ReplaceAll(s[1:len(s)-1], "``", "`")
	}
	return s
}

// setTimeZone takes a zone's name, or LOCAL, which is the zone of the machine.
func (p *parser) setTimeZone() (Statement, error) {
	s := SetCommand{Key: "spark.sql.session.timeZone"}
	switch t := p.peek(); {
	case t.kind == tokenString:
		zone := p.strings()
		s.Value = &zone
	case p.accept("LOCAL"):
		zone := "LOCAL"
		s.Value = &zone
	case t.word == "INTERVAL":
		return nil, p.refuse(t, "SET TIME ZONE INTERVAL", "Write the offset as a string: SET TIME ZONE '+01:00'.")
	default:
		first := p.tokens[0]
		p.rest()
		return nil, p.failSpan(first, p.previous(), "", "", "Invalid time zone displacement value.")
	}
	return s, nil
}

func (p *parser) reset() (Statement, error) {
	start := p.take().stop
	end := p.rest()
	return ResetCommand{Key: unbacktick(strings.TrimSpace(p.source(start, end)))}, nil
}

func (p *parser) show() (Statement, error) {
	start := p.at
	p.take()
	switch {
	case p.accept("TABLES"):
		namespace, pattern, err := p.showWhat()
		return ShowTables{namespace, pattern}, err
	case p.accept("VIEWS"):
		namespace, pattern, err := p.showWhat()
		return ShowViews{namespace, pattern}, err
	case p.acceptOne("DATABASES", "SCHEMAS", "NAMESPACES") != "":
		_, pattern, err := p.showWhat()
		return ShowDatabases{pattern}, err
	case p.accept("COLUMNS"):
		return p.showColumns()
	}
	p.at = start
	return nil, p.refuseStatement()
}

// showWhat takes [FROM namespace] [[LIKE] pattern].
func (p *parser) showWhat() (namespace []string, pattern *string, err error) {
	if p.acceptOne("FROM", "IN") != "" {
		if namespace, err = p.relationName(); err != nil {
			return nil, nil, err
		}
	}
	like := p.accept("LIKE")
	if p.peek().kind == tokenString {
		text := p.strings()
		return namespace, &text, nil
	}
	if like {
		return nil, nil, p.unexpected()
	}
	return namespace, nil, nil
}

func (p *parser) showColumns() (Statement, error) {
	if p.acceptOne("FROM", "IN") == "" {
		return nil, p.unexpected()
	}
	table, err := p.relationName()
	if err != nil {
		return nil, err
	}
	if p.acceptOne("FROM", "IN") != "" {
		namespace, err := p.parts()
		if err != nil {
			return nil, err
		}
		table = append(namespace, table[len(table)-1])
	}
	return ShowColumns{table}, nil
}

func (p *parser) describe() (Statement, error) {
	if p.isOneAhead(1, "FUNCTION", "DATABASE", "SCHEMA", "NAMESPACE", "PROCEDURE", "CATALOG") && isName(p.ahead(2)) {
		return nil, p.refuseStatement()
	}
	p.take()
	switch {
	case p.is("TABLE") && isName(p.ahead(1)):
		p.take()
		return p.describeTable()
	case p.is("QUERY") && (p.queryAt(p.at+1) || p.isAhead(1, "(")):
		p.take()
		query, err := p.query()
		return DescribeQuery{query}, err
	case p.queryAt(p.at):
		query, err := p.query()
		return DescribeQuery{query}, err
	}
	return p.describeTable()
}

func (p *parser) describeTable() (Statement, error) {
	var d DescribeTable
	if p.isOne("EXTENDED", "FORMATTED") && isName(p.ahead(1)) {
		p.take()
		d.Extended = true
	}
	var err error
	if d.Name, err = p.relationName(); err != nil {
		return nil, err
	}
	if p.is("PARTITION", "(") || p.is("AS", "JSON") {
		return nil, p.refuse(p.peek(), "DESCRIBE … "+p.peek().word, "Use DESCRIBE TABLE name.")
	}
	if isName(p.peek()) {
		d.Column, err = p.parts()
	}
	return d, err
}

package sqltext

import (
	"strings"

	"github.com/hfspark/hfspark/internal/plan"
)

// fromClause takes FROM relation, … with LATERAL VIEW, PIVOT and UNPIVOT behind them.
func (p *parser) fromClause() (plan.Relation, error) {
	from := p.peek()
	if err := p.expect("FROM"); err != nil {
		return nil, err
	}
	if !isName(p.peek()) && !p.is("(") {
		return nil, p.unexpectedBefore()
	}
	left, _, err := p.relation(from)
	if err != nil {
		return nil, err
	}
	for p.accept(",") {
		right, lateral, err := p.relation(from)
		if err != nil {
			return nil, err
		}
		left = plan.Join{Left: left, Right: right, Type: plan.InnerJoin, Lateral: lateral}
	}
	if left, err = p.lateralViews(left); err != nil {
		return nil, err
	}
	return p.extensions(left, false)
}

// relation takes a relation with the joins behind it, in the clause that began with the token clause. lateral tells that it
// began with LATERAL.
func (p *parser) relation(clause token) (r plan.Relation, lateral bool, err error) {
	if err := p.enter(); err != nil {
		return nil, false, err
	}
	defer p.leave()
	if p.is("LATERAL") && !p.isAhead(1, "VIEW") {
		p.take()
		lateral = true
	}
	if r, err = p.relationPrimary(); err != nil {
		return nil, false, err
	}
	if lateral {
		if err := p.checkLateral(clause, r); err != nil {
			return nil, false, err
		}
	}
	r, err = p.extensions(r, true)
	return r, lateral, err
}

// extensions takes joins (where they may stand), PIVOT and UNPIVOT behind a relation.
func (p *parser) extensions(r plan.Relation, joins bool) (plan.Relation, error) {
	for {
		var err error
		switch {
		case p.is("PIVOT", "("):
			r, err = p.pivot(r)
		case p.is("UNPIVOT", "("), p.is("UNPIVOT", "INCLUDE"), p.is("UNPIVOT", "EXCLUDE"):
			r, err = p.unpivot(r)
		case joins && p.joinFollows():
			r, err = p.join(r)
		default:
			return r, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

func (p *parser) joinFollows() bool {
	n := 0
	if p.is("NATURAL") {
		n++
	}
	if isOneOf(p.ahead(n), "JOIN", "INNER", "CROSS", "LEFT", "RIGHT", "FULL", "SEMI", "ANTI") {
		return true
	}
	return n > 0 || p.is("ASOF", "JOIN")
}

// join takes one join of left with what follows.
func (p *parser) join(left plan.Relation) (plan.Relation, error) {
	first := p.peek()
	if p.is("ASOF") {
		return nil, p.refuse(first, "ASOF JOIN", "Join on a condition and keep the nearest row with a window function.")
	}
	j := plan.Join{Left: left, Natural: p.accept("NATURAL")}
	switch p.acceptOne("INNER", "CROSS", "LEFT", "RIGHT", "FULL", "SEMI", "ANTI") {
	case "CROSS":
		j.Type = plan.CrossJoin
	case "LEFT":
		switch p.acceptOne("OUTER", "SEMI", "ANTI") {
		case "SEMI":
			j.Type = plan.LeftSemiJoin
		case "ANTI":
			j.Type = plan.LeftAntiJoin
		default:
			j.Type = plan.LeftJoin
		}
	case "RIGHT":
		p.accept("OUTER")
		j.Type = plan.RightJoin
	case "FULL":
		p.accept("OUTER")
		j.Type = plan.FullJoin
	case "SEMI":
		j.Type = plan.LeftSemiJoin
	case "ANTI":
		j.Type = plan.LeftAntiJoin
	}
	if err := p.expect("JOIN"); err != nil {
		return nil, err
	}
	if j.Natural && j.Type == plan.CrossJoin && isName(p.peek()) {
		return nil, p.failSpan(first, p.peek(), "INCOMPATIBLE_JOIN_TYPES", "42613", "The join types NATURAL and CROSS are incompatible.").
			With("joinType1", "NATURAL", "joinType2", "CROSS")
	}
	j.Lateral = p.accept("LATERAL")
	var err error
	if j.Right, err = p.relationPrimary(); err != nil {
		return nil, err
	}
	if j.Lateral {
		if err := p.checkLateral(first, j.Right); err != nil {
			return nil, err
		}
	}
	if err := p.joinCriteria(&j); err != nil {
		return nil, err
	}
	if j.Lateral && (j.Natural || j.Using != nil || j.Type != plan.InnerJoin && j.Type != plan.CrossJoin && j.Type != plan.LeftJoin) {
		return nil, p.refuse(first, "a LATERAL join that is NATURAL, has USING, or is neither INNER, CROSS nor LEFT", "Use [LEFT] JOIN LATERAL (…) ON ….")
	}
	return j, nil
}

// checkLateral refuses LATERAL before a relation that cannot depend on others.
func (p *parser) checkLateral(first token, r plan.Relation) error {
	inner := r
	for {
		alias, ok := inner.(plan.SubqueryAlias)
		if !ok {
			break
		}
		inner = alias.Input
	}
	switch inner.(type) {
	case plan.NamedTable, plan.Values, plan.Join:
		return p.failSpan(first, p.previous(), "INVALID_SQL_SYNTAX.LATERAL_WITHOUT_SUBQUERY_OR_TABLE_VALUED_FUNC", "42000",
			"Invalid SQL syntax: LATERAL can only be used with subquery and table-valued functions.")
	}
	return nil
}

func (p *parser) joinCriteria(j *plan.Join) error {
	var err error
	switch {
	case j.Natural:
	case p.accept("ON"):
		j.Condition, err = p.expression()
	case p.accept("USING"):
		if !p.is("(") {
			return p.expectMissing("(")
		}
		j.Using, err = p.names()
	case p.isOne("APPROX", "EXACT") && p.isAhead(1, "NEAREST"):
		return p.refuse(p.peek(), "a join BY nearest rows", "Use a window function over a cross join.")
	}
	return err
}

// relationPrimary takes a table, a subquery, a relation in brackets, VALUES or a table function, with sample and alias.
func (p *parser) relationPrimary() (plan.Relation, error) {
	t := p.peek()
	switch {
	case t.word == "(" && p.queryAt(p.at+1):
		query, err := p.bracketedQuery()
		if err != nil {
			return nil, err
		}
		return p.sampledAlias(query)
	case t.word == "(":
		p.take()
		r, lateral, err := p.relation(t)
		if err != nil {
			return nil, err
		}
		if lateral {
			return nil, p.refuse(t, "LATERAL inside of brackets", "Write LATERAL before the brackets.")
		}
		if err := p.closeBracket(")"); err != nil {
			return nil, err
		}
		return p.sampledAlias(r)
	case t.word == "VALUES" && !p.endsHere(1) && !p.isAhead(1, "."):
		return p.values()
	case isName(t):
		return p.namedRelation()
	}
	return nil, p.unexpected()
}

// namedRelation takes a table or a table function.
func (p *parser) namedRelation() (plan.Relation, error) {
	first := p.peek()
	parts, err := p.relationName()
	if err != nil {
		return nil, err
	}
	if p.is("(") {
		return p.tableFunction(first, parts)
	}
	if err := p.refuseFilePath(first, parts); err != nil {
		return nil, err
	}
	if err := p.refuseTimeTravel(); err != nil {
		return nil, err
	}
	table := plan.NamedTable{Parts: parts}
	if p.is("WITH", "(") {
		p.take()
		if table.Options, err = p.properties(); err != nil {
			return nil, err
		}
	}
	return p.sampledAlias(table)
}

// refuseFilePath explains that format.`path` is not read.
func (p *parser) refuseFilePath(first token, parts []string) error {
	if len(parts) != 2 {
		return nil
	}
	switch strings.ToLower(parts[0]) {
	case "parquet", "json", "csv", "orc", "text", "avro", "xml", "binaryfile", "delta", "huggingface":
		return p.refuse(first, "reading "+parts[0]+" files by path in SQL", "Use hf('namespace/repository', config => '…') for a dataset on the Hub.")
	}
	return nil
}

func (p *parser) refuseTimeTravel() error {
	n := 0
	if p.is("FOR") {
		n++
	}
	if isOneOf(p.ahead(n), "VERSION", "SYSTEM_VERSION", "TIMESTAMP", "SYSTEM_TIME") && p.isAhead(n+1, "AS", "OF") {
		return p.refuse(p.ahead(n), "time travel ("+p.ahead(n).word+" AS OF)", "Use hf('namespace/repository', revision => '…').")
	}
	return nil
}

// tableFunction takes the arguments and the alias of a table-valued function.
func (p *parser) tableFunction(first token, parts []string) (plan.Relation, error) {
	p.take()
	f := plan.TableFunction{Name: strings.ToLower(strings.Join(parts, "."))}
	if !p.is(")") {
		at := p.peek()
		if p.is("TABLE") && !p.endsHere(1) && !p.isAhead(1, "=>") {
			return nil, p.refuse(at, "a TABLE argument of a table-valued function", "Pass values, or write the query in FROM.")
		}
		if err := p.arguments(&f.Args, &f.Named); err != nil {
			return nil, err
		}
	}
	if err := p.expect(")"); err != nil {
		return nil, err
	}
	if p.is("WITH", "ORDINALITY") {
		return nil, p.refuse(first, "WITH ORDINALITY", "Use posexplode(…).")
	}
	return p.alias(f)
}

// values takes VALUES (…), (…) with an alias.
func (p *parser) values() (plan.Relation, error) {
	first := p.take()
	var v plan.Values
	rows, err := list(p, p.expression)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		if values, ok := rowValues(row); ok {
			v.Rows = append(v.Rows, values)
		} else if c, ok := row.(plan.Call); ok && c.Name == "struct" {
			v.Rows = append(v.Rows, c.Args)
		} else {
			v.Rows = append(v.Rows, []plan.Expression{row})
		}
	}
	r, err := p.alias(v)
	if err != nil {
		return nil, err
	}
	for i, row := range v.Rows {
		if n := len(v.Rows[0]); len(row) != n {
			return nil, p.failSpan(first, p.previous(), "INVALID_INLINE_TABLE.NUM_COLUMNS_MISMATCH", "42000",
				"Invalid inline table. Inline table expected %d columns but found %d columns in row %d.", n, len(row), i).
				With("expectedNumCols", itoa(n), "actualNumCols", itoa(len(row)), "rowIndex", itoa(i))
		}
	}
	return r, nil
}

// alias takes [AS] name [(columns)] where it is there.
func (p *parser) alias(r plan.Relation) (plan.Relation, error) {
	if p.is("AS") && !p.endsHere(1) {
		p.take()
		if !isStrictName(p.peek()) {
			if strictNames[p.peek().word] {
				p.take()
			}
			return nil, p.unexpected()
		}
	} else if !p.aliasFollows(isStrictName) {
		return r, nil
	}
	a := plan.SubqueryAlias{Input: r}
	var err error
	if a.Name, err = p.name(); err != nil {
		return nil, err
	}
	if p.is("(") {
		if a.Columns, err = p.names(); err != nil {
			return nil, err
		}
	}
	return a, nil
}

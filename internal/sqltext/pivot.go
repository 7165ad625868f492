package sqltext

import (
	"github.com/hfspark/hfspark/internal/plan"
)

// pivot takes PIVOT (aggregates FOR column IN (values)).
func (p *parser) pivot(input plan.Relation) (plan.Relation, error) {
	p.at += 2
	aggregates, err := list(p, p.namedExpression)
	if err != nil {
		return nil, err
	}
	if err := p.expect("FOR"); err != nil {
		return nil, err
	}
	pivot := plan.Pivot{Implicit: true}
	if pivot.Column, err = p.pivotColumn(); err != nil {
		return nil, err
	}
	if err := p.expect("IN", "("); err != nil {
		return nil, err
	}
	if pivot.Values, err = list(p, p.pivotValue); err != nil {
		return nil, err
	}
	if err := p.expect(")", ")"); err != nil {
		return nil, err
	}
	return p.alias(plan.Aggregate{Input: input, Items: aggregates, AddGrouping: true, Pivot: &pivot})
}

func (p *parser) pivotColumn() (plan.Expression, error) {
	if !p.is("(") {
		name, err := p.plainName()
		return plan.Attribute{Parts: []string{name}}, err
	}
	names, err := p.names()
	if err != nil {
		return nil, err
	}
	columns := make([]plan.Expression, len(names))
	for i, name := range names {
		columns[i] = plan.Attribute{Parts: []string{name}}
	}
	if len(columns) == 1 {
		return columns[0], nil
	}
	return row(columns), nil
}

func (p *parser) pivotValue() (plan.Expression, error) {
	e, err := p.expression()
	if err != nil {
		return nil, err
	}
	if !p.accept("AS") && !p.aliasFollows(isName) {
		return e, nil
	}
	name, err := p.plainName()
	return plan.Alias{Child: e, Names: []string{name}}, err
}

// unpivot takes UNPIVOT [INCLUDE|EXCLUDE NULLS] (value FOR name IN (column [AS alias], …)) [[AS] alias].
func (p *parser) unpivot(input plan.Relation) (plan.Relation, error) {
	p.take()
	u := plan.Unpivot{Input: input, OtherIDs: true, ExcludeNulls: true}
	if p.isOne("INCLUDE", "EXCLUDE") {
		u.ExcludeNulls = p.take().word == "EXCLUDE"
		if err := p.expect("NULLS"); err != nil {
			return nil, err
		}
	}
	if err := p.expect("("); err != nil {
		return nil, err
	}
	if p.is("(") {
		return nil, p.refuse(p.peek(), "UNPIVOT with several value columns", "Unpivot one value column at a time.")
	}
	var err error
	if u.Value, err = p.name(); err != nil {
		return nil, err
	}
	if err := p.expect("FOR"); err != nil {
		return nil, err
	}
	if u.Variable, err = p.name(); err != nil {
		return nil, err
	}
	if err := p.expect("IN", "("); err != nil {
		return nil, err
	}
	if u.Values, err = list(p, p.unpivotColumn); err != nil {
		return nil, err
	}
	if err := p.expect(")", ")"); err != nil {
		return nil, err
	}
	return p.alias(u)
}

func (p *parser) unpivotColumn() (plan.Expression, error) {
	parts, err := p.parts()
	if err != nil {
		return nil, err
	}
	column := plan.Attribute{Parts: parts}
	if !p.accept("AS") && !p.aliasFollows(isName) {
		return column, nil
	}
	name, err := p.plainName()
	return plan.Alias{Child: column, Names: []string{name}}, err
}

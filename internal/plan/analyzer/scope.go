package analyzer

import (
	"slices"

	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// scope is what the names in an expression may refer to.
type scope struct {
	a      *analyzer
	query  query       // for the subqueries in the expression, and with query.outer the scope around
	inputs []*relation // what the operator reads
	deep   bool        // whether names are also looked for below what inputs show: in Sort and Filter
	// windowed is set for the function of a window alone: it may aggregate what an Aggregate below computes.
	windowed bool
	// grouped is the input of the Aggregate below, where the arguments of aggregate functions are looked for first: ORDER BY and
	// HAVING mean the columns that are grouped, not the results of the same name.
	grouped *relation
	// timeless is set while an expression without dates, times and intervals is named.
	timeless bool
	// subplans are the plans of the subqueries in an expression while it is named, or nil.
	subplans *subqueryPlans
	// having is the Aggregate whose groups a HAVING condition filters: a name means a grouping column before a result.
	having  *aggregation
	lambdas []typed.LambdaVariable
	aliases []lateralAlias
}

// lateralAlias is an item of a select list, to which later items may refer.
type lateralAlias struct {
	name  string
	value typed.Expression
}

func (a *analyzer) scope(q query, inputs ...*relation) *scope {
	return &scope{a: a, query: q, inputs: inputs}
}

// visible lists the columns that the inputs show.
func (s *scope) visible() []typed.Column {
	if len(s.inputs) == 1 {
		return s.inputs[0].columns
	}
	var columns []typed.Column
	for _, r := range s.inputs {
		columns = append(columns, r.columns...)
	}
	return columns
}

// attribute resolves a column as written.
func (s *scope) attribute(e plan.Attribute) (typed.Expression, error) {
	found, err := s.lookup(e)
	if err != nil || found != nil {
		return found, err
	}
	if literal, ok := literalFunctions[foldedName(e)]; ok {
		return s.call(plan.Call{Name: literal})
	}
	if e.PlanID != 0 {
		return nil, foreignColumn(e.Parts)
	}
	return nil, unresolvedColumn(e.Parts, s.visible())
}

// lookup finds what a name stands for; nil without an error when there is nothing of that name.
func (s *scope) lookup(e plan.Attribute) (typed.Expression, error) {
	if v, ok := s.lambda(e.Parts[0]); ok && e.PlanID == 0 {
		return s.extractAll(v, e.Parts[1:])
	}
	if s.grouped != nil {
		if found, err := s.level([]*relation{s.grouped}, e); found != nil || err != nil {
			return found, err
		}
	}
	if s.having != nil {
		found, err := s.level([]*relation{s.having.input}, e)
		if err != nil {
			return nil, err
		}
		if found != nil {
			if _, isGroup := s.having.groups[typed.Key(found)]; isGroup {
				return found, nil
			}
		}
	}
	levels := s.inputs
	for {
		found, err := s.level(levels, e)
		if found != nil || err != nil {
			return found, err
		}
		if !s.deep || len(levels) != 1 || levels[0].below == nil {
			break
		}
		levels = []*relation{levels[0].below}
	}
	if found, err := s.lateral(e); found != nil || err != nil {
		return found, err
	}
	if s.query.outer != nil {
		return s.query.outer.lookup(e)
	}
	return nil, nil
}

// level looks among the columns of relations side by side.
func (s *scope) level(relations []*relation, e plan.Attribute) (typed.Expression, error) {
	if e.PlanID != 0 {
		return s.dataFrameColumn(relations, e)
	}
	var columns, hidden []typed.Column
	for _, r := range relations {
		columns = append(columns, r.columns...)
		hidden = append(hidden, r.hidden...)
	}
	found, fields := s.a.find(columns, e.Parts)
	if len(found) == 0 {
		if found, fields = s.a.find(hidden, e.Parts); len(fields) == len(e.Parts)-1 {
			return nil, nil // merged keys are reached by qualified names only
		}
	}
	return s.column(found, e.Parts, fields)
}

// column turns what find returned into an expression.
func (s *scope) column(found []typed.Column, parts, fields []string) (typed.Expression, error) {
	switch len(found) {
	case 0:
		return nil, nil
	case 1:
		c := found[0]
		c.Name = parts[len(parts)-len(fields)-1]
		return s.extractAll(typed.Reference{Column: c}, fields)
	}
	return nil, ambiguous(parts, found)
}

func (s *scope) lambda(name string) (typed.LambdaVariable, bool) {
	for i := len(s.lambdas) - 1; i >= 0; i-- {
		if s.a.same(s.lambdas[i].Name, name) {
			return s.lambdas[i], true
		}
	}
	return typed.LambdaVariable{}, false
}

// lateral looks among the select items written before this one.
func (s *scope) lateral(e plan.Attribute) (typed.Expression, error) {
	if e.PlanID != 0 {
		return nil, nil
	}
	var matches []typed.Expression
	for _, alias := range s.aliases {
		if s.a.same(alias.name, e.Parts[0]) {
			matches = append(matches, alias.value)
		}
	}
	switch len(matches) {
	case 0:
		return nil, nil
	case 1:
		if typed.Any(matches[0], isVolatile) {
			return nil, sparkerror.Unsupported("the lateral reference to "+quoteParts(e.Parts[:1])+", whose value is random",
				"Compute it in a subquery and refer to it outside.") // it would be computed twice, with two results
		}
		return s.extractAll(matches[0], e.Parts[1:])
	}
	name := quoteParts(e.Parts[:1])
	return nil, fail("AMBIGUOUS_LATERAL_COLUMN_ALIAS", "42702", "Lateral column alias %s is ambiguous and has %d matches.", name, len(matches)).
		With("name", name, "n", itoa(len(matches)))
}

// child is the scope of a subquery's plan, for which s is the scope around.
func (s *scope) child() query {
	q := s.query
	q.outer = s
	return q
}

// withLambda is s inside the body of a lambda function.
func (s *scope) withLambda(parameters []typed.LambdaVariable) *scope {
	inner := *s
	inner.lambdas = append(slices.Clone(s.lambdas), parameters...)
	return &inner
}

package sqltext

import "github.com/hfspark/hfspark/internal/plan"

func (p *parser) queryAt(i int) bool {
	return isOneOf(p.tokens[min(i, len(p.tokens)-1)], "SELECT", "WITH", "VALUES")
}

func (p *parser) bracketedQuery() (plan.Relation, error) {
	return nil, p.refuse(p.peek(), "a subquery in an expression", "")
}

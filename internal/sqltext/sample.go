package sqltext

import (
	"strconv"

	"github.com/hfspark/hfspark/internal/plan"
)

// sampledAlias takes TABLESAMPLE (…) and an alias, both of which may be missing.
func (p *parser) sampledAlias(r plan.Relation) (plan.Relation, error) {
	if p.is("TABLESAMPLE") && p.isAhead(1, "(") {
		var err error
		if r, err = p.sample(r); err != nil {
			return nil, err
		}
	}
	return p.alias(r)
}

// sample takes TABLESAMPLE (n PERCENT | n ROWS | BUCKET x OUT OF y) [REPEATABLE (seed)].
func (p *parser) sample(r plan.Relation) (plan.Relation, error) {
	first := p.take()
	p.take()
	if p.is(")") {
		return nil, p.failSpan(first, p.peek(), "", "", "TABLESAMPLE does not accept empty inputs.")
	}
	fraction, rows, err := p.sampleSize(first)
	if err != nil {
		return nil, err
	}
	if err := p.expect(")"); err != nil {
		return nil, err
	}
	var seed *int64
	if p.accept("REPEATABLE", "(") {
		t := p.peek()
		v, err := strconv.ParseInt(t.text, 10, 64)
		if t.kind != tokenInteger || err != nil {
			return nil, p.unexpected()
		}
		p.take()
		seed = &v
		if err := p.expect(")"); err != nil {
			return nil, err
		}
	}
	if rows != nil {
		return plan.Limit{Input: r, Count: rows}, nil // Spark takes the first rows as well
	}
	return plan.Sample{Input: r, Upper: fraction, Seed: seed}, nil
}

// sampleSize takes how much to sample: a fraction, or a number of rows.
func (p *parser) sampleSize(first token) (fraction float64, rows plan.Expression, err error) {
	if p.is("BUCKET") && p.ahead(1).kind == tokenInteger {
		p.take()
		return p.sampleBucket(first)
	}
	n := 0
	if p.is("-") {
		n = 1
	}
	if t := p.ahead(n); (t.kind == tokenInteger || t.kind == tokenDecimal) && p.isAhead(n+1, "PERCENT") {
		percent, err := strconv.ParseFloat(t.text, 64)
		if n == 1 {
			percent = -percent
		}
		if err != nil || percent < 0 || percent > 100 {
			return 0, nil, p.invalidFraction(first, p.ahead(n+2), strconv.FormatFloat(percent/100, 'g', -1, 64))
		}
		p.at += n + 2
		return percent / 100, nil, nil
	}
	size, err := p.expression()
	if err != nil {
		return 0, nil, err
	}
	if p.accept("ROWS") {
		return 0, size, nil
	}
	return 0, nil, p.refuse(first, "TABLESAMPLE by bytes", "Use TABLESAMPLE (n PERCENT) or TABLESAMPLE (n ROWS).")
}

func (p *parser) sampleBucket(first token) (float64, plan.Expression, error) {
	bucket, err := p.integer()
	if err != nil {
		return 0, nil, err
	}
	if err := p.expect("OUT", "OF"); err != nil {
		return 0, nil, err
	}
	buckets, err := p.integer()
	if err != nil {
		return 0, nil, err
	}
	if p.is("ON") {
		return 0, nil, p.refuse(first, "TABLESAMPLE (BUCKET x OUT OF y ON column)", "Leave out ON, or use TABLESAMPLE (n PERCENT).")
	}
	if buckets == 0 || bucket > buckets {
		return 0, nil, p.invalidFraction(first, p.peek(), itoa(bucket)+" / "+itoa(buckets))
	}
	return float64(bucket) / float64(buckets), nil, nil
}

func (p *parser) invalidFraction(first, last token, fraction string) error {
	return p.failSpan(first, last, "INVALID_TABLESAMPLE_FRACTION", "22023", "Sampling fraction (%s) must be on interval [0, 1].", fraction).
		With("fraction", fraction)
}

package sqltext

import (
	"fmt"
	"math"
	"math/big"
	"regexp"
	"strings"

	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// unit is a field of an interval, from the greatest to the least.
type unit int

const (
	unitYear unit = iota
	unitMonth
	unitDay
	unitHour
	unitMinute
	unitSecond
)

var unitNames = [...]string{"YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"}

// measure is a word that may follow a number in an interval: factor months or microseconds of the field kind.
type measure struct {
	kind   unit
	factor int64
}

const (
	microsPerSecond = 1_000_000
	microsPerDay    = secondsPerDay * microsPerSecond
)

var measures = map[string]measure{
	"YEAR": {unitYear, 12}, "MONTH": {unitMonth, 1}, "WEEK": {unitDay, 7 * microsPerDay}, "DAY": {unitDay, microsPerDay},
	"HOUR": {unitHour, 3600 * microsPerSecond}, "MINUTE": {unitMinute, 60 * microsPerSecond}, "SECOND": {unitSecond, microsPerSecond},
	"MILLISECOND": {unitSecond, 1000}, "MICROSECOND": {unitSecond, 1},
}

func measureOf(word string) (measure, bool) {
	word = strings.ToUpper(word)
	m, ok := measures[word]
	if !ok {
		m, ok = measures[strings.TrimSuffix(word, "S")]
	}
	return m, ok
}

// startsInterval reports whether INTERVAL here begins a literal, rather than being a name.
func (p *parser) startsInterval() bool {
	n := 1
	if p.isAhead(n, "+") || p.isAhead(n, "-") {
		n++
		if t := p.ahead(n); t.kind != tokenString {
			_, known := measureOf(p.ahead(n + 1).word)
			return known && (t.kind == tokenInteger || t.kind == tokenDecimal)
		}
	}
	t := p.ahead(n)
	return t.kind == tokenString || t.kind == tokenInteger || t.kind == tokenDecimal
}

// interval takes INTERVAL and what follows it: a string, or values with units, or a string with FROM TO fields.
func (p *parser) interval() (plan.Expression, error) {
	if p.ahead(1).kind == tokenString {
		if _, known := measureOf(p.ahead(2).word); !known {
			return p.typedLiteral()
		}
	}
	first := p.take()
	var sum intervalSum
	for n := 0; ; n++ {
		value, ok := p.intervalValue()
		if !ok {
			if n == 0 {
				return nil, p.unexpected()
			}
			break
		}
		word := p.peek()
		m, known := measureOf(word.word)
		if !known {
			return nil, p.unexpected()
		}
		p.take()
		if n == 0 && p.is("TO") {
			return p.intervalFields(first, value, m.kind)
		}
		if err := sum.add(value, m); err != nil {
			return nil, p.invalidInterval(first, p.previous(), err)
		}
	}
	return p.finish(first, p.previous(), sum)
}

// intervalValue takes a signed number or string where one is there.
func (p *parser) intervalValue() (string, bool) {
	n := 0
	sign := ""
	if p.is("-") || p.is("+") {
		sign, n = p.peek().text, 1
	}
	t := p.ahead(n)
	if t.kind != tokenString && t.kind != tokenInteger && t.kind != tokenDecimal {
		return "", false
	}
	if _, known := measureOf(p.ahead(n + 1).word); !known && n > 0 {
		return "", false
	}
	p.at += n + 1
	text := t.text
	if t.kind == tokenString {
		text = strings.TrimSpace(unquote(t.text))
	}
	if sign == "-" {
		if rest, ok := strings.CutPrefix(text, "-"); ok {
			return rest, true
		}
		return "-" + strings.TrimPrefix(text, "+"), true
	}
	return text, true
}

// intervalSum adds up the parts of an interval.
type intervalSum struct {
	months, micros      big.Int
	monthKind, timeKind bool
	from, to            unit
	filled              bool
}

// add adds value times m; seconds may have a fraction, other units not.
func (s *intervalSum) add(value string, m measure) error {
	sign, text := cutSign(strings.TrimSpace(value))
	whole, fraction, dotted := strings.Cut(text, ".")
	if whole == "" && dotted {
		whole = "0"
	}
	n, ok := new(big.Int).SetString(whole, 10)
	if !ok || len(whole) > 30 || strings.ContainsAny(whole, "+-_") {
		return fmt.Errorf("invalid value '%s'", value)
	}
	n.Mul(n, big.NewInt(m.factor))
	if dotted {
		if m.kind != unitSecond || m.factor != microsPerSecond {
			return fmt.Errorf("%s cannot have fractional part", strings.ToLower(unitNames[m.kind]))
		}
		micros, ok := parseFraction(fraction)
		if !ok {
			return fmt.Errorf("invalid value '%s'", value)
		}
		n.Add(n, big.NewInt(micros))
	}
	if sign < 0 {
		n.Neg(n)
	}
	if m.kind <= unitMonth {
		s.months.Add(&s.months, n)
		s.monthKind = true
	} else {
		s.micros.Add(&s.micros, n)
		s.timeKind = true
	}
	if !s.filled {
		s.from, s.to, s.filled = m.kind, m.kind, true
	}
	s.from, s.to = min(s.from, m.kind), max(s.to, m.kind)
	return nil
}

// finish makes the literal of a sum, whose type follows from the units that were used.
func (p *parser) finish(first, last token, s intervalSum) (plan.Expression, error) {
	if s.monthKind && s.timeKind {
		text := p.source(first.start, last.stop)
		return nil, p.failSpan(first, last, "", "", "Cannot mix year-month and day-time fields: %s.", text).With("literal", text)
	}
	return p.intervalLiteral(first, last, s)
}

func (p *parser) intervalLiteral(first, last token, s intervalSum) (plan.Expression, error) {
	if s.monthKind {
		if !s.months.IsInt64() || s.months.Int64() < math.MinInt32 || s.months.Int64() > math.MaxInt32 {
			return nil, p.invalidInterval(first, last, fmt.Errorf("integer overflow"))
		}
		months := int32(s.months.Int64())
		return plan.Literal{Value: months, Type: types.YearMonthInterval, Text: yearMonthText(months, s.from, s.to)}, nil
	}
	if !s.micros.IsInt64() {
		return nil, p.invalidInterval(first, last, fmt.Errorf("long overflow"))
	}
	micros := s.micros.Int64()
	return plan.Literal{Value: micros, Type: types.DayTimeInterval, Text: dayTimeText(micros, s.from, s.to)}, nil
}

func (p *parser) invalidInterval(first, last token, cause error) *sparkerror.Error {
	text := p.source(first.start, last.stop)
	return p.failSpan(first, last, "INVALID_INTERVAL_FORMAT.INVALID_VALUE", "22006",
		"Error parsing '%s' to interval. Please ensure that the value provided is in a valid format for defining an interval. "+
			"You can reference the documentation for the correct format. %s.", text, cause).With("input", text)
}

var intervalPart = regexp.MustCompile(`^\s*([+-]?\s*(?:\d+(?:\.\d*)?|\.\d+))\s*([A-Za-z]+)(?:\s|$)`)

// intervalFromText reads INTERVAL '1 day 2 hours'.
func (p *parser) intervalFromText(first, last token, text string) (plan.Expression, error) {
	rest := strings.TrimSpace(text)
	if len(rest) >= 8 && strings.EqualFold(rest[:8], "interval") {
		rest = rest[8:]
	}
	var sum intervalSum
	for strings.TrimSpace(rest) != "" {
		m := intervalPart.FindStringSubmatch(rest)
		if m == nil {
			return nil, p.invalidTyped(first, last, text)
		}
		unit, known := measureOf(m[2])
		if !known {
			return nil, p.invalidTyped(first, last, text)
		}
		if sum.add(strings.ReplaceAll(m[1], " ", ""), unit) != nil {
			return nil, p.invalidTyped(first, last, text)
		}
		rest = rest[len(m[0]):]
	}
	if !sum.filled {
		return nil, p.invalidTyped(first, last, text)
	}
	return p.finish(first, last, sum)
}

var (
	yearMonthPattern = regexp.MustCompile(`^([+-]?)(\d+)-(\d+)$`)
	dayTimePatterns  = map[[2]unit]*regexp.Regexp{
		{unitDay, unitHour}:      regexp.MustCompile(`^([+-]?)(?P<d>\d+) (?P<h>\d+)$`),
		{unitDay, unitMinute}:    regexp.MustCompile(`^([+-]?)(?P<d>\d+) (?P<h>\d+):(?P<m>\d+)$`),
		{unitDay, unitSecond}:    regexp.MustCompile(`^([+-]?)(?P<d>\d+) (?P<h>\d+):(?P<m>\d+):(?P<s>\d+(?:\.\d{1,9})?)$`),
		{unitHour, unitMinute}:   regexp.MustCompile(`^([+-]?)(?P<h>\d+):(?P<m>\d+)$`),
		{unitHour, unitSecond}:   regexp.MustCompile(`^([+-]?)(?P<h>\d+):(?P<m>\d+):(?P<s>\d+(?:\.\d{1,9})?)$`),
		{unitMinute, unitSecond}: regexp.MustCompile(`^([+-]?)(?P<m>\d+):(?P<s>\d+(?:\.\d{1,9})?)$`),
	}
)

// intervalFields reads the rest of INTERVAL '1-2' YEAR TO MONTH and INTERVAL '1 02:03:04' DAY TO SECOND.
func (p *parser) intervalFields(first token, value string, from unit) (plan.Expression, error) {
	p.take()
	last := p.take()
	m, known := measureOf(last.word)
	if !known {
		return nil, p.syntaxError(last, "")
	}
	sum, ok := readFields(value, from, m.kind)
	if !ok {
		return nil, p.invalidFields(first, last, value, from, m.kind)
	}
	sum.from, sum.to = from, m.kind
	return p.intervalLiteral(first, last, sum)
}

// invalidFields says that the fields do not exist together, or that value is not written with them.
func (p *parser) invalidFields(first, last token, value string, from, to unit) error {
	fields := strings.ToLower(unitNames[from] + " to " + unitNames[to])
	_, known := dayTimePatterns[[2]unit{from, to}]
	if known || from == unitYear && to == unitMonth {
		return p.invalidInterval(first, last, fmt.Errorf("'%s' does not have the fields %s", value, fields))
	}
	return p.failSpan(p.tokens[p.at-4], last, "INVALID_INTERVAL_FORMAT.UNSUPPORTED_FROM_TO_EXPRESSION", "22006",
		"Error parsing '%s' to interval. Please ensure that the value provided is in a valid format for defining an interval. "+
			"You can reference the documentation for the correct format. Cannot support (interval '%s' %s) expression.", value, value, fields).
		With("input", value)
}

func readFields(value string, from, to unit) (intervalSum, bool) {
	var sum intervalSum
	if from == unitYear && to == unitMonth {
		m := yearMonthPattern.FindStringSubmatch(value)
		if m == nil || len(m[3]) > 2 || len(m[3]) == 2 && m[3] > "11" {
			return sum, false
		}
		ok := sum.add(m[1]+m[2], measures["YEAR"]) == nil && sum.add(m[1]+m[3], measures["MONTH"]) == nil
		return sum, ok
	}
	pattern, known := dayTimePatterns[[2]unit{from, to}]
	if !known {
		return sum, false
	}
	m := pattern.FindStringSubmatch(value)
	if m == nil {
		return sum, false
	}
	units := map[string]string{"d": "DAY", "h": "HOUR", "m": "MINUTE", "s": "SECOND"}
	for i, name := range pattern.SubexpNames() {
		if u := units[name]; u != "" && sum.add(m[1]+m[i], measures[u]) != nil {
			return sum, false
		}
	}
	return sum, true
}

// yearMonthText is Spark's text of a year-month interval with the fields from to to.
func yearMonthText(months int32, from, to unit) string {
	sign, n := "", int64(months)
	if n < 0 {
		sign, n = "-", -n
	}
	switch {
	case from != to:
		return fmt.Sprintf("INTERVAL '%s%d-%d' YEAR TO MONTH", sign, n/12, n%12)
	case from == unitYear:
		return fmt.Sprintf("INTERVAL '%s%d' YEAR", sign, n/12)
	}
	return fmt.Sprintf("INTERVAL '%s%d' MONTH", sign, n)
}

// dayTimeText is Spark's text of a day-time interval with the fields from to to.
func dayTimeText(micros int64, from, to unit) string {
	sign, n := "", new(big.Int).SetInt64(micros)
	if micros < 0 {
		sign = "-"
		n.Neg(n)
	}
	rest := n.Uint64()
	sizes := map[unit]uint64{unitDay: microsPerDay, unitHour: 3600 * microsPerSecond, unitMinute: 60 * microsPerSecond}
	var b strings.Builder
	for u := from; u <= to; u++ {
		switch {
		case u > from && u == unitHour && from == unitDay:
			b.WriteByte(' ')
		case u > from:
			b.WriteByte(':')
		}
		if u == unitSecond {
			fmt.Fprintf(&b, "%02d", rest/microsPerSecond)
			if f := rest % microsPerSecond; f != 0 {
				b.WriteString("." + strings.TrimRight(fmt.Sprintf("%06d", f), "0"))
			}
			continue
		}
		format := "%02d"
		if u == unitDay {
			format = "%d"
		}
		fmt.Fprintf(&b, format, rest/sizes[u])
		rest %= sizes[u]
	}
	fields := unitNames[from]
	if from != to {
		fields += " TO " + unitNames[to]
	}
	return "INTERVAL '" + sign + b.String() + "' " + fields
}

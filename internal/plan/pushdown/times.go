package pushdown

import (
	"math"
	"strings"
	"time"

	"github.com/hfspark/hfspark/internal/plan/constant"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/source"
)

const (
	dayMicroseconds = 24 * 60 * 60 * 1_000_000
	// maxShift is more than the zone of a session, whichever it is, moves an instant from or to local time.
	maxShift = dayMicroseconds
	maxTime  = math.MaxInt64 / 4
)

// compareTime translates comparisons of dates that are cast to timestamps, timestamps that are cast to dates, and those with a
// time zone and without that are cast to each other. It errs to the side of more rows where that takes the zone of the session.
func (t translator) compareTime(c typed.Cast, name string, literal typed.Literal) source.Predicate {
	from := c.Child.Type()
	if !isTime(from) || !isTime(c.To) || !types.EqualIgnoringNulls(literal.DataType, c.To) {
		return nil
	}
	shift := int64(0)
	if (from == types.Timestamp) != (c.To == types.Timestamp) {
		shift = maxShift
	}
	// The values of the cast that the comparison is true for are those from least to greatest.
	least, greatest, ok := microseconds(literal)
	if !ok || least < -maxTime || greatest > maxTime {
		return nil
	}
	isEqual := operators[name] == source.Equal
	var p source.Predicate
	if isEqual || operators[name] == source.Less || operators[name] == source.LessOrEqual {
		p = both(p, t.compare(c.Child, "<=", timeLiteral(greatest+shift, from)))
	}
	if isEqual || operators[name] == source.Greater || operators[name] == source.GreaterOrEqual {
		p = both(p, t.compare(c.Child, ">=", timeLiteral(least-shift, from)))
	}
	return p
}

func isTime(t types.DataType) bool {
	return t == types.Date || t == types.Timestamp || t == types.TimestampNTZ
}

// microseconds are the first and the last one of a date or timestamp.
func microseconds(l typed.Literal) (first, last int64, ok bool) {
	switch v := l.Value.(type) {
	case int32:
		first = int64(v) * dayMicroseconds
		return first, first + dayMicroseconds - 1, true
	case int64:
		return v, v, true
	}
	return 0, 0, false
}

// timeLiteral is the date or timestamp at a time.
func timeLiteral(micros int64, t types.DataType) typed.Literal {
	if t != types.Date {
		return typed.Literal{Value: micros, DataType: t}
	}
	day := micros / dayMicroseconds
	if micros%dayMicroseconds < 0 {
		day--
	}
	return typed.Literal{Value: int32(day), DataType: t}
}

// compareYear translates a comparison of the year of a date.
func (t translator) compareYear(date typed.Expression, name string, literal typed.Literal) source.Predicate {
	year, ok := constant.Integer(literal)
	if !ok || year < 1 || year > 9998 || date.Type() != types.Date {
		return nil
	}
	begin := func(year int64) typed.Literal {
		at := time.Date(int(year), time.January, 1, 0, 0, 0, 0, time.UTC)
		return typed.Literal{Value: int32(at.Unix() / 86400), DataType: types.Date}
	}
	switch operators[name] {
	case source.Equal:
		return both(t.compare(date, ">=", begin(year)), t.compare(date, "<", begin(year+1)))
	case source.Less:
		return t.compare(date, "<", begin(year))
	case source.LessOrEqual:
		return t.compare(date, "<", begin(year+1))
	case source.Greater:
		return t.compare(date, ">=", begin(year+1))
	case source.GreaterOrEqual:
		return t.compare(date, ">=", begin(year))
	}
	return nil
}

// longestUnits are how many days the longest of each unit has that dates and timestamps are cut to.
var longestUnits = map[string]int64{
	"year": 366, "yyyy": 366, "yy": 366, "quarter": 92, "month": 31, "mon": 31, "mm": 31, "week": 7,
	"day": 1, "dd": 1, "hour": 1, "minute": 1, "second": 1, "millisecond": 1, "microsecond": 1,
}

// compareTruncated translates comparisons of dates and timestamps that are cut to the begin of a unit, which is not behind them and
// before the end of the unit. Days of a time zone may have an hour more.
func (t translator) compareTruncated(e, unit typed.Expression, name string, literal typed.Literal) source.Predicate {
	name2, _ := constant.Fold(unit)
	word, _ := name2.Value.(string)
	days := longestUnits[strings.ToLower(word)]
	first, last, ok := microseconds(literal)
	if days == 0 || !ok || !isTime(e.Type()) || first < -maxTime || last > maxTime {
		return nil
	}
	var p source.Predicate
	switch operator := operators[name]; {
	case operator == source.NotEqual:
		return nil
	case operator != source.Less && operator != source.LessOrEqual:
		p = t.compare(e, ">=", timeLiteral(first, e.Type()))
	}
	if operator := operators[name]; operator != source.Greater && operator != source.GreaterOrEqual {
		p = both(p, t.compare(e, "<=", timeLiteral(last+(days+1)*dayMicroseconds, e.Type())))
	}
	return p
}

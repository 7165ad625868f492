package source

import (
	"bytes"
	"fmt"
	"math"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/hfspark/hfspark/dataset"
)

// jsonShape is what the values at one place of the rows have in common so far.
type jsonShape struct {
	bools, ints, floats, texts, objects, arrays, nulls int

	large    bool // an integer beyond 63 bits was there
	fraction bool // a number was there that is no integer of 63 bits, however it is written
	notTime  bool // a text was there that is no timestamp
	fields   []*jsonField
	index    map[string]*jsonField
	element  *jsonShape
}

// jsonField is a member of objects, in the order of first appearance.
type jsonField struct {
	name  string
	shape jsonShape
	seen  int // objects that have it
	last  int // the number of the last of them
}

// add reads the value that is next.
func (s *jsonShape) add(p *jsonText) error {
	switch p.peek() {
	case '{':
		s.objects++
		return p.object(func(key []byte) error { return s.member(p, key) })
	case '[':
		s.arrays++
		if s.element == nil {
			s.element = &jsonShape{}
		}
		return p.array(func() error { return s.element.add(p) })
	case '"':
		text, err := p.str()
		s.texts++
		if !s.notTime && err == nil {
			_, isTime := isoSeconds(text)
			s.notTime = !isTime
		}
		return err
	case 'n':
		if p.word("null") {
			s.nulls++
			return nil
		}
	case 't', 'f':
		if p.word("true") || p.word("false") {
			s.bools++
			return nil
		}
	}
	n, err := p.number()
	if err != nil {
		return err
	}
	if !n.isInt {
		s.floats++
		if !s.fraction {
			f, err := n.float64()
			s.fraction = err != nil || f != math.Trunc(f) || math.Abs(f) >= 1<<63
		}
		return nil
	}
	s.ints++
	_, fits := n.int64()
	s.large = s.large || !fits
	return nil
}

func (s *jsonShape) member(p *jsonText, key []byte) error {
	field := s.index[string(key)]
	if field == nil {
		if s.index == nil {
			s.index = map[string]*jsonField{}
		}
		field = &jsonField{name: string(key)}
		s.index[field.name] = field
		s.fields = append(s.fields, field)
	}
	if field.last == s.objects {
		return fmt.Errorf("the member %q is there twice", key)
	}
	field.last = s.objects
	field.seen++
	return field.shape.add(p)
}

// jsonFeature is the type of JSON text.
var jsonFeature = dataset.FeatureType{Kind: dataset.KindJSON}

// jsonRules says what becomes of values that differ from row to row.
type jsonRules struct {
	mixed bool // what has several types becomes JSON text, else it is an error
	// union gives objects all members that were met, rather than making JSON text of those that have not all the same: so the library does
	// where not each line of a file is a value (datasets, packaged_modules/json/json.py).
	union bool
	// pandas says that a member of the file holds the rows, which the library has pandas read: text stays text but in columns named for times,
	// and numbers without a fraction are integers, however they are written.
	pandas bool
}

// feature decides the type, by the rules of pyarrow.json and of the datasets library, which makes JSON text of what has several
// types, and of objects that have not all the same members (datasets, utils/json.py).
func (s *jsonShape) feature(path string, root bool, rules jsonRules) (dataset.FeatureType, error) {
	value := func(t arrow.DataType) (dataset.FeatureType, error) {
		return dataset.FeatureType{Kind: dataset.KindValue, DType: t}, nil
	}
	kinds := s.kinds()
	switch {
	case len(kinds) > 1 && rules.mixed:
		return jsonFeature, nil
	case len(kinds) > 1:
		return dataset.FeatureType{}, fmt.Errorf("the column %s mixes %s; leave the option on_mixed_types out to get it as JSON text",
			path, strings.Join(kinds, " and "))
	case s.bools > 0:
		return value(arrow.FixedWidthTypes.Boolean)
	case s.large || s.floats > 0 && (!rules.pandas || s.fraction || strings.ContainsAny(path, ".[")):
		return value(arrow.PrimitiveTypes.Float64)
	case s.ints+s.floats > 0:
		return value(arrow.PrimitiveTypes.Int64)
	case s.texts > 0 && !s.notTime && rules.pandas && namesTime(path):
		return value(&arrow.TimestampType{Unit: arrow.Microsecond})
	case s.texts > 0 && !s.notTime && !rules.pandas:
		return value(&arrow.TimestampType{Unit: arrow.Second})
	case s.texts > 0:
		return value(arrow.BinaryTypes.String)
	case s.arrays > 0:
		element, err := s.element.feature(path+"[]", false, rules)
		return dataset.FeatureType{Kind: dataset.KindList, Element: &element}, err
	case s.objects > 0:
		return s.structFeature(path, root, rules)
	}
	return value(arrow.Null)
}

// namesTime says whether pandas takes a column of that name for times (pandas, io/json/_json.py, convert_dates).
func namesTime(name string) bool {
	name = strings.ToLower(name)
	return strings.HasSuffix(name, "_at") || strings.HasSuffix(name, "_time") || strings.HasPrefix(name, "timestamp") ||
		name == "modified" || name == "date" || name == "datetime"
}

func (s *jsonShape) kinds() (out []string) {
	for _, k := range []struct {
		name string
		n    int
	}{{"bools", s.bools}, {"numbers", s.ints + s.floats}, {"texts", s.texts}, {"arrays", s.arrays}, {"objects", s.objects}} {
		if k.n > 0 {
			out = append(out, k.name)
		}
	}
	return out
}

func (s *jsonShape) structFeature(path string, root bool, rules jsonRules) (dataset.FeatureType, error) {
	if rules.mixed && !root {
		same := len(s.fields) > 0
		for _, f := range s.fields {
			same = same && (rules.union || f.seen == s.objects)
		}
		if !same {
			return jsonFeature, nil
		}
	}
	out := dataset.FeatureType{Kind: dataset.KindStruct}
	for _, f := range s.fields {
		t, err := f.shape.feature(strings.TrimPrefix(path+"."+f.name, "."), false, rules)
		if err != nil {
			return out, err
		}
		out.Fields = append(out.Fields, dataset.Feature{Name: f.name, Type: t})
	}
	return out, nil
}

// isoSeconds reads a timestamp as pyarrow does for timestamp[s]: a date, and after T or a space hours, minutes and seconds as far
// as they are there, and then a zone. The result is seconds since 1970 in UTC.
func isoSeconds(text []byte) (int64, bool) {
	if len(text) < 10 || text[4] != '-' || text[7] != '-' {
		return 0, false
	}
	year, ok1 := twoDigits(text[0:])
	rest, ok2 := twoDigits(text[2:])
	month, ok3 := twoDigits(text[5:])
	day, ok4 := twoDigits(text[8:])
	year = year*100 + rest
	if !ok1 || !ok2 || !ok3 || !ok4 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) {
		return 0, false
	}
	seconds := daysSince1970(year, month, day) * 86400
	text = text[10:]
	if len(text) == 0 {
		return seconds, true
	}
	if text[0] != 'T' && text[0] != ' ' {
		return 0, false
	}
	text = text[1:]
	zone, ok := zoneSeconds(&text)
	if !ok {
		return 0, false
	}
	limits := [...]int64{24, 60, 60}
	units := [...]int64{3600, 60, 1}
	if len(text) != 2 && len(text) != 5 && len(text) != 8 {
		return 0, false
	}
	for i := 0; i*3 < len(text); i++ {
		n, ok := twoDigits(text[i*3:])
		if !ok || n >= limits[i] || i > 0 && text[i*3-1] != ':' {
			return 0, false
		}
		seconds += n * units[i]
	}
	return seconds - zone, true
}

// zoneSeconds cuts a zone off: Z, +hh, +hhmm or +hh:mm.
func zoneSeconds(text *[]byte) (int64, bool) {
	t := *text
	if len(t) > 0 && t[len(t)-1] == 'Z' {
		*text = t[:len(t)-1]
		return 0, true
	}
	i := bytes.LastIndexAny(t, "+-")
	if i < 0 {
		return 0, true
	}
	sign := int64(1)
	if t[i] == '-' {
		sign = -1
	}
	*text = t[:i]
	zone := bytes.Replace(t[i+1:], []byte(":"), nil, 1)
	if len(t)-i == 4 || len(zone) != 2 && len(zone) != 4 || len(t)-i == 6 && t[i+3] != ':' {
		return 0, false
	}
	hours, ok := twoDigits(zone)
	var minutes int64
	if ok && len(zone) == 4 {
		minutes, ok = twoDigits(zone[2:])
	}
	if !ok || hours > 23 || minutes > 59 {
		return 0, false
	}
	return sign * (hours*3600 + minutes*60), true
}

func twoDigits(b []byte) (int64, bool) {
	if len(b) < 2 || b[0]-'0' > 9 || b[1]-'0' > 9 {
		return 0, false
	}
	return int64(b[0]-'0')*10 + int64(b[1]-'0'), true
}

func daysIn(year, month int64) int64 {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// daysSince1970 counts days in the proleptic Gregorian calendar.
func daysSince1970(year, month, day int64) int64 {
	if month <= 2 {
		year--
		month += 12
	}
	return 365*year + floorDiv(year, 4) - floorDiv(year, 100) + floorDiv(year, 400) + (153*(month-3)+2)/5 + day - 719469
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

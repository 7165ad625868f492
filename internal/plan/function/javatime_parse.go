package function

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// timeReader reads a text by a pattern.
type timeReader struct {
	text   string
	at     int
	fields map[byte]int
	zone   *time.Location
}

// parseError says where a text does not follow its pattern, in the words of Java.
type parseError struct {
	text  string
	at    int
	extra bool // there is more text than pattern
}

func (e *parseError) Error() string {
	if e.extra {
		return fmt.Sprintf("Text '%s' could not be parsed, unparsed text found at index %d", e.text, e.at)
	}
	return fmt.Sprintf("Text '%s' could not be parsed at index %d", e.text, e.at)
}

// parseTime reads a time by a pattern, into microseconds from 1970 UTC; zone is that of texts that name none.
func parseTime(text, pattern string, zone *time.Location) (int64, error) {
	r := &timeReader{text: text, fields: make(map[byte]int), zone: zone}
	elements := cachedPattern(pattern)
	if elements == nil && pattern != "" {
		return 0, &parseError{text: text}
	}
	for i := 0; i < len(elements); i++ {
		e := elements[i]
		start := r.at
		if r.read(e, adjacent(elements, i)) {
			continue
		}
		if e.optional == 0 {
			return 0, &parseError{text: text, at: r.at}
		}
		// An optional section that does not fit is passed over.
		r.at = start
		for i+1 < len(elements) && elements[i+1].optional >= e.optional {
			i++
		}
	}
	if r.at < len(text) {
		return 0, &parseError{text: text, at: len([]rune(text[:r.at])), extra: true}
	}
	return r.resolve()
}

// adjacent reports whether the element at i is a number that another number follows without anything between.
func adjacent(elements []element, i int) bool {
	return i+1 < len(elements) && numericElement(elements[i+1]) && elements[i+1].optional == elements[i].optional
}

func numericElement(e element) bool {
	switch e.letter {
	case 'M', 'L', 'Q', 'q':
		return e.count < 3
	case 'y', 'u', 'D', 'd', 'h', 'K', 'k', 'H', 'm', 's', 'S', 'F':
		return true
	}
	return false
}

func (r *timeReader) read(e element, fixed bool) bool {
	rest := r.text[r.at:]
	switch e.letter {
	case 0:
		if !strings.HasPrefix(rest, e.text) {
			return false
		}
		r.at += len(e.text)
		return true
	case 'S':
		return r.fraction(e.count)
	case 'a':
		return r.name('a', []string{"AM", "PM"}, 0)
	case 'G':
		return r.name('G', []string{"BC", "AD"}, 0)
	case 'E':
		names := make([]string, 7)
		for i := range names {
			if names[i] = time.Weekday(i).String(); e.count < 4 {
				names[i] = names[i][:3]
			}
		}
		return r.name('E', names, 0)
	case 'M', 'L':
		if e.count < 3 {
			return r.number('M', e.count, fixed)
		}
		names := make([]string, 12)
		for i := range names {
			if names[i] = time.Month(i + 1).String(); e.count == 3 {
				names[i] = names[i][:3]
			}
		}
		return r.name('M', names, 1)
	case 'y', 'u':
		return r.year(e.count, fixed)
	case 'V', 'z', 'X', 'x', 'Z', 'O':
		return r.readZone(e)
	case 'Q', 'q':
		if e.count == 3 {
			return r.name('Q', []string{"Q1", "Q2", "Q3", "Q4"}, 1)
		}
		return r.number('Q', e.count, fixed)
	}
	return r.number(e.letter, e.count, fixed)
}

// digits counts the digits ahead, up to most.
func (r *timeReader) digits(most int) int {
	n := 0
	for n < most && r.at+n < len(r.text) && r.text[r.at+n] >= '0' && r.text[r.at+n] <= '9' {
		n++
	}
	return n
}

func (r *timeReader) take(letter byte, n int) bool {
	value, err := strconv.Atoi(r.text[r.at : r.at+n])
	if err != nil {
		return false
	}
	r.fields[letter] = value
	r.at += n
	return true
}

// number reads a number of exactly count digits; where count is 1 it may have more.
func (r *timeReader) number(letter byte, count int, fixed bool) bool {
	most := count
	if count == 1 && !fixed {
		most = 9
	}
	n := r.digits(most)
	return n >= count && r.take(letter, n)
}

func (r *timeReader) year(count int, fixed bool) bool {
	sign := 1
	if !fixed && count != 2 && r.at < len(r.text) && (r.text[r.at] == '-' || r.text[r.at] == '+' && count >= 4) {
		if r.text[r.at] == '-' {
			sign = -1
		}
		r.at++
	}
	most := 9
	if count == 2 || fixed {
		most = count
	} else if count == 4 && sign == 1 && (r.at == 0 || r.text[r.at-1] != '+') {
		most = 4
	}
	n := r.digits(most)
	if n < count || !r.take('y', n) {
		return false
	}
	r.fields['y'] *= sign
	if count == 2 {
		r.fields['y'] += 2000
	}
	return true
}

func (r *timeReader) fraction(count int) bool {
	n := r.digits(count)
	if n < count {
		return false
	}
	digits := (r.text[r.at:r.at+n] + "000000")[:6]
	value, err := strconv.Atoi(digits)
	if err != nil {
		return false
	}
	r.fields['S'] = value
	r.at += n
	return true
}

func (r *timeReader) name(letter byte, names []string, first int) bool {
	rest := r.text[r.at:]
	for i, n := range names {
		if len(rest) >= len(n) && strings.EqualFold(rest[:len(n)], n) {
			r.fields[letter] = i + first
			r.at += len(n)
			return true
		}
	}
	return false
}

func (r *timeReader) readZone(e element) bool {
	rest := r.text[r.at:]
	end := strings.IndexFunc(rest, func(c rune) bool { return c == ' ' || c == ']' || c == ')' })
	if end < 0 {
		end = len(rest)
	}
	name := rest[:end]
	if (e.letter == 'x' || e.letter == 'Z' && e.count < 4) && name == "Z" || name == "" {
		return false
	}
	if e.letter != 'V' && e.letter != 'z' && e.letter != 'O' && name != "Z" && !strings.ContainsAny(name[:1], "+-") {
		return false
	}
	zone, ok := LoadZone(name)
	if ok {
		r.zone = zone
		r.at += end
	}
	return ok
}

// resolve puts the fields together; what is not told is that of midnight on 1970-01-01.
func (r *timeReader) resolve() (int64, error) {
	get := func(letter byte, missing int) int {
		if v, ok := r.fields[letter]; ok {
			return v
		}
		return missing
	}
	bad := &parseError{text: r.text}
	days, ok := daysOf(get('y', 1970), get('M', 1), get('d', 1))
	if day, told := r.fields['D']; told {
		first, _ := daysOf(get('y', 1970), 1, 1)
		days, ok = first+int32(day-1), day >= 1 && day <= 366
	}
	hour := get('H', 0)
	half := get('a', 0)
	switch {
	case r.has('k'):
		hour = r.fields['k'] % 24
	case r.has('h'):
		if r.fields['h'] < 1 || r.fields['h'] > 12 {
			return 0, bad
		}
		hour = r.fields['h']%12 + 12*half
	case r.has('K'):
		hour = r.fields['K'] + 12*half
	}
	minute, second := get('m', 0), get('s', 0)
	if !ok || hour > 23 || minute > 59 || second > 59 {
		return 0, bad
	}
	local := int64(days)*microsPerDay + int64(hour*3600+minute*60+second)*1_000_000 + int64(get('S', 0))
	return localToMicros(local, r.zone), nil
}

func (r *timeReader) has(letter byte) bool {
	_, ok := r.fields[letter]
	return ok
}

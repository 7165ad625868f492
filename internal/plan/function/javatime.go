package function

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// element is a piece of a pattern of Java's DateTimeFormatter: a letter repeated, or text as it is (letter 0).
type element struct {
	letter byte
	count  int
	text   string
	// optional is how many optional sections the element is in.
	optional int
}

// parsedPatterns caches the patterns of the functions that read and write times.
var parsedPatterns sync.Map

func cachedPattern(pattern string) []element {
	if cached, ok := parsedPatterns.Load(pattern); ok {
		return cached.([]element)
	}
	elements, err := parsePattern(pattern)
	if err != nil {
		elements = nil
	}
	parsedPatterns.Store(pattern, elements)
	return elements
}

// mostLetters tells how often the letters that Spark takes may be repeated.
var mostLetters = map[byte]int{
	'G': 4, 'y': 6, 'u': 6, 'D': 3, 'M': 4, 'L': 4, 'd': 2, 'Q': 4, 'q': 4, 'E': 4, 'F': 1, 'a': 1, 'h': 2, 'K': 2, 'k': 2, 'H': 2,
	'm': 2, 's': 2, 'S': 9, 'V': 2, 'z': 4, 'O': 4, 'X': 5, 'x': 5, 'Z': 5,
}

// parsePattern splits a pattern into its elements.
func parsePattern(pattern string) ([]element, error) {
	elements := make([]element, 0, len(pattern))
	optional := 0
	for i := 0; i < len(pattern); {
		c := pattern[i]
		switch {
		case c == '\'':
			text, size, err := quotedText(pattern[i:])
			if err != nil {
				return nil, err
			}
			elements = append(elements, element{text: text, optional: optional})
			i += size
		case isLetter(c):
			count := 1
			for i+count < len(pattern) && pattern[i+count] == c {
				count++
			}
			most, known := mostLetters[c]
			switch {
			case !known:
				return nil, fmt.Errorf("the letter %c is not supported", c)
			case count > most:
				return nil, fmt.Errorf("too many pattern letters: %c", c)
			}
			elements = append(elements, element{letter: c, count: count, optional: optional})
			i += count
		case c == '[':
			optional++
			i++
		case c == ']':
			optional--
			i++
		case c == '{' || c == '}' || c == '#':
			return nil, fmt.Errorf("the character %c is reserved", c)
		default:
			_, size := utf8.DecodeRuneInString(pattern[i:])
			elements = append(elements, element{text: pattern[i : i+size], optional: optional})
			i += size
		}
	}
	return elements, nil
}

// quotedText reads text in single quotes, in which two stand for one.
func quotedText(s string) (text string, size int, err error) {
	if strings.HasPrefix(s, "''") {
		return "'", 2, nil
	}
	for i := 1; i < len(s); i++ {
		if s[i] != '\'' {
			text += string(s[i])
			continue
		}
		if i+1 < len(s) && s[i+1] == '\'' {
			text += "'"
			i++
			continue
		}
		return text, i + 1, nil
	}
	return "", 0, errors.New("a quoted text does not end")
}

// formatTime writes a time, in the zone it is in, by a pattern.
func formatTime(t time.Time, pattern string) (string, bool) {
	elements := cachedPattern(pattern)
	if elements == nil && pattern != "" {
		return "", false
	}
	var b strings.Builder
	for _, e := range elements {
		if e.letter == 0 {
			b.WriteString(e.text)
			continue
		}
		b.WriteString(formatElement(t, e))
	}
	return b.String(), true
}

func formatElement(t time.Time, e element) string {
	number := func(n int) string { return fmt.Sprintf("%0*d", e.count, n) }
	switch e.letter {
	case 'G':
		if t.Year() < 1 {
			return map[bool]string{true: "Before Christ", false: "BC"}[e.count == 4]
		}
		return map[bool]string{true: "Anno Domini", false: "AD"}[e.count == 4]
	case 'y', 'u':
		if e.count == 2 {
			return fmt.Sprintf("%02d", t.Year()%100)
		}
		if e.count >= 4 && t.Year() > 9999 {
			return "+" + strconv.Itoa(t.Year())
		}
		return number(t.Year())
	case 'D':
		return number(t.YearDay())
	case 'M', 'L':
		switch e.count {
		case 3:
			return t.Month().String()[:3]
		case 4:
			return t.Month().String()
		}
		return number(int(t.Month()))
	case 'd':
		return number(t.Day())
	case 'Q', 'q':
		quarter := (int(t.Month()) + 2) / 3
		switch e.count {
		case 3:
			return "Q" + strconv.Itoa(quarter)
		case 4:
			return []string{"1st", "2nd", "3rd", "4th"}[quarter-1] + " quarter"
		}
		return number(quarter)
	case 'E':
		if e.count == 4 {
			return t.Weekday().String()
		}
		return t.Weekday().String()[:3]
	case 'F':
		return number((t.Day()-1)%7 + 1)
	case 'a':
		return t.Format("PM")
	case 'h':
		return number((t.Hour()+11)%12 + 1)
	case 'K':
		return number(t.Hour() % 12)
	case 'k':
		return number((t.Hour()+23)%24 + 1)
	case 'H':
		return number(t.Hour())
	case 'm':
		return number(t.Minute())
	case 's':
		return number(t.Second())
	case 'S':
		return fmt.Sprintf("%09d", t.Nanosecond())[:e.count]
	}
	return formatZone(t, e)
}

// formatZone writes the zone of a time, or its offset.
func formatZone(t time.Time, e element) string {
	name, offset := t.Zone()
	zone := t.Location().String()
	switch e.letter {
	case 'V':
		return zone
	case 'z':
		if strings.ContainsAny(name[:1], "+-") {
			return zone
		}
		if e.count == 4 && zone == "UTC" {
			return "Coordinated Universal Time"
		}
		return name
	case 'O':
		if offset == 0 {
			return "GMT"
		}
		if e.count == 1 {
			short := strings.TrimSuffix(offsetText(offset, 3, ""), ":00")
			return "GMT" + strings.Replace(strings.Replace(short, "+0", "+", 1), "-0", "-", 1)
		}
		return "GMT" + offsetText(offset, 3, "")
	case 'Z':
		switch e.count {
		case 4:
			if offset == 0 {
				return "GMT"
			}
			return "GMT" + offsetText(offset, 3, "")
		case 5:
			return offsetText(offset, 3, "Z")
		}
		return offsetText(offset, 2, "")
	case 'X':
		return offsetText(offset, e.count, "Z")
	}
	return offsetText(offset, e.count, "")
}

// offsetText writes an offset in one of five forms: +hh[mm], +hhmm, +hh:mm, +hhmm[ss] and +hh:mm[:ss]; zero stands for no offset,
// where it is not empty.
func offsetText(seconds, form int, zero string) string {
	if seconds == 0 && zero != "" {
		return zero
	}
	sign := "+"
	if seconds < 0 {
		sign, seconds = "-", -seconds
	}
	text := fmt.Sprintf("%s%02d", sign, seconds/3600)
	minutes, rest := seconds/60%60, seconds%60
	separator := ""
	if form == 3 || form == 5 {
		separator = ":"
	}
	if form > 1 || minutes > 0 {
		text += fmt.Sprintf("%s%02d", separator, minutes)
	}
	if form > 3 && rest > 0 {
		text += fmt.Sprintf("%s%02d", separator, rest)
	}
	return text
}

package source

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// jsonText is a complete JSON text that is being read. The grammar is that of pyarrow: RFC 8259, and NaN, Infinity and Inf with
// or without a minus.
type jsonText struct {
	data    []byte
	at      int
	depth   int
	scratch []byte
	// plain says that data is UTF-8 without control characters, so that strings need no check.
	plain bool
}

// maxJSONDepth bounds nesting.
const maxJSONDepth = 1000

var (
	errJSONEnd   = errors.New("the text ends in the middle of a JSON value")
	errJSONDepth = fmt.Errorf("JSON is nested more than %d deep", maxJSONDepth)
)

func (p *jsonText) space() {
	for p.at < len(p.data) {
		switch p.data[p.at] {
		case ' ', '\t', '\n', '\r':
			p.at++
		default:
			return
		}
	}
}

// peek returns the next byte that is no white space; 0 at the end.
func (p *jsonText) peek() byte {
	if p.at < len(p.data) && p.data[p.at] > ' ' {
		return p.data[p.at]
	}
	return p.peekBehindSpace()
}

func (p *jsonText) peekBehindSpace() byte {
	p.space()
	if p.at == len(p.data) {
		return 0
	}
	return p.data[p.at]
}

// take steps over the byte c if it is next.
func (p *jsonText) take(c byte) bool {
	if p.peek() != c {
		return false
	}
	p.at++
	return true
}

func (p *jsonText) expected(what string) error {
	if p.at >= len(p.data) {
		return errJSONEnd
	}
	rest := p.data[p.at:min(p.at+20, len(p.data))]
	return fmt.Errorf("expected %s, found %q", what, rest)
}

func (p *jsonText) word(word string) bool {
	if !bytes.HasPrefix(p.data[p.at:], []byte(word)) {
		return false
	}
	p.at += len(word)
	return true
}

// null steps over null if it is next.
func (p *jsonText) null() bool { return p.peek() == 'n' && p.word("null") }

// object calls member for each member of the object that is next; member must read the value.
func (p *jsonText) object(member func(key []byte) error) error {
	more, err := p.openObject()
	for more && err == nil {
		_, key, err := p.name(nil)
		if err != nil {
			return err
		}
		if err := member(key); err != nil {
			return err
		}
		if more, err = p.nextMember(); err != nil {
			return err
		}
	}
	return err
}

// openObject steps into the object that is next. more says that it has members, the first of which is next.
func (p *jsonText) openObject() (more bool, err error) {
	if !p.take('{') {
		return false, p.expected("an object")
	}
	if p.depth++; p.depth > maxJSONDepth {
		return false, errJSONDepth
	}
	if p.take('}') {
		p.depth--
		return false, nil
	}
	return true, nil
}

// name reads the name of the member that is next, and its colon. likely is how the name is most likely written, quotes included: when it
// is, only that is told. The key is valid until the next string is read.
func (p *jsonText) name(likely []byte) (isLikely bool, key []byte, err error) {
	if p.peek() != '"' {
		return false, nil, p.expected("the name of a member in quotes")
	}
	if rest := p.data[p.at:]; len(likely) > 0 && len(rest) >= len(likely) && string(rest[:len(likely)]) == string(likely) {
		p.at += len(likely)
		isLikely = true
	} else if key, err = p.str(); err != nil {
		return false, nil, err
	}
	if !p.take(':') {
		return false, nil, p.expected(`":"`)
	}
	return isLikely, key, nil
}

// nextMember steps to the next member of an object, behind the value of one; more is false behind the object.
func (p *jsonText) nextMember() (more bool, err error) {
	switch p.peek() {
	case ',':
		p.at++
		return true, nil
	case '}':
		p.at++
		p.depth--
		return false, nil
	}
	return false, p.expected(`"," or "}"`)
}

// array calls element for each element of the array that is next; element must read it.
func (p *jsonText) array(element func() error) error {
	if !p.take('[') {
		return p.expected("an array")
	}
	if p.depth++; p.depth > maxJSONDepth {
		return errJSONDepth
	}
	defer func() { p.depth-- }()
	if p.take(']') {
		return nil
	}
	for {
		if err := element(); err != nil {
			return err
		}
		if p.take(',') {
			continue
		}
		if p.take(']') {
			return nil
		}
		return p.expected(`"," or "]"`)
	}
}

// str reads a string. The result is valid until the next call.
func (p *jsonText) str() ([]byte, error) {
	if !p.take('"') {
		return nil, p.expected("a string")
	}
	start := p.at
	if p.plain {
		i := start + stringEnd(p.data[start:])
		switch {
		case i == len(p.data):
			p.at = i
			return nil, errJSONEnd
		case p.data[i] == '\\':
			return p.escapedString(start, i)
		}
		p.at = i + 1
		return p.data[start:i], nil
	}
	n, ascii := plainText(p.data[start:])
	i := start + n
	switch {
	case i == len(p.data):
		p.at = i
		return nil, errJSONEnd
	case p.data[i] == '\\':
		return p.escapedString(start, i)
	case p.data[i] < 0x20:
		p.at = i
		return nil, p.expected("no control character in a string; it is written as an escape")
	}
	p.at = i + 1
	if ascii {
		return p.data[start:i], nil
	}
	return checkText(p.data[start:i])
}

func checkText(text []byte) ([]byte, error) {
	if !utf8.Valid(text) {
		return nil, errors.New("a string is not UTF-8; set the option encoding to that of the file")
	}
	return text, nil
}

// escapedString goes on with a string that has its first escape at i.
func (p *jsonText) escapedString(start, i int) ([]byte, error) {
	out := append(p.scratch[:0], p.data[start:i]...)
	defer func() { p.scratch = out[:0] }()
	for i < len(p.data) {
		c := p.data[i]
		switch {
		case c == '"':
			p.at = i + 1
			if p.plain {
				return out, nil
			}
			return checkText(out)
		case c < 0x20:
			p.at = i
			return nil, p.expected("no control character in a string; it is written as an escape")
		case c != '\\':
			var n int
			if p.plain {
				n = stringEnd(p.data[i:])
			} else {
				n, _ = plainText(p.data[i:])
			}
			out = append(out, p.data[i:i+n]...)
			i += n
			continue
		}
		if i+1 >= len(p.data) {
			break
		}
		i += 2
		switch p.data[i-1] {
		case '"', '\\', '/':
			out = append(out, p.data[i-1])
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			r, next, err := p.unicode(i)
			if err != nil {
				return nil, err
			}
			out = utf8.AppendRune(out, r)
			i = next
		default:
			p.at = i - 2
			return nil, p.expected("one of JSON's escapes")
		}
	}
	p.at = len(p.data)
	return nil, errJSONEnd
}

// unicode reads the digits of a \u escape at i, and a second escape when the first is half a character.
func (p *jsonText) unicode(i int) (r rune, next int, err error) {
	first, ok := hex4(p.data[min(i, len(p.data)):])
	if !ok {
		p.at = i - 2
		return 0, 0, p.expected(`four hexadecimal digits after \u`)
	}
	i += 4
	if !utf16.IsSurrogate(first) {
		return first, i, nil
	}
	if bytes.HasPrefix(p.data[i:], []byte(`\u`)) {
		if second, ok := hex4(p.data[i+2:]); ok {
			if r := utf16.DecodeRune(first, second); r != utf8.RuneError {
				return r, i + 6, nil
			}
		}
	}
	p.at = i - 6
	return 0, 0, p.expected("a character, not half of a surrogate pair")
}

func hex4(b []byte) (rune, bool) {
	if len(b) < 4 {
		return 0, false
	}
	var r rune
	for _, c := range b[:4] {
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return r, true
}

// jsonNumber is a number as it is written: digits, where the last scale ones follow the point, times ten to the exponent.
type jsonNumber struct {
	text     []byte
	isInt    bool // it has neither a point nor an exponent
	negative bool
	special  bool   // it is NaN or infinite
	digits   int    // how many there are
	mantissa uint64 // what they are when there are at most exactDigits
	scale    int
	exponent int // math.MinInt32 when it is too long to matter what it is
}

// exactDigits is how many digits always fit 64 bits.
const exactDigits = 19

// digitsFrom reads digits behind those that the number has.
func (n *jsonNumber) digitsFrom(data []byte) (length int) {
	m := n.mantissa
	for length < len(data) {
		d := data[length] - '0'
		if d > 9 {
			break
		}
		m = m*10 + uint64(d)
		length++
	}
	n.mantissa = m
	n.digits += length
	return length
}

// number reads a number.
func (p *jsonText) number() (n jsonNumber, err error) {
	p.space()
	start := p.at
	i := p.at
	data := p.data
	if i < len(data) && data[i] == '-' {
		n.negative = true
		i++
	}
	if i < len(data) && data[i] == '0' {
		n.digits = 1
		i++
	} else {
		length := n.digitsFrom(data[i:])
		if length == 0 {
			return p.specialNumber(start, i)
		}
		i += length
	}
	n.isInt = true
	if i < len(data) && data[i] == '.' {
		n.isInt = false
		i++
		if n.scale = n.digitsFrom(data[i:]); n.scale == 0 {
			return n, p.expected("a number with digits after its point")
		}
		i += n.scale
	}
	if i < len(data) && data[i]|0x20 == 'e' {
		n.isInt = false
		i++
		negative := i < len(data) && data[i] == '-'
		if negative || i < len(data) && data[i] == '+' {
			i++
		}
		var exponent jsonNumber
		length := exponent.digitsFrom(data[i:])
		switch {
		case length == 0:
			return n, p.expected("a number with digits in its exponent")
		case length > 4:
			n.exponent = math.MinInt32
		case negative:
			n.exponent = -int(exponent.mantissa)
		default:
			n.exponent = int(exponent.mantissa)
		}
		i += length
	}
	p.at = i
	n.text = data[start:i]
	return n, nil
}

// specialNumber reads what is no number of JSON, but one of pyarrow, behind its sign.
func (p *jsonText) specialNumber(start, i int) (n jsonNumber, err error) {
	for _, special := range []string{"NaN", "Infinity", "Inf"} {
		if bytes.HasPrefix(p.data[i:], []byte(special)) {
			p.at = i + len(special)
			return jsonNumber{text: p.data[start:p.at], special: true}, nil
		}
	}
	return n, p.expected("a JSON value")
}

// int64 is the value of an integer; ok is false when it does not fit.
func (n *jsonNumber) int64() (v int64, ok bool) {
	if n.digits > exactDigits || n.mantissa > 1<<63 || !n.negative && n.mantissa == 1<<63 {
		return 0, false
	}
	if n.negative {
		return -int64(n.mantissa), true
	}
	return int64(n.mantissa), true
}

// float64 is the double that is nearest.
func (n *jsonNumber) float64() (float64, error) {
	if !n.special && n.digits <= exactDigits && n.exponent != math.MinInt32 {
		if f, ok := decimalFloat(n.mantissa, n.exponent-n.scale); ok {
			if n.negative {
				f = -f
			}
			return f, nil
		}
	}
	f, err := strconv.ParseFloat(view(n.text), 64)
	if err != nil && math.IsInf(f, 0) {
		return 0, errors.New("the number is too large for a double")
	}
	return f, err
}

// skip steps over the value that is next.
func (p *jsonText) skip() error {
	switch c := p.peek(); c {
	case '{':
		return p.object(func([]byte) error { return p.skip() })
	case '[':
		return p.array(p.skip)
	case '"':
		_, err := p.str()
		return err
	case 't', 'f', 'n':
		if p.word("true") || p.word("false") || p.word("null") {
			return nil
		}
		return p.expected("a JSON value")
	default:
		_, err := p.number()
		return err
	}
}

// compact appends the value that is next without white space, and with no more escapes than needed.
func (p *jsonText) compact(to []byte) ([]byte, error) {
	switch c := p.peek(); c {
	case '{':
		to = append(to, '{')
		first := true
		err := p.object(func(key []byte) (err error) {
			if !first {
				to = append(to, ',')
			}
			first = false
			to = append(quoteJSON(to, string(key)), ':')
			to, err = p.compact(to)
			return err
		})
		return append(to, '}'), err
	case '[':
		to = append(to, '[')
		first := true
		err := p.array(func() (err error) {
			if !first {
				to = append(to, ',')
			}
			first = false
			to, err = p.compact(to)
			return err
		})
		return append(to, ']'), err
	case '"':
		text, err := p.str()
		return quoteJSON(to, string(text)), err
	default:
		start := p.at
		err := p.skip()
		return append(to, p.data[start:p.at]...), err
	}
}

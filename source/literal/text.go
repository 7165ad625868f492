package literal

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// strings reads one string, or several in a row, which are one.
func (p *parser) strings(raw, isBytes bool) (Value, error) {
	var b strings.Builder
	for {
		if err := p.quoted(&b, raw, isBytes); err != nil {
			return Value{}, err
		}
		rest := p.at
		p.space()
		if p.json || p.at >= len(p.text) || p.text[p.at] != '"' && p.text[p.at] != '\'' {
			p.at = rest
			break
		}
		if isBytes {
			return Value{}, p.expected(`","`)
		}
		raw = false
	}
	if isBytes {
		return Value{Kind: Bytes, Scalar: []byte(b.String())}, nil
	}
	if !utf8.ValidString(b.String()) {
		return Value{}, p.expected("text in UTF-8")
	}
	return Value{Kind: String, Scalar: b.String()}, nil
}

func (p *parser) quoted(b *strings.Builder, raw, isBytes bool) error {
	start := p.at
	quote := p.text[p.at : p.at+1]
	if triple := strings.Repeat(quote, 3); !p.json && strings.HasPrefix(p.text[p.at:], triple) {
		quote = triple
	}
	p.at += len(quote)
	for {
		switch {
		case p.at >= len(p.text):
			return p.expectedAt(len(p.text), "a closing "+quote+" for the string that begins at position "+
				strconv.Itoa(utf8.RuneCountInString(p.text[:start])+1))
		case strings.HasPrefix(p.text[p.at:], quote):
			p.at += len(quote)
			return nil
		case p.text[p.at] == '\\' && raw && p.at+1 < len(p.text):
			b.WriteString(p.text[p.at : p.at+2])
			p.at += 2
		case p.text[p.at] == '\\':
			if err := p.escape(b, isBytes); err != nil {
				return err
			}
		case p.text[p.at] == '\n' && len(quote) == 1:
			return p.expected("a closing " + quote + " before the end of the line")
		case isBytes && p.text[p.at] >= utf8.RuneSelf:
			return p.expected("ASCII characters in bytes")
		default:
			b.WriteByte(p.text[p.at])
			p.at++
		}
	}
}

var simpleEscapes = map[byte]string{
	'\\': "\\", '\'': "'", '"': "\"", 'a': "\a", 'b': "\b", 'f': "\f", 'n': "\n", 'r': "\r", 't': "\t", 'v': "\v", '\n': "",
}

func (p *parser) escape(b *strings.Builder, isBytes bool) error {
	start := p.at
	if p.at++; p.at >= len(p.text) {
		return p.expectedAt(start, "a character after the backslash")
	}
	c := p.text[p.at]
	p.at++
	if p.json {
		switch {
		case c == '/':
			b.WriteByte('/')
			return nil
		case strings.IndexByte(`\"bfnrtu`, c) < 0:
			return p.expectedAt(start, "one of JSON's escapes")
		}
	}
	if text, ok := simpleEscapes[c]; ok {
		b.WriteString(text)
		return nil
	}
	switch {
	case c == 'x':
		n, err := p.digits(start, 2)
		if err != nil {
			return err
		}
		if isBytes {
			b.WriteByte(byte(n))
		} else {
			b.WriteRune(rune(n))
		}
	case c == 'u' && !isBytes:
		return p.unicode(b, start)
	case c == 'U' && !isBytes:
		n, err := p.digits(start, 8)
		if err != nil {
			return err
		}
		if !utf8.ValidRune(rune(n)) || n > utf8.MaxRune {
			return p.expectedAt(start, "a character of Unicode")
		}
		b.WriteRune(rune(n))
	case c == 'N' && !isBytes:
		return p.expectedAt(start, `the character itself, or its number as \uXXXX`)
	case c >= '0' && c <= '7':
		end := p.at
		for end < len(p.text) && end < start+4 && p.text[end] >= '0' && p.text[end] <= '7' {
			end++
		}
		n, err := strconv.ParseUint(p.text[start+1:end], 8, 16)
		if err != nil {
			return p.expectedAt(start, "an octal number")
		}
		p.at = end
		if isBytes {
			b.WriteByte(byte(n))
		} else {
			b.WriteRune(rune(n))
		}
	default: // Python keeps the backslash of an escape that it does not know.
		b.WriteByte('\\')
		p.at--
	}
	return nil
}

func (p *parser) digits(start, count int) (uint64, error) {
	if p.at+count > len(p.text) {
		return 0, p.expectedAt(start, strconv.Itoa(count)+" hexadecimal digits after the escape")
	}
	n, err := strconv.ParseUint(p.text[p.at:p.at+count], 16, 32)
	if err != nil {
		return 0, p.expectedAt(start, strconv.Itoa(count)+" hexadecimal digits after the escape")
	}
	p.at += count
	return n, nil
}

// unicode reads the digits of \u; two surrogates in a row are one character.
func (p *parser) unicode(b *strings.Builder, start int) error {
	n, err := p.digits(start, 4)
	if err != nil {
		return err
	}
	r := rune(n)
	if utf16.IsSurrogate(r) {
		if !strings.HasPrefix(p.text[p.at:], `\u`) {
			return p.expectedAt(start, "a character of Unicode, not half of one")
		}
		p.at += 2
		low, err := p.digits(start, 4)
		if err != nil {
			return err
		}
		if r = utf16.DecodeRune(r, rune(low)); r == utf8.RuneError {
			return p.expectedAt(start, "a character of Unicode, not half of one")
		}
	}
	b.WriteRune(r)
	return nil
}

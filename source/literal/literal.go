// Package literal reads Python literals, which is how the data source takes lists and conditions in its options:
// ["a", "b"], [("x", "=", 1)], {"train": "a.csv"}. JSON is read as well.
package literal

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Kind is the type of a value.
type Kind string

// The kinds of values, by the words that messages use for them.
const (
	None   Kind = "None"
	Bool   Kind = "a bool"
	Int    Kind = "an integer"
	Float  Kind = "a float"
	String Kind = "a string"
	Bytes  Kind = "bytes"
	List   Kind = "a list"
	Tuple  Kind = "a tuple"
	Set    Kind = "a set"
	Dict   Kind = "a dict"
)

// Value is a value and where it stands.
type Value struct {
	Kind   Kind
	Offset int    // of its first byte
	Text   string // as it was written

	Scalar any     // bool, int64, *big.Int beyond 64 bits, float64, string or []byte
	Items  []Value // of lists, tuples and sets; of dicts key, value, key, value and so on
}

// Error is a text that is no literal, or not the one that was wanted.
type Error struct {
	Text     string
	Offset   int // in bytes
	Expected string
	Found    string
}

// Error implements error. Positions count characters from 1.
func (e *Error) Error() string {
	return fmt.Sprintf("at position %d: expected %s, found %s", e.Position(), e.Expected, e.Found)
}

// Position is where the text goes wrong, in characters from 1.
func (e *Error) Position() int {
	return utf8.RuneCountInString(e.Text[:min(e.Offset, len(e.Text))]) + 1
}

// Unexpected makes an error about a value that is not what was expected. text is what was parsed.
func (v Value) Unexpected(text, expected string) *Error {
	found := v.Text
	if len(found) > 60 {
		found = strings.ToValidUTF8(found[:57], "") + "..."
	}
	switch v.Kind {
	case List, Tuple, Set, Dict, None:
		found = string(v.Kind) + ": " + found
		if v.Kind == None {
			found = "None"
		}
	}
	return &Error{Text: text, Offset: v.Offset, Expected: expected, Found: found}
}

// Parse reads one literal and nothing after it. What is no Python literal but is JSON is read as JSON. Errors are *Error.
func Parse(text string) (Value, error) {
	v, err := (&parser{text: text}).document()
	if err == nil {
		return v, nil
	}
	if v, jsonErr := (&parser{text: text, json: true}).document(); jsonErr == nil {
		return v, nil
	}
	return Value{}, err
}

// maxDepth bounds nesting.
const maxDepth = 200

type parser struct {
	text  string
	at    int
	depth int
	json  bool // true, false and null, and the escapes of JSON
}

func (p *parser) document() (Value, error) {
	p.space()
	v, err := p.value()
	if err != nil {
		return v, err
	}
	p.space()
	if p.at < len(p.text) {
		return v, p.expected("the end")
	}
	return v, nil
}

func (p *parser) space() {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n\f", p.text[p.at]) >= 0 {
		p.at++
	}
}

func (p *parser) expected(what string) *Error { return p.expectedAt(p.at, what) }

func (p *parser) expectedAt(at int, what string) *Error {
	found := "the end"
	if at < len(p.text) {
		word := p.text[at:]
		if end := strings.IndexFunc(word, func(r rune) bool { return !isWord(r) }); end > 0 {
			word = word[:end]
		} else if end == 0 {
			_, size := utf8.DecodeRuneInString(word)
			word = word[:size]
		}
		if len(word) > 40 {
			word = strings.ToValidUTF8(word[:37], "") + "..."
		}
		found = strconv.Quote(word)
	}
	return &Error{Text: p.text, Offset: at, Expected: what, Found: found}
}

func isWord(r rune) bool {
	return r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= utf8.RuneSelf
}

const anyValue = "a value: a string in quotes, a number, True, False, None, a list, a tuple or a dict"

func (p *parser) value() (Value, error) {
	if p.at >= len(p.text) {
		return Value{}, p.expected(anyValue)
	}
	start := p.at
	v, err := p.bare()
	if err != nil {
		return v, err
	}
	v.Offset, v.Text = start, p.text[start:p.at]
	return v, nil
}

func (p *parser) bare() (Value, error) {
	switch c := p.text[p.at]; {
	case c == '[':
		return p.items(List, ']')
	case c == '(' && !p.json:
		return p.items(Tuple, ')')
	case c == '{':
		return p.braces()
	case c == '"' || c == '\'' && !p.json:
		return p.strings(false, false)
	case c >= '0' && c <= '9' || c == '.' || c == '-' || c == '+':
		return p.number()
	case isWord(rune(c)):
		return p.word()
	}
	return Value{}, p.expected(anyValue)
}

// items reads what stands between brackets.
func (p *parser) items(kind Kind, closing byte) (Value, error) {
	if p.depth++; p.depth > maxDepth {
		return Value{}, p.expected(fmt.Sprintf("no more than %d nested brackets", maxDepth))
	}
	defer func() { p.depth-- }()
	p.at++
	v := Value{Kind: kind}
	comma := false
	for {
		p.space()
		if p.at < len(p.text) && p.text[p.at] == closing && (!p.json || len(v.Items) == 0) {
			break
		}
		item, err := p.value()
		if err != nil {
			return v, err
		}
		v.Items = append(v.Items, item)
		p.space()
		if p.at < len(p.text) && p.text[p.at] == ',' {
			comma = true
			p.at++
			continue
		}
		if p.at < len(p.text) && p.text[p.at] == closing {
			break
		}
		return v, p.expected(fmt.Sprintf("\",\" or %q", string(closing)))
	}
	p.at++
	if kind == Tuple && len(v.Items) == 1 && !comma {
		return v.Items[0], nil // Parentheses around one value are only parentheses.
	}
	return v, nil
}

// braces reads a dict or a set.
func (p *parser) braces() (Value, error) {
	if p.depth++; p.depth > maxDepth {
		return Value{}, p.expected(fmt.Sprintf("no more than %d nested brackets", maxDepth))
	}
	defer func() { p.depth-- }()
	p.at++
	v := Value{Kind: Dict}
	for {
		p.space()
		if p.at < len(p.text) && p.text[p.at] == '}' && (!p.json || len(v.Items) == 0) {
			break
		}
		key, err := p.value()
		if err != nil {
			return v, err
		}
		v.Items = append(v.Items, key)
		p.space()
		if len(v.Items) == 1 && !p.json && (p.at >= len(p.text) || p.text[p.at] != ':') {
			v.Kind = Set
		}
		if v.Kind == Dict {
			if p.at >= len(p.text) || p.text[p.at] != ':' {
				return v, p.expected(`":"`)
			}
			p.at++
			p.space()
			value, err := p.value()
			if err != nil {
				return v, err
			}
			v.Items = append(v.Items, value)
			p.space()
		}
		if p.at < len(p.text) && p.text[p.at] == ',' {
			p.at++
			continue
		}
		if p.at < len(p.text) && p.text[p.at] == '}' {
			break
		}
		return v, p.expected(`"," or "}"`)
	}
	p.at++
	return v, nil
}

func (p *parser) word() (Value, error) {
	start := p.at
	end := start
	for end < len(p.text) {
		r, size := utf8.DecodeRuneInString(p.text[end:])
		if !isWord(r) {
			break
		}
		end += size
	}
	word := p.text[start:end]
	constants := map[string]Value{"True": {Kind: Bool, Scalar: true}, "False": {Kind: Bool, Scalar: false}, "None": {Kind: None}}
	if p.json {
		constants = map[string]Value{"true": {Kind: Bool, Scalar: true}, "false": {Kind: Bool, Scalar: false}, "null": {Kind: None}}
	}
	if v, ok := constants[word]; ok {
		p.at = end
		return v, nil
	}
	if !p.json && end < len(p.text) && (p.text[end] == '"' || p.text[end] == '\'') {
		switch strings.ToLower(word) {
		case "r":
			p.at = end
			return p.strings(true, false)
		case "u":
			p.at = end
			return p.strings(false, false)
		case "b":
			p.at = end
			return p.strings(false, true)
		case "rb", "br":
			p.at = end
			return p.strings(true, true)
		}
	}
	if !p.json && word == "set" && strings.HasPrefix(p.text[end:], "()") {
		p.at = end + 2
		return Value{Kind: Set}, nil
	}
	return Value{}, p.expected(anyValue + "; names are written in quotes")
}

func (p *parser) number() (Value, error) {
	start := p.at
	for p.at < len(p.text) && (p.text[p.at] == '-' || p.text[p.at] == '+') {
		p.at++
		p.space()
	}
	sign := strings.Join(strings.Fields(p.text[start:p.at]), "")
	first := p.at
	for p.at < len(p.text) {
		c := p.text[p.at]
		exponent := (c == '+' || c == '-') && (p.text[p.at-1] == 'e' || p.text[p.at-1] == 'E') && p.at > first && !isHex(p.text[first:])
		if !isWord(rune(c)) && c != '.' && !exponent {
			break
		}
		p.at++
	}
	text := p.text[first:p.at]
	negative := strings.Count(sign, "-")%2 == 1
	bad := func() (Value, error) {
		p.at = start
		return Value{}, p.expected("a number")
	}
	if text == "" || p.json && (strings.ContainsAny(text, "_xXoO") || strings.Contains(sign, "+") || len(sign) > 1) {
		return bad()
	}
	if strings.HasPrefix(text, "_") || strings.HasSuffix(text, "_") || strings.Contains(text, "__") {
		return bad()
	}
	digits := strings.ReplaceAll(text, "_", "")
	if n, ok := new(big.Int).SetString(digits, base(digits)); ok {
		if base(digits) == 10 && digits[0] == '0' && strings.Trim(digits, "0") != "" {
			return bad() // Python refuses what once was an octal number.
		}
		if negative {
			n.Neg(n)
		}
		if n.IsInt64() {
			return Value{Kind: Int, Scalar: n.Int64()}, nil
		}
		return Value{Kind: Int, Scalar: n}, nil
	}
	if isHex(digits) || strings.ContainsAny(digits, "nNpPiI") {
		return bad()
	}
	f, err := strconv.ParseFloat(digits, 64)
	if err != nil && !strings.Contains(err.Error(), "range") {
		return bad()
	}
	if negative {
		f = -f
	}
	return Value{Kind: Float, Scalar: f}, nil
}

func isHex(text string) bool {
	return len(text) > 1 && text[0] == '0' && strings.IndexByte("xXoObB", text[1]) >= 0
}

// base is 10, or 0 for the prefixed forms that big.Int reads by itself.
func base(text string) int {
	if isHex(text) {
		return 0
	}
	return 10
}

package sqltext

import (
	"strings"
	"unicode"
)

// symbols are the operators and punctuation marks, the longest first.
var symbols = []string{
	"<=>", ">>>", "<=", ">=", "!=", "<>", "!>", "!<", "==", "||", "|>", "<<", ">>", "::", "->", "=>",
	"(", ")", ",", ".", "[", "]", "!", "=", "<", ">", "+", "-", "*", "/", "%", "~", "&", "|", "^", ":", "?", ";", "@",
}

// lexer cuts a text into tokens.
type lexer struct {
	text   []rune
	at     int
	line   int
	column int
	// broken are the quotes that were found not to end. Nothing that has one is accepted, so no further ones are looked for.
	broken map[rune]bool
	// unclosed is the offset of a comment that does not end, or -1.
	unclosed int
}

// scan cuts text into tokens; the last one is of kind tokenEnd. unclosed tells of a comment without an end.
func scan(text string) (tokens []token, unclosed int) {
	l := &lexer{text: []rune(text), line: 1, broken: map[rune]bool{}, unclosed: -1}
	for {
		l.skipSpace()
		t := l.next()
		tokens = append(tokens, t)
		if t.kind == tokenEnd {
			return tokens, l.unclosed
		}
	}
}

// peek is the character at distance n, or -1 behind the end.
func (l *lexer) peek(n int) rune {
	if l.at+n < len(l.text) {
		return l.text[l.at+n]
	}
	return -1
}

func (l *lexer) advance(n int) {
	for range n {
		if l.text[l.at] == '\n' {
			l.line++
			l.column = 0
		} else {
			l.column++
		}
		l.at++
	}
}

func isSpace(r rune) bool {
	switch r {
	case ' ', '\t', '\n', '\f', '\r', '\v', 0xA0, 0x1680, 0x2028, 0x202F, 0x205F, 0x3000:
		return true
	}
	return r >= 0x2000 && r <= 0x200A
}

func (l *lexer) skipSpace() {
	for l.at < len(l.text) {
		switch {
		case isSpace(l.peek(0)):
			l.advance(1)
		case l.peek(0) == '-' && l.peek(1) == '-':
			l.skipLine()
		case l.peek(0) == '/' && l.peek(1) == '*' && l.peek(2) != '+':
			l.skipComment()
		default:
			return
		}
	}
}

// skipLine skips a comment to the end of its line; a backslash before the line's end continues it.
func (l *lexer) skipLine() {
	for l.at < len(l.text) {
		if l.peek(0) == '\\' && l.peek(1) == '\n' {
			l.advance(2)
			continue
		}
		if r := l.peek(0); r == '\n' || r == '\r' {
			return
		}
		l.advance(1)
	}
}

// skipComment skips a comment in brackets; they nest.
func (l *lexer) skipComment() {
	start := l.at
	depth := 0
	for l.at < len(l.text) {
		switch {
		case l.peek(0) == '/' && l.peek(1) == '*' && l.peek(2) != '+':
			depth++
			l.advance(2)
		case l.peek(0) == '*' && l.peek(1) == '/':
			depth--
			l.advance(2)
			if depth == 0 {
				return
			}
		default:
			l.advance(1)
		}
	}
	if l.unclosed < 0 {
		l.unclosed = start
	}
}

func (l *lexer) next() token {
	kind, length := l.match()
	t := token{kind: kind, start: l.at, stop: l.at + length, line: l.line, column: l.column}
	t.text = string(l.text[t.start:t.stop])
	switch kind {
	case tokenWord:
		t.word = strings.ToUpper(t.text)
	case tokenSymbol:
		t.word = t.text
	}
	l.advance(length)
	return t
}

// match finds the longest token here, as Spark's lexer does.
func (l *lexer) match() (tokenKind, int) {
	r := l.peek(0)
	switch {
	case r == -1:
		return tokenEnd, 0
	case r == '`':
		if n := l.quoted(0, '`', false); n > 0 {
			return tokenQuotedName, n
		}
	case r == '\'' || r == '"':
		if n := l.quoted(0, r, true); n > 0 {
			return tokenString, n
		}
	case (r == 'r' || r == 'R') && (l.peek(1) == '\'' || l.peek(1) == '"'):
		if n := l.raw(); n > 0 {
			return tokenString, n
		}
		return tokenWord, 1
	case isDigit(r) || r == '.' && isDigit(l.peek(1)):
		return l.number()
	case isWord(r):
		return tokenWord, l.word(0)
	case r == '/' && l.peek(1) == '*' && l.peek(2) == '+':
		return tokenHint, 3
	case r == '*' && l.peek(1) == '/':
		return tokenHintEnd, 2
	default:
		for _, s := range symbols {
			if l.startsWith(s) {
				return tokenSymbol, len(s)
			}
		}
	}
	return tokenInvalid, 1
}

func (l *lexer) startsWith(s string) bool {
	for i, r := range s {
		if l.peek(i) != r {
			return false
		}
	}
	return true
}

// quoted is the length of what quote begins at distance n, or 0 where it does not end. A doubled quote stands for itself.
func (l *lexer) quoted(n int, quote rune, escapes bool) int {
	if l.broken[quote] {
		return 0
	}
	for i := n + 1; l.at+i < len(l.text); i++ {
		switch r := l.peek(i); {
		case escapes && r == '\\':
			i++
		case r == quote && l.peek(i+1) == quote:
			i++
		case r == quote:
			return i + 1
		}
	}
	l.broken[quote] = true
	return 0
}

// raw is the length of r'…', in which nothing is escaped, or 0.
func (l *lexer) raw() int {
	quote := l.peek(1)
	if l.broken[quote] {
		return 0
	}
	for i := 2; l.at+i < len(l.text); i++ {
		if l.peek(i) == quote {
			return i + 1
		}
	}
	return 0
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

func isWord(r rune) bool { return r == '_' || isDigit(r) || unicode.IsLetter(r) }

// word is the length of the run of word characters from distance n on.
func (l *lexer) word(n int) int {
	for isWord(l.peek(n)) {
		n++
	}
	return n
}

// number matches a numeric literal, or a word that begins with a digit where that is longer.
func (l *lexer) number() (tokenKind, int) {
	i := 0
	for isDigit(l.peek(i)) {
		i++
	}
	whole := i
	word := l.word(0)
	kind, length := tokenInteger, whole
	if l.peek(i) == '.' {
		i++
		for isDigit(l.peek(i)) {
			i++
		}
		if k, n := l.suffix(i, tokenDecimal); n > 0 {
			kind, length = k, n
		}
	}
	if whole > 0 {
		if k, n := l.integerSuffix(whole); n > length {
			kind, length = k, n
		}
	}
	if word > length {
		return tokenWord, word
	}
	if length == 0 {
		return tokenSymbol, 1 // a point that no number follows
	}
	return kind, length
}

// suffix finds the longest literal whose digits and point take n characters; 0 where a letter, digit or underscore follows it.
func (l *lexer) suffix(n int, plain tokenKind) (tokenKind, int) {
	kind, length := plain, n
	if e := l.exponent(n); e > 0 {
		kind, length = tokenExponent, n+e
	}
	if k, s := l.letters(length); s > 0 {
		kind, length = k, length+s
	}
	if r := unicode.ToUpper(l.peek(length)); r >= 'A' && r <= 'Z' || isDigit(r) || r == '_' {
		return plain, 0
	}
	return kind, length
}

func (l *lexer) integerSuffix(n int) (tokenKind, int) {
	switch unicode.ToUpper(l.peek(n)) {
	case 'L':
		return tokenLong, n + 1
	case 'S':
		return tokenShort, n + 1
	case 'Y':
		return tokenByte, n + 1
	}
	kind, length := tokenInteger, n
	if e := l.exponent(n); e > 0 {
		kind, length = tokenExponent, n+e
	}
	if k, s := l.letters(length); s > 0 {
		kind, length = k, length+s
	}
	return kind, length
}

// letters matches the suffixes F, D and BD.
func (l *lexer) letters(n int) (tokenKind, int) {
	switch unicode.ToUpper(l.peek(n)) {
	case 'F':
		return tokenFloat, 1
	case 'D':
		return tokenDouble, 1
	case 'B':
		if unicode.ToUpper(l.peek(n+1)) == 'D' {
			return tokenBigDecimal, 2
		}
	}
	return tokenInvalid, 0
}

// exponent is the length of E[+-]digits at distance n, or 0.
func (l *lexer) exponent(n int) int {
	if unicode.ToUpper(l.peek(n)) != 'E' {
		return 0
	}
	i := n + 1
	if r := l.peek(i); r == '+' || r == '-' {
		i++
	}
	if !isDigit(l.peek(i)) {
		return 0
	}
	for isDigit(l.peek(i)) {
		i++
	}
	return i - n
}

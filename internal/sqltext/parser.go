package sqltext

import (
	"strings"

	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// maxDepth bounds how deep expressions, queries and types may be nested in one text.
const maxDepth = 1000

// Parameters are the values of the markers :name and ? of a statement. A statement has markers of one kind.
type Parameters struct {
	Named      map[string]plan.Expression
	Positional []plan.Expression
}

// parser reads the tokens of one text. Its methods return errors of type *sparkerror.Error.
type parser struct {
	text        string
	runes       []rune
	tokens      []token
	at          int
	depth       int
	closing     map[int]int  // the position of the closing bracket of each opening one
	queries     map[int]bool // what queryAt found
	parameters  Parameters
	positional  int               // how many ? markers were read
	bareName    bool              // whether the text is nothing but a name
	typeOnly    bool              // whether the text is nothing but a type
	namedWindow bool              // whether OVER name was read
	lambdas     []map[string]bool // the parameters of the enclosing lambda functions
}

// newParser cuts text into tokens. The error tells of a comment without an end or of a text without a token.
func newParser(text string, parameters Parameters) (*parser, error) {
	tokens, unclosed := scan(text)
	runes := []rune(text)
	p := &parser{text: text, runes: runes, tokens: tokens, parameters: parameters}
	if unclosed >= 0 {
		e := sparkerror.New(sparkerror.ParseException, "UNCLOSED_BRACKETED_COMMENT", "42601",
			"Found an unclosed bracketed comment. Please, append */ at the end of the comment.")
		e.Detail = "\n== SQL ==\n" + text
		return nil, e
	}
	if len(runes) == 0 {
		first := token{line: 1}
		return nil, p.fail(first, "PARSE_EMPTY_STATEMENT", "42617", "Syntax error, unexpected empty statement.")
	}
	p.matchBrackets()
	return p, nil
}

// matchBrackets finds the closing bracket of each opening one, so that looking ahead is cheap.
func (p *parser) matchBrackets() {
	p.closing, p.queries = make(map[int]int), make(map[int]bool)
	var open []int
	for i, t := range p.tokens {
		switch t.word {
		case "(", "[":
			open = append(open, i)
		case ")", "]":
			if n := len(open); n > 0 {
				p.closing[open[n-1]] = i
				open = open[:n-1]
			}
		}
	}
}

// source is the text between two offsets.
func (p *parser) source(start, stop int) string {
	start, stop = max(0, min(start, len(p.runes))), min(stop, len(p.runes))
	if start >= stop {
		return ""
	}
	return string(p.runes[start:stop])
}

// enter counts a level of nesting; each call is paired with one of leave.
func (p *parser) enter() error {
	p.depth++
	if p.depth > maxDepth {
		return p.fail(p.peek(), "FAILED_TO_PARSE_TOO_COMPLEX", "54001",
			"The statement, including potential SQL functions and referred views, was too complex to parse.\n"+
				"To mitigate this error divide the statement into multiple, less complex chunks. It is nested more than %d levels deep.", maxDepth)
	}
	return nil
}

func (p *parser) leave() { p.depth-- }

func (p *parser) peek() token { return p.ahead(0) }

// ahead is the token n places after the next one; behind the end it is the end.
func (p *parser) ahead(n int) token {
	if p.at+n < len(p.tokens) {
		return p.tokens[p.at+n]
	}
	return p.tokens[len(p.tokens)-1]
}

// previous is the token that was taken last.
func (p *parser) previous() token { return p.tokens[max(p.at-1, 0)] }

func (p *parser) take() token {
	t := p.peek()
	if t.kind != tokenEnd {
		p.at++
	}
	return t
}

// is reports whether the next tokens are these words or symbols.
func (p *parser) is(words ...string) bool { return p.isAhead(0, words...) }

func (p *parser) isAhead(n int, words ...string) bool {
	for i, w := range words {
		if p.ahead(n+i).word != w {
			return false
		}
	}
	return true
}

// isOne reports whether the next token is one of words.
func (p *parser) isOne(words ...string) bool { return isOneOf(p.peek(), words...) }

func isOneOf(t token, words ...string) bool {
	if t.word == "" {
		return false
	}
	for _, w := range words {
		if t.word == w {
			return true
		}
	}
	return false
}

// accept takes the next tokens if they are these words or symbols.
func (p *parser) accept(words ...string) bool {
	if !p.is(words...) {
		return false
	}
	p.at += len(words)
	return true
}

// acceptOne takes the next token if it is one of words, and returns it.
func (p *parser) acceptOne(words ...string) string {
	if p.isOne(words...) {
		return p.take().word
	}
	return ""
}

// expect takes these words or symbols, or fails at the first that is not there.
func (p *parser) expect(words ...string) error {
	for _, w := range words {
		if !p.accept(w) {
			return p.unexpected()
		}
	}
	return nil
}

// expectMissing is expect for a word between two expressions; where it is missing, the error says so as Spark's does.
func (p *parser) expectMissing(word string) error {
	if p.accept(word) {
		return nil
	}
	t := p.peek()
	switch {
	case p.isAhead(1, word):
		return p.syntaxError(t, ": extra input "+display(t.text))
	case isName(t) || isNumber(t) || t.kind == tokenString || t.word == "(":
		return p.syntaxError(t, ": missing '"+word+"'")
	}
	return p.unexpected()
}

// closeBracket takes the bracket behind a query, relation or index. Spark says that it is missing where what comes next could
// follow it.
func (p *parser) closeBracket(bracket string) error {
	if p.accept(bracket) {
		return nil
	}
	t := p.peek()
	switch {
	case p.isAhead(1, bracket):
		return p.syntaxError(t, ": extra input "+p.display(t))
	case t.kind == tokenEnd || isName(t) || t.word == ";":
		return p.syntaxError(t, ": missing '"+bracket+"'")
	}
	return p.unexpected()
}

// closeList takes the bracket behind a list of items.
func (p *parser) closeList(items int) error {
	if p.accept(")") {
		return nil
	}
	if t := p.peek(); items > 1 || p.isOneAhead(1, ")", ",") {
		return p.syntaxError(t, ": extra input "+p.display(t))
	}
	return p.unexpected()
}

// unexpectedBefore is unexpected for a place behind a word that might have been an alias, at which the text could have ended.
func (p *parser) unexpectedBefore() error {
	if t := p.peek(); t.kind != tokenEnd && p.ahead(1).kind == tokenEnd {
		return p.syntaxError(t, ": extra input "+p.display(t))
	}
	return p.unexpected()
}

// display is how messages show a token.
func (p *parser) display(t token) string {
	if t.kind == tokenEnd {
		return "end of input"
	}
	return display(t.text)
}

func (p *parser) isOneAhead(n int, words ...string) bool { return isOneOf(p.ahead(n), words...) }

// unexpected is the error that the next token cannot stand here.
func (p *parser) unexpected() error { return p.syntaxError(p.peek(), "") }

// end fails unless everything was read.
func (p *parser) end() error {
	t := p.peek()
	if t.kind == tokenEnd {
		return nil
	}
	if p.ahead(1).kind == tokenEnd {
		return p.syntaxError(t, ": extra input "+display(t.text))
	}
	return p.syntaxError(t, "")
}

// isName reports whether t can be the name of a column or function.
func isName(t token) bool { return t.kind == tokenWord || t.kind == tokenQuotedName }

// isStrictName reports whether t can be the name of a relation without AS.
func isStrictName(t token) bool { return isName(t) && !strictNames[t.word] }

// nameText is the name that t stands for, or an error where it has to be written in backticks.
func (p *parser) nameText(t token) (string, error) {
	if t.kind == tokenQuotedName {
		name := t.text[1 : len(t.text)-1]
		return strings.ReplaceAll(name, "``", "`"), nil
	}
	for _, r := range t.text {
		if r > 0x7F {
			return "", p.invalidIdentifier(t, t.text)
		}
	}
	return t.text, nil
}

func (p *parser) invalidIdentifier(at token, name string) error {
	return p.fail(at, "INVALID_IDENTIFIER", "42602",
		"The unquoted identifier %s is invalid and must be back quoted as: `%s`.\n"+
			"Unquoted identifiers can only contain ASCII letters ('a' - 'z', 'A' - 'Z'), digits ('0' - '9'), and underbar ('_').\n"+
			"Unquoted identifiers must also not start with a digit.\n"+
			"Different data sources and meta stores may impose additional restrictions on valid identifiers.", name, name).With("ident", name)
}

// name takes a name.
func (p *parser) name() (string, error) {
	t := p.peek()
	if !isName(t) {
		return "", p.unexpected()
	}
	p.take()
	return p.nameText(t)
}

// plainName takes a name where no expression can follow, so that the mistake a-b can be told.
func (p *parser) plainName() (string, error) {
	first := p.peek()
	name, err := p.name()
	if err != nil {
		return "", err
	}
	if p.is("-") && isName(p.ahead(1)) {
		hyphen := p.peek()
		whole := first.text
		for p.is("-") && isName(p.ahead(1)) {
			p.take()
			whole += "-" + p.take().text
		}
		return "", p.invalidIdentifier(hyphen, whole)
	}
	return name, nil
}

// parts takes a name of several parts, a.b.c.
func (p *parser) parts() ([]string, error) {
	name, err := p.plainName()
	if err != nil {
		return nil, err
	}
	parts := []string{name}
	for p.is(".") && (!p.bareName || isName(p.ahead(1))) {
		p.take()
		if name, err = p.plainName(); err != nil {
			return nil, err
		}
		parts = append(parts, name)
	}
	return parts, nil
}

// names takes (a, b, c).
func (p *parser) names() ([]string, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	list, err := list(p, p.plainName)
	if err != nil {
		return nil, err
	}
	return list, p.expect(")")
}

// list takes one or more items with commas between them.
func list[T any](p *parser, item func() (T, error)) ([]T, error) {
	var items []T
	for {
		x, err := item()
		if err != nil {
			return nil, err
		}
		items = append(items, x)
		if !p.accept(",") {
			return items, nil
		}
	}
}

// ParseIdentifier reads a name of one or more parts, such as `a.b`.c.
func ParseIdentifier(text string) ([]string, error) {
	p, err := newParser(text, Parameters{})
	if err != nil {
		return nil, err
	}
	p.bareName = true
	parts, err := p.parts()
	if err != nil {
		return nil, err
	}
	return parts, p.end()
}

package sqltext

import (
	"strconv"
	"strings"

	"github.com/hfspark/hfspark/internal/sparkerror"
)

// fail makes a ParseException about the token at, marked in the statement as Spark marks it.
func (p *parser) fail(at token, condition, state, format string, args ...any) *sparkerror.Error {
	e := sparkerror.New(sparkerror.ParseException, condition, state, format, args...)
	e.Context = &sparkerror.Context{
		Fragment: at.text, Start: at.start, Stop: max(at.stop-1, at.start), Line: at.line, Column: at.column,
	}
	e.Detail = marked(p.text, at)
	return e
}

// failSpan makes a ParseException about the tokens from first to last, shown the way Spark shows a part of an expression.
func (p *parser) failSpan(first, last token, condition, state, format string, args ...any) *sparkerror.Error {
	e := p.fail(first, condition, state, format, args...)
	e.Context.Fragment = p.source(first.start, last.stop)
	e.Context.Stop = max(last.stop-1, first.start)
	e.Detail = excerpt(p.runes, first, last)
	return e
}

// syntaxError says that the token at cannot stand where it does. hint is Spark's ": extra input 'x'" and the like, or empty.
func (p *parser) syntaxError(at token, hint string) *sparkerror.Error {
	near := "end of input"
	if at.kind != tokenEnd {
		near = display(at.text)
	}
	return p.fail(at, "PARSE_SYNTAX_ERROR", "42601", "Syntax error at or near %s%s.", near, hint).With("error", near, "hint", hint)
}

// display quotes a token for a message.
func display(text string) string {
	return "'" + strings.NewReplacer("\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(text) + "'"
}

// refuse says that a piece of SQL which Spark has is not supported, and what to do instead.
func (p *parser) refuse(at token, what, advice string) error {
	e := sparkerror.Unsupported(what, advice)
	e.Context = &sparkerror.Context{
		Fragment: at.text, Start: at.start, Stop: max(at.stop-1, at.start), Line: at.line, Column: at.column,
	}
	e.Detail = marked(p.text, at)
	return e
}

// marked shows the statement with a line "-----^^^" under the line that holds the token at.
func marked(text string, at token) string {
	var b strings.Builder
	b.WriteString(" (line " + strconv.Itoa(at.line) + ", pos " + strconv.Itoa(at.column) + ")\n\n== SQL ==\n")
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		b.WriteString(line + "\n")
		if i+1 == at.line {
			b.WriteString(strings.Repeat("-", at.column) + "^^^\n")
		}
	}
	return b.String()
}

// extraContext is how many characters Spark shows before and after the part of a statement that an error is about.
const extraContext = 32

// excerpt shows the lines of the statement that hold the tokens from first to last, which are underlined.
func excerpt(text []rune, first, last token) string {
	start, stop := first.start, max(last.stop, first.start+1)
	stop = min(stop, len(text))
	from, to := start, stop
	for from > 0 && text[from-1] != '\n' {
		from--
	}
	for to < len(text) && text[to] != '\n' {
		to++
	}
	before, after := "", ""
	if start-from > extraContext {
		from, before = start-extraContext, "..."
	}
	if to-stop > extraContext {
		to, after = stop+extraContext, "..."
	}
	shown := []rune(before + string(text[from:to]) + after)
	start, stop = start-from+len(before), stop-from+len(before)
	var b strings.Builder
	b.WriteString("\n== SQL (line " + strconv.Itoa(first.line) + ", position " + strconv.Itoa(first.column+1) + ") ==\n")
	at := 0
	for _, line := range strings.Split(string(shown), "\n") {
		b.WriteString(line + "\n")
		for range []rune(line) {
			if at >= start && at < stop {
				b.WriteByte('^')
			} else if at < start {
				b.WriteByte(' ')
			}
			at++
		}
		at++
		b.WriteByte('\n')
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

package dataset

import (
	"fmt"
	"path"
	"regexp"
	"strings"
)

// glob is a pattern of data files, in the grammar of fsspec (fsspec/utils.py, glob_translate): * and ? stay inside a path
// component, ** is a component that stands for any number of them, [abc], [a-z] and [!a] are classes. There are no braces and
// no escapes. Matching is by code point, and case counts.
type glob struct {
	text  string
	exact bool   // no magic characters: names one file
	root  string // the directory that holds all matches, "" or ending in a slash
	// literal is text that every match contains: a cheap test before the expression.
	literal string
	expr    *regexp.Regexp
	depth   int // most slashes that a match may have; -1 when ** leaves it open

	special, hidden int // how many components ask for special directories and for hidden names
	base            string
}

// magic are the characters that make a path a pattern.
const magic = "*?["

func hasMagic(text string) bool { return strings.ContainsAny(text, magic) }

// maxPattern is the longest pattern, in bytes. The time to match grows with it.
const maxPattern = 4096

// compileGlob reads a pattern; it is relative to the root of the repository.
func compileGlob(text string) (*glob, error) {
	base := text[strings.LastIndexByte(text, '/')+1:] // Of a pattern that ends in a slash it is empty, as in the library.
	text = strings.TrimRight(text, "/")
	if len(text) > maxPattern {
		return nil, fail(CodePattern, fmt.Sprintf("a pattern has more than %d bytes; it begins with %q", maxPattern, text[:100]), "")
	}
	g := &glob{text: text, base: base, depth: strings.Count(text, "/")}
	g.special, g.hidden = countSpecial(text), countHidden(text)
	start := strings.IndexAny(text, magic)
	if start < 0 {
		g.exact = true
		return g, nil
	}
	g.root = text[:strings.LastIndexByte(text[:start], '/')+1]
	var b strings.Builder
	b.WriteString(`(?s)\A`)
	parts := strings.Split(text, "/")
	for i, part := range parts {
		last := i == len(parts)-1
		switch {
		case part == "**" && last:
			b.WriteString(`.*`)
			g.depth = -1
		case part == "**":
			b.WriteString(`(?:.+/)?`)
			g.depth = -1
		case part == "*" && last:
			b.WriteString(`[^/]+`)
		case part == "*":
			b.WriteString(`[^/]+/`)
		case strings.Contains(part, "**"):
			return nil, fail(CodePattern, fmt.Sprintf("invalid pattern %q: ** can only be a whole path component", text),
				"Write **/* and what should follow, for example **/*.csv")
		default:
			g.component(&b, part)
			if !last {
				b.WriteByte('/')
			}
		}
	}
	b.WriteString(`\z`)
	expr, err := regexp.Compile(b.String())
	if err != nil {
		return nil, fail(CodePattern, fmt.Sprintf("invalid pattern %q", text), "Check its [ ] classes")
	}
	g.expr = expr
	return g, nil
}

// component translates one path component.
func (g *glob) component(b *strings.Builder, part string) {
	var literal strings.Builder
	flush := func() {
		if literal.Len() > len(g.literal) {
			g.literal = literal.String()
		}
		b.WriteString(regexp.QuoteMeta(literal.String()))
		literal.Reset()
	}
	runes := []rune(part)
	for i := 0; i < len(runes); i++ {
		switch runes[i] {
		case '*':
			flush()
			b.WriteString(`[^/]*`)
		case '?':
			flush()
			b.WriteString(`[^/]`)
		case '[':
			class, next := classAt(runes, i)
			if next < 0 {
				literal.WriteRune('[')
				continue
			}
			flush()
			b.WriteString(class)
			i = next
		default:
			literal.WriteRune(runes[i])
		}
	}
	flush()
}

// classAt translates the class that opens at runes[i], and returns the index of its closing bracket; -1 when it has none.
func classAt(runes []rune, i int) (string, int) {
	j := i + 1
	if j < len(runes) && runes[j] == '!' {
		j++
	}
	if j < len(runes) && runes[j] == ']' {
		j++
	}
	for j < len(runes) && runes[j] != ']' {
		j++
	}
	if j >= len(runes) {
		return "", -1
	}
	inner := runes[i+1 : j]
	negated := inner[0] == '!'
	if negated {
		inner = inner[1:]
	}
	ranges := classRanges(inner)
	switch {
	case ranges == "" && negated:
		return `.`, j
	case ranges == "":
		return `[^\x00-\x{10FFFF}]`, j // an empty range matches nothing
	case negated:
		return `[^` + ranges + `]`, j
	}
	return `[` + ranges + `]`, j
}

// classRanges writes the members of a class; ranges that run backwards are left out, as fnmatch does.
func classRanges(inner []rune) string {
	var b strings.Builder
	quote := func(r rune) { fmt.Fprintf(&b, `\x{%x}`, r) }
	for i := 0; i < len(inner); i++ {
		if i+2 < len(inner) && inner[i+1] == '-' {
			if inner[i] <= inner[i+2] {
				quote(inner[i])
				b.WriteByte('-')
				quote(inner[i+2])
			}
			i += 2
			continue
		}
		quote(inner[i])
	}
	return b.String()
}

// ignoredNames are files that describe a dataset and are not its data, unless a pattern names them.
var ignoredNames = map[string]bool{
	"README.md": true, "config.json": true, "dataset_info.json": true, "dataset_infos.json": true,
	"dummy_data.zip": true, "dataset_dict.json": true,
}

// match tells whether the pattern takes the file: by its path, and by the rules that keep files about the dataset, hidden files
// and special directories such as __MACOSX out unless the pattern asks for as many of them as the path has.
func (g *glob) match(file string) bool {
	switch {
	case g.exact && file != g.text:
		return false
	case !g.exact && !strings.Contains(file, g.literal):
		return false
	case !g.exact && g.depth >= 0 && strings.Count(file, "/") > g.depth:
		return false
	case !g.exact && !g.expr.MatchString(file):
		return false
	}
	base := path.Base(file)
	if ignoredNames[base] && base != g.base {
		return false
	}
	return countSpecial(file) == g.special && countHidden(file) == g.hidden
}

// countSpecial counts the directories whose name starts with two underscores.
func countSpecial(file string) int {
	n := 0
	for rest := file; ; {
		part, tail, more := strings.Cut(rest, "/")
		if !more {
			return n
		}
		if strings.HasPrefix(part, "__") {
			n++
		}
		rest = tail
	}
}

// countHidden counts the components, the file's name included, that start with a dot and are more than dots.
func countHidden(file string) int {
	n := 0
	for rest := file; ; {
		part, tail, more := strings.Cut(rest, "/")
		if strings.HasPrefix(part, ".") && strings.Trim(part, ".") != "" {
			n++
		}
		if !more {
			return n
		}
		rest = tail
	}
}

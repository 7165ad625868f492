package hub

import (
	"fmt"
	"regexp"
	"strings"
)

// patterns selects paths the way huggingface_hub's allow_patterns and ignore_patterns do: shell wildcards of Python's fnmatch, in
// which * and ? match slashes too, case matters, and a pattern that ends in / means all below that folder.
type patterns struct {
	allow, ignore *regexp.Regexp // nil: none were given
}

// newPatterns compiles patterns. An empty but non-nil allow list matches nothing, as in huggingface_hub.
func newPatterns(allow, ignore []string) (patterns, error) {
	var p patterns
	var err error
	if p.allow, err = compilePatterns(allow); err != nil {
		return patterns{}, err
	}
	if p.ignore, err = compilePatterns(ignore); err != nil {
		return patterns{}, err
	}
	return p, nil
}

// match tells whether a path is selected.
func (p patterns) match(path string) bool {
	path = strings.ReplaceAll(path, `\`, "/")
	return (p.allow == nil || p.allow.MatchString(path)) && (p.ignore == nil || !p.ignore.MatchString(path))
}

func compilePatterns(list []string) (*regexp.Regexp, error) {
	if list == nil {
		return nil, nil
	}
	alternatives := make([]string, len(list))
	for i, pattern := range list {
		pattern = strings.ReplaceAll(pattern, `\`, "/")
		if strings.HasSuffix(pattern, "/") {
			pattern += "*"
		}
		alternatives[i] = translatePattern(pattern)
		if _, err := regexp.Compile(alternatives[i]); err != nil {
			return nil, fmt.Errorf("pattern %q: %w", list[i], err)
		}
	}
	if len(alternatives) == 0 {
		alternatives = []string{`[^\x{0}-\x{10FFFF}]`} // matches nothing
	}
	all, err := regexp.Compile(`(?s)\A(?:` + strings.Join(alternatives, "|") + `)\z`)
	if err != nil {
		return nil, fmt.Errorf("patterns: %w", err)
	}
	return all, nil
}

// translatePattern turns a pattern of fnmatch into a regular expression. A [ without its ] stands for itself.
func translatePattern(pattern string) string {
	var b strings.Builder
	for runes := []rune(pattern); len(runes) > 0; {
		r := runes[0]
		runes = runes[1:]
		switch r {
		case '*':
			b.WriteString(".*")
		case '?':
			b.WriteString(".")
		case '[':
			class, rest, ok := translateClass(runes)
			if !ok {
				b.WriteString(`\[`)
				continue
			}
			b.WriteString(class)
			runes = rest
		default:
			b.WriteString(regexp.QuoteMeta(string(r)))
		}
	}
	return b.String()
}

// translateClass reads what follows a [ up to its ]. In fnmatch a ] that comes first is a member, and a range that runs backwards
// is empty.
func translateClass(runes []rune) (class string, rest []rune, ok bool) {
	begin := 0
	if begin < len(runes) && runes[begin] == '!' {
		begin++
	}
	end := begin
	if end < len(runes) && runes[end] == ']' {
		end++
	}
	for end < len(runes) && runes[end] != ']' {
		end++
	}
	if end >= len(runes) {
		return "", nil, false
	}
	negated, members := begin == 1, runes[begin:end]
	var b strings.Builder
	for i := 0; i < len(members); i++ {
		if i+2 < len(members) && members[i+1] == '-' {
			if members[i] <= members[i+2] {
				fmt.Fprintf(&b, `\x{%X}-\x{%X}`, members[i], members[i+2])
			}
			i += 2
			continue
		}
		fmt.Fprintf(&b, `\x{%X}`, members[i])
	}
	switch {
	case b.Len() == 0 && negated:
		class = "."
	case b.Len() == 0:
		class = `[^\x{0}-\x{10FFFF}]`
	case negated:
		class = "[^" + b.String() + "]"
	default:
		class = "[" + b.String() + "]"
	}
	return class, runes[end+1:], true
}

package gitpattern

import "strings"

// Ignore tells which files to leave out by a .gitignore file. The zero value leaves out none.
type Ignore struct{ rules []ignoreRule }

type ignoreRule struct {
	pattern
	keep bool // it began with an exclamation mark
}

// ParseIgnore reads a .gitignore file.
func ParseIgnore(text string) Ignore {
	var out Ignore
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if !strings.HasSuffix(line, `\ `) {
			line = strings.TrimRight(line, " ")
		}
		if strings.HasPrefix(line, "#") {
			continue
		}
		line, keep := strings.CutPrefix(line, "!")
		if p, ok := parsePattern(line); ok {
			out.rules = append(out.rules, ignoreRule{pattern: p, keep: keep})
		}
	}
	return out
}

// Ignores tells whether the file at path is left out, by itself or with a folder that it is in.
func (g Ignore) Ignores(path string) bool {
	if len(g.rules) == 0 {
		return false
	}
	segments := strings.Split(path, "/")
	matches := make([][]bool, len(g.rules)) // by rule, of the path and of each folder that it is in
	for i, rule := range g.rules {
		matches[i] = rule.matches(segments)
	}
	for n := 1; n <= len(segments); n++ {
		if g.decide(matches, n, n < len(segments)) {
			return true // What is in an ignored folder cannot be kept by a later rule.
		}
	}
	return false
}

// decide finds the last rule for a file or folder of so many segments.
func (g Ignore) decide(matches [][]bool, segments int, folder bool) bool {
	for i := len(g.rules) - 1; i >= 0; i-- {
		if rule := g.rules[i]; (!rule.folder || folder) && matches[i][segments] {
			return !rule.keep
		}
	}
	return false
}

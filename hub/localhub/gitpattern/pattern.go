// Package gitpattern reads the patterns of .gitattributes and .gitignore files at the root of a repository, and matches paths with
// them as git does (gitattributes(5), gitignore(5)).
package gitpattern

import (
	"path"
	"strings"
)

// pattern is one pattern, split at its slashes. A segment "**" stands for any number of segments.
type pattern struct {
	segments []string
	folder   bool // it ended in a slash: folders only
}

// parsePattern reads a pattern; ok is false when it can match nothing.
func parsePattern(text string) (p pattern, ok bool) {
	text, p.folder = strings.CutSuffix(text, "/")
	anchored := strings.Contains(text, "/")
	text = strings.TrimPrefix(text, "/")
	if text == "" {
		return pattern{}, false
	}
	if !anchored {
		p.segments = []string{"**"}
	}
	for segment := range strings.SplitSeq(text, "/") {
		if segment == "**" && len(p.segments) > 0 && p.segments[len(p.segments)-1] == "**" {
			continue
		}
		// Go negates a class by ^ only; git knows ! as well. Two stars within a segment are as good as one.
		segment = strings.ReplaceAll(segment, "[!", "[^")
		if _, err := path.Match(segment, ""); err != nil {
			return pattern{}, false
		}
		p.segments = append(p.segments, segment)
	}
	return p, true
}

// match tells whether the pattern matches a path that is split at its slashes.
func (p pattern) match(segments []string) bool { return p.matches(segments)[len(segments)] }

// matches tells for each number of segments whether the pattern matches so many of the first ones. It takes time in the product of both
// lengths, however many stars there are.
func (p pattern) matches(segments []string) []bool {
	// reached[i] tells whether the patterns so far match the first i segments.
	reached := make([]bool, len(segments)+1)
	reached[0] = true
	for n, want := range p.segments {
		if want == "**" {
			p.star(reached, n == len(p.segments)-1)
			continue
		}
		for i := len(segments); i > 0; i-- {
			reached[i] = reached[i-1] && matchSegment(want, segments[i-1])
		}
		reached[0] = false
	}
	return reached
}

// star extends what is reached by any number of segments: at least one if it is the last, for "a/**" does not match a itself.
func (p pattern) star(reached []bool, last bool) {
	before := false
	for i, is := range reached {
		if last {
			reached[i] = before
		} else {
			reached[i] = before || is
		}
		before = before || is
	}
}

func matchSegment(want, segment string) bool {
	ok, err := path.Match(want, segment)
	return err == nil && ok
}

// fields splits a line of .gitattributes: a pattern, in quotes where it holds blanks, and words.
func fields(line string) (first string, words []string) {
	line = strings.TrimLeft(line, " \t")
	if !strings.HasPrefix(line, `"`) {
		all := strings.Fields(line)
		if len(all) == 0 {
			return "", nil
		}
		return all[0], all[1:]
	}
	var b strings.Builder
	for i := 1; i < len(line); i++ {
		switch c := line[i]; {
		case c == '"':
			return b.String(), strings.Fields(line[i+1:])
		case c == '\\' && i+1 < len(line):
			i++
			b.WriteByte(line[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", nil
}

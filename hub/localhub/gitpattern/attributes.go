package gitpattern

import "strings"

// Attributes tells which files are in LFS by a .gitattributes file. The zero value puts none there.
type Attributes struct{ rules []attributeRule }

type attributeRule struct {
	pattern
	large bool // filter=lfs; otherwise the filter is another one, or taken away
}

// ParseAttributes reads a .gitattributes file. Of its attributes only the filter counts. Lines that git would not understand are
// passed over, as git does.
func ParseAttributes(text string) Attributes {
	var a Attributes
	for line := range strings.Lines(text) {
		first, words := fields(strings.TrimRight(line, "\r\n"))
		if first == "" || strings.HasPrefix(first, "#") || strings.HasPrefix(first, "!") {
			continue
		}
		p, ok := parsePattern(first)
		if !ok || p.folder {
			continue // An attribute is never of a folder.
		}
		set, large := false, false
		for _, word := range words {
			name, value, _ := strings.Cut(strings.TrimLeft(word, "-!"), "=")
			if name == "filter" {
				set, large = true, value == "lfs" && word[0] != '-' && word[0] != '!'
			}
		}
		if set {
			a.rules = append(a.rules, attributeRule{pattern: p, large: large})
		}
	}
	return a
}

// Large tells whether the file at path is in LFS.
func (a Attributes) Large(path string) bool {
	segments := strings.Split(path, "/")
	for i := len(a.rules) - 1; i >= 0; i-- {
		if a.rules[i].match(segments) {
			return a.rules[i].large
		}
	}
	return false
}

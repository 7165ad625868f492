package hub

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Keys of a stored token's section.
const (
	fieldToken   = "hf_token"
	fieldRefresh = "refresh_token"
	fieldExpires = "expires_at" // seconds since 1970
)

// iniSection is one section of an INI file.
type iniSection struct {
	name   string
	fields []iniField // in the order of the file; keys in lower case
}

type iniField struct{ key, value string }

// get returns a field's value; "" when it is not there.
func (s iniSection) get(key string) string {
	for _, f := range s.fields {
		if f.key == key {
			return f.value
		}
	}
	return ""
}

// parseINI reads what Python's configparser writes and, with interpolation off, reads: sections, keys and values apart by "=" or ":",
// values that go on in indented lines, lines of comment. Its errors tell lines, never content.
func parseINI(text string) ([]iniSection, error) {
	if !utf8.ValidString(text) {
		return nil, errors.New("it is not UTF-8")
	}
	var sections []iniSection
	seen := map[string]bool{}
	var open *iniField
	for i, line := range strings.Split(strings.TrimPrefix(text, "\ufeff"), "\n") {
		line = strings.TrimRight(line, "\r")
		bare := strings.TrimSpace(line)
		switch {
		case bare == "" || bare[0] == '#' || bare[0] == ';':
			continue
		case open != nil && (line[0] == ' ' || line[0] == '\t'):
			open.value += "\n" + bare
			continue
		}
		if end := strings.LastIndexByte(bare, ']'); bare[0] == '[' && end > 1 {
			name := bare[1:end]
			if seen[name] {
				return nil, fmt.Errorf("line %d: a section comes twice", i+1)
			}
			seen[name], open = true, nil
			sections = append(sections, iniSection{name: name})
			continue
		}
		if len(sections) == 0 {
			return nil, fmt.Errorf("line %d: there is no section before it", i+1)
		}
		cut := strings.IndexAny(bare, "=:")
		if cut <= 0 {
			return nil, fmt.Errorf("line %d: it is no section and has no \"=\"", i+1)
		}
		last := &sections[len(sections)-1]
		key := strings.ToLower(strings.TrimSpace(bare[:cut]))
		for _, f := range last.fields {
			if f.key == key {
				return nil, fmt.Errorf("line %d: a key comes twice", i+1)
			}
		}
		last.fields = append(last.fields, iniField{key: key, value: strings.TrimSpace(bare[cut+1:])})
		open = &last.fields[len(last.fields)-1]
	}
	return sections, nil
}

// formatINI prints sections as configparser does.
func formatINI(sections []iniSection) string {
	var b strings.Builder
	for _, s := range sections {
		fmt.Fprintf(&b, "[%s]\n", s.name)
		for _, f := range s.fields {
			fmt.Fprintf(&b, "%s = %s\n", f.key, strings.ReplaceAll(f.value, "\n", "\n\t"))
		}
		b.WriteString("\n")
	}
	return b.String()
}

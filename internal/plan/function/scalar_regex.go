package function

import (
	"strings"
	"unicode/utf8"

	"github.com/dlclark/regexp2"
)

// regexScalars match Java's patterns. They answer null where a pattern is not valid; java_regexp_valid tells beforehand.
var regexScalars = []UDF{
	{Name: "java_regexp_valid", Params: []string{"VARCHAR"}, Result: "BOOLEAN", Eval: func(a []any) (any, error) {
		return compile(a[0].(string)) != nil, nil
	}},
	{Name: "java_regexp_groups", Params: []string{"VARCHAR"}, Result: "INTEGER", Eval: func(a []any) (any, error) {
		re := compile(a[0].(string))
		if re == nil {
			return nil, nil
		}
		return int32(len(re.GetGroupNumbers()) - 1), nil
	}},
	{Name: "java_regexp_matches", Params: []string{"VARCHAR", "VARCHAR"}, Result: "BOOLEAN", Eval: func(a []any) (any, error) {
		re := compile(a[1].(string))
		if re == nil {
			return nil, nil
		}
		return re.MatchString(a[0].(string))
	}},
	{Name: "java_regexp_replace", Params: []string{"VARCHAR", "VARCHAR", "VARCHAR", "INTEGER"}, Result: "VARCHAR", Eval: func(a []any) (any, error) {
		return javaReplace(a[0].(string), a[1].(string), a[2].(string), int(a[3].(int32)))
	}},
	{Name: "java_regexp_extract", Params: []string{"VARCHAR", "VARCHAR", "INTEGER"}, Result: "VARCHAR", Eval: func(a []any) (any, error) {
		re := compile(a[1].(string))
		if re == nil {
			return nil, nil
		}
		m, err := re.FindStringMatch(a[0].(string))
		if m == nil || err != nil {
			return "", err
		}
		return groupText(m, int(a[2].(int32))), nil
	}},
	{Name: "java_regexp_extract_all", Params: []string{"VARCHAR", "VARCHAR", "INTEGER"}, Result: "VARCHAR[]", Eval: func(a []any) (any, error) {
		re := compile(a[1].(string))
		if re == nil {
			return nil, nil
		}
		found := []any{}
		m, err := re.FindStringMatch(a[0].(string))
		for m != nil && err == nil {
			found = append(found, groupText(m, int(a[2].(int32))))
			m, err = re.FindNextMatch(m)
		}
		return found, err
	}},
	{Name: "java_regexp_instr", Params: []string{"VARCHAR", "VARCHAR"}, Result: "INTEGER", Eval: func(a []any) (any, error) {
		re := compile(a[1].(string))
		if re == nil {
			return nil, nil
		}
		m, err := re.FindStringMatch(a[0].(string))
		if m == nil || err != nil {
			return int32(0), err
		}
		return int32(m.Index + 1), nil
	}},
	{Name: "java_split", Params: []string{"VARCHAR", "VARCHAR", "INTEGER"}, Result: "VARCHAR[]", Eval: func(a []any) (any, error) {
		return javaSplit(a[0].(string), a[1].(string), int(a[2].(int32)))
	}},
}

func groupText(m *regexp2.Match, group int) string {
	if g := m.GroupByNumber(group); g != nil {
		return g.String()
	}
	return ""
}

// javaReplace replaces all matches from a position (counted from 1) on; $1, ${name} and \$ are Java's.
func javaReplace(text, pattern, replacement string, position int) (any, error) {
	re := compile(pattern)
	if re == nil {
		return nil, nil
	}
	runes := []rune(text)
	if position < 1 || position > len(runes)+1 {
		return text, nil
	}
	m, err := re.FindRunesMatchStartingAt(runes, position-1)
	var b strings.Builder
	last := 0
	for m != nil && err == nil {
		b.WriteString(string(runes[last:m.Index]))
		writeReplacement(&b, m, replacement)
		last = m.Index + m.Length
		m, err = re.FindNextMatch(m)
	}
	if err != nil {
		return nil, err
	}
	b.WriteString(string(runes[last:]))
	return b.String(), nil
}

func writeReplacement(b *strings.Builder, m *regexp2.Match, replacement string) {
	for i := 0; i < len(replacement); {
		c := replacement[i]
		switch {
		case c == '\\' && i+1 < len(replacement):
			_, size := utf8.DecodeRuneInString(replacement[i+1:])
			b.WriteString(replacement[i+1 : i+1+size])
			i += 1 + size
		case c == '$' && strings.HasPrefix(replacement[i:], "${") && strings.Contains(replacement[i:], "}"):
			end := i + strings.Index(replacement[i:], "}")
			if g := m.GroupByName(replacement[i+2 : end]); g != nil {
				b.WriteString(g.String())
			}
			i = end + 1
		case c == '$' && i+1 < len(replacement) && replacement[i+1] >= '0' && replacement[i+1] <= '9':
			// Java takes further digits as long as there is such a group.
			number := int(replacement[i+1] - '0')
			i += 2
			for i < len(replacement) && replacement[i] >= '0' && replacement[i] <= '9' && number*10+int(replacement[i]-'0') < m.GroupCount() {
				number = number*10 + int(replacement[i]-'0')
				i++
			}
			b.WriteString(groupText(m, number))
		default:
			b.WriteByte(c)
			i++
		}
	}
}

// javaSplit cuts a text at the matches of a pattern into at most limit pieces (as many as there are where limit is not
// positive). An empty match at the beginning cuts nothing off, nor does one of the empty pattern at the end.
func javaSplit(text, pattern string, limit int) (any, error) {
	re := compile(pattern)
	if re == nil {
		return nil, nil
	}
	runes := []rune(text)
	pieces := []any{}
	last := 0
	m, err := re.FindRunesMatch(runes)
	for m != nil && err == nil && (limit <= 0 || len(pieces) < limit-1) {
		empty := m.Length == 0
		if !empty || m.Index > 0 && (m.Index < len(runes) || pattern != "") {
			pieces = append(pieces, string(runes[last:m.Index]))
			last = m.Index + m.Length
		}
		m, err = re.FindNextMatch(m)
	}
	if err != nil {
		return nil, err
	}
	return append(pieces, string(runes[last:])), nil
}

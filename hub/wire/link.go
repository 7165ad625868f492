package wire

import (
	"fmt"
	"strings"
)

// ParseLinks reads the values of a Link header (RFC 8288) and returns the target of each relation. Of several targets with the same
// relation the first counts. A value that is not well formed is an error: following half of a listing would lose files.
func ParseLinks(values []string) (map[string]string, error) {
	links := map[string]string{}
	for _, value := range values {
		rest := value
		for {
			rest = strings.TrimLeft(rest, " \t,")
			if rest == "" {
				break
			}
			target, params, remaining, err := cutLink(rest)
			if err != nil {
				return nil, fmt.Errorf("malformed Link header: %w", err)
			}
			rest = remaining
			for _, rel := range strings.Fields(params["rel"]) {
				rel = strings.ToLower(rel)
				if _, seen := links[rel]; !seen {
					links[rel] = target
				}
			}
		}
	}
	return links, nil
}

// cutLink takes one link-value off the front of s.
func cutLink(s string) (target string, params map[string]string, rest string, err error) {
	if s[0] != '<' {
		return "", nil, "", fmt.Errorf("expected '<', found %q", s[0])
	}
	end := strings.IndexByte(s, '>')
	if end < 0 {
		return "", nil, "", fmt.Errorf("no '>' after '<'")
	}
	target, rest, params = s[1:end], s[end+1:], map[string]string{}
	for {
		rest = strings.TrimLeft(rest, " \t")
		if rest == "" || rest[0] == ',' {
			return target, params, rest, nil
		}
		if rest[0] != ';' {
			return "", nil, "", fmt.Errorf("expected ';' or ',', found %q", rest[0])
		}
		var name, value string
		name, value, rest, err = cutParameter(rest[1:])
		if err != nil {
			return "", nil, "", err
		}
		if _, seen := params[name]; name != "" && !seen {
			params[name] = value
		}
	}
}

// cutParameter takes name, name=token or name="quoted" off the front of s. Empty parameters are allowed, as RFC 8288 has them.
func cutParameter(s string) (name, value, rest string, err error) {
	s = strings.TrimLeft(s, " \t")
	end := strings.IndexAny(s, "=;, \t")
	if end < 0 {
		return strings.ToLower(s), "", "", nil
	}
	name, rest = strings.ToLower(s[:end]), strings.TrimLeft(s[end:], " \t")
	if rest == "" || rest[0] != '=' {
		return name, "", rest, nil
	}
	rest = strings.TrimLeft(rest[1:], " \t")
	if rest == "" || rest[0] != '"' {
		end = strings.IndexAny(rest, ";, \t")
		if end < 0 {
			return name, rest, "", nil
		}
		return name, rest[:end], rest[end:], nil
	}
	var b strings.Builder
	for i := 1; i < len(rest); i++ {
		switch rest[i] {
		case '\\':
			if i++; i < len(rest) {
				b.WriteByte(rest[i])
			}
		case '"':
			return name, b.String(), rest[i+1:], nil
		default:
			b.WriteByte(rest[i])
		}
	}
	return "", "", "", fmt.Errorf("parameter %q has no closing quote", name)
}

// FormatLink prints one link-value.
func FormatLink(target, rel string) string { return fmt.Sprintf("<%s>; rel=%q", target, rel) }

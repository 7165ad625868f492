package dataset

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// mapping is a YAML or JSON mapping in the order written. A key that is written twice keeps its first place and its last value.
type mapping struct {
	keys   []any
	values map[any]any
}

func (m *mapping) set(key, value any) {
	if m.values == nil {
		m.values = map[any]any{}
	}
	if _, there := m.values[key]; !there {
		m.keys = append(m.keys, key)
	}
	m.values[key] = value
}

func (m *mapping) get(key string) (any, bool) {
	v, ok := m.values[key]
	return v, ok
}

func (m *mapping) len() int { return len(m.keys) }

// plain turns ordered mappings into map[string]any, all the way down.
func plain(v any) any {
	switch v := v.(type) {
	case *mapping:
		out := make(map[string]any, v.len())
		for _, k := range v.keys {
			out[fmt.Sprint(k)] = plain(v.values[k])
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = plain(v[i])
		}
		return out
	}
	return v
}

// timestampText is a date or timestamp as YAML 1.1 writes it: not a string, and not a name.
type timestampText string

// maxYAMLNodes bounds what aliases may multiply a document to.
const maxYAMLNodes = 1 << 20

// parseYAML reads a document the way the Python libraries do: YAML 1.1, where a plain no is false, 0o17 is text and 017 is
// fifteen. Values are nil, bool, int64, float64, string, []byte, timestampText, []any and *mapping.
func parseYAML(text []byte) (value any, err error) {
	var document, second yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	switch err := decoder.Decode(&document); {
	case errors.Is(err, io.EOF):
		return nil, nil
	case err != nil:
		return nil, errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
	}
	switch err := decoder.Decode(&second); {
	case err == nil:
		return nil, fmt.Errorf("line %d: another document begins, and only one is expected", second.Line)
	case !errors.Is(err, io.EOF):
		return nil, errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
	}
	c := yamlConverter{budget: maxYAMLNodes, active: map[*yaml.Node]bool{}, anchors: map[string]*yaml.Node{}}
	return c.convert(&document)
}

type yamlConverter struct {
	budget  int
	active  map[*yaml.Node]bool // the containers that are being converted, to notice cycles
	anchors map[string]*yaml.Node
}

func (c *yamlConverter) convert(n *yaml.Node) (any, error) {
	if c.budget--; c.budget < 0 {
		return nil, fmt.Errorf("line %d: the document holds more than %d nodes", n.Line, maxYAMLNodes)
	}
	if n.Anchor != "" && n.Kind != yaml.AliasNode {
		if first := c.anchors[n.Anchor]; first != nil && first != n {
			return nil, fmt.Errorf("line %d: the anchor %q is already that of line %d", n.Line, n.Anchor, first.Line)
		}
		c.anchors[n.Anchor] = n
	}
	switch n.Kind {
	case yaml.DocumentNode:
		return c.convert(n.Content[0])
	case yaml.AliasNode:
		return c.convert(n.Alias)
	case yaml.ScalarNode:
		return scalar(n)
	}
	if c.active[n] {
		return nil, fmt.Errorf("line %d: the value contains itself", n.Line)
	}
	c.active[n] = true
	defer delete(c.active, n)
	if n.Kind == yaml.SequenceNode {
		out := make([]any, len(n.Content))
		for i, item := range n.Content {
			v, err := c.convert(item)
			if err != nil {
				return nil, err
			}
			out[i] = v
		}
		return out, nil
	}
	return c.mapping(n)
}

func (c *yamlConverter) mapping(n *yaml.Node) (any, error) {
	out := &mapping{}
	// Merged keys come first and lose against written ones.
	for i := 0; i+1 < len(n.Content); i += 2 {
		if isMerge(n.Content[i]) {
			if err := c.merge(out, n.Content[i+1]); err != nil {
				return nil, err
			}
		}
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if isMerge(n.Content[i]) {
			continue
		}
		key, err := c.convert(n.Content[i])
		if err != nil {
			return nil, err
		}
		switch key.(type) {
		case []any, *mapping, []byte:
			return nil, fmt.Errorf("line %d: a list or mapping cannot be a key", n.Content[i].Line)
		}
		value, err := c.convert(n.Content[i+1])
		if err != nil {
			return nil, err
		}
		out.set(key, value)
	}
	return out, nil
}

func isMerge(key *yaml.Node) bool {
	return key.Kind == yaml.ScalarNode && key.Value == "<<" && key.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) == 0
}

func (c *yamlConverter) merge(into *mapping, n *yaml.Node) error {
	v, err := c.convert(n)
	if err != nil {
		return err
	}
	merged, ok := v.([]any)
	if !ok {
		merged = []any{v}
	}
	for _, item := range merged {
		m, ok := item.(*mapping)
		if !ok {
			return fmt.Errorf("line %d: << expects a mapping or a list of mappings", n.Line)
		}
		for _, k := range m.keys {
			if _, there := into.values[k]; !there {
				into.set(k, m.values[k])
			}
		}
	}
	return nil
}

// The implicit types of YAML 1.1 as PyYAML's resolver knows them (yaml/resolver.py).
var (
	yamlInt   = regexp.MustCompile(`^[-+]?(?:0b[0-1_]+|0[0-7_]+|0|[1-9][0-9_]*|0x[0-9a-fA-F_]+|[1-9][0-9_]*(?::[0-5]?[0-9])+)$`)
	yamlFloat = regexp.MustCompile(`^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|` +
		`[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$`)
	yamlTime = regexp.MustCompile(`^(?:\d{4}-\d\d-\d\d|\d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::?\d\d)?))?)$`)
)

var yamlConstants = func() map[string]any {
	out := map[string]any{"": nil, "~": nil, "null": nil, "Null": nil, "NULL": nil}
	for _, word := range []string{"yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"} {
		out[word] = true
	}
	for _, word := range []string{"no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"} {
		out[word] = false
	}
	return out
}()

// scalar gives a scalar the type that it has in YAML 1.1.
func scalar(n *yaml.Node) (any, error) {
	switch tag := n.Tag; {
	case n.Style&yaml.TaggedStyle != 0 && (tag == "!!str" || tag == "!"):
		return n.Value, nil
	case n.Style&yaml.TaggedStyle != 0 && tag == "!!binary":
		return []byte(n.Value), nil
	case n.Style&yaml.TaggedStyle != 0 && tag != "!!int" && tag != "!!float" && tag != "!!bool" && tag != "!!null" && tag != "!!timestamp":
		return nil, fmt.Errorf("line %d: the tag %s has no meaning here", n.Line, tag)
	case n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return n.Value, nil
	}
	text := n.Value
	if v, ok := yamlConstants[text]; ok {
		return v, nil
	}
	switch {
	case text == "=": // a type of YAML 1.1 that nothing reads
		return nil, fmt.Errorf("line %d: = stands for no value; put it in quotes", n.Line)
	case yamlInt.MatchString(text):
		return yamlInteger(text), nil
	case yamlFloat.MatchString(text):
		return yamlNumber(text), nil
	case yamlTime.MatchString(text):
		if !validDate(text) {
			return nil, fmt.Errorf("line %d: %s is no date; put it in quotes", n.Line, text)
		}
		return timestampText(text), nil
	}
	return text, nil
}

// validDate tells whether the date at the beginning of a timestamp exists.
func validDate(text string) bool {
	parts := strings.SplitN(text, "-", 3)
	end := strings.IndexFunc(parts[2], func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(parts[2])
	}
	year, _ := strconv.Atoi(parts[0])
	month, _ := strconv.Atoi(parts[1])
	day, _ := strconv.Atoi(parts[2][:end])
	date := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	return year > 0 && int(date.Month()) == month && date.Day() == day
}

func yamlInteger(text string) any {
	s := strings.ReplaceAll(text, "_", "")
	sign := int64(1)
	if s != "" && (s[0] == '-' || s[0] == '+') {
		if s[0] == '-' {
			sign = -1
		}
		s = s[1:]
	}
	if strings.Contains(s, ":") {
		var total int64
		for _, part := range strings.Split(s, ":") {
			n, err := strconv.ParseInt(part, 10, 64)
			if err != nil {
				return text
			}
			total = total*60 + n
		}
		return sign * total
	}
	base, digits := 10, s
	switch {
	case strings.HasPrefix(s, "0b"):
		base, digits = 2, s[2:]
	case strings.HasPrefix(s, "0x"):
		base, digits = 16, s[2:]
	case len(s) > 1 && s[0] == '0':
		base, digits = 8, s[1:]
	}
	n, err := strconv.ParseInt(digits, base, 64)
	if err != nil {
		if f, ferr := strconv.ParseFloat(s, 64); ferr == nil {
			return float64(sign) * f // Python's integers have no end; nothing here needs one beyond 64 bits to be exact.
		}
		return text
	}
	return sign * n
}

func yamlNumber(text string) any {
	s := strings.ToLower(strings.ReplaceAll(text, "_", ""))
	switch strings.TrimLeft(s, "+-") {
	case ".inf":
		if s[0] == '-' {
			return math.Inf(-1)
		}
		return math.Inf(1)
	case ".nan":
		return math.NaN()
	}
	if strings.Contains(s, ":") {
		sign := 1.0
		if s[0] == '-' {
			sign = -1
		}
		var total float64
		for _, part := range strings.Split(strings.TrimLeft(s, "+-"), ":") {
			f, err := strconv.ParseFloat(part, 64)
			if err != nil {
				return text
			}
			total = total*60 + f
		}
		return sign * total
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return text
	}
	return f
}

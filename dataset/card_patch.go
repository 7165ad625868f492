package dataset

import (
	"cmp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// patchKey writes the value of a top-level key of a YAML block into the lines that are there, so that those stay, byte for byte,
// that say the same. It tells whether that could be done: the result is read again, and must say what it shall.
func patchKey(block, key string, value *yaml.Node) (string, bool) {
	root, err := blockRoot(block)
	if err != nil || root.Style&yaml.FlowStyle != 0 || valueOf(root, key) == nil {
		return "", false
	}
	want := mappingNode()
	for i := 0; i+1 < len(root.Content); i += 2 {
		v := root.Content[i+1]
		if root.Content[i].Value == key {
			v = value
		}
		want.Content = append(want.Content, root.Content[i], v)
	}
	p := &patcher{lines: strings.SplitAfter(strings.TrimSuffix(block, "\n"), "\n")}
	p.lines[len(p.lines)-1] += "\n"
	if !p.mapping(root, want, len(p.lines)) {
		return "", false
	}
	out := p.apply()
	got, err := blockRoot(out)
	return out, err == nil && sameNode(got, want)
}

// patcher collects changes to the lines of a YAML block.
type patcher struct {
	lines   []string
	changes []lineChange
}

// lineChange puts text into the place of the lines from, from+1, … before to; with from = to it comes before the line.
type lineChange struct {
	from, to int
	text     string
}

func (p *patcher) change(from, to int, text string) {
	p.changes = append(p.changes, lineChange{from, to, text})
}

func (p *patcher) apply() string {
	slices.SortStableFunc(p.changes, func(a, b lineChange) int { return cmp.Compare(a.from, b.from) })
	var out strings.Builder
	at := 0
	for _, c := range p.changes {
		for ; at < c.from; at++ {
			out.WriteString(p.lines[at])
		}
		out.WriteString(c.text)
		at = max(at, c.to)
	}
	for ; at < len(p.lines); at++ {
		out.WriteString(p.lines[at])
	}
	return out.String()
}

// before is the text of a line before a column, which YAML counts from 1 in characters.
func (p *patcher) before(line, column int) string {
	if line < 0 || line >= len(p.lines) {
		return ""
	}
	runes := []rune(p.lines[line])
	return string(runes[:min(max(column-1, 0), len(runes))])
}

// contentEnd leaves out the comments and empty lines at the end of lines: they belong to what follows.
func (p *patcher) contentEnd(from, to int) int {
	for to > from+1 {
		line := strings.TrimSpace(p.lines[to-1])
		if line != "" && !strings.HasPrefix(line, "#") {
			break
		}
		to--
	}
	return to
}

// value changes a value whose lines end before the line end. When it returns false the value has to be written anew.
func (p *patcher) value(old, now *yaml.Node, end int) bool {
	inBlock := old.Style&yaml.FlowStyle == 0
	switch {
	case sameNode(old, now):
		return true
	case old.Kind == yaml.ScalarNode && now.Kind == yaml.ScalarNode:
		return p.scalar(old, now)
	case inBlock && old.Kind == yaml.MappingNode && now.Kind == yaml.MappingNode:
		return p.mapping(old, now, end)
	case inBlock && old.Kind == yaml.SequenceNode && now.Kind == yaml.SequenceNode:
		return p.sequence(old, now, end)
	case inBlock && old.Kind == yaml.MappingNode && now.Kind == yaml.SequenceNode:
		return p.wrap(old, now, end)
	}
	return false
}

// scalar changes a scalar within its line.
func (p *patcher) scalar(old, now *yaml.Node) bool {
	line := p.lines[old.Line-1]
	head := p.before(old.Line-1, old.Column)
	token := old.Value
	switch old.Style {
	case 0:
	case yaml.SingleQuotedStyle:
		token = "'" + strings.ReplaceAll(token, "'", "''") + "'"
	case yaml.DoubleQuotedStyle:
		token = `"` + token + `"`
	default:
		return false
	}
	text, err := encodeNode(&yaml.Node{Kind: now.Kind, Tag: now.Tag, Value: now.Value, Style: now.Style})
	rest, found := strings.CutPrefix(line[len(head):], token)
	if err != nil || !found || token == "" || strings.Count(text, "\n") != 1 {
		return false
	}
	p.change(old.Line-1, old.Line, head+strings.TrimSuffix(text, "\n")+rest)
	return true
}

// mapping changes, removes and appends entries.
func (p *patcher) mapping(old, now *yaml.Node, end int) bool {
	if len(old.Content) == 0 {
		return len(now.Content) == 0
	}
	last := 0
	for i := 0; i+1 < len(old.Content); i += 2 {
		key, from, to := old.Content[i], old.Content[i].Line-1, end
		if i+2 < len(old.Content) {
			to = old.Content[i+2].Line - 1
		}
		if to <= from || to > len(p.lines) {
			return false
		}
		last = from
		value := valueOf(now, key.Value)
		head, made := p.before(from, key.Column), len(p.changes)
		switch {
		case value == nil && strings.TrimSpace(head) != "":
			return false // It begins an item of a list.
		case value == nil:
			p.change(from, p.contentEnd(from, to), "")
		case !p.value(old.Content[i+1], value, to):
			text, err := encodeEntry(key, old.Content[i+1], value)
			if err != nil {
				return false
			}
			p.changes = p.changes[:made] // What was changed within the value is in the text.
			p.change(from, p.contentEnd(from, to), indented(text, head, key.Column-1))
		}
	}
	added := mappingNode()
	for i := 0; i+1 < len(now.Content); i += 2 {
		if valueOf(old, now.Content[i].Value) == nil {
			added.Content = append(added.Content, now.Content[i], now.Content[i+1])
		}
	}
	if len(added.Content) == 0 {
		return true
	}
	text, err := encodeNode(added)
	at := p.contentEnd(last, end)
	indent := old.Content[0].Column - 1
	p.change(at, at, indented(text, strings.Repeat(" ", indent), indent))
	return err == nil
}

// sequence changes items and appends further ones.
func (p *patcher) sequence(old, now *yaml.Node, end int) bool {
	if len(now.Content) < len(old.Content) || len(old.Content) == 0 {
		return false
	}
	dash := old.Column - 1
	for i, item := range old.Content {
		to := end
		if i+1 < len(old.Content) {
			to = old.Content[i+1].Line - 1
		}
		if head := p.before(item.Line-1, item.Column); len(head) <= dash || head[dash] != '-' || to < item.Line {
			return false
		}
		if !p.value(item, now.Content[i], to) {
			return false
		}
	}
	return p.appendItems(now.Content[len(old.Content):], dash, p.contentEnd(old.Content[len(old.Content)-1].Line-1, end))
}

func (p *patcher) appendItems(items []*yaml.Node, dash, at int) bool {
	if len(items) == 0 {
		return true
	}
	text, err := encodeNode(sequenceNode(items...))
	p.change(at, at, indented(text, strings.Repeat(" ", dash), dash))
	return err == nil
}

// wrap makes a mapping the first item of a list: the lines stay, and the dash takes two columns of their indentation.
func (p *patcher) wrap(old, now *yaml.Node, end int) bool {
	if len(now.Content) == 0 || now.Content[0].Kind != yaml.MappingNode || len(old.Content) == 0 {
		return false
	}
	first, from := now.Content[0], old.Content[0].Line-1
	head := p.before(from, old.Content[0].Column)
	if strings.Trim(head, " ") != "" || len(head) < 2 {
		return false
	}
	dash := len(head) - 2
	front := 0
	for front < len(first.Content) && valueOf(old, first.Content[front].Value) == nil {
		front += 2
	}
	if front == 0 {
		if !sameNode(old.Content[1], first.Content[1]) {
			return false // It may be on the same line.
		}
		p.change(from, from+1, head[:dash]+"- "+p.lines[from][len(head):])
	} else {
		text, err := encodeNode(mappingNode(first.Content[:front]...))
		if err != nil {
			return false
		}
		p.change(from, from, indented(text, head[:dash]+"- ", len(head)))
	}
	return p.mapping(old, mappingNode(first.Content[front:]...), end) && p.appendItems(now.Content[1:], dash, p.contentEnd(from, end))
}

// encodeEntry writes a key and its value without the comments on lines around them, which are not rewritten.
func encodeEntry(key, old, now *yaml.Node) (string, error) {
	plain := *key
	plain.HeadComment, plain.FootComment = "", ""
	text, err := encodeNode(mappingNode(&plain, withoutFoot(now)))
	if err == nil && plain.LineComment == "" && old.LineComment != "" && !strings.Contains(text, old.LineComment) {
		plain.LineComment = old.LineComment
		return encodeNode(mappingNode(&plain, withoutFoot(now)))
	}
	return text, err
}

// withoutFoot is a value without the comments behind its last line, which is not rewritten.
func withoutFoot(n *yaml.Node) *yaml.Node {
	out := *n
	out.FootComment = ""
	if len(out.Content) > 0 && out.Kind != yaml.AliasNode {
		out.Content = slices.Clone(out.Content)
		for i := max(len(out.Content)-2, 0); i < len(out.Content); i++ {
			out.Content[i] = withoutFoot(out.Content[i])
		}
	}
	return &out
}

// sameNode tells whether two nodes say the same, however they are written.
func sameNode(a, b *yaml.Node) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Kind == b.Kind && a.Value == b.Value && a.ShortTag() == b.ShortTag() && slices.EqualFunc(a.Content, b.Content, sameNode)
}

func encodeNode(n *yaml.Node) (string, error) {
	var text strings.Builder
	e := yaml.NewEncoder(&text)
	e.SetIndent(2)
	e.CompactSeqIndent()
	err := e.Encode(n)
	return text.String(), err
}

// indented puts first before the first line and blanks before the others.
func indented(text, first string, indent int) string {
	lines := strings.SplitAfter(text, "\n")
	for i, line := range lines {
		switch {
		case i == 0:
			lines[i] = first + line
		case strings.TrimSpace(line) != "":
			lines[i] = strings.Repeat(" ", indent) + line
		}
	}
	return strings.Join(lines, "")
}

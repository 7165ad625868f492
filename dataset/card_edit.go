package dataset

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// CardEdit is what a write to a split changes in the YAML block of a README.
type CardEdit struct {
	Config   string
	Split    string
	Patterns []string // of all data files of the split, relative to the root of the repository
	// Keep keeps the patterns that the split's entry has, which match the paths Kept, and adds what finds the paths Added: the
	// patterns Own, or the paths themselves where Own would find a file twice.
	Keep        bool
	Own         []string
	Added, Kept []string
	// Others are the other splits of the same subset. Those that the default patterns found have to be named in configs as soon as
	// one split is.
	Others []SplitPatterns
	// Implied are the splits of the default subset when the default patterns found it and this is another one: as soon as configs
	// names one subset, it has to name that as well.
	Implied []SplitPatterns
	// OtherConfigs says that the repository has subsets beside this one.
	OtherConfigs bool
	// Features and Size describe the split after the write; a nil Features leaves dataset_info as it is. A nil Size says that the
	// number of rows is not known, and takes the sizes out of dataset_info, since the library refuses data that differ from them.
	Features *Features
	Size     *SplitSize
	// ReplaceFeatures writes Features over those that dataset_info has.
	ReplaceFeatures bool
}

// SplitPatterns is a split of a configs entry.
type SplitPatterns struct {
	Split    string
	Patterns []string
}

// SplitSize is what dataset_info tells of a split. Only Examples is checked by the library.
type SplitSize struct {
	Examples int64 // rows
	Bytes    int64 // of the values in Arrow
	Download int64 // by how many bytes the data files of the subset grow
}

// EditCard returns a README whose configs and dataset_info tell of a write. All other lines are returned as they were, the text
// below the YAML block included, and so are other subsets, splits, keys and comments of the two lists. A README without a YAML
// block gets one; readme may be empty.
func EditCard(readme []byte, edit CardEdit) ([]byte, error) {
	before, block, after := cutFrontMatter(readme)
	newline := "\n"
	if bytes.Contains(block, []byte("\r\n")) || block == nil && bytes.Contains(readme, []byte("\r\n")) {
		newline = "\r\n"
	}
	changed, err := editBlock(strings.ReplaceAll(string(block), "\r\n", "\n"), edit)
	if err != nil {
		return nil, fmt.Errorf("edit the YAML block of %s: %w", readmeName, err)
	}
	changed = strings.ReplaceAll(changed, "\n", newline)
	if block == nil {
		text := "---" + newline + changed + "---" + newline
		return append([]byte(text), readme...), nil
	}
	out := append(bytes.Clone(before), changed...)
	return append(out, after...), nil
}

// cutFrontMatter cuts a README before and after the lines of its YAML block. A nil block says that there is none.
func cutFrontMatter(readme []byte) (before, block, after []byte) {
	m := frontMatter.FindSubmatchIndex(readme)
	if m == nil {
		return nil, nil, readme
	}
	end := m[3] // before the line end that belongs to the last line
	for end < len(readme) && readme[end] != '-' {
		end++
	}
	return readme[:m[2]], readme[m[2]:end:end], readme[end:]
}

// editBlock edits a YAML block of whole lines. Only the lines of the two top-level keys change.
func editBlock(block string, edit CardEdit) (string, error) {
	root, err := blockRoot(block)
	if err != nil {
		return "", err
	}
	configs := valueOf(root, "configs")
	if err := editConfigs(&configs, edit); err != nil {
		return "", err
	}
	infos := valueOf(root, "dataset_info")
	changed, err := editInfos(&infos, root, edit)
	if err != nil {
		return "", err
	}
	type replacement struct {
		key   string
		value *yaml.Node
	}
	replacements := []replacement{{"configs", configs}}
	if changed {
		replacements = append(replacements, replacement{"dataset_info", infos})
	}
	for _, r := range replacements {
		if patched, ok := patchKey(block, r.key, r.value); ok {
			block = patched
			continue
		}
		if block, err = replaceKey(block, r.key, r.value); err != nil {
			return "", err
		}
		if now, err := blockRoot(block); err != nil || !sameNode(valueOf(now, r.key), r.value) {
			return "", fmt.Errorf("its lines are not understood well enough to put %s there: write one key a line", r.key)
		}
	}
	return block, nil
}

func blockRoot(block string) (*yaml.Node, error) {
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(block), &document); err != nil {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if document.Kind == 0 {
		return mappingNode(), nil
	}
	root := document.Content[0]
	if root.Kind == yaml.ScalarNode && root.Tag == "!!null" {
		return mappingNode(), nil
	}
	if root.Kind != yaml.MappingNode {
		return nil, errors.New("it is not a mapping")
	}
	return root, nil
}

// valueOf returns the value of a key of a mapping; nil when there is none.
func valueOf(m *yaml.Node, key string) *yaml.Node {
	for i := 0; m != nil && i+1 < len(m.Content); i += 2 {
		if m.Content[i].Value == key {
			return m.Content[i+1]
		}
	}
	return nil
}

func setValue(m *yaml.Node, key string, value *yaml.Node) {
	for i := 0; i+1 < len(m.Content); i += 2 {
		if m.Content[i].Value == key {
			m.Content[i+1] = value
			return
		}
	}
	m.Content = append(m.Content, textNode(key), value)
}

// replaceKey writes a top-level key anew in its place, or at the end of the block.
func replaceKey(block, key string, value *yaml.Node) (string, error) {
	root, err := blockRoot(block)
	if err != nil {
		return "", err
	}
	text, err := encodeNode(mappingNode(textNode(key), value))
	if err != nil {
		return "", err
	}
	if root.Style&yaml.FlowStyle != 0 {
		return "", errors.New("it is written in braces; write one key a line")
	}
	lines := strings.SplitAfter(block, "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	from, to := len(lines), len(lines)
	for i := 0; i+1 < len(root.Content); i += 2 {
		if root.Content[i].Value != key {
			continue
		}
		from = root.Content[i].Line - 1
		if i+2 < len(root.Content) {
			to = root.Content[i+2].Line - 1
		}
		// Comments before the next key belong to that key.
		for to > from+1 && (strings.HasPrefix(lines[to-1], "#") || strings.TrimSpace(lines[to-1]) == "") {
			to--
		}
	}
	if from == len(lines) && from > 0 && !strings.HasSuffix(lines[from-1], "\n") {
		lines[from-1] += "\n"
	}
	return strings.Join(lines[:from], "") + text + strings.Join(lines[to:], ""), nil
}

// editConfigs puts the split into the entry of the subset.
func editConfigs(configs **yaml.Node, edit CardEdit) error {
	if *configs == nil || (*configs).Kind == yaml.ScalarNode {
		*configs = sequenceNode()
	}
	if (*configs).Kind != yaml.SequenceNode {
		return errors.New("configs is not a list")
	}
	if len(edit.Implied) > 0 && len((*configs).Content) == 0 {
		list := sequenceNode()
		for _, s := range edit.Implied {
			list.Content = append(list.Content, splitNode(s))
		}
		(*configs).Content = append((*configs).Content, mappingNode(textNode("config_name"), textNode(defaultConfig), textNode("data_files"), list))
	}
	entry := entryOf(*configs, edit.Config)
	if entry == nil {
		entry = mappingNode(textNode("config_name"), textNode(edit.Config))
		(*configs).Content = append((*configs).Content, entry)
	}
	files := valueOf(entry, "data_files")
	if files == nil || files.Kind == yaml.ScalarNode && files.Tag == "!!null" {
		// The library looks for the patterns of data_files in the root as well as in data_dir, so that they cannot stand together.
		removeKey(entry, "data_dir")
		files = sequenceNode()
		for _, o := range edit.Others {
			files.Content = append(files.Content, splitNode(o))
		}
		files.Content = append(files.Content, splitNode(SplitPatterns{edit.Split, edit.Patterns}))
		setValue(entry, "data_files", files)
		return nil
	}
	edit, err := edit.relativeTo(folderOf(entry))
	if err != nil {
		return err
	}
	list, err := splitList(files)
	if err != nil {
		return err
	}
	found := false
	for _, item := range list.Content {
		if v := valueOf(item, "split"); v != nil && v.Value == edit.Split {
			found = true
			if setPatterns(item, edit.patterns(patternsOf(item))) {
				files = list
			}
		}
	}
	if !found {
		list.Content = append(list.Content, splitNode(SplitPatterns{edit.Split, edit.Patterns}))
		files = list
	}
	setValue(entry, "data_files", files)
	return nil
}

// relativeTo makes paths and patterns relative to the folder of a configs entry.
func (e CardEdit) relativeTo(folder string) (CardEdit, error) {
	for _, paths := range []*[]string{&e.Patterns, &e.Own, &e.Added, &e.Kept} {
		var err error
		if *paths, err = relativeTo(folder, *paths); err != nil {
			return e, err
		}
	}
	return e, nil
}

// patterns are those of the split after the edit. A file that two of them match would be read twice.
func (e CardEdit) patterns(before []string) []string {
	if !e.Keep {
		return e.Patterns
	}
	missing := slices.DeleteFunc(slices.Clone(e.Added), func(path string) bool { return matchesAny(before, path) })
	if len(missing) == 0 {
		return before
	}
	// A path that a pattern of ours finds need not stay beside it.
	kept := slices.DeleteFunc(slices.Clone(before), func(p string) bool { return slices.Contains(e.Kept, p) && matchesAny(e.Own, p) })
	twice := func(path string) bool { return matchesAny(kept, path) && matchesAny(e.Own, path) }
	if slices.ContainsFunc(e.Kept, twice) || slices.ContainsFunc(e.Added, twice) {
		return append(slices.Clone(before), missing...)
	}
	return append(kept, e.Own...)
}

func matchesAny(patterns []string, path string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		g, err := compileGlob(strings.TrimPrefix(pattern, "./"))
		return err == nil && g.match(path)
	})
}

// setPatterns gives an item of data_files other patterns, and tells whether they are others. Nodes that stay keep their comments.
func setPatterns(item *yaml.Node, patterns []string) bool {
	before := patternsOf(item)
	if slices.Equal(before, patterns) {
		return false
	}
	value := pathNode(patterns)
	if old := valueOf(item, "path"); old != nil && value.Kind == yaml.SequenceNode {
		nodes := old.Content
		if old.Kind == yaml.ScalarNode {
			nodes = []*yaml.Node{old}
		} else {
			value.Style = old.Style
			value.Line, value.Column = old.Line, old.Column
		}
		for i, p := range patterns {
			if at := slices.IndexFunc(nodes, func(n *yaml.Node) bool { return n.Value == p }); at >= 0 {
				value.Content[i] = nodes[at]
			}
		}
	}
	setValue(item, "path", value)
	return true
}

// folderOf is the data_dir of a configs entry, to which its patterns are relative.
func folderOf(entry *yaml.Node) string {
	if v := valueOf(entry, "data_dir"); v != nil && v.Kind == yaml.ScalarNode {
		return strings.Trim(strings.TrimPrefix(v.Value, "./"), "/")
	}
	return ""
}

// relativeTo makes paths relative to a folder that must hold them.
func relativeTo(folder string, paths []string) ([]string, error) {
	if folder == "" || folder == "." {
		return paths, nil
	}
	out := make([]string, len(paths))
	for i, p := range paths {
		rest, ok := strings.CutPrefix(p, folder+"/")
		if !ok {
			return nil, fmt.Errorf("the subset has data_dir %s, and %s is not below it", folder, p)
		}
		out[i] = rest
	}
	return out, nil
}

// patternsOf returns the patterns of an item of data_files.
func patternsOf(item *yaml.Node) []string {
	path := valueOf(item, "path")
	if path == nil {
		return nil
	}
	if path.Kind == yaml.ScalarNode {
		return []string{path.Value}
	}
	var out []string
	for _, p := range path.Content {
		out = append(out, p.Value)
	}
	return out
}

// entryOf returns the last entry of that subset: the library takes the last one, too.
func entryOf(list *yaml.Node, config string) *yaml.Node {
	var found *yaml.Node
	for _, e := range list.Content {
		if e.Kind != yaml.MappingNode {
			continue
		}
		name := valueOf(e, "config_name")
		if name != nil && name.Value == config || name == nil && config == defaultConfig {
			found = e
		}
	}
	return found
}

// splitList is data_files as a list of splits and paths: a pattern, or a list of them, is the split train.
func splitList(files *yaml.Node) (*yaml.Node, error) {
	if files.Kind == yaml.ScalarNode {
		files = sequenceNode(files)
	}
	if files.Kind != yaml.SequenceNode {
		return nil, errors.New("data_files of configs is neither a pattern nor a list")
	}
	if len(files.Content) == 0 || files.Content[0].Kind == yaml.MappingNode {
		return files, nil
	}
	return sequenceNode(mappingNode(textNode("split"), textNode("train"), textNode("path"), files)), nil
}

func splitNode(s SplitPatterns) *yaml.Node {
	return mappingNode(textNode("split"), textNode(s.Split), textNode("path"), pathNode(s.Patterns))
}

func pathNode(patterns []string) *yaml.Node {
	if len(patterns) == 1 {
		return textNode(patterns[0])
	}
	path := sequenceNode()
	for _, p := range patterns {
		path.Content = append(path.Content, textNode(p))
	}
	return path
}

package dataset

import "path"

// CardSubset is an entry of the configs of a README.
type CardSubset struct {
	Name string
	// Splits are the patterns of its files, relative to the root of the repository. An entry without data_files has one split
	// without a name, whose pattern matches all files that the default patterns may find.
	Splits []SplitPatterns
}

// CardSubsets reads the configs of a README; nil when it has none.
func CardSubsets(readme []byte) ([]CardSubset, error) {
	block, err := parseYAML(splitFrontMatter(readme))
	if err != nil {
		return nil, err
	}
	data, ok := block.(*mapping)
	if !ok {
		return nil, nil
	}
	value, _ := data.get("configs")
	if !truthy(value) {
		return nil, nil
	}
	entries, err := parseConfigs(value)
	if err != nil {
		return nil, err
	}
	var out []CardSubset
	for _, e := range entries {
		s := CardSubset{Name: e.name}
		if e.dataFiles == nil {
			s.Splits = []SplitPatterns{{"", []string{path.Join(e.dataDir, "**")}}}
			out = append(out, s)
			continue
		}
		splits, err := sanitize(e.dataFiles)
		if err != nil {
			return nil, err
		}
		for _, split := range splits {
			named := SplitPatterns{Split: split.split}
			for _, p := range split.patterns {
				named.Patterns = append(named.Patterns, path.Join(e.dataDir, p))
			}
			s.Splits = append(s.Splits, named)
		}
		out = append(out, s)
	}
	return out, nil
}

// Finds tells how many of the patterns match a path.
func (s SplitPatterns) Finds(path string) int {
	n := 0
	for _, p := range s.Patterns {
		if matchesAny([]string{p}, path) {
			n++
		}
	}
	return n
}

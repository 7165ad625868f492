package dataset

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// splitPatterns are the patterns of one split.
type splitPatterns struct {
	split    string
	patterns []string
}

// digits5 is a shard number in a pattern.
const digits5 = "[0-9][0-9][0-9][0-9][0-9]"

const shards = "-" + digits5 + "-of-" + digits5 + "*.*"

var shardName = regexp.MustCompile(`(?s)\Adata/(.+)-[0-9]{5}-of-[0-9]{5}[^/]*\.[^/]*\z`)

// splitName is what a split may be called (datasets, naming.py).
var splitName = regexp.MustCompile(`^[\p{L}\p{N}_]+(?:\.[\p{L}\p{N}_]+)*$`)

// keywords are the words that name the common splits.
var keywords = []struct {
	split string
	words []string
}{
	{"train", []string{"train", "training"}},
	{"validation", []string{"validation", "valid", "dev", "val"}},
	{"test", []string{"test", "testing", "eval", "evaluation"}},
}

const separators = "[-._ 0-9]"

// families are the default patterns, after that of sharded files, in the order in which they are tried.
var families = [][]splitPatterns{
	{{"logs", []string{"**/*.eval"}}},
	{{"test", []string{"**/task.toml", "**/instruction.md"}}},
	keywordFamily(func(word string) []string {
		return []string{
			"**/" + word + "/**",
			"**/" + word + separators + "*/**",
			"**/*" + separators + word + "/**",
			"**/*" + separators + word + separators + "*/**",
		}
	}),
	keywordFamily(func(word string) []string {
		return []string{"**/" + word + separators + "*", "**/*" + separators + word + separators + "*"}
	}),
	{{"train", []string{"**"}}},
}

func keywordFamily(forms func(word string) []string) []splitPatterns {
	var out []splitPatterns
	for _, k := range keywords {
		s := splitPatterns{split: k.split}
		for _, word := range k.words {
			s.patterns = append(s.patterns, forms(word)...)
		}
		out = append(out, s)
	}
	return out
}

// defaultPatterns finds the patterns that apply to a directory that says nothing about its splits (datasets, data_files.py,
// get_data_patterns). Only names decide: a file of no known format counts like any other.
func (r *resolver) defaultPatterns(ctx context.Context, base string) ([]splitPatterns, error) {
	sharded, err := r.shardedPatterns(ctx, base)
	if err != nil || len(sharded) > 0 {
		return sharded, err
	}
	for _, family := range families {
		var out []splitPatterns
		for _, s := range family {
			matched, err := r.anyMatches(ctx, base, s.patterns)
			if err != nil {
				return nil, err
			}
			if matched {
				out = append(out, s)
			}
		}
		if len(out) > 0 {
			return out, nil
		}
	}
	return nil, r.fail(CodeEmpty, fmt.Sprintf("%s holds no data files", placeOf(base)), "")
}

// placeOf names a directory of the repository for messages.
func placeOf(base string) string {
	if base == "" {
		return "the repository"
	}
	return fmt.Sprintf("its directory %q", base)
}

func (r *resolver) anyMatches(ctx context.Context, base string, patterns []string) (bool, error) {
	for _, p := range patterns {
		g, err := compileGlob(join(base, p))
		if err != nil {
			return false, err
		}
		if matched, err := r.tree.any(ctx, g); err != nil || matched {
			return matched, err
		}
	}
	return false, nil
}

// shardedPatterns finds the splits of files such as data/train-00000-of-00002.parquet.
func (r *resolver) shardedPatterns(ctx context.Context, base string) ([]splitPatterns, error) {
	g, err := compileGlob(join(base, "data/*"+shards))
	if err != nil {
		return nil, err
	}
	files, err := r.tree.find(ctx, g)
	if err != nil {
		return nil, err
	}
	var splits []string
	for _, f := range files {
		name := strings.TrimPrefix(f.Path, base+"/")
		m := shardName.FindStringSubmatch(name)
		if m == nil { // The library stops at an assertion here.
			return nil, r.fail(CodeSplitName, fmt.Sprintf("the file %s is numbered as a part of a split, but the split has no name", f.Path),
				"Name the files in the option data_files")
		}
		if slices.Contains(splits, m[1]) {
			continue
		}
		if !splitName.MatchString(m[1]) {
			return nil, r.fail(CodeSplitName, fmt.Sprintf("the file %s makes a split %q, but names of splits have letters, digits, "+
				"underscores and single dots only", f.Path, m[1]), "Name the files in the option data_files")
		}
		splits = append(splits, m[1])
	}
	slices.SortFunc(splits, func(a, b string) int { return cmp.Or(cmp.Compare(splitRank(a), splitRank(b)), strings.Compare(a, b)) })
	var out []splitPatterns
	for _, s := range splits {
		out = append(out, splitPatterns{s, []string{"data/" + s + shards}})
	}
	return out, nil
}

// splitRank orders the common splits before all others.
func splitRank(split string) int {
	for i, k := range keywords {
		if k.split == split {
			return i
		}
	}
	return len(keywords)
}

// join appends a pattern to a directory, without tidying either.
func join(base, pattern string) string {
	if base == "" || strings.HasPrefix(pattern, "/") {
		return pattern
	}
	return strings.TrimRight(base, "/") + "/" + pattern
}

// sanitize gives data_files, in any of its shapes, the one shape that the rest works with (datasets, data_files.py,
// sanitize_patterns).
func sanitize(value any) ([]splitPatterns, error) {
	switch value := value.(type) {
	case string:
		return []splitPatterns{{"train", []string{value}}}, nil
	case []string:
		return []splitPatterns{{"train", value}}, nil
	case map[string]any:
		m := &mapping{}
		for _, k := range sortedSplits(value) {
			m.set(k, value[k])
		}
		return sanitize(m)
	case *mapping:
		var out []splitPatterns
		for _, k := range value.keys {
			patterns, ok := texts(value.values[k])
			if !ok {
				return nil, fail(CodeDataFiles, fmt.Sprintf("data_files gives the split %v %v, which is neither a path nor a list of paths",
					k, plain(value.values[k])), "")
			}
			out = append(out, splitPatterns{fmt.Sprint(k), patterns})
		}
		return out, nil
	case []any:
		return sanitizeList(value)
	}
	return nil, fail(CodeDataFiles, fmt.Sprintf("data_files is %v, which is neither a path, a list of paths, nor a mapping of splits to them",
		plain(value)), "")
}

// sortedSplits orders the splits of a Go map, which has no order of its own: the common ones first, then by name.
func sortedSplits(m map[string]any) []string {
	var out []string
	for _, k := range keywords {
		if _, ok := m[k.split]; ok {
			out = append(out, k.split)
		}
	}
	var rest []string
	for k := range m {
		if !slices.Contains(out, k) {
			rest = append(rest, k)
		}
	}
	slices.Sort(rest)
	return append(out, rest...)
}

func sanitizeList(items []any) ([]splitPatterns, error) {
	if !slices.ContainsFunc(items, func(v any) bool { return asMapping(v) != nil }) {
		patterns, ok := texts(items)
		if !ok {
			return nil, fail(CodeDataFiles, fmt.Sprintf("data_files is %v, but its items must be paths", plain(items)), "")
		}
		return []splitPatterns{{"train", patterns}}, nil
	}
	var out []splitPatterns
	for _, item := range items {
		m := asMapping(item)
		var split, paths any
		if m != nil && m.len() == 2 {
			split, _ = m.get("split")
			paths, _ = m.get("path")
		}
		patterns, ok := texts(paths)
		if !ok || split == nil {
			return nil, fail(CodeDataFiles, fmt.Sprintf("data_files has the item %v; each must be a mapping with the keys split and path",
				plain(item)), "")
		}
		name := fmt.Sprint(split)
		if slices.ContainsFunc(out, func(s splitPatterns) bool { return s.split == name }) {
			return nil, fail(CodeDataFiles, fmt.Sprintf("data_files has the split %q twice", name), "Give it once, with a list of paths")
		}
		out = append(out, splitPatterns{name, patterns})
	}
	return out, nil
}

func asMapping(v any) *mapping {
	switch v := v.(type) {
	case *mapping:
		return v
	case map[string]any:
		m := &mapping{}
		for _, k := range sortedSplits(v) {
			m.set(k, v[k])
		}
		return m
	}
	return nil
}

// texts reads a path or a list of paths.
func texts(v any) ([]string, bool) {
	switch v := v.(type) {
	case string:
		return []string{v}, true
	case []string:
		return v, true
	case []any:
		out := make([]string, len(v))
		for i := range v {
			s, ok := v[i].(string)
			if !ok {
				return nil, false
			}
			out[i] = s
		}
		return out, true
	}
	return nil, false
}

package dataset

import (
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
)

// Lines that say what they said stay as they are, whatever their indentation, quoting and comments.
func TestEditCardKeepsLines(t *testing.T) {
	t.Parallel()
	const deep = `---
license: mit   # c1
configs:
  # comment before
  - config_name: default   # c2
    # inner
    data_files:
      - split: train   # c3
        path: "data/train-*"   # c4

      # other
      - split: test
        path: 'data/test-*'
    default: true
    # tail
# pre tags
tags: [a,   b]
dataset_info:
    features:
        - name: n      # the number
          dtype: int64
    splits:
        - name: train
          num_bytes: 100   # bytes
          num_examples: 5
        - name: 'test'
          num_bytes: 100
          num_examples: 5
    download_size: 1000
    dataset_size: 200
    homepage: "https://x"
size_categories:
- n<1K
---
# T
`
	size := &SplitSize{Examples: 15, Bytes: 300, Download: 50}
	own := []string{"data/train-*"}
	added := []string{"data/train-00001-of-00002.parquet"}
	keep := CardEdit{Config: "default", Split: "train", Patterns: own, Own: own, Added: added, Keep: true, Features: numbers, Size: size}
	for _, c := range []struct {
		name, readme string
		edit         CardEdit
		gone, new    []string
	}{
		{
			"append", deep, keep,
			[]string{"          num_bytes: 100   # bytes", "          num_examples: 5", "    download_size: 1000", "    dataset_size: 200"},
			[]string{"          num_bytes: 300   # bytes", "          num_examples: 15", "    download_size: 1050", "    dataset_size: 400"},
		},
		{
			"another split", deep,
			CardEdit{Config: "default", Split: "x", Patterns: []string{"data/x-*"}, Features: numbers, Size: size},
			[]string{"    download_size: 1000", "    dataset_size: 200"},
			[]string{
				"      - split: x", "        path: data/x-*", "        - name: x", "          num_bytes: 300", "          num_examples: 15",
				"    download_size: 1050", "    dataset_size: 500",
			},
		},
		{
			"another subset", deep,
			CardEdit{Config: "b", Split: "train", Patterns: []string{"b/train-*"}, Features: numbers, Size: size, OtherConfigs: true},
			nil,
			[]string{
				"  - config_name: b", "    data_files:", "    - split: train", "      path: b/train-*", "  - config_name: default", "  - config_name: b",
				"    features:", "    - name: n", "      dtype: int64", "    splits:", "    - name: train", "      num_bytes: 300", "      num_examples: 15",
				"    download_size: 50", "    dataset_size: 300",
			},
		},
		{
			"unknown sizes", deep,
			CardEdit{Config: "default", Split: "test", Patterns: []string{"data/test-*"}, Features: numbers},
			[]string{
				"    splits:", "        - name: train", "          num_bytes: 100   # bytes", "          num_examples: 5", "        - name: 'test'",
				"          num_bytes: 100", "          num_examples: 5", "    download_size: 1000", "    dataset_size: 200",
			},
			nil,
		},
		{
			"carriage returns", strings.ReplaceAll(deep, "\n", "\r\n"),
			CardEdit{Config: "default", Split: "test", Patterns: []string{"data/test-*"}, Features: numbers, Size: size},
			[]string{"          num_bytes: 100\r", "          num_examples: 5\r", "    download_size: 1000\r", "    dataset_size: 200\r"},
			[]string{"          num_bytes: 300\r", "          num_examples: 15\r", "    download_size: 1050\r", "    dataset_size: 400\r"},
		},
		{
			"a pattern that finds the files", "---\nconfigs:\n- config_name: default\n  data_files: data/train-*   # mine\n---\n",
			CardEdit{Config: "default", Split: "train", Patterns: own, Own: own, Added: added, Keep: true},
			nil, nil,
		},
		{
			"a pattern that does not", "---\nconfigs:\n- config_name: default\n  data_files: other/*   # mine\n---\n",
			CardEdit{Config: "default", Split: "train", Patterns: own, Own: own, Added: added, Keep: true},
			[]string{"  data_files: other/*   # mine"},
			[]string{"  data_files:", "  - split: train", "    path:", "    - other/* # mine", "    - data/train-*"},
		},
		{
			"a list of patterns", "---\nconfigs:\n- config_name: default\n  data_files:\n  - split: train\n    path:\n    - other/*   # mine\n    - third/*\n  # last\n---\n",
			CardEdit{Config: "default", Split: "train", Patterns: own, Own: own, Added: added, Keep: true},
			nil,
			[]string{"    - data/train-*"},
		},
		{
			"no list of splits in data_dir", "---\nconfigs:\n- config_name: default\n  data_dir: data\n---\n", keep,
			[]string{"  data_dir: data"},
			[]string{
				"  data_files:", "  - split: train", "    path: data/train-*", "dataset_info:", "  features:", "  - name: n", "    dtype: int64", "  splits:",
				"  - name: train", "    num_bytes: 300", "    num_examples: 15", "  download_size: 50", "  dataset_size: 300",
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := EditCard([]byte(c.readme), c.edit)
			if err != nil {
				t.Fatal(err)
			}
			before, after := strings.Split(c.readme, "\n"), strings.Split(string(got), "\n")
			gone, added := lineDifference(before, after), lineDifference(after, before)
			slices.Sort(c.gone)
			slices.Sort(c.new)
			if !slices.Equal(gone, c.gone) || !slices.Equal(added, c.new) {
				t.Errorf("lines are gone\n%q\nwant\n%q\nand new\n%q\nwant\n%q\nin\n%s", gone, c.gone, added, c.new, got)
			}
		})
	}
}

// lineDifference is what is in a more often than in b.
func lineDifference(a, b []string) []string {
	rest := slices.Clone(b)
	var out []string
	for _, line := range a {
		if i := slices.Index(rest, line); i >= 0 {
			rest = slices.Delete(rest, i, i+1)
		} else {
			out = append(out, line)
		}
	}
	slices.Sort(out)
	return out
}

// The patterns of a split find each of its files once.
func TestCardEditPatterns(t *testing.T) {
	t.Parallel()
	own, added := []string{"data/train-*"}, []string{"data/train-00001-of-00002.parquet"}
	const first = "data/train-00000-of-00001.parquet"
	for name, c := range map[string]struct{ before, kept, want []string }{
		"found already":         {[]string{"data/*"}, []string{first}, []string{"data/*"}},
		"elsewhere":             {[]string{"old/*.parquet"}, []string{"old/a.parquet"}, []string{"old/*.parquet", "data/train-*"}},
		"by its path":           {[]string{first}, []string{first}, own},
		"by a narrower pattern": {[]string{"data/*-of-00001.parquet"}, []string{first}, []string{"data/*-of-00001.parquet", added[0]}},
		"some by their paths":   {[]string{first, "old/a.parquet"}, []string{first, "old/a.parquet"}, []string{"old/a.parquet", "data/train-*"}},
	} {
		e := CardEdit{Keep: true, Own: own, Added: added, Kept: c.kept}
		if got := e.patterns(c.before); !slices.Equal(got, c.want) {
			t.Errorf("%s: patterns are %q, want %q", name, got, c.want)
		}
	}
}

// Names that YAML 1.1 takes for something else are quoted.
func TestTextNode(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"=", "on", "no", "1:30", "1_000", "0x10", "~", "<<", "2024-01-01", ".inf", ""} {
		f := &Features{Columns: []Feature{{name, FeatureType{Kind: KindValue, DType: arrow.PrimitiveTypes.Int64}}}}
		out, err := EditCard(nil, CardEdit{Config: "default", Split: "train", Patterns: []string{"p"}, Features: f})
		if err != nil || !strings.Contains(string(out), "- name: '"+name+"'\n") && !strings.Contains(string(out), `- name: "`+name+"\"\n") {
			t.Errorf("%q: %v\n%s", name, err, out)
		}
	}
}

package dataset

import (
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
)

var numbers = &Features{Columns: []Feature{{"n", FeatureType{Kind: KindValue, DType: arrow.PrimitiveTypes.Int64}}}}

func TestEditCard(t *testing.T) {
	t.Parallel()
	size := &SplitSize{Examples: 3, Bytes: 24, Download: 100}
	train := CardEdit{Config: "default", Split: "train", Patterns: []string{"data/train-*"}, Features: numbers, Size: size}
	for _, c := range []struct {
		name         string
		readme       string
		edit         CardEdit
		want         string
		wantContains []string
	}{
		{name: "no readme", edit: train, want: `---
configs:
- config_name: default
  data_files:
  - split: train
    path: data/train-*
dataset_info:
  features:
  - name: n
    dtype: int64
  splits:
  - name: train
    num_bytes: 24
    num_examples: 3
  download_size: 100
  dataset_size: 24
---
`},
		{
			name: "text without a block", readme: "# Title\r\ntext", edit: CardEdit{Config: "a", Split: "s", Patterns: []string{"x", "y"}},
			want: "---\r\nconfigs:\r\n- config_name: a\r\n  data_files:\r\n  - split: s\r\n    path:\r\n    - x\r\n    - y\r\n---\r\n# Title\r\ntext",
		},
		{name: "another split, with comments and other keys", readme: `---
# about the data
license:   mit   # as agreed
configs:
# the one and only
- config_name: default
  data_files:
  - split: test
    path: data/test-*   # by hand
  drop_labels: true
# tags follow
tags: [a, b]
---
# Title
`, edit: train, want: `---
# about the data
license:   mit   # as agreed
configs:
# the one and only
- config_name: default
  data_files:
  - split: test
    path: data/test-*   # by hand
  - split: train
    path: data/train-*
  drop_labels: true
# tags follow
tags: [a, b]
dataset_info:
  features:
  - name: n
    dtype: int64
  splits:
  - name: train
    num_bytes: 24
    num_examples: 3
  download_size: 100
  dataset_size: 24
---
# Title
`},
		{
			name: "pattern becomes a list", readme: "---\nconfigs:\n- config_name: default\n  data_files: '*.csv'\n---\n",
			edit: CardEdit{Config: "default", Split: "test", Patterns: []string{"t"}},
			want: "---\nconfigs:\n- config_name: default\n  data_files:\n  - split: train\n    path:\n    - '*.csv'\n  - split: test\n    path: t\n---\n",
		},
		{
			name: "splits by default patterns are named", readme: "---\nlicense: mit\n---\ntext\n",
			edit: CardEdit{Config: "default", Split: "test", Patterns: []string{"data/test-*"}, Others: []SplitPatterns{{"train", []string{"train.parquet"}}}},
			want: "---\nlicense: mit\nconfigs:\n- config_name: default\n  data_files:\n  - split: train\n    path: train.parquet\n  - split: test\n    path: data/test-*\n---\ntext\n",
		},
		{name: "sizes add up", readme: `---
dataset_info:
  config_name: default
  features:
  - name: n
    dtype: int64
  splits:
  - name: train
    num_bytes: 8
    num_examples: 1
  download_size: 50
  dataset_size: 8
---
`, edit: train, wantContains: []string{"num_bytes: 24", "num_examples: 3", "download_size: 150", "dataset_size: 24"}},
		{
			name: "unknown sizes go", readme: "---\ndataset_info:\n  features:\n  - name: n\n    dtype: int64\n  download_size: 5\n  dataset_size: 4\n---\n",
			edit: CardEdit{Config: "default", Split: "train", Patterns: []string{"p"}, Features: numbers},
			want: "---\ndataset_info:\n  features:\n  - name: n\n    dtype: int64\nconfigs:\n- config_name: default\n  data_files:\n  - split: train\n    path: p\n---\n",
		},
		{
			name: "info of another subset becomes a list", readme: "---\ndataset_info:\n  features:\n  - name: n\n    dtype: int64\n---\n",
			edit:         CardEdit{Config: "b", Split: "train", Patterns: []string{"p"}, Features: numbers, Size: size, OtherConfigs: true},
			wantContains: []string{"dataset_info:\n- config_name: default\n  features:", "- config_name: b\n  features:"},
		},
		{
			name: "one info among several subsets would name the default", readme: "---\nconfigs:\n- config_name: a\n  data_files: x\n---\n",
			edit: CardEdit{Config: "b", Split: "train", Patterns: []string{"p"}, Features: numbers, Size: size, OtherConfigs: true},
			want: "---\nconfigs:\n- config_name: a\n  data_files: x\n- config_name: b\n  data_files:\n  - split: train\n    path: p\n---\n",
		},
		{
			name: "empty block", readme: "---\n\n---\n", edit: CardEdit{Config: "default", Split: "train", Patterns: []string{"p"}},
			want: "---\n\nconfigs:\n- config_name: default\n  data_files:\n  - split: train\n    path: p\n---\n",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := EditCard([]byte(c.readme), c.edit)
			if err != nil {
				t.Fatal(err)
			}
			if c.want != "" && string(got) != c.want {
				t.Errorf("README is\n%s\nwant\n%s", got, c.want)
			}
			for _, part := range c.wantContains {
				if !strings.Contains(string(got), part) {
					t.Errorf("README lacks %q:\n%s", part, got)
				}
			}
			if again, err := EditCard(got, CardEdit{Config: c.edit.Config, Split: c.edit.Split, Patterns: c.edit.Patterns, Keep: c.edit.Keep, Own: c.edit.Own, Added: c.edit.Added, Kept: c.edit.Kept}); err != nil || string(again) != string(got) {
				t.Errorf("the same edit changes it again (%v):\n%s\nfrom\n%s", err, again, got)
			}
		})
	}
}

func TestEditCardRefuses(t *testing.T) {
	t.Parallel()
	for readme, want := range map[string]string{
		"---\na: [\n---\n":                  "README.md",
		"---\n- a\n---\n":                   "not a mapping",
		"---\nconfigs: {a: b}\n---\n":       "configs is not a list",
		"---\n{configs: []}\n---\n":         "written in braces",
		"---\n{license: mit}\n---\n":        "written in braces",
		"---\ndataset_info: {a: &x 1}\n---": "",
	} {
		_, err := EditCard([]byte(readme), CardEdit{Config: "default", Split: "train", Patterns: []string{"p"}, Features: numbers})
		if want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: error is %v, want %q", readme, err, want)
		}
	}
}

func FuzzEditCard(f *testing.F) {
	f.Add("---\nconfigs:\n- config_name: a\n---\ntext", "default", "train")
	f.Add("---\r\ndataset_info: []\r\n---\r\n", "a", "b")
	f.Add("---\nconfigs:\n  - config_name: a # x\n    data_files:\n      - split: \"train\"\n        path: [a, b]\ndataset_info:\n    features: []\n---", "a", "train")
	f.Fuzz(func(t *testing.T, readme, config, split string) {
		edit := CardEdit{Config: config, Split: split, Patterns: []string{"data/x-*"}, Features: numbers}
		out, err := EditCard([]byte(readme), edit)
		if err != nil {
			return
		}
		_, block, after := cutFrontMatter(out)
		if block == nil {
			t.Fatalf("no YAML block in %q", out)
		}
		root, err := blockRoot(strings.ReplaceAll(string(block), "\r\n", "\n"))
		if err != nil {
			t.Fatalf("the block of %q cannot be read: %v", out, err)
		}
		_, before, rest := cutFrontMatter([]byte(readme))
		if !strings.HasSuffix(string(after), string(rest)) {
			t.Fatalf("the text %q became %q", rest, after)
		}
		// All that the edit does not concern says what it said.
		old, err := blockRoot(strings.ReplaceAll(string(before), "\r\n", "\n"))
		if err != nil {
			t.Fatalf("a block that cannot be read was edited: %v", err)
		}
		for i := 0; i+1 < len(old.Content); i += 2 {
			key := old.Content[i].Value
			if key != "configs" && key != "dataset_info" && !sameNode(valueOf(old, key), valueOf(root, key)) {
				t.Fatalf("the key %q of %q is another in %q", key, readme, out)
			}
		}
		entry := entryOf(valueOf(root, "configs"), config)
		if list := valueOf(entry, "data_files"); list == nil {
			t.Fatalf("no data_files in %q", out)
		}
	})
}

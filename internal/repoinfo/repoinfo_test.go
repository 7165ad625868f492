package repoinfo

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hfspark/hfspark/hub/localhub"
	"github.com/hfspark/hfspark/source"
)

// TestDescribe compares reports with what the datasets library has for the same repositories: subsets, splits, shards and schema.
func TestDescribe(t *testing.T) {
	t.Parallel()
	const two = "---\nconfigs:\n- config_name: one\n  data_files: a.csv\n- config_name: two\n  data_files: none-*.csv\n---\n"
	for name, c := range map[string]struct {
		files   map[string]string
		options map[string]string
		want    string
		unknown string
	}{
		"plain": {
			files: map[string]string{"train.csv": "a,b\n1,x\n"},
			want:  `["csv", ["default"], null, "default", {"train": ["train.csv"]}, {"train": 1}, "struct<a:bigint,b:string>", ["a: int64", "b: string"]]`,
		},
		"empty split": {
			files: map[string]string{"README.md": two, "a.csv": "a,b\n1,x\n"}, options: map[string]string{"config": "two"},
			want:    `["csv", ["one", "two"], null, "two", {"train": []}, {"train": 1}, "struct<>", []]`,
			unknown: "has no data files",
		},
		"empty split beside another": {
			files: map[string]string{
				"README.md": "---\nconfigs:\n- config_name: one\n  data_files: a.csv\n- config_name: two\n  data_files:\n  - split: train\n    path: none/*\n" +
					"  - split: test\n    path: a.csv\n---\n", "a.csv": "a\n1\n",
			},
			options: map[string]string{"config": "two"},
			want:    `["csv", ["one", "two"], null, "two", {"train": [], "test": ["a.csv"]}, {"train": 1, "test": 1}, "struct<a:bigint>", ["a: int64"]]`,
		},
		"ragged": {
			files:   map[string]string{"a.csv": "a,b\n1,2\n3,4,5\n"},
			want:    `["csv", ["default"], null, "default", {"train": ["a.csv"]}, {"train": 1}, "struct<>", []]`,
			unknown: "a.csv, line 3",
		},
		"refused format": {
			files:   map[string]string{"x/a.eval": "", "b.eval": ""},
			want:    `["eval", ["default"], null, "default", {"logs": ["b.eval", "x/a.eval"]}, {"logs": 2}, "struct<>", []]`,
			unknown: "the format eval is not read here",
		},
		"announced columns that the files do not have": {
			files: map[string]string{
				"README.md": "---\ndataset_info:\n  features:\n  - name: a\n    sequence:\n      class_label:\n        names: [x]\n" +
					"  - name: m\n    dtype:\n      array2_d:\n        shape: [1, 1]\n        dtype: int8\n---\n",
				"a.csv": "a,b\n1,2\n",
			},
			want: `["csv", ["default"], "default", "default", {"train": ["a.csv"]}, {"train": 1}, "struct<a:array<bigint>,m:array<array<tinyint>>>",
				["a: list<item: int64>", "m: extension<datasets.features.features.Array2DExtensionType<Array2DExtensionType>>"]]`,
			unknown: "cannot be converted to",
		},
		"folders": {
			files: map[string]string{"train/1.png": "1", "train/2.png": "2", "test/1.png": "3", "test/2.png": "4", "test/3.png": "5"},
			want: `["imagefolder", ["default"], null, "default", {"train": ["train/1.png", "train/2.png"], "test": ["test/1.png", "test/2.png", "test/3.png"]},
				{"train": 1, "test": 1}, "struct<image:struct<bytes:binary,path:string>,label:bigint>", ["image: struct<bytes: binary, path: string>", "label: int64"]]`,
		},
		"metadata files": {
			files: map[string]string{"a/metadata.csv": "file_name,t\n1.png,x\n", "b/metadata.csv": "file_name,t\n1.png,x\n", "a/1.png": "1", "b/1.png": "2"},
			want: `["imagefolder", ["default"], null, "default", {"train": ["a/1.png", "a/metadata.csv", "b/1.png", "b/metadata.csv"]}, {"train": 1},
				"struct<image:struct<bytes:binary,path:string>,t:string>", ["image: struct<bytes: binary, path: string>", "t: string"]]`,
		},
		"bucket": {
			files: map[string]string{"d/train.csv": "a\n1\n", "other.txt": "x"}, options: map[string]string{"path": "buckets/user/repo/d"},
			want: `["csv", ["default"], null, "default", {"train": ["hf://buckets/user/repo/d/train.csv"]}, {"train": 1}, "struct<a:bigint>", ["a: int64"]]`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			report, err := describe(t, c.files, c.options)
			if err != nil {
				t.Fatal(err)
			}
			text, err := json.Marshal(report)
			if err != nil {
				t.Fatal(err)
			}
			var got map[string]any
			var want []any
			if err := json.Unmarshal(text, &got); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal([]byte(c.want), &want); err != nil {
				t.Fatal(err)
			}
			have := []any{
				got["format"], got["configs"], got["default_config"], got["config"], got["splits"], got["partitions"], got["schema"], got["arrow_schema"],
			}
			if diff := cmp.Diff(want, have); diff != "" || len(got) != len(want) {
				t.Errorf("(-library +ours):\n%s", diff)
			}
			switch {
			case c.unknown == "" && report.NoColumns != nil, c.unknown != "" && (report.NoColumns == nil || !strings.Contains(report.NoColumns.Error(), c.unknown)):
				t.Errorf("columns: %v, want %s", report.NoColumns, c.unknown)
			}
			var page strings.Builder
			if err := report.WriteText(&page); err != nil || !strings.Contains(page.String(), c.unknown) {
				t.Errorf("%v: %s", err, page.String())
			}
		})
	}
}

// TestDescribeFails tells of what the library fails at when it loads a dataset.
func TestDescribeFails(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		files   map[string]string
		want    string
		options map[string]string
	}{
		"nothing":  {map[string]string{".gitattributes": ""}, "holds no data files", nil},
		"Parquet":  {map[string]string{"a.parquet": "PAR1, but no more"}, "a.parquet", nil},
		"metadata": {map[string]string{"1.png": "", "metadata.csv": "a\n1\n"}, "metadata", nil},
		"columns":  {map[string]string{"a.csv": "a\n1\n"}, `"columns" is no parameter of the format csv`, map[string]string{"columns": `["a"]`}},
		"filters":  {map[string]string{"a.txt": "a"}, `"filters" is no parameter of the format text`, map[string]string{"filters": `[("text", "=", "a")]`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := describe(t, c.files, c.options); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
}

// describe reports on a repository of the given files.
func describe(t *testing.T, files, values map[string]string) (*Report, error) {
	t.Helper()
	root := t.TempDir()
	for path, content := range files {
		path = filepath.Join(root, "user", "repo", path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	server, err := localhub.Start(t.Context(), localhub.Options{Root: root})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	given := map[string]string{"endpoint": server.URL()}
	path := "user/repo"
	for name, value := range values {
		if name == "path" {
			path = value
			continue
		}
		given[name] = value
	}
	options, err := source.ParseOptions(given, []string{path})
	if err != nil {
		t.Fatal(err)
	}
	return Describe(t.Context(), source.New(source.Config{}), options)
}

package source

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseOptions(t *testing.T) {
	t.Parallel()
	got, err := ParseOptions(map[string]string{
		"Config": "7M", "SPLIT": "test", "revision": "refs/convert/parquet", "Columns": `["a", 'b']`,
		"filters": `[["x", "in", [1, null]]]`, "data_dir": "en", "data_files": `{"train": "a*.csv", "test": ["b.csv", "c.csv"]}`,
		"token": "hf_secret", "endpoint": "http://127.0.0.1:5000/", "streaming": "TRUE", "sep": ";", "header": "None", "nrows": "10",
		"na_values": `["?", -1]`, "keep_default_na": "False", "encoding": "latin-1",
	}, []string{"user/repo"})
	if err != nil {
		t.Fatal(err)
	}
	want := Options{
		Path: "user/repo", Config: "7M", Split: "test", Revision: "refs/convert/parquet", Columns: []string{"a", "b"},
		Filters: In{Column: "x", Values: []any{int64(1), nil}, MatchNull: true}, DataDir: "en",
		DataFiles: []any{
			map[string]any{"split": "train", "path": []string{"a*.csv"}}, map[string]any{"split": "test", "path": []string{"b.csv", "c.csv"}},
		},
		Token: "hf_secret", Endpoint: "http://127.0.0.1:5000",
		Parameters: map[string]any{
			"sep": ";", "header": nil, "nrows": int64(10), "na_values": []any{"?", int64(-1)}, "keep_default_na": false, "encoding": "latin-1",
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if text := fmt.Sprintf("%v %+v %#v %s", got, got, got, got); strings.Contains(text, "hf_secret") {
		t.Errorf("the token is told: %s", text)
	}
}

func TestParseOptionsDataFiles(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]any{
		"data/*.csv":                          "data/*.csv",
		`"a b.csv"`:                           "a b.csv",
		`["a.csv", 'b.csv']`:                  []string{"a.csv", "b.csv"},
		"[0-9]*.csv":                          "[0-9]*.csv",
		"2024":                                "2024",
		`[{"split": "dev", "path": "a.csv"}]`: []any{map[string]any{"split": "dev", "path": "a.csv"}},
	} {
		got, err := ParseOptions(map[string]string{"path": "user/repo", "data_files": text}, nil)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, got.DataFiles); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
}

func TestParseOptionsErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, value, want string }{
		{"splitt", "x", `option splitt: the data source has no such option; did you mean "split"?`},
		{"colums", "x", `did you mean "columns"?`},
		{"schema_of_the_world", "x", "the data source has no such option"},
		{"streaming", "maybe", `option streaming: "maybe" is neither true`},
		{"columns", "text", `option columns: it cannot be read: at position 1: expected a list of column names such as ["text", "label"], found text`},
		{"columns", `"text"`, `at position 1: expected a list of column names such as ["text", "label"], found "text"`},
		{"columns", `[]`, "the list is empty"},
		{"columns", `["a", 5]`, "at position 7: expected the name of a column in quotes, found 5"},
		{"columns", `["a", "a"]`, "at position 7: expected a name that is not in the list already"},
		{"columns", `["a"`, `at position 5: expected "," or "]", found the end`},
		{"data_files", `["a.csv"`, `at position 9: expected "," or "]", found the end`},
		{"data_files", `{"train": 5}`, "at position 11: expected a path or a list of paths, found 5"},
		{"data_files", ``, "it is empty"},
		{"data_files", `[]`, "the list is empty"},
		{"endpoint", "ftp://x", "http or https"},
		{"endpoint", "https://hf_secret@x", "without credentials"},
	} {
		_, err := ParseOptions(map[string]string{"path": "user/repo", c.name: c.value}, nil)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s=%s: %v, want %s", c.name, c.value, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "hf_secret") {
			t.Errorf("%s=%s: the error tells a secret: %v", c.name, c.value, err)
		}
	}
	for _, paths := range [][]string{nil, {"a/b", "c/d"}} {
		if _, err := ParseOptions(nil, paths); err == nil {
			t.Errorf("paths %v are accepted", paths)
		}
	}
	if _, err := ParseOptions(map[string]string{"path": "a/b"}, []string{"c/d"}); err == nil {
		t.Error("two repositories are accepted")
	}
}

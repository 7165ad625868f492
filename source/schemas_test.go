package source

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestFilesOfOtherColumns reads files whose columns are not those of the first: what a file lacks is null, what it has too many is an
// error that names it, unless it has no rows.
func TestFilesOfOtherColumns(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		format, first, second string
		rows                  [][]any
		says                  []string
	}{
		"CSV, fewer":          {"csv", "a,b\n1,x\n", "b\ny\n", [][]any{{int64(1), "x"}, {nil, "y"}}, nil},
		"CSV, more":           {"csv", "a\n1\n", "a,b\n2,y\n", nil, []string{"data/2", `a column "b"`, `are "a"`}},
		"CSV, others, no row": {"csv", "a\n1\n", "z\n", [][]any{{int64(1)}}, nil},
		"CSV, another order":  {"csv", "a,b\n1,x\n", "b,a\ny,2\n", [][]any{{int64(1), "x"}, {int64(2), "y"}}, nil},
		"JSON, fewer":         {"json", `{"a":1,"b":"x"}`, `{"b":"y"}`, [][]any{{int64(1), "x"}, {nil, "y"}}, nil},
		"JSON, more":          {"json", `{"a":1}`, `{"a":1,"b":2}`, nil, []string{"data/2", `a column "b"`}},
		"JSON array, and more": {
			"json", `[{"a":1}]`, `[{"a":2}] [{"a":3}]`, nil,
			[]string{"data/2", "line 1", "the end of the file"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := memFiles{"data/1": []byte(c.first), "data/2": []byte(c.second)}
			_, rows, err := m.table(m.subset(c.format, nil, "data/1", "data/2"), Request{})
			for _, part := range c.says {
				if err == nil || !strings.Contains(err.Error(), part) {
					t.Errorf("%v, want %q", err, part)
				}
			}
			if c.says == nil && (err != nil || cmp.Diff(c.rows, rows) != "") {
				t.Errorf("%v, want %v; %v", rows, c.rows, err)
			}
		})
	}
}

// TestJSONField reads the member of an object that holds the rows: nothing of it is lost, and what follows is looked at.
func TestJSONField(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"x":0,"d":[{"a":1}],"y":[{"d":2}],"z":{}} `: "",
		`{"d":[{"a":1}],"d":[{"a":2}]}`:               `the member "d", which the option field names, is there twice`,
		`{"d":{"a":[1]},"d":[{"a":2}]}`:               "is there twice",
		`{"d":[{"a":1}]`:                              `expected "," or "}"`,
		`{"d":[{"a":1}]} {"d":[]}`:                    "the end of the file",
		`{"d":[{"a":1}],"e":`:                         "ends in the middle",
		`{"d":[{"a":1}],e}`:                           "name of a member",
	} {
		_, rows, err := oneFile(t, "json", "a.json", text, map[string]any{"field": "d"})
		if want == "" && (err != nil || len(rows) != 1) || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, %v, want %q", text, rows, err, want)
		}
	}
}

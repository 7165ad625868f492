package hub

import "testing"

// The expectations are those of Python's fnmatch.fnmatchcase.
func TestPatterns(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		pattern, path string
		want          bool
	}{
		{"*.parquet", "data/a.parquet", true},
		{"*.parquet", "a.PARQUET", false},
		{"data/*", "data/x/y.json", true},
		{"data/", "data/x/y.json", true},
		{`data\`, "data/x.json", true},
		{"data/", "data", false},
		{"data", "data/x", false},
		{"?.txt", "a.txt", true},
		{"?.txt", "ab.txt", false},
		{"[ab].txt", "b.txt", true},
		{"[!ab].txt", "b.txt", false},
		{"[!ab].txt", "c.txt", true},
		{"[]x].txt", "].txt", true},
		{"[!]x].txt", "].txt", false},
		{"[a-c].txt", "b.txt", true},
		{"[c-a].txt", "b.txt", false},
		{"[a-].txt", "-.txt", true},
		{"[^a].txt", "^.txt", true},
		{"[a.txt", "[a.txt", true},
		{"a+b(1).txt", "a+b(1).txt", true},
		{"*", "line\nbreak", true},
		{"ü?.md", "üß.md", true},
		{"**/x", "a/b/x", true},
		{"**/x", "x", false},
	} {
		p, err := newPatterns([]string{test.pattern}, nil)
		if err != nil || p.match(test.path) != test.want {
			t.Errorf("allow %q of %q: %t, %v", test.pattern, test.path, !test.want, err)
		}
		p, err = newPatterns(nil, []string{test.pattern})
		if err != nil || p.match(test.path) == test.want {
			t.Errorf("ignore %q of %q: %t, %v", test.pattern, test.path, test.want, err)
		}
	}
	for _, test := range []struct {
		allow, ignore []string
		want          bool
	}{
		{nil, nil, true},
		{[]string{}, nil, false},
		{nil, []string{}, true},
		{[]string{"a", "*.md"}, []string{"R*"}, false},
		{[]string{"a", "*.md"}, []string{"r*"}, true},
	} {
		if p, err := newPatterns(test.allow, test.ignore); err != nil || p.match("README.md") != test.want {
			t.Errorf("%+v: %v", test, err)
		}
	}
}

func FuzzPatterns(f *testing.F) {
	f.Add("[!]a-z]*?/", "data/x")
	f.Fuzz(func(t *testing.T, pattern, path string) {
		p, err := newPatterns([]string{pattern}, nil)
		if err != nil {
			t.Fatalf("%q: %v", pattern, err)
		}
		p.match(path)
	})
}

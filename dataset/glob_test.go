package dataset

import (
	"errors"
	"strings"
	"testing"
)

func TestGlob(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, file string
		want          bool
	}{
		{"a.csv", "a.csv", true},
		{"a.csv", "d/a.csv", false},
		{"*", "a.csv", true},
		{"*", "d/a.csv", false},
		{"**", "d/e/a.csv", true},
		{"**/a.csv", "a.csv", true},
		{"**/a.csv", "d/e/a.csv", true},
		{"d/**", "d/e/a.csv", true},
		{"d/**", "e/d/a.csv", false},
		{"d/**/a.csv", "d/a.csv", true},
		{"*.csv", "a.CSV", false},
		{"a?.csv", "ab.csv", true},
		{"a?b", "a/b", false},
		{"[ab].csv", "b.csv", true},
		{"[a-c].csv", "c.csv", true},
		{"[c-a].csv", "b.csv", false},
		{"[!a].csv", "b.csv", true},
		{"[!a].csv", "a.csv", false},
		{"[]].csv", "].csv", true},
		{"[a.csv", "[a.csv", true},
		{"x[!a]y", "x/y", false},
		{"a*c*e", "abcde", true},
		{"{a,b}.csv", "a.csv", false},
		{"a.b*", "aXbc", false},
		{"**", ".gitattributes", false},
		{"**", "d/.hidden/x", false},
		{".*/**", ".hidden/x", true},
		{"**", "__MACOSX/x", false},
		{"__*/**", "__MACOSX/x", true},
		{"**", "README.md", false},
		{"README.md", "README.md", true},
		{"d/", "d", true},
		{"**/*[-._ 0-9]train[-._ 0-9]*", "my-train-00.csv", true},
		{"**/*[-._ 0-9]train[-._ 0-9]*", "mytrain-00.csv", false},
		{"日*/[あ-ん].csv", "日本/い.csv", true},
	} {
		g, err := compileGlob(c.pattern)
		if err != nil {
			t.Errorf("%s: %v", c.pattern, err)
			continue
		}
		if got := g.match(c.file); got != c.want {
			t.Errorf("%s takes %s: %t", c.pattern, c.file, got)
		}
		if c.want && !g.exact && !strings.HasPrefix(c.file, g.root) {
			t.Errorf("%s takes %s, which is not below %q", c.pattern, c.file, g.root)
		}
	}
	for _, pattern := range []string{"**.csv", "a/b**", "***"} {
		var e *Error
		if _, err := compileGlob(pattern); !errors.As(err, &e) || e.Code != CodePattern {
			t.Errorf("%s: %v", pattern, err)
		}
	}
}

// FuzzGlob checks that patterns compile or fail properly, that files without magic characters match themselves, and that matches
// are where listing looks for them.
func FuzzGlob(f *testing.F) {
	f.Add("**/*[-._ 0-9]train/**", "a/b-train/c.csv")
	f.Add("[!a-z]?*", "é")
	f.Add("[]-[]", "d/e")
	f.Fuzz(func(t *testing.T, pattern, file string) {
		g, err := compileGlob(pattern)
		if err != nil {
			return
		}
		if g.match(file) && !g.exact {
			if !strings.HasPrefix(file, g.root) {
				t.Fatalf("%q takes %q, which is not below %q", pattern, file, g.root)
			}
			if g.depth >= 0 && strings.Count(file, "/") > g.depth {
				t.Fatalf("%q takes %q, which is too deep", pattern, file)
			}
		}
		if same, err := compileGlob(file); err == nil && same.exact && same.text == file && !same.match(file) {
			t.Fatalf("%q does not take itself", file)
		}
	})
}

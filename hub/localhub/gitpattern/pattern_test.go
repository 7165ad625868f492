package gitpattern

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const attributes = `# comment
*.parquet filter=lfs diff=lfs merge=lfs -text
saved_model/**/* filter=lfs diff=lfs merge=lfs -text
*tfevents* filter=lfs
"a b.txt" filter=lfs
/top.csv filter=lfs
data/*.json filter=lfs
deep/**/x.[!a]?? filter=lfs
plain.parquet -filter
other.parquet !filter
third.parquet filter=crypt
*.md text
folder/ filter=lfs
`

var attributePaths = []string{
	"x.parquet", "a/b/x.parquet", "x.parquet.txt", "saved_model/x", "saved_model/a/b/x", "a/saved_model/x", "events.out.tfevents.1", "a b.txt", "q/a b.txt",
	"top.csv", "q/top.csv", "data/x.json", "data/q/x.json", "deep/x.bin", "deep/a/b/x.bin", "deep/a/x.arr", "plain.parquet", "q/plain.parquet", "other.parquet",
	"third.parquet", "README.md", "folder/x", "PARQUET", "x.PARQUET",
}

const ignored = `# comment
*.log
!keep.log
build/
/only
a/**/z
sp\ ace
docs/*.txt
trailing   
**/cache
foo/**
`

var ignoredPaths = []string{
	"x.log", "q/x.log", "keep.log", "build/keep.log", "build/x", "q/build/x", "build", "only", "q/only", "only/x", "a/z", "a/b/z", "a/b/c/z/x", "sp ace",
	"docs/x.txt", "docs/q/x.txt", "q/docs/x.txt", "trailing", "cache", "q/cache/x", "foo/x", "foo", "x.txt",
}

// git runs real git in a fresh repository with one file, and returns what it prints for each path.
func git(t *testing.T, file, content string, args []string, paths []string) string {
	t.Helper()
	program, err := exec.LookPath("git")
	if err != nil {
		t.Skip("needs git")
	}
	dir := t.TempDir()
	run := func(input string, args ...string) string {
		command := exec.Command(program, args...)
		command.Dir = dir
		command.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
		command.Stdin = strings.NewReader(input)
		out, err := command.Output()
		if err != nil && len(out) == 0 {
			t.Fatalf("git %v: %v", args, err)
		}
		return string(out)
	}
	run("", "init", "-q")
	if err := os.WriteFile(filepath.Join(dir, file), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return run(strings.Join(paths, "\n")+"\n", args...)
}

func TestAttributesAsGit(t *testing.T) {
	t.Parallel()
	a := ParseAttributes(attributes)
	out := git(t, ".gitattributes", attributes, []string{"check-attr", "--stdin", "filter"}, attributePaths)
	for _, path := range attributePaths {
		want := strings.Contains("\n"+out, "\n"+path+": filter: lfs\n") || strings.Contains("\n"+out, "\n\""+path+"\": filter: lfs\n")
		if got := a.Large(path); got != want {
			t.Errorf("%s: %v, git says %v", path, got, want)
		}
	}
	if (Attributes{}).Large("x.parquet") {
		t.Error("no attributes put a file in LFS")
	}
}

func TestIgnoreAsGit(t *testing.T) {
	t.Parallel()
	g := ParseIgnore(ignored)
	out := git(t, ".gitignore", ignored, []string{"check-ignore", "--stdin", "--no-index"}, ignoredPaths)
	for _, path := range ignoredPaths {
		want := strings.Contains("\n"+out, "\n"+path+"\n")
		if got := g.Ignores(path); got != want {
			t.Errorf("%s: %v, git says %v", path, got, want)
		}
	}
}

// TestManyStars takes no longer than the lengths tell.
func TestManyStars(t *testing.T) {
	t.Parallel()
	a := ParseAttributes(strings.Repeat("**/a/", 500) + "b filter=lfs")
	if a.Large(strings.Repeat("a/", 2000) + "c") {
		t.Error("matches")
	}
	g := ParseIgnore(strings.Repeat("x*y\n", 50) + "!**/b\n")
	if g.Ignores(strings.Repeat("a/", 2000) + "b") {
		t.Error("ignored")
	}
}

func FuzzPatterns(f *testing.F) {
	f.Add(attributes, "a/b")
	f.Add(ignored, "x.log")
	f.Fuzz(func(_ *testing.T, text, path string) {
		ParseAttributes(text).Large(path)
		ParseIgnore(text).Ignores(path)
	})
}

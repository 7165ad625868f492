package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// writeFiles writes files below a new folder.
func writeFiles(t *testing.T, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for path, content := range files {
		path = filepath.Join(dir, filepath.FromSlash(path))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, content, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// readFiles returns the hashes of the files below a folder, without what clients keep there for themselves.
func readFiles(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		relative, err := filepath.Rel(dir, path)
		if err != nil || relative == ".gitattributes" || strings.HasPrefix(relative, ".cache") {
			return err
		}
		content, err := os.ReadFile(path)
		found[filepath.ToSlash(relative)] = hashOf(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func hashes(files map[string][]byte, below string) map[string]string {
	out := map[string]string{}
	for path, content := range files {
		out[below+path] = hashOf(content)
	}
	return out
}

func noise(n int, seed byte) []byte {
	out := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{seed}).Read(out) // It does not fail.
	return out
}

// commandLine runs programs with the environment of one user.
type commandLine struct {
	t           *testing.T
	environment []string
}

// ok runs a program that must succeed, and returns what it prints.
func (c commandLine) ok(name string, args ...string) string {
	c.t.Helper()
	out, log, err := run(c.t, name, "", c.environment, args...)
	if err != nil {
		c.t.Fatalf("%s %s: %v\n%s%s", filepath.Base(name), strings.Join(args, " "), err, out, log)
	}
	return strings.TrimSpace(out)
}

// refuses runs a program that must fail and say something.
func (c commandLine) refuses(says, name string, args ...string) {
	c.t.Helper()
	out, log, err := run(c.t, name, "", c.environment, args...)
	if err == nil || !strings.Contains(log, says) {
		c.t.Errorf("%s %s: %v, does not say %q\n%s%s", filepath.Base(name), strings.Join(args, " "), err, says, out, log)
	}
}

// TestHFCommand manages, uploads and downloads with the command hf.
func TestHFCommand(t *testing.T) {
	t.Parallel()
	hf := filepath.Join(filepath.Dir(python(t, "datasets")), "hf")
	hub := startWritable(t, "--part-size", "6000000")
	c := commandLine{t, clientEnvironment(t, hub.Address, "hf_alice")}
	files := map[string][]byte{
		"README.md": []byte("---\nlicense: mit\n---\n# Command\n"), "large.parquet": noise(20_000_000, 3), "empty.txt": nil, "sub dir/ü#%.csv": []byte("x\n1\n"),
	}
	dir := writeFiles(t, files)

	c.ok(hf, "repos", "create", "alice/cli", "--type", "dataset")
	c.refuses("409", hf, "repos", "create", "alice/cli", "--type", "dataset")
	c.ok(hf, "upload", "alice/cli", dir, "data", "--type", "dataset", "--commit-message", "by hf")
	c.ok(hf, "upload", "alice/cli", filepath.Join(dir, "large.parquet"), "copy.parquet", "--type", "dataset")
	c.ok(hf, "upload", "alice/cli", filepath.Join(dir, "README.md"), "README.md", "--type", "dataset", "--create-pr")
	want := hashes(files, "data/")
	want["copy.parquet"] = want["data/large.parquet"]
	folder := lastLine(c.ok(hf, "download", "alice/cli", "--type", "dataset", "--quiet"))
	if diff := cmp.Diff(want, readFiles(t, folder)); diff != "" {
		t.Error(diff)
	}
	local := t.TempDir()
	c.ok(hf, "download", "alice/cli", "README.md", "--type", "dataset", "--revision", "refs/pr/1", "--local-dir", local, "--quiet")
	if diff := cmp.Diff(map[string]string{"README.md": hashOf(files["README.md"])}, readFiles(t, local)); diff != "" {
		t.Error(diff)
	}

	if out := c.ok(hf, "cache", "ls"); !strings.Contains(out, "dataset/alice/cli") {
		t.Errorf("hf cache ls: %s", out)
	}
	if out := c.ok(program, "cache", "list"); !strings.Contains(out, "alice/cli") {
		t.Errorf("hfspark cache list: %s", out)
	}
	c.ok(hf, "cache", "verify", "alice/cli", "--type", "dataset", "--fail-on-missing-files", "--fail-on-extra-files")
	c.ok(program, "cache", "verify", "alice/cli")
	c.ok(hf, "cache", "rm", "dataset/alice/cli", "--yes")
	if out := c.ok(program, "cache", "list"); strings.Contains(out, "alice/cli") {
		t.Errorf("still there: %s", out)
	}

	c.ok(hf, "repos", "branch", "create", "alice/cli", "dev", "--type", "dataset")
	c.ok(hf, "repos", "tag", "create", "alice/cli", "v1", "--type", "dataset", "-m", "first")
	c.ok(hf, "repos", "delete-files", "alice/cli", "data/*.parquet", "data/*.txt", "--type", "dataset", "--revision", "dev")
	if got := slices.Sorted(keys(readFiles(t, lastLine(c.ok(hf, "download", "alice/cli", "--type", "dataset", "--revision", "dev", "--quiet"))))); !slices.Equal(got, []string{"copy.parquet", "data/README.md", "data/sub dir/ü#%.csv"}) {
		t.Errorf("dev has %q", got)
	}
	c.ok(hf, "discussions", "merge", "alice/cli", "1", "--type", "dataset", "--yes")
	var info struct {
		SHA      string
		CardData struct{ License string } `json:"card_data"`
	}
	if out := c.ok(hf, "datasets", "info", "alice/cli", "--json"); json.Unmarshal([]byte(out), &info) != nil || len(info.SHA) != 40 || info.CardData.License != "mit" {
		t.Errorf("hf datasets info: %s", out)
	}
	c.ok(hf, "repos", "settings", "alice/cli", "--gated", "auto", "--private", "--type", "dataset")
	c.ok(hf, "repos", "move", "alice/cli", "acme/cli", "--type", "dataset")
	stranger := commandLine{t, clientEnvironment(t, hub.Address, "hf_bob")}
	stranger.refuses("not found", hf, "download", "acme/cli", "--type", "dataset")
	c.ok(hf, "repos", "delete", "acme/cli", "--type", "dataset", "--yes")
	c.refuses("not found", hf, "download", "acme/cli", "--type", "dataset")
}

func keys(m map[string]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for key := range m {
			if !yield(key) {
				return
			}
		}
	}
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.TrimPrefix(lines[len(lines)-1], "path=")
}

// TestCommandsReadByHF uploads with hfspark and downloads with hf, and the other way round.
func TestCommandsReadByHF(t *testing.T) {
	t.Parallel()
	hf := filepath.Join(filepath.Dir(python(t, "datasets")), "hf")
	hub := startWritable(t, "--part-size", "6000000")
	c := commandLine{t, clientEnvironment(t, hub.Address, "hf_alice")}
	files := map[string][]byte{"README.md": []byte("# Ours\n"), "large.parquet": noise(20_000_000, 4), "empty.parquet": nil, "zero.txt": {0}}
	for i := range 300 {
		files[fmt.Sprintf("small/%d/%03d.%s", i%7, i, []string{"csv", "parquet"}[i%2])] = noise(i, 5)
	}
	dir := writeFiles(t, files)
	want := hashes(files, "data/")
	c.ok(program, "upload", "alice/ours", dir, "data")
	for _, download := range []commandLine{c, {t, clientEnvironment(t, hub.Address, "hf_bob")}} {
		if diff := cmp.Diff(want, readFiles(t, lastLine(download.ok(hf, "download", "alice/ours", "--type", "dataset", "--quiet")))); diff != "" {
			t.Error(diff)
		}
	}
	c.ok(hf, "upload", "alice/theirs", dir, "data", "--type", "dataset")
	fresh := commandLine{t, clientEnvironment(t, hub.Address, "")}
	if diff := cmp.Diff(want, readFiles(t, fresh.ok(program, "download", "alice/theirs", "-q"))); diff != "" {
		t.Error(diff)
	}
	// What the one sent the other need not send.
	var result struct{ Commits, Unchanged int }
	if out := c.ok(program, "upload", "alice/theirs", dir, "data", "--json"); json.Unmarshal([]byte(out), &result) != nil || result.Commits != 0 || result.Unchanged != len(files) {
		t.Errorf("printed %q", out)
	}
	before := c.ok(program, "download", "alice/ours", "data/README.md", "--json")
	c.ok(hf, "upload", "alice/ours", dir, "data", "--type", "dataset")
	if after := c.ok(program, "download", "alice/ours", "data/README.md", "--json"); after != before {
		t.Errorf("hf found something new:\n%s\n%s", before, after)
	}
	c.ok(program, "upload", "alice/ours", filepath.Join(dir, "README.md"), "only.md", "--revision", "next")
	if diff := cmp.Diff(want, readFiles(t, c.ok(program, "download", "alice/ours", "-q"))); diff != "" {
		t.Error(diff)
	}
}

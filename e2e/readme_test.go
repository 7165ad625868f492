package e2e

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hfspark/hfspark/internal/demo"
)

// block is a fenced block of a Markdown page.
type block struct{ language, text string }

func readBlocks(t *testing.T, path string) []block {
	t.Helper()
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var blocks []block
	for _, match := range regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$").FindAllStringSubmatch(string(page), -1) {
		blocks = append(blocks, block{match[1], match[2]})
	}
	return blocks
}

// TestReadmeCommands runs every hfspark command of the README on the demo's Hub. In console blocks the output that follows
// a command is what it must print.
func TestReadmeCommands(t *testing.T) {
	t.Parallel()
	root := demoRoot(t)
	hub := start(t, nil, "hub", "--root", root, "--listen", "127.0.0.1:0")
	environment := []string{"HF_ENDPOINT=" + hub.Address, "HF_TOKEN=" + demo.Token, "HF_HOME=" + t.TempDir(), "PATH=" + pathWithProgram(t)}
	commands := 0
	for _, block := range readBlocks(t, "../README.md") {
		if block.language != "console" && block.language != "sh" {
			continue
		}
		for _, step := range strings.Split("\n"+block.text, "\n$ ")[1:] {
			line, want, _ := strings.Cut(step, "\n")
			line = strings.TrimPrefix(line, "bin/")
			if !strings.HasPrefix(line, "hfspark ") || strings.HasPrefix(line, "hfspark serve") || strings.HasPrefix(line, "hfspark hub") {
				continue
			}
			commands++
			out, log, err := run(t, "sh", "", environment, "-c", "cd .. && "+line) // as a reader of the README stands
			if err != nil {
				t.Errorf("%s: %v\n%s", line, err, log)
			}
			if want = strings.TrimSpace(want); want != "" {
				if diff := cmp.Diff(want, strings.TrimSpace(out)); diff != "" {
					t.Errorf("%s (-README +printed):\n%s", line, diff)
				}
			}
		}
	}
	if commands < 4 {
		t.Errorf("the README has %d commands to run; the pattern that finds them is broken", commands)
	}
}

// TestReadmePython runs the README's Python blocks with a real client, one after another in one process.
func TestReadmePython(t *testing.T) {
	t.Parallel()
	interpreter := python(t, "client-4.2")
	_, spark := serveDemo(t, demoRoot(t))
	var script strings.Builder
	for _, block := range readBlocks(t, "../README.md") {
		if block.language == "python" {
			script.WriteString(block.text + "\n")
		}
	}
	if !strings.Contains(script.String(), "sc://localhost:15002") {
		t.Fatal("the README has no Python that connects")
	}
	if out := runScript(t, interpreter, script.String(), spark.Address); out == "" {
		t.Error("the README's Python prints nothing")
	}
}

// pathWithProgram is a PATH on which hfspark is the binary under test.
func pathWithProgram(t *testing.T) string {
	t.Helper()
	return strings.TrimSuffix(program, "/hfspark") + string(os.PathListSeparator) + os.Getenv("PATH")
}

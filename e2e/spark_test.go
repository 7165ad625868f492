package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hfspark/hfspark/internal/demo"
)

// TestPrintsWhatSparkPrints runs the tour and the scripts of the folder scripts on hfspark and on Apache Spark, which reads
// the same rows as plain Parquet, and compares what they print, character for character.
func TestPrintsWhatSparkPrints(t *testing.T) {
	t.Parallel()
	peer := python(t, "spark-4.3")
	if _, err := exec.LookPath("java"); err != nil {
		t.Skip("Apache Spark needs Java, which is not installed")
	}
	root := demoRoot(t)
	_, spark := serveDemo(t, root)
	scripts := writtenScripts(t)
	expected := t.TempDir()
	if out, log, err := run(t, peer, "", nil, append([]string{"python/peer.py", root, expected}, scripts...)...); err != nil {
		t.Fatalf("Apache Spark failed: %v\n%s\n%s", err, out, log)
	}
	for _, path := range scripts {
		name := strings.TrimSuffix(filepath.Base(path), ".py")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			script, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			want, err := os.ReadFile(filepath.Join(expected, name+".txt"))
			if err != nil {
				t.Fatal(err)
			}
			for _, client := range []string{"spark-4.3", "client-4.2"} {
				t.Run(client, func(t *testing.T) {
					t.Parallel()
					got := runScript(t, python(t, client), string(script), spark.Address)
					if diff := cmp.Diff(comparable(name, string(want)), comparable(name, got)); diff != "" {
						t.Errorf("printed text differs (-Spark +hfspark):\n%s", diff)
					}
				})
			}
		})
	}
}

// writtenScripts are the scripts of the folder and the demo's tour.
func writtenScripts(t *testing.T) []string {
	t.Helper()
	scripts, err := filepath.Glob("scripts/*.py")
	if err != nil {
		t.Fatal(err)
	}
	tour := filepath.Join(t.TempDir(), "tour.py")
	if err := os.WriteFile(tour, []byte(demo.Script), 0o600); err != nil {
		t.Fatal(err)
	}
	return append(scripts, tour)
}

// comparable prepares a script's output for comparison: the tour counts groups without ordering them, so that the rows of
// its one such table are sorted. All else stays.
func comparable(name, text string) []string {
	lines := strings.Split(text, "\n")
	if name != "tour" {
		return lines
	}
	for i, line := range lines {
		if line == "|langdetect|count|" {
			end := i + 2
			for strings.HasPrefix(lines[end], "|") {
				end++
			}
			sort.Strings(lines[i+2 : end])
		}
	}
	return lines
}

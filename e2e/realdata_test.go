package e2e

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// realData is the folder with copies of real repositories, beside the checkout; not every machine has it.
const realData = "../../shared/data/repos"

// realSubsets are the real repositories' subsets and splits; config "" is the default subset.
var realSubsets = []struct{ repository, config, split string }{
	{"openai/gsm8k", "main", "train"},
	{"openai/gsm8k", "main", "test"},
	{"openai/gsm8k", "socratic", "test"},
	{"openai/openai_humaneval", "", "test"},
	{"google/nq_open", "", "validation"},
	{"stanford/alpaca_seed_tasks", "", "train"},
	{"seaborn/diamonds", "", "train"},
	{"seaborn/penguins", "", "train"},
	{"seaborn/titanic", "", "train"},
}

// serveRealData starts a Hub of the real repositories, or skips the test.
func serveRealData(t *testing.T) *server {
	t.Helper()
	if _, err := os.Stat(realData); err != nil {
		t.Skipf("no real repositories on this machine: %v", err)
	}
	root := t.TempDir() // a copy: a folder is served by one Hub at a time
	if err := os.CopyFS(root, os.DirFS(realData)); err != nil {
		t.Fatal(err)
	}
	return start(t, nil, "hub", "--root", root, "--listen", "127.0.0.1:0")
}

// TestReadsWhatDatasetsReads compares columns, types and rows of real repositories with what the datasets library streams
// from the same Hub.
func TestReadsWhatDatasetsReads(t *testing.T) {
	t.Parallel()
	interpreter := python(t, "datasets")
	hub := serveRealData(t)
	for _, subset := range realSubsets {
		t.Run(strings.Join([]string{subset.repository, subset.config, subset.split}, " "), func(t *testing.T) {
			t.Parallel()
			wantTypes, wantRows := dumpDataset(t, interpreter, hub.Address, subset.repository, subset.config, subset.split)
			args := []string{subset.repository, "--split", subset.split, "--endpoint", hub.Address}
			if subset.config != "" {
				args = append(args, "--config", subset.config)
			}
			if diff := cmp.Diff(wantTypes, arrowTypes(t, args)); diff != "" {
				t.Errorf("Arrow types differ (-datasets +hfspark):\n%s", diff)
			}
			out, log, err := run(t, program, "", nil, append([]string{"show", "--format", "json", "--rows", "0"}, args...)...)
			if err != nil {
				t.Fatalf("show: %v\n%s", err, log)
			}
			if log != "" {
				t.Errorf("show is not quiet when piped: %s", log)
			}
			if diff := cmp.Diff(wantRows, jsonLines(t, out)); diff != "" {
				t.Errorf("rows differ (-datasets +hfspark):\n%.2000s", diff)
			}
		})
	}
}

// TestFailsWhereDatasetsFails reads a split whose files have other columns than the first split, which decides them.
func TestFailsWhereDatasetsFails(t *testing.T) {
	t.Parallel()
	hub := serveRealData(t)
	_, log, err := run(t, program, "", nil, "show", "google/nq_open", "--split", "test", "--rows", "0", "--format", "json", "--endpoint", hub.Address)
	if err == nil || !strings.Contains(log, "def_correct_predictions") || !strings.Contains(log, "NQ-open.efficientqa.test.1.1.jsonl") {
		t.Errorf("want an error that names the file and its extra column, got %v: %s", err, log)
	}
}

// dumpDataset returns the Arrow types and the rows that the datasets library streams.
func dumpDataset(t *testing.T, interpreter, endpoint, repository, config, split string) (map[string]string, []any) {
	t.Helper()
	if config == "" {
		config = "-"
	}
	environment := []string{"HF_ENDPOINT=" + endpoint, "HF_HOME=" + t.TempDir(), "HF_HUB_DISABLE_XET=1", "HF_HUB_DISABLE_TELEMETRY=1"}
	out, log, err := run(t, interpreter, "", environment, "python/dump_dataset.py", repository, config, split)
	if err != nil {
		t.Fatalf("datasets: %v\n%s", err, log)
	}
	header, rows, _ := strings.Cut(out, "\n")
	types := make(map[string]string)
	if err := json.Unmarshal([]byte(header), &types); err != nil {
		t.Fatal(err)
	}
	for name, text := range types {
		types[name] = plainStrings(text)
	}
	return types, jsonLines(t, rows)
}

// arrowTypes are the columns and types that hfspark info tells.
func arrowTypes(t *testing.T, args []string) map[string]string {
	t.Helper()
	out, log, err := run(t, program, "", nil, append([]string{"info", "--json"}, args...)...)
	if err != nil {
		t.Fatalf("info: %v\n%s%s", err, out, log)
	}
	var info struct {
		Schema []string `json:"arrow_schema"`
	}
	if err := json.Unmarshal([]byte(out), &info); err != nil {
		t.Fatal(err)
	}
	types := make(map[string]string)
	for _, field := range info.Schema {
		name, text, _ := strings.Cut(field, ": ")
		types[name] = plainStrings(text)
	}
	return types
}

// plainStrings takes the width of string offsets out of a type's text: it depends on the version of pandas.
func plainStrings(text string) string { return strings.ReplaceAll(text, "large_string", "string") }

// jsonLines parses one JSON value a line.
func jsonLines(t *testing.T, text string) []any {
	t.Helper()
	var rows []any
	decoder := json.NewDecoder(strings.NewReader(text))
	for decoder.More() {
		var row any
		if err := decoder.Decode(&row); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
	return rows
}

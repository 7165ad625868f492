package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hfspark/hfspark/hub/localhub"
	"github.com/hfspark/hfspark/internal/demo"
)

// badInput is what each case of bad_input.py must raise: the exception's class, its condition where it matters, and what
// its message tells. An empty class means no error.
var badInput = map[string]struct {
	class    string
	contains []string
}{
	"repository":              {"AnalysisException", []string{"nobody/nothing", "not found"}},
	"repository name":         {"AnalysisException", []string{"a/b/c"}},
	"subset":                  {"AnalysisException", []string{"8M", "3M", "7M", "open/instructions"}},
	"split":                   {"AnalysisException", []string{"tset", "train"}},
	"column":                  {"AnalysisException", []string{"langdetct", "langdetect"}},
	"filters":                 {"AnalysisException", []string{"filters", "position 2", "three parts"}},
	"filter operator":         {"AnalysisException", []string{"~", "not in"}},
	"filter type":             {"AnalysisException", []string{"langdetect", "string", "5"}},
	"filter column":           {"AnalysisException", []string{"lang", "langdetect"}},
	"option":                  {"AnalysisException", []string{"splitt", "split"}},
	"gated":                   {"AnalysisException", []string{"gated", "BAAI/Infinity-Instruct", "HF_TOKEN"}},
	"gated, wrong token":      {"AnalysisException", []string{"BAAI/Infinity-Instruct"}},
	"gated, right token":      {},
	"revision":                {"AnalysisException", []string{"v9", "open/instructions"}},
	"not parquet":             {"SparkException", []string{"data/train.parquet", "Parquet"}},
	"truncated":               {"SparkException", []string{"data/train.parquet"}},
	"cut for good":            {"SparkException", []string{"data/train.parquet", "byte "}},
	"cut once":                {},
	"format":                  {"", []string{"orc", "huggingface"}},
	"no path":                 {"", []string{"load"}},
	"write without the right": {"AnalysisException", []string{"create dataset a/b", "401"}},
	"udf":                     {"UnsupportedOperationException", []string{"map_partitions", "not supported"}},
	"still serving":           {},
}

func TestBadInput(t *testing.T) {
	t.Parallel()
	interpreter := python(t, "client-4.2")
	hub := startFaultyHub(t)
	spark := start(t, []string{"HF_HOME=" + t.TempDir(), "HF_TOKEN="}, "serve", "--verbose", "--listen", "127.0.0.1:0", "--endpoint", hub.URL())
	script, err := os.ReadFile("python/bad_input.py")
	if err != nil {
		t.Fatal(err)
	}
	out := runScript(t, interpreter, string(script), spark.Address)
	seen := make(map[string]bool)
	for line := range strings.Lines(out) {
		var got struct{ Name, Class, Condition, Message string }
		if err := json.Unmarshal([]byte(line), &got); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		seen[got.Name] = true
		checkBadInput(t, got.Name, got.Class, got.Condition, got.Message)
	}
	for name := range badInput {
		if !seen[name] {
			t.Errorf("%s: the script did not try it", name)
		}
	}
	for _, text := range []string{out, spark.log.String()} {
		for _, token := range []string{"hf_wrong_secret", demo.Token} {
			if strings.Contains(text, token) {
				t.Errorf("the token %s is in an error or a log", token)
			}
		}
	}
}

func checkBadInput(t *testing.T, name, class, condition, message string) {
	t.Helper()
	want, known := badInput[name]
	if !known {
		t.Errorf("%s: no expectation", name)
		return
	}
	if len(want.contains) == 0 {
		if class != "" {
			t.Errorf("%s: %s %s, want no error", name, class, message)
		}
		return
	}
	if class == "" || class == "UnknownException" || class == "SparkConnectGrpcException" || want.class != "" && class != want.class {
		t.Errorf("%s: raised %q (%s), want %q: %s", name, class, condition, want.class, message)
	}
	for _, part := range want.contains {
		if !strings.Contains(message, part) {
			t.Errorf("%s: %q is not in: %s", name, part, message)
		}
	}
}

// startFaultyHub serves the demo's repositories, an open copy of the gated one, and three that are broken.
func startFaultyHub(t *testing.T) *localhub.Server {
	t.Helper()
	root := demoRoot(t)
	instructions := filepath.Join(root, "BAAI", "Infinity-Instruct")
	copyTree(t, instructions, filepath.Join(root, "open", "instructions"))
	sample, err := os.ReadFile(filepath.Join(instructions, "0625", "train-00000-of-00001.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"notparquet": []byte(strings.Repeat("id,text\n1,a\n", 100)),
		"truncated":  sample[:len(sample)-1000],
		"cut":        sample,
		"cutonce":    sample,
	} {
		dir := filepath.Join(root, "broken", name, "data")
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "train.parquet"), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	server, err := localhub.Start(t.Context(), localhub.Options{Root: root, Faults: []localhub.Fault{
		// The footer comes whole; what is read after it does not.
		{Kind: localhub.KindStorage, Repo: "broken/cut", Skip: 1, Cut: true, CutAfter: 100},
		{Kind: localhub.KindStorage, Repo: "broken/cutonce", Skip: 1, Count: 1, Cut: true, CutAfter: 100},
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return server
}

func copyTree(t *testing.T, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

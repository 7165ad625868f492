package e2e

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/ipc"

	"github.com/hfspark/hfspark/internal/demo"
)

// TestExitCodes holds the command line to its exit codes: 0, 1 for what failed, 2 for what was called wrongly, with the
// reason on standard error and nothing on standard output.
func TestExitCodes(t *testing.T) {
	t.Parallel()
	root := demoRoot(t)
	hub := start(t, nil, "hub", "--root", root, "--listen", "127.0.0.1:0")
	for _, test := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"no command", nil, 0, ""},
		{"version", []string{"version"}, 0, ""},
		{"unknown command", []string{"shwo"}, 2, "shwo"},
		{"unknown flag", []string{"show", "--nope"}, 2, "nope"},
		{"missing argument", []string{"show"}, 2, "arg"},
		{"missing root", []string{"hub"}, 2, "--root"},
		{"bad format", []string{"show", "stanfordnlp/imdb", "--format", "xml"}, 2, "arrow"},
		{"bad size", []string{"show", "stanfordnlp/imdb", "--memory", "lots"}, 2, "lots"},
		{"bad option", []string{"show", "stanfordnlp/imdb", "--option", "novalue"}, 2, "key=value"},
		{"no such root", []string{"hub", "--root", "/no/such/folder"}, 1, "/no/such/folder"},
		{"no such repository", []string{"show", "nobody/nothing"}, 1, "nobody/nothing"},
		{"bad SQL", []string{"sql", "SELEC 1"}, 1, "PARSE_SYNTAX_ERROR"},
		{"no query", []string{"sql", "SET a=b"}, 1, "hfspark serve"},
		{"serve beyond loopback", []string{"serve", "--listen", "0.0.0.0:0"}, 1, "SPARK_CONNECT_AUTHENTICATE_TOKEN"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			out, log, err := run(t, program, "", []string{"HF_ENDPOINT=" + hub.Address, "HF_TOKEN="}, test.args...)
			var exit *exec.ExitError
			code := 0
			if errors.As(err, &exit) {
				code = exit.ExitCode()
			}
			if code != test.code || !strings.Contains(log, test.says) {
				t.Errorf("exit code %d, want %d, saying %q: %s", code, test.code, test.says, log)
			}
			if test.code != 0 && out != "" {
				t.Errorf("printed on standard output: %s", out)
			}
		})
	}
}

// TestFormats prints the same rows in every format.
func TestFormats(t *testing.T) {
	t.Parallel()
	root := demoRoot(t)
	hub := start(t, nil, "hub", "--root", root, "--listen", "127.0.0.1:0")
	show := func(format string) string {
		out, log, err := run(t, program, "", []string{"HF_ENDPOINT=" + hub.Address, "HF_TOKEN=" + demo.Token},
			"show", "BAAI/Infinity-Instruct", "--config", "7M", "--columns", "id,langdetect", "--rows", "2", "--format", format)
		if err != nil || log != "" {
			t.Fatalf("%s: %v\n%s", format, err, log)
		}
		return out
	}
	for format, want := range map[string]string{
		"json":  "{\"id\":0,\"langdetect\":\"en\"}\n{\"id\":1,\"langdetect\":\"en\"}\n",
		"csv":   "id,langdetect\n0,en\n1,en\n",
		"table": "+---+----------+\n| id|langdetect|\n+---+----------+\n|  0|        en|\n|  1|        en|\n+---+----------+\nonly showing top 2 rows\n",
	} {
		if got := show(format); got != want {
			t.Errorf("%s: %q, want %q", format, got, want)
		}
	}
	reader, err := ipc.NewReader(strings.NewReader(show("arrow")))
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Release()
	if !reader.Next() || reader.RecordBatch().NumRows() != 2 {
		t.Errorf("the Arrow stream has no batch of two rows: %v", reader.Err())
	}
}

// TestInfo describes a repository as JSON, and a failure likewise.
func TestInfo(t *testing.T) {
	t.Parallel()
	root := demoRoot(t)
	hub := start(t, nil, "hub", "--root", root, "--listen", "127.0.0.1:0")
	environment := []string{"HF_ENDPOINT=" + hub.Address, "HF_TOKEN=" + demo.Token}
	out, log, err := run(t, program, "", environment, "info", "BAAI/Infinity-Instruct", "--config", "7M", "--json")
	if err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	var info struct {
		Format        string              `json:"format"`
		Configs       []string            `json:"configs"`
		DefaultConfig *string             `json:"default_config"`
		Config        string              `json:"config"`
		Splits        map[string][]string `json:"splits"`
		Partitions    map[string]int      `json:"partitions"`
		Schema        string              `json:"schema"`
		ArrowSchema   []string            `json:"arrow_schema"`
	}
	if err := json.Unmarshal([]byte(out), &info); err != nil {
		t.Fatal(err)
	}
	if info.Format != "parquet" || len(info.Configs) != 4 || info.DefaultConfig != nil || info.Config != "7M" ||
		len(info.Splits["train"]) != 12 || info.Partitions["train"] != 12 || len(info.ArrowSchema) != 5 ||
		info.Schema != "struct<id:bigint,conversations:array<struct<from:string,value:string>>,label:string,langdetect:string,source:string>" {
		t.Errorf("%s", out)
	}
	out, _, err = run(t, program, "", environment, "info", "BAAI/Infinity-Instruct", "--config", "8M", "--json")
	var failure struct {
		Error struct{ Code, Message string }
	}
	if json.Unmarshal([]byte(out), &failure) != nil || failure.Error.Code != "CONFIG_NOT_FOUND" || !strings.Contains(failure.Error.Message, "7M") || err == nil {
		t.Errorf("%v: %s", err, out)
	}
}

// TestFailuresAsJSON asks every command that prints JSON for what there is not.
func TestFailuresAsJSON(t *testing.T) {
	t.Parallel()
	hub := start(t, nil, "hub", "--root", demoRoot(t), "--listen", "127.0.0.1:0")
	home := t.TempDir()
	environment := []string{"HF_ENDPOINT=" + hub.Address, "HF_TOKEN=", "HF_HOME=" + home}
	for _, test := range []struct {
		args []string
		code string
		says string
	}{
		{[]string{"info", "nobody/nothing"}, "REPOSITORY_NOT_FOUND", "nobody/nothing"},
		{[]string{"download", "nobody/nothing"}, "REPOSITORY_NOT_FOUND", "nobody/nothing"},
		{[]string{"download", "hf://datasets/stanfordnlp/imdb@nope"}, "REVISION_NOT_FOUND", "nope"},
		{[]string{"download", "hf://datasets/stanfordnlp/imdb/nope.txt"}, "ENTRY_NOT_FOUND", "nope.txt"},
		{[]string{"upload", "nobody/nothing", home + "/nothing"}, "FAILED", "nothing"},
		{[]string{"write", "SELEC 1", "nobody/nothing"}, "PARSE_SYNTAX_ERROR", "SELEC"},
		{[]string{"cache", "verify", "nobody/nothing"}, "FAILED", "nobody/nothing"},
		{[]string{"cache", "rm", "nobody/nothing"}, "FAILED", "nobody/nothing"},
		{[]string{"whoami"}, "FAILED", "not logged in"},
	} {
		out, log, err := run(t, program, "", environment, append(test.args, "--json")...)
		var exit *exec.ExitError
		var failure struct {
			Error struct{ Code, Message string }
		}
		if !errors.As(err, &exit) || exit.ExitCode() != 1 || json.Unmarshal([]byte(out), &failure) != nil || failure.Error.Code != test.code ||
			!strings.Contains(failure.Error.Message, test.says) || !strings.Contains(log, test.says) {
			t.Errorf("%v: %v: %s\n%s", test.args, err, out, log)
		}
	}
	if out, _, err := run(t, program, "", environment, "info", "--json"); err == nil || out != "" {
		t.Errorf("called wrongly: %v: %s", err, out)
	}
}

// TestDownloadByAddress downloads a file by its hf:// address.
func TestDownloadByAddress(t *testing.T) {
	t.Parallel()
	hub := start(t, nil, "hub", "--root", demoRoot(t), "--listen", "127.0.0.1:0")
	environment := []string{"HF_ENDPOINT=" + hub.Address, "HF_TOKEN=", "HF_HOME=" + t.TempDir()}
	out, log, err := run(t, program, "", environment, "download", "hf://datasets/stanfordnlp/imdb@main/README.md")
	if err != nil || !strings.HasSuffix(strings.TrimSpace(out), "/README.md") {
		t.Fatalf("%v: %s\n%s", err, out, log)
	}
	if content, err := os.ReadFile(strings.TrimSpace(out)); err != nil || len(content) == 0 {
		t.Errorf("%d bytes, %v", len(content), err)
	}
}

// TestVersions compares what version prints with what requests say.
func TestVersions(t *testing.T) {
	t.Parallel()
	agents := make(chan string, 1)
	hub := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case agents <- r.UserAgent():
		default:
		}
		w.WriteHeader(http.StatusNotFound)
	}))
	t.Cleanup(hub.Close)
	out, _, err := run(t, program, "", nil, "version", "--json")
	var told struct{ Version string }
	if err != nil || json.Unmarshal([]byte(out), &told) != nil || told.Version == "" {
		t.Fatalf("%v: %s", err, out)
	}
	if _, _, err := run(t, program, "", []string{"HF_ENDPOINT=" + hub.URL, "HF_TOKEN="}, "info", "a/b"); err == nil {
		t.Error("a Hub that has nothing has a/b")
	}
	if agent := <-agents; !strings.HasPrefix(agent, "hfspark/"+told.Version+"; ") {
		t.Errorf("the version is %q, and requests come from %q", told.Version, agent)
	}
}

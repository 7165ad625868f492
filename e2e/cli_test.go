package e2e

import (
	"encoding/json"
	"errors"
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

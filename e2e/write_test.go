package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// writeAccess lets "username", as the documentation calls its reader, write, and another user read only.
const writeAccess = `tokens:
  hf_xxx: {user: username}
  hf_read: {user: username, role: read}
`

func serveWritable(t *testing.T) (hub, spark *server) {
	t.Helper()
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, ".hfspark-hub.yaml"), []byte(writeAccess), 0o644); err != nil {
		t.Fatal(err)
	}
	hub = start(t, nil, "hub", "--root", root, "--listen", "127.0.0.1:0")
	spark = start(t, []string{"HF_TOKEN=hf_xxx"}, "serve", "--listen", "127.0.0.1:0", "--endpoint", hub.Address)
	return hub, spark
}

// TestWriteDataFrames writes with the real PySpark client, and reads back with PySpark, datasets and pyarrow.
func TestWriteDataFrames(t *testing.T) {
	t.Parallel()
	for _, client := range []string{"client-4.2", "spark-4.3"} {
		t.Run(client, func(t *testing.T) {
			t.Parallel()
			interpreter, reader := python(t, client), python(t, "datasets")
			hub, spark := serveWritable(t)
			out, log, err := run(t, interpreter, "", []string{"HFSPARK_REMOTE=" + spark.Address}, "python/write.py")
			if err != nil {
				t.Fatalf("%v\n%s\n%s", err, out, log)
			}
			for _, line := range strings.Split(strings.TrimSpace(out), "\n") {
				if !strings.HasPrefix(line, "ok ") {
					t.Errorf("%s", line)
				}
			}
			out, log, err = run(t, reader, "", []string{
				"HF_ENDPOINT=" + hub.Address, "HF_TOKEN=hf_xxx", "HF_HOME=" + t.TempDir(), "HF_HUB_DISABLE_XET=1",
			}, "python/written.py")
			if err != nil {
				t.Fatalf("%v\n%s\n%s", err, out, log)
			}
			for _, line := range strings.Split(strings.TrimSpace(out), "\n") {
				if !strings.HasPrefix(line, "ok ") {
					t.Errorf("%s", line)
				}
			}
		})
	}
}

func TestWriteCommand(t *testing.T) {
	t.Parallel()
	hub, _ := serveWritable(t)
	environment := []string{"HF_ENDPOINT=" + hub.Address, "HF_TOKEN=hf_xxx"}
	write := func(args ...string) map[string]any {
		t.Helper()
		out, log, err := run(t, program, "", environment, append([]string{"write", "--json"}, args...)...)
		if err != nil {
			t.Fatalf("%v\n%s%s", err, out, log)
		}
		var result map[string]any
		if err := json.Unmarshal([]byte(out), &result); err != nil {
			t.Fatalf("%v in %q", err, out)
		}
		return result
	}
	query := "SELECT id, concat('row ', id) AS text FROM range(1000)"
	if r := write(query, "username/ds", "--option", "max_bytes_per_file=4000"); r["rows"] != 1000.0 || len(r["files"].([]any)) < 2 {
		t.Errorf("result is %v", r)
	}
	write("SELECT * FROM hf('username/ds') WHERE id < 10", "username/ds", "--mode", "append", "--split", "small")
	write(query, "hf://datasets/username/ds/all.parquet", "--option", "compression=zstd")
	out, log, err := run(t, program, "", environment, "sql", "--format", "csv",
		"SELECT count(*), sum(id) FROM hf('username/ds') UNION ALL SELECT count(*), sum(id) FROM hf('username/ds', split => 'small')")
	if err != nil || !strings.Contains(out, "1000,499500") || !strings.Contains(out, "10,45") {
		t.Errorf("%v\n%s%s", err, out, log)
	}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"exists":          {[]string{query, "username/ds"}, "there is data already"},
		"read token":      {[]string{query, "username/new", "--token", "hf_read"}, "403"},
		"no such branch":  {[]string{query, "username/ds", "--mode", "append", "--revision", "nowhere"}, "nowhere"},
		"bad name":        {[]string{query, "username/a--b"}, "a--b"},
		"somebody else's": {[]string{query, "another/ds"}, "another"},
		"columns differ":  {[]string{"SELECT id FROM range(3)", "username/ds", "--mode", "append"}, "text (string) is missing"},
		"no such option":  {[]string{query, "username/ds", "--option", "colour=red"}, "no such option"},
		"scratch is full": {[]string{query, "username/other", "--scratch", "/proc"}, "scratch"},
	} {
		out, log, err := run(t, program, "", environment, append([]string{"write"}, c.args...)...)
		if err == nil || !strings.Contains(log, c.want) || strings.Contains(log, "hf_read") {
			t.Errorf("%s: %v\n%s%s", name, err, out, log)
		}
	}
	out, _, err = run(t, program, "", environment, "info", "username/other")
	if err == nil {
		t.Errorf("a failed write has left a repository: %s", out)
	}
}

// TestWriteControl watches, interrupts and repeats writes with the real PySpark client.
func TestWriteControl(t *testing.T) {
	t.Parallel()
	interpreter := python(t, "client-4.2")
	hub, _ := serveWritable(t)
	spark := start(t, []string{"HF_TOKEN=hf_xxx"}, "serve", "--verbose", "--listen", "127.0.0.1:0", "--endpoint", hub.Address)
	out, log, err := run(t, interpreter, "", []string{"HFSPARK_REMOTE=" + spark.Address}, "python/write_control.py")
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, out, log)
	}
	for _, line := range strings.Split(strings.TrimSpace(out), "\n") {
		if !strings.HasPrefix(line, "ok ") {
			t.Errorf("%s", line)
		}
	}
	if log := spark.log.String(); !strings.Contains(log, "/datasets/username/progress/commit/") || strings.Contains(log, "hf_xxx") {
		t.Errorf("the log lacks the address of the commit, or has a token:\n%.4000s", log)
	}
}

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestWriteFilesAsSparkDoes writes CSV, JSON and Parquet files with hfspark and with Apache Spark and compares them byte for byte;
// Parquet by reading hfspark's with Apache Spark.
func TestWriteFilesAsSparkDoes(t *testing.T) {
	t.Parallel()
	peer := python(t, "spark-4.3")
	if _, err := exec.LookPath("java"); err != nil {
		t.Skip("Apache Spark needs Java, which is not installed")
	}
	want, log, err := run(t, peer, "", []string{"FOLDER=" + t.TempDir()}, "python/write_files.py")
	if err != nil {
		t.Fatalf("Apache Spark failed: %v\n%s\n%s", err, want, log)
	}
	folder := t.TempDir()
	spark := start(t, nil, "serve", "--listen", "127.0.0.1:0", "--write-dir", folder)
	got, log, err := run(t, python(t, "client-4.2"), "", []string{"FOLDER=" + folder, "HFSPARK_REMOTE=" + spark.Address}, "python/write_files.py")
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, got, log)
	}
	if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("files differ (-Spark +hfspark):\n%s", diff)
	}
	read, log, err := run(t, peer, "", []string{"FOLDER=" + folder, "READ=" + folder}, "python/write_files.py")
	if err != nil || strings.Contains(read, "False") || strings.Count(read, "True") != 2 || !strings.Contains(read, "ds: interval day to second") {
		t.Errorf("Apache Spark reads other rows: %v\n%s\n%s", err, read, log)
	}
	hidden, err := filepath.Glob(filepath.Join(folder, ".*"))
	if err != nil || len(hidden) > 0 {
		t.Errorf("left behind: %v %v", hidden, err)
	}
}

// TestWriteFilesWhereAllowed keeps clients in the operator's folder.
func TestWriteFilesWhereAllowed(t *testing.T) {
	t.Parallel()
	interpreter := python(t, "client-4.2")
	outside, folder := t.TempDir(), t.TempDir()
	if err := os.Symlink(outside, filepath.Join(folder, "link")); err != nil {
		t.Fatal(err)
	}
	script := `
import os
from pyspark.sql import SparkSession
spark = SparkSession.builder.remote(os.environ["HFSPARK_REMOTE"]).getOrCreate()
for path in os.environ["PATHS"].split("|"):
    try:
        spark.range(3).write.mode("overwrite").parquet(path)
        print(path, "is done")
    except Exception as e:
        print(path, str(e).splitlines()[0])
`
	paths := []string{"below/it", folder + "/absolute", "../out", outside + "/x", "/tmp/hfspark-x", "link/x", "link", ".", folder, "s3://bucket/x", "file://host/x", "a/../../b"}
	for name, c := range map[string]struct {
		arguments []string
		done      int
		refusal   string
	}{
		"with a folder":    {[]string{"--write-dir", folder}, 2, "PATH_NOT_ALLOWED"},
		"without a folder": {nil, 0, "--write-dir"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spark := start(t, nil, append([]string{"serve", "--listen", "127.0.0.1:0"}, c.arguments...)...)
			out, log, err := run(t, interpreter, script, []string{"HFSPARK_REMOTE=" + spark.Address, "PATHS=" + strings.Join(paths, "|")}, "-")
			if err != nil {
				t.Fatalf("%v\n%s\n%s", err, out, log)
			}
			if strings.Count(out, "is done") != c.done || strings.Count(out, c.refusal) != len(paths)-c.done {
				t.Errorf("printed\n%s", out)
			}
		})
	}
	t.Cleanup(func() {
		entries, err := os.ReadDir(outside)
		if err != nil || len(entries) > 0 {
			t.Errorf("something was written outside: %v %v", entries, err)
		}
	})
}

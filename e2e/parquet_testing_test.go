package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestParquetTestingRows reads every sound file of parquet-testing as pyarrow reads it. TestDamagedFilesAreNamed has the others.
func TestParquetTestingRows(t *testing.T) {
	t.Parallel()
	interpreter := python(t, "datasets")
	root := t.TempDir()
	files := make(map[string]string) // by repository
	for _, pattern := range []string{"data/*.parquet", "data/*/*.parquet", "bad_data/ARROW-GH-43605.parquet"} {
		found, err := filepath.Glob(filepath.Join(parquetTesting, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range found {
			name, _, _ := strings.Cut(filepath.Base(path), ".parquet")
			if _, refused := damagedTesting[strings.TrimSuffix(name, ".brotli")]; refused && name != "ARROW-GH-43605" {
				continue
			}
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			folder := filepath.Join(root, "testing", name, "data")
			if err := os.MkdirAll(folder, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(folder, "train.parquet"), content, 0o600); err != nil {
				t.Fatal(err)
			}
			files[name] = path
		}
	}
	if len(files) == 0 {
		t.Skip("no parquet-testing data")
	}
	hub := start(t, nil, "hub", "--root", root, "--listen", "127.0.0.1:0")
	environment := []string{"HF_ENDPOINT=" + hub.Address, "HF_HOME=" + t.TempDir(), "HF_TOKEN="}
	args := []string{"python/parquet_testing.py"}
	streams := t.TempDir()
	for name, path := range files {
		out, log, err := run(t, program, "", environment, "show", "testing/"+name, "--rows", "0", "--format", "arrow")
		if err != nil {
			t.Errorf("%s: %v: %s", name, err, log)
			continue
		}
		stream := filepath.Join(streams, name+".arrow")
		if err := os.WriteFile(stream, []byte(out), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, path, stream)
	}
	out, log, err := run(t, interpreter, "", nil, args...)
	if err != nil || out != "" {
		t.Errorf("%v\n%s%s", err, out, log)
	}
}

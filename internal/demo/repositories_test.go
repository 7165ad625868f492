package demo

import (
	"crypto/sha256"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow-go/v18/parquet/file"
)

func TestWriteIsDeterministicAndSmall(t *testing.T) {
	t.Parallel()
	sizes := Sizes{Reviews: 20, Instructions: 30}
	first, second := t.TempDir(), t.TempDir()
	for _, root := range []string{first, second} {
		if err := Write(root, sizes); err != nil {
			t.Fatal(err)
		}
	}
	files := 0
	err := filepath.WalkDir(first, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files++
		relative, _ := filepath.Rel(first, path)
		if digest(t, path) != digest(t, filepath.Join(second, relative)) {
			t.Errorf("%s differs between two runs", relative)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := 1 + (1 + 2) + (1 + 4 + 12 + 1 + 2); files != want {
		t.Errorf("%d files, want %d", files, want)
	}
}

func TestWriteMakesSeveralRowGroups(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	if err := Write(root, Sizes{Reviews: 20, Instructions: 30}); err != nil {
		t.Fatal(err)
	}
	reader, err := file.OpenParquetFile(filepath.Join(root, "BAAI", "Infinity-Instruct", "7M", "train-00011-of-00012.parquet"), false)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if got := reader.NumRows(); got != 30 {
		t.Errorf("%d rows, want 30", got)
	}
	if got := reader.NumRowGroups(); got != 3 {
		t.Errorf("%d row groups, want 3", got)
	}
}

func digest(t *testing.T, path string) [32]byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return sha256.Sum256(data)
}

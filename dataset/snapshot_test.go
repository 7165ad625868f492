package dataset

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestResolverKeepsCommits resolves again in another process, so to speak, with the one request that tells the commit.
func TestResolverKeepsCommits(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "kept")
	h := repoOf("README.md", "---\nconfigs:\n- config_name: a\n  data_files: x/**\n---\n", "x/a.csv", "", "x/b.csv", "")
	first, err := NewResolver(h).KeepIn(folder).Resolve(context.Background(), Request{Repository: vectorRepo})
	if err != nil {
		t.Fatal(err)
	}
	h.requests = nil
	again, err := NewResolver(h).KeepIn(folder).Resolve(context.Background(), Request{Repository: vectorRepo})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("-first +again:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"info "}, h.requests); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	files, err := os.ReadDir(folder)
	if err != nil || len(files) != 1 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	name := filepath.Join(folder, files[0].Name())
	for _, broken := range []string{"", "no gzip", "\x1f\x8b"} {
		if err := os.WriteFile(name, []byte(broken), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := NewResolver(h).KeepIn(folder).Resolve(context.Background(), Request{Repository: vectorRepo}); err != nil {
			t.Errorf("with a broken file: %v", err)
		}
	}
}

func TestSnapshotsAreBounded(t *testing.T) {
	t.Parallel()
	s := &snapshots{folder: t.TempDir()}
	for i := range keptSnapshots + 10 {
		if err := os.WriteFile(filepath.Join(s.folder, fmt.Sprintf("%03d%s", i, snapshotSuffix)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.prune()
	files, err := os.ReadDir(s.folder)
	if err != nil || len(files) != keptSnapshots || !strings.HasSuffix(files[0].Name(), snapshotSuffix) {
		t.Errorf("%d files, %v", len(files), err)
	}
}

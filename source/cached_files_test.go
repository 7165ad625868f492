package source

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hfspark/hfspark/hub"
	"github.com/hfspark/hfspark/hub/localhub"
)

// TestDiskCache reads the same again in another process: nothing is listed and nothing is fetched, but the commit is asked for.
func TestDiskCache(t *testing.T) {
	t.Parallel()
	for name, files := range map[string]map[string]string{
		"lines":  {"train.jsonl": numbered(`{"n":%d}`+"\n", 100_000)},
		"CSV":    {"train-0.csv": "n\n" + numbered("%d\n", 1000), "train-1.csv": "n\n" + numbered("%d\n", 10)},
		"packed": {"train.jsonl.gz": string(gzipped(t, []byte(numbered(`{"n":%d}`+"\n", 1000))))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, dir := startHub(t, writeRepo(t, files)), t.TempDir()
			first := newCounted(t, url, Config{CacheDir: dir})
			table := mustTable(t, first.Source, map[string]string{"path": "user/repo"})
			want := rowsOf(t, first.Source, table)
			again := newCounted(t, url, Config{CacheDir: dir})
			cachedTable := mustTable(t, again.Source, map[string]string{"path": "user/repo"})
			if diff := cmp.Diff(want, rowsOf(t, again.Source, cachedTable)); diff != "" {
				t.Error(diff)
			}
			if s := again.stats(); s.APIRequests != 1 || s.FileRequests+s.StorageRequests != 0 || s.BytesFetched != 0 {
				t.Errorf("requests %+v", s)
			}
			if p := cachedTable.Progress(); p.BytesFetched != 0 || p.BytesListed == 0 {
				t.Errorf("progress %+v", p)
			}
			// Another user may not have access, though the Hub lists the hashes to everyone.
			other := newCounted(t, url, Config{CacheDir: dir})
			table = mustTable(t, other.Source, map[string]string{"path": "user/repo", "token": "hf_other"})
			for _, p := range table.Partitions {
				reader, err := other.Read(t.Context(), p, table.Token(), Request{Columns: []string{"n"}})
				if err != nil {
					t.Fatal(err)
				}
				if _, err := drain(reader); err != nil {
					t.Fatal(err)
				}
			}
			if other.stats().BytesFetched == 0 {
				t.Error("one user reads what another has fetched")
			}
		})
	}
}

// TestDownload reads whole files from the cache of downloads, and without a request once they are there.
func TestDownload(t *testing.T) { // It sets the environment.
	t.Setenv("HF_HUB_CACHE", t.TempDir())
	url := startHub(t, writeRepo(t, map[string]string{"train-0.csv": "n\n1\n2\n", "train-1.csv": "n\n3\n", "test.csv": "n\n4\n"}))
	options := map[string]string{"path": "user/repo", "streaming": "False"}
	for _, fetched := range []int64{10, 0} {
		s := newCounted(t, url, Config{})
		table := mustTable(t, s.Source, options)
		planned := table.Progress().BytesFetched
		for i, p := range table.Partitions {
			table.Partitions[i] = travelled(t, p)
			table.Partitions[i].counters = table.counters
		}
		want := [][]any{{int64(1)}, {int64(2)}, {int64(3)}}
		if diff := cmp.Diff(want, rowsOf(t, s.Source, table)); diff != "" {
			t.Error(diff)
		}
		if got := table.Progress().BytesFetched - planned; got != fetched {
			t.Errorf("%d bytes were fetched, want %d", got, fetched)
		}
	}
	found, err := filepath.Glob(filepath.Join(os.Getenv("HF_HUB_CACHE"), "datasets--user--repo", "snapshots", "*", "*.csv"))
	if err != nil || len(found) != 2 {
		t.Errorf("files %v, error %v", found, err)
	}
}

// TestDownloadOfOthers reads a gated repository as one who may, and then as one who may not.
func TestDownloadOfOthers(t *testing.T) { // It sets the environment.
	t.Setenv("HF_HUB_CACHE", t.TempDir())
	root := writeRepo(t, map[string]string{"train.csv": "n\n1\n"})
	rules := "tokens:\n  hf_owner: {user: user}\n  hf_bob: {user: bob}\n  hf_eve: {user: eve}\nrepositories:\n  user/repo: {gated: manual, access: [bob]}\n"
	if err := os.WriteFile(filepath.Join(root, ".hfspark-hub.yaml"), []byte(rules), 0o600); err != nil {
		t.Fatal(err)
	}
	s := newCounted(t, startHub(t, root), Config{})
	table := mustTable(t, s.Source, map[string]string{"path": "user/repo", "streaming": "false", "token": "hf_bob"})
	for _, c := range []struct {
		token string
		want  error
	}{{"hf_bob", nil}, {"hf_eve", hub.ErrGated}} {
		reader, err := s.Read(t.Context(), table.Partitions[0], c.token, Request{Columns: []string{"n"}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err = drain(reader); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.token, err, c.want)
		}
	}
}

// TestChangedAfterPlanning reads what was planned after the branch has gone on, and tells what is wrong when the commit is gone too.
func TestChangedAfterPlanning(t *testing.T) {
	t.Parallel()
	root := writeRepo(t, map[string]string{"train.csv": "n\n1\n2\n"})
	server, err := localhub.Start(t.Context(), localhub.Options{Root: root, Listen: "127.0.0.1:0", StorageListen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	}()
	s := newCounted(t, server.URL(), Config{})
	options := map[string]string{"path": "user/repo"}
	table := mustTable(t, s.Source, options)
	repo := hub.Dataset("user/repo")
	for _, operation := range []hub.Operation{
		&hub.Add{Path: "train.csv", Content: hub.Bytes([]byte("n\n7\n8\n9\n"))},
		hub.DeleteFile{Path: "train.csv"},
	} {
		name := fmt.Sprintf("%T", operation)
		if _, err := s.clients[0].Commit(t.Context(), repo, "main", hub.Commit{Summary: name, Operations: []hub.Operation{operation}}); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		worker := newCounted(t, server.URL(), Config{})
		planned := *table
		planned.Partitions = []Partition{travelled(t, table.Partitions[0])}
		if diff := cmp.Diff([][]any{{int64(1)}, {int64(2)}}, rowsOf(t, worker.Source, &planned)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	for name, c := range map[string]struct {
		change func(p *Partition)
		class  error
		want   string
	}{
		"no such commit": {func(p *Partition) { p.Commit = strings.Repeat("0", 40) }, hub.ErrRevisionNotFound, "000000000000"},
		"no such file":   {func(p *Partition) { p.Path = "gone.csv" }, hub.ErrEntryNotFound, "gone.csv"},
		"another hash":   {func(p *Partition) { p.Hash = strings.Repeat("0", len(p.Hash)) }, hub.ErrChanged, "train.csv"},
		"another size":   {func(p *Partition) { p.Size++ }, hub.ErrChanged, "train.csv"},
		"no repository":  {func(p *Partition) { p.Repository = "user/gone" }, hub.ErrRepositoryNotFound, "user/gone"},
	} {
		p := travelled(t, table.Partitions[0])
		c.change(&p)
		_, err := readPartition(s.Source, p, Request{Columns: []string{"n"}})
		if !errors.Is(err, c.class) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

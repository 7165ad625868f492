package publish

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hfspark/hfspark/hub"
	"github.com/hfspark/hfspark/hub/localhub"
	"github.com/hfspark/hfspark/hub/localhub/access"
)

func startHub(t *testing.T) *hub.Client {
	t.Helper()
	server, err := localhub.Start(t.Context(), localhub.Options{Root: t.TempDir(), Tokens: []access.Token{{Secret: "hf_writer", User: "alice"}}})
	if err != nil {
		t.Fatal(err)
	}
	client, err := hub.New(hub.Options{Endpoint: server.URL(), Token: "hf_writer"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		client.CloseIdleConnections()
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return client
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(content), 0o600)); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, client *hub.Client, revision, path string) string {
	t.Helper()
	content, err := client.ReadFile(t.Context(), hub.File{Repo: hub.Dataset("alice/data"), Revision: revision, Path: path, Size: -1}, 1<<20)
	if err != nil {
		t.Error(err)
	}
	return string(content)
}

func TestRun(t *testing.T) {
	t.Parallel()
	client := startHub(t)
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.csv"), "a")
	write(t, filepath.Join(dir, "sub", "b.parquet"), "b")
	private := true
	result, err := Run(t.Context(), client, Options{Repo: "alice/data", Local: dir, Private: &private})
	if err != nil || result.Added != 2 || result.Commits != 1 || !strings.HasPrefix(result.Address(), client.Endpoint()+"/datasets/alice/data/commit/") {
		t.Fatalf("%+v, %v", result, err)
	}
	if info, err := client.Info(t.Context(), hub.Dataset("alice/data"), ""); err != nil || !info.Private {
		t.Errorf("%+v, %v", info, err)
	}
	result, err = Run(t.Context(), client, Options{Repo: "hf://datasets/alice/data@feat%2Fx/new", Local: dir})
	if err != nil || result.Added != 2 || read(t, client, "feat/x", "new/a.csv") != "a" {
		t.Errorf("to a new branch: %+v, %v", result, err)
	}
	for path, want := range map[string]string{"": "a.csv", ".": "a.csv", "x/": "x/a.csv", "x/y.csv": "x/y.csv"} {
		if _, err := Run(t.Context(), client, Options{Repo: "alice/data", Local: filepath.Join(dir, "a.csv"), PathInRepo: path}); err != nil || read(t, client, "", want) != "a" {
			t.Errorf("a file to %q: %v", path, err)
		}
	}
	write(t, filepath.Join(dir, "a.csv"), "changed")
	result, err = Run(t.Context(), client, Options{Repo: "alice/data", Local: filepath.Join(dir, "a.csv"), Folder: hub.FolderOptions{CreatePullRequest: true}})
	if err != nil || result.PullRequest != 1 || !strings.HasSuffix(result.Address(), "/discussions/1") || read(t, client, "refs/pr/1", "a.csv") != "changed" {
		t.Errorf("a pull request: %+v, %v", result, err)
	}
}

func TestRunRefused(t *testing.T) {
	t.Parallel()
	client := startHub(t)
	file := filepath.Join(t.TempDir(), "a")
	write(t, file, "a")
	for _, o := range []Options{
		{Repo: "alice/data"},
		{Repo: "alice/data", Local: filepath.Join(t.TempDir(), "missing")},
		{Repo: "alice/data", Local: file, Folder: hub.FolderOptions{Delete: []string{"*"}}},
		{Repo: "hf://models/alice/data", Local: file},
		{Repo: "hf://datasets/alice", Local: file},
		{Repo: "hf://datasets/alice/data@x", Local: file, Revision: "y"},
		{Repo: "hf://datasets/alice/data/x", Local: file, PathInRepo: "y"},
		{Repo: "alice/data", Local: "*.nothing", PathInRepo: "y"},
		{Repo: "alice/da ta", Local: file},
	} {
		if _, err := Run(t.Context(), client, o); err == nil {
			t.Errorf("%+v: no error", o)
		}
	}
	if _, err := client.Info(t.Context(), hub.Dataset("alice/data"), ""); !errors.Is(err, hub.ErrRepositoryNotFound) {
		t.Errorf("the repository was made: %v", err)
	}
}

func TestResolve(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]Options{
		"alice/data":                                 {Repo: "alice/data"},
		"hf://datasets/alice/data":                   {Repo: "alice/data"},
		"hf://datasets/alice/data/":                  {Repo: "alice/data"},
		"hf://datasets/alice/data/a/b":               {Repo: "alice/data", PathInRepo: "a/b"},
		"hf://datasets/alice/data@v1/a@b":            {Repo: "alice/data", Revision: "v1", PathInRepo: "a@b"},
		"hf://datasets/alice/data/a@b":               {Repo: "alice/data", PathInRepo: "a@b"},
		"hf://datasets/alice/data@refs/pr/3/a/b":     {Repo: "alice/data", Revision: "refs/pr/3", PathInRepo: "a/b"},
		"hf://datasets/alice/data@feat%2Fx/a/b.json": {Repo: "alice/data", Revision: "feat/x", PathInRepo: "a/b.json"},
	} {
		got := Options{Repo: address}
		if err := got.resolveAddress(); err != nil || got.Repo != want.Repo || got.Revision != want.Revision || got.PathInRepo != want.PathInRepo {
			t.Errorf("%s: %+v, %v", address, got, err)
		}
	}
}

package e2e

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hfspark/hfspark/hub"
	"github.com/hfspark/hfspark/hub/localhub"
	"github.com/hfspark/hfspark/hub/localhub/access"
)

// readBack downloads revisions with huggingface_hub and prints the hash of each file, the titles of main's commits, and the refs.
const readBack = `
import hashlib, json, os, sys
from huggingface_hub import HfApi, snapshot_download
repo, revisions = sys.argv[1], sys.argv[2:]
api = HfApi()
files = {}
for revision in revisions:
    folder = snapshot_download(repo, repo_type="dataset", revision=revision)
    files[revision] = found = {}
    for base, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(base, name)
            with open(path, "rb") as f:
                found[os.path.relpath(path, folder)] = hashlib.file_digest(f, "sha256").hexdigest()
    listed = {e.path: e for e in api.list_repo_tree(repo, repo_type="dataset", revision=revision, recursive=True) if hasattr(e, "blob_id")}
    assert set(listed) == set(found), set(listed) ^ set(found)
    for path, e in listed.items():
        assert e.lfs is None or e.lfs.sha256 == found[path], path
refs = api.list_repo_refs(repo, repo_type="dataset", include_pull_requests=True)
json.dump({
    "files": files,
    "titles": [c.title for c in api.list_repo_commits(repo, repo_type="dataset")],
    "refs": sorted(r.ref for r in refs.branches + refs.tags + refs.pull_requests),
}, sys.stdout)
`

// uploads writes to a repository and keeps the hashes of what should be there.
type uploads struct {
	t      *testing.T
	client *hub.Client
	repo   hub.Repo
	want   map[string]string // by path
}

func (u *uploads) content(path string, content []byte) *hub.Add {
	u.want[path] = hashOf(content)
	return &hub.Add{Path: path, Content: hub.Bytes(content)}
}

func hashOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

func (u *uploads) commit(ctx context.Context, revision string, c hub.Commit) *hub.CommitResult {
	u.t.Helper()
	result, err := u.client.Commit(ctx, u.repo, revision, c)
	if err != nil {
		u.t.Fatal(err)
	}
	return result
}

// TestUploadReadByPython writes with the Go client and reads with huggingface_hub.
func TestUploadReadByPython(t *testing.T) {
	t.Parallel()
	interpreter := python(t, "datasets")
	ctx := t.Context()
	server, err := localhub.Start(ctx, localhub.Options{
		Root: t.TempDir(), PartSize: 5<<20 + 3, Tokens: []access.Token{{Secret: "hf_writer", User: "alice"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	client, err := hub.New(hub.Options{Endpoint: server.URL(), Token: "hf_writer"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	repo, err := client.CreateRepo(ctx, hub.Dataset("alice/written"), hub.RepoOptions{})
	if err != nil {
		t.Fatal(err)
	}
	u := &uploads{t: t, client: client, repo: repo, want: map[string]string{}}
	first := u.writeAll(ctx)

	out, log, err := run(t, interpreter, readBack, []string{
		"HF_ENDPOINT=" + server.URL(), "HF_HOME=" + t.TempDir(), "HF_TOKEN=hf_writer", "HF_HUB_DISABLE_TELEMETRY=1",
		"HF_HUB_DISABLE_XET=1", "HF_HUB_DISABLE_PROGRESS_BARS=1",
	}, "-", repo.ID, "main", "refs/pr/1", "dev", "v1")
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, out, log)
	}
	var got struct {
		Files  map[string]map[string]string
		Titles []string
		Refs   []string
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for revision, files := range got.Files {
		delete(files, ".gitattributes")
		want := map[string]string{}
		for path, hash := range u.want {
			want[path] = hash
		}
		switch revision {
		case "refs/pr/1":
			want["proposal.csv"] = hashOf([]byte("a,b\n"))
		case "dev":
			want = map[string]string{"dev.parquet": hashOf([]byte("dev"))}
		case "v1":
			want = first
		}
		if diff := cmp.Diff(want, files); diff != "" {
			t.Errorf("%s: %s", revision, diff)
		}
	}
	titles := []string{"copy and delete", "a folder (part 2)", "a folder", "first", "initial commit"}
	if diff := cmp.Diff(titles, got.Titles); diff != "" {
		t.Error(diff)
	}
	refs := []string{"refs/heads/dev", "refs/heads/main", "refs/pr/1", "refs/tags/v1"}
	if diff := cmp.Diff(refs, got.Refs); diff != "" {
		t.Error(diff)
	}
}

// writeAll does what can be done to a repository, and returns what was there after the first commit.
func (u *uploads) writeAll(ctx context.Context) (first map[string]string) {
	u.t.Helper()
	must := func(err error) {
		u.t.Helper()
		if err != nil {
			u.t.Fatal(err)
		}
	}
	must(u.client.CreateBranch(ctx, u.repo, "dev", hub.BranchOptions{}))
	u.commit(ctx, "", hub.Commit{Summary: "first", Description: "and\nmore", Operations: []hub.Operation{
		u.content("README.md", []byte("---\nlicense: mit\n---\n# Written\n")), u.content("data/ü \"#?%&+.csv", []byte("x\n1\n")),
		u.content("small.parquet", []byte("small")), u.content("empty.parquet", nil), u.content("gone.txt", []byte("gone")), u.content("gone/too.bin", []byte("gone")),
	}})
	first = map[string]string{}
	for path, hash := range u.want {
		first[path] = hash
	}
	must(u.client.CreateTag(ctx, u.repo, "v1", hub.TagOptions{}))

	dir := u.t.TempDir()
	large := make([]byte, 64<<20)
	_, _ = rand.NewChaCha8([32]byte{7}).Read(large) // It does not fail.
	must(os.WriteFile(filepath.Join(dir, "large.parquet"), large, 0o600))
	u.want["folder/large.parquet"] = hashOf(large)
	for i := range 300 {
		path := fmt.Sprintf("s%d/%03d.%s", i%3, i, []string{"txt", "parquet", "json"}[i%3])
		must(os.MkdirAll(filepath.Join(dir, filepath.Dir(path)), 0o755))
		content := []byte(strings.Repeat(path, i))
		must(os.WriteFile(filepath.Join(dir, path), content, 0o600))
		u.want["folder/"+path] = hashOf(content)
	}
	result, err := u.client.UploadFolder(ctx, u.repo, "", dir, hub.FolderOptions{PathInRepo: "folder", Summary: "a folder"})
	must(err)
	if result.Added != 301 {
		u.t.Errorf("%d files were added", result.Added)
	}
	u.commit(ctx, "", hub.Commit{Summary: "copy and delete", Parent: result.OID, Operations: []hub.Operation{
		hub.Copy{From: "folder/large.parquet", To: "copy.parquet"},
		hub.Copy{From: "gone.txt", To: "copy.txt"},
		hub.DeleteFile{Path: "gone.txt"},
		hub.DeleteFolder{Path: "gone"},
	}})
	u.want["copy.parquet"], u.want["copy.txt"] = u.want["folder/large.parquet"], u.want["gone.txt"]
	delete(u.want, "gone.txt")
	delete(u.want, "gone/too.bin")
	u.commit(ctx, "", hub.Commit{Summary: "proposal", CreatePullRequest: true, Operations: []hub.Operation{
		&hub.Add{Path: "proposal.csv", Content: hub.Bytes([]byte("a,b\n"))},
	}})
	u.commit(ctx, "dev", hub.Commit{Summary: "dev", Operations: []hub.Operation{&hub.Add{Path: "dev.parquet", Content: hub.Bytes([]byte("dev"))}}})
	return first
}

// TestUploadCommand uploads with the command and reads with huggingface_hub.
func TestUploadCommand(t *testing.T) {
	t.Parallel()
	interpreter := python(t, "datasets")
	server, err := localhub.Start(t.Context(), localhub.Options{Root: t.TempDir(), Tokens: []access.Token{{Secret: "hf_writer", User: "alice"}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	environment := []string{
		"HF_ENDPOINT=" + server.URL(), "HF_HOME=" + t.TempDir(), "HF_TOKEN=hf_writer", "HF_HUB_DISABLE_TELEMETRY=1",
		"HF_HUB_DISABLE_XET=1", "HF_HUB_DISABLE_PROGRESS_BARS=1",
	}
	dir := t.TempDir()
	for path, content := range map[string]string{"a.csv": "a", "sub/b.parquet": "b", "sub/c.tmp": "c"} {
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	upload := func(args ...string) string {
		t.Helper()
		out, log, err := run(t, program, "", environment, append([]string{"upload", "alice/cli"}, args...)...)
		if err != nil {
			t.Fatalf("%v\n%s\n%s", err, out, log)
		}
		return out
	}
	page := server.URL() + "/datasets/alice/cli/"
	if out := upload(dir, "data", "--exclude", "*.tmp", "--private"); !strings.HasPrefix(out, page+"commit/") {
		t.Errorf("printed %q", out)
	}
	if out := upload(filepath.Join(dir, "a.csv"), "b.csv", "--create-pr"); out != page+"discussions/1\n" {
		t.Errorf("printed %q", out)
	}
	var result struct{ Commits, Unchanged int }
	if out := upload(dir, "data", "--exclude", "*.tmp", "--json"); json.Unmarshal([]byte(out), &result) != nil || result.Commits != 0 || result.Unchanged != 2 {
		t.Errorf("printed %q", out)
	}
	out, log, err := run(t, interpreter, readBack, environment, "-", "alice/cli", "main", "refs/pr/1")
	if err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	var got struct{ Files map[string]map[string]string }
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	main := map[string]string{"data/a.csv": hashOf([]byte("a")), "data/sub/b.parquet": hashOf([]byte("b"))}
	request := map[string]string{"b.csv": hashOf([]byte("a"))}
	for path, hash := range main {
		request[path] = hash
	}
	for _, files := range got.Files {
		delete(files, ".gitattributes")
	}
	if diff := cmp.Diff(map[string]map[string]string{"main": main, "refs/pr/1": request}, got.Files); diff != "" {
		t.Error(diff)
	}
	_, log, err = run(t, program, "", append(environment, "HF_TOKEN="), "upload", "alice/cli", dir)
	if err == nil || !strings.Contains(log, "HF_TOKEN") {
		t.Errorf("without a token: %v, %s", err, log)
	}
}

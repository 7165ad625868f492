package e2e

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/hfspark/hfspark/hub/localhub"
	"github.com/hfspark/hfspark/internal/demo"
)

// hubAccess is who may read what of the repositories that test_hub_clients.py needs.
const hubAccess = `tokens:
  hf_member: {user: member}
  hf_stranger: {user: stranger}
repositories:
  acme/gated: {gated: true, access: [member]}
  acme/private: {private: true, owner: member}
`

// TestHubClients reads a Hub in a folder with huggingface_hub and datasets.
func TestHubClients(t *testing.T) {
	t.Parallel()
	interpreter := python(t, "datasets")
	root := hubRoot(t)
	hub := start(t, nil, "hub", "--root", root, "--listen", "127.0.0.1:0")
	home := t.TempDir()
	command := exec.Command(interpreter, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_hub_clients.py")
	command.Env = append(os.Environ(),
		"HF_ENDPOINT="+hub.Address, "HF_HOME="+home, "HF_TOKEN=", "HFSPARK_HUB_ROOT="+root,
		"HFSPARK_TOKEN_MEMBER=hf_member", "HFSPARK_TOKEN_STRANGER=hf_stranger", "PYTHONDONTWRITEBYTECODE=1")
	out, err := command.CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s\nthe Hub's log:\n%s", err, out, hub.log)
	}
}

// hubRoot makes the repositories that test_hub_clients.py describes.
func hubRoot(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	if err := demo.Write(root, demo.Sizes{Reviews: 50, Instructions: 5}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(realData); err == nil {
		if err := os.CopyFS(root, os.DirFS(realData)); err != nil {
			t.Fatal(err)
		}
	}
	write := func(path string, content []byte) {
		path = filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(localhub.AccessFile, []byte(hubAccess))
	var rows, packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	for i := range 20_000 {
		fmt.Fprintf(&rows, "{\"id\": %d}\n", i)
	}
	if _, err := zip.Write(rows.Bytes()); err != nil {
		t.Fatal(err)
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	write("acme/files/README.md", []byte("---\nlicense: mit\n---\n# Files\n"))
	write("acme/files/empty.txt", nil)
	write("acme/files/large.bin", bytes.Repeat([]byte("0123456789abc\n"), 300_000))
	write("acme/files/data/train.jsonl", rows.Bytes())
	write("acme/files/data/packed.jsonl.gz", packed.Bytes())
	write("acme/files/sub dir/ünï #%.txt", []byte("ünï\n"))
	for i := range 1205 {
		write(fmt.Sprintf("acme/many/d%d/f%d.txt", i%7, i), []byte(fmt.Sprint(i)))
	}
	write("acme/gated/README.md", []byte("# Gated\n"))
	write("acme/private/README.md", []byte("# Private\n"))
	return root
}

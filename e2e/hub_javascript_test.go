package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// nodePackages returns the folder that has the npm packages, and skips the test where it or Node is missing.
func nodePackages(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("needs Node.js:", err)
	}
	root := os.Getenv("HFSPARK_E2E_VENVS")
	if root == "" {
		t.Skip("needs real clients: run it by 'make test', which sets HFSPARK_E2E_VENVS")
	}
	folder := filepath.Join(root, "node")
	if _, err := os.Stat(filepath.Join(folder, "node_modules", "@huggingface", "hub")); err != nil {
		t.Skipf("@huggingface/hub is not installed: %v", err)
	}
	return folder
}

// TestJavaScript writes to a Hub in a folder with @huggingface/hub.
func TestJavaScript(t *testing.T) {
	t.Parallel()
	packages := nodePackages(t)
	hub := startWritable(t, "--part-size", "5000000")
	out, log, err := run(t, "node", "", append(clientEnvironment(t, hub.Address, ""), "HFSPARK_NODE="+packages), filepath.Join("javascript", "hub.mjs"))
	if err != nil {
		t.Errorf("%v\n%s\n%s\nthe Hub's log:\n%s", err, out, log, hub.log)
	}
}

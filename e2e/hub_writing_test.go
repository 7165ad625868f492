package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// writingTokens are those that the Python tests which write know.
const writingTokens = `tokens:
  hf_alice: {user: alice}
  hf_bob: {user: bob}
  hf_reader: {user: alice, role: read}
organizations:
  acme: {members: {alice: admin}}
`

// startWritable starts a Hub with an empty root that knows writingTokens.
func startWritable(t *testing.T, args ...string) *server {
	t.Helper()
	access := filepath.Join(t.TempDir(), "access.yaml")
	if err := os.WriteFile(access, []byte(writingTokens), 0o600); err != nil {
		t.Fatal(err)
	}
	return start(t, nil, append([]string{"hub", "--root", t.TempDir(), "--listen", "127.0.0.1:0", "--access", access}, args...)...)
}

// clientEnvironment is the environment of a client of a Hub, with a home of its own; token "" is none.
func clientEnvironment(t *testing.T, endpoint, token string) []string {
	t.Helper()
	return []string{
		"HF_ENDPOINT=" + endpoint, "HF_HOME=" + t.TempDir(), "HF_TOKEN=" + token, "HF_HUB_DISABLE_TELEMETRY=1", "HF_HUB_DISABLE_XET=1",
		"HF_HUB_DISABLE_PROGRESS_BARS=1", "NO_COLOR=1",
	}
}

// pytest runs a file of Python tests against a Hub.
func pytest(t *testing.T, hub *server, file, token string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), python(t, "datasets"), "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=short", "--show-capture=no", "--durations=5", file)
	command.Env = append(append(os.Environ(), clientEnvironment(t, hub.Address, token)...), "PYTHONDONTWRITEBYTECODE=1")
	out, err := command.CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s\nthe Hub's log:\n%s", err, out, hub.log)
	}
	t.Logf("%s", out)
}

// TestHubWriting writes to a Hub in a folder with huggingface_hub.
func TestHubWriting(t *testing.T) {
	t.Parallel()
	python(t, "datasets")
	pytest(t, startWritable(t, "--part-size", "10000000"), "test_hub_writing.py", "")
}

// TestHubDatasets pushes datasets to a Hub in a folder with datasets.
func TestHubDatasets(t *testing.T) {
	t.Parallel()
	python(t, "datasets")
	pytest(t, startWritable(t), "test_hub_datasets.py", "hf_alice")
}

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hfspark/hfspark/hub/localhub"
)

const (
	aliceToken = "hf_aliceAliceAlice"
	bobToken   = "hf_bobBobBobBob%Bob"
)

// authHub starts a Hub that knows alice and bob, with a repository that alice alone sees.
func authHub(t *testing.T) *server {
	t.Helper()
	root := t.TempDir()
	access := fmt.Sprintf("tokens:\n  %s: {user: alice}\n  %q: {user: bob}\nrepositories:\n  acme/private: {private: true, owner: alice}\n", aliceToken, bobToken)
	for path, text := range map[string]string{localhub.AccessFile: access, "acme/private/data.jsonl": `{"a": 1}` + "\n"} {
		path = filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return start(t, nil, "hub", "--root", root, "--listen", "127.0.0.1:0")
}

// authClient runs hf and hfspark in a home of their own.
type authClient struct {
	t    *testing.T
	hf   string
	home string
	env  []string
}

func newAuthClient(t *testing.T, hub *server) *authClient {
	t.Helper()
	c := &authClient{t: t, hf: filepath.Join(filepath.Dir(python(t, "datasets")), "hf"), home: filepath.Join(t.TempDir(), "hf")}
	c.env = []string{
		"HF_ENDPOINT=" + hub.Address, "HF_HOME=" + c.home, "HF_TOKEN=", "HUGGING_FACE_HUB_TOKEN=", "HF_TOKEN_PATH=" + c.home + "/token", "NO_COLOR=1",
		"HF_HUB_DISABLE_TELEMETRY=1",
	}
	return c
}

// run runs a program; what it prints never holds a token.
func (c *authClient) run(name, input string, args ...string) (out, log string, err error) {
	c.t.Helper()
	out, log, err = run(c.t, name, input, c.env, args...)
	for _, token := range []string{aliceToken, bobToken, "hf_nobodyNobody"} {
		if name == program && strings.Contains(out+log, token) {
			c.t.Errorf("hfspark %s prints a token", strings.Join(args, " "))
		}
	}
	return out, log, err
}

// ok runs a program that must succeed.
func (c *authClient) ok(name, input string, args ...string) (out, log string) {
	c.t.Helper()
	out, log, err := c.run(name, input, args...)
	if err != nil {
		c.t.Fatalf("%s %s: %v\n%s%s", filepath.Base(name), strings.Join(args, " "), err, out, log)
	}
	return out, log
}

// refuses runs a program that must fail and say something.
func (c *authClient) refuses(says, name, input string, args ...string) {
	c.t.Helper()
	out, log, err := c.run(name, input, args...)
	if err == nil || !strings.Contains(log, says) {
		c.t.Errorf("%s %s: %v, does not say %q\n%s%s", filepath.Base(name), strings.Join(args, " "), err, says, out, log)
	}
}

// user checks whom both programs take for the user; "" is nobody.
func (c *authClient) user(want string) {
	c.t.Helper()
	if want == "" {
		c.refuses("Not logged in", c.hf, "", "auth", "whoami")
		c.refuses("not logged in", program, "", "whoami")
		return
	}
	for _, command := range [][]string{{c.hf, "auth", "whoami"}, {program, "auth", "whoami"}, {program, "whoami"}} {
		if out, _ := c.ok(command[0], "", command[1:]...); !strings.Contains(out, "user: "+want+"\n") && !strings.Contains(out, "user="+want+" ") {
			c.t.Errorf("%v: %s, want %s", command, out, want)
		}
	}
}

// TestTokensAreShared logs in and out with hf and hfspark by turns: each finds what the other one did.
func TestTokensAreShared(t *testing.T) {
	t.Parallel()
	c := newAuthClient(t, authHub(t))
	c.user("")
	c.refuses("private", program, "", "info", "acme/private")

	c.ok(c.hf, "", "auth", "login", "--token", aliceToken)
	c.user("alice")
	c.ok(program, "", "info", "acme/private")

	_, log := c.ok(program, bobToken+"\r\n", "login")
	for _, line := range []string{
		"Token is valid (permission: ", "The token `bob` has been saved to " + c.home + "/stored_tokens\n", "Your token has been saved to " + c.home + "/token\n",
		"Login successful.\n", "The current active token is: `bob`\n",
	} {
		if !strings.Contains(log, line) {
			t.Errorf("login does not say %q: %s", line, log)
		}
	}
	c.user("bob")
	c.refuses("private", program, "", "info", "acme/private")
	theirs, _ := c.ok(c.hf, "", "auth", "list")
	ours, _ := c.ok(program, "", "auth", "list")
	if diff := cmp.Diff(trimLines(theirs), trimLines(ours)); diff != "" {
		t.Errorf("auth list: %s", diff)
	}

	c.ok(c.hf, "", "auth", "switch", "--token-name", "alice")
	c.user("alice")
	c.ok(program, "", "auth", "switch", "--token-name", "bob")
	c.user("bob")
	c.refuses(`there are "alice", "bob"`, program, "", "auth", "switch", "--token-name", "carol")
	c.refuses("--token-name", program, "", "auth", "switch")
	c.ok(program, "", "logout", "--token-name", "bob")
	c.user("")
	if out, _ := c.ok(c.hf, "", "auth", "list"); !strings.Contains(out, "alice") || strings.Contains(out, "bob") {
		t.Errorf("hf lists %s", out)
	}
	c.ok(program, "", "login", "--token", bobToken)
	c.ok(c.hf, "", "auth", "logout", "--token-name", "bob")
	c.user("")
	c.ok(program, "", "login", "--token", aliceToken)
	c.ok(program, "", "auth", "logout")
	c.user("")
	if _, log := c.ok(program, "", "logout"); log != "Not logged in!\n" {
		t.Errorf("logout says %q", log)
	}
}

func trimLines(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return strings.Join(lines, "\n")
}

// TestTokenFilesAreTheSame compares the files of both programs byte by byte, and their modes.
func TestTokenFilesAreTheSame(t *testing.T) {
	t.Parallel()
	hub := authHub(t)
	theirs, ours := newAuthClient(t, hub), newAuthClient(t, hub)
	for _, token := range []string{bobToken, aliceToken} {
		theirs.ok(theirs.hf, "", "auth", "login", "--token", token)
		ours.ok(program, "", "auth", "login", "--token", token)
	}
	for _, name := range []string{"", "token", "stored_tokens"} {
		a, errA := os.Stat(filepath.Join(theirs.home, name))
		b, errB := os.Stat(filepath.Join(ours.home, name))
		if errA != nil || errB != nil || a.Mode() != b.Mode() {
			t.Fatalf("%q: modes %v and %v, %v, %v", name, a.Mode(), b.Mode(), errA, errB)
		}
		if name == "" {
			continue
		}
		x, errX := os.ReadFile(filepath.Join(theirs.home, name))
		y, errY := os.ReadFile(filepath.Join(ours.home, name))
		if diff := cmp.Diff(string(x), string(y)); diff != "" || errX != nil || errY != nil {
			t.Errorf("%s: %s, %v, %v", name, diff, errX, errY)
		}
	}
}

func TestLoginRefusals(t *testing.T) {
	t.Parallel()
	c := newAuthClient(t, authHub(t))
	c.refuses("does not know this token", program, "", "login", "--token", "hf_nobodyNobody")
	c.refuses("organization", program, "", "login", "--token", "api_org_x")
	c.refuses("is empty", program, "\n", "login")
	c.refuses("characters", program, "hf_a hf_b", "login")
	c.refuses("nothing is stored", program, "", "logout", "--token-name", "x")
	if _, err := os.Stat(c.home); !os.IsNotExist(err) {
		entries, _ := os.ReadDir(c.home)
		for _, entry := range entries {
			if entry.Name() != "stored_tokens.lock" {
				t.Errorf("a refused login left %s", entry.Name())
			}
		}
	}
	c.ok(program, "", "login", "--token", aliceToken)
	c.env = append(c.env, "HF_TOKEN="+bobToken)
	c.user("bob")
	c.refuses("HF_TOKEN", program, "", "logout")
	if _, log := c.ok(program, "", "login", "--token", aliceToken); !strings.Contains(log, "`HF_TOKEN` is set") {
		t.Errorf("login says %s", log)
	}
	c.env = append(c.env, "HF_HUB_OFFLINE=1")
	c.refuses("offline", program, "", "whoami")
	c.refuses("offline", program, "", "login", "--token", aliceToken)
}

// hiddenPrompt logs in on a terminal and prints what the terminal showed.
const hiddenPrompt = `
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], [sys.argv[1], "login"])
shown = b""
while b"not be visible" not in shown:
    shown += os.read(terminal, 1000)
os.write(terminal, sys.argv[2].encode() + b"\n")
try:
    while chunk := os.read(terminal, 1000):
        shown += chunk
except OSError:
    pass
print(shown.decode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`

func TestHiddenPrompt(t *testing.T) {
	t.Parallel()
	c := newAuthClient(t, authHub(t))
	out, _ := c.ok(python(t, "datasets"), "", "-c", hiddenPrompt, program, aliceToken)
	if strings.Contains(out, aliceToken) || !strings.Contains(out, "Login successful.") {
		t.Errorf("the terminal shows %s", out)
	}
	c.user("alice")
}

// Package e2e tests the hfspark binary as its users meet it: with the real Python clients, on repositories served by a Hub
// in a folder. Its tests skip where the clients are not installed; "make test" installs them.
package e2e

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hfspark/hfspark/internal/demo"
	"github.com/hfspark/hfspark/internal/serverprocess"
)

// program is the path of the binary under test, built once.
var program string

func TestMain(m *testing.M) {
	os.Exit(runMain(m))
}

func runMain(m *testing.M) int {
	dir, err := os.MkdirTemp("", "hfspark-e2e")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "hfspark")
	build := exec.Command("go", "build", "-o", program, "../cmd/hfspark")
	build.Stdout, build.Stderr = os.Stderr, os.Stderr
	if err := build.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "build hfspark:", err)
		return 1
	}
	return m.Run()
}

// python returns the interpreter of a virtual environment, and skips the test where it is not installed.
func python(t *testing.T, environment string) string {
	t.Helper()
	root := os.Getenv("HFSPARK_E2E_VENVS")
	if root == "" {
		t.Skip("needs real Python clients: run it by 'make test', which sets HFSPARK_E2E_VENVS")
	}
	path := filepath.Join(root, environment, "bin", "python")
	if _, err := os.Stat(path); err != nil {
		t.Skipf("the environment %s is not installed: %v", environment, err)
	}
	return path
}

// server is a running hfspark process.
type server struct {
	Address string
	log     *lockedBuffer
}

// start starts a serving command and waits for the line with its address. It is stopped when the test ends, and must then
// stop cleanly.
func start(t *testing.T, environment []string, args ...string) *server {
	t.Helper()
	log := &lockedBuffer{}
	process, err := serverprocess.Start(context.WithoutCancel(t.Context()), serverprocess.Options{Program: program, Args: args, Environment: environment, Log: log})
	if err != nil {
		t.Fatalf("hfspark %s: %v\n%s", strings.Join(args, " "), err, log)
	}
	t.Cleanup(func() {
		if err := process.Stop(); err != nil {
			t.Errorf("hfspark %s did not stop cleanly: %v\n%s", strings.Join(args, " "), err, log)
		}
	})
	return &server{Address: process.Address, log: log}
}

// demoRoot is a folder with the demo's repositories.
func demoRoot(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	if err := demo.Write(root, demo.Sizes{}); err != nil {
		t.Fatal(err)
	}
	return root
}

// serveDemo starts a Hub with the demo's repositories and a Spark Connect server that reads it.
func serveDemo(t *testing.T, root string) (hub, spark *server) {
	t.Helper()
	hub = start(t, nil, "hub", "--root", root, "--listen", "127.0.0.1:0")
	spark = start(t, []string{"HF_TOKEN=" + demo.Token}, "serve", "--listen", "127.0.0.1:0", "--endpoint", hub.Address)
	return hub, spark
}

// runScript runs a PySpark script, with its address replaced, and returns what it printed.
func runScript(t *testing.T, interpreter, script, remote string) string {
	t.Helper()
	source := strings.ReplaceAll(script, "sc://localhost:15002", remote)
	out, errors, err := run(t, interpreter, source, nil, "-")
	if err != nil {
		t.Fatalf("the script failed: %v\n%s\n%s", err, out, errors)
	}
	return out
}

// run runs a program to its end and returns what it printed. It is ended a minute before the tests' own deadline, so that the
// failure tells what the program printed.
func run(t *testing.T, name, input string, environment []string, args ...string) (out, log string, err error) {
	t.Helper()
	ctx := t.Context()
	if deadline, ok := t.Deadline(); ok {
		limited, cancel := context.WithDeadline(ctx, deadline.Add(-time.Minute))
		defer cancel()
		ctx = limited
	}
	command := exec.CommandContext(ctx, name, args...)
	command.Env = append(os.Environ(), environment...)
	command.Env = append(command.Env, "PYTHONWARNINGS=ignore", "PYTHONIOENCODING=utf-8", "PYTHONDONTWRITEBYTECODE=1", "SPARK_LOCAL_IP=127.0.0.1")
	command.Stdin = strings.NewReader(input)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	err = command.Run()
	return stdout.String(), stderr.String(), err
}

// lockedBuffer collects a process's log while a test may read it.
type lockedBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}

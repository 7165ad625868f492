package embedded_test

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/hfspark/hfspark/internal/connect"
	"github.com/hfspark/hfspark/internal/connect/embedded"
	"github.com/hfspark/hfspark/internal/engine"
	"github.com/hfspark/hfspark/source"
)

// clients is the environment variable with the folder of the virtual environments of Python clients.
const clients = "HFSPARK_E2E_VENVS"

// TestPySpark runs a script with each PySpark client that is installed.
func TestPySpark(t *testing.T) {
	t.Parallel()
	pythons, err := filepath.Glob(filepath.Join(os.Getenv(clients), "*", "bin", "python"))
	if err != nil {
		t.Fatal(err)
	}
	if os.Getenv(clients) == "" || len(pythons) == 0 {
		t.Skip(clients + " names no folder with Python clients")
	}
	for _, python := range pythons {
		if exec.Command(python, "-c", "import pyspark.sql.connect.client").Run() != nil {
			continue
		}
		t.Run(filepath.Base(filepath.Dir(filepath.Dir(python))), func(t *testing.T) {
			t.Parallel()
			address := serve(t)
			command := exec.CommandContext(t.Context(), python, "-W", "ignore", "testdata/client.py", "sc://"+address)
			if output, err := command.CombinedOutput(); err != nil {
				t.Errorf("%v:\n%s", err, output)
			}
		})
	}
}

// serve starts a server on the real engine and returns its address.
func serve(t *testing.T) string {
	t.Helper()
	tables := source.New(source.Config{})
	runner, err := engine.Open(t.Context(), engine.Config{Source: tables})
	if err != nil {
		t.Fatal(err)
	}
	server := connect.NewServer(connect.Config{Engine: embedded.New(runner), Source: tables, TempDir: t.TempDir()})
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, listener) }()
	t.Cleanup(func() {
		cancel()
		for _, err := range []error{<-served, server.Close(), runner.Close()} {
			if err != nil {
				t.Error(err)
			}
		}
	})
	return listener.Addr().String()
}

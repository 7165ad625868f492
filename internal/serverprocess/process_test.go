package serverprocess

import (
	"bytes"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// shell stands for a serving command.
func shell(script string) Options {
	return Options{Program: "/bin/sh", Args: []string{"-c", script}, Environment: []string{"NAME=hub"}}
}

func TestAServerTellsItsAddressAndStops(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	o := shell(`trap 'exit 0' INT; echo started >&2; echo "$NAME at http://127.0.0.1:8080"; while :; do sleep 0.05; done`)
	o.Log = &log
	p, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if p.Address != "http://127.0.0.1:8080" {
		t.Errorf("the address is %q", p.Address)
	}
	if err := p.Stop(); err != nil || log.String() != "started\n" {
		t.Errorf("%v; the log is %q", err, log.String())
	}
}

func TestServersThatDoNotServe(t *testing.T) {
	t.Parallel()
	for _, script := range []string{"exit 3", "echo no address; exec sleep 60"} {
		if p, err := Start(t.Context(), shell(script)); err == nil || !strings.Contains(err.Error(), "told no address") {
			t.Errorf("%s: %v, %v", script, p, err)
		}
	}
	if _, err := Start(t.Context(), Options{Program: "/no/such/program", Args: []string{"hub"}}); err == nil {
		t.Error("a program that there is not was started")
	}
}

func TestAServerThatStopsUncleanly(t *testing.T) {
	t.Parallel()
	p, err := Start(t.Context(), shell(`trap 'exit 4' INT; echo http://127.0.0.1:1; while :; do sleep 0.05; done`))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Stop(); err == nil {
		t.Error("its exit code is not told")
	}
}

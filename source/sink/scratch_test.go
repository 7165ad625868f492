//go:build linux

package sink

import (
	"errors"
	"syscall"
	"testing"

	"github.com/hfspark/hfspark/hub"
)

// A scratch disk that fills up: one clear error, and nothing is left. It needs the right to mount one.
func TestFullScratchDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("cannot mount a small disk: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil { // It fails while a file is open there.
			t.Errorf("the scratch disk is still used: %v", err)
		}
	})
	p := newPlace(t)
	p.sink = New(Config{Client: func(_, _ string) (*hub.Client, error) { return p.client, nil }, Scratch: dir})
	if _, err := p.write(Options{Path: "alice/full"}, numbers(0, 100_000)); !errors.Is(err, hub.ErrNoSpace) {
		t.Errorf("error is %v", err)
	}
	if _, err := p.client.Info(t.Context(), hub.Dataset("alice/full"), ""); !errors.Is(err, hub.ErrRepositoryNotFound) {
		t.Errorf("the repository is there: %v", err)
	}
	p.mustWrite(Options{Path: "alice/full"}, numbers(0, 10))
}

// Package serverprocess runs the serving commands of hfspark as processes of their own.
package serverprocess

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"time"
)

// stopTime is how long a server may take to stop before it is killed.
const stopTime = 10 * time.Second

// Options tells what is run. Program and Args must be set.
type Options struct {
	Program     string    // the hfspark binary
	Args        []string  // the command first
	Environment []string  // name=value, besides the environment of this process
	Log         io.Writer // where its standard error goes; nil discards it
}

// Process is a serving command that has told its address.
type Process struct {
	Address string

	command *exec.Cmd
	drained chan struct{}
}

var addressPattern = regexp.MustCompile(`(https?|sc)://\S+`)

// Start starts a serving command and waits for the line with its address. When ctx ends, it is asked to stop; in any case the caller
// calls Stop.
func Start(ctx context.Context, o Options) (*Process, error) {
	command := exec.CommandContext(ctx, o.Program, o.Args...)
	command.Env = append(os.Environ(), o.Environment...)
	command.Stderr = o.Log
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.WaitDelay = stopTime
	out, err := command.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start hfspark %s: %w", o.Args[0], err)
	}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("start hfspark %s: %w", o.Args[0], err)
	}
	lines := bufio.NewReader(out)
	line, err := lines.ReadString('\n')
	address := addressPattern.FindString(line)
	if err != nil || address == "" {
		_ = command.Process.Kill()
		return nil, errors.Join(fmt.Errorf("hfspark %s told no address", o.Args[0]), command.Wait())
	}
	p := &Process{Address: address, command: command, drained: make(chan struct{})}
	go func() {
		defer close(p.drained)
		_, _ = io.Copy(io.Discard, lines)
	}()
	return p, nil
}

// Stop asks the server to stop and waits until it has. The error is that of a server which did not stop cleanly.
func (p *Process) Stop() error {
	if err := p.command.Process.Signal(os.Interrupt); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	<-p.drained
	return p.command.Wait()
}

package demo

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

// Options tells what a demo runs with.
type Options struct {
	Program string    // the hfspark binary
	Python  string    // an interpreter that has pyspark
	Out     io.Writer // where the tour is printed
}

// stopTime is how long a server may take to stop before it is killed.
const stopTime = 10 * time.Second

// Run makes the repositories in a temporary folder, starts a Hub and a Spark Connect server as processes of their own, runs
// the tour, and removes everything again.
func Run(ctx context.Context, o Options) (err error) {
	root, err := os.MkdirTemp("", "hfspark-demo")
	if err != nil {
		return fmt.Errorf("make a folder for the demo: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(root)) }()
	fmt.Fprintln(o.Out, "making stanfordnlp/imdb and BAAI/Infinity-Instruct (made-up rows in the real ones' shape)")
	if err := Write(root, Sizes{}); err != nil {
		return err
	}
	hub, err := startServer(ctx, o.Program, nil, "hub", "--root", root)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, hub.stop()) }()
	spark, err := startServer(ctx, o.Program, []string{"HF_TOKEN=" + Token}, "serve", "--listen", "127.0.0.1:0", "--endpoint", hub.address)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, spark.stop()) }()
	fmt.Fprintf(o.Out, "Hub at %s\nSpark Connect server at %s\n", hub.address, spark.address)
	tour := Tour{Program: o.Program, Python: o.Python, Endpoint: hub.address, Remote: spark.address, Out: o.Out}
	if err := tour.Run(ctx); err != nil {
		return err
	}
	fmt.Fprintln(o.Out, "\nThe tour is over; its servers are stopped.")
	return nil
}

// serverProcess is a serving command of hfspark.
type serverProcess struct {
	command *exec.Cmd
	address string
	drained chan struct{}
}

var addressPattern = regexp.MustCompile(`(https?|sc)://\S+`)

// startServer starts a serving command and waits for the line with its address.
func startServer(ctx context.Context, program string, environment []string, args ...string) (*serverProcess, error) {
	command := exec.CommandContext(ctx, program, args...)
	command.Env = append(os.Environ(), environment...)
	command.Stderr = os.Stderr
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.WaitDelay = stopTime
	out, err := command.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start hfspark %s: %w", args[0], err)
	}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("start hfspark %s: %w", args[0], err)
	}
	lines := bufio.NewReader(out)
	line, err := lines.ReadString('\n')
	address := addressPattern.FindString(line)
	if err != nil || address == "" {
		_ = command.Process.Kill()
		return nil, errors.Join(fmt.Errorf("hfspark %s told no address", args[0]), command.Wait())
	}
	server := &serverProcess{command: command, address: address, drained: make(chan struct{})}
	go func() {
		defer close(server.drained)
		_, _ = io.Copy(io.Discard, lines)
	}()
	return server, nil
}

// stop asks the server to stop and waits until it has.
func (s *serverProcess) stop() error {
	if err := s.command.Process.Signal(os.Interrupt); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	<-s.drained
	return s.command.Wait()
}

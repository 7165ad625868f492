package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/hfspark/hfspark/internal/serverprocess"
)

// Options tells what a demo runs with.
type Options struct {
	Program string    // the hfspark binary
	Python  string    // an interpreter that has pyspark
	Out     io.Writer // where the tour is printed
}

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
	hub, err := serverprocess.Start(ctx, serverprocess.Options{Program: o.Program, Args: []string{"hub", "--root", root}, Log: os.Stderr})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, hub.Stop()) }()
	spark, err := serverprocess.Start(ctx, serverprocess.Options{
		Program: o.Program, Args: []string{"serve", "--listen", "127.0.0.1:0", "--endpoint", hub.Address},
		Environment: []string{"HF_TOKEN=" + Token}, Log: os.Stderr,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, spark.Stop()) }()
	fmt.Fprintf(o.Out, "Hub at %s\nSpark Connect server at %s\n", hub.Address, spark.Address)
	tour := Tour{Program: o.Program, Python: o.Python, Endpoint: hub.Address, Remote: spark.Address, Out: o.Out}
	if err := tour.Run(ctx); err != nil {
		return err
	}
	fmt.Fprintln(o.Out, "\nThe tour is over; its servers are stopped.")
	return nil
}

// Command hfspark reads Hugging Face datasets with Spark: a Spark Connect server, a Hub in a folder, and a command line.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/hfspark/hfspark/internal/failure"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// run runs the command line and returns its exit code: 0, 1 when the command failed, 2 when it was called wrongly. A failure with
// --json is told on standard output as well.
func run(ctx context.Context, args []string) int {
	root := newRoot()
	root.SetArgs(args)
	command, err := root.ExecuteContextC(ctx)
	var usage usageError
	if err != nil && !errors.As(err, &usage) {
		if asJSON, _ := command.Flags().GetBool(jsonFlag); asJSON {
			err = errors.Join(err, failure.WriteJSON(command.OutOrStdout(), err))
		}
	}
	switch {
	case err == nil:
		return 0
	case errors.As(err, &usage):
		fmt.Fprintf(os.Stderr, "hfspark: %v\nSee 'hfspark --help'.\n", err)
		return 2
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		fmt.Fprintln(os.Stderr, "hfspark: interrupted")
		return 1
	default:
		fmt.Fprintf(os.Stderr, "hfspark: %v\n", err)
		return 1
	}
}

package main

import (
	"github.com/spf13/cobra"

	"github.com/hfspark/hfspark/internal/progress"
)

// startLine shows text on a terminal's standard error until it is stopped, unless that shall be quiet.
func startLine(command *cobra.Command, quiet bool, text func() string) *progress.Line {
	if quiet {
		return nil
	}
	return progress.Start(command.ErrOrStderr(), text)
}

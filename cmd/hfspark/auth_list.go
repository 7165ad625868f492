package main

import (
	"github.com/spf13/cobra"

	"github.com/hfspark/hfspark/internal/signin"
)

func newAuthList() *cobra.Command {
	var asJSON bool
	command := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List the stored tokens by name; a star marks the active one",
		Long:    "list tells the names and the ends of the tokens that are stored on this machine, never the tokens themselves.",
		Example: "  hfspark auth list\n  hfspark auth list --json",
		Args:    arguments(cobra.NoArgs),
		RunE: func(command *cobra.Command, _ []string) error {
			return signin.List(signin.ProcessTerminal(command.OutOrStdout()), asJSON)
		},
	}
	addJSON(command.Flags(), &asJSON)
	return command
}

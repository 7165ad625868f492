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
		Args:    arguments(cobra.NoArgs),
		RunE: func(command *cobra.Command, _ []string) error {
			return signin.List(signin.ProcessTerminal(command.OutOrStdout()), asJSON)
		},
	}
	command.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return command
}

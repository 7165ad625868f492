package main

import (
	"github.com/spf13/cobra"

	"github.com/hfspark/hfspark/internal/signin"
)

func newWhoami() *cobra.Command {
	var asJSON bool
	command := &cobra.Command{
		Use:   "whoami",
		Short: "Tell whose token is used",
		Args:  arguments(cobra.NoArgs),
		RunE: func(command *cobra.Command, _ []string) error {
			return signin.WhoAmI(command.Context(), signin.ProcessTerminal(command.OutOrStdout()), signin.Options{Logger: logger(command)}, asJSON)
		},
	}
	command.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return command
}

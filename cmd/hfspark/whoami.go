package main

import (
	"github.com/spf13/cobra"

	"github.com/hfspark/hfspark/internal/signin"
)

func newWhoami() *cobra.Command {
	var asJSON bool
	var endpoint string
	command := &cobra.Command{
		Use:     "whoami",
		Short:   "Tell whose token is used",
		Long:    "whoami asks the Hub whose the token is that hfspark would use now: that of HF_TOKEN, else the active one of hfspark login.",
		Example: "  hfspark whoami\n  hfspark whoami --json",
		Args:    arguments(cobra.NoArgs),
		RunE: func(command *cobra.Command, _ []string) error {
			return signin.WhoAmI(command.Context(), signin.ProcessTerminal(command.OutOrStdout()), signin.Options{Endpoint: endpoint, Logger: logger(command)}, asJSON)
		},
	}
	addEndpoint(command.Flags(), &endpoint)
	addJSON(command.Flags(), &asJSON)
	return command
}

package main

import (
	"github.com/spf13/cobra"

	"github.com/hfspark/hfspark/internal/signin"
)

func newAuthSwitch() *cobra.Command {
	var name string
	command := &cobra.Command{
		Use:     "switch",
		Short:   "Make another stored token the active one",
		Long:    "switch makes a stored token the one that is used from now on, unless HF_TOKEN is set. Without --token-name it asks which.",
		Example: "  hfspark auth switch\n  hfspark auth switch --token-name my-laptop",
		Args:    arguments(cobra.NoArgs),
		RunE: func(command *cobra.Command, _ []string) error {
			return signin.Switch(command.Context(), signin.ProcessTerminal(command.OutOrStdout()), name)
		},
	}
	command.Flags().StringVar(&name, "token-name", "", "name of the token to switch to (default: ask)")
	return command
}

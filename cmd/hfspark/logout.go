package main

import (
	"github.com/spf13/cobra"

	"github.com/hfspark/hfspark/internal/signin"
)

func newLogout() *cobra.Command {
	var name string
	command := &cobra.Command{
		Use:     "logout",
		Short:   "Forget the stored tokens, or one of them",
		Long:    "logout deletes all stored tokens from this machine, or with --token-name the one of that name. The Hub still accepts them.",
		Example: "  hfspark logout\n  hfspark logout --token-name my-laptop",
		Args:    arguments(cobra.NoArgs),
		RunE: func(command *cobra.Command, _ []string) error {
			return signin.Logout(command.Context(), signin.ProcessTerminal(command.OutOrStdout()), name)
		},
	}
	command.Flags().StringVar(&name, "token-name", "", "name of the token to forget (default: all)")
	return command
}

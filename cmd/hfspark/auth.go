package main

import "github.com/spf13/cobra"

func newAuth() *cobra.Command {
	command := &cobra.Command{
		Use:   "auth",
		Short: "Manage tokens: login, logout, whoami, list, switch",
		Long: "auth manages the tokens of this machine's user, which the Hub's Python library and the hf command use, too. The commands\n" +
			"login, logout and whoami are there without auth as well.",
		Example: "  hfspark auth list\n  hfspark auth switch --token-name my-laptop",
		Args:    arguments(cobra.NoArgs),
		RunE:    func(command *cobra.Command, _ []string) error { return command.Help() },
	}
	command.AddCommand(newLogin(), newLogout(), newWhoami(), newAuthList(), newAuthSwitch())
	return command
}

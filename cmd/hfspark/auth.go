package main

import "github.com/spf13/cobra"

func newAuth() *cobra.Command {
	command := &cobra.Command{
		Use:   "auth",
		Short: "Manage tokens: login, logout, whoami, list, switch",
		Args:  arguments(cobra.NoArgs),
		RunE:  func(command *cobra.Command, _ []string) error { return command.Help() },
	}
	command.AddCommand(newLogin(), newLogout(), newWhoami(), newAuthList(), newAuthSwitch())
	return command
}

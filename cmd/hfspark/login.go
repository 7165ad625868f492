package main

import (
	"github.com/spf13/cobra"

	"github.com/hfspark/hfspark/internal/signin"
)

func newLogin() *cobra.Command {
	var token, endpoint string
	command := &cobra.Command{
		Use:   "login",
		Short: "Log in to the Hub with a token",
		Long: "login checks a token with the Hub and saves it where the Hub's Python library and the hf command have theirs: each finds\n" +
			"what the other one has saved. The token is asked for on a terminal, and read from standard input otherwise. Make one\n" +
			"at https://huggingface.co/settings/tokens. --endpoint or HF_ENDPOINT name another Hub.",
		Example: "  hfspark login\n" +
			"  hfspark login < token.txt\n" +
			"  hfspark login --token hf_…",
		Args: arguments(cobra.NoArgs),
		RunE: func(command *cobra.Command, _ []string) error {
			return signin.Login(command.Context(), signin.ProcessTerminal(command.OutOrStdout()), signin.Options{Endpoint: endpoint, Logger: logger(command)}, token)
		},
	}
	addEndpoint(command.Flags(), &endpoint)
	command.Flags().StringVar(&token, "token", "", "the token; other users of this machine may see it in the list of processes")
	return command
}

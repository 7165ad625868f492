package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/hfspark/hfspark/hub/localhub"
)

func newHub() *cobra.Command {
	var options localhub.Options
	command := &cobra.Command{
		Use:   "hub --root DIR",
		Short: "Serve the dataset repositories in a folder as a Hub does",
		Long: "hub serves DIR/<namespace>/<name>/ as dataset repositories over the Hub's protocol. Point clients at it with\n" +
			"HF_ENDPOINT. Gated and private repositories and their tokens are listed in DIR/.hfspark-hub.yaml:\n\n" +
			"  tokens: {hf_secret: {user: alice}}\n" +
			"  repositories:\n" +
			"    acme/reports: {private: true, owner: alice}\n" +
			"    acme/corpus: {gated: true, access: [alice]}",
		Example: "  hfspark hub --root ./repos --listen 127.0.0.1:8080",
		Args:    arguments(cobra.NoArgs),
		RunE: func(command *cobra.Command, _ []string) error {
			if options.Root == "" {
				return usageError{errors.New("hub needs --root, the folder with the repositories")}
			}
			options.Logger = logger(command)
			server, err := localhub.Start(command.Context(), options)
			if err != nil {
				return err
			}
			fmt.Fprintf(command.OutOrStdout(), "Hub of %s at %s\n", options.Root, server.URL())
			<-command.Context().Done()
			return server.Close()
		},
	}
	flags := command.Flags()
	flags.StringVar(&options.Root, "root", "", "the folder with the repositories")
	flags.StringVar(&options.Listen, "listen", "127.0.0.1:0", "address of the API; port 0 takes a free one")
	flags.StringVar(&options.StorageListen, "storage-listen", "127.0.0.1:0", "address that large files are sent from")
	flags.StringVar(&options.Access, "access", "", "the file of tokens and access (default: .hfspark-hub.yaml in the root, when it is there)")
	return command
}

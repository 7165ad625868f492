package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/hfspark/hfspark/hub/localhub"
	"github.com/hfspark/hfspark/hub/localhub/access"
)

// hubTokens is the environment variable with further tokens of a Hub in a folder.
const hubTokens = "HFSPARK_HUB_TOKENS"

// hubFlags are the flags that say more than [localhub.Options].
type hubFlags struct {
	localhub.Options
	tokens string
	faults string
}

func newHub() *cobra.Command {
	var f hubFlags
	command := &cobra.Command{
		Use:   "hub --root DIR",
		Short: "Serve the dataset repositories in a folder as a Hub does",
		Long: "hub serves DIR/<namespace>/<name>/ as dataset repositories over the Hub's protocol, and takes changes: commits, branches,\n" +
			"pull requests, settings, new repositories. They are kept in DIR/.hfspark-hub, as git repositories. Point clients at it with\n" +
			"HF_ENDPOINT; those that know Xet need HF_HUB_DISABLE_XET=1 as well to upload.\n\n" +
			"Without tokens everybody on this machine may read and write everything, and nobody else is let in. Users, tokens and rules\n" +
			"for repositories are in DIR/.hfspark-hub.yaml:\n\n" +
			"  tokens:\n" +
			"    hf_secret: {user: alice}\n" +
			"    hf_other: {user: bob, role: read, expires: 2030-01-01}\n" +
			"  organizations:\n" +
			"    acme: {members: {alice: admin, bob: read}}\n" +
			"  repositories:\n" +
			"    acme/reports: {private: true}\n" +
			"    acme/corpus: {gated: manual, access: [bob]}\n\n" +
			"Further tokens come from the file of --tokens and from the environment variable " + hubTokens + ", both written\n" +
			"user=token or user:read=token, with blanks or semicolons between them.",
		Example: "  hfspark hub --root ./repos --listen 127.0.0.1:8080\n" +
			"  " + hubTokens + "=alice=hf_secret hfspark hub --root ./repos --listen 0.0.0.0:8080 --storage-listen 0.0.0.0:8081\n" +
			"  hfspark hub --root ./repos --latency 40ms --bandwidth 12500000 --quota-api 500 --quota-files 3000",
		Args: arguments(cobra.NoArgs),
		RunE: func(command *cobra.Command, _ []string) error {
			if f.Root == "" {
				return usageError{errors.New("hub needs --root, the folder with the repositories")}
			}
			if err := f.load(command.Flags().Changed("fault-seed")); err != nil {
				return err
			}
			f.Logger = logger(command)
			server, err := localhub.Start(command.Context(), f.Options)
			if err != nil {
				return err
			}
			fmt.Fprintf(command.OutOrStdout(), "Hub of %s at %s\n", f.Root, server.URL())
			<-command.Context().Done()
			return server.Close()
		},
	}
	f.define(command)
	return command
}

func (f *hubFlags) define(command *cobra.Command) {
	flags := command.Flags()
	flags.StringVar(&f.Root, "root", "", "the folder with the repositories")
	flags.StringVar(&f.Listen, "listen", "127.0.0.1:0", "address of the API; port 0 takes a free one. Other than this machine's own needs tokens")
	flags.StringVar(&f.StorageListen, "storage-listen", "", "address that large files are sent from and to; clients must reach it, too (default: a free port at the host of --listen)")
	flags.StringVar(&f.PublicURL, "url", "", "the URL at which clients reach --listen through a proxy, such as https://hub.example.org")
	flags.StringVar(&f.PublicStorageURL, "storage-url", "", "the URL at which clients reach --storage-listen through a proxy")
	flags.StringVar(&f.Access, "access", "", "the file of users, tokens and rules (default: .hfspark-hub.yaml in the root, when it is there)")
	flags.StringVar(&f.tokens, "tokens", "", "a file of further tokens, written user=token or user:read=token")
	flags.Int64Var(&f.LargeFile, "large-file", 0, "bytes from which a file is kept in LFS, whatever its name (default 1 MiB)")
	flags.Int64Var(&f.PartSize, "part-size", 0, "bytes of the parts that large files are uploaded in (default 16 MiB)")
	flags.DurationVar(&f.BodyTimeout, "body-timeout", 0, "how long a client may send nothing of a request that it has begun (default 30s)")
	flags.StringVar(&f.faults, "faults", "", "a YAML file of failures to play, for tests of clients")
	flags.Uint64Var(&f.FaultSeed, "fault-seed", 0, "which requests meet the failures that have a probability (default: as the file of --faults says)")
	flags.DurationVar(&f.Latency, "latency", 0, "wait before each answer, as a distant Hub makes clients wait")
	flags.Int64Var(&f.Bandwidth, "bandwidth", 0, "bytes a second of file content, of all requests together; 0 is no bound")
	flags.IntVar(&f.Quota.API, "quota-api", 0, "API requests of a user or an address in a window; more are answered 429. 0 is no bound")
	flags.IntVar(&f.Quota.Files, "quota-files", 0, "requests for files of a user or an address in a window; 0 is no bound")
	flags.DurationVar(&f.Quota.Window, "quota-window", 0, "the window of the quotas (default 5m0s)")
}

// load reads the files and the environment variable that flags name. seeded tells that the seed was given as a flag.
func (f *hubFlags) load(seeded bool) error {
	texts := map[string]string{hubTokens: os.Getenv(hubTokens)}
	if f.tokens != "" {
		content, err := os.ReadFile(f.tokens)
		if err != nil {
			return fmt.Errorf("read the tokens: %w", err)
		}
		texts[f.tokens] = string(content)
	}
	for from, text := range texts {
		tokens, err := access.ParseTokens(text)
		if err != nil {
			return fmt.Errorf("read the tokens in %s: %w", from, err)
		}
		f.Tokens = append(f.Tokens, tokens...)
	}
	if f.faults == "" {
		return nil
	}
	faults, seed, err := localhub.LoadFaults(f.faults)
	if err != nil {
		return err
	}
	if f.Faults = faults; !seeded {
		f.FaultSeed = seed
	}
	return nil
}

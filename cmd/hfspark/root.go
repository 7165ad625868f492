package main

import (
	"log/slog"
	"os"

	"github.com/spf13/cobra"
)

// usageError is a command line that cannot be understood.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

// arguments makes the complaints of a positional-argument check usage errors.
func arguments(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(command *cobra.Command, args []string) error {
		if err := check(command, args); err != nil {
			return usageError{err}
		}
		return nil
	}
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "hfspark",
		Short: "Hugging Face datasets on Spark",
		Long: "hfspark reads and writes dataset repositories of the Hugging Face Hub with Spark: as a Spark Connect server for PySpark\n" +
			"and its kin (serve), and from the command line. It also is a Hub in a folder (hub).\n\n" +
			"HF_ENDPOINT and HF_TOKEN work as they do for huggingface_hub.",
		Example: "  hfspark show stanfordnlp/imdb\n" +
			"  hfspark serve\n" +
			"  hfspark download openai/gsm8k",
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          arguments(cobra.NoArgs),
		RunE:          func(command *cobra.Command, _ []string) error { return command.Help() },
	}
	root.PersistentFlags().BoolP("verbose", "v", false, "log what is done, requests and retries included, to standard error")
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	for _, group := range []struct {
		id, title string
		commands  []*cobra.Command
	}{
		{"reading", "Reading:", []*cobra.Command{newShow(), newSQL(), newInfo(), newServe()}},
		{"writing", "Writing:", []*cobra.Command{newWrite(), newUpload()}},
		{"hub", "Hub:", []*cobra.Command{newDownload(), newCache(), newHub()}},
		{"account", "Account:", []*cobra.Command{newLogin(), newLogout(), newWhoami(), newAuth()}},
	} {
		root.AddGroup(&cobra.Group{ID: group.id, Title: group.title})
		for _, command := range group.commands {
			command.GroupID = group.id
			root.AddCommand(command)
		}
	}
	root.AddCommand(newDemo(), newVersion())
	return root
}

// logger logs to standard error: with --verbose all that is done, without it warnings alone, such as that a dataset is read otherwise
// than it may be meant.
func logger(command *cobra.Command) *slog.Logger {
	if verbose, _ := command.Flags().GetBool("verbose"); verbose {
		return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	options := &slog.HandlerOptions{Level: slog.LevelWarn}
	if name := command.Name(); name != "serve" && name != "hub" {
		options.ReplaceAttr = withoutTime
	}
	return slog.New(slog.NewTextHandler(os.Stderr, options))
}

// withoutTime leaves out the time of a log line: who runs a short command sees when it is written.
func withoutTime(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}

package main

import (
	"encoding/json"
	"fmt"
	"sync/atomic"

	"github.com/spf13/cobra"

	"github.com/hfspark/hfspark/hub"
	"github.com/hfspark/hfspark/internal/progress"
	"github.com/hfspark/hfspark/internal/publish"
)

// uploadFlags are the flags of the command upload.
type uploadFlags struct {
	publish.Options
	endpoint             string
	private, json, quiet bool
}

func newUpload() *cobra.Command {
	var flags uploadFlags
	command := &cobra.Command{
		Use:   "upload REPO [LOCAL] [PATH_IN_REPO]",
		Short: "Upload a file or a folder to a dataset repository",
		Long: "upload brings LOCAL, a file or a folder, to a dataset repository and prints the address of the commit. The repository\n" +
			"and the branch are made if they are missing. What the Hub holds already is not sent; large folders take several\n" +
			"commits, and the same command again continues an interrupted upload. LOCAL may be a pattern of files below the\n" +
			"working folder, in quotes; without it, what is called like the repository is uploaded.",
		Example: "  hfspark upload alice/my-data ./data\n" +
			"  hfspark upload alice/my-data ./train.parquet data/train.parquet\n" +
			"  hfspark upload alice/my-data . --include '*.parquet' --delete '*.parquet' --commit-message 'New version'\n" +
			"  hfspark upload alice/my-data ./data --create-pr",
		Args: arguments(cobra.RangeArgs(1, 3)),
		RunE: func(command *cobra.Command, args []string) error {
			args = append(args, "", "")
			flags.Repo, flags.Local, flags.PathInRepo = args[0], args[1], args[2]
			if command.Flags().Changed("private") {
				flags.Private = &flags.private
			}
			result, err := flags.run(command)
			if err != nil {
				return err
			}
			out := command.OutOrStdout()
			if flags.json {
				return json.NewEncoder(out).Encode(result)
			}
			_, err = fmt.Fprintln(out, result.Address())
			return err
		},
	}
	set := command.Flags()
	set.StringVar(&flags.Revision, "revision", "", "branch, or refs/pr/N (default: main); a branch that is missing is made")
	set.BoolVar(&flags.private, "private", false, "make the repository private, if it is made")
	addIncludeExclude(set, &flags.Folder.Allow, &flags.Folder.Ignore)
	set.StringArrayVar(&flags.Folder.Delete, "delete", nil, "remove files of the repository that match this pattern; may be given several times")
	set.StringVar(&flags.Folder.Summary, "commit-message", "", "title of the commit")
	set.StringVar(&flags.Folder.Description, "commit-description", "", "text below the title")
	set.StringVar(&flags.Folder.Parent, "parent", "", "commit that the branch must stand at")
	set.BoolVar(&flags.Folder.CreatePullRequest, "create-pr", false, "open a pull request instead of changing the branch")
	set.IntVar(&flags.Folder.MaxOperations, "max-operations", 250, "files in one commit")
	set.IntVar(&flags.Folder.Upload.Parallelism, "parallel", 8, "requests that send content at a time")
	addEndpoint(set, &flags.endpoint)
	addJSON(set, &flags.json)
	addQuiet(set, &flags.quiet)
	return command
}

func (f *uploadFlags) run(command *cobra.Command) (*publish.Result, error) {
	client, err := hub.New(hub.Options{Endpoint: f.endpoint, Logger: logger(command)})
	if err != nil {
		return nil, err
	}
	defer client.CloseIdleConnections()
	var last atomic.Pointer[hub.UploadProgress]
	f.Folder.Upload.Progress = func(p hub.UploadProgress) { last.Store(&p) }
	defer startLine(command, f.quiet, func() string { return uploadText(last.Load()) }).Stop()
	return publish.Run(command.Context(), client, f.Options)
}

func uploadText(p *hub.UploadProgress) string {
	if p == nil {
		return ""
	}
	return fmt.Sprintf("%d of %d files committed, %s of %s sent, %s hashed", p.Committed, p.Files, progress.Bytes(p.Sent),
		progress.Bytes(p.Bytes-p.Skipped), progress.Bytes(p.Hashed))
}

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync/atomic"

	"github.com/spf13/cobra"

	"github.com/hfspark/hfspark/hub"
	"github.com/hfspark/hfspark/internal/progress"
)

// downloadFlags are the flags of the command download.
type downloadFlags struct {
	hub.SnapshotOptions
	revision, endpoint string
	json, quiet        bool
}

func newDownload() *cobra.Command {
	var flags downloadFlags
	command := &cobra.Command{
		Use:   "download REPO [FILE...]",
		Short: "Download a dataset repository, or some of its files",
		Long: "download brings the files of a dataset repository into the cache that huggingface_hub uses too (HF_HUB_CACHE, HF_HOME),\n" +
			"or with --local-dir into a folder, and prints where they are. What is there already is not fetched again, and an\n" +
			"interrupted download goes on where it stopped. A FILE that ends in / means all below that folder. REPO may also be an\n" +
			"address, hf://datasets/namespace/name[@revision][/path], of a file, or of a folder if its path ends in /.",
		Example: "  hfspark download openai/gsm8k\n" +
			"  hfspark download openai/gsm8k README.md main/\n" +
			"  hfspark download hf://datasets/openai/gsm8k@main/README.md\n" +
			"  hfspark download BAAI/Infinity-Instruct --include '7M/*.parquet' --local-dir ./data",
		Args: arguments(cobra.MinimumNArgs(1)),
		RunE: func(command *cobra.Command, args []string) error {
			if flags.LocalDir != "" && flags.CacheDir != "" {
				return usageError{fmt.Errorf("--local-dir and --cache-dir exclude each other: the files go to one of them")}
			}
			repo, files, err := flags.resolve(args[0], args[1:])
			if err != nil {
				return usageError{err}
			}
			got, err := flags.run(command, repo, files)
			if err != nil {
				return err
			}
			if got.Stale != nil {
				fmt.Fprintf(command.ErrOrStderr(), "hfspark: the files may be out of date: %v\n", got.Stale)
			}
			if got.Files == 0 && len(files) == 0 && (flags.Allow != nil || flags.Ignore != nil) {
				fmt.Fprintln(command.ErrOrStderr(), "hfspark: no file matches the patterns")
			}
			return flags.print(command.OutOrStdout(), got)
		},
	}
	set := command.Flags()
	set.StringVar(&flags.revision, "revision", "", "branch, tag or commit (default: main)")
	addIncludeExclude(set, &flags.Allow, &flags.Ignore)
	set.StringVar(&flags.LocalDir, "local-dir", "", "put the files there under their own names, instead of into the cache")
	set.StringVar(&flags.CacheDir, "cache-dir", "", "the cache (default: HF_HUB_CACHE, or hub in HF_HOME)")
	set.BoolVar(&flags.Force, "force", false, "fetch files again that are there")
	set.BoolVar(&flags.LocalOnly, "local-only", false, "send nothing: find what is there")
	set.IntVar(&flags.Parallel, "parallel", hub.DefaultParallel, "requests at a time")
	addEndpoint(set, &flags.endpoint)
	addJSON(set, &flags.json)
	addQuiet(set, &flags.quiet)
	return command
}

// resolve takes an hf:// address apart, which may name a revision and a file as well.
func (f *downloadFlags) resolve(repo string, files []string) (string, []string, error) {
	if !hub.IsAddress(repo) {
		return repo, files, nil
	}
	file, err := hub.ParseAddress(repo)
	if err != nil {
		return "", nil, err
	}
	if file.Revision != "" {
		if f.revision != "" && f.revision != file.Revision {
			return "", nil, fmt.Errorf("%s names a revision, and --revision %s another one: give one of them", repo, f.revision)
		}
		f.revision = file.Revision
	}
	if file.Path == "" {
		return file.Repo.ID, files, nil
	}
	if len(files) > 0 {
		return "", nil, fmt.Errorf("%s names what to download: give no FILE besides", repo)
	}
	return file.Repo.ID, []string{file.Path}, nil
}

// run downloads one file as such, and anything else as a snapshot.
func (f *downloadFlags) run(command *cobra.Command, repo string, files []string) (*hub.Downloaded, error) {
	client, err := hub.New(hub.Options{Endpoint: f.endpoint, Logger: logger(command)})
	if err != nil {
		return nil, err
	}
	defer client.CloseIdleConnections()
	var last atomic.Pointer[hub.DownloadProgress]
	f.Progress = func(p hub.DownloadProgress) { last.Store(&p) }
	defer startLine(command, f.quiet, func() string { return downloadText(last.Load()) }).Stop()
	ctx := command.Context()
	if len(files) == 1 && files[0] != "" && !strings.HasSuffix(files[0], "/") && f.Allow == nil && f.Ignore == nil {
		return client.Download(ctx, hub.File{Repo: hub.Dataset(repo), Revision: f.revision, Path: files[0]}, f.DownloadOptions)
	}
	f.Files = files
	return client.Snapshot(ctx, hub.Dataset(repo), f.revision, f.SnapshotOptions)
}

func (f *downloadFlags) print(out io.Writer, got *hub.Downloaded) error {
	if !f.json {
		_, err := fmt.Fprintln(out, got.Path)
		return err
	}
	return json.NewEncoder(out).Encode(map[string]any{
		"path": got.Path, "commit": got.Commit, "files": got.Files, "stale": got.Stale != nil,
	})
}

func downloadText(p *hub.DownloadProgress) string {
	if p == nil {
		return ""
	}
	return fmt.Sprintf("%d of %d files, %s of %s", p.FilesDone, p.Files, progress.Bytes(p.BytesDone), progress.Bytes(p.Bytes))
}

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/hfspark/hfspark/hub"
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
			"interrupted download goes on where it stopped. A FILE that ends in / means all below that folder.",
		Example: "  hfspark download openai/gsm8k\n" +
			"  hfspark download openai/gsm8k README.md main/\n" +
			"  hfspark download BAAI/Infinity-Instruct --include '7M/*.parquet' --local-dir ./data",
		Args: arguments(cobra.MinimumNArgs(1)),
		RunE: func(command *cobra.Command, args []string) error {
			if flags.LocalDir != "" && flags.CacheDir != "" {
				return usageError{fmt.Errorf("--local-dir and --cache-dir exclude each other: the files go to one of them")}
			}
			got, err := flags.run(command, args[0], args[1:])
			if err != nil {
				return err
			}
			if got.Stale != nil {
				fmt.Fprintf(command.ErrOrStderr(), "hfspark: the files may be out of date: %v\n", got.Stale)
			}
			if got.Files == 0 && len(args) == 1 && (flags.Allow != nil || flags.Ignore != nil) {
				fmt.Fprintln(command.ErrOrStderr(), "hfspark: no file matches the patterns")
			}
			return flags.print(command.OutOrStdout(), got)
		},
	}
	set := command.Flags()
	set.StringVar(&flags.revision, "revision", "", "branch, tag or commit (default main)")
	set.StringArrayVar(&flags.Allow, "include", nil, "only files that match this pattern; * matches / too; may be given several times")
	set.StringArrayVar(&flags.Ignore, "exclude", nil, "no files that match this pattern; may be given several times")
	set.StringVar(&flags.LocalDir, "local-dir", "", "put the files there under their own names, instead of into the cache")
	set.StringVar(&flags.CacheDir, "cache-dir", "", "the cache (default: HF_HUB_CACHE, or hub in HF_HOME)")
	set.BoolVar(&flags.Force, "force", false, "fetch files again that are there")
	set.BoolVar(&flags.LocalOnly, "local-only", false, "send nothing: find what is there")
	set.IntVar(&flags.Parallel, "parallel", hub.DefaultParallel, "requests at a time")
	set.StringVar(&flags.endpoint, "endpoint", "", "the Hub (default: HF_ENDPOINT)")
	set.BoolVar(&flags.json, "json", false, "print path, commit and number of files as JSON")
	set.BoolVarP(&flags.quiet, "quiet", "q", false, "show no progress")
	return command
}

// run downloads one file as such, and anything else as a snapshot.
func (f *downloadFlags) run(command *cobra.Command, repo string, files []string) (*hub.Downloaded, error) {
	client, err := hub.New(hub.Options{Endpoint: f.endpoint, Logger: logger(command)})
	if err != nil {
		return nil, err
	}
	defer client.CloseIdleConnections()
	if out, ok := command.ErrOrStderr().(*os.File); ok && !f.quiet && term.IsTerminal(int(out.Fd())) { //nolint:gosec // A descriptor fits.
		line := &progressLine{out: out}
		f.Progress = line.report
		defer line.end()
	}
	ctx := command.Context()
	if len(files) == 1 && files[0] != "" && files[0][len(files[0])-1] != '/' && f.Allow == nil && f.Ignore == nil {
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

// progressLine shows progress on a terminal, in one line that is written over.
type progressLine struct {
	out io.Writer

	mu    sync.Mutex
	shown time.Time
	width int
}

// progressInterval is how often the line changes.
const progressInterval = 100 * time.Millisecond

func (l *progressLine) report(p hub.DownloadProgress) {
	l.show(fmt.Sprintf("%d of %d files, %s of %s", p.FilesDone, p.Files,
		humanize.Bytes(uint64(max(p.BytesDone, 0))), humanize.Bytes(uint64(max(p.Bytes, 0))))) //nolint:gosec // Not negative.
}

// show writes text over what is there, unless that is too young to have been read.
func (l *progressLine) show(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now := time.Now(); now.Sub(l.shown) >= progressInterval {
		l.shown = now
		l.print(text)
	}
}

func (l *progressLine) print(text string) {
	fmt.Fprintf(l.out, "\r%-*s", l.width, text)
	l.width = len(text)
}

// end clears the line.
func (l *progressLine) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.width > 0 {
		l.print("")
		fmt.Fprint(l.out, "\r")
	}
}

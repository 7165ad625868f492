package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/hfspark/hfspark/internal/progress"
	"github.com/hfspark/hfspark/internal/query"
	"github.com/hfspark/hfspark/source/sink"
)

// writeFlags are the flags of the command write.
type writeFlags struct {
	engine                                        engineFlags
	mode, config, split, dataDir, revision, token string
	endpoint, message, scratch                    string
	private, createPR, json, quiet                bool
	options                                       []string
}

func newWrite() *cobra.Command {
	var flags writeFlags
	command := &cobra.Command{
		Use:   "write QUERY REPO",
		Short: "Write the rows of a Spark SQL query to a dataset repository",
		Long: "write runs a query as hfspark sql does and writes its rows as Parquet files to a split of REPO, in one commit: nothing is\n" +
			"visible before all of it is. The repository is made when there is none. REPO may also be an address of a file or folder,\n" +
			"hf://datasets/namespace/name/path, to write files by name: data.parquet is one file, a folder gets part-00000.parquet and so on.",
		Example: `  hfspark write "SELECT * FROM hf('stanfordnlp/imdb') WHERE label = 1" username/imdb-positive --mode overwrite
  hfspark write "SELECT id, text FROM hf('user/ds')" hf://datasets/user/texts/data.parquet --option compression=zstd`,
		Args: arguments(cobra.ExactArgs(2)),
		RunE: func(command *cobra.Command, args []string) error { return flags.run(command, args[0], args[1]) },
	}
	set := command.Flags()
	set.StringVar(&flags.mode, "mode", "errorifexists", "what becomes of rows that are there: append, overwrite, errorifexists or ignore")
	set.StringVar(&flags.config, "config", "", "the subset (default: the repository's default subset)")
	set.StringVar(&flags.split, "split", "", "the split (default: train)")
	set.StringVar(&flags.dataDir, "data-dir", "", "folder of the files (default: data, or the name of the subset)")
	set.StringVar(&flags.revision, "revision", "", "a branch that exists (default: main)")
	set.StringVar(&flags.token, "token", "", "the token to write with (default: HF_TOKEN, or that of hfspark login); other users of this machine may see it in the list of processes")
	addEndpoint(set, &flags.endpoint)
	set.StringVar(&flags.message, "commit-message", "", "title of the commit")
	set.BoolVar(&flags.private, "private", false, "make the repository private, if it is made")
	set.BoolVar(&flags.createPR, "create-pr", false, "open a pull request instead of changing the branch")
	set.StringVar(&flags.scratch, "scratch", "", "folder for files that are being written (default: the system's temporary folder)")
	set.StringArrayVar(&flags.options, "option", nil, "any option of the data source, as key=value: "+strings.Join(sink.OptionNames(), ", "))
	addJSON(set, &flags.json)
	addQuiet(set, &flags.quiet)
	flags.engine.add(set)
	return command
}

func (f *writeFlags) run(command *cobra.Command, text, repo string) (err error) {
	options, err := f.parse(command, repo)
	if err != nil {
		return err
	}
	relation, err := query.SQL(text)
	if err != nil {
		return err
	}
	runner, err := f.engine.open(command, f.endpoint)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, runner.Close()) }()
	prepared, err := runner.Prepare(command.Context(), relation, 0)
	if err != nil {
		return err
	}
	var last atomic.Pointer[sink.Progress]
	line := startLine(command, f.quiet, func() string { return writeText(last.Load()) })
	defer line.Stop()
	target := sink.New(sink.Config{Source: runner.Source(), Scratch: f.scratch, Logger: logger(command)})
	result, err := prepared.Write(command.Context(), target, options, func(p sink.Progress) { last.Store(&p) })
	line.Stop()
	if err != nil {
		return err
	}
	return f.print(command.OutOrStdout(), result)
}

func (f *writeFlags) parse(command *cobra.Command, repo string) (sink.Options, error) {
	mode, err := sink.ParseMode(f.mode)
	if err != nil {
		return sink.Options{}, usageError{err}
	}
	values, err := keyValues(f.options)
	if err != nil {
		return sink.Options{}, err
	}
	for key, value := range map[string]string{
		"config": f.config, "split": f.split, "data_dir": f.dataDir, "revision": f.revision, "token": f.token,
		"endpoint": f.endpoint, "commit_message": f.message,
	} {
		if value != "" {
			values[key] = value
		}
	}
	if command.Flags().Changed("private") {
		values["private"] = fmt.Sprint(f.private)
	}
	if f.createPR {
		values["create_pr"] = "true"
	}
	options, err := sink.ParseOptions(values, repo, mode)
	if err != nil {
		return sink.Options{}, usageError{err}
	}
	return options, nil
}

func writeText(p *sink.Progress) string {
	if p == nil {
		return ""
	}
	return fmt.Sprintf("%s rows, %d files (%s), %d uploaded (%s sent)", humanize.Comma(p.Rows), p.Files, progress.Bytes(p.Bytes), p.Uploaded,
		progress.Bytes(p.Sent))
}

func (f *writeFlags) print(out io.Writer, r *sink.Result) error {
	if f.json {
		return json.NewEncoder(out).Encode(map[string]any{
			"skipped": r.Skipped, "commit": r.Commit, "url": r.URL, "pull_request": r.PullRequest, "files": r.Files, "rows": r.Rows,
			"bytes": r.Bytes, "deleted": r.Deleted, "commits": r.Commits, "gradual": r.Gradual,
		})
	}
	if r.Skipped {
		_, err := fmt.Fprintln(out, "nothing was written: there is data already, or there are no rows to append")
		return err
	}
	_, err := fmt.Fprintf(out, "%s rows in %d files (%s): %s\n", humanize.Comma(r.Rows), len(r.Files), progress.Bytes(r.Bytes), r.URL)
	return err
}

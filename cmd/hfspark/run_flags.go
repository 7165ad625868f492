package main

import (
	"errors"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/hfspark/hfspark/internal/output"
	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/progress"
)

// runFlags tell how a query runs and how its rows are printed.
type runFlags struct {
	engine         engineFlags
	rows, truncate int
	format         string
	endpoint       string // the process's own Hub, as query.Config has it
	explain, quiet bool
}

func (f *runFlags) add(flags *pflag.FlagSet, rows int) {
	flags.IntVar(&f.rows, "rows", rows, "how many rows to print; 0 prints all")
	flags.IntVar(&f.truncate, "truncate", 20, "cut table cells to this many characters; 0 cuts nothing")
	flags.StringVar(&f.format, "format", "table", "table, json (one object a line), csv or arrow (an IPC stream)")
	flags.BoolVar(&f.explain, "explain", false, "print the plan instead of running it")
	addQuiet(flags, &f.quiet)
	f.engine.add(flags)
}

// print runs a relation and prints its rows on standard output, with progress on a terminal.
func (f *runFlags) print(command *cobra.Command, relation plan.Relation) (err error) {
	format, err := output.ParseFormat(f.format)
	if err != nil {
		return usageError{err}
	}
	runner, err := f.engine.open(command, f.endpoint)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, runner.Close()) }()
	prepared, err := runner.Prepare(command.Context(), relation, f.limit(format))
	if err != nil {
		return err
	}
	if f.explain {
		return prepared.Explain(command.Context(), command.OutOrStdout())
	}
	line := startLine(command, f.quiet, func() string { return progress.Text(prepared.Progress()) })
	defer line.Stop()
	rows, err := prepared.Run(command.Context())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	return output.Write(line.Clearing(command.OutOrStdout()), format, rows, output.Options{
		Rows: f.rows, Truncate: f.truncate, TimeZone: runner.TimeZone(),
	})
}

// limit is how many rows the query is asked for, 0 for all: one more than a table shows, so that it knows of more.
func (f *runFlags) limit(format output.Format) int64 {
	if f.rows <= 0 {
		return 0
	}
	if format == output.Table {
		return int64(f.rows) + 1
	}
	return int64(f.rows)
}

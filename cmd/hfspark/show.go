package main

import (
	"github.com/spf13/cobra"

	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/query"
)

func newShow() *cobra.Command {
	var dataset datasetFlags
	var run runFlags
	command := &cobra.Command{
		Use:   "show REPO",
		Short: "Print the first rows of a dataset",
		Long: "show reads a split of a dataset repository as spark.read.format(\"huggingface\") does, and prints its first rows as\n" +
			"df.show() does, or with --format as JSON, CSV or Arrow.",
		Example: "  hfspark show stanfordnlp/imdb\n" +
			"  hfspark show BAAI/Infinity-Instruct --config 7M --columns id,langdetect --rows 5\n" +
			"  hfspark show openai/gsm8k --config main --format json --rows 0 > gsm8k.jsonl",
		Args: arguments(cobra.ExactArgs(1)),
		RunE: func(command *cobra.Command, args []string) error {
			options, err := dataset.values()
			if err != nil {
				return err
			}
			run.endpoint = dataset.endpoint
			return run.print(command, plan.DataSource{Format: query.Format, Options: options, Paths: args})
		},
	}
	dataset.add(command.Flags())
	run.add(command.Flags(), 20)
	return command
}

package main

import (
	"encoding/json"

	"github.com/spf13/cobra"

	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/query"
)

// selectColumns plans the read of the columns that the flag names. The query selects them, which works with all formats: few have the
// option columns.
func selectColumns(options map[string]string, paths []string) plan.Relation {
	var names []string
	if json.Unmarshal([]byte(options["columns"]), &names) != nil || len(names) == 0 {
		return plan.DataSource{Format: query.Format, Options: options, Paths: paths} // No columns, or a list that is not one: that error is the option's.
	}
	delete(options, "columns")
	items := make([]plan.Expression, len(names))
	for i, name := range names {
		items[i] = plan.Attribute{Parts: []string{name}}
	}
	return plan.Project{Input: plan.DataSource{Format: query.Format, Options: options, Paths: paths}, Items: items}
}

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
			if dataset.columns != "" {
				return run.print(command, selectColumns(options, args))
			}
			return run.print(command, plan.DataSource{Format: query.Format, Options: options, Paths: args})
		},
	}
	dataset.add(command.Flags())
	run.add(command.Flags(), 20)
	return command
}

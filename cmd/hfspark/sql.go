package main

import (
	"github.com/spf13/cobra"

	"github.com/hfspark/hfspark/internal/query"
)

func newSQL() *cobra.Command {
	var run runFlags
	command := &cobra.Command{
		Use:   "sql QUERY",
		Short: "Run a Spark SQL query over repositories",
		Long: "sql runs a query in Spark's SQL. hf('namespace/name', option => value) is a table that reads a repository; it\n" +
			"takes the options of the data source: config, split, revision, columns, filters, data_dir, data_files.",
		Example: `  hfspark sql "SELECT label, count(*) FROM hf('stanfordnlp/imdb', split => 'test') GROUP BY label"`,
		Args:    arguments(cobra.ExactArgs(1)),
		RunE: func(command *cobra.Command, args []string) error {
			relation, err := query.SQL(args[0])
			if err != nil {
				return err
			}
			return run.print(command, relation)
		},
	}
	addEndpoint(command.Flags(), &run.endpoint)
	run.add(command.Flags(), 1000)
	return command
}

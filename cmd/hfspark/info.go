package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/hfspark/hfspark/internal/repoinfo"
	"github.com/hfspark/hfspark/source"
)

func newInfo() *cobra.Command {
	var dataset datasetFlags
	var cache cacheFlags
	var asJSON bool
	command := &cobra.Command{
		Use:   "info REPO",
		Short: "Tell what a repository holds: subsets, splits, files, format, schema, partitions",
		Long: "info tells how a dataset repository is read, without reading its rows: the subsets, and of one of them the splits with\n" +
			"their files and partitions, and the schema. Where the columns cannot be told, as of formats that are not read here, the\n" +
			"rest is told all the same.",
		Example: "  hfspark info openai/gsm8k\n" +
			"  hfspark info BAAI/Infinity-Instruct --config 7M --json",
		Args: arguments(cobra.ExactArgs(1)),
		RunE: func(command *cobra.Command, args []string) error {
			report, err := describe(command, &dataset, &cache, args)
			out := command.OutOrStdout()
			switch {
			case err != nil:
				return err
			case asJSON:
				if report.NoColumns != nil {
					fmt.Fprintf(command.ErrOrStderr(), "the columns are not known: %v\n", report.NoColumns)
				}
				return report.WriteJSON(out)
			default:
				return report.WriteText(out)
			}
		},
	}
	dataset.add(command.Flags())
	cache.add(command.Flags())
	addJSON(command.Flags(), &asJSON)
	return command
}

func describe(command *cobra.Command, dataset *datasetFlags, cache *cacheFlags, args []string) (*repoinfo.Report, error) {
	values, err := dataset.values()
	if err != nil {
		return nil, err
	}
	options, err := source.ParseOptions(values, args)
	if err != nil {
		return nil, fmt.Errorf("info of %s: %w", args[0], err)
	}
	config := source.Config{Endpoint: dataset.endpoint, Logger: logger(command)}
	if config.CacheDir, config.CacheSize, err = cache.values(); err != nil {
		return nil, err
	}
	return repoinfo.Describe(command.Context(), source.New(config), options)
}

package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/hfspark/hfspark/internal/demo"
)

func newDemo() *cobra.Command {
	var interpreter, write string
	command := &cobra.Command{
		Use:   "demo",
		Short: "Run a tour on made-up repositories: command line first, then PySpark",
		Long: "demo makes two repositories in a temporary folder, serves them with a Hub of its own, reads them through the\n" +
			"command line and through a Spark Connect server with PySpark, and leaves nothing behind.",
		Example: "  hfspark demo --python .venv/bin/python\n" +
			"  hfspark demo --write ./repos",
		Args: arguments(cobra.NoArgs),
		RunE: func(command *cobra.Command, _ []string) error {
			if write != "" {
				return demo.Write(write, demo.Sizes{})
			}
			program, err := os.Executable()
			if err != nil {
				return fmt.Errorf("find the running program: %w", err)
			}
			return demo.Run(command.Context(), demo.Options{Program: program, Python: interpreter, Out: command.OutOrStdout()})
		},
	}
	flags := command.Flags()
	flags.StringVar(&interpreter, "python", "python3", "a Python that has pyspark")
	flags.StringVar(&write, "write", "", "only write the repositories into this folder")
	return command
}

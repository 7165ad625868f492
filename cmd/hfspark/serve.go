package main

import (
	"fmt"
	"net"
	"os"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/hfspark/hfspark/internal/serve"
)

func newServe() *cobra.Command {
	var engine engineFlags
	var listen, endpoint, writeDir, keepMemory string
	command := &cobra.Command{
		Use:   "serve",
		Short: "Run a Spark Connect server for PySpark and other clients",
		Long: "serve is a Spark Connect server with an embedded engine. Connect with\n" +
			`  SparkSession.builder.remote("sc://localhost:15002").getOrCreate()` + "\n" +
			"and read with spark.read.format(\"huggingface\").\n\n" +
			"With the environment variable " + serve.TokenVariable + " set, clients must show that token;\n" +
			"PySpark does when the same variable is set for it. Without it serve listens on loopback addresses only.",
		Example: "  hfspark serve\n" +
			"  " + serve.TokenVariable + "=secret hfspark serve --listen 0.0.0.0:15002 --memory 4GiB",
		Args: arguments(cobra.NoArgs),
		RunE: func(command *cobra.Command, _ []string) error {
			config, err := engine.config(command)
			if err != nil {
				return err
			}
			if config.Kept, err = keptMemory(keepMemory, config.Memory); err != nil {
				return err
			}
			config.Endpoint = endpoint
			return serve.Run(command.Context(), listen, serve.Config{
				Config: config, Token: os.Getenv(serve.TokenVariable), WriteDir: writeDir,
			}, func(address net.Addr) {
				fmt.Fprintf(command.OutOrStdout(), "Spark Connect server at sc://%s\n", address)
			})
		},
	}
	flags := command.Flags()
	flags.StringVar(&listen, "listen", "127.0.0.1:15002", "address to listen on; port 0 takes a free one")
	addEndpoint(flags, &endpoint)
	flags.StringVar(&writeDir, "write-dir", "", "a folder below which clients may write files with df.write.parquet, csv and json (default: none)")
	flags.StringVar(&keepMemory, "keep-memory", "", "how much of --memory keeps what was read of Parquet files, for later queries of whoever may "+
		"read them; 0 keeps nothing, half of --memory is the most (default: three eighths of it)")
	engine.add(flags)
	return command
}

// keptMemory is how many bytes of memory the flag --keep-memory means.
func keptMemory(flag string, memory int64) (int64, error) {
	if flag == "" {
		return memory / 8 * 3, nil
	}
	bytes, err := humanize.ParseBytes(flag)
	if err != nil || bytes > uint64(memory/2) {
		return 0, usageError{fmt.Errorf("--keep-memory %q: write a size such as 256MB, half of --memory or less, or 0", flag)}
	}
	return int64(bytes), nil
}

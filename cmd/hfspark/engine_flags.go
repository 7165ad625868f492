package main

import (
	"fmt"
	"math"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/hfspark/hfspark/internal/query"
)

// engineFlags bound what the engine uses.
type engineFlags struct {
	memory  string
	threads int
	cache   cacheFlags
}

func (f *engineFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.memory, "memory", "1GiB", "how much reading may hold at once: fetch buffers and slices together")
	flags.IntVar(&f.threads, "threads", 0, "how many threads queries use; 0 uses every core")
	f.cache.add(flags)
}

func (f *engineFlags) config(command *cobra.Command) (query.Config, error) {
	memory, err := humanize.ParseBytes(f.memory)
	if err != nil || memory == 0 || memory > math.MaxInt64 {
		return query.Config{}, usageError{fmt.Errorf("--memory %q: write a size such as 512MB or 2GiB", f.memory)}
	}
	if f.threads < 0 {
		return query.Config{}, usageError{fmt.Errorf("--threads %d: write a number from 0 on", f.threads)}
	}
	config := query.Config{Memory: int64(memory), Threads: f.threads, Logger: logger(command)}
	config.CacheDir, config.CacheSize, err = f.cache.values()
	return config, err
}

// open makes what runs a command's query, for the process's own Hub at an endpoint. Close frees it.
func (f *engineFlags) open(command *cobra.Command, endpoint string) (*query.Runner, error) {
	config, err := f.config(command)
	if err != nil {
		return nil, err
	}
	config.Endpoint = endpoint
	return query.New(command.Context(), config)
}

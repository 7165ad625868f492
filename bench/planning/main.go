// Command planning plans the read of a dataset repository and prints, as JSON, what that took: the number of files and partitions, the
// requests, the seconds, and the bytes that the plan keeps and that were allocated meanwhile, for each file.
//
//	planning [--repeat N] REPO [OPTION=VALUE]...
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"strings"
	"time"

	"github.com/hfspark/hfspark/hub"
	"github.com/hfspark/hfspark/source"
)

func main() {
	repeat := flag.Int("repeat", 1, "how often to plan; all but the first find the listing in memory")
	profile := flag.String("cpuprofile", "", "file to write a profile to")
	flag.Parse()
	if err := run(context.Background(), *repeat, *profile, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// result is what one plan took.
type result struct {
	Files, Partitions             int
	APIRequests, FileRequests     int64
	Seconds                       float64
	BytesKept, BytesAllocated     uint64 // for each file
	PartitionJSON, ResidentMemory int    // bytes of the first partition; bytes at most, of the process
}

func run(ctx context.Context, repeat int, profile string, args []string) (err error) {
	if len(args) == 0 {
		return errors.New("no repository is named: give it, and then options as option=value")
	}
	options := map[string]string{}
	for _, arg := range args[1:] {
		name, value, _ := strings.Cut(arg, "=")
		options[name] = value
	}
	parsed, err := source.ParseOptions(options, args[:1])
	if err != nil {
		return err
	}
	client, err := hub.New(hub.Options{})
	if err != nil {
		return err
	}
	if profile != "" {
		out, err := os.Create(profile)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, out.Close()) }()
		if err := pprof.StartCPUProfile(out); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	tables := source.New(source.Config{Client: func(_, _ string) (*hub.Client, error) { return client, nil }, CacheDir: os.Getenv("HFSPARK_KEEP_DIR")})
	for range repeat {
		if err := plan(ctx, tables, client, parsed); err != nil {
			return err
		}
	}
	return nil
}

func plan(ctx context.Context, tables *source.Source, client *hub.Client, o source.Options) error {
	before, asked, begin := memory(), client.Stats(), time.Now()
	table, err := tables.Table(ctx, o)
	if err != nil {
		return err
	}
	took, after, done := time.Since(begin), memory(), client.Stats()
	files := uint64(max(1, table.Files()))
	first, err := json.Marshal(table.Partitions[0])
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(result{
		Files: table.Files(), Partitions: len(table.Partitions), Seconds: took.Seconds(),
		APIRequests: done.APIRequests - asked.APIRequests, FileRequests: done.FileRequests - asked.FileRequests,
		BytesKept: (max(after.HeapAlloc, before.HeapAlloc) - before.HeapAlloc) / files, BytesAllocated: (after.TotalAlloc - before.TotalAlloc) / files,
		PartitionJSON: len(first), ResidentMemory: int(after.Sys),
	})
}

func memory() (m runtime.MemStats) {
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m
}

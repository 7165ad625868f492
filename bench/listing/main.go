// Command listing counts the files of a dataset repository at a commit, for the benchmark of the Hub: it prints the number of files
// and of requests.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/hfspark/hfspark/hub"
)

func main() {
	if err := run(context.Background(), os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, id string) error {
	client, err := hub.New(hub.Options{})
	if err != nil {
		return err
	}
	info, err := client.Info(ctx, hub.Dataset(id), "")
	if err != nil {
		return err
	}
	asked := client.Stats().APIRequests
	files := 0
	for entry, err := range client.List(ctx, hub.Dataset(id), info.SHA, "", true) {
		if err != nil {
			return err
		}
		if entry.Type == hub.TypeFile {
			files++
		}
	}
	fmt.Println(files, client.Stats().APIRequests-asked)
	return nil
}

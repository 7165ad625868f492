package source

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/hfspark/hfspark/hub"
	"github.com/hfspark/hfspark/hub/localhub"
)

// sharedRepos holds real datasets, one folder a repository.
var sharedRepos = filepath.Join("..", "..", "shared", "data", "repos")

// newSource starts a Hub over a folder and returns a source that reads from it.
func newSource(t *testing.T, root string) *Source {
	t.Helper()
	server, err := localhub.Start(context.Background(), localhub.Options{Root: root, Listen: "127.0.0.1:0", StorageListen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	var clients []*hub.Client
	t.Cleanup(func() {
		for _, c := range clients {
			c.CloseIdleConnections()
		}
	})
	return New(Config{Client: func(_, token string) (*hub.Client, error) {
		c, err := hub.New(hub.Options{Endpoint: server.URL(), Token: token, Anonymous: token == ""})
		clients = append(clients, c)
		return c, err
	}})
}

// needRepos skips a test where the shared data is missing.
func needRepos(t *testing.T) string {
	t.Helper()
	if _, err := os.Stat(sharedRepos); errors.Is(err, os.ErrNotExist) {
		t.Skipf("no datasets at %s", sharedRepos)
	}
	return sharedRepos
}

// readAll reads all rows of a table into one JSON-like list a column.
func readAll(t *testing.T, s *Source, table *Table) map[string][]any {
	t.Helper()
	out := map[string][]any{}
	columns := fieldNames(table.Schema)
	for _, p := range table.Partitions {
		batches, err := readPartition(s, p, Request{Columns: columns, Filters: table.Filters})
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range batches {
			if got := b.Schema(); !got.Equal(arrow.NewSchema(table.Schema.Fields(), nil)) {
				t.Fatalf("schema %v, want %v", got, table.Schema)
			}
			for i, name := range columns {
				for row := range int(b.NumRows()) {
					out[name] = append(out[name], b.Column(i).GetOneForMarshal(row))
				}
			}
			b.Release()
		}
	}
	return out
}

func readPartition(s *Source, p Partition, r Request) (out []arrow.RecordBatch, err error) {
	ctx := context.Background()
	reader, err := s.Read(ctx, p, "", r)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, reader.Close()) }()
	for {
		piece, err := reader.Next(ctx)
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		if piece.Records != nil {
			piece.Records.Retain()
			out = append(out, piece.Records)
		}
		piece.Release()
	}
}

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/apache/arrow-go/v18/parquet/file"

	"github.com/hfspark/hfspark/hub/localhub"
	"github.com/hfspark/hfspark/internal/demo"
)

// countingHub is a Hub that counts the bytes of data files it sends.
type countingHub struct {
	*localhub.Server
	mu    sync.Mutex
	bytes int64
}

func startCountingHub(t *testing.T, root string) *countingHub {
	t.Helper()
	hub := &countingHub{}
	server, err := localhub.Start(t.Context(), localhub.Options{Root: root, Observe: func(r localhub.Request) {
		if filepath.Ext(r.Path) == ".parquet" {
			hub.mu.Lock()
			defer hub.mu.Unlock()
			hub.bytes += r.Bytes
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	hub.Server = server
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return hub
}

// fetched runs a query with the command line and returns how many bytes of data files it made the Hub send.
func (h *countingHub) fetched(t *testing.T, args ...string) int64 {
	t.Helper()
	h.mu.Lock()
	h.bytes = 0
	h.mu.Unlock()
	environment := []string{"HF_ENDPOINT=" + h.URL(), "HF_TOKEN=" + demo.Token}
	if _, log, err := run(t, program, "", environment, args...); err != nil {
		t.Fatalf("hfspark %v: %v\n%s", args, err, log)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.bytes
}

// bytesOf returns the sizes of the footers and of one column's chunks of the Parquet files.
func bytesOf(t *testing.T, pattern, column string) (footers, chunks, first int64) {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		t.Fatalf("no files %s: %v", pattern, err)
	}
	for i, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		reader, err := file.OpenParquetFile(path, false)
		if err != nil {
			t.Fatal(err)
		}
		index := reader.MetaData().Schema.ColumnIndexByName(column)
		var end int64
		for group := range reader.NumRowGroups() {
			all := reader.MetaData().RowGroup(group)
			for c := range all.NumColumns() {
				chunk, err := all.ColumnChunk(c)
				if err != nil {
					t.Fatal(err)
				}
				start := chunk.DataPageOffset()
				if chunk.HasDictionaryPage() {
					start = min(start, chunk.DictionaryPageOffset())
				}
				end = max(end, start+chunk.TotalCompressedSize())
				if c == index {
					chunks += chunk.TotalCompressedSize()
				}
			}
			if i == 0 && group == 0 {
				first = end
			}
		}
		footers += info.Size() - end
		if err := reader.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return footers, chunks, first
}

// TestFetchesOnlyWhatIsNeeded holds the data source to its byte budget: footers, and the chunks of the columns that a query
// uses, whether or not the columns option names them; a count reads footers alone; show reads the first row group.
func TestFetchesOnlyWhatIsNeeded(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	if err := demo.Write(root, demo.Sizes{}); err != nil {
		t.Fatal(err)
	}
	hub := startCountingHub(t, root)
	footers, chunks, firstGroup := bytesOf(t, filepath.Join(root, "BAAI/Infinity-Instruct/7M/*.parquet"), "langdetect")
	count := "SELECT langdetect, count(*) FROM hf('BAAI/Infinity-Instruct', config => '7M'%s) GROUP BY langdetect"
	plain := hub.fetched(t, "sql", fmt.Sprintf(count, ""))
	named := hub.fetched(t, "sql", fmt.Sprintf(count, `, columns => '["langdetect"]'`))
	if plain != named {
		t.Errorf("grouping fetched %d bytes, with the columns option %d", plain, named)
	}
	if limit := allowance(footers + chunks); plain > limit {
		t.Errorf("grouping fetched %d bytes; footers and the column's chunks are %d and %d", plain, footers, chunks)
	}
	if got := hub.fetched(t, "sql", "SELECT count(*) FROM hf('BAAI/Infinity-Instruct', config => '7M')"); got > allowance(footers) {
		t.Errorf("count fetched %d bytes; the footers are %d", got, footers)
	}
	if got, limit := hub.fetched(t, "show", "BAAI/Infinity-Instruct", "--config", "7M"), allowance(firstGroup+footers); got > limit {
		t.Errorf("show fetched %d bytes; the first row group and the footers are %d and %d", got, firstGroup, footers)
	}
}

// allowance is a twentieth more than what is needed: the size of a footer is not known before it is read.
func allowance(needed int64) int64 { return needed + needed/20 }

package query

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	"go.uber.org/goleak"

	"github.com/hfspark/hfspark/hub/localhub"
	"github.com/hfspark/hfspark/internal/engine"
	"github.com/hfspark/hfspark/internal/plan/analyzer"
	"github.com/hfspark/hfspark/internal/plan/typed"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// testHub is a Hub over a folder that counts the bytes of data files that it sends, and a runner that reads from it.
type testHub struct {
	*Runner
	root string
	url  string
	sent atomic.Int64
}

func newTestHub(t *testing.T) *testHub {
	t.Helper()
	h := &testHub{root: t.TempDir()}
	server, err := localhub.Start(context.WithoutCancel(t.Context()), localhub.Options{
		Root: h.root, Listen: "127.0.0.1:0", StorageListen: "127.0.0.1:0",
		Observe: func(r localhub.Request) {
			if slices.Contains([]string{".parquet", ".jsonl", ".csv"}, filepath.Ext(r.Path)) {
				h.sent.Add(r.Bytes)
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	h.url = server.URL()
	h.Runner = h.runner(t)
	return h
}

// runner is another one, which has read nothing yet.
func (h *testHub) runner(t *testing.T) *Runner {
	t.Helper()
	r, err := New(t.Context(), Config{Endpoint: h.url, TimeZone: "UTC", Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// write puts a Parquet file into a repository.
func (h *testHub) write(t *testing.T, path string, rowGroup int64, batches []arrow.RecordBatch, options ...parquet.WriterProperty) {
	t.Helper()
	var b bytes.Buffer
	options = append([]parquet.WriterProperty{parquet.WithMaxRowGroupLength(rowGroup)}, options...)
	w, err := pqarrow.NewFileWriter(batches[0].Schema(), &b, parquet.NewWriterProperties(options...), pqarrow.NewArrowWriterProperties(pqarrow.WithStoreSchema()))
	if err != nil {
		t.Fatal(err)
	}
	for _, batch := range batches {
		for from := int64(0); from < batch.NumRows(); from += rowGroup {
			part := batch.NewSlice(from, min(from+rowGroup, batch.NumRows()))
			if err := w.Write(part); err != nil {
				t.Fatal(err)
			}
			part.Release()
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	h.text(t, path, b.String())
}

// text puts a file into a repository.
func (h *testHub) text(t *testing.T, path, content string) {
	t.Helper()
	path = filepath.Join(h.root, path)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// batch makes rows of values, nil for null, by the types of the schema.
func batch(t *testing.T, schema *arrow.Schema, rows int, value func(row int, f arrow.Field) string) arrow.RecordBatch {
	t.Helper()
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	for row := range rows {
		for i, f := range schema.Fields() {
			text := value(row, f)
			if text == "" {
				b.Field(i).AppendNull()
				continue
			}
			if err := b.Field(i).AppendValueFromString(text); err != nil {
				t.Fatal(err)
			}
		}
	}
	return b.NewRecordBatch()
}

// rows runs a query, with push-down or without, and returns its rows as text and how many bytes of files it fetched.
func (h *testHub) rows(t *testing.T, text string, pushed bool) ([]string, int64) {
	t.Helper()
	relation, err := SQL(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	before := h.sent.Load()
	var plan typed.Node
	if pushed {
		prepared, err := h.Prepare(t.Context(), relation, 0)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		plan = prepared.plan
	} else {
		plan, err = analyzer.Analyze(t.Context(), relation, analyzer.Options{ANSI: true, TimeZone: "UTC", CurrentTime: time.Now(), Tables: h.Runner})
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	result, err := h.engine.Run(t.Context(), engine.Query{Plan: plan, TimeZone: "UTC", AsIs: !pushed})
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	defer result.Close()
	var out []string
	for {
		b, err := result.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%s: %v\n%s", text, err, typed.String(plan))
		}
		for row := range int(b.NumRows()) {
			cells := make([]string, b.NumCols())
			for i, c := range b.Columns() {
				cells[i] = "null"
				if !c.IsNull(row) {
					cells[i] = c.ValueStr(row)
				}
			}
			out = append(out, strings.Join(cells, "|"))
		}
		b.Release()
	}
	if err := result.Close(); err != nil {
		t.Fatalf("%s: %v", text, cmp.Or(err, fmt.Errorf("close")))
	}
	return out, h.sent.Load() - before
}

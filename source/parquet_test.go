package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	pq "github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"github.com/hfspark/hfspark/dataset"
	"github.com/hfspark/hfspark/hub"
	"github.com/hfspark/hfspark/source/parquet"
)

// storedFiles serves files from memory and counts bytes.
type storedFiles struct {
	files map[string][]byte

	mu      sync.Mutex
	fetched int64
}

func (s *storedFiles) Range(ctx context.Context, f hub.File, offset, length int64) (io.ReadCloser, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	data, ok := s.files[f.Path]
	if !ok {
		return nil, fmt.Errorf("no file %s", f.Path)
	}
	s.mu.Lock()
	s.fetched += length
	s.mu.Unlock()
	return io.NopCloser(bytes.NewReader(data[offset : offset+length])), nil
}

func (s *storedFiles) services(budget int64) Services {
	return Services{
		Files: s, Memory: NewMemory(budget), Parallelism: 2, Logger: slog.New(slog.DiscardHandler),
		Footers: parquet.NewFooters(0), Progress: &Counters{},
	}
}

func (s *storedFiles) partition(name string, schema *arrow.Schema) Partition {
	return Partition{Repository: "a/b", Commit: "c", Path: name, Size: int64(len(s.files[name])), Format: "parquet", Schema: Schema{schema}}
}

func field(name string, t arrow.DataType) arrow.Field {
	return arrow.Field{Name: name, Type: t, Nullable: true}
}

// parquetFile writes rows, given as JSON lines, in row groups of that many rows.
func parquetFile(t *testing.T, schema *arrow.Schema, rowGroup int64, rows string) []byte {
	t.Helper()
	batch, _, err := array.RecordFromJSON(memory.DefaultAllocator, schema, strings.NewReader(rows), array.WithMultipleDocs())
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w, err := pqarrow.NewFileWriter(schema, &b, pq.NewWriterProperties(pq.WithMaxRowGroupLength(rowGroup)),
		pqarrow.NewArrowWriterProperties(pqarrow.WithStoreSchema()))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(batch); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// readPieces reads a partition and returns its rows as text, one a line, and how many pieces were slices.
func readPieces(t *testing.T, s Services, p Partition, r Request) (text string, slices int, err error) {
	t.Helper()
	reader, err := parquetFormat{}.Open(t.Context(), s, p, r)
	if err != nil {
		return "", 0, err
	}
	defer func() {
		if err := reader.Close(); err != nil {
			t.Error(err)
		}
	}()
	var out strings.Builder
	for {
		piece, err := reader.Next(t.Context())
		if err == io.EOF {
			return out.String(), slices, nil
		}
		if err != nil {
			return "", 0, err
		}
		switch {
		case piece.Slice != nil:
			slices++
			if _, err := os.Stat(piece.Slice.Path()); err != nil {
				t.Error(err)
			}
			fmt.Fprintf(&out, "slice of %d\n", piece.Rows)
		case piece.Records != nil:
			for row := range int(piece.Rows) {
				for i, c := range piece.Records.Columns() {
					fmt.Fprintf(&out, "%s=%s ", piece.Records.ColumnName(i), c.ValueStr(row))
				}
				out.WriteByte('\n')
			}
		default:
			fmt.Fprintf(&out, "count of %d\n", piece.Rows)
		}
		piece.Release()
		piece.Release()
	}
}

func peopleSchema() *arrow.Schema {
	return arrow.NewSchema([]arrow.Field{
		field("id", arrow.PrimitiveTypes.Int64), field("name", arrow.BinaryTypes.String),
		field("tags", arrow.ListOf(arrow.BinaryTypes.String)),
	}, nil)
}

const people = `{"id": 1, "name": "ann", "tags": ["x"]}
{"id": 2, "name": null, "tags": []}
{"id": 3, "name": "cat", "tags": null}
{"id": 4, "name": "dan", "tags": ["y", null]}
`

func TestParquetPartition(t *testing.T) {
	t.Parallel()
	files := &storedFiles{files: map[string][]byte{"f.parquet": parquetFile(t, peopleSchema(), 2, people)}}
	p := files.partition("f.parquet", peopleSchema())
	all := []string{"id", "name", "tags"}
	for name, test := range map[string]struct {
		request Request
		groups  []int
		want    string
	}{
		"slices":   {request: Request{Columns: all}, want: "slice of 4\n"},
		"limit":    {request: Request{Columns: all, Limit: 1}, want: "slice of 2\n"},
		"pruned":   {request: Request{Columns: all, Prune: Compare{Column: "id", Operator: Greater, Value: int64(2)}}, want: "slice of 2\n"},
		"nothing":  {request: Request{Columns: all, Filters: Compare{Column: "id", Operator: Greater, Value: int64(9)}}},
		"filtered": {request: Request{Filters: IsNull{Column: "name"}}, want: "slice of 2\n"},
		"limited and filtered": {
			request: Request{Columns: all, Filters: IsNull{Column: "name", Negated: true}, Limit: 1}, want: "slice of 2\nslice of 2\n",
		},
		"count":      {want: "count of 4\n"},
		"row groups": {groups: []int{1}, want: "count of 2\n"},
		"decoded": {
			request: Request{Columns: []string{"tags", "id"}, Decode: true},
			want:    "tags=[\"x\"] id=1 \ntags=[] id=2 \ntags=(null) id=3 \ntags=[\"y\",null] id=4 \n",
		},
		"decoded and filtered": {
			request: Request{Columns: []string{"id"}, Decode: true, Filters: In{Column: "name", Values: []any{"ann", "cat"}}},
			want:    "id=1 \nid=3 \n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := p
			p.RowGroups = test.groups
			s := files.services(0)
			got, _, err := readPieces(t, s, p, test.request)
			if err != nil || got != test.want {
				t.Errorf("got %s%v, want %s", got, err, test.want)
			}
			if s.Memory.used != 0 || s.Memory.ahead != 0 {
				t.Errorf("%d bytes are not given back, %d ahead", s.Memory.used, s.Memory.ahead)
			}
			if progress := s.Progress.Progress(); progress.FilesDone != 1 {
				t.Errorf("%+v", progress)
			}
		})
	}
}

// A file that is not like the first one of its subset.
func TestParquetDrift(t *testing.T) {
	t.Parallel()
	type fields = []arrow.Field
	subset := arrow.NewSchema(fields{
		field("id", arrow.PrimitiveTypes.Int64), field("name", arrow.BinaryTypes.String),
		field("turns", arrow.ListOf(arrow.StructOf(field("from", arrow.BinaryTypes.String), field("value", arrow.BinaryTypes.String)))),
	}, nil)
	turns := func(fields ...arrow.Field) arrow.Field {
		return field("turns", arrow.ListOf(arrow.StructOf(fields...)))
	}
	for name, test := range map[string]struct {
		schema  fields
		rows    string
		request Request
		want    string
		fails   []string
	}{
		"narrower integers": {
			schema: fields{field("id", arrow.PrimitiveTypes.Int32), field("name", arrow.BinaryTypes.LargeString)},
			rows:   `{"id": 1, "name": "a"}`, request: Request{Columns: []string{"name", "id"}}, want: "slice of 1\n",
		},
		"wider integers": {
			schema: fields{field("id", arrow.PrimitiveTypes.Uint64)}, rows: `{"id": 7}`, request: Request{Columns: []string{"id"}},
			want: "id=7 \n",
		},
		"integers too large": {
			schema: fields{field("id", arrow.PrimitiveTypes.Uint64)}, rows: `{"id": 18446744073709551615}`,
			request: Request{Columns: []string{"id"}}, fails: []string{"a/b/f.parquet", `"id"`, "uint64", "int64"},
		},
		"text for numbers": {
			schema: fields{field("id", arrow.BinaryTypes.String)}, rows: `{"id": "x"}`,
			request: Request{Columns: []string{"id"}}, fails: []string{"a/b/f.parquet", `"id"`},
		},
		"missing column": {
			schema: fields{field("id", arrow.PrimitiveTypes.Int64)}, rows: `{"id": 1} {"id": 2}`,
			request: Request{Columns: []string{"name", "id", "turns"}},
			want:    "slice of 2\n",
		},
		"missing column, decoded": {
			schema: fields{field("id", arrow.PrimitiveTypes.Int64)}, rows: `{"id": 1} {"id": 2}`,
			request: Request{Columns: []string{"name", "id", "turns"}, Decode: true},
			want:    "name=(null) id=1 turns=(null) \nname=(null) id=2 turns=(null) \n",
		},
		"all columns missing": {
			schema: fields{field("id", arrow.PrimitiveTypes.Int64)}, rows: `{"id": 1} {"id": 2}`,
			request: Request{Columns: []string{"name"}}, want: "name=(null) \nname=(null) \n",
		},
		"filter on a missing column": {
			schema: fields{field("id", arrow.PrimitiveTypes.Int64)}, rows: `{"id": 1}`,
			request: Request{Columns: []string{"id"}, Filters: IsNull{Column: "name"}, Decode: true}, want: "id=1 \n",
		},
		"filter that a missing column fails": {
			schema: fields{field("id", arrow.PrimitiveTypes.Int64)}, rows: `{"id": 1}`,
			request: Request{Columns: []string{"id"}, Filters: Compare{Column: "name", Operator: Equal, Value: "a"}},
		},
		"other order of struct fields": {
			schema: fields{turns(field("value", arrow.BinaryTypes.String), field("from", arrow.BinaryTypes.String))},
			rows:   `{"turns": [{"value": "v", "from": "f"}, null]} {"turns": null} {"turns": []}`, request: Request{Columns: []string{"turns"}},
			want: `turns=[{"from":"f","value":"v"},null] ` + "\nturns=(null) \nturns=[] \n",
		},
		"struct field missing": {
			schema: fields{turns(field("from", arrow.BinaryTypes.String))}, rows: `{"turns": [{"from": "f"}]}`,
			request: Request{Columns: []string{"turns"}}, want: `turns=[{"from":"f","value":null}] ` + "\n",
		},
		"struct field too many": {
			schema:  fields{turns(field("from", arrow.BinaryTypes.String), field("value", arrow.BinaryTypes.String), field("weight", arrow.PrimitiveTypes.Int8))},
			rows:    `{"turns": [{"from": "f", "value": "v", "weight": 1}]}`,
			request: Request{Columns: []string{"turns"}}, fails: []string{"a/b/f.parquet", `"turns"`, `"weight"`},
		},
		"column too many": {
			schema: append(fields{field("more", arrow.PrimitiveTypes.Int8)}, subset.Fields()...), rows: `{"more": 1}`,
			request: Request{Columns: []string{"id", "name", "turns"}}, fails: []string{"a/b/f.parquet", `"more"`},
		},
		"column too many, not asked for": {
			schema: append(fields{field("more", arrow.PrimitiveTypes.Int8)}, subset.Fields()...), rows: `{"more": 1}`,
			request: Request{Columns: []string{"id", "name"}}, want: "slice of 1\n",
		},
		"unknown column": {
			schema: subset.Fields(), rows: `{"id": 1}`, request: Request{Columns: []string{"nope"}}, fails: []string{`"nope"`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := &storedFiles{files: map[string][]byte{"f.parquet": parquetFile(t, arrow.NewSchema(test.schema, nil), 10, test.rows)}}
			s := files.services(0)
			got, _, err := readPieces(t, s, files.partition("f.parquet", subset), test.request)
			if (err == nil) != (test.fails == nil) || got != test.want {
				t.Errorf("got %s%v, want %s", got, err, test.want)
			}
			for _, part := range test.fails {
				if err != nil && !strings.Contains(err.Error(), part) {
					t.Errorf("%v does not say %s", err, part)
				}
			}
			if s.Memory.used != 0 {
				t.Errorf("%d bytes are not given back", s.Memory.used)
			}
		})
	}
}

func TestParquetSchema(t *testing.T) {
	t.Parallel()
	meta := arrow.NewMetadata([]string{"huggingface"}, []string{
		`{"info": {"features": {"label": {"names": ["neg", "pos"], "_type": "ClassLabel"}, "text": {"dtype": "int8", "_type": "Value"}}}}`,
	})
	schema := arrow.NewSchema([]arrow.Field{field("text", arrow.BinaryTypes.String), field("label", arrow.PrimitiveTypes.Int64)}, &meta)
	files := &storedFiles{files: map[string][]byte{"f.parquet": parquetFile(t, schema, 10, `{"text": "a", "label": 1}`)}}
	resolution := &dataset.Resolution{Repository: "a/b", Commit: "c", Splits: []dataset.Split{
		{Name: "train", Files: []dataset.File{{Path: "f.parquet", Size: int64(len(files.files["f.parquet"]))}}},
	}}
	got, err := parquetFormat{}.Schema(t.Context(), files.services(0), Subset{Resolution: resolution, Split: "train"})
	if err != nil {
		t.Fatal(err)
	}
	if !arrow.TypeEqual(got.Field(0).Type, arrow.BinaryTypes.String) || !arrow.TypeEqual(got.Field(1).Type, arrow.PrimitiveTypes.Int64) {
		t.Error(got)
	}
	if label, ok := dataset.FieldFeature(got.Field(1)); !ok || fmt.Sprint(label.Names) != "[neg pos]" {
		t.Errorf("label is %+v", label)
	}
	resolution.Splits[0].Files = nil
	if _, err := (parquetFormat{}).Schema(t.Context(), files.services(0), Subset{Resolution: resolution}); err == nil {
		t.Error("a split without files has a schema")
	}
}

func TestParquetParameters(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]any{"sep": ",", "on_bad_files": "skip", "columns": []any{"a"}} {
		if _, err := (parquetFormat{}).Parameters(map[string]any{name: value}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := (parquetFormat{}).Parameters(map[string]any{"batch_size": int64(10), "on_bad_files": "error"}); err != nil {
		t.Error(err)
	}
}

// Several readers scan much more than the budget, and never hold more than it.
func TestParquetStaysInTheBudget(t *testing.T) {
	t.Parallel()
	schema := arrow.NewSchema([]arrow.Field{field("id", arrow.PrimitiveTypes.Int64), field("text", arrow.BinaryTypes.String)}, nil)
	var rows strings.Builder
	for i := range 4000 {
		fmt.Fprintf(&rows, "{\"id\": %d, \"text\": %q}\n", i, fmt.Sprintf("%064b", i*7919))
	}
	files := &storedFiles{files: map[string][]byte{"f.parquet": parquetFile(t, schema, 100, rows.String())}}
	size := int64(len(files.files["f.parquet"]))
	s := files.services(size / 10)
	s.Memory.observe = func(used int64) {
		if used > s.Memory.Total() {
			t.Errorf("%d bytes of %d", used, s.Memory.Total())
		}
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			got, pieces, err := readPieces(t, s, files.partition("f.parquet", schema), Request{Columns: []string{"id", "text"}})
			if err != nil || pieces < 10 || strings.Count(got, "\n") != pieces {
				t.Errorf("%d pieces, %v", pieces, err)
			}
		})
	}
	wg.Wait()
	if s.Memory.used != 0 || s.Memory.ahead != 0 {
		t.Errorf("%d bytes are not given back, %d ahead", s.Memory.used, s.Memory.ahead)
	}
}

func TestParquetErrorsKeepTheirCause(t *testing.T) {
	t.Parallel()
	files := &storedFiles{files: map[string][]byte{"f.parquet": parquetFile(t, peopleSchema(), 2, people)}}
	p := files.partition("f.parquet", peopleSchema())
	s := files.services(0)
	broken := errors.New("gone")
	s.Files = failingFiles{broken}
	_, _, err := readPieces(t, s, p, Request{Columns: []string{"id"}})
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), "a/b/f.parquet") {
		t.Error(err)
	}
}

type failingFiles struct{ err error }

func (f failingFiles) Range(context.Context, hub.File, int64, int64) (io.ReadCloser, error) {
	return nil, f.err
}

package sink

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/hfspark/hfspark/hub"
	"github.com/hfspark/hfspark/hub/localhub"
	"github.com/hfspark/hfspark/hub/localhub/access"
	"github.com/hfspark/hfspark/source"
)

const token = "hf_write"

// place is a Hub in a folder, a client of it and a sink that writes to it.
type place struct {
	t      *testing.T
	hub    *localhub.Server
	client *hub.Client
	tables *source.Source
	sink   *Sink
}

func newPlace(t *testing.T) *place {
	t.Helper()
	server, err := localhub.Start(t.Context(), localhub.Options{
		Root: t.TempDir(), Tokens: []access.Token{{Secret: token, User: "alice"}, {Secret: "hf_read", User: "alice", Role: access.RoleRead}},
	})
	if err != nil {
		t.Fatal(err)
	}
	p := &place{t: t, hub: server}
	open := func(_, token string) (*hub.Client, error) {
		return hub.New(hub.Options{Endpoint: server.URL(), Token: token})
	}
	if p.client, err = open("", token); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.client.CloseIdleConnections()
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	p.tables = source.New(source.Config{Client: open})
	p.sink = New(Config{Client: open, Source: p.tables, Scratch: t.TempDir()})
	return p
}

var numbersSchema = arrow.NewSchema([]arrow.Field{
	{Name: "n", Type: arrow.PrimitiveTypes.Int64},
	{Name: "text", Type: arrow.BinaryTypes.String, Nullable: true},
}, nil)

// numbers makes rows from, from+1, … up to to.
func numbers(from, to int) arrow.RecordBatch {
	b := array.NewRecordBuilder(memory.DefaultAllocator, numbersSchema)
	defer b.Release()
	for i := from; i < to; i++ {
		b.Field(0).(*array.Int64Builder).Append(int64(i))
		b.Field(1).(*array.StringBuilder).Append(fmt.Sprintf("row %d", i))
	}
	return b.NewRecordBatch()
}

// write writes batches in one part.
func (p *place) write(o Options, batches ...arrow.RecordBatch) (*Result, error) {
	if o.Path == "" {
		o.Path = "alice/ds"
	}
	o.Token = token
	ctx := p.t.Context()
	w, err := p.sink.Begin(ctx, o, batches[0].Schema())
	if err != nil {
		return nil, err
	}
	var parts []PartResult
	if !w.Skip {
		part, err := w.Part(ctx, 0)
		if err != nil {
			return nil, errors.Join(err, w.Abort(ctx))
		}
		for _, b := range batches {
			if err := part.Write(b); err != nil {
				return nil, errors.Join(err, part.Abort(), w.Abort(ctx))
			}
		}
		result, err := part.Close()
		if err != nil {
			return nil, errors.Join(err, w.Abort(ctx))
		}
		parts = append(parts, result)
	}
	return w.Commit(ctx, parts)
}

func (p *place) mustWrite(o Options, batches ...arrow.RecordBatch) *Result {
	p.t.Helper()
	r, err := p.write(o, batches...)
	if err != nil {
		p.t.Fatal(err)
	}
	return r
}

// read returns the column n of a split, in order.
func (p *place) read(o source.Options) []int64 {
	p.t.Helper()
	if o.Path == "" {
		o.Path = "alice/ds"
	}
	o.Token = token
	table, err := p.tables.Table(p.t.Context(), o)
	if err != nil {
		p.t.Fatal(err)
	}
	out := []int64{}
	for _, partition := range table.Partitions {
		reader, err := p.tables.Read(p.t.Context(), partition, token, source.Request{Columns: []string{"n"}, Decode: true})
		if err != nil {
			p.t.Fatal(err)
		}
		for {
			piece, err := reader.Next(p.t.Context())
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				p.t.Fatal(err)
			}
			out = append(out, piece.Records.Column(0).(*array.Int64).Int64Values()...)
			piece.Release()
		}
		if err := reader.Close(); err != nil {
			p.t.Fatal(err)
		}
	}
	return out
}

// files lists the repository's files.
func (p *place) files() []string {
	p.t.Helper()
	var out []string
	for e, err := range p.client.List(p.t.Context(), hub.Dataset("alice/ds"), "", "", true) {
		if err != nil {
			p.t.Fatal(err)
		}
		if e.Type == hub.TypeFile && e.Path != ".gitattributes" {
			out = append(out, e.Path)
		}
	}
	slices.Sort(out)
	return out
}

func (p *place) readme() string {
	p.t.Helper()
	text, err := p.client.ReadFile(p.t.Context(), hub.File{Repo: hub.Dataset("alice/ds"), Revision: "main", Path: "README.md", Size: -1}, 1<<20)
	if err != nil {
		p.t.Fatal(err)
	}
	return string(text)
}

func count(from, to int) []int64 {
	out := []int64{}
	for i := from; i < to; i++ {
		out = append(out, int64(i))
	}
	return out
}

func TestFirstWriteAppendOverwrite(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	r := p.mustWrite(Options{}, numbers(0, 10))
	if r.Rows != 10 || len(r.Files) != 1 || r.Commits != 1 || !strings.Contains(r.URL, r.Commit) {
		t.Errorf("result is %+v", r)
	}
	if got := p.read(source.Options{}); !slices.Equal(got, count(0, 10)) {
		t.Errorf("first write reads back as %v", got)
	}
	p.mustWrite(Options{Mode: Append}, numbers(10, 15), numbers(15, 20))
	if got := p.read(source.Options{}); !slices.Equal(got, count(0, 20)) {
		t.Errorf("after an append: %v", got)
	}
	want := []string{"README.md", "data/train-00000-of-00001.parquet", "data/train-00001-of-00002.parquet"}
	if got := p.files(); !slices.Equal(got, want) {
		t.Errorf("files are %v, want %v", got, want)
	}
	if readme := p.readme(); !strings.Contains(readme, "num_examples: 20") || !strings.Contains(readme, "path: data/train-*\n") {
		t.Errorf("README is\n%s", readme)
	}
	r = p.mustWrite(Options{Mode: Overwrite}, numbers(50, 53))
	if got := p.read(source.Options{}); !slices.Equal(got, count(50, 53)) {
		t.Errorf("after an overwrite: %v", got)
	}
	if got := p.files(); len(got) != 2 || r.Deleted != 1 {
		t.Errorf("files are %v, %d deleted", got, r.Deleted)
	}
	p.mustWrite(Options{Mode: Append, Split: "test"}, numbers(0, 5))
	if got := p.read(source.Options{Split: "test"}); !slices.Equal(got, count(0, 5)) {
		t.Errorf("the second split: %v", got)
	}
	if got := p.read(source.Options{}); !slices.Equal(got, count(50, 53)) {
		t.Errorf("the first split after the second: %v", got)
	}
}

func TestModesWhereThereIsData(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.mustWrite(Options{}, numbers(0, 3))
	if _, err := p.write(Options{}, numbers(3, 4)); !errors.Is(err, ErrExists) {
		t.Errorf("errorifexists: %v", err)
	}
	if r := p.mustWrite(Options{Mode: Ignore}, numbers(3, 4)); !r.Skipped {
		t.Errorf("ignore: %+v", r)
	}
	p.mustWrite(Options{Mode: Ignore, Split: "test"}, numbers(3, 4))
	p.mustWrite(Options{Config: "other"}, numbers(7, 8))
	if got := p.read(source.Options{}); !slices.Equal(got, count(0, 3)) {
		t.Errorf("train: %v", got)
	}
	if got := p.read(source.Options{Config: "other"}); !slices.Equal(got, count(7, 8)) {
		t.Errorf("the other subset: %v", got)
	}
}

func TestManyFiles(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	var batches []arrow.RecordBatch
	for i := range 20 {
		batches = append(batches, numbers(i*1000, i*1000+1000))
	}
	r := p.mustWrite(Options{MaxBytesPerFile: 20_000, MaxOperationsPerCommit: 4}, batches...)
	if len(r.Files) < 8 || r.Commits < 3 || r.Gradual {
		t.Errorf("%d files in %d commits, gradual %t", len(r.Files), r.Commits, r.Gradual)
	}
	for e, err := range p.client.List(t.Context(), hub.Dataset("alice/ds"), "", "data", false) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Size > 20_000 {
			t.Errorf("%s has %d bytes", e.Path, e.Size)
		}
	}
	if got := p.read(source.Options{}); !slices.Equal(got, count(0, 20_000)) {
		t.Errorf("%d rows come back", len(got))
	}
	if r = p.mustWrite(Options{Mode: Overwrite, MaxOperationsPerCommit: 4}, numbers(0, 2)); r.Commits < 3 {
		t.Errorf("an overwrite of %d files took %d commits", r.Deleted, r.Commits)
	}
	if got := p.read(source.Options{}); !slices.Equal(got, count(0, 2)) {
		t.Errorf("after the overwrite: %v", got)
	}
}

func TestBranchesFoldersAndPullRequests(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.mustWrite(Options{}, numbers(0, 3))
	if _, err := p.write(Options{Mode: Append, Revision: "branch"}, numbers(3, 5)); !errors.Is(err, hub.ErrRevisionNotFound) {
		t.Errorf("a branch that is not there: %v", err)
	}
	if err := p.client.CreateBranch(t.Context(), hub.Dataset("alice/ds"), "branch", hub.BranchOptions{}); err != nil {
		t.Fatal(err)
	}
	p.mustWrite(Options{DataDir: "sample", Revision: "branch"}, numbers(3, 5))
	if got := p.read(source.Options{DataDir: "sample", Revision: "branch"}); !slices.Equal(got, count(3, 5)) {
		t.Errorf("the folder: %v", got)
	}
	p.mustWrite(Options{DataDir: "sample", Revision: "branch", Mode: Append}, numbers(5, 6))
	if got := p.read(source.Options{DataDir: "sample", Revision: "branch"}); !slices.Equal(got, count(3, 6)) {
		t.Errorf("the folder after an append: %v", got)
	}
	if got := p.read(source.Options{}); !slices.Equal(got, count(0, 3)) {
		t.Errorf("main: %v", got)
	}
	r := p.mustWrite(Options{Mode: Append, CreatePR: true}, numbers(9, 10))
	if r.PullRequest == 0 || !strings.Contains(r.URL, "/discussions/") {
		t.Errorf("pull request: %+v", r)
	}
	if got := p.read(source.Options{Revision: hub.PullRequestRef(r.PullRequest)}); len(got) != 4 {
		t.Errorf("the pull request holds %v", got)
	}
	if got := p.read(source.Options{}); len(got) != 3 {
		t.Errorf("main after a pull request: %v", got)
	}
}

func TestSchemasThatDiffer(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.mustWrite(Options{}, numbers(0, 3))
	other := arrow.NewSchema([]arrow.Field{{Name: "n", Type: arrow.BinaryTypes.String}, {Name: "more", Type: arrow.PrimitiveTypes.Int8}}, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, other)
	b.Field(0).AppendNull()
	b.Field(1).AppendNull()
	batch := b.NewRecordBatch()
	for _, o := range []Options{{Mode: Append}, {Mode: Append, Split: "test"}, {Mode: Overwrite, Split: "test"}} {
		_, err := p.write(o, batch)
		var schema *SchemaError
		if !errors.As(err, &schema) || !strings.Contains(err.Error(), "n is string and not int64; text (string) is missing; more (int8) is new") {
			t.Errorf("%+v: error is %v", o, err)
		}
	}
	p.mustWrite(Options{Mode: Overwrite}, batch)
	if readme := p.readme(); !strings.Contains(readme, "- name: more") {
		t.Errorf("README is\n%s", readme)
	}
}

func TestEmptyTable(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.mustWrite(Options{}, numbers(0, 0))
	table, err := p.tables.Table(t.Context(), source.Options{Path: "alice/ds", Token: token})
	if err != nil {
		t.Fatal(err)
	}
	if table.Schema.NumFields() != 2 {
		t.Errorf("columns are %v", table.Schema)
	}
	p.mustWrite(Options{Mode: Append}, numbers(0, 2))
	if r := p.mustWrite(Options{Mode: Append}, numbers(0, 0)); !r.Skipped {
		t.Errorf("appending nothing: %+v", r)
	}
	if got := p.read(source.Options{}); !slices.Equal(got, count(0, 2)) {
		t.Errorf("rows are %v", got)
	}
}

func TestNothingIsLeftOfAFailedWrite(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	w, err := p.sink.Begin(t.Context(), Options{Path: "alice/ds", Token: token}, numbersSchema)
	if err != nil {
		t.Fatal(err)
	}
	part, err := w.Part(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := part.Write(numbers(0, 100)); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(part.Abort(), w.Abort(t.Context())); err != nil {
		t.Fatal(err)
	}
	if _, err := p.client.Info(t.Context(), hub.Dataset("alice/ds"), ""); !errors.Is(err, hub.ErrRepositoryNotFound) {
		t.Errorf("the repository is still there: %v", err)
	}
	if _, err := p.sink.Begin(t.Context(), Options{Path: "alice/ds", Token: "hf_read"}, numbersSchema); !hub.AccessProblem(err) {
		t.Errorf("a token without the right to write: %v", err)
	}
}

// Parts of other processes travel as JSON, and one that ran twice counts once.
func TestPartsFromElsewhere(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	w, err := p.sink.Begin(t.Context(), Options{Path: "alice/ds", Token: token}, numbersSchema)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(w.Job)
	if err != nil || strings.Contains(string(text), token) {
		t.Fatalf("%v, %s", err, text)
	}
	var results []PartResult
	for _, number := range []int{2, 0, 1, 0} {
		var job Job
		if err := json.Unmarshal(text, &job); err != nil {
			t.Fatal(err)
		}
		part, err := p.sink.Part(t.Context(), job, token, number)
		if err != nil {
			t.Fatal(err)
		}
		if err := part.Write(numbers(number*10, number*10+10)); err != nil {
			t.Fatal(err)
		}
		r, err := part.Close()
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		var travelled PartResult
		if err := json.Unmarshal(text, &travelled); err != nil {
			t.Fatal(err)
		}
		results = append(results, travelled)
	}
	if _, err := w.Commit(t.Context(), results); err != nil {
		t.Fatal(err)
	}
	if got := p.read(source.Options{}); !slices.Equal(got, count(0, 30)) {
		t.Errorf("rows are %v", got)
	}
}

func TestWritersAtOnce(t *testing.T) {
	t.Parallel()
	for _, mode := range []Mode{Append, Overwrite} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			const writers = 6 // of which one makes the repository
			var wait sync.WaitGroup
			failures := make(chan error, writers)
			for i := range writers {
				wait.Go(func() {
					_, err := p.write(Options{Mode: mode}, numbers(1+i*10, 11+i*10))
					failures <- err
				})
			}
			wait.Wait()
			close(failures)
			for err := range failures {
				if err != nil {
					t.Error(err)
				}
			}
			got := p.read(source.Options{})
			slices.Sort(got)
			if mode == Append && !slices.Equal(got, count(1, 61)) {
				t.Errorf("rows are %v", got)
			}
			if mode == Overwrite && (len(got) != 10 || got[9]-got[0] != 9 || got[0]%10 != 1) {
				t.Errorf("rows are %v", got)
			}
		})
	}
}

func TestFilesByName(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	options := func(path string, mode Mode) Options {
		o, err := ParseOptions(map[string]string{"compression": "zstd"}, path, mode)
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	p.mustWrite(options("hf://datasets/alice/ds/data.parquet", ErrorIfExists), numbers(0, 4))
	if _, err := p.write(options("hf://datasets/alice/ds/data.parquet", ErrorIfExists), numbers(0, 4)); !errors.Is(err, ErrExists) {
		t.Errorf("the file is there: %v", err)
	}
	p.mustWrite(options("hf://datasets/alice/ds/data.parquet", Overwrite), numbers(0, 5))
	p.mustWrite(options("hf://datasets/alice/ds@main", ErrorIfExists), numbers(0, 6))
	p.mustWrite(options("hf://datasets/alice/ds@main", Append), numbers(6, 7))
	p.mustWrite(options("hf://datasets/alice/ds/some/folder/", ErrorIfExists), numbers(0, 7))
	want := []string{"data.parquet", "part-00000.parquet", "part-00001.parquet", "some/folder/part-00000.parquet"}
	if got := p.files(); !slices.Equal(got, want) {
		t.Errorf("files are %v, want %v", got, want)
	}
	if got := p.read(source.Options{DataFiles: "part-*.parquet"}); !slices.Equal(got, count(0, 7)) {
		t.Errorf("rows are %v", got)
	}
	if got := p.read(source.Options{DataFiles: "data.parquet"}); !slices.Equal(got, count(0, 5)) {
		t.Errorf("rows are %v", got)
	}
}

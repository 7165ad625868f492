package sink

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/hfspark/hfspark/dataset"
	"github.com/hfspark/hfspark/hub"
	"github.com/hfspark/hfspark/source"
	"github.com/hfspark/hfspark/source/parquetfile"
)

// put makes a repository with files whose rows are written by name, and a README.
func (p *place) put(readme string, files map[string]arrow.RecordBatch) {
	p.t.Helper()
	for path, rows := range files {
		p.mustWrite(Options{ByName: path}, rows)
	}
	if readme == "" {
		return
	}
	_, err := p.client.Commit(p.t.Context(), hub.Dataset("alice/ds"), "main", hub.Commit{
		Summary: "README", Operations: []hub.Operation{&hub.Add{Path: "README.md", Content: hub.Bytes([]byte(readme))}},
	})
	if err != nil {
		p.t.Fatal(err)
	}
}

// Rows are appended to splits whose files are named and lie as the sink does not do it, and each is found once.
func TestAppendToLayouts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		readme string
		files  map[string]arrow.RecordBatch
		o      Options
		read   source.Options
		want   []int64
	}{
		"a file in the root":      {"", map[string]arrow.RecordBatch{"train.parquet": numbers(0, 5)}, Options{}, source.Options{}, count(0, 8)},
		"a name that says naught": {"", map[string]arrow.RecordBatch{"x/part-7.parquet": numbers(0, 5)}, Options{}, source.Options{}, count(0, 8)},
		"a subset in another's folder": {
			"---\nconfigs:\n- config_name: a\n  data_files:\n  - split: train\n    path: data/train-*\n---\n",
			map[string]arrow.RecordBatch{"data/train-00000-of-00001.parquet": numbers(0, 5)},
			Options{Config: "a"},
			source.Options{Config: "a"},
			count(0, 8),
		},
		"data_dir alone": {
			"---\nconfigs:\n- config_name: default\n  data_dir: d\n---\n",
			map[string]arrow.RecordBatch{"d/one.parquet": numbers(0, 5)},
			Options{},
			source.Options{},
			count(0, 8),
		},
		"a file of no split in the folder": {
			"---\nconfigs:\n- config_name: default\n  data_files: good/*\n---\n",
			map[string]arrow.RecordBatch{"good/a.parquet": numbers(0, 5), "data/train-00000-of-00001.parquet": numbers(50, 60)},
			Options{},
			source.Options{},
			count(0, 8),
		},
		"a subset that shares all files": {
			"---\nconfigs:\n- config_name: a\n  data_files: data/train-*\n- config_name: all\n  data_files: '**/*.parquet'\n---\n",
			map[string]arrow.RecordBatch{"data/train-00000-of-00001.parquet": numbers(0, 5)},
			Options{Config: "a", DataDir: "data"},
			source.Options{Config: "all"},
			count(0, 8),
		},
		"patterns that find nothing": {
			"---\nconfigs:\n- config_name: default\n  data_files: nowhere/*\n---\n",
			map[string]arrow.RecordBatch{"data/train-00000-of-00001.parquet": numbers(50, 60)},
			Options{},
			source.Options{},
			count(5, 8),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			p.put(c.readme, c.files)
			o := c.o
			o.Mode = Append
			p.mustWrite(o, numbers(5, 7))
			p.mustWrite(o, numbers(7, 8))
			if got := p.read(c.read); !slices.Equal(got, c.want) {
				t.Errorf("rows are %v, want %v, with the README\n%s", got, c.want, p.readme())
			}
			if c.read.Config == "all" {
				return // What is shared is not removed.
			}
			o.Mode = Overwrite
			p.mustWrite(o, numbers(3, 4))
			if got := p.read(c.read); !slices.Equal(got, count(3, 4)) {
				t.Errorf("after an overwrite rows are %v, with the README\n%s", got, p.readme())
			}
		})
	}
}

// A subset beside one that no README names leaves that where it was.
func TestSubsetBesideTheImplied(t *testing.T) {
	t.Parallel()
	for _, readme := range []string{"", "---\nlicense: mit\n---\ntext\n"} {
		p := newPlace(t)
		p.put(readme, map[string]arrow.RecordBatch{"data/train-00000-of-00001.parquet": numbers(0, 5), "data/test-00000-of-00001.parquet": numbers(8, 9)})
		p.mustWrite(Options{Config: "b"}, numbers(20, 22))
		p.mustWrite(Options{Config: "b", Mode: Append}, numbers(22, 23))
		for _, c := range []struct {
			o    source.Options
			want []int64
		}{{source.Options{}, count(0, 5)}, {source.Options{Split: "test"}, count(8, 9)}, {source.Options{Config: "b"}, count(20, 23)}} {
			if got := p.read(c.o); !slices.Equal(got, c.want) {
				t.Errorf("%+v: rows are %v, want %v, with the README\n%s", c.o, got, c.want, p.readme())
			}
		}
	}
}

// New files that the patterns of another split would find as well are refused.
func TestFilesOfTwoSplits(t *testing.T) {
	t.Parallel()
	for readme, o := range map[string]Options{
		"---\nconfigs:\n- config_name: default\n  data_files: '**/*.parquet'\n---\n": {Split: "test"},
		"---\nconfigs:\n- config_name: default\n  data_files: data/*\n---\n":         {Config: "data"},
		"---\nconfigs:\n- config_name: default\n  data_dir: data\n---\n":             {Config: "data"},
	} {
		p := newPlace(t)
		p.put(readme, map[string]arrow.RecordBatch{"data/train-00000-of-00001.parquet": numbers(0, 5)})
		if _, err := p.write(o, numbers(0, 1)); err == nil || !strings.Contains(err.Error(), "narrow them first") {
			t.Errorf("%q: error is %v", readme, err)
		}
		if got := p.read(source.Options{}); !slices.Equal(got, count(0, 5)) {
			t.Errorf("%q: rows are %v", readme, got)
		}
	}
}

// What a README does not allow is refused before rows are asked for.
func TestReadmesThatRefuse(t *testing.T) {
	t.Parallel()
	for readme, want := range map[string]string{
		"---\nx: &x\n- config_name: default\n  data_files: data/*\nconfigs: *x\n---\n": "configs is not a list",
		"---\n{license: mit}\n---\n": "written in braces",
	} {
		p := newPlace(t)
		p.put(readme, map[string]arrow.RecordBatch{"data/train.parquet": numbers(0, 5)})
		if _, err := p.sink.Begin(t.Context(), Options{Path: "alice/ds", Token: token, Mode: Append}, numbersSchema); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error is %v, want %q", readme, err, want)
		}
	}
}

func TestWriteParquet(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	rows := func() array.RecordReader {
		r, err := array.NewRecordReader(numbersSchema, []arrow.RecordBatch{numbers(0, 3), numbers(3, 6)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(r.Release)
		return r
	}
	o := Options{Token: token, Parquet: parquetfile.Options{Compression: "zstd", Level: 3, RowGroupRows: 2}}
	for range 2 {
		for _, address := range []string{"hf://datasets/alice/ds/data.parquet", "hf://datasets/alice/ds/x.pq", "hf://datasets/alice/ds@main/sub/dir", "hf://datasets/alice/ds"} {
			if r, err := p.sink.WriteParquet(t.Context(), address, rows(), o); err != nil || r.Rows != 6 {
				t.Fatalf("%s: %+v, %v", address, r, err)
			}
		}
	}
	if got, want := p.files(), []string{"data.parquet", "part-00000.parquet", "sub/dir/part-00000.parquet", "x.pq"}; !slices.Equal(got, want) {
		t.Errorf("files are %q, want %q", got, want)
	}
	if got := p.read(source.Options{DataFiles: []any{"data.parquet"}}); !slices.Equal(got, count(0, 6)) {
		t.Errorf("rows are %v", got)
	}
	for _, c := range []struct {
		address string
		o       Options
		want    string
	}{
		{"alice/ds", o, "no address"},
		{"hf://datasets/alice/ds/data.csv", o, "another format"},
		{"hf://datasets/alice/ds/data.parquet", Options{Token: token, Mode: ErrorIfExists}, "data already"},
		{"hf://datasets/alice/ds/data.parquet", Options{Token: token, Split: "test"}, "no split"},
		{"hf://datasets/alice/ds/data.parquet", Options{Token: token, Parquet: parquetfile.Options{Compression: "zstd", Level: 23}}, "levels 1 to 22"},
		{"hf://datasets/alice/ds/data.parquet", Options{Token: token, Parquet: parquetfile.Options{Level: 3}}, "no levels"},
		{"hf://datasets/alice/ds/data.parquet", Options{Token: token, Parquet: parquetfile.Options{Compression: "lzo"}}, "lzo"},
	} {
		if _, err := p.sink.WriteParquet(t.Context(), c.address, rows(), c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error is %v, want %q", c.address, err, c.want)
		}
	}
}

func TestColumnsThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	field := func(name string) arrow.Field { return arrow.Field{Name: name, Type: arrow.PrimitiveTypes.Int64} }
	for name, fields := range map[string][]arrow.Field{
		"column b.A":         {{Name: "b", Type: arrow.StructOf(field("a"), field("A"))}},
		"column b.element.a": {{Name: "b", Type: arrow.ListOf(arrow.StructOf(field("a"), field("a")))}},
		`column ""`:          {field("")},
		"the column A has":   {field("A"), field("a")},
		"column m of type":   {{Name: "m", Type: arrow.MapOf(arrow.BinaryTypes.String, arrow.PrimitiveTypes.Int64)}},
		"without columns":    {},
	} {
		_, err := p.sink.Begin(t.Context(), Options{Path: "alice/new", Token: token}, arrow.NewSchema(fields, nil))
		var column *parquetfile.ColumnError
		var feature *dataset.UnsupportedTypeError
		if err == nil || !strings.Contains(err.Error(), name) || !errors.As(err, &column) && !errors.As(err, &feature) && !errors.Is(err, ErrNoColumns) {
			t.Errorf("%s: error is %T %v", name, err, err)
		}
	}
	if _, err := p.sink.Begin(t.Context(), Options{Path: "alice/new", Token: token, Existing: true}, numbersSchema); !errors.Is(err, hub.ErrRepositoryNotFound) {
		t.Errorf("a repository that must be there: %v", err)
	}
}

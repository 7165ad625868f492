package source

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/google/go-cmp/cmp"

	"github.com/hfspark/hfspark/dataset"
	"github.com/hfspark/hfspark/hub"
)

func mustTable(t *testing.T, s *Source, options map[string]string) *Table {
	t.Helper()
	o, err := ParseOptions(options, nil)
	if err != nil {
		t.Fatal(err)
	}
	table, err := s.Table(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// TestRealDatasets reads the shared datasets; the counts and types are those of the datasets library.
func TestRealDatasets(t *testing.T) {
	t.Parallel()
	s := newSource(t, needRepos(t))
	for _, c := range []struct {
		repository, config, split string
		rows                      int
		schema                    string
	}{
		{"openai/gsm8k", "main", "train", 7473, "question: string, answer: string"},
		{"openai/gsm8k", "socratic", "test", 1319, "question: string, answer: string"},
		{
			"openai/openai_humaneval", "", "test", 164,
			"task_id: string, prompt: string, entry_point: string, canonical_solution: string, test: string",
		},
		{"google/nq_open", "", "validation", 3610, "question: string, answer: list<item: string>"},
		{
			"stanford/alpaca_seed_tasks", "", "train", 175, "id: string, name: string, instruction: string, " +
				"instances: list<item: struct<input: string, output: string>>, is_classification: bool",
		},
		{
			"seaborn/diamonds", "", "train", 53940, "carat: double, cut: string, color: string, clarity: string, depth: double, " +
				"table: double, price: int64, x: double, y: double, z: double",
		},
		{
			"seaborn/penguins", "", "train", 344, "species: string, island: string, bill_length_mm: double, bill_depth_mm: double, " +
				"flipper_length_mm: double, body_mass_g: double, sex: string",
		},
		{
			"seaborn/titanic", "", "train", 891, "survived: int64, pclass: int64, sex: string, age: double, sibsp: int64, parch: int64, " +
				"fare: double, embarked: string, class: string, who: string, adult_male: bool, deck: string, embark_town: string, " +
				"alive: string, alone: bool",
		},
	} {
		t.Run(strings.Join([]string{c.repository, c.config, c.split}, " "), func(t *testing.T) {
			t.Parallel()
			table := mustTable(t, s, map[string]string{"path": c.repository, "config": c.config, "split": c.split})
			var types []string
			for _, f := range table.Schema.Fields() {
				types = append(types, f.Name+": "+libraryType(f))
			}
			if diff := cmp.Diff(c.schema, strings.Join(types, ", ")); diff != "" {
				t.Error(diff)
			}
			for name, values := range readAll(t, s, table) {
				if len(values) != c.rows {
					t.Errorf("%d values of %s, want %d", len(values), name, c.rows)
				}
			}
			if p := table.Progress(); p.FilesDone != p.Files || p.Rows != int64(c.rows) || p.BytesFetched < p.BytesListed || p.BytesListed == 0 {
				t.Errorf("progress %+v", p)
			}
		})
	}
}

// writeRepo writes the files of user/repo below a new root, and returns the root.
func writeRepo(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		file := filepath.Join(root, "user", "repo", filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// TestTableColumnsFiltersLimit asks readers of text formats for some columns and rows, as queries do.
func TestTableColumnsFiltersLimit(t *testing.T) {
	t.Parallel()
	var lines, jsonl strings.Builder
	lines.WriteString("n,word,even\n")
	for i := range 50_000 {
		fmt.Fprintf(&lines, "%d,w%d,%t\n", i, i%10, i%2 == 0)
		fmt.Fprintf(&jsonl, `{"n":%d,"word":"w%d","even":%t}`+"\n", i, i%10, i%2 == 0)
	}
	for name, content := range map[string]string{"train.csv": lines.String(), "train.jsonl": jsonl.String()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSource(t, writeRepo(t, map[string]string{name: content}))
			table := mustTable(t, s, map[string]string{"PATH": "user/repo"})
			filters, err := parseFilters(`[("even", "=", True), ("n", "<", 100), ("word", "in", ["w2", "w3"])]`)
			if err != nil {
				t.Fatal(err)
			}
			if table.Filters, err = checkFilters(filters, table.Schema); err != nil {
				t.Fatal(err)
			}
			if table.Schema, err = project(table.Schema, []string{"word", "n"}); err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(fieldNames(table.Schema), ","); got != "n,word" {
				t.Errorf("columns %s", got)
			}
			got := readAll(t, s, table)
			if len(got["n"]) != 10 || got["n"][9] != int64(92) || got["word"][9] != "w2" {
				t.Errorf("rows %v", got)
			}
			ctx := context.Background()
			count := func(r Request) (rows, pieces int) {
				reader, err := s.Read(ctx, table.Partitions[0], "", r)
				if err != nil {
					t.Fatal(err)
				}
				got, err := drain(reader)
				if err != nil {
					t.Fatal(err)
				}
				return len(got), 0
			}
			if rows, _ := count(Request{}); rows != 50_000 {
				t.Errorf("%d rows without columns", rows)
			}
			if rows, _ := count(Request{Filters: table.Filters}); rows != 10 {
				t.Errorf("%d rows of a filter without columns", rows)
			}
			if rows, _ := count(Request{Columns: []string{"n"}, Limit: 7}); rows != 7 {
				t.Errorf("%d rows with a limit", rows)
			}
			if _, err := s.Read(ctx, table.Partitions[0], "", Request{Columns: []string{"m"}}); err == nil ||
				!strings.Contains(err.Error(), `there is no column "m"; did you mean "n"?`) {
				t.Errorf("unknown column: %v", err)
			}
		})
	}
}

// TestParquetParametersOfAReadme reads a subset for which the README names columns and filters; options replace them.
func TestParquetParametersOfAReadme(t *testing.T) {
	t.Parallel()
	schema := arrow.NewSchema([]arrow.Field{field("a", arrow.PrimitiveTypes.Int64), field("b", arrow.BinaryTypes.String)}, nil)
	s := newSource(t, writeRepo(t, map[string]string{
		"README.md": "---\nconfigs:\n- config_name: default\n  data_files: '*.parquet'\n  columns: [b]\n  filters: [[a, '>', 1]]\n---\n",
		"a.parquet": string(parquetFile(t, schema, 10, `{"a": 1, "b": "x"}{"a": 2, "b": "y"}`)),
	}))
	for filters, want := range map[string]Predicate{
		"":                Compare{Column: "a", Operator: Greater, Value: int64(1)},
		`[("a", "<", 9)]`: Compare{Column: "a", Operator: Less, Value: int64(9)},
	} {
		options := map[string]string{"path": "user/repo"}
		if filters != "" {
			options["filters"] = filters
		}
		table := mustTable(t, s, options)
		if got := fieldNames(table.Schema); len(got) != 1 || got[0] != "b" || fmt.Sprint(table.Filters) != fmt.Sprint(want) {
			t.Errorf("filters %q: columns %v, filters %v", filters, got, table.Filters)
		}
	}
}

// TestPartitionTravels reads a partition that went through JSON, as on a cluster.
func TestPartitionTravels(t *testing.T) {
	t.Parallel()
	s := newSource(t, writeRepo(t, map[string]string{
		"README.md": "---\nconfigs:\n- config_name: default\n  data_files: '*.tsv'\n  skiprows: [1]\n  nrows: 2\n---\n",
		"a.tsv":     "x\ty\n0\tskipped\n1\ta\n2\tb\n3\tc\n",
	}))
	table := mustTable(t, s, map[string]string{"path": "user/repo", "token": "hf_secret"})
	text, err := json.Marshal(table.Partitions[0])
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "hf_secret") || strings.Contains(fmt.Sprintf("%v %+v", table.Options, table.Options), "hf_secret") {
		t.Error("the token is told")
	}
	if table.Token() != "hf_secret" {
		t.Error("the token is lost")
	}
	var p Partition
	if err := json.Unmarshal(text, &p); err != nil {
		t.Fatal(err)
	}
	reader, err := s.Read(context.Background(), p, "", Request{Columns: []string{"y", "x"}})
	if err != nil {
		t.Fatal(err)
	}
	rows, err := drain(reader)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]any{{"a", int64(1)}, {"b", int64(2)}}, rows); diff != "" {
		t.Error(diff)
	}
}

func TestTableErrors(t *testing.T) {
	t.Parallel()
	s := newSource(t, writeRepo(t, map[string]string{
		"README.md":   "---\nconfigs:\n- config_name: one\n  data_files:\n  - split: train\n    path: a.csv\n  - split: test\n    path: a.csv\n- config_name: two\n  data_files: a.csv\n---\n",
		"a.csv":       "language,score\nzh,1.5\n",
		"broken.csv":  "a,b\n1,2\n3,4,5\n",
		"bad.jsonl":   "{\"a\":1}\n{\"a\":\n",
		"late.csv":    "a\n1\nx\n",
		"no.jsonl.gz": "this is not gzip",
		"x.csv.zip":   "PK\x03\x04",
		"x.h5":        "",
		"i.png":       "png",
		"a.parquet": string(parquetFile(t, arrow.NewSchema([]arrow.Field{field("language", arrow.BinaryTypes.String), field("score", arrow.PrimitiveTypes.Float64)}, nil),
			10, `{"language": "zh", "score": 1.5}`)),
	}))
	for name, c := range map[string]struct {
		options map[string]string
		want    string
		class   any
	}{
		"no subset":       {map[string]string{}, "it has several subsets and none of them is the default. Choose one with the option config: one, two", &dataset.Error{}},
		"unknown subset":  {map[string]string{"config": "three"}, `there is no subset "three". There are: one, two`, &dataset.Error{}},
		"unknown split":   {map[string]string{"config": "one", "split": "dev"}, `has no split "dev". Choose one with the option split: "train", "test"`, &dataset.Error{}},
		"unknown column":  {map[string]string{"data_files": "a.parquet", "columns": `["langauge"]`}, `there is no column "langauge"; did you mean "language"?`, &OptionError{}},
		"filter type":     {map[string]string{"data_files": "a.parquet", "filters": `[("score", "=", "x")]`}, `the column "score" cannot be compared`, &OptionError{}},
		"no columns":      {map[string]string{"config": "one", "columns": `["language"]`}, `"columns" is no parameter of the format csv`, &dataset.Error{}},
		"no filters":      {map[string]string{"config": "one", "filters": `[("score", ">", 1)]`}, `"filters" is no parameter of the format csv`, &dataset.Error{}},
		"parameter":       {map[string]string{"config": "one", "field": "x"}, `"field" is no parameter of the format csv`, &dataset.Error{}},
		"value":           {map[string]string{"config": "one", "sep": "::"}, `option sep: the value "::" of this parameter of CSV files cannot be used: one ASCII character is expected`, &OptionError{}},
		"revision":        {map[string]string{"revision": "nowhere"}, "nowhere", &hub.Error{}},
		"repository":      {map[string]string{"path": "user/other"}, "user/other", &hub.Error{}},
		"format":          {map[string]string{"data_files": "x.h5"}, "the format hdf5 is not read here: no library in Go", &dataset.Error{}},
		"zip":             {map[string]string{"data_files": "x.csv.zip"}, "x.csv.zip: not a valid zip archive", nil},
		"not gzip":        {map[string]string{"data_files": "no.jsonl.gz"}, "data file no.jsonl.gz is not gzip, as its name says", nil},
		"ragged":          {map[string]string{"data_files": "broken.csv"}, "data file broken.csv, line 3: expected 2 cells, found 3", nil},
		"broken JSON":     {map[string]string{"data_files": "bad.jsonl"}, "data file bad.jsonl: line 2: the file ends in the middle of the JSON value", nil},
		"later type":      {map[string]string{"data_files": "late.csv", "chunksize": "1"}, `data file late.csv, line 3: column "a": "x" cannot be read as int64: it is not an integer`, nil},
		"data file":       {map[string]string{"data_files": "c.csv"}, `data_files names "c.csv", and the repository has no such file`, &dataset.Error{}},
		"several formats": {map[string]string{"data_files": `{"train": "a.csv", "test": "bad.jsonl"}`}, "its splits have different formats: train is csv, test is json", &dataset.Error{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			options := map[string]string{"path": "user/repo"}
			for k, v := range c.options {
				options[k] = v
			}
			err := tableError(s, options)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("error %v, want %s", err, c.want)
			}
			var d *dataset.Error
			var o *OptionError
			var h *hub.Error
			switch c.class.(type) {
			case *dataset.Error:
				if !errors.As(err, &d) || d.Repository != options["path"] {
					t.Errorf("%T is no *dataset.Error of the repository", err)
				}
			case *OptionError:
				if !errors.As(err, &o) {
					t.Errorf("%T is no *OptionError", err)
				}
			case *hub.Error:
				if !errors.As(err, &h) {
					t.Errorf("%T is no *hub.Error", err)
				}
			}
		})
	}
}

// tableError is the first error of planning and reading a table.
func tableError(s *Source, options map[string]string) error {
	o, err := ParseOptions(options, nil)
	if err != nil {
		return err
	}
	table, err := s.Table(context.Background(), o)
	if err != nil {
		return err
	}
	for _, p := range table.Partitions {
		batches, err := readPartition(s, p, Request{Columns: fieldNames(table.Schema)})
		for _, b := range batches {
			b.Release()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func TestReaderStops(t *testing.T) {
	t.Parallel()
	s := newSource(t, writeRepo(t, map[string]string{"train.csv": "n\n" + strings.Repeat("12345\n", 200_000)}))
	table := mustTable(t, s, map[string]string{"path": "user/repo"})
	ctx, cancel := context.WithCancel(context.Background())
	reader, err := s.Read(ctx, table.Partitions[0], "", Request{Columns: []string{"n"}})
	if err != nil {
		t.Fatal(err)
	}
	piece, err := reader.Next(ctx)
	if err != nil {
		t.Fatal(err)
	}
	piece.Release()
	cancel()
	if _, err := reader.Next(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v after a cancel", err)
	}
	if err := reader.Close(); err != nil {
		t.Error(err)
	}
	if err := reader.Close(); err != nil {
		t.Error(err)
	}
}

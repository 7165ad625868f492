package e2e

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

// damagedRepository is a repository and what reading all of it must say; with nothing to say it must have rows lines.
type damagedRepository struct {
	files map[string]string
	says  []string
	rows  int
}

func damagedRepositories(t *testing.T) map[string]damagedRepository {
	t.Helper()
	lines := "a,b\n" + strings.Repeat("1,x\n", 20_000)
	packed := packGzip(t, lines)
	numbers := parquetOf(t, "a", arrow.PrimitiveTypes.Int64, `{"a":1}{"a":2}{"a":3}`)
	texts := parquetOf(t, "a", arrow.BinaryTypes.String, `{"a":"x"}`)
	deep := strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000)
	one := func(name, content string, says ...string) damagedRepository {
		return damagedRepository{files: map[string]string{name: content}, says: says}
	}
	card := func(text string, says ...string) damagedRepository {
		return damagedRepository{files: map[string]string{"README.md": "---\n" + text + "---\n", "train.csv": "a\n1\n"}, says: says}
	}
	return map[string]damagedRepository{
		"csv-empty":         one("train.csv", "", "train.csv", "no header"),
		"csv-header-alone":  one("train.csv", "a,b\n"),
		"csv-late-cell":     one("train.csv", lines+"1,2,3\n", "train.csv, line 20002", "expected 2 cells, found 3"),
		"csv-late-type":     one("train.csv", lines+"y,x\n", "train.csv, line 20002", `column "a"`),
		"csv-not-utf8":      one("train.csv", lines+"1,\xff\n", "train.csv, line 20002", "UTF-8", "encoding"),
		"csv-quote":         one("train.csv", "a,b\n1,\"x\n2,y\n", "train.csv", "line 2", "not closed"),
		"csv-gz-cut":        one("train.csv.gz", packed[:len(packed)/2], "train.csv.gz", "cut off"),
		"csv-gz-tail":       one("train.csv.gz", packed[:len(packed)-6], "train.csv.gz", "cut off"),
		"csv-gz-plain":      one("train.csv.gz", lines, "train.csv.gz", "not gzip"),
		"csv-others":        {files: map[string]string{"data/1.csv": "a,b\n1,x\n", "data/2.csv": "a,c\n1,x\n"}, says: []string{"data/2.csv", `"b"`}},
		"json-cut":          one("train.jsonl", "{\"a\":1}\n{\"a\":", "train.jsonl", "line 2", "ends in the middle"),
		"json-bad":          one("train.jsonl", "{\"a\":1}\n{\"a\":1,,}\n", "train.jsonl, line 2"),
		"json-not-utf8":     one("train.jsonl", "{\"a\":\"x\"}\n{\"a\":\"\xff\"}\n", "train.jsonl, line 2", "UTF-8"),
		"json-deep":         one("train.jsonl", `{"a":`+deep+"}\n", "train.jsonl, line 1", "deep"),
		"json-late-column":  {files: map[string]string{"data/1.jsonl": `{"a":1}`, "data/2.jsonl": `{"a":1,"z":2}`}, says: []string{"data/2.jsonl, line 1", `"z"`}},
		"json-late-type":    {files: map[string]string{"data/1.jsonl": `{"a":1}`, "data/2.jsonl": `{"a":"x"}`}, says: []string{"data/2.jsonl, line 1", "column a"}},
		"text-not-utf8":     one("train.txt", "x\n\xff\n", "train.txt", "line 2", "UTF-8"),
		"text-empty":        one("train.txt", ""),
		"arrow-not":         one("train.arrow", "no such thing", "train.arrow"),
		"parquet-empty":     one("train.parquet", "", "train.parquet", "0 bytes"),
		"parquet-cut":       one("train.parquet", numbers[:len(numbers)-20], "train.parquet", "only the first part"),
		"parquet-page":      one("train.parquet", numbers[:4]+strings.Repeat("\xff", 24)+numbers[28:], "train.parquet", "row group 0"),
		"parquet-mixed":     {files: map[string]string{"data/1.parquet": numbers, "data/2.parquet": texts}, says: []string{"data/2.parquet", `column "a"`}},
		"parquet-zero-rows": {files: map[string]string{"data/1.parquet": parquetOf(t, "a", arrow.PrimitiveTypes.Int64, ""), "data/2.parquet": numbers}, rows: 3},
		"zip-cut":           one("train.zip", zipOf(t, "a.csv", lines)[:200], "train.zip", "cut off"),
		"zip-trick":         one("train.zip", zipOf(t, "../../a.csv", lines), "train.zip", `"../../a.csv"`, "outside"),
		"card-broken":       card("configs: [\n  a: {b\n", "README.md", "line"),
		"card-type":         card("configs: all\n", "README.md", "configs", "list"),
		"card-not-utf8":     card("license: \"\xff\"\n", "README.md", "UTF-8"),
		"card-file":         card("configs:\n- config_name: a\n  data_files: b.csv\n", "b.csv"),
		"card-bomb":         card("a: &a [x,x,x,x,x,x,x,x,x]\n"+yamlBomb(9), "README.md", "nodes"),
	}
}

// yamlBomb makes lists of lists, each ten times as large as the one before.
func yamlBomb(levels int) string {
	var b strings.Builder
	for i := range levels {
		name, before := string(rune('b'+i)), "*"+string(rune('a'+i))
		b.WriteString(name + ": &" + name + " [" + strings.Repeat(before+",", 9) + before + "]\n")
	}
	return b.String()
}

func packGzip(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func zipOf(t *testing.T, name, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// parquetOf writes rows, given as JSON, in one column.
func parquetOf(t *testing.T, name string, typ arrow.DataType, rows string) string {
	t.Helper()
	schema := arrow.NewSchema([]arrow.Field{{Name: name, Type: typ, Nullable: true}}, nil)
	var b bytes.Buffer
	w, err := pqarrow.NewFileWriter(schema, &b, parquet.NewWriterProperties(parquet.WithDictionaryDefault(false)), pqarrow.NewArrowWriterProperties())
	if err != nil {
		t.Fatal(err)
	}
	if rows != "" {
		batch, _, err := array.RecordFromJSON(memory.DefaultAllocator, schema, strings.NewReader(rows), array.WithMultipleDocs())
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Write(batch); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// parquetTesting is the folder of Apache's files for tests of Parquet, beside the checkout; not every machine has it.
const parquetTesting = "../../shared/data/parquet-testing"

// damagedTesting is what each damaged file of parquet-testing must say, but for encrypted ones; with nothing to say it has nothing wrong.
var damagedTesting = map[string][]string{
	"ARROW-GH-41317":              {"row group 1", "column uint8"},
	"ARROW-GH-41321":              {"row group 1", "column fixed_size_list_float64.list.item", "page 1"},
	"ARROW-GH-43605":              nil,
	"ARROW-GH-45185":              {"row group 0", "column x.list.element", "page 0", "in the middle of a row"},
	"ARROW-GH-47662":              {"row group 0", "page"},
	"ARROW-RS-GH-6229-DICTHEADER": {"row group 0", "column name", "claims bytes"},
	"ARROW-RS-GH-6229-LEVELS":     {"row group 0", "column outer.list.item.c", "page 1", "levels"},
	"PARQUET-1481":                {"footer", "physical type"},
	"large_string_map":            {"row group 0", "column arr.key_value.key", "2147483668 bytes", "more memory"},
	"incorrect_map_schema":        {"schema", "MAP"},
}

// addParquetTesting adds the damaged and the encrypted files, and those that pyarrow refuses.
func addParquetTesting(t *testing.T, cases map[string]damagedRepository) {
	t.Helper()
	for _, pattern := range []string{"bad_data/*.parquet", "data/*.encrypted", "data/aes256/*.encrypted", "data/large_string_map.*", "data/incorrect_map_schema.*"} {
		paths, err := filepath.Glob(filepath.Join(parquetTesting, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			name, _, _ := strings.Cut(filepath.Base(path), ".")
			c := damagedRepository{files: map[string]string{"data/train.parquet": string(content)}, rows: 21186}
			says, known := damagedTesting[name]
			switch {
			case strings.HasSuffix(path, ".encrypted"):
				c.says = []string{"data/train.parquet", "encrypted", "not supported"}
				name = strings.ReplaceAll(filepath.Base(filepath.Dir(path)), "data", "aes128") + "-" + name
			case !known:
				t.Errorf("%s: no expectation", path)
			case says != nil:
				c.says = append([]string{"data/train.parquet"}, says...)
			}
			cases[name] = c
		}
	}
}

// TestDamagedFilesAreNamed reads every damaged repository as a whole: it must fail, or have all rows, and never crash; errors
// name the file and the place in it.
func TestDamagedFilesAreNamed(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	cases := damagedRepositories(t)
	addParquetTesting(t, cases)
	for name, c := range cases {
		for file, content := range c.files {
			path := filepath.Join(root, "damaged", name, filepath.FromSlash(file))
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	hub := start(t, nil, "hub", "--root", root, "--listen", "127.0.0.1:0")
	environment := []string{"HF_ENDPOINT=" + hub.Address, "HF_HOME=" + t.TempDir(), "HF_TOKEN="}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			out, log, err := run(t, program, "", environment, "show", "damaged/"+name, "--rows", "0", "--format", "csv")
			var exit *exec.ExitError
			if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
				t.Fatalf("it ended by %v: %s", err, log)
			}
			if len(c.says) == 0 {
				// Lines are counted without the header.
				if rows := max(0, strings.Count(out, "\n")-1); err != nil || rows != c.rows {
					t.Errorf("%d rows, want %d; %v: %s", rows, c.rows, err, log)
				}
				return
			}
			for _, part := range c.says {
				if !strings.Contains(log, part) {
					t.Errorf("%q is not in: %s", part, log)
				}
			}
			if err == nil || strings.Contains(log, "INTERNAL_ERROR") || strings.Contains(log, "goroutine ") {
				t.Errorf("%v: %s", err, log)
			}
		})
	}
}

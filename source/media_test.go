package source

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/google/go-cmp/cmp"

	"github.com/hfspark/hfspark/dataset"
)

// mediaCase is a repository, and what the datasets library makes of it; e2e/golden/media.py writes them.
type mediaCase struct {
	Name   string
	Files  map[string]json.RawMessage
	Types  map[string]string
	Labels map[string][]any
	Splits map[string][]any
	Error  string
}

// mediaErrors are the cases in which an error is expected, with a part of it. Where the library reads, there is a reason not to.
var mediaErrors = map[string]string{
	"web: later type":      `data file train.tar, sample "z", file "json": member "a": "x" is no value of a column of type int64`,
	"web: no integer":      `data file train.tar, sample "a", file "cls": "x" is no integer`,
	"web: long integer":    `the integer 99999999999999999999 is beyond 64 bits`,
	"web: no text":         `data file train.tar, sample "a", file "txt": the text is not UTF-8`,
	"web: twice":           `data file train.tar: the sample "a" has the file "txt" twice`,
	"web: different files": `the files in the archive don't share the same prefix or the same types`,
	"web: no samples":      `data file train.tar holds no samples`,

	"folder: metadata differs":            `have different columns`,
	"folder: metadata extensions":         `metadata files with different extensions`,
	"folder: metadata without file names": "`file_name`, `*_file_name`, `file_names` or `*_file_names` must be present as dictionary key in metadata files",
	"folder: missing file":                `metadata file metadata.csv, row 2: column "image" names "none.png", and there is no such file`,
	"folder: outside":                     `metadata file metadata.csv, row 1: column "image": Invalid metadata file_name '../1.png': ` + "`file_name` must be a relative path",
	"folder: absolute":                    `Invalid metadata file_name '/etc/passwd'`,
	"folder: scheme":                      `URL schemes (e.g. 'file://', 'local://') are not allowed`,
}

func TestMediaAsTheLibrary(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("testdata", "media_cases.json"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []mediaCase
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			files := map[string]string{}
			for name, content := range c.Files {
				files[name] = mediaContent(t, content)
			}
			c.check(t, newSource(t, writeRepo(t, files)))
		})
	}
}

func mediaContent(t *testing.T, raw json.RawMessage) string {
	t.Helper()
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var packed struct{ Base64 []byte }
	if err := json.Unmarshal(raw, &packed); err != nil {
		t.Fatal(err)
	}
	return string(packed.Base64)
}

func (c mediaCase) check(t *testing.T, s *Source) {
	wanted := mediaErrors[c.Name]
	if c.Error != "" && wanted == "" {
		t.Skipf("the library fails: %s", c.Error)
	}
	splits := slices.Sorted(maps.Keys(c.Splits))
	if len(splits) == 0 {
		splits = []string{"train"}
	}
	for _, split := range splits {
		types, labels, rows, err := c.read(s, split)
		if wanted != "" {
			if err == nil || !strings.Contains(err.Error(), wanted) {
				t.Errorf("error %v, want %s", err, wanted)
			}
			return
		}
		if err != nil {
			t.Fatalf("split %s: %v", split, err)
		}
		for name := range c.Types {
			c.Types[name] = strings.ReplaceAll(c.Types[name], "large_string", "string")
		}
		if diff := cmp.Diff(c.Types, types); diff != "" {
			t.Errorf("types (-library +hfspark):\n%s", diff)
		}
		if diff := cmp.Diff(c.labelTexts(), labels); diff != "" {
			t.Errorf("labels (-library +hfspark):\n%s", diff)
		}
		if diff := cmp.Diff(c.Splits[split], rows); diff != "" {
			t.Errorf("rows of %s (-library +hfspark):\n%s", split, diff)
		}
	}
}

// labelTexts are the names of class labels, with the truths of unquoted YAML as text.
func (c mediaCase) labelTexts() map[string][]string {
	out := map[string][]string{}
	for column, names := range c.Labels {
		for _, name := range names {
			text, ok := name.(string)
			if !ok {
				text = map[any]string{true: "True", false: "False"}[name]
			}
			out[column] = append(out[column], text)
		}
	}
	return out
}

var commitInPath = regexp.MustCompile(`@[0-9a-f]{40}/`)

func (c mediaCase) read(s *Source, split string) (types map[string]string, labels map[string][]string, rows []any, err error) {
	table, err := s.Table(context.Background(), Options{Path: "user/repo", Split: split})
	if err != nil {
		return nil, nil, nil, err
	}
	types, labels, rows = map[string]string{}, map[string][]string{}, []any{}
	for _, f := range table.Schema.Fields() {
		types[f.Name] = strings.ReplaceAll(dataset.TypeName(f.Type), "large_string", "string")
		if feature, ok := dataset.FieldFeature(f); ok {
			labels[f.Name] = feature.Names
		}
	}
	for _, p := range table.Partitions {
		batches, err := readPartition(s, p, Request{Columns: fieldNames(table.Schema)})
		if err != nil {
			return nil, nil, nil, err
		}
		for _, b := range batches {
			for i := range int(b.NumRows()) {
				row := map[string]any{}
				for column, name := range fieldNames(table.Schema) {
					row[name] = mediaValue(b.Column(column), i)
				}
				rows = append(rows, row)
			}
			b.Release()
		}
	}
	return types, labels, rows, nil
}

func mediaValue(a arrow.Array, i int) any {
	if a.IsNull(i) {
		return nil
	}
	switch a := a.(type) {
	case *array.Struct:
		out := map[string]any{}
		for m, f := range a.DataType().(*arrow.StructType).Fields() {
			out[f.Name] = mediaValue(a.Field(m), i)
		}
		return out
	case array.ListLike:
		from, to := a.ValueOffsets(i)
		out := []any{}
		for j := from; j < to; j++ {
			out = append(out, mediaValue(a.ListValues(), int(j)))
		}
		return out
	case *array.Binary:
		return map[string]any{"base64": base64.StdEncoding.EncodeToString(a.Value(i))}
	case *array.Float16:
		return float64(a.Value(i).Float32())
	}
	text, err := json.Marshal(a.GetOneForMarshal(i))
	if err != nil {
		return err
	}
	var out any
	if err := json.Unmarshal(text, &out); err != nil {
		return err
	}
	if text, ok := out.(string); ok {
		return commitInPath.ReplaceAllString(text, "@SHA/")
	}
	return out
}

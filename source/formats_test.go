package source

import (
	"encoding/json"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/google/go-cmp/cmp"

	"github.com/hfspark/hfspark/dataset"
)

// otherwise are cases where something else is done than the datasets library does, and why.
var otherwise = map[string]string{
	"xml":                                   "the library cannot stream XML files: it opens the list of files instead of the files",
	"csv header alone":                      "the library announces no columns; their names are known",
	"csv large ints":                        "the library fails; numbers that fit no type of 64 bits stay text",
	"csv long sep":                          "the library takes the separator for an expression; it is refused",
	"csv index_col":                         "the library drops the column; the parameter is refused",
	"text zst cut off":                      "the library takes data that lacks its checksum for complete; it is an error",
	"json empty":                            "the library fails with StopIteration; there are no rows and no columns",
	"json invalid UTF-8 replaced":           "the library fails; what was asked for is done",
	"json second file with struct for text": "numbers within are written as they stand: 1, not 1.0",
}

// TestFormatsAsTheLibrary compares columns and rows with what the datasets library streams; e2e/golden/formats.py asks it.
func TestFormatsAsTheLibrary(t *testing.T) {
	t.Parallel()
	compareWithLibrary(t, "formats.json")
}

// TestSequencesAsTheLibrary does the same for biological sequences; e2e/golden/sequences.py asks the library.
func TestSequencesAsTheLibrary(t *testing.T) {
	t.Parallel()
	compareWithLibrary(t, "sequences.json")
}

func compareWithLibrary(t *testing.T, name string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Name    string            `json:"name"`
		Format  string            `json:"format"`
		Files   map[string][]byte `json:"files"`
		Options map[string]any    `json:"options"`
		Result  struct {
			Error string           `json:"error"`
			Types []string         `json:"types"`
			Rows  []map[string]any `json:"rows"`
		} `json:"result"`
	}
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			if why, ok := otherwise[c.Name]; ok {
				t.Skip(why)
			}
			files := memFiles(c.Files)
			types, rows, err := readJSONValues(t, files, files.subset(c.Format, c.Options, slices.Sorted(maps.Keys(c.Files))...))
			if c.Result.Error != "" {
				if err == nil {
					t.Fatalf("types %v, rows %v; the library says %s", types, rows, c.Result.Error)
				}
				return
			}
			if err != nil {
				t.Fatalf("%v; the library has the rows %v", err, c.Result.Rows)
			}
			for i := range c.Result.Types {
				c.Result.Types[i] = strings.ReplaceAll(c.Result.Types[i], "large_string", "string")
			}
			if diff := cmp.Diff(c.Result.Types, types); diff != "" && len(c.Result.Types)+len(types) > 0 {
				t.Errorf("types (-library +ours):\n%s", diff)
			}
			if diff := cmp.Diff(c.Result.Rows, rows); diff != "" && len(c.Result.Rows)+len(rows) > 0 {
				t.Errorf("rows (-library +ours):\n%s", diff)
			}
		})
	}
}

// readJSONValues reads a subset into the values that JSON has.
func readJSONValues(t *testing.T, files memFiles, subset Subset) (types []string, rows []map[string]any, err error) {
	t.Helper()
	format, err := formatOf(subset.Resolution.Format)
	if err != nil {
		return nil, nil, err
	}
	if subset.Parameters, err = format.Parameters(subset.Parameters); err != nil {
		return nil, nil, err
	}
	schema, err := format.Schema(t.Context(), files.services(), subset)
	if err != nil {
		return nil, nil, err
	}
	for _, f := range schema.Fields() {
		types = append(types, strings.ReplaceAll(dataset.FieldName(f), "large_string", "string"))
	}
	for _, p := range partitions(subset, subset.Resolution.Splits[0], schema, &Counters{}) {
		reader, err := format.Open(t.Context(), files.services(), p, Request{Columns: fieldNames(schema)})
		if err != nil {
			return nil, nil, err
		}
		for {
			piece, err := reader.Next(t.Context())
			if err != nil {
				if closing := reader.Close(); closing != nil {
					t.Error(closing)
				}
				if err.Error() != "EOF" {
					return nil, nil, err
				}
				break
			}
			for i := range int(piece.Rows) {
				row := map[string]any{}
				for k, f := range schema.Fields() {
					row[f.Name] = jsonCell(t, piece.Records.Column(k), i)
				}
				rows = append(rows, row)
			}
			piece.Release()
		}
	}
	return types, rows, nil
}

func jsonCell(t *testing.T, column arrow.Array, i int) any {
	t.Helper()
	if column.IsNull(i) {
		return nil
	}
	switch column := column.(type) {
	case *array.Timestamp:
		at := column.Value(i).ToTime(column.DataType().(*arrow.TimestampType).Unit)
		return map[string]any{"time": at.UTC().Format(strings.TrimSuffix(time.DateTime, time.TimeOnly)[:10] + "T" + time.TimeOnly)}
	case *array.Float64:
		if v := column.Value(i); math.IsInf(v, 0) || math.IsNaN(v) {
			return map[string]any{"float": map[bool]string{true: "inf", false: "-inf"}[v > 0]}
		}
	}
	text, err := json.Marshal(column.GetOneForMarshal(i))
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

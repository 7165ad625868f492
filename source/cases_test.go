package source

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/google/go-cmp/cmp"

	"github.com/hfspark/hfspark/dataset"
)

// libraryCase is what the datasets library makes of a file; testdata/cases.py wrote it.
type libraryCase struct {
	Text       string
	Parameters map[string]any
	Schema     []string
	Rows       [][]any
	Error      string
}

// better are the cases that the library fails on and hfspark reads, by their text.
var better = map[string]string{
	"a\n9223372036854775808\n1\n": "uint64 holds these",
}

func TestAgainstLibrary(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"csv", "json"} {
		text, err := os.ReadFile(filepath.Join("testdata", format+"_cases.json"))
		if err != nil {
			t.Fatal(err)
		}
		var cases []libraryCase
		if err := json.Unmarshal(text, &cases); err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			t.Run(format+"/"+strconv.Quote(c.Text)+parameterText(c.Parameters), func(t *testing.T) {
				t.Parallel()
				c.run(t, format)
			})
		}
	}
}

func parameterText(p map[string]any) string {
	if len(p) == 0 {
		return ""
	}
	text, _ := json.Marshal(p)
	return string(text)
}

func (c libraryCase) run(t *testing.T, format string) {
	schema, rows, err := oneFile(t, format, "data."+format, c.Text, c.Parameters)
	if c.Error != "" {
		if err == nil && better[c.Text] == "" {
			t.Fatalf("no error, but %v; the library says %s", rows, c.Error)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	var types []string
	for _, f := range schema.Fields() {
		types = append(types, f.Name+": "+libraryType(f))
	}
	if diff := cmp.Diff(c.Schema, types); diff != "" {
		t.Errorf("schema (-library +hfspark):\n%s", diff)
	}
	for i := range rows {
		for j, f := range schema.Fields() {
			rows[i][j] = decodedJSON(f, rows[i][j])
		}
	}
	if diff := cmp.Diff(c.Rows, plainRows(t, rows)); diff != "" {
		t.Errorf("rows (-library +hfspark):\n%s", diff)
	}
}

// plainRows brings rows into the form that JSON gives those of the library.
func plainRows(t *testing.T, rows [][]any) (out [][]any) {
	t.Helper()
	text, err := json.Marshal(rows)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// libraryType writes a type as pyarrow does.
func libraryType(f arrow.Field) string {
	if feature, ok := dataset.FieldFeature(f); ok && feature.Kind == dataset.KindJSON {
		return "extension<arrow.json>"
	}
	switch t := f.Type.(type) {
	case *arrow.StringType:
		return "string"
	case *arrow.Float64Type:
		return "double"
	case *arrow.ListType:
		return "list<item: " + libraryType(t.ElemField()) + ">"
	case *arrow.StructType:
		var parts []string
		for _, f := range t.Fields() {
			parts = append(parts, f.Name+": "+libraryType(f))
		}
		return "struct<" + strings.Join(parts, ", ") + ">"
	case *arrow.TimestampType:
		return "timestamp[" + t.Unit.String() + "]"
	}
	return f.Type.String()
}

// cellValue is a value as JSON would hold it.
func cellValue(column arrow.Array, i int) any {
	if column.IsNull(i) {
		return nil
	}
	switch c := column.(type) {
	case *array.Float64:
		switch v := c.Value(i); {
		case math.IsNaN(v):
			return nil
		case math.IsInf(v, 1):
			return "inf"
		case math.IsInf(v, -1):
			return "-inf"
		default:
			return v
		}
	case *array.Timestamp:
		return c.Value(i).ToTime(c.DataType().(*arrow.TimestampType).Unit).Format(strings.TrimSuffix(time.RFC3339, "Z07:00"))
	case *array.Struct:
		out := map[string]any{}
		for j, f := range c.DataType().(*arrow.StructType).Fields() {
			out[f.Name] = cellValue(c.Field(j), i)
		}
		return out
	case array.ListLike:
		out := []any{}
		start, end := c.ValueOffsets(i)
		for j := start; j < end; j++ {
			out = append(out, cellValue(c.ListValues(), int(j)))
		}
		return out
	}
	return column.GetOneForMarshal(i)
}

// decodedJSON replaces JSON text by what it says, as Python's features do.
func decodedJSON(f arrow.Field, v any) any {
	if v == nil {
		return nil
	}
	if feature, ok := dataset.FieldFeature(f); ok && feature.Kind == dataset.KindJSON {
		var out any
		if err := json.Unmarshal([]byte(v.(string)), &out); err != nil {
			return err.Error()
		}
		return out
	}
	switch t := f.Type.(type) {
	case *arrow.ListType:
		for i, item := range v.([]any) {
			v.([]any)[i] = decodedJSON(t.ElemField(), item)
		}
	case *arrow.StructType:
		m := v.(map[string]any)
		for _, f := range t.Fields() {
			m[f.Name] = decodedJSON(f, m[f.Name])
		}
	}
	return v
}

// TestCSVNumbers compares floats with those of pandas, to the last bit.
func TestCSVNumbers(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("testdata", "csv_numbers.txt"))
	if err != nil {
		t.Fatal(err)
	}
	o := newCSVOptions()
	for line := range strings.Lines(string(text)) {
		number, hex, _ := strings.Cut(strings.TrimSpace(line), " ")
		want, err := strconv.ParseFloat(hex, 64)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := float([]byte(number), o); !ok || math.Float64bits(got) != math.Float64bits(want) {
			t.Errorf("%s is %x, want %x", number, got, want)
		}
	}
}

package source

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/google/go-cmp/cmp"

	"github.com/hfspark/hfspark/dataset"
)

// TestCSVFiles reads several files with one schema.
func TestCSVFiles(t *testing.T) {
	t.Parallel()
	m := memFiles{
		"empty.csv":  []byte("n,s,gone\n"),
		"a.csv":      []byte("n,s,gone\n1,x,\n2,,\n"),
		"b.csv":      []byte("gone,s,n\nlate,007,\n,y,3.0\n"),
		"c.csv":      []byte("s,gone\nx,\n"),
		"d.csv.gz":   zipped("n,s,gone\n4,gz,\n"),
		"latin1.csv": []byte("n,s,gone\n5,\xe9,\n"),
	}
	m["other.csv"] = []byte("other\n")
	schema, rows, err := m.table(m.subset("csv", nil, "empty.csv", "other.csv", "a.csv", "b.csv", "d.csv.gz"), Request{})
	if err != nil {
		t.Fatal(err)
	}
	if got := schema.String(); !strings.Contains(got, "n: type=int64") || !strings.Contains(got, "gone: type=utf8") {
		t.Errorf("schema %s", got)
	}
	want := [][]any{{int64(1), "x", nil}, {int64(2), nil, nil}, {nil, "007", "late"}, {int64(3), "y", nil}, {int64(4), "gz", nil}}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Error(diff)
	}
	_, rows, err = m.table(m.subset("csv", nil, "a.csv", "c.csv"), Request{})
	if err != nil || cmp.Diff([]any{nil, "x", nil}, rows[2]) != "" {
		t.Errorf("missing column: %v, %v", rows, err)
	}
	_, _, err = m.table(m.subset("csv", nil, "latin1.csv"), Request{})
	if err == nil || !strings.Contains(err.Error(), `data file latin1.csv, line 2: column "s"`) || !strings.Contains(err.Error(), "not UTF-8; set the option encoding") {
		t.Errorf("encoding: %v", err)
	}
	_, rows, err = m.table(m.subset("csv", map[string]any{"encoding": "latin-1"}, "latin1.csv"), Request{})
	if err != nil || rows[0][1] != "é" {
		t.Errorf("latin-1: %v, %v", rows, err)
	}
}

func zipped(text string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return b.Bytes()
}

// TestCSVFeatures converts cells to announced types.
func TestCSVFeatures(t *testing.T) {
	t.Parallel()
	features, err := dataset.FeaturesFromYAML([]byte(`
- {name: i, dtype: int32}
- {name: u, dtype: uint8}
- {name: f, dtype: float32}
- {name: s, dtype: string}
- {name: b, dtype: bool}
- {name: d, dtype: date32}
- {name: t, dtype: 'timestamp[ms]'}
- {name: c, dtype: {class_label: {names: {'0': no, '1': 'yes'}}}}
- {name: j, dtype: json}
- {name: m, dtype: image}
- {name: e, dtype: 'decimal128(5, 2)'}
`))
	if err != nil {
		t.Fatal(err)
	}
	const header = "e,m,j,c,t,d,b,s,f,u,i\n"
	m := memFiles{"a.csv": []byte(header + "1.5,x.png,\"{\"\"a\"\": 1}\",yes,2024-01-02 03:04:05.25,2024-01-02,1,007,0.5,255,2.0\n" +
		",,text,0,,,,,,,\n")}
	subset := m.subset("csv", nil, "a.csv")
	subset.Resolution.Features = features
	_, rows, err := m.table(subset, Request{})
	if err != nil {
		t.Fatal(err)
	}
	want := [][]any{
		{
			int32(2), float64(255), float32(0.5), "007", true, "2024-01-02", "2024-01-02T03:04:05", int64(1), `{"a": 1}`,
			map[string]any{"bytes": nil, "path": "x.png"},
			"1.5",
		},
		{nil, nil, nil, nil, nil, nil, nil, int64(0), `"text"`, nil, nil},
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Error(diff)
	}
	for cell, want := range map[string]string{
		"c=maybe": "it is no name of a class label", "c=7": "class label 7 is greater than the largest one, 1", "i=1.5": "it is not an integer",
		"u=256": "out of the range", "d=x": "YYYY-MM-DD", "b=perhaps": "neither true nor false", "e=123456": "decimal(5, 2)",
	} {
		name, value, _ := strings.Cut(cell, "=")
		names := strings.Split(strings.TrimSpace(header), ",")
		row := make([]string, len(names))
		row[slices.Index(names, name)] = value
		m["a.csv"] = []byte(header + strings.Join(row, ",") + "\n")
		if _, _, err := m.table(subset, Request{}); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), fmt.Sprintf("column %q", name)) {
			t.Errorf("%s: %v", cell, err)
		}
	}
	subset.Resolution.Features = &dataset.Features{Columns: []dataset.Feature{{
		Name: "l", Type: dataset.FeatureType{Kind: dataset.KindList, Element: &dataset.FeatureType{Kind: dataset.KindValue, DType: arrow.PrimitiveTypes.Int64}},
	}}}
	if _, _, err := m.table(subset, Request{}); err == nil || !strings.Contains(err.Error(), `the column "l" is announced as list`) {
		t.Errorf("lists: %v", err)
	}
}

// cells scans a text into rows of cells.
func cells(t *testing.T, input io.Reader, o *csvOptions) (rows [][]string, failed bool) {
	t.Helper()
	s := newCSVScanner(input, o)
	for {
		err := s.scan()
		if errors.Is(err, io.EOF) {
			return rows, false
		}
		if err != nil {
			return rows, true
		}
		var row []string
		for i := range s.ends {
			row = append(row, string(s.cell(i)))
		}
		rows = append(rows, row)
	}
}

// FuzzCSV checks that rows do not depend on how the input arrives, and that what is written with quotes is read back.
func FuzzCSV(f *testing.F) {
	for _, seed := range []string{"a,b\n1,2\n", "\"a\"\"b\",\"c\nd\"\r\n", "x\r\ry\n  \n", "\"open", "a\\,b#c\n"} {
		f.Add(seed, false)
	}
	f.Add("a\\,b#c\n", true)
	f.Fuzz(func(t *testing.T, text string, escapes bool) {
		o := newCSVOptions()
		if escapes {
			o.escape, o.comment = '\\', '#'
		}
		whole, failed := cells(t, strings.NewReader(text), o)
		pieces, failedToo := cells(t, iotest.OneByteReader(strings.NewReader(text)), o)
		if diff := cmp.Diff(whole, pieces); diff != "" || failed != failedToo {
			t.Fatalf("%q depends on how it arrives: %v %v\n%s", text, failed, failedToo, diff)
		}
		if escapes {
			return
		}
		var b strings.Builder
		for _, row := range whole {
			for i, cell := range row {
				if i > 0 {
					b.WriteByte(',')
				}
				b.WriteString(`"` + strings.ReplaceAll(cell, `"`, `""`) + `"`)
			}
			b.WriteByte('\n')
		}
		if again, _ := cells(t, strings.NewReader(b.String()), o); !cmp.Equal(whole, again) {
			t.Fatalf("%q is read back as\n%s", b.String(), cmp.Diff(whole, again))
		}
	})
}

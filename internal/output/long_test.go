package output

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// oneRow is a stream of a row with a text, its bytes, and a list of structs that hold it.
func oneRow(t *testing.T, text string) *fixed {
	t.Helper()
	member := arrow.StructOf(arrow.Field{Name: "t", Type: arrow.BinaryTypes.String, Nullable: true}, arrow.Field{Name: "a", Type: arrow.PrimitiveTypes.Int64, Nullable: true})
	b := array.NewRecordBuilder(memory.DefaultAllocator, arrow.NewSchema([]arrow.Field{
		{Name: "text", Type: arrow.BinaryTypes.String},
		{Name: "bytes", Type: arrow.BinaryTypes.Binary},
		{Name: "list", Type: arrow.ListOf(member)},
		{Name: "numbers", Type: arrow.MapOf(arrow.BinaryTypes.String, arrow.PrimitiveTypes.Int64)},
	}, nil))
	defer b.Release()
	b.Field(0).(*array.StringBuilder).Append(text)
	b.Field(1).(*array.BinaryBuilder).Append([]byte(text))
	list := b.Field(2).(*array.ListBuilder)
	list.Append(true)
	list.ValueBuilder().AppendNull()
	members := list.ValueBuilder().(*array.StructBuilder)
	members.Append(true)
	members.FieldBuilder(0).(*array.StringBuilder).Append(text)
	members.FieldBuilder(1).AppendNull()
	pairs := b.Field(3).(*array.MapBuilder)
	pairs.Append(true)
	pairs.KeyBuilder().(*array.StringBuilder).Append("k")
	pairs.ItemBuilder().(*array.Int64Builder).Append(7)
	batch := b.NewRecordBatch()
	t.Cleanup(batch.Release)
	return &fixed{batch: batch}
}

// jsonOf is what the standard library makes of a value.
func jsonOf(t *testing.T, value any) string {
	t.Helper()
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(out.String(), "\n")
}

func TestValuesAreThoseOfTheStandardLibrary(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "plain", " blank before", "\u00a0", `\.`, `quo"te`, "a,b", "two\nlines\r\n", "<&>\u2028\x00", "broken \xff\xe4\xb8",
		strings.Repeat("x", textPart-1) + "中😀" + strings.Repeat("é\"", textPart), strings.Repeat("\x80", 3*textPart),
	} {
		list := `[null,{"a":null,"t":` + jsonOf(t, text) + `}]`
		pairs := `[{"key":"k","value":7}]`
		code := base64.StdEncoding.EncodeToString([]byte(text))
		want := `{"text":` + jsonOf(t, text) + `,"bytes":"` + code + `","list":` + list + `,"numbers":` + pairs + "}\n"
		var got, wantCSV bytes.Buffer
		if err := Write(&got, JSON, oneRow(t, text), Options{}); err != nil {
			t.Fatal(err)
		}
		if got.String() != want {
			t.Errorf("%.20q as JSON:\n%.200s\nwant:\n%.200s", text, got.String(), want)
		}
		got.Reset()
		if err := Write(&got, CSV, oneRow(t, text), Options{}); err != nil {
			t.Fatal(err)
		}
		w := csv.NewWriter(&wantCSV)
		if err := w.WriteAll([][]string{{"text", "bytes", "list", "numbers"}, {text, code, list, pairs}}); err != nil {
			t.Fatal(err)
		}
		if got.String() != wantCSV.String() {
			t.Errorf("%.20q as CSV:\n%.200s\nwant:\n%.200s", text, got.String(), wantCSV.String())
		}
	}
}

func TestNestedCellsWithoutCommas(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	w := bufio.NewWriter(&out)
	cell := &quotedCell{out: w}
	for _, part := range []string{"[", "[", "1", "]", "]"} {
		if _, err := io.WriteString(cell, part); err != nil {
			t.Fatal(err)
		}
	}
	if err := cell.close(); err != nil || w.Flush() != nil || out.String() != "[[1]]" {
		t.Errorf("%q, %v", out.String(), err)
	}
}

// TestLongValuesAreNotCopied counts all that is allocated in the process: it has it for itself.
func TestLongValuesAreNotCopied(t *testing.T) { //nolint:paralleltest // See above.
	if raceDetector {
		t.Skip("the race detector makes copies of its own")
	}
	rows := oneRow(t, strings.Repeat("long \"text\",\n", 2<<20))
	for _, format := range []Format{JSON, CSV} {
		rows.done = false
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if err := Write(io.Discard, format, rows, Options{}); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		if got := after.TotalAlloc - before.TotalAlloc; got > 4<<20 {
			t.Errorf("%s: %d bytes were allocated for a row of 80 MB", format, got)
		}
	}
}

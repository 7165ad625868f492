package source

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
)

// TestSmallMembersAreFetchedTogether reads an archive of many small members and some long ones.
func TestSmallMembersAreFetchedTogether(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	var want []string
	for i := range 3000 {
		member, err := w.CreateHeader(&zip.FileHeader{Name: fmt.Sprintf("%04d.txt", i), Method: uint16(i % 2 * 8)})
		if err != nil {
			t.Fatal(err)
		}
		text := fmt.Sprintf("text %d", i)
		if i%1000 == 500 {
			text = strings.Repeat(text, 20_000)
		}
		want = append(want, text)
		if _, err := io.WriteString(member, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	m := memFiles{"a.zip": b.Bytes()}
	files := &countedMem{memFiles: m}
	s := m.services()
	s.Files = files
	subset := m.subset("text", nil, "a.zip")
	schema, err := textFormat{}.Schema(t.Context(), s, subset)
	if err != nil {
		t.Fatal(err)
	}
	reader, err := textFormat{}.Open(t.Context(), s, partitions(subset, subset.Resolution.Splits[0], schema, s.Progress)[0], Request{Columns: []string{"text"}})
	if err != nil {
		t.Fatal(err)
	}
	rows, err := drain(reader)
	if err != nil || len(rows) != len(want) {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for i, row := range rows {
		if row[0] != want[i] {
			t.Fatalf("row %d is %.30v", i, row)
		}
	}
	if n := len(files.ranges["a.zip"]); n > 20 {
		t.Errorf("%d requests", n)
	}
}

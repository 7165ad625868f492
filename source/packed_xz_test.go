package source

import (
	"bytes"
	"encoding/base64"
	"io"
	"strings"
	"testing"

	"github.com/ulikunitz/xz/lzma"
)

// TestKindsOfXZ reads what Python's lzma packs: with filters, a large dictionary, and in the older format without a mark.
func TestKindsOfXZ(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		packed, want string // an error, or none
	}{
		"delta": {"/Td6WFoAAATm1rRGAgEDAQAhARZ5IMTuAQAFYakn2SjYAAAAq9N8Aj+8xbEAAR4GwS+kHR+2830BAAAAAARZWg==", "it has the filter delta before LZMA2"},
		"x86":   {"/Td6WFoAAATm1rRGAgEEACEBFgANhjUfAQAFYQoxCjIKAAAAq9N8Aj+8xbEAAR4GwS+kHR+2830BAAAAAARZWg==", "it has the filter x86 before LZMA2"},
		"big":   {"/Td6WFoAAATm1rRGAgAhASQAAABeH8f5AQAFYQoxCjIKAAAAq9N8Aj+8xbEAAR4GwS+kHR+2830BAAAAAARZWg==", "a dictionary of 1024 MiB"},
		"alone": {"XQAAgAD//////////wAwgoIfGYgaY0yf//53sAA=", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			packed, err := base64.StdEncoding.DecodeString(c.packed)
			if err != nil {
				t.Fatal(err)
			}
			_, rows, err := oneFile(t, "csv", "a.csv.xz", string(packed), nil)
			switch {
			case c.want == "" && (err != nil || len(rows) != 2):
				t.Errorf("%v, %v", rows, err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "a.csv.xz")):
				t.Errorf("%v, error %v, want %q", rows, err, c.want)
			}
		})
	}
}

// TestLZMAAloneIsWhole cuts data in the LZMA-alone format off at each byte, and puts something behind it. It has no checksum.
func TestLZMAAloneIsWhole(t *testing.T) {
	t.Parallel()
	text := damageText("json")
	for _, sized := range []bool{false, true} {
		var b bytes.Buffer
		w, err := lzma.WriterConfig{SizeInHeader: sized, Size: int64(len(text)), EOSMarker: !sized}.NewWriter(&b)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		whole := b.String()
		if _, rows, err := oneFile(t, "json", "a.jsonl.xz", whole, nil); err != nil || len(rows) != 12 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		if _, rows, err := oneFile(t, "json", "a.jsonl.xz", whole+"x", nil); err == nil {
			t.Errorf("with more behind it: %d rows", len(rows))
		}
		for n := range len(whole) {
			if _, rows, err := oneFile(t, "json", "a.jsonl.xz", whole[:n], nil); err == nil && len(rows) != 12 {
				t.Errorf("cut off after %d of %d bytes: %d rows", n, len(whole), len(rows))
			}
		}
	}
}

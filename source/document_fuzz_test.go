package source

import (
	"archive/zip"
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"
)

// FuzzCoNLL checks that damaged files end in rows or in an error.
func FuzzCoNLL(f *testing.F) {
	f.Add([]byte("-DOCSTART- -X-\n\nEU B-ORG\nrejects O\n\nPeter B-PER\n"), false)
	f.Add([]byte("# text = x\n1\tx\t_\n\n"), true)
	f.Add([]byte("a\n\n\n b c d\xff\r\n"), false)
	f.Fuzz(func(t *testing.T, content []byte, two bool) {
		parameters := map[string]any{}
		if two {
			parameters = map[string]any{"column_names": []any{"tokens", "tags"}, "comment_prefix": "#"}
		}
		m := memFiles{"train.conll": content}
		_, rows, err := m.table(m.subset("conll", parameters, "train.conll"), Request{})
		if err == nil && len(rows) > bytes.Count(content, []byte("\n"))+bytes.Count(content, []byte("\r"))+1 {
			t.Fatalf("%d rows of %q", len(rows), content)
		}
	})
}

// FuzzEncodings checks that what comes out of every encoding is UTF-8, and the same however it arrives.
func FuzzEncodings(f *testing.F) {
	names := []string{"", "utf-8-sig", "utf-16", "utf-16-be", "utf-32", "latin-1", "cp1252", "shift_jis", "gb18030", "ascii"}
	for i := range names {
		f.Add([]byte("a\u00e9\u65e5\xff\xfe\x00\xd8"), byte(i), byte(i))
	}
	f.Fuzz(func(t *testing.T, content []byte, name, errors byte) {
		e := textEncoding{name: names[int(name)%len(names)], errors: encodingErrors[int(errors)%len(encodingErrors)]}
		whole, failed := decodeAll(t, e, bytes.NewReader(content))
		pieces, failedToo := decodeAll(t, e, iotest.OneByteReader(bytes.NewReader(content)))
		if failed != failedToo || !failed && !slices.Equal(whole, pieces) {
			t.Fatalf("%q in %v depends on how it arrives: %q (%t), %q (%t)", content, e, whole, failed, pieces, failedToo)
		}
		if !failed && !utf8.Valid(whole) {
			t.Fatalf("%q in %v becomes %q", content, e, whole)
		}
	})
}

func decodeAll(t *testing.T, e textEncoding, from io.Reader) (out []byte, failed bool) {
	t.Helper()
	r, err := e.reader(from)
	if err != nil {
		return nil, true
	}
	out, err = io.ReadAll(r)
	return out, err != nil
}

// FuzzPacked checks that damaged archives of text end in rows or in an error, whatever their name says they are.
func FuzzPacked(f *testing.F) {
	var archive bytes.Buffer
	z := zip.NewWriter(&archive)
	w, err := z.Create("a.csv")
	if err != nil {
		f.Fatal(err)
	}
	if _, err := io.WriteString(w, "a\n1\n"); err != nil {
		f.Fatal(err)
	}
	if err := z.Close(); err != nil {
		f.Fatal(err)
	}
	extensions := []string{"gz", "bz2", "xz", "zst", "lz4"}
	f.Add(gzipped(f, []byte(strings.Repeat("x\n", 100))), byte(0))
	f.Add([]byte("BZh91AY&SY"), byte(1))
	f.Add([]byte("\xfd7zXZ\x00\x00\x04"), byte(2))
	f.Add([]byte("\x28\xb5\x2f\xfd\x04\x00"), byte(3))
	f.Add([]byte("\x04\x22\x4d\x18\x64\x40"), byte(4))
	f.Add(archive.Bytes(), byte(0))
	f.Fuzz(func(t *testing.T, content []byte, extension byte) {
		name := "train.txt." + extensions[int(extension)%len(extensions)]
		m := memFiles{name: content}
		_, _, err := m.table(m.subset("text", nil, name), Request{})
		if err != nil && !strings.Contains(err.Error(), name) {
			t.Fatalf("the error does not name the file: %v", err)
		}
	})
}

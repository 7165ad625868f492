package source

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"fmt"
	"strings"
	"testing"
)

func zipOf(t *testing.T, members ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(members); i += 2 {
		f, err := w.Create(members[i])
		if err == nil {
			_, err = f.Write([]byte(members[i+1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestPackedFilesTell reads damaged files: each error names the file, the member and the line where there are any.
func TestPackedFilesTell(t *testing.T) {
	t.Parallel()
	var long strings.Builder
	long.WriteString("a\n")
	for i := range 50_000 {
		fmt.Fprintln(&long, i)
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write([]byte(long.String())); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	whole := zipOf(t, "a.csv", long.String())
	damaged := bytes.Clone(whole)
	damaged[len(damaged)/3] ^= 0x55
	for name, c := range map[string]struct {
		format, path string
		content      []byte
		want         string
	}{
		"gzip, cut off":      {"csv", "a.csv.gz", packed.Bytes()[:packed.Len()/2], "data file a.csv.gz: the gzip data ends in the middle; the file may be cut off"},
		"gzip, by name only": {"csv", "a.csv.gz", []byte("a,b\n1,x\n"), "data file a.csv.gz is not gzip, as its name says"},
		"xz, by name only":   {"csv", "a.csv.xz", []byte("a,b\n1,x\n"), "data file a.csv.xz is not xz, as its name says"},
		"zip, cut off":       {"csv", "a.zip", whole[:len(whole)/2], "data file a.zip: not a valid zip archive"},
		"zip, damaged":       {"csv", "a.zip", damaged, "data file a.zip (member a.csv)"},
		"row in a member":    {"csv", "a.zip", zipOf(t, "1.csv", "a\n1\n", "2.csv", "a\nx\n"), `data file a.zip (member 2.csv), line 2: column "a": "x" cannot be read as int64`},
		"zip in a zip":       {"csv", "a.zip", zipOf(t, "1.zip", "x"), "its member 1.zip is an archive inside of an archive"},
		"JSON in a member":   {"json", "a.zip", zipOf(t, "1.jsonl", "{\"a\":1}\n{\"a\":}\n"), "data file a.zip (member 1.jsonl), line 2"},
		"tar":                {"csv", "a.csv.tar.gz", []byte("x"), "tar archives are read as WebDataset only"},
		"bytes of text":      {"text", "a.txt", []byte("ok\nfa\xe7ade\n"), "data file a.txt: line 2, byte 5 of the file: e7 is not UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := memFiles{c.path: c.content}
			_, rows, err := m.table(m.subset(c.format, nil, c.path), Request{})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%d rows, %v, want %s", len(rows), err, c.want)
			}
		})
	}
	m := memFiles{"a.zip": whole}
	_, rows, err := m.table(m.subset("csv", nil, "a.zip"), Request{})
	if err != nil || len(rows) != 50_000 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
}

// TestArchivesOfManyMembers reads archives that are large enough to be parsed in blocks if they were not archives.
func TestArchivesOfManyMembers(t *testing.T) {
	t.Parallel()
	for format, row := range map[string]string{"csv": "%d,text %d\n", "json": "{\"a\":%d,\"b\":\"text %d\"}\n"} {
		var members []string
		for i := range 3 {
			var b strings.Builder
			if format == "csv" {
				b.WriteString("a,b\n")
			}
			for k := range 50_000 {
				fmt.Fprintf(&b, row, k, k*7919%10007)
			}
			members = append(members, fmt.Sprintf("%d.%s", i, format), b.String())
		}
		m := memFiles{"a.zip": zipOf(t, members...)}
		_, rows, err := m.table(m.subset(format, nil, "a.zip"), Request{})
		if err != nil || len(rows) != 150_000 || len(m["a.zip"]) < blockFile {
			t.Errorf("%s: %d rows of %d bytes, %v", format, len(rows), len(m["a.zip"]), err)
		}
	}
}

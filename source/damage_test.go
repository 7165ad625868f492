package source

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/ulikunitz/xz"
)

// packers make packed files with checksums. What packs bzip2 is not at hand: bzippedLines are the JSON lines of damageText.
var packers = map[string]func(w io.Writer) (io.WriteCloser, error){
	".zst": func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w, zstd.WithEncoderCRC(true)) },
	".lz4": func(w io.Writer) (io.WriteCloser, error) {
		l := lz4.NewWriter(w)
		return l, l.Apply(lz4.ChecksumOption(true))
	},
	".xz": func(w io.Writer) (io.WriteCloser, error) { return xz.NewWriter(w) },
}

const bzippedLines = "QlpoOTFBWSZTWWP4XsAAAHhZgAAQUAR/8DIABEogAHUJU8qekyPUA0BJFHqBoGanqUCkFgFgFQLYFIK1mZu5vdnyiGZ4j3E3x5rMl7ViE0hNtGjdXFnCES8AFOwp8CcFQKgTgvxdyRThQkGP4XsA"

// damageText is a text of a format, with a dozen rows.
func damageText(format string) string {
	var b strings.Builder
	if format == "csv" {
		b.WriteString("a,b\n")
	}
	for i := range 12 {
		switch format {
		case "json":
			fmt.Fprintf(&b, "{\"a\":%d,\"b\":\"text %d\"}\n", i, i*i)
		case "array":
			fmt.Fprintf(&b, "%c{\"a\":%d,\"b\":\"text %d\"}", "[,"[min(i, 1)], i, i*i)
		case "csv":
			fmt.Fprintf(&b, "%d,text %d\n", i, i*i)
		}
	}
	if format == "array" {
		b.WriteString("]")
	}
	return b.String()
}

// TestDamageIsNeverSilent cuts packed files off at each byte, and changes each byte of them: there is an error that names the file, or
// all rows are there as they were.
func TestDamageIsNeverSilent(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"json", "array", "csv"} {
		text := damageText(format)
		name := map[string]string{"json": "a.jsonl", "array": "a.json", "csv": "a.csv"}[format]
		files := map[string][]byte{name + ".gz": gzipped(t, []byte(text)), "a.zip": zipOf(t, name, text)}
		for extension, pack := range packers {
			var b bytes.Buffer
			w, err := pack(&b)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(w, text); err != nil {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			files[name+extension] = b.Bytes()
		}
		if format == "json" {
			packed, err := base64.StdEncoding.DecodeString(bzippedLines)
			if err != nil {
				t.Fatal(err)
			}
			files[name+".bz2"] = packed
		}
		if format == "csv" { // The packing is the same for all.
			files = map[string][]byte{name + ".gz": files[name+".gz"]}
		}
		for path, content := range files {
			t.Run(format+" "+path, func(t *testing.T) {
				t.Parallel()
				damage(t, strings.Replace(format, "array", "json", 1), path, content)
			})
		}
	}
}

func damage(t *testing.T, format, path string, content []byte) {
	t.Helper()
	read := func(content []byte) ([][]any, error) {
		m := memFiles{path: content}
		_, rows, err := m.table(m.subset(format, nil, path), Request{})
		return rows, err
	}
	want, err := read(content)
	if err != nil || len(want) == 0 {
		t.Fatalf("%d rows, %v", len(want), err)
	}
	check := func(what string, content []byte) {
		rows, err := read(content)
		switch {
		case err != nil && !strings.Contains(err.Error(), path):
			t.Errorf("%s: the error does not name the file: %v", what, err)
		case err == nil && cmp.Diff(want, rows) != "":
			t.Errorf("%s: %d rows of %d, or others, and no error", what, len(rows), len(want))
		}
	}
	for n := range content {
		if n == 0 {
			continue // An empty file has no rows.
		}
		check(fmt.Sprintf("cut off after %d of %d bytes", n, len(content)), content[:n])
		changed := bytes.Clone(content)
		changed[n] ^= 1 << (n % 8)
		check(fmt.Sprintf("byte %d of %d is %#x", n, len(content), changed[n]), changed)
	}
}

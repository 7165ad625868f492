package source

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
)

// FuzzTextPieces checks that pieces put together are the text again, however it is read.
func FuzzTextPieces(f *testing.F) {
	for _, text := range []string{"", "\n", "a\n\nb", "a\r\nb\rc", "\n\n\n", strings.Repeat("x", 100) + "\n\n"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		want, err := io.ReadAll(&newlines{from: bytes.NewReader(text)})
		if err != nil {
			t.Fatal(err)
		}
		if normal := strings.ReplaceAll(strings.ReplaceAll(string(text), "\r\n", "\n"), "\r", "\n"); string(want) != normal {
			t.Fatalf("newlines of %q: %q", text, want)
		}
		pieces := &textPieces{input: &newlines{from: bytes.NewReader(text)}, options: &textOptions{sampleBy: "line", keepBreaks: true}, line: 1}
		var got []byte
		for {
			piece, _, err := pieces.next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil || len(piece) == 0 {
				t.Fatalf("piece %q, %v", piece, err)
			}
			got = append(got, piece...)
		}
		if !bytes.Equal(got, want) {
			t.Fatalf("%q, want %q", got, want)
		}
		checked, err := textEncoding{errors: "replace"}.reader(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if out, err := io.ReadAll(checked); err != nil || string(out) != strings.ToValidUTF8(string(out), "") {
			t.Fatalf("replaced: %q, %v", out, err)
		}
	})
}

// FuzzArrow reads damaged streams and files: an error is fine, a panic or endless memory is not.
func FuzzArrow(f *testing.F) {
	schema := arrow.NewSchema([]arrow.Field{{Name: "a", Type: arrow.PrimitiveTypes.Int32, Nullable: true}, {Name: "s", Type: arrow.BinaryTypes.String, Nullable: true}}, nil)
	b := array.NewRecordBuilder(allocator, schema)
	b.Field(0).(*array.Int32Builder).AppendValues([]int32{1, 2}, nil)
	b.Field(1).(*array.StringBuilder).AppendValues([]string{"x", "yz"}, nil)
	record := b.NewRecordBatch()
	var stream, file bytes.Buffer
	w := ipc.NewWriter(&stream, ipc.WithSchema(schema))
	fw, err := ipc.NewFileWriter(&file, ipc.WithSchema(schema), ipc.WithZstd())
	if errors.Join(err, w.Write(record), w.Close(), fw.Write(record), fw.Close()) != nil {
		f.Fatal(err)
	}
	f.Add(stream.Bytes())
	f.Add(file.Bytes())
	f.Add(file.Bytes()[:file.Len()-3])
	f.Fuzz(func(t *testing.T, content []byte) {
		m := memFiles{"a": content}
		_, rows, err := m.table(m.subset("arrow", nil, "a"), Request{})
		if bytes.Equal(content, stream.Bytes()) || bytes.Equal(content, file.Bytes()) {
			if err != nil || len(rows) != 2 {
				t.Fatalf("%v %v", rows, err)
			}
		}
		if bytes.Equal(content, file.Bytes()[:file.Len()-3]) && err == nil {
			t.Fatal("no error of a file that is cut off")
		}
	})
}

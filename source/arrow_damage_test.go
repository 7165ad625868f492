package source

import (
	"bytes"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
)

// TestArrowFilesLoseNothing cuts a file off at each byte, and makes zeros of each four: what is read without an error has all rows.
func TestArrowFilesLoseNothing(t *testing.T) {
	t.Parallel()
	builder := array.NewRecordBuilder(allocator, arrow.NewSchema([]arrow.Field{{Name: "a", Type: arrow.PrimitiveTypes.Int64}}, nil))
	defer builder.Release()
	var b bytes.Buffer
	w, err := ipc.NewFileWriter(&b, ipc.WithSchema(builder.Schema()))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		builder.Field(0).(*array.Int64Builder).AppendValues([]int64{int64(i), 7}, nil)
		batch := builder.NewRecordBatch()
		if err := w.Write(batch); err != nil {
			t.Fatal(err)
		}
		batch.Release()
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	whole := b.Bytes()
	read := func(content []byte) (int, error) {
		m := memFiles{"a.arrow": content}
		_, rows, err := m.table(m.subset("arrow", nil, "a.arrow"), Request{})
		return len(rows), err
	}
	if n, err := read(whole); err != nil || n != 6 {
		t.Fatalf("%d rows, %v", n, err)
	}
	for i := range whole {
		if n, err := read(whole[:i]); err == nil {
			t.Errorf("cut off after %d of %d bytes: %d rows", i, len(whole), n)
		}
		changed := bytes.Clone(whole)
		clear(changed[i:min(i+4, len(changed))])
		if n, err := read(changed); err == nil && n != 6 {
			t.Errorf("zeros at %d of %d bytes: %d rows", i, len(whole), n)
		}
	}
}

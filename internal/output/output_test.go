package output

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/google/go-cmp/cmp"
)

// fixed is a stream of one batch.
type fixed struct {
	batch arrow.RecordBatch
	done  bool
}

func (f *fixed) Schema() *arrow.Schema { return f.batch.Schema() }

func (f *fixed) Next() (arrow.RecordBatch, error) {
	if f.done {
		return nil, io.EOF
	}
	f.done = true
	f.batch.Retain()
	return f.batch, nil
}

func people(t *testing.T) *fixed {
	t.Helper()
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "z", Type: arrow.PrimitiveTypes.Int64, Nullable: true},
		{Name: "name, \"full\"", Type: arrow.BinaryTypes.String, Nullable: true},
		{Name: "tags", Type: arrow.ListOf(arrow.BinaryTypes.String), Nullable: true},
	}, nil)
	rows := `[{"z": 1, "name, \"full\"": "<Ann>, 中", "tags": ["a", null]}, {"z": null, "name, \"full\"": null, "tags": []}]`
	batch, _, err := array.RecordFromJSON(memory.DefaultAllocator, schema, strings.NewReader(rows))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(batch.Release)
	return &fixed{batch: batch}
}

func TestWrite(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		format Format
		want   string
	}{
		{JSON, `{"z":1,"name, \"full\"":"<Ann>, 中","tags":["a",null]}` + "\n" + `{"z":null,"name, \"full\"":null,"tags":[]}` + "\n"},
		{CSV, `z,"name, ""full""",tags` + "\n" + `1,"<Ann>, 中","[""a"",null]"` + "\n" + `,,[]` + "\n"},
		{Table, "+----+------------+---------+\n" +
			"|   z|name, \"full\"|     tags|\n" +
			"+----+------------+---------+\n" +
			"|   1|   <Ann>, 中|[a, NULL]|\n" +
			"|NULL|        NULL|       []|\n" +
			"+----+------------+---------+\n"},
	} {
		t.Run(string(test.format), func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			if err := Write(&out, test.format, people(t), Options{Rows: 20, Truncate: 20}); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, out.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWriteArrowCanBeReadBack(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := Write(&out, Arrow, people(t), Options{}); err != nil {
		t.Fatal(err)
	}
	reader, err := ipc.NewReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Release()
	if !reader.Next() || reader.RecordBatch().NumRows() != 2 {
		t.Errorf("no two rows came back: %v", reader.Err())
	}
}

func TestParseFormat(t *testing.T) {
	t.Parallel()
	if f, err := ParseFormat("JSON"); err != nil || f != JSON {
		t.Errorf("JSON: %v, %v", f, err)
	}
	if _, err := ParseFormat("xml"); err == nil || !strings.Contains(err.Error(), "arrow") {
		t.Errorf("xml: %v", err)
	}
}

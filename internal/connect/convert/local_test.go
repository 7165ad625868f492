package convert

import (
	"bytes"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"google.golang.org/protobuf/proto"

	pb "github.com/hfspark/hfspark/internal/connect/connectpb"
	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// stream writes a record with a list of strings and a struct as an Arrow IPC stream.
func stream(t testing.TB, options ...ipc.Option) []byte {
	t.Helper()
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "l", Type: arrow.ListOf(arrow.BinaryTypes.String), Nullable: true},
		{Name: "s", Type: arrow.StructOf(arrow.Field{Name: "x", Type: arrow.PrimitiveTypes.Int64, Nullable: true}), Nullable: true},
	}, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	list := b.Field(0).(*array.ListBuilder)
	list.Append(true)
	list.ValueBuilder().(*array.StringBuilder).AppendValues([]string{"a", "bc"}, nil)
	list.AppendNull()
	inner := b.Field(1).(*array.StructBuilder)
	inner.Append(true)
	inner.FieldBuilder(0).(*array.Int64Builder).Append(7)
	inner.AppendNull()
	record := b.NewRecordBatch()
	defer record.Release()
	var buffer bytes.Buffer
	w := ipc.NewWriter(&buffer, append(options, ipc.WithSchema(schema))...)
	if err := w.Write(record); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}

func localData(data []byte) (plan.Relation, error) {
	return Relation(&pb.Relation{RelType: &pb.Relation_LocalRelation{LocalRelation: &pb.LocalRelation{Data: data}}}, Options{})
}

func TestLocalRelation(t *testing.T) {
	t.Parallel()
	whole := stream(t)
	for name, data := range map[string][]byte{
		"whole":              whole,
		"without end":        whole[:len(whole)-8],
		"compressed by zstd": stream(t, ipc.WithZstd()),
		"compressed by lz4":  stream(t, ipc.WithLZ4()),
	} {
		relation, err := localData(data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if records := relation.(plan.LocalData).Records; len(records) != 1 || records[0].NumRows() != 2 {
			t.Errorf("%s: got %v", name, records)
		}
	}
}

func TestBrokenLocalRelations(t *testing.T) {
	t.Parallel()
	whole := stream(t)
	for name, data := range map[string][]byte{
		"nothing":       {},
		"noise":         []byte("not Arrow at all"),
		"huge metadata": {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x3f},
		"cut":           whole[:len(whole)/2],
	} {
		_, err := localData(data)
		if e, ok := sparkerror.As(err); !ok || e.Class != sparkerror.InvalidPlanInput {
			t.Errorf("%s: got %v", name, err)
		}
	}
	_, err := Relation(&pb.Relation{RelType: &pb.Relation_LocalRelation{LocalRelation: &pb.LocalRelation{}}}, Options{})
	if err == nil {
		t.Error("a relation with neither rows nor schema is accepted")
	}
	relation, err := Relation(&pb.Relation{RelType: &pb.Relation_LocalRelation{
		LocalRelation: &pb.LocalRelation{Schema: proto.String(`{"type":"struct","fields":[]}`)},
	}}, Options{})
	if err != nil || relation.(plan.LocalData).Schema == nil {
		t.Errorf("%v, %v", relation, err)
	}
}

// FuzzLocalRelation reads broken streams and then every value of what was accepted.
func FuzzLocalRelation(f *testing.F) {
	f.Add(stream(f))
	f.Add(stream(f, ipc.WithZstd()))
	f.Fuzz(func(_ *testing.T, data []byte) {
		relation, err := localData(data)
		if err != nil {
			return
		}
		for _, record := range relation.(plan.LocalData).Records {
			for _, column := range record.Columns() {
				for i := range min(column.Len(), 1000) {
					_ = column.IsNull(i)
					_ = column.ValueStr(i)
				}
			}
		}
	})
}

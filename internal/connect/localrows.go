package connect

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	pb "github.com/hfspark/hfspark/internal/connect/connectpb"
	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/plan/types"
)

// localRows are rows that the server makes itself: answers of the catalog and results of commands. A value is nil, a
// string, a bool or a list of strings.
type localRows struct {
	columns []types.Field
	rows    [][]any
}

var stringList = types.Array{Element: types.String, ContainsNull: true}

// stringColumn is a column of text.
func stringColumn(name string, nullable bool) types.Field {
	return types.Field{Name: name, Type: types.String, Nullable: nullable}
}

// booleanColumn is a column of truth values, never null.
func booleanColumn(name string) types.Field { return types.Field{Name: name, Type: types.Boolean} }

// noRows is the result of a command that has none: no rows of no columns.
func noRows() localRows { return localRows{} }

// add appends a row.
func (l *localRows) add(values ...any) { l.rows = append(l.rows, values) }

func (l localRows) schema() *arrow.Schema {
	return types.ToArrow(types.Struct{Fields: l.columns}, "UTC")
}

// record makes an Arrow record of the rows.
func (l localRows) record() arrow.RecordBatch {
	builder := array.NewRecordBuilder(memory.DefaultAllocator, l.schema())
	defer builder.Release()
	for _, row := range l.rows {
		for i, value := range row {
			appendValue(builder.Field(i), value)
		}
	}
	if len(l.columns) == 0 {
		return array.NewRecordBatch(l.schema(), nil, int64(len(l.rows)))
	}
	return builder.NewRecordBatch()
}

func appendValue(b array.Builder, value any) {
	switch v := value.(type) {
	case string:
		if text, ok := b.(*array.StringBuilder); ok {
			text.Append(v)
			return
		}
	case bool:
		if truth, ok := b.(*array.BooleanBuilder); ok {
			truth.Append(v)
			return
		}
	case []string:
		if list, ok := b.(*array.ListBuilder); ok {
			list.Append(true)
			for _, item := range v {
				appendValue(list.ValueBuilder(), item)
			}
			return
		}
	}
	b.AppendNull()
}

// plan makes a relation of the rows.
func (l localRows) plan() plan.Relation {
	schema := types.Struct{Fields: l.columns}
	return plan.LocalData{Records: []arrow.RecordBatch{l.record()}, Schema: &schema}
}

// message makes the relation that stands for the rows in a client's later plans.
func (l localRows) message() (*pb.Relation, error) {
	record := l.record()
	defer record.Release()
	data, err := encode(record, []ipc.Option{ipc.WithSchema(record.Schema())})
	if err != nil {
		return nil, err
	}
	text := types.ToJSON(types.Struct{Fields: l.columns})
	return &pb.Relation{RelType: &pb.Relation_LocalRelation{
		LocalRelation: &pb.LocalRelation{Data: data, Schema: &text},
	}}, nil
}

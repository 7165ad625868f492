package engine

import (
	"errors"
	"io"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
)

// FuzzRecords sends records to DuckDB whose buffers hold anything: clients can send such, and Arrow does not look.
func FuzzRecords(f *testing.F) {
	schema := types.ToArrow(everyType, "Asia/Tokyo")
	for column := range schema.NumFields() {
		f.Add(byte(column), byte(2), []byte("\xff\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00abcdefghijklmnopqrstuvwxyz"))
	}
	e := openEngine(f, Config{})
	f.Fuzz(func(t *testing.T, column, length byte, content []byte) {
		field := schema.Field(int(column) % schema.NumFields())
		values := fill(field.Type, int(length), &content)
		if values == nil {
			return
		}
		record := array.NewRecordBatch(arrow.NewSchema([]arrow.Field{field}, nil), []arrow.Array{values}, int64(values.Len()))
		n := &typed.LocalData{
			Records: []arrow.RecordBatch{record}, Fields: []int{0},
			Columns: []typed.Column{{ID: 1, Name: field.Name, Type: everyType.Fields[int(column)%schema.NumFields()].Type, Nullable: true}},
		}
		if rows, err := drain(t, e, n); err == nil && rows != int64(length) {
			t.Errorf("%d rows came out of %d", rows, length)
		}
	})
}

// fill makes an array with buffers that are cut from content. It is nil where Arrow itself refuses.
func fill(t arrow.DataType, length int, content *[]byte) (values arrow.Array) {
	defer func() {
		if recover() != nil {
			values = nil
		}
	}()
	return array.MakeFromData(fillData(t, length, content))
}

func fillData(t arrow.DataType, length int, content *[]byte) *array.Data {
	cut := func(size int) *memory.Buffer {
		buffer := make([]byte, size)
		*content = (*content)[copy(buffer, *content):]
		return memory.NewBufferBytes(buffer)
	}
	bits := cut((length + 7) / 8)
	switch t := t.(type) {
	case *arrow.NullType:
		return array.NewData(t, length, []*memory.Buffer{nil}, nil, length, 0)
	case *arrow.StructType:
		children := make([]arrow.ArrayData, t.NumFields())
		for i, f := range t.Fields() {
			children[i] = fillData(f.Type, length, content)
		}
		return array.NewData(t, length, []*memory.Buffer{bits}, children, array.UnknownNullCount, 0)
	case *arrow.ListType:
		offsets := cut(4 * (length + 1))
		return array.NewData(t, length, []*memory.Buffer{bits, offsets}, []arrow.ArrayData{fillData(t.Elem(), 5, content)}, array.UnknownNullCount, 0)
	case *arrow.MapType:
		offsets := cut(4 * (length + 1))
		return array.NewData(t, length, []*memory.Buffer{bits, offsets}, []arrow.ArrayData{fillData(t.Elem(), 5, content)}, array.UnknownNullCount, 0)
	case *arrow.StringType, *arrow.BinaryType:
		offsets := cut(4 * (length + 1))
		return array.NewData(t, length, []*memory.Buffer{bits, offsets, cut(len(*content))}, nil, array.UnknownNullCount, 0)
	}
	width := t.(arrow.FixedWidthDataType).BitWidth()
	return array.NewData(t, length, []*memory.Buffer{bits, cut((width*length + 7) / 8)}, nil, array.UnknownNullCount, 0)
}

func drain(t *testing.T, e *Engine, plan typed.Node) (rows int64, err error) {
	t.Helper()
	result, err := e.Run(t.Context(), Query{Plan: plan})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, result.Close()) }()
	for {
		batch, err := result.Next()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		rows += batch.NumRows()
		batch.Release()
	}
}

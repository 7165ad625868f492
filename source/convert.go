package source

import (
	"context"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/compute"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// decodesAs says whether values of the type from are those of the type to for an engine that casts what it decodes to its own
// types: the types differ in width or layout only, and to is not the narrower one.
func decodesAs(from, to arrow.DataType) bool {
	if arrow.TypeEqual(from, to) {
		return true
	}
	switch to := to.(type) {
	case *arrow.StructType:
		from, ok := from.(*arrow.StructType)
		if !ok || from.NumFields() != to.NumFields() {
			return false
		}
		for i, f := range to.Fields() {
			if from.Field(i).Name != f.Name || !decodesAs(from.Field(i).Type, f.Type) {
				return false
			}
		}
		return true
	case *arrow.MapType:
		from, ok := from.(*arrow.MapType)
		return ok && decodesAs(from.KeyType(), to.KeyType()) && decodesAs(from.ItemType(), to.ItemType())
	case *arrow.ListType, *arrow.LargeListType:
		if from.ID() == arrow.MAP {
			return false
		}
		from, ok := from.(arrow.ListLikeType)
		return ok && decodesAs(from.Elem(), to.(arrow.ListLikeType).Elem())
	case *arrow.FixedSizeListType:
		from, ok := from.(*arrow.FixedSizeListType)
		return ok && from.Len() == to.Len() && decodesAs(from.Elem(), to.Elem())
	case *arrow.TimestampType:
		from, ok := from.(*arrow.TimestampType)
		return ok && from.Unit <= to.Unit && (from.TimeZone == "") == (to.TimeZone == "")
	}
	return widens(from.ID(), to.ID())
}

// widens says whether every value of a plain type is one of the other.
func widens(from, to arrow.Type) bool {
	switch to {
	case arrow.STRING, arrow.LARGE_STRING:
		return from == arrow.STRING || from == arrow.LARGE_STRING
	case arrow.BINARY, arrow.LARGE_BINARY:
		return from == arrow.BINARY || from == arrow.LARGE_BINARY
	case arrow.INT16:
		return from == arrow.INT8 || from == arrow.UINT8
	case arrow.INT32:
		return from == arrow.INT16 || from == arrow.UINT16 || widens(from, arrow.INT16)
	case arrow.INT64:
		return from == arrow.INT32 || from == arrow.UINT32 || widens(from, arrow.INT32)
	case arrow.UINT16:
		return from == arrow.UINT8
	case arrow.UINT32:
		return from == arrow.UINT16 || widens(from, arrow.UINT16)
	case arrow.UINT64:
		return from == arrow.UINT32 || widens(from, arrow.UINT32)
	case arrow.FLOAT64:
		return from == arrow.FLOAT32
	}
	return false
}

// convertArray gives the values another type. Structs are matched by name: a field that is missing becomes null, one too many
// is an error. Values that the type cannot hold are an error.
func convertArray(ctx context.Context, values arrow.Array, to arrow.DataType) (arrow.Array, error) {
	if arrow.TypeEqual(values.DataType(), to) {
		values.Retain()
		return values, nil
	}
	switch from := values.(type) {
	case *array.Null:
		return array.MakeArrayOfNull(memory.DefaultAllocator, to, values.Len()), nil
	case *array.Dictionary:
		taken, err := compute.TakeArray(ctx, from.Dictionary(), from.Indices())
		if err != nil {
			return nil, err
		}
		defer taken.Release()
		return convertArray(ctx, taken, to)
	case *array.RunEndEncoded:
		repeated, err := compute.RunEndDecodeArray(ctx, from)
		if err != nil {
			return nil, err
		}
		defer repeated.Release()
		return convertArray(ctx, repeated, to)
	case array.ExtensionArray:
		return convertArray(ctx, from.Storage(), to)
	case array.ViewLike:
		shown := showView(from)
		defer shown.Release()
		return convertArray(ctx, shown, to)
	}
	switch to := to.(type) {
	case *arrow.StructType:
		if values, ok := values.(*array.Struct); ok {
			return convertStruct(ctx, values, to)
		}
	case *arrow.MapType:
		if values, ok := values.(*array.Map); ok {
			return convertMap(ctx, values, to)
		}
	case *arrow.ListType, *arrow.LargeListType, *arrow.FixedSizeListType:
		if values, ok := values.(array.ListLike); ok && values.DataType().ID() != arrow.MAP {
			return convertList(ctx, values, to.(arrow.ListLikeType))
		}
	default:
		if _, nested := values.DataType().(arrow.NestedType); !nested {
			return compute.CastArray(ctx, values, compute.SafeCastOptions(to))
		}
	}
	return nil, fmt.Errorf("%s cannot be converted to %s", values.DataType(), to)
}

// showView copies the values that views show.
func showView(values array.ViewLike) arrow.Array {
	if text, ok := values.(*array.StringView); ok {
		b := array.NewStringBuilder(memory.DefaultAllocator)
		defer b.Release()
		for i := range text.Len() {
			if text.IsNull(i) {
				b.AppendNull()
			} else {
				b.Append(text.Value(i))
			}
		}
		return b.NewArray()
	}
	b := array.NewBinaryBuilder(memory.DefaultAllocator, arrow.BinaryTypes.Binary)
	defer b.Release()
	for i := range values.Len() {
		if values.IsNull(i) {
			b.AppendNull()
		} else {
			b.Append(values.(*array.BinaryView).Value(i))
		}
	}
	return b.NewArray()
}

func convertStruct(ctx context.Context, values *array.Struct, to *arrow.StructType) (arrow.Array, error) {
	from := values.DataType().(*arrow.StructType)
	for _, f := range from.Fields() {
		if _, ok := to.FieldByName(f.Name); !ok {
			return nil, fmt.Errorf("the struct has a field %q too many", f.Name)
		}
	}
	children := make([]arrow.ArrayData, 0, to.NumFields())
	defer releaseData(&children)
	for _, f := range to.Fields() {
		i, ok := from.FieldIdx(f.Name)
		if !ok {
			null := array.MakeArrayOfNull(memory.DefaultAllocator, f.Type, values.Len())
			children = append(children, retained(null))
			continue
		}
		child, err := convertArray(ctx, values.Field(i), f.Type)
		if err != nil {
			return nil, fmt.Errorf("field %q: %w", f.Name, err)
		}
		children = append(children, retained(child))
	}
	// The fields of a struct array begin at its offset already; its validity does not.
	validity := alignedValidity(values)
	defer validity.Release()
	data := array.NewData(to, values.Len(), []*memory.Buffer{validity}, children, values.NullN(), 0)
	defer data.Release()
	return array.MakeFromData(data), nil
}

// retained is the data of an array that is given up.
func retained(a arrow.Array) arrow.ArrayData {
	data := a.Data()
	data.Retain()
	a.Release()
	return data
}

func releaseData(all *[]arrow.ArrayData) {
	for _, d := range *all {
		d.Release()
	}
}

// alignedValidity is the bitmap of valid values, from the first value on.
func alignedValidity(values arrow.Array) *memory.Buffer {
	b := memory.NewResizableBuffer(memory.DefaultAllocator)
	b.Resize((values.Len() + 7) / 8)
	bits := b.Bytes()
	clear(bits)
	for i := range values.Len() {
		if values.IsValid(i) {
			bits[i/8] |= 1 << (i % 8)
		}
	}
	return b
}

func convertMap(ctx context.Context, values *array.Map, to *arrow.MapType) (arrow.Array, error) {
	entries := values.ListValues()
	converted, err := convertArray(ctx, entries, to.Elem())
	if err != nil {
		return nil, err
	}
	defer converted.Release()
	data := array.NewData(to, values.Len(), values.Data().Buffers(), []arrow.ArrayData{converted.Data()}, values.NullN(), values.Data().Offset())
	defer data.Release()
	return array.MakeFromData(data), nil
}

// convertList converts between the kinds of lists. A null list of fixed length has null elements.
func convertList(ctx context.Context, values array.ListLike, to arrow.ListLikeType) (arrow.Array, error) {
	elements, err := convertArray(ctx, values.ListValues(), to.Elem())
	if err != nil {
		return nil, fmt.Errorf("elements: %w", err)
	}
	defer elements.Release()
	indices := array.NewInt64Builder(memory.DefaultAllocator)
	defer indices.Release()
	fixed, isFixed := to.(*arrow.FixedSizeListType)
	lengths := make([]int64, values.Len())
	for i := range values.Len() {
		if values.IsNull(i) {
			if isFixed {
				indices.AppendNulls(int(fixed.Len()))
			}
			continue
		}
		from, end := values.ValueOffsets(i)
		lengths[i] = end - from
		if isFixed && lengths[i] != int64(fixed.Len()) {
			return nil, fmt.Errorf("a list has %d elements instead of %d", lengths[i], fixed.Len())
		}
		for j := from; j < end; j++ {
			indices.Append(j)
		}
	}
	positions := indices.NewInt64Array()
	defer positions.Release()
	taken, err := compute.TakeArray(ctx, elements, positions)
	if err != nil {
		return nil, err
	}
	defer taken.Release()
	validity := alignedValidity(values)
	defer validity.Release()
	buffers := []*memory.Buffer{validity}
	if !isFixed {
		offsets := listOffsets(lengths, to.ID() == arrow.LARGE_LIST)
		defer offsets.Release()
		buffers = append(buffers, offsets)
	}
	data := array.NewData(to, values.Len(), buffers, []arrow.ArrayData{taken.Data()}, values.NullN(), 0)
	defer data.Release()
	return array.MakeFromData(data), nil
}

func listOffsets(lengths []int64, large bool) *memory.Buffer {
	if large {
		offsets := make([]int64, len(lengths)+1)
		for i, n := range lengths {
			offsets[i+1] = offsets[i] + n
		}
		return memory.NewBufferBytes(arrow.Int64Traits.CastToBytes(offsets))
	}
	offsets := make([]int32, len(lengths)+1)
	for i, n := range lengths {
		offsets[i+1] = offsets[i] + int32(n)
	}
	return memory.NewBufferBytes(arrow.Int32Traits.CastToBytes(offsets))
}

// takeRows returns the rows of those indexes.
func takeRows(ctx context.Context, batch arrow.RecordBatch, indices arrow.Array) (arrow.RecordBatch, error) {
	columns := make([]arrow.Array, 0, batch.NumCols())
	defer func() {
		for _, c := range columns {
			c.Release()
		}
	}()
	for i, c := range batch.Columns() {
		taken, err := compute.TakeArray(ctx, c, indices)
		if err != nil {
			return nil, fmt.Errorf("select rows of column %q: %w", batch.ColumnName(i), err)
		}
		columns = append(columns, taken)
	}
	return array.NewRecordBatch(batch.Schema(), columns, int64(indices.Len())), nil
}

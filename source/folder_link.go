package source

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/hfspark/hfspark/source/sample"
)

// linkedFiles puts files in the place of the texts that stand for them.
type linkedFiles struct {
	contents map[string][]byte // by text; where the bytes are not asked for there are none
	links    map[string]*mediaLink
}

// linkTexts calls visit for the texts of rows from on to end that stand for files.
func linkTexts(values arrow.Array, t arrow.DataType, from, end int, visit func(row int, text string) error) error {
	return linkTextsOf(values, t, from, end, func(int) int { return -1 }, visit)
}

// linkTextsOf is linkTexts for elements of lists too: row tells the row of an element, or -1 for itself.
func linkTextsOf(values arrow.Array, t arrow.DataType, from, end int, row func(int) int, visit func(row int, text string) error) error {
	at := func(i int) int {
		if r := row(i); r >= 0 {
			return r
		}
		return i
	}
	switch v := values.(type) {
	case array.StringLike:
		for i := from; i < end && sample.IsMedia(t); i++ {
			if v.IsValid(i) {
				if err := visit(at(i), v.Value(i)); err != nil {
					return err
				}
			}
		}
	case *array.Struct:
		target := t.(*arrow.StructType)
		for i := range v.NumField() {
			if hasMedia(target.Field(i).Type) {
				if err := linkTextsOf(v.Field(i), target.Field(i).Type, from, end, at, visit); err != nil {
					return err
				}
			}
		}
	case array.ListLike:
		for i := from; i < end; i++ {
			if v.IsNull(i) {
				continue
			}
			first, last := v.ValueOffsets(i)
			if err := linkTextsOf(v.ListValues(), t.(arrow.ListLikeType).Elem(), int(first), int(last), func(int) int { return at(i) }, visit); err != nil {
				return err
			}
		}
	}
	return nil
}

// array puts files in the place of their texts. The values must begin at their first row, as those that were taken do.
func (l *linkedFiles) array(values arrow.Array, t arrow.DataType) (arrow.Array, error) {
	if !hasMedia(t) {
		if !arrow.TypeEqual(values.DataType(), t) {
			return nil, fmt.Errorf("%s cannot be read as %s", values.DataType(), t)
		}
		values.Retain()
		return values, nil
	}
	switch v := values.(type) {
	case *array.Null:
		return array.MakeArrayOfNull(memory.DefaultAllocator, t, v.Len()), nil
	case array.StringLike:
		return l.files(v, t)
	case *array.Struct:
		target := t.(*arrow.StructType)
		children := make([]arrow.ArrayData, 0, v.NumField())
		defer releaseData(&children)
		for i := range v.NumField() {
			child, err := l.array(v.Field(i), target.Field(i).Type)
			if err != nil {
				return nil, err
			}
			children = append(children, retained(child))
		}
		return withChildren(v, t, nil, children), nil
	case *array.List:
		child, err := l.array(v.ListValues(), t.(arrow.ListLikeType).Elem())
		if err != nil {
			return nil, err
		}
		defer child.Release()
		data := array.NewData(t, v.Len(), v.Data().Buffers(), []arrow.ArrayData{child.Data()}, v.NullN(), v.Data().Offset())
		defer data.Release()
		return array.MakeFromData(data), nil
	}
	return nil, fmt.Errorf("%s cannot be read as %s", values.DataType(), t)
}

func withChildren(v arrow.Array, t arrow.DataType, buffers []*memory.Buffer, children []arrow.ArrayData) arrow.Array {
	validity := alignedValidity(v)
	defer validity.Release()
	data := array.NewData(t, v.Len(), append([]*memory.Buffer{validity}, buffers...), children, v.NullN(), 0)
	defer data.Release()
	return array.MakeFromData(data)
}

// files makes structs of bytes and paths.
func (l *linkedFiles) files(texts array.StringLike, t arrow.DataType) (arrow.Array, error) {
	b := array.NewStructBuilder(memory.DefaultAllocator, t.(*arrow.StructType))
	defer b.Release()
	contents, paths := b.FieldBuilder(0).(*array.BinaryBuilder), b.FieldBuilder(1).(*array.StringBuilder)
	for i := range texts.Len() {
		var link *mediaLink
		if texts.IsValid(i) {
			link = l.links[texts.Value(i)]
		}
		if link == nil {
			b.AppendNull()
			continue
		}
		b.Append(true)
		paths.Append(link.url)
		if content, ok := l.contents[link.key]; ok {
			contents.Append(content)
		} else {
			contents.AppendNull()
		}
	}
	return b.NewArray(), nil
}

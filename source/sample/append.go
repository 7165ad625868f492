package sample

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/float16"

	"github.com/hfspark/hfspark/dataset"
)

// Append adds a value to the builder of a field. Members of structs that the field does not have are left out, as the datasets
// library does, and missing ones are null. A value that the type cannot hold is an error; the builder is of no use then.
func Append(field arrow.Field, b array.Builder, v Value) error {
	if a, ok := v.(*Array); ok && len(a.Shape) == 0 {
		v = a.scalar()
	}
	if v == nil {
		b.AppendNull()
		return nil
	}
	if feature, ok := dataset.FieldFeature(field); ok {
		switch feature.Kind {
		case dataset.KindClassLabel:
			return appendLabel(feature, b.(*array.Int64Builder), v)
		case dataset.KindJSON:
			return appendJSON(b.(*array.StringBuilder), v)
		}
	}
	switch b := b.(type) {
	case *array.StructBuilder:
		return appendStruct(field, b, v)
	case array.ListLikeBuilder:
		return appendList(field, b, v)
	}
	if !appendSimple(b, v) {
		return unfit(v, field.Type)
	}
	return nil
}

func unfit(v Value, t arrow.DataType) error {
	text := fmt.Sprint(v)
	switch v := v.(type) {
	case string:
		text = strconv.Quote(v)
	case []byte:
		text = fmt.Sprintf("%d bytes", len(v))
	case []any:
		text = fmt.Sprintf("a list of %d values", len(v))
	case *Array:
		text = fmt.Sprintf("an array of shape %v", v.Shape)
	case *Struct:
		text = fmt.Sprintf("an object with the members %q", v.Names)
	}
	if len(text) > 80 {
		text = text[:77] + "..."
	}
	return fmt.Errorf("%s is no value of a column of type %s", text, dataset.TypeName(t))
}

func appendSimple(b array.Builder, v Value) bool {
	switch b := b.(type) {
	case *array.BooleanBuilder:
		truth, ok := v.(bool)
		if ok {
			b.Append(truth)
		}
		return ok
	case *array.StringBuilder, *array.LargeStringBuilder:
		text, ok := v.(string)
		if ok && utf8.ValidString(text) {
			b.(array.StringLikeBuilder).Append(text)
			return true
		}
		return false
	case *array.BinaryBuilder:
		switch v := v.(type) {
		case []byte:
			b.Append(v)
		case string:
			b.AppendString(v)
		default:
			return false
		}
		return true
	case *array.Float16Builder:
		return appendFloat(v, func(f float64) { b.Append(float16.New(float32(f))) })
	case *array.Float32Builder:
		return appendFloat(v, func(f float64) { b.Append(float32(f)) })
	case *array.Float64Builder:
		return appendFloat(v, b.Append)
	case *array.Uint64Builder:
		if n, ok := v.(uint64); ok {
			b.Append(n)
			return true
		}
		return appendInt(v, 0, math.MaxInt64, func(n int64) { b.Append(uint64(n)) })
	case *array.TimestampBuilder:
		return appendInt(v, math.MinInt64, math.MaxInt64, func(n int64) { b.Append(arrow.Timestamp(n)) })
	case *array.DurationBuilder:
		return appendInt(v, math.MinInt64, math.MaxInt64, func(n int64) { b.Append(arrow.Duration(n)) })
	case *array.Date32Builder:
		return appendInt(v, math.MinInt32, math.MaxInt32, func(n int64) { b.Append(arrow.Date32(n)) })
	}
	return appendSmallInt(b, v)
}

func appendSmallInt(b array.Builder, v Value) bool {
	switch b := b.(type) {
	case *array.Int8Builder:
		return appendInt(v, math.MinInt8, math.MaxInt8, func(n int64) { b.Append(int8(n)) })
	case *array.Int16Builder:
		return appendInt(v, math.MinInt16, math.MaxInt16, func(n int64) { b.Append(int16(n)) })
	case *array.Int32Builder:
		return appendInt(v, math.MinInt32, math.MaxInt32, func(n int64) { b.Append(int32(n)) })
	case *array.Int64Builder:
		return appendInt(v, math.MinInt64, math.MaxInt64, b.Append)
	case *array.Uint8Builder:
		return appendInt(v, 0, math.MaxUint8, func(n int64) { b.Append(uint8(n)) })
	case *array.Uint16Builder:
		return appendInt(v, 0, math.MaxUint16, func(n int64) { b.Append(uint16(n)) })
	case *array.Uint32Builder:
		return appendInt(v, 0, math.MaxUint32, func(n int64) { b.Append(uint32(n)) })
	}
	return false
}

// appendInt takes integers, and doubles without a fraction.
func appendInt(v Value, least, most int64, add func(int64)) bool {
	n, ok := v.(int64)
	if f, isFloat := v.(float64); isFloat && f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		n, ok = int64(f), true
	}
	if !ok || n < least || n > most {
		return false
	}
	add(n)
	return true
}

func appendFloat(v Value, add func(float64)) bool {
	switch v := v.(type) {
	case float64:
		add(v)
	case int64:
		add(float64(v))
	case uint64:
		add(float64(v))
	default:
		return false
	}
	return true
}

func appendStruct(field arrow.Field, b *array.StructBuilder, v Value) error {
	t := field.Type.(*arrow.StructType)
	s, ok := v.(*Struct)
	if !ok {
		if bytes, isFile := v.([]byte); isFile && IsMedia(t) {
			s = &Struct{}
			s.Set("bytes", bytes)
		} else {
			return unfit(v, t)
		}
	}
	b.Append(true)
	for i, f := range t.Fields() {
		if err := Append(f, b.FieldBuilder(i), s.Get(f.Name)); err != nil {
			return fmt.Errorf("member %q: %w", f.Name, err)
		}
	}
	return nil
}

// IsMedia tells whether a type is that of images, sounds and other files: struct<bytes, path>.
func IsMedia(t arrow.DataType) bool {
	s, ok := t.(*arrow.StructType)
	return ok && s.NumFields() == 2 && s.Field(0).Name == "bytes" && s.Field(0).Type.ID() == arrow.BINARY &&
		s.Field(1).Name == "path" && s.Field(1).Type.ID() == arrow.STRING
}

func appendList(field arrow.Field, b array.ListLikeBuilder, v Value) error {
	var items []any
	switch v := v.(type) {
	case []any:
		items = v
	case *Array:
		items = v.parts()
	default:
		return unfit(v, field.Type)
	}
	if fixed, ok := field.Type.(*arrow.FixedSizeListType); ok && int(fixed.Len()) != len(items) {
		return unfit(v, field.Type)
	}
	b.Append(true)
	element := field.Type.(arrow.ListLikeType).ElemField()
	for i, item := range items {
		if err := Append(element, b.ValueBuilder(), item); err != nil {
			return fmt.Errorf("element %d: %w", i, err)
		}
	}
	return nil
}

// appendLabel takes the number of a class, or its name.
func appendLabel(feature dataset.FeatureType, b *array.Int64Builder, v Value) error {
	if text, ok := v.(string); ok {
		i := slices.Index(feature.Names, text)
		if i < 0 {
			i = slices.Index(feature.Names, strings.TrimSpace(text))
		}
		if i < 0 {
			n, err := strconv.Atoi(strings.TrimSpace(text))
			if err != nil {
				return fmt.Errorf("%q is not the name of a class label; they are %q", text, feature.Names)
			}
			i = n
		}
		v = int64(i)
	}
	count := feature.NumClasses
	if feature.Names != nil {
		count = len(feature.Names)
	}
	n, ok := v.(int64)
	if !ok {
		return unfit(v, arrow.PrimitiveTypes.Int64)
	}
	if n >= int64(count) || n < -1 {
		return fmt.Errorf("class label %d is not one of the %d classes", n, count)
	}
	b.Append(n)
	return nil
}

func appendJSON(b *array.StringBuilder, v Value) error {
	if text, ok := v.(string); ok && json.Valid([]byte(text)) {
		b.Append(text)
		return nil
	}
	text, err := appendText(nil, v)
	if err != nil {
		return err
	}
	b.Append(string(text))
	return nil
}

func appendText(to []byte, v Value) ([]byte, error) {
	var items []any
	switch v := v.(type) {
	case *Struct:
		to = append(to, '{')
		for i, name := range v.Names {
			if i > 0 {
				to = append(to, ',')
			}
			var err error
			if to, err = appendText(to, name); err != nil {
				return nil, err
			}
			if to, err = appendText(append(to, ':'), v.Values[i]); err != nil {
				return nil, err
			}
		}
		return append(to, '}'), nil
	case []byte:
		return nil, fmt.Errorf("bytes cannot be written as JSON")
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return append(to, "null"...), nil
		}
		text, err := json.Marshal(v)
		return append(to, text...), err
	default:
		text, err := json.Marshal(v)
		return append(to, text...), err
	case *Array:
		if len(v.Shape) == 0 {
			return appendText(to, v.scalar())
		}
		items = v.parts()
	case []any:
		items = v
	}
	to = append(to, '[')
	for i, item := range items {
		if i > 0 {
			to = append(to, ',')
		}
		var err error
		if to, err = appendText(to, item); err != nil {
			return nil, err
		}
	}
	return append(to, ']'), nil
}

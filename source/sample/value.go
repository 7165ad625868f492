// Package sample reads the files that make up samples of datasets in archives (numbers, texts, NumPy arrays, MessagePack, CBOR) to
// values, and builds Arrow columns of such values.
package sample

import (
	"errors"
	"fmt"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/float16"
)

// Value is nil, a bool, int64, uint64 (beyond int64 only), float64, string, []byte, []any of values, *Struct or *Array.
type Value any

// Struct has named values in order; of a name that is set twice the last value counts.
type Struct struct {
	Names  []string
	Values []Value
	index  map[string]int
}

// Set adds a member, or changes the one of that name.
func (s *Struct) Set(name string, v Value) {
	if i, ok := s.index[name]; ok {
		s.Values[i] = v
		return
	}
	if s.index == nil {
		s.index = make(map[string]int)
	}
	s.index[name] = len(s.Names)
	s.Names, s.Values = append(s.Names, name), append(s.Values, v)
}

// Get returns the member of that name; nil when there is none.
func (s *Struct) Get(name string) Value {
	if i, ok := s.index[name]; ok {
		return s.Values[i]
	}
	return nil
}

// Array is an array of numbers, or of other values of one type, with any number of dimensions.
type Array struct {
	Type  arrow.DataType // of the elements
	Shape []int          // none for a single value
	at    func(i int) Value
}

// parts returns the elements of the first dimension.
func (a *Array) parts() []any {
	if len(a.Shape) == 0 {
		return nil
	}
	stride := 1
	for _, n := range a.Shape[1:] {
		stride *= n
	}
	out := make([]any, a.Shape[0])
	for i := range out {
		if len(a.Shape) == 1 {
			out[i] = a.at(i)
		} else {
			out[i] = &Array{Type: a.Type, Shape: a.Shape[1:], at: func(j int) Value { return a.at(i*stride + j) }}
		}
	}
	return out
}

// scalar returns the value of an array without dimensions.
func (a *Array) scalar() Value { return a.at(0) }

// ErrMixed says that values have types that no column can hold together.
var ErrMixed = errors.New("values of different types")

// Infer tells the Arrow type of a value as pyarrow does: int64, double, bool, string, binary, lists and structs of these, and null
// where nothing is known.
func Infer(v Value) (arrow.DataType, error) {
	switch v := v.(type) {
	case nil:
		return arrow.Null, nil
	case bool:
		return arrow.FixedWidthTypes.Boolean, nil
	case int64:
		return arrow.PrimitiveTypes.Int64, nil
	case uint64:
		return arrow.PrimitiveTypes.Uint64, nil
	case float64:
		return arrow.PrimitiveTypes.Float64, nil
	case string:
		return arrow.BinaryTypes.String, nil
	case []byte:
		return arrow.BinaryTypes.Binary, nil
	case *Array:
		t := v.Type
		for range v.Shape {
			t = arrow.ListOf(t)
		}
		return t, nil
	case []any:
		element := arrow.Null
		for _, item := range v {
			t, err := Infer(item)
			if err != nil {
				return nil, err
			}
			if element, err = Merge(element, t); err != nil {
				return nil, err
			}
		}
		return arrow.ListOf(element), nil
	case *Struct:
		fields := make([]arrow.Field, len(v.Names))
		for i, name := range v.Names {
			t, err := Infer(v.Values[i])
			if err != nil {
				return nil, fmt.Errorf("member %q: %w", name, err)
			}
			fields[i] = arrow.Field{Name: name, Type: t, Nullable: true}
		}
		return arrow.StructOf(fields...), nil
	}
	return nil, fmt.Errorf("a %T is no value of a column", v)
}

// Merge returns the type that holds the values of both types: null gives way, integers become doubles beside doubles, structs get
// the members of both, and lists the elements of both.
func Merge(a, b arrow.DataType) (arrow.DataType, error) {
	switch {
	case arrow.TypeEqual(a, b), b.ID() == arrow.NULL:
		return a, nil
	case a.ID() == arrow.NULL:
		return b, nil
	case a.ID() == arrow.FLOAT64 && b.ID() == arrow.INT64:
		return a, nil
	case b.ID() == arrow.FLOAT64 && a.ID() == arrow.INT64:
		return b, nil
	}
	switch a := a.(type) {
	case *arrow.ListType:
		if b, ok := b.(*arrow.ListType); ok {
			element, err := Merge(a.Elem(), b.Elem())
			if err != nil {
				return nil, err
			}
			return arrow.ListOf(element), nil
		}
	case *arrow.StructType:
		if b, ok := b.(*arrow.StructType); ok {
			return mergeStructs(a, b)
		}
	}
	return nil, fmt.Errorf("%w: %s and %s", ErrMixed, a, b)
}

func mergeStructs(a, b *arrow.StructType) (arrow.DataType, error) {
	fields := append([]arrow.Field(nil), a.Fields()...)
	for _, f := range b.Fields() {
		i, ok := a.FieldIdx(f.Name)
		if !ok {
			fields = append(fields, f)
			continue
		}
		t, err := Merge(fields[i].Type, f.Type)
		if err != nil {
			return nil, fmt.Errorf("member %q: %w", f.Name, err)
		}
		fields[i].Type = t
	}
	return arrow.StructOf(fields...), nil
}

// half is the value of sixteen bits.
func half(bits uint16) Value { return float64(float16.FromBits(bits).Float32()) }

// unsigned is an integer as a Value.
func unsigned(n uint64) Value {
	if n > math.MaxInt64 {
		return n
	}
	return int64(n)
}

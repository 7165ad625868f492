package sample_test

import (
	"fmt"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/hfspark/hfspark/source/sample"
)

// column builds a column of values with the type that they have together.
func column(values ...sample.Value) (arrow.DataType, string, error) {
	t := arrow.Null
	for _, v := range values {
		own, err := sample.Infer(v)
		if err == nil {
			t, err = sample.Merge(t, own)
		}
		if err != nil {
			return nil, "", err
		}
	}
	b := array.NewBuilder(memory.DefaultAllocator, t)
	defer b.Release()
	for _, v := range values {
		if err := sample.Append(arrow.Field{Name: "c", Type: t, Nullable: true}, b, v); err != nil {
			return t, "", err
		}
	}
	built := b.NewArray()
	defer built.Release()
	return t, built.String(), nil
}

func TestColumns(t *testing.T) {
	t.Parallel()
	object := func(pairs ...any) *sample.Struct {
		s := &sample.Struct{}
		for i := 0; i < len(pairs); i += 2 {
			s.Set(pairs[i].(string), pairs[i+1])
		}
		return s
	}
	for _, c := range []struct {
		values   []sample.Value
		typ, all string
	}{
		{[]sample.Value{int64(1), nil, int64(-2)}, "int64", "[1 (null) -2]"},
		{[]sample.Value{int64(1), 1.5}, "float64", "[1 1.5]"},
		{[]sample.Value{"x", nil}, "utf8", `["x" (null)]`},
		{[]sample.Value{[]any{}, []any{int64(1), nil}}, "list<item: int64, nullable>", "[[] [1 (null)]]"},
		{[]sample.Value{object("a", int64(1)), object("b", "x", "a", nil)}, "struct<a: int64 nullable, b: utf8 nullable>", `{[1 (null)] [(null) "x"]}`},
		{[]sample.Value{uint64(1 << 63)}, "uint64", "[9223372036854775808]"},
	} {
		typ, all, err := column(c.values...)
		if err != nil || typ.String() != c.typ && typ.Name() != c.typ && fmt.Sprint(typ) != c.typ || all != c.all {
			t.Errorf("%v: %v %s, %v; want %s %s", c.values, typ, all, err, c.typ, c.all)
		}
	}
	for _, bad := range [][]sample.Value{{int64(1), "x"}, {true, int64(1)}, {[]any{int64(1), "x"}}, {object("a", int64(1)), object("a", "x")}} {
		if _, all, err := column(bad...); err == nil {
			t.Errorf("%v: %s, want an error", bad, all)
		}
	}
}

func FuzzDecoders(f *testing.F) {
	f.Add([]byte("\x93NUMPY\x01\x00\x36\x00{'descr': '<f4', 'fortran_order': True, 'shape': (2, 1), }\n12345678"))
	f.Add([]byte("\x82\xa1a\x01\xa1b\x92\xcb\x3f\xf8\x00\x00\x00\x00\x00\x00\xc0"))
	f.Add([]byte("\xa2aa\x01ab\x9f\xfb\x3f\xf8\x00\x00\x00\x00\x00\x00\xf6\xff"))
	f.Add([]byte("~TenBin~\x18\x00\x00\x00\x00\x00\x00\x00f4\x00\x00\x00\x00\x00\x00"))
	f.Fuzz(func(_ *testing.T, data []byte) {
		for _, decode := range []func([]byte) (sample.Value, error){
			sample.NPY, sample.TenBin, sample.MessagePack, sample.CBOR,
			func(b []byte) (sample.Value, error) { return sample.NPZ(b, 1<<20) },
		} {
			if v, err := decode(data); err == nil {
				_, _, _ = column(v) // It must end, without a panic.
			}
		}
	})
}

package parquetfile

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/google/go-cmp/cmp"
)

// Columns without lists are cut where the general way cuts them, whatever is null.
func TestFlatCuts(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	types := []arrow.DataType{
		arrow.PrimitiveTypes.Int32, arrow.PrimitiveTypes.Float64, arrow.PrimitiveTypes.Int64, arrow.FixedWidthTypes.Date32,
		arrow.BinaryTypes.String, arrow.BinaryTypes.LargeString, arrow.FixedWidthTypes.Timestamp_us,
	}
	for _, c := range []Chunking{{Min: 300, Max: 2000}, {Min: 1 << 10, Max: 5 << 10, Norm: 2}, {Min: 200, Max: 300}} {
		for _, typ := range types {
			for _, nullable := range []bool{false, true} {
				fast, slow := newChunker(c), newChunker(c)
				for range 4 {
					field := arrow.Field{Name: "c", Type: typ, Nullable: nullable}
					b := randomBatch(r, arrow.NewSchema([]arrow.Field{field}, nil), 1000+r.IntN(500))
					l := leaf{values: array.NewSlice(b.Column(0), int64(r.IntN(9)), b.NumRows()), nullable: nullable}
					got, done := fast.flatCuts(l)
					if want := slow.levelCuts(l.withLevels()); !done || !slices.Equal(got, want) {
						t.Fatalf("%s nullable %t %+v: got %v, want %v", typ, nullable, c, got, want)
					}
				}
			}
		}
	}
}

// unpackHybrid reads n values as parquet-format's Encodings describes them.
func unpackHybrid(t *testing.T, data []byte, n, width int) []uint32 {
	t.Helper()
	var out []uint32
	for len(out) < n {
		head, size := binary.Uvarint(data)
		if size <= 0 {
			t.Fatal("it ends too early")
		}
		data = data[size:]
		if head&1 == 0 {
			var value uint32
			for i := range (width + 7) / 8 {
				value |= uint32(data[i]) << (8 * i)
			}
			data = data[(width+7)/8:]
			for range head >> 1 {
				out = append(out, value)
			}
			continue
		}
		for i := range int(head>>1) * 8 {
			var value uint32
			for bit := range width {
				at := i*width + bit
				value |= uint32(data[at/8]>>(at%8)&1) << bit
			}
			out = append(out, value)
		}
		data = data[int(head>>1)*width:]
	}
	if len(data) > 0 {
		t.Fatalf("%d bytes are left", len(data))
	}
	return out[:n]
}

func FuzzHybrid(f *testing.F) {
	f.Add(uint64(1), 100, 3)
	f.Add(uint64(2), 1, 1)
	f.Add(uint64(3), 5000, 17)
	f.Add(uint64(4), 77, 32)
	f.Fuzz(func(t *testing.T, seed uint64, n, width int) {
		if n < 1 || n > 10_000 || width < 1 || width > 32 {
			t.Skip()
		}
		r := rand.New(rand.NewPCG(seed, 1))
		values := make([]uint32, 0, n)
		for len(values) < n {
			v := uint32(r.Uint64() & (1<<width - 1))
			for range 1 + r.IntN(2)*r.IntN(30) {
				values = append(values, v)
			}
		}
		values = values[:n]
		if diff := cmp.Diff(values, unpackHybrid(t, appendHybrid(nil, values, width), n, width)); diff != "" {
			t.Error(diff)
		}
	})
}

// Values that repeat get a dictionary, and others none.
func TestDictionaryWhereItPays(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 6))
	number, text := array.NewInt64Builder(memory.DefaultAllocator), array.NewStringBuilder(memory.DefaultAllocator)
	var repeats, distinct, words, lines, long []any
	for i := range 40_000 {
		repeats = append(repeats, int64(r.IntN(500)))
		distinct = append(distinct, int64(i))
		words = append(words, fmt.Sprintf("%.*s", r.IntN(24), "these texts have very many lengths"))
		lines = append(lines, fmt.Sprint("line ", i))
		long = append(long, strings.Repeat("x", 2000)+fmt.Sprint(r.IntN(2000)))
	}
	for name, c := range map[string]struct {
		values []any
		want   bool
	}{
		"numbers that repeat": {repeats, true}, "distinct numbers": {distinct, false}, "words": {words, true}, "lines": {lines, false},
		"a dictionary that is too large": {long, false}, "none": {nil, false},
	} {
		var a arrow.Array
		if len(c.values) > 0 {
			if _, ok := c.values[0].(string); ok {
				for _, v := range c.values {
					text.Append(v.(string))
				}
				a = text.NewArray()
			}
		}
		if a == nil {
			for _, v := range c.values {
				number.Append(v.(int64))
			}
			a = number.NewArray()
		}
		d := &dictionary{}
		v := valuesOf(a.DataType())([]leaf{{values: a}})
		if got := v.index(d); got != c.want {
			t.Errorf("%s: %t", name, got)
			continue
		}
		if !c.want {
			continue
		}
		for i, n := range d.indices {
			if got := fmt.Sprint(c.values[i]); len(d.words) > 0 && fmt.Sprint(d.words[n]) != got || len(d.texts) > 0 && string(d.texts[n]) != got {
				t.Fatalf("%s: value %d is number %d", name, i, n)
			}
		}
	}
}

package parquetfile

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// Bytes a second of Arrow data, for text like a corpus and for numbers.
func BenchmarkWrite(b *testing.B) {
	words := strings.Fields("the quick brown fox jumps over a lazy dog while datasets of many kinds go to the hub in pages")
	r := rand.New(rand.NewPCG(1, 2))
	text := array.NewRecordBuilder(memory.DefaultAllocator, fields(arrow.BinaryTypes.String))
	numbers := array.NewRecordBuilder(memory.DefaultAllocator, fields(arrow.PrimitiveTypes.Int64, arrow.PrimitiveTypes.Float64))
	for range 10_000 {
		var s strings.Builder
		for range 60 {
			fmt.Fprintf(&s, "%s%d ", words[r.IntN(len(words))], r.IntN(9))
		}
		text.Field(0).(*array.StringBuilder).Append(s.String())
		numbers.Field(0).(*array.Int64Builder).Append(r.Int64N(1e6))
		numbers.Field(1).(*array.Float64Builder).Append(r.Float64())
	}
	for _, c := range []struct {
		name    string
		batch   arrow.RecordBatch
		options Options
	}{
		{"text", text.NewRecordBatch(), Options{}},
		{"text without chunking", text.NewRecordBatch(), Options{Chunking: Chunking{Off: true}}},
		{"numbers", numbers.NewRecordBatch(), Options{}},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(BatchBytes(c.batch))
			w, err := NewWriter(context.Background(), io.Discard, c.batch.Schema(), c.options)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if err := w.Write(c.batch); err != nil {
					b.Fatal(err)
				}
			}
			if err := w.Close(); err != nil {
				b.Fatal(err)
			}
		})
	}
}

package parquetfile

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"
)

// largeVariable asks for the test below, which takes about a gigabyte of memory.
const largeVariable = "HFSPARK_LARGE_TESTS"

// A row at the head of a dataset of 200 MB with the default options: how many of the pages' bytes are as before?
func TestInsertedRowInLargeFile(t *testing.T) {
	if os.Getenv(largeVariable) == "" {
		t.Skip("set " + largeVariable + " to run it")
	}
	t.Parallel()
	schema := fields(arrow.BinaryTypes.String, arrow.PrimitiveTypes.Int64, arrow.PrimitiveTypes.Float64)
	words := make([]string, 20_000)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range words {
		words[i] = fmt.Sprintf("%x", r.Uint64N(1<<(4*(2+i%10))))
	}
	var rows []arrow.RecordBatch
	id, size := int64(0), int64(0)
	for size < 200_000_000 {
		b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
		for range 5000 {
			var text strings.Builder
			for range 20 + r.IntN(100) {
				text.WriteString(words[int(float64(len(words))*r.Float64()*r.Float64())])
				text.WriteByte(' ')
			}
			b.Field(0).(*array.StringBuilder).Append(text.String())
			b.Field(1).(*array.Int64Builder).Append(id)
			b.Field(2).(*array.Float64Builder).Append(r.Float64())
			id++
		}
		batch := b.NewRecordBatch()
		b.Release()
		size += BatchBytes(batch)
		rows = append(rows, batch)
	}
	head := rows[0].NewSlice(77, 78)
	before := pageSums(t, write(t, schema, Options{}, rows...))
	after := pageSums(t, write(t, schema, Options{}, append([]arrow.RecordBatch{head}, rows...)...))
	var all, same int
	for sum, n := range after {
		all += n
		if _, ok := before[sum]; ok {
			same += n
		}
	}
	t.Logf("%d of %d bytes in %d pages are as before: %.2f %%", same, all, len(after), 100*float64(same)/float64(all))
	if same < all/10*9 {
		t.Errorf("%d of %d bytes are as before; want nine tenths", same, all)
	}
}

// pageSums hashes the data pages of a file as they are stored, by their offset index, and returns the size of each.
func pageSums(t *testing.T, data []byte) map[[sha256.Size]byte]int {
	t.Helper()
	r, err := file.NewParquetReader(strings.NewReader(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	sums := map[[sha256.Size]byte]int{}
	for g := range r.NumRowGroups() {
		index, err := r.GetPageIndexReader().RowGroup(g)
		if err != nil {
			t.Fatal(err)
		}
		for c := range r.MetaData().Schema.NumColumns() {
			offsets, err := index.GetOffsetIndex(c)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range offsets.GetPageLocations() {
				sums[sha256.Sum256(data[p.Offset:p.Offset+int64(p.CompressedPageSize)])] += int(p.CompressedPageSize)
			}
		}
	}
	return sums
}

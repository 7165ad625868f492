package parquet

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
)

// FuzzFooter feeds damaged footers: each is either refused, or describes slices whose footer reads back.
func FuzzFooter(f *testing.F) {
	r := rand.New(rand.NewPCG(8, 8))
	for _, shape := range shapes() {
		data := writeFile(f, []arrow.RecordBatch{sample(r, 20, 3)}, 10, shape...)
		addFooter(f, data)
	}
	for _, pattern := range []string{"data/*.parquet", "bad_data/*.parquet"} {
		paths, _ := filepath.Glob(filepath.Join(parquetTesting, pattern))
		for _, path := range paths {
			if data, err := os.ReadFile(path); err == nil {
				addFooter(f, data)
			}
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		const end = 1 << 20
		footer, err := parseFooter("f", raw, end)
		if err != nil {
			return
		}
		_, _ = footer.Schema()
		p := randomPredicate(rand.New(rand.NewPCG(9, uint64(len(raw)))), 2)
		_, _ = footer.prune(groupsOf(footer), p, reasons{})
		plan, err := footer.plan(t.Context(), File{}, Query{Columns: footer.ColumnNames()}, Options{}.withDefaults())
		if err != nil {
			return
		}
		for _, s := range plan.slices {
			written := footer.appendFooter(nil, plan.selection, s.groups)
			again, err := parseFooter("slice", written[:len(written)-trailer], s.end)
			if err != nil {
				t.Fatalf("the footer of a slice does not read back: %v", err)
			}
			if again.Rows() != s.rows {
				t.Fatalf("a slice has %d rows instead of %d", again.Rows(), s.rows)
			}
			for g := range s.groups {
				for leaf := range again.leaves {
					if _, err := again.readableChunk(g, leaf); err != nil {
						t.Fatalf("a chunk of a slice does not read back: %v", err)
					}
				}
			}
		}
	})
}

func addFooter(f *testing.F, data []byte) {
	n, err := footerLength(data[len(data)-trailer:], int64(len(data)))
	if err != nil {
		return
	}
	f.Add(data[int64(len(data))-trailer-n : len(data)-trailer])
}

func FuzzIndexes(f *testing.F) {
	data := writeFile(f, []arrow.RecordBatch{sample(rand.New(rand.NewPCG(8, 8)), 200, 3)}, 100, pagedShapes()["bloom"]...)
	footer, err := (&counter{data: data}).file("f").fetchFooter(f.Context(), 0)
	if err != nil {
		f.Fatal(err)
	}
	for leaf := range footer.leaves {
		c, err := footer.chunk(0, leaf)
		if err != nil {
			f.Fatal(err)
		}
		for _, p := range []place{c.offsetIndex, c.columnIndex, c.bloom} {
			f.Add(leaf, data[p.offset:p.offset+p.length])
		}
	}
	f.Fuzz(func(t *testing.T, leaf int, raw []byte) {
		leaf = int(uint(leaf) % uint(len(footer.leaves)))
		c, err := footer.chunk(0, leaf)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := readBloom(raw); err == nil {
			b.mayHold(uint64(len(raw)) * 0x9e3779b97f4a7c15)
		}
		const rows = 100
		x, err := readOffsetIndex(raw, c, rows)
		if err != nil {
			x = &pageIndex{pages: []page{{offset: c.offset, size: c.size}}}
		}
		_ = footer.addBounds(x, raw, leaf)
		keep := rowRanges{{10, 20}, {50, 51}}
		cut, ok := footer.cut(c, leaf, x, rows, keep)
		if !ok {
			return
		}
		for _, p := range cut.parts {
			if p.fill == nil && (p.from < c.offset || p.to > c.offset+c.size || p.from >= p.to) {
				t.Fatalf("part %d to %d is not in the chunk of %d bytes at %d", p.from, p.to, c.size, c.offset)
			}
		}
	})
}

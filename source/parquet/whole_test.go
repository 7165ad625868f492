package parquet

import (
	"bytes"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// fetchWhole reads a file whole and returns its rows.
func fetchWhole(t *testing.T, footers *Footers, f File, q Query, o Options) []string {
	t.Helper()
	q.Nanoseconds = true // as readSlices
	footer, whole, err := footers.ReadWhole(t.Context(), f, o)
	if err != nil {
		t.Fatal(err)
	}
	scan, err := NewScan(t.Context(), f, footer, q, o)
	if err != nil {
		t.Fatal(err)
	}
	defer scan.Close()
	if err := scan.Use(whole); err != nil {
		t.Fatal(err)
	}
	var rows []string
	for {
		slice, err := scan.Next(t.Context())
		if err == io.EOF {
			return rows
		}
		if err != nil {
			t.Fatal(err)
		}
		batches, err := decode(t.Context(), slice)
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, rowTexts(array.NewTableFromRecords(batches[0].Schema(), batches))...)
		if err := slice.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSmallFilesAreFetchedWhole(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(4, 4))
	footers := NewFooters(0)
	write := func(name string, rows int) (*counter, File) {
		c := &counter{data: writeFile(t, []arrow.RecordBatch{sample(random, rows, 0)}, 200)}
		f := c.file("folder/" + name)
		f.Hash = name
		return c, f
	}
	_, first := write("a", 600)
	query := Query{}
	if footers.Whole(first, query) {
		t.Error("nothing is known of the folder, and a file of it is to be fetched whole")
	}
	footer, err := footers.Read(t.Context(), first)
	if err != nil {
		t.Fatal(err)
	}
	query.Columns = footer.ColumnNames()
	for size, groups := range map[int64]string{1 << 30: "one slice", 1000: "many slices"} {
		pool := NewPool(1 << 20)
		kept := NewKept(1<<20, pool)
		options := Options{Pool: pool, Kept: kept, Reuse: yes, SliceSize: size}
		content, file := write("b"+groups, 600)
		if !footers.Whole(file, query) || footers.Whole(file, Query{Columns: query.Columns[:1]}) || footers.Whole(first, query) {
			t.Fatal("of a file like others, and of no other, all is to be fetched with one request")
		}
		table, err := readSlices(t, content.file("again"), Query{}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		content.ranges = nil
		if rows := fetchWhole(t, footers, file, query, options); !slices.Equal(rows, rowTexts(table)) {
			t.Errorf("%s: %d rows, want %d", groups, len(rows), table.NumRows())
		}
		if one := len(content.ranges) == 1; one != (groups == "one slice") {
			t.Errorf("%s: it was fetched with the ranges %v", groups, content.ranges)
		}
		before := len(content.ranges)
		again, err := readSlices(t, file, query, options)
		if err != nil || !slices.Equal(rowTexts(again), rowTexts(table)) {
			t.Errorf("%s: the kept slice has other rows, or: %v", groups, err)
		}
		if got := len(content.ranges); got > before+2 { // for the footer
			t.Errorf("%s: what was kept was fetched with %d requests", groups, got-before)
		}
		if content.opened != content.closed {
			t.Errorf("%s: %d of %d bodies were closed", groups, content.closed, content.opened)
		}
		if err := kept.Close(); err != nil {
			t.Error(err)
		}
		if err := pool.Close(); err != nil {
			t.Error(err)
		}
	}
}

// What is not taken over is given back.
func TestWholeFilesOfDamagedContent(t *testing.T) {
	t.Parallel()
	data := writeFile(t, []arrow.RecordBatch{sample(rand.New(rand.NewPCG(4, 4)), 600, 0)}, 600)
	for name, damage := range map[string]func([]byte){
		"the end": func(b []byte) { b[len(b)-1] = 'X' },
		"the footer": func(b []byte) {
			clear(b[len(b)-trailer-int(binary.LittleEndian.Uint32(b[len(b)-trailer:])) : len(b)-trailer])
		},
		"the first page": func(b []byte) { copy(b[4:], bytes.Repeat([]byte{0xff}, 40)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			damaged := slices.Clone(data)
			damage(damaged)
			content := &counter{data: damaged}
			memory := &ledger{}
			options := Options{Memory: memory}
			footer, whole, err := NewFooters(0).ReadWhole(t.Context(), content.file("f"), options)
			if err == nil {
				var scan *Scan
				if scan, err = NewScan(t.Context(), content.file("f"), footer, Query{Columns: footer.ColumnNames()}, options); err != nil {
					t.Fatal(err)
				}
				defer scan.Close()
				err = scan.Use(whole)
			}
			if err == nil || memory.held.Load() != 0 || content.opened != content.closed {
				t.Errorf("%v, %d bytes are held, %d of %d bodies closed", err, memory.held.Load(), content.closed, content.opened)
			}
		})
	}
}

package engine

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/source"
	"github.com/hfspark/hfspark/source/parquet"
)

// laidOut is a slice of that layout, as large as such that are decoded together may be.
type laidOut string

func (s laidOut) Path() string   { return "" }
func (s laidOut) Size() int64    { return smallSlice }
func (s laidOut) Layout() string { return string(s) }

func TestSlicesOfOneLayoutAreReadTogether(t *testing.T) {
	t.Parallel()
	slice := func(layout string) delivery { return delivery{piece: source.NewPiece(nil, laidOut(layout), 1, nil)} }
	cut := slice("a")
	cut.piece.Keep = []parquet.RowRange{{From: 0, To: 1}}
	count := delivery{piece: source.NewPiece(nil, nil, 1, nil)}
	for name, test := range map[string]struct {
		arrived []delivery
		limited bool
		left    int    // partitions
		want    string // how many are read together
	}{
		"up to the size":    {slices.Repeat([]delivery{slice("a")}, 13), false, 1000, "[12 1]"},
		"before the end":    {slices.Repeat([]delivery{slice("a")}, 11), false, 20, "[5 5 1]"},
		"at the end":        {slices.Repeat([]delivery{slice("a")}, 5), false, 1, "[4 1]"},
		"of one layout":     {[]delivery{slice("a"), slice("a"), slice("b"), slice("a")}, false, 1000, "[2 1 1]"},
		"without some rows": {[]delivery{slice("a"), cut, slice("a"), slice("a")}, false, 1000, "[1 1 2]"},
		"bare counts":       {[]delivery{slice("a"), count, count, slice("a")}, false, 1000, "[1 1 1 1]"},
		"before an error":   {[]delivery{slice("a"), slice("a"), {err: errFake}}, false, 1000, "[2 error]"},
		"few rows wanted":   {[]delivery{slice("a"), slice("a")}, true, 1000, "[1 1]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			common := make(chan delivery, len(test.arrived))
			for _, d := range test.arrived {
				common <- d
			}
			close(common)
			spec := scanSpec{whole: !test.limited, threads: 2}
			f := newFeed(t.Context(), test.left, 1, spec, nil, nil)
			f.common, f.next, f.open = common, test.left, test.left // as if all were being read
			w := &sourceWorker{scan: &sourceScan{table: &scanTable{spec: spec}, feed: f}}
			var got []any
			for {
				pieces, err := w.batch()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					got = append(got, "error")
					continue
				}
				got = append(got, len(pieces))
			}
			if fmt.Sprint(got) != test.want {
				t.Errorf("read together %v, want %s", got, test.want)
			}
		})
	}
}

func TestDamagedSliceAmongOthersIsBlamed(t *testing.T) {
	t.Parallel()
	f := &fakeSource{dir: t.TempDir(), pieces: 1, rows: 1000}
	for i := range 8 {
		if _, err := f.slice(i); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(f.dir, "5.parquet")
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 200 {
		content[len("PAR1")+i] = 0xff
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	e := openEngine(t, Config{Source: f})
	_, err = run(t.Context(), e, Query{Plan: &typed.Distinct{Input: scan(f.table(strings.Fields(strings.Repeat("slices ", 8))...))}, BatchRows: 100})
	// The path of the right slice is left out.
	if err == nil || strings.Contains(err.Error(), f.dir) {
		t.Errorf("error %v, want one about the damaged slice", err)
	}
	f.check(t)
}

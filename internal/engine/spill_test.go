package engine

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

func TestQueriesSpillToTheFolderTheyAreGiven(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "spill")
	e := openEngine(t, Config{Memory: 60 << 20, TempDir: dir, Threads: 1})
	number := typed.Column{ID: 1, Name: "n", Type: types.Long}
	sorted := func(count int64) typed.Node {
		return &typed.Tail{
			Input: &typed.Sort{Input: &typed.Range{Start: count, End: 0, Step: -1, Column: number}, Order: []typed.Order{{Child: ref(number)}}},
			Count: 1,
		}
	}
	wantLines(t, mustRun(t, e, sorted(8_000_000)), "8000000")
	if _, err := os.Stat(dir); err != nil {
		t.Errorf("nothing was spilled: %v", err)
	}
	small := openEngine(t, Config{Memory: 4 << 20, TempDir: filepath.Join(dir, "x", "\x00"), Threads: 1})
	_, err := run(t.Context(), small, Query{Plan: sorted(8_000_000)})
	if _, ok := sparkerror.As(err); !ok {
		t.Errorf("without a folder to spill to: %v", err)
	}
}

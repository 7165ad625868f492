package localwrite

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/source/sink"
)

// leave makes what a write leaves that is killed: files by path, and its claim.
func leave(t *testing.T, p *Place, id, path string, files map[string]string) {
	t.Helper()
	files[hidden+id+claimSuffix] = path
	for name, text := range files {
		full := filepath.Join(p.Dir(), name)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// The next write takes back what one left that was killed, at whatever step that was.
func TestKilledWritesAreTakenBack(t *testing.T) {
	t.Parallel()
	const id = "0b1c"
	folder, old := hidden+id, hidden+"old-"+id
	for name, c := range map[string]struct {
		files map[string]string
		want  []string
	}{
		"before there was a folder": {map[string]string{}, nil},
		"while rows came":           {map[string]string{folder + "/part-00000-" + id + "-c000.csv": "1"}, nil},
		"between two folders":       {map[string]string{folder + "/part-00000-" + id + "-c000.csv": "new", old + "/a.csv": "old"}, []string{"x/a.csv: old"}},
		"before the old one went":   {map[string]string{"x/a.csv": "new", old + "/a.csv": "old"}, []string{"x/a.csv: new"}},
		"while files were added": {map[string]string{
			"x/part-00000-7777-c000.csv": "old", "x/part-00000-" + id + "-c000.csv": "new", folder + "/part-00000-" + id + "-c001.csv": "new", folder + "/_SUCCESS": "",
		}, []string{"x/part-c000.csv: old"}},
		"when all were added": {map[string]string{"x/part-00000-" + id + "-c000.csv": "new", folder + "/_SUCCESS": ""}, []string{"x/part-c000.csv: new"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			leave(t, p, id, "x", c.files)
			if _, err := write(t.Context(), p, Request{Path: "y"}, &stream{rows: 1}); err != nil {
				t.Fatal(err)
			}
			want := append(c.want, "y/_SUCCESS: ", "y/part-c000.csv: 0,row;")
			if got := content(t, p); !slices.Equal(got, want) {
				t.Errorf("there is %q, want %q", got, want)
			}
			if hidden, err := filepath.Glob(filepath.Join(p.Dir(), ".*")); err != nil || len(hidden) > 0 {
				t.Errorf("left behind: %v %v", hidden, err)
			}
		})
	}
}

// slow is a stream that lets another write run before its first row.
type slow struct {
	stream
	first func()
}

// Next implements sink.Rows.
func (s *slow) Next() (arrow.RecordBatch, error) {
	if s.first != nil {
		s.first()
		s.first = nil
	}
	return s.stream.Next()
}

// A write under way is let alone, by this process and by others.
func TestLiveWritesAreLetAlone(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	other, err := Open(p.Dir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	rows := &slow{stream: stream{rows: 4}, first: func() {
		for i, q := range []*Place{p, other} {
			if _, err := write(t.Context(), q, Request{Path: "y", Mode: sink.Overwrite}, &stream{rows: i}); err != nil {
				t.Error(err)
			}
		}
		entries, err := os.ReadDir(p.Dir())
		if err != nil || !slices.ContainsFunc(entries, func(e os.DirEntry) bool { return strings.HasPrefix(e.Name(), hidden) && e.IsDir() }) {
			t.Errorf("the folder of a live write is gone: %v %v", entries, err)
		}
	}}
	r := Request{Format: "csv", Path: "x", Schema: table, Arrow: types.ToArrow(table, "UTC"), TimeZone: "UTC"}
	if _, err := p.Write(t.Context(), r, nil, func(context.Context) (sink.Rows, error) { return rows, nil }); err != nil {
		t.Fatal(err)
	}
	want := []string{"x/_SUCCESS: ", "x/part-c000.csv: 0,row;1,row;2,row;3,row;", "y/_SUCCESS: ", "y/part-c000.csv: 0,row;"}
	if got := content(t, p); !slices.Equal(got, want) {
		t.Errorf("there is %q, want %q", got, want)
	}
	if _, err := write(t.Context(), p, Request{Path: "z"}, &stream{rows: 2, fail: io.ErrUnexpectedEOF}); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("error is %v", err)
	}
	if hidden, err := filepath.Glob(filepath.Join(p.Dir(), ".*")); err != nil || len(hidden) > 0 {
		t.Errorf("left behind: %v %v", hidden, err)
	}
}

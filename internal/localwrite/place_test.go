package localwrite

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/source/sink"
)

var table = types.Struct{Fields: []types.Field{{Name: "n", Type: types.Long}, {Name: "text", Type: types.String, Nullable: true}}}

// stream has rows 0, 1, … in batches of three, and fails after them if fail is set.
type stream struct {
	rows, at int
	fail     error
	closed   bool
}

// Next implements sink.Rows.
func (s *stream) Next() (arrow.RecordBatch, error) {
	if s.at >= s.rows {
		if s.fail != nil {
			return nil, s.fail
		}
		return nil, io.EOF
	}
	b := array.NewRecordBuilder(memory.DefaultAllocator, types.ToArrow(table, "UTC"))
	defer b.Release()
	for range min(3, s.rows-s.at) {
		b.Field(0).(*array.Int64Builder).Append(int64(s.at))
		b.Field(1).(*array.StringBuilder).Append("row")
		s.at++
	}
	return b.NewRecordBatch(), nil
}

// Close implements sink.Rows.
func (s *stream) Close() error { s.closed = true; return nil }

func newPlace(t *testing.T) *Place {
	t.Helper()
	p, err := Open(t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func write(ctx context.Context, p *Place, r Request, s *stream) (*Result, error) {
	r.Schema, r.Arrow, r.TimeZone = table, types.ToArrow(table, "UTC"), "UTC"
	if r.Format == "" {
		r.Format = "csv"
	}
	return p.Write(ctx, r, nil, func(context.Context) (sink.Rows, error) { return s, nil })
}

// content is everything below the folder: the text of files by path, with the names of parts cut short.
func content(t *testing.T, p *Place) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(p.Dir(), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		name, _ := filepath.Rel(p.Dir(), path)
		if i := strings.Index(name, "part-00000-"); i >= 0 {
			name = name[:i] + "part" + name[strings.LastIndex(name, "-"):]
		}
		out = append(out, name+": "+strings.ReplaceAll(string(text), "\n", ";"))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(out)
	return out
}

func TestModes(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	if err := os.WriteFile(filepath.Join(p.Dir(), "file"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path string
		mode sink.Mode
		rows int
		fail error
		err  error // class; nil is none
		want []string
	}{
		{"a/b", sink.ErrorIfExists, 2, nil, nil, []string{"a/b/_SUCCESS: ", "a/b/part-c000.csv: 0,row;1,row;", "file: x"}},
		{"a/b", sink.ErrorIfExists, 2, nil, ErrExists, nil},
		{"file", sink.ErrorIfExists, 2, nil, ErrExists, nil},
		{"a/b", sink.Ignore, 2, nil, nil, []string{"a/b/_SUCCESS: ", "a/b/part-c000.csv: 0,row;1,row;", "file: x"}},
		{"a/b", sink.Append, 1, nil, nil, []string{"a/b/_SUCCESS: ", "a/b/part-c000.csv: 0,row;", "a/b/part-c000.csv: 0,row;1,row;", "file: x"}},
		{"a/b", sink.Overwrite, 1, nil, nil, []string{"a/b/_SUCCESS: ", "a/b/part-c000.csv: 0,row;", "file: x"}},
		{"a/b", sink.Overwrite, 4, io.ErrUnexpectedEOF, io.ErrUnexpectedEOF, []string{"a/b/_SUCCESS: ", "a/b/part-c000.csv: 0,row;", "file: x"}},
		{"new", sink.Append, 4, io.ErrUnexpectedEOF, io.ErrUnexpectedEOF, []string{"a/b/_SUCCESS: ", "a/b/part-c000.csv: 0,row;", "file: x"}},
		{"a/b", sink.Overwrite, 0, nil, nil, []string{"a/b/_SUCCESS: ", "a/b/part-c000.csv: ", "file: x"}},
		{"file", sink.Overwrite, 1, nil, nil, []string{"a/b/_SUCCESS: ", "a/b/part-c000.csv: ", "file/_SUCCESS: ", "file/part-c000.csv: 0,row;"}},
	} {
		s := &stream{rows: c.rows, fail: c.fail}
		_, err := write(t.Context(), p, Request{Path: c.path, Mode: c.mode}, s)
		if c.err == nil && err != nil || c.err != nil && !errors.Is(err, c.err) {
			t.Errorf("%s %s: error is %v, want %v", c.path, c.mode, err, c.err)
		}
		if got := content(t, p); c.want != nil && !slices.Equal(got, c.want) {
			t.Errorf("%s %s: %v, want %v", c.path, c.mode, got, c.want)
		}
		if s.at > 0 && !s.closed {
			t.Errorf("%s %s: the rows were not closed", c.path, c.mode)
		}
	}
	if hidden, err := filepath.Glob(filepath.Join(p.Dir(), ".*")); err != nil || len(hidden) > 0 {
		t.Errorf("left behind: %v %v", hidden, err)
	}
}

func TestCancelledWriteLeavesNothing(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, format := range Formats() {
		if _, err := write(ctx, p, Request{Format: format, Path: "x", Mode: sink.Overwrite}, &stream{rows: 10}); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: error is %v", format, err)
		}
	}
	if entries, err := os.ReadDir(p.Dir()); err != nil || len(entries) > 0 {
		t.Errorf("left behind: %v %v", entries, err)
	}
}

func TestPathsThatAreRefused(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	outside := t.TempDir()
	for name, to := range map[string]string{"out": outside, "up": "../..", "nowhere": "missing", "self": "."} {
		if err := os.Symlink(to, filepath.Join(p.Dir(), name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{
		"", ".", "..", "../x", "a/../../x", "/", "/etc/x", p.Dir(), outside, p.Dir() + "/../x", "out", "out/x", "up/x", "nowhere", "a\x00b",
		"s3://b/x", "hdfs:///x", "file://host/x", "file:x", "file:///etc/x",
	} {
		var refused *PathError
		if _, err := write(t.Context(), p, Request{Path: path, Mode: sink.Overwrite}, &stream{rows: 1}); !errors.As(err, &refused) {
			t.Errorf("%q: error is %v", path, err)
		}
	}
	for _, path := range []string{"in", p.Dir() + "/absolute", "file://" + p.Dir() + "/address", "file:" + p.Dir() + "/short", "self/through", "a:b/c"} {
		if _, err := write(t.Context(), p, Request{Path: path, Mode: sink.Overwrite}, &stream{rows: 1}); err != nil && path != "a:b/c" {
			t.Errorf("%q: %v", path, err)
		}
	}
	if entries, err := os.ReadDir(outside); err != nil || len(entries) > 0 {
		t.Errorf("written outside: %v %v", entries, err)
	}
}

func TestOptionsThatAreRefused(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	for _, c := range []struct{ format, option, value string }{
		{"csv", "compression", "bzip2"},
		{"csv", "header", "maybe"},
		{"csv", "sep", ""},
		{"csv", "quote", "ab"},
		{"csv", "lineSep", "x"},
		{"csv", "dateFormat", "dd.MM.yyyy"},
		{"csv", "timestampFormat", "yyyy"},
		{"csv", "timeZone", "Mars"},
		{"csv", "encoding", "UTF-16"},
		{"csv", "nosuch", "1"},
		{"json", "header", "true"},
		{"json", "ignoreNullFields", "x"},
		{"json", "maxRecordsPerFile", "x"},
		{"parquet", "compression", "lzo"},
		{"parquet", "mergeSchema", "true"},
		{"parquet", "codec", "gzip"},
		{"parquet", "parquet.block.size", "1"},
	} {
		var refused *OptionError
		_, err := write(t.Context(), p, Request{Format: c.format, Path: "x", Options: map[string]string{c.option: c.value}}, &stream{rows: 1})
		if !errors.As(err, &refused) || !strings.EqualFold(refused.Option, c.option) {
			t.Errorf("%+v: error is %v", c, err)
		}
	}
	if entries, err := os.ReadDir(p.Dir()); err != nil || len(entries) > 0 {
		t.Errorf("left behind: %v %v", entries, err)
	}
}

func TestRecordsPerFile(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	r, err := write(t.Context(), p, Request{Path: "x", Options: map[string]string{"maxRecordsPerFile": "4"}}, &stream{rows: 10})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"x/_SUCCESS: ", "x/part-c000.csv: 0,row;1,row;2,row;3,row;", "x/part-c001.csv: 4,row;5,row;6,row;7,row;", "x/part-c002.csv: 8,row;9,row;",
	}
	if got := content(t, p); !slices.Equal(got, want) || r.Rows != 10 || len(r.Files) != 3 {
		t.Errorf("%v, %+v", got, r)
	}
}

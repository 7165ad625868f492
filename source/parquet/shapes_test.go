package parquet

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	pq "github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
)

func TestSlicesHaveTheRowsOfTheFile(t *testing.T) {
	t.Parallel()
	for name, shape := range shapes() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(2, uint64(len(name))))
			var batches []arrow.RecordBatch
			for range 4 {
				batches = append(batches, sample(r, 1+r.IntN(700), r.Int64N(30)))
			}
			data := writeFile(t, batches, 200, shape...)
			want := array.NewTableFromRecords(sampleSchema(), batches)
			for range 10 {
				columns := randomColumns(r)
				o := Options{
					SliceSize: 1 + r.Int64N(200_000), PartSize: 1 + r.Int64N(20_000), Gap: 1 + r.Int64N(3000),
					Parallelism: 1 + r.IntN(4), Ahead: r.IntN(4) - 1,
				}
				file := &counter{data: data}
				got, err := readSlices(t, file.file("f"), Query{Columns: columns}, o)
				if err != nil {
					t.Fatalf("%v with %+v: %v", columns, o, err)
				}
				if g, w := rowTexts(got), rowTexts(selectColumns(want, columns)); !slices.Equal(g, w) {
					t.Fatalf("%v with %+v: %d rows differ from %d rows", columns, o, len(g), len(w))
				}
				if file.opened != file.closed {
					t.Errorf("%d bodies opened, %d closed", file.opened, file.closed)
				}
				for _, f := range got.Schema().Fields() {
					if !f.Nullable {
						t.Errorf("field %s is not nullable", f.Name)
					}
				}
			}
		})
	}
}

// randomColumns are some columns in any order; they come back in file order.
func randomColumns(r *rand.Rand) []string {
	fields := sampleSchema().Fields()
	names := make([]string, 0, len(fields))
	for _, f := range fields {
		names = append(names, f.Name)
	}
	r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	return names[:1+r.IntN(len(names))]
}

func selectColumns(t arrow.Table, names []string) arrow.Table {
	var fields []arrow.Field
	var columns []arrow.Column
	for i := range int(t.NumCols()) {
		if slices.Contains(names, t.Schema().Field(i).Name) {
			fields = append(fields, t.Schema().Field(i))
			columns = append(columns, *t.Column(i))
		}
	}
	return array.NewTable(arrow.NewSchema(fields, nil), columns, t.NumRows())
}

func TestSchemaIsThatOfTheWriter(t *testing.T) {
	t.Parallel()
	data := writeFile(t, []arrow.RecordBatch{sample(rand.New(rand.NewPCG(3, 3)), 3, 0)}, 10)
	footer, err := NewFooters(0).Read(t.Context(), (&counter{data: data}).file("f"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := footer.Schema()
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range sampleSchema().Fields() {
		g := got.Field(i)
		if g.Name != f.Name || !g.Nullable || !arrow.TypeEqual(g.Type, plainType(f.Type)) {
			t.Errorf("field %d is %v, want %v", i, g, f)
		}
	}
}

func TestScanFetchesOnlyWhatItNeeds(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(4, 4))
	var batches []arrow.RecordBatch
	for i := range 20 {
		batches = append(batches, sample(r, 2000, int64(i)*6))
	}
	data := writeFile(t, batches, 2000, pq.WithCompression(compress.Codecs.Snappy))
	read := func(q Query, o Options) (bytes, rows int64, requests int) {
		t.Helper()
		file := &counter{data: data}
		table, err := readSlices(t, file.file("f"), q, o)
		if err != nil {
			t.Fatal(err)
		}
		return file.bytes(), table.NumRows(), len(file.ranges)
	}
	footer, err := (&counter{data: data}).file("f").fetchFooter(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, column := range footer.ColumnNames() {
		c, _, _ := footer.column(column)
		needed := int64(len(footer.raw) + trailer)
		for g := range footer.groups {
			for leaf := c.firstLeaf; leaf < c.leaf; leaf++ {
				chunk, err := footer.chunk(g, leaf)
				if err != nil {
					t.Fatal(err)
				}
				needed += chunk.size
			}
		}
		got, _, _ := read(Query{Columns: []string{column}}, Options{})
		if got < needed || got*100 > needed*105 {
			t.Errorf("column %s: %d bytes fetched, %d needed", column, got, needed)
		}
	}
	all, rows, requests := read(Query{}, Options{})
	if all > int64(len(data)) || rows != 40000 || requests > 10 {
		t.Errorf("all columns: %d bytes of %d, %d rows, %d requests", all, len(data), rows, requests)
	}
	first, rows, _ := read(Query{Limit: 20}, Options{})
	if footer := int64(len(footer.raw)); (first-footer)*15 > all-footer || rows != 2000 {
		t.Errorf("the first 20 rows: %d bytes of %d, %d rows", first, all, rows)
	}
}

func TestNothingIsFetchedForACount(t *testing.T) {
	t.Parallel()
	data := writeFile(t, []arrow.RecordBatch{sample(rand.New(rand.NewPCG(5, 5)), 500, 0)}, 100)
	file := &counter{data: data}
	footer, err := NewFooters(0).Read(t.Context(), file.file("f"))
	if err != nil {
		t.Fatal(err)
	}
	before := file.bytes()
	scan, err := NewScan(t.Context(), file.file("f"), footer, Query{}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer scan.Close()
	if _, err := scan.Next(t.Context()); err != io.EOF || scan.Rows() != 500 || file.bytes() != before {
		t.Errorf("%d rows, %d bytes more, %v", scan.Rows(), file.bytes()-before, err)
	}
}

// Each damaged file either fails with an error that names it, or reads as pqarrow reads it without slices.
func TestBadData(t *testing.T) {
	t.Parallel()
	paths, _ := filepath.Glob(filepath.Join(parquetTesting, "bad_data/*.parquet"))
	more, _ := filepath.Glob(filepath.Join(parquetTesting, "data/*.encrypted"))
	paths = append(paths, more...)
	if len(paths) == 0 {
		t.Skip("no parquet-testing data")
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			got, err := readSlices(t, (&counter{data: data}).file("name/of/file"), Query{}, Options{})
			if err != nil {
				t.Log(err)
				if !strings.Contains(err.Error(), "name/of/file") {
					t.Error("the error does not name the file")
				}
				return
			}
			want, err := readWhole(data)
			if err != nil {
				t.Fatalf("slices read it, and pqarrow does not: %v", err)
			}
			if !slices.Equal(rowTexts(got), rowTexts(want)) {
				t.Error("slices read it in another way than pqarrow")
			}
		})
	}
}

func TestDamagedFilesAreErrors(t *testing.T) {
	t.Parallel()
	data := writeFile(t, []arrow.RecordBatch{sample(rand.New(rand.NewPCG(6, 6)), 50, 0)}, 10)
	for name, test := range map[string]struct {
		data []byte
		want string
	}{
		"empty":         {nil, "too few"},
		"text":          {[]byte(strings.Repeat("this is a text file\n", 20)), "it is no Parquet file"},
		"cut":           {data[:len(data)-100], "only the first part of one"},
		"footer length": {append(slices.Clone(data[:len(data)-8]), 0xff, 0xff, 0xff, 0x7f, 'P', 'A', 'R', '1'), "footer claims"},
		"no footer":     {append(slices.Clone(data[:len(data)-8]), 0, 0, 0, 0, 'P', 'A', 'R', '1'), "footer claims"},
		"head cut off":  {data[len(data)/2:], ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := readSlices(t, (&counter{data: test.data}).file("some/file"), Query{}, Options{})
			var named *Error
			if !errors.As(err, &named) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}

func TestErrorsSayWhere(t *testing.T) {
	t.Parallel()
	data := writeFile(t, []arrow.RecordBatch{sample(rand.New(rand.NewPCG(7, 7)), 50, 0)}, 10)
	file := &counter{data: data}
	footer, err := NewFooters(0).Read(t.Context(), file.file("some/file"))
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("connection reset")
	f := file.file("some/file")
	f.Range = func(ctx context.Context, offset, length int64) (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(strings.NewReader("x"), errReader{broken})), nil
	}
	scan, err := NewScan(t.Context(), f, footer, Query{Columns: []string{"text"}, RowGroups: []int{3}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer scan.Close()
	_, err = scan.Next(t.Context())
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), "some/file: row group 3, column text, byte ") {
		t.Error(err)
	}
}

type errReader struct{ err error }

func (r errReader) Read([]byte) (int, error) { return 0, r.err }

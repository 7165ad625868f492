package parquet

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

// counter is a file in memory that notes which ranges are read.
type counter struct {
	data []byte

	mu     sync.Mutex
	ranges [][2]int64
	opened int
	closed int
}

func (c *counter) file(name string) File {
	return File{Name: name, Size: int64(len(c.data)), Range: c.open}
}

func (c *counter) open(ctx context.Context, offset, length int64) (io.ReadCloser, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ranges = append(c.ranges, [2]int64{offset, length})
	c.opened++
	return &countedBody{Reader: bytes.NewReader(c.data[offset : offset+length]), counter: c}, nil
}

func (c *counter) bytes() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	var n int64
	for _, r := range c.ranges {
		n += r[1]
	}
	return n
}

type countedBody struct {
	io.Reader
	counter *counter
}

func (b *countedBody) Close() error {
	b.counter.mu.Lock()
	defer b.counter.mu.Unlock()
	b.counter.closed++
	return nil
}

// readSlices reads the file through slices and returns all rows of the columns (nil: all) as one table.
func readSlices(t testing.TB, f File, q Query, o Options) (arrow.Table, error) {
	t.Helper()
	ctx := t.Context()
	footer, err := NewFooters(0).Read(ctx, f)
	if err != nil {
		return nil, err
	}
	schema, err := footer.Schema()
	if err != nil {
		return nil, err
	}
	if q.Columns == nil {
		q.Columns = footer.ColumnNames()
	}
	q.Nanoseconds = true // The schema has them.
	scan, err := NewScan(ctx, f, footer, q, o)
	if err != nil {
		return nil, err
	}
	defer scan.Close()
	var fields []arrow.Field
	for _, c := range scan.plan.selection.columns {
		field, _ := schema.FieldsByName(c.name)
		fields = append(fields, field[0])
	}
	var batches []arrow.RecordBatch
	for {
		slice, err := scan.Next(ctx)
		if err == io.EOF {
			return array.NewTableFromRecords(arrow.NewSchema(fields, nil), batches), nil
		}
		if err != nil {
			return nil, err
		}
		more, err := decode(ctx, slice)
		if closeErr := slice.Close(); closeErr != nil {
			t.Errorf("close: %v", closeErr)
		}
		if err != nil {
			return nil, err
		}
		batches = append(batches, more...)
	}
}

func decode(ctx context.Context, s *Slice) ([]arrow.RecordBatch, error) {
	r, err := s.Records(ctx, 1000)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var batches []arrow.RecordBatch
	for {
		b, err := r.Next()
		if err == io.EOF {
			return batches, nil
		}
		if err != nil {
			return nil, err
		}
		batches = append(batches, b)
	}
}

// readWhole reads the file with pqarrow, without slices.
func readWhole(data []byte) (table arrow.Table, err error) {
	defer guard(&err)
	r, err := file.NewParquetReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	defer r.Close()
	ar, err := pqarrow.NewFileReader(r, pqarrow.ArrowReadProperties{BatchSize: 1000}, memory.DefaultAllocator)
	if err != nil {
		return nil, err
	}
	table, err = ar.ReadTable(context.Background())
	if err != nil {
		return nil, err
	}
	return table, nil
}

// rowTexts is the values of each row as text.
func rowTexts(t arrow.Table) []string {
	out := make([]strings.Builder, t.NumRows())
	for c := range int(t.NumCols()) {
		row := 0
		for _, chunk := range t.Column(c).Data().Chunks() {
			for i := range chunk.Len() {
				if !chunk.IsNull(i) {
					out[row].WriteString(chunk.ValueStr(i))
				} else {
					out[row].WriteString("∅")
				}
				out[row].WriteByte('|')
				row++
			}
		}
	}
	texts := make([]string, len(out))
	for i := range out {
		texts[i] = out[i].String()
	}
	return texts
}

const parquetTesting = "../../../shared/data/parquet-testing"

func TestParquetTestingData(t *testing.T) {
	t.Parallel()
	var paths []string
	for _, p := range []string{"data/*.parquet", "data/*/*.parquet"} {
		found, _ := filepath.Glob(filepath.Join(parquetTesting, p))
		paths = append(paths, found...)
	}
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
			c := &counter{data: data}
			got, err := readSlices(t, c.file(path), Query{}, Options{})
			want, wantErr := readWhole(data)
			switch {
			case err != nil && wantErr != nil:
				t.Logf("neither reads: %v\n%v", err, wantErr)
			case err != nil:
				t.Errorf("slices: %v", err)
			case wantErr != nil:
				t.Logf("only slices read it, pqarrow: %v", wantErr)
			default:
				g, w := rowTexts(got), rowTexts(want)
				if filepath.Base(path) == "old_list_structure.parquet" {
					w = []string{"[[1,2],[3,4]]|"} // pqarrow takes the inner lists for structs.
				}
				if len(g) != len(w) {
					t.Fatalf("%d rows, want %d", len(g), len(w))
				}
				for i := range g {
					// INT96 has no zone; pqarrow gives it one.
					if g[i] != w[i] && g[i] != strings.ReplaceAll(w[i], "Z|", "|") {
						t.Fatalf("row %d:\n%s\nwant\n%s", i, g[i], w[i])
					}
				}
			}
			var named *Error
			if err != nil && !errors.As(err, &named) {
				t.Errorf("%v does not name the file", err)
			}
		})
	}
}

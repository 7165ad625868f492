package source

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/hfspark/hfspark/hub"
)

// tarOf makes a tar archive of names and contents.
func tarOf(t testing.TB, members ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for i := 0; i+1 < len(members); i += 2 {
		if err := w.WriteHeader(&tar.Header{Name: members[i], Size: int64(len(members[i+1])), Mode: 0o644}); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, members[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gzipped(t testing.TB, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestDamagedTars(t *testing.T) {
	t.Parallel()
	good := tarOf(t, "a.txt", strings.Repeat("x", 2000), "b.txt", "y")
	header := bytes.Clone(good)
	copy(header[2560:], "garbage garbage garbage")
	for name, c := range map[string]struct {
		content []byte
		want    string
	}{
		"empty":              {nil, "data file train.tar is empty"},
		"cut in a member":    {good[:1500], `data file train.tar is cut off after the member "a.txt"`},
		"cut after a member": {good[:512+2000+3], `data file train.tar is cut off after the member "a.txt"`},
		"cut in a header":    {good[:2560+100], "data file train.tar is cut off"},
		"damaged header":     {header, `data file train.tar is not a valid tar archive, or damaged, after the member "a.txt"`},
		"text":               {[]byte(strings.Repeat("no tar at all", 100)), "data file train.tar is not a valid tar archive"},
		"zip":                {[]byte("PK\x03\x04 and so on"), "begins like another kind of archive"},
		"cut gzip":           {gzipped(t, good)[:40], "data file train.tar is cut off"},
		"path tricks":        {tarOf(t, "a/../../b.txt", "x"), `has a member named "a/../../b.txt", as if it lay outside of the archive`},
		"absolute path":      {tarOf(t, "/b.txt", "x"), `has a member named "/b.txt"`},
		"bad JSON":           {tarOf(t, "a.json", `{"a":`), `data file train.tar, sample "a", file "json": the JSON text`},
		"bad array":          {tarOf(t, "a.npy", "x"), `sample "a", file "npy": it is not a NumPy array`},
		"PyTorch":            {tarOf(t, "a.pth", "x"), "tensors of PyTorch (.pth) are pickles"},
		"absurd array":       {tarOf(t, "a.npy", "\x93NUMPY\x01\x00\x50\x00{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000, 1000000000), }    \n"), "shape"},
		"mixed JSON":         {tarOf(t, "a.json", `[1,"x"]`), "values of different types"},
		"damaged gz member":  {tarOf(t, "a.txt.gz", "no gzip"), `sample "a", file "txt.gz"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := memFiles{"train.tar": c.content}
			_, _, err := m.table(m.subset("webdataset", nil, "train.tar"), Request{})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

// TestTarsThatEndOddly reads archives with something behind their end, or with none.
func TestTarsThatEndOddly(t *testing.T) {
	t.Parallel()
	one := tarOf(t, "a.txt", "x")
	withoutEnd := one[:1024]
	for name, c := range map[string]struct {
		content []byte
		warning string
	}{
		"one":           {one, ""},
		"padded":        {append(bytes.Clone(one), make([]byte, 20000)...), ""},
		"two":           {append(bytes.Clone(one), one...), "follows the end"},
		"two packed":    {gzipped(t, append(bytes.Clone(one), one...)), "follows the end"},
		"no end":        {withoutEnd, "members may be missing"},
		"no end packed": {gzipped(t, withoutEnd), ""}, // The checksum of the packed data says that it is whole.
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			m := memFiles{"train.tar": c.content}
			s := m.services()
			s.Logger = slog.New(slog.NewTextHandler(&log, nil))
			subset := m.subset("webdataset", nil, "train.tar")
			schema, err := webDatasetFormat{}.Schema(t.Context(), s, subset)
			if err != nil {
				t.Fatal(err)
			}
			reader, err := webDatasetFormat{}.Open(t.Context(), s, partitions(subset, subset.Resolution.Splits[0], schema, s.Progress)[0], Request{Columns: []string{"txt"}})
			if err != nil {
				t.Fatal(err)
			}
			rows, err := drain(reader)
			if err != nil || len(rows) != 1 || !strings.Contains(log.String(), c.warning) || c.warning == "" && log.Len() > 0 {
				t.Errorf("%v, %v; %s", rows, err, log.String())
			}
		})
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func TestBombsAreRefused(t *testing.T) {
	t.Parallel()
	u := &unpackedReader{Reader: zeros{}, packed: &countedReader{read: 10 << 10}}
	if n, err := io.Copy(io.Discard, u); !errors.Is(err, errBomb) || n > bombFree+1<<20 {
		t.Errorf("%d bytes, %v", n, err)
	}
}

// countedMem counts what is fetched of memFiles.
type countedMem struct {
	memFiles
	mu     sync.Mutex
	ranges map[string][]string
}

func (c *countedMem) Range(ctx context.Context, f hub.File, offset, length int64) (io.ReadCloser, error) {
	c.mu.Lock()
	if c.ranges == nil {
		c.ranges = map[string][]string{}
	}
	c.ranges[f.Path] = append(c.ranges[f.Path], fmt.Sprintf("%d+%d", offset, length))
	c.mu.Unlock()
	return c.memFiles.Range(ctx, f, offset, length)
}

// TestLongMembersArePassedOver reads one column of an archive whose other members are long.
func TestLongMembersArePassedOver(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 3<<20)
	m := memFiles{"train.tar": tarOf(t, "a.txt", "1", "a.bin", long, "b.txt", "2", "b.bin", long, "c.txt", "3", "c.bin", long)}
	files := &countedMem{memFiles: m}
	s := m.services()
	s.Files = countedFiles{files, s.Progress}
	subset := m.subset("webdataset", nil, "train.tar")
	schema, err := webDatasetFormat{}.Schema(t.Context(), s, subset)
	if err != nil {
		t.Fatal(err)
	}
	for _, columns := range [][]string{{"txt"}, {"__key__"}, nil} {
		before := s.Progress.Progress().BytesFetched
		reader, err := webDatasetFormat{}.Open(t.Context(), s, partitions(subset, subset.Resolution.Splits[0], schema, s.Progress)[0], Request{Columns: columns})
		if err != nil {
			t.Fatal(err)
		}
		rows, err := drain(reader)
		if err != nil || len(rows) != 3 {
			t.Errorf("%v: %v, %v", columns, rows, err)
		}
		if fetched := s.Progress.Progress().BytesFetched - before; fetched > 1<<20 {
			t.Errorf("%v: fetched %d bytes of %d", columns, fetched, len(m["train.tar"]))
		}
	}
}

// folderTable plans the split train of a folder and reads it.
func (c *countedMem) folderTable(t *testing.T, subset Subset, r Request) ([][]any, error) {
	t.Helper()
	format, err := formatOf(subset.Resolution.Format)
	if err != nil {
		t.Fatal(err)
	}
	s := c.services()
	s.Files = c
	schema, parts, err := planSplit(t.Context(), s, format, subset, subset.Resolution.Splits[0], Options{})
	if err != nil {
		return nil, err
	}
	c.ranges = nil
	if r.Columns == nil {
		r.Columns = fieldNames(schema)
	}
	var rows [][]any
	for _, planned := range parts {
		text, err := json.Marshal(planned) // It travels to another machine.
		var p Partition
		if err := errors.Join(err, json.Unmarshal(text, &p)); err != nil {
			t.Fatal(err)
		}
		reader, err := format.Open(t.Context(), s, p, r)
		if err != nil {
			return nil, err
		}
		got, err := drain(reader)
		rows = append(rows, got...)
		if err != nil {
			return rows, err
		}
	}
	return rows, nil
}

func TestFoldersFetchWhatIsAsked(t *testing.T) {
	t.Parallel()
	m := memFiles{"cat/1.png": []byte("c1"), "cat/2.png": []byte("c2"), "dog/1.png": []byte("d1"), "dog/2.png": nil}
	subset := m.subset("imagefolder", nil, "cat/1.png", "cat/2.png", "dog/1.png", "dog/2.png")
	for name, c := range map[string]struct {
		request Request
		rows    int
		fetched int
	}{
		"all":          {Request{}, 4, 4},
		"count":        {Request{Columns: []string{}}, 4, 0},
		"labels":       {Request{Columns: []string{"label"}}, 4, 0},
		"paths":        {Request{Columns: []string{"image", "label"}, PathsOnly: []string{"image"}}, 4, 0},
		"limit":        {Request{Columns: []string{"image"}, Limit: 1}, 1, 1},
		"a class":      {Request{Columns: []string{"image"}, Filters: Compare{Column: "label", Operator: Equal, Value: int64(1)}}, 2, 2},
		"pruned":       {Request{Columns: []string{"image"}, Prune: Compare{Column: "label", Operator: Equal, Value: int64(1)}}, 2, 2},
		"pruned count": {Request{Columns: []string{"label"}, Filters: Compare{Column: "label", Operator: Less, Value: int64(0)}}, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := &countedMem{memFiles: m}
			rows, err := files.folderTable(t, subset, c.request)
			if err != nil || len(rows) != c.rows || len(files.ranges) != c.fetched {
				t.Errorf("%d rows, fetched %v, %v", len(rows), files.ranges, err)
			}
		})
	}
}

func TestPartitionsOfFolders(t *testing.T) {
	t.Parallel()
	m := memFiles{"metadata.csv": []byte("n,file_name\n")}
	var paths []string
	for i := range 2500 {
		name := fmt.Sprintf("%04d.png", i)
		m[name] = []byte(name)
		paths = append(paths, name)
		m["metadata.csv"] = append(m["metadata.csv"], fmt.Sprintf("%d,%s\n", i, name)...)
	}
	for _, withMetadata := range []bool{false, true} {
		all := paths
		if withMetadata {
			all = append(all[:len(all):len(all)], "metadata.csv")
		}
		format, subset := folderFormat{folderOf("imagefolder")}, m.subset("imagefolder", nil, all...)
		_, parts, err := format.Plan(t.Context(), m.services(), subset)
		if err != nil || len(parts) != 3 {
			t.Fatalf("%d partitions, %v", len(parts), err)
		}
		files := &countedMem{memFiles: m}
		rows, err := files.folderTable(t, subset, Request{Columns: []string{"image"}})
		if err != nil || len(rows) != 2500 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		for i, row := range rows {
			if text := fmt.Sprint(row); !strings.Contains(text, paths[i]) {
				t.Fatalf("row %d is %s", i, text)
			}
		}
	}
}

func TestDamagedFolders(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.Create("../1.png")
	if err == nil {
		_, err = io.WriteString(f, "x")
	}
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		files memFiles
		want  string
	}{
		"empty metadata":   {memFiles{"1.png": nil, "metadata.csv": nil}, "metadata file metadata.csv is empty"},
		"broken metadata":  {memFiles{"1.png": nil, "metadata.jsonl": []byte(`{"file_name": "1.png"`)}, "metadata.jsonl"},
		"broken parquet":   {memFiles{"1.png": nil, "metadata.parquet": []byte("PAR1")}, "metadata.parquet"},
		"names twice":      {memFiles{"1.png": nil, "metadata.csv": []byte("file_name,image\n1.png,x\n")}, `two columns would be called "image"`},
		"number for names": {memFiles{"1.png": nil, "metadata.csv": []byte("file_name\n1\n")}, "must be present as dictionary key in metadata files"},
		"path tricks":      {memFiles{"images.zip": b.Bytes()}, "data file images.zip: not a valid zip archive"},
		"cut zip":          {memFiles{"images.zip": b.Bytes()[:30]}, "data file images.zip: not a valid zip archive"},
		"no zip":           {memFiles{"images.zip": nil}, "data file images.zip: not a valid zip archive"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var paths []string
			for name := range c.files {
				paths = append(paths, name)
			}
			files := &countedMem{memFiles: c.files}
			if _, err := files.folderTable(t, c.files.subset("imagefolder", nil, paths...), Request{}); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

func FuzzWebDataset(f *testing.F) {
	f.Add(tarOf(f, "a.txt", "x", "a.json", `{"a":[1]}`, "b.txt", "y"))
	f.Add(gzipped(f, tarOf(f, "a.cls", "1")))
	f.Fuzz(func(t *testing.T, content []byte) {
		m := memFiles{"train.tar": content}
		_, _, _ = m.table(m.subset("webdataset", nil, "train.tar"), Request{}) // It must end, without a panic.
	})
}

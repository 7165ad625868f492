package source

import (
	"bytes"
	stdcmp "cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/google/go-cmp/cmp"

	"github.com/hfspark/hfspark/hub"
	"github.com/hfspark/hfspark/hub/localhub"
)

// counted is a Source of a Hub in a folder whose requests can be counted.
type counted struct {
	*Source
	url     string
	clients []*hub.Client
}

// startHub serves a folder.
func startHub(t *testing.T, root string) string {
	t.Helper()
	server, err := localhub.Start(context.Background(), localhub.Options{Root: root, Listen: "127.0.0.1:0", StorageListen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return server.URL()
}

// newCounted makes a Source for the Hub at an address. Each has clients of its own, as one on another machine has.
func newCounted(t *testing.T, url string, config Config) *counted {
	t.Helper()
	c := &counted{url: url}
	config.Client = func(endpoint, token string) (*hub.Client, error) {
		client, err := hub.New(hub.Options{Endpoint: stdcmp.Or(endpoint, url), Token: token, Anonymous: token == ""})
		c.clients = append(c.clients, client)
		return client, err
	}
	c.Source = New(config)
	t.Cleanup(func() {
		for _, client := range c.clients {
			client.CloseIdleConnections()
		}
	})
	return c
}

func (c *counted) stats() (sum hub.Stats) {
	for _, client := range c.clients {
		s := client.Stats()
		sum.APIRequests += s.APIRequests
		sum.FileRequests += s.FileRequests
		sum.StorageRequests += s.StorageRequests
		sum.BytesFetched += s.BytesFetched
	}
	return sum
}

func travelled(t *testing.T, p Partition) Partition {
	t.Helper()
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var out Partition
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func numbered(format string, n int) string {
	var out strings.Builder
	for i := range n {
		fmt.Fprintf(&out, format, i)
	}
	return out.String()
}

// TestPartitionSizes splits and packs, sends the partitions to another machine, and reads the same rows there with no request but for
// the bytes of files.
func TestPartitionSizes(t *testing.T) {
	t.Parallel()
	schema := arrow.NewSchema([]arrow.Field{{Name: "n", Type: arrow.PrimitiveTypes.Int64, Nullable: true}}, nil)
	table := string(parquetFile(t, schema, 100, numbered(`{"n":%d}`+"\n", 1000)))
	lines := numbered(`{"n":%d}`+"\n", 1000)
	small := map[string]string{}
	for i := range 10 {
		small[fmt.Sprintf("data/train-%02d.jsonl", i)] = strings.Repeat(fmt.Sprintf(`{"n":%d}`+"\n", i), 100)
	}
	for name, c := range map[string]struct {
		files      map[string]string
		options    map[string]string
		partitions int
		format     string
	}{
		"whole":              {map[string]string{"train.jsonl": lines}, nil, 1, ""},
		"lines":              {map[string]string{"train.jsonl": lines}, map[string]string{"max_partition_bytes": "1000"}, 10, ""},
		"tiny ranges":        {map[string]string{"train.jsonl": lines}, map[string]string{"max_partition_bytes": "29"}, 342, ""},
		"mark":               {map[string]string{"train.jsonl": "\ufeff" + lines}, map[string]string{"max_partition_bytes": "6KB"}, 2, ""},
		"text":               {map[string]string{"train.txt": numbered("line %d\r\n", 500)}, map[string]string{"max_partition_bytes": "512"}, 10, ""},
		"no last line break": {map[string]string{"train.txt": strings.TrimSuffix(numbered("line %d\n", 500), "\n")}, map[string]string{"max_partition_bytes": "512"}, 9, ""},
		"one line":           {map[string]string{"train.txt": strings.Repeat("x", 300_000)}, map[string]string{"max_partition_bytes": "10kB"}, 30, ""},
		"no line break at 1": {map[string]string{"train.txt": numbered("line %d\r", 500)}, map[string]string{"max_partition_bytes": "512"}, 9, ""},
		"paragraphs":         {map[string]string{"train.txt": numbered("line %d\n\n", 500)}, map[string]string{"max_partition_bytes": "512", "sample_by": "paragraph"}, 1, ""},
		"other encoding":     {map[string]string{"train.txt": numbered("line %d\n", 500)}, map[string]string{"max_partition_bytes": "512", "encoding": "utf-16-le", "encoding_errors": "replace"}, 1, ""},
		"array":              {map[string]string{"train.json": "[" + strings.ReplaceAll(strings.TrimSpace(lines), "\n", ",\n") + "]"}, map[string]string{"max_partition_bytes": "1000"}, 1, ""},
		"lines in .json":     {map[string]string{"train.json": lines}, map[string]string{"max_partition_bytes": "1000"}, 10, ""},
		"several lines":      {map[string]string{"train.json": numbered("{\n\"n\":%d\n}\n", 500)}, map[string]string{"max_partition_bytes": "1000"}, 1, ""},
		"packed by gzip":     {map[string]string{"train.jsonl.gz": string(gzipped(t, []byte(lines)))}, map[string]string{"max_partition_bytes": "100"}, 1, ""},
		"CSV":                {map[string]string{"train.csv": "n\n" + numbered("%d\n", 500)}, map[string]string{"max_partition_bytes": "100"}, 19, ""},
		"packed CSV":         {map[string]string{"train.csv.gz": string(gzipped(t, []byte("n\n"+numbered("%d\n", 500))))}, map[string]string{"max_partition_bytes": "100"}, 1, ""},
		"row groups":         {map[string]string{"train.parquet": table}, map[string]string{"max_partition_bytes": "1"}, 10, ""},
		"row group each":     {map[string]string{"train.parquet": table}, map[string]string{"max_partition_bytes": "2000"}, 5, ""},
		"small files":        {small, nil, 10, ""},
		"in pairs":           {small, map[string]string{"min_partition_bytes": "1500"}, 5, ""},
		"all in one":         {small, map[string]string{"min_partition_bytes": "1MB"}, 1, ""},
		"both":               {small, map[string]string{"min_partition_bytes": "1.5kB", "max_partition_bytes": "1.5kB"}, 10, ""},
		"both, more room":    {small, map[string]string{"min_partition_bytes": "1.6kB", "max_partition_bytes": "2kB"}, 5, ""},
		"two Parquet files":  {map[string]string{"data/train-0.parquet": table, "data/train-1.parquet": table}, map[string]string{"min_partition_bytes": "1GB"}, 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := startHub(t, writeRepo(t, c.files))
			driver := newCounted(t, url, Config{})
			options := map[string]string{"path": "user/repo"}
			whole := mustTable(t, driver.Source, options)
			for k, v := range c.options {
				options[k] = v
				if k != maxPartitionBytes && k != minPartitionBytes {
					whole = mustTable(t, driver.Source, map[string]string{"path": "user/repo", "sample_by": "paragraph"})
				}
			}
			if _, ok := c.options["encoding"]; ok {
				whole = mustTable(t, driver.Source, map[string]string{"path": "user/repo", "encoding": c.options["encoding"], "encoding_errors": "replace"})
			}
			want := rowsOf(t, driver.Source, whole)
			planned := mustTable(t, driver.Source, options)
			if len(planned.Partitions) != c.partitions {
				t.Errorf("%d partitions, want %d", len(planned.Partitions), c.partitions)
			}
			var bytes int64
			for i, p := range planned.Partitions {
				bytes += p.DataSize()
				planned.Partitions[i] = travelled(t, p)
			}
			if listed := whole.Progress().BytesListed; bytes > listed || !strings.Contains(name, "ow group") && bytes != listed {
				t.Errorf("the partitions have %d bytes, the files %d", bytes, listed)
			}
			worker := newCounted(t, url, Config{})
			if diff := cmp.Diff(want, rowsOf(t, worker.Source, planned)); diff != "" {
				t.Error(diff)
			}
			if stats := worker.stats(); stats.APIRequests != 0 {
				t.Errorf("reading partitions took %d requests to the API", stats.APIRequests)
			}
		})
	}
}

// rowsOf are the rows of a table, whatever its format, as decoded rows.
func rowsOf(t *testing.T, s *Source, table *Table) (rows [][]any) {
	t.Helper()
	for _, p := range table.Partitions {
		reader, err := s.Read(context.Background(), p, "", Request{Columns: fieldNames(table.Schema), Filters: table.Filters, Decode: true})
		if err != nil {
			t.Fatal(err)
		}
		got, err := drain(reader)
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, got...)
	}
	return rows
}

// TestPackedLimits reads a packed partition with limits, filters and without columns.
func TestPackedLimits(t *testing.T) {
	t.Parallel()
	s := newSource(t, writeRepo(t, map[string]string{"train-0.csv": "n\n1\n2\n", "train-1.csv": "n\n3\n4\n", "train-2.csv": "n\n5\n"}))
	table := mustTable(t, s, map[string]string{"path": "user/repo", "min_partition_bytes": "1KiB"})
	if len(table.Partitions) != 1 || table.Files() != 3 {
		t.Fatalf("%d partitions of %d files", len(table.Partitions), table.Files())
	}
	for name, c := range map[string]struct {
		request Request
		want    [][]any
	}{
		"all":      {Request{Columns: []string{"n"}}, [][]any{{int64(1)}, {int64(2)}, {int64(3)}, {int64(4)}, {int64(5)}}},
		"limit":    {Request{Columns: []string{"n"}, Limit: 3}, [][]any{{int64(1)}, {int64(2)}, {int64(3)}}},
		"filtered": {Request{Columns: []string{"n"}, Filters: Compare{Column: "n", Operator: Greater, Value: int64(2)}}, [][]any{{int64(3)}, {int64(4)}, {int64(5)}}},
		"count":    {Request{}, [][]any{nil, nil, nil, nil, nil}},
	} {
		reader, err := s.Read(context.Background(), table.Partitions[0], "", c.request)
		if err != nil {
			t.Fatal(err)
		}
		got, err := drain(reader)
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
	if p := table.Progress(); p.FilesDone != 12 {
		t.Errorf("%d files are done after 4 reads of 3", p.FilesDone)
	}
}

// TestSplitOfSeveralLines checks that rows of several lines, of which the first line told nothing, are an error rather than lost.
func TestSplitOfSeveralLines(t *testing.T) {
	t.Parallel()
	head := `{"a":0}` + "\n"
	for _, tail := range []string{"{\n\"a\":\n1\n}\n", "{\"a\":1,\"b\":[\n[1],\n[2]\n]}\n", "{\"a\":1,\"b\":{\"c\":[\n{\"a\":1}\n]}}\n"} {
		content := head + strings.Repeat(tail, 20)
		s := newSource(t, writeRepo(t, map[string]string{
			"README.md": "---\nconfigs:\n- config_name: default\n  data_files: t.jsonl\n  features:\n  - name: a\n    dtype: int64\n---\n", "t.jsonl": content,
		}))
		for size := 8; size < 100; size += 7 {
			err := tableError(s, map[string]string{"path": "user/repo", "max_partition_bytes": strconv.Itoa(size)})
			if err == nil || !strings.Contains(err.Error(), "without the option max_partition_bytes") && !strings.Contains(err.Error(), `column "b"`) {
				t.Errorf("%q in parts of %d bytes: %v", tail, size, err)
			}
		}
	}
}

func TestPartitionErrors(t *testing.T) {
	t.Parallel()
	s := newSource(t, writeRepo(t, map[string]string{"train.txt": strings.Repeat("x\n", 10_000)}))
	for want, options := range map[string]map[string]string{
		"would make 20000 partitions": {"max_partition_bytes": "1"},
		"more than max_partition":     {"max_partition_bytes": "1", "min_partition_bytes": "2"},
		`"-1" is no size`:             {"max_partition_bytes": "-1"},
		`"0" is no size`:              {"min_partition_bytes": "0"},
		`"many" is no size`:           {"min_partition_bytes": "many"},
		`"" is no size`:               {"max_partition_bytes": ""},
	} {
		options["path"] = "user/repo"
		if err := tableError(s, options); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %s", options, err, want)
		}
	}
}

// TestLineRanges cuts random texts at random places.
func TestLineRanges(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		var text []byte
		for range random.IntN(60) {
			text = append(text, "ab\n\n"[random.IntN(4)])
		}
		cuts := []int64{0}
		for at := int64(0); at < int64(len(text)); cuts = append(cuts, at) {
			at = min(at+1+random.Int64N(9), int64(len(text)))
		}
		var got []byte
		for i := range len(cuts) - 1 {
			p := Partition{Path: filepath.Base("x"), Size: int64(len(text)), Lines: &ByteRange{From: cuts[i], To: cuts[i+1]}}
			m := memFiles{"x": text}
			body, err := m.services().lines(p).open(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			part, err := io.ReadAll(body)
			if err != nil {
				t.Fatal(err)
			}
			if len(part) > 0 && len(got) > 0 && got[len(got)-1] != '\n' {
				t.Fatalf("%q: a part begins inside of a line", text)
			}
			got = append(got, part...)
		}
		if !bytes.Equal(got, text) {
			t.Fatalf("%q in parts at %v: %q", text, cuts, got)
		}
	}
}

// TestFetchAhead reads many small files of a distant Hub, of which one is large and one is broken.
func TestFetchAhead(t *testing.T) {
	t.Parallel()
	m := memFiles{}
	var parts []Partition
	for i := range 100 {
		name, size := fmt.Sprint(i), 10
		if i == 50 {
			size = aheadFile + 1
		}
		m[name] = bytes.Repeat([]byte{byte(i)}, size)
		parts = append(parts, Partition{Path: name, Size: int64(size)})
	}
	slow := &slowFiles{Files: m, wait: make(chan struct{})}
	a := newFetchAhead(t.Context(), slow, parts, 8)
	defer a.close()
	close(slow.wait)
	for i, p := range parts {
		if i == 20 {
			continue // It was left out.
		}
		body, err := a.Range(t.Context(), p.File(), 0, -1)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(body)
		if err != nil || !bytes.Equal(got, m[p.Path]) {
			t.Errorf("file %d: %d bytes, error %v", i, len(got), err)
		}
	}
	if n := slow.requests.Load(); n != 100 {
		t.Errorf("%d requests for 100 files", n)
	}
	delete(m, "7")
	broken := newFetchAhead(t.Context(), m, parts, 8)
	defer broken.close()
	for i := range 8 {
		_, err := broken.Range(t.Context(), parts[i].File(), 0, -1)
		if (err != nil) != (i == 7) {
			t.Errorf("file %d: %v", i, err)
		}
	}
}

// slowFiles answers after wait is closed.
type slowFiles struct {
	Files
	wait     chan struct{}
	requests atomic.Int64
}

func (s *slowFiles) Range(ctx context.Context, f hub.File, offset, length int64) (io.ReadCloser, error) {
	s.requests.Add(1)
	<-s.wait
	return s.Files.Range(ctx, f, offset, length)
}

package engine

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/hfspark/hfspark/internal/engine/duckdb"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/source"
	"github.com/hfspark/hfspark/source/parquet"
)

// parquetTesting is the folder of Apache's files for tests of Parquet, beside the checkout; not every machine has it.
const parquetTesting = "../../../shared/data/parquet-testing"

// The environment of the tests of mutated files.
const (
	mutationsVariable = "HFSPARK_TEST_MUTATIONS"      // how many of each file; default 3
	seedVariable      = "HFSPARK_TEST_MUTATIONS_SEED" // default 1
	fromVariable      = "HFSPARK_TEST_MUTATIONS_FROM" // makes a child process of the test: the first mutation to read
)

// mutationMemory bounds what reading a small damaged file may take, in MiB of resident memory. The engine itself takes about 150.
const mutationMemory = 900

// TestMutatedFiles reads damaged variants of Parquet files through DuckDB: each must be an error that names the file, or have as
// many rows as its footer says. It reads in a child process, so that a crash of a decoder shows which file brought it about.
func TestMutatedFiles(t *testing.T) {
	files := testingFiles(t)
	if text := os.Getenv(fromVariable); text != "" {
		readMutations(t, files, number(t, text))
		return
	}
	t.Parallel()
	total := len(files) * mutationsOfFile(t)
	for next := 0; next < total; {
		done, last, log := readInChild(t, next)
		if done {
			return
		}
		t.Errorf("mutation %d of %s ended the process:\n%s", last, path.Base(files[last%len(files)]), log)
		next = last + 1
	}
}

func mutationsOfFile(t *testing.T) int {
	if text := os.Getenv(mutationsVariable); text != "" {
		return number(t, text)
	}
	return 3
}

func number(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func testingFiles(t *testing.T) []string {
	t.Helper()
	var files []string
	for _, pattern := range []string{"data/*.parquet", "data/geospatial/*.parquet", "bad_data/*.parquet"} {
		found, err := filepath.Glob(filepath.Join(parquetTesting, pattern))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	if len(files) == 0 {
		t.Skip("no parquet-testing data")
	}
	return files
}

// readInChild reads the mutations from first on in a process of its own. It returns the last that was begun, and the end of what the
// process said where that is not done.
func readInChild(t *testing.T, first int) (done bool, last int, log string) {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestMutatedFiles$", "-test.count=1", "-test.timeout=0")
	child.Env = append(os.Environ(), fromVariable+"="+strconv.Itoa(first))
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	var failed bytes.Buffer // written by a goroutine of the child's, until Wait
	child.Stderr = &failed
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	last = first
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		switch word, rest, _ := strings.Cut(lines.Text(), " "); word {
		case "begin":
			last = number(t, rest)
		case "wrong":
			t.Error(rest)
		case "done":
			done = true
		default:
			said.WriteString(lines.Text() + "\n")
		}
	}
	if err := errors.Join(lines.Err(), child.Wait()); err != nil {
		said.WriteString(err.Error())
		done = false
	}
	text := said.String() + failed.String()
	return done, last, text[max(0, len(text)-3000):]
}

// readMutations is the child's part.
func readMutations(t *testing.T, files []string, first int) {
	server := &mutationServer{}
	hub := httptest.NewServer(server)
	defer hub.Close()
	tables := source.New(source.Config{Endpoint: hub.URL})
	e := openEngine(t, Config{Source: tables, Threads: 2})
	contents := make([][]byte, len(files))
	for i, name := range files {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		contents[i] = content
	}
	seed := uint64(1)
	if text := os.Getenv(seedVariable); text != "" {
		seed = uint64(number(t, text))
	}
	for i := first; i < len(files)*mutationsOfFile(t); i++ {
		fmt.Println("begin", i)
		name := path.Base(files[i%len(files)])
		server.content = mutate(contents[i%len(files)], rand.New(rand.NewPCG(seed, uint64(i))))
		server.name = fmt.Sprintf("data/%d/%s", i, name)
		resetPeak()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		rows, want, err := readMutation(ctx, e, server, hub.URL)
		cancel()
		if problem := judge(server.name, rows, want, err); problem != "" {
			fmt.Printf("wrong mutation %d of %s: %s\n", i, name, problem)
		}
		if peak := peakMemory(); peak > mutationMemory {
			fmt.Printf("wrong mutation %d of %s: it took %d MiB: %v\n", i, name, peak, err)
		}
	}
	fmt.Println("done")
}

func judge(name string, rows, want int64, err error) string {
	switch {
	case err == nil && rows != want:
		return fmt.Sprintf("%d rows, and the footer says %d", rows, want)
	case err == nil:
		return ""
	case errors.Is(err, context.DeadlineExceeded):
		return "it takes more than a minute"
	case errors.Is(err, duckdb.ErrNanoseconds), errors.Is(err, duckdb.ErrNullKey):
		return "" // It names the column, or the map.
	case !strings.Contains(err.Error(), name):
		return "the error does not name the file: " + err.Error()
	case strings.Contains(err.Error(), "INTERNAL"):
		return err.Error()
	}
	return ""
}

// mutate damages a file in one to three places: in its pages more often than in its footer.
func mutate(content []byte, r *rand.Rand) []byte {
	out := slices.Clone(content)
	footer := len(out) - 8
	if footer < 8 {
		return out
	}
	if n := int(uint32(out[footer]) | uint32(out[footer+1])<<8 | uint32(out[footer+2])<<16); n < footer-4 {
		footer -= n
	}
	for range 1 + r.IntN(3) {
		at := 4 + r.IntN(footer-4)
		switch r.IntN(4) {
		case 0:
			at = footer + r.IntN(len(out)-footer)
		case 1: // Heads of pages and levels are at the beginning of chunks.
			at = 4 + r.IntN(min(footer-4, 200))
		}
		switch r.IntN(6) {
		case 0:
			out[at] = byte(r.Uint32())
		case 1:
			out[at] ^= 1 << r.IntN(8)
		case 2:
			out[at]++
		case 3:
			out[at] = 0xff
		case 4:
			clear(out[at:min(at+1+r.IntN(8), len(out))])
		case 5:
			for i := at; i < min(at+1+r.IntN(6), len(out)); i++ {
				out[i] = byte(r.Uint32())
			}
		}
	}
	return out
}

const mutationCommit = "0123456789abcdef0123456789abcdef01234567"

// mutationServer is a Hub of one file.
type mutationServer struct {
	name    string
	content []byte
}

func (s *mutationServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("ETag", strconv.Quote(s.name))
	w.Header().Set("X-Repo-Commit", mutationCommit)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(s.content))
}

// readMutation reads all rows of the file that the server has. want is what its footer says.
func readMutation(ctx context.Context, e *Engine, s *mutationServer, endpoint string) (rows, want int64, err error) {
	footer, err := parquet.NewFooters(0).Read(ctx, parquet.File{
		Name: s.name, Size: int64(len(s.content)),
		Range: func(_ context.Context, offset, length int64) (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader(s.content[offset : offset+length])), nil
		},
	})
	if err != nil {
		return 0, 0, err
	}
	schema, err := footer.Schema()
	if err != nil {
		return 0, 0, err
	}
	converted, err := types.FromArrow(schema)
	if err != nil {
		return 0, 0, fmt.Errorf("%s: %w", s.name, err)
	}
	table := &source.Table{Schema: arrow.NewSchema(schema.Fields(), nil), Partitions: []source.Partition{{
		Endpoint: endpoint, Repository: "t/m", Commit: mutationCommit, Path: s.name, Size: int64(len(s.content)), Format: "parquet",
		Schema: source.Schema{Schema: schema},
	}}}
	n := &typed.Scan{Table: table}
	for i, f := range converted.Fields {
		n.Columns = append(n.Columns, typed.Column{ID: typed.ColumnID(i + 1), Name: f.Name, Type: f.Type, Nullable: true})
		n.Fields = append(n.Fields, i)
	}
	rows, err = countRows(ctx, e, n)
	return rows, footer.Rows(), err
}

func countRows(ctx context.Context, e *Engine, n typed.Node) (rows int64, err error) {
	result, err := e.Run(ctx, Query{Plan: n})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, result.Close()) }()
	for {
		batch, err := result.Next()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		rows += batch.NumRows()
		batch.Release()
	}
}

// resetPeak makes peakMemory count anew, where the system can.
func resetPeak() { _ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) }

// peakMemory is the most memory in MiB that the process has had, or 0 where the system does not tell.
func peakMemory() int {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, _ := strconv.Atoi(strings.Fields(rest)[0])
			return kib >> 10
		}
	}
	return 0
}

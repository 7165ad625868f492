package duckdb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hfspark/hfspark/internal/plan/types"
)

// streaming is a table whose rows are those of a stream, until the worker is asked again.
type streaming struct {
	conn *Connection
	file string
	ctx  context.Context //nolint:containedctx // of the test
}

func (s *streaming) Columns() []TableColumn {
	return []TableColumn{{"n", types.Long}, {"s", types.String}, {"l", types.Array{Element: types.String, ContainsNull: true}}}
}
func (s *streaming) Rows() (int64, bool) { return 0, false }
func (s *streaming) Open(columns []int) (Scan, error) {
	scan := &streamingScan{streaming: s}
	for _, c := range columns {
		scan.places = append(scan.places, int32(c))
	}
	return scan, nil
}

func (s *streaming) open() (*Stream, error) {
	return s.conn.Stream(s.ctx, "n, s, l", "FROM '"+s.file+"'")
}

func streamText(row string) string {
	return "concat(" + row + ", repeat(' and more of it', (" + row + " % 7)::BIGINT))"
}

type streamingScan struct {
	*streaming
	places []int32
}

func (s *streamingScan) Threads() int            { return 1 }
func (s *streamingScan) Worker() (Worker, error) { return &streamingWorker{scan: s}, nil }
func (s *streamingScan) Close()                  {}

type streamingWorker struct {
	scan   *streamingScan
	stream *Stream
}

func (w *streamingWorker) Next([]Vector) (Step, error) {
	if w.stream != nil {
		return Step{}, w.stream.Err()
	}
	var err error
	if w.stream, err = w.scan.open(); err != nil {
		return Step{}, err
	}
	return Step{Stream: w.stream, Places: w.scan.places}, nil
}

func (w *streamingWorker) Close() {
	if w.stream != nil {
		w.stream.Close()
	}
}

func streamDatabase(t *testing.T, rows int) (*Connection, *streaming) {
	t.Helper()
	db, err := Open(map[string]string{"threads": "2", "enable_external_file_cache": "false"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	outer, inner := connect(t, db), connect(t, db)
	file := filepath.Join(t.TempDir(), "t.parquet")
	text := streamText("r")
	err = outer.Exec(t.Context(), fmt.Sprintf("COPY (SELECT r AS n, CASE WHEN r %% 5 = 0 THEN NULL ELSE %s END AS s, [%s, NULL] AS l FROM range(%d) t(r)) TO '%s' (ROW_GROUP_SIZE 10000)",
		text, text, rows, file))
	if err != nil {
		t.Fatal(err)
	}
	table := &streaming{conn: inner, file: file, ctx: t.Context()}
	if err := db.RegisterStreams(outer); err != nil {
		t.Fatal(err)
	}
	if err := db.RegisterTableFunction(outer, "streamed", func(int64) (Table, error) { return table, nil }); err != nil {
		t.Fatal(err)
	}
	return outer, table
}

func connect(t *testing.T, db *Database) *Connection {
	t.Helper()
	c, err := db.Connect()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// Every way of using the rows of a stream gives what the file itself gives: operators that keep rows over many chunks must
// have copied them.
func TestStream(t *testing.T) {
	t.Parallel()
	outer, table := streamDatabase(t, 50_000)
	for _, query := range []string{
		"SELECT count(*), count(s), sum(length(s)), max(s), min(s), bit_xor(hash(n, s, l)) FROM %s",
		"SELECT hash(list(s ORDER BY n)), hash(list(l ORDER BY n)), first(s ORDER BY n), any_value(s ORDER BY n), arg_max(s, n) FROM %s",
		"SELECT bit_xor(hash(n, s, x, y)) FROM (SELECT n, s, lead(s, 3) OVER () AS x, lag(s, 5) OVER () AS y FROM %s)",
		"SELECT bit_xor(hash(a.n, b.s, a.l)) FROM %[1]s a JOIN %[1]s b ON a.n = b.n + 1 WHERE a.s LIKE '%%more%%' OR b.n %% 3 = 1",
		"SELECT hash(list(s)) FROM (SELECT s FROM %s ORDER BY s DESC, n LIMIT 3000)",
		"SELECT bit_xor(hash(n, s)) FROM (SELECT * FROM %[1]s UNION ALL SELECT * FROM %[1]s WHERE n > 100) WHERE n %% 997 = 5",
		"SELECT hash(list(m ORDER BY m)) FROM (SELECT max(s) AS m FROM %s GROUP BY n %% 1000)",
	} {
		results := make([]string, 2)
		for i, from := range []string{"streamed(0)", "'" + table.file + "'"} {
			text := fmt.Sprintf("SELECT x::VARCHAR FROM (%s) x", fmt.Sprintf(query, from))
			if from[0] == 's' && strings.Contains(query, "%[1]s") {
				// One connection serves one stream at a time.
				text = fmt.Sprintf("WITH b AS MATERIALIZED (SELECT * FROM %s) SELECT x::VARCHAR FROM (%s) x", from, fmt.Sprintf(query, "b"))
			}
			results[i] = single(t, outer, text)
		}
		if results[0] != results[1] {
			t.Errorf("%s: the stream gives %s, the file %s", query, results[0], results[1])
		}
	}
}

func single(t *testing.T, c *Connection, query string) string {
	t.Helper()
	rows, err := c.Query(t.Context(), query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	chunk, err := rows.Next(t.Context())
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer chunk.Close()
	return string(values[text](chunk.Vector(0), 0, 1)[0].bytes())
}

// Chunks that were taken outlive the stream, and what nobody took is freed with it.
func TestStreamAbandoned(t *testing.T) {
	t.Parallel()
	_, table := streamDatabase(t, 100_000)
	stream, err := table.open()
	if err != nil {
		t.Fatal(err)
	}
	first, err := stream.Next()
	if err != nil {
		t.Fatal(err)
	}
	second, err := stream.Next()
	if err != nil {
		t.Fatal(err)
	}
	stream.Close()
	defer first.Close()
	defer second.Close()
	for at, held := range map[int]Held{0: first, first.Rows(): second} {
		for row := range held.Rows() {
			if (at+row)%5 == 0 {
				continue
			}
			want := fmt.Sprint(at + row)
			for range (at + row) % 7 {
				want += " and more of it"
			}
			if got := string(values[text](held.Vector(1), row, 1)[0].bytes()); got != want {
				t.Fatalf("row %d is %q, want %q", at+row, got, want)
			}
		}
	}
}

// The texts of a dictionary stay where they are as long as a chunk refers to them.
func TestStreamOfDictionary(t *testing.T) {
	t.Parallel()
	outer, table := streamDatabase(t, 10)
	const rows, distinct = 60_000, 500
	want := func(row int) string { return fmt.Sprintf("a text of a dictionary: %d", row*7919%distinct) }
	err := outer.Exec(t.Context(), fmt.Sprintf("COPY (SELECT CASE WHEN r %% 11 = 0 THEN NULL ELSE 'a text of a dictionary: ' || (r * 7919 %% %d) END AS s FROM range(%d) t(r)) "+
		"TO '%s' (ROW_GROUP_SIZE 20000)", distinct, rows, table.file))
	if err != nil {
		t.Fatal(err)
	}
	stream, err := table.conn.Stream(t.Context(), "r0", "FROM (SELECT "+Referring("s")+" AS r0 FROM '"+table.file+"')")
	if err != nil {
		t.Fatal(err)
	}
	var chunks []Held
	for {
		chunk, err := stream.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		defer chunk.Close()
		chunks = append(chunks, chunk)
	}
	stream.Close()
	// What was freed is used by others.
	single(t, outer, "SELECT hash(list(s))::VARCHAR FROM '"+table.file+"'")
	row := 0
	for _, chunk := range chunks {
		mask := chunk.Vector(0).validity(0, chunk.Rows())
		for i, value := range values[text](chunk.Vector(0), 0, chunk.Rows()) {
			if row%11 == 0 {
				if mask == nil || mask[i/8]>>(i%8)&1 != 0 {
					t.Fatalf("row %d is not null", row)
				}
			} else if got := string(value.bytes()); got != want(row) {
				t.Fatalf("row %d is %q, want %q", row, got, want(row))
			}
			row++
		}
	}
	if row != rows {
		t.Errorf("%d rows, want %d", row, rows)
	}
}

func TestStreamCancelled(t *testing.T) {
	t.Parallel()
	_, table := streamDatabase(t, 100_000)
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("enough")
	stream, err := table.conn.Stream(ctx, "n", "FROM (SELECT a.n FROM '"+table.file+"' a, '"+table.file+"' b WHERE a.n < 0)")
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	cancel(cause)
	if _, err := stream.Next(); !errors.Is(err, cause) {
		t.Errorf("a stream that was cancelled ends with %v", err)
	}
}

func TestStreamError(t *testing.T) {
	t.Parallel()
	_, table := streamDatabase(t, 10_000)
	stream, err := table.conn.Stream(t.Context(), "n", "FROM (SELECT (s || 'x')::BIGINT AS n FROM '"+table.file+"')")
	if err == nil {
		defer stream.Close()
	}
	for err == nil {
		var held Held
		if held, err = stream.Next(); err == nil {
			held.Close()
		}
	}
	var duck *Error
	if errors.Is(err, io.EOF) || !errors.As(err, &duck) || duck.Kind != Conversion {
		t.Errorf("a stream whose query fails ends with %v", err)
	}
}

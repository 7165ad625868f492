package duckdb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"
	"go.uber.org/goleak"

	"github.com/hfspark/hfspark/internal/plan/function"
	"github.com/hfspark/hfspark/internal/plan/types"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T) (*Database, *Connection) {
	t.Helper()
	db, err := Open(map[string]string{"threads": "2", "autoinstall_known_extensions": "false", "autoload_known_extensions": "false"})
	if err != nil {
		t.Fatal(err)
	}
	c, err := db.Connect()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		db.Close()
	})
	return db, c
}

// all returns the values of the only column of a query as text.
func all(t *testing.T, c *Connection, of types.DataType, query string) ([]string, error) {
	t.Helper()
	rows, err := c.Query(t.Context(), query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	column, err := NewColumn(of, "UTC")
	if err != nil {
		t.Fatal(err)
	}
	for {
		chunk, err := rows.Next(t.Context())
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if err := column.Append(chunk.Vector(0), 0, chunk.Rows()); err != nil {
			t.Fatal(err)
		}
		chunk.Close()
	}
	data := column.Take()
	defer data.Release()
	values := array.MakeFromData(data)
	defer values.Release()
	texts := make([]string, values.Len())
	for i := range texts {
		texts[i] = values.ValueStr(i)
	}
	return texts, nil
}

func want(t *testing.T, c *Connection, of types.DataType, query string, values ...string) {
	t.Helper()
	got, err := all(t, c, of, query)
	if err != nil || strings.Join(got, "|") != strings.Join(values, "|") {
		t.Errorf("%s: %q, %v; want %q", query, got, err, values)
	}
}

func TestScalarFunctions(t *testing.T) {
	t.Parallel()
	db, c := open(t)
	texts := types.Array{Element: types.String, ContainsNull: true}
	register := func(name string, params []string, result string, nulls bool, eval func([]any) (any, error)) {
		t.Helper()
		udf := function.UDF{Name: name, Params: params, Result: result, Nulls: nulls, Eval: eval}
		if err := db.RegisterScalarFunction(c, udf); err != nil {
			t.Fatal(err)
		}
	}
	register("go_text", []string{"VARCHAR", "BIGINT", "INTEGER", "DOUBLE", "FLOAT", "BOOLEAN", "BLOB", "VARCHAR[]"}, "VARCHAR", false,
		func(args []any) (any, error) { return fmt.Sprintf("%v", args), nil })
	register("go_nulls", []string{"VARCHAR"}, "INTEGER", true, func(args []any) (any, error) {
		if args[0] == nil {
			return int32(-1), nil
		}
		return int32(len(args[0].(string))), nil
	})
	register("go_words", []string{"VARCHAR"}, "VARCHAR[]", false, func(args []any) (any, error) {
		words := []any{}
		for _, w := range strings.Fields(args[0].(string)) {
			if w == "null" {
				words = append(words, nil)
			} else {
				words = append(words, w)
			}
		}
		return words, nil
	})
	register("go_null", []string{"BIGINT"}, "DOUBLE", false, func([]any) (any, error) { return nil, nil })
	register("go_fails", []string{"BIGINT"}, "BIGINT", false, func([]any) (any, error) { return nil, errors.New("HFSPARK{} and more") })
	register("go_panics", []string{"BIGINT"}, "BIGINT", false, func([]any) (any, error) { panic("no such luck") })
	register("go_lies", []string{"BIGINT"}, "BIGINT", false, func([]any) (any, error) { return "text", nil })
	register("go_bytes", []string{"BIGINT"}, "VARCHAR", false, func([]any) (any, error) { return "\xff", nil })

	want(t, c, types.String, "SELECT go_text('a long text with 中文', 1, 2, 3.5, 4.5, true, 'ab'::BLOB, ['x', NULL])",
		"[a long text with 中文 1 2 3.5 4.5 true [97 98] [x <nil>]]")
	want(t, c, types.Integer, "SELECT go_nulls(x) FROM (VALUES ('abc'), (NULL), ('')) t(x)", "3", "-1", "0")
	want(t, c, texts, "SELECT go_words(x) FROM (VALUES ('a b'), (NULL), ('null c'), ('')) t(x)", `["a","b"]`, "(null)", `[null,"c"]`, "[]")
	want(t, c, types.Double, "SELECT go_null(1)", "(null)")
	want(t, c, types.Long, "SELECT sum(go_nulls(r::VARCHAR)) FROM range(100000) t(r)", "488890")
	for query, reason := range map[string]string{
		"SELECT go_fails(1)":  "HFSPARK{} and more",
		"SELECT go_panics(1)": "no such luck",
		"SELECT go_lies(1)":   "go_lies",
		"SELECT go_bytes(1)":  "UTF-8",
	} {
		var duck *Error
		if _, err := all(t, c, types.Long, query); !errors.As(err, &duck) || !strings.Contains(duck.Message, reason) {
			t.Errorf("%s: error %v, want one with %q", query, err, reason)
		}
	}
	if err := db.RegisterScalarFunction(c, function.UDF{Name: "odd", Params: []string{"HUGEINT"}, Result: "BIGINT"}); err == nil {
		t.Error("a function with a parameter of type HUGEINT was registered")
	}
}

func TestErrorsHaveKinds(t *testing.T) {
	t.Parallel()
	_, c := open(t)
	for query, kind := range map[string]ErrorKind{
		"SELEC 1":             Parsing,
		"SELECT x":            Binding,
		"SELECT 'x'::INTEGER": Conversion,
		"SELECT r::TINYINT + 127::TINYINT FROM range(1, 2) t(r)": OutOfRange,
		"SELECT error('mine')":                        InvalidInput,
		"SELECT * FROM read_parquet('/no/such/file')": InputOutput,
	} {
		var duck *Error
		if _, err := all(t, c, types.Long, query); !errors.As(err, &duck) || duck.Kind != kind {
			t.Errorf("%s: error %v, want one of kind %d", query, err, kind)
		}
	}
	want(t, c, types.Long, "SELECT 1::BIGINT", "1")
}

func TestContextInterrupts(t *testing.T) {
	t.Parallel()
	_, c := open(t)
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	rows, err := c.Query(ctx, "SELECT count(*) FROM range(100000000000) a, range(100000000000) b")
	if err != nil {
		t.Fatal(err)
	}
	go cancel(cause)
	if _, err := rows.Next(ctx); !errors.Is(err, cause) {
		t.Errorf("error %v, want the cause of the cancellation", err)
	}
	rows.Close()
	if err := c.Exec(ctx, "SELECT 1"); !errors.Is(err, cause) {
		t.Errorf("error %v, want the cause of the cancellation", err)
	}
	want(t, c, types.Long, "SELECT 1::BIGINT", "1")
}

func TestClosingRowsEndsTheQuery(t *testing.T) {
	t.Parallel()
	_, c := open(t)
	for range 20 { // DuckDB begins to compute before the first chunk is asked for.
		rows, err := c.Query(t.Context(), "SELECT count(*) FROM range(100000000000) a, range(100000000000) b")
		if err != nil {
			t.Fatal(err)
		}
		rows.Close()
	}
	want(t, c, types.Long, "SELECT 1::BIGINT", "1")
}

func TestNoExtensionIsLoadedFromTheNetwork(t *testing.T) {
	t.Parallel()
	_, c := open(t)
	for _, query := range []string{"SELECT * FROM read_parquet('http://127.0.0.1:1/x.parquet')", "SELECT * FROM 'x.xlsx'"} {
		if _, err := all(t, c, types.Long, query); err == nil {
			t.Errorf("%s succeeded", query)
		}
	}
	want(t, c, types.String, "SELECT extension_name FROM duckdb_extensions() WHERE loaded AND extension_name IN ('icu', 'parquet', 'httpfs') ORDER BY 1", "icu", "parquet")
}

func TestChunksOutliveTheirRows(t *testing.T) {
	t.Parallel()
	_, c := open(t)
	rows, err := c.Query(t.Context(), "SELECT 'a text of some length ' || r FROM range(5000) t(r)")
	if err != nil {
		t.Fatal(err)
	}
	chunk, err := rows.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	rows.Close()
	column, err := NewColumn(types.String, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := column.Append(chunk.Vector(0), 2000, 2); err != nil {
		t.Fatal(err)
	}
	chunk.Close()
	data := column.Take()
	defer data.Release()
	if got := array.NewStringData(data).String(); got != `["a text of some length 2000" "a text of some length 2001"]` {
		t.Errorf("got %s", got)
	}
}

func TestEmptyStructHasTheFieldThatFunctionsExpect(t *testing.T) {
	t.Parallel()
	if got, field := function.DuckDBType(types.Struct{}), function.QuoteName(emptyStructField); !strings.Contains(got, field) {
		t.Errorf("function.DuckDBType gives %s, without the field %s", got, field)
	}
}

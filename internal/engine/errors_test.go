package engine

import (
	"strings"
	"testing"

	"github.com/hfspark/hfspark/internal/engine/duckdb"
	"github.com/hfspark/hfspark/internal/plan/function"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

func TestErrorsOfDuckDBGetSparksConditions(t *testing.T) {
	t.Parallel()
	raised := sparkerror.New(sparkerror.ArithmeticException, "DIVIDE_BY_ZERO", "22012", "Division by zero.")
	for _, test := range []struct {
		kind      duckdb.ErrorKind
		message   string
		class     sparkerror.Class
		condition string
	}{
		{duckdb.InvalidInput, "Invalid Input Error: " + function.Raised(raised), sparkerror.ArithmeticException, "DIVIDE_BY_ZERO"},
		{duckdb.InvalidInput, "Invalid Input Error: More than one row returned by a subquery used as an expression - scalar subqueries can only return a single row.", sparkerror.SparkException, "SCALAR_SUBQUERY_TOO_MANY_ROWS"},
		{duckdb.OutOfRange, "Out of Range Error: Overflow in multiplication of INT64 (1 * 2)!", sparkerror.ArithmeticException, "ARITHMETIC_OVERFLOW"},
		{duckdb.Conversion, "Conversion Error: Could not convert string 'x' to INT32", sparkerror.NumberFormatException, "CAST_INVALID_INPUT"},
		{duckdb.OutOfMemory, "Out of Memory Error: failed to allocate", sparkerror.SparkException, "HFSPARK_OUT_OF_MEMORY"},
		{duckdb.Internal, "INTERNAL Error: odd", sparkerror.SparkException, "INTERNAL_ERROR"},
		{duckdb.Binding, "Binder Error: No function matches\nLINE 1: SELECT secret", sparkerror.SparkException, "INTERNAL_ERROR"},
	} {
		err := translate(&duckdb.Error{Kind: test.kind, Message: test.message})
		e, ok := sparkerror.As(err)
		if !ok || e.Class != test.class || e.Condition != test.condition {
			t.Errorf("%q became %v, want %s", test.message, err, test.condition)
		}
		if strings.Contains(err.Error(), "LINE 1") {
			t.Errorf("the error shows SQL: %v", err)
		}
	}
}

func TestAScalarSubqueryWithTwoRowsFails(t *testing.T) {
	t.Parallel()
	e := openEngine(t, Config{})
	two := &typed.Range{End: 2, Step: 1, Column: column(1, "a", types.Long)}
	plan := &typed.Project{
		Input: &typed.Range{End: 1, Step: 1, Column: column(2, "b", types.Long)},
		Items: []typed.Item{{Column: column(3, "c", types.Long), Expression: typed.ScalarSubquery{Plan: two}}},
	}
	_, err := run(t.Context(), e, Query{Plan: plan})
	if e, ok := sparkerror.As(err); !ok || e.Condition != "SCALAR_SUBQUERY_TOO_MANY_ROWS" {
		t.Errorf("error %v", err)
	}
}

// nest makes a plan of depth projections, each of which adds one.
func nest(depth int) typed.Node {
	var plan typed.Node = &typed.Range{End: 2, Step: 1, Column: column(1, "a", types.Long)}
	for i := range depth {
		below := plan.Output()[0]
		plan = &typed.Project{Input: plan, Items: []typed.Item{{Column: column(i+2, "a", types.Long), Expression: call("+", types.Long, ref(below), long(1))}}}
	}
	return plan
}

func TestPlansMayBeDeep(t *testing.T) {
	t.Parallel()
	e := openEngine(t, Config{})
	wantLines(t, mustRun(t, e, nest(900)), "900", "901")
	_, err := run(t.Context(), e, Query{Plan: nest(5000)})
	if err == nil || !strings.Contains(err.Error(), "nests more than about") {
		t.Errorf("a plan of 5000 nodes: %v", err)
	}
	wantLines(t, mustRun(t, e, nest(1)), "1", "2")
}

func TestABrokenDatabaseIsReplaced(t *testing.T) {
	t.Parallel()
	e := openEngine(t, Config{})
	open, err := e.Run(t.Context(), Query{Plan: nest(1)})
	if err != nil {
		t.Fatal(err)
	}
	before := e.current
	before.setBroken()
	wantLines(t, mustRun(t, e, nest(1)), "1", "2")
	if e.current == before {
		t.Error("the broken database is still in use")
	}
	if batch, err := open.Next(); err != nil {
		t.Errorf("a result of the old database: %v", err)
	} else {
		batch.Release()
	}
	if err := open.Close(); err != nil {
		t.Error(err)
	}
}

func TestAClosedEngineRefusesQueries(t *testing.T) {
	t.Parallel()
	e, err := Open(t.Context(), Config{})
	if err != nil {
		t.Fatal(err)
	}
	result, err := e.Run(t.Context(), Query{Plan: nest(1)})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Run(t.Context(), Query{Plan: nest(1)}); err == nil {
		t.Error("a closed engine ran a query")
	}
	if batch, err := result.Next(); err != nil {
		t.Errorf("an open result of a closed engine: %v", err)
	} else {
		batch.Release()
	}
	if err := result.Close(); err != nil {
		t.Error(err)
	}
}

package engine

import (
	"context"
	"errors"
	"strings"

	"github.com/hfspark/hfspark/internal/engine/duckdb"
	"github.com/hfspark/hfspark/internal/plan/function"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// translate turns an error of a running query into the one to report: the error that a function in Go met, the reason for
// which the query was cancelled, or DuckDB's error in Spark's words.
func (r *Result) translate(err error) error {
	run := r.query
	if cause := run.failure(); cause != nil {
		err = cause
	} else if run.ctx.Err() != nil {
		if cause := context.Cause(run.ctx); !errors.Is(cause, errEnded) {
			return cause
		}
		return err
	}
	if errors.Is(err, duckdb.ErrNanoseconds) || errors.Is(err, duckdb.ErrNullKey) {
		return badValue(err, err.Error())
	}
	var duck *duckdb.Error
	if !errors.As(err, &duck) {
		return err
	}
	if duck.Kind == duckdb.Fatal || strings.Contains(duck.Message, "database has been invalidated") {
		run.instance.setBroken()
	}
	return translate(duck)
}

// badValue is an error about a value of a data file that Spark's types cannot hold.
func badValue(err error, text string) error {
	e := sparkerror.New(sparkerror.SparkException, "HUGGINGFACE_DATASET.BAD_DATA_FILE", "22000", "%s", text)
	e.Err = err
	return e
}

// translate gives DuckDB's errors Spark's conditions.
func translate(err *duckdb.Error) error {
	if raised, ok := function.ParseRaised(err.Message); ok {
		raised.Err = err
		return raised
	}
	failure := func(class sparkerror.Class, condition, state, format string, args ...any) error {
		e := sparkerror.New(class, condition, state, format, args...)
		e.Err = err
		return e
	}
	text := firstLine(err.Message)
	switch {
	case strings.Contains(err.Message, duckdb.ErrNanoseconds.Error()):
		return badValue(err, text)
	case strings.Contains(err.Message, "scalar subqueries can only return a single row"):
		return failure(sparkerror.SparkException, "SCALAR_SUBQUERY_TOO_MANY_ROWS", "21000",
			"More than one row returned by a subquery used as an expression.")
	case strings.Contains(err.Message, "Max expression depth limit"):
		// DuckDB's own bound, max_expression_depth. Raised, it lets queries in that overflow the stack of a thread, 8 MiB as a rule, at
		// less than twice the depth, and with it the process.
		return failure(sparkerror.SparkException, "UNSUPPORTED_FEATURE.HFSPARK", "54000",
			"The query nests more than about 900 operations. Save what comes before as a data set, or collect it, and go on from there.")
	case err.Kind == duckdb.OutOfRange:
		return failure(sparkerror.ArithmeticException, "ARITHMETIC_OVERFLOW", "22003", "%s. If necessary set \"spark.sql.ansi.enabled\" to \"false\" to bypass this error.", text)
	case err.Kind == duckdb.Conversion:
		return failure(sparkerror.NumberFormatException, "CAST_INVALID_INPUT", "22018", "%s. Use `try_cast` to tolerate malformed input and return NULL instead.", text)
	case err.Kind == duckdb.OutOfMemory:
		return failure(sparkerror.SparkException, "HFSPARK_OUT_OF_MEMORY", "53200",
			"The query needs more memory than there is, and cannot spill enough of it to disk: %s. Read fewer columns or rows at once, or run it on a machine with more memory.", text)
	case err.Kind == duckdb.Fatal, err.Kind == duckdb.Internal:
		return failure(sparkerror.SparkException, "INTERNAL_ERROR", "XX000",
			"DuckDB failed, and the engine was started anew: %s. Queries that ran at the same time may have failed as well.", text)
	}
	return failure(sparkerror.SparkException, "INTERNAL_ERROR", "XX000", "DuckDB could not run the query: %s", text)
}

// firstLine is DuckDB's message without its kind and without the SQL text, in which it shows the place of errors.
func firstLine(message string) string {
	line, _, _ := strings.Cut(message, "\n")
	if _, rest, ok := strings.Cut(line, " Error: "); ok {
		line = rest
	}
	return strings.TrimSuffix(line, ".")
}

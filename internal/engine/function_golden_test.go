package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/dlclark/regexp2"

	"github.com/hfspark/hfspark/internal/plan/analyzer"
	"github.com/hfspark/hfspark/internal/plan/pushdown"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/sparkerror"
	"github.com/hfspark/hfspark/internal/sqltext"
)

// functionCase is an expression with what Spark answers; e2e/golden/functions.py records them.
type functionCase struct {
	SQL      string            `json:"sql"`
	From     string            `json:"from"`
	Settings map[string]string `json:"settings"`
	Differs  string            `json:"differs"` // why hfspark answers otherwise, or empty

	Type     string    `json:"type"`
	Nullable bool      `json:"nullable"`
	Values   []*string `json:"values"` // as Spark's cast to string has them

	Class     string `json:"class"` // of the exception, where there is one
	Condition string `json:"condition"`
	SQLState  string `json:"sqlState"`
	Message   string `json:"message"`
}

// TestFunctions compares types, nullability, values and errors of expressions with those of Apache Spark.
func TestFunctions(t *testing.T) {
	t.Parallel()
	t.Cleanup(regexp2.StopTimeoutClock) // the clock of the patterns that RE2 does not take
	e := openEngine(t, Config{})
	files, err := filepath.Glob("testdata/functions/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var cases []functionCase
			if err := json.Unmarshal(data, &cases); err != nil {
				t.Fatal(err)
			}
			for _, c := range cases {
				got := c.run(t.Context(), e)
				switch problem := c.problem(got); {
				case got.Condition == "INTERNAL_ERROR" || got.Class == "unknown":
					t.Errorf("%s: %s", c.text(), got.Message)
				case problem != "" && c.Differs == "":
					t.Errorf("%s: %s\nwant %s\ngot  %s", c.text(), problem, c.answer(), got.answer())
				case problem == "" && c.Differs != "":
					t.Errorf("%s: is not known to be as in Spark: %s", c.text(), c.Differs)
				}
			}
		})
	}
}

func (c functionCase) text() string {
	text := c.SQL
	if c.From != "" {
		text += " FROM " + c.From
	}
	for key, value := range c.Settings {
		text += " with " + key + "=" + value
	}
	return text
}

func (c functionCase) answer() string {
	if c.Class != "" {
		return fmt.Sprintf("%s [%s] %s (%s)", c.Class, c.Condition, c.Message, c.SQLState)
	}
	values := make([]string, len(c.Values))
	for i, v := range c.Values {
		values[i] = "NULL"
		if v != nil {
			values[i] = strconv.Quote(*v)
		}
	}
	return fmt.Sprintf("%s nullable=%t %s", c.Type, c.Nullable, strings.Join(values, ", "))
}

// problem says in what another answer differs from the case's, if it does.
func (c functionCase) problem(got functionCase) string {
	switch {
	case c.Class != got.Class:
		return "another exception"
	case c.Condition != got.Condition || c.SQLState != got.SQLState:
		return "another condition"
	case c.Class != "" && c.Condition != "" && !sameText(c.Message, got.Message):
		return "another message"
	case c.Class != "":
		return ""
	case c.Type != got.Type:
		return "another type"
	case c.Nullable != got.Nullable:
		return "another nullability"
	case len(c.Values) != len(got.Values):
		return "another number of rows"
	}
	for i, v := range c.Values {
		if !sameValue(v, got.Values[i], c.Type) {
			return "another value"
		}
	}
	return ""
}

// sameText compares messages without regard to how their lines are broken.
func sameText(a, b string) bool {
	return strings.Join(strings.Fields(a), " ") == strings.Join(strings.Fields(b), " ")
}

// sameValue compares two values as text; floating-point numbers may differ in the last digits, as sums in another order do.
func sameValue(a, b *string, kind string) bool {
	if a == nil || b == nil || kind != "double" && kind != "float" {
		return a == b || a != nil && b != nil && *a == *b
	}
	x, errX := strconv.ParseFloat(*a, 64)
	y, errY := strconv.ParseFloat(*b, 64)
	return *a == *b || errX == nil && errY == nil && math.Abs(x-y) <= 1e-12*math.Max(math.Abs(x), math.Abs(y))
}

// run answers the case's expression by parsing, analyzing and executing it.
func (c functionCase) run(ctx context.Context, e *Engine) functionCase {
	query := "SELECT " + c.SQL + " AS r"
	if c.From != "" {
		query += " FROM " + c.From
	}
	plan, err := c.analyze(ctx, query)
	if err != nil {
		return failed(err)
	}
	column := plan.Output()[0]
	got := functionCase{Type: column.Type.SimpleString(), Nullable: column.Nullable}
	text := "CAST(r AS STRING)"
	if got.Type == "binary" {
		text = "hex(r)"
	}
	if plan, err = c.analyze(ctx, "SELECT "+text+" FROM ("+query+")"); err != nil {
		return failed(err)
	}
	got.Values, err = stringRows(ctx, e, Query{Plan: pushdown.Optimize(plan), TimeZone: c.zone()})
	if err != nil {
		return failed(err)
	}
	return got
}

func (c functionCase) zone() string {
	if zone, ok := c.Settings["spark.sql.session.timeZone"]; ok {
		return zone
	}
	return "UTC"
}

func (c functionCase) analyze(ctx context.Context, query string) (typed.Node, error) {
	relation, err := sqltext.ParseQuery(query, sqltext.Parameters{})
	if err != nil {
		return nil, err
	}
	return analyzer.Analyze(ctx, relation, analyzer.Options{ANSI: c.Settings["spark.sql.ansi.enabled"] != "false", TimeZone: c.zone()})
}

// failed is the answer that is an error.
func failed(err error) functionCase {
	e, ok := sparkerror.As(err)
	if !ok {
		return functionCase{Class: "unknown", Message: err.Error()}
	}
	return functionCase{Class: classNames[e.Class], Condition: e.Condition, SQLState: e.SQLState, Message: strings.TrimSpace(e.Message)}
}

var classNames = map[sparkerror.Class]string{
	sparkerror.AnalysisException: "AnalysisException", sparkerror.ParseException: "ParseException",
	sparkerror.ArithmeticException: "ArithmeticException", sparkerror.NumberFormatException: "NumberFormatException",
	sparkerror.DateTimeException: "DateTimeException", sparkerror.IllegalArgumentException: "IllegalArgumentException",
	sparkerror.UnsupportedOperationException:  "UnsupportedOperationException",
	sparkerror.ArrayIndexOutOfBoundsException: "ArrayIndexOutOfBoundsException",
	sparkerror.SparkRuntimeException:          "SparkRuntimeException", sparkerror.SparkException: "SparkException",
}

// stringRows returns the only column of a query's rows.
func stringRows(ctx context.Context, e *Engine, q Query) (values []*string, err error) {
	result, err := e.Run(ctx, q)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, result.Close()) }()
	for {
		batch, err := result.Next()
		if errors.Is(err, io.EOF) {
			return values, nil
		}
		if err != nil {
			return nil, err
		}
		values = append(values, stringValues(batch)...)
		batch.Release()
	}
}

func stringValues(batch arrow.RecordBatch) []*string {
	column := batch.Column(0).(*array.String)
	values := make([]*string, column.Len())
	for i := range values {
		if column.IsValid(i) {
			text := strings.Clone(column.Value(i))
			values[i] = &text
		}
	}
	return values
}

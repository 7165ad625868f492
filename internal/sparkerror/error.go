// Package sparkerror makes errors that Spark clients understand: with Spark's condition, SQLSTATE, message parameters and
// the class of the exception that Spark would raise.
package sparkerror

import (
	"errors"
	"fmt"
	"sort"
	"strings"

	"github.com/hfspark/hfspark/internal/levenshtein"
)

// Class is the exception that a client raises for an error.
type Class int

// The classes, by the names PySpark gives them.
const (
	AnalysisException Class = iota
	ParseException
	ArithmeticException
	NumberFormatException
	DateTimeException
	IllegalArgumentException
	UnsupportedOperationException
	ArrayIndexOutOfBoundsException
	SparkRuntimeException
	SparkNoSuchElementException
	SparkException
	InvalidPlanInput
	SparkSQLException
)

// Context points at the part of a query that an error is about. Start and Stop count characters from 0, both included.
type Context struct {
	Fragment    string
	Start, Stop int
	Line        int // from 1
	Column      int // from 0
}

// Error is an error with Spark's condition. Its text is "[CONDITION] message SQLSTATE: xxxxx".
type Error struct {
	Class      Class
	Condition  string // such as UNRESOLVED_COLUMN.WITH_SUGGESTION
	SQLState   string
	Parameters map[string]string
	Message    string // the message with its parameters filled in, without condition and SQLSTATE
	Context    *Context
	// Detail follows the SQLSTATE in the error's text; it is the marked statement of a ParseException, which begins
	// " (line 1, pos 7)".
	Detail string
	Err    error // the cause, or nil
}

// legacy begins the conditions that Spark has not named yet and does not show.
const legacy = "_LEGACY_ERROR_TEMP_"

// Error implements error.
func (e *Error) Error() string {
	text := e.Message
	if e.Condition != "" && !strings.HasPrefix(e.Condition, legacy) {
		text = "[" + e.Condition + "] " + text
	}
	if e.SQLState != "" {
		text += " SQLSTATE: " + e.SQLState
	}
	return text + e.Detail
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// As finds the first *Error in err's chain.
func As(err error) (*Error, bool) {
	var e *Error
	ok := errors.As(err, &e)
	return e, ok
}

// New makes an error whose message is made by fmt from format.
func New(class Class, condition, sqlState, format string, args ...any) *Error {
	return &Error{Class: class, Condition: condition, SQLState: sqlState, Message: fmt.Sprintf(format, args...)}
}

// With sets message parameters from pairs of name and value, and returns the error.
func (e *Error) With(pairs ...string) *Error {
	if e.Parameters == nil {
		e.Parameters = make(map[string]string, len(pairs)/2)
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		e.Parameters[pairs[i]] = pairs[i+1]
	}
	return e
}

// Unsupported refuses a feature by name; advice says what to do instead and may be empty.
func Unsupported(feature, advice string) *Error {
	message := "The feature is not supported: " + feature + " is not supported by hfspark."
	if advice != "" {
		message += " " + advice
	}
	return New(UnsupportedOperationException, "UNSUPPORTED_FEATURE.HFSPARK", "0A000", "%s", message).With("feature", feature)
}

// UnresolvedColumn says that name is not among columns, and proposes the nearest ones as Spark does.
func UnresolvedColumn(name string, columns []string) *Error {
	object := QuoteName(name)
	if len(columns) == 0 {
		return New(AnalysisException, "UNRESOLVED_COLUMN.WITHOUT_SUGGESTION", "42703",
			"A column, variable, or function parameter with name %s cannot be resolved.", object).With("objectName", object)
	}
	near := Nearest(name, columns, 5)
	for i, c := range near {
		near[i] = QuoteName(c)
	}
	proposal := strings.Join(near, ", ")
	return New(AnalysisException, "UNRESOLVED_COLUMN.WITH_SUGGESTION", "42703",
		"A column, variable, or function parameter with name %s cannot be resolved. Did you mean one of the following? [%s].", object, proposal).
		With("objectName", object, "proposal", proposal)
}

// QuoteName puts each part of a dotted name in backticks.
func QuoteName(name string) string {
	return "`" + strings.ReplaceAll(name, ".", "`.`") + "`"
}

// Nearest returns at most limit of candidates, those least far from name (by edit distance) first.
func Nearest(name string, candidates []string, limit int) []string {
	near := append([]string(nil), candidates...)
	lower := strings.ToLower(name)
	sort.SliceStable(near, func(i, j int) bool {
		return levenshtein.Distance(lower, strings.ToLower(near[i])) < levenshtein.Distance(lower, strings.ToLower(near[j]))
	})
	return near[:min(limit, len(near))]
}

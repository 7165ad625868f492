package duckdb

import (
	"strings"

	bindings "github.com/duckdb/duckdb-go-bindings"
)

// ErrorKind is DuckDB's kind of an error.
type ErrorKind int

// The kinds of errors that callers tell apart.
const (
	OtherError     ErrorKind = iota
	Conversion               // a value cannot be cast
	OutOfRange               // arithmetic overflow
	OutOfMemory              // the memory limit is reached
	Interrupted              // the query was interrupted
	Fatal                    // the database is broken and must be opened again
	Internal                 // a fault of DuckDB
	InvalidInput             // a function refused its arguments, or a function of ours failed
	Parsing                  // the SQL text is not understood
	Binding                  // names or types in the SQL text are wrong
	InputOutput              // a file cannot be read
	NotImplemented           // DuckDB lacks what the SQL text asks for
)

// Error is an error that DuckDB reports.
type Error struct {
	Kind    ErrorKind
	Message string // DuckDB's text, which begins with the kind in words
}

// Error implements error.
func (e *Error) Error() string { return e.Message }

func kindOf(t bindings.ErrorType) ErrorKind {
	switch t {
	case bindings.ErrorTypeConversion, bindings.ErrorTypeMismatchType, bindings.ErrorTypeDecimal, bindings.ErrorTypeInvalidType:
		return Conversion
	case bindings.ErrorTypeOutOfRange, bindings.ErrorTypeDivideByZero:
		return OutOfRange
	case bindings.ErrorTypeOutOfMemory:
		return OutOfMemory
	case bindings.ErrorTypeInterrupt:
		return Interrupted
	case bindings.ErrorTypeFatal:
		return Fatal
	case bindings.ErrorTypeInternal:
		return Internal
	case bindings.ErrorTypeInvalidInput:
		return InvalidInput
	case bindings.ErrorTypeParser, bindings.ErrorTypeSyntax:
		return Parsing
	case bindings.ErrorTypeBinder, bindings.ErrorTypeCatalog:
		return Binding
	case bindings.ErrorTypeErrorIO, bindings.ErrorTypeHTTP, bindings.ErrorTypeNetwork:
		return InputOutput
	case bindings.ErrorTypeNotImplemented:
		return NotImplemented
	}
	return OtherError
}

// kindOfText finds the kind of an error where DuckDB's interface gives the text alone.
func kindOfText(message string) ErrorKind {
	for _, k := range kindTexts {
		if strings.HasPrefix(message, k.prefix) {
			return k.kind
		}
	}
	return OtherError
}

var kindTexts = []struct {
	prefix string
	kind   ErrorKind
}{
	{"Conversion Error", Conversion},
	{"Out of Range Error", OutOfRange},
	{"Out of Memory Error", OutOfMemory},
	{"INTERRUPT Error", Interrupted},
	{"FATAL Error", Fatal},
	{"INTERNAL Error", Internal},
	{"Invalid Input Error", InvalidInput},
	{"Parser Error", Parsing},
	{"Binder Error", Binding},
	{"Catalog Error", Binding},
	{"IO Error", InputOutput},
	{"Not implemented Error", NotImplemented},
}

package connect

import (
	"context"
	"encoding/json"
	"errors"
	"regexp"
	"strings"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/hfspark/hfspark/internal/sparkerror"
)

// Spark cuts what it puts into the trailer of a call, which gRPC keeps small; FetchErrorDetails delivers the rest.
const (
	maxTrailerMessage    = 2048
	maxTrailerParameters = 1024
)

// domain is the domain of Spark's ErrorInfo.
const domain = "org.apache.spark"

// exceptions are the names of the exceptions that Spark raises for a class of error, the thrown one first and then those it
// extends. A client looks for the first that it knows.
var exceptions = map[sparkerror.Class][]string{
	sparkerror.AnalysisException: {"org.apache.spark.sql.AnalysisException", "java.lang.Exception"},
	sparkerror.ParseException: {
		"org.apache.spark.sql.catalyst.parser.ParseException", "org.apache.spark.sql.AnalysisException", "java.lang.Exception",
	},
	sparkerror.ArithmeticException: {
		"org.apache.spark.SparkArithmeticException", "java.lang.ArithmeticException", "java.lang.RuntimeException", "java.lang.Exception",
	},
	sparkerror.NumberFormatException: {
		"org.apache.spark.SparkNumberFormatException", "java.lang.NumberFormatException", "java.lang.IllegalArgumentException",
		"java.lang.RuntimeException", "java.lang.Exception",
	},
	sparkerror.DateTimeException: {
		"org.apache.spark.SparkDateTimeException", "java.time.DateTimeException", "java.lang.RuntimeException", "java.lang.Exception",
	},
	sparkerror.IllegalArgumentException: {
		"org.apache.spark.SparkIllegalArgumentException", "java.lang.IllegalArgumentException", "java.lang.RuntimeException",
		"java.lang.Exception",
	},
	sparkerror.UnsupportedOperationException: {
		"org.apache.spark.SparkUnsupportedOperationException", "java.lang.UnsupportedOperationException",
		"java.lang.RuntimeException", "java.lang.Exception",
	},
	sparkerror.ArrayIndexOutOfBoundsException: {
		"org.apache.spark.SparkArrayIndexOutOfBoundsException", "java.lang.ArrayIndexOutOfBoundsException",
		"java.lang.IndexOutOfBoundsException", "java.lang.RuntimeException", "java.lang.Exception",
	},
	sparkerror.SparkRuntimeException: {
		"org.apache.spark.SparkRuntimeException", "java.lang.RuntimeException", "java.lang.Exception",
	},
	sparkerror.SparkNoSuchElementException: {
		"org.apache.spark.SparkNoSuchElementException", "java.util.NoSuchElementException", "java.lang.RuntimeException",
		"java.lang.Exception",
	},
	sparkerror.SparkException: {"org.apache.spark.SparkException", "java.lang.Exception"},
	sparkerror.InvalidPlanInput: {
		"org.apache.spark.sql.connect.common.InvalidPlanInput", "java.lang.Exception",
	},
	sparkerror.SparkSQLException: {"org.apache.spark.SparkSQLException", "java.sql.SQLException", "java.lang.Exception"},
}

// exceptionNames lists the names of the exception for an error, up to java.lang.Object. An error without a condition is
// Java's own exception, not Spark's version of it.
func exceptionNames(e *sparkerror.Error) []string {
	names := append([]string(nil), exceptions[e.Class]...)
	if e.Condition == "" && len(names) > 1 && strings.HasPrefix(names[1], "java.lang.") && names[1] != "java.lang.Exception" {
		names = names[1:]
	}
	return append(names, "java.lang.Throwable", "java.lang.Object")
}

// messageOf is an error's text as its exception gives it: that of a ParseException begins on a line of its own.
func messageOf(e *sparkerror.Error) string {
	if e.Class == sparkerror.ParseException {
		return "\n" + e.Error()
	}
	return e.Error()
}

// statusOf makes the gRPC status that Spark sends for an error. errorID, when not empty, is what FetchErrorDetails knows
// the error by.
func statusOf(err *sparkerror.Error, errorID string) *status.Status {
	names := exceptionNames(err)
	metadata := map[string]string{"classes": asJSON(names)}
	if err.SQLState != "" {
		metadata["sqlState"] = err.SQLState
	}
	if err.Condition != "" {
		metadata["errorClass"] = err.Condition
		if parameters := asJSON(nonNil(err.Parameters)); len(parameters) <= maxTrailerParameters {
			metadata["messageParameters"] = parameters
		}
	}
	if errorID != "" {
		metadata["errorId"] = errorID
	}
	s := status.New(codes.Internal, abbreviate(messageOf(err), maxTrailerMessage))
	detailed, detailErr := s.WithDetails(&errdetails.ErrorInfo{Reason: names[0], Domain: domain, Metadata: metadata})
	if detailErr != nil {
		return s
	}
	return detailed
}

func asJSON(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return "null" // strings and maps of strings always marshal
	}
	return string(text)
}

func nonNil(m map[string]string) map[string]string {
	if m == nil {
		return map[string]string{}
	}
	return m
}

// abbreviate cuts a text to at most limit bytes, at a character's boundary, and marks the cut.
func abbreviate(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	cut := limit - len("...")
	for cut > 0 && text[cut]&0xC0 == 0x80 {
		cut--
	}
	return text[:cut] + "..."
}

// errCanceled is why an operation ended that a client has interrupted.
var errCanceled = sparkerror.New(sparkerror.SparkSQLException, "OPERATION_CANCELED", "HY008", "Operation has been canceled.")

// translate makes an error that clients understand of any error. Errors that do not know Spark become what Spark would
// raise in their place.
func translate(ctx context.Context, err error) *sparkerror.Error {
	if e, ok := sparkerror.As(context.Cause(ctx)); ok {
		return e // what went wrong came of the operation's end
	}
	if e, ok := sparkerror.As(err); ok {
		return e
	}
	if e := translateWrite(err); e != nil {
		return e
	}
	if e := translateFiles(err); e != nil {
		return e
	}
	if e := translateSource(err); e != nil {
		return e
	}
	switch {
	case errors.Is(err, context.Canceled):
		return errCanceled
	case errors.Is(err, context.DeadlineExceeded):
		e := sparkerror.New(sparkerror.SparkException, "TIMEOUT", "HYT00", "The operation took too long: %v.", err)
		e.Err = err
		return e
	}
	e := sparkerror.New(sparkerror.SparkException, "INTERNAL_ERROR", "XX000", "%v", err)
	e.Err = err
	return e
}

// panicError is what a panic in a handler becomes.
func panicError(value any) *sparkerror.Error {
	return sparkerror.New(sparkerror.SparkException, "INTERNAL_ERROR", "XX000",
		"hfspark met a state that should not occur: %v. Please report it; the session goes on.", value)
}

// handleReasons are the texts of INVALID_HANDLE's subclasses.
var handleReasons = map[string]string{
	"FORMAT":                   "Handle must be an UUID string of the format '00112233-4455-6677-8899-aabbccddeeff'",
	"OPERATION_ABANDONED":      "Operation was considered abandoned because of inactivity and removed.",
	"OPERATION_ALREADY_EXISTS": "Operation already exists.",
	"OPERATION_NOT_FOUND":      "Operation not found.",
	"SESSION_CHANGED":          "The existing Spark server driver instance has restarted. Please reconnect.",
	"SESSION_CLOSED":           "Session was closed.",
	"SESSION_NOT_FOUND":        "Session not found.",
}

// invalidHandle refuses an identifier of a session or an operation.
func invalidHandle(reason, handle string) *sparkerror.Error {
	return sparkerror.New(sparkerror.SparkSQLException, "INVALID_HANDLE."+reason, "HY000",
		"The handle %s is invalid. %s", handle, handleReasons[reason]).With("handle", handle)
}

// invalidCursor refuses a place in a stream of responses.
func invalidCursor(reason, format string, args ...any) *sparkerror.Error {
	return sparkerror.New(sparkerror.SparkSQLException, "INVALID_CURSOR."+reason, "HY109", "The cursor is invalid. "+format, args...)
}

// tokenShape matches access tokens of the Hub.
var tokenShape = regexp.MustCompile(`\b(hf|api_org)_[A-Za-z0-9]{8,}`)

// minSecret is the length from which an option called token is taken for a credential; true and false are shorter.
const minSecret = 6

// redact takes credentials out of a text: those given and all that look like access tokens. The text becomes valid UTF-8,
// which messages must be.
func redact(text string, secrets []string) string {
	for _, secret := range secrets {
		if len(secret) >= minSecret {
			text = strings.ReplaceAll(text, secret, "<TOKEN>")
		}
	}
	return tokenShape.ReplaceAllString(strings.ToValidUTF8(text, "\uFFFD"), "<TOKEN>")
}

// redacted returns the error with no credentials in its text, its parameters and its causes.
func redacted(e *sparkerror.Error, secrets []string) *sparkerror.Error {
	clean := *e
	clean.Message = redact(e.Message, secrets)
	clean.Detail = redact(e.Detail, secrets)
	if e.Parameters != nil {
		clean.Parameters = make(map[string]string, len(e.Parameters))
		for name, value := range e.Parameters {
			clean.Parameters[name] = redact(value, secrets)
		}
	}
	if e.Context != nil {
		around := *e.Context
		around.Fragment = redact(around.Fragment, secrets)
		clean.Context = &around
	}
	if e.Err != nil {
		clean.Err = errors.New(redact(e.Err.Error(), secrets))
	}
	return &clean
}

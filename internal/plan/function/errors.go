package function

import (
	"strconv"

	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

const (
	sparkDocs    = "https://spark.apache.org/docs/latest"
	functionDocs = sparkDocs + "/sql-ref-functions.html"
)

// wrongCount is Spark's error for a call with too few or too many arguments.
func wrongCount(name, expected string, got int) error {
	quoted := "`" + name + "`"
	return sparkerror.New(sparkerror.AnalysisException, "WRONG_NUM_ARGS.WITHOUT_SUGGESTION", "42605",
		"The %s requires %s parameters but the actual number is %d. Please, refer to '%s' for a fix.", quoted, expected, got, functionDocs).
		With("functionName", quoted, "expectedNum", expected, "actualNum", strconv.Itoa(got), "docroot", sparkDocs)
}

// mismatch is a DATATYPE_MISMATCH error about a call; detail completes the sentence, pairs are message parameters.
func mismatch(condition, name string, args []typed.Expression, detail string, pairs ...string) error {
	expression := `"` + Text(typed.Call{Name: name, Args: args}) + `"`
	return sparkerror.New(sparkerror.AnalysisException, "DATATYPE_MISMATCH."+condition, "42K09",
		"Cannot resolve %s due to data type mismatch: %s", expression, detail).With(append(pairs, "sqlExpr", expression)...)
}

var ordinals = []string{"first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"}

// unexpectedType says that argument i has not the type that the function requires.
func unexpectedType(name string, args []typed.Expression, i int, required string) error {
	ordinal := strconv.Itoa(i+1) + "th"
	if i < len(ordinals) {
		ordinal = ordinals[i]
	}
	input, inputType := `"`+Text(args[i])+`"`, quotedType(args[i])
	return mismatch("UNEXPECTED_INPUT_TYPE", name, args,
		"The "+ordinal+" parameter requires the "+required+" type, however "+input+" has the type "+inputType+".",
		"paramIndex", ordinal, "requiredType", required, "inputSql", input, "inputType", inputType)
}

// differentTypes says that the operands of a binary operator do not go together.
func differentTypes(name string, args []typed.Expression) error {
	left, right := quotedType(args[0]), quotedType(args[1])
	return mismatch("BINARY_OP_DIFF_TYPES", name, args,
		"the left and right operands of the binary operator have incompatible types ("+left+" and "+right+").",
		"left", left, "right", right)
}

// wrongType says that a binary operator does not take operands of their type.
func wrongType(name string, args []typed.Expression, required string) error {
	actual := quotedType(args[0])
	return mismatch("BINARY_OP_WRONG_TYPE", name, args,
		"the binary operator requires the input type "+required+", not "+actual+".", "inputType", required, "actualDataType", actual)
}

// mixedTypes says that the arguments of a function have no common type.
func mixedTypes(name string, args []typed.Expression) error {
	list := ""
	for i, a := range args {
		if i > 0 {
			list += ` or `
		}
		list += quotedType(a)
	}
	list = "(" + list + ")"
	return mismatch("DATA_DIFF_TYPES", name, args, "Input to `"+name+"` should all be the same type, but it's "+list+".",
		"functionName", "`"+name+"`", "dataType", list)
}

// unorderable says that a function cannot compare values of a type.
func unorderable(name, shown string, args []typed.Expression, t types.DataType) error {
	quoted := `"` + t.SQL() + `"`
	return mismatch("INVALID_ORDERING_TYPE", name, args, "The `"+shown+"` does not support ordering on type "+quoted+".",
		"functionName", "`"+shown+"`", "dataType", quoted)
}

// notFoldable says that an argument must be a constant.
func notFoldable(name string, args []typed.Expression, i int, parameter string) error {
	input, inputType := `"`+Text(args[i])+`"`, quotedType(args[i])
	return mismatch("NON_FOLDABLE_INPUT", name, args,
		"the input `"+parameter+"` should be a foldable "+inputType+" expression; however, got "+input+".",
		"inputName", "`"+parameter+"`", "inputType", inputType, "inputExpr", input)
}

func quotedType(e typed.Expression) string { return `"` + e.Type().SQL() + `"` }

// The errors of arithmetic at run time.

func divideByZero() *sparkerror.Error {
	return sparkerror.New(sparkerror.ArithmeticException, "DIVIDE_BY_ZERO", "22012",
		"Division by zero. Use `try_divide` to tolerate divisor being 0 and return NULL instead. %s", bypass+".").With("config", ansiKey)
}

func remainderByZero() *sparkerror.Error {
	return sparkerror.New(sparkerror.ArithmeticException, "REMAINDER_BY_ZERO", "22012",
		"Remainder by zero. Use `try_mod` to tolerate divisor being 0 and return NULL instead. %s", bypass+".").With("config", ansiKey)
}

const (
	ansiKey = `"spark.sql.ansi.enabled"`
	bypass  = `If necessary set ` + ansiKey + ` to "false" to bypass this error`
)

// overflow is ARITHMETIC_OVERFLOW; tolerant names the function that gives null instead, or is empty.
func overflow(what, tolerant string) *sparkerror.Error {
	alternative := ""
	if tolerant != "" {
		alternative = " Use '" + tolerant + "' to tolerate overflow and return NULL instead."
	}
	return sparkerror.New(sparkerror.ArithmeticException, "ARITHMETIC_OVERFLOW", "22003", "%s.%s %s.", what, alternative, bypass).
		With("message", what, "alternative", alternative, "config", ansiKey)
}

// outOfRange says that value (a placeholder of Raise) does not fit a decimal.
func outOfRange(value string, d types.Decimal) *sparkerror.Error {
	return sparkerror.New(sparkerror.ArithmeticException, "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION", "22003",
		" %s cannot be represented as Decimal(%d, %d). %s, and return NULL instead.", value, d.Precision, d.Scale, bypass).
		With("value", value, "precision", strconv.Itoa(d.Precision), "scale", strconv.Itoa(d.Scale), "config", ansiKey)
}

// castOverflow says that value (a placeholder of Raise) does not fit a type.
func castOverflow(value string, from, to types.DataType) *sparkerror.Error {
	return sparkerror.New(sparkerror.ArithmeticException, "CAST_OVERFLOW", "22003",
		"The value %s of the type \"%s\" cannot be cast to \"%s\" due to an overflow. Use `try_cast` to tolerate overflow and return NULL instead.",
		value, from.SQL(), to.SQL()).With("value", value, "sourceType", `"`+from.SQL()+`"`, "targetType", `"`+to.SQL()+`"`, "ansiConfig", ansiKey)
}

// castInvalid says that a value (a placeholder of Raise, to be quoted) is malformed.
func castInvalid(value string, from, to types.DataType) *sparkerror.Error {
	class := sparkerror.NumberFormatException
	switch to {
	case types.Date, types.Timestamp, types.TimestampNTZ, types.Time:
		class = sparkerror.DateTimeException
	case types.Boolean:
		class = sparkerror.SparkRuntimeException
	}
	return sparkerror.New(class, "CAST_INVALID_INPUT", "22018",
		"The value %s of the type \"%s\" cannot be cast to \"%s\" because it is malformed. Correct the value as per the syntax, or change its target type. Use `try_cast` to tolerate malformed input and return NULL instead.",
		value, from.SQL(), to.SQL()).With("expression", value, "sourceType", `"`+from.SQL()+`"`, "targetType", `"`+to.SQL()+`"`)
}

// wrongLambdaCount says that a lambda has another number of parameters than the function gives it. Spark calls the number
// written the expected one.
func wrongLambdaCount(got, expected int) error {
	return sparkerror.New(sparkerror.AnalysisException, "INVALID_LAMBDA_FUNCTION_CALL.NUM_ARGS_MISMATCH", "42K0D",
		"Invalid lambda function call. A higher order function expects %d arguments, but got %d.", expected, got).
		With("expectedNumArgs", strconv.Itoa(expected), "actualNumArgs", strconv.Itoa(got))
}

package function

import (
	"encoding/json"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// raisedPrefix begins the text of an error that a running query raises on purpose. A JSON object follows it.
const raisedPrefix = "HFSPARK"

// raised is the payload behind raisedPrefix.
type raised struct {
	Class      sparkerror.Class  `json:"class"`
	Condition  string            `json:"condition"`
	SQLState   string            `json:"state"`
	Message    string            `json:"message"`
	Parameters map[string]string `json:"parameters,omitempty"`
}

// Raised is the text of an error as functions in Go raise it; ParseRaised turns it back.
func Raised(e *sparkerror.Error) string {
	payload, err := json.Marshal(raised{e.Class, e.Condition, e.SQLState, e.Message, e.Parameters})
	if err != nil {
		return e.Error()
	}
	return raisedPrefix + string(payload)
}

// operand is an argument of a call with its text.
type operand struct {
	expression typed.Expression
	text       string
}

// operands pairs the arguments of a call with their texts.
func operands(call typed.Call, args []string) []operand {
	list := make([]operand, len(args))
	for i := range args {
		list[i] = operand{call.Args[i], args[i]}
	}
	return list
}

// raise prints an expression, of the type NULL, that raises e when it is evaluated. Each pair of values replaces a placeholder
// in the message and the parameters by the text of a DuckDB expression.
//
// DuckDB's error() is volatile, which keeps filters from being pushed down and joins from hashing. So where anchor is not
// constant, the error is that of a cast which cannot succeed and which mentions the anchor, so that it is not evaluated
// beforehand.
func raise(e *sparkerror.Error, anchor operand, values ...string) string {
	text := quoteString(Raised(e))
	for i := 0; i+1 < len(values); i += 2 {
		// to_json escapes what the payload cannot hold; its quotes are taken off again.
		member := "' || coalesce(CAST(to_json(CAST(" + values[i+1] + " AS VARCHAR)) AS VARCHAR)[2:-2], 'NULL') || '"
		text = strings.ReplaceAll(text, values[i], member)
	}
	if foldable(anchor.expression) {
		return "error(" + text + ")"
	}
	return "(CASE WHEN CAST(concat(" + text + ", left(CAST(" + anchor.text + " AS VARCHAR), 0)) AS BOOLEAN) THEN NULL END)"
}

// placeholder stands for a value in an error that raise prints.
const placeholder = "@HFVALUE@"

// ParseRaised finds the error that Raise, a function in Go or DuckDB's own arithmetic raised in the text of a DuckDB error.
func ParseRaised(text string) (*sparkerror.Error, bool) {
	if at := strings.Index(text, raisedPrefix+"{"); at >= 0 {
		var r raised
		if err := json.NewDecoder(strings.NewReader(text[at+len(raisedPrefix):])).Decode(&r); err == nil {
			return &sparkerror.Error{
				Class: r.Class, Condition: r.Condition, SQLState: r.SQLState, Message: r.Message, Parameters: r.Parameters,
			}, true
		}
	}
	return parseNative(text)
}

var (
	nativeOverflow = regexp.MustCompile(`Overflow in (addition|subtraction|multiplication|negation|division) of (INT8|INT16|INT32|INT64|INT128)? ?\(?(-?\d+)?(?: [-+*/] (-?\d+))?`)
	nativeSum      = regexp.MustCompile(`Type INT128 with value -?\d+ can't be cast because the value is out of range for the destination type INT64`)
	operators      = map[string][2]string{"addition": {"+", "try_add"}, "subtraction": {"-", "try_subtract"}, "multiplication": {"*", "try_multiply"}}
)

// attemptOr prints attempt, and what raises an error where it is null and condition holds.
func attemptOr(attempt, condition, raised string) string {
	return "coalesce(" + attempt + ", CASE WHEN " + condition + " THEN " + raised + " END)"
}

// parseNative recognizes the overflows that the texts of this package leave to DuckDB to find.
func parseNative(text string) (*sparkerror.Error, bool) {
	if strings.Contains(text, "Overflow in HUGEINT addition") {
		return overflow("Overflow in sum of decimals", "try_sum"), true
	}
	if m := nativeOverflow.FindStringSubmatch(text); m != nil {
		operator, known := operators[m[1]]
		if known && (m[2] == "INT8" || m[2] == "INT16") {
			return sparkerror.New(sparkerror.ArithmeticException, "BINARY_ARITHMETIC_OVERFLOW", "22003",
				"%sS %s %sS caused overflow. Use `%s` to ignore overflow problem and return NULL.", m[3], operator[0], m[4], operator[1]).
				With("value1", m[3]+"S", "symbol", operator[0], "value2", m[4]+"S", "functionName", "`"+operator[1]+"`"), true
		}
		return overflow("overflow", operator[1]), true
	}
	if strings.Contains(text, "Map keys must be unique") {
		return sparkerror.New(sparkerror.SparkRuntimeException, "DUPLICATED_MAP_KEY", "23505",
			"Duplicate map key was found, please check the input data."), true
	}
	if strings.Contains(text, "Map keys can not be NULL") {
		return sparkerror.New(sparkerror.SparkRuntimeException, "NULL_MAP_KEY", "2200E", "Cannot use null as map key."), true
	}
	if nativeSum.MatchString(text) {
		return overflow("overflow", "try_add"), true
	}
	if m := nativeCast.FindStringSubmatch(text); m != nil {
		from, to := nativeTypes[m[1]], nativeTypes[m[3]]
		if from == nil || to == nil {
			return nil, false
		}
		return castOverflow(castValue(from, m[2]), from, to), true
	}
	return nil, false
}

var (
	nativeCast  = regexp.MustCompile(`Type (\w+) with value (\S+) can't be cast because the value is out of range for the destination type (\w+)`)
	nativeTypes = map[string]types.DataType{
		"INT8": types.Byte, "INT16": types.Short, "INT32": types.Integer, "INT64": types.Long, "FLOAT": types.Float, "DOUBLE": types.Double,
	}
)

// castValue writes a number that DuckDB prints as Spark writes constants in errors.
func castValue(t types.DataType, value string) string {
	switch t {
	case types.Byte:
		return value + "Y"
	case types.Short:
		return value + "S"
	case types.Long:
		return value + "L"
	case types.Float, types.Double:
		number, err := strconv.ParseFloat(value, 64)
		if err != nil || math.IsNaN(number) || math.IsInf(number, 0) {
			return floatText(number, 64)
		}
		if t == types.Float {
			return JavaFloat(float32(number))
		}
		return JavaDouble(number) + "D"
	}
	return value
}

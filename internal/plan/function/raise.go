package function

import (
	"encoding/json"
	"strings"

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

// Raise prints an expression that raises e when it is evaluated. Each pair of values replaces a placeholder, such as "\x01",
// in the message and the parameters by the text of a DuckDB expression.
func Raise(e *sparkerror.Error, values ...string) string {
	text := quoteString(Raised(e))
	for i := 0; i+1 < len(values); i += 2 {
		placeholder, err := json.Marshal(values[i])
		if err != nil {
			continue
		}
		mark := strings.Trim(string(placeholder), `"`)
		// to_json escapes what the payload cannot hold; its quotes are taken off again.
		member := "' || coalesce(trim(CAST(to_json(CAST(" + values[i+1] + " AS VARCHAR)) AS VARCHAR), '\"'), 'NULL') || '"
		text = strings.ReplaceAll(text, mark, member)
	}
	return "error(" + text + ")"
}

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
	return nil, false
}

package analyzer

import (
	"strings"
	"time"

	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
)

// special returns the rule for a function that needs more than its arguments' types: names, the query around, or the time.
func special(name string) (func(*scope, plan.Call) (typed.Expression, error), bool) {
	switch name {
	case "when":
		return (*scope).caseWhen, true
	case "struct":
		return (*scope).structOf, true
	case groupingCall, groupingIDCall:
		return (*scope).grouping, true
	case "outer":
		return (*scope).outerColumn, true
	case "current_timestamp", "now", "localtimestamp", "current_date", "curdate":
		return (*scope).currentTime, true
	}
	return nil, false
}

// literalFunctions may be written without parentheses where no column has their name.
var literalFunctions = map[string]string{
	"current_date": "current_date", "current_timestamp": "current_timestamp", "localtimestamp": "localtimestamp",
	"current_user": "current_user", "user": "current_user", "session_user": "current_user",
}

// foldedName is a name of one part in lower case, else empty.
func foldedName(e plan.Attribute) string {
	if len(e.Parts) != 1 || e.PlanID != 0 {
		return ""
	}
	return strings.ToLower(e.Parts[0])
}

// outerColumn resolves col.outer(): a column of the query around.
func (s *scope) outerColumn(e plan.Call) (typed.Expression, error) {
	if len(e.Args) != 1 || s.query.outer == nil {
		return nil, unresolvedRoutine(e.Name)
	}
	return s.query.outer.expression(e.Args[0])
}

// currentTime resolves the functions that give the time at which the query began.
func (s *scope) currentTime(e plan.Call) (typed.Expression, error) {
	now := s.a.options.CurrentTime
	if now.IsZero() || len(e.Args) > 0 {
		args, err := s.expressions(e.Args)
		if err != nil {
			return nil, err
		}
		return s.resolve(e.Name, args...)
	}
	zone, err := time.LoadLocation(s.a.options.TimeZone)
	if err != nil {
		zone = time.UTC
	}
	local := now.In(zone)
	wall := time.Date(local.Year(), local.Month(), local.Day(), local.Hour(), local.Minute(), local.Second(), local.Nanosecond(), time.UTC)
	switch e.Name {
	case "current_date", "curdate":
		return typed.Literal{Value: int32(wall.Unix() / int64(24*time.Hour/time.Second)), DataType: types.Date}, nil
	case "localtimestamp":
		return typed.Literal{Value: wall.UnixMicro(), DataType: types.TimestampNTZ}, nil
	}
	return typed.Literal{Value: now.UnixMicro(), DataType: types.Timestamp}, nil
}

// caseWhen resolves CASE WHEN: pairs of condition and value, then the default if there is one.
func (s *scope) caseWhen(e plan.Call) (typed.Expression, error) {
	args, err := s.expressions(e.Args)
	if err != nil {
		return nil, err
	}
	var values []types.DataType
	for i, arg := range args {
		if i%2 == 1 || i == len(args)-1 {
			values = append(values, arg.Type())
			continue
		}
		if arg.Type() == types.Null {
			args[i] = s.castTo(arg, types.Boolean)
		} else if arg.Type() != types.Boolean {
			position, input := ordinal(i), `"`+s.pretty(e.Args[i])+`"`
			return nil, mismatch("UNEXPECTED_INPUT_TYPE", s.pretty(e), `The %s parameter requires the "BOOLEAN" type, however %s has the type %s.`,
				position, input, quotedType(arg.Type())).
				With("paramIndex", position, "requiredType", `"BOOLEAN"`, "inputSql", input, "inputType", quotedType(arg.Type()))
		}
	}
	common, ok := types.WiderOf(values, s.a.options.ANSI)
	if !ok {
		return nil, s.differentTypes(e, "casewhen", values)
	}
	resolved := typed.Case{DataType: common}
	for i := 0; i+1 < len(args); i += 2 {
		resolved.Branches = append(resolved.Branches, typed.Branch{When: args[i], Then: s.castTo(args[i+1], common)})
	}
	if len(args)%2 == 1 {
		resolved.Else = s.castTo(args[len(args)-1], common)
	}
	return resolved, nil
}

func (s *scope) differentTypes(e plan.Expression, name string, list []types.DataType) error {
	quoted := make([]string, len(list))
	for i, t := range list {
		quoted[i] = quotedType(t)
	}
	text := "[" + strings.Join(quoted, ", ") + "]"
	return mismatch("DATA_DIFF_TYPES", s.pretty(e), "Input to `%s` should all be the same type, but it's %s.", name, text).
		With("functionName", "`"+name+"`", "dataType", text)
}

// castTo casts implicitly; what has the type but for nullability of members is left alone.
func (s *scope) castTo(e typed.Expression, to types.DataType) typed.Expression {
	return s.a.castTo(e, to)
}

func (a *analyzer) castTo(e typed.Expression, to types.DataType) typed.Expression {
	if types.EqualIgnoringNulls(e.Type(), to) {
		return e
	}
	if l, ok := e.(typed.Literal); ok && l.Value == nil {
		return typed.Literal{DataType: to}
	}
	return typed.Cast{Child: e, To: to, ANSI: a.options.ANSI}
}

// structOf resolves struct(…), whose fields are named after its arguments.
func (s *scope) structOf(e plan.Call) (typed.Expression, error) {
	written, err := s.expandStars(e)
	if err != nil {
		return nil, err
	}
	var args []typed.Expression
	for i, w := range written {
		value, err := s.expression(w)
		if err != nil {
			return nil, err
		}
		args = append(args, stringLiteral(fieldName(w, i)), value)
	}
	return s.resolve("named_struct", args...)
}

func fieldName(e plan.Expression, i int) string {
	switch e := e.(type) {
	case resolvedExpression:
		return fieldName(e.Expression, i)
	case plan.Alias:
		return e.Names[0]
	case plan.Attribute:
		return e.Parts[len(e.Parts)-1]
	case plan.LambdaVariable:
		return e.Name
	case plan.ExtractValue:
		if l, ok := e.Key.(plan.Literal); ok {
			if name, ok := l.Value.(string); ok {
				return name
			}
		}
	}
	return "col" + itoa(i+1)
}

// The names of the calls that stand for grouping() and grouping_id() until the Aggregate around them is known.
const (
	groupingCall   = "grouping"
	groupingIDCall = "grouping_id"
)

func (s *scope) grouping(e plan.Call) (typed.Expression, error) {
	args, err := s.expressions(e.Args)
	if err != nil {
		return nil, err
	}
	result := types.DataType(types.Long)
	if e.Name == groupingCall {
		if len(args) != 1 {
			return nil, unresolvedRoutine(e.Name)
		}
		result = types.Byte
	}
	return typed.Call{Name: e.Name, Args: args, DataType: result}, nil
}

func isGrouping(e typed.Expression) bool {
	c, ok := e.(typed.Call)
	return ok && (c.Name == groupingCall || c.Name == groupingIDCall)
}

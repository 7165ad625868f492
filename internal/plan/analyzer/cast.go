package analyzer

import (
	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/plan/function"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
)

// cast resolves CAST and TRY_CAST and refuses casts that Spark has not.
func (s *scope) cast(e plan.Cast) (typed.Expression, error) {
	child, err := s.expression(e.Child)
	if err != nil {
		return nil, err
	}
	ansi := s.a.options.ANSI
	switch e.Mode {
	case plan.CastANSI, plan.CastTry:
		ansi = true
	case plan.CastLegacy:
		ansi = false
	}
	to := textWithoutLength(e.To)
	if !types.CanCast(child.Type(), to, ansi) {
		return nil, s.badCast(e, child.Type(), ansi)
	}
	if literal, ok := s.timestampLiteral(e, child); ok {
		return literal, nil
	}
	return typed.Cast{Child: child, To: to, Try: e.Mode == plan.CastTry, ANSI: ansi}, nil
}

// timestampLiteral reads TIMESTAMP '…', which the parser leaves as a cast because its zone is the session's.
func (s *scope) timestampLiteral(e plan.Cast, child typed.Expression) (typed.Expression, bool) {
	literal, ok := child.(typed.Literal)
	text, isText := literal.Value.(string)
	if !ok || !isText || e.Mode != plan.CastANSI || e.To != types.Timestamp {
		return nil, false
	}
	micros, ok := function.ParseTimestamp(text, s.a.options.TimeZone)
	return typed.Literal{Value: micros, DataType: types.Timestamp}, ok
}

// textWithoutLength replaces char and varchar by string, as Spark does in casts.
func textWithoutLength(t types.DataType) types.DataType {
	switch t := t.(type) {
	case types.Char, types.VarChar:
		return types.String
	case types.Array:
		t.Element = textWithoutLength(t.Element)
		return t
	case types.Map:
		t.Key, t.Value = textWithoutLength(t.Key), textWithoutLength(t.Value)
		return t
	case types.Struct:
		fields := make([]types.Field, len(t.Fields))
		for i, f := range t.Fields {
			f.Type = textWithoutLength(f.Type)
			fields[i] = f
		}
		return types.Struct{Fields: fields}
	}
	return t
}

// castFunctions name what converts where CAST does not.
func castFunctions(from, to types.DataType) string {
	switch {
	case from == types.Date && to == types.Integer:
		return "`UNIX_DATE`"
	case from == types.Timestamp && types.IsNumeric(to):
		return "`UNIX_SECONDS`/`UNIX_MILLIS`/`UNIX_MICROS`"
	case to == types.Timestamp && types.IsNumeric(from):
		return "`TIMESTAMP_SECONDS`/`TIMESTAMP_MILLIS`/`TIMESTAMP_MICROS`"
	case to == types.Date && from == types.Integer:
		return "`DATE_FROM_UNIX_DATE`"
	}
	return ""
}

func (s *scope) badCast(e plan.Cast, from types.DataType, ansi bool) error {
	source, target := quotedType(from), quotedType(e.To)
	text := s.pretty(e)
	if functions := castFunctions(from, e.To); ansi && functions != "" && e.Mode != plan.CastTry {
		return mismatch("CAST_WITH_FUNC_SUGGESTION", text,
			"cannot cast %s to %s. To convert values from %s to %s, you can use the functions %s instead.", source, target, source, target, functions).
			With("srcType", source, "targetType", target, "functionNames", functions)
	}
	if ansi && e.Mode == plan.CastDefault && types.CanCast(from, e.To, false) {
		config, value := `"spark.sql.ansi.enabled"`, "'false'"
		return mismatch("CAST_WITH_CONF_SUGGESTION", text,
			"cannot cast %s to %s with ANSI mode on. If you have to cast %s to %s, you can set %s as %s.", source, target, source, target, config, value).
			With("srcType", source, "targetType", target, "config", config, "configVal", value)
	}
	return mismatch("CAST_WITHOUT_SUGGESTION", text, "cannot cast %s to %s.", source, target).With("srcType", source, "targetType", target)
}

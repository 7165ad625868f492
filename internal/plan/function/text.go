package function

import (
	"strconv"
	"strings"

	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
)

// Text writes an expression as Spark's errors quote it, such as "(a + 1)".
func Text(e typed.Expression) string {
	switch x := e.(type) {
	case typed.Reference:
		return types.QuoteIfNeeded(x.Column.Name)
	case typed.Literal:
		return literalText(x)
	case typed.Cast:
		name := "CAST("
		if x.Try {
			name = "TRY_CAST("
		}
		return name + Text(x.Child) + " AS " + x.To.SQL() + ")"
	case typed.Case:
		var b strings.Builder
		b.WriteString("CASE")
		for _, branch := range x.Branches {
			b.WriteString(" WHEN " + Text(branch.When) + " THEN " + Text(branch.Then))
		}
		if x.Else != nil {
			b.WriteString(" ELSE " + Text(x.Else))
		}
		return b.String() + " END"
	case typed.Field:
		return Text(x.Child) + "." + types.QuoteIfNeeded(x.Name)
	case typed.LambdaVariable:
		return "namedlambdavariable()"
	case typed.Lambda:
		names := make([]string, len(x.Parameters))
		for i := range names {
			names[i] = "namedlambdavariable()"
		}
		return "lambdafunction(" + Text(x.Body) + ", " + strings.Join(names, ", ") + ")"
	case typed.Call:
		args := make([]string, len(x.Args))
		for i, a := range x.Args {
			args[i] = Text(a)
		}
		return PrettyCall(x.Name, args)
	case typed.Window:
		return Text(x.Function) + " OVER (…)"
	}
	return "scalarsubquery()"
}

// PrettyCall is the name of a column computed by a call, from the name as called and the printed arguments.
func PrettyCall(name string, args []string) string {
	name = strings.TrimPrefix(name, internalPrefix)
	if f, ok := Lookup(name); ok && f.Pretty != nil {
		return f.Pretty(name, args)
	}
	return name + "(" + strings.Join(args, ", ") + ")"
}

func literalText(l typed.Literal) string {
	if l.Value == nil {
		return "NULL"
	}
	switch v := l.Value.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case int8:
		return strconv.Itoa(int(v))
	case int16:
		return strconv.Itoa(int(v))
	case int32:
		if l.DataType == types.Date {
			return "DATE '" + dateText(int64(v)) + "'"
		}
		return strconv.Itoa(int(v))
	case int64:
		if l.DataType == types.Long {
			return strconv.FormatInt(v, 10)
		}
	case types.DecimalValue:
		return v.String()
	case float64:
		return JavaDouble(v)
	case float32:
		return JavaFloat(v)
	}
	text, err := LiteralSQL(l)
	if err != nil {
		return "?"
	}
	return text
}

// infix names a column by its operator: (a + b).
func infix(operator string) func(string, []string) string {
	return func(name string, args []string) string {
		if len(args) != 2 {
			return name + "(" + strings.Join(args, ", ") + ")"
		}
		return "(" + args[0] + " " + operator + " " + args[1] + ")"
	}
}

// called names a column by one name, whatever alias was written.
func called(name string) func(string, []string) string {
	return func(_ string, args []string) string { return name + "(" + strings.Join(args, ", ") + ")" }
}

package typed

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/hfspark/hfspark/internal/plan/types"
)

// infix are the calls that read best between their two arguments.
var infix = map[string]string{
	"+": "+", "-": "-", "*": "*", "/": "/", "%": "%", "div": "div", "==": "=", "<=>": "<=>", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">=",
	"and": "AND", "or": "OR", "&": "&", "|": "|", "^": "^", "like": "LIKE", "rlike": "RLIKE",
}

// Text prints an expression for people, as in explain; columns are written name#id.
func Text(e Expression) string {
	switch e := e.(type) {
	case Reference:
		return columnText(e.Column)
	case Literal:
		return literalText(e)
	case LambdaVariable:
		return e.Name
	case Lambda:
		names := make([]string, len(e.Parameters))
		for i, p := range e.Parameters {
			names[i] = p.Name
		}
		return "(" + strings.Join(names, ", ") + ") -> " + Text(e.Body)
	case Call:
		return callText(e)
	case Cast:
		name := "cast"
		if e.Try {
			name = "try_cast"
		}
		return name + "(" + Text(e.Child) + " as " + e.To.SimpleString() + ")"
	case Case:
		return caseText(e)
	case Field:
		return Text(e.Child) + "." + e.Name
	case Window:
		return windowText(e)
	case ScalarSubquery:
		return "scalarsubquery()"
	case Exists:
		return "exists()"
	case InSubquery:
		return "(" + textList(e.Values) + " IN (subquery))"
	}
	return fmt.Sprintf("%T", e)
}

// Operator is the sign of a call between two arguments, for people; with mirrored the one for the arguments the other way around.
func Operator(name string, mirrored bool) string {
	if mirrored {
		if other, ok := map[string]string{"<": ">", "<=": ">=", ">": "<", ">=": "<="}[name]; ok {
			name = other
		}
	}
	if sign, ok := infix[name]; ok {
		return sign
	}
	return name
}

func callText(c Call) string {
	if symbol, ok := infix[c.Name]; ok && len(c.Args) == 2 {
		return "(" + Text(c.Args[0]) + " " + symbol + " " + Text(c.Args[1]) + ")"
	}
	switch {
	case c.Name == "isnull" && len(c.Args) == 1:
		return "(" + Text(c.Args[0]) + " IS NULL)"
	case c.Name == "isnotnull" && len(c.Args) == 1:
		return "(" + Text(c.Args[0]) + " IS NOT NULL)"
	case c.Name == "not" && len(c.Args) == 1:
		return "NOT " + Text(c.Args[0])
	case c.Name == "in" && len(c.Args) > 0:
		return Text(c.Args[0]) + " IN (" + textList(c.Args[1:]) + ")"
	}
	distinct := ""
	if c.Distinct {
		distinct = "DISTINCT "
	}
	text := c.Name + "(" + distinct + textList(c.Args) + ")"
	if len(c.OrderWithin) > 0 {
		text += " WITHIN GROUP (ORDER BY " + orderList(c.OrderWithin) + ")"
	}
	if c.Filter != nil {
		text += " FILTER (WHERE " + Text(c.Filter) + ")"
	}
	return text
}

func caseText(c Case) string {
	var b strings.Builder
	b.WriteString("CASE")
	for _, branch := range c.Branches {
		b.WriteString(" WHEN " + Text(branch.When) + " THEN " + Text(branch.Then))
	}
	if c.Else != nil {
		b.WriteString(" ELSE " + Text(c.Else))
	}
	return b.String() + " END"
}

func windowText(w Window) string {
	var parts []string
	if len(w.PartitionBy) > 0 {
		parts = append(parts, "PARTITION BY "+textList(w.PartitionBy))
	}
	if len(w.OrderBy) > 0 {
		parts = append(parts, "ORDER BY "+orderList(w.OrderBy))
	}
	if w.Frame != nil {
		kind := "RANGE"
		if w.Frame.Rows {
			kind = "ROWS"
		}
		parts = append(parts, kind+" BETWEEN "+boundText(w.Frame.Lower)+" AND "+boundText(w.Frame.Upper))
	}
	return callText(w.Function) + " OVER (" + strings.Join(parts, " ") + ")"
}

func boundText(b Bound) string {
	switch b.Kind {
	case UnboundedPreceding:
		return "UNBOUNDED PRECEDING"
	case UnboundedFollowing:
		return "UNBOUNDED FOLLOWING"
	case Preceding:
		return Text(b.Value) + " PRECEDING"
	case Following:
		return Text(b.Value) + " FOLLOWING"
	}
	return "CURRENT ROW"
}

func orderList(list []Order) string {
	parts := make([]string, len(list))
	for i, o := range list {
		parts[i] = Text(o.Child) + " ASC"
		if o.Descending {
			parts[i] = Text(o.Child) + " DESC"
		}
		if o.NullsLast {
			parts[i] += " NULLS LAST"
		} else {
			parts[i] += " NULLS FIRST"
		}
	}
	return strings.Join(parts, ", ")
}

func textList(list []Expression) string {
	parts := make([]string, len(list))
	for i, e := range list {
		parts[i] = Text(e)
	}
	return strings.Join(parts, ", ")
}

func literalText(l Literal) string {
	switch v := l.Value.(type) {
	case nil:
		return "NULL"
	case string:
		return "'" + strings.ReplaceAll(v, "'", "\\'") + "'"
	case []byte:
		return fmt.Sprintf("X'%X'", v)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64) + "D"
	case types.DecimalValue:
		return v.String()
	}
	if l.DataType == types.Date || l.DataType == types.Timestamp || types.IsNested(l.DataType) {
		return fmt.Sprintf("%s(%v)", l.DataType.SimpleString(), l.Value)
	}
	return fmt.Sprint(l.Value)
}

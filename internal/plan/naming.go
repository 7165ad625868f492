package plan

import (
	"fmt"
	"strings"

	"github.com/hfspark/hfspark/internal/plan/types"
)

// Naming prints expressions as Spark's toPrettySQL does: the text that becomes the name of a column without an alias, such as
// "(a + 1)", "CAST(a AS INT)" and "count(1)". The zero Naming works from the expression alone; its functions add what only an
// analyzer knows. None of them has to be set.
type Naming struct {
	// Function prints a call from its printed arguments, or returns false for the usual print. It is asked for operators too.
	Function func(name string, args []string) (string, bool)
	// Attribute prints a column. Unset, it is the last part of its name.
	Attribute func(Attribute) string
	// IsStruct reports whether the value of e is a struct, whose members print as e.member rather than e[key].
	IsStruct func(e Expression) bool
}

// PrettySQL prints e as Spark's toPrettySQL does. pretty may override the print of calls, and may be nil.
func PrettySQL(e Expression, pretty func(name string, args []string) (string, bool)) string {
	return Naming{Function: pretty}.SQL(e)
}

// ColumnName is the name of the column that e computes: its alias, the last part of its name, for a cast of a column that
// column's name, and else SQL(e).
func (n Naming) ColumnName(e Expression) string {
	switch x := e.(type) {
	case Alias:
		if len(x.Names) > 0 {
			return x.Names[0]
		}
		return n.ColumnName(x.Child)
	case Attribute:
		if len(x.Parts) > 0 {
			return x.Parts[len(x.Parts)-1]
		}
	case Cast:
		if a, ok := x.Child.(Attribute); ok && len(a.Parts) > 0 && n.attribute(a) == a.Parts[len(a.Parts)-1] {
			return a.Parts[len(a.Parts)-1]
		}
	}
	return n.SQL(e)
}

// castNames are the functions that are casts to the type of their name. Spark leaves them out of what it prints.
var castNames = map[string]bool{
	"boolean": true, "tinyint": true, "smallint": true, "int": true, "bigint": true, "float": true, "double": true, "decimal": true,
	"date": true, "timestamp": true, "binary": true, "string": true,
}

// SQL prints e as Spark's toPrettySQL does.
func (n Naming) SQL(e Expression) string {
	switch x := e.(type) {
	case Literal:
		return literalText(x)
	case Attribute:
		return n.attribute(x)
	case Star:
		return strings.Join(append(append([]string(nil), x.Target...), "*"), ".")
	case Regex:
		return x.Pattern
	case Call:
		return n.call(x)
	case Alias:
		return n.SQL(x.Child) + " AS " + strings.Join(x.Names, ", ")
	case Cast:
		if x.Mode == CastTry {
			return "TRY_CAST(" + n.SQL(x.Child) + " AS " + x.To.SQL() + ")"
		}
		if text, ok := x.Child.(Literal); ok && x.Mode == CastANSI && x.To == types.Timestamp && text.Type == types.String {
			return fmt.Sprintf("TIMESTAMP '%v'", text.Value) // how the parser writes the literal, whose zone is the session's
		}
		return "CAST(" + n.SQL(x.Child) + " AS " + x.To.SQL() + ")"
	case SortOrder:
		return n.order(x)
	case Window:
		return n.window(x)
	case ExtractValue:
		return n.extract(x)
	case Lambda:
		return "lambdafunction(" + n.SQL(x.Body) + strings.Repeat(", "+variableText, len(x.Parameters)) + ")"
	case LambdaVariable:
		return variableText
	case UpdateFields:
		return n.updateFields(x)
	case Subquery:
		return n.subquery(x)
	case nil:
		return ""
	}
	return fmt.Sprintf("%T", e)
}

// updateFields prints the changes of a struct, one made after the other, as one call.
func (n Naming) updateFields(x UpdateFields) string {
	change := "dropfield()"
	if x.Value != nil {
		change = "WithField(" + n.SQL(x.Value) + ")"
	}
	if inner, ok := x.Child.(UpdateFields); ok {
		return strings.TrimSuffix(n.updateFields(inner), ")") + ", " + change + ")"
	}
	return "update_fields(" + n.SQL(x.Child) + ", " + change + ")"
}

// variableText is what Spark prints for each parameter of a lambda function.
const variableText = "namedlambdavariable()"

func (n Naming) attribute(a Attribute) string {
	if n.Attribute != nil {
		return n.Attribute(a)
	}
	if len(a.Parts) == 0 {
		return ""
	}
	return a.Parts[len(a.Parts)-1]
}

func (n Naming) all(list []Expression) []string {
	texts := make([]string, len(list))
	for i, e := range list {
		texts[i] = n.SQL(e)
	}
	return texts
}

func (n Naming) subquery(s Subquery) string {
	switch s.Kind {
	case ExistsSubquery:
		return "exists()"
	case InSubquery:
		values := strings.Join(n.all(s.Values), ", ")
		if len(s.Values) > 1 {
			pairs := make([]string, 0, 2*len(s.Values))
			for i, v := range s.Values {
				pairs = append(pairs, rowName(v, i), n.SQL(v))
			}
			values = "named_struct(" + strings.Join(pairs, ", ") + ")"
		}
		return "(" + values + " IN (listquery()))"
	}
	return "scalarsubquery()"
}

// rowName is the name of the value at position i of a row (a, b).
func rowName(e Expression, i int) string {
	switch x := e.(type) {
	case Attribute:
		return x.Parts[len(x.Parts)-1]
	case Alias:
		return x.Names[0]
	}
	return fmt.Sprintf("col%d", i+1)
}

func (n Naming) extract(x ExtractValue) string {
	child, key := n.SQL(x.Child), n.SQL(x.Key)
	literal, ok := x.Key.(Literal)
	if ok && literal.Type == types.String && (n.IsStruct != nil && n.IsStruct(x.Child) || n.IsStruct == nil && !isColumn(x.Child)) {
		return child + "." + key
	}
	return child + "[" + key + "]"
}

func isColumn(e Expression) bool {
	_, ok := e.(Attribute)
	return ok
}

func (n Naming) order(o SortOrder) string {
	text := n.SQL(o.Child) + " ASC"
	if o.Descending {
		text = n.SQL(o.Child) + " DESC"
	}
	if o.NullsLast {
		return text + " NULLS LAST"
	}
	return text + " NULLS FIRST"
}

func (n Naming) orders(list []SortOrder) string {
	texts := make([]string, len(list))
	for i, o := range list {
		texts[i] = n.order(o)
	}
	return strings.Join(texts, ", ")
}

// prefix and infix operators, by the name of their function.
var (
	infixOperators = map[string]string{
		"+": "+", "-": "-", "*": "*", "/": "/", "%": "%", "div": "div", "==": "=", "=": "=", "<=>": "<=>", "<": "<", "<=": "<=", ">": ">",
		">=": ">=", "and": "AND", "or": "OR", "&": "&", "|": "|", "^": "^", "<<": "<<", ">>": ">>", ">>>": ">>>",
	}
	prefixOperators = map[string]string{"not": "(NOT %s)", "!": "(NOT %s)", "positive": "(+ %s)", "~": "~%s"}
)

func (n Naming) call(c Call) string {
	text := n.bareCall(c)
	if c.OrderWithin != nil {
		text += " WITHIN GROUP (ORDER BY " + n.within(c) + ")"
	}
	if c.Filter != nil {
		text += " FILTER (WHERE " + n.SQL(c.Filter) + ")"
	}
	return text
}

// within prints the ordering of an aggregate; those that choose a value by it print it short.
func (n Naming) within(c Call) string {
	if !strings.HasPrefix(c.Name, "percentile_") && c.Name != "mode" {
		return n.orders(c.OrderWithin)
	}
	texts := make([]string, len(c.OrderWithin))
	for i, o := range c.OrderWithin {
		texts[i] = n.SQL(o.Child)
		if o.Descending != (c.Name == "mode") {
			texts[i] += " DESC"
		}
	}
	return strings.Join(texts, ", ")
}

func (n Naming) bareCall(c Call) string {
	args := n.all(c.Args)
	for _, a := range c.Named {
		args = append(args, a.Name+" => "+n.SQL(a.Value))
	}
	if n.Function != nil && !c.Distinct {
		if text, ok := n.Function(c.Name, args); ok {
			return text
		}
	}
	if text, ok := syntaxText(c.Name, args); ok {
		return text
	}
	name, args := functionText(c.Name, args)
	if c.Distinct && len(args) > 0 {
		args[0] = "DISTINCT " + args[0]
	}
	text := name + "(" + strings.Join(args, ", ") + ")"
	if c.IgnoreNulls && c.Name == "nth_value" {
		text += " ignore nulls"
	}
	return text
}

// syntaxText prints the calls that do not print as name(arguments).
func syntaxText(name string, args []string) (string, bool) {
	if operator, ok := infixOperators[name]; ok && len(args) == 2 {
		return "(" + args[0] + " " + operator + " " + args[1] + ")", true
	}
	if operator, ok := prefixOperators[name]; ok && len(args) == 1 {
		return fmt.Sprintf(operator, args[0]), true
	}
	switch {
	case name == "-" && len(args) == 1:
		return "(- " + args[0] + ")", true
	case name == "isnull" && len(args) == 1:
		return "(" + args[0] + " IS NULL)", true
	case name == "isnotnull" && len(args) == 1:
		return "(" + args[0] + " IS NOT NULL)", true
	case name == "in" && len(args) > 1:
		return "(" + args[0] + " IN (" + strings.Join(args[1:], ", ") + "))", true
	case name == "like" && len(args) == 2:
		return args[0] + " LIKE " + args[1], true
	case name == "like" && len(args) == 3:
		return args[0] + " LIKE " + args[1] + " ESCAPE '" + args[2] + "'", true
	case (name == "when" || name == "casewhen") && len(args) > 1:
		return caseText(args), true
	case name == "if" && len(args) == 3:
		return "(IF(" + strings.Join(args, ", ") + "))", true
	case name == "extract" && len(args) == 2:
		return "extract(" + args[0] + " FROM " + args[1] + ")", true
	case name == "trim" && len(args) == 2:
		return "TRIM(BOTH " + args[0] + " FROM " + args[1] + ")", true
	case name == "ltrim" && len(args) == 2:
		return "TRIM(LEADING " + args[0] + " FROM " + args[1] + ")", true
	case name == "rtrim" && len(args) == 2:
		return "TRIM(TRAILING " + args[0] + " FROM " + args[1] + ")", true
	case name == "datepart" && len(args) == 2:
		return "datepart(" + args[0] + " FROM " + args[1] + ")", true
	case castNames[name] && len(args) == 1:
		return args[0], true
	}
	return "", false
}

func caseText(args []string) string {
	var b strings.Builder
	b.WriteString("CASE")
	for i := 0; i+1 < len(args); i += 2 {
		b.WriteString(" WHEN " + args[i] + " THEN " + args[i+1])
	}
	if len(args)%2 == 1 {
		b.WriteString(" ELSE " + args[len(args)-1])
	}
	b.WriteString(" END")
	return b.String()
}

func (n Naming) window(w Window) string {
	var parts []string
	if len(w.PartitionBy) > 0 {
		parts = append(parts, "PARTITION BY "+strings.Join(n.all(w.PartitionBy), ", "))
	}
	if len(w.OrderBy) > 0 {
		parts = append(parts, "ORDER BY "+n.orders(w.OrderBy))
	}
	parts = append(parts, n.frame(w))
	return n.windowFunction(w.Function) + " OVER (" + strings.Join(parts, " ") + ")"
}

// windowFunction prints the function of a window; Spark replaces some aggregates that ignore nulls by others.
func (n Naming) windowFunction(e Expression) string {
	if c, ok := e.(Call); ok && c.IgnoreNulls {
		switch c.Name {
		case "first_value":
			c.Name = "first"
			return n.SQL(c)
		case "last_value":
			c.Name = "last"
			return n.SQL(c)
		}
	}
	return n.SQL(e)
}

func (n Naming) frame(w Window) string {
	if w.Frame != nil {
		kind := "RANGE"
		if w.Frame.Rows {
			kind = "ROWS"
		}
		return kind + " BETWEEN " + n.bound(w.Frame.Lower, "PRECEDING") + " AND " + n.bound(w.Frame.Upper, "FOLLOWING")
	}
	if c, ok := w.Function.(Call); ok {
		switch c.Name {
		case "row_number", "rank", "dense_rank", "percent_rank", "ntile":
			return "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"
		case "lag", "lead":
			offset := "1"
			if len(c.Args) > 1 {
				offset = n.SQL(c.Args[1])
			}
			if c.Name == "lag" {
				offset = "-" + offset
			}
			return "ROWS BETWEEN " + offset + " FOLLOWING AND " + offset + " FOLLOWING"
		}
	}
	if len(w.OrderBy) > 0 {
		return "RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"
	}
	return "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING"
}

func (n Naming) bound(b Bound, side string) string {
	switch b.Kind {
	case Unbounded:
		return "UNBOUNDED " + side
	case Value:
		if c, ok := b.Value.(Call); ok && (c.Name == "-" || c.Name == "negative") && len(c.Args) == 1 {
			return n.SQL(c.Args[0]) + " PRECEDING"
		}
		return n.SQL(b.Value) + " FOLLOWING" // as Spark has it, even for a negative literal
	}
	return "CURRENT ROW"
}

package typed

import (
	"fmt"
	"sort"
	"strconv"
	"strings"
)

// Equal reports whether two expressions compute the same value from the same columns, whatever names were written.
func Equal(a, b Expression) bool { return Key(a) == Key(b) }

// commutative are the calls whose arguments may be swapped without changing the result.
var commutative = map[string]bool{"+": true, "*": true, "and": true, "or": true, "==": true, "<=>": true, "&": true, "|": true, "^": true}

// Key returns a text that is the same for expressions that compute the same: columns count by id, lambda parameters by
// position, and operands of commutative operators in any order.
func Key(e Expression) string {
	k := keyWriter{lambdas: map[ColumnID]int{}}
	return k.key(e)
}

type keyWriter struct{ lambdas map[ColumnID]int }

func (k *keyWriter) key(e Expression) string {
	switch e := e.(type) {
	case nil:
		return "-"
	case Reference:
		return "#" + strconv.Itoa(int(e.Column.ID))
	case Literal:
		return fmt.Sprintf("%s:%q", e.DataType.SimpleString(), fmt.Sprint(e.Value))
	case LambdaVariable:
		if n, ok := k.lambdas[e.ID]; ok {
			return "$" + strconv.Itoa(n)
		}
		return "$#" + strconv.Itoa(int(e.ID))
	case Lambda:
		for _, p := range e.Parameters {
			k.lambdas[p.ID] = len(k.lambdas)
		}
		return "lambda(" + k.key(e.Body) + ")"
	case Call:
		return k.call(e)
	case Cast:
		return fmt.Sprintf("cast(%s,%s,%t,%t)", k.key(e.Child), e.To.SimpleString(), e.Try, e.ANSI)
	case Field:
		return fmt.Sprintf("%s.%d", k.key(e.Child), e.Index)
	case Window:
		return k.window(e)
	case ScalarSubquery, Exists, InSubquery:
		return fmt.Sprintf("subquery(%p,%s)", Subplan(e), k.list(Children(e)))
	}
	return fmt.Sprintf("%T(%s)", e, k.list(Children(e)))
}

func (k *keyWriter) call(c Call) string {
	args := make([]string, len(c.Args))
	for i, a := range c.Args {
		args[i] = k.key(a)
	}
	if commutative[c.Name] {
		sort.Strings(args)
	}
	text := c.Name + "(" + strings.Join(args, ",") + ")"
	if c.Distinct {
		text += " distinct"
	}
	if c.Filter != nil {
		text += " filter " + k.key(c.Filter)
	}
	if c.IgnoreNulls {
		text += " ignore"
	}
	return text + k.orders(c.OrderWithin)
}

func (k *keyWriter) window(w Window) string {
	text := k.call(w.Function) + " over " + k.list(w.PartitionBy) + k.orders(w.OrderBy)
	if w.Frame != nil {
		text += fmt.Sprintf(" frame(%t,%d %s,%d %s)", w.Frame.Rows, w.Frame.Lower.Kind, k.key(w.Frame.Lower.Value), w.Frame.Upper.Kind, k.key(w.Frame.Upper.Value))
	}
	return text
}

func (k *keyWriter) orders(list []Order) string {
	var text strings.Builder
	for _, o := range list {
		fmt.Fprintf(&text, " by %s %t %t", k.key(o.Child), o.Descending, o.NullsLast)
	}
	return text.String()
}

func (k *keyWriter) list(list []Expression) string {
	keys := make([]string, len(list))
	for i, e := range list {
		keys[i] = k.key(e)
	}
	return strings.Join(keys, ",")
}

package pushdown

import (
	"strings"

	"github.com/hfspark/hfspark/internal/plan/constant"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/source"
)

func (t translator) prefix(args []typed.Expression) source.Predicate {
	s, ok := t.subject(args[0])
	literal, isConstant := constant.Fold(args[1])
	prefix, isText := literal.Value.(string)
	if !ok || !isConstant || !isText || !types.IsText(s.columnType) || prefix == "" {
		return nil
	}
	return source.HasPrefix{Column: s.column, Fields: s.fields, Prefix: prefix}
}

// like translates what a pattern begins with.
func (t translator) like(c typed.Call) source.Predicate {
	s, ok := t.subject(c.Args[0])
	literal, isConstant := constant.Fold(c.Args[1])
	pattern, isText := literal.Value.(string)
	if !ok || !isConstant || !isText || !types.IsText(s.columnType) {
		return nil
	}
	escape := `\`
	if len(c.Args) > 2 {
		e, isConstant := constant.Fold(c.Args[2])
		if escape, isText = e.Value.(string); !isConstant || !isText {
			return nil
		}
	}
	prefix, whole := likePrefix(pattern, escape)
	switch {
	case whole:
		return source.Compare{Column: s.column, Fields: s.fields, Operator: source.Equal, Value: prefix}
	case prefix != "":
		return source.HasPrefix{Column: s.column, Fields: s.fields, Prefix: prefix}
	}
	return nil
}

// likePrefix returns the text before the first wildcard of a pattern, and whether the pattern has no wildcard.
func likePrefix(pattern, escape string) (string, bool) {
	var b strings.Builder
	runes := []rune(pattern)
	for i := 0; i < len(runes); i++ {
		switch r := runes[i]; {
		case escape != "" && string(r) == escape && i+1 < len(runes):
			i++
			b.WriteRune(runes[i])
		case r == '%' || r == '_':
			return b.String(), false
		default:
			b.WriteRune(r)
		}
	}
	return b.String(), true
}

// rlike translates what a pattern anchored at the beginning begins with.
func (t translator) rlike(args []typed.Expression) source.Predicate {
	literal, _ := constant.Fold(args[1])
	pattern, _ := literal.Value.(string)
	return t.prefix([]typed.Expression{args[0], typed.Literal{Value: regexPrefix(pattern), DataType: types.String}})
}

// regexPrefix is a text that all texts begin with that a regular expression finds; "" where there is none.
func regexPrefix(pattern string) string {
	rest, anchored := strings.CutPrefix(pattern, "^")
	if !anchored || strings.Contains(rest, "|") {
		return ""
	}
	var out []rune
	runes := []rune(rest)
	for i := 0; i < len(runes); i++ {
		switch r := runes[i]; {
		case strings.ContainsRune("*?{", r): // What stands before it may be missing.
			return string(out[:max(len(out)-1, 0)])
		case strings.ContainsRune(".[]()+}$^", r):
			return string(out)
		case r == '\\':
			if i++; i == len(runes) || !strings.ContainsRune(`.[](){}*+?$^\-/_ "'#@!%&=:;,<>~`, runes[i]) {
				return string(out)
			}
			out = append(out, runes[i])
		default:
			out = append(out, r)
		}
	}
	return string(out)
}

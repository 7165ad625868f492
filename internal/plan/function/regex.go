package function

import (
	"regexp/syntax"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/dlclark/regexp2"

	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// patterns is the functions that match patterns. A pattern that is constant and that DuckDB's library (RE2) takes as Java
// does is left to it; functions in Go, which know look-around and back references, do the rest.
var patterns = []row{
	{names: "like", in: takes(text, text, text), optional: 1, defaults: []typed.Expression{textLiteral(`\`)}, check: checkLike, out: of(types.Boolean), sql: likeSQL("LIKE"), pretty: prettyLike("LIKE")},
	{names: "ilike", in: takes(text, text, text), optional: 1, defaults: []typed.Expression{textLiteral(`\`)}, check: checkLike, out: of(types.Boolean), sql: likeSQL("ILIKE"), pretty: prettyLike("ilike")},
	{names: "rlike regexp regexp_like", in: takes(text, text), out: of(types.Boolean), sql: rlikeSQL, pretty: prettyRlike},
	{names: "regexp_replace", in: takes(text, text, text, integer), optional: 1, defaults: []typed.Expression{intLiteral(1)}, out: of(types.String), sql: regexpReplaceSQL},
	{names: "regexp_extract", in: takes(text, text, integer), optional: 1, defaults: []typed.Expression{intLiteral(1)}, out: of(types.String), sql: regexpExtractSQL},
	{names: "regexp_extract_all", in: takes(text, text, integer), optional: 1, defaults: []typed.Expression{intLiteral(1)}, out: of(types.Array{Element: types.String, ContainsNull: true}), sql: regexpExtractAllSQL},
	{names: "regexp_count", in: takes(text, text), out: of(types.Integer), sql: regexpCountSQL},
	{names: "regexp_instr", in: takes(text, text, integer), optional: 1, defaults: []typed.Expression{intLiteral(0)}, out: of(types.Integer), sql: checkedPattern("java_regexp_instr($1, $2)")},
	{names: "regexp_substr", in: takes(text, text), out: of(types.String), null: always, sql: regexpSubstrSQL},
	{names: "split", in: takes(text, text, integer), optional: 1, defaults: []typed.Expression{intLiteral(-1)}, out: of(types.Array{Element: types.String}), sql: splitRowSQL},
}

// compiled caches the patterns of the functions in Go; nil marks those that are not valid.
var compiled sync.Map

// matchTimeout ends the search of a pattern that backtracks without end.
const matchTimeout = 10 * time.Second

// compile parses a Java pattern; it returns nil where it is not valid.
func compile(pattern string) *regexp2.Regexp {
	if cached, ok := compiled.Load(pattern); ok {
		return cached.(*regexp2.Regexp)
	}
	re, err := regexp2.Compile(pattern, regexp2.None)
	if err != nil {
		re = nil
	} else {
		re.MatchTimeout = matchTimeout
	}
	compiled.Store(pattern, re)
	return re
}

// native returns a constant pattern that DuckDB takes as Java does.
func native(e typed.Expression) (*syntax.Regexp, bool) {
	l, ok := e.(typed.Literal)
	if !ok {
		return nil, false
	}
	pattern, ok := l.Value.(string)
	if !ok || strings.Contains(pattern, "&&") || strings.Contains(pattern, "[[") || strings.Contains(pattern, "\x00") {
		return nil, false
	}
	parsed, err := syntax.Parse(pattern, syntax.Perl)
	return parsed, err == nil
}

// matchesEmpty reports whether a pattern can match nothing at all.
func matchesEmpty(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpLiteral:
		return len(re.Rune) == 0
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return false
	case syntax.OpPlus, syntax.OpCapture:
		return matchesEmpty(re.Sub[0])
	case syntax.OpRepeat:
		return re.Min == 0 || matchesEmpty(re.Sub[0])
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			if !matchesEmpty(sub) {
				return false
			}
		}
		return true
	case syntax.OpAlternate:
		for _, sub := range re.Sub {
			if matchesEmpty(sub) {
				return true
			}
		}
		return false
	}
	return true
}

func invalidPattern(name string) *sparkerror.Error {
	return sparkerror.New(sparkerror.SparkRuntimeException, "INVALID_PARAMETER_VALUE.PATTERN", "22023",
		"The value of parameter(s) `regexp` in `%s` is invalid: '%s'.", name, placeholder).
		With("parameter", "`regexp`", "functionName", "`"+name+"`", "value", "'"+placeholder+"'")
}

// checkedPattern prints a function in Go whose second argument is a pattern; it raises an error where that is not valid.
func checkedPattern(pattern string) func(typed.Call, []string) (string, error) {
	return func(call typed.Call, args []string) (string, error) {
		return checked(call, args, fill(pattern, args)), nil
	}
}

func checked(call typed.Call, args []string, text string) string {
	if l, ok := call.Args[1].(typed.Literal); ok {
		if pattern, ok := l.Value.(string); ok && compile(pattern) != nil {
			return text
		}
	}
	return "(CASE WHEN java_regexp_valid(" + args[1] + ") OR " + args[0] + " IS NULL THEN " + text + " WHEN " + args[1] + " IS NOT NULL THEN " +
		raise(invalidPattern(call.Name), operands(call, args)[0], placeholder, args[1]) + " END)"
}

// checkLike refuses patterns that end with the escape character, or have it before what needs none.
func checkLike(_ Context, name string, args []typed.Expression) error {
	l, ok := args[1].(typed.Literal)
	pattern, isText := l.Value.(string)
	e, okEscape := args[2].(typed.Literal)
	escape, isTextEscape := e.Value.(string)
	if !okEscape || !isTextEscape || len([]rune(escape)) != 1 {
		return mismatch("INVALID_ESCAPE_CHAR", name, args, "`EscapeChar` should be a string literal of length one, but got "+Text(args[2])+".", "sqlExpr", Text(args[2]))
	}
	if !ok || !isText {
		return nil
	}
	for rest := []rune(pattern); len(rest) > 0; rest = rest[1:] {
		if string(rest[0]) != escape {
			continue
		}
		if len(rest) == 1 {
			return sparkerror.New(sparkerror.AnalysisException, "INVALID_FORMAT.ESC_AT_THE_END", "42601",
				"The format is invalid: '%s'. The escape character is not allowed to end with.", strings.ReplaceAll(pattern, `\`, `\\`)).With("format", pattern)
		}
		if next := string(rest[1]); next != "%" && next != "_" && next != escape {
			return sparkerror.New(sparkerror.AnalysisException, "INVALID_FORMAT.ESC_IN_THE_MIDDLE", "42601",
				"The format is invalid: '%s'. The escape character is not allowed to precede '%s'.", strings.ReplaceAll(pattern, `\`, `\\`), next).
				With("format", pattern, "char", next)
		}
		rest = rest[1:]
	}
	return nil
}

func likeSQL(operator string) func(typed.Call, []string) (string, error) {
	return func(call typed.Call, args []string) (string, error) {
		escape, _ := call.Args[2].(typed.Literal).Value.(string)
		if l, ok := call.Args[1].(typed.Literal); ok {
			if pattern, ok := l.Value.(string); ok && !strings.Contains(pattern, escape) {
				return "(" + args[0] + " " + operator + " " + args[1] + ")", nil
			}
		}
		return "(" + args[0] + " " + operator + " " + args[1] + " ESCAPE " + args[2] + ")", nil
	}
}

func prettyLike(operator string) func(string, []string) string {
	return func(name string, args []string) string {
		if operator == "LIKE" && len(args) >= 2 {
			return args[0] + " LIKE " + args[1]
		}
		return called(name)(name, args)
	}
}

func prettyRlike(name string, args []string) string {
	if len(args) != 2 {
		return called(name)(name, args)
	}
	return "RLIKE(" + args[0] + ", " + args[1] + ")"
}

func rlikeSQL(call typed.Call, args []string) (string, error) {
	if _, ok := native(call.Args[1]); ok {
		return fill("regexp_matches($1, $2)", args), nil
	}
	return checked(call, args, fill("java_regexp_matches($1, $2)", args)), nil
}

// nativeReplacement turns Java's $1 and \$ into RE2's \1 and $.
func nativeReplacement(e typed.Expression, groups int) (string, bool) {
	l, ok := e.(typed.Literal)
	text, isText := l.Value.(string)
	if !ok || !isText {
		return "", false
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '\\':
			i++
			if i == len(text) {
				return "", false
			}
			if text[i] == '\\' {
				b.WriteByte('\\')
			}
			b.WriteByte(text[i])
		case '$':
			i++
			if i == len(text) || text[i] < '0' || text[i] > '9' || int(text[i]-'0') > groups || i+1 < len(text) && text[i+1] >= '0' && text[i+1] <= '9' {
				return "", false
			}
			b.WriteString(`\` + string(text[i]))
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), true
}

func regexpReplaceSQL(call typed.Call, args []string) (string, error) {
	position, first := literalInt(call.Args[3])
	if re, ok := native(call.Args[1]); ok && first && position == 1 && !matchesEmpty(re) {
		if replacement, ok := nativeReplacement(call.Args[2], re.MaxCap()); ok {
			return "regexp_replace(" + args[0] + ", " + args[1] + ", " + quoteString(replacement) + ", 'g')", nil
		}
	}
	return checked(call, args, fill("java_regexp_replace($1, $2, $3, $4)", args)), nil
}

// groupChecked prints a function that takes a group of a pattern, which must have it.
func groupChecked(call typed.Call, args []string, text string) string {
	known := -1
	if re, ok := native(call.Args[1]); ok {
		known = re.MaxCap()
	}
	group, constant := literalInt(call.Args[2])
	if known >= 0 && constant && group >= 0 && int(group) <= known {
		return text
	}
	count := fill("java_regexp_groups($2)", args)
	e := sparkerror.New(sparkerror.SparkRuntimeException, "INVALID_PARAMETER_VALUE.REGEX_GROUP_INDEX", "22023",
		"The value of parameter(s) `idx` in `%s` is invalid: Expects group index between 0 and %s, but got %s.", call.Name, sizePlaceholder, placeholder).
		With("parameter", "`idx`", "functionName", "`"+call.Name+"`", "groupCount", sizePlaceholder, "groupIndex", placeholder)
	return checked(call, args, "(CASE WHEN "+args[0]+" IS NOT NULL AND ("+args[2]+" < 0 OR "+args[2]+" > "+count+") THEN "+
		raise(e, operands(call, args)[0], placeholder, args[2], sizePlaceholder, count)+" ELSE "+text+" END)")
}

func regexpExtractSQL(call typed.Call, args []string) (string, error) {
	group, constant := literalInt(call.Args[2])
	if re, ok := native(call.Args[1]); ok && constant && group >= 0 && int(group) <= re.MaxCap() {
		return "regexp_extract(" + args[0] + ", " + args[1] + ", " + intText(group) + ")", nil
	}
	return groupChecked(call, args, fill("java_regexp_extract($1, $2, $3)", args)), nil
}

func regexpExtractAllSQL(call typed.Call, args []string) (string, error) {
	group, constant := literalInt(call.Args[2])
	if re, ok := native(call.Args[1]); ok && constant && group >= 0 && int(group) <= re.MaxCap() && !matchesEmpty(re) {
		return "regexp_extract_all(" + args[0] + ", " + args[1] + ", " + intText(group) + ")", nil
	}
	return groupChecked(call, args, fill("java_regexp_extract_all($1, $2, $3)", args)), nil
}

func regexpCountSQL(call typed.Call, args []string) (string, error) {
	if re, ok := native(call.Args[1]); ok && !matchesEmpty(re) {
		return "CAST(len(regexp_extract_all(" + args[0] + ", " + args[1] + ")) AS INTEGER)", nil
	}
	return checked(call, args, fill("CAST(len(java_regexp_extract_all($1, $2, 0)) AS INTEGER)", args)), nil
}

func regexpSubstrSQL(call typed.Call, args []string) (string, error) {
	return checked(call, args, fill("java_regexp_extract_all($1, $2, 0)[1]", args)), nil
}

func splitRowSQL(call typed.Call, args []string) (string, error) {
	if limit, ok := literalInt(call.Args[2]); ok && limit <= 0 {
		return splitSQL(call, args[0], 1, args[1])
	}
	return checked(call, args, fill("java_split($1, $2, $3)", args)), nil
}

// splitSQL prints the pieces of a text between the matches of a pattern, which is argument index of the call.
func splitSQL(call typed.Call, text string, index int, pattern string) (string, error) {
	if re, ok := native(call.Args[index]); ok && !matchesEmpty(re) {
		if re.Op == syntax.OpLiteral && re.Flags&syntax.FoldCase == 0 {
			return "string_split(" + text + ", " + quoteString(string(re.Rune)) + ")", nil
		}
		return "string_split_regex(" + text + ", " + pattern + ")", nil
	}
	return "java_split(" + text + ", " + pattern + ", -1)", nil
}

func intText(n int32) string { return strconv.Itoa(int(n)) }

var _ = types.String

package function

import (
	"strings"

	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// codes is the functions that encode, digest and format.
var codes = []row{
	{names: "base64", in: takes(bytesIn), out: of(types.String), sql: template("to_base64($1)")},
	{names: "unbase64", in: takes(text), out: of(types.Binary), sql: template("decode_base64($1)")},
	{names: "hex", in: takes(either(types.Long, types.Binary, types.String)), out: of(types.String), sql: template("hex($1)")},
	{names: "unhex", in: takes(text), out: of(types.Binary), null: always, sql: template("decode_hex($1)")},
	{names: "md5", in: takes(bytesIn), out: of(types.String), sql: template("md5($1)")},
	{names: "sha1 sha", in: takes(bytesIn), out: of(types.String), sql: template("sha1($1)")},
	{names: "sha2", in: takes(bytesIn, integer), out: of(types.String), null: always, sql: template("sha2($1, $2)")},
	{names: "crc32", in: takes(bytesIn), out: of(types.Long), sql: template("crc32($1)")},
	{names: "encode", in: takes(text, text), out: of(types.Binary), null: always, sql: charsetSQL("encode_charset($1, $2)")},
	{names: "decode", resolve: resolveDecode, sql: charsetSQL("decode_charset($1, $2)")},
	{names: "to_binary", resolve: resolveToBinary},
	{names: "try_to_binary", resolve: resolveToBinary},
	{names: "url_encode", in: takes(text), out: of(types.String), null: always, sql: template("form_encode($1)")},
	{names: "url_decode", in: takes(text), out: of(types.String), null: always, sql: urlDecodeSQL},
	{names: "try_url_decode", in: takes(text), out: of(types.String), null: always, sql: template("form_decode($1)")},
	{names: "format_string printf", resolve: resolveFormatString, sql: formatStringSQL},
	{names: "format_number", in: takes(numeric, either(types.Integer, types.String)), out: of(types.String), null: always, sql: formatNumberSQL},
	{names: "conv", in: takes(text, integer, integer), out: of(types.String), null: always, sql: convSQL},
	{names: "bin", in: takes(long), out: of(types.String), sql: template("bin($1)")},
	{names: "parse_url", in: takes(text, text, text), optional: 1, out: of(types.String), null: always, sql: parseURLSQL},
	{names: "try_parse_url", in: takes(text, text, text), optional: 1, out: of(types.String), null: always, sql: parseURLSQL},
}

const charsets = "iso-8859-1, us-ascii, utf-16, utf-16be, utf-16le, utf-32, utf-8"

// charsetSQL prints encode and decode; UTF-8 needs no function in Go.
func charsetSQL(pattern string) func(typed.Call, []string) (string, error) {
	return func(call typed.Call, args []string) (string, error) {
		result := fill(pattern, args)
		l, literal := call.Args[1].(typed.Literal)
		if name, ok := l.Value.(string); literal && ok && strings.EqualFold(name, "utf-8") {
			if call.Name == "encode" {
				return "encode(" + args[0] + ")", nil
			}
			return "bytes_to_text(" + args[0] + ")", nil
		}
		e := sparkerror.New(sparkerror.IllegalArgumentException, "INVALID_PARAMETER_VALUE.CHARSET", "22023",
			"The value of parameter(s) `charset` in `%s` is invalid: expects one of the %s, but got %s.", call.Name, charsets, placeholder).
			With("functionName", "`"+call.Name+"`", "parameter", "`charset`", "charset", placeholder, "charsets", charsets)
		return attemptOr(result, args[0]+" IS NOT NULL AND "+args[1]+" IS NOT NULL",
			raise(e, operands(call, args)[0], placeholder, args[1])), nil
	}
}

// resolveDecode resolves decode(bytes, charset), and decode(value, search, result, …, default), which is a CASE.
func resolveDecode(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	if len(args) < 2 {
		return nil, wrongCount(name, "> 1", len(args))
	}
	if len(args) == 2 {
		return row{in: takes(bytesIn, text), out: of(types.String), null: always}.call(ctx, name, args)
	}
	var pairs []typed.Expression
	for i := 1; i+1 < len(args); i += 2 {
		same, err := compare("<=>")(ctx, "<=>", []typed.Expression{args[0], args[i]})
		if err != nil {
			return nil, err
		}
		pairs = append(pairs, same, args[i+1])
	}
	if len(args)%2 == 0 {
		pairs = append(pairs, args[len(args)-1])
	}
	return resolveWhen(ctx, "when", pairs)
}

// resolveToBinary resolves to_binary(text[, format]) as the function that reads the format, which is hex where none is given.
func resolveToBinary(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	if len(args) < 1 || len(args) > 2 {
		return nil, wrongCount(name, "[1, 2]", len(args))
	}
	format := "hex"
	if len(args) == 2 {
		l, _ := args[1].(typed.Literal)
		given, ok := l.Value.(string)
		if !ok {
			return nil, notFoldable(name, args, 1, "fmt")
		}
		format = strings.ToLower(given)
	}
	switch format {
	case "hex":
		return lookupResolve(ctx, "unhex", args[0])
	case "base64":
		return lookupResolve(ctx, "unbase64", args[0])
	case "utf-8", "utf8":
		return lookupResolve(ctx, "encode", args[0], textLiteral("utf-8"))
	}
	return nil, mismatch("INVALID_ARG_VALUE", name, args, "The `fmt` value must to be a \"case-insensitive \\\"STRING\\\" literal of 'hex', 'utf-8', 'utf8', or 'base64'\", but got '"+format+"'.")
}

func urlDecodeSQL(call typed.Call, args []string) (string, error) {
	e := sparkerror.New(sparkerror.IllegalArgumentException, "CANNOT_DECODE_URL", "22546",
		"The provided URL cannot be decoded: %s. Please ensure that the URL is properly formatted and try again.", placeholder).With("url", placeholder)
	return attemptOr("form_decode("+args[0]+")", args[0]+" IS NOT NULL", raise(e, operands(call, args)[0], placeholder, args[0])), nil
}

func resolveFormatString(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	if len(args) == 0 {
		return nil, wrongCount(name, "> 0", 0)
	}
	to, ok := text.to(ctx, args[0].Type())
	if !ok {
		return nil, unexpectedType(name, args, 0, text.name)
	}
	values := append([]typed.Expression{convert(ctx, args[0], to)}, args[1:]...)
	return typed.Call{Name: name, Args: values, DataType: types.String, Null: values[0].Nullable(), ANSI: ctx.ANSI}, nil
}

// formatStringSQL hands the arguments over as text, with a letter for the kind of each.
func formatStringSQL(call typed.Call, args []string) (string, error) {
	kinds := ""
	values := make([]string, 0, len(args)-1)
	for i, a := range call.Args[1:] {
		t := a.Type()
		value, err := CastSQL(t, types.String, args[i+1], false, true)
		if err != nil {
			return "", err
		}
		_, decimal := t.(types.Decimal)
		switch {
		case types.IsIntegral(t):
			kinds += "i"
		case decimal:
			kinds += "m"
		case t == types.Float, t == types.Double:
			kinds += "d"
		case t == types.Boolean:
			kinds += "b"
		default:
			kinds += "s"
		}
		values = append(values, value)
	}
	return "format_java(" + args[0] + ", CAST([" + strings.Join(values, ", ") + "] AS VARCHAR[]), " + quoteString(kinds) + ")", nil
}

func formatNumberSQL(call typed.Call, args []string) (string, error) {
	value, err := CastSQL(call.Args[0].Type(), types.String, args[0], false, true)
	if err != nil {
		return "", err
	}
	pattern := args[1]
	if call.Args[1].Type() == types.Integer {
		pattern = "(CASE WHEN " + pattern + " >= 0 THEN '#,##0' || CASE WHEN " + pattern + " > 0 THEN '.' || repeat('0', " + pattern + ") ELSE '' END END)"
	}
	return "format_decimal(" + value + ", " + pattern + ")", nil
}

func convSQL(call typed.Call, args []string) (string, error) {
	result := fill("convert_base($1, $2, $3)", args)
	if !call.ANSI {
		return "(CASE WHEN " + result + " = 'overflow' THEN convert_base('-1', 10, " + args[2] + ") ELSE " + result + " END)", nil
	}
	return "(CASE WHEN " + result + " = 'overflow' THEN " + raise(overflow("Overflow in function conv()", ""), operands(call, args)[0]) + " ELSE " + result + " END)", nil
}

func parseURLSQL(_ typed.Call, args []string) (string, error) {
	if len(args) == 2 {
		return fill("url_part($1, $2, '')", args), nil
	}
	return fill("url_part($1, $2, '=' || $3)", args), nil
}

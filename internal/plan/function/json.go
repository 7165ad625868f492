package function

import (
	"strings"

	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sparkerror"
	"github.com/hfspark/hfspark/internal/sqltext"
)

// jsons is the functions that read and write JSON.
var jsons = []row{
	{names: "get_json_object", in: takes(text, text), out: of(types.String), null: always, sql: template("json_get($1, $2)")},
	{names: "json_array_length", in: takes(text), out: of(types.Integer), null: always, sql: template("json_length($1)")},
	{names: "json_object_keys", in: takes(text), out: of(types.Array{Element: types.String, ContainsNull: true}), null: always, sql: template("json_names($1)")},
	{names: "to_json", resolve: resolveToJSON, sql: toJSONSQL},
	{names: "from_json", resolve: resolveFromJSON, sql: fromJSONSQL},
	{names: "json_tuple", kind: Generator, in: takes(text, text), repeat: true, out: rowsOf(tupleColumns), columns: tupleColumns, sql: tupleSQL},
}

func resolveToJSON(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	if len(args) == 2 {
		return nil, sparkerror.Unsupported("to_json with options", "Format the members before.")
	}
	if len(args) != 1 {
		return nil, wrongCount(name, "[1, 2]", len(args))
	}
	if t := args[0].Type(); t == types.Null {
		return typed.Literal{DataType: types.String}, nil
	} else if !types.IsNested(t) {
		return nil, mismatch("INVALID_JSON_SCHEMA", name, args, "Input schema "+quotedType(args[0])+" must be a struct, an array, a map or a variant.", "schema", quotedType(args[0]))
	}
	return typed.Call{Name: name, Args: args, DataType: types.String, Null: true, ANSI: ctx.ANSI}, nil
}

func toJSONSQL(call typed.Call, args []string) (string, error) {
	return jsonWriter{}.text(call.Args[0].Type(), args[0])
}

// jsonWriter prints values as JSON.
type jsonWriter struct{ depth int }

func (w jsonWriter) inner() (jsonWriter, string) {
	w.depth++
	return w, "j" + intText(int32(w.depth))
}

// text prints a value as JSON text, null as null.
func (w jsonWriter) text(t types.DataType, arg string) (string, error) {
	switch t := t.(type) {
	case types.Array:
		in, element := w.inner()
		text, err := in.text(t.Element, element)
		if err != nil {
			return "", err
		}
		return "('[' || array_to_string(list_transform(" + arg + ", lambda " + element + ": coalesce(" + text + ", 'null')), ',') || ']')", nil
	case types.Map:
		in, entry := w.inner()
		key, err := CastSQL(t.Key, types.String, entry+"['key']", false, true)
		if err != nil {
			return "", err
		}
		value, err := in.text(t.Value, entry+"['value']")
		if err != nil {
			return "", err
		}
		return "('{' || array_to_string(list_transform(map_entries(" + arg + "), lambda " + entry + ": " + jsonQuoted(key) + " || ':' || coalesce(" + value + ", 'null')), ',') || '}')", nil
	case types.Struct:
		members := make([]string, len(t.Fields))
		for i, f := range t.Fields {
			text, err := w.text(f.Type, FieldSQL(t, i, arg))
			if err != nil {
				return "", err
			}
			members[i] = jsonQuoted(quoteString(f.Name)) + " || ':' || " + text
		}
		// array_to_string passes over nulls, and so leaves out members that are null.
		return "(CASE WHEN " + arg + " IS NOT NULL THEN '{' || coalesce(array_to_string(CAST([" + strings.Join(members, ", ") + "] AS VARCHAR[]), ','), '') || '}' END)", nil
	}
	switch {
	case t == types.Double, t == types.Float:
		text, err := CastSQL(t, types.String, arg, false, true)
		return "(CASE WHEN isfinite(" + arg + ") THEN " + text + " ELSE '\"' || " + text + " || '\"' END)", err
	case t == types.Boolean, types.IsNumeric(t):
		return CastSQL(t, types.String, arg, false, true)
	case t == types.Timestamp:
		return jsonQuoted("format_time(epoch_us(" + arg + "), " + sessionZone + ", 'yyyy-MM-dd''T''HH:mm:ss.SSSXXX')"), nil
	case t == types.TimestampNTZ:
		return jsonQuoted("format_time(epoch_us(" + arg + "), 'UTC', 'yyyy-MM-dd''T''HH:mm:ss.SSS')"), nil
	case t == types.Binary:
		return jsonQuoted("to_base64(" + arg + ")"), nil
	}
	text, err := CastSQL(t, types.String, arg, false, true)
	return jsonQuoted(text), err
}

func jsonQuoted(text string) string { return "CAST(to_json(" + text + ") AS VARCHAR)" }

// resolveFromJSON resolves from_json(text, schema[, options]); the schema is DDL or JSON.
func resolveFromJSON(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	if len(args) != 2 && len(args) != 3 {
		return nil, wrongCount(name, "[2, 3]", len(args))
	}
	if len(args) == 3 {
		if options, ok := args[2].(typed.Call); !ok || options.Name != "map" || len(options.Args) > 0 {
			return nil, sparkerror.Unsupported("from_json with options", "Leave them out: malformed texts become nulls.")
		}
	}
	source, ok := text.to(ctx, args[0].Type())
	if !ok {
		return nil, unexpectedType(name, args, 0, text.name)
	}
	l, ok := args[1].(typed.Literal)
	schema, isText := l.Value.(string)
	if !ok || !isText {
		return nil, sparkerror.New(sparkerror.AnalysisException, "INVALID_SCHEMA.NON_STRING_LITERAL", "42K07",
			`The input schema "%s" is not a valid schema string. The input expression must be string literal and not null.`, Text(args[1])).
			With("inputSchema", `"`+Text(args[1])+`"`)
	}
	t, err := parseSchema(schema)
	if err != nil {
		return nil, err
	}
	return typed.Call{Name: name, Args: []typed.Expression{convert(ctx, args[0], source)}, DataType: t, Null: true, ANSI: ctx.ANSI}, nil
}

// parseSchema reads a type or a list of fields, as DDL or as Spark's JSON. All of it becomes nullable, as JSON may lack it.
func parseSchema(schema string) (types.DataType, error) {
	trimmed := strings.TrimSpace(schema)
	if strings.HasPrefix(trimmed, "{") || strings.HasPrefix(trimmed, `"`) {
		t, err := types.FromJSON([]byte(trimmed))
		if err != nil {
			return nil, err
		}
		return allNullable(t), nil
	}
	if t, err := sqltext.ParseType(schema); err == nil {
		return allNullable(t), nil
	}
	s, err := sqltext.ParseSchema(schema)
	if err != nil {
		return nil, err
	}
	return allNullable(s), nil
}

// allNullable is a type whose members may all be null.
func allNullable(t types.DataType) types.DataType {
	switch t := t.(type) {
	case types.Array:
		return types.Array{Element: allNullable(t.Element), ContainsNull: true}
	case types.Map:
		return types.Map{Key: allNullable(t.Key), Value: allNullable(t.Value), ValueContainsNull: true}
	case types.Struct:
		fields := make([]types.Field, len(t.Fields))
		for i, f := range t.Fields {
			fields[i] = types.Field{Name: f.Name, Type: allNullable(f.Type), Nullable: true, Metadata: f.Metadata}
		}
		return types.Struct{Fields: fields}
	}
	return t
}

func fromJSONSQL(call typed.Call, args []string) (string, error) {
	schema := quoteString(types.ToJSON(call.DataType))
	return "CAST(CAST(json_fit(" + args[0] + ", " + schema + ", " + sessionZone + ") AS JSON) AS " + DuckDBType(call.DataType) + ")", nil
}

func tupleColumns(call typed.Call) []typed.Column {
	columns := make([]typed.Column, len(call.Args)-1)
	for i := range columns {
		columns[i] = typed.Column{Name: "c" + intText(int32(i)), Type: types.String, Nullable: true}
	}
	return columns
}

func tupleSQL(call typed.Call, args []string) (string, error) {
	members := make([]string, len(args)-1)
	for i, name := range args[1:] {
		members[i] = "json_member(" + args[0] + ", " + name + ")"
	}
	return "[" + StructSQL(rowType(tupleColumns(call)), members) + "]", nil
}

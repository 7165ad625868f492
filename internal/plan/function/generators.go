package function

import (
	"fmt"
	"strings"

	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// generators is the functions that make several rows of one. Those whose names end in _outer keep rows for which there are none.
var generators = []row{
	{names: "explode", kind: Generator, in: takes(collection), out: rowsOf(explodeColumns), columns: explodeColumns, sql: explodeSQL},
	{names: "explode_outer", kind: Generator, in: takes(collection), out: rowsOf(explodeColumns), columns: explodeColumns, sql: explodeSQL},
	{names: "posexplode", kind: Generator, in: takes(collection), out: rowsOf(positionColumns), columns: positionColumns, sql: positionSQL},
	{names: "posexplode_outer", kind: Generator, in: takes(collection), out: rowsOf(positionColumns), columns: positionColumns, sql: positionSQL},
	{names: "inline", kind: Generator, in: takes(structArray), out: rowsOf(inlineColumns), columns: inlineColumns, sql: inlineSQL},
	{names: "inline_outer", kind: Generator, in: takes(structArray), out: rowsOf(inlineColumns), columns: inlineColumns, sql: inlineSQL},
	{names: "stack", kind: Generator, resolve: resolveStack, columns: stackColumns, sql: stackSQL},
}

// IsOuter reports whether a generator keeps rows for which it makes none, by its name.
func IsOuter(name string) bool { return strings.HasSuffix(name, "_outer") }

var structArray = want{`"ARRAY<STRUCT>"`, func(_ Context, t types.DataType) (types.DataType, bool) {
	a, ok := t.(types.Array)
	if !ok {
		return nil, false
	}
	_, ok = a.Element.(types.Struct)
	return t, ok
}}

// rowsOf is the type of a generator's call: the list of its rows.
func rowsOf(columns func(typed.Call) []typed.Column) func([]typed.Expression) types.DataType {
	return func(args []typed.Expression) types.DataType {
		return types.Array{Element: rowType(columns(typed.Call{Args: args}))}
	}
}

func rowType(columns []typed.Column) types.Struct {
	var s types.Struct
	for _, c := range columns {
		s.Fields = append(s.Fields, types.Field{Name: c.Name, Type: c.Type, Nullable: c.Nullable})
	}
	return s
}

func explodeColumns(call typed.Call) []typed.Column {
	switch t := call.Args[0].Type().(type) {
	case types.Array:
		return []typed.Column{{Name: "col", Type: t.Element, Nullable: t.ContainsNull}}
	case types.Map:
		return []typed.Column{{Name: "key", Type: t.Key}, {Name: "value", Type: t.Value, Nullable: t.ValueContainsNull}}
	}
	return nil
}

func positionColumns(call typed.Call) []typed.Column {
	return append([]typed.Column{{Name: "pos", Type: types.Integer}}, explodeColumns(call)...)
}

func explodeSQL(call typed.Call, args []string) (string, error) {
	if _, ok := call.Args[0].Type().(types.Map); ok {
		return "map_entries(" + args[0] + ")", nil
	}
	return "list_transform(" + args[0] + ", lambda x: {'col': x})", nil
}

func positionSQL(call typed.Call, args []string) (string, error) {
	position := "'pos': CAST((i - 1) AS INTEGER)"
	if _, ok := call.Args[0].Type().(types.Map); ok {
		return "list_transform(map_entries(" + args[0] + "), lambda x, i: {" + position + ", 'key': x['key'], 'value': x['value']})", nil
	}
	return "list_transform(" + args[0] + ", lambda x, i: {" + position + ", 'col': x})", nil
}

func inlineColumns(call typed.Call) []typed.Column {
	a := call.Args[0].Type().(types.Array)
	var columns []typed.Column
	for _, f := range a.Element.(types.Struct).Fields {
		columns = append(columns, typed.Column{Name: f.Name, Type: f.Type, Nullable: f.Nullable || a.ContainsNull})
	}
	return columns
}

func inlineSQL(_ typed.Call, args []string) (string, error) { return args[0], nil }

func resolveStack(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	if len(args) < 2 {
		return nil, wrongCount(name, "> 1", len(args))
	}
	l, ok := args[0].(typed.Literal)
	rows, number := l.Value.(int32)
	if !ok || !number || rows <= 0 {
		return nil, notFoldable(name, args, 0, "n")
	}
	width := (len(args) - 1 + int(rows) - 1) / int(rows)
	values := append([]typed.Expression(nil), args[1:]...)
	for len(values) < width*int(rows) {
		values = append(values, typed.Literal{DataType: types.Null})
	}
	for c := range width {
		var column []typed.Expression
		for r := range int(rows) {
			column = append(column, values[r*width+c])
		}
		column, _, ok := unified(ctx, column)
		if !ok {
			return nil, mixedTypes(name, args)
		}
		for r := range int(rows) {
			values[r*width+c] = column[r]
		}
	}
	call := typed.Call{Name: name, Args: append([]typed.Expression{l}, values...), ANSI: ctx.ANSI}
	call.DataType = types.Array{Element: rowType(stackColumns(call))}
	return call, nil
}

func stackColumns(call typed.Call) []typed.Column {
	rows := int(call.Args[0].(typed.Literal).Value.(int32))
	values := call.Args[1:]
	width := len(values) / rows
	columns := make([]typed.Column, width)
	for c := range columns {
		// Spark takes them for nullable whatever the values: a row that is cut short ends in nulls.
		columns[c] = typed.Column{Name: fmt.Sprintf("col%d", c), Type: values[c].Type(), Nullable: true}
	}
	return columns
}

func stackSQL(call typed.Call, args []string) (string, error) {
	a, ok := call.DataType.(types.Array)
	if !ok {
		return "", sparkerror.Unsupported("stack without rows", "")
	}
	s := a.Element.(types.Struct)
	var rows []string
	for values := args[1:]; len(values) > 0; values = values[len(s.Fields):] {
		rows = append(rows, StructSQL(s, values[:len(s.Fields)]))
	}
	return "[" + strings.Join(rows, ", ") + "]", nil
}

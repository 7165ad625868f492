package sqltext

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// ParseType reads a data type as Spark's DDL writes it: "int", "array<struct<a: int, b: string>>", "decimal(10, 2)".
func ParseType(text string) (types.DataType, error) {
	p, err := newParser(text, Parameters{})
	if err != nil {
		return nil, err
	}
	p.typeOnly = true
	t, err := p.dataType()
	if err != nil {
		return nil, err
	}
	if last := p.peek(); last.kind != tokenEnd {
		return nil, p.syntaxError(last, "")
	}
	return t, nil
}

// ParseSchema reads a schema as DDL: "a int, b string NOT NULL COMMENT 'x'". A whole struct type is read too.
func ParseSchema(ddl string) (types.Struct, error) {
	p, err := newParser(ddl, Parameters{})
	if err != nil {
		return types.Struct{}, err
	}
	if p.is("STRUCT") && (p.isAhead(1, "<") || p.isAhead(1, "<>")) {
		t, err := p.dataType()
		if err != nil {
			return types.Struct{}, err
		}
		s, ok := t.(types.Struct)
		if !ok {
			return types.Struct{}, p.unexpected()
		}
		return s, p.end()
	}
	fields, err := list(p, func() (types.Field, error) { return p.field(false) })
	if err != nil {
		return types.Struct{}, err
	}
	return types.Struct{Fields: fields}, p.end()
}

// field takes name type [NOT NULL] [COMMENT '…']; inside a struct a colon may stand after the name.
func (p *parser) field(colon bool) (types.Field, error) {
	name, err := p.plainName()
	if err != nil {
		return types.Field{}, err
	}
	if colon {
		p.accept(":")
	}
	t, err := p.dataType()
	if err != nil {
		return types.Field{}, err
	}
	f := types.Field{Name: name, Type: t, Nullable: true}
	if p.is("NOT", "NULL") || p.is("!", "NULL") {
		p.take()
		p.take()
		f.Nullable = false
	}
	if p.is("DEFAULT") || p.is("GENERATED") {
		if !colon && !p.isAhead(1, ",") {
			return types.Field{}, p.unexpected()
		}
	}
	if p.accept("COMMENT") {
		text, err := p.stringLiteral()
		if err != nil {
			return types.Field{}, err
		}
		if f.Metadata, err = json.Marshal(map[string]string{"comment": text}); err != nil {
			return types.Field{}, err
		}
	}
	return f, nil
}

var plainTypes = map[string]types.DataType{
	"BOOLEAN": types.Boolean, "TINYINT": types.Byte, "BYTE": types.Byte, "SMALLINT": types.Short, "SHORT": types.Short,
	"INT": types.Integer, "INTEGER": types.Integer, "BIGINT": types.Long, "LONG": types.Long, "FLOAT": types.Float,
	"REAL": types.Float, "DOUBLE": types.Double, "DATE": types.Date, "TIMESTAMP_NTZ": types.TimestampNTZ,
	"TIMESTAMP_LTZ": types.Timestamp, "STRING": types.String, "BINARY": types.Binary, "VOID": types.Null,
}

func (p *parser) dataType() (types.DataType, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	first := p.peek()
	if !isName(first) {
		return nil, p.unexpected()
	}
	p.take()
	switch first.word {
	case "ARRAY":
		return p.arrayType(first)
	case "MAP":
		return p.mapType(first)
	case "STRUCT":
		return p.structType(first)
	case "INTERVAL":
		return p.intervalType()
	case "DECIMAL", "DEC", "NUMERIC":
		return p.decimalType(first)
	case "CHAR", "CHARACTER", "VARCHAR":
		return p.textType(first)
	case "TIMESTAMP", "TIMESTAMP_LTZ", "TIMESTAMP_NTZ":
		return p.timestampType(first)
	case "TIME":
		return p.timeType(first)
	}
	t, known := plainTypes[first.word]
	if !known || p.is("(") {
		return nil, p.unknownType(first)
	}
	if t == types.String && p.is("COLLATE") {
		return nil, p.refuse(p.peek(), "a string type with a collation", "Use STRING, which compares by bytes (UTF8_BINARY).")
	}
	return t, nil
}

// typeError makes a ParseException about a type, which Spark shows differently where the text is nothing but a type.
func (p *parser) typeError(first token, condition, state, format string, args ...any) *sparkerror.Error {
	if p.typeOnly {
		return p.fail(first, condition, state, format, args...)
	}
	return p.failSpan(first, p.previous(), condition, state, format, args...)
}

// unknownType is Spark's error for a name that is no type, or that takes no parameters.
func (p *parser) unknownType(first token) error {
	name := strings.ToUpper(strings.Trim(first.text, "`"))
	switch name {
	case "VARIANT", "GEOMETRY", "GEOGRAPHY":
		return p.refuse(first, "the data type "+name, "Store the value as STRING or BINARY.")
	}
	if next := p.peek(); p.typeOnly && p.depth == 1 && next.kind != tokenEnd && next.word != "(" {
		return p.end()
	}
	if p.is("(") {
		if arguments, err := p.typeArguments(); err == nil {
			texts := make([]string, len(arguments))
			for i, a := range arguments {
				texts[i] = strconv.Itoa(a)
			}
			name += "(" + strings.Join(texts, ",") + ")"
		} else {
			return err
		}
	}
	return p.typeError(first, "UNSUPPORTED_DATATYPE", "0A000", "Unsupported data type \"%s\".", name).With("typeName", `"`+name+`"`)
}

// typeArguments takes (1, 2) where it is there.
func (p *parser) typeArguments() ([]int, error) {
	if !p.accept("(") {
		return nil, nil
	}
	arguments, err := list(p, p.integer)
	if err != nil {
		return nil, err
	}
	return arguments, p.expect(")")
}

// integer takes a plain integer.
func (p *parser) integer() (int, error) {
	t := p.peek()
	if t.kind != tokenInteger {
		return 0, p.unexpected()
	}
	n, err := strconv.Atoi(t.text)
	if err != nil || n > math.MaxInt32 {
		return 0, p.unexpected()
	}
	p.take()
	return n, nil
}

// closeType takes one > of what closes a nested type; >> and >>> hold several.
func (p *parser) closeType() error {
	t := &p.tokens[p.at]
	switch t.word {
	case ">":
		p.take()
		return nil
	case ">>", ">>>", ">=":
		t.text, t.word = t.text[1:], t.word[1:]
		t.start++
		t.column++
		return nil
	}
	return p.unexpected()
}

func (p *parser) arrayType(first token) (types.DataType, error) {
	if p.is("<>") {
		return nil, p.unexpected()
	}
	if !p.accept("<") {
		return nil, p.incompleteType(first, "ARRAY", "an element type", "<INT>")
	}
	element, err := p.dataType()
	if err != nil {
		return nil, err
	}
	return types.Array{Element: element, ContainsNull: true}, p.closeType()
}

func (p *parser) mapType(first token) (types.DataType, error) {
	if !p.accept("<") {
		return nil, p.incompleteType(first, "MAP", "a key type and a value type", "<TIMESTAMP, INT>")
	}
	key, err := p.dataType()
	if err != nil {
		return nil, err
	}
	if err := p.expect(","); err != nil {
		return nil, err
	}
	value, err := p.dataType()
	if err != nil {
		return nil, err
	}
	return types.Map{Key: key, Value: value, ValueContainsNull: true}, p.closeType()
}

func (p *parser) structType(first token) (types.DataType, error) {
	if p.accept("<>") {
		return types.Struct{}, nil
	}
	if !p.accept("<") {
		return nil, p.incompleteType(first, "STRUCT", "at least one field type", "<name STRING, phone DECIMAL(10, 0)>")
	}
	if p.is(">") || p.is(">>") || p.is(">>>") {
		return types.Struct{}, p.closeType()
	}
	fields, err := list(p, func() (types.Field, error) { return p.field(true) })
	if err != nil {
		return nil, err
	}
	return types.Struct{Fields: fields}, p.closeType()
}

func (p *parser) incompleteType(first token, name, what, example string) error {
	return p.typeError(first, "INCOMPLETE_TYPE_DEFINITION."+name, "42K01",
		"Incomplete complex type: The definition of \"%s\" type is incomplete. You must provide %s. For example: \"%s%s\".",
		name, what, name, example)
}

// intervalType takes the fields after INTERVAL, of which only the kind is kept.
func (p *parser) intervalType() (types.DataType, error) {
	order := map[string]int{"YEAR": 1, "MONTH": 2, "DAY": 3, "HOUR": 4, "MINUTE": 5, "SECOND": 6}
	from := order[p.peek().word]
	if from == 0 {
		return types.CalendarInterval, nil
	}
	p.take()
	if p.is("TO") {
		to := order[p.ahead(1).word]
		if to <= from || (from <= 2) != (to <= 2) {
			if from == 2 || from == 6 {
				return nil, p.unexpected()
			}
			return nil, p.syntaxError(p.ahead(1), "")
		}
		p.take()
		p.take()
	}
	if from <= 2 {
		return types.YearMonthInterval, nil
	}
	return types.DayTimeInterval, nil
}

func (p *parser) decimalType(first token) (types.DataType, error) {
	open := p.at
	arguments, err := p.typeArguments()
	if err != nil {
		return nil, err
	}
	d := types.Decimal{Precision: 10}
	switch len(arguments) {
	case 0:
		return d, nil
	case 1:
		d.Precision = arguments[0]
	case 2:
		d.Precision, d.Scale = arguments[0], arguments[1]
	default:
		p.at = open
		return nil, p.unknownType(first)
	}
	if e := sparkerror.BadDecimal(d.Precision, d.Scale); e != nil {
		if e.Class == sparkerror.AnalysisException {
			e.Class, e.Detail = sparkerror.ParseException, "\n== SQL ==\n"+p.text
		}
		return nil, e
	}
	return d, nil
}

func (p *parser) textType(first token) (types.DataType, error) {
	name := first.word
	open := p.at
	arguments, err := p.typeArguments()
	if err != nil {
		return nil, err
	}
	switch {
	case len(arguments) == 0:
		return nil, p.typeError(first, "DATATYPE_MISSING_SIZE", "42K01",
			"DataType \"%s\" requires a length parameter, for example \"%s\"(10). Please specify the length.", name, name).With("type", `"`+name+`"`)
	case len(arguments) > 1:
		p.at = open
		return nil, p.unknownType(first)
	case name == "VARCHAR":
		return types.VarChar{Length: arguments[0]}, nil
	}
	return types.Char{Length: arguments[0]}, nil
}

// timestampType takes a timestamp type; the only precision there is here is 6, microseconds.
func (p *parser) timestampType(first token) (types.DataType, error) {
	precision, err := p.typeArguments()
	if err != nil {
		return nil, err
	}
	if len(precision) > 1 || len(precision) == 1 && precision[0] != 6 {
		return nil, p.refuse(first, "a timestamp type with a precision other than 6", "Use "+first.word+", which has microseconds.")
	}
	switch {
	case first.word == "TIMESTAMP" && p.accept("WITHOUT", "TIME", "ZONE"), first.word == "TIMESTAMP_NTZ":
		return types.TimestampNTZ, nil
	case first.word == "TIMESTAMP" && p.accept("WITH", "LOCAL", "TIME", "ZONE"):
	}
	return types.Timestamp, nil
}

func (p *parser) timeType(first token) (types.DataType, error) {
	precision, err := p.typeArguments()
	if err != nil {
		return nil, err
	}
	if len(precision) > 1 || len(precision) == 1 && precision[0] != 6 {
		return nil, p.refuse(first, "a time type with a precision other than 6", "Use TIME, which has microseconds.")
	}
	p.accept("WITHOUT", "TIME", "ZONE")
	return types.Time, nil
}

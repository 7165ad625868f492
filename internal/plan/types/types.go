// Package types holds Spark SQL's data types: what a column of a DataFrame can be, and the texts Spark prints for it.
package types

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// DataType is one of Spark SQL's data types. The implementations are comparable with Equal, not with ==.
type DataType interface {
	// SimpleString is the text of df.dtypes and of printSchema's complex types, such as "array<int>" and "struct<a:int>".
	SimpleString() string
	// SQL is the text of casts and error messages, such as "ARRAY<INT>" and "STRUCT<a: INT>".
	SQL() string
	// TypeName is the name printSchema shows, such as "integer", "array" and "decimal(10,2)".
	TypeName() string
}

// Atomic is a type without parameters.
type Atomic struct{ simple, sql, name string }

// SimpleString implements DataType.
func (a Atomic) SimpleString() string { return a.simple }

// SQL implements DataType.
func (a Atomic) SQL() string { return a.sql }

// TypeName implements DataType.
func (a Atomic) TypeName() string { return a.name }

// The types without parameters.
var (
	Null             = Atomic{"void", "VOID", "void"}
	Boolean          = Atomic{"boolean", "BOOLEAN", "boolean"}
	Byte             = Atomic{"tinyint", "TINYINT", "byte"}
	Short            = Atomic{"smallint", "SMALLINT", "short"}
	Integer          = Atomic{"int", "INT", "integer"}
	Long             = Atomic{"bigint", "BIGINT", "long"}
	Float            = Atomic{"float", "FLOAT", "float"}
	Double           = Atomic{"double", "DOUBLE", "double"}
	String           = Atomic{"string", "STRING", "string"}
	Binary           = Atomic{"binary", "BINARY", "binary"}
	Date             = Atomic{"date", "DATE", "date"}
	Timestamp        = Atomic{"timestamp", "TIMESTAMP", "timestamp"} // an instant, shown in the session's time zone
	TimestampNTZ     = Atomic{"timestamp_ntz", "TIMESTAMP_NTZ", "timestamp_ntz"}
	Time             = Atomic{"time(6)", "TIME(6)", "time(6)"}
	CalendarInterval = Atomic{"interval", "INTERVAL", "interval"}
	// DayTimeInterval and YearMonthInterval stand for the widest fields only: DAY TO SECOND and YEAR TO MONTH.
	DayTimeInterval   = Atomic{"interval day to second", "INTERVAL DAY TO SECOND", "interval day to second"}
	YearMonthInterval = Atomic{"interval year to month", "INTERVAL YEAR TO MONTH", "interval year to month"}
)

// Decimal is a number of Precision digits, 1 to 38, Scale of them after the point.
type Decimal struct{ Precision, Scale int }

// SimpleString implements DataType.
func (d Decimal) SimpleString() string { return fmt.Sprintf("decimal(%d,%d)", d.Precision, d.Scale) }

// SQL implements DataType.
func (d Decimal) SQL() string { return fmt.Sprintf("DECIMAL(%d,%d)", d.Precision, d.Scale) }

// TypeName implements DataType.
func (d Decimal) TypeName() string { return d.SimpleString() }

// Char is a string padded to Length characters.
type Char struct{ Length int }

// SimpleString implements DataType.
func (c Char) SimpleString() string { return "char(" + strconv.Itoa(c.Length) + ")" }

// SQL implements DataType.
func (c Char) SQL() string { return "CHAR(" + strconv.Itoa(c.Length) + ")" }

// TypeName implements DataType.
func (c Char) TypeName() string { return c.SimpleString() }

// VarChar is a string of at most Length characters.
type VarChar struct{ Length int }

// SimpleString implements DataType.
func (v VarChar) SimpleString() string { return "varchar(" + strconv.Itoa(v.Length) + ")" }

// SQL implements DataType.
func (v VarChar) SQL() string { return "VARCHAR(" + strconv.Itoa(v.Length) + ")" }

// TypeName implements DataType.
func (v VarChar) TypeName() string { return v.SimpleString() }

// Array is a list of Element; ContainsNull tells whether elements may be null.
type Array struct {
	Element      DataType
	ContainsNull bool
}

// SimpleString implements DataType.
func (a Array) SimpleString() string { return "array<" + a.Element.SimpleString() + ">" }

// SQL implements DataType.
func (a Array) SQL() string { return "ARRAY<" + a.Element.SQL() + ">" }

// TypeName implements DataType.
func (a Array) TypeName() string { return "array" }

// Map maps keys, never null, to values.
type Map struct {
	Key, Value        DataType
	ValueContainsNull bool
}

// SimpleString implements DataType.
func (m Map) SimpleString() string {
	return "map<" + m.Key.SimpleString() + "," + m.Value.SimpleString() + ">"
}

// SQL implements DataType.
func (m Map) SQL() string { return "MAP<" + m.Key.SQL() + ", " + m.Value.SQL() + ">" }

// TypeName implements DataType.
func (m Map) TypeName() string { return "map" }

// Field is one member of a Struct or one column of a schema.
type Field struct {
	Name     string
	Type     DataType
	Nullable bool
	Metadata json.RawMessage // a JSON object, or empty
}

// Struct is an ordered list of fields; the schema of a DataFrame is one.
type Struct struct{ Fields []Field }

// SimpleString implements DataType.
func (s Struct) SimpleString() string {
	parts := make([]string, len(s.Fields))
	for i, f := range s.Fields {
		parts[i] = f.Name + ":" + f.Type.SimpleString()
	}
	return "struct<" + strings.Join(parts, ",") + ">"
}

// SQL implements DataType.
func (s Struct) SQL() string {
	parts := make([]string, len(s.Fields))
	for i, f := range s.Fields {
		parts[i] = QuoteIfNeeded(f.Name) + ": " + f.Type.SQL()
		if !f.Nullable {
			parts[i] += " NOT NULL"
		}
	}
	return "STRUCT<" + strings.Join(parts, ", ") + ">"
}

// TypeName implements DataType.
func (s Struct) TypeName() string { return "struct" }

// Lookup returns the positions of the fields called name, ignoring case unless caseSensitive.
func (s Struct) Lookup(name string, caseSensitive bool) []int {
	var found []int
	for i, f := range s.Fields {
		if f.Name == name || !caseSensitive && strings.EqualFold(f.Name, name) {
			found = append(found, i)
		}
	}
	return found
}

// QuoteIfNeeded writes a name as Spark prints identifiers: bare where it is a plain word, else in backticks.
func QuoteIfNeeded(name string) string {
	plain := name != ""
	digits := true
	for _, r := range name {
		if r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') {
			plain = false
			break
		}
		if r < '0' || r > '9' {
			digits = false
		}
	}
	if plain && !digits {
		return name
	}
	return "`" + strings.ReplaceAll(name, "`", "``") + "`"
}

// Equal reports whether two types are the same, nullability of members included; metadata does not count.
func Equal(a, b DataType) bool { return same(a, b, true) }

// EqualIgnoringNulls is Equal without regard to the nullability of members.
func EqualIgnoringNulls(a, b DataType) bool { return same(a, b, false) }

func same(a, b DataType, nulls bool) bool {
	switch x := a.(type) {
	case Array:
		y, ok := b.(Array)
		return ok && (!nulls || x.ContainsNull == y.ContainsNull) && same(x.Element, y.Element, nulls)
	case Map:
		y, ok := b.(Map)
		return ok && (!nulls || x.ValueContainsNull == y.ValueContainsNull) && same(x.Key, y.Key, nulls) && same(x.Value, y.Value, nulls)
	case Struct:
		y, ok := b.(Struct)
		if !ok || len(x.Fields) != len(y.Fields) {
			return false
		}
		for i, f := range x.Fields {
			g := y.Fields[i]
			if f.Name != g.Name || nulls && f.Nullable != g.Nullable || !same(f.Type, g.Type, nulls) {
				return false
			}
		}
		return true
	}
	switch b.(type) {
	case Array, Map, Struct:
		return false
	}
	return a == b
}

// IsNumeric reports whether t is an integer, floating-point or decimal type.
func IsNumeric(t DataType) bool { return IsIntegral(t) || IsFractional(t) }

// IsIntegral reports whether t is one of the four integer types.
func IsIntegral(t DataType) bool { return t == Byte || t == Short || t == Integer || t == Long }

// IsFractional reports whether t is float, double or a decimal.
func IsFractional(t DataType) bool {
	_, decimal := t.(Decimal)
	return decimal || t == Float || t == Double
}

// IsText reports whether t is string, char or varchar.
func IsText(t DataType) bool {
	switch t.(type) {
	case Char, VarChar:
		return true
	}
	return t == String
}

// IsNested reports whether t is an array, a map or a struct.
func IsNested(t DataType) bool {
	switch t.(type) {
	case Array, Map, Struct:
		return true
	}
	return false
}

package types

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// maxNesting bounds how deep a type may be nested in JSON that is read.
const maxNesting = 500

// ToJSON writes t as Spark's schema JSON, compact and with the members in Spark's order: a plain type is a JSON string such
// as "integer", the others are objects with a member "type".
func ToJSON(t DataType) string {
	var b bytes.Buffer
	writeJSON(&b, t)
	return b.String()
}

func writeJSON(b *bytes.Buffer, t DataType) {
	switch x := t.(type) {
	case Array:
		b.WriteString(`{"type":"array","elementType":`)
		writeJSON(b, x.Element)
		fmt.Fprintf(b, `,"containsNull":%t}`, x.ContainsNull)
	case Map:
		b.WriteString(`{"type":"map","keyType":`)
		writeJSON(b, x.Key)
		b.WriteString(`,"valueType":`)
		writeJSON(b, x.Value)
		fmt.Fprintf(b, `,"valueContainsNull":%t}`, x.ValueContainsNull)
	case Struct:
		b.WriteString(`{"type":"struct","fields":[`)
		for i, f := range x.Fields {
			if i > 0 {
				b.WriteByte(',')
			}
			writeField(b, f)
		}
		b.WriteString(`]}`)
	default:
		b.WriteString(quoteJSON(t.TypeName()))
	}
}

func writeField(b *bytes.Buffer, f Field) {
	b.WriteString(`{"name":`)
	b.WriteString(quoteJSON(f.Name))
	b.WriteString(`,"type":`)
	writeJSON(b, f.Type)
	fmt.Fprintf(b, `,"nullable":%t,"metadata":`, f.Nullable)
	if len(f.Metadata) == 0 || json.Compact(b, f.Metadata) != nil {
		b.WriteString("{}")
	}
	b.WriteByte('}')
}

// quoteJSON is a JSON string without the escapes for HTML that encoding/json adds and Spark does not.
func quoteJSON(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(s) != nil {
		return strconv.Quote(s)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// FromJSON reads Spark's schema JSON. Errors say which member is wrong.
func FromJSON(data []byte) (DataType, error) {
	t, err := readJSON(data, 0)
	if err != nil {
		return nil, fmt.Errorf("reading a data type from JSON: %w", err)
	}
	return t, nil
}

type jsonType struct {
	Type              string            `json:"type"`
	ElementType       json.RawMessage   `json:"elementType"`
	ContainsNull      *bool             `json:"containsNull"`
	KeyType           json.RawMessage   `json:"keyType"`
	ValueType         json.RawMessage   `json:"valueType"`
	ValueContainsNull *bool             `json:"valueContainsNull"`
	Fields            []json.RawMessage `json:"fields"`
}

type jsonField struct {
	Name     *string         `json:"name"`
	Type     json.RawMessage `json:"type"`
	Nullable *bool           `json:"nullable"`
	Metadata json.RawMessage `json:"metadata"`
}

func readJSON(data json.RawMessage, depth int) (DataType, error) {
	if depth > maxNesting {
		return nil, fmt.Errorf("the type is nested more than %d levels deep", maxNesting)
	}
	data = bytes.TrimSpace(data)
	if len(data) == 0 {
		return nil, fmt.Errorf("a type is missing")
	}
	if data[0] == '"' {
		var name string
		if err := json.Unmarshal(data, &name); err != nil {
			return nil, err
		}
		return fromTypeName(name)
	}
	var t jsonType
	if err := json.Unmarshal(data, &t); err != nil {
		return nil, err
	}
	switch t.Type {
	case "array":
		element, err := readJSON(t.ElementType, depth+1)
		if err != nil {
			return nil, fmt.Errorf("elementType: %w", err)
		}
		return Array{Element: element, ContainsNull: orTrue(t.ContainsNull)}, nil
	case "map":
		key, err := readJSON(t.KeyType, depth+1)
		if err != nil {
			return nil, fmt.Errorf("keyType: %w", err)
		}
		value, err := readJSON(t.ValueType, depth+1)
		if err != nil {
			return nil, fmt.Errorf("valueType: %w", err)
		}
		return Map{Key: key, Value: value, ValueContainsNull: orTrue(t.ValueContainsNull)}, nil
	case "struct":
		fields := make([]Field, len(t.Fields))
		for i, raw := range t.Fields {
			f, err := readField(raw, depth+1)
			if err != nil {
				return nil, fmt.Errorf("fields[%d]: %w", i, err)
			}
			fields[i] = f
		}
		return Struct{Fields: fields}, nil
	case "udt":
		return nil, fmt.Errorf("user-defined types (\"udt\") are not supported; use the underlying type")
	}
	return nil, fmt.Errorf("%q is not the name of a nested type (array, map, struct)", t.Type)
}

func readField(raw json.RawMessage, depth int) (Field, error) {
	var f jsonField
	if err := json.Unmarshal(raw, &f); err != nil {
		return Field{}, err
	}
	if f.Name == nil {
		return Field{}, fmt.Errorf("the member name is missing")
	}
	t, err := readJSON(f.Type, depth)
	if err != nil {
		return Field{}, fmt.Errorf("%s: %w", *f.Name, err)
	}
	metadata := bytes.TrimSpace(f.Metadata)
	if string(metadata) == "{}" || string(metadata) == "null" {
		metadata = nil
	}
	return Field{Name: *f.Name, Type: t, Nullable: orTrue(f.Nullable), Metadata: metadata}, nil
}

func orTrue(b *bool) bool { return b == nil || *b }

var (
	byTypeName = map[string]DataType{
		"void": Null, "null": Null, "boolean": Boolean, "byte": Byte, "tinyint": Byte, "short": Short, "smallint": Short,
		"integer": Integer, "int": Integer, "long": Long, "bigint": Long, "float": Float, "double": Double, "decimal": Decimal{10, 0},
		"string": String, "binary": Binary, "date": Date, "timestamp": Timestamp, "timestamp_ltz": Timestamp,
		"timestamp_ntz": TimestampNTZ, "interval": CalendarInterval,
	}
	withArguments = regexp.MustCompile(`^(decimal|char|varchar|time|timestamp|timestamp_ntz)\( *(-?\d+) *(?:, *(-?\d+) *)?\)$`)
	intervalName  = regexp.MustCompile(`^interval (year|month|day|hour|minute|second)(?: to (month|hour|minute|second))?$`)
)

func fromTypeName(name string) (DataType, error) {
	if t, ok := byTypeName[name]; ok {
		return t, nil
	}
	if m := intervalName.FindStringSubmatch(name); m != nil {
		if m[1] == "year" || m[1] == "month" {
			return YearMonthInterval, nil
		}
		return DayTimeInterval, nil
	}
	m := withArguments.FindStringSubmatch(name)
	if m == nil {
		return nil, fmt.Errorf("%q is not the name of a supported data type", name)
	}
	first, err := strconv.Atoi(m[2])
	if err != nil {
		return nil, fmt.Errorf("%q: %w", name, err)
	}
	if (m[3] != "") != (m[1] == "decimal") {
		return nil, fmt.Errorf("%q does not have the parameters of a %s", name, m[1])
	}
	switch m[1] {
	case "char":
		return Char{first}, nil
	case "varchar":
		return VarChar{first}, nil
	case "decimal":
		scale, err := strconv.Atoi(m[3])
		if err != nil || first < 1 || first > 38 || scale < 0 || scale > first {
			return nil, fmt.Errorf("%q: a decimal has 1 to 38 digits, and a scale from 0 to its precision", name)
		}
		return Decimal{first, scale}, nil
	case "time":
		if first <= 6 {
			return Time, nil
		}
	}
	return nil, fmt.Errorf("%q is not supported; times and timestamps have microseconds", name)
}

package function

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/hfspark/hfspark/internal/plan/types"
)

// jsonValue is a value of a JSON text, with the members of objects in order.
type jsonValue struct {
	kind    byte   // n null, b boolean, d number, s string, a array, o object
	text    string // of booleans, numbers and strings
	names   []string
	members []jsonValue
}

// parseJSON reads the first value of a text; what follows it is passed over.
func parseJSON(text string) (jsonValue, bool) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	v, err := readJSON(d)
	return v, err == nil
}

var errEndOfList = errors.New("end of list")

func readJSON(d *json.Decoder) (jsonValue, error) {
	token, err := d.Token()
	if err != nil {
		return jsonValue{}, err
	}
	switch t := token.(type) {
	case nil:
		return jsonValue{kind: 'n'}, nil
	case bool:
		return jsonValue{kind: 'b', text: strconv.FormatBool(t)}, nil
	case json.Number:
		return jsonValue{kind: 'd', text: string(t)}, nil
	case string:
		return jsonValue{kind: 's', text: t}, nil
	case json.Delim:
		switch t {
		case '[':
			return readMembers(d, 'a')
		case '{':
			return readMembers(d, 'o')
		}
		return jsonValue{}, errEndOfList
	}
	return jsonValue{}, io.ErrUnexpectedEOF
}

func readMembers(d *json.Decoder, kind byte) (jsonValue, error) {
	v := jsonValue{kind: kind}
	for d.More() {
		if kind == 'o' {
			name, err := d.Token()
			if err != nil {
				return v, err
			}
			v.names = append(v.names, name.(string))
		}
		member, err := readJSON(d)
		if err != nil {
			return v, err
		}
		v.members = append(v.members, member)
	}
	_, err := d.Token()
	return v, err
}

// get finds a member of an object; the last of those of one name counts.
func (v jsonValue) get(name string) (jsonValue, bool) {
	for i := len(v.names) - 1; i >= 0; i-- {
		if v.names[i] == name {
			return v.members[i], true
		}
	}
	return jsonValue{}, false
}

// write appends a value as compact JSON, numbers with a point or exponent as Java writes them.
func (v jsonValue) write(b *strings.Builder) {
	switch v.kind {
	case 'n':
		b.WriteString("null")
	case 'b':
		b.WriteString(v.text)
	case 'd':
		b.WriteString(v.number())
	case 's':
		writeJSONString(b, v.text)
	default:
		v.writeMembers(b, func(member jsonValue) { member.write(b) })
	}
}

// writeMembers appends the members of a list or object, each as write does it.
func (v jsonValue) writeMembers(b *strings.Builder, write func(member jsonValue)) {
	brackets := map[byte]string{'a': "[]", 'o': "{}"}[v.kind]
	b.WriteByte(brackets[0])
	for i, member := range v.members {
		if i > 0 {
			b.WriteByte(',')
		}
		if v.kind == 'o' {
			writeJSONString(b, v.names[i])
			b.WriteByte(':')
		}
		write(member)
	}
	b.WriteByte(brackets[1])
}

func (v jsonValue) number() string {
	if strings.ContainsAny(v.text, ".eE") {
		if number, err := strconv.ParseFloat(v.text, 64); err == nil {
			return JavaDouble(number)
		}
	}
	return v.text
}

func writeJSONString(b *strings.Builder, s string) {
	var quoted strings.Builder
	e := json.NewEncoder(&quoted)
	e.SetEscapeHTML(false)
	if e.Encode(s) == nil {
		b.WriteString(strings.TrimSuffix(quoted.String(), "\n"))
	}
}

// plain is the text of a value: strings without quotes, others as JSON. Null has none.
func (v jsonValue) plain() (string, bool) {
	switch v.kind {
	case 'n':
		return "", false
	case 's':
		return v.text, true
	}
	var b strings.Builder
	v.write(&b)
	return b.String(), true
}

// jsonStep is a step of a path: a name, a position, or (wild) all of either.
type jsonStep struct {
	name     string
	position int // -1 for names
	wild     bool
}

// parsePath reads a path such as $.a['b'][0][*].
func parsePath(path string) ([]jsonStep, bool) {
	rest, ok := strings.CutPrefix(path, "$")
	if !ok {
		return nil, false
	}
	var steps []jsonStep
	for rest != "" {
		var step jsonStep
		switch {
		case strings.HasPrefix(rest, "['"):
			name, after, found := strings.Cut(rest[2:], "']")
			if !found {
				return nil, false
			}
			step, rest = jsonStep{name: name, position: -1}, after
		case rest[0] == '[':
			end := strings.IndexByte(rest, ']')
			if end < 0 {
				return nil, false
			}
			inside := rest[1:end]
			rest = rest[end+1:]
			n, err := strconv.Atoi(inside)
			if err != nil && inside != "*" || n < 0 {
				return nil, false
			}
			step = jsonStep{position: n, wild: inside == "*"}
		case rest[0] == '.':
			rest = rest[1:]
			end := strings.IndexAny(rest, ".[")
			if end < 0 {
				end = len(rest)
			}
			if end == 0 {
				return nil, false
			}
			step, rest = jsonStep{name: rest[:end], position: -1, wild: rest[:end] == "*"}, rest[end:]
		default:
			return nil, false
		}
		steps = append(steps, step)
	}
	return steps, true
}

// follow lists the values at the end of a path.
func (v jsonValue) follow(steps []jsonStep) []jsonValue {
	if len(steps) == 0 {
		return []jsonValue{v}
	}
	step, rest := steps[0], steps[1:]
	switch {
	case step.wild && (v.kind == 'a' && step.position >= 0 || v.kind == 'o' && step.position < 0):
		var found []jsonValue
		for _, member := range v.members {
			found = append(found, member.follow(rest)...)
		}
		return found
	case step.position >= 0 && v.kind == 'a' && step.position < len(v.members):
		return v.members[step.position].follow(rest)
	case step.position < 0 && v.kind == 'o':
		if member, ok := v.get(step.name); ok {
			return member.follow(rest)
		}
	}
	return nil
}

// jsonGet is get_json_object: the value at a path; of several a list.
func jsonGet(text, path string) (string, bool) {
	steps, ok := parsePath(path)
	if !ok {
		return "", false
	}
	v, ok := parseJSON(text)
	if !ok {
		return "", false
	}
	wild := false
	for _, s := range steps {
		wild = wild || s.wild
	}
	found := v.follow(steps)
	switch {
	case len(found) == 0:
		return "", false
	case !wild:
		return found[0].plain()
	}
	all := jsonValue{kind: 'a', members: found}
	if len(found) == 1 {
		all = found[0]
	}
	var b strings.Builder
	all.write(&b)
	return b.String(), true
}

// fit makes of a JSON text one that DuckDB can cast to a type: with all members of the type and no others, and null for
// what does not suit.
func (f jsonFitter) fit(text string, t types.DataType) (string, bool) {
	if strings.TrimSpace(text) == "" {
		return "", false
	}
	v, ok := parseJSON(text)
	s, isStruct := t.(types.Struct)
	if !ok || isStruct && v.kind != 'o' {
		if !isStruct {
			return "", false
		}
		v = jsonValue{kind: 'o'}
		t = s
	}
	var b strings.Builder
	f.write(&b, v, t)
	if b.String() == "null" {
		return "", false
	}
	return b.String(), true
}

// jsonFitter fits JSON texts to types; zone is that of timestamps that name none.
type jsonFitter struct{ zone string }

func (f jsonFitter) write(b *strings.Builder, v jsonValue, t types.DataType) {
	switch t := t.(type) {
	case types.Struct:
		if v.kind == 'o' {
			next := 0
			v.fields(t).writeMembers(b, func(member jsonValue) {
				f.write(b, member, t.Fields[next].Type)
				next++
			})
			return
		}
	case types.Array:
		if v.kind == 'a' {
			v.writeMembers(b, func(member jsonValue) { f.write(b, member, t.Element) })
			return
		}
	case types.Map:
		if v.kind == 'o' {
			v.writeMembers(b, func(member jsonValue) { f.write(b, member, t.Value) })
			return
		}
	}
	if types.IsNested(t) {
		b.WriteString("null")
		return
	}
	if text, ok := f.scalar(v, t); ok {
		writeJSONString(b, text)
		return
	}
	b.WriteString("null")
}

// fields is an object with the fields of a struct, null where it has none.
func (v jsonValue) fields(t types.Struct) jsonValue {
	out := jsonValue{kind: 'o'}
	for i, field := range t.Fields {
		member, ok := v.get(field.Name)
		if !ok {
			member = jsonValue{kind: 'n'}
		}
		out.names, out.members = append(out.names, FieldName(t, i)), append(out.members, member)
	}
	return out
}

// scalar is a value as a text that DuckDB casts to a type.
func (f jsonFitter) scalar(v jsonValue, t types.DataType) (string, bool) {
	_, decimal := t.(types.Decimal)
	switch {
	case v.kind == 'n':
		return "", false
	case types.IsText(t):
		return v.plain()
	case types.IsIntegral(t):
		n, err := strconv.ParseInt(v.text, 10, 64)
		half := int64(1) << (widths[t] - 1)
		return v.text, v.kind == 'd' && err == nil && (widths[t] == 64 || n >= -half && n < half)
	case decimal:
		d := t.(types.Decimal)
		text, ok := textToDecimal(v.text, d.Scale)
		return text, ok && (v.kind == 'd' || v.kind == 's') && len(strings.Trim(text, "-")) <= d.Precision+1
	case t == types.Double, t == types.Float:
		number, ok := textToFloat(v.text, 64)
		return floatText(number, 64), ok && (v.kind == 'd' || v.kind == 's' && (math.IsNaN(number) || math.IsInf(number, 0)))
	case t == types.Boolean:
		return v.text, v.kind == 'b'
	case v.kind != 's':
		return "", false
	case t == types.Date:
		days, ok := textToDate(v.text)
		return dateText(int64(days)), ok
	case t == types.Timestamp:
		micros, ok := textToTimestamp(v.text, f.zone)
		return isoMicros(micros) + "+00", ok
	case t == types.TimestampNTZ:
		micros, ok := textToTimestampNTZ(v.text)
		return isoMicros(micros), ok
	case t == types.Binary:
		decoded, err := base64.StdEncoding.DecodeString(v.text)
		var b strings.Builder
		for _, c := range decoded {
			b.WriteString(`\x` + strings.ToUpper(strconv.FormatUint(uint64(c)+0x100, 16)[1:]))
		}
		return b.String(), err == nil
	}
	return "", false
}

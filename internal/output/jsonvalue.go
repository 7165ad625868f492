package output

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// textPart is how many bytes of a text are escaped at once: long values are never held a second time.
const textPart = 64 << 10

// jsonValues writes values as JSON, part by part. It does not escape <, > and &, which json.Marshal does for the sake of web pages.
type jsonValues struct {
	w       io.Writer
	scratch bytes.Buffer
	encoder *json.Encoder // to scratch
}

func newJSONValues(w io.Writer) *jsonValues {
	v := &jsonValues{w: w}
	v.encoder = json.NewEncoder(&v.scratch)
	v.encoder.SetEscapeHTML(false)
	return v
}

// write writes one value of a column. The members of structs are in the order of their names.
func (v *jsonValues) write(column arrow.Array, row int) error {
	if column.IsNull(row) {
		return v.raw("null")
	}
	switch column := column.(type) {
	case *array.String:
		return v.text(column.Value(row))
	case *array.LargeString:
		return v.text(column.Value(row))
	case *array.Binary:
		return v.binary(column.Value(row))
	case *array.LargeBinary:
		return v.binary(column.Value(row))
	case *array.Struct:
		return v.members(column, row)
	case array.ListLike:
		return v.list(column, row)
	}
	return v.plain(column.GetOneForMarshal(row))
}

func (v *jsonValues) raw(text string) error {
	_, err := io.WriteString(v.w, text)
	return err
}

// marshal leaves the JSON of a value in scratch.
func (v *jsonValues) marshal(value any) ([]byte, error) {
	v.scratch.Reset()
	if err := v.encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(v.scratch.Bytes(), []byte("\n")), nil
}

func (v *jsonValues) plain(value any) error {
	text, err := v.marshal(value)
	if err != nil {
		return err
	}
	_, err = v.w.Write(text)
	return err
}

func (v *jsonValues) text(s string) error {
	if err := v.raw(`"`); err != nil {
		return err
	}
	for len(s) > 0 {
		end := min(len(s), textPart)
		for back := 0; end < len(s) && back < utf8.UTFMax-1 && !utf8.RuneStart(s[end]); back++ {
			end--
		}
		quoted, err := v.marshal(s[:end])
		if err != nil {
			return err
		}
		if _, err := v.w.Write(quoted[1 : len(quoted)-1]); err != nil {
			return err
		}
		s = s[end:]
	}
	return v.raw(`"`)
}

func (v *jsonValues) binary(b []byte) error {
	if err := v.raw(`"`); err != nil {
		return err
	}
	if err := writeBase64(v.w, b); err != nil {
		return err
	}
	return v.raw(`"`)
}

func writeBase64(w io.Writer, b []byte) error {
	encoder := base64.NewEncoder(base64.StdEncoding, w)
	if _, err := encoder.Write(b); err != nil {
		return err
	}
	return encoder.Close()
}

func (v *jsonValues) members(column *array.Struct, row int) error {
	fields := column.DataType().(*arrow.StructType).Fields()
	order := make([]int, len(fields))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return strings.Compare(fields[a].Name, fields[b].Name) })
	for n, i := range order {
		before := "{"
		if n > 0 {
			before = ","
		}
		if err := v.raw(before); err != nil {
			return err
		}
		if err := v.text(fields[i].Name); err != nil {
			return err
		}
		if err := v.raw(":"); err != nil {
			return err
		}
		if err := v.write(column.Field(i), row); err != nil {
			return err
		}
	}
	if len(order) == 0 {
		return v.raw("{}")
	}
	return v.raw("}")
}

func (v *jsonValues) list(column array.ListLike, row int) error {
	if err := v.raw("["); err != nil {
		return err
	}
	from, to := column.ValueOffsets(row)
	values := column.ListValues()
	for i := from; i < to; i++ {
		if i > from {
			if err := v.raw(","); err != nil {
				return err
			}
		}
		if err := v.write(values, int(i)); err != nil {
			return err
		}
	}
	return v.raw("]")
}

package localwrite

import (
	"encoding/base64"
	"math"
	"strconv"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// jsonTable writes rows as Spark's JSON data source does.
type jsonTable struct {
	names     []string
	zone      *time.Location
	keepNulls bool
	lineSep   string
}

func newJSON(r Request, o options) *jsonTable {
	t := &jsonTable{zone: o.zone, keepNulls: o.keepNulls, lineSep: o.csv.lineSep}
	for _, f := range r.Schema.Fields {
		t.names = append(t.names, f.Name)
	}
	return t
}

func (t *jsonTable) row(out []byte, batch arrow.RecordBatch, i int) ([]byte, error) {
	out, err := t.object(out, t.names, batch.Columns(), i)
	return append(out, t.lineSep...), err
}

func (t *jsonTable) object(out []byte, names []string, columns []arrow.Array, i int) (_ []byte, err error) {
	out = append(out, '{')
	first := true
	for n, c := range columns {
		null := isNull(c, i)
		if null && !t.keepNulls {
			continue
		}
		if !first {
			out = append(out, ',')
		}
		first = false
		out = append(appendQuoted(out, names[n]), ':')
		if out, err = t.value(out, c, i); err != nil {
			return out, err
		}
	}
	return append(out, '}'), nil
}

func isNull(c arrow.Array, i int) bool { return c.DataType().ID() == arrow.NULL || c.IsNull(i) }

func (t *jsonTable) value(out []byte, column arrow.Array, i int) ([]byte, error) {
	if isNull(column, i) {
		return append(out, "null"...), nil
	}
	switch c := column.(type) {
	case *array.String:
		return appendQuoted(out, c.Value(i)), nil
	case *array.Binary:
		return append(base64.StdEncoding.AppendEncode(append(out, '"'), c.Value(i)), '"'), nil
	case *array.Float32:
		return t.number(out, c, i, float64(c.Value(i)))
	case *array.Float64:
		return t.number(out, c, i, c.Value(i))
	case *array.Boolean, *array.Int8, *array.Int16, *array.Int32, *array.Int64, *array.Decimal128:
		return appendPlain(out, c, i, t.zone)
	case *array.Struct:
		return t.structure(out, c, i)
	case *array.Map:
		return t.mapping(out, c, i)
	case array.ListLike:
		return t.list(out, c, i)
	}
	return t.inQuotes(out, column, i)
}

// number puts what JSON has no number for in quotes.
func (t *jsonTable) number(out []byte, c arrow.Array, i int, v float64) ([]byte, error) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return t.inQuotes(out, c, i)
	}
	return appendPlain(out, c, i, t.zone)
}

func (t *jsonTable) inQuotes(out []byte, c arrow.Array, i int) ([]byte, error) {
	out, err := appendPlain(append(out, '"'), c, i, t.zone)
	return append(out, '"'), err
}

func (t *jsonTable) structure(out []byte, c *array.Struct, i int) ([]byte, error) {
	fields := c.DataType().(*arrow.StructType).Fields()
	names, columns := make([]string, len(fields)), make([]arrow.Array, len(fields))
	for n, f := range fields {
		names[n], columns[n] = f.Name, c.Field(n)
	}
	return t.object(out, names, columns, i)
}

func (t *jsonTable) list(out []byte, c array.ListLike, i int) (_ []byte, err error) {
	out = append(out, '[')
	start, end := c.ValueOffsets(i)
	for k := start; k < end; k++ {
		if k > start {
			out = append(out, ',')
		}
		if out, err = t.value(out, c.ListValues(), int(k)); err != nil {
			return out, err
		}
	}
	return append(out, ']'), nil
}

// mapping writes keys as text. Entries without a value stay, as in Spark.
func (t *jsonTable) mapping(out []byte, c *array.Map, i int) (_ []byte, err error) {
	out = append(out, '{')
	start, end := c.ValueOffsets(i)
	for k := start; k < end; k++ {
		if k > start {
			out = append(out, ',')
		}
		if out, err = t.key(out, c.Keys(), int(k)); err != nil {
			return out, err
		}
		if out, err = t.value(append(out, ':'), c.Items(), int(k)); err != nil {
			return out, err
		}
	}
	return append(out, '}'), nil
}

// key writes times as the numbers that Spark has for them: it writes keys without the formats of values.
func (t *jsonTable) key(out []byte, keys arrow.Array, k int) ([]byte, error) {
	number := int64(0)
	switch c := keys.(type) {
	case *array.String:
		return appendQuoted(out, c.Value(k)), nil
	case *array.Date32:
		number = int64(c.Value(k))
	case *array.Timestamp:
		number = int64(c.Value(k))
	case *array.Duration:
		number = int64(c.Value(k))
	case *array.MonthInterval:
		number = int64(c.Value(k))
	default:
		return t.inQuotes(out, keys, k)
	}
	return append(strconv.AppendInt(append(out, '"'), number, 10), '"'), nil
}

const upperHex = "0123456789ABCDEF"

// appendQuoted writes text as Jackson does: only what must be escaped is, in its short form where there is one.
func appendQuoted(out []byte, s string) []byte {
	out = append(out, '"')
	from := 0
	for i := range len(s) {
		b := s[i]
		if b >= ' ' && b != '"' && b != '\\' {
			continue
		}
		out = append(append(out, s[from:i]...), '\\')
		from = i + 1
		switch b {
		case '"', '\\':
			out = append(out, b)
		case '\b':
			out = append(out, 'b')
		case '\f':
			out = append(out, 'f')
		case '\n':
			out = append(out, 'n')
		case '\r':
			out = append(out, 'r')
		case '\t':
			out = append(out, 't')
		default:
			out = append(out, 'u', '0', '0', upperHex[b>>4], upperHex[b&15])
		}
	}
	return append(append(out, s[from:]...), '"')
}

package source

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/hfspark/hfspark/dataset"
)

// jsonDecoder converts the JSON value that is next and appends it to the builder it is bound to. It is never given null.
type jsonDecoder func(p *jsonText) error

// decodeOrNull handles null, and puts the place in front of errors.
func decodeOrNull(p *jsonText, b array.Builder, decode jsonDecoder) error {
	if p.null() {
		b.AppendNull()
		return nil
	}
	return decode(p)
}

// newJSONDecoder makes the decoder for values of a field.
func newJSONDecoder(field arrow.Field, b array.Builder) (jsonDecoder, error) {
	if feature, ok := dataset.FieldFeature(field); ok {
		switch feature.Kind {
		case dataset.KindClassLabel:
			return labelDecoder(feature, b.(*array.Int64Builder)), nil
		case dataset.KindJSON:
			return jsonTextDecoder(b.(*array.StringBuilder)), nil
		}
	}
	if decode := numberDecoder(b); decode != nil {
		return decode, nil
	}
	switch b := b.(type) {
	case *array.NullBuilder:
		return func(p *jsonText) error {
			return mismatch(p, "null: the first rows have no other value in this column, which decides its type; option chunksize looks at more of them")
		}, nil
	case *array.BooleanBuilder:
		return boolDecoder(b), nil
	case *array.StringBuilder:
		return textDecoder(b.BinaryBuilder), nil
	case *array.LargeStringBuilder:
		return textDecoder(b.BinaryBuilder), nil
	case *array.BinaryBuilder:
		return textDecoder(b), nil
	case *array.TimestampBuilder:
		return timestampDecoder(b, field.Type.(*arrow.TimestampType)), nil
	case *array.Date32Builder:
		return dateDecoder(b), nil
	case *array.Decimal128Builder:
		return decimalDecoder(b, field.Type.(*arrow.Decimal128Type)), nil
	case *array.StructBuilder:
		return structDecoder(field, b)
	case array.ListLikeBuilder:
		return listDecoder(field, b)
	}
	if add := rareAppender(b, field.Type); add != nil {
		return rareDecoder(add, field.Type), nil
	}
	return nil, fmt.Errorf("the column %q is announced as %s, which JSON values cannot be converted to", field.Name, field.Type)
}

// rareDecoder takes strings and numbers of types that text formats do not infer.
func rareDecoder(add func(text string) error, t arrow.DataType) jsonDecoder {
	return func(p *jsonText) error {
		c := p.peek()
		before := p.at
		var text []byte
		var err error
		switch {
		case c == '"':
			text, err = p.str()
		case c == '-' || c >= '0' && c <= '9':
			var n jsonNumber
			n, err = p.number()
			text = n.text
		default:
			return mismatch(p, "a value of type "+dataset.TypeName(t))
		}
		if err == nil {
			err = add(string(text))
		}
		if err != nil {
			p.at = before
			return fmt.Errorf("%w: %w", mismatch(p, "a value of type "+dataset.TypeName(t)), err)
		}
		return nil
	}
}

// mismatch is an error about the value that is next.
func mismatch(p *jsonText, wanted string) error {
	start := p.at
	if err := p.skip(); err != nil {
		return err
	}
	found := p.data[start:p.at]
	if len(found) > 60 {
		found = append(slices.Clone(found[:57]), "..."...)
	}
	return fmt.Errorf("expected %s, found %s", wanted, found)
}

// view is text that must not outlive b.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// numberToken returns the number that is next, or in a string; ok is false when there is none.
func numberToken(p *jsonText) (n jsonNumber, ok bool) {
	switch c := p.peek(); {
	case c == '"':
		before := p.at
		inner, err := p.str()
		if err == nil {
			q := &jsonText{data: inner}
			if n, err := q.number(); err == nil && q.at == len(inner) {
				return n, true
			}
		}
		p.at = before
	case c == '-' || c >= '0' && c <= '9' || c == 'N' || c == 'I':
		n, err := p.number()
		return n, err == nil
	case c == 't' && p.word("true"):
		return jsonNumber{text: []byte("1"), isInt: true, digits: 1, mantissa: 1}, true
	case c == 'f' && p.word("false"):
		return jsonNumber{text: []byte("0"), isInt: true, digits: 1}, true
	}
	return n, false
}

func jsonInt(p *jsonText, least, most int64) (int64, error) {
	p.space()
	before := p.at
	n, ok := numberToken(p)
	if ok && n.isInt {
		if v, ok := n.int64(); ok && v >= least && v <= most {
			return v, nil
		}
	} else if ok {
		if f, err := n.float64(); err == nil && f == math.Trunc(f) && f >= float64(least) && f <= float64(most) && math.Abs(f) < 1<<63 {
			return int64(f), nil
		}
	}
	p.at = before
	return 0, mismatch(p, fmt.Sprintf("an integer from %d to %d", least, most))
}

func intDecoder(least, most int64, add func(int64)) jsonDecoder {
	return func(p *jsonText) error {
		v, err := jsonInt(p, least, most)
		if err == nil {
			add(v)
		}
		return err
	}
}

func floatDecoder(add func(float64)) jsonDecoder {
	return func(p *jsonText) error {
		p.space()
		before := p.at
		n, ok := numberToken(p)
		if !ok {
			p.at = before
			return mismatch(p, "a number")
		}
		f, err := n.float64()
		if err == nil {
			add(f)
		}
		return err
	}
}

// numberDecoder makes decoders for integers and floats; nil for other builders.
func numberDecoder(b array.Builder) jsonDecoder {
	switch b := b.(type) {
	case *array.Int64Builder:
		return intDecoder(math.MinInt64, math.MaxInt64, b.Append)
	case *array.Int32Builder:
		return intDecoder(math.MinInt32, math.MaxInt32, func(v int64) { b.Append(int32(v)) })
	case *array.Int16Builder:
		return intDecoder(math.MinInt16, math.MaxInt16, func(v int64) { b.Append(int16(v)) })
	case *array.Int8Builder:
		return intDecoder(math.MinInt8, math.MaxInt8, func(v int64) { b.Append(int8(v)) })
	case *array.Uint32Builder:
		return intDecoder(0, math.MaxUint32, func(v int64) { b.Append(uint32(v)) })
	case *array.Uint16Builder:
		return intDecoder(0, math.MaxUint16, func(v int64) { b.Append(uint16(v)) })
	case *array.Uint8Builder:
		return intDecoder(0, math.MaxUint8, func(v int64) { b.Append(uint8(v)) })
	case *array.Uint64Builder:
		return func(p *jsonText) error {
			p.space()
			before := p.at
			if n, ok := numberToken(p); ok && n.isInt {
				if v, err := strconv.ParseUint(view(n.text), 10, 64); err == nil {
					b.Append(v)
					return nil
				}
			}
			p.at = before
			return mismatch(p, "an integer of 64 bits that is not negative")
		}
	case *array.Float64Builder:
		return floatDecoder(b.Append)
	case *array.Float32Builder:
		return floatDecoder(func(f float64) { b.Append(float32(f)) })
	}
	return nil
}

func boolDecoder(b *array.BooleanBuilder) jsonDecoder {
	return func(p *jsonText) error {
		switch c := p.peek(); {
		case c == 't' && p.word("true"):
			b.Append(true)
		case c == 'f' && p.word("false"):
			b.Append(false)
		default:
			return mismatch(p, "true or false")
		}
		return nil
	}
}

// textDecoder takes strings as they are, and of other values their JSON text.
func textDecoder(b *array.BinaryBuilder) jsonDecoder {
	return func(p *jsonText) error {
		if p.peek() == '"' {
			text, err := p.str()
			if err == nil {
				b.Append(text)
			}
			return err
		}
		text, err := p.compact(nil)
		if err == nil {
			b.Append(text)
		}
		return err
	}
}

// jsonTextDecoder keeps strings that are JSON themselves, and writes other values as JSON (datasets, utils/json.py,
// json_encode_field).
func jsonTextDecoder(b *array.StringBuilder) jsonDecoder {
	return func(p *jsonText) error {
		if p.peek() == '"' {
			text, err := p.str()
			if err != nil {
				return err
			}
			if !isJSON(text) {
				text = quoteJSON(nil, string(text))
			}
			b.BinaryBuilder.Append(text)
			return nil
		}
		text, err := p.compact(nil)
		if err == nil {
			b.BinaryBuilder.Append(text)
		}
		return err
	}
}

func labelDecoder(feature dataset.FeatureType, b *array.Int64Builder) jsonDecoder {
	return func(p *jsonText) error {
		p.space()
		var n int64
		var err error
		if p.peek() == '"' {
			var text []byte
			if text, err = p.str(); err != nil {
				return err
			}
			n, err = classNumber(feature, string(text), func() (int64, error) { return strconv.ParseInt(string(text), 10, 64) })
		} else if n, err = jsonInt(p, math.MinInt64, math.MaxInt64); err == nil {
			err = checkClass(feature, n)
		}
		if err == nil {
			b.Append(n)
		}
		return err
	}
}

func timestampDecoder(b *array.TimestampBuilder, t *arrow.TimestampType) jsonDecoder {
	return func(p *jsonText) error {
		p.space()
		before := p.at
		if p.peek() == '"' {
			text, err := p.str()
			if err != nil {
				return err
			}
			if seconds, ok := isoSeconds(text); ok {
				if v, err := arrow.TimestampFromTime(time.Unix(seconds, 0).UTC(), t.Unit); err == nil {
					b.Append(v)
					return nil
				}
			} else if at, ok := parseInstant(string(text)); ok && t.Unit != arrow.Second {
				if v, err := arrow.TimestampFromTime(at, t.Unit); err == nil {
					b.Append(v)
					return nil
				}
			}
		} else if v, err := jsonInt(p, math.MinInt64, math.MaxInt64); err == nil {
			b.Append(arrow.Timestamp(v))
			return nil
		}
		p.at = before
		return mismatch(p, "a timestamp such as 2024-12-31T23:59:59")
	}
}

func dateDecoder(b *array.Date32Builder) jsonDecoder {
	return func(p *jsonText) error {
		p.space()
		before := p.at
		if p.peek() == '"' {
			text, err := p.str()
			if err != nil {
				return err
			}
			if day, err := time.Parse(time.DateOnly, string(text)); err == nil {
				b.Append(arrow.Date32FromTime(day))
				return nil
			}
		}
		p.at = before
		return mismatch(p, "a date such as 2024-12-31")
	}
}

func decimalDecoder(b *array.Decimal128Builder, t *arrow.Decimal128Type) jsonDecoder {
	return func(p *jsonText) error {
		p.space()
		before := p.at
		if n, ok := numberToken(p); ok {
			if v, err := parseDecimal(string(n.text), t); err == nil {
				b.Append(v)
				return nil
			}
		}
		p.at = before
		return mismatch(p, fmt.Sprintf("a decimal(%d, %d)", t.Precision, t.Scale))
	}
}

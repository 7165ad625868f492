package source

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/hfspark/hfspark/dataset"
)

// cellAppender converts the text of a cell, which is no missing value, and appends it.
type cellAppender func(cell []byte) error

var (
	errNotInteger = errors.New("it is not an integer")
	errNotNumber  = errors.New("it is not a number")
	errNotBool    = errors.New("it is neither true nor false")
	errRange      = errors.New("it is out of the range of the type")
)

// newCellAppender makes the appender for a column of the given type.
func newCellAppender(field arrow.Field, b array.Builder, o *csvOptions) (cellAppender, error) {
	if feature, ok := dataset.FieldFeature(field); ok {
		switch feature.Kind {
		case dataset.KindClassLabel:
			return labelAppender(feature, b.(*array.Int64Builder), o), nil
		case dataset.KindJSON:
			return jsonTextAppender(b.(*array.StringBuilder)), nil
		}
	}
	switch b := b.(type) {
	case *array.StringBuilder:
		return textAppender(b.BinaryBuilder, true), nil
	case *array.LargeStringBuilder:
		return textAppender(b.BinaryBuilder, true), nil
	case *array.BinaryBuilder:
		return textAppender(b, false), nil
	case *array.BooleanBuilder:
		return boolAppender(b, o), nil
	case *array.Float64Builder:
		return floatAppender(o, func(f float64) error { b.Append(f); return nil }), nil
	case *array.Float32Builder:
		return floatAppender(o, func(f float64) error { b.Append(float32(f)); return nil }), nil
	case *array.Int64Builder:
		return intAppender(o, math.MinInt64, math.MaxInt64, b.Append), nil
	case *array.Int32Builder:
		return intAppender(o, math.MinInt32, math.MaxInt32, func(v int64) { b.Append(int32(v)) }), nil
	case *array.Int16Builder:
		return intAppender(o, math.MinInt16, math.MaxInt16, func(v int64) { b.Append(int16(v)) }), nil
	case *array.Int8Builder:
		return intAppender(o, math.MinInt8, math.MaxInt8, func(v int64) { b.Append(int8(v)) }), nil
	case *array.Uint64Builder:
		return uintAppender(o, b.Append), nil
	case *array.Uint32Builder:
		return intAppender(o, 0, math.MaxUint32, func(v int64) { b.Append(uint32(v)) }), nil
	case *array.Uint16Builder:
		return intAppender(o, 0, math.MaxUint16, func(v int64) { b.Append(uint16(v)) }), nil
	case *array.Uint8Builder:
		return intAppender(o, 0, math.MaxUint8, func(v int64) { b.Append(uint8(v)) }), nil
	case *array.Date32Builder:
		return dateAppender(b), nil
	case *array.TimestampBuilder:
		return timestampAppender(b, field.Type.(*arrow.TimestampType)), nil
	case *array.Decimal128Builder:
		return decimalAppender(b, field.Type.(*arrow.Decimal128Type)), nil
	case *array.StructBuilder:
		if isMedia(field.Type) {
			return mediaAppender(b), nil
		}
	}
	if add := rareAppender(b, field.Type); add != nil {
		return func(cell []byte) error { return add(string(cell)) }, nil
	}
	return nil, fmt.Errorf("the column %q is announced as %s, which cells of a CSV file cannot be converted to", field.Name, field.Type)
}

// textAppender appends text as it stands.
func textAppender(b *array.BinaryBuilder, mustBeText bool) cellAppender {
	return func(cell []byte) error {
		if mustBeText && !utf8.Valid(cell) {
			return errors.New("it is not UTF-8; set the option encoding to that of the file")
		}
		b.Append(cell)
		return nil
	}
}

func boolAppender(b *array.BooleanBuilder, o *csvOptions) cellAppender {
	return func(cell []byte) error {
		switch {
		case o.trueWords[string(cell)]:
			b.Append(true)
		case o.falseWords[string(cell)]:
			b.Append(false)
		default:
			f, ok := float(cell, o)
			if !ok {
				return errNotBool
			}
			b.Append(f != 0)
		}
		return nil
	}
}

func floatAppender(o *csvOptions, add func(float64) error) cellAppender {
	return func(cell []byte) error {
		f, ok := float(cell, o)
		if !ok {
			return errNotNumber
		}
		return add(f)
	}
}

// whole reads an integer, also one that is written as a float without a fraction.
func whole(cell []byte, o *csvOptions) (int64, error) {
	v, kind := integer(cell, o.thousands)
	switch kind {
	case wholeInt:
		return int64(v), nil
	case wholeLarge, wholeHuge:
		return 0, errRange
	}
	f, ok := float(cell, o)
	if !ok || f != math.Trunc(f) {
		return 0, errNotInteger
	}
	if math.Abs(f) >= 1<<63 {
		return 0, errRange
	}
	return int64(f), nil
}

func intAppender(o *csvOptions, least, most int64, add func(int64)) cellAppender {
	return func(cell []byte) error {
		v, err := whole(cell, o)
		if err != nil {
			return err
		}
		if v < least || v > most {
			return errRange
		}
		add(v)
		return nil
	}
}

func uintAppender(o *csvOptions, add func(uint64)) cellAppender {
	return func(cell []byte) error {
		if v, kind := integer(cell, o.thousands); kind == wholeLarge {
			add(v)
			return nil
		}
		v, err := whole(cell, o)
		if err != nil {
			return err
		}
		if v < 0 {
			return errRange
		}
		add(uint64(v))
		return nil
	}
}

// labelAppender takes the name or the number of a class.
func labelAppender(feature dataset.FeatureType, b *array.Int64Builder, o *csvOptions) cellAppender {
	return func(cell []byte) error {
		n, err := classNumber(feature, string(cell), func() (int64, error) { return whole(cell, o) })
		if err != nil {
			return err
		}
		b.Append(n)
		return nil
	}
}

// classNumber finds the number of a class by its name, or checks the number that stands there instead.
func classNumber(feature dataset.FeatureType, text string, number func() (int64, error)) (int64, error) {
	for _, name := range []string{text, strings.TrimSpace(text)} {
		if i := slices.Index(feature.Names, name); i >= 0 {
			return int64(i), nil
		}
	}
	n, err := number()
	if err != nil {
		return 0, errors.New("it is no name of a class label")
	}
	return n, checkClass(feature, n)
}

func checkClass(feature dataset.FeatureType, n int64) error {
	if n >= int64(feature.NumClasses) {
		return fmt.Errorf("class label %d is greater than the largest one, %d", n, feature.NumClasses-1)
	}
	return nil
}

func dateAppender(b *array.Date32Builder) cellAppender {
	return func(cell []byte) error {
		day, err := time.Parse(time.DateOnly, string(trimSpace(cell)))
		if err != nil {
			return errors.New("it is not a date of the form YYYY-MM-DD")
		}
		b.Append(arrow.Date32FromTime(day))
		return nil
	}
}

func timestampAppender(b *array.TimestampBuilder, t *arrow.TimestampType) cellAppender {
	return func(cell []byte) error {
		at, ok := parseInstant(string(trimSpace(cell)))
		if !ok {
			return errors.New("it is not a timestamp of the form YYYY-MM-DD HH:MM:SS")
		}
		v, err := arrow.TimestampFromTime(at, t.Unit)
		if err != nil {
			return errRange
		}
		b.Append(v)
		return nil
	}
}

func decimalAppender(b *array.Decimal128Builder, t *arrow.Decimal128Type) cellAppender {
	return func(cell []byte) error {
		n, err := parseDecimal(string(trimSpace(cell)), t)
		if err != nil {
			return fmt.Errorf("it is not a decimal(%d, %d)", t.Precision, t.Scale)
		}
		b.Append(n)
		return nil
	}
}

// isMedia recognizes the storage of images, sounds and the like: bytes and path.
func isMedia(t arrow.DataType) bool {
	s, ok := t.(*arrow.StructType)
	return ok && s.NumFields() == 2 && s.Field(0).Name == "bytes" && s.Field(0).Type.ID() == arrow.BINARY &&
		s.Field(1).Name == "path" && s.Field(1).Type.ID() == arrow.STRING
}

// mediaAppender takes a cell for the path of a file.
func mediaAppender(b *array.StructBuilder) cellAppender {
	paths := b.FieldBuilder(1).(*array.StringBuilder)
	return func(cell []byte) error {
		b.Append(true)
		b.FieldBuilder(0).AppendNull()
		paths.BinaryBuilder.Append(cell)
		return nil
	}
}

// jsonTextAppender keeps text that is JSON, and quotes other text.
func jsonTextAppender(b *array.StringBuilder) cellAppender {
	text := textAppender(b.BinaryBuilder, true)
	return func(cell []byte) error {
		if isJSON(cell) {
			return text(cell)
		}
		return text(quoteJSON(nil, string(cell)))
	}
}

package dataset

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
)

// simpleTypes are the dtype texts without arguments: the library's names, and pyarrow's factories that it falls back to.
var simpleTypes = map[string]arrow.DataType{
	"null":         arrow.Null,
	"bool":         arrow.FixedWidthTypes.Boolean,
	"bool_":        arrow.FixedWidthTypes.Boolean,
	"int8":         arrow.PrimitiveTypes.Int8,
	"int16":        arrow.PrimitiveTypes.Int16,
	"int32":        arrow.PrimitiveTypes.Int32,
	"int64":        arrow.PrimitiveTypes.Int64,
	"uint8":        arrow.PrimitiveTypes.Uint8,
	"uint16":       arrow.PrimitiveTypes.Uint16,
	"uint32":       arrow.PrimitiveTypes.Uint32,
	"uint64":       arrow.PrimitiveTypes.Uint64,
	"float16":      arrow.FixedWidthTypes.Float16,
	"float32":      arrow.PrimitiveTypes.Float32,
	"float":        arrow.PrimitiveTypes.Float32,
	"float64":      arrow.PrimitiveTypes.Float64,
	"double":       arrow.PrimitiveTypes.Float64,
	"date32":       arrow.FixedWidthTypes.Date32,
	"date64":       arrow.FixedWidthTypes.Date64,
	"string":       arrow.BinaryTypes.String,
	"utf8":         arrow.BinaryTypes.String,
	"large_string": arrow.BinaryTypes.LargeString,
	"large_utf8":   arrow.BinaryTypes.LargeString,
	"string_view":  arrow.BinaryTypes.StringView,
	"binary":       arrow.BinaryTypes.Binary,
	"large_binary": arrow.BinaryTypes.LargeBinary,
	"binary_view":  arrow.BinaryTypes.BinaryView,
}

var units = map[string]arrow.TimeUnit{"s": arrow.Second, "ms": arrow.Millisecond, "us": arrow.Microsecond, "ns": arrow.Nanosecond}

var typeWithArguments = regexp.MustCompile(`^(timestamp|duration|time32|time64|decimal128|decimal256|fixed_size_binary)[\[(](.*)[\])]$`)

// parseDType reads the dtype of a Value, such as int64, timestamp[us, tz=UTC] or decimal128(10, 2) (datasets,
// features/features.py, string_to_arrow).
func parseDType(text string) (arrow.DataType, error) {
	if t, ok := simpleTypes[text]; ok {
		return t, nil
	}
	m := typeWithArguments.FindStringSubmatch(text)
	if m == nil {
		return nil, fmt.Errorf("%q is no data type", text)
	}
	first, rest, _ := strings.Cut(m[2], ",")
	first, rest = strings.TrimSpace(first), strings.TrimSpace(rest)
	unit, isUnit := units[first]
	number, numberErr := strconv.ParseInt(first, 10, 32)
	switch name := m[1]; {
	case name == "timestamp" && isUnit && rest == "":
		return &arrow.TimestampType{Unit: unit}, nil
	case name == "timestamp" && isUnit && strings.HasPrefix(rest, "tz="):
		return &arrow.TimestampType{Unit: unit, TimeZone: strings.Trim(strings.TrimPrefix(rest, "tz="), `"'`)}, nil
	case name == "duration" && isUnit:
		return &arrow.DurationType{Unit: unit}, nil
	case name == "time32" && (first == "s" || first == "ms"):
		return &arrow.Time32Type{Unit: unit}, nil
	case name == "time64" && (first == "us" || first == "ns"):
		return &arrow.Time64Type{Unit: unit}, nil
	case name == "fixed_size_binary" && numberErr == nil && number > 0:
		return &arrow.FixedSizeBinaryType{ByteWidth: int(number)}, nil
	case strings.HasPrefix(name, "decimal") && numberErr == nil:
		scale := int64(0)
		if rest != "" {
			var err error
			if scale, err = strconv.ParseInt(rest, 10, 32); err != nil {
				break
			}
		}
		if name == "decimal128" && number >= 1 && number <= 38 {
			return &arrow.Decimal128Type{Precision: int32(number), Scale: int32(scale)}, nil
		}
		if name == "decimal256" && number >= 1 && number <= 76 {
			return &arrow.Decimal256Type{Precision: int32(number), Scale: int32(scale)}, nil
		}
	}
	return nil, fmt.Errorf("%q is no data type", text)
}

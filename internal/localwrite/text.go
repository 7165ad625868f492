package localwrite

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/hfspark/hfspark/internal/plan/function"
)

// appendPlain appends the text of a value that is neither null, text, binary nor nested, as Spark writes it to CSV and, some of it
// in quotes, to JSON.
func appendPlain(out []byte, column arrow.Array, i int, zone *time.Location) ([]byte, error) {
	switch c := column.(type) {
	case *array.Boolean:
		return strconv.AppendBool(out, c.Value(i)), nil
	case *array.Int8:
		return strconv.AppendInt(out, int64(c.Value(i)), 10), nil
	case *array.Int16:
		return strconv.AppendInt(out, int64(c.Value(i)), 10), nil
	case *array.Int32:
		return strconv.AppendInt(out, int64(c.Value(i)), 10), nil
	case *array.Int64:
		return strconv.AppendInt(out, c.Value(i), 10), nil
	case *array.Float32:
		return append(out, function.JavaFloat(c.Value(i))...), nil
	case *array.Float64:
		return append(out, function.JavaDouble(c.Value(i))...), nil
	case *array.Decimal128:
		return appendDecimal(out, c.Value(i).BigInt(), int(c.DataType().(*arrow.Decimal128Type).Scale)), nil
	case *array.Date32:
		return appendDate(out, time.Unix(int64(c.Value(i))*86400, 0).UTC()), nil
	case *array.Timestamp:
		return appendTimestamp(out, c, i, zone), nil
	case *array.Time64:
		t := time.UnixMicro(int64(c.Value(i)) / int64(time.Microsecond/c.DataType().(*arrow.Time64Type).Unit.Multiplier())).UTC()
		return append(append(out, t.Format("15:04:05")...), fraction(t.Nanosecond()/1000)...), nil
	case *array.Duration:
		return appendDayTime(out, int64(c.Value(i))), nil
	case *array.MonthInterval:
		months, sign := int64(c.Value(i)), ""
		if months < 0 {
			sign, months = "-", -months
		}
		return fmt.Appendf(out, "INTERVAL '%s%d-%d' YEAR TO MONTH", sign, months/12, months%12), nil
	}
	return nil, fmt.Errorf("no text for values of the Arrow type %s", column.DataType())
}

// appendDecimal writes a decimal as Java's BigDecimal.toString does: with an exponent where the adjusted one is below -6.
func appendDecimal(out []byte, unscaled *big.Int, scale int) []byte {
	digits := unscaled.String()
	if unscaled.Sign() < 0 {
		out, digits = append(out, '-'), digits[1:]
	}
	adjusted := len(digits) - 1 - scale
	switch {
	case scale == 0:
		return append(out, digits...)
	case scale > 0 && adjusted >= -6:
		if pad := scale + 1 - len(digits); pad > 0 {
			digits = strings.Repeat("0", pad) + digits
		}
		point := len(digits) - scale
		return append(append(append(out, digits[:point]...), '.'), digits[point:]...)
	}
	out = append(out, digits[0])
	if len(digits) > 1 {
		out = append(append(out, '.'), digits[1:]...)
	}
	return fmt.Appendf(out, "E%+d", adjusted)
}

// appendDate writes years of more than four digits with a sign, as Java does.
func appendDate(out []byte, t time.Time) []byte {
	switch year := t.Year(); {
	case year > 9999:
		return fmt.Appendf(out, "+%d%s", year, t.Format("-01-02"))
	case year < 0:
		return fmt.Appendf(out, "-%04d%s", -year, t.Format("-01-02"))
	}
	return t.AppendFormat(out, time.DateOnly)
}

// appendTimestamp writes milliseconds, the rest cut off, and the offset unless the type has no zone.
func appendTimestamp(out []byte, c *array.Timestamp, i int, zone *time.Location) []byte {
	t := time.UnixMicro(int64(c.Value(i))).UTC()
	zoned := c.DataType().(*arrow.TimestampType).TimeZone != ""
	if zoned {
		t = t.In(zone)
	}
	out = t.AppendFormat(append(appendDate(out, t), 'T'), "15:04:05.000")
	if !zoned {
		return out
	}
	_, offset := t.Zone()
	if offset == 0 {
		return append(out, 'Z')
	}
	sign := byte('+')
	if offset < 0 {
		sign, offset = '-', -offset
	}
	out = fmt.Appendf(append(out, sign), "%02d:%02d", offset/3600, offset/60%60)
	if offset%60 != 0 {
		out = fmt.Appendf(out, ":%02d", offset%60)
	}
	return out
}

func appendDayTime(out []byte, micros int64) []byte {
	sign, rest := "", uint64(micros) //nolint:gosec // The sign is taken off below.
	if micros < 0 {
		sign, rest = "-", -rest
	}
	seconds := rest / 1e6
	return fmt.Appendf(out, "INTERVAL '%s%d %02d:%02d:%02d%s' DAY TO SECOND",
		sign, seconds/86400, seconds/3600%24, seconds/60%60, seconds%60, fraction(int(rest%1e6))) //nolint:gosec // Below a million.
}

// fraction writes microseconds behind a point, without trailing zeros, and nothing for none.
func fraction(micros int) string {
	if micros == 0 {
		return ""
	}
	return strings.TrimRight(fmt.Sprintf(".%06d", micros), "0")
}

// appendBytes writes binary values as Spark shows them: [00 FF].
func appendBytes(out, value []byte) []byte {
	out = append(out, '[')
	for i, b := range value {
		if i > 0 {
			out = append(out, ' ')
		}
		out = fmt.Appendf(out, "%02X", b)
	}
	return append(out, ']')
}

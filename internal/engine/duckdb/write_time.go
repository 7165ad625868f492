package duckdb

import (
	"errors"
	"fmt"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/hfspark/hfspark/internal/plan/types"
)

// ErrNanoseconds says that a value has digits below the microseconds that Spark's types hold.
var ErrNanoseconds = errors.New("it has digits below microseconds, which Spark's types do not hold; the option nanoseconds=\"string\" reads such columns as text")

// writeTimes is Write for dates, timestamps, times and intervals. Nanoseconds that are no whole microseconds are an error.
func (v Vector) writeTimes(t types.DataType, values arrow.Array, from, count, at int) error {
	switch values := values.(type) {
	case *array.Date32:
		if t == types.Date {
			convert(rows[int32](v, at, count), values.Date32Values()[from:])
			return nil
		}
	case *array.Date64:
		if t == types.Date {
			return scaleTimes(rows[int32](v, at, count), values.Date64Values()[from:], values, from, ratio{1, 86_400_000})
		}
	case *array.Timestamp:
		if t == types.Timestamp || t == types.TimestampNTZ {
			return scaleTimes(rows[int64](v, at, count), values.TimestampValues()[from:], values, from, toMicros(values.DataType()))
		}
	case *array.Time32:
		if t == types.Time {
			return scaleTimes(rows[int64](v, at, count), values.Time32Values()[from:], values, from, toMicros(values.DataType()))
		}
	case *array.Time64:
		if t == types.Time {
			return scaleTimes(rows[int64](v, at, count), values.Time64Values()[from:], values, from, toMicros(values.DataType()))
		}
	case *array.Duration:
		if t == types.DayTimeInterval {
			return scaleTimes(rows[int64](v, at, count), values.DurationValues()[from:], values, from, toMicros(values.DataType()))
		}
	case *array.MonthInterval:
		if t == types.YearMonthInterval {
			convert(rows[int32](v, at, count), values.MonthIntervalValues()[from:])
			return nil
		}
	case *array.MonthDayNanoInterval:
		if t == types.CalendarInterval {
			to := rows[interval](v, at, count)
			for i, value := range values.MonthDayNanoIntervalValues()[from : from+count] {
				if value.Nanoseconds%1000 != 0 && values.IsValid(from+i) {
					return fmt.Errorf("the interval %v: %w", value, ErrNanoseconds)
				}
				to[i] = interval{value.Months, value.Days, value.Nanoseconds / 1000}
			}
			return nil
		}
	}
	return unwritable(t, values)
}

// ratio is a factor by which a count in one unit becomes one in another.
type ratio struct{ multiply, divide int64 }

func toMicros(t arrow.DataType) ratio {
	switch t.(arrow.TemporalWithUnit).TimeUnit() {
	case arrow.Second:
		return ratio{1_000_000, 1}
	case arrow.Millisecond:
		return ratio{1_000, 1}
	case arrow.Nanosecond:
		return ratio{1, 1_000}
	}
	return ratio{1, 1}
}

func scaleTimes[T int32 | int64, F ~int32 | ~int64](to []T, from []F, values arrow.Array, first int, by ratio) error {
	limit := int64(math.MaxInt64) / by.multiply
	for i := range to {
		n := int64(from[i])
		if n > limit || n < -limit {
			if values.IsNull(first + i) {
				continue
			}
			return fmt.Errorf("a value of type %s, %d, is out of the range of microseconds", values.DataType(), n)
		}
		if by.divide == 1000 && n%1000 != 0 && values.IsValid(first+i) {
			return fmt.Errorf("the value %s of type %s: %w", values.ValueStr(first+i), values.DataType(), ErrNanoseconds)
		}
		to[i] = T(floorDivide(n*by.multiply, by.divide))
	}
	return nil
}

func floorDivide(n, by int64) int64 {
	quotient := n / by
	if n%by < 0 {
		quotient--
	}
	return quotient
}

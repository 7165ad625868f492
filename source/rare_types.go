package source

import (
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal256"
	"github.com/apache/arrow-go/v18/arrow/float16"
)

// rareAppender makes what appends text to columns of types that no text format infers, but that a subset may announce; nil for
// other types. Durations are numbers in the unit of the type, as pyarrow casts them.
func rareAppender(b array.Builder, t arrow.DataType) func(text string) error {
	switch b := b.(type) {
	case *array.Float16Builder:
		return func(text string) error {
			f, err := strconv.ParseFloat(text, 32)
			if err != nil {
				return errNotNumber
			}
			b.Append(float16.New(float32(f)))
			return nil
		}
	case *array.Date64Builder:
		return func(text string) error {
			day, err := time.Parse(time.DateOnly, text)
			if err != nil {
				return errors.New("it is no date; dates are written as 2020-12-31")
			}
			b.Append(arrow.Date64(day.UnixMilli()))
			return nil
		}
	case *array.Time32Builder:
		unit := t.(*arrow.Time32Type).Unit
		return func(text string) error {
			n, err := timeOfDay(text, unit)
			b.Append(arrow.Time32(n))
			return err
		}
	case *array.Time64Builder:
		unit := t.(*arrow.Time64Type).Unit
		return func(text string) error {
			n, err := timeOfDay(text, unit)
			b.Append(arrow.Time64(n))
			return err
		}
	case *array.DurationBuilder:
		return func(text string) error {
			n, err := strconv.ParseInt(text, 10, 64)
			if err != nil {
				return errNotInteger
			}
			b.Append(arrow.Duration(n))
			return nil
		}
	case *array.Decimal256Builder:
		return func(text string) error { return appendDecimal256(b, t.(*arrow.Decimal256Type), text) }
	case *array.FixedSizeBinaryBuilder:
		width := t.(*arrow.FixedSizeBinaryType).ByteWidth
		return func(text string) error {
			if len(text) != width {
				return fmt.Errorf("it has %d bytes where the column has %d", len(text), width)
			}
			b.Append([]byte(text))
			return nil
		}
	case *array.NullBuilder:
		return func(string) error { return errors.New("the column is announced as one without values") }
	}
	return nil
}

// timeOfDay counts the units since midnight of a time such as 12:30, 12:30:01 or 12:30:01.5.
func timeOfDay(text string, unit arrow.TimeUnit) (int64, error) {
	layout := "15:04:05"
	if strings.Count(text, ":") == 1 {
		layout = "15:04"
	}
	at, err := time.Parse(layout, text)
	if err != nil {
		return 0, errors.New("it is no time of day; times are written as 23:59:59.5")
	}
	since := at.Sub(at.Truncate(24 * time.Hour))
	if since%unit.Multiplier() != 0 {
		return 0, fmt.Errorf("the time has more digits than the column, which counts %s", unit)
	}
	return int64(since / unit.Multiplier()), nil
}

func appendDecimal256(b *array.Decimal256Builder, t *arrow.Decimal256Type, text string) error {
	n, ok := new(big.Rat).SetString(text)
	if !ok || len(text) > 1000 {
		return errNotNumber
	}
	n.Mul(n, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(t.Scale, 0))), nil)))
	if !n.IsInt() || len(n.Num().Text(10)) > int(t.Precision)+1 {
		return fmt.Errorf("it has more digits than %s", t)
	}
	b.Append(decimal256.FromBigInt(n.Num()))
	return nil
}

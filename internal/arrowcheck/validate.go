package arrowcheck

import (
	"errors"
	"fmt"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// Expansion is how many times larger than the bytes on the wire rows may become when compressed buffers are unpacked.
const Expansion = 1000

// Allocator gives out a bounded number of bytes; more are a panic, which who reads turns into an error. A stream of a few bytes may
// say that a buffer has gigabytes.
type Allocator struct {
	memory.Allocator
	Left int64 // bytes
}

// Allocate implements memory.Allocator.
func (b *Allocator) Allocate(size int) []byte {
	b.take(size)
	return b.Allocator.Allocate(size)
}

// Reallocate implements memory.Allocator.
func (b *Allocator) Reallocate(size int, old []byte) []byte {
	b.take(size - len(old))
	return b.Allocator.Reallocate(size, old)
}

func (b *Allocator) take(size int) {
	b.Left -= int64(size)
	if b.Left < 0 {
		panic(errors.New("a buffer is larger than the stream can hold"))
	}
}

// Validate checks that a record's buffers hold what its arrays refer to: readers of columns trust that.
func Validate(record arrow.RecordBatch) error {
	if record.NumRows() > math.MaxInt32 {
		return fmt.Errorf("a batch has %d rows", record.NumRows())
	}
	for i, column := range record.Columns() {
		if int64(column.Len()) != record.NumRows() {
			return fmt.Errorf("column %d has %d values in %d rows", i, column.Len(), record.NumRows())
		}
		if err := validateArray(column); err != nil {
			return fmt.Errorf("column %d: %w", i, err)
		}
	}
	return nil
}

func validateArray(a arrow.Array) error {
	data := a.Data()
	if bitmap := data.Buffers(); len(bitmap) > 0 && bitmap[0] != nil && bitmap[0].Len() > 0 &&
		int64(bitmap[0].Len())*8 < int64(data.Offset())+int64(data.Len()) {
		return errors.New("the bitmap of nulls is too short")
	}
	if err := validateNulls(data); err != nil {
		return err
	}
	if err := validateValues(data); err != nil {
		return err
	}
	if checked, ok := a.(interface{ ValidateFull() error }); ok {
		if err := checked.ValidateFull(); err != nil {
			return err
		}
	}
	switch a := a.(type) {
	case *array.Decimal128:
		return validateDecimals(a)
	case *array.Struct:
		for i := range a.NumField() {
			if a.Field(i).Len() < a.Len() {
				return errors.New("a field of a struct is too short")
			}
			if err := validateArray(a.Field(i)); err != nil {
				return err
			}
		}
	case array.ListLike:
		return validateArray(a.ListValues())
	case *array.Dictionary:
		if err := validateArray(a.Indices()); err != nil {
			return err
		}
		return validateArray(a.Dictionary())
	case *array.RunEndEncoded:
		return validateArray(a.Values())
	}
	return nil
}

// validateNulls checks that an array has as many nulls as it says: a decoder that trusts the number, and one that looks at the bitmap, would
// read different values.
func validateNulls(data arrow.ArrayData) error {
	switch data.DataType().ID() {
	case arrow.NULL, arrow.SPARSE_UNION, arrow.DENSE_UNION, arrow.RUN_END_ENCODED, arrow.EXTENSION:
		return nil // They have no bitmap, or another one tells.
	}
	said := data.NullN()
	if said == array.UnknownNullCount || len(data.Buffers()) == 0 {
		return nil
	}
	nulls := 0
	if bitmap := data.Buffers()[0]; bitmap != nil && bitmap.Len() > 0 {
		nulls = data.Len() - bitutil.CountSetBits(bitmap.Bytes(), data.Offset(), data.Len())
	} else if said == 0 {
		return nil
	}
	if nulls != said {
		return fmt.Errorf("it says that %d of its %d values are null, and its bitmap has %d", said, data.Len(), nulls)
	}
	return nil
}

// validateDecimals checks that decimals have no more digits than their type: narrower numbers are made of them.
func validateDecimals(a *array.Decimal128) error {
	precision := a.DataType().(*arrow.Decimal128Type).Precision
	for i, v := range a.Values() {
		if a.IsValid(i) && !v.FitsInPrecision(precision) {
			return fmt.Errorf("the decimal at row %d has more than the %d digits of its type", i+1, precision)
		}
	}
	return nil
}

// validateValues checks that an array of values of one width has them all.
func validateValues(data arrow.ArrayData) error {
	fixed, ok := data.DataType().(arrow.FixedWidthDataType)
	if _, isExtension := data.DataType().(arrow.ExtensionType); !ok || isExtension || len(data.Buffers()) < 2 || data.Len() == 0 {
		return nil
	}
	if _, nested := data.DataType().(arrow.NestedType); nested {
		return nil
	}
	var has int64
	if b := data.Buffers()[1]; b != nil {
		has = int64(b.Len()) * 8
	}
	if need := (int64(data.Offset()) + int64(data.Len())) * int64(fixed.BitWidth()); has < need {
		return fmt.Errorf("its values have %d bytes where %d are needed", has/8, (need+7)/8)
	}
	return nil
}

package predicate

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"math/big"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/hfspark/hfspark/dataset"
)

// truth is a value of three-valued logic.
type truth uint8

const (
	isFalse truth = iota
	isUnknown
	isTrue
)

func of(b bool) truth {
	if b {
		return isTrue
	}
	return isFalse
}

// Select returns the rows of a batch for which the condition is true, as one bool a row. The columns of the condition must be in
// the batch; it is an error when one is not, or cannot be compared with its value.
func Select(p Predicate, batch arrow.RecordBatch) ([]bool, error) {
	truths, err := evaluate(p, batch)
	if err != nil {
		return nil, err
	}
	out := make([]bool, len(truths))
	for i, t := range truths {
		out[i] = t == isTrue
	}
	return out, nil
}

func evaluate(p Predicate, batch arrow.RecordBatch) ([]truth, error) {
	rows := int(batch.NumRows())
	switch p := p.(type) {
	case nil:
		return fill(rows, isTrue), nil
	case And:
		return fold(p, batch, isTrue, func(a, b truth) truth { return min(a, b) })
	case Or:
		return fold(p, batch, isFalse, func(a, b truth) truth { return max(a, b) })
	}
	indices := batch.Schema().FieldIndices(Column(p))
	if len(indices) == 0 {
		return nil, fmt.Errorf("condition %s: there is no column %s", String(p), Column(p))
	}
	column, null, err := member(batch.Column(indices[0]), Fields(p))
	if err != nil {
		return nil, fmt.Errorf("condition %s: %w", String(p), err)
	}
	out := make([]truth, rows)
	switch p := p.(type) {
	case IsNull:
		for i := range out {
			out[i] = of(null(i) != p.Negated)
		}
	case Compare:
		err = evaluateCompare(p, column, null, out)
	case In:
		err = evaluateIn(p, column, null, out)
	case HasPrefix:
		text, ok := textOf(column)
		if !ok {
			return nil, fmt.Errorf("condition %s: the column is %s, not text", String(p), column.DataType())
		}
		for i := range out {
			out[i] = isUnknown
			if !null(i) {
				out[i] = of(strings.HasPrefix(text(i), p.Prefix))
			}
		}
	default:
		err = fmt.Errorf("evaluate condition %T: unknown kind", p)
	}
	return out, err
}

// member is the member of a column that fields lead to, and tells which of its rows are null, be it in a struct around it.
func member(column arrow.Array, fields []string) (values arrow.Array, null func(i int) bool, err error) {
	null = nulls(column)
	for _, name := range fields {
		s, ok := column.(*array.Struct)
		if !ok {
			return nil, nil, fmt.Errorf("a column of type %s has no field %s", dataset.TypeName(column.DataType()), name)
		}
		at, ok := s.DataType().(*arrow.StructType).FieldIdx(name)
		if !ok {
			return nil, nil, fmt.Errorf("there is no field %s", name)
		}
		column = s.Field(at)
		around, inside := null, nulls(column)
		null = func(i int) bool { return around(i) || inside(i) }
	}
	return column, null, nil
}

// nulls tells which rows are null; arrays of the type null do not say so themselves.
func nulls(column arrow.Array) func(i int) bool {
	if column.DataType().ID() == arrow.NULL {
		return func(int) bool { return true }
	}
	return column.IsNull
}

func fill(n int, t truth) []truth {
	out := make([]truth, n)
	for i := range out {
		out[i] = t
	}
	return out
}

func fold(members []Predicate, batch arrow.RecordBatch, start truth, combine func(a, b truth) truth) ([]truth, error) {
	out := fill(int(batch.NumRows()), start)
	for _, m := range members {
		truths, err := evaluate(m, batch)
		if err != nil {
			return nil, err
		}
		for i := range out {
			out[i] = combine(out[i], truths[i])
		}
	}
	return out, nil
}

// unordered is what comparing with NaN gives.
const unordered = 2

func evaluateCompare(p Compare, column arrow.Array, null func(i int) bool, out []truth) error {
	if p.Value == nil {
		copy(out, fill(len(out), isUnknown))
		return nil
	}
	compare, err := comparer(column, p.Value)
	if err != nil {
		return fmt.Errorf("condition %s: %w", String(p), err)
	}
	for i := range out {
		if null(i) {
			out[i] = isUnknown
			continue
		}
		out[i] = of(holds(p.Operator, compare(i)))
	}
	return nil
}

func holds(op Operator, order int) bool {
	if order == unordered {
		return op == NotEqual
	}
	switch op {
	case Equal:
		return order == 0
	case NotEqual:
		return order != 0
	case Less:
		return order < 0
	case LessOrEqual:
		return order <= 0
	case Greater:
		return order > 0
	case GreaterOrEqual:
		return order >= 0
	}
	return false
}

func evaluateIn(p In, column arrow.Array, missing func(i int) bool, out []truth) error {
	null := false
	var tests []func(int) int
	for _, v := range p.Values {
		if v == nil {
			null = true
			continue
		}
		test, err := comparer(column, v)
		if err != nil {
			return fmt.Errorf("condition %s: %w", String(p), err)
		}
		tests = append(tests, test)
	}
	for i := range out {
		out[i] = p.one(missing(i), null, func() bool {
			for _, test := range tests {
				if test(i) == 0 {
					return true
				}
			}
			return false
		})
	}
	return nil
}

// one decides a row: missing tells whether its value is null, null whether null is in the list.
func (p In) one(missing, null bool, found func() bool) truth {
	var t truth
	switch {
	case missing && p.MatchNull:
		t = of(null)
	case missing && len(p.Values) > 0:
		t = isUnknown
	case !missing && found():
		t = isTrue
	case null && !p.MatchNull:
		t = isUnknown
	}
	if p.Negated {
		return isTrue - t
	}
	return t
}

// Check tells why a column of the type cannot be compared with the value; nil when it can.
func Check(t arrow.DataType, value any) error {
	if value == nil {
		return nil
	}
	empty := array.MakeArrayOfNull(defaultAllocator, t, 0)
	defer empty.Release()
	_, err := comparer(empty, value)
	return err
}

// comparer returns a function that orders row i of the column against the value: less than, equal to or greater than zero, or
// unordered.
func comparer(column arrow.Array, value any) (func(i int) int, error) {
	mismatch := fmt.Errorf("a column of type %s cannot be compared with %s", dataset.TypeName(column.DataType()), describe(value))
	switch c := column.(type) {
	case *array.Null:
		return func(int) int { return unordered }, nil
	case *array.Dictionary:
		inner, err := comparer(c.Dictionary(), value)
		if err != nil {
			return nil, mismatch
		}
		return func(i int) int { return inner(c.GetValueIndex(i)) }, nil
	case array.ExtensionArray:
		return comparer(c.Storage(), value)
	case *array.Boolean:
		if v, ok := value.(bool); ok {
			return func(i int) int { return cmp.Compare(bit(c.Value(i)), bit(v)) }, nil
		}
		return nil, mismatch
	}
	if get, ok := textOf(column); ok {
		v, isText := value.(string)
		if b, ok := value.([]byte); ok {
			v, isText = string(b), true
		}
		if isText {
			return func(i int) int { return strings.Compare(get(i), v) }, nil
		}
		return nil, mismatch
	}
	if get, ok := bytesOf(column); ok {
		v, isBytes := value.([]byte)
		if s, ok := value.(string); ok {
			v, isBytes = []byte(s), true
		}
		if isBytes {
			return func(i int) int { return bytes.Compare(get(i), v) }, nil
		}
		return nil, mismatch
	}
	if get, ok := instantOf(column); ok {
		if v, ok := value.(TimestampValue); ok {
			// Finer units compare exactly: a nanosecond after the value is after it.
			return func(i int) int { micros, more := get(i); return cmp.Or(cmp.Compare(micros, int64(v)), more) }, nil
		}
		return nil, mismatch
	}
	if get, ok := dateOf(column); ok {
		if v, ok := value.(DateValue); ok {
			return func(i int) int { return cmp.Compare(get(i), int64(v)) }, nil
		}
		return nil, mismatch
	}
	if c, ok := numberOf(column, value); ok {
		return c, nil
	}
	return nil, mismatch
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

func describe(value any) string {
	kind := map[string]string{
		"bool": "bool", "int64": "integer", "float64": "float", "string": "text", "[]uint8": "bytes",
	}[fmt.Sprintf("%T", value)]
	switch value.(type) {
	case DateValue:
		kind = "date"
	case TimestampValue:
		kind = "timestamp"
	case DecimalValue:
		kind = "decimal"
	}
	return fmt.Sprintf("the %s %s", kind, valueText(value))
}

func compareFloats(a, b float64) int {
	if math.IsNaN(a) || math.IsNaN(b) {
		return unordered
	}
	return cmp.Compare(a, b)
}

// numberOf compares numbers: integers exactly, and as doubles when one side is a float.
func numberOf(column arrow.Array, value any) (func(i int) int, bool) {
	switch v := value.(type) {
	case int64:
		if get, ok := intsOf(column); ok {
			return func(i int) int { return cmp.Compare(get(i), v) }, true
		}
		if c, ok := column.(*array.Uint64); ok {
			return func(i int) int {
				if v < 0 {
					return 1
				}
				return cmp.Compare(c.Value(i), uint64(v))
			}, true
		}
		if get, ok := floatsOf(column); ok {
			return func(i int) int { return compareFloats(get(i), float64(v)) }, true
		}
		if get, scale, ok := decimalOf(column); ok {
			return compareDecimal(get, scale, new(big.Rat).SetInt64(v)), true
		}
	case DecimalValue:
		return compareExactly(column, v.Rat())
	case float64:
		if get, ok := intsOf(column); ok {
			return func(i int) int { return compareFloats(float64(get(i)), v) }, true
		}
		if c, ok := column.(*array.Uint64); ok {
			return func(i int) int { return compareFloats(float64(c.Value(i)), v) }, true
		}
		if get, ok := floatsOf(column); ok {
			return func(i int) int { return compareFloats(get(i), v) }, true
		}
		if get, scale, ok := decimalOf(column); ok {
			exact := new(big.Rat)
			if exact.SetFloat64(v) == nil { // NaN and infinities
				return func(int) int { return infinite(v) }, true
			}
			return compareDecimal(get, scale, exact), true
		}
	}
	return nil, false
}

// compareExactly compares numbers with a fraction; floats become doubles, and so does the fraction.
func compareExactly(column arrow.Array, v *big.Rat) (func(i int) int, bool) {
	if get, ok := intsOf(column); ok {
		return func(i int) int { return new(big.Rat).SetInt64(get(i)).Cmp(v) }, true
	}
	if c, ok := column.(*array.Uint64); ok {
		return func(i int) int { return new(big.Rat).SetUint64(c.Value(i)).Cmp(v) }, true
	}
	if get, ok := floatsOf(column); ok {
		f, _ := v.Float64()
		return func(i int) int { return compareFloats(get(i), f) }, true
	}
	if get, scale, ok := decimalOf(column); ok {
		return compareDecimal(get, scale, v), true
	}
	return nil, false
}

func infinite(v float64) int {
	switch {
	case math.IsInf(v, 1):
		return -1
	case math.IsInf(v, -1):
		return 1
	}
	return unordered
}

func compareDecimal(get func(i int) *big.Int, scale int32, v *big.Rat) func(i int) int {
	power := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(scale, -scale))), nil)
	factor := new(big.Rat).SetInt(power)
	if scale > 0 {
		factor.Inv(factor)
	}
	return func(i int) int {
		x := new(big.Rat).SetInt(get(i))
		return x.Mul(x, factor).Cmp(v)
	}
}

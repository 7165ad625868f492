package parquet

import (
	"math"
	"math/big"
	"slices"
	"strings"

	"github.com/hfspark/hfspark/source/predicate"
)

// prune returns the row groups that may hold a row for which the predicate is true. It takes the predicate as one that may
// be evaluated by the rules of SQL or of pyarrow, whichever finds more rows true. It adds to why what leaves the others out.
func (f *Footer) prune(groups []int, p predicate.Predicate, why reasons) ([]int, error) {
	if p == nil {
		return groups, nil
	}
	kept := make([]int, 0, len(groups))
	for _, g := range groups {
		test := &groupTest{footer: f, rowGroup: g}
		keep := test.mayMatch(p)
		if test.err != nil {
			return nil, test.err
		}
		if keep {
			kept = append(kept, g)
			continue
		}
		condition, statistic := test.why(p)
		why.add(condition, statistic, 1, 0)
	}
	return kept, nil
}

// groupTest tells what a row group cannot hold.
type groupTest struct {
	footer   *Footer
	rowGroup int
	blooms   map[int]*bloomFilter // by leaf, as far as they were fetched
	// withoutNaN are leaves that are taken to have no NaN.
	withoutNaN []int
	err        error
}

// bounds are those of what the condition is about. A column that the file does not have is null throughout.
func (t *groupTest) bounds(p predicate.Predicate) bounds {
	leaf, state, err := t.footer.subject(p)
	var b bounds
	switch {
	case err != nil:
	case state == absent:
		return bounds{allNull: true}
	case state == told:
		b, err = t.footer.boundsOf(t.rowGroup, leaf)
		b.noNaNs = b.noNaNs || slices.Contains(t.withoutNaN, leaf)
	}
	if err != nil && t.err == nil {
		t.err = err
	}
	return b
}

func (t *groupTest) mayMatch(p predicate.Predicate) bool {
	switch p := p.(type) {
	case predicate.And:
		for _, member := range p {
			if !t.mayMatch(member) {
				return false
			}
		}
		return true
	case predicate.Or:
		for _, member := range p {
			if t.mayMatch(member) {
				return true
			}
		}
		return false
	}
	return t.bounds(p).mayMatch(p) && t.bloomMayMatch(p)
}

func (t *groupTest) bloomMayMatch(p predicate.Predicate) bool {
	if len(t.blooms) == 0 {
		return true
	}
	leaf, state, err := t.footer.subject(p)
	if err != nil || state != told || t.blooms[leaf] == nil {
		return true
	}
	return t.blooms[leaf].mayMeet(t.footer.leafElement(leaf), p)
}

// mayMatch says whether a condition on one column may be true for a value within the bounds.
func (b bounds) mayMatch(p predicate.Predicate) bool {
	switch p := p.(type) {
	case predicate.Compare:
		above := p.Operator == predicate.Greater || p.Operator == predicate.GreaterOrEqual
		return b.mayCompare(p.Operator, p.Value) || p.NaNLargest && above && p.Value != nil && b.mayBeNaN() && !b.allNull
	case predicate.In:
		return b.mayBeIn(p)
	case predicate.IsNull:
		if p.Negated {
			return !b.allNull
		}
		return !b.noNulls
	case predicate.HasPrefix:
		return b.mayHavePrefix(p.Prefix)
	}
	return true
}

func (b bounds) mayCompare(op predicate.Operator, value any) bool {
	if b.allNull || value == nil {
		return false
	}
	lo, hi, ok := b.against(value)
	if !ok {
		return true
	}
	// lo and hi are how the bounds compare with the value: -1, 0, 1.
	switch op {
	case predicate.Equal:
		return lo <= 0 && hi >= 0
	case predicate.NotEqual:
		return b.mayBeNaN() || lo != 0 || hi != 0
	case predicate.Less:
		return lo < 0
	case predicate.LessOrEqual:
		return lo <= 0
	case predicate.Greater:
		return hi > 0
	case predicate.GreaterOrEqual:
		return hi >= 0
	}
	return true
}

func (b bounds) mayBeIn(p predicate.In) bool {
	null := false
	for _, v := range p.Values {
		null = null || v == nil
	}
	if p.Negated {
		return b.mayBeOutside(p, null)
	}
	if null && p.MatchNull && !b.noNulls {
		return true
	}
	for _, v := range p.Values {
		if v != nil && b.mayCompare(predicate.Equal, v) {
			return true
		}
	}
	return false
}

// mayBeOutside is mayBeIn for NOT IN. A null in the list makes it true for no row by the rules of SQL, and leaves out null
// rows by those of pyarrow.
func (b bounds) mayBeOutside(p predicate.In, null bool) bool {
	if null && !p.MatchNull {
		return false
	}
	if p.MatchNull && !null && !b.noNulls {
		return true
	}
	if b.allNull {
		// Only now are the values alone at stake. An empty list leaves out nothing.
		return len(p.Values) == 0
	}
	for _, v := range p.Values {
		if v != nil && !b.mayCompare(predicate.NotEqual, v) {
			return false
		}
	}
	return true
}

func (b bounds) mayHavePrefix(prefix string) bool {
	if b.allNull {
		return false
	}
	lo, okLo := b.min.(string)
	hi, okHi := b.max.(string)
	if !okLo || !okHi {
		return true
	}
	return hi >= prefix && lo[:min(len(lo), len(prefix))] <= prefix
}

func (b bounds) mayBeNaN() bool {
	return (b.kind == floatKind || b.kind == doubleKind) && !b.noNaNs
}

// against compares the bounds with a value of a predicate; ok is false where that says nothing, because the bounds are
// unknown or because it is not certain how values of the two types compare.
func (b bounds) against(value any) (lo, hi int, ok bool) {
	if b.min == nil {
		return 0, 0, false
	}
	low, high, value, ok := b.commonType(value)
	if !ok {
		return 0, 0, false
	}
	lo, okLo := compareValues(low, value)
	hi, okHi := compareValues(high, value)
	return lo, hi, okLo && okHi
}

// exactDouble bounds the integers that double precision holds exactly.
const exactDouble = 1 << 53

// dayMicroseconds is more than any time zone shifts a timestamp.
const dayMicroseconds = 24 * 60 * 60 * 1000 * 1000

func (b bounds) commonType(value any) (lo, hi, v any, ok bool) {
	switch v := value.(type) {
	case bool:
		return b.min, b.max, v, b.kind == boolKind
	case string:
		return b.min, b.max, v, b.kind == bytesKind
	case []byte:
		return b.min, b.max, string(v), b.kind == bytesKind
	case int64:
		return b.withInteger(v)
	case float64:
		return b.withFloat(v)
	case predicate.DecimalValue:
		if lo, ok = b.rational(b.min); !ok {
			return nil, nil, nil, false
		}
		hi, ok = b.rational(b.max)
		return lo, hi, v.Rat(), ok
	case predicate.DateValue:
		return b.min, b.max, int64(v), b.kind == dateKind
	case predicate.TimestampValue:
		switch b.kind {
		case timestampKind:
			return b.min, b.max, int64(v), true
		case localTimestampKind:
			low, high := b.min.(int64), b.max.(int64)
			if low < math.MinInt64+dayMicroseconds || high > math.MaxInt64-dayMicroseconds {
				return nil, nil, nil, false
			}
			return low - dayMicroseconds, high + dayMicroseconds, int64(v), true
		}
	}
	return nil, nil, nil, false
}

func (b bounds) withInteger(v int64) (lo, hi, value any, ok bool) {
	switch b.kind {
	case integerKind:
		return b.min, b.max, v, true
	case unsignedKind:
		return b.min, b.max, big.NewInt(v), true
	case decimalKind:
		if b.scale < 0 || b.scale > maxScale {
			return nil, nil, nil, false
		}
		scaled := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(b.scale)), nil)
		return b.min, b.max, scaled.Mul(scaled, big.NewInt(v)), true
	case floatKind, doubleKind:
		return b.min, b.max, float64(v), v > -exactDouble && v < exactDouble
	}
	return nil, nil, nil, false
}

// withFloat compares numbers as doubles, into which exact ones are converted: greater numbers do not become lesser ones.
func (b bounds) withFloat(v float64) (lo, hi, value any, ok bool) {
	if math.IsNaN(v) {
		return nil, nil, nil, false
	}
	switch b.kind {
	case floatKind, doubleKind:
		return b.min, b.max, v, true
	case integerKind, unsignedKind, decimalKind:
		low, okLow := b.rational(b.min)
		high, okHigh := b.rational(b.max)
		if !okLow || !okHigh {
			return nil, nil, nil, false
		}
		return around(low, math.Inf(-1)), around(high, math.Inf(1)), v, true
	}
	return nil, nil, nil, false
}

// around is a number as a double. Where that is not exact it lies a little further in a direction, since it is not told how
// an engine rounds.
func around(r *big.Rat, towards float64) float64 {
	f, exact := r.Float64()
	if exact {
		return f
	}
	return math.Nextafter(math.Nextafter(f, towards), towards)
}

// maxScale is that of the longest decimals.
const maxScale = 76

// rational is a bound of an exact kind of numbers.
func (b bounds) rational(bound any) (*big.Rat, bool) {
	switch b.kind {
	case integerKind, unsignedKind, decimalKind:
	default:
		return nil, false
	}
	var r *big.Rat
	switch v := bound.(type) {
	case int64:
		r = new(big.Rat).SetInt64(v)
	case *big.Int:
		r = new(big.Rat).SetInt(v)
	default:
		return nil, false
	}
	if b.kind == decimalKind {
		if b.scale < 0 || b.scale > maxScale {
			return nil, false
		}
		power := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(b.scale)), nil)
		r.Quo(r, new(big.Rat).SetInt(power))
	}
	return r, true
}

// compareValues orders two values of the same type.
func compareValues(a, b any) (order int, ok bool) {
	switch a := a.(type) {
	case int64:
		if b, ok := b.(int64); ok {
			return compareOrdered(a, b), true
		}
	case float64:
		if b, ok := b.(float64); ok {
			return compareOrdered(a, b), a == a && b == b
		}
	case string:
		if b, ok := b.(string); ok {
			return strings.Compare(a, b), true
		}
	case *big.Int:
		if b, ok := b.(*big.Int); ok {
			return a.Cmp(b), true
		}
	case *big.Rat:
		if b, ok := b.(*big.Rat); ok {
			return a.Cmp(b), true
		}
	case bool:
		if b, ok := b.(bool); ok {
			return compareOrdered(ordinal(a), ordinal(b)), true
		}
	}
	return 0, false
}

func compareOrdered[T int | int64 | float64](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func ordinal(b bool) int {
	if b {
		return 1
	}
	return 0
}

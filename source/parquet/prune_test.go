package parquet

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"github.com/hfspark/hfspark/source/predicate"
)

func decimalOf(n int64) decimal128.Num { return decimal128.FromI64(n * 100) }

// randomPredicate makes a condition over the columns of sampleSchema.
func randomPredicate(r *rand.Rand, depth int) predicate.Predicate {
	if depth > 0 && r.IntN(3) == 0 {
		members := make([]predicate.Predicate, 1+r.IntN(3))
		for i := range members {
			members[i] = randomPredicate(r, depth-1)
		}
		if r.IntN(2) == 0 {
			return predicate.And(members)
		}
		return predicate.Or(members)
	}
	columns := []string{
		"id", "small", "unsigned", "huge", "single", "double", "flag", "text", "blob", "day", "at", "fine", "price", "needed", "long", "half",
		"pair.a", "pair.b", "pair.c.d", "pair.c.e", "pair", "image.path", "tags",
	}
	subject := columns[r.IntN(len(columns))]
	path := strings.Split(subject, ".")
	column, fields := path[0], path[1:]
	nested := subject == "pair" || subject == "tags"
	switch r.IntN(5) {
	case 0:
		return predicate.IsNull{Column: column, Fields: fields, Negated: r.IntN(2) == 0}
	case 1:
		if nested {
			return predicate.IsNull{Column: column}
		}
		if subject == "text" || subject == "pair.b" || subject == "image.path" {
			return predicate.HasPrefix{Column: column, Fields: fields, Prefix: fmt.Sprintf("w%02d é", r.IntN(40))[:r.IntN(5)]}
		}
		in := predicate.In{Column: column, Fields: fields, Negated: r.IntN(2) == 0, MatchNull: r.IntN(2) == 0}
		for range 1 + r.IntN(3) {
			v := randomValue(r, subject)
			if r.IntN(6) == 0 {
				v = nil
			}
			in.Values = append(in.Values, v)
		}
		return in
	}
	ops := []predicate.Operator{
		predicate.Equal, predicate.NotEqual, predicate.Less, predicate.LessOrEqual,
		predicate.Greater, predicate.GreaterOrEqual,
	}
	if nested {
		return predicate.IsNull{Column: column, Negated: true}
	}
	return predicate.Compare{Column: column, Fields: fields, Operator: ops[r.IntN(len(ops))], Value: randomValue(r, subject), NaNLargest: r.IntN(2) == 0}
}

func randomValue(r *rand.Rand, column string) any {
	n := r.Int64N(40)
	switch column {
	case "flag":
		return r.IntN(2) == 0
	case "text", "pair.b", "image.path":
		return fmt.Sprintf("w%02d é", n)
	case "blob":
		return []byte{byte(n), 0xff}
	case "day", "pair.c.e":
		return predicate.DateValue(n)
	case "at":
		return predicate.TimestampValue(n * 1000)
	case "fine":
		return predicate.TimestampValue(n)
	case "single", "double", "half", "pair.c.d":
		switch r.IntN(4) {
		case 0:
			return n
		case 1:
			return float64(n) + 0.1
		case 2:
			return math.NaN()
		}
		return float64(n)
	}
	switch r.IntN(6) {
	case 0:
		return float64(n) + 0.5
	case 1:
		return predicate.DecimalValue{Unscaled: big.NewInt(n*10 - 100 + 5*r.Int64N(2)), Scale: 1}
	}
	return n
}

func TestPruningKeepsEveryMatchingRow(t *testing.T) {
	t.Parallel()
	for name, shape := range shapes() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(1, uint64(len(name))))
			skipped, asked := 0, 0
			for range 6 {
				var batches []arrow.RecordBatch
				for range 5 {
					batches = append(batches, sample(r, 1+r.IntN(20), r.Int64N(30)))
				}
				data := writeFile(t, batches, 1000, shape...)
				file := &counter{data: data}
				footer, err := NewFooters(0).Read(t.Context(), file.file("f"))
				if err != nil {
					t.Fatal(err)
				}
				for range 150 {
					p := randomPredicate(r, 2)
					kept, err := footer.prune(groupsOf(footer), p, reasons{})
					if err != nil {
						t.Fatal(err)
					}
					asked += len(batches)
					skipped += len(batches) - len(kept)
					for i, b := range batches {
						if !slices.Contains(kept, i) && anyTrue(t, p, b) {
							t.Fatalf("row group %d is left out, but %s is true for a row of\n%v", i, predicate.String(p), b)
						}
					}
				}
			}
			t.Logf("%d of %d row groups left out", skipped, asked)
			if name != "nostats" && skipped*20 < asked {
				t.Errorf("only %d of %d row groups are left out", skipped, asked)
			}
		})
	}
}

func groupsOf(f *Footer) []int {
	groups := make([]int, f.RowGroups())
	for i := range groups {
		groups[i] = i
	}
	return groups
}

// anyTrue says whether the condition is true for a row by pyarrow's rules or, where NaN is the greatest number, by Spark's.
func anyTrue(t *testing.T, p predicate.Predicate, b arrow.RecordBatch) bool {
	t.Helper()
	selected, err := predicate.Select(p, b)
	if err != nil {
		t.Fatalf("%s: %v", predicate.String(p), err)
	}
	if slices.Contains(selected, true) {
		return true
	}
	return slices.ContainsFunc(rowsOf(b), func(row int) bool { return sparkTrue(p, b, row) })
}

func rowsOf(b arrow.RecordBatch) []int {
	rows := make([]int, b.NumRows())
	for i := range rows {
		rows[i] = i
	}
	return rows
}

// sparkTrue evaluates comparisons of NaN as Spark does; everything else is false in it.
func sparkTrue(p predicate.Predicate, b arrow.RecordBatch, row int) bool {
	switch p := p.(type) {
	case predicate.And:
		for _, m := range p {
			one := b.NewSlice(int64(row), int64(row)+1)
			defer one.Release()
			selected, _ := predicate.Select(m, one)
			if !selected[0] && !sparkTrue(m, b, row) {
				return false
			}
		}
		return len(p) > 0
	case predicate.Or:
		return slices.ContainsFunc(p, func(m predicate.Predicate) bool { return sparkTrue(m, b, row) })
	case predicate.Compare:
		var value float64
		switch v := p.Value.(type) {
		case float64:
			value = v
		case int64:
			value = float64(v)
		default:
			return false
		}
		column := b.Column(b.Schema().FieldIndices(p.Column)[0])
		for _, name := range p.Fields {
			if column.IsNull(row) {
				return false
			}
			at, _ := column.DataType().(*arrow.StructType).FieldIdx(name)
			column = column.(*array.Struct).Field(at)
		}
		if column.IsNull(row) || !isNaN(column, row) {
			return false
		}
		switch p.Operator {
		case predicate.Greater:
			return p.NaNLargest && !math.IsNaN(value)
		case predicate.GreaterOrEqual:
			return p.NaNLargest
		case predicate.NotEqual:
			return true
		case predicate.Equal:
			return math.IsNaN(value)
		}
	}
	return false
}

func isNaN(column arrow.Array, row int) bool {
	switch c := column.(type) {
	case *array.Float64:
		return math.IsNaN(c.Value(row))
	case *array.Float32:
		return c.Value(row) != c.Value(row)
	case *array.Float16:
		return c.Value(row).IsNaN()
	}
	return false
}
